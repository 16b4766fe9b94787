"""Gated cells with fewer gates or matrices than the GRU."""

from derive.definition.define import cell
from derive.definition.inputs import constant, vector
from derive.statements.affine import linear
from derive.symbolic.activations import sigmoid, tanh
from derive.symbolic.piecewise_linear import relu

HECK = "Heck and Salem (2017), Simplified Minimal Gated Unit Variations for Recurrent Neural Networks, MWSCAS"
COLLINS = "Collins, Sohl-Dickstein and Sussillo (2017), Capacity and Trainability in Recurrent Neural Networks, ICLR"
MIRU = "The MiRU of torchrecurrent, after doi:10.1016/j.neucom.2026.132847"
VECOVEN = "Vecoven, Ernst and Drion (2021), A Bio-inspired Bistable Recurrent Cell, PLOS ONE"


@cell(
    "Minimal gated unit",
    source="Zhou, Wu, Zhang and Zhou (2016), Minimal Gated Unit for Recurrent Neural Networks, IJAC",
    class_name="MGU",
    year=2016,
)
def mgu(x, h):
    """f opens to the candidate; Flax's MGU has the opposite polarity, f keeping the old state."""
    f = sigmoid(linear(x, h))
    fh = f * h
    h_tilde = tanh(linear(x, fh))
    h = (1 - f) * h + f * h_tilde
    return h


@cell("Minimal gated unit 1: gate without the input", source=HECK, class_name="MGU1", year=2017)
def mgu1(x, h):
    f = sigmoid(linear(h))
    fh = f * h
    h_tilde = tanh(linear(x, fh))
    h = (1 - f) * h + f * h_tilde
    return h


@cell("Minimal gated unit 2: gate of the hidden state alone", source=HECK, class_name="MGU2", year=2017)
def mgu2(x, h):
    f = sigmoid(linear(h, bias=False))
    fh = f * h
    h_tilde = tanh(linear(x, fh))
    h = (1 - f) * h + f * h_tilde
    return h


@cell("Minimal gated unit 3: gate of the bias alone", source=HECK, class_name="MGU3", year=2017)
def mgu3(x, h, b_f: vector):
    f = sigmoid(b_f)
    fh = f * h
    h_tilde = tanh(linear(x, fh))
    h = (1 - f) * h + f * h_tilde
    return h


@cell(
    "JANET",
    source="van der Westhuizen and Lasenby (2018), The Unreasonable Effectiveness of the Forget Gate, arXiv:1804.04849",
    class_name="JANET",
    year=2018,
)
def janet(x, h, beta: constant = 1.0):
    """An LSTM with a forget gate alone; h is its cell state. beta is the paper's, and 0 gives the plain form.

    The biases start as in the authors' code where no length is given: 1 in the gate and 0 in the candidate. For
    dependencies of up to T steps it starts the gate's at chrono(T), as `janet.with_initial(b_s=chrono(T))` does.
    """
    s = linear(x, h, bias=1)
    f = sigmoid(s)
    k = sigmoid(s - beta)
    h_tilde = tanh(linear(x, h, bias=0))
    h = f * h + (1 - k) * h_tilde
    return h


@cell("Update gate recurrent network", source=f"{COLLINS}, equations 2 to 4", class_name="UGRNN", year=2017)
def ugrnn(x, h):
    """The paper adds 1 to the gate's bias, which therefore starts at 1 here."""
    c = tanh(linear(x, h))
    g = sigmoid(linear(x, h, bias=1))
    h = g * h + (1 - g) * c
    return h


@cell(
    "Intersection recurrent network",
    source=f"{COLLINS}, equations 15 to 20",
    class_name="IntersectionRNN",
    year=2017,
)
def intersection_rnn(x, y, h):
    """The output y carries x itself over in the paper, which needs x as wide as y; a matrix stands before it here.

    The paper's nonlinearities are relu for y and tanh for h.
    """
    y_in = relu(linear(x, h))
    h_in = tanh(linear(x, h))
    g_y = sigmoid(linear(x, h))
    g_h = sigmoid(linear(x, h))
    y = g_y * linear(x, bias=False, name="skip") + (1 - g_y) * y_in
    h = g_h * h + (1 - g_h) * h_in
    return y, h


@cell(
    "MinimalRNN",
    source="Chen (2017), MinimalRNN, arXiv:1711.06788",
    class_name="MinimalRNN",
    year=2017,
)
def minimal_rnn(x, h):
    z = tanh(linear(x))
    u = sigmoid(linear(h, z))
    h = u * h + (1 - u) * z
    return h


