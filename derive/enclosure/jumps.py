"""Zonotopes where a formula jumps: whole numbers below, and cases of which it is not certain which one applies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import reduce
from itertools import product
from math import floor

import numpy as np

from derive.enclosure.elements import Cases, Signs
from derive.enclosure.twin import Twin, numbers, together
from derive.enclosure.zonotope import Form, bounded, number
from derive.exact.arrays import NOTHING, Array, Cells, intersection, points, subtract, union


def floored(a: Twin, quotient: Sequence[Twin], slack: float = 0.0) -> Twin:
    """⌊a⌋, a number between jumps, and a - 1/2 ± 1/2 where there may be one.

    quotient: a as one number over another. Where both are known exactly, so is the result. slack: relative, what the
    quotient may be rounded by.
    """
    top, below = (numbers(part) for part in quotient)
    if top is not None and below is not None and below.all():
        ends = _of_quotients(top, below, slack)
        if (ends.lower == ends.upper).all():
            return Twin(number(ends))
    exact, replaced = (Cells(*map(np.floor, cells)) for cells in (a.exact.range, a.replaced))
    if all((end == exact.lower).all() for end in (*exact, *replaced)):
        return Twin(number(points(exact.lower)))
    certain = exact.lower == exact.upper
    middle, half = a.exact.centre - 0.5, np.where(certain, 0.0, 0.5 + 2.0**-40)
    form = Form(
        np.where(certain, exact.lower, middle),
        np.where(certain[:, None], 0.0, a.exact.generators),
        np.where(certain, 0.0, a.exact.rest + half + 2.0**-50 * np.abs(middle)),
    )
    change = NOTHING if a.error is None else Cells(np.floor(a.error.range.lower), np.ceil(a.error.range.upper))
    apart = Cells(replaced.lower - exact.upper, replaced.upper - exact.lower)  # of whole numbers
    error = None if a.error is None else number(intersection(change, apart))
    return Twin(bounded(form, exact), error, replaced)


def _of_quotients(top: Array, below: Array, slack: float) -> Cells:
    """Of exact numbers, the whole numbers below their quotients, which may have been rounded to the one above."""
    found = []
    for a, b in np.broadcast(top, below):
        q = Fraction(a) / Fraction(b)
        found.append((floor(q), floor(q + Fraction(slack) * abs(q))))
    lower, upper = np.array(found, float).T
    return Cells(lower, upper)


def signs(parts: Sequence[Twin]) -> list[Signs]:
    """By unit, the sign of each part in either cell."""
    exact, replaced = ([_signs(cells) for cells in ranges] for ranges in zip(*map(_ranges, parts), strict=True))
    many = max(map(len, (*exact, *replaced)))
    is_shared = all(part.error is None for part in parts)
    sides = [list(zip(*(c * many if len(c) == 1 else c for c in side), strict=True)) for side in (exact, replaced)]
    return [Signs(before, after, is_shared) for before, after in zip(*sides, strict=True)]


def _ranges(part: Twin) -> tuple[Cells, Cells]:
    return part.exact.range, part.replaced


def _signs(cells: Cells) -> list[int | None]:
    lower, upper = np.broadcast_arrays(*map(np.atleast_1d, map(np.sign, cells)))
    return [int(a) if a == b else None for a, b in zip(lower, upper, strict=True)]


def chosen(parts: Mapping[int, Twin], which: Sequence[Cases]) -> Twin:
    """By unit, the part of the case that applies, and around all that may."""
    if len(parts) == 1:
        return next(iter(parts.values()))
    many = max(len(which), *(len(part.exact.centre) for part in parts.values()))
    each = list(which) * (many if len(which) == 1 else 1)
    found = []
    for cases in dict.fromkeys(each):
        units = np.array([k for k, c in enumerate(each) if c == cases])
        own = {k: parts[k].at(units) for k in {*cases.exact, *cases.replaced}}
        found.append((units, own[cases.exact[0]] if cases.is_certain else _hull(own, cases)))
    return together(found, many)


def _hull(parts: Mapping[int, Twin], cases: Cases) -> Twin:
    """One of them in either cell."""
    exact, replaced = ([parts[k] for k in side] for side in (cases.exact, cases.replaced))
    form = exact[0].exact if len(exact) == 1 else number(reduce(union, (part.exact.range for part in exact)))
    pairs = [(part, part) for part in exact] if cases.is_shared else list(product(replaced, exact))
    if all(a is b and a.error is None for a, b in pairs):
        return Twin(form)
    known = reduce(union, (part.replaced for part in replaced))
    return Twin(form, number(reduce(union, (_apart(*pair) for pair in pairs))), known)


def _apart(replaced: Twin, exact: Twin) -> Cells:
    difference = subtract(replaced.replaced, exact.exact.range)
    if replaced is not exact:
        return difference
    return NOTHING if exact.error is None else intersection(exact.error.range, difference)
