"""Matrix memories whose recurrence is not linear: they do not fit a parallel form, and may count and track states.

Sizes and what is left out of the layers: as in ``matrix_memory``.
"""

from sympy import exp, log, sqrt

from derive.cells.delta_rule import SMALL_STEPS
from derive.cells.matrix_memory import KEYS, VALUES
from derive.definition.define import cell
from derive.definition.inputs import constant, vector
from derive.statements.affine import linear
from derive.statements.matrix_products import outer
from derive.statements.mean import mean
from derive.symbolic.activations import sigmoid, silu, softplus, tanh
from derive.symbolic.initial import eye, normal, uniform


@cell(
    "M²RNN",
    sizes={"W": ("heads", "value*value"), "a_log": "heads", "D": VALUES},
    source="Mishra, Tan, Stoica, Gonzalez and Dao (2026), M²RNN: Non-Linear RNNs with Matrix-Valued States for "
    "Scalable Language Modeling, arXiv:2603.14360",
    class_name="M2RNN",
    year=2026,
)
def m2rnn(x, h, S, W: vector = eye(), a_log: vector = log(uniform(0, 16)), D: vector = 1):
    """The state has keys for rows and values for columns, a matrix of weights maps its rows, and all of it goes through
    tanh. Decay, skip connection and gate are those of the authors' code, as are the initial values; the convolution
    before and the norm after are left out.
    """
    q = linear(x, bias=False, size=KEYS)
    k = linear(x, bias=False, size=KEYS)
    v = linear(x, bias=False, size=VALUES)
    g = silu(linear(x, bias=False, size=VALUES))
    f = exp(-exp(a_log) * softplus(linear(x, bias=SMALL_STEPS, size="heads")))
    Z = tanh(S @ W + outer(k, v))
    S = f * S + (1 - f) * Z
    o = g * (S.T @ q + D * v)
    h = linear(o, bias=False)
    return h, S


def centred(q):
    return q - mean(q, heads="heads")


def deviation(q, epsilon):
    """The standard deviation of what is centred, of the units of each head; epsilon is added to the variance."""
    return sqrt(mean(q**2, heads="heads") + epsilon)


@cell(
    "TTT-Linear",
    sizes={"W": ("heads", "value*value"), "b": VALUES, "gamma": VALUES, "beta": VALUES},
    source="Sun et al. (2024), Learning to (Learn at Test Time): RNNs with Expressive Hidden States, arXiv:2407.04620",
    class_name="TTTLinear",
    year=2024,
)
def ttt_linear(
    x, h, S, d, W: vector = normal(0, 0.02), b: vector = 0, gamma: vector = 1, beta: vector = 0,
    eta: constant = 0.015625, epsilon: constant = 1e-6,
):  # fmt: skip
    """The memory is a linear model with a layer norm and a residual connection, q + LN(W q + b), which each step trains
    by one step of gradient descent to make v of k: p is the gradient of |LN(z) - (v - k)|²/2 in z. S and d are what the
    steps have added to W and b, where the model starts from. Mini-batches are of one step, so that the rotation by
    places within them is none; the authors' default is 16. eta is the base learning rate divided by the size of a head,
    1/64 in most of their configurations. The model and the map of the rate start as in their code (ttt-lm-pytorch);
    its norm of what is read, and a learned factor of each place in a mini-batch, 1 at first, are left out.
    """
    q = linear(x, bias=False, size=VALUES)
    k = linear(x, bias=False, size=VALUES)
    v = linear(x, bias=False, size=VALUES)
    r = eta * sigmoid(linear(x, size="heads", initial=normal(0, 0.02), bias=0))
    z = centred(W @ k + S @ k + b + d)
    y = z / deviation(z, epsilon)
    g = gamma * (gamma * y + beta - (v - k))
    p = (centred(g) - y * mean(g * y, heads="heads")) / deviation(z, epsilon)
    S = S - outer(r * p, k)
    d = d - r * p
    u = centred(W @ q + S @ q + b + d)
    o = q + gamma * u / deviation(u, epsilon) + beta
    h = linear(o, bias=False)
    return h, S, d
