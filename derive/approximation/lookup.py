"""A table over cells: every line on which its argument may be."""

from __future__ import annotations

from bisect import bisect_right
from functools import reduce

from flint import arb, ctx

from derive.approximation.jets import Jet, Rule, jump
from derive.exact.intervals import WHOLE, Interval, add, multiply, point, subtract, union
from derive.symbolic.table import Table

BITS = 128  # with which the places are known before it is decided on which side of them an argument is


def looked_up(table: type[Table]) -> Rule:
    """The rule of a table. Between two lines the slope lies between theirs; where it steps there is none."""
    with ctx.workprec(BITS):
        lines = [(Interval.of(value), Interval.of(slope)) for _, _, value, slope in table.lines()]
        places = [Interval.of(upper) for _, upper, _, _ in table.lines()[:-1]]
    lower, upper = [p.lower for p in places], [p.upper for p in places]

    def at(k: int, end: arb) -> Interval:
        value, slope = lines[k]
        if not end.is_finite():
            return value if slope.lower == slope.upper == 0 else WHOLE
        return add(value, multiply(slope, subtract(point(end), places[max(k - 1, 0)])))

    def rule(cell: Interval, order: int, u: Jet) -> Jet:
        low, high = u[0]
        first, last = bisect_right(upper, low), bisect_right(lower, high)
        value = reduce(union, [v for v, _ in lines[first + 1 : last + 1]], union(at(first, low), at(last, high)))
        slope = reduce(union, [s for _, s in lines[first + 1 : last + 1]], lines[first][1])
        if not table.interpolate and first != last:
            return jump(order, [value, lines[first][0]])
        curvature = WHOLE if first != last else multiply(slope, u[2]) if order > 1 else WHOLE
        return [value, multiply(slope, u[1]), curvature][: order + 1] if order else [value]

    return rule
