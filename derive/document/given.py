"""What a run is given: weights, initial state and inputs, as their author wrote them, whatever is rounded elsewhere."""

from __future__ import annotations

from dataclasses import replace

from sympy import Rational

from derive.document.entries import Line, entries_table, parameter_lines, state_lines
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
        lines = parameter_lines(run, p, p.name, run.notation, p.name, run.parameters[p.name], _cell)
        groups.setdefault(p.tensor or p.name, []).extend(lines)
    states = [
        line for s, row in run.initial.items() for line in state_lines(run, f"{s}0", s, "", list(map(_cell, row)))
    ]
    return entries_table("weights", run, [*groups.values(), states], words(run.language)["weights caption"])


def _cell(number: Rational) -> Cell:
    """A number; a fraction that is none of a decimal's as a fraction."""
    text = str(number)
    is_fraction = as_written(number) is None and len(text) <= LONG
    return Cell((Formula(text, text) if is_fraction else as_given(number),))
