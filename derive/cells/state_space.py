"""State space models whose step the input chooses: each channel has a state of its own, and all states are a matrix.

Short convolutions before the recurrence are left out, as are norms after it. Sizes: ``value`` channels, of each head
where there are heads, and ``key`` numbers of the state of each.
"""

from sympy import exp, log

from derive.cells.delta_rule import SMALL_STEPS
from derive.cells.matrix_memory import VALUES
from derive.definition.define import cell
from derive.definition.inputs import vector
from derive.statements.affine import linear
from derive.statements.matrix_products import diag, dot, outer
from derive.symbolic.activations import sigmoid, silu, softplus
from derive.symbolic.initial import uniform


@cell(
    "Mamba",
    sizes={"a_log": "value*key", "D": "value"},
    source="Gu and Dao (2023), Mamba, arXiv:2312.00752",
    class_name="Mamba",
    year=2023,
)
def mamba(x, h, S, a_log: vector = 0, D: vector = 1):
    """The selective state space model S6. In the authors' code the steps s come of a map of low rank, and a_log starts
    at log 1, log 2, ... along the state; here it starts at 0."""
    u = silu(linear(x, bias=False, size="value"))
    z = silu(linear(x, bias=False, size="value"))
    s = softplus(linear(u, bias=SMALL_STEPS, size="value", name="s"))
    B = linear(u, bias=False, size="key")
    C = linear(u, bias=False, size="key")
    A = -exp(a_log)
    S = exp(diag(s) @ A) * S + outer(s * u, B)
    y = z * (S @ C + D * u)
    h = linear(y, bias=False)
    return h, S


@cell(
    "Mamba-2",
    sizes={"a_log": "heads", "D": "heads"},
    source="Dao and Gu (2024), Transformers are SSMs, ICML",
    class_name="Mamba2",
    year=2024,
)
def mamba2(x, h, S, a_log: vector = log(uniform(1, 16)), D: vector = 1):
    """Of a head, all channels decay alike; all heads share B and C. Parameters start as in the authors' code."""
    u = silu(linear(x, bias=False, size=VALUES))
    z = silu(linear(x, bias=False, size=VALUES))
    B = silu(linear(x, bias=False, size="key"))
    C = silu(linear(x, bias=False, size="key"))
    s = softplus(linear(x, bias=SMALL_STEPS, size="heads"))
    a = exp(-exp(a_log) * s)
    S = a * S + s * outer(u, B)
    y = z * (S @ C + D * u)
    h = linear(y, bias=False)
    return h, S


@cell(
    "Longhorn",
    sizes={"D": "value"},
    source="Liu, Wang, Wu, Feng, Stone and Liu (2024), Longhorn, arXiv:2407.14207",
    class_name="Longhorn",
    year=2024,
)
def longhorn(x, h, S, D: vector = 1):
    """A step of online learning in closed form, with the diagonal of k kᵀ in its place. In the authors' code the map of
    beta is of low rank."""
    u = silu(linear(x, bias=False, size="value"))
    z = silu(linear(x, bias=False, size="value"))
    q = linear(u, bias=False, size="key")
    k = linear(u, bias=False, size="key")
    beta = sigmoid(linear(u, size="value", name="beta"))
    s = beta / (1 + beta * dot(k, k))
    S = (1 - outer(s, k**2)) * S + outer(s * u, k)
    y = z * (S @ q + D * u)
    h = linear(y, bias=False)
    return h, S
