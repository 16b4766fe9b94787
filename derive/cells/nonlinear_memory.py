"""Matrix memories whose recurrence is not linear: they do not fit a parallel form, and may count and track states.

Sizes and what is left out of the layers: as in ``matrix_memory``.
"""

from sympy import exp, log

from derive.cells.delta_rule import SMALL_STEPS
from derive.cells.matrix_memory import KEYS, VALUES
from derive.definition.define import cell
from derive.definition.inputs import vector
from derive.statements.affine import linear
from derive.statements.matrix_products import outer
from derive.symbolic.activations import silu, softplus, tanh
from derive.symbolic.initial import eye, uniform


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
