"""Simple recurrent networks."""

from derive.activations import tanh
from derive.define import cell
from derive.expressions import linear


@cell("Elman network", source="Elman (1990); form of torch.nn.RNN", class_name="RNN")
def rnn(x, h):
    h = tanh(linear(x) + linear(h))
    return h
