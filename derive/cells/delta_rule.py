"""Matrix memories in which a value takes the place of what its key has had: the delta rule, and its gated forms.

What is left out of the layers, and how sizes are called, says ``matrix_memory``.
"""

from sympy import exp, log, sqrt

from derive.cells.matrix_memory import KEYS, VALUES
from derive.definition.define import cell
from derive.definition.inputs import vector
from derive.statements.affine import linear
from derive.statements.matrix_products import diag, dot, outer
from derive.symbolic.activations import sigmoid, silu, softplus
from derive.symbolic.initial import log_uniform, uniform

EPSILON = 1e-6
#: What softplus makes numbers of from 0.001 to 0.1, as the authors of Mamba let time steps start.
SMALL_STEPS = log(exp(log_uniform(0.001, 0.1)) - 1)


def unit(k):
    """The vector divided by its length."""
    return k / sqrt(dot(k, k) + EPSILON)


@cell(
    "DeltaNet",
    source="Schlag, Irie and Schmidhuber (2021), Linear Transformers Are Secretly Fast Weight Programmers, ICML; Yang, "
    "Wang, Zhang, Shen and Kim (2024), Parallelizing Linear Transformers with the Delta Rule, NeurIPS",
    class_name="DeltaNet",
    year=2021,
)  # fmt: skip
def delta_net(x, h, S):
    """Keys and queries have length 1, as in the second paper; in the first they add up to 1. It has short convolutions
    before the activations, and a norm of what is read."""
    q_hat = silu(linear(x, bias=False, size=KEYS))
    k_hat = silu(linear(x, bias=False, size=KEYS))
    v = silu(linear(x, bias=False, size=VALUES))
    beta = sigmoid(linear(x, bias=False, size="heads"))
    q, k = unit(q_hat), unit(k_hat)
    S = S + beta * outer(v - S @ k, k)
    o = S @ q
    h = linear(o, bias=False)
    return h, S


@cell(
    "DeltaProduct, two steps",
    source="Siems, Carstensen, Zela, Hutter, Pontil and Grazzi (2025), DeltaProduct, NeurIPS",
    class_name="DeltaProduct",
    year=2025,
)
def delta_product(x, h, S):
    """Two steps of the delta rule for each input, with keys, values and rates of their own; a longer loop has more."""
    q_hat = silu(linear(x, bias=False, size=KEYS))
    q = unit(q_hat)
    for _ in range(2):
        k_hat = silu(linear(x, bias=False, size=KEYS))
        k = unit(k_hat)
        v = silu(linear(x, bias=False, size=VALUES))
        beta = sigmoid(linear(x, bias=False, size="heads"))
        S = S + beta * outer(v - S @ k, k)
    o = S @ q
    h = linear(o, bias=False)
    return h, S


@cell(
    "Gated DeltaNet",
    sizes={"a_log": "heads"},
    source="Yang, Kautz and Hatamizadeh (2025), Gated Delta Networks, ICLR",
    class_name="GatedDeltaNet",
    year=2025,
)
def gated_delta_net(x, h, S, a_log: vector = log(uniform(0, 16))):
    """The memory decays by a before it is corrected; the rate of decay is that of Mamba-2. r is the output gate; the
    norm before it is left out. Parameters start as in the authors' code."""
    q_hat = silu(linear(x, bias=False, size=KEYS))
    k_hat = silu(linear(x, bias=False, size=KEYS))
    v = silu(linear(x, bias=False, size=VALUES))
    r = silu(linear(x, bias=False, size=VALUES))
    a = exp(-exp(a_log) * softplus(linear(x, size="heads", bias=SMALL_STEPS)))
    beta = sigmoid(linear(x, bias=False, size="heads"))
    q, k = unit(q_hat), unit(k_hat)
    S_hat = a * S
    S = S_hat + beta * outer(v - S_hat @ k, k)
    o = r * (S @ q)
    h = linear(o, bias=False)
    return h, S


@cell(
    "Kimi delta attention",
    sizes={"a_log": "heads"},
    source="Kimi Team (2025), Kimi Linear, arXiv:2510.26692",
    class_name="KDA",
    year=2025,
)
def kda(x, h, S, a_log: vector = log(uniform(1, 16))):
    """As gated_delta_net, with a decay for each key dimension. The maps of decays and output gates are of low rank in
    the authors' code, where the output gate is a logistic function, too."""
    q_hat = silu(linear(x, bias=False, size=KEYS))
    k_hat = silu(linear(x, bias=False, size=KEYS))
    v = silu(linear(x, bias=False, size=VALUES))
    r = sigmoid(linear(x, size=VALUES))
    a = exp(-exp(a_log) * softplus(linear(x, size=KEYS, bias=0)))
    beta = sigmoid(linear(x, bias=False, size="heads"))
    q, k = unit(q_hat), unit(k_hat)
    S_hat = S @ diag(a)
    S = S_hat + beta * outer(v - S_hat @ k, k)
    o = r * (S @ q)
    h = linear(o, bias=False)
    return h, S


@cell(
    "RWKV-7",
    sizes={"xi": KEYS, "mu": KEYS, "rho": KEYS},
    source="Peng et al. (2025), RWKV-7 Goose with Expressive Dynamic State Evolution, COLM",
    class_name="RWKV7",
    year=2025,
)
def rwkv7(x, h, S, xi: vector, mu: vector, rho: vector):
    """What is taken from the memory and what is written to it have keys of their own, both made of k. The mix with the
    input before, maps of low rank, the values of the first layer and the norm of what is read are left out."""
    r = linear(x, bias=False, size=KEYS)
    k = linear(x, bias=False, size=KEYS)
    v = linear(x, bias=False, size=VALUES)
    a = sigmoid(linear(x, size=KEYS))
    w = exp(-exp(-0.5) * sigmoid(linear(x, size=KEYS)))
    g = linear(x, bias=False, size=VALUES)
    k_bar = xi * k
    k_hat = unit(k_bar)
    k_tilde = k * (1 + (a - 1) * mu)
    S = S @ diag(w) - outer(S @ k_hat, a * k_hat) + outer(v, k_tilde)
    o = g * (S @ r + dot(rho * k_tilde, r) * v)
    h = linear(o, bias=False)
    return h, S
