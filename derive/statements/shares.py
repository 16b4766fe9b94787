"""The softmax over the units: the author's ``softmax(...)``, and its statement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sympy import Add, Expr, Mul, Pow, Symbol, exp

from derive.statements.base import EquationSite, Gatherer, Operations, Statement, UnitsNode, check_operands
from derive.statements.builder import Builder
from derive.statements.cumulative import check_units
from derive.statements.maps import Scale, SumUnits
from derive.statements.sizes import number_of_units
from derive.statements.writing import ALL_UNITS, Units, Writing
from derive.symbolic.arithmetic import product
from derive.symbolic.expressions import ordered


class SharesNode(UnitsNode):
    """The softmax over the units of a quantity: see ``softmax``."""

    latex_name, unicode_name = r"\operatorname{softmax}", "softmax"

    def units(self, size: Callable[[Any], str]) -> str:
        return size(self.args[0])

    def check(self, place: EquationSite, size: Callable[[Any], str]) -> None:
        check_units(self, place, size, "e = exp(a/2) and e * e / dot(e, e) are the softmax of each head's a")

    def statement(self, target: Symbol, operands: tuple[Symbol, ...], size: Callable[[Any], str]) -> Shares:
        return Shares(target, operands[0], size(operands[0]))


def softmax(a: Expr) -> SharesNode:
    """The softmax over the units: unit k of it is e^{a_k}/Σ_j e^{a_j}; all are positive and add up to 1."""
    check_operands("softmax(a)", (a,))
    return SharesNode(a)  # type: ignore[no-any-return, unused-ignore]


@dataclass(frozen=True)
class Shares(Statement):
    """target_k = e^{operand_k} / Σ_j e^{operand_j} over the units."""

    target: Symbol
    operand: Symbol
    size: str

    @property
    def reads(self) -> tuple[Symbol, ...]:
        return (self.operand,)

    def written(self, writing: Writing = ALL_UNITS, operands: Sequence[Any] | None = None) -> Any:
        (a,) = operands or self.reads
        return writing.unit(SharesNode(writing.whole(a)))

    def entry(self, k: int, units: Units, operands: Sequence[Any] | None = None) -> Any:
        (a,) = operands or self.reads
        powers = [exp(units.single(a, j), evaluate=False) for j in range(1, units.count(self.size) + 1)]
        return ordered(Mul, [powers[k - 1], Pow(ordered(Add, powers), -1, evaluate=False)])

    def vjp(self, d: Symbol, gather: Gatherer) -> None:
        """y = softmax(a): δa += y ⊙ δy - (1ᵀ(y ⊙ δy)) y"""
        about: dict[str, Any] = {"through": self.target, "formula": self.written(), "size": self.size}
        y = self.target
        gather.give(self.operand, d, Scale(y), SumUnits(self.size), Scale(product(-1, y)), **about)
        gather.give(self.operand, d, Scale(y), **about)

    def cost(self, sizes: Mapping[Symbol, str]) -> Operations:
        """An exponential and a division each, and the sum."""
        n = number_of_units(self.size)
        return Operations(arithmetic=2 * n - 1, functions=n)

    def operations(self, builder: Builder) -> None:
        builder.softmax(self.operand, target=self.target)
