"""Cells with matrices that are not learned: memories that project the past on polynomials, reservoirs, clockworks.

In the formulas of these matrices ``row`` and ``column`` count from 0.
"""

from sympy import Piecewise, Symbol, evaluate, floor, sqrt

from derive.definition.define import cell
from derive.definition.inputs import constant, fixed, vector
from derive.statements.affine import linear
from derive.symbolic.activations import tanh
from derive.symbolic.fixed import column, columns, drawn, row, rows, zero_order_hold

SQUARE = "hidden_size*hidden_size"


VOELKER = "Voelker, Kajić and Eliasmith (2019), Legendre Memory Units, NeurIPS"
with evaluate(False):  # in the paper's order
    LEGENDRE = (2 * row + 1) * Piecewise((-1, row < column), ((-1) ** (row - column + 1), True))
    ENDS = (2 * row + 1) * (-1) ** row
theta, groups = Symbol("theta"), Symbol("groups")


@cell(
    "Legendre memory unit",
    sizes={"A_bar": "memory*memory", "B_bar": "memory"},
    source=VOELKER,
    class_name="LMU",
    year=2019,
)
def lmu(
    x,
    h,
    m,
    A_bar: fixed = zero_order_hold(LEGENDRE / theta),
    B_bar: fixed = zero_order_hold(LEGENDRE / theta, ENDS / theta),
    theta: constant = 100.0,
):
    """The memory m has the coefficients of Legendre polynomials of the last theta steps of u. Its differential equation
    is solved for a u that is held between two steps, as in the authors' code; and as there, u reads nothing of m at
    first. A layer has the matrices of the theta that it is made with.
    """
    u = linear(x, h, m, bias=False, size=1, initial=(None, None, 0))
    m = A_bar @ m + B_bar * u
    h = tanh(linear(x, bias=False) + linear(h, bias=False) + linear(m, bias=False))
    return h, m


@cell(
    "Legendre memory unit, Euler's step",
    sizes={"A": "memory*memory", "B": "memory"},
    source=VOELKER,
    class_name="LMUEuler",
    year=2019,
)
def lmu_euler(x, h, m, A: fixed = LEGENDRE, B: fixed = ENDS, theta: constant = 100.0):
    """As lmu, with Euler's step of the memory's differential equation, which asks for a theta that is large beside the
    square of the memory's size.
    """
    u = linear(x, h, m, bias=False, size=1, initial=(None, None, 0))
    m = m + (A @ m + B * u) / theta
    h = tanh(linear(x, bias=False) + linear(h, bias=False) + linear(m, bias=False))
    return h, m


@cell(
    "HiPPO-LegS",
    sizes={"A": SQUARE},
    source="Gu, Dao, Ermon, Rudra and Ré (2020), HiPPO: Recurrent Memory with Optimal Polynomial Projections, NeurIPS",
    class_name="HippoLegS",
    year=2020,
)
def hippo_legs(
    x,
    h,
    t,
    A: fixed = Piecewise((sqrt((2 * row + 1) * (2 * column + 1)), row > column), (row + 1, row >= column), (0, True)),
    B: fixed = sqrt(2 * row + 1),
):
    """h has the coefficients of Legendre polynomials of all of u until now, by Euler's step; t counts the steps. What
    a network around this memory computes of it is left out.
    """
    u = linear(x, bias=False, size=1)
    t = t + 1
    h = h + (B * u - A @ h) / t
    return h, t


@cell(
    "Echo state network, leaky",
    sizes={"W": SQUARE, "U": "hidden_size*input_size"},
    source="Jaeger (2001), The echo state approach, GMD report 148; Jaeger, Lukoševičius, Popovici and Siewert (2007), "
    "Optimization and applications of echo state networks with leaky-integrator neurons, Neural Networks 20(3)",
    class_name="EchoState",
    year=2001,
)
def echo_state(
    x, y, h, W: fixed = drawn(seed=1, radius=0.9), U: fixed = drawn(seed=2, scale=0.5), alpha: constant = 1.0
):
    """What reads the reservoir h is learned alone; y is not fed back. With alpha = 1 it is the network of 2001. All
    layers have the same reservoir; one of another seed, radius or density is a cell of one's own.
    """
    h = (1 - alpha) * h + alpha * tanh(U @ x + W @ h)
    y = linear(x, h, bias=False)
    return y, h


@cell(
    "Clockwork recurrent network",
    sizes={"M": SQUARE, "W": SQUARE},
    source="Koutník, Greff, Gomez and Schmidhuber (2014), A Clockwork RNN, ICML",
    class_name="ClockworkRNN",
    year=2014,
)
def clockwork_rnn(
    x,
    h,
    t,
    W: vector,
    M: fixed = Piecewise((1, floor(groups * row / rows) <= floor(groups * column / columns)), (0, True)),
    T: fixed = 2 ** floor(groups * row / rows),
    groups: constant = 4,
):
    """Groups of units, four or as many as the layer is told, with the periods 1, 2, 4, 8, ...: a group changes at the
    steps t that its period divides, and reads itself and the groups that are slower. t counts the steps from 1.
    """
    t = t + 1
    a = linear(x) + (M * W) @ h
    h = Piecewise((tanh(a), t - T * floor(t / T) < 1), (h, True))
    return h, t
