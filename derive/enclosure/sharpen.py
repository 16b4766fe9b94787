"""The largest and the least that a quantity is on a box, as near as wished: monotonicity, mean value form, splitting.

A variable whose partial derivative has one sign stands at an end. Where it almost has, the bound pays for the rest:
with ∂f ≥ -η, f is at most f at the upper end and η times the width more. What is left is split, the part with the
largest bound first, until a point is found that is as large as the bound but for the tolerance.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from typing import NamedTuple, Protocol

from flint import arb, ctx, fmpq

from derive.enclosure.elements import Element
from derive.enclosure.walk import BITS, Cell, Walk, Walker
from derive.exact.intervals import Interval, down, multiply, negative, outwards, subtract, up

TOLERANCE = arb((1, -12))  # of a bound, relative: 1.00025
NEARLY = arb((1, -64))  # of the steepest slope in a variable: what a wrong sign may be

POINTS, CORNERS, MEAN_VALUE, SPLITTING = "points", "corners", "mean value", "splitting"
ENGINES = (POINTS, CORNERS, MEAN_VALUE, SPLITTING, "zonotope")  # from the cheapest on

Goal = Callable[[Walk], Element]  # which quantity
Part = Callable[[tuple[Interval, Interval, Interval]], Interval]  # exact, replaced or error of a pair


class End(Protocol):
    """bound: what the quantity does not exceed; attained, at: what it does reach, and where in the box."""

    @property
    def bound(self) -> arb: ...
    @property
    def attained(self) -> arb: ...
    @property
    def at(self) -> tuple[fmpq, ...]: ...
    @property
    def engine(self) -> str: ...
    @property
    def is_there(self) -> bool: ...


class Extreme(NamedTuple):
    """bound: what the quantity does not exceed; attained: what it does reach, at a point of the box.

    is_there: whether it is largest at that point, for certain, so that bound and attained differ by rounding alone.
    """

    bound: arb
    attained: arb
    at: tuple[fmpq, ...]
    engine: str
    is_there: bool


@dataclass(frozen=True)
class _Bounded:
    """A part of the box with its bound; split: the variable to split by, None where the bound is at a corner.

    cell: the part with the variables at an end that have to stand there; paid: for those that almost have to.
    """

    bound: arb
    cell: Cell
    split: int | None
    paid: arb


@dataclass
class Search:
    """Bounds of one part of one quantity. splits: how often the box is split at most."""

    walker: Walker
    goal: Goal
    part: Part
    splits: int

    def ends(self) -> tuple[Extreme, Extreme]:
        """The least and the largest; ``bound`` of the least is below it."""
        with ctx.workprec(BITS):
            least = self._largest(negative)
            return least._replace(bound=-least.bound, attained=-least.attained), self._largest(lambda a: a)

    def _largest(self, turned: Callable[[Interval], Interval]) -> Extreme:
        """The largest of the quantity, or of its negative."""
        best: tuple[arb, Cell] | None = None

        def attained(cell: Cell) -> Interval:
            nonlocal best
            value = turned(self.part(self.goal(self.walker.over(cell, False)).value))
            if best is None or value.lower > best[0]:
                best = value.lower, cell
            return value

        root = self._bound(self.walker.box, arb(0), turned, attained)
        order = count()
        waiting = [(_Falling(root.bound), next(order), root)]
        splits = 0
        while True:
            worst = waiting[0][2]
            assert best is not None
            near = worst.bound.is_finite() and worst.bound - best[0] <= TOLERANCE * abs(worst.bound)
            if worst.split is None or near or splits == self.splits:
                break
            heapq.heappop(waiting)
            splits += 1
            for half in _halves(worst.cell, worst.split):
                found = self._bound(half, worst.paid, turned, attained)
                found = replace(found, bound=min(found.bound, worst.bound))
                heapq.heappush(waiting, (_Falling(found.bound), next(order), found))
        if splits:
            engine = SPLITTING
        elif worst.split is not None:
            engine = MEAN_VALUE
        else:
            engine = CORNERS if any(a != b for a, b in self.walker.box) else POINTS
        is_there = worst.split is None and bool(worst.paid == 0)
        place = worst.cell if is_there else best[1]
        return Extreme(worst.bound, best[0], tuple(lower for lower, _ in place), engine, is_there)

    def _bound(
        self, cell: Cell, paid: arb, turned: Callable[[Interval], Interval], attained: Callable[[Cell], Interval]
    ) -> _Bounded:
        """A bound on a part of the box, by the ends where variables have to stand and by the mean value form."""
        while True:
            element = self.goal(self.walker.over(cell))
            slopes = {k: turned(self.part(s)) for k, s in element.slopes.items()}
            fixed = {k: _end(cell[k], s) for k, s in slopes.items()}
            for k, end in fixed.items():
                if end is not None:
                    wrong = slopes[k].lower if end == cell[k][1] else -slopes[k].upper
                    paid = up(paid + max(arb(0), -wrong) * arb(cell[k][1] - cell[k][0]))
            if all(end is not None for end in fixed.values()):
                corner = _point(cell, fixed)
                return _Bounded(up(attained(corner).upper + paid), corner, None, paid)
            if not any(end is not None for end in fixed.values()):
                break
            cell = tuple(ends if (e := fixed.get(k)) is None else (e, e) for k, ends in enumerate(cell))
        centre = _point(cell, {})
        value, steps = attained(centre), {k: _reach(cell, centre, k, s) for k, s in slopes.items()}
        centred = value.upper + sum(steps.values(), arb(0))
        natural = turned(self.part(element.value)).upper
        bound = up(centred) if centred < natural else natural
        return _Bounded(up(bound + paid), cell, max(steps, key=lambda k: _Rising(steps[k])), paid)


class _Falling:
    """An exact number, the largest first in a heap."""

    def __init__(self, number: arb) -> None:
        self.number = number

    def __lt__(self, other: _Falling) -> bool:
        return bool(self.number > other.number)


class _Rising(_Falling):
    def __lt__(self, other: _Falling) -> bool:
        return bool(self.number < other.number)


def _end(ends: tuple[fmpq, fmpq], slope: Interval) -> fmpq | None:
    """Where the quantity is largest, as far as its slope tells, which may be of the wrong sign by very little."""
    if not slope.is_finite:
        return ends[1] if slope.lower >= 0 else ends[0] if slope.upper <= 0 else None
    if slope.lower >= 0 or (slope.upper > 0 and -slope.lower <= NEARLY * slope.upper):
        return ends[1]
    if slope.upper <= 0 or -slope.lower * NEARLY >= slope.upper:
        return ends[0]
    return None


def _point(cell: Cell, fixed: dict[int, fmpq | None]) -> Cell:
    """The corner where those variables stand at these ends, the others in their middle."""
    places = ((fixed.get(k), lower, upper) for k, (lower, upper) in enumerate(cell))
    found = [(lower + upper) / 2 if end is None else end for end, lower, upper in places]
    return tuple((place, place) for place in found)


def _halves(cell: Cell, k: int) -> tuple[Cell, Cell]:
    lower, upper = cell[k]
    middle = (lower + upper) / 2
    return (*cell[:k], (lower, middle), *cell[k + 1 :]), (*cell[:k], (middle, upper), *cell[k + 1 :])


def _reach(cell: Cell, centre: Cell, k: int, slope: Interval) -> arb:
    """How far the quantity may rise from the middle of the box to an end of this variable."""
    across = subtract(Interval(down(arb(cell[k][0])), up(arb(cell[k][1]))), outwards(arb(centre[k][0])))
    return multiply(slope, across).upper
