"""Means over the units: the author's ``mean(...)``, and its statement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sympy import Add, Expr, Mul, Pow, Rational, Symbol

from derive.errors import DefinitionError
from derive.notation.quantity import typed
from derive.statements.base import EquationSite, Gatherer, Operations, Statement, UnitsNode, check_operands
from derive.statements.builder import Builder
from derive.statements.head_mean import HeadMeanNode
from derive.statements.maps import Scale
from derive.statements.sizes import number_of_units
from derive.statements.writing import ALL_UNITS, Units, Writing
from derive.symbolic.arithmetic import product, total
from derive.symbolic.expressions import ordered


class MeanNode(UnitsNode):
    """The mean over the units of one or several quantities: see ``mean``."""

    latex_name, unicode_name = r"\operatorname{mean}", "mean"
    over_units = True  # one number for all units

    def units(self, size: Callable[[Any], str]) -> str:
        return "1"

    def check(self, place: EquationSite, size: Callable[[Any], str]) -> None:
        for o in self.operands:
            if size(o) == "1":
                raise place.fail(f"mean({typed(o)}) is the mean of a single number", "use the number itself")

    def statement(self, target: Symbol, operands: tuple[Symbol, ...], size: Callable[[Any], str]) -> Mean:
        return Mean(target, operands)

    @property
    def formula(self) -> Expr:
        return Mul(Rational(1, len(self.args)), ordered(Add, list(self.args)), evaluate=False)


def mean(*operands: Expr, heads: str | int = "") -> UnitsNode:
    """The mean over the hidden units of the operands, taken jointly; the same number for every unit.

    heads: a number, or a name that the generated layer then takes, of equal parts of the units of one operand; then it
    is the mean over the units of each part, the same number for those units alone.
    """
    check_operands("mean(a)", operands)
    if heads == "":
        return MeanNode(*operands)  # type: ignore[no-any-return, unused-ignore]
    if len(operands) > 1:
        raise DefinitionError("mean(a, b, heads=...): expected one quantity; take the mean of each")
    return HeadMeanNode.typed(operands[0], heads)


@dataclass(frozen=True)
class Mean(Statement):
    """target = the mean over the units of the operands, jointly; one number for all units."""

    target: Symbol
    operands: tuple[Symbol, ...]
    size: str = "1"

    @property
    def reads(self) -> tuple[Symbol, ...]:
        return self.operands

    def written(self, writing: Writing = ALL_UNITS, operands: Sequence[Any] | None = None) -> Any:
        return MeanNode(*map(writing.whole, operands or self.operands))

    def entry(self, k: int, units: Units, operands: Sequence[Any] | None = None) -> Any:
        pairs = zip(operands or self.operands, self.operands, strict=True)
        return MeanNode(*(units.single(o, j) for o, q in pairs for j in range(1, units.many(q) + 1)))

    def vjp(self, d: Symbol, gather: Gatherer) -> None:
        """m = (Σ_k Σ_units q_k)/n: δq_k += δm/n, n being the number of values averaged"""
        counts = [number_of_units(gather.sizes[q]) for q in self.operands]
        if len(set(counts)) > 1:
            share = Pow(total(*counts), -1, evaluate=False)
        else:
            share = product(Rational(1, len(counts)), *(Pow(n, -1, evaluate=False) for n in counts[:1] if n != 1))
        for q in reversed(self.operands):
            gather.give(q, d, Scale(share), through=self.target, formula=self.written(), size=self.size)

    def cost(self, sizes: Mapping[Symbol, str]) -> Operations:
        """The sum, and the division by the number of units."""
        return Operations(arithmetic=Add(*(number_of_units(sizes[q]) for q in self.operands)))

    def operations(self, builder: Builder) -> None:
        builder.reduce("mean", self.operands, self.target)
