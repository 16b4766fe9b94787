"""What a run is given: weights, initial state and inputs, as their author wrote them, whatever is rounded elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sympy import Rational

from derive.document.entries import Line, entries_table
from derive.document.model import Cell, Formula, Section, Table
from derive.document.rows import as_given, inputs_of, name_at
from derive.document.values import series_table
from derive.exact.numeral import as_written
from derive.notation.words import words
from derive.run.data import Run

LONG = 24  # characters of the longest fraction that is shown as one


def section(run: Run) -> Section:
    """The section ``weights``: the weights with the initial state, and the inputs."""
    word = words(run.language)
    inputs = replace(series_table("inputs", run, [inputs_of(run)]), caption=word["inputs caption"])
    what = f"{run.title}: weights and inputs as given"
    return Section("weights", word["weights and inputs"], what, (weights_table(run), inputs))


def weights_table(run: Run) -> Table:
    """A group for each tensor in which the weights are stored, and one for the initial state."""
    groups: dict[str, list[Line]] = {}
    for p in sorted(run.cell.parameters, key=lambda p: p.kind == "constant"):
        lines = _lines(p.name, run.cell.notation.symbol_latex(p.name), run.parameters[p.name], p.kind == "matrix")
        groups.setdefault(p.tensor or p.name, []).extend(lines)
    states = [line for s, v in run.initial.items() for line in _lines(f"{s}0", name_at(run, s, 1, 1, "0"), v, False)]
    return entries_table("weights", run, [*groups.values(), states], words(run.language)["weights caption"])


def _lines(name: str, latex: str, tensor: Any, is_matrix: bool) -> Iterator[Line]:
    rows = tensor if is_matrix else (tensor if isinstance(tensor, tuple) else (tensor,),)
    for k, row in enumerate(rows, 1):
        yield Line(name, latex, k, len(rows), tuple(map(_cell, row)))


def _cell(number: Rational) -> Cell:
    """A number; a fraction that is none of a decimal's as a fraction."""
    text = str(number)
    is_fraction = as_written(number) is None and len(text) <= LONG
    return Cell((Formula(text, text) if is_fraction else as_given(number),))
