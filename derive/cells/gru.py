"""Gated recurrent units."""

from derive.activations import sigmoid, tanh
from derive.define import cell
from derive.expressions import linear


@cell("Gated recurrent unit", source="Cho et al. (2014); reset-after form of torch.nn.GRU", class_name="GRU")
def gru(x, h):
    r = sigmoid(linear(x) + linear(h))
    z = sigmoid(linear(x) + linear(h))
    n = tanh(linear(x) + r * linear(h))
    h = (1 - z) * n + z * h
    return h