@cell(
    "Recurrent additive network",
    source="Lee, Levy and Zettlemoyer (2017), Recurrent Additive Networks, arXiv:1705.07393, equation 1",
    class_name="RAN",
    year=2017,
)
def ran(x, h, c):
    """The output is tanh(c); the paper's other form has h = c."""
    c_tilde = linear(x, bias=False)
    i = sigmoid(linear(x, h))
    f = sigmoid(linear(x, h))
    c = i * c_tilde + f * c
    h = tanh(c)
    return h, c


@cell(
    "Addition-subtraction twin-gated recurrent network",
    source="Zhang, Xiong, Su, Lin and Zhang (2018), EMNLP, arXiv:1810.12546",
    class_name="ATR",
    year=2018,
)
def atr(x, h):
    """The paper has no biases. As printed its forget gate has a misprint, which the authors correct to p - q in their
    code's documentation.
    """
    p = linear(x, bias=False)
    q = linear(h, bias=False)
    i = sigmoid(p + q)
    f = sigmoid(p - q)
    h = i * p + f * h
    return h


@cell(
    "Chaos-free network",
    source="Laurent and von Brecht (2017), A Recurrent Neural Network without Chaos, ICLR, equations 1 and 2",
    class_name="CFN",
    year=2017,
)
def cfn(x, h):
    """The paper's candidate has no bias."""
    theta = sigmoid(linear(x, h))
    eta = sigmoid(linear(x, h))
    h = theta * tanh(h) + eta * tanh(linear(x, bias=False))
    return h


@cell(
    "Simple gated recurrent network",
    source="The SGRN of torchrecurrent, after doi:10.1049/gtd2.12056 (IET Generation, Transmission & Distribution)",
    class_name="SGRN",
    year=2021,
)
def sgrn(x, h):
    u = linear(x)
    f = sigmoid(u + linear(h, bias=False))
    h = tanh((1 - f) * u + f * h)
    return h


@cell(
    "Stackable recurrent cell",
    source="Turkoglu, D'Aronco, Wegner and Schindler (2021), Gating Revisited, IEEE TPAMI",
    class_name="STAR",
    year=2021,
)
def star(x, h):
    z = tanh(linear(x))
    k = sigmoid(linear(x, h))
    h = tanh((1 - k) * h + k * z)
    return h


@cell(
    "Light recurrent unit",
    source="Ye, Zhang, Liu, Li, Chang and Zheng (2024), Light Recurrent Unit, Electronics 13(16), 3204",
    class_name="LightRU",
    year=2024,
)
def light_ru(x, h):
    h_tilde = tanh(linear(x))
    f = sigmoid(linear(x, h))
    h = (1 - f) * h + f * h_tilde
    return h


@cell("Minion gated unit 1", source=MIRU, class_name="MiRU1", year=2026)
def miru1(x, h, eta: constant = 0.5):
    """The update gate is a constant; torchrecurrent's two biases are one here."""
    r = sigmoid(linear(x, h))
    rh = r * h
    h_tilde = tanh(linear(x, rh))
    h = eta * h + (1 - eta) * h_tilde
    return h


@cell("Minion gated unit 2", source=MIRU, class_name="MiRU2", year=2026)
def miru2(x, h, eta: constant = 0.5, beta: constant = 0.5):
    """Both gates are constants."""
    rh = beta * h
    h_tilde = tanh(linear(x, rh))
    h = eta * h + (1 - eta) * h_tilde
    return h


@cell("Bistable recurrent cell", source=VECOVEN, class_name="BRC", year=2021)
def brc(x, h, w_a: vector, w_c: vector):
    """A unit sees no state but its own; nbrc is the form with full matrices."""
    a = 1 + tanh(linear(x) + w_a * h)
    c = sigmoid(linear(x) + w_c * h)
    h = c * h + (1 - c) * tanh(linear(x) + a * h)
    return h


@cell("Neuromodulated bistable recurrent cell", source=VECOVEN, class_name="NBRC", year=2021)
def nbrc(x, h):
    """The gates see all units; the candidate keeps a unit's own state alone."""
    a = 1 + tanh(linear(x, h))
    c = sigmoid(linear(x, h))
    h = c * h + (1 - c) * tanh(linear(x) + a * h)
    return h
