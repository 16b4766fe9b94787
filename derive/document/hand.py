r"""The table as one works it by hand: a column a time step, in each cell the formula with its numbers over the value.

An affine map is one number here, as in a lecture: ``\sigma(90)``, not the sum that gives 90.
"""

from __future__ import annotations

from derive.document.model import Cell, Formula, Section, Table
from derive.document.rows import align_over_time, series_of, times
from derive.document.values import has_indices, rows_shown, value_notes
from derive.notation.words import words
from derive.run.data import Run
from derive.run.step import Step


def section(run: Run) -> Section:
    """The section ``hand``: one table, for print."""
    inputs, *others = series_of(run)
    groups = [rows_shown(run, [(s, s.cells) for s in inputs])]
    for group in others:
        groups += [(row,) for row in rows_shown(run, [(s, [_cell(step, run) for step in s.steps]) for s in group])]
    align = align_over_time(run, "c")
    table = Table("hand", times(run), tuple(groups), align, notes=value_notes(run), tall=has_indices(run))
    word = words(run.language)
    caption = word["hand caption"].format(title=run.title)
    return Section("hand", word["hand"], f"{run.title}: formula and value", (table,), caption=caption)


def _cell(step: Step, run: Run) -> Cell:
    """The formula over the value; the formula is missing of an affine map or number, which is its value."""
    relation, value = step.chain[-1]
    text = formula(step, run)
    return Cell((Formula(value),), Formula(text) if text else None, relation)


def formula(step: Step, run: Run) -> str:
    """The formula with its numbers, each function of one number; empty for an affine map or number: it is its value."""
    if step.reduced is None and any(node.weighted for node in run.cell.lowered(step.quantity).parts):
        return ""
    return step.chain[-2][1] if len(step.chain) > 1 else ""
