"""One unit of a cell's equations: matrix products written out as sums, every symbol one number.

The symbol of unit k of a quantity is ``c[k]``, that of a matrix entry ``W_ii[j,k]``, counted from 1. A formula over
such symbols is what a step table substitutes numbers into, and what gives the exact value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sympy import Add, Symbol

from derive.definition.cell import Cell
from derive.definition.lower import LoweredLine
from derive.errors import RunError, unknown
from derive.notation.quantity import numbered
from derive.statements.base import UnitsNode
from derive.statements.sizes import count_of, labels
from derive.statements.writing import at, flat
from derive.symbolic.expressions import rebuild


@dataclass(frozen=True)
class LineUnits:
    """The units of an equation. sizes: the number of units of each size."""

    cell: Cell
    line: LoweredLine
    sizes: Mapping[str, int]

    def count(self, size: str) -> int:
        return count_of(size, self.sizes)

    def many(self, q: Symbol) -> int:
        return self.count(self._sizes.get(q, "1"))

    @cached_property
    def _sizes(self) -> dict[Symbol, str]:
        return {p.symbol: p.rows for p in self.cell.parameters if p.kind == "vector"} | self.cell.sizes

    def entry(self, k: int) -> Any:
        """Unit k of the right-hand side, in the author's order."""
        return self.single(self.line.expr, k)

    def single(self, node: Any, k: int) -> Any:
        if isinstance(node, UnitsNode):
            return self.line.parts[node].entry(k, self, node.operands)
        if isinstance(node, Symbol):
            return at(node.name, k if self.many(node) > 1 else 1)
        if not node.args:
            return node
        args = [self.single(a, k) for a in node.args]
        return flat(args) if isinstance(node, Add) else rebuild(node, args)


def units_of(cell: Cell, sizes: Mapping[str, int]) -> dict[str, int]:
    """How many units each quantity of the cell's equations has."""
    names = (e.lhs for e in cell.equations)
    return {q.name: count_of(cell.sizes[q], sizes) for q in names}


def unit_named(cell: Cell, name: str, sizes: Mapping[str, int]) -> tuple[str, int]:
    """(quantity, unit) for ``c``, or ``c_2`` where there are several units; see ``Run.quantity``, also for errors."""
    units = units_of(cell, sizes)
    stem, _, unit = name.rpartition("_")
    if units.get(name) == 1:
        return name, 1
    if stem in units and unit.isdecimal() and 1 <= int(unit) <= units[stem]:
        return stem, int(unit)
    numbers = {q: labels(cell.sizes[Symbol(q)], sizes) for q in units}
    known = {numbered(q, label): (q, k) for q, found in numbers.items() for k, label in enumerate(found, 1)}
    if name in known:
        return known[name]
    raise RunError(unknown(f"quantity of {cell.name}", name, known))
