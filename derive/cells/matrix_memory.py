"""Cells whose memory is a matrix: values are written to it by their keys, and read by queries.

Layers of these names have more around the recurrence: short convolutions before it, a normalisation of what is read and
often maps of low rank in the place of dense ones. The recurrence is here, with the maps that feed it and the one that
puts the heads together. Sizes: ``key`` and ``value`` of a head, ``heads``; where there is one head, its values are the
hidden units. Queries are as their maps give them: where a layer divides them by √key, its weights may.
"""

from sympy import Abs, Max, exp

from derive.cells.memory import BECK, log_sigmoid
from derive.definition.define import cell
from derive.definition.inputs import constant, vector
from derive.statements.affine import linear
from derive.statements.matrix_products import diag, dot, outer
from derive.statements.shares import softmax
from derive.symbolic.activations import elu, sigmoid, silu
from derive.symbolic.initial import normal, spaced

KATHAROPOULOS = "Katharopoulos, Vyas, Pappas and Fleuret (2020), Transformers are RNNs, ICML"
SUN = "Sun et al. (2023), Retentive Network, arXiv:2307.08621"
YANG = "Yang, Wang, Shen, Panda and Kim (2024), Gated Linear Attention Transformers, ICML"
QIN = "Qin, Yang, Sun, Shen, Li, Sun and Zhong (2024), HGRN2, COLM"
ZHANG = "Zhang et al. (2024), Gated Slot Attention for Efficient Linear-Time Sequence Modeling, NeurIPS"
PENG = "Peng et al. (2024), Eagle and Finch: RWKV with Matrix-Valued States, COLM"

VALUES, KEYS = ("heads", "value"), ("heads", "key")


@cell("Linear attention", source=KATHAROPOULOS, class_name="LinearAttention", year=2020)
def linear_attention(x, h, S, z, epsilon: constant = 1e-6):
    """Attention with the kernel φ(q)ᵀ φ(k), φ = ELU + 1, as a recurrence: z is what the weights of all values add up
    to. One head; the small number in the divisor is the authors' code's."""
    q = elu(linear(x, size="key")) + 1
    k = elu(linear(x, size="key")) + 1
    v = linear(x)
    S = S + outer(v, k)
    z = z + k
    h = (S @ q) / (dot(z, q) + epsilon)
    return h, S, z


@cell("Retention", source=SUN, class_name="Retention", year=2023)
def retention(x, h, S, gamma: constant = 0.96875):
    """Of one head; each head of a layer has a decay of its own, 1 - 2^-5 in the first. The rotation of queries and keys
    by their places in the sequence is left out, as are the norm and the gate of the output."""
    q = linear(x, bias=False, size="key")
    k = linear(x, bias=False, size="key")
    v = linear(x, bias=False)
    S = gamma * S + outer(v, k)
    h = S @ q
    return h, S


@cell("Gated linear attention", source=YANG, class_name="GLA", year=2024)
def gla(x, h, S):
    """Each key dimension has a forget gate, a logistic function to the power of 1/16. Its map is of low rank in the
    paper, which has a norm of what is read before the output gate r."""
    q = linear(x, bias=False, size=KEYS)
    k = linear(x, bias=False, size=KEYS)
    v = linear(x, bias=False, size=VALUES)
    a = exp(log_sigmoid(linear(x, size=KEYS)) / 16)
    r = silu(linear(x, size=VALUES))
    S = S @ diag(a) + outer(v, k)
    o = r * (S @ q)
    h = linear(o, bias=False)
    return h, S


@cell("HGRN2", source=QIN, class_name="HGRN2", year=2024)
def hgrn2(x, h, S):
    """The key is what the forget gate leaves, 1 - f. In the layers above the first the gate has a lower bound, which is
    learned for all layers together; here it is 0, as in the first. The norm of the output is left out."""
    q = silu(linear(x, bias=False, size=KEYS))
    f = sigmoid(linear(x, bias=False, size=KEYS))
    v = linear(x, bias=False, size=VALUES)
    S = S @ diag(f) + outer(v, 1 - f)
    o = S @ q
    h = linear(o, bias=False)
    return h, S


