"""Cells with the cell state of the LSTM and other equations around it."""

from sympy import Max, exp

from derive.definition.define import cell
from derive.statements.affine import linear
from derive.symbolic.activations import sigmoid, softplus, tanh
from derive.symbolic.piecewise_linear import relu

BECK = "Beck et al. (2024), xLSTM: Extended Long Short-Term Memory, NeurIPS, equations 8 to 17"


@cell(
    "Multiplicative LSTM",
    source="Krause, Lu, Murray and Renals (2016), Multiplicative LSTM for Sequence Modelling, arXiv:1609.07959, "
    "equations 18 to 22",
    class_name="MultiplicativeLSTM",
    year=2016,
)
def multiplicative_lstm(x, h, c):
    """The first version of the paper has h = tanh(o * c); this is the later one, and that of its successors."""
    m = linear(x, bias=False) * linear(h, bias=False)
    i = sigmoid(linear(x, m))
    f = sigmoid(linear(x, m))
    g = tanh(linear(x, m))
    o = sigmoid(linear(x, m))
    c = f * c + i * g
    h = o * tanh(c)
    return h, c


@cell(
    "NAS cell",
    source="Zoph and Le (2017), Neural Architecture Search with Reinforcement Learning, ICLR, appendix, figure 8; "
    "TensorFlow's NASCell",
    class_name="NAS",
    year=2017,
)
def nas(x, h, c):
    """The paper draws the cell as a graph; the formulas are those of its authors' code (NASCell), where a_4 is the
    product of the two maps. torchrecurrent takes their sum there too.
    """
    a_1 = linear(x, bias=False) + linear(h)
    a_2 = linear(x, bias=False) + linear(h)
    a_3 = linear(x, bias=False) + linear(h)
    a_4 = linear(x, bias=False) * linear(h)
    a_5 = linear(x, bias=False) + linear(h)
    a_6 = linear(x, bias=False) + linear(h)
    a_7 = linear(x, bias=False) + linear(h)
    a_8 = linear(x, bias=False) + linear(h)
    l_1 = tanh(sigmoid(a_1) * relu(a_2))
    l_2 = tanh(sigmoid(a_3) + relu(a_4))
    l_3 = tanh(tanh(a_5) * sigmoid(a_6))
    l_4 = sigmoid(tanh(a_7) + sigmoid(a_8))
    c = tanh(l_1 + c) * l_2
    h = tanh(c * tanh(l_3 + l_4))
    return h, c


@cell(
    "Memory-controller LSTM",
    source="The MCLSTM of torchrecurrent, after a paper of the NIPS 2017 workshop on sequence modelling",
    class_name="MCLSTM",
    year=2017,
)
def mc_lstm(x, h, v, c):
    """The gates see the control vector v instead of the output h; torchrecurrent's two biases are one here."""
    f = sigmoid(linear(x, v))
    i = sigmoid(linear(x, v))
    o = sigmoid(linear(x, v))
    m = sigmoid(linear(x, v))
    n = tanh(linear(x, v))
    c = f * c + i * n
    h = o * tanh(c)
    v = m * tanh(c)
    return h, v, c


@cell(
    "Nested LSTM",
    source="Moniz and Krueger (2017), Nested LSTMs, ACML",
    class_name="NestedLSTM",
    year=2017,
)
def nested_lstm(x, h, c, s):
    """The outer cell state is the hidden state of an inner LSTM, whose input is i * g and whose hidden state is f * c.

    s is the inner cell state; j, k, l and q are the inner input gate, forget gate, candidate and output gate.
    """
    i = sigmoid(linear(x, h))
    f = sigmoid(linear(x, h))
    g = tanh(linear(x, h))
    o = sigmoid(linear(x, h))
    u = i * g
    v = f * c
    j = sigmoid(linear(u, v))
    k = sigmoid(linear(u, v))
    l = tanh(linear(u, v))
    q = sigmoid(linear(u, v))
    s = k * s + j * l
    c = q * tanh(s)
    h = o * tanh(c)
    return h, c, s


@cell(
    "Mogrifier LSTM, five rounds",
    source="Melis, Kočiský and Blunsom (2020), Mogrifier LSTM, ICLR, equations 1 and 2",
    class_name="MogrifierLSTM",
    year=2020,
)
def mogrifier_lstm(x, h, c):
    """Before the step x and h scale each other in turn: x in rounds 1, 3 and 5, h in rounds 2 and 4."""
    x_1 = 2 * sigmoid(linear(h, size="input_size", bias=False)) * x
    h_2 = 2 * sigmoid(linear(x_1, bias=False)) * h
    x_3 = 2 * sigmoid(linear(h_2, size="input_size", bias=False)) * x_1
    h_4 = 2 * sigmoid(linear(x_3, bias=False)) * h_2
    x_5 = 2 * sigmoid(linear(h_4, size="input_size", bias=False)) * x_3
    i = sigmoid(linear(x_5, h_4))
    f = sigmoid(linear(x_5, h_4))
    g = tanh(linear(x_5, h_4))
    o = sigmoid(linear(x_5, h_4))
    c = f * c + i * g
    h = o * tanh(c)
    return h, c


def log_sigmoid(z):
    """log σ(z), without the overflow of its parts."""
    return -softplus(-z)


@cell("sLSTM", source=BECK, class_name="SLSTM", year=2024)
def slstm(x, h, c, n, m=-1e30):
    """One head, and the sigmoid forget gate; slstm_exp has the exponential one, which the paper allows as well.

    n normalises, m is the stabiliser. c and n stand for c exp(m) and n exp(m), which start at 0: so m starts at -1e30,
    in the place of -∞, and at the first step m = i_tilde, as in the authors' code. First values of c and n count only
    beside an m that is as large as the exponents are, such as 0 (with_initial(m=0)).
    """
    z = tanh(linear(x, h))
    i_tilde = linear(x, h)
    f_tilde = linear(x, h)
    o = sigmoid(linear(x, h))
    m_hat = log_sigmoid(f_tilde) + m
    m = Max(m_hat, i_tilde)
    i = exp(i_tilde - m)
    f = exp(m_hat - m)
    c = f * c + i * z
    n = f * n + i
    h = o * (c / n)
    return h, c, n, m


@cell(
    "sLSTM with exponential forget gate",
    source=BECK,
    class_name="SLSTMExp",
    year=2024,
)
def slstm_exp(x, h, c, n, m=-1e30):
    """As slstm, with f = exp instead of the sigmoid."""
    z = tanh(linear(x, h))
    i_tilde = linear(x, h)
    f_tilde = linear(x, h)
    o = sigmoid(linear(x, h))
    m_hat = f_tilde + m
    m = Max(m_hat, i_tilde)
    i = exp(i_tilde - m)
    f = exp(m_hat - m)
    c = f * c + i * z
    n = f * n + i
    h = o * (c / n)
    return h, c, n, m
