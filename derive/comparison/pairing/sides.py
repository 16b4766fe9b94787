"""Two cells, multiplied out in all the ways in which they are tried, and the weights of one for those of the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any

from sympy import Rational

from derive.comparison.by_formulas.canonical import Canonical
from derive.comparison.by_formulas.terms import NUMBER, letters_from, letters_of
from derive.comparison.pairing.images import are_same
from derive.comparison.pairing.merging import Merged, merged
from derive.comparison.pairing.places import Shapes, places
from derive.comparison.pairing.renamed import size_names, state_orders
from derive.comparison.pairing.shifted import Shifted, Shifts, subsets
from derive.comparison.pairing.unify import Match, Search, sizes_of
from derive.definition.cell import Cell
from derive.errors import DeriveError

MOST_MATCHES = 200  # ways in which sums are read alike
MOST_TURNED = 8  # gates whose polarity is tried both ways


@dataclass(frozen=True)
class Pairing:
    """Which states and weights of the second cell are those of the first.

    states: by the first cell's. weights: (of the first, of the second, the number r): the second is r times the first;
    a name may be a sum, b_ii + b_hi. turned: equations of the second in which σ(-a) is 1 - σ(a) of the first, tanh(-a)
    is -tanh(a). shifts: numbers that are added to what ``weights`` says of letters of the second, α' = -α + 1.
    """

    states: Mapping[str, str]
    weights: tuple[tuple[str, str, Any], ...]
    turned: tuple[str, ...] = ()
    shifts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_exact(self) -> bool:
        """Whether all numbers are rational; others are found to a few digits, and runs may differ by those left out."""
        numbers = (*(r for *_, r in self.weights), *self.shifts.values())
        return all(isinstance(number, int | Rational) for number in numbers)


class Sides:
    """Two cells, multiplied out in all the ways in which they are tried."""

    def __init__(
        self, first: Cell, second: Cell, loose: bool = False, letters: bool = True, fixed: bool = False
    ) -> None:
        self.first, self.second = first, second
        self.how: dict[str, Any] = {"loose": loose, "letters": letters, "fixed": fixed}
        one, other = _plain(first, **self.how), _plain(second, **self.how)
        self.turned_in = other.turned_in
        self.turnable = other.turnable[:MOST_TURNED]
        self.alike = one.calls() == other.calls()
        self.sizes = list(size_names(first, second))

    @cached_property
    def shifted(self) -> list[Shifted]:
        """What is added to learned letters of either cell, where it is asked; nothing loosely, or of constants."""
        if self.how["loose"] or self.how["fixed"]:
            return []
        return [_shifted(cell, self.how["letters"]) for cell in (self.first, self.second)]

    @cached_property
    def left(self) -> Merged:
        shifts = self.shifted[0].shortest if self.shifted else {}
        return merged(Canonical(self.first, shifts=shifts, **self.how).states, self.first)

    @cached_property
    def places(self) -> Shapes:
        return places(self.left.states)

    def renamings(self) -> Iterator[dict[str, str]]:
        """Names of the first cell's states for the second's: the output is the output."""
        orders = (order for sizes in self.sizes for order in state_orders(self.first, self.second, sizes))
        seen: list[dict[str, str]] = []
        for order in orders:
            if (names := {b: a for a, b in order.items()}) not in seen:
                seen.append(names)
                yield names

    def pairings(self) -> Iterator[tuple[Pairing, Search, Match]]:
        shapes = {s: p.shape for s, p in self.left.states.items()} if self.alike else {}
        for shifts, renamed, turned in self._ways():
            right = merged(Canonical(self.second, turned, renamed, shifts=shifts, **self.how).states, self.second)
            if {s: p.shape for s, p in right.states.items()} != shapes:
                continue
            search = Search(sizes_of(self.first, self.left), {}, self.places, places(right.states))
            match: Match | None = None
            for sizes in self.sizes:
                search.others = sizes_of(self.second, right, sizes)
                every = _all(search, list(self.left.states), self.left, right, {})
                match = match or next((m for m in islice(every, MOST_MATCHES) if self._is_one(m, right)), None)
            if match is not None and (added := self._added(match, shifts)) is not None:
                weights = tuple((a, b, r) for a, (b, r) in match.items() if not a.endswith("()"))
                gates = tuple(self.turned_in[k] for k in turned)
                yield Pairing({a: b for b, a in renamed.items()}, weights, gates, added), search, match

    def _is_one(self, match: Match, right: Merged) -> bool:
        """Whether the sums that are letters can have the same values in both, all together."""
        if not self.left.parts and not right.parts:
            return True
        pairs = [(a, *of) for a, of in match.items() if not a.endswith("()")]
        mine = self.left.places([a for a, _, _ in pairs], tuple(r for _, _, r in pairs))
        return are_same(mine, right.places([b for _, b, _ in pairs]))

    def _ways(self) -> Iterator[tuple[Shifts, dict[str, str], tuple[int, ...]]]:
        """What is added to the second cell's letters, names of its states, gates of which the sign is another."""
        for shifts in (self.shifted[1].ways() if self.shifted else [{}]) if self.alike else ():
            for renamed in self.renamings():
                for turned in subsets(self.turnable):
                    yield shifts, renamed, turned

    def _added(self, match: Match, theirs: Shifts) -> dict[str, Any] | None:
        """b = r (a - s) + t as a number beside r a; None where such a letter is part of a sum."""
        mine = self.shifted[0].shortest if self.shifted else {}
        found: dict[str, Any] = {}
        for a, (b, r) in match.items():
            if any(
                name != whole and name in of for whole, of in ((a, mine), (b, theirs)) for name in letters_of(whole)
            ):
                return None
            found[b] = theirs.get(b, 0) - r * mine.get(a, 0)
        return {b: number for b, number in found.items() if number != 0}


def zeros_of(sides: Sides) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """What parameters of both cells are where the weights are 0 that their formulas have: b is -1 in σ(W x + b + 1). Of
    the second cell in all ways."""
    try:
        shifts = sides.shifted[0].shortest if sides.shifted else {}
        mine = _zeros(shifts, sides.left)
        ways = [*sides.shifted[1].ways()] if sides.shifted else [{}]
        found = [
            _zeros(way, merged(Canonical(sides.second, shifts=way, **sides.how).states, sides.second)) for way in ways
        ]
    except DeriveError:  # of what is too long to be multiplied out
        return [({}, {})]
    return [(mine, theirs) for k, theirs in enumerate(found) if theirs not in found[:k]]


def _zeros(shifts: Shifts, sums: Merged) -> dict[str, Any]:
    zeros: dict[str, Any] = {name: Rational(t) for name, t in shifts.items()}
    for letter, of in letters_from([name for name in sums.parts if name not in sums.bound]).items():
        if of.get(NUMBER) and "(" not in letter:
            zeros[letter] = zeros.get(letter, 0) + of[NUMBER]
    return zeros


@lru_cache(maxsize=256)
def _plain(cell: Cell, loose: bool, letters: bool, fixed: bool) -> Canonical:
    return Canonical(cell, loose=loose, letters=letters, fixed=fixed)


@lru_cache(maxsize=256)
def _shifted(cell: Cell, letters: bool) -> Shifted:
    return Shifted(cell, letters=letters)


def _all(search: Search, todo: list[str], left: Merged, right: Merged, match: Match) -> Iterator[Match]:
    if not todo:
        yield match
        return
    for found in search.polys(left.states[todo[0]], right.states[todo[0]], match):
        yield from _all(search, todo[1:], left, right, found)
