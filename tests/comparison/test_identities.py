"""Identities of activations and of other functions: formulas of one function are equal, and a neighbour that differs in
one number is not.

The oracle is the identity, and for each formula its numbers in NumPy: the pairs agree on a grid, the neighbours do not.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from sympy import (
    Abs,
    Eq,
    Heaviside,
    Max,
    Min,
    Piecewise,
    Rational,
    Symbol,
    asinh,
    atan,
    cos,
    cosh,
    erf,
    erfc,
    exp,
    lambdify,
    log,
    pi,
    sign,
    sin,
    sinh,
    sqrt,
    tan,
)  # fmt: skip

import derive
from derive import (
    elu,
    gelu,
    hard_sigmoid,
    hardtanh,
    leaky_relu,
    linear,
    relu,
    sigmoid,
    silu,
    softplus,
    softsign,
    tanh,
    thresholded_relu,
)  # fmt: skip
from derive.definition.cell import Cell
from derive.symbolic.activation import Activation
from derive.symbolic.expressions import rebuild

a = Symbol("a")
R = Rational

#: Two formulas of one function of a, and a third that differs from them in one number.
IDENTITIES = {
    "relu of abs": (relu(a), (a + Abs(a)) / 2, (a + Abs(a)) / 3),
    "relu of abs, beside": (Abs(a + 5) - a - 5, 2 * relu(-5 - a), 2 * relu(-6 - a)),
    "relu of a root": (relu(a), (a + sqrt(a**2)) / 2, (a + sqrt(a**2)) / 3),
    "hardtanh of relu": (hardtanh(a), relu(a + 1) - relu(a - 1) - 1, relu(a + 1) - relu(a - 2) - 1),
    "hardtanh of abs": (hardtanh(a), (Abs(a + 1) - Abs(a - 1)) / 2, (Abs(a + 1) - Abs(a - 1)) / 3),
    "hard sigmoid": (hard_sigmoid(a), Min(relu(a + 3), 6) / 6, Min(relu(a + 3), 6) / 7),
    "hard swish": (a * hard_sigmoid(a), a * Min(relu(a + 3), 6) / 6, a * Min(relu(a + 3), 7) / 6),
    "leaky": (leaky_relu(a, R(1, 10)), R(11, 20) * a + R(9, 20) * Abs(a), R(11, 20) * a + R(8, 20) * Abs(a)),
    "soft shrinkage": (a - hardtanh(a), sign(a) * Max(Abs(a) - 1, 0), sign(a) * Max(Abs(a) - 2, 0)),
    "hard shrinkage": (
        Piecewise((a, a > R(1, 2)), (a, a < -R(1, 2)), (0, True)),
        a - Piecewise((a, Abs(a) <= R(1, 2)), (0, True)),
        a - Piecewise((a, Abs(a) <= R(1, 4)), (0, True)),
    ),
    "thresholded": (thresholded_relu(a), Piecewise((a, a > 1), (0, True)), Piecewise((a, a > 2), (0, True))),
    "step": (Heaviside(a), (1 + sign(a)) / 2, (2 + sign(a)) / 2),
    "sign": (a * sign(a), Abs(a), 2 * Abs(a)),
    "triangle": (relu(1 - Abs(a)), relu(a + 1) - 2 * relu(a) + relu(a - 1), relu(a + 1) - 2 * relu(a) + relu(a - 2)),
    "tanh of sinh": (tanh(a), sinh(a) / cosh(a), sinh(a) / cosh(2 * a)),
    "slope of tanh": (1 - tanh(a) ** 2, 1 / cosh(a) ** 2, 2 / cosh(a) ** 2),
    "cosh and sinh": (cosh(a) ** 2 - sinh(a) ** 2 + a, 1 + a, 2 + a),
    "cosh of twice": (cosh(2 * a), 2 * cosh(a) ** 2 - 1, 2 * cosh(a) ** 2 - 2),
    "asinh": (asinh(a), log(a + sqrt(1 + a**2)), log(a + sqrt(2 + a**2))),
    "expm1": (exp(a) - 1, 2 * exp(a / 2) * sinh(a / 2), 2 * exp(a / 2) * sinh(a / 3)),
    "log cosh": (log(cosh(a)), a + softplus(-2 * a) - log(2), a + softplus(-2 * a) - log(3)),
    "log of a product": (log(6 + 6 * exp(a)), log(2) + log(3) + softplus(a), log(2) + log(2) + softplus(a)),
    "power of two": (2**a, exp(a * log(2)), exp(a * log(3))),
    "real power": ((1 + a**2) ** a, exp(a * log(1 + a**2)), exp(a * log(2 + a**2))),
    "logistic log": (softplus(a), relu(a) + log(1 + exp(-Abs(a))), relu(a) + log(1 + exp(-2 * Abs(a)))),
    "gelu": (gelu(a), a * (1 + erf(a / sqrt(2))) / 2, a * (1 + erf(a / sqrt(3))) / 2),
    "gelu of erfc": (gelu(a), a * erfc(-a / sqrt(2)) / 2, a * erfc(-a / sqrt(2)) / 3),
    "odd part of gelu": (gelu(a) + gelu(-a), a * erf(a / sqrt(2)), a * erf(a / 2)),
    "gelu by tanh": (
        a * (1 + tanh(sqrt(2 / pi) * (a + R(44715, 10**6) * a**3))) / 2,
        a * sigmoid(2 * sqrt(2 / pi) * (a + R(44715, 10**6) * a**3)),
        a * sigmoid(2 * sqrt(3 / pi) * (a + R(44715, 10**6) * a**3)),
    ),
    "silu": (silu(a) + silu(-a), a * tanh(a / 2), a * tanh(a / 3)),
    "elu": (elu(a) + 1, relu(a) + exp(-relu(-a)), relu(a) + exp(-2 * relu(-a))),
    "softsign": (softsign(a), a / (1 + Abs(a)), a / (2 + Abs(a))),
    "root below": (a / sqrt(1 + a**2), a * sqrt(1 + a**2) / (1 + a**2), a * sqrt(1 + a**2) / (2 + a**2)),
    "root squared": (sqrt(1 + a**2) ** 2, 1 + a**2, 2 + a**2),
    "root of a product": (sqrt(1 + a**2) * sqrt(2 + a**2), sqrt(2 + 3 * a**2 + a**4), sqrt(2 + 4 * a**2 + a**4)),
    "root of four": (sqrt(4 + 4 * a**2), 2 * sqrt(1 + a**2), 3 * sqrt(1 + a**2)),
    "conjugate": ((a + sqrt(a**2 + 4)) / 2, 2 / (sqrt(a**2 + 4) - a), 3 / (sqrt(a**2 + 4) - a)),
    "thirds": ((1 + a**2) ** R(1, 3) * (1 + a**2) ** R(2, 3), 1 + a**2, 2 + a**2),
    "sine squared": (sin(a) ** 2, 1 - cos(a) ** 2, 2 - cos(a) ** 2),
    "sine of twice": (sin(2 * a), 2 * sin(a) * cos(a), 3 * sin(a) * cos(a)),
    "snake": (a + sin(a) ** 2, a + (1 - cos(2 * a)) / 2, a + (1 - cos(3 * a)) / 2),
    "sine of a sum": (sin(a + 1), sin(a) * cos(1) + cos(a) * sin(1), sin(a) * cos(2) + cos(a) * sin(1)),
    "quarter turn": (sin(a + pi / 2), cos(a), cos(a) + 1),
    "tangent": (tan(a), sin(a) / cos(a), 2 * sin(a) / cos(a)),
    "arc tangent": (atan(a), -atan(-a), -atan(-2 * a)),
}  # fmt: skip
GRID = np.linspace(-7.03, 7.01, 500)


def numbers(formula):
    """On the grid, by NumPy; activations by their definitions."""

    def defined(node):
        if not node.args:
            return node
        args = [defined(arg) for arg in node.args]
        return node.func.value(*args) if isinstance(node, Activation) else rebuild(node, args)

    special = {"erf": np.vectorize(math.erf), "erfc": np.vectorize(math.erfc)}
    with np.errstate(all="ignore"):
        return lambdify(a, defined(formula), [special, "numpy"])(GRID)


def cells(formulas, free):
    """Cells of such a function of the state, without weights of its own, or of an affine map."""
    h, u = Symbol("h_prev"), Symbol("u")
    for k, formula in enumerate(formulas):
        if free:
            lines = {"a": linear(Symbol("x")) + linear(Symbol("h_prev")), "h": formula}
        else:
            lines = {"u": linear(Symbol("x"), bias=False), "h": formula.subs(a, h) + u}
        yield Cell.from_equations(
            f"cell{k}", [Eq(Symbol(name), expr, evaluate=False) for name, expr in lines.items()], states=("h",)
        )


@pytest.mark.parametrize("name", IDENTITIES)
def test_formulas_of_one_function_are_equal_and_their_neighbour_is_not(name):
    one, same, other = map(numbers, IDENTITIES[name])
    assert np.allclose(one, same, rtol=1e-9, atol=1e-9)
    assert not np.allclose(one, other, rtol=1e-3, atol=1e-3)
    one, same, other = cells(IDENTITIES[name], free=False)
    for first, second in ((one, same), (same, one)):
        assert derive.compare(first, second), repr(derive.compare(first, second))
    found = derive.compare(one, other)
    assert not found
    assert found.decided, repr(found)


@pytest.mark.parametrize("name", IDENTITIES)
def test_formulas_of_one_function_of_weights_are_equal(name):
    one, same, _ = cells(IDENTITIES[name], free=True)
    found = derive.compare(one, same)
    assert found, repr(found)
    assert found.trial.agrees
