"""The cells on which the generated modules are tested: the catalogue, and two that combine what is rare in it."""

from __future__ import annotations

from sympy import Max, Min, Piecewise, exp

import derive
from derive import cell, constant, linear, scalar, sigmoid, tanh, vector


@cell("every kind of declared parameter, an antisymmetric weight, means, cases")
def zoo(x, h, c, u: vector, alpha: scalar = 1.5, gamma: constant = 0.01):
    i = sigmoid(linear(x) + linear(h) + u * c)
    f = sigmoid(linear(x, h))
    a = linear(h, weight="antisymmetric", bias=False) + linear(x) - gamma * h
    k = derive.mean(i, f) * Max(a, i, 0) + Min(a, 1) * derive.mean(x)
    c = f * c + (1 - f) * Piecewise((a, a > 0), (alpha * (exp(a) - 1), True)) + k
    h = i * tanh(c) ** 2 / (1 + sigmoid(alpha) * exp(-u))
    return h, c


@cell("two products of one stack, a bias that fits neither")
def misfit(x, h):
    r = sigmoid(linear(x) + linear(h))
    n = tanh(linear(x) + r * linear(r * h))
    h = (1 - r) * n + r * h
    return h


CATALOGUE = {**derive.catalogue, "zoo": zoo, "misfit": misfit}
