"""The text that fills what is not learned, and what is a matrix among the declared parameters."""

from __future__ import annotations

from sympy import Expr, Symbol, Tuple

from derive.backends.torch.layout import assigned
from derive.backends.torch.printer import torch_code
from derive.plan.stores import Store
from derive.statements.sizes import every_axis
from derive.symbolic.expressions import INPUT, replace
from derive.symbolic.fixed import Drawn, column, columns, numbers, row, rows, shape


def fixed_lines(store: Store) -> list[str]:
    """The lines for one tensor: its formula over the places of its numbers, the numbers, or how they are drawn."""
    value, target = store.blocks[0].fixed, f"p.{store.name}"
    high, wide = lengths(store)
    if isinstance(value, Drawn):
        given = ", ".join((wide, *map(torch_code, value.args)))
        return [f"{target}.copy_(drawn({target}.numel(), {given}))"]
    if isinstance(value, Tuple):
        listed = ", ".join(torch_code(n) for n in numbers(value, shape(value)))
        return [*assigned("values", f"torch.tensor([{listed}], dtype=torch.float64)"), f"{target}.copy_(values)"]
    assert isinstance(value, Expr)
    if not value.free_symbols:
        return [f"{target}.fill_({torch_code(value)})"]
    formula = replace(value, {rows: Symbol(high), columns: Symbol(wide)})
    names = ", ".join(q.name if value.has(q) else "_" for q in (row, column))
    places = f"places({target}.numel(){'' if wide == '1' else f', {wide}'})"
    return [*assigned(names, places), *assigned("values", torch_code(formula)), f"{target}.copy_(values)"]


def lengths(store: Store) -> tuple[str, str]:
    """How many rows and columns there are, as text; that of the input differs from layer to layer."""
    axes = every_axis(store.blocks[0].rows)[-2:]
    high, wide = (*(axis if axis.isdecimal() else f"self.{axis}" for axis in axes), "1")[:2]
    whole = f"p.{store.name}.numel()"
    if INPUT not in axes:
        return high, wide
    return (f"({whole} // {wide})", wide) if axes[0] == INPUT else (high, f"({whole} // {high})")
