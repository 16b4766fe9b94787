"""Running sums over the units: the author's ``cumsum(...)``, and its statement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sympy import Expr, Symbol

from derive.statements.base import Gatherer, Operations
from derive.statements.builder import Builder
from derive.statements.maps import Entries, Map, head_of
from derive.statements.over_units import OverUnits, OverUnitsNode
from derive.statements.sizes import number_of_units
from derive.statements.writing import Entry, Units, Writing, flat


class CumulativeNode(OverUnitsNode):
    """The running sum over the units of a quantity: see ``cumsum``."""

    function = "cumsum"

    def statement(self, target: Symbol, operands: tuple[Symbol, ...], size: Callable[[Any], str]) -> Cumulative:
        return Cumulative(target, operands[0], size(operands[0]), self.heads)


def cumsum(a: Expr, heads: str | int = "") -> CumulativeNode:
    """The running sum over the units, from the first on: unit k of it is a_1 + ... + a_k.

    heads: a number, or a name that the generated layer then takes, of equal parts of the units; then each part has a
    running sum of its own.
    """
    return CumulativeNode.typed(a, heads)


@dataclass(frozen=True)
class Cumulative(OverUnits):
    """target_k = Σ_{j ≤ k} operand_j over the units, or over those of the head that k is in."""

    node = CumulativeNode

    def entry(self, k: int, units: Units, operands: Sequence[Any] | None = None) -> Any:
        (a,) = operands or self.reads
        return flat([units.single(a, j) for j in head_of(k, units, self.size, self.heads) if j <= k])

    def vjp(self, d: Symbol, gather: Gatherer) -> None:
        """s_k = Σ_{j ≤ k} a_j: δa_j += Σ_{k ≥ j} δs_k"""
        back = FromLast(self.size, self.heads)
        gather.give(self.operand, d, back, through=self.target, formula=self.written(), size=self.size)

    def cost(self, sizes: Mapping[Symbol, str]) -> Operations:
        return Operations(arithmetic=number_of_units(self.size) - number_of_units(self.heads))

    def operations(self, builder: Builder) -> None:
        builder.scan(self.operand, heads=self.heads, target=self.target)


class FromLastNode(OverUnitsNode):
    """The running sum from the last unit on, which stands in gradients alone."""

    function = "revcumsum"


@dataclass(frozen=True)
class FromLast(Map):
    """The running sum of d from the last unit on, of all that ``size`` says or of each head."""

    size: str
    heads: str = ""

    def written(self, d: Expr, writing: Writing) -> Expr:
        return writing.unit(FromLastNode.of(writing.whole(d), self.heads))  # type: ignore[no-any-return, unused-ignore]

    def entry(self, of: Entries, at: Entry, units: Units) -> Any:
        return flat([of((j,)) for j in head_of(at[0], units, self.size, self.heads) if j >= at[0]])

    def operation(self, d: Symbol, builder: Builder) -> Symbol:
        return builder.scan(d, reverse=True, heads=self.heads)
