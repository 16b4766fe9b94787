"""Which equations of a cell are gates: what multiplies a quantity, and is a sigmoid or an exponential."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sympy import Add, Basic, Mul, Pow, Symbol, exp

from derive.symbolic.activations import sigmoid
from derive.symbolic.piecewise_linear import hard_sigmoid, hard_sigmoid_onnx

if TYPE_CHECKING:
    from derive.definition.cell import Cell

_GATES = (sigmoid, hard_sigmoid, hard_sigmoid_onnx, exp)


def gates(cell: Cell) -> tuple[str, ...]:
    """The names of the equations whose outermost function is one of those, and which multiply a quantity somewhere."""
    before = {cell.previous(s): s for s in cell.states}
    factors = {before.get(q, q.name) for line in cell.lines for q in _factors(line.expr)}
    return tuple(
        line.target.name for line in cell.lines if isinstance(line.expr, _GATES) and line.target.name in factors
    )


def _factors(node: Basic, within: bool = False) -> Iterator[Symbol]:
    """The quantities that stand in a factor of a product, as z does in (1 - z) * h."""
    if isinstance(node, Symbol) and within:
        yield node
    product = isinstance(node, Mul) and sum(not a.is_number for a in node.args) > 1
    for a in node.args:
        yield from _factors(a, product or (within and isinstance(node, (Add, Mul, Pow))))
