"""A box: which of a run's numbers are known only to lie between two ends."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sympy import Rational, Symbol

from derive.definition.cell import Cell
from derive.errors import DeriveError, RunError, counted, shown, unknown
from derive.exact.numeral import exact_rational
from derive.statements.parameter import Parameter
from derive.statements.writing import at, named_entries
from derive.symbolic.fixed import constants_in

if TYPE_CHECKING:
    from derive.run.data import Run

MOST_VARIABLES = 5000


@dataclass(frozen=True)
class Variable:
    """A number between two ends. t: the time step of an input, 0 for an initial state, None for a weight."""

    name: str
    symbol: Symbol
    t: int | None
    lower: Rational
    upper: Rational

    @property
    def key(self) -> str:
        """The key that names this number alone: x1_3, h0_1, W_hi[1,2]."""
        name, _, entry = self.symbol.name.rstrip("]").partition("[")
        if self.t is None:
            return str(self.symbol.name)
        return f"{name}0_{entry}" if self.t == 0 else f"{name}{entry}_{self.t}"


def variables(run: Run, box: Mapping[str, Any]) -> tuple[Variable, ...]:
    """The variables of a box that is given by names: ``x1`` (an input's component at all steps), ``x1_3`` (at t = 3),
    ``h0_1`` or ``h0`` (an initial state), ``W_hi`` (a weight by its printed name, all entries), ``W_hi[1,2]`` (one),
    ``W`` (all learned weights of that letter: its printed name without what stands below).

    Raises RunError, naming the key, for an unknown one, for weights of which entries are not free of each other, for
    ends that are not finite numbers with lower ≤ upper, and for a number that two keys name.
    """
    check_form(box)
    if not box:
        return ()
    names = _names(run)
    found: dict[tuple[Symbol, int | None], Variable] = {}
    for key, ends in box.items():
        lower, upper = _ends(key, ends)
        if key not in names:
            of = [p.name for p in run.cell.parameters if key in {q.name for q in constants_in(p.fixed)}]
            if of:
                raise RunError(
                    f"box: {key} says what {of[0]} is, which a box has by its own entries; give {of[0]}[1,1]"
                )
            if held := _held(run.cell, key):
                whole = "" if key == held else f", so that {key} cannot name all weights"
                raise RunError(
                    f"box: {held} has entries that are 0 or follow from others, and no box{whole};"
                    " give other weights by their own names"
                )
            what = unknown(f"input, initial state or weight of {run.cell.name}", key, names)
            raise RunError(f"box: {what}, such as {', '.join(_examples(run, names))}")
        for symbol, t in names[key]:
            if (symbol, t) in found:
                raise RunError(f"box: {key} and {found[symbol, t].name} name the same number; give one of them")
            found[symbol, t] = Variable(key, symbol, t, lower, upper)
    if len(found) > MOST_VARIABLES:
        raise RunError(f"box has {counted(len(found), 'variable')}, at most {MOST_VARIABLES} are taken")
    return tuple(found.values())


def check_form(box: Any) -> None:
    """Raises RunError for what is no box."""
    if not isinstance(box, Mapping):
        raise RunError(f"box is {shown(box)}, expected names with (lower, upper), such as {{'x1': (-0.25, 0.25)}}")


def holds(run: Run, box: Iterable[Variable]) -> bool:
    """Whether the run's own numbers lie in the box."""
    return all(v.lower <= _number(run, v) <= v.upper for v in box)


def _number(run: Run, v: Variable) -> Rational:
    name, _, entry = v.symbol.name.rstrip("]").partition("[")
    if v.t is None:
        return dict(named_entries(name, run.parameters[name]))[v.symbol]
    return run.initial[name][int(entry) - 1] if v.t == 0 else run.sequences[name][v.t - 1][int(entry) - 1]


def _ends(key: Any, ends: Any) -> tuple[Rational, Rational]:
    wanted = "expected (lower, upper), two finite numbers"
    try:
        if isinstance(ends, str):  # of two characters
            raise TypeError
        lower, upper = ends
        lower, upper = exact_rational(lower), exact_rational(upper)
    except (TypeError, ValueError, DeriveError):
        raise RunError(f"box: {key} is {shown(ends)}, {wanted}") from None
    if lower > upper:
        raise RunError(f"box: {key} is from {lower} to {upper}, which is empty; {wanted} with lower ≤ upper")
    return lower, upper


def _names(run: Run) -> dict[str, list[tuple[Symbol, int | None]]]:
    """What each key of a box names."""
    found: dict[str, list[tuple[Symbol, int | None]]] = {}
    components = [(q, k) for q, rows in run.sequences.items() for k in range(1, len(rows[0]) + 1)]
    for q, component in components:
        name, symbol = f"{q}{component}", at(q, component)
        for t in range(1, len(run.x) + 1):
            found.setdefault(name, []).append((symbol, t))
            found[f"{name}_{t}"] = [(symbol, t)]
    for state, vector in run.initial.items():
        for unit in range(1, len(vector) + 1):
            found.setdefault(f"{state}0", []).append((at(state, unit), 0))
            found[f"{state}0_{unit}"] = [(at(state, unit), 0)]
    for p in run.cell.parameters:
        if not is_free(run.cell, p):
            continue
        for symbol, _ in named_entries(p.name, run.parameters[p.name]):
            found.setdefault(p.name, []).append((symbol, None))
            if isinstance(run.parameters[p.name], tuple):
                found[symbol.name] = [(symbol, None)]
    return _by_letter(run) | found


def _by_letter(run: Run) -> dict[str, list[tuple[Symbol, int | None]]]:
    """The learned weights of each letter all of which may be in a box."""
    found: dict[str, list[tuple[Symbol, int | None]]] = {}
    for p in run.cell.parameters:
        if p.learned and not _held(run.cell, letter := _letter(p)):
            entries = named_entries(p.name, run.parameters[p.name])
            found.setdefault(letter, []).extend((symbol, None) for symbol, _ in entries)
    return found


def _held(cell: Cell, key: Any) -> str:
    """The first learned weight of this name or letter that cannot be in a box."""
    return next(
        (p.name for p in cell.parameters if p.learned and key in (p.name, _letter(p)) and not is_free(cell, p)), ""
    )


def _letter(p: Parameter) -> str:
    return p.name.partition("_")[0]


def is_free(cell: Cell, p: Parameter) -> bool:
    """Whether all entries of a parameter as the equations have it are stored, and so are free of each other, and none
    makes what is not learned."""
    makes = any(p.symbol in constants_in(other.fixed) for other in cell.parameters)
    return p.form == "full" and not p.heads and not makes


def _examples(run: Run, names: Iterable[str]) -> list[str]:
    """An input's component at all steps and at one, an initial state, a weight."""
    x, state = f"{run.cell.input.name}1", f"{run.cell.states[0]}0"
    return [x, f"{x}_1", state, *[p.name for p in run.cell.parameters if p.name in names][:1]]


def read_box(texts: Iterable[str]) -> dict[str, tuple[str, str]]:
    """A box from texts such as ``x1=-0.25..0.25``. Raises RunError for another form, and a name that is given twice."""
    box: dict[str, tuple[str, str]] = {}
    for text in texts:
        match = re.fullmatch(r"\s*([^=\s]+)\s*=\s*(.+?)\s*\.\.\s*(.+?)\s*", text)
        if not match:
            raise RunError(f"box {shown(text)} is not of the form NAME=LOWER..UPPER, such as x1=-0.25..0.25")
        if match[1] in box:
            raise RunError(f"box: {match[1]} is given twice; give it once")
        box[match[1]] = match[2], match[3]
    return box
