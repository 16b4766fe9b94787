"""One unit of a cell's equations: matrix products written out as sums, every symbol one number.

The symbol of unit k of a quantity is ``c[k]``, that of a matrix entry ``W_ii[j,k]``, counted from 1. A formula over
such symbols is what a step table substitutes numbers into, and what gives the exact value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sympy import Add, Basic, Expr, Integer, Mul, Rational, Symbol

from derive.definition.cell import Cell
from derive.symbolic.expressions import MeanNode, Transposed, ordered, rebuild, rewrite


def at(name: str, unit: int, column: int | None = None) -> Symbol:
    """The symbol of one unit of a quantity, or of one entry of a matrix."""
    return Symbol(f"{name}[{unit}]" if column is None else f"{name}[{unit},{column}]")


def matrix_product(node: Basic, cell: Cell) -> tuple[Symbol, Expr] | None:
    """(matrix, operand) where a node of a cell's equations is their product; V - V^T goes by the name of V."""
    matrices = {p.symbol for p in cell.parameters if p.kind == "matrix"}
    if not isinstance(node, Mul) or len(node.args) != 2:
        return None
    names = node.args[0].free_symbols
    return (next(iter(names)), node.args[1]) if len(names) == 1 and names <= matrices else None


class RowOf(Transposed):
    """The row that belongs to a unit of a matrix that is no plain weight: of V - V^T, or W^T. args: matrix, unit."""

    def _latex(self, printer: Any) -> str:
        matrix, unit = self.args
        text = printer._print(matrix)
        return f"{text.removesuffix('}')}({unit})}}" if isinstance(matrix, Transposed) else rf"({text})^{{({unit})}}"

    def _sympystr(self, printer: Any) -> str:
        matrix, unit = self.args
        text = printer._print(matrix)
        raised = str(unit).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))
        return f"{text if isinstance(matrix, Transposed) else f'({text})'}⁽{raised}⁾"


def one_unit(expr: Any, unit: int, cell: Cell, sizes: Mapping[str, int]) -> Any:
    """That unit of a formula of the cell's equations, over symbols of single numbers, in the author's order."""
    columns = {p.symbol: sizes[p.cols] for p in cell.parameters if p.kind == "matrix"}
    size = {p.symbol: p.rows for p in cell.parameters if p.kind == "vector"} | cell.sizes

    def units(node: Basic) -> int:
        return max((sizes.get(size[s], 1) for s in node.free_symbols if s in size), default=1)

    def walk(node: Any, k: int) -> Any:
        if product := matrix_product(node, cell):
            matrix, operand = product
            terms = [
                Mul(at(matrix.name, k, j), walk(operand, j), evaluate=False) for j in range(1, columns[matrix] + 1)
            ]
            return ordered(Add, terms)
        if isinstance(node, MeanNode):
            return MeanNode(*(walk(o, j) for o in node.operands for j in range(1, units(o) + 1)))
        if isinstance(node, Symbol):
            return at(node.name, k if units(node) > 1 else 1)
        if isinstance(node, Add):
            parts = [walk(a, k) for a in node.args]
            return ordered(Add, [b for p in parts for b in (p.args if isinstance(p, Add) else [p])])
        return rebuild(node, [walk(a, k) for a in node.args]) if node.args else node

    return walk(expr, unit)


def without_means(expr: Any) -> Any:
    """Means over listed units spelled out as a sum over their number."""

    def rule(node: Basic) -> Basic | None:
        if not isinstance(node, MeanNode):
            return None
        total = ordered(Add, list(node.operands))
        return Mul(Rational(1, len(node.operands)), total, evaluate=False)

    return rewrite(expr, rule)


def whole_operands(expr: Any, unit: int, cell: Cell, mark: Callable[[Symbol], Symbol]) -> Any:
    """One unit of a formula, with ``mark`` applied to what stands for all units: operands of matrices and means."""

    def marked(node: Any) -> Any:
        return rewrite(node, lambda n: mark(n) if isinstance(n, Symbol) else None)

    def walk(node: Any) -> Any:
        if product := matrix_product(node, cell):
            matrix = node.args[0]
            row = matrix if isinstance(matrix, Symbol) else RowOf(marked(matrix), Integer(unit))
            return Mul(row, marked(product[1]), evaluate=False)
        if isinstance(node, MeanNode):
            return MeanNode(*map(marked, node.operands))
        return rebuild(node, [walk(a) for a in node.args]) if node.args else node

    return walk(expr)
