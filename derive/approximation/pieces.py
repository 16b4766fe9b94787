"""Functions on intervals without a jump inside that is known of, enclosed on cells.

Enclosures are Taylor forms, f(m) + f'(m)(cell - m) + ½ f''(cell)(cell - m)²: the difference itself is enclosed, never
two functions apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from sympy import Expr, Symbol

from derive.approximation.enclosure import Enclosing
from derive.approximation.power_series import Program, power_series, taylor_form
from derive.exact.intervals import (
    WHOLE,
    Interval,
    add,
    between,
    divide,
    intersection,
    magnitude,
    multiply,
    point,
    power,
    subtract,
    union,
)

SPARE = 16  # the value in the middle of a cell, over a remainder that leaves nothing to be gained otherwise


class Enclosure(NamedTuple):
    """Of a function on a cell: its values, slopes and half its second derivatives, and its value at a point inside."""

    value: Interval
    slope: Interval
    curvature: Interval
    inside: Interval


@dataclass(frozen=True)
class Piece:
    """A function of x on [lower, upper], whose ends may be infinite."""

    x: Symbol
    lower: Expr
    upper: Expr
    value: Expr

    @cached_property
    def program(self) -> Enclosing:
        return Enclosing(self.value, self.x)

    @property
    def is_point(self) -> bool:
        return bool(self.lower == self.upper)

    @property
    def whole(self) -> Interval:
        """The piece as a cell, its ends rounded outwards."""
        return Interval(Interval.of(self.lower).lower, Interval.of(self.upper).upper)

    @property
    def cost(self) -> int:
        """Operations on intervals for one cell."""
        return len(self.program)

    @cached_property
    def series(self) -> Program | None:
        return power_series(self.value, self.x)

    def at(self, point: Interval) -> Interval:
        return self.program.value(point)

    def over(self, cell: Interval) -> Enclosure:
        middle = between(cell)
        form = taylor_form(self.series, cell, middle) if middle is not None and cell.is_finite and self.series else None
        if form is not None and magnitude(form.rest).upper * SPARE < magnitude(form.inside).lower:
            return Enclosure(*form[:4])
        value, slope, curvature = self.program(cell, 2)[:3]
        if middle is None:
            return Enclosure(value, slope, curvature, WHOLE)
        centre, away = point(middle), subtract(cell, point(middle))
        inside, slope_inside = self.program(centre, 1)[:2]
        if cell.is_finite and value.is_finite and slope.is_finite:
            value = intersection(value, add(inside, multiply(slope, away)))
            if curvature.is_finite:  # by Taylor's theorem
                slope = intersection(slope, add(slope_inside, multiply(add(curvature, curvature), away)))
                rest = multiply(curvature, power(away, 2))
                value = intersection(value, add(add(inside, multiply(slope_inside, away)), rest))
        if form is not None:
            value, slope, curvature = map(intersection, (value, slope, curvature), form)
        if cell.is_finite and value.is_finite and (slope.lower >= 0 or slope.upper <= 0):
            value = intersection(value, union(self.at(point(cell.lower)), self.at(point(cell.upper))))
        return Enclosure(value, slope, curvature, inside)


@dataclass(frozen=True)
class Quotient(Piece):
    """numerator / denominator, which may vanish together at ``zero``, an end of the piece or a point inside.

    By Cauchy's mean value theorem the values on a cell are among those of numerator' / denominator' between the cell
    and the zero.
    """

    numerator: Expr
    denominator: Expr
    zero: Expr | None

    @cached_property
    def _cauchy(self) -> tuple[Enclosing, Enclosing]:
        return Enclosing(self.numerator, self.x), Enclosing(self.denominator, self.x)

    @property
    def cost(self) -> int:
        return super().cost + sum(map(len, self._cauchy))

    def over(self, cell: Interval) -> Enclosure:
        found = super().over(cell)
        if self.zero is None:
            return found
        above, below = (p(union(cell, Interval.of(self.zero)), 1)[1] for p in self._cauchy)
        return found._replace(value=intersection(found.value, divide(above, below)))
