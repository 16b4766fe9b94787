"""The linear maps of which backward equations consist, each with all that is known of it.

A statement gives back to what it reads its cotangent under a linear map: for a = W x + b that is Wᵀ δa for x, δa xᵀ
(summed over time) for W. A map knows how it is written and what one entry of its result is, so the printed equation,
the exact run and the machine's plan follow from one form. Any class with these two methods is a map.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from sympy import Add, Expr, Mul, S, Symbol

from derive.statements.builder import Builder
from derive.statements.parameter import Parameter
from derive.statements.sizes import number_of_units
from derive.statements.writing import Entry, Units, Writing, flat
from derive.statements.writing import at as symbol_at
from derive.symbolic.arithmetic import product, times, total
from derive.symbolic.expressions import ordered, symbols_in_order
from derive.symbolic.nodes import FunctionNode, TimeSum, Transposed, UnitSum, transposed

Entries = Callable[[Entry], Any]  # an entry of what a map is applied to


class Map(ABC):
    """A linear map of a cotangent. elementwise: whether each unit of the result is that unit times a number."""

    elementwise: ClassVar[bool] = False

    @property
    def gives_number(self) -> bool:
        """Whether the result is one number for all units, whatever it is the map of."""
        return False

    @abstractmethod
    def written(self, d: Expr, writing: Writing) -> Expr:
        """The map of d, as it is printed."""

    @abstractmethod
    def entry(self, of: Entries, at: Entry, units: Units) -> Any:
        """One entry of the result, over symbols of single numbers."""

    def chained(self, chain: Expr) -> Expr:
        """The map of a product of derivatives that are not taken, where it is not itself one of them."""
        return chain

    def operation(self, d: Symbol, builder: Builder) -> Symbol:
        """What it asks of a machine: the map of d."""
        raise NotImplementedError(type(self).__name__)

    @property
    def reads(self) -> tuple[Symbol, ...]:
        """The quantities and parameters that the map is made of."""
        return ()


@dataclass(frozen=True)
class Scale(Map):
    """d ⊙ local, a local derivative; 1 where there is nothing to multiply by."""

    elementwise = True
    local: Expr = S.One

    def written(self, d: Expr, writing: Writing) -> Expr:
        return times(d, self.local)

    def entry(self, of: Entries, at: Entry, units: Units) -> Any:
        return times(of(at), units.single(self.local, at[0]))

    def operation(self, d: Symbol, builder: Builder) -> Symbol:
        return builder.pointwise(times(d, self.local))

    @property
    def reads(self) -> tuple[Symbol, ...]:
        return tuple(symbols_in_order(self.local))


@dataclass(frozen=True)
class Copies(Scale):
    """n d: the sum over n units of one number, the size of that name being n."""

    def written(self, d: Expr, writing: Writing) -> Expr:
        return product(self.local, d)

    def chained(self, chain: Expr) -> Expr:
        return product(self.local, chain)

    @classmethod
    def of(cls, size: str) -> Copies:
        return cls(number_of_units(size))


@dataclass(frozen=True)
class Transpose(Map):
    """weightᵀ d; a weight of antisymmetric form multiplies as V - Vᵀ of the stored V."""

    weight: Parameter

    def written(self, d: Expr, writing: Writing) -> Expr:
        w = self.weight.symbol
        if self.weight.form == "full":
            return writing.product(Transposed(w), d)
        return writing.product(Add(Transposed(w), Mul(-1, w, evaluate=False), evaluate=False), d)

    def entry(self, of: Entries, at: Entry, units: Units) -> Any:
        (k,) = at
        rows = head_of(k, units, self.weight.rows, self.weight.heads)
        return ordered(Add, [Mul(symbol_at(self.weight.name, j, k), of((j,)), evaluate=False) for j in rows])

    def operation(self, d: Symbol, builder: Builder) -> Symbol:
        return builder.matmul(self.weight.symbol, d, transposed=True)

    @property
    def reads(self) -> tuple[Symbol, ...]:
        return (self.weight.symbol,)


class OnDiagonal(FunctionNode):
    """The blocks on the diagonal of a matrix, and nothing beside them."""

    latex_name, unicode_name = r"\operatorname{blocks}", "blocks"


def block_of(k: int, count: int, heads: int) -> range:
    """The numbers from 1 to ``count`` that are in one of so many equal parts with k; all of them, if there is one."""
    if heads == 1:
        return range(1, count + 1)
    size = count // heads
    first = (k - 1) // size * size + 1
    return range(first, first + size)


def head_of(k: int, units: Units, size: str, heads: str) -> range:
    """The units of a size that are in one head with unit k; all of them where there is no number of heads."""
    return block_of(k, units.count(size), units.count(heads) if heads else 1)


@dataclass(frozen=True)
class Outer(Map):
    """d operandᵀ; with ``heads`` the blocks on its diagonal, of so many rows and columns as ``size`` says. Their
    entries are counted within the block."""

    operand: Symbol
    heads: str = ""
    size: str = ""

    def written(self, d: Expr, writing: Writing) -> Expr:
        outer = writing.outer(d, self.operand)
        return OnDiagonal(outer) if self.heads else outer

    def entry(self, of: Entries, at: Entry, units: Units) -> Any:
        row, column = at
        if self.heads:
            column = head_of(row, units, self.size, self.heads)[column - 1]
        d = of((row,))
        return ordered(Mul, [*(d.args if isinstance(d, Mul) else [d]), units.single(self.operand, column)])

    @property
    def reads(self) -> tuple[Symbol, ...]:
        return (self.operand,)


@dataclass(frozen=True)
class SumUnits(Map):
    """1ᵀ d: the sum over the units, of which there are ``over``; one number."""

    over: str

    def written(self, d: Expr, writing: Writing) -> Expr:
        return self.chained(d)

    def chained(self, chain: Expr) -> Expr:
        return UnitSum(chain)  # type: ignore[no-any-return, unused-ignore]

    def entry(self, of: Entries, at: Entry, units: Units) -> Any:
        return flat([of((k,)) for k in range(1, units.count(self.over) + 1)])

    def operation(self, d: Symbol, builder: Builder) -> Symbol:
        return builder.reduce("sum", [d])


@dataclass(frozen=True)
class Repeat(Map):
    """d 1: one number for each of ``size`` units."""

    size: str

    def written(self, d: Expr, writing: Writing) -> Expr:
        return writing.repeated(d, self.size)

    def entry(self, of: Entries, at: Entry, units: Units) -> Any:
        return of((1,))

    def operation(self, d: Symbol, builder: Builder) -> Symbol:
        return builder.broadcast(d, self.size)


@dataclass(frozen=True)
class SumTime(Map):
    """Σ_t d, over the batch too, if there is one. Its entry is what one time step adds."""

    def written(self, d: Expr, writing: Writing) -> Expr:
        return self.chained(d)

    def chained(self, chain: Expr) -> Expr:
        return TimeSum(chain) if chain != 0 else chain  # type: ignore[no-any-return, unused-ignore]

    def entry(self, of: Entries, at: Entry, units: Units) -> Any:
        return of(at)


@dataclass(frozen=True)
class Antisymmetric(Map):
    """G - Gᵀ: the gradient of the stored V where V - Vᵀ multiplies and G is the gradient of that."""

    def written(self, d: Expr, writing: Writing) -> Expr:
        if isinstance(d, TimeSum):
            return TimeSum(self.written(d.args[0], writing))  # type: ignore[no-any-return, unused-ignore]
        terms = d.args if isinstance(d, Add) else (d,)
        return total(*(total(g, product(-1, transposed(g))) for g in terms))

    def entry(self, of: Entries, at: Entry, units: Units) -> Any:
        return flat([of(at), Mul(-1, of(at[::-1]), evaluate=False)])


def compose(*maps: Map) -> tuple[Map, ...]:
    """The same map, the first of them applied first: scales are one scale, and the sum over the units of one number
    for each of n units is n times it. Zero stays zero where the derivative has cases: see ``times``.
    """
    found: list[Map] = []
    for m in maps:
        last = found[-1] if found else None
        if isinstance(m, SumUnits) and isinstance(last, Repeat):
            found.pop()
            m = Copies.of(last.size)
            last = found[-1] if found else None
        if isinstance(m, Scale):
            local = times(last.local if isinstance(last, Scale) else S.One, m.local)
            found[len(found) - isinstance(last, Scale) :] = [Scale(local)]
        else:
            found.append(m)
    return tuple(m for m in found if m != Scale())
