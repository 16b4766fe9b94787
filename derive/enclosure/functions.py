"""A function of one variable in the exact cell, and what stands for it in the replaced one, over intervals."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, reduce

from flint import arb
from sympy import Expr

from derive.approximation.claim import x
from derive.approximation.enclosure import Enclosing
from derive.approximation.jets import Jet
from derive.exact.intervals import Interval, add, intersection, multiply, point, subtract

NARROW = arb((1, -64))  # cells below that size are points but for rounding, where an enclosure is narrow by itself


@dataclass(frozen=True)
class Replaced:
    """before: the function of the exact cell; after: that of the replaced one; difference: after - before, or None
    where they are the same function."""

    before: Enclosing
    after: Enclosing
    difference: Enclosing | None

    @staticmethod
    @cache
    def of(before: Expr, after: Expr) -> Replaced:
        """Of two formulas in x. Raises DeriveError, naming it, for one that cannot be enclosed."""
        if before == after:
            return Replaced(_program(before), _program(before), None)
        return Replaced(_program(before), _program(after), _program(after - before))


@cache
def _program(formula: Expr) -> Enclosing:
    return Enclosing(formula, x)


def sharp(program: Enclosing, cell: Interval, order: int) -> Jet:
    """f, f' and f''/2 over a cell, f by its slope too: from the middle, and from the ends as far as f is monotone."""
    jet = program(cell, order)
    if not (cell.is_finite and jet[1].is_finite) or not cell.upper - cell.lower > NARROW:
        return jet
    low, middle, high = (program.value(point(p)) for p in (cell.lower, _middle(cell), cell.upper))
    width, slope = subtract(point(cell.upper), point(cell.lower)), jet[1]
    falling, rising = (multiply(point(max(arb(0), s)), width) for s in (-slope.lower, slope.upper))
    centred = add(middle, multiply(slope, subtract(cell, point(_middle(cell)))))
    upwards = Interval(subtract(low, falling).lower, add(high, falling).upper)
    downwards = Interval(subtract(high, rising).lower, add(low, rising).upper)
    return [reduce(intersection, (centred, upwards, downwards), jet[0]), *jet[1:]]


def _middle(cell: Interval) -> arb:
    return ((cell.lower + cell.upper) / 2).mid()
