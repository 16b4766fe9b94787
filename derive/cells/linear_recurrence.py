"""Cells whose matrices see the input alone: the recurrence is elementwise, so all of them run over a sequence at once.

A cell that looks at the previous input keeps what a matrix makes of it (v_z = W x) as a state: that is 0 before the
first step, as the padding with zeros in the papers has it.
"""

from sympy import Max, Piecewise, Rational, exp, log, sqrt

from derive.definition.define import cell
from derive.definition.inputs import constant, vector
from derive.statements.affine import linear
from derive.symbolic.activations import gelu, sigmoid, softplus, tanh
from derive.symbolic.initial import normal, spaced, uniform

LEI = "Lei, Zhang, Wang, Dai and Artzi (2018), Simple Recurrent Units for Highly Parallelizable Recurrence, EMNLP"
BRADBURY = "Bradbury, Merity, Xiong and Socher (2017), Quasi-Recurrent Neural Networks, ICLR"
BALDUZZI = "Balduzzi and Ghifary (2016), Strongly-Typed Recurrent Neural Networks, ICML"
FENG = "Feng, Tung, Ahmed, Bengio and Hajimirsadeghi (2024), Were RNNs All We Needed?, arXiv:2410.01201"
MARTIN = "Martin and Cundy (2018), Parallelizing Linear Recurrent Neural Nets over Sequence Length, ICLR"
DE = "De et al. (2024), Griffin: Mixing Gated Linear Recurrences with Local Attention, arXiv:2402.19427"


def positive(a):
    """What keeps candidates positive where states are computed by their logarithms."""
    return Piecewise((a + Rational(1, 2), a >= 0), (sigmoid(a), True))


@cell("Simple recurrent unit", source=f"{LEI}, equations 1 to 4", class_name="SRU", year=2018)
def sru(x, h, c, v_f: vector, v_r: vector):
    """The paper's highway carries x itself over, which needs x as wide as h; a matrix stands before it here, as in the
    authors' code when the sizes differ. The paper's scaling of that path is left out. sru_v1 is the earlier form.
    """
    f = sigmoid(linear(x) + v_f * c)
    r = sigmoid(linear(x) + v_r * c)
    c = f * c + (1 - f) * linear(x, bias=False)
    h = r * c + (1 - r) * linear(x, bias=False)
    return h, c


@cell(
    "Simple recurrent unit, first version",
    source="Lei, Zhang and Artzi (2017), Training RNNs as Fast as CNNs, arXiv:1709.02755v1, equations 3 to 7",
    class_name="SRUv1",
    year=2017,
)
def sru_v1(x, h, c):
    """The gates see no state, and the cell state goes through tanh; sru is the published form."""
    f = sigmoid(linear(x))
    r = sigmoid(linear(x))
    c = f * c + (1 - f) * linear(x, bias=False)
    h = r * tanh(c) + (1 - r) * linear(x, bias=False)
    return h, c


@cell("Quasi-recurrent network, fo-pooling, window 1", source=f"{BRADBURY}, equation 4", class_name="QRNN", year=2017)
def qrnn(x, h, c):
    """qrnn2 has the window of two inputs that the paper uses. The paper's maps have no bias; here they have one."""
    z = tanh(linear(x))
    f = sigmoid(linear(x))
    o = sigmoid(linear(x))
    c = f * c + (1 - f) * z
    h = o * c
    return h, c


@cell(
    "Quasi-recurrent network, fo-pooling, window 2",
    source=f"{BRADBURY}, equations 2 and 4",
    class_name="QRNN2",
    year=2017,
)
def qrnn2(x, h, c, v_z, v_f, v_o):
    z = tanh(linear(x) + v_z)
    f = sigmoid(linear(x) + v_f)
    o = sigmoid(linear(x) + v_o)
    c = f * c + (1 - f) * z
    h = o * c
    v_z = linear(x, bias=False)
    v_f = linear(x, bias=False)
    v_o = linear(x, bias=False)
    return h, c, v_z, v_f, v_o


@cell("Strongly-typed recurrent network", source=BALDUZZI, class_name="TRNN", year=2016)
def t_rnn(x, h):
    z = linear(x, bias=False)
    f = sigmoid(linear(x))
    h = f * h + (1 - f) * z
    return h


