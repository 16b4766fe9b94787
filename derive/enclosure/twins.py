"""A quantity of the exact cell beside its error, replaced minus exact, both zonotopes over the same symbols.

The rules are those of ``pairs``: the error follows the product rule and the mean value theorem (``linearised``), and is
no difference of two enclosures. What is not linear in the symbols goes into the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial, reduce

import numpy as np
from flint import arb
from sympy import Max

from derive.approximation.claim import x
from derive.enclosure.linearised import Change, Functions, linear, sharp
from derive.enclosure.zonotope import Form, Matrix, above, bounded, combined, number
from derive.errors import Undecided
from derive.exact import arrays
from derive.exact.arrays import NOTHING, Array, Cells, add, intersection, multiply, points, union
from derive.exact.intervals import Interval


@dataclass(frozen=True, eq=False)
class Twin:
    """error: None where both cells have the same number. known: of the replaced cell's, what is known otherwise."""

    exact: Form
    error: Form | None = None
    known: Cells | None = None

    @cached_property
    def replaced(self) -> Cells:
        """The interval of each unit in the replaced cell."""
        if self.error is None:
            return self.exact.range
        total = add(self.exact.range, self.error.range)
        return total if self.known is None else intersection(total, self.known)

    def with_forms(self, change: Callable[[Form], Form]) -> Twin:
        """The same numbers written otherwise."""
        return Twin(change(self.exact), None if self.error is None else change(self.error), self.known)


class Zonotopes:
    """The domain of a cell's formulas, all units of a quantity at once."""

    function = staticmethod(Functions.of)

    def constant(self, given: Interval) -> Twin:
        return Twin(number(arrays.cells(given)))

    def combine(self, weights: Sequence[arb], parts: Sequence[Twin]) -> Twin:
        """δ(Σ w a) = Σ w δa"""
        factors, radius = zip(*(_double(w) for w in weights), strict=True)
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
        return Twin(exact, form(errors, natural), total([p.replaced for p in parts]))

    def multiply(self, a: Twin, b: Twin) -> Twin:
        """δ(a b) = a δb + b δa + δa δb"""
        exact = _product(a.exact, b.exact)
        if a.error is None and b.error is None:
            return Twin(exact)
        known = multiply(a.replaced, b.replaced)
        if a.error is None or b.error is None:
            left, right = (a, b.error) if a.error is None else (b, a.error)
            assert right is not None
            return Twin(exact, _product(left.exact, right), known)
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
        return Twin(exact, bounded(error, natural), known)

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
            parts.append((units, self.apply(function, u.with_forms(partial(Form.at, units=units)))))
        exact = _scattered([(units, part.exact) for units, part in parts])
        errors = [(units, part.error) for units, part in parts if part.error is not None]
        return Twin(exact, _scattered(errors, len(functions)) if errors else None)

    def extreme(self, a: Twin, b: Twin, largest: bool) -> Twin:
        """That of one of both, where it is known which in both cells; else by way of max(a - b, 0)."""
        upper, lower = (a, b) if largest else (b, a)
        first, second = (
            (p.exact.range.lower >= q.exact.range.upper) & (p.replaced.lower >= q.replaced.upper)
            for p, q in ((upper, lower), (lower, upper))
        )
        if first.all() or second.all():
            return a if first.all() else b
        mixed = self._mixed(a, b, largest)
        if len(a.exact.centre) != len(b.exact.centre):
            return mixed
        masks = first, second & ~first, ~first & ~second
        parts = [(np.flatnonzero(mask), twin) for mask, twin in zip(masks, (a, b, mixed), strict=True) if mask.any()]
        exact = _scattered([(units, twin.exact.at(units)) for units, twin in parts])
        errors = [(units, twin.error.at(units)) for units, twin in parts if twin.error is not None]
        return Twin(exact, _scattered(errors, len(first)) if errors else None)

    def _mixed(self, a: Twin, b: Twin, largest: bool) -> Twin:
        """max(a, b) = b + max(a - b, 0), min(a, b) = a - max(a - b, 0)"""
        above_zero = self.apply(Functions.of(Max(x, 0), Max(x, 0)), self.combine([arb(1), arb(-1)], [a, b]))
        found = self.combine([arb(1), arb(1 if largest else -1)], [b if largest else a, above_zero])
        pick = np.maximum if largest else np.minimum
        exact = bounded(found.exact, Cells(*(pick(p, q) for p, q in zip(a.exact.range, b.exact.range, strict=True))))
        if found.error is None:
            return Twin(exact)
        parts = [NOTHING if part.error is None else part.error.range for part in (a, b)]
        return Twin(exact, bounded(found.error, union(*parts)))

    def floor(self, a: Twin) -> Twin:
        """Numbers between steps."""
        ends = [np.floor(end) for part in (a.exact.range, a.replaced) for end in part]
        if not all((end == ends[0]).all() for end in ends):
            raise Undecided("the value of a floor is not certain on the box; narrow it")
        return Twin(number(points(ends[0])))

    def signs(self, parts: Sequence[Twin]) -> list[tuple[int | None, ...]]:
        columns = []
        for part in parts:
            ends = np.sign(np.broadcast_arrays(*part.exact.range, *part.replaced))
            columns.append([int(unit[0]) if (unit == unit[0]).all() else None for unit in ends.T])
        many = max(map(len, columns))
        return list(zip(*(c * many if len(c) == 1 else c for c in columns), strict=True))

    def chosen(self, parts: Mapping[int, Twin], which: Sequence[int]) -> Twin:
        if len(parts) == 1:
            return parts[which[0]]
        many = max(len(which), *(len(part.exact.centre) for part in parts.values()))
        each = np.broadcast_to(np.array(which), many)
        taken = []
        for k, part in parts.items():
            units = np.flatnonzero(each == k)
            own = units if len(part.exact.centre) > 1 else np.zeros_like(units)
            taken.append((units, part.with_forms(partial(Form.at, units=own))))
        exact = _scattered([(units, part.exact) for units, part in taken])
        errors = [(units, part.error) for units, part in taken if part.error is not None]
        return Twin(exact, _scattered(errors, many) if errors else None)

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


def _product(a: Form, b: Form) -> Form:
    centre = multiply(points(a.centre), points(b.centre))
    found = combined([b.centre, a.centre], [a, b], centre, above(a.reach * b.reach))
    return bounded(found, multiply(a.range, b.range))


def _scattered(parts: Sequence[tuple[Array, Form]], units: int = 0) -> Form:
    """Forms of some units each as one of all; of those that are in none 0."""
    n = max(units, sum(len(at) for at, _ in parts))
    m = max(form.generators.shape[1] for _, form in parts)
    centre, rest, lower, upper = (np.zeros(n) for _ in range(4))
    generators = np.zeros((n, m))
    for at, form in parts:
        centre[at], rest[at] = form.centre, form.rest
        lower[at], upper[at] = form.range
        generators[at, : form.generators.shape[1]] = form.generators
    return Form(centre, generators, rest, Cells(lower, upper))


def _double(ball: arb) -> tuple[Array, float]:
    """A double, and how far the number may be from it."""
    lower, upper = arrays.cells(Interval(ball.lower(), ball.upper()))
    middle = (lower + upper) / 2
    return np.array([middle]), float(max(upper - middle, middle - lower))
