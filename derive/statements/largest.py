"""The largest of all units: the author's ``largest(...)``, and its statement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sympy import Expr, Ge, Integer, Max, Piecewise, Pow, Symbol

from derive.statements.base import EquationSite, Gatherer, Operations, Statement, UnitsNode, check_operands
from derive.statements.builder import Builder
from derive.statements.cumulative import check_units
from derive.statements.maps import Entries, Map
from derive.statements.sizes import number_of_units
from derive.statements.writing import ALL_UNITS, Entry, Units, Writing, flat
from derive.symbolic.arithmetic import product
from derive.symbolic.nodes import UnitSum


class LargestNode(UnitsNode):
    """The largest of all units of a quantity: see ``largest``."""

    latex_name, unicode_name = r"\operatorname{largest}", "largest"
    over_units = True  # one number for all units

    def units(self, size: Callable[[Any], str]) -> str:
        return "1"

    def check(self, place: EquationSite, size: Callable[[Any], str]) -> None:
        check_units(self, place, size)

    def statement(self, target: Symbol, operands: tuple[Symbol, ...], size: Callable[[Any], str]) -> Largest:
        return Largest(target, operands[0], size(operands[0]))


def largest(a: Expr) -> LargestNode:
    """The largest of all units, the same number for every unit. Its derivative goes to the units that are the largest,
    in equal parts, as that of ``torch.amax`` does."""
    check_operands("largest(a)", (a,))
    return LargestNode(a)  # type: ignore[no-any-return, unused-ignore]


@dataclass(frozen=True)
class Largest(Statement):
    """target = max_j operand_j over the units, of which there are as many as ``over`` says; one number for all."""

    target: Symbol
    operand: Symbol
    over: str
    size: str = "1"

    @property
    def reads(self) -> tuple[Symbol, ...]:
        return (self.operand,)

    def written(self, writing: Writing = ALL_UNITS, operands: Sequence[Any] | None = None) -> Any:
        (a,) = operands or self.reads
        return LargestNode(writing.whole(a))

    def entry(self, k: int, units: Units, operands: Sequence[Any] | None = None) -> Any:
        (a,) = operands or self.reads
        return Max(*(units.single(a, j) for j in range(1, units.count(self.over) + 1)), evaluate=False)

    def vjp(self, d: Symbol, gather: Gatherer) -> None:
        """m = max_j a_j: δa_k += δm/n for each of the n units that are m"""
        share = ToLargest(self.operand, self.target, self.over)
        gather.give(self.operand, d, share, through=self.target, formula=self.written(), size=self.over)

    def cost(self, sizes: Mapping[Symbol, str]) -> Operations:
        return Operations(arithmetic=number_of_units(self.over) - 1)

    def operations(self, builder: Builder) -> None:
        builder.reduce("max", [self.operand], self.target)


@dataclass(frozen=True)
class ToLargest(Map):
    """d in equal parts for those of ``size`` units that are the largest, 0 for the others."""

    operand: Symbol
    largest: Symbol
    size: str

    @property
    def _is_largest(self) -> Expr:
        condition = Ge(self.operand, self.largest, evaluate=False)
        return Piecewise((Integer(1), condition), (Integer(0), True), evaluate=False)

    def written(self, d: Expr, writing: Writing) -> Expr:
        count = UnitSum(writing.whole(self._is_largest))
        return product(d, self._is_largest, Pow(count, -1, evaluate=False))

    def entry(self, of: Entries, at: Entry, units: Units) -> Any:
        count = flat([units.single(self._is_largest, j) for j in range(1, units.count(self.size) + 1)])
        return product(of((1,)), units.single(self._is_largest, at[0]), Pow(count, -1, evaluate=False))

    def operation(self, d: Symbol, builder: Builder) -> Symbol:
        count = builder.reduce("sum", [builder.pointwise(self._is_largest)], stem=f"count_{self.operand}")
        return builder.pointwise(product(d, self._is_largest, Pow(count, -1, evaluate=False)))

    @property
    def reads(self) -> tuple[Symbol, ...]:
        return (self.operand, self.largest)