@cell("Strongly-typed gated recurrent unit", source=BALDUZZI, class_name="TGRU", year=2016)
def t_gru(x, h, v_z, v_f, v_o):
    """v_z, v_f and v_o are the maps of the previous input."""
    z = linear(x) + v_z
    f = sigmoid(linear(x) + v_f)
    o = tanh(linear(x) + v_o)
    h = f * h + z * o
    v_z = linear(x, bias=False)
    v_f = linear(x, bias=False)
    v_o = linear(x, bias=False)
    return h, v_z, v_f, v_o


@cell("Strongly-typed long short-term memory", source=BALDUZZI, class_name="TLSTM", year=2016)
def t_lstm(x, h, c, v_z, v_f, v_o):
    """v_z, v_f and v_o are the maps of the previous input."""
    z = linear(x) + v_z
    f = sigmoid(linear(x) + v_f)
    o = tanh(linear(x) + v_o)
    c = f * c + (1 - f) * z
    h = c * o
    v_z = linear(x, bias=False)
    v_f = linear(x, bias=False)
    v_o = linear(x, bias=False)
    return h, c, v_z, v_f, v_o


@cell("minGRU", source=f"{FENG}, section 3.1.3", class_name="MinGRU", year=2024)
def min_gru(x, h):
    """The plain form; min_gru_log is the one whose states are positive."""
    z = sigmoid(linear(x))
    h_tilde = linear(x)
    h = (1 - z) * h + z * h_tilde
    return h


@cell("minLSTM", source=f"{FENG}, section 3.2.4", class_name="MinLSTM", year=2024)
def min_lstm(x, h):
    """Both gates are divided by their sum, which makes the state independent of time scale. The plain form;
    min_lstm_log is the one whose states are positive."""
    f = sigmoid(linear(x))
    i = sigmoid(linear(x))
    h_tilde = linear(x)
    h = f / (f + i) * h + i / (f + i) * h_tilde
    return h


@cell("minGRU in log space", source=f"{FENG}, the form in log space", class_name="MinGRULog", year=2024)
def min_gru_log(x, h):
    """Candidates are positive, so that the authors' code (minRNNs) can compute a whole sequence by the logarithms of
    its states; this is its sequential form, without the output map. There, too, the state starts at 0 unless its first
    value is learned, then as a positive number. The slope of the candidate jumps where its argument is 0."""
    z = sigmoid(linear(x))
    a = linear(x)
    h_tilde = positive(a)
    h = (1 - z) * h + z * h_tilde
    return h


@cell("minLSTM in log space", source=f"{FENG}, the form in log space", class_name="MinLSTMLog", year=2024)
def min_lstm_log(x, h):
    """As min_gru_log, with the gates of min_lstm."""
    f = sigmoid(linear(x))
    i = sigmoid(linear(x))
    a = linear(x)
    h_tilde = positive(a)
    h = f / (f + i) * h + i / (f + i) * h_tilde
    return h


@cell("Gated impulse linear recurrent layer", source=f"{MARTIN}, section 3.1", class_name="GILR", year=2018)
def gilr(x, h):
    g = sigmoid(linear(x))
    i = tanh(linear(x))
    h = g * h + (1 - g) * i
    return h


@cell(
    "LSTM over a gated impulse linear recurrent layer",
    source=f"{MARTIN}, section 3.2",
    class_name="GILRLSTM",
    year=2018,
)
def gilr_lstm(x, h, c, s):
    """s, the state of gilr, takes the place of h in every gate."""
    k = sigmoid(linear(x))
    u = tanh(linear(x))
    f = sigmoid(linear(x, s))
    i = sigmoid(linear(x, s))
    o = sigmoid(linear(x, s))
    z = tanh(linear(x, s))
    s = k * s + (1 - k) * u
    c = f * c + i * z
    h = o * c
    return h, c, s


