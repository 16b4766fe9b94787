"""The domain of twins: what a cell's formulas do to zonotopes of the exact cell and of the error beside them.

The rules are those of ``pairs``: the error follows the product rule and the mean value theorem (``linearised``), and is
no difference of two enclosures. What is not linear in the symbols goes into the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial, reduce

import numpy as np
from flint import arb
from sympy import Max

from derive.approximation.claim import x
from derive.enclosure.elements import Cases, Signs
from derive.enclosure.jumps import chosen, floored, signs
from derive.enclosure.linearised import Change, Functions, linear, sharp
from derive.enclosure.twin import Twin, together, whole_numbers
from derive.enclosure.zonotope import Form, Matrix, above, bounded, combined, number
from derive.exact import arrays
from derive.exact.arrays import NOTHING, Array, Cells, add, intersection, multiply, points, subtract, union
from derive.exact.intervals import Interval


class Zonotopes:
    """The domain of a cell's formulas, all units of a quantity at once."""

    function = staticmethod(Functions.of)

    most = 2.0**52  # up to here sums and products of whole numbers are exact
    rounded = 0.0  # what a quotient is rounded by, relative

    def constant(self, given: Interval) -> Twin:
        return Twin(number(arrays.cells(given)))

    def combine(self, weights: Sequence[arb], parts: Sequence[Twin]) -> Twin:
        """δ(Σ w a) = Σ w δa"""
        factors, radius = zip(*(_double(w) for w in weights), strict=True)
        if not any(radius) and (units := whole_numbers(parts, self.most)) is not None:
            terms = [f * a for f, a in zip(factors, units, strict=True)]
            if _are_whole(factors) and (sum(map(np.abs, terms)) <= self.most).all():
                return Twin(number(points(sum(terms))))
        scales = [points(f) if r == 0 else arrays.outwards(f - r, f + r) for f, r in zip(factors, radius, strict=True)]

        def total(ranges: list[Cells]) -> Cells:
            return reduce(add, map(multiply, ranges, scales))

        def form(given: list[tuple[Array, float, Form]], natural: Cells) -> Form:
            used, off, forms = zip(*given, strict=True)
            return bounded(combined(used, forms, None, sum(map(lambda r, a: r * a.size, off, forms))), natural)

        exact = form(
            list(zip(factors, radius, [p.exact for p in parts], strict=True)), total([p.exact.range for p in parts])
        )
        errors = [(f, r, p.error) for f, r, p in zip(factors, radius, parts, strict=True) if p.error is not None]
        if not errors:
            return Twin(exact)
        natural = total([NOTHING if p.error is None else p.error.range for p in parts])
        known = total([p.replaced for p in parts])
        return Twin(exact, form(errors, intersection(natural, subtract(known, exact.range))), known)

    def multiply(self, a: Twin, b: Twin) -> Twin:
        """δ(a b) = a δb + b δa + δa δb"""
        units = whole_numbers((a, b), self.most)
        if units is not None and (np.abs(found := units[0] * units[1]) <= self.most).all():
            return Twin(number(points(found)))
        exact = _product(a.exact, b.exact)
        if a.error is None and b.error is None:
            return Twin(exact)
        known = multiply(a.replaced, b.replaced)
        if a.error is None or b.error is None:
            left, right = (a, b.error) if a.error is None else (b, a.error)
            assert right is not None
            return Twin(exact, _product(left.exact, right, subtract(known, exact.range)), known)
        centre = add(multiply(points(a.exact.centre), points(b.error.centre)), multiply(
            points(a.error.centre), add(points(b.exact.centre), points(b.error.centre))
        ))  # fmt: skip
        factors = [a.exact.centre + a.error.centre, b.error.centre, b.exact.centre + b.error.centre, a.error.centre]
        off = sum(
            np.abs(f) * 2.0**-52 * form.reach for f, form in zip(factors[::2], (b.error, a.error), strict=True)
        )  # the sums of centres are rounded
        radius = a.exact.reach * b.error.reach + a.error.reach * (b.exact.reach + b.error.reach) + off
        error = combined(factors, [b.error, a.exact, a.error, b.exact], centre, above(radius, 4))
        natural = add(multiply(a.exact.range, b.error.range), multiply(a.error.range, b.replaced))
        return Twin(exact, bounded(error, intersection(natural, subtract(known, exact.range))), known)

    def matmul(self, matrix: Matrix, a: Twin, bias: Twin | None) -> Twin:
        """δ(W a + b) = W δa + δb"""
        found = Twin(matrix(a.exact))
        if a.error is not None:
            found = Twin(found.exact, matrix(a.error), matrix.between(a.replaced))
        return found if bias is None else self.combine([arb(1), arb(1)], [found, bias])

    def each(self, functions: Sequence[Functions], u: Twin) -> Twin:
        """A function for each unit; units with the same one are taken together."""
        parts = []
        for function in dict.fromkeys(functions):
            units = np.array([k for k, f in enumerate(functions) if f is function])
            parts.append((units, self.apply(function, u.at(units))))
        return together(parts, len(functions))

    def extreme(self, a: Twin, b: Twin, largest: bool) -> Twin:
        """That of one of both, where it is known which in both cells; else by way of max(a - b, 0)."""
        upper, lower = (a, b) if largest else (b, a)
        first, second = (
            (p.exact.range.lower >= q.exact.range.upper) & (p.replaced.lower >= q.replaced.upper)
            for p, q in ((upper, lower), (lower, upper))
        )
        units = np.arange(len(first))
        if first.all() or second.all():
            return (a if first.all() else b).at(units)
        a, b = a.at(units), b.at(units)
        mixed = self._mixed(a, b, largest)
        masks = first, second & ~first, ~first & ~second
        parts = [(np.flatnonzero(mask), twin) for mask, twin in zip(masks, (a, b, mixed), strict=True) if mask.any()]
        return together([(units, twin.at(units)) for units, twin in parts], len(first))

    def _mixed(self, a: Twin, b: Twin, largest: bool) -> Twin:
        """max(a, b) = b + max(a - b, 0), min(a, b) = a - max(a - b, 0), of which machines round nothing"""
        combine, one = partial(Zonotopes.combine, self), arb(1)
        above_zero = self.apply(Functions.of(Max(x, 0), Max(x, 0)), combine([one, -one], [a, b]))
        found = combine([one, one if largest else -one], [b if largest else a, above_zero])
        pick = np.maximum if largest else np.minimum
        within, known = (
            Cells(*(pick(p, q) for p, q in zip(*ends, strict=True)))
            for ends in ((a.exact.range, b.exact.range), (a.replaced, b.replaced))
        )
        exact = bounded(found.exact, within)
        if found.error is None:
            return Twin(exact)
        parts = [NOTHING if part.error is None else part.error.range for part in (a, b)]
        natural = intersection(union(*parts), subtract(known, exact.range))
        return Twin(exact, bounded(found.error, natural), known)

    def less_largest(self, a: Twin) -> Twin:
        """What machines take the exponentials of in a softmax, but for the largest unit, which cancels out."""
        return a

    def shares(self, a: Twin, of: Twin, each: int) -> Twin:
        """The softmax of something, of so many units each, is between 0 and 1."""
        return between_0_and_1(a)

    def floor(self, a: Twin, quotient: Sequence[Twin]) -> Twin:
        return floored(a, quotient, self.rounded)

    def signs(self, parts: Sequence[Twin]) -> list[Signs]:
        return signs(parts)

    def chosen(self, parts: Mapping[int, Twin], which: Sequence[Cases], by: Sequence[Twin]) -> Twin:
        return chosen(parts, which)

    def apply(self, functions: Functions, u: Twin) -> Twin:
        """φ(u), and δφ = [φ̃ - φ](ũ) + φ(ũ) - φ(u)."""
        jet = functions.before(u.exact.range, 2)
        exact = linear(functions.before, u.exact, jet)
        if u.error is None:
            if functions.difference is None:
                return Twin(exact)
            return Twin(exact, linear(functions.difference, u.exact, sharp(functions.difference, u.exact.range)))
        change = Change(functions, u.exact, u.error, u.replaced, jet)
        return Twin(exact, change.form(), functions.after(u.replaced, 0)[0])


