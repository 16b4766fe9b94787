"""Which activation of an equation, of which unit, a run counts as the first, the second and so on.

A run's places number the activations of one unit's formula, in which what mixes units is written out; an equation for
all units at once has each of them once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sympy import Symbol, preorder_traversal

from derive.run.units import LineUnits
from derive.statements.base import UnitsNode
from derive.statements.writing import at
from derive.symbolic.activation import Activation

if TYPE_CHECKING:
    from derive.definition.lower import LoweredLine
    from derive.run.data import Run

Order = list[tuple[int, int]]  # (which activation of the equation, from 0; unit)


def numbered(run: Run, line: LoweredLine) -> list[Order]:
    """By unit of the equation, the order of its activations."""
    units = _Tagged(run.cell, line, run.sizes)
    return [_order(line.expr, unit, 0, units) for unit in range(1, run.units[line.target.name] + 1)]


class _Tagged(LineUnits):
    """Units of a statement of which the operands are marks."""

    def single(self, node: Any, k: int) -> Any:
        return at(node.name, k) if isinstance(node, Symbol) and node.name.startswith(MARK) else super().single(node, k)


MARK = "operand "


def _order(node: Any, unit: int, first: int, units: _Tagged) -> Order:
    if not node.has(Activation):
        return []
    if isinstance(node, Activation):
        return [(first, unit), *_order(node.args[0], unit, first + 1, units)]
    found: Order = []
    if not isinstance(node, UnitsNode):
        for part in node.args:
            found += _order(part, unit, first, units)
            first += _count(part)
        return found
    starts = [first + sum(map(_count, node.operands[:k])) for k in range(len(node.operands))]
    marks = [Symbol(f"{MARK}{k}") for k in range(len(node.operands))]
    for symbol in preorder_traversal(units.line.parts[node].entry(unit, units, marks)):
        if isinstance(symbol, Symbol) and symbol.name.startswith(MARK):
            k, _, j = symbol.name.removeprefix(MARK).rstrip("]").partition("[")
            found += _order(node.operands[int(k)], int(j), starts[int(k)], units)
    return found


def _count(node: Any) -> int:
    """How many activations a formula has, equal ones each."""
    return sum(isinstance(part, Activation) for part in preorder_traversal(node))
