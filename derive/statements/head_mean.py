"""The mean over the units of each head: the author's ``mean(..., heads=...)``, and its statement."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sympy import Expr, Mul, Rational, Symbol
from sympy.core.symbol import Str

from derive.statements.base import EquationSite, Gatherer, Operations, Statement, UnitsNode
from derive.statements.builder import Builder
from derive.statements.cumulative import check_units
from derive.statements.maps import Entries, Map, block_of
from derive.statements.sizes import number_of_units
from derive.statements.writing import ALL_UNITS, Entry, Units, Writing, flat
from derive.symbolic.expressions import ordered


class HeadMeanNode(UnitsNode):
    """The mean over the units of the head that a unit is in. args: a quantity, the size that is the number of heads."""

    latex_name, unicode_name = r"\operatorname{headmean}", "headmean"

    operands = property(lambda self: (self.args[0],))
    heads = property(lambda self: self.args[1].name)

    def units(self, size: Callable[[Any], str]) -> str:
        return size(self.args[0])

    def check(self, place: EquationSite, size: Callable[[Any], str]) -> None:
        check_units(self, place, size)

    def statement(self, target: Symbol, operands: tuple[Symbol, ...], size: Callable[[Any], str]) -> HeadMean:
        return HeadMean(target, operands[0], self.heads, size(operands[0]))

    def _latex(self, printer: Any) -> str:
        return rf"{self.latex_name}\left({printer._print(self.args[0])}\right)"

    def _sympystr(self, printer: Any) -> str:
        return f"{self.unicode_name}({printer._print(self.args[0])})"


@dataclass(frozen=True)
class HeadMean(Statement):
    """target_k = the mean of the operand over the units of the head that k is in; heads: the size that their number
    is."""

    target: Symbol
    operand: Symbol
    heads: str
    size: str

    @property
    def reads(self) -> tuple[Symbol, ...]:
        return (self.operand,)

    def written(self, writing: Writing = ALL_UNITS, operands: Sequence[Any] | None = None) -> Any:
        (a,) = operands or self.reads
        return writing.unit(HeadMeanNode(writing.whole(a), Str(self.heads)))

    def entry(self, k: int, units: Units, operands: Sequence[Any] | None = None) -> Any:
        (a,) = operands or self.reads
        return _mean(lambda at: units.single(a, at[0]), k, units, self.size, self.heads)

    def vjp(self, d: Symbol, gather: Gatherer) -> None:
        """m = the mean of a by heads, a symmetric map: δa += the mean of δm by heads"""
        back = ByHead(self.heads, self.size)
        gather.give(self.operand, d, back, through=self.target, formula=self.written(), size=self.size)

    def cost(self, sizes: Mapping[Symbol, str]) -> Operations:
        """The sum and the division of each head."""
        return Operations(arithmetic=number_of_units(self.size))

    def operations(self, builder: Builder) -> None:
        builder.mean_by_head(self.operand, self.heads, self.target)


@dataclass(frozen=True)
class ByHead(Map):
    """The mean of d over the units of each head, for each of these units."""

    heads: str
    size: str

    def written(self, d: Expr, writing: Writing) -> Expr:
        return writing.unit(HeadMeanNode(writing.whole(d), Str(self.heads)))  # type: ignore[no-any-return, unused-ignore]

    def entry(self, of: Entries, at: Entry, units: Units) -> Any:
        return _mean(of, at[0], units, self.size, self.heads)

    def operation(self, d: Symbol, builder: Builder) -> Symbol:
        return builder.mean_by_head(d, self.heads)


def _mean(of: Entries, k: int, units: Units, size: str, heads: str) -> Any:
    """The mean of the entries in the same head as unit k."""
    block = block_of(k, units.count(size), units.count(heads))
    terms = flat([of((j,)) for j in block])
    return ordered(Mul, [Rational(1, len(block)), terms]) if len(block) > 1 else terms
