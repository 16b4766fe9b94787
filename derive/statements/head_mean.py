"""The mean over the units of each head: the author's ``mean(..., heads=...)``, and its statement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sympy import Expr, Mul, Rational, Symbol

from derive.statements.base import Gatherer, Operations
from derive.statements.builder import Builder
from derive.statements.maps import Entries, Map, head_of
from derive.statements.over_units import OverUnits, OverUnitsNode
from derive.statements.sizes import number_of_units
from derive.statements.writing import Entry, Units, Writing, flat
from derive.symbolic.expressions import ordered


class HeadMeanNode(OverUnitsNode):
    """The mean over the units of the head that a unit is in; that over all units is one of several quantities."""

    function = "mean"

    def statement(self, target: Symbol, operands: tuple[Symbol, ...], size: Callable[[Any], str]) -> HeadMean:
        return HeadMean(target, operands[0], size(operands[0]), self.heads)


@dataclass(frozen=True)
class HeadMean(OverUnits):
    """target_k = the mean of the operand over the units of the head that k is in."""

    node = HeadMeanNode

    def entry(self, k: int, units: Units, operands: Sequence[Any] | None = None) -> Any:
        (a,) = operands or self.reads
        return _mean(lambda at: units.single(a, at[0]), head_of(k, units, self.size, self.heads))

    def vjp(self, d: Symbol, gather: Gatherer) -> None:
        """m = the mean of a by heads, a symmetric map: δa += the mean of δm by heads"""
        back = ByHead(self.heads, self.size)
        gather.give(self.operand, d, back, through=self.target, formula=self.written(), size=self.size)

    def cost(self, sizes: Mapping[Symbol, str]) -> Operations:
        """The sum and the division of each head."""
        return Operations(arithmetic=number_of_units(self.size))

    def operations(self, builder: Builder) -> None:
        builder.reduce_by_head("mean", self.operand, self.heads, self.target)


class HeadTotalNode(OverUnitsNode):
    """The sum over the units of the head that a unit is in, which stands in gradients alone."""

    function = "total"


@dataclass(frozen=True)
class ByHead(Map):
    """The "mean" or the "sum" of d over the units of each head, for each of these units."""

    heads: str
    size: str
    how: str = "mean"

    def written(self, d: Expr, writing: Writing) -> Expr:
        node = HeadMeanNode if self.how == "mean" else HeadTotalNode
        return writing.unit(node.of(writing.whole(d), self.heads))  # type: ignore[no-any-return, unused-ignore]

    def entry(self, of: Entries, at: Entry, units: Units) -> Any:
        block = head_of(at[0], units, self.size, self.heads)
        return _mean(of, block) if self.how == "mean" else flat([of((j,)) for j in block])

    def operation(self, d: Symbol, builder: Builder) -> Symbol:
        return builder.reduce_by_head(self.how, d, self.heads)


def _mean(of: Entries, block: range) -> Any:
    """The mean of the entries of a head."""
    terms = flat([of((j,)) for j in block])
    return ordered(Mul, [Rational(1, len(block)), terms]) if len(block) > 1 else terms
