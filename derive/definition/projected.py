"""A projection of the output to other than hidden_size units: Sak, Senior and Beaufays (2014)."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from sympy import Symbol

from derive.definition.line import Line
from derive.errors import DefinitionError
from derive.statements.affine import linear
from derive.symbolic.expressions import PROJ

if TYPE_CHECKING:
    from derive.definition.cell import Cell


@lru_cache(256)  # one cell for all backends
def projected(cell: Cell) -> Cell:
    """The cell whose output has ``proj_size`` units: see ``Cell.projected``."""
    output = Symbol(cell.states[0])
    k = next(k for k, line in enumerate(cell.lines) if line.target == output)
    inner = Symbol("m")
    if any(line.target == inner for line in cell.lines):
        raise DefinitionError(f"cell {cell.name!r} already has an equation 'm': it cannot be projected")
    project = Line(output, linear(inner, bias=False, name="hr", size=PROJ).plain())
    lines = (*cell.lines[:k], replace(cell.lines[k], target=inner), project, *cell.lines[k + 1 :])
    return replace(
        cell, name=f"{cell.name}_projected", title=f"{cell.title} with projection", lines=lines, projection=False
    )
