"""Functions of one variable over many intervals: certain values and slopes, as float64 rounded outwards."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from math import inf, nextafter

import numpy as np
from flint import arb, ctx
from sympy import Expr

from derive.approximation.bounds import x
from derive.approximation.enclosure import Enclosing
from derive.exact.intervals import Interval
from derive.synthesis.forms import UNIT, Array, Curve, Form, outwards, widened

BITS = 64
Ends = tuple[Array, Array]


@cache
def program(formula: Expr) -> Enclosing:
    """A formula in x. Raises DeriveError, naming it, for one that cannot be enclosed."""
    return Enclosing(formula, x)


def values(formula: Expr, lower: Array, upper: Array) -> Ends:
    """Between which the function lies on each of the intervals."""
    return _jets(formula, lower, upper, 0)[0]


def slopes(formula: Expr, lower: Array, upper: Array) -> tuple[Array, Array]:
    """The slope on each of the intervals: its middle, and how far it is off that."""
    return _middle(*_jets(formula, lower, upper, 1)[1])


def curve(formula: Expr, a: Form) -> Curve:
    """The function around the centre of a form, by its slope there or by its slopes all over, what says more."""
    c, reach = a.centre, a.reach
    low, high = np.minimum(a.lower, c), np.maximum(a.upper, c)
    at, tangent = _jets(formula, c, c, 1)
    _, slope, bend = _jets(formula, low, high, 2)
    chord, off = _middle(*slope)
    straight, drift = _middle(*tangent)
    square = outwards(reach * reach)
    least = np.minimum(bend[0], 0) * square - drift * reach
    most = np.maximum(bend[1], 0) * square + drift * reach
    wide = off * reach
    curved = most - least < 2 * wide
    least, most = np.where(curved, least, -wide), np.where(curved, most, wide)
    return Curve(at, np.where(curved, straight, chord), *widened(least, most), values(formula, a.lower, a.upper))


def _middle(low: Array, high: Array) -> tuple[Array, Array]:
    middle = low / 2 + high / 2
    return middle, np.maximum(high - middle, middle - low) * (1 + 4 * UNIT)


def _jets(formula: Expr, lower: Array, upper: Array, order: int) -> list[Ends]:
    """f, f' and f''/2 on each of the intervals, up to the order."""
    function = program(formula)
    lower, upper = np.where(np.isnan(lower), -np.inf, lower), np.where(np.isnan(upper), np.inf, upper)  # unknown
    with ctx.workprec(BITS):
        jets = [function(Interval(arb(a), arb(b)), order) for a, b in zip(lower.tolist(), upper.tolist(), strict=True)]
    return [_floats([jet[k] for jet in jets]) for k in range(order + 1)]


def _floats(found: Sequence[Interval]) -> Ends:
    return np.array([below(i.lower) for i in found]), np.array([above(i.upper) for i in found])


def _beside(direction: float, end: arb) -> float:
    near = float(end)  # at most one unit in the last place off
    return nextafter(nextafter(near, direction), direction)


below, above = partial(_beside, -inf), partial(_beside, inf)
