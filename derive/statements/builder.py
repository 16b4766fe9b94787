"""What a statement may ask of a machine: the calls by which it says its operations.

The order of imports forbids a statement to know the operations of a plan, which come after it; ``plan/build.py`` has
the class that answers these calls. Every call gives the symbol of its result: ``target`` where one is given, else one
that nobody reads and that stands where it is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sympy import Expr, Symbol


class Builder(Protocol):
    """Gathers the operations of a plan. Sizes are names: "hidden_size"; "1" is one number for all units."""

    def pointwise(self, expr: Expr, size: str = "", target: Symbol | None = None) -> Symbol:
        """A formula of quantities of the same unit; without a size, that of the widest."""
        ...

    def matmul(
        self,
        weight: Symbol,
        operand: Symbol,
        bias: Symbol | None = None,
        *,
        transposed: bool = False,
        target: Symbol | None = None,
        stem: str = "",
    ) -> Symbol:
        """weight · operand + bias, or weightᵀ · operand. stem: what people may call it where it is one of several."""
        ...

    def reduce(self, how: str, parts: Sequence[Symbol], target: Symbol | None = None, *, stem: str = "") -> Symbol:
        """The "sum", the "mean" or the largest ("max") over all units of the parts, jointly. stem: what people may call
        it where it has no name."""
        ...

    def broadcast(self, source: Symbol, size: str, target: Symbol | None = None) -> Symbol:
        """One number, repeated for every unit."""
        ...

    def scan(self, source: Symbol, *, reverse: bool = False, heads: str = "", target: Symbol | None = None) -> Symbol:
        """The running sum over the units, from the first on or from the last on; with heads over those of each of so
        many equal parts."""
        ...

    def reduce_by_head(self, how: str, source: Symbol, heads: str, target: Symbol | None = None) -> Symbol:
        """The "sum", the "mean" or the largest ("max") over the units of each of so many equal parts, for each of these
        units."""
        ...

    def softmax(self, source: Symbol, heads: str = "", target: Symbol | None = None) -> Symbol:
        """The softmax over the units, or over those of each of so many equal parts."""
        ...

    def contract(
        self, factors: Sequence[Symbol], sizes: Sequence[str], axes: str, target: Symbol | None = None
    ) -> Symbol:
        """The product of the factors by the axes that ``sizes`` names, summed over those that ``axes``, the result's,
        lacks; a prime tells apart axes that are as long."""
        ...
