"""Gated recurrent units.

Two conventions differ between papers and libraries, and each form has a cell of its own. Where the reset gate stands:
after the recurrent matrix (gru) or before it (gru_reset_before). What the update gate z weighs: the old state (gru) or
the candidate (gru_chung).
"""

from derive.definition.define import cell
from derive.definition.inputs import constant, vector
from derive.statements.affine import linear
from derive.symbolic.activations import sigmoid, softplus, tanh
from derive.symbolic.piecewise_linear import hard_sigmoid, relu

DEY = "Dey and Salem (2017), Gate-Variants of Gated Recurrent Unit (GRU) Neural Networks, MWSCAS"
JOZEFOWICZ = "Jozefowicz, Zaremba and Sutskever (2015), ICML"
GAO = "Gao and Glowacka (2016), Deep Gate Recurrent Neural Network, ACML"


@cell(
    "Gated recurrent unit",
    source="Cho et al. (2014), section 2.3; reset-after form, the formula of torch.nn.GRU's documentation",
    class_name="GRU",
    year=2014,
)
def gru(x, h):
    """Reset-after: the reset gate scales U h + b', as in the first version of the paper, cuDNN, PyTorch and Keras.

    gru_reset_before is the other form.
    """
    r = sigmoid(linear(x) + linear(h))
    z = sigmoid(linear(x) + linear(h))
    n = tanh(linear(x) + r * linear(h))
    h = (1 - z) * n + z * h
    return h


@cell(
    "Gated recurrent unit, reset before",
    source="Cho et al. (2014), EMNLP, arXiv:1406.1078v3, equations 5 to 8",
    class_name="GRUResetBefore",
    year=2014,
)
def gru_reset_before(x, h):
    """The reset gate scales h before the recurrent matrix: ONNX's default, and Keras with reset_after=False.

    gru is the other form.
    """
    r = sigmoid(linear(x) + linear(h))
    z = sigmoid(linear(x) + linear(h))
    rh = r * h
    n = tanh(linear(x) + linear(rh))
    h = (1 - z) * n + z * h
    return h


@cell(
    "Gated recurrent unit, update gate opens to the candidate",
    source="Chung, Gulcehre, Cho and Bengio (2014), arXiv:1412.3555, section 3.2, equation 5",
    class_name="GRUChung",
    year=2014,
)
def gru_chung(x, h):
    """The other polarity of gru_reset_before: (1 - z) keeps the old state. A change of the sign of z's weights maps
    the one to the other.
    """
    r = sigmoid(linear(x, h))
    z = sigmoid(linear(x, h))
    rh = r * h
    h_tilde = tanh(linear(x, rh))
    h = (1 - z) * h + z * h_tilde
    return h


@cell("GRU variant 1: gates without the input", source=DEY, class_name="GRU1", year=2017)
def gru1(x, h):
    r = sigmoid(linear(h))
    z = sigmoid(linear(h))
    rh = r * h
    h_tilde = tanh(linear(x, rh))
    h = (1 - z) * h + z * h_tilde
    return h


@cell("GRU variant 2: gates of the hidden state alone", source=DEY, class_name="GRU2", year=2017)
def gru2(x, h):
    r = sigmoid(linear(h, bias=False))
    z = sigmoid(linear(h, bias=False))
    rh = r * h
    h_tilde = tanh(linear(x, rh))
    h = (1 - z) * h + z * h_tilde
    return h


@cell("GRU variant 3: gates of the bias alone", source=DEY, class_name="GRU3", year=2017)
def gru3(x, h, b_r: vector, b_z: vector):
    r = sigmoid(b_r)
    z = sigmoid(b_z)
    rh = r * h
    h_tilde = tanh(linear(x, rh))
    h = (1 - z) * h + z * h_tilde
    return h


@cell("MUT1", source=JOZEFOWICZ, class_name="MUT1", year=2015)
def mut1(x, h):
    """The paper adds tanh(x) itself, which needs x as wide as h; a matrix stands before x here."""
    z = sigmoid(linear(x))
    r = sigmoid(linear(x, h))
    rh = r * h
    n = tanh(linear(rh) + tanh(linear(x, bias=False)))
    h = n * z + h * (1 - z)
    return h


@cell("MUT2", source=JOZEFOWICZ, class_name="MUT2", year=2015)
def mut2(x, h):
    """The paper's reset gate adds x itself, which needs x as wide as h; a matrix stands before x here."""
    z = sigmoid(linear(x, h))
    r = sigmoid(linear(x, h))
    rh = r * h
    n = tanh(linear(rh, x))
    h = n * z + h * (1 - z)
    return h


@cell("MUT3", source=JOZEFOWICZ, class_name="MUT3", year=2015)
def mut3(x, h):
    h_hat = tanh(h)
    z = sigmoid(linear(x, h_hat))
    r = sigmoid(linear(x, h))
    rh = r * h
    n = tanh(linear(rh, x))
    h = n * z + h * (1 - z)
    return h


@cell(
    "Light gated recurrent unit",
    source="Ravanelli, Brakel, Omologo and Bengio (2018), IEEE TETCI 2(2), arXiv:1803.10225",
    class_name="LiGRU",
    year=2018,
)
def ligru(x, h):
    """Without the paper's batch normalisation of the input's part, which belongs to the layer."""
    z = sigmoid(linear(x, h))
    h_tilde = relu(linear(x, h))
    h = z * h + (1 - z) * h_tilde
    return h


@cell("Simple gated unit", source=GAO, class_name="SGU", year=2016)
def sgu(x, h):
    """The input multiplies the state before the recurrent matrix. The hard sigmoid is PyTorch's, of slope 1/6; that of
    Keras was of slope 1/5 when the paper appeared.
    """
    g = linear(x) * h
    n = tanh(linear(g, bias=False))
    h_tilde = softplus(n * h)
    z = hard_sigmoid(linear(x, h))
    h = (1 - z) * h + z * h_tilde
    return h


@cell("Deep simple gated unit", source=GAO, class_name="DSGU", year=2016)
def dsgu(x, h):
    """As sgu, with one more matrix before the candidate's nonlinearity."""
    g = linear(x) * h
    n = tanh(linear(g, bias=False))
    nh = n * h
    h_tilde = sigmoid(linear(nh, bias=False))
    z = hard_sigmoid(linear(x, h))
    h = (1 - z) * h + z * h_tilde
    return h


@cell(
    "GRU-ODE, one Euler step",
    source="De Brouwer, Simm, Arany and Moreau (2019), GRU-ODE-Bayes, NeurIPS, equation 3",
    class_name="GRUODE",
    year=2019,
)
def gru_ode(x, h, dt: constant = 0.1):
    """dh/dt = (1 - z) * (n - h); with dt = 1 it is gru_reset_before."""
    r = sigmoid(linear(x, h))
    z = sigmoid(linear(x, h))
    rh = r * h
    n = tanh(linear(x, rh))
    h = h + dt * (1 - z) * (n - h)
    return h


@cell(
    "GRU with weighted time-delay feedback, delay 2",
    source="Erichson, Lim and Mahoney (2022), Gated Recurrent Neural Networks with Weighted Time-Delay Feedback",
    class_name="TauGRU",
    year=2022,
)
def tau_gru(x, h, q):
    """q holds the hidden state of two steps ago when a step begins; a longer delay needs a state for each step more."""
    u = tanh(linear(x, h))
    v = tanh(linear(x, q))
    g = sigmoid(linear(x, h))
    a = sigmoid(linear(x, h))
    q = h
    h = (1 - g) * h + g * (u + a * v)
    return h, q
