"""Cells whose units are cut into heads: a recurrent weight has a block for each head, and mixes the units within it."""

from sympy import Max, exp

from derive.cells.memory import log_sigmoid
from derive.definition.define import cell
from derive.statements.affine import linear
from derive.symbolic.activations import sigmoid, tanh
from derive.symbolic.initial import spaced


@cell("LSTM with heads", class_name="HeadsLSTM", source="Pöppel, Beck and Hochreiter (2024), FlashRNN", year=2024)
def lstm_heads(x, h, c):
    """An LSTM whose recurrent weights are block-diagonal, with one bias a gate, as in the authors' kernels."""
    i = sigmoid(linear(x) + linear(h, heads="heads", bias=False))
    f = sigmoid(linear(x) + linear(h, heads="heads", bias=False))
    g = tanh(linear(x) + linear(h, heads="heads", bias=False))
    o = sigmoid(linear(x) + linear(h, heads="heads", bias=False))
    c = f * c + i * g
    h = o * tanh(c)
    return h, c


@cell("sLSTM with heads", class_name="HeadsSLSTM", source="Beck et al. (2024), the paper of slstm", year=2024)
def slstm_heads(x, h, c, n, m=-1e30):
    """As slstm, with memory mixing within heads alone, and the forget gate of the authors' code. As there, recurrent
    weights start at 0, and the forget gates' biases fall by a power law from the first unit of each head to its last;
    the exponent is that of a first block, and greater in later ones. The code's kernels keep n above 1. What
    normalises h by head comes after the cell."""
    i_tilde = linear(x, bias=0) + linear(h, heads="heads", bias=False, initial=0)
    f_tilde = linear(x, bias=5 - 12 * spaced(0, 1, "heads") ** 0.3) + linear(h, heads="heads", bias=False, initial=0)
    z = tanh(linear(x, bias=0) + linear(h, heads="heads", bias=False, initial=0))
    o = sigmoid(linear(x, bias=0) + linear(h, heads="heads", bias=False, initial=0))
    m_hat = log_sigmoid(f_tilde) + m
    m = Max(m_hat, i_tilde)
    i = exp(i_tilde - m)
    f = exp(m_hat - m)
    c = f * c + i * z
    n = f * n + i
    h = o * (c / n)
    return h, c, n, m
