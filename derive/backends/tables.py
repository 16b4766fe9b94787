"""The tables of a plan: what a machine keeps beside its formulas."""

from __future__ import annotations

from derive.plan.operations import Pointwise
from derive.plan.plan import Plan
from derive.symbolic.table import Table


def tables_of(plan: Plan) -> list[type[Table]]:
    """Those that stand in a plan's formulas, by name."""
    formulas = [op.expr for _, op in plan if isinstance(op, Pointwise)]
    return sorted({type(a) for formula in formulas for a in formula.atoms(Table)}, key=lambda table: table.__name__)
