"""Linear recurrences whose units rotate or swing: their states are complex, or pairs of position and velocity.

``state`` is the number of complex units. Where a paper adds a multiple of x, which has the output's width there, a
matrix D stands before x here; matrices start as PyTorch's do. Norms and gated maps around the recurrence are left out,
but for the output gate of HGRN.
"""

from sympy import Rational, exp, log, pi, sqrt

from derive.definition.define import cell
from derive.definition.inputs import constant, vector
from derive.statements.affine import linear
from derive.symbolic.activations import sigmoid, silu
from derive.symbolic.complexes import Complex, polar
from derive.symbolic.initial import log_uniform, spaced, uniform
from derive.symbolic.piecewise_linear import relu

RUSCH = "Rusch and Rus (2025), Oscillatory State-Space Models, ICLR"


def driven(x):
    """B x of a complex matrix B."""
    return Complex(linear(x, size="state", bias=False, name="B_re"), linear(x, size="state", bias=False, name="B_im"))


def read(s):
    """The real part of C s, of a complex matrix C."""
    return linear(s.re, bias=False, name="C_re") - linear(s.im, bias=False, name="C_im")


def gated(s, g):
    """A map of the parts of s, each gated by that of g."""
    return linear(g.re * s.re, name="o_re") + linear(g.im * s.im, bias=False, name="o_im")


@cell(
    "Linear recurrent unit",
    sizes={"nu": "state", "theta": "state"},
    source="Orvieto et al. (2023), Resurrecting Recurrent Neural Networks for Long Sequences, ICML",
    class_name="LRU",
    year=2023,
)
def lru(
    x,
    h,
    s: complex,
    nu: vector = log(-log(uniform(1e-6, 1)) / 2),
    theta: vector = log(uniform(1e-6, Rational(157, 25))),
):
    """As in minimal-LRU, an implementation of the paper's layer, the eigenvalues start uniform on the unit disc, with
    angles up to 6.28; the input's normalisation starts there as it is here, and is then learned by itself."""
    r = exp(-exp(nu))
    lambda_ = polar(r, exp(theta))
    u = driven(x)
    s = lambda_ * s + sqrt(1 - r**2) * u
    h = read(s) + linear(x, bias=False, name="D")
    return h, s


@cell(
    "Diagonal state space layer S5",
    sizes={"a": "state", "omega": "state", "log_step": "state"},
    source="Smith, Warrington and Linderman (2023), Simplified State Space Layers for Sequence Modeling, ICLR",
    class_name="S5",
    year=2023,
)
def s5(
    x,
    h,
    s: complex,
    a: vector = Rational(-1, 2),
    omega: vector = pi * spaced(0, 31),
    log_step: vector = log(log_uniform(0.001, 0.1)),
):
    """By a zero-order hold, the input's, as the authors' code has it by default; half of the units, whose conjugates
    count for the other half. There a and omega start as the eigenvalues of the HiPPO matrix, of which a is the common
    real part; omega starts evenly spaced here, as in S4D-Lin with 32 units."""
    lambda_ = Complex(a, omega)
    step = exp(log_step)
    lambda_bar = polar(exp(a * step), omega * step)
    n = a**2 + omega**2
    gain = (lambda_bar - 1) * lambda_.conjugate() / n
    u = driven(x)
    s = lambda_bar * s + gain * u
    h = 2 * read(s) + linear(x, bias=False, name="D")
    return h, s


@cell(
    "HGRN",
    sizes={"theta": "state"},
    source="Qin, Yang and Zhong (2023), Hierarchically Gated Recurrent Neural Network for Sequence Modeling, NeurIPS",
    class_name="HGRN",
    year=2023,
)
def hgrn(x, h, s: complex, theta: vector = 10000 ** (-2 * spaced(0, 1)), gamma: constant = 0):
    """A forget gate shortens the state, an angle that is learned for each unit turns it, and an output gate stands
    before the map that reads it. gamma is the gate's lower bound, 0 in the first layer; the authors learn those of all
    layers together. The norm of what is read is left out. Angles start as in the authors' code (hgru-pytorch), where
    the last unit's exponent is short of -2 by 2/state."""
    f = gamma + (1 - gamma) * sigmoid(linear(x, size="state"))
    c = Complex(silu(linear(x, size="state", name="c_re")), silu(linear(x, size="state", name="c_im")))
    lambda_ = polar(f, theta)
    s = lambda_ * s + (1 - f) * c
    g = Complex(silu(linear(x, size="state", name="g_re")), silu(linear(x, size="state", name="g_im")))
    h = gated(s, g)
    return h, s


@cell(
    "Linear oscillators, implicit and explicit",
    sizes={"a": "state", "dt": "state"},
    source=RUSCH,
    class_name="LinOSS",
    year=2025,
)
def linoss(x, h, z: complex, y: complex, a: vector = uniform(0, 1), dt: vector = uniform(0, 1)):
    """LinOSS-IMEX: y is the position, z the velocity of oscillators that a complex input drives. a and dt start as in
    the authors' code."""
    A = relu(a)
    step = sigmoid(dt)
    u = driven(x)
    z = z + step * (u - A * y)
    y = y + step * z
    h = read(y) + linear(x, bias=False, name="D")
    return h, z, y


@cell(
    "Linear oscillators, implicit",
    sizes={"a": "state", "dt": "state"},
    source=RUSCH,
    class_name="LinOSSImplicit",
    year=2025,
)
def linoss_im(x, h, z: complex, y: complex, a: vector = uniform(0, 1), dt: vector = uniform(0, 1)):
    """LinOSS-IM: as linoss, with the new position in the spring's force, for which the step is solved."""
    A = relu(a)
    step = sigmoid(dt)
    u = driven(x)
    b = 1 + step**2 * A
    z = (z + step * (u - A * y)) / b
    y = y + step * z
    h = read(y) + linear(x, bias=False, name="D")
    return h, z, y


@cell(
    "Linear oscillators with damping",
    sizes={"a": "state", "g": "state", "dt": "state"},
    source="Boyer, Rusch and Rus (2025), Learning to Dissipate Energy in Oscillatory State-Space Models, "
    "arXiv:2505.12171",
    class_name="DLinOSS",
    year=2025,
)
def d_linoss(
    x,
    h,
    z: complex,
    y: complex,
    a: vector = uniform(0, 1),
    g: vector = uniform(0, 1),
    dt: vector = uniform(0, 1),
):
    """D-LinOSS: the friction G of the new velocity, and A bounded so that the oscillators swing, as in the authors'
    code, where a and g are drawn of the region in which they do."""
    G = relu(g)
    step = sigmoid(dt)
    lower = (2 + step * G - 2 * sqrt(1 + step * G)) / step**2
    upper = (2 + step * G + 2 * sqrt(1 + step * G)) / step**2
    A = lower + relu(a - lower) - relu(a - upper)
    u = driven(x)
    z = (z + step * (u - A * y)) / (1 + step * G)
    y = y + step * z
    h = read(y) + linear(x, bias=False, name="D")
    return h, z, y
