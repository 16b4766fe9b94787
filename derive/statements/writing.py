"""What statements and maps are asked for by those who print and evaluate them: how a formula is written, all units at
once or one of them, and what one unit of a formula is, over symbols of single numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from sympy import Add, Expr, Mul, Symbol
from sympy.core.symbol import Str

from derive.symbolic.arithmetic import product
from derive.symbolic.expressions import HIDDEN, ordered, rewrite
from derive.symbolic.nodes import Ones, RowOf, Transposed, UnitOf, Whole

Entry = tuple[int, ...]  # which unit of a vector, which row and column of a matrix; from 1


class Writing:
    """How equations are written, all units at once."""

    def whole(self, operand: Any) -> Any:
        """What stands for all units in the equation of each."""
        return operand

    def unit(self, node: Any) -> Any:
        """That unit of a function of all units."""
        return node

    def product(self, matrix: Expr, operand: Expr) -> Expr:
        """matrix · operand"""
        return Mul(matrix, operand, evaluate=False)

    def outer(self, d: Expr, operand: Symbol) -> Expr:
        """d · operandᵀ"""
        return Mul(d, Transposed(operand), evaluate=False)

    def repeated(self, d: Expr, size: str) -> Expr:
        """A number for each of so many units."""
        return product(d, Ones() if size == HIDDEN else Ones(Symbol(size)))


ALL_UNITS = Writing()


@dataclass(frozen=True)
class OneUnit(Writing):
    """One unit of equations: what stands for all units is marked, a matrix is that unit's row of it.

    label: how the unit is told from the others, its number or its place in a matrix.
    """

    label: str

    def whole(self, operand: Any) -> Any:
        return rewrite(operand, lambda n: Whole(n) if isinstance(n, Symbol) else None)

    def unit(self, node: Any) -> Any:
        return UnitOf(node, Str(self.label))

    def function(self, node: Any) -> Any:
        """That unit of a vector that is a function of all units of others."""
        return self.unit(self.whole(node))

    def product(self, matrix: Expr, operand: Expr) -> Expr:
        row = matrix if isinstance(matrix, Symbol) else RowOf(self.whole(matrix), Str(self.label))
        return Mul(row, self.whole(operand), evaluate=False)

    def repeated(self, d: Expr, size: str) -> Expr:
        return d  # of one unit a vector of ones is 1


class Units(Protocol):
    """Single units of formulas, over symbols of single numbers."""

    def count(self, size: str) -> int:
        """How many units a size is."""
        ...

    def many(self, q: Symbol) -> int:
        """How many units a quantity has."""
        ...

    def single(self, node: Any, k: int) -> Any:
        """Unit k of a formula of quantities."""
        ...


@lru_cache(maxsize=10_000)  # every step of a run reads the same numbers
def at(name: str, unit: int, column: int | None = None) -> Symbol:
    """The symbol of one unit of a quantity, or of one entry of a matrix."""
    return Symbol(f"{name}[{unit}]" if column is None else f"{name}[{unit},{column}]")


def entries(tensor: Any, entry: Entry = ()) -> Iterator[tuple[Entry, Any]]:
    """The numbers of a number, vector or matrix in nested tuples, each with its place."""
    if not isinstance(tensor, tuple):
        yield entry, tensor
        return
    for k, part in enumerate(tensor, 1):
        yield from entries(part, (*entry, k))


def named_entries(name: str, tensor: Any) -> Iterator[tuple[Symbol, Any]]:
    """The same, each with its symbol."""
    for entry, number in entries(tensor):
        yield at(name, *(entry or (1,))), number


def flat(terms: Sequence[Any]) -> Any:
    """The sum of these in this order, sums among them taken apart."""
    return ordered(Add, [b for t in terms for b in (t.args if isinstance(t, Add) else [t])])
