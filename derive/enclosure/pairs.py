"""A number of the exact cell beside the same number of the replaced cell, and the error between them.

The error is a quantity of its own: it follows the product rule and the mean value theorem through every operation. The
difference of two enclosures would forget that both cells get the same inputs; it is only ever intersected with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import NamedTuple

from flint import arb

from derive.enclosure.functions import Replaced, sharp
from derive.exact.intervals import NOTHING, Interval, add, down, intersection, multiply, subtract, union, up


class Pair(NamedTuple):
    """Enclosures of a number of the exact cell, of the replaced cell's, and of replaced minus exact."""

    exact: Interval
    replaced: Interval
    error: Interval

    @property
    def is_common(self) -> bool:
        """Whether it is the same number in both cells."""
        return self.error == NOTHING


def common(number: Interval) -> Pair:
    """A number that both cells share."""
    return Pair(number, number, NOTHING)


ZERO = common(NOTHING)


def _together(exact: Interval, replaced: Interval, *errors: Interval) -> Pair:
    return Pair(exact, replaced, reduce(intersection, errors, subtract(replaced, exact)))


def added(a: Pair, b: Pair) -> Pair:
    """δ(a + b) = δa + δb"""
    if a == ZERO or b == ZERO:
        return b if a == ZERO else a
    exact = add(a.exact, b.exact)
    if a.is_common and b.is_common:
        return common(exact)
    return _together(exact, add(a.replaced, b.replaced), add(a.error, b.error))


def combined(weights: Sequence[arb], parts: Sequence[Pair]) -> Pair:
    """Σ w a, the weights balls that do not contain 0; δ(Σ w a) = Σ w δa"""
    exact = _weighted(weights, [p.exact for p in parts])
    if all(p.is_common for p in parts):
        return common(exact)
    replaced, error = (_weighted(weights, [p[k] for p in parts]) for k in (1, 2))
    return _together(exact, replaced, error)


def _weighted(weights: Sequence[arb], parts: Sequence[Interval]) -> Interval:
    low = high = arb(0)
    for w, a in zip(weights, parts, strict=True):
        below, above = (a.lower, a.upper) if w > 0 else (a.upper, a.lower)
        low, high = low + w * below, high + w * above
    return Interval(down(low), up(high))


def multiplied(a: Pair, b: Pair) -> Pair:
    """δ(a b) = a δb + δa b̃ = ã δb + δa b"""
    if ZERO in (a, b):
        return ZERO
    exact = multiply(a.exact, b.exact)
    if a.is_common and b.is_common:
        return common(exact)
    return _together(
        exact,
        multiply(a.replaced, b.replaced),
        add(multiply(a.exact, b.error), multiply(a.error, b.replaced)),
        add(multiply(a.replaced, b.error), multiply(a.error, b.exact)),
    )


def applied(function: Replaced, u: Pair, with_slope: bool) -> tuple[Pair, Pair]:
    """φ(u) and φ'(u), the latter ``ZERO`` where it is not wanted.

    δφ = [φ̃ - φ](ũ) + φ'(ξ) δu, or the mirror image [φ̃ - φ](u) + φ̃'(ξ) δu, for some ξ between u and ũ; likewise δφ'.
    """
    order = 2 if with_slope else 1
    exact = sharp(function.before, u.exact, order)
    if u.is_common and function.difference is None:
        return common(exact[0]), common(exact[1]) if with_slope else ZERO
    replaced = sharp(function.after, u.replaced, order)
    hull = union(u.exact, u.replaced)
    through = [p(hull, order) for p in (function.before, function.after)]
    apart = [sharp(d, at, order) if (d := function.difference) else [NOTHING] * 3 for at in (u.replaced, u.exact)]
    pairs = []
    for k in range(order):  # f''/2 is what the third entry of a jet has
        errors = [
            add(a[k], multiply(_doubled(t[k + 1]) if k else t[k + 1], u.error))
            for a, t in zip(apart, through, strict=True)
        ]
        pairs.append(_together(exact[k], replaced[k], *errors))
    return pairs[0], pairs[1] if with_slope else ZERO


def _doubled(a: Interval) -> Interval:
    return add(a, a)


def extreme(a: Pair, b: Pair, largest: bool) -> Pair:
    """max or min: increasing and without stretching, so its error lies between those of its operands."""
    exact, replaced = (_extreme(a[k], b[k], largest) for k in (0, 1))
    return _together(exact, replaced, union(a.error, b.error))


def _extreme(a: Interval, b: Interval, largest: bool) -> Interval:
    pick = max if largest else min
    return Interval(pick(a.lower, b.lower), pick(a.upper, b.upper))


def either(a: Pair, b: Pair) -> Pair:
    """One of both, in each cell, and not known which."""
    exact, replaced = union(a.exact, b.exact), union(a.replaced, b.replaced)
    return Pair(exact, replaced, subtract(replaced, exact))


def floored(a: Pair, exact: Interval, replaced: Interval) -> Pair:
    """⌊a⌋, of which the enclosures are given: ⌊a + δ⌋ - ⌊a⌋ lies between ⌊δ⌋ and ⌈δ⌉."""
    if a.is_common:
        return common(exact)
    return _together(exact, replaced, Interval(down(a.error.lower.floor()), up(a.error.upper.ceil())))


def one_of(exact: Mapping[int, Pair], replaced: Mapping[int, Pair], is_shared: bool) -> Pair:
    """One of the first in the exact cell and one of the others in the replaced cell; is_shared: the same one."""
    before, after = (reduce(union, (p[k] for p in side.values())) for k, side in enumerate((exact, replaced)))
    if is_shared:
        return Pair(before, after, reduce(union, (p.error for p in exact.values())))
    errors = [
        p.error if j == k else subtract(q.replaced, p.exact) for j, p in exact.items() for k, q in replaced.items()
    ]
    return _together(before, after, reduce(union, errors))