@cell(
    "Real-gated linear recurrent unit",
    source=f"{DE}, equations 1 to 4",
    class_name="RGLRU",
    year=2024,
)
def rg_lru(x, h, nu: vector = log(1 / sqrt(uniform(0.81, 0.998001)) - 1), c: constant = 8.0):
    """The paper gates x itself, which needs x as wide as h; a matrix stands before it here. nu is the Λ
    of the paper's appendix A and code, log a = -c softplus(Λ) r; in a = σ(Λ) of equation 3 it has the other sign.
    In the authors' code (recurrentgemma), as here, the square of a starts uniform on [0.9², 0.999²], and the gates'
    biases at 0.
    """
    r = sigmoid(linear(x, bias=0))
    i = sigmoid(linear(x, bias=0))
    k = -c * softplus(nu) * r
    h = exp(k) * h + sqrt(1 - exp(2 * k)) * (i * linear(x, bias=False))
    return h


@cell("Hawk's recurrent block", source=f"{DE}: the recurrent block", class_name="Hawk", year=2024)
def hawk(
    x, h, s, u_1, u_2, u_3, w_0: vector = normal(0, 0.05), w_1: vector = normal(0, 0.05),
    w_2: vector = normal(0, 0.05), w_3: vector = normal(0, 0.05), b: vector = 0,
    nu: vector = log(1 / sqrt(uniform(0.81, 0.998001)) - 1), c: constant = 8.0,
):  # fmt: skip
    """rg_lru after a convolution over four steps, times a branch of its own, and an output map: u_1 to u_3 are what the
    convolution reads of the three steps before. As in the authors' code (recurrentgemma), the gates' matrices have a
    block for each head, biases start at 0, the convolution at a variance of 0.01/4, and nu as in rg_lru. There GELU is
    its tanh form, the first step's input is not scaled by the root, and the branches may be of another width.
    """
    y = gelu(linear(x, bias=0))
    u = linear(x, bias=0)
    v = w_0 * u + w_1 * u_1 + w_2 * u_2 + w_3 * u_3 + b
    r = sigmoid(linear(v, heads="heads", bias=0))
    i = sigmoid(linear(v, heads="heads", bias=0))
    k = -c * softplus(nu) * r
    s = exp(k) * s + sqrt(1 - exp(2 * k)) * (i * v)
    o = y * s
    h = linear(o, bias=0)
    u_3 = u_2
    u_2 = u_1
    u_1 = u
    return h, s, u_1, u_2, u_3


@cell(
    "Linear recurrent unit with real eigenvalues",
    source="After Orvieto et al. (2023), Resurrecting Recurrent Neural Networks for Long Sequences, ICML, "
    "sections 3.3 and 3.4, equation 7",
    class_name="RealLRU",
    year=2023,
)
def real_lru(x, h, nu: vector = log(-log(uniform(1e-6, 1)) / 2)):
    """The paper's eigenvalues are complex; these are exp(-exp(nu)), its moduli, with its normalisation of the input.

    As in minimal-LRU, an implementation of the paper's layer, the eigenvalues' squares start uniform up to 1, here from
    10⁻⁶ on instead of from 0, which has no logarithm.
    """
    a = exp(-exp(nu))
    h = a * h + sqrt(1 - a**2) * linear(x, bias=False)
    return h


@cell(
    "RWKV-4 time mixing",
    source="Peng et al. (2023), RWKV: Reinventing RNNs for the Transformer Era, EMNLP Findings, equations 23 to 28",
    class_name="RWKV",
    year=2023,
)
def rwkv(x, h, a, b, p=-1e30, w: vector = 8 * spaced(0, 1) ** 0.7 - 5, u: vector = log(Rational(3, 10))):
    """Without the paper's token shift and output matrix. The decay is exp(-exp(w)). a and b are the sums of the
    average, divided by exp(p), which start at 0: so p starts at -1e30, in the place of -∞, as in the authors' code.

    w starts as that of the first layer in the authors' code, whose u also goes up and down by 0.5 from unit to unit.
    """
    r = sigmoid(linear(x, bias=False))
    k = linear(x, bias=False)
    v = linear(x, bias=False)
    q = Max(p, u + k)
    h = r * (exp(p - q) * a + exp(u + k - q) * v) / (exp(p - q) * b + exp(u + k - q))
    s = p - exp(w)
    p = Max(s, k)
    a = exp(s - p) * a + exp(k - p) * v
    b = exp(s - p) * b + exp(k - p)
    return h, a, b, p
