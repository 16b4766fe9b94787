"""Running sums over the units: the author's ``cumsum(...)``, and its statement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sympy import Expr, Symbol

from derive.notation.quantity import typed
from derive.statements.base import EquationSite, Gatherer, Operations, Statement, UnitsNode, check_operands
from derive.statements.builder import Builder
from derive.statements.maps import Entries, Map
from derive.statements.sizes import axes_of, heads_of, number_of_units
from derive.statements.writing import ALL_UNITS, Entry, Units, Writing, flat
from derive.symbolic.nodes import FunctionNode


class CumulativeNode(UnitsNode):
    """The running sum over the units of a quantity: see ``cumsum``."""

    latex_name, unicode_name = r"\operatorname{cumsum}", "cumsum"

    def units(self, size: Callable[[Any], str]) -> str:
        return size(self.args[0])

    def check(self, place: EquationSite, size: Callable[[Any], str]) -> None:
        check_units(self, place, size)

    def statement(self, target: Symbol, operands: tuple[Symbol, ...], size: Callable[[Any], str]) -> Cumulative:
        return Cumulative(target, operands[0], size(operands[0]))


def cumsum(a: Expr) -> CumulativeNode:
    """The running sum over the units, from the first on: unit k of it is a_1 + ... + a_k."""
    check_operands("cumsum(a)", (a,))
    return CumulativeNode(a)  # type: ignore[no-any-return, unused-ignore]


def check_units(node: UnitsNode, place: EquationSite, size: Callable[[Any], str], by_head: str = "") -> None:
    """What is a function of all units is not one of a single number, nor of a matrix, nor, where it has no heads of its
    own, of what is there for each head, of which equations are printed. by_head: what is the same of the units of each
    head. Raises DefinitionError."""
    for o in node.operands:
        if heads_of(size(o)) and not hasattr(node, "heads"):
            raise place.fail(
                f"{node.unicode_name}({typed(o)}) goes over the units of all heads, and there are {size(o)}",
                f"{by_head and f'{by_head}; '}linear(...) makes one vector of those of all heads",
            )
        if len(axes_of(size(o))) > 1:
            raise place.fail(
                f"{node.unicode_name}({typed(o)}) is of a matrix, and goes over the units of a vector",
                "read the matrix by a vector, S @ q",
            )
        if size(o) == "1":
            raise place.fail(f"{node.unicode_name}({typed(o)}) is of a single number", "use the number itself")


@dataclass(frozen=True)
class Cumulative(Statement):
    """target_k = Σ_{j ≤ k} operand_j over the units."""

    target: Symbol
    operand: Symbol
    size: str

    @property
    def reads(self) -> tuple[Symbol, ...]:
        return (self.operand,)

    def written(self, writing: Writing = ALL_UNITS, operands: Sequence[Any] | None = None) -> Any:
        (a,) = operands or self.reads
        return writing.unit(CumulativeNode(writing.whole(a)))

    def entry(self, k: int, units: Units, operands: Sequence[Any] | None = None) -> Any:
        (a,) = operands or self.reads
        return flat([units.single(a, j) for j in range(1, k + 1)])

    def vjp(self, d: Symbol, gather: Gatherer) -> None:
        """s_k = Σ_{j ≤ k} a_j: δa_j += Σ_{k ≥ j} δs_k"""
        gather.give(self.operand, d, FromLast(self.size), through=self.target, formula=self.written(), size=self.size)

    def cost(self, sizes: Mapping[Symbol, str]) -> Operations:
        return Operations(arithmetic=number_of_units(self.size) - 1)

    def operations(self, builder: Builder) -> None:
        builder.scan(self.operand, target=self.target)


class FromLastNode(FunctionNode):
    """The running sum from the last unit on."""

    latex_name, unicode_name = r"\operatorname{revcumsum}", "revcumsum"


@dataclass(frozen=True)
class FromLast(Map):
    """The running sum of d from the last unit on, of which there are so many as ``size`` says."""

    size: str

    def written(self, d: Expr, writing: Writing) -> Expr:
        return writing.unit(FromLastNode(writing.whole(d)))  # type: ignore[no-any-return, unused-ignore]

    def entry(self, of: Entries, at: Entry, units: Units) -> Any:
        return flat([of((j,)) for j in range(at[0], units.count(self.size) + 1)])

    def operation(self, d: Symbol, builder: Builder) -> Symbol:
        return builder.scan(d, reverse=True)
