"""The rules of ``jets`` on arrays of cells: a formula, its slope and half its curvature over many cells at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, reduce
from typing import Any, cast

import numpy as np
from flint import arb, ctx
from sympy import Expr

from derive.approximation.claim import x
from derive.approximation.enclosure import Enclosing
from derive.approximation.jets import GATED
from derive.exact import arrays, functions
from derive.exact.array_functions import BITS, ArrayFunction, Derivatives, on_arrays
from derive.exact.arrays import (
    NOTHING,
    ONE,
    Array,
    Cells,
    add,
    multiply,
    negative,
    outwards,
    points,
    union,
    where,
    whole,
)
from derive.exact.functions import Function
from derive.exact.intervals import Interval
from derive.symbolic.activation import Activation
from derive.symbolic.table import Table

Jet = Derivatives
Rule = Callable[..., Jet]
Program = Callable[[Cells, int], Jet]  # f, f' and f''/2 over cells, up to the order wanted


@cache
def program(formula: Expr) -> Program:
    """A formula in x over arrays of cells. Raises DeriveError, naming it, for one that cannot be enclosed."""
    return cast(Program, Arrays(formula, x))


class ArrayRules:
    """What each operation does to jets of arrays."""

    @staticmethod
    def variable(cell: Cells, order: int) -> Jet:
        return [cell, ONE, NOTHING]

    @staticmethod
    def constant(number: Callable[[], arb]) -> Rule:
        with ctx.workprec(BITS):
            known = number()
        value = arrays.cells(Interval(known.lower(), known.upper()))
        return lambda cell, order: [value, NOTHING, NOTHING]

    @staticmethod
    def chain(function: Function) -> Rule:
        return _chained(on_arrays(function))

    @staticmethod
    def integer_power(n: int) -> Rule:
        def over(a: Cells, order: int) -> Jet:
            found = [arrays.power(a, n)]
            if order:
                found.append(multiply(_exactly(n), arrays.power(a, n - 1)))
            if order > 1:
                found.append(multiply(_exactly(n * (n - 1) // 2), arrays.power(a, n - 2)) if n != 1 else NOTHING)
            if n >= 0:
                return found
            return [where((a.lower < 0) & (a.upper > 0), whole(a), f) for f in found]  # a jump, of even powers too

        return _chained(over)

    @staticmethod
    def fractional_power(exponent: Any) -> Rule:
        return _chained(on_arrays(functions.fractional_power(exponent)))

    @staticmethod
    def added(cell: Cells, order: int, a: Jet, b: Jet) -> Jet:
        return [add(a[k], b[k]) for k in range(order + 1)]

    @staticmethod
    def multiplied(cell: Cells, order: int, a: Jet, b: Jet) -> Jet:
        return [reduce(add, (multiply(a[j], b[k - j]) for j in range(k + 1))) for k in range(order + 1)]

    @staticmethod
    def largest(cell: Cells, order: int, a: Jet, b: Jet) -> Jet:
        value = Cells(np.maximum(a[0].lower, b[0].lower), np.maximum(a[0].upper, b[0].upper))
        kinked = [value, union(a[1], b[1]) if order else value, whole(value)]
        left, right = a[0].lower >= b[0].upper, b[0].lower >= a[0].upper
        return [where(left, a[k], where(right, b[k], kinked[k])) for k in range(order + 1)]

    @staticmethod
    def smallest(cell: Cells, order: int, a: Jet, b: Jet) -> Jet:
        return _negated(ArrayRules.largest(cell, order, _negated(a), _negated(b)))

    @staticmethod
    def absolute(cell: Cells, order: int, a: Jet) -> Jet:
        return [arrays.magnitude(a[0]), *ArrayRules.largest(cell, order, a, _negated(a))[1:]]

    @staticmethod
    def signum(cell: Cells, order: int, a: Jet) -> Jet:
        value = Cells(np.sign(a[0].lower), np.sign(a[0].upper))
        steady = value.lower == value.upper
        return [value, *(where(steady, NOTHING, whole(value)) for _ in range(order))]

    @staticmethod
    def cases(choices: Callable[[Sequence[int | None]], list[int] | None], relations: int) -> Rule:
        def rule(cell: Cells, order: int, *parts: Jet) -> Jet:
            """Cells for which the same formulas may apply are taken together."""
            values = np.broadcast_arrays(cell.lower, *(end for jet in parts for end in jet[0]))
            shape, unknown = values[0].shape, 2.0
            signs = np.array(
                [_signs(jet[0], shape, unknown).ravel() for jet in parts[:relations]], float
            ).reshape(relations, -1)  # fmt: skip
            found = [Cells(*(np.empty(shape).ravel() for _ in range(2))) for _ in range(order + 1)]
            kinds, which = np.unique(signs, axis=1, return_inverse=True)
            for j, kind in enumerate(kinds.T):
                at = which.ravel() == j
                possible = choices([None if s == unknown else int(s) for s in kind])
                jets = [] if possible is None else [parts[relations + k] for k in possible]
                for k in range(order + 1):
                    ends = [Cells(*(np.broadcast_to(e, shape).ravel()[at] for e in jet[k])) for jet in jets]
                    several = len(jets) != 1 and (k > 0 or not jets)
                    part = Cells(np.float64(-np.inf), np.float64(np.inf)) if several else reduce(union, ends)
                    found[k].lower[at], found[k].upper[at] = part
            return [Cells(*(e.reshape(shape) for e in f)) for f in found]

        return rule

    @staticmethod
    def reduced(rational: Any, is_quotient: bool) -> Rule:
        """Cells are narrow here, and lie nowhere near infinity: the plain way is as good."""
        return lambda cell, order, plain: plain

    @staticmethod
    def bowl(activation: type[Activation]) -> Rule:
        """x times a gate falls to its one minimum and rises from there."""
        left, right = (arrays.cells(Interval.of(end)) for end in activation.turn)
        least = arrays.cells(Interval.of(activation.reals.inf)).lower
        gate = on_arrays(GATED[activation])

        def at(end: Array) -> Cells:
            found = multiply(points(end), gate(points(end), 0)[0])
            return where(np.isfinite(end), found, Cells(np.minimum(end, 0.0), np.maximum(end, 0.0)))

        def rule(cell: Cells, order: int, argument: Jet, product: Jet) -> Jet:
            u = argument[0]
            ends = union(at(u.lower), at(u.upper))
            turns = (left.lower < u.upper) & (u.lower < right.upper)
            ends = Cells(np.where(turns, least, ends.lower), ends.upper)
            return [arrays.intersection(product[0], ends), *product[1:]]

        return rule

    @staticmethod
    def looked_up(table: type[Table]) -> Rule:
        """Every line on which the argument may be; the extremes of what lies between by a table of maxima."""
        lines = table.lines()
        values, slopes = (_column([line[k] for line in lines]) for k in (2, 3))
        places = _column([line[1] for line in lines[:-1]])
        starts = Cells(*(np.concatenate((end[:1], end)) for end in places))
        between = _Extremes(values), _Extremes(slopes)

        def at(k: Array, end: Array) -> Cells:
            value, slope, start = (Cells(*(e[k] for e in part)) for part in (values, slopes, starts))
            finite = np.where(np.isfinite(end), end, start.lower)
            line = add(value, multiply(slope, arrays.subtract(points(finite), start)))
            steady = (slope.lower == 0) & (slope.upper == 0)
            return where(np.isfinite(end), line, where(steady, value, whole(line)))

        def rule(cell: Cells, order: int, u: Jet) -> Jet:
            first = np.searchsorted(places.upper, u[0].lower, side="right")
            last = np.searchsorted(places.lower, u[0].upper, side="right")
            one = first == last
            value = union(at(first, u[0].lower), at(last, u[0].upper))
            value = where(one, value, union(value, between[0](np.minimum(first + 1, last), last)))
            slope, steps = between[1](first, last), not table.interpolate
            if steps:
                first_value = Cells(values.lower[first], values.upper[first])
                value, slope = union(value, first_value), where(one, slope, whole(slope))
            curvature = where(one, multiply(slope, u[2]) if order > 1 else slope, whole(slope))
            return [value, multiply(slope, u[1]), curvature][: order + 1] if order else [value]

        return rule


class Arrays(Enclosing):
    """A formula in x over arrays of cells."""

    rules = ArrayRules()


def _chained(over: ArrayFunction) -> Rule:
    def rule(cell: Cells, order: int, u: Jet) -> Jet:
        outer = over(u[0], order)
        found = [outer[0]]
        if order:
            found.append(multiply(outer[1], u[1]))
        if order > 1:
            found.append(add(multiply(outer[1], u[2]), multiply(outer[2], arrays.power(u[1], 2))))
        return found

    return rule


def _negated(a: Jet) -> Jet:
    return [negative(part) for part in a]


def _exactly(n: int) -> Cells:
    nearest = np.float64(n)
    if n == 1:
        return ONE
    return points(nearest) if int(nearest) == n else outwards(nearest, nearest)


def _signs(a: Cells, shape: tuple[int, ...], unknown: float) -> Array:
    zero = (a.lower == 0) & (a.upper == 0)
    signs = np.where(a.lower > 0, 1.0, np.where(a.upper < 0, -1.0, np.where(zero, 0.0, unknown)))
    return np.broadcast_to(signs, shape)


def _column(numbers: Sequence[Any]) -> Cells:
    """Doubles around rationals."""
    with ctx.workprec(2 * BITS):
        found = [arrays.cells(Interval.of(n)) for n in numbers]
    return Cells(np.array([f.lower for f in found]), np.array([f.upper for f in found]))


class _Extremes:
    """The least and the largest of a stretch of a list: two stretches of a power of two long cover it."""

    def __init__(self, numbers: Cells) -> None:
        self._levels = [numbers]
        while 2 ** len(self._levels) <= len(numbers.lower):
            half = 2 ** (len(self._levels) - 1)
            last = self._levels[-1]
            self._levels.append(union(*(Cells(*(e[s] for e in last)) for s in (np.s_[:-half], np.s_[half:]))))
        size = len(numbers.lower)
        self._low, self._high = (np.full((len(self._levels), size), np.nan) for _ in range(2))
        for k, level in enumerate(self._levels):
            self._low[k, : len(level.lower)], self._high[k, : len(level.upper)] = level

    def __call__(self, first: Array, last: Array) -> Cells:
        k = np.floor(np.log2(last - first + 1)).astype(int)
        second = last + 1 - 2**k
        return union(
            *(Cells(self._low[k, start], self._high[k, start]) for start in (first, second))
        )  # fmt: skip
