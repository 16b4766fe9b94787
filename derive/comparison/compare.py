"""``compare``: whether two cells are the same up to names, order, stacking, signs, polarity and merged biases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from math import inf
from typing import TYPE_CHECKING, Any

from sympy import Rational

from derive.comparison.canonical import Canonical
from derive.comparison.equations import first_difference
from derive.comparison.likely import likely
from derive.comparison.merging import merged
from derive.comparison.one_size import as_one_size
from derive.comparison.proof import Proof
from derive.comparison.renamed import renaming, size_names, state_orders
from derive.comparison.sides import Pairing, Sides
from derive.comparison.terms import letters_of
from derive.comparison.unify import Exhausted, Match, sizes_of
from derive.comparison.words import text
from derive.definition.cell import Cell
from derive.errors import DeriveError
from derive.intake.latex.read import FromLatex
from derive.intake.load import as_cell, read
from derive.later import later

if TYPE_CHECKING:
    from derive.comparison.numbers import Trial

MOST_OTHERS = 24  # further assignments of the weights, each of which may be the one that makes two cells equal


@dataclass(frozen=True, repr=False, eq=False)
class Comparison:
    """What comparing two cells has found. It is true where they are equal."""

    first: Cell
    second: Cell
    pairing: Pairing | None
    trial: Trial | None = None  # numbers on which they agree, or differ
    different: tuple[str, str] = ("", "")  # the first equations that differ, by name
    same: Mapping[str, str] = field(default_factory=dict)  # equations of the first that the second has
    why: str = ""  # on what it rests that they are different; empty where that is not known
    sizes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # of a cell, what it has beside a module's

    def __bool__(self) -> bool:
        return self.pairing is not None

    @property
    def decided(self) -> bool:
        """Whether they are proved to be equal, or to differ for every assignment of the weights."""
        return bool(self) or bool(self.why)

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
            found["sizes"] = {name: dict(sizes) for name, sizes in self.sizes.items()}
            found["numbers"] = [{"first": a, "second": b, "values": v} for (a, b), v in self.numbers.items()]
        else:
            found |= {"equations": dict(self.same), "different": list(self.different), "why": self.why}
        if self.trial is not None:
            found["trial"] = self.trial.to_json()
        return found

    @later
    def _repr_html_(self) -> str:
        raise NotImplementedError

    def __repr__(self) -> str:
        return text(self)


def compare(a: Any, b: Any) -> Comparison:
    """Whether two cells compute the same, for some assignment of the weights of one to those of the other.

    a, b: each a ``Cell``, a name as in ``derive compare`` ("lstm", "model.py:MyCell", "paper.tex"), what ``from_latex``
    or ``from_torch`` has read, or a module of one step or its class.

    Equal cells may differ in names, in the order of terms, gates and equations, in how weights are stacked, in signs
    and factors that weights absorb, in the polarity of a gate (z against 1 - z) or of a learned number (α against 1 -
    α), in several biases for one, in a number beside a bias, in the side of ReLU and |·| on which a factor stands, in
    the numbers of constants, in which scalars are constants and which are learned, and in how a function is written
    (1/(1 + e^-a) for σ(a)). The pairing is then tried on random numbers. Unequal ones come with the first equation that
    differs, with numbers on which they do for weights in the nearest places, and with ``why`` that is so for all
    assignments; what is neither proved nor refuted is not ``decided``.

    Raises DeriveError for formulas that are too long to be multiplied out, or where numbers contradict them.
    """
    a, b = (read(thing) if isinstance(thing, str) else thing for thing in (a, b))
    first, second = as_cell(a), as_cell(b)
    for module, cell, is_first in ((a, second, True), (b, first, False)):
        for other, names in as_one_size(first if is_first else second, cell):
            if found := _compared(first, other) if is_first else _compared(other, second):
                if not isinstance(module, Cell | FromLatex):
                    return replace(found, sizes={cell.name: names})
                same = " and ".join(f"{old} of {cell.name} is {new}" for old, new in names.items())
                return replace(_compared(first, second), trial=None, why=f"they are the same only where {same}")
    return _compared(first, second)


def _compared(first: Cell, second: Cell) -> Comparison:
    from derive.comparison.numbers import held_together  # NumPy comes with torch, and is not there without it
    from derive.comparison.verdict import all_seen, verdict
    from derive.comparison.wider import AT_THESE, ON_NUMBERS, elsewhere, exactly

    try:
        if (equal := equality(first, second)) is not None:
            return equal
    except Exhausted:  # numbers may say which weight is which
        pass
    found = verdict(first, second)
    about = _apart(first, second)
    ways = (True, False) if first.constants or second.constants else (True,)
    unequal = Comparison(first, second, None, None, about.different, about.same, found.why)
    for pairing in (*filter(None, [found.pairing]), *_likely(first, second, about)):
        is_found = pairing is found.pairing
        trial = held_together(first, second, pairing, exact=is_found and found.exact)
        if _is_proved(first, second, pairing, trial, ways):
            return Comparison(first, second, pairing, trial)
        unequal = replace(unequal, trial=trial)
        if not trial.agrees and not first.parameters and not second.parameters and len(first.states) == 1:
            sure = exactly(first, second, pairing.states, trial)
            return replace(unequal, trial=sure or trial, why=ON_NUMBERS if sure else "")
        is_whole = Proof(first, second, pairing).is_whole
        if trial.agrees and is_found and not is_whole:  # what is not learned has no counterpart yet
            continue
        if trial.agrees or is_found:  # where one is not defined, or jumps
            sure = elsewhere(first, second, pairing, trial)
            if sure is None and not trial.agrees and trial.largest < inf:
                continue
            is_all = (is_found or (_is_only(first) and all_seen(first, second))) and is_whole and pairing.is_exact
            unequal = replace(unequal, trial=sure or trial, why="")
            if sure is None or not is_all:
                return unequal
            for other in islice(found.others, MOST_OTHERS) if is_found else ():
                if other is None or (same := _agreeing(first, second, other, found.exact, ways)) is None:
                    return unequal
                if same:
                    return same
            is_last = not is_found or next(found.others, None) is None
            return replace(unequal, why=AT_THESE if is_last else "")
    return unequal


def _is_proved(first: Cell, second: Cell, pairing: Pairing, trial: Trial, ways: Iterable[bool]) -> bool:
    return trial.agrees and any(Proof(first, second, pairing, letters=letters).equal() for letters in ways)


def _agreeing(first: Cell, second: Cell, pairing: Pairing, exact: bool, ways: Iterable[bool]) -> Comparison | None:
    """What a further assignment of the weights says: that the cells are equal, that they are not; None where it says
    neither."""
    from derive.comparison.numbers import held_together
    from derive.comparison.wider import elsewhere

    trial = held_together(first, second, pairing, exact=exact)
    if _is_proved(first, second, pairing, trial, ways):
        return Comparison(first, second, pairing, trial)
    if not pairing.is_exact or elsewhere(first, second, pairing, trial) is None:
        return None
    return Comparison(first, second, None)


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


def _is_only(cell: Cell) -> bool:
    """Whether no two weights have one kind and size, so that there is one assignment alone."""
    kinds = [(p.kind, p.rows, p.stored_cols) for p in cell.parameters if p.learned]
    return len(kinds) == len({*kinds})


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


@dataclass(frozen=True)
class _Apart:
    """Where cells part: names of the first's states for the second's, the equations that are the same, the first that
    is not, and the weights that are the same till there."""

    renamed: Mapping[str, str]
    same: Mapping[str, str] = field(default_factory=dict)
    different: tuple[str, str] = ("", "")
    match: Match = field(default_factory=dict)


def _apart(first: Cell, second: Cell) -> _Apart:
    sizes = next(size_names(first, second))
    renamings = Sides(first, second).renamings()
    ways = [_Apart(renamed, *first_difference(first, second, renamed, sizes)) for renamed in renamings]
    nothing = _Apart(dict(zip(second.states, first.states, strict=False)))
    return max(ways, key=lambda way: len(way.same), default=nothing)


def _likely(first: Cell, second: Cell, apart: _Apart) -> Iterator[Pairing]:
    """Weights of cells that differ: those of the equations that are the same, others in similar places, and others of
    the same name and size. By what a cell computes first, then by its functions' names."""
    fixed = bool(first.constants or second.constants)
    both: Any = ((first, {}), (second, apart.renamed))
    named_sizes = next(size_names(first, second))
    sizes = {p.name: (p.kind, p.rows, p.stored_cols) for p in second.parameters}
    alike = [p.name for p in first.parameters if sizes.get(p.name) == (p.kind, p.rows, p.stored_cols)]
    taken = {*apart.match, *(b for b, _ in apart.match.values())}
    constants = {p.name for p in first.constants if p.name in alike} - taken  # of one name, which the author has given
    known = {**apart.match, **{name: (name, Rational(1)) for name in sorted(constants)}}
    for named in (False, True):
        left, right = (
            merged(Canonical(cell, renamed=names, fixed=fixed, named=named).states, cell) for cell, names in both
        )
        match = likely(left, right, sizes_of(first, left), sizes_of(second, right, named_sizes), known)
        mine = {part for name in match for part in letters_of(name)}
        theirs = {part for name, _ in match.values() for part in letters_of(name)}
        weights = [(a, b, r) for a, (b, r) in match.items()]
        weights += [(n, n, 1) for n in alike if n not in mine and n not in theirs]
        yield Pairing({a: b for b, a in apart.renamed.items()}, tuple(weights))
