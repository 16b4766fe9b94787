"""``compare``: whether two cells are the same up to names, order, stacking, signs, polarity and merged biases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from math import inf
from typing import TYPE_CHECKING, Any

from sympy import Rational

from derive.comparison.by_formulas.canonical import Canonical
from derive.comparison.by_formulas.terms import letters_of
from derive.comparison.equality import equality
from derive.comparison.found import Comparison
from derive.comparison.pairing.equations import first_difference
from derive.comparison.pairing.likely import likely
from derive.comparison.pairing.merging import merged
from derive.comparison.pairing.one_size import as_one_size
from derive.comparison.pairing.proof import Proof
from derive.comparison.pairing.renamed import size_names
from derive.comparison.pairing.sides import Pairing, Sides
from derive.comparison.pairing.unify import Exhausted, Match, sizes_of
from derive.definition.cell import Cell
from derive.intake.latex.read import FromLatex
from derive.intake.load import as_cell, read

if TYPE_CHECKING:
    from derive.comparison.by_numbers.numbers import Trial
    from derive.comparison.by_numbers.verdict import Verdict

MOST_OTHERS = 24  # further assignments of the weights, each of which may be the one that makes two cells equal


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
    try:
        if (equal := equality(first, second)) is not None:
            return equal
    except Exhausted:  # numbers may say which weight is which
        pass
    from derive.comparison.by_intervals.unreachable import beyond
    from derive.comparison.by_numbers.verdict import nearest_fit, verdict

    known = verdict(first, second)
    found = _held(first, second, known)
    if found or found.decided:
        return found
    if why := beyond(first, second, Sides(first, second).renamings()):
        return replace(
            found, why="; ".join(filter(None, [why, found.tried])), tried="", trial=_with_values(found.trial)
        )
    return replace(found, tried=found.tried or nearest_fit(first, second))


def _with_values(trial: Trial | None) -> Trial | None:
    """A step, where both have new states: one without shows nothing of what is said of numbers."""
    return trial if trial is not None and trial.is_defined else None


def _held(first: Cell, second: Cell, known: Verdict) -> Comparison:
    """What numbers say for the weights that are found by numbers, or are likely the same."""
    from derive.comparison.by_numbers.jumps import AT_A_JUMP, is_apart_at_jumps
    from derive.comparison.by_numbers.numbers import (
        held_together,  # NumPy comes with torch, and is not there without it
    )
    from derive.comparison.by_numbers.weights import leaves_out_the_same
    from derive.comparison.by_numbers.wider import (
        AT_THESE,
        ELSEWHERE,
        ON_NUMBERS,
        elsewhere,
        exactly,
        where_defined,
    )

    about = _apart(first, second)
    unequal = Comparison(first, second, None, None, about.different, about.same, known.why)
    for pairing in (*filter(None, [known.pairing]), *_likely(first, second, about)):
        is_found = pairing is known.pairing
        trial = held_together(first, second, pairing, exact=is_found and known.exact)
        if _is_proved(first, second, pairing, trial):
            return Comparison(first, second, pairing, trial)
        shown = trial if known.why == ELSEWHERE else where_defined(first, second, pairing, trial)
        unequal = replace(unequal, trial=_with_values(shown) if known.why not in ("", ELSEWHERE) else shown)
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
            for other in islice(known.others, MOST_OTHERS) if is_found and sure is not None else ():
                if other is not None and (same := _agreeing(first, second, other, known.exact)) is not None:
                    return same
            if sure is not None and sure.largest == inf and all(map(leaves_out_the_same, (first, second))):
                return replace(unequal, trial=sure, why=ELSEWHERE)
            if sure is not None and is_apart_at_jumps(first, second, pairing.states, sure):
                return replace(unequal, trial=sure, why=AT_A_JUMP)
            return replace(unequal, trial=sure or trial, tried=AT_THESE if sure is not None else "")
    return unequal


def _is_proved(first: Cell, second: Cell, pairing: Pairing, trial: Trial) -> bool:
    ways = (True, False) if first.constants or second.constants else (True,)
    return trial.agrees and any(Proof(first, second, pairing, letters=letters).equal() for letters in ways)


def _agreeing(first: Cell, second: Cell, pairing: Pairing, exact: bool) -> Comparison | None:
    """The cells as equal by a further assignment of the weights."""
    from derive.comparison.by_numbers.numbers import held_together

    trial = held_together(first, second, pairing, exact=exact)
    proved = _is_proved(first, second, pairing, trial)
    return Comparison(first, second, pairing, trial) if proved else None


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
