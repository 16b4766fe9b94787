"""Complex quantities of a cell: each is a pair of real ones, ``s_re`` and ``s_im``, and all that is computed is real.

A state is declared by its annotation, ``s: complex``; another quantity is complex where its formula is. An equation of
such a quantity is two real equations; as its author wrote it, it is kept for print.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sympy import Add, Expr, Mul, Symbol

from derive.definition.line import Line
from derive.errors import DeriveError
from derive.notation.names import Equation
from derive.notation.printers import aligned
from derive.notation.quantity import PREVIOUS, typed
from derive.statements.base import UnitsNode, is_weighted, weighted
from derive.statements.sizes import axes_of
from derive.statements.writing import flat
from derive.symbolic.complexes import Complex, ImaginaryPart, ImaginaryUnit, RealPart, parts_of
from derive.symbolic.expressions import rebuild, rewrite
from derive.symbolic.expressions import replace as substitute
from derive.symbolic.tidy import tidy

if TYPE_CHECKING:
    from derive.definition.cell import Cell
    from derive.definition.lower import LoweredLine


@dataclass(frozen=True)
class ComplexLine:
    """An equation of a complex quantity as it is printed, and the real ones of its parts."""

    target: Symbol
    shown: Expr
    parts: tuple[Line, Line]

    @classmethod
    def of(cls, line: Line, value: Complex) -> ComplexLine:
        """The equation with that formula, yet without one. Raises DefinitionError as ``Line.typed`` does."""
        formulas = _with_one_map_for_both(line, (value.re, value.im, value.shown))
        re, im = (
            replace(line, target=Symbol(part)).typed(formula)
            for part, formula in zip(parts_of(line.target.name), formulas, strict=False)
        )
        shown = rewrite(tidy(formulas[-1]), lambda node: node.plain() if is_weighted(node) else None)
        return cls(line.target, shown, (re, im))


def _with_one_map_for_both(line: Line, formulas: tuple[Expr, ...]) -> tuple[Expr, ...]:
    """The formulas of both parts and for print, an affine map that both parts read named after the equation: else it
    would be named after each, and be two. Raises DefinitionError for several of them."""
    re, im = ({node for node in weighted(formula) if not node.label} for formula in formulas[:2])
    if not (common := re & im):
        return formulas
    if len(common) > 1:
        raise line.fail(
            f"both parts read {' and '.join(sorted(map(typed, common)))}",
            "give each a name, linear(..., name='a'), or a line of its own",
        )
    (node,) = common
    one = node.named(line.target.name.rstrip("_"))
    return tuple(rewrite(formula, lambda n: one if n == node else None) for formula in formulas)


def complex_equations(cell: Cell) -> tuple[Equation, ...]:
    """All equations of a cell, those of complex quantities as they were written; none where the cell has none, where
    those of their parts have been changed, or where a quantity is a matrix, which has its parts alone."""
    formulas = {line.target: line.expr for line in cell.lines}
    parts = [part for line in cell.complexes for part in line.parts]
    if not parts or any(formulas.get(part.target) != part.expr for part in parts):
        return ()
    if any(len(axes_of(cell.sizes[part.target])) > 1 for part in parts):
        return ()
    return tuple(_equations(cell))


def in_complex_form(cell: Cell) -> str:
    """The same as an ``aligned`` environment. Raises DeriveError where there are none."""
    if not (equations := complex_equations(cell)):
        raise DeriveError(f"{cell.name} has no complex quantities; print it in another notation, such as pytorch")
    return aligned(f"{e.notation.latex(e.lhs)} &= {e.notation.latex(e.rhs)}" for e in equations)


def _equations(cell: Cell) -> Iterator[Equation]:
    known = {q.name: quantity for q, quantity in cell.quantities.items()}
    table, printed = dict(known), dict[Any, Any]()
    for name in (line.target.name for line in cell.complexes):
        re, im = parts_of(name)
        for time in ("", PREVIOUS):
            if f"{re}{time}" in known:
                table[f"{name}{time}"] = replace(known[f"{re}{time}"], name=name)
                printed[Symbol(f"{re}{time}")] = RealPart(Symbol(f"{name}{time}"))
                printed[Symbol(f"{im}{time}")] = ImaginaryPart(Symbol(f"{name}{time}"))
    notation = replace(cell.notation, table=table)
    lines = {line.target: line for line in cell.lowered_lines}
    real, imaginary = ({line.parts[k].target: line for line in cell.complexes} for k in (0, 1))
    for target, line in lines.items():
        if own := real.get(target):
            shown = _written(own.shown, line, lines[own.parts[1].target])
            yield Equation.of(own.target, substitute(shown, printed), notation)
        elif target not in imaginary:
            yield Equation.of(target, substitute(line.written(), printed), notation)


def _written(node: Any, line: LoweredLine, im: LoweredLine) -> Any:
    """A formula with its maps spelled out: those of the imaginary part are what i multiplies."""
    if isinstance(node, UnitsNode):
        return line.parts[node].written(operands=[_written(o, line, im) for o in node.operands])
    if not node.args:
        return node
    own = im if isinstance(node, Mul) and isinstance(node.args[0], ImaginaryUnit) else line
    args = [_written(a, own, im) for a in node.args]
    return flat(args) if isinstance(node, Add) else rebuild(node, args)
