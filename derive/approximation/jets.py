"""What a function and its derivatives may be on a cell, operation by operation.

A jet is f, f' and f''/2 over a cell. Where the cell does not tell which branch of Max, Min, Abs, sign or Piecewise
applies, the result covers all that may: the slope of a kink lies between those of its branches, and at a jump there is
none (``WHOLE``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce

from flint import arb

from derive.exact import functions
from derive.exact.functions import Derivatives, Function
from derive.exact.intervals import (
    NOTHING,
    ONE,
    WHOLE,
    Interval,
    add,
    intersection,
    magnitude,
    multiply,
    negative,
    outwards,
    power,
    union,
)
from derive.exact.rational_function import RationalFunction
from derive.symbolic.activation import Activation
from derive.symbolic.activations import gelu, silu

Jet = Derivatives  # f, f' and f''/2 over the cell
Rule = Callable[..., Jet]  # of the cell, the order, and the operands' jets

GATED: dict[type[Activation], Function] = {silu: functions.logistic, gelu: functions.normal}  # x times that


def variable(cell: Interval, order: int) -> Jet:
    return [cell, Interval(ONE, ONE), NOTHING]


def chain(function: Function) -> Rule:
    def rule(cell: Interval, order: int, u: Jet) -> Jet:
        outer = function(u[0], order)
        found = [outer[0]]
        if order:
            found.append(multiply(outer[1], u[1]))
        if order > 1:
            found.append(add(multiply(outer[1], u[2]), multiply(outer[2], power(u[1], 2))))
        return found

    return rule


def constant(number: Callable[[], arb]) -> Rule:
    """A number that is known as a ball."""
    return lambda cell, order: [outwards(number()), NOTHING, NOTHING]


def added(cell: Interval, order: int, a: Jet, b: Jet) -> Jet:
    return [add(a[k], b[k]) for k in range(order + 1)]


def multiplied(cell: Interval, order: int, a: Jet, b: Jet) -> Jet:
    return [reduce(add, (multiply(a[j], b[k - j]) for j in range(k + 1))) for k in range(order + 1)]


def kink(order: int, value: Interval, a: Jet, b: Jet) -> Jet:
    return [value, union(a[1], b[1]) if order else WHOLE, WHOLE]


def jump(order: int, values: list[Interval]) -> Jet:
    return [reduce(union, values), WHOLE, WHOLE]


def largest(cell: Interval, order: int, a: Jet, b: Jet) -> Jet:
    if a[0].lower >= b[0].upper:
        return a
    if b[0].lower >= a[0].upper:
        return b
    return kink(order, Interval(max(a[0].lower, b[0].lower), max(a[0].upper, b[0].upper)), a, b)


def smallest(cell: Interval, order: int, a: Jet, b: Jet) -> Jet:
    return negated(largest(cell, order, negated(a), negated(b)))


def negated(a: Jet) -> Jet:
    return [negative(part) for part in a]


def absolute(cell: Interval, order: int, a: Jet) -> Jet:
    if a[0].lower >= 0:
        return a
    return negated(a) if a[0].upper <= 0 else kink(order, magnitude(a[0]), a, negated(a))


def signum(cell: Interval, order: int, a: Jet) -> Jet:
    known = a[0].sign
    if known is None:
        return jump(order, [Interval(-ONE, ONE)])
    return [Interval(arb(known), arb(known)), NOTHING, NOTHING]


def cases(choices: Callable[[Sequence[int | None]], list[int] | None], relations: int) -> Rule:
    """Of jets: the differences that so many relations compare with 0, then the formulas. choices: which of these may
    apply, by the signs of those; None where none may."""

    def rule(cell: Interval, order: int, *parts: Jet) -> Jet:
        found = choices([jet[0].sign for jet in parts[:relations]])
        if found is None:
            return [WHOLE] * (order + 1)
        possible = [parts[relations + k] for k in found]
        return possible[0] if len(possible) == 1 else jump(order, [jet[0] for jet in possible])

    return rule


def reduced(rational: RationalFunction, is_quotient: bool) -> Rule:
    """Another way to the same values: far out, at poles that cancel and for the slopes of quotients it knows more."""

    def rule(cell: Interval, order: int, plain: Jet) -> Jet:
        if plain[0].is_finite and (cell.lower == cell.upper or (cell.is_finite and not is_quotient)):
            return plain
        return [intersection(a, b) for a, b in zip(plain, rational(cell, order), strict=False)]

    return rule


def bowl(activation: type[Activation]) -> Rule:
    """x times a gate falls to its one minimum and rises from there, which a product of intervals does not tell."""
    left, right = (Interval.of(end).lower for end in activation.turn)
    least = Interval.of(activation.reals.inf).lower

    def at(end: arb) -> Interval:
        if not end.is_finite():
            return NOTHING if end < 0 else Interval(end, end)
        return multiply(Interval(end, end), GATED[activation](Interval(end, end), 0)[0])

    def rule(cell: Interval, order: int, argument: Jet, product: Jet) -> Jet:
        u = argument[0]
        ends = union(at(u.lower), at(u.upper))
        if left < u.upper and u.lower < right:
            ends = Interval(least, ends.upper)
        return [intersection(product[0], ends), *product[1:]]

    return rule
