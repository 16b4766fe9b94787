"""Cells that put their units in an order: a gate is a running sum over them."""

from sympy import Eq, Piecewise, floor

from derive.definition.define import cell
from derive.definition.inputs import fixed
from derive.statements.affine import linear
from derive.statements.cumulative import cumsum
from derive.statements.shares import softmax
from derive.symbolic.activations import sigmoid, tanh
from derive.symbolic.fixed import column, columns, row, rows

SHEN, CHUNKS = "Shen, Tan, Sordoni and Courville (2019)", "hidden_size*chunks"


@cell("Ordered-neurons LSTM", class_name="ONLSTM", source=SHEN, year=2019)
def on_lstm(x, h, c):
    """Two master gates, running sums of a softmax, say from which unit on the memory is kept and up to which it is
    written; the ordinary gates decide where both overlap. Every unit is a chunk, that is a part of the units for which
    the master gates of the authors' code have one number. Equations have two biases each there, as PyTorch's LSTM."""
    f_tilde = cumsum(softmax(linear(x) + linear(h)))
    i_tilde = 1 - cumsum(softmax(linear(x) + linear(h)))
    i = sigmoid(linear(x) + linear(h))
    f = sigmoid(linear(x) + linear(h))
    g = tanh(linear(x) + linear(h))
    o = sigmoid(linear(x) + linear(h))
    omega = f_tilde * i_tilde
    f_hat = f * omega + (f_tilde - omega)
    i_hat = i * omega + (i_tilde - omega)
    c = f_hat * c + i_hat * g
    h = o * tanh(c)
    return h, c


@cell("Ordered-neurons LSTM with chunks", class_name="ChunkedONLSTM", sizes={"R": CHUNKS}, source=SHEN, year=2019)
def on_lstm_chunks(x, h, c, R: fixed = Piecewise((1, Eq(floor(columns * row / rows), column)), (0, True))):
    """As on_lstm, with master gates p and q of a number for each chunk of units, as in the authors' code; R gives each
    unit that of its chunk."""
    p = cumsum(softmax(linear(x, size="chunks") + linear(h, size="chunks")))
    q = 1 - cumsum(softmax(linear(x, size="chunks") + linear(h, size="chunks")))
    f_tilde = R @ p
    i_tilde = R @ q
    i = sigmoid(linear(x) + linear(h))
    f = sigmoid(linear(x) + linear(h))
    g = tanh(linear(x) + linear(h))
    o = sigmoid(linear(x) + linear(h))
    omega = f_tilde * i_tilde
    f_hat = f * omega + (f_tilde - omega)
    i_hat = i * omega + (i_tilde - omega)
    c = f_hat * c + i_hat * g
    h = o * tanh(c)
    return h, c
