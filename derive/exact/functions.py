"""Functions of one variable over intervals, with their slopes and curvatures: what formulas on cells are made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flint import arb, fmpq

from derive.exact.intervals import (
    INFINITY,
    NOTHING,
    ONE,
    WHOLE,
    ZERO,
    Interval,
    down,
    intersection,
    multiply,
    negative,
    outwards,
    power,
    reciprocal,
    subtract,
    up,
)
from derive.exact.rational import exactly

Derivatives = list[Interval]  # φ, φ' and φ''/2 over an interval, or as many of them as are wanted
Function = Callable[[Interval, int], Derivatives]


def increasing(function: Callable[[arb], arb], low: arb, high: arb) -> Callable[[Interval], Interval]:
    """A function that increases from ``low`` at -∞ to ``high`` at ∞."""

    def over(a: Interval) -> Interval:
        lower = low if a.lower == -INFINITY else max(low, down(function(a.lower)))
        upper = high if a.upper == INFINITY else min(high, up(function(a.upper)))
        return Interval(lower, upper)

    return over


_exp = increasing(arb.exp, ZERO, INFINITY)
_tanh = increasing(arb.tanh, -ONE, ONE)
_erf = increasing(arb.erf, -ONE, ONE)
_logistic = increasing(lambda x: (t := x.exp()) / (1 + t) if x < 0 else 1 / (1 + (-x).exp()), ZERO, ONE)
_softplus = increasing(lambda x: x.exp().log1p() if x < 0 else x + (-x).exp().log1p(), ZERO, INFINITY)
_normal = increasing(lambda x: (-x / arb(2).sqrt()).erfc() / 2, ZERO, ONE)
_log = increasing(arb.log, -INFINITY, INFINITY)
HALF = Interval(arb(0.5), arb(0.5))


def exp(a: Interval, order: int) -> Derivatives:
    value = _exp(a)
    return [value, value, multiply(HALF, value)]


def log(a: Interval, order: int) -> Derivatives:
    if not a.lower >= 0:
        return [WHOLE] * 3
    value = Interval(-INFINITY if a.lower == 0 else _log(a).lower, _log(a).upper)
    return [value] if not order else [value, reciprocal(a), negative(multiply(HALF, power(a, -2)))]


def tanh(a: Interval, order: int) -> Derivatives:
    value = _tanh(a)
    if not order:
        return [value]
    slope = subtract(Interval(ONE, ONE), power(value, 2))
    return [value, slope, negative(multiply(value, slope))]


def logistic(a: Interval, order: int) -> Derivatives:
    value = _logistic(a)
    if not order:
        return [value]
    other = _logistic(negative(a))
    slope = multiply(value, other)
    return [value, slope, multiply(multiply(HALF, slope), subtract(other, value))]


def softplus(a: Interval, order: int) -> Derivatives:
    value = _softplus(a)
    if not order:
        return [value]
    slope, curvature, _ = logistic(a, 1)
    return [value, slope, multiply(HALF, curvature)]


def _bell(a: Interval) -> Interval:
    """exp(-a²)."""
    return _exp(negative(power(a, 2)))


def erf(a: Interval, order: int) -> Derivatives:
    if not order:
        return [_erf(a)]
    slope = multiply(outwards(2 / arb.pi().sqrt()), _bell(a))
    return [_erf(a), slope, negative(multiply(a, slope))]


def normal(a: Interval, order: int) -> Derivatives:
    """Φ, the normal distribution function."""
    if not order:
        return [_normal(a)]
    scaled = multiply(a, outwards(1 / arb(2).sqrt()))
    slope = multiply(outwards(1 / (2 * arb.pi()).sqrt()), _bell(scaled))
    return [_normal(a), slope, negative(multiply(multiply(HALF, a), slope))]


def sin(a: Interval, order: int) -> Derivatives:
    value = _wave(arb.sin, a)
    return [value, _wave(arb.cos, a), negative(multiply(HALF, value))]


def cos(a: Interval, order: int) -> Derivatives:
    value = _wave(arb.cos, a)
    return [value, negative(_wave(arb.sin, a)), negative(multiply(HALF, value))]


def _wave(function: Callable[[arb], arb], a: Interval) -> Interval:
    found = outwards(function(a.lower.union(a.upper))) if a.is_finite else WHOLE
    return intersection(found, Interval(-ONE, ONE))


def integer_power(n: int) -> Function:
    def over(a: Interval, order: int) -> Derivatives:
        if n < 0 and a.lower < 0 < a.upper:
            return [WHOLE] * 3  # a jump, which even powers would hide
        found = [power(a, n)]
        if order:
            found.append(multiply(_whole(n), power(a, n - 1)))
        if order > 1:
            found.append(multiply(_whole(n * (n - 1) // 2), power(a, n - 2)) if n != 1 else NOTHING)
        return found

    return over


def fractional_power(exponent: Any) -> Function:
    """a^e for a rational e that is not whole: of a ≥ 0, where ``WHOLE`` is no answer."""
    root = exactly(exponent)

    def raised(a: Interval, e: fmpq) -> Interval:
        if not a.lower >= 0:
            return WHOLE
        if e < 0:
            return reciprocal(raised(a, -e))
        lower = ZERO if a.lower == 0 else a.lower if a.lower == INFINITY else max(ZERO, down(a.lower ** arb(e)))
        return Interval(lower, ZERO if a.upper == 0 else INFINITY if a.upper == INFINITY else up(a.upper ** arb(e)))

    def over(a: Interval, order: int) -> Derivatives:
        found = [raised(a, root)]
        if order:
            found.append(multiply(outwards(arb(root)), raised(a, root - 1)))
        if order > 1:
            found.append(multiply(outwards(arb(root * (root - 1) / 2)), raised(a, root - 2)))
        return found

    return over


def _whole(n: int) -> Interval:
    return outwards(arb(n))