def between_0_and_1(a: Twin, most: float = 1.0) -> Twin:
    """The same; most: what the replaced cell may have. An end that is no number is not known."""
    exact = bounded(a.exact, _meet(a.exact.range, Cells(np.zeros(1), np.ones(1))))
    if a.error is None:
        return Twin(exact)
    known = _meet(a.replaced, Cells(np.zeros(1), np.full(1, most)))
    return Twin(exact, bounded(a.error, _meet(a.error.range, subtract(known, exact.range))), known)


def _meet(a: Cells, b: Cells) -> Cells:
    return Cells(np.fmax(a.lower, b.lower), np.fmin(a.upper, b.upper))


def _product(a: Form, b: Form, within: Cells | None = None) -> Form:
    centre = multiply(points(a.centre), points(b.centre))
    found = combined([b.centre, a.centre], [a, b], centre, above(a.reach * b.reach))
    natural = multiply(a.range, b.range)
    return bounded(found, natural if within is None else intersection(natural, within))


def _are_whole(factors: Sequence[Array]) -> bool:
    return all(f == np.rint(f) for f in factors)


def _double(ball: arb) -> tuple[Array, float]:
    """A double, and how far the number may be from it."""
    lower, upper = arrays.cells(Interval(ball.lower(), ball.upper()))
    middle = (lower + upper) / 2
    return np.array([middle]), float(max(upper - middle, middle - lower))
