"""Formulas built twice at once: as the expression that the package is given, and as a Python function of a fraction.

The second is worked out in fractions as long as they last, then by mpmath.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import mpmath
import sympy
from sympy import Expr, Piecewise, Rational, Symbol

from derive.symbolic.activations import ACTIVATIONS

x = Symbol("x")
DIGITS = 50
Number = Fraction | mpmath.mpf


class Undefined(Exception):
    """The function has no value there."""


def real(v: Number) -> mpmath.mpf:
    return mpmath.mpf(v.numerator) / v.denominator if isinstance(v, Fraction) else v


def plus(a: Number, b: Number) -> Number:
    return a + b if isinstance(a, Fraction) and isinstance(b, Fraction) else real(a) + real(b)


def times(a: Number, b: Number) -> Number:
    return a * b if isinstance(a, Fraction) and isinstance(b, Fraction) else real(a) * real(b)


def over(a: Number, b: Number) -> Number:
    if b == 0:
        raise Undefined
    return a / b if isinstance(a, Fraction) and isinstance(b, Fraction) else real(a) / real(b)


def less(a: Number, b: Number) -> bool:
    return a < b if isinstance(a, Fraction) and isinstance(b, Fraction) else real(a) < real(b)


def larger(a: Number, b: Number) -> Number:
    return b if less(a, b) else a


def smaller(a: Number, b: Number) -> Number:
    return a if less(a, b) else b


def sigma(v: Number) -> Number:
    v = real(v)
    return 1 / (1 + mpmath.exp(-v)) if v >= 0 else mpmath.exp(v) / (1 + mpmath.exp(v))


ZERO, ONE = Fraction(0), Fraction(1)

#: By name: the function of x and of the parameters.
BY_HAND: dict[str, Callable[..., Number]] = {
    "sigmoid": sigma,
    "tanh": lambda v: mpmath.tanh(real(v)),
    "identity": lambda v: v,
    "relu": lambda v: larger(v, ZERO),
    "hardtanh": lambda v: larger(-ONE, smaller(ONE, v)),
    "hard_sigmoid": lambda v: larger(ZERO, smaller(ONE, plus(over(v, Fraction(6)), Fraction(1, 2)))),
    "hard_sigmoid_onnx": lambda v, alpha, beta: larger(ZERO, smaller(ONE, plus(times(alpha, v), beta))),
    "softsign": lambda v: over(v, plus(ONE, abs(v))),
    "softplus": lambda v: mpmath.log1p(mpmath.exp(-abs(real(v)))) + max(real(v), 0),
    "elu": lambda v, alpha: v if less(ZERO, v) else times(alpha, mpmath.expm1(real(v))),
    "leaky_relu": lambda v, alpha: v if less(ZERO, v) else times(alpha, v),
    "silu": lambda v: times(v, sigma(v)),
    "gelu": lambda v: times(v, mpmath.ncdf(real(v))),
    "scaled_tanh": lambda v, alpha, beta: times(alpha, mpmath.tanh(real(times(beta, v)))),
    "affine": lambda v, alpha, beta: plus(times(alpha, v), beta),
    "thresholded_relu": lambda v, alpha: v if less(alpha, v) else ZERO,
}
DEFAULTS = {
    "hard_sigmoid_onnx": (Fraction(1, 5), Fraction(1, 2)),
    "elu": (ONE,),
    "leaky_relu": (Fraction(1, 100),),
    "scaled_tanh": (Fraction(17159, 10000), Fraction(2, 3)),
    "affine": (ONE, ZERO),
    "thresholded_relu": (ONE,),
}


@dataclass(frozen=True)
class Formula:
    """An expression in x, the same as a function of a fraction, and places that are worth looking at."""

    expr: Expr
    value: Callable[[Fraction], Number]
    places: tuple[Fraction, ...] = ()


def rational(number: Fraction) -> Rational:
    return Rational(number.numerator, number.denominator)


def constant(number: Fraction) -> Formula:
    return Formula(rational(number), lambda v: number)


def variable() -> Formula:
    return Formula(x, lambda v: v)


def total(a: Formula, b: Formula) -> Formula:
    return Formula(a.expr + b.expr, lambda v: plus(a.value(v), b.value(v)), a.places + b.places)


def product(a: Formula, b: Formula) -> Formula:
    return Formula(a.expr * b.expr, lambda v: times(a.value(v), b.value(v)), a.places + b.places)


def irrational(square: Fraction, scale: Fraction) -> Formula:
    """scale · √square."""
    expr = rational(scale) * sympy.sqrt(rational(square))
    near = scale * Fraction(math.isqrt(int(square * 10**40)), 10**20)
    return Formula(expr, lambda v: real(scale) * mpmath.sqrt(real(square)), (near,))


def line(slope: Fraction, offset: Fraction) -> Formula:
    """slope · x + offset, whose zero is a place."""
    formula = total(product(constant(slope), variable()), constant(offset))
    return Formula(formula.expr, formula.value, (-offset / slope,) if slope else ())


def activation(name: str, parameters: tuple[Fraction, ...], inner: Formula) -> Formula:
    expr = ACTIVATIONS[name](inner.expr, *map(rational, parameters))
    return Formula(expr, lambda v: BY_HAND[name](inner.value(v), *parameters), inner.places)


def reciprocal(pole: Fraction, order: int = 1) -> Formula:
    """1/(x - pole)^order."""
    return Formula((x - rational(pole)) ** -order, lambda v: over(ONE, (v - pole) ** order), (pole,))


def placed(a: Formula, place: Fraction) -> Formula:
    return Formula(a.expr, a.value, (*a.places, place))


def extreme(kind: str, a: Formula, b: Formula) -> Formula:
    choose, node = (larger, sympy.Max) if kind == "Max" else (smaller, sympy.Min)

    def value(v: Fraction) -> Number:
        try:
            return choose(a.value(v), b.value(v))
        except Undefined:
            raise Undefined from None

    return Formula(node(a.expr, b.expr), value, a.places + b.places)


def absolute(a: Formula) -> Formula:
    return Formula(sympy.Abs(a.expr), lambda v: abs(a.value(v)), a.places)


def step(relation: str, switch: Formula, yes: Formula, no: Formula) -> Formula:
    """yes where the switch compares so with 0, else no."""
    holds, node = {
        "<": (lambda s: s < 0, sympy.Lt),
        "<=": (lambda s: s <= 0, sympy.Le),
        ">": (lambda s: s > 0, sympy.Gt),
        ">=": (lambda s: s >= 0, sympy.Ge),
        "=": (lambda s: s == 0, sympy.Eq),
        "!=": (lambda s: s != 0, sympy.Ne),
    }[relation]
    return Formula(
        Piecewise((yes.expr, node(switch.expr, 0)), (no.expr, True)),
        lambda v: yes.value(v) if holds(switch.value(v)) else no.value(v),
        yes.places + no.places + switch.places,
    )
