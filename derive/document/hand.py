r"""The table as one works it by hand: a column a time step, in each cell the formula with its numbers over the value.

An affine map is one number here, as in a lecture: ``\sigma(90)``, not the sum that gives 90.
"""

from __future__ import annotations

import math

from derive.document import tex
from derive.document.grid import Grid, cell_width, column_width
from derive.document.layout import broken
from derive.document.page import Page
from derive.document.rows import Row, rows_of
from derive.run.data import Run
from derive.run.step import Step, given


def table(run: Run, page: Page) -> str:
    """The fragment ``hand.tex``: formulas on one line, else broken at their signs, else at their dots too.

    Where none of these fits the text width, the second, split into blocks of time steps.
    """
    rows = rows_of(run)
    room = column_width(cell_width(f"${rows[-1][-1].latex}$"), len(run.columns), page)
    for limit, dots in ((math.inf, False), (room, False), (room, True)):
        if (grid := _grid(run, rows, limit, dots)).fits_whole(page):
            break
    else:
        grid = _grid(run, rows, page.block, False)
    return tex.table(run, f"{run.title}: formula and value", grid, page, tex.value_notes(run))


def _grid(run: Run, groups: list[list[Row]], limit: float, dots: bool) -> Grid:
    inputs, *others = groups
    body = [[[f"${row.latex}$", *(f"${given(v, run.decimals).latex()}$" for v in row.values)] for row in inputs]]
    body += [_stacked(row, run, limit, dots) for group in others for row in group]
    return Grid(tex.head(run), body, "c" * len(run.columns), tex.stretch(run))


def _stacked(row: Row, run: Run, limit: float, dots: bool) -> list[list[str]]:
    """The formula's lines over the value's: as many rows of the table as the longest cell needs."""
    cells = []
    for step in row.steps:
        text = tex.tight(formula(step, run))
        cells.append(broken(text, limit, indent=0.0, dots=dots) if text else [])
    height = max(map(len, cells))
    lines = [[f"${{}}{c[k]}$" if k < len(c) else "" for c in cells] for k in range(height)]
    lines.append([f"${tex.tight(' '.join(s.chain[-1]))}$" for s in row.steps])
    return [[f"${row.latex}$" if k == 0 else "", *line] for k, line in enumerate(lines)]


def formula(step: Step, run: Run) -> str:
    """The formula with its numbers, each function of one number; empty for an affine map or number: it is its value."""
    if step.reduced is None and any(node.weighted for node in run.cell.lowered(step.quantity).parts):
        return ""
    return step.chain[-2][1] if len(step.chain) > 1 else ""
