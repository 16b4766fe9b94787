"""Ball arithmetic for the operations that expressions are made of: one rule each, by python-flint (Arb).

A rule takes balls and gives a ball that contains every value of the operation on them. Wide balls are allowed: arb's
own tanh and exp overestimate them wildly (tanh of 0 ± 5 gives ± 2e4), so increasing functions go by the ends.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from flint import arb
from sympy import Abs, Add, Max, Min, Mul, Pow, cos, erf, exp, log, pi, sin
from sympy import E as euler
from sympy import tanh as sympy_tanh
from sympy.codegen.cfunctions import expm1, log1p

from derive.errors import DeriveError

FIRST_BITS, LAST_BITS = 128, 16384  # the precisions between which a ball is refined
LARGEST_EXPONENT = 2**24  # of two; beyond it a number's digits are no longer written out
TINY = arb((1, -LAST_BITS))
SMALLEST_RADIUS = 2**16  # bits below the midpoint's last, to which a far narrower ball is widened


def ball_ends(ball: arb) -> tuple[Fraction, Fraction] | None:
    """The ends of a ball as exact fractions; None where the ball is infinite, or huge and without a single digit.

    Raises DeriveError for a magnitude certainly beyond 2^±16777216.
    """
    if not ball.is_finite():
        return None
    parts = [tuple(map(int, b.man_exp())) for b in (ball.mid(), ball.rad())]
    if abs(parts[0][1]) <= LARGEST_EXPONENT and parts[1][1] < -LARGEST_EXPONENT:  # as of tanh(exp(268))
        parts[1] = 1, parts[0][1] - SMALLEST_RADIUS
    largest = max(parts, key=lambda part: abs(part[1]))[1]
    if abs(largest) > LARGEST_EXPONENT:
        if ball.rel_accuracy_bits() <= 0:
            return None
        raise DeriveError(
            f"a value is outside 2^±{LARGEST_EXPONENT}, beyond what is written out: scale the weights or inputs"
        )
    mid, radius = (Fraction(mantissa) * Fraction(2) ** exponent for mantissa, exponent in parts)
    return mid - radius, mid + radius


def _hull(function: Callable[[arb], arb]) -> Callable[[arb], arb]:
    """An increasing function over a ball: a narrow one directly, a wide one by its ends."""

    def rule(ball: arb) -> arb:
        if ball.rel_accuracy_bits() > 30:
            return function(ball)
        return function(ball.lower()).union(function(ball.upper()))

    return rule


def _tanh(ball: arb) -> arb:
    """tanh; within |x|³ of x where x is so small that arb's own loses its digits."""
    return ball * (1 + arb(0, 1) * ball**2) if abs(ball) < TINY else ball.tanh()


def _power(base: arb, exponent: arb) -> arb:
    n = exponent.unique_fmpz() if exponent.is_exact() else None
    if n is None:
        return base**exponent
    if n < 0:
        positive = _power(base, -exponent)
        return _hull(lambda b: 1 / b)(positive) if positive > 0 or positive < 0 else 1 / positive
    if n % 2:
        return _hull(lambda b: b ** int(n))(base)
    return (base.abs_lower() ** int(n)).union(base.abs_upper() ** int(n))  # abs(base) may reach below 0 by its rounding


def _sum(*balls: arb) -> arb:
    return sum(balls, arb(0))


def _product(*balls: arb) -> arb:
    return math.prod(balls, start=arb(1))


def _largest(*balls: arb) -> arb:
    first, *others = balls
    for ball in others:
        first = first.max(ball)
    return first


def _smallest(*balls: arb) -> arb:
    return -_largest(*(-ball for ball in balls))


RULES: dict[Any, Callable[..., arb]] = {
    Add: _sum,
    Mul: _product,
    Pow: _power,
    exp: _hull(arb.exp),
    log: _hull(arb.log),
    expm1: _hull(arb.expm1),
    log1p: _hull(arb.log1p),
    sympy_tanh: _hull(_tanh),
    erf: _hull(arb.erf),
    sin: arb.sin,
    cos: arb.cos,
    Abs: abs,
    Max: _largest,
    Min: _smallest,
    pi: arb.pi,
    euler: arb.const_e,
}
