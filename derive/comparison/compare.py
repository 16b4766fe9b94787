"""``compare``: whether two cells are the same up to names, order, stacking, signs, polarity and merged biases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from math import inf
from typing import TYPE_CHECKING, Any

from sympy import Rational

from derive.comparison.canonical import Canonical
from derive.comparison.equations import first_difference
from derive.comparison.likely import likely
from derive.comparison.merging import Merged, merged
from derive.comparison.proof import Proof
from derive.comparison.renamed import renaming, size_names, state_orders
from derive.comparison.shifted import Shifted, Shifts, subsets
from derive.comparison.terms import letters_of
from derive.comparison.unify import Match, Search, sizes_of
from derive.comparison.words import text
from derive.definition.cell import Cell
from derive.errors import DeriveError
from derive.intake.load import as_cell
from derive.later import later

if TYPE_CHECKING:
    from derive.comparison.numbers import Trial

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


@dataclass(frozen=True, repr=False, eq=False)
class Comparison:
    """What comparing two cells has found. It is true where they are equal."""

    first: Cell
    second: Cell
    pairing: Pairing | None
    trial: Trial | None = None  # numbers on which they agree, or differ
    different: tuple[str, str] = ("", "")  # the first equations that differ, by name
    same: Mapping[str, str] = field(default_factory=dict)  # equations of the first that the second has

    def __bool__(self) -> bool:
        return self.pairing is not None

    @property
    def decided(self) -> bool:
        """Whether they are proved to be equal, or there are numbers on which they differ."""
        return bool(self) or self.trial is None or not self.trial.agrees

    @property
    def starts(self) -> dict[str, tuple[Any, Any]]:
        """The paired states, by the first cell's names, that are not the same before the first step, with both numbers;
        what is compared is a step."""
        pairs = self.pairing.states.items() if self.pairing is not None else ()
        found = {a: (self.first.starts.get(a, 0), self.second.starts.get(b, 0)) for a, b in pairs}
        return {a: both for a, both in found.items() if both[0] != both[1]}

    @cached_property
    def numbers(self) -> dict[tuple[str, str], tuple[float, float]]:
        """The constants that are paired, of which the two cells have other numbers; none where the cells are equal with
        the numbers that they have."""
        own, theirs = ({p.name: float(p.default or 0) for p in c.constants} for c in (self.first, self.second))
        pairs = ((a, b) for a, b, _ in (self.pairing.weights if self.pairing is not None else ()))
        found = {(a, b): (own[a], theirs[b]) for a, b in pairs if a in own and b in theirs and own[a] != theirs[b]}
        if found and next(Sides(self.first, self.second, letters=False).pairings(), None) is not None:
            return {}
        return found

    def to_json(self) -> dict[str, Any]:
        """What it found, as plain data."""
        found: dict[str, Any] = {
            "equal": bool(self),
            "decided": self.decided,
            "cells": [self.first.name, self.second.name],
        }
        if self.pairing is not None:
            weights = [{"first": a, "second": b, "factor": str(r)} for a, b, r in self.pairing.weights]
            found |= {"states": dict(self.pairing.states), "weights": weights, "turned": list(self.pairing.turned)}
            found["shifts"] = {name: str(number) for name, number in self.pairing.shifts.items()}
            found["starts"] = {a: [float(number) for number in both] for a, both in self.starts.items()}
            found["numbers"] = [{"first": a, "second": b, "values": v} for (a, b), v in self.numbers.items()]
        else:
            found |= {"equations": dict(self.same), "different": list(self.different)}
        if self.trial is not None:
            found["trial"] = self.trial.to_json()
        return found

    @later
    def _repr_html_(self) -> str:
        raise NotImplementedError

    def __repr__(self) -> str:
        return text(self)


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
        return merged(Canonical(self.first, shifts=shifts, **self.how).states)

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
            right = merged(Canonical(self.second, turned, renamed, shifts=shifts, **self.how).states)
            if {s: p.shape for s, p in right.states.items()} != shapes:
                continue
            search = Search(sizes_of(self.first, self.left), {})
            match: Match | None = None
            for sizes in self.sizes:
                search.others = sizes_of(self.second, right, sizes)
                match = match or next(_all(search, list(self.left.states), self.left, right, {}), None)
            if match is not None and (added := self._added(match, shifts)) is not None:
                weights = tuple((a, b, r) for a, (b, r) in match.items() if not a.endswith("()"))
                gates = tuple(self.turned_in[k] for k in turned)
                yield Pairing({a: b for b, a in renamed.items()}, weights, gates, added), search, match

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


def compare(a: Any, b: Any) -> Comparison:
    """Whether two cells compute the same, for some assignment of the weights of one to those of the other.

    a, b: each a ``Cell``, a name as in ``derive compare`` ("lstm", "model.py:MyCell", "paper.tex"), what ``from_latex``
    or ``from_torch`` has read, or a module of one step or its class.

    Equal cells may differ in names, in the order of terms, gates and equations, in how weights are stacked, in signs
    and factors that weights absorb, in the polarity of a gate (z against 1 - z) or of a learned number (α against 1 -
    α), in several biases for one, in a number beside a bias, in the side of ReLU and |·| on which a factor stands, in
    the numbers of constants, in which scalars are constants and which are learned, and in how a function is written
    (1/(1 + e^-a) for σ(a)). The pairing is then tried on random numbers. Unequal ones come with the first equation that
    differs and with numbers on which they do; what is neither proved nor refuted is not ``decided``.

    Raises DeriveError where the search would take too long, or numbers contradict it.
    """
    from derive.comparison.numbers import held_together  # NumPy comes with torch, and is not there without it
    from derive.comparison.wider import wider

    first, second = as_cell(a), as_cell(b)
    if (equal := equality(first, second)) is not None:
        return equal
    renamings = list(Sides(first, second).renamings())
    sizes = next(size_names(first, second))
    ways = [(renamed, *first_difference(first, second, renamed, sizes)) for renamed in renamings]
    nothing: Any = (dict(zip(second.states, first.states, strict=False)), {}, ("", ""), {})
    renamed, same, different, match = max(ways, key=lambda way: len(way[1]), default=nothing)
    for named in (False, True):  # by what a cell computes; where that differs, by its functions' names
        pairing = _so_far(first, second, renamed, match, named)
        trial = held_together(first, second, pairing)
        if trial.agrees:
            if Proof(first, second, pairing).equal():
                return Comparison(first, second, pairing, trial)
            break
    if trial.agrees:
        trial = wider(first, second, pairing) or trial
    return Comparison(first, second, None, trial, different, same)


def equality(first: Cell, second: Cell) -> Comparison | None:
    """What ``compare`` says of equal cells; None of others, of which it is not asked where they differ.

    Raises DeriveError as ``compare`` does.
    """
    from derive.comparison.numbers import held_together

    if (same := _up_to_names(first, second) or _by_fingerprints(first, second)) is not None:
        return same
    ways: list[dict[str, bool]] = [{}]
    if first.constants or second.constants:
        ways += [{"letters": False}, {"fixed": True}]
    found = ((p, way) for way in ways for p in Sides(first, second, **way).pairings())
    for (pairing, _, _), way in found:
        trial = held_together(first, second, pairing, exact=not way.get("letters", True))
        if not trial.agrees and trial.largest == inf:  # where one is not defined
            continue
        if not trial.agrees:
            raise DeriveError(
                f"{first.name} and {second.name}: equal by their formulas, and different by {trial.largest:.1e} on"
                " numbers: this is a mistake of the comparison"
            )
        if Proof(first, second, pairing, letters=way.get("letters", True)).same_domain():
            return Comparison(first, second, pairing, trial)
    return None


def _up_to_names(first: Cell, second: Cell) -> Comparison | None:
    """Cells whose equations are the same but for names, which need no search."""
    from derive.comparison.numbers import held_together

    for sizes in size_names(first, second):
        if (names := renaming(first, second, sizes)) is not None:
            weights = tuple((a, b, Rational(1)) for a, b in names.items() if a not in first.states)
            pairing = Pairing({s: names[s] for s in first.states}, weights)
            if (trial := held_together(first, second, pairing)).agrees:
                return Comparison(first, second, pairing, trial)
    return None


def _by_fingerprints(first: Cell, second: Cell) -> Comparison | None:
    """Cells with the same weights in the same places, which is proved equation by equation."""
    from derive.comparison.fingerprints import paired
    from derive.comparison.numbers import held_together

    for sizes in size_names(first, second):
        for states in state_orders(first, second, sizes):
            if (found := paired(first, second, states, sizes)) is None:
                continue
            for letters in _ways_of(found.constants, first, second):
                names = {**found.weights, **(found.constants if letters else {})}
                pairing = Pairing(states, tuple((a, b, Rational(1)) for a, b in names.items()))
                if not (trial := held_together(first, second, pairing, exact=not letters)).agrees:
                    continue
                if Proof(first, second, pairing, letters, cuts=found.same).equal_by_parts():
                    return Comparison(first, second, pairing, trial)
    return None


def _ways_of(constants: Mapping[str, str], first: Cell, second: Cell) -> tuple[bool, ...]:
    """Whether constants are letters, which needs all of them to be paired, or numbers."""
    if not (first.constants or second.constants):
        return (True,)
    return (True, False) if len(first.constants) == len(second.constants) == len(constants) else (False,)


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


def _so_far(first: Cell, second: Cell, renamed: Mapping[str, str], match: Match, named: bool) -> Pairing:
    """Weights of cells that differ: those of the equations that are the same, others in similar places, and others of
    the same name and size."""
    fixed = bool(first.constants or second.constants)
    both: Any = ((first, {}), (second, renamed))
    named_sizes = next(size_names(first, second))
    left, right = (merged(Canonical(cell, renamed=names, fixed=fixed, named=named).states) for cell, names in both)
    match = likely(left, right, sizes_of(first, left), sizes_of(second, right, named_sizes), match)
    sizes = {p.name: (p.kind, p.rows, p.stored_cols) for p in second.parameters}
    mine = {part for name in match for part in letters_of(name)}
    theirs = {part for name, _ in match.values() for part in letters_of(name)}
    alike = [p.name for p in first.parameters if sizes.get(p.name) == (p.kind, p.rows, p.stored_cols)]
    weights = [(a, b, r) for a, (b, r) in match.items()]
    weights += [(n, n, 1) for n in alike if n not in mine and n not in theirs]
    return Pairing({a: b for b, a in renamed.items()}, tuple(weights))
