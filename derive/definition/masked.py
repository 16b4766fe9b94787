"""A mask on what the recurrent weights read, which stays the same for a whole sequence: dropout where it is drawn.

Source: Gal and Ghahramani (2016), "A Theoretically Grounded Application of Dropout in Recurrent Neural Networks", NIPS.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sympy import Expr, Mul, Symbol

from derive.definition.line import Line
from derive.definition.lower import state_size
from derive.errors import DeriveError
from derive.notation.quantity import previous
from derive.statements.affine import LinearNode
from derive.symbolic.expressions import HIDDEN, rewrite

if TYPE_CHECKING:
    from derive.definition.cell import Cell

MASK = "mask"


def masked(cell: Cell) -> Cell:
    """The cell whose recurrent weights read the previous output times a mask: see ``Cell.masked``."""
    output, mask = previous(cell.states[0]), previous(MASK)
    products: set[Symbol] = set()
    for line in cell.lines:
        if _is_product(line.expr, {output, *products}):
            products.add(line.target)
    read_as_they_are = {o for line in cell.lines for node in line.expr.atoms(LinearNode) for o in node.operands}
    shadows = {q: Symbol(f"{q.name}_masked") for q in products & read_as_they_are}
    taken = {MASK, *(s.name for s in shadows.values())} & {line.target.name for line in cell.lines}
    if taken:
        raise DeriveError(f"{cell.name} has an equation {min(taken)!r} already; a mask needs that name: rename it")

    def read(operand: Expr) -> Expr:
        carries = operand == output or _is_product(operand, {output, *products})
        return Mul(mask, operand, evaluate=False) if carries else shadows.get(operand, operand)

    def with_mask(node: Any) -> Any:
        if not isinstance(node, LinearNode):
            return None
        return node.func(node.args[0].func(*map(read, node.operands)), *node.args[1:])

    lines: list[Line] = []
    for line in cell.lines:
        lines.append(replace(line, expr=rewrite(line.expr, with_mask)))
        if line.target in shadows:  # with a name of its own, the product's weights keep theirs
            lines.append(Line(shadows[line.target], Mul(mask, line.target, evaluate=False), line.where))
    if not any(line.expr.has(mask) for line in lines):
        raise DeriveError(
            f"{cell.name}: no weight matrix reads the previous output {cell.states[0]!r} or a product of it,"
            " so that no mask can stand there; dropout of the input or of the output is left"
        )
    if state_size(cell.states[0], cell.lines) != HIDDEN:
        raise DeriveError(f"{cell.name} projects its output, which a mask of hidden_size units does not fit")
    return replace(
        cell,
        name=f"{cell.name}_masked",
        title=f"{cell.title} with a mask on the recurrent connection",
        class_name=f"{cell.class_name}Masked",
        lines=(*lines, Line(Symbol(MASK), mask)),
        states=(*cell.states, MASK),
        starts={**cell.starts, MASK: 1},
        projection=False,
    )


def _is_product(expr: Expr, factors: set[Symbol]) -> bool:
    return isinstance(expr, Mul) and not factors.isdisjoint(expr.args)
