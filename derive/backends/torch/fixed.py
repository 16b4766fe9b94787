"""The text that fills what is not learned, and what is a matrix among the declared parameters."""

from __future__ import annotations

from typing import Any

from sympy import Expr, Symbol, Tuple

from derive.backends.torch.layout import assigned
from derive.backends.torch.printer import torch_code
from derive.plan.stores import Store
from derive.statements.sizes import every_axis
from derive.symbolic.expressions import INPUT, replace
from derive.symbolic.fixed import Drawn, Held, column, columns, constants_in, numbers, row, rows, shape


def fixed_lines(store: Store) -> list[str]:
    """The lines for one tensor: its formula over the places of its numbers, the numbers, or how they are drawn."""
    value, target = store.blocks[0].fixed, f"p.{store.name}"
    high, wide = lengths(store)
    if isinstance(value, Drawn):
        given = ", ".join((wide, *map(torch_code, value.args)))
        return [f"{target}.copy_(drawn({target}.numel(), {given}))"]
    if isinstance(value, Tuple):
        return [*_entries("values", value, "", high, wide), f"{target}.copy_(values)"]
    if isinstance(value, Held):
        rates, *inputs = value.args
        lines = _entries("rates", rates, f"{high} * {high}", high, high)
        lines += [line for q in inputs for line in _entries("inputs", q, f"{target}.numel()", high, wide)]
        return [*lines, f"{target}.copy_(zero_order_hold(rates, {high}{', inputs' if inputs else ''}))"]
    assert isinstance(value, Expr)
    if not value.has(row, column):
        return [f"{target}.fill_({_code(value, high, wide)})"]
    return [*_entries("values", value, f"{target}.numel()", high, wide), f"{target}.copy_(values)"]


def _entries(name: str, value: Any, count: str, high: str, wide: str) -> list[str]:
    """The lines that give that name to so many entries, in one row."""
    if isinstance(value, Tuple):
        listed = ", ".join(torch_code(n) for n in numbers(value, shape(value)))
        return assigned(name, f"torch.tensor([{listed}], dtype=torch.float64)")
    if not value.has(row, column):
        return assigned(name, f"torch.full(({count},), {_code(value, high, wide)}, dtype=torch.float64)")
    names = ", ".join(q.name if value.has(q) else "_" for q in (row, column))
    places = f"places({count}{'' if wide == '1' else f', {wide}'})"
    return [*assigned(names, places), *assigned(name, _code(value, high, wide))]


def _code(value: Expr, high: str, wide: str) -> str:
    """The formula with the module's names of sizes and constants, which are numbers, where places are tensors."""
    names = {rows: Symbol(high), columns: Symbol(wide)} | {q: Symbol(f"self.{q.name}") for q in constants_in(value)}
    return torch_code(replace(value, names), numbers=frozenset(names.values()))


def lengths(store: Store) -> tuple[str, str]:
    """How many rows and columns there are, as text; that of the input differs from layer to layer."""
    axes = every_axis(store.blocks[0].rows)[-2:]
    high, wide = (*(axis if axis.isdecimal() else f"self.{axis}" for axis in axes), "1")[:2]
    whole = f"p.{store.name}.numel()"
    if INPUT not in axes:
        return high, wide
    return (f"({whole} // {wide})", wide) if axes[0] == INPUT else (high, f"({whole} // {high})")
