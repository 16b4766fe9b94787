"""Interval arithmetic on arrays of doubles: what ``derive.exact.intervals`` is for balls, many intervals at a time.

IEEE 754 rounds +, −, ·, / to the nearest double, so an end that is moved to the next double outwards bounds the exact
one. Of the functions only exp is calculated here, from those operations alone, with an error that is proved in its
documentation; what is known of it holds for σ and tanh, which are made of it. No bound rests on a library's functions.
"""

from __future__ import annotations

from functools import reduce
from math import isnan
from typing import Any, NamedTuple

import numpy as np
from flint import arb

from derive.exact.intervals import Interval

Array = Any  # of doubles

EXP_ERROR = 2.0**-50  # relative, of ``_exp``
LOGARITHM_OF_2 = 0.6931471803691238, 1.9082149292705877e-10  # its leading 32 bits, and the rest rounded
OVERFLOWS, VANISHES = 709.0, -708.0
TERMS = 13


class Cells(NamedTuple):
    """Intervals, elementwise; the ends are doubles, and may be infinite."""

    lower: Array
    upper: Array


def points(numbers: Array) -> Cells:
    """Exact doubles as intervals."""
    return Cells(numbers, numbers)


NOTHING, ONE = points(np.float64(0)), points(np.float64(1))  # these very objects stand for what they are


def cells(interval: Interval) -> Cells:
    """The doubles around an interval between balls' exact ends."""
    return Cells(np.float64(double(interval.lower, -np.inf)), np.float64(double(interval.upper, np.inf)))


def double(end: arb, towards: float) -> float:
    """A double on that side of an exact end, or the end itself."""
    nearest = float(end)
    if arb(nearest) == end:
        return nearest
    return float(np.nextafter(nearest, towards))


def outwards(lower: Array, upper: Array) -> Cells:
    """Ends that were rounded to nearest, each moved by a double; what is no number bounds nothing."""
    lower, upper = np.nextafter(lower, -np.inf), np.nextafter(upper, np.inf)
    if isnan(np.add.reduce(lower + upper, axis=None)):  # one pass over all; that of infinite ends is none as well
        return Cells(np.where(np.isnan(lower), -np.inf, lower), np.where(np.isnan(upper), np.inf, upper))
    return Cells(lower, upper)


def whole(like: Cells) -> Cells:
    """As many intervals that bound nothing."""
    shape = np.broadcast(like.lower, like.upper).shape
    return Cells(np.full(shape, -np.inf), np.full(shape, np.inf))


def add(a: Cells, b: Cells) -> Cells:
    if a is NOTHING or b is NOTHING:
        return b if a is NOTHING else a
    return outwards(a.lower + b.lower, a.upper + b.upper)


def negative(a: Cells) -> Cells:
    return Cells(-a.upper, -a.lower)


def subtract(a: Cells, b: Cells) -> Cells:
    return outwards(a.lower - b.upper, a.upper - b.lower)


def multiply(a: Cells, b: Cells) -> Cells:
    """0 · ∞ is 0: the numbers that an infinite end stands for are finite."""
    if a is ONE or b is ONE or a is NOTHING or b is NOTHING:
        return b if a is ONE or b is NOTHING else a
    products = [x * y for x in a for y in b]
    lowest = reduce(np.minimum, products)
    if isnan(np.add.reduce(lowest, axis=None)):
        products = [np.where(np.isnan(p), 0.0, p) for p in products]
        lowest = reduce(np.minimum, products)
    return outwards(lowest, reduce(np.maximum, products))


def union(a: Cells, b: Cells) -> Cells:
    return Cells(np.minimum(a.lower, b.lower), np.maximum(a.upper, b.upper))


def intersection(a: Cells, b: Cells) -> Cells:
    """Of intervals that both contain the same numbers."""
    return Cells(np.maximum(a.lower, b.lower), np.minimum(a.upper, b.upper))


def where(condition: Array, a: Cells, b: Cells) -> Cells:
    return Cells(*(np.where(condition, x, y) for x, y in zip(a, b, strict=True)))


def magnitude(a: Cells) -> Cells:
    """|a|."""
    largest = np.maximum(np.abs(a.lower), np.abs(a.upper))
    least = np.minimum(np.abs(a.lower), np.abs(a.upper))
    return Cells(np.where((a.lower <= 0) & (a.upper >= 0), 0.0, least), largest)


def reciprocal(a: Cells) -> Cells:
    """1/a; what has 0 inside bounds nothing, what has it at an end is half a line."""
    with np.errstate(divide="ignore"):
        lower, upper = 1 / np.where(a.upper == 0, -0.0, a.upper), 1 / np.where(a.lower == 0, 0.0, a.lower)
    found = outwards(np.where(np.isinf(a.upper), np.minimum(lower, 0), lower), upper)
    return where(((a.lower < 0) & (a.upper > 0)) | ((a.lower == 0) & (a.upper == 0)), whole(a), found)