@cell("Gated slot attention", source=ZHANG, class_name="GSA", year=2024)
def gsa(x, h, K, V):
    """Keys and values are kept in so many slots a head, each of which forgets what it has by its own gate and takes as
    much of the new ones; attention is to the slots. The gate is to the power of 1/8 as in the authors' code, whose norm
    of the output is left out."""
    q = silu(linear(x, bias=False, size=KEYS))
    k = silu(linear(x, bias=False, size=KEYS))
    v = silu(linear(x, bias=False, size=VALUES))
    f = exp(log_sigmoid(linear(x, bias=False, size=("heads", "slots"))) / 8)
    K = K @ diag(f) + outer(k, 1 - f)
    V = V @ diag(f) + outer(v, 1 - f)
    p = softmax(K.T @ q, heads="heads")
    o = silu(V @ p)
    h = linear(o, bias=False)
    return h, K, V


@cell("mLSTM", source=BECK.partition(", equations")[0], class_name="MLSTM", year=2024)
def mlstm(x, h, C, n, m=-1e30):
    """The stabilised form, C and n divided by e^m. In the paper and its authors' code keys are divided by √key; in the
    code gates read q, k and v, a small number is added to the divisor, and what is read is normalised by head before
    the output gate. Gates start as there: weights at 0, biases of forget gates from 3 to 6, those of input gates near
    0."""
    q = linear(x, size=KEYS)
    k = linear(x, size=KEYS)
    v = linear(x, size=VALUES)
    i_tilde = linear(x, size="heads", initial=0, bias=normal(0, 0.1))
    f_tilde = linear(x, size="heads", initial=0, bias=spaced(3, 6))
    o = sigmoid(linear(x, size=VALUES))
    m_hat = log_sigmoid(f_tilde) + m
    m = Max(m_hat, i_tilde)
    i = exp(i_tilde - m)
    f = exp(m_hat - m)
    C = f * C + i * outer(v, k)
    n = f * n + i * k
    u = o * (C @ q) / Max(Abs(dot(n, q)), exp(-m))
    h = linear(u, bias=False)
    return h, C, n, m


@cell("RWKV-5", sizes={"w": KEYS, "u": KEYS}, source=f"{PENG}: Eagle", class_name="RWKV5", year=2024)
def rwkv5(x, h, S, w: vector, u: vector):
    """Each key dimension has a decay of its own, e^(-e^w); what the step itself brings counts u times. Receptances,
    keys and values read a mix with the input before, which is left out, as is the norm of what is read."""
    r = linear(x, bias=False, size=KEYS)
    k = linear(x, bias=False, size=KEYS)
    v = linear(x, bias=False, size=VALUES)
    g = silu(linear(x, bias=False, size=VALUES))
    o = g * (S @ r + dot(u * k, r) * v)
    S = S @ diag(exp(-exp(w))) + outer(v, k)
    h = linear(o, bias=False)
    return h, S


@cell("RWKV-6", sizes={"u": KEYS}, source=f"{PENG}: Finch", class_name="RWKV6", year=2024)
def rwkv6(x, h, S, u: vector):
    """As rwkv5, with decays that the input gives; their map is of low rank in the paper."""
    r = linear(x, bias=False, size=KEYS)
    k = linear(x, bias=False, size=KEYS)
    v = linear(x, bias=False, size=VALUES)
    g = silu(linear(x, bias=False, size=VALUES))
    w = exp(-exp(linear(x, size=KEYS)))
    o = g * (S @ r + dot(u * k, r) * v)
    S = S @ diag(w) + outer(v, k)
    h = linear(o, bias=False)
    return h, S
