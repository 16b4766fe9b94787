"""From a cell to its plan: first the naive one, every operation by itself in the order of the equations, then passes.

The naive plan has one product for each weight and all that happens in a step within the step. What a statement asks of
a machine it says itself; here stand the answers, and how the adjoint's equations follow.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from sympy import Basic, Expr

from derive.definition.cell import Cell
from derive.plan.backward import backward
from derive.plan.builder import PlanBuilder
from derive.plan.passes import run
from derive.plan.plan import Plan
from derive.symbolic.expressions import replace as substitute
from derive.symbolic.tidy import tidy


def plan(cell: Cell) -> Plan:
    """The plan of a cell after all passes."""
    return run(build(cell))


@lru_cache(256)  # neither changes, and every backend begins with it
def build(cell: Cell) -> Plan:
    """The naive plan of a cell in stable form, with its projection where a layer of it can have one."""
    optional = "weight_hr" if cell.projection else ""
    cell = for_machines(cell.projected() if cell.projection else cell)
    builder = PlanBuilder(cell, optional)
    for statement in cell.statements:
        statement.operations(builder)
    backward(cell.adjoint(), builder)
    return builder.plan()


def as_written(cell: Cell) -> Plan:
    """The naive plan of the author's own formulas, forwards alone: nothing comes back to its states."""
    optional = "weight_hr" if cell.projection else ""
    builder = PlanBuilder(cell := cell.projected() if cell.projection else cell, optional)
    builder.incoming = builder.outgoing = tuple(cell.previous(s) for s in cell.states)
    for statement in cell.statements:
        statement.operations(builder)
    return builder.plan()


@lru_cache(256)
def for_machines(cell: Cell) -> Cell:
    """The cell in stable form, without equations of constants alone: a number, not a quantity, stands where they are
    read."""
    constants = {p.symbol for p in cell.constants}
    numbers: dict[Basic, Expr] = {}
    lines = []
    for line in cell.lines:
        line = replace(line, expr=tidy(substitute(line.expr, numbers))) if numbers else line
        if constants.issuperset(line.expr.free_symbols):
            numbers[line.target] = line.expr
        else:
            lines.append(line)
    return replace(cell, lines=tuple(lines) if numbers else cell.lines, stable=True)
