"""Which weight of one cell is which of another, by what they do: numbers alone, no formulas.

Each weight is given its numbers one after the other, all others being 0. A weight of the second cell that is one of the
first's, r times, then changes the new states as that does, r being the ratio of the slopes. What is tried are all
orders, signs and factors, so that where none is left no such assignment makes the two cells one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import log2
from typing import Any

import numpy as np
from sympy import Rational

from derive.backends.base import Array
from derive.comparison.by_numbers.stepped import Kind, Stepped, closed, gap, generic, rational
from derive.comparison.by_numbers.weights import FLAT, Weight

SAME, OTHER = 1e-9, 1e-7  # relative: between them nothing is decided
STEP = 1e-6
REFINED = 1e-9  # of a factor that is no simple number
LONG_STEP = 1e-4  # where there is no slope
CURVED = 1e-4  # a slope as small as that is one of the second order
MOST = 1500  # steps of either cell
GUESSES = [Rational(p, q) * s for p, q in ((1, 1), (2, 1), (1, 2), (3, 1), (1, 3), (4, 1), (1, 4)) for s in (1, -1)]

Triple = tuple[Weight, Weight, Any]  # of the first, of the second, the number by which it is multiplied
Numbers = dict[str, Array]


class TooMany(Exception):
    """More steps than are worked out."""


@dataclass
class Assignment:
    """A search. unsure: whether something was left out that might have been the one; deepest: how far it came."""

    first: Stepped
    second: Stepped
    mine: list[Weight]
    theirs: list[Weight]
    unsure: bool = False
    deepest: list[Triple] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._every = self._from([])

    def found(self) -> list[Triple] | None:
        """Every weight with its counterpart; None where there is no such assignment, or where it is ``unsure``."""
        if Counter(w.kind for w in self.mine) != Counter(w.kind for w in self.theirs):
            return None
        try:
            return next(self._every, None) if self._agree({}, {}) else None
        except TooMany:
            self.unsure = True
            return None

    def others(self) -> Iterator[list[Triple]]:
        """The assignments after the first; all that there are where it is not ``unsure`` in the end."""
        try:
            yield from self._every
        except TooMany:
            self.unsure = True

    def _from(self, done: list[Triple]) -> Iterator[list[Triple]]:
        if len(done) > len(self.deepest):
            self.deepest = done
        if len(done) == len(self.mine):
            yield done
            return
        a, b = self._numbers(done)
        before = self.first.at(a), self.second.at(b)
        weight, change = self._next(done, a, before[0])
        for other in self._left(self.theirs, [w for _, w, _ in done]):
            if other.kind != weight.kind:
                continue
            for r in self._ratios(weight, other, change, (a, b), before):
                more = [*done, (weight, other, r)]
                if self._agree(*self._numbers(more)):
                    yield from self._from(more)

    def _numbers(self, done: list[Triple]) -> tuple[Numbers, Numbers]:
        a: Numbers = {}
        b: Numbers = {}
        for k, (weight, other, r) in enumerate(done):
            value = generic(weight.kind, weight.shape, 100 + k)
            a |= weight.set_to(value)
            b |= other.set_to(float(r) * value)
        return a, b

    def _agree(self, a: Numbers, b: Numbers) -> bool:
        if self.first.calls + self.second.calls > MOST:
            raise TooMany
        found = gap(self.first.at(a), self.second.at(b))
        self.unsure |= found is None or SAME < found < OTHER
        return found is not None and found <= SAME

    @staticmethod
    def _left(of: list[Weight], done: list[Weight]) -> list[Weight]:
        return [w for w in of if w not in done]

    def _next(self, done: list[Triple], a: Numbers, before: Array) -> tuple[Weight, Array]:
        """A weight that has an effect now, of which there are few; one that has none where all have none."""
        left = self._left(self.mine, [w for w, _, _ in done])
        many: Counter[Kind] = Counter(w.kind for w in left)
        changes = []
        for weight in sorted(left, key=lambda w: many[w.kind]):
            change = self.first.at(a | weight.set_to(generic(weight.kind, weight.shape, 100 + len(done)))) - before
            if _size(change) > FLAT:
                return weight, change
            changes.append((weight, change))
        return changes[0]

    def _ratios(
        self,
        weight: Weight,
        other: Weight,
        change: Array,
        numbers: tuple[Numbers, Numbers],
        before: tuple[Array, Array],
    ) -> Iterator[Any]:
        """By which numbers the other one may be multiplied."""
        a, b = numbers
        if _size(change) <= FLAT:  # a product of weights: what one of them is, the other one makes up for
            yield Rational(1)
            return
        direction = generic(weight.kind, weight.shape, 1)

        def changes(step: float) -> tuple[Array, dict[int, Array]]:
            moved = {side: self.second.at(b | other.set_to(side * step * direction)) for side in (1, -1)}
            wanted = self.first.at(a | weight.set_to(step * direction)) - before[0]
            return wanted, {side: there - before[1] for side, there in moved.items()}

        wanted, slopes = changes(STEP)
        power = 1
        if max(map(_size, (wanted, *slopes.values()))) <= CURVED * STEP:  # as in (W x)², where there is no slope
            wanted, slopes = changes(LONG_STEP)
            size = _size(wanted)
            if size > FLAT * LONG_STEP:
                power = round(log2(max(_size(changes(2 * LONG_STEP)[0]) / size, 1)))
            if power not in (1, 2, 3) or max(size, *map(_size, slopes.values())) <= FLAT * LONG_STEP:
                self.unsure = True
                yield from GUESSES
                return
        seen: set[Any] = set()
        for side, slope in slopes.items():
            r = _ratio(wanted, slope)
            if r is not None and r > 0:
                r = r ** (1 / power)
                exact = rational(side * r)
                found = exact if exact is not None else self._refined(side * r, weight, other, (a, b))
                if found not in seen:
                    seen.add(found)
                    yield found

    def _refined(self, r: float, weight: Weight, other: Weight, numbers: tuple[Numbers, Numbers]) -> Any:
        """A factor that is no simple number, more closely, by secants: a root of one, or what it is."""
        value = generic(weight.kind, weight.shape, 1)
        wanted = self.first.at(numbers[0] | weight.set_to(value))

        def at(r: float) -> Array:
            return np.nan_to_num(self.second.at(numbers[1] | other.set_to(r * value)) - wanted)

        for _ in range(4):
            here = at(r)
            slope = (at(r * (1 + 1e-6)) - here) / (r * 1e-6)
            if not (size := float(slope @ slope)):
                break
            r -= float(slope @ here) / size
        return closed(r, REFINED) or r


def _size(change: Array) -> float:
    known = change[np.isfinite(change)]
    return float(np.abs(known).max(initial=0))


def _ratio(wanted: Array, slope: Array) -> float | None:
    """The number by which a slope is multiplied, None where the two have other directions."""
    known = np.isfinite(wanted) & np.isfinite(slope)
    a, b = wanted[known], slope[known]
    if not (size := float(b @ b)):
        return None
    r = float(a @ b) / size
    return r if np.abs(a - r * b).max(initial=0) <= 1e-2 * max(np.abs(a).max(initial=0), FLAT * STEP) else None
