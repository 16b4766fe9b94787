"""State space models whose step the input chooses: each channel has a state of its own, and all states are a matrix.

Short convolutions before the recurrence are left out, as are norms after it. Sizes: ``value`` channels, of each head
where there are heads, and ``key`` numbers of the state of each.
"""

from sympy import Max, exp, log, pi, sqrt

from derive.cells.delta_rule import SMALL_STEPS
from derive.cells.matrix_memory import KEYS, VALUES
from derive.definition.define import cell
from derive.definition.inputs import vector
from derive.statements.affine import linear
from derive.statements.matrix_products import diag, dot, outer
from derive.statements.mean import mean
from derive.symbolic.activations import sigmoid, silu, softplus, tanh
from derive.symbolic.complexes import Complex, polar
from derive.symbolic.initial import counted, uniform


@cell(
    "Mamba",
    sizes={"a_log": "value*key", "D": "value"},
    source="Gu and Dao (2023), Mamba, arXiv:2312.00752",
    class_name="Mamba",
    year=2023,
)
def mamba(x, h, S, a_log: vector = log(counted()), D: vector = 1):
    """The selective state space model S6. In the authors' code the steps s come of a map of low rank; a_log, D
    and the bias of s start as there."""
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


PAIRS = ("p_re", "p_im", "e_re", "e_im", "g_re", "g_im", "f_re", "f_im")


def re(z):
    return z.re


def im(z):
    return z.im


def turned(z, phi):
    """By an angle."""
    return polar(1, phi) * z


def length(z):
    """The root of the mean square of all numbers of each head, of both parts."""
    return sqrt((mean(z.re**2, heads="heads") + mean(z.im**2, heads="heads")) / 2 + 1e-5)


@cell(
    "Mamba-3",
    sizes={"D": "heads"} | dict.fromkeys(PAIRS, KEYS),
    source="Lahoti, Li, Chen, Wang, Bick, Kolter, Dao and Gu (2026), Mamba-3, ICLR, arXiv:2603.15569",
    class_name="Mamba3",
    year=2026,
)
def mamba3(
    x, h, S, P, v, k: complex, phi, p_re: vector = 1, p_im: vector = 1, e_re: vector = 1, e_im: vector = 1,
    g_re: vector = 1, g_im: vector = 1, f_re: vector = 1, f_im: vector = 1, D: vector = 1,
):  # fmt: skip
    """Pairs of numbers of keys and queries are complex numbers k and q, which the input turns by the angles phi; S is
    written by the real parts of the keys, P by the imaginary ones. What a step writes are its own value and key and, by
    1 - lambda, those of the step before: the trapezoidal rule. One input and one output, as in the authors' code
    (state-spaces/mamba), where by default half of the pairs are turned, and heads share B, C and the angles before they
    are scaled; there phi is kept below 2 pi."""
    z = silu(linear(x, bias=False, size=VALUES))
    s = softplus(linear(x, bias=SMALL_STEPS, size="heads"))
    a = exp(-s * Max(softplus(linear(x, bias=False, size="heads")), 1e-4))
    lambda_ = sigmoid(linear(x, bias=False, size="heads"))
    B = Complex(linear(x, bias=False, size=KEYS), linear(x, bias=False, size=KEYS))
    C = Complex(linear(x, bias=False, size=KEYS), linear(x, bias=False, size=KEYS))
    phi = phi + s * (pi * tanh(linear(x, bias=False, size=KEYS)))
    n = length(B)
    m = length(C)
    beta = (1 - lambda_) * s
    S_hat = a * S + a * beta * outer(v, re(k))
    P_hat = a * P + a * beta * outer(v, im(k))
    v = linear(x, bias=False, size=VALUES)
    k = turned(Complex(p_re * re(B) / n + e_re, p_im * im(B) / n + e_im), phi)
    q = turned(Complex(g_re * re(C) / m + f_re, g_im * im(C) / m + f_im), phi)
    S = S_hat + lambda_ * s * outer(v, re(k))
    P = P_hat + lambda_ * s * outer(v, im(k))
    y = z * (S @ re(q) + P @ im(q) + D * v)
    h = linear(y, bias=False)
    return h, S, P, v, k, phi
