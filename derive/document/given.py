"""What a run is given: weights, initial state and inputs, as their author wrote them, whatever is rounded elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from sympy import Rational

from derive.document.entries import Line, entries_table, lines_of, state_lines
from derive.document.model import Cell, Formula, Section, Table
from derive.document.rows import as_given, inputs_of
from derive.document.values import index_note, series_table
from derive.exact.numeral import as_written
from derive.notation.words import words
from derive.run.data import Run

LONG = 24  # characters of the longest fraction that is shown as one


def section(run: Run) -> Section:
    """The section ``weights``: the weights with the initial state, and the inputs."""
    word = words(run.language)
    notes = tuple(index_note(run)) if run.input_size > 1 else ()
    inputs = replace(series_table("inputs", run, [inputs_of(run)], notes), caption=word["inputs caption"])
    what = f"{run.title}: weights and inputs as given"
    return Section("weights", word["weights and inputs"], what, (weights_table(run), inputs))


def weights_table(run: Run) -> Table:
    """A group for each tensor in which the weights are stored, and one for the initial state."""
    groups: dict[str, list[Line]] = {}
    for p in sorted(run.cell.parameters, key=lambda p: p.kind == "constant"):
        value = run.parameters[p.name]
        rows = value if p.kind == "matrix" else (value if isinstance(value, tuple) else (value,),)
        latex = partial(_row_latex, run, p.name)
        lines = lines_of(run, p.name, latex, list(map(_cells, rows)), p.rows)
        groups.setdefault(p.tensor or p.name, []).extend(lines)
    states = [line for s, row in run.initial.items() for line in state_lines(run, f"{s}0", s, "", _cells(row))]
    return entries_table("weights", run, [*groups.values(), states], words(run.language)["weights caption"])


def _row_latex(run: Run, name: str, label: str) -> str:
    return str(run.notation.of_unit(label).symbol_latex(name))


def _cells(row: Iterable[Rational]) -> tuple[Cell, ...]:
    return tuple(map(_cell, row))


def _cell(number: Rational) -> Cell:
    """A number; a fraction that is none of a decimal's as a fraction."""
    text = str(number)
    is_fraction = as_written(number) is None and len(text) <= LONG
    return Cell((Formula(text, text) if is_fraction else as_given(number),))
