"""What numbers say of two cells whose formulas do not match: which weight is which, or that no weights make them one.

A difference for one assignment of the weights refutes that one alone. What refutes all of them are numbers of states,
inputs and weights, and in how many independent ways weights change what a cell computes. A search that finds none, and
a fit, refute nothing; of what is left, ``unreachable`` may show that no weights give what others do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from math import ceil
from typing import Any

import numpy as np

from derive.backends.base import Array
from derive.comparison.by_numbers.assignment import SAME, Assignment, Triple
from derive.comparison.by_numbers.fit import NEAR, NOWHERE, fitted
from derive.comparison.by_numbers.numbers import sizes_of_both
from derive.comparison.by_numbers.stepped import Stepped, closed, gap, generic, rational
from derive.comparison.by_numbers.weights import Weight, is_bent, leaves_out_the_same, more_elsewhere, rank, weights_of
from derive.comparison.by_numbers.wider import ELSEWHERE, is_elsewhere_defined
from derive.comparison.pairing.renamed import called, size_names
from derive.comparison.pairing.sides import Pairing, Sides, zeros_of
from derive.definition.cell import Cell
from derive.symbolic.expressions import HIDDEN, INPUT

#: What is looked at: what is 0 of what cells are given, what is 0 in what is subtracted, and how that is said.
LOOKED_AT = (
    ((), (), ""),
    ((INPUT,), (), "where the input is 0, "),
    ((HIDDEN,), (), "where the states are 0, "),
    ((INPUT, HIDDEN), (), "where all that they are given is 0, "),
    ((), (HIDDEN,), "of what is 0 where the states are 0, "),
)
ROWS, MANY_ROWS = 8, 64  # inputs and states that are looked at
MORE_DRAWS = (200, 300, 400)  # of the weights, on the many
MOST_NUMBERS = 100  # learned ones, of cells in which weights are looked for
HALF = 0.5  # what vectors and scalars are where nothing is defined if they are 0
CLOSELY = 1e-5  # of a number beside a weight, which is not found closely where a function is flat
DRAWS = (50, 60, 70, 80)  # of the weights, from which others are looked for: one alone may lead astray
DIFFERENT = 1e-7  # relative
STARTS = (0.0, 0.5, -0.5)  # from which numbers beside weights are looked for


@dataclass(frozen=True)
class Verdict:
    """pairing: weights for which the two agree on random numbers; others: further ones, and None in the end where there
    may be more. exact: with the numbers that constants have. why: where there are none, on what it rests that there are
    none; empty where it is not known."""

    pairing: Pairing | None = None
    why: str = ""
    exact: bool = False
    others: Iterator[Pairing | None] = field(default_factory=lambda: iter(()))


def verdict(first: Cell, second: Cell) -> Verdict:
    """Constants have their numbers first, and are then weights, which may have others."""
    if why := _counts(first, second):
        return Verdict(why=why)
    found = _Numbers(first, second).verdict()
    if found.pairing is not None or not (first.constants or second.constants):
        return replace(found, exact=True)
    constants = {p.name for cell in (first, second) for p in cell.constants}
    learned = _Numbers(*map(_all_learned, (first, second))).verdict()
    if learned.pairing is None:
        return learned if found.why else Verdict()
    as_they_are = all(
        r == 1 and b not in learned.pairing.shifts
        for a, b, r in learned.pairing.weights
        if {a, b} & constants
    )  # fmt: skip
    return learned if as_they_are else Verdict()


def _all_learned(cell: Cell) -> Cell:
    """The cell with learned numbers for its constants."""
    declared = (
        replace(p, kind="scalar", default=None, tensor=p.name) if p.kind == "constant" else p for p in cell.declared
    )
    return replace(cell, declared=tuple(declared))


def _counts(first: Cell, second: Cell) -> str:
    sides = [(f"has {len(c.states)} states", f"has {len(c.further) + 1} inputs") for c in (first, second)]
    differing = [(a, b) for a, b in zip(*sides, strict=True) if a != b]
    mine, theirs = called(first, second)
    return "".join(f"{mine} {a}, {theirs} {b.removeprefix('has ').split()[0]}" for a, b in differing[:1])


class _Numbers:
    """Two cells, and all ways in which their states, sizes and what is added to weights may be the same."""

    def __init__(self, first: Cell, second: Cell) -> None:
        self.first, self.second = first, second
        self.sides = Sides(first, second)
        self.sizes = sizes_of_both(first, second)
        self.known: dict[Any, list[Weight]] = {}

    def verdict(self) -> Verdict:
        reasons: dict[str, None] = {}
        every = self._every(reasons)
        if (first := next(every, None)) is not None:
            return Verdict(first, others=every)
        # the first reason that is one; nothing where one of the ways is left open
        return Verdict(why="" if "" in reasons else next(iter(reasons), ""))

    def _every(self, reasons: dict[str, None]) -> Iterator[Pairing | None]:
        """All pairings; None after these where one of the ways is left open. reasons: why there are none in a way."""
        is_any = False
        for one, other in self._ways():
            if one.state_shapes != other.state_shapes:
                reasons["their states have other sizes"] = None
                continue
            found = self._of(one, other)
            if isinstance(found, str):
                reasons[found] = None
                continue
            other, search, first = found
            for triples in chain([first], search.others()):
                if self._holds(one, other, triples):
                    is_any = True
                    yield _pairing(one, other, triples)
                else:  # here by chance
                    reasons[""] = None
            if search.unsure:
                reasons[""] = None
        if is_any and "" in reasons:
            yield None

    def _ways(self) -> Iterator[tuple[Stepped, Stepped]]:
        bases = zeros_of(self.sides)
        for names in size_names(self.first, self.second):
            for mine, theirs in bases:
                for renamed in self.sides.renamings():
                    one = Stepped(self.first, self.sizes, self.first.states, ROWS, base=mine)
                    back = {mine: theirs for theirs, mine in renamed.items()}
                    order = tuple(back[s] for s in self.first.states)
                    yield one, Stepped(self.second, self.sizes, order, ROWS, names, theirs)

    def _weights(self, cell: Stepped) -> list[Weight]:
        key = cell.cell is self.first, *sorted(cell.base.items()), *cell.names.items()
        if key not in self.known:
            self.known[key] = weights_of(cell)
        return self.known[key]

    def _of(self, one: Stepped, other: Stepped) -> tuple[Stepped, Assignment, list[Triple]] | str:
        """The second cell with its zeros, the search and the assignment that it has found first, or why there is none;
        nothing where that is not known."""
        mine, theirs = self._weights(one), self._weights(other)
        if Counter(w.kind for w in mine) != Counter(w.kind for w in theirs):
            return self._more(one, other, mine, theirs)
        if not np.isfinite(one.at({})).all() and not is_elsewhere_defined(one, other):
            one, other = (replace(cell, base=_half(cell)) for cell in (one, other))
            search = Assignment(one, other, mine, theirs)
            return (other, search, found) if (found := search.found()) is not None else ""
        here = gap(one.at({}), other.at({}))
        if here is None:
            is_known = all(map(leaves_out_the_same, (self.first, self.second)))
            return ELSEWHERE if is_known and is_elsewhere_defined(one, other) else ""
        if here > DIFFERENT:
            if (shifted := self._shifted(one, other, theirs)) is None:
                return self._more(one, other, mine, theirs)
            other, of_each = shifted, [Counter(w.kind for w in own) for own in (theirs, self._weights(shifted))]
            if of_each[0] != of_each[1]:
                return ""  # it is so far away that a function is flat
            if (here := gap(one.at({}), other.at({}))) is None or here > SAME:
                return ""  # a number at which a function is flat, as sin is at π/2, is not found closely
        search = Assignment(one, other, mine, theirs)
        found = search.found()
        return (other, search, found) if found is not None else self._more(one, other, mine, theirs)

    @staticmethod
    def _holds(one: Stepped, other: Stepped, found: list[Triple]) -> bool:
        """Whether an assignment does on many numbers."""
        one, other = replace(one, rows=MANY_ROWS), replace(other, rows=MANY_ROWS)
        for draw in MORE_DRAWS:
            mine = _drawn([a for a, _, _ in found], draw)
            theirs = [b.set_to(float(r) * mine[a.parts[0][0]]) for a, b, r in found]
            gone = gap(one.at(mine), other.at({name: v for of in theirs for name, v in of.items()}))
            if gone is None or gone > DIFFERENT:
                return False
        return True

    @staticmethod
    def _shifted(one: Stepped, other: Stepped, theirs: list[Weight]) -> Stepped | None:
        """The second cell with numbers for its vectors and scalars that make it the first where all weights are 0; a
        number beside a weight does that, be it one of the formulas' or not."""
        added = [w for w in theirs if w.kind[0] != "matrix"]
        near = None
        for number in STARTS:
            start = {w.parts[0][0]: np.asarray(number) for w in added}
            if (found := fitted(one.at({}), other, added, start, alike=True)).is_near:
                numbers = {name: float(value) for name, value in found.numbers.items()}
                more = {name: rational(t) or closed(t, CLOSELY) or t for name, t in numbers.items() if abs(t) > NEAR}
                near = replace(other, base={**other.base, **{n: other.base.get(n, 0) + t for n, t in more.items()}})
                if (here := gap(one.at({}), near.at({}))) is not None and here <= SAME:
                    break
        return near

    def _more(self, one: Stepped, other: Stepped, mine: list[Weight], theirs: list[Weight]) -> str:
        """In how many ways their weights change what they compute, or of what one has more: of all that they are
        given, and where some of it is 0."""
        every = [(c, own, c.count(w.parts[0][0] for w in own)) for c, own in ((one, mine), (other, theirs))]
        if max(count for *_, count in every) > MOST_NUMBERS:
            return ""
        for held, less, where in LOOKED_AT:
            ranks = [self._rank(replace(cell, held=held, less=less), weights, count) for cell, weights, count in every]
            if None in ranks:
                continue
            (a, all_a), (b, all_b) = ranks  # type: ignore[misc]
            if not where and a == all_a and b == all_b:  # no number of a weight makes up for another's
                kinds = [Counter(w.kind for w in weights) for weights in (mine, theirs)]
                more_of_each = kinds[0] - kinds[1], kinds[1] - kinds[0]
                for name, more in zip(called(self.first, self.second), more_of_each, strict=True):
                    for kind, count in more.items():
                        return f"{name} has {count} {_words(kind, count)} more"
            least, count, side = (a, all_a, one) if a < b else (b, all_b, other)
            if a != b and (least == count or not is_bent(side)):
                return f"{where}with 2 units, their weights change what they compute in {a} and in {b} independent ways"
        return ""

    def _rank(self, cell: Stepped, weights: list[Weight], count: int) -> tuple[int, int] | None:
        """In how many ways, and how many numbers there are; None where that is not seen clearly."""
        cell = self._longer(cell, 3 * count + 2)
        found = rank(cell, weights)
        return None if found is None or more_elsewhere(cell, found[0]) else found

    def _longer(self, cell: Stepped, numbers: int) -> Stepped:
        """The same with as many rows as give that many numbers."""
        return replace(cell, rows=ceil(numbers / max(1, len(cell.at({})) // cell.rows)))

    def nearest(self) -> float | None:
        """How near the nearest weights come that are found with which one of them gives what the other one does; None
        where there are too many numbers."""
        one, other = next(self._ways())
        both = [(cell, self._weights(cell)) for cell in (one, other)]
        if max(cell.count(w.parts[0][0] for w in own) for cell, own in both) > MOST_NUMBERS:
            return None
        return max(self._gap(*way) for way in (both, both[::-1]))

    def _gap(self, given: tuple[Stepped, list[Weight]], by: tuple[Stepped, list[Weight]]) -> float:
        (of, weights), (cell, own) = given, by
        count = 2 * cell.count(w.parts[0][0] for w in own)
        wanted = self._longer(of, count).at(_drawn(weights, 10))
        return min(fitted(wanted, self._longer(cell, count), own, _drawn(own, draw)).gap for draw in DRAWS)


def nearest_fit(first: Cell, second: Cell) -> str:
    """What a fit says of two cells for which nothing is proved."""
    if (found := _Numbers(first, second).nearest()) is None or not NEAR < found < NOWHERE:
        return ""
    return f"no weights were found with which they agree: the nearest differ by {found:.1e}"


def _drawn(weights: list[Weight], draw: int) -> dict[str, Array]:
    found: dict[str, Array] = {}
    for k, w in enumerate(weights):
        found |= w.set_to(generic(w.kind, w.shape, draw + k))
    return found


def _half(cell: Stepped) -> Mapping[str, Any]:
    return {n: cell.base.get(n, 0) + HALF * (kind[0] != "matrix") for n, kind in cell.kinds.items()}


def _pairing(one: Stepped, other: Stepped, found: list[Triple]) -> Pairing:
    def zero(cell: Stepped, weight: Weight) -> Any:
        return sum(c * cell.base.get(name, 0) for name, c in weight.parts)

    shifts = {b.name: zero(other, b) - r * zero(one, a) for a, b, r in found}
    weights = tuple((a.name, b.name, r) for a, b, r in found)
    states = dict(zip(one.states, other.states, strict=True))
    return Pairing(states, weights, shifts={name: t for name, t in shifts.items() if t != 0})


def _words(kind: tuple[str, ...], count: int) -> str:
    sizes = " × ".join(size.removesuffix("_size") for size in kind[1:] if size)
    what = {"matrix": "matrix", "vector": "vector"}.get(kind[0], kind[0])
    plural = {"matrix": "matrices"}.get(what, f"{what}s") if count > 1 else what
    return f"{plural} ({sizes})" if sizes else plural
