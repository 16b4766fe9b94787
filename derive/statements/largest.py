"""The largest of all units: the author's ``largest(...)``, and its statement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sympy import Expr, Ge, Integer, Max, Piecewise, Pow, Symbol

from derive.statements.base import Gatherer, Operations, Statement
from derive.statements.builder import Builder
from derive.statements.head_mean import ByHead, HeadTotalNode
from derive.statements.maps import Entries, Map, head_of
from derive.statements.over_units import OverUnitsNode
from derive.statements.sizes import number_of_units
from derive.statements.writing import ALL_UNITS, Entry, Units, Writing, flat
from derive.symbolic.arithmetic import product
from derive.symbolic.nodes import UnitSum


class LargestNode(OverUnitsNode):
    """The largest of all units of a quantity, or of those of each head: see ``largest``."""

    function = "largest"

    @property
    def over_units(self) -> bool:  # type: ignore[override]
        return not self.heads

    def units(self, size: Callable[[Any], str]) -> str:
        return super().units(size) if self.heads else "1"

    def statement(self, target: Symbol, operands: tuple[Symbol, ...], size: Callable[[Any], str]) -> Largest:
        over = size(operands[0])
        return Largest(target, operands[0], over, self.units(size), self.heads)


def largest(a: Expr, heads: str | int = "") -> LargestNode:
    """The largest of all units, the same number for every unit. Its derivative goes to the units that are the largest,
    in equal parts, as that of ``torch.amax`` does.

    heads: a number, or a name that the generated layer then takes, of equal parts of the units; then it is the largest
    of each part, the same number for those units alone.
    """
    return LargestNode.typed(a, heads)


@dataclass(frozen=True)
class Largest(Statement):
    """target = max_j operand_j over the units, of which there are as many as ``over`` says; one number for all. With
    heads target_k is that of the head that k is in."""

    target: Symbol
    operand: Symbol
    over: str
    size: str = "1"
    heads: str = ""

    @property
    def reads(self) -> tuple[Symbol, ...]:
        return (self.operand,)

    def written(self, writing: Writing = ALL_UNITS, operands: Sequence[Any] | None = None) -> Any:
        (a,) = operands or self.reads
        node = LargestNode.of(writing.whole(a), self.heads)
        return writing.unit(node) if self.heads else node

    def entry(self, k: int, units: Units, operands: Sequence[Any] | None = None) -> Any:
        (a,) = operands or self.reads
        return Max(*(units.single(a, j) for j in head_of(k, units, self.over, self.heads)), evaluate=False)

    def vjp(self, d: Symbol, gather: Gatherer) -> None:
        """m = max_j a_j: δa_k += δm/n for each of the n units that are m; by head δm is the sum over its units"""
        whole = [ByHead(self.heads, self.over, "sum")] if self.heads else []
        share = ToLargest(self.operand, self.target, self.over, self.heads)
        gather.give(self.operand, d, *whole, share, through=self.target, formula=self.written(), size=self.over)

    def cost(self, sizes: Mapping[Symbol, str]) -> Operations:
        return Operations(arithmetic=number_of_units(self.over) - number_of_units(self.heads))

    def operations(self, builder: Builder) -> None:
        if self.heads:
            builder.reduce_by_head("max", self.operand, self.heads, self.target)
        else:
            builder.reduce("max", [self.operand], self.target)


@dataclass(frozen=True)
class ToLargest(Map):
    """d in equal parts for those of ``size`` units that are the largest, of all or of their head, 0 for the others."""

    operand: Symbol
    largest: Symbol
    size: str
    heads: str = ""

    @property
    def _is_largest(self) -> Expr:
        condition = Ge(self.operand, self.largest, evaluate=False)
        return Piecewise((Integer(1), condition), (Integer(0), True), evaluate=False)

    def written(self, d: Expr, writing: Writing) -> Expr:
        whole = writing.whole(self._is_largest)
        count = writing.unit(HeadTotalNode.of(whole, self.heads)) if self.heads else UnitSum(whole)
        return self._shared(d, self._is_largest, count)

    def entry(self, of: Entries, at: Entry, units: Units) -> Any:
        block = head_of(at[0], units, self.size, self.heads)
        count = flat([units.single(self._is_largest, j) for j in block])
        return self._shared(of(at if self.heads else (1,)), units.single(self._is_largest, at[0]), count)

    def operation(self, d: Symbol, builder: Builder) -> Symbol:
        whole, stem = builder.pointwise(self._is_largest), f"count_{self.operand}"
        if self.heads:
            return builder.pointwise(self._shared(d, whole, builder.reduce_by_head("sum", whole, self.heads)))
        return builder.pointwise(self._shared(d, self._is_largest, builder.reduce("sum", [whole], stem=stem)))

    def _shared(self, d: Expr, is_largest: Expr, count: Expr) -> Expr:
        return product(d, is_largest, Pow(count, -1, evaluate=False))

    @property
    def reads(self) -> tuple[Symbol, ...]:
        return (self.operand, self.largest)
