"""Products of quantities by named axes: the statement that every product with a matrix memory is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sympy import Expr, Integer, Symbol

from derive.notation.quantity import cotangent
from derive.statements import contracted
from derive.statements.base import Gatherer, Operations, Statement
from derive.statements.builder import Builder
from derive.statements.maps import Entries, Map
from derive.statements.sizes import ONE, heads_of, number_of_units, unprimed
from derive.statements.writing import ALL_UNITS, Entry, Units, Writing
from derive.symbolic.arithmetic import product

MOST_FACTORS = 4  # for which a loop over axes has room


@dataclass(frozen=True)
class Contraction(Statement):
    """target = coefficient · Π factors, each with the axes that ``sizes`` names, summed over those that ``axes``, the
    target's, lack. Axes that are as long and are not the same are told apart by a prime: ``key×key'``."""

    target: Symbol
    factors: tuple[Symbol, ...]
    sizes: tuple[str, ...]
    axes: str
    coefficient: Expr = Integer(1)
    is_term = True

    @property
    def size(self) -> str:  # type: ignore[override]
        return unprimed(self.axes)

    @property
    def reads(self) -> tuple[Symbol, ...]:
        return self.factors

    def written(self, writing: Writing = ALL_UNITS, operands: Sequence[Any] | None = None) -> Any:
        formulas = [writing.whole(o) for o in operands or self.factors]
        return _written(self.coefficient, formulas, self.sizes, self.axes, writing)

    def entry(self, k: int, units: Units, operands: Sequence[Any] | None = None) -> Any:
        of = [_entry_of(o, units) for o in operands or self.factors]
        found = contracted.entry(of, self.sizes, self.axes, k, units.count)
        return product(self.coefficient, found)

    def vjp(self, d: Symbol, gather: Gatherer) -> None:
        """S = Π q_k by axes: δq_j += δS Π_{k ≠ j} q_k by axes, with those of q_j"""
        formula = self.written()
        through = self.target if d == cotangent(self.target) else formula  # the cotangent of the sum that it is in
        for k in reversed(range(len(self.factors))):
            others = tuple((q, s) for j, (q, s) in enumerate(zip(self.factors, self.sizes, strict=True)) if j != k)
            back = Contracted(self.axes, others, self.sizes[k], self.coefficient)
            gather.give(self.factors[k], d, back, through=through, formula=formula, size=self.size)

    def cost(self, sizes: Mapping[Symbol, str]) -> Operations:
        """A multiplication for each factor beside the first; with a sum they are those of a matrix product."""
        products = contracted.multiplications(self.sizes, self.axes, number_of_units)
        summed = contracted.summed_axes(self.sizes, self.axes)
        return Operations(multiply_adds=products) if summed else Operations(arithmetic=products)

    def operations(self, builder: Builder) -> None:
        _contract(builder, self.factors, self.sizes, self.axes, self.coefficient, self.target)


@dataclass(frozen=True)
class Contracted(Map):
    """d, of size ``of``, contracted with other quantities, to the axes of ``size``; axes as in ``Contraction``."""

    of: str
    others: tuple[tuple[Symbol, str], ...]
    size: str
    coefficient: Expr = Integer(1)

    @property
    def gives_number(self) -> bool:
        return self.size == "1"

    @property
    def sizes(self) -> tuple[str, ...]:
        return (self.of, *(s for _, s in self.others))

    def written(self, d: Expr, writing: Writing) -> Expr:
        formulas = [writing.whole(f) for f in (d, *self.reads)]
        return _written(self.coefficient, formulas, self.sizes, self.size, writing)

    def chained(self, chain: Expr) -> Expr:
        return self.written(chain, ALL_UNITS)

    def entry(self, of: Entries, at: Entry, units: Units) -> Any:
        factors = [lambda k: of((k,)), *(_entry_of(q, units) for q in self.reads)]
        return product(self.coefficient, contracted.entry(factors, self.sizes, self.size, at[0], units.count))

    def operation(self, d: Symbol, builder: Builder) -> Symbol:
        return _contract(builder, (d, *self.reads), self.sizes, self.size, self.coefficient)

    @property
    def reads(self) -> tuple[Symbol, ...]:
        return tuple(q for q, _ in self.others)


def _written(coefficient: Expr, formulas: Sequence[Expr], sizes: Sequence[str], size: str, writing: Writing) -> Expr:
    number = [] if abs(coefficient) == 1 else [abs(coefficient)]
    whole = contracted.written([*number, *formulas], [*(ONE for _ in number), *sizes], size)
    return product(-1 if coefficient < 0 else 1, whole if size == ONE else writing.unit(whole))


def _contract(
    builder: Builder,
    factors: Sequence[Symbol],
    sizes: Sequence[str],
    axes: str,
    coefficient: Expr,
    target: Symbol | None = None,
) -> Symbol:
    """A contraction and, where there is one, the number in front of it. Where there are more
    factors than a loop has room for, the numbers of each head among them are multiplied before."""
    heads = next(filter(None, map(heads_of, sizes)), ONE)
    numbers = [q for q, size in zip(factors, sizes, strict=True) if size in (heads, ONE)]
    if len(factors) > MOST_FACTORS and len(numbers) > 1:
        size = heads if heads in sizes else ONE
        rest = [(q, s) for q, s in zip(factors, sizes, strict=True) if s not in (heads, ONE)]
        factors, sizes = zip((builder.pointwise(product(*numbers), size), size), *rest, strict=True)
    if coefficient == 1:
        return builder.contract(factors, sizes, axes, target)
    return builder.pointwise(product(coefficient, builder.contract(factors, sizes, axes)), unprimed(axes), target)


def _entry_of(operand: Any, units: Units) -> contracted.Entry:
    return lambda k: units.single(operand, k)
