"""The domain in which a cell is enclosed: pairs, and how they change with the variables of the box.

``Domain`` is what a formula asks of a domain; ``Sloped`` answers by pairs with signed Jacobians, by the product rule
and one rule for every function of one variable. Ends are rounded outwards by python-flint (Arb).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

from flint import arb
from sympy import Expr

from derive.enclosure.decimals import fraction
from derive.enclosure.functions import Replaced
from derive.enclosure.pairs import (
    ZERO,
    Pair,
    added,
    applied,
    combined,
    common,
    either,
    extreme,
    floored,
    multiplied,
    one_of,
)
from derive.exact.intervals import ONE, WHOLE, Interval, down, up

E = TypeVar("E")
UNKNOWN = Pair(WHOLE, WHOLE, WHOLE)


class Signs(NamedTuple):
    """Of several numbers in the exact cell, and in the replaced one; None where one is not certain. is_shared: whether
    they are the same numbers in both cells."""

    exact: tuple[int | None, ...]
    replaced: tuple[int | None, ...]
    is_shared: bool


class Cases(NamedTuple):
    """Which cases may apply in the exact cell, and in the replaced one. is_shared: whether it is the same one."""

    exact: tuple[int, ...]
    replaced: tuple[int, ...]
    is_shared: bool

    @property
    def is_certain(self) -> bool:
        return len(self.exact) == 1 and self.exact == self.replaced


class Domain(Protocol[E]):
    """The operations that formulas are made of, on what encloses a number."""

    def constant(self, number: Interval) -> E:
        """A number that both cells share and that no variable changes."""
        ...

    def combine(self, weights: Sequence[arb], parts: Sequence[E]) -> E:
        """Σ w a; the weights are balls that do not contain 0."""
        ...

    def multiply(self, a: E, b: E) -> E: ...

    def function(self, before: Expr, after: Expr) -> Any:
        """A function of one variable x in the exact cell, and what stands for it in the replaced one."""
        ...

    def apply(self, function: Any, u: E) -> E: ...

    def extreme(self, a: E, b: E, largest: bool) -> E:
        """The larger or the smaller one."""
        ...

    def floor(self, a: E, quotient: Sequence[E]) -> E:
        """The largest whole number below; quotient: a as one number over another."""
        ...

    def signs(self, parts: Sequence[E]) -> list[Signs]:
        """By unit, the sign of each part."""
        ...

    def chosen(self, parts: Mapping[int, E], which: Sequence[Cases], by: Sequence[E]) -> E:
        """By unit, the part of the case that applies, around all that may; by: what tells which one applies."""
        ...


class Element(NamedTuple):
    """A pair, and its partial derivatives by the number of the variable, those that are zero left out."""

    value: Pair
    slopes: Mapping[int, Pair] = {}


class Sloped:
    """Intervals with signed Jacobians: the domain of points, corners and splitting."""

    function = staticmethod(Replaced.of)

    def constant(self, number: Interval) -> Element:
        return Element(common(number))

    def variable(self, number: int, interval: Interval) -> Element:
        """The variable of that number, on an interval."""
        return Element(common(interval), {number: common(Interval(ONE, ONE))})

    def combine(self, weights: Sequence[arb], parts: Sequence[Element]) -> Element:
        """∂(Σ w a) = Σ w ∂a"""
        by: dict[int, tuple[list[arb], list[Pair]]] = {}
        for w, part in zip(weights, parts, strict=True):
            for k, s in part.slopes.items():
                found = by.setdefault(k, ([], []))
                found[0].append(w)
                found[1].append(s)
        slopes = {k: combined(*found) for k, found in by.items()}
        return Element(combined(weights, [p.value for p in parts]), slopes)

    def multiply(self, a: Element, b: Element) -> Element:
        """∂(a b) = ∂a b + a ∂b"""
        slopes = {k: multiplied(s, b.value) for k, s in a.slopes.items()}
        for k, s in b.slopes.items():
            slopes[k] = added(slopes.get(k, ZERO), multiplied(a.value, s))
        return Element(multiplied(a.value, b.value), _without_zeros(slopes))

    def apply(self, function: Replaced, u: Element) -> Element:
        """∂φ(u) = φ'(u) ∂u"""
        value, slope = applied(function, u.value, bool(u.slopes))
        return Element(value, _without_zeros({k: multiplied(slope, s) for k, s in u.slopes.items()}))

    def extreme(self, a: Element, b: Element, largest: bool) -> Element:
        """That of one of both, where it is known which; its slope is that of either elsewhere."""
        upper, lower = (a, b) if largest else (b, a)
        if all(upper.value[k].lower >= lower.value[k].upper for k in (0, 1)):
            return a
        if all(lower.value[k].lower >= upper.value[k].upper for k in (0, 1)):
            return b
        keys = a.slopes.keys() | b.slopes.keys()
        slopes = {k: either(a.slopes.get(k, ZERO), b.slopes.get(k, ZERO)) for k in keys}
        return Element(extreme(a.value, b.value, largest), slopes)

    def floor(self, a: Element, quotient: Sequence[Element]) -> Element:
        """A number between jumps, which no variable changes."""
        top, below = (part.value for part in quotient)
        value = floored(a.value, *(_floor(a.value[k], top[k], below[k]) for k in (0, 1)))
        is_certain = value.is_common and value.exact.lower == value.exact.upper
        return Element(value, {} if is_certain else dict.fromkeys(a.slopes, UNKNOWN))

    def signs(self, parts: Sequence[Element]) -> list[Signs]:
        exact, replaced = (tuple(part.value[k].sign for part in parts) for k in (0, 1))
        return [Signs(exact, replaced, all(part.value.is_common for part in parts))]

    def chosen(self, parts: Mapping[int, Element], which: Sequence[Cases], by: Sequence[Element]) -> Element:
        """At a jump there is no slope."""
        (cases,) = which
        if cases.is_certain:
            return parts[cases.exact[0]]
        exact, replaced = ({k: parts[k].value for k in side} for side in (cases.exact, cases.replaced))
        varied = {k for e in (*parts.values(), *by) for k in e.slopes}
        return Element(one_of(exact, replaced, cases.is_shared), dict.fromkeys(sorted(varied), UNKNOWN))


def _floor(a: Interval, top: Interval, below: Interval) -> Interval:
    """The whole numbers below an interval; of the quotient of two exact numbers the one number."""
    if top.is_finite and top.lower == top.upper and below.lower == below.upper and below.lower != 0:
        whole = arb((fraction(top.lower, False) / fraction(below.lower, False)).__floor__())
        return Interval(whole, whole)
    return Interval(down(a.lower.floor()), up(a.upper.floor()))


def _without_zeros(slopes: Mapping[int, Pair]) -> dict[int, Pair]:
    return {k: s for k, s in slopes.items() if s != ZERO}
