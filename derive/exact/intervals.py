"""Interval arithmetic over the extended reals: what a formula may be on a whole cell.

An interval's ends are exact, and may be infinite: so a half-line is a cell like any other, and a cell that ends where a
root begins does not reach beyond it. The ends are computed by python-flint (Arb) with the working precision, rounded
outwards. What is not defined on the whole of its operand is ``WHOLE``, which bounds nothing.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from flint import arb

from derive.exact.rational import exactly

INFINITY = arb("inf")
ZERO, ONE = arb(0), arb(1)


class Interval(NamedTuple):
    """All reals from ``lower`` to ``upper``, both exact."""

    lower: arb
    upper: arb

    @staticmethod
    def of(number: Any) -> Interval:
        """The narrowest interval around a rational, an end of which may be infinite."""
        if not number.is_finite:
            end = INFINITY if number > 0 else -INFINITY
            return Interval(end, end)
        return outwards(arb(exactly(number)))

    @property
    def is_finite(self) -> bool:
        return bool(self.lower.is_finite() and self.upper.is_finite())

    @property
    def sign(self) -> int | None:
        """-1, 0 or 1 where every number of the interval has that sign."""
        if self.lower > 0:
            return 1
        if self.upper < 0:
            return -1
        return 0 if self.lower == 0 and self.upper == 0 else None


WHOLE = Interval(-INFINITY, INFINITY)
NOTHING = Interval(ZERO, ZERO)  # the number 0, a constant's slope


def outwards(ball: arb) -> Interval:
    return Interval(down(ball), up(ball))


def down(ball: arb) -> arb:
    end = ball.lower()  # a NaN equals nothing, which is faster to ask than whether it is one
    return end if end == end else -INFINITY


def up(ball: arb) -> arb:
    end = ball.upper()
    return end if end == end else INFINITY


def point(number: arb) -> Interval:
    """An exact number as an interval."""
    return Interval(number, number)


def between(a: Interval) -> arb | None:
    """A number inside: about the geometric mean of ends that are far apart; None where the precision has none."""
    low, high = a
    if high <= 0 or (low < 0 and not low.is_finite() and high.is_finite()):
        found = between(negative(a))
        return None if found is None else -found
    if not high.is_finite():
        return max(low * low, arb(16)).mid() if low.is_finite() else ZERO
    if low < 0:
        middle = ZERO if max(-low, high) > 2 else (low + high) / 2
    elif low == 0:
        middle = ONE if high > 2 else high / 2
    elif high > 4 * low:
        middle = ONE * arb(2) ** ((_exponent(low) + _exponent(high)) // 2)
    else:
        middle = (low + high) / 2
    middle = middle.mid()
    return middle if low < middle < high else None


def _exponent(end: arb) -> int:
    mantissa, exponent = end.man_exp()
    return int(mantissa).bit_length() + int(exponent)


# ---------------------------------------------------------------------- arithmetic


def add(a: Interval, b: Interval) -> Interval:
    if a is NOTHING or b is NOTHING:
        return b if a is NOTHING else a
    (low, high), (lower, upper) = a, b
    return _rounded(low + lower, high + upper)


def _rounded(low: arb, high: arb) -> Interval:
    """From the lower end of one ball to the upper end of the other."""
    lower, upper = low.lower(), high.upper()
    return Interval(lower if lower == lower else -INFINITY, upper if upper == upper else INFINITY)


def negative(a: Interval) -> Interval:
    return Interval(-a.upper, -a.lower)


def subtract(a: Interval, b: Interval) -> Interval:
    (low, high), (lower, upper) = a, b
    return _rounded(low - upper, high - lower)


def _times(a: arb, b: arb) -> arb:
    product = a * b  # of 0 and ∞ it is 0: the numbers that an infinite end stands for are finite
    return product if product.is_finite() or not product.is_nan() else ZERO


def multiply(a: Interval, b: Interval) -> Interval:
    if a is NOTHING or b is NOTHING:
        return NOTHING
    (low, high), (lower, upper) = a, b
    if low >= ZERO:
        return _rounded(
            _times(low if lower >= ZERO else high, lower),
            _times(high if upper >= ZERO else low, upper),
        )
    if high <= ZERO:
        return _rounded(
            _times(high if upper <= ZERO else low, upper),
            _times(low if lower <= ZERO else high, lower),
        )
    if lower >= ZERO or upper <= ZERO:
        return multiply(b, a)
    return union(
        _rounded(_times(low, upper), _times(low, lower)),
        _rounded(_times(high, lower), _times(high, upper)),
    )


def union(a: Interval, b: Interval) -> Interval:
    (low, high), (lower, upper) = a, b
    return Interval(lower if lower < low else low, upper if upper > high else high)


def intersection(a: Interval, b: Interval) -> Interval:
    """Of two intervals that both contain the same number."""
    (low, high), (lower, upper) = a, b
    return Interval(lower if lower > low else low, upper if upper < high else high)


def magnitude(a: Interval) -> Interval:
    """|a|."""
    if a.lower >= 0:
        return a
    return negative(a) if a.upper <= 0 else Interval(ZERO, max(-a.lower, a.upper))


def divide(a: Interval, b: Interval) -> Interval:
    return multiply(a, reciprocal(b))


def reciprocal(a: Interval) -> Interval:
    """1/a: half a line where 0 is an end of the interval."""
    if a.lower < 0 < a.upper or (a.lower == 0 and a.upper == 0):
        return WHOLE
    if a.upper <= 0:
        return negative(reciprocal(negative(a)))
    upper = INFINITY if a.lower == 0 else up(1 / a.lower)
    return Interval(ZERO if a.upper == INFINITY else down(1 / a.upper), upper)


def power(a: Interval, n: int) -> Interval:
    """aⁿ for a whole n."""
    if n < 0:
        return reciprocal(power(a, -n))
    if n == 0:
        return Interval(ONE, ONE)
    if n % 2 == 0:
        a = magnitude(a)
    return Interval(down(_raised(a.lower, n)), up(_raised(a.upper, n)))


def _raised(end: arb, n: int) -> arb:
    return end**n if end.is_finite() else (-end if n % 2 == 0 and end < 0 else end)
