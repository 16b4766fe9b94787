"""Recurrent networks whose units read themselves alone, so that Newton's method solves all time steps together."""

from derive.definition.define import cell
from derive.definition.inputs import vector
from derive.statements.affine import linear
from derive.symbolic.activations import sigmoid, tanh
from derive.symbolic.initial import spaced

DANIELI = "Danieli, Rodríguez, Sarabia, Suau and Zappella (2025), ParaRNN, arXiv:2510.21450"


@cell("ParaGRU", source=DANIELI, class_name="ParaGRU", year=2025)
def para_gru(x, h, u_z: vector, u_r: vector, u_n: vector):
    """A GRU that resets before, with vectors in the place of recurrent matrices. The authors' code cuts the input into
    heads; the biases start as there, the vectors at normal numbers.
    """
    z = sigmoid(linear(x, bias=-spaced(0, 1)) + u_z * h)
    r = sigmoid(linear(x, bias=0) + u_r * h)
    n = tanh(linear(x, bias=0) + u_n * (r * h))
    h = (1 - z) * h + z * n
    return h


@cell("ParaLSTM", source=DANIELI, class_name="ParaLSTM", year=2025)
def para_lstm(x, h, c, u_f: vector, u_g: vector, u_o: vector, p_f: vector, p_o: vector):
    """An LSTM with peepholes and coupled gates, with vectors in the place of recurrent matrices. The authors' code cuts
    the input into heads; the biases start as there, the vectors at normal numbers.
    """
    f = sigmoid(linear(x, bias=-spaced(0, 1)) + u_f * h + p_f * c)
    g = tanh(linear(x, bias=0) + u_g * h)
    c = f * c + (1 - f) * g
    o = sigmoid(linear(x, bias=0) + u_o * h + p_o * c)
    h = o * tanh(c)
    return h, c
