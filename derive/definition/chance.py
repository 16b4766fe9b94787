"""Masks that are drawn: how they are printed, and the cell without them, as it is evaluated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import combinations
from typing import TYPE_CHECKING

from sympy import Basic, Expr, Integer, Mul, Pow, Rational

from derive.definition.inputs import chance_of
from derive.errors import DefinitionError
from derive.statements.affine import LinearNode
from derive.symbolic.expressions import ordered, rewrite
from derive.symbolic.expressions import replace as substitute

if TYPE_CHECKING:
    from derive.definition.cell import Cell
    from derive.definition.definition import Definition
    from derive.notation.names import Notation


def drawn_rows(cell: Cell, notation: Notation) -> Iterator[tuple[str, str]]:
    """What each mask is drawn from, as a row of LaTeX and as text."""
    for i in cell.draws:
        assert i.chance is not None
        p, when = i.chance.probability, i.chance.how_often
        latex, text = decimal(p) or notation.latex(p), decimal(p) or notation.unicode(p)
        yield (
            rf"{notation.latex(i.symbol)} &\sim \operatorname{{Bernoulli}}({latex}) \quad \text{{{when}}}",
            f"{notation.unicode(i.symbol)} ~ Bernoulli({text}) {when}",
        )


def decimal(p: Expr) -> str:
    """The decimal that a number is, where it is a short one."""
    text = f"{Decimal(f'{float(p):.12g}'):f}" if p.is_Rational else ""
    return text if text and Rational(text) == p else ""


def in_evaluation(cell: Cell) -> Cell:
    """The cell with means in the place of masks: see ``Cell.in_evaluation``."""
    if not cell.draws:
        return cell
    means: dict[Basic, Expr] = {i.symbol: i.chance.probability for i in cell.draws if i.chance is not None}
    lines = tuple(replace(line, expr=rewrite(substitute(line.expr, means), _cancelled)) for line in cell.lines)
    read = {q for line in lines for q in line.expr.free_symbols}
    declared = tuple(p for p in cell.declared if p.symbol in read)
    title = f"{cell.title}, as evaluated"
    return replace(cell, title=title, lines=lines, declared=declared, further=cell.given)


def _cancelled(node: Basic) -> Basic | None:
    """A product in which what a mask is divided by, to have the mean 1, is cancelled."""
    if not isinstance(node, Mul):
        return None
    fixed = [a for a in node.args if a.is_Rational or a.is_Symbol or (isinstance(a, Pow) and a.base.is_Symbol)]
    for one, other in combinations(fixed, 2):
        if one * other == 1:
            rest = list(node.args)
            rest.remove(one)
            rest.remove(other)
            return ordered(Mul, rest) if rest else Integer(1)
    return None


def check_draws(cell: Definition) -> None:
    """What can be wrong with masks. Raises DefinitionError."""
    constants = {p.name: p.default for p in cell.constants}
    drawn = {i.symbol for i in cell.draws}
    if cell.further != (*cell.given, *cell.draws):
        raise cell.fail("masks stand after the other inputs; name them last in further")
    for i in cell.draws:
        assert i.chance is not None
        p = i.chance.probability
        try:
            chance_of(i.name, p.name if p.is_Symbol else p, constants)
        except DefinitionError as e:
            raise cell.fail(str(e)) from None
    for line in cell.lines:
        for node in line.expr.atoms(LinearNode):
            for mask in drawn.intersection(node.operands):
                raise line.fail(f"linear({mask}) maps a mask, which is one number in evaluation", "multiply by it")