def power(a: Cells, n: int) -> Cells:
    """aⁿ for a whole n."""
    if n < 0:
        return reciprocal(power(a, -n))
    if n == 0:
        return points(np.ones_like(a.lower))
    if n % 2 == 0 and a is not ONE:
        found = _product(magnitude(a), n)
        return Cells(np.maximum(found.lower, 0.0), found.upper)
    if n == 1 or a is ONE:
        return a
    return Cells(_product(points(a.lower), n).lower, _product(points(a.upper), n).upper)


def _product(a: Cells, n: int) -> Cells:
    """a · … · a, by squaring."""
    found = None
    while n:
        if n % 2:
            found = a if found is None else multiply(found, a)
        n //= 2
        if n:
            a = multiply(a, a)
    assert found is not None
    return found


# ---------------------------------------------------------------------- functions


def _exp(x: Array) -> Array:
    """e^x within ``EXP_ERROR``, for x between ``VANISHES`` and ``OVERFLOWS``.

    e^x = 2^k e^r, |r| ≤ 0.347 (Cody and Waite 1980, Software Manual for the Elementary Functions). With u = 2^-53: k
    times the leading bits of log 2 is exact, so r is within u; that is a relative error u of e^r. Its Taylor polynomial
    of degree 13 leaves out 0.347^14/14! < u/10. In Horner's scheme q_j = 1 + (r/j) q_{j+1} the relative error obeys
    e_j ≤ (0.347/j)(q_{j+1}/q_j)(e_{j+1} + 2u) + u, and 0.347 q_2/q_1 < 0.42, so e_1 < 3u. The sum is less than 5u;
    8u is what is counted with. 2^k is exact, the result being no subnormal number.
    """
    k = np.rint(x / np.log(2))
    high, low = LOGARITHM_OF_2
    r = (x - k * high) - k * low
    found = np.ones_like(r)
    for j in range(TERMS, 0, -1):
        found = 1 + (r / j) * found
    return np.ldexp(found, k.astype(np.int64))


def exp(a: Cells) -> Cells:
    """e^a: 0 below and no number above, where doubles end."""
    lower, upper = _exp(np.clip(_ends(a), VANISHES, OVERFLOWS))
    lower, upper = lower * (1 - 2 * EXP_ERROR), upper * (1 + 2 * EXP_ERROR)
    return Cells(np.where(a.lower < VANISHES, 0.0, lower), np.where(a.upper > OVERFLOWS, np.inf, upper))


def logistic(a: Cells) -> tuple[Cells, Cells]:
    """σ(a) and σ(-a): t/(1 + t) and 1/(1 + t) for t = e^-|a|, each three operations after an exponential: 16u from the
    truth."""
    ends = _ends(a)
    t = _exp(np.maximum(-np.abs(ends), VANISHES))
    value, other = (np.where(of_t, t, 1.0) / (1 + t) for of_t in (ends < 0, ends > 0))
    return _between_0_and_1(a.lower, value[0], value[1]), _between_0_and_1(-a.upper, other[1], other[0])


def _between_0_and_1(end: Array, lower: Array, upper: Array) -> Cells:
    """Around values of σ from its least argument on."""
    least = np.where(end < VANISHES, 0.0, lower * (1 - 2 * EXP_ERROR))
    return Cells(least, np.minimum(upper * (1 + 2 * EXP_ERROR), 1.0))


def tanh(a: Cells) -> Cells:
    """tanh a, odd: (1 - t)/(1 + t) for t = e^-2|a|, 8u from the truth, and between x - x³/3 and x where x > 0."""
    x = _ends(a)
    size = np.abs(x)
    t = _exp(np.maximum(-2 * size, VANISHES))
    value = (1 - t) / (1 + t)
    cubic = np.nextafter(size - np.minimum(size, 1.0) ** 2 * size * (1 / 3 + EXP_ERROR), 0.0)
    below = np.maximum(np.maximum(value - 2 * EXP_ERROR, np.where(size < 1, cubic, 0.0)), 0.0)
    above = np.minimum(np.minimum(value + 2 * EXP_ERROR, size), 1.0)
    outwards = np.array((~(x[0] > 0), x[1] > 0))  # the larger size
    return Cells(*(np.where(outwards, above, below) * np.where(x < 0, -1.0, 1.0)))


def _ends(a: Cells) -> Array:
    """The lower ends above the upper ones, so that a function is calculated of all at once."""
    return np.array(np.broadcast_arrays(*a))
