"""The error of a table: each of its lines is held against the function by itself.

The function is read once for all lines; between two entries the difference is a line less that, so its supremum takes a
few cells for each entry, and no formula with as many cases as there are entries is ever made.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import cast

from flint import arb
from sympy import Expr, Integer, Rational, Symbol, latex

from derive.approximation.bounds import Approximation, x
from derive.approximation.enclosure import Enclosing
from derive.approximation.jets import Jet
from derive.approximation.pieces import Piece
from derive.approximation.segments import Segment, segments
from derive.approximation.supremum import Supremum, supremum
from derive.errors import DeriveError
from derive.exact.intervals import NOTHING, Interval, add, multiply, outwards, subtract
from derive.exact.rational import exactly
from derive.symbolic.table import Table

WORK = 256  # operations on intervals that a line is worth, for each of the function's


class _Line:
    """A line less a function: a program as ``Enclosing`` is one."""

    def __init__(self, function: Enclosing, place: Rational, value: Rational, slope: Rational) -> None:
        self._function, self._place, self._value, self._slope = function, *map(exactly, (place, value, slope))

    def __len__(self) -> int:
        return len(self._function)

    def __call__(self, cell: Interval, order: int = 0) -> Jet:
        place, value, slope = (outwards(arb(part)) for part in (self._place, self._value, self._slope))
        line = [add(value, multiply(slope, subtract(cell, place))), slope, NOTHING]
        return [subtract(line[k], part) for k, part in enumerate(self._function(cell, order))]

    def value(self, cell: Interval) -> Interval:
        return self(cell)[0]


@dataclass(frozen=True)
class _Chord(Piece):
    """The difference between two neighbouring entries."""

    line: _Line

    @cached_property
    def program(self) -> Enclosing:
        return cast(Enclosing, self.line)


@dataclass(frozen=True, repr=False)
class TableApproximation(Approximation):
    """A function replaced by a table. Raises DeriveError where the table has no values on all of the interval."""

    def __post_init__(self) -> None:
        t = self.table
        if t.outside == "error" and not t.lower <= self.lower <= self.upper <= t.upper:
            raise DeriveError(t.uncovered(f"[{self.lower}, {self.upper}]"))

    @property
    def table(self) -> type[Table]:
        return cast(type[Table], type(self.replacement))

    @cached_property
    def _lines(self) -> list[tuple[Expr, Expr, Rational, Rational, Rational]]:
        """(lower, upper, place, value there, slope) of each line, as far as it reaches into the interval."""
        found = []
        for lower, upper, value, slope in self.table.lines():
            a, b = max(lower, self.lower), min(upper, self.upper)
            if a < b or (a == b == self.lower == self.upper):
                found.append((a, b, lower if lower.is_finite else upper, value, slope))
        return found

    @cached_property
    def segments(self) -> list[Segment]:
        found: dict[tuple[Expr, Expr], Segment] = {}
        for lower, upper, place, value, slope in self._lines:
            for s in segments((value + slope * (x - place), self.exact_at(x)), x, lower, upper):
                found[s.lower, s.upper] = s  # at an entry that of the line to its right
        return list(found.values())

    @cached_property
    def supremum(self) -> Supremum:
        """The largest of those between entries, and of those outside."""
        if self.is_point:
            return Approximation(
                self.exact, self.replacement.subs(x, self.lower), self.lower, self.upper, self.parameters
            ).supremum
        function = Enclosing(self.exact_at(x), x)
        chords, suprema = [], []
        for lower, upper, place, value, slope in self._lines:
            if lower.is_finite and upper.is_finite:
                chords.append(_Chord(x, lower, upper, Integer(0), _Line(function, place, value, slope)))
            else:
                outside = Approximation(self.exact, value + slope * (x - place), lower, upper, self.parameters)
                suprema.append(outside.supremum)
        if chords:
            try:
                suprema.append(supremum(chords, (), most=WORK * len(chords) * len(function)))
            except DeriveError as e:
                raise DeriveError(f"the error of {self.replacement} on [{self.lower}, {self.upper}]: {e}") from None
        largest = suprema[0]
        for other in suprema[1:]:
            largest = other if (other.upper - largest.upper).sign() == 1 else largest
        return largest

    @cached_property
    def smooth(self) -> list[tuple[Expr, Expr, Expr, Expr]]:
        """None: its lines are too many for what is said of a single formula."""
        return []

    @cached_property
    def relative(self) -> Supremum | None:
        """None: a table is off by its rounding where the function is 0."""
        return None

    @cached_property
    def meaning(self) -> tuple[tuple[str, str, str], ...]:
        """The table as a formula of its entries, and these by the function."""
        t, h = self.table, latex(self.table.spacing())
        first = t.lower if t.interpolate else t.lower + t.spacing() / 2
        line = rf" + \frac{{x - x_k}}{{{h}}} \left(T_{{k+1}} - T_k\right)" if t.interpolate else ""
        reach = r"x_k \le x \le x_{k+1}" if t.interpolate else rf"\left|x - x_k\right| \le {latex(t.spacing() / 2)}"
        places = rf"x_k = {latex(first)} + {h} k, \quad k = 0, \dots, {t.count() - 1}"
        entry = latex(t.of(Symbol("x_k"), *self.parameters)) if t.of is self.exact else rf"{t.of.latex_name}(x_k)"
        return (
            (latex(t(x)), "=", rf"T_k{line}, \qquad {reach}"),
            (
                "T_k",
                "=",
                rf"2^{{-{t.bits}}} \operatorname{{round}}\left(2^{{{t.bits}}} {entry}\right), \qquad {places}",
            ),
        )
