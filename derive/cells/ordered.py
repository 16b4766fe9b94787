"""Cells that put their units in an order: a gate is a running sum over them."""

from derive.definition.define import cell
from derive.statements.affine import linear
from derive.statements.cumulative import cumsum
from derive.statements.shares import softmax
from derive.symbolic.activations import sigmoid, tanh


@cell("Ordered-neurons LSTM", class_name="ONLSTM", source="Shen, Tan, Sordoni and Courville (2019)", year=2019)
def on_lstm(x, h, c):
    """Two master gates, running sums of a softmax, say from which unit on the memory is kept and up to which it is
    written; the ordinary gates decide where both overlap. The authors' code has one number of a master gate for each
    chunk of units; here every unit is a chunk. Its equations have two biases each, as PyTorch's LSTM."""
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
