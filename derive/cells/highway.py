"""Cells with depth inside a step."""

from derive.definition.define import cell
from derive.statements.affine import linear
from derive.symbolic.activations import sigmoid, tanh

ZILLY = "Zilly, Srivastava, Koutník and Schmidhuber (2017), Recurrent Highway Networks, ICML"


@cell("Recurrent highway network of depth 3", source=f"{ZILLY}, equations 6 to 8", class_name="RHN", year=2017)
def rhn(x, h):
    """With the coupled carry gate 1 - t of the paper's experiments; only the first of the layers sees the input."""
    g_1 = tanh(linear(x, h))
    t_1 = sigmoid(linear(x, h))
    s_1 = g_1 * t_1 + h * (1 - t_1)
    g_2 = tanh(linear(s_1))
    t_2 = sigmoid(linear(s_1))
    s_2 = g_2 * t_2 + s_1 * (1 - t_2)
    g_3 = tanh(linear(s_2))
    t_3 = sigmoid(linear(s_2))
    h = g_3 * t_3 + s_2 * (1 - t_3)
    return h


@cell(
    "Recurrent highway network of depth 2 with free carry gates",
    source=f"{ZILLY}, equations 6 to 9",
    class_name="RHNCarry",
    year=2017,
)
def rhn_carry(x, h):
    """The general form: the carry gate has weights of its own."""
    g_1 = tanh(linear(x, h))
    t_1 = sigmoid(linear(x, h))
    c_1 = sigmoid(linear(x, h))
    s_1 = g_1 * t_1 + h * c_1
    g_2 = tanh(linear(s_1))
    t_2 = sigmoid(linear(s_1))
    c_2 = sigmoid(linear(s_1))
    h = g_2 * t_2 + s_1 * c_2
    return h
