"""The tables of a plan: what a machine keeps beside its formulas."""

from __future__ import annotations

from derive.errors import UnsupportedExpression
from derive.plan.operations import Pointwise
from derive.plan.plan import Plan
from derive.symbolic.table import Table


def tables_of(plan: Plan) -> list[type[Table]]:
    """Those that stand in a plan's formulas, by name.

    Raises UnsupportedExpression for two of one name.
    """
    found: dict[str, type[Table]] = {}
    for _, op in plan:
        for table in {type(a) for a in op.expr.atoms(Table)} if isinstance(op, Pointwise) else ():
            name = table.__name__
            if found.setdefault(name, table) is not table:
                raise UnsupportedExpression(f"two tables are called {name}; give one of them another name or size")
    return [found[name] for name in sorted(found)]
