"""The softmax over the units: the author's ``softmax(...)``, and its statement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sympy import Add, Expr, Mul, Pow, Symbol, exp

from derive.statements.base import Gatherer, Operations
from derive.statements.builder import Builder
from derive.statements.head_mean import ByHead
from derive.statements.maps import Map, Scale, SumUnits, head_of
from derive.statements.over_units import OverUnits, OverUnitsNode
from derive.statements.sizes import number_of_units
from derive.statements.writing import Units
from derive.symbolic.arithmetic import product
from derive.symbolic.expressions import ordered


class SharesNode(OverUnitsNode):
    """The softmax over the units of a quantity: see ``softmax``."""

    function = "softmax"

    def statement(self, target: Symbol, operands: tuple[Symbol, ...], size: Callable[[Any], str]) -> Shares:
        return Shares(target, operands[0], size(operands[0]), self.heads)


def softmax(a: Expr, heads: str | int = "") -> SharesNode:
    """The softmax over the units: unit k of it is e^{a_k}/Σ_j e^{a_j}; all are positive and add up to 1.

    heads: a number, or a name that the generated layer then takes, of equal parts of the units; then it is the softmax
    of each part, and those of a part add up to 1.
    """
    return SharesNode.typed(a, heads)


@dataclass(frozen=True)
class Shares(OverUnits):
    """target_k = e^{operand_k} / Σ_j e^{operand_j} over the units, or over those of the head that k is in."""

    node = SharesNode

    def entry(self, k: int, units: Units, operands: Sequence[Any] | None = None) -> Any:
        (a,) = operands or self.reads
        block = head_of(k, units, self.size, self.heads)
        powers = [exp(units.single(a, j), evaluate=False) for j in block]
        return ordered(Mul, [powers[k - block.start], Pow(ordered(Add, powers), -1, evaluate=False)])

    def vjp(self, d: Symbol, gather: Gatherer) -> None:
        """y = softmax(a): δa += y ⊙ δy - (1ᵀ(y ⊙ δy)) y; by head the sum is that of its units"""
        about: dict[str, Any] = {"through": self.target, "formula": self.written(), "size": self.size}
        y = self.target
        added: Map = ByHead(self.heads, self.size, "sum") if self.heads else SumUnits(self.size)
        gather.give(self.operand, d, Scale(y), added, Scale(product(-1, y)), **about)
        gather.give(self.operand, d, Scale(y), **about)

    def cost(self, sizes: Mapping[Symbol, str]) -> Operations:
        """An exponential and a division each, and the sum."""
        n = number_of_units(self.size)
        return Operations(arithmetic=2 * n - number_of_units(self.heads), functions=n)

    def operations(self, builder: Builder) -> None:
        builder.softmax(self.operand, self.heads, self.target)
