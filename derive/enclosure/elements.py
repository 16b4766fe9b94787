"""The domain in which a cell is enclosed: pairs, and how they change with the variables of the box.

``Domain`` is what a formula asks of a domain; ``Sloped`` answers by pairs with signed Jacobians, by the product rule
and one rule for every function of one variable. Ends are rounded outwards by python-flint (Arb).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

from flint import arb
from sympy import Expr

from derive.enclosure.functions import Replaced
from derive.enclosure.pairs import ZERO, Pair, added, applied, combined, common, either, extreme, multiplied
from derive.errors import Undecided
from derive.exact.intervals import ONE, Interval

E = TypeVar("E")


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

    def floor(self, a: E) -> E:
        """The largest whole number below. Raises Undecided where it is not certain in both cells."""
        ...

    def signs(self, parts: Sequence[E]) -> list[tuple[int | None, ...]]:
        """By unit, the sign of each part in both cells; None where it is not certain."""
        ...

    def chosen(self, parts: Mapping[int, E], which: Sequence[int]) -> E:
        """By unit, the part of that number."""
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

    def floor(self, a: Element) -> Element:
        """A number between steps, which no variable changes."""
        ends = {end.floor() for part in a.value[:2] for end in part}
        whole = next(iter(ends))
        if len(ends) > 1 or not whole.is_exact():
            raise Undecided("the value of a floor is not certain on the box; narrow it")
        return self.constant(Interval(whole, whole))

    def signs(self, parts: Sequence[Element]) -> list[tuple[int | None, ...]]:
        both = [(part.value.exact.sign, part.value.replaced.sign) for part in parts]
        return [tuple(exact if exact == replaced else None for exact, replaced in both)]

    def chosen(self, parts: Mapping[int, Element], which: Sequence[int]) -> Element:
        return parts[which[0]]


def _without_zeros(slopes: Mapping[int, Pair]) -> dict[int, Pair]:
    return {k: s for k, s in slopes.items() if s != ZERO}
