"""The modules built from the cells lstm, gru and rnn, beside those of ``torch.nn`` that they replace."""

from __future__ import annotations

import sys

from torch import nn

import derive
from derive.build import PACKAGE, build

lstm, gru, rnn = build(derive.lstm), build(derive.gru), build(derive.rnn)
machinery = sys.modules[f"{PACKAGE}.recurrent"]
RecurrentCell, RecurrentLayer = machinery.RecurrentCell, machinery.RecurrentLayer

# name -> (class under test, class of torch.nn that it replaces)
LAYERS = {"LSTM": (lstm.LSTM, nn.LSTM), "GRU": (gru.GRU, nn.GRU), "RNN": (rnn.RNN, nn.RNN)}
CELLS = {
    "LSTMCell": (lstm.LSTMCell, nn.LSTMCell),
    "GRUCell": (gru.GRUCell, nn.GRUCell),
    "RNNCell": (rnn.RNNCell, nn.RNNCell),
}
