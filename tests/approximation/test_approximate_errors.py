"""What cannot be an approximation, or cannot be certified, is said in one line."""

from __future__ import annotations

import math

import pytest
from sympy import (
    Abs,
    Contains,
    I,
    Interval,
    Matrix,
    MatrixSymbol,
    Min,
    O,
    Piecewise,
    Rational,
    Symbol,
    Trace,
    exp,
    floor,
    log,
    oo,
    sin,
    sqrt,
)

from derive.approximation.approximate import approximate
from derive.errors import DeriveError
from derive.symbolic.activations import elu, gelu, sigmoid, tanh
from derive.symbolic.piecewise_linear import identity, relu

x = Symbol("x")


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("tahn", "identity"), {"on": (0, 1)}, "did you mean 'tanh'"),
        ((tanh, identity), {}, "needs either on="),
        ((tanh, identity), {"on": (0, 1), "at": 1}, "needs either on="),
        ((tanh, identity), {"on": (1, 0)}, r"the interval \[1, 0\] is empty"),
        ((tanh, identity), {"on": 3}, "not a pair"),
        ((tanh, identity), {"on": (0, float("nan"))}, "not a finite rational"),
        ((tanh, x * Symbol("y")), {"on": (0, 1)}, "expected x alone"),
        (("elu(beta=2)", "identity"), {"on": (0, 1)}, "unknown parameter 'beta'. Known: alpha"),
        ((lambda z: z, "identity"), {"on": (0, 1)}, "is no activation; write derive.tanh, or a name"),
        ((int, "identity"), {"on": (0, 1)}, "<class 'int'> is no activation"),
        ((elu(x, Symbol("a")), "identity"), {"on": (0, 1)}, "is no activation"),
        ((tanh, lambda z, y: z), {"on": (0, 1)}, "the replacement: <lambda> fails on a SymPy expression"),
        ((tanh, math.sin), {"on": (0, 1)}, "the replacement: sin fails on a SymPy expression with TypeError"),
        ((tanh, I * x), {"on": (0, 1)}, "the replacement I\\*x is not real and finite"),
        ((tanh, oo), {"on": (0, 1)}, "the replacement oo is not real and finite"),
        ((tanh, x + O(x**3)), {"on": (0, 1)}, r"the replacement x \+ O\(x\*\*3\) is no expression"),
        ((tanh, Matrix([x])), {"on": (0, 1)}, "is no expression"),
        ((tanh, lambda z: Matrix([z])), {"on": (0, 1)}, "is no expression"),
        ((tanh, MatrixSymbol("A", 2, 2)), {"on": (0, 1)}, "the replacement A is no expression"),
        ((tanh, x * Trace(MatrixSymbol("A", 2, 2))), {"on": (0, 1)}, "is no expression"),
        ((tanh, "elu("), {"on": (0, 1)}, r"activation 'elu\(' has no closing parenthesis"),
        (("elu(", x), {"on": (0, 1)}, r"activation 'elu\(' has no closing parenthesis"),
    ],
)
def test_one_clear_line(arguments, options, message):
    with pytest.raises(DeriveError, match=message) as raised:
        approximate(*arguments, **options)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("exact", "replacement", "on", "message"),
    [
        (sigmoid, identity, (-oo, oo), "unbounded as x → -oo"),
        (tanh, sqrt(Abs(x)), (0, oo), "unbounded as x → oo"),
        (relu, x + sin(x) * x, (0, oo), "no finite bound can be certified as x → oo; give a finite interval"),
        (
            tanh,
            Min(1, 1 / (x - 1)),
            (Rational(1, 2), 3),
            r"can be certified: it is unbounded near x = 1; keep the",
        ),
        (tanh, 1 / (x**2 - 2), (0, 2), "no finite bound can be certified near x ≈ 1.41; keep the interval away"),
        (tanh, x * log(x), (0, 1), "no finite bound can be certified near x = 0; keep the interval away from poles"),
        (tanh, log(x), (-1, 1), r"log\(x\) has no real value for x between -1 and 0"),
        (tanh, sqrt(tanh(x)), (-1, 1), "it has no finite real value at x ≈ -0."),
        (gelu, floor(x), (0, oo), r"floor\(x\) cannot be enclosed; write it with Abs, Add"),
        (tanh, Piecewise((x, x > 0)), (-1, 1), "no case of .* applies; add one with the condition True"),
        (tanh, Piecewise((x, Contains(x, Interval(0, 1))), (0, True)), (-1, 1), "the condition .* cannot be decided"),
        (tanh, exp(exp(exp(x))), (0, 3), r"it is larger than 10\^300000; give a shorter interval"),
        (tanh, x**100000, (-1, 1), r"x\*\*100000' is of degree 100000, at most 64"),
        (tanh, (exp(2 * x) - 1) / (exp(2 * x) + 1), (-1, 1), "16384 bits do not give a digit of it; it may be 0"),
        (
            tanh,
            1 / (x - Rational(1, 3)),
            (0, 1),
            r"the error of 1/\(x - 1/3\) for tanh on \[0, 1\]: no finite bound .* keep the interval away from poles",
        ),
        (
            "scaled_tanh(beta=3)",
            x,
            (-oo, oo),
            r"for scaled_tanh\(x, 17159/10000, 3\) on \[-oo, oo\]: it is unbounded as x → -oo",
        ),
    ],
)
def test_what_cannot_be_certified_is_said(exact, replacement, on, message):
    with pytest.raises(DeriveError, match=message) as raised:
        _ = approximate(exact, replacement, on=on).bound
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("replacement", [None, [1], True, "x**2"])
def test_what_is_no_replacement_is_refused(replacement):
    with pytest.raises(DeriveError, match=r"no expression|unknown activation"):
        approximate(tanh, replacement, on=(0, 1))
