"""Cells of all kinds, with numbers for a step backwards."""

from __future__ import annotations

import sympy
import torch
from reference import (
    draw_inputs,
    random_parameters,
    separate,
    sizes_of,
)
from sympy import Abs, Max, Min, Piecewise, cos, exp, log, sin, sqrt

import derive
from derive import linear, mean
from derive.definition.define import cell
from derive.definition.inputs import constant, scalar, vector
from derive.statements.sizes import units
from derive.symbolic.activations import ACTIVATIONS, elu, sigmoid, softplus, tanh

T, BATCH = 5, 3


@cell("Peephole LSTM")
def peephole(x, h, c, p_i: vector, p_f: vector, p_o: vector):
    i = sigmoid(linear(x, h) + p_i * c)
    f = sigmoid(linear(x, h) + p_f * c)
    c = f * c + i * tanh(linear(x, h))
    o = sigmoid(linear(x, h) + p_o * c)
    h = o * tanh(c)
    return h, c


@cell("Reset before")
def reset_before(x, h):
    r = sigmoid(linear(x, h))
    z = sigmoid(linear(x, h))
    rh = r * h
    n = tanh(linear(x, rh))
    h = (1 - z) * n + z * h
    return h


def normalise(a, gain):
    return gain * (a - mean(a)) / sqrt(mean((a - mean(a)) ** 2) + sympy.Rational(1, 1000))


@cell("Layer normalisation")
def normalised(x, h, c, k_i: vector, k_f: vector, k_g: vector, k_c: vector):
    e = linear(x, h)
    i = sigmoid(normalise(e, k_i))
    a = linear(x) + linear(h)
    b = linear(x, h)
    f = sigmoid(k_f * (a - mean(a, b)))
    g = tanh(normalise(b, k_g))
    c = f * c + i * g
    h = tanh(normalise(c, k_c))
    return h, c


@cell("sLSTM")
def stabilised(x, h, c, n, m):
    z = tanh(linear(x, h))
    u = linear(x, h)
    f = -softplus(-linear(x, h))
    m_new = Max(f + m, u)
    i = exp(u - m_new)
    e = exp(f + m - m_new)
    c = e * c + i * z
    n = e * n + i
    h = sigmoid(linear(x, h)) * c / n
    m = m_new + 0
    return h, c, n, m


@cell("Antisymmetric")
def antisymmetric(x, h, eps: constant = 0.1, gam: constant = 0.2):
    h = h + eps * tanh(linear(x) + linear(h, weight="antisymmetric", bias=False) - gam * h)
    return h


@cell("Shared weights")
def shared(x, h, c):
    a = linear(h, name="hs") + linear(x)
    b = linear(c, name="hs") + linear(x)
    i = sigmoid(a)
    c = i * c + (1 - i) * tanh(b)
    h = tanh(linear(c, name="hs")) * i
    return h, c


@cell("Scalars")
def scalars(x, h, alpha: scalar, beta: scalar, gam: constant = 0.3):
    s = alpha * beta + gam
    z = tanh(s * linear(x, h) + beta)
    m = mean(z, h)
    h = h + s * z * sigmoid(m * alpha) + m
    return h


@cell("Uniform cotangents")
def uniform(x, h, u: vector, alpha: scalar):
    a = linear(x, h)
    b = mean(u * alpha)
    d = mean(linear(x))
    h = h * mean(a) + b + mean(alpha * h) * d
    return h


@cell("A state that does not read itself, a value that does not reach the loss")
def one_way(x, h, c):
    k = linear(x)
    h = Piecewise((tanh(c), k > 0), (c * c, True)) + linear(x)
    c = linear(x)
    return h, c


@cell("Elementary functions")
def elementary(x, h, u: vector, p: scalar):
    a = linear(x, h)
    b = 1 / (2 + a**2) + log(2 + Abs(a)) - cos(a * u) * sin(h)
    d = sqrt(1 + a * a) * (1 + Abs(b)) ** p + exp(-Abs(u * h))
    h = tanh(Min(b, d, h) / Max(d, 1, u)) + elu(a * u, p)
    return h


@cell("Parameter as operand")
def initial(x, h, u: vector):
    h = tanh(linear(u) + linear(h) + linear(x) + mean(u))
    return h


def activated(name):
    """h = φ(a + r b), whose φ' needs a name for its argument, and φ(a) of a plain pre-activation."""
    phi = ACTIVATIONS[name]

    @cell("Activation")
    def activation(x, h):
        r = phi(linear(x) + linear(h))
        n = phi(linear(x) + r * linear(h))
        h = (1 - r) * n + r * tanh(h)
        return h

    return activation


LOCAL = [peephole, reset_before, normalised, stabilised, antisymmetric, shared]
LOCAL += [scalars, uniform, one_way, elementary, initial]
CELLS = [
    *LOCAL,
    *(activated(name) for name in ACTIVATIONS),
    derive.lstm.projected(),
    derive.lstm.with_activations(tanh="hardtanh", sigmoid="hard_sigmoid"),
    *derive.catalogue.values(),
]
NAMES = [*(c.name for c in LOCAL), *(f"activation_{n}" for n in ACTIVATIONS), "projected", "hard", *derive.catalogue]


def case(c, seed=1):
    """Random parameters, inputs and states that ask for gradients."""
    generator = torch.Generator().manual_seed(seed)
    parameters = random_parameters(c, generator)

    def normal(*shape):
        return torch.randn(*shape, dtype=torch.float64, generator=generator)

    inputs = tuple(x.requires_grad_() for x in separate(draw_inputs(c, (T, BATCH), generator)))
    initial = {s: normal(BATCH, units(c.sizes[c.previous(s)], sizes_of(c))).requires_grad_() for s in c.states}
    if "n" in initial:
        initial["n"] = (initial["n"].detach().abs() + 1).requires_grad_()  # the normaliser of sLSTM is positive
    weights = normal(T, *initial[c.states[0]].shape), {s: normal(*v.shape) for s, v in initial.items()}
    return parameters, inputs, initial, weights


def close(found, expected):
    scale = max(1.0, float(expected.abs().max()) if expected.numel() else 1.0)
    return float((found - expected).abs().max()) <= 1e-12 * scale
