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
from derive.statements.base import UnitsNode
from derive.statements.sizes import count_of
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
