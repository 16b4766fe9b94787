"""Best approximations in many digits, by Remez's exchange: a search, whose result is certified elsewhere.

A polynomial or a quotient of polynomials p/q is sought whose error p/q - f has the same size and alternating signs at
deg p + deg q + 2 points. The places of the largest errors are exchanged for the points until they are the points.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from mpmath import cholesky, cos, eigsy, lu_solve, matrix, mp, mpf, pi, polyval

from derive.errors import DeriveError

DIGITS = 60  # with which is calculated
FAINTEST = mpf(10) ** (-DIGITS // 2)  # error that is told from those of the calculation
MOST_EXCHANGES = 40
LEVEL = mpf(10) ** -16  # how much the errors at the points may differ in the end, beside their size
GRID = 24  # places a point, among which the largest errors are looked for
SKEW = mpf("0.03")  # of the first points: an even or odd function has no error at symmetric ones
GOLDEN = (mpf(5) ** mpf("0.5") - 1) / 2
ONLY_SMALLER = "a smaller degree is as good; give other degrees"

Function = Callable[[Any], Any]


@dataclass(frozen=True)
class Fit:
    """p/q, lowest powers first, q[0] = 1; and where its error is largest, with alternating signs."""

    numerator: list[Any]
    denominator: list[Any]
    points: list[Any]
    sizes: list[Any]  # of the errors there

    def __call__(self, place: Any) -> Any:
        return polyval(self.numerator[::-1], place) / polyval(self.denominator[::-1], place)


def interpolated(function: Function, lower: Any, upper: Any, degree: int) -> Fit:
    """The polynomial that has the function's values at the zeros of Chebyshev's polynomial."""
    places = [_stretched(cos(pi * (2 * k + 1) / (2 * degree + 2)), lower, upper) for k in range(degree + 1)]
    return _with_peaks(_through(places, list(map(function, places))), [mpf(1)], places, function, lower, upper)


def best(function: Function, lower: Any, upper: Any, above: int, below: int) -> Fit:
    """The best approximation. Raises DeriveError where the exchange does not find it."""
    count = above + below + 2
    ends = [-cos(pi * k / (count - 1)) for k in range(count)]
    points = [_stretched(t + SKEW * (1 - t * t), lower, upper) for t in ends]
    for _ in range(MOST_EXCHANGES):
        p, q = _levelled(function, points, above, below)
        found = _with_peaks(p, q, points, function, lower, upper)
        if max(found.sizes) < FAINTEST:
            raise DeriveError(f"its error is below 10^-{DIGITS // 2}; give a lower degree")
        found = _chosen(found, count)
        if max(found.sizes) - min(found.sizes) <= LEVEL * max(found.sizes):
            return found
        points = found.points
    raise DeriveError("Remez's exchange finds no best approximation; give other degrees or a shorter interval")


def _stretched(t: Any, lower: Any, upper: Any) -> Any:
    """A number of [-1, 1] carried to the interval."""
    return (lower + upper) / 2 + (upper - lower) / 2 * t


def _levelled(function: Function, points: Sequence[Any], above: int, below: int) -> tuple[list[Any], list[Any]]:
    """p and q with errors E of one size and alternating signs at the points: p = (f + s E) q there.

    Sums over the points with the weights of divided differences leave nothing of a polynomial of low degree, so p drops
    out: Σ w xᵏ (f + s E) q = 0 for k up to deg q, which is an eigenvalue problem with symmetric matrices for E and q.
    """
    signs = [(-1) ** k for k in range(len(points))]
    values = [function(t) for t in points]
    points, reach = _within_1(points)
    weights = [1 / mp.fprod(t - other for other in points if other != t) for t in points]
    if weights[0] < 0:
        weights = [-w for w in weights]

    def moments(of: Sequence[Any]) -> Any:
        sums = [
            mp.fsum(w * v * t**k for w, v, t in zip(weights, of, points, strict=True)) for k in range(2 * below + 1)
        ]
        return matrix([[sums[i + j] for j in range(below + 1)] for i in range(below + 1)])

    half = cholesky(moments(signs))
    across = half**-1
    levels, vectors = eigsy(-across * moments(values) * across.T)
    for k in range(below + 1):
        q = list(across.T * vectors[:, k])
        at = [polyval(q[::-1], t) for t in points]
        if q[0] != 0 and (min(at) > 0 or max(at) < 0):
            use = range(above + 1)
            wanted = [(values[i] + signs[i] * levels[k]) * at[i] / q[0] for i in use]
            p = _through([points[i] for i in use], wanted)
            return _stretched_back(p, reach), _stretched_back([b / q[0] for b in q], reach)
    raise DeriveError("every quotient has a pole there; give other degrees or a shorter interval")


def _through(places: Sequence[Any], values: Sequence[Any]) -> list[Any]:
    """The polynomial with these values."""
    places, reach = _within_1(places)
    found = lu_solve(matrix([[t**j for j in range(len(places))] for t in places]), matrix(values))
    return _stretched_back(list(found), reach)


def _within_1(places: Sequence[Any]) -> tuple[list[Any], Any]:
    """The places in units of the furthest from 0, whose high powers are neither huge nor tiny, and that unit."""
    reach = max(map(abs, places)) or mpf(1)
    return [t / reach for t in places], reach


def _stretched_back(coefficients: Sequence[Any], reach: Any) -> list[Any]:
    return [c / reach**k for k, c in enumerate(coefficients)]


def _with_peaks(p: list[Any], q: list[Any], points: Sequence[Any], function: Function, lower: Any, upper: Any) -> Fit:
    """With the largest error of each stretch on which the error has one sign."""
    raw = Fit(p, q, [], [])
    count = GRID * (len(p) + len(q))
    places = sorted({*(_stretched(-cos(pi * k / count), lower, upper) for k in range(count + 1)), *points})
    if min(polyval(q[::-1], t) for t in places) <= 0:
        raise DeriveError("the quotient has a pole on the interval; give other degrees or a shorter interval")
    errors = [raw(t) - function(t) for t in places]
    peaks = []
    for _, run in groupby(range(len(places)), lambda k: errors[k] > 0):
        top = max(run, key=lambda k: abs(errors[k]))
        around = places[max(top - 1, 0)], places[min(top + 1, len(places) - 1)]
        peaks.append(_peak(lambda t: abs(raw(t) - function(t)), *around, places[top]))
    return Fit(p, q, peaks, [abs(raw(t) - function(t)) for t in peaks])


def _peak(size: Function, lower: Any, upper: Any, top: Any) -> Any:
    """Where the size is largest, by golden sections."""
    a, b = upper - GOLDEN * (upper - lower), lower + GOLDEN * (upper - lower)
    at_a, at_b = size(a), size(b)
    for _ in range(40):
        if at_a > at_b:
            upper, b, at_b = b, a, at_a
            a = upper - GOLDEN * (upper - lower)
            at_a = size(a)
        else:
            lower, a, at_a = a, b, at_b
            b = lower + GOLDEN * (upper - lower)
            at_b = size(b)
    return max((top, a, b), key=size)


def _chosen(found: Fit, count: int) -> Fit:
    """With so many of the points, neighbours, where the errors are larger."""
    points, sizes = list(found.points), list(found.sizes)
    if len(points) < count:
        raise DeriveError(f"its errors alternate too rarely, {ONLY_SMALLER}")
    while len(points) > count:
        place = 0 if sizes[0] < sizes[-1] else -1
        points.pop(place), sizes.pop(place)
    return Fit(found.numerator, found.denominator, points, sizes)


@contextmanager
def many_digits() -> Iterator[None]:
    """``with many_digits():`` calculates with ``DIGITS`` digits, which are mpmath's for all.

    Raises DeriveError for equations that are singular in so many.
    """
    try:
        with mp.workdps(DIGITS):
            yield
    except ZeroDivisionError:
        raise DeriveError(f"its powers are not told apart in {DIGITS} digits; give a lower degree") from None
