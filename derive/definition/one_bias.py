"""A cell whose affine maps have one bias each, as most papers write them: b_i in the place of b_ii + b_hi.

The values are those of the cell, each bias being the sum of those in whose place it stands; so are the gradients, but
not what a step of gradient descent makes of them, which PyTorch takes for either bias.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sympy import Add, Basic, Tuple
from sympy.core.symbol import Str

from derive.notation.names import Notation
from derive.notation.styles import Style
from derive.statements.affine import LinearNode
from derive.symbolic.expressions import ordered, rewrite

if TYPE_CHECKING:
    from derive.definition.cell import Cell


def in_style(cell: Cell, style: Style) -> tuple[Cell, Notation]:
    """The cell whose equations are written in a style, and how its names are.

    Raises DeriveError for a name of the style that the cell has not, and for one that would stand for two things.
    """
    cell = with_one_bias(cell, style.joined) if style.one_bias else cell
    notation = replace(cell.notation, style=style)
    notation.check()
    return cell, notation


def with_one_bias(cell: Cell, states_first: bool = False) -> Cell:
    """The cell; states_first: with what the maps read in the order [h, x]. Initial values of biases are PyTorch's."""

    def joined(node: Basic) -> Basic | None:
        if isinstance(node, LinearNode):
            return _joined([node], cell, True) if states_first and len(node.operands) > 1 else None
        return _sum(node, cell, states_first) if isinstance(node, Add) else None

    lines = tuple(replace(line, expr=rewrite(line.expr, joined)) for line in cell.lines)
    return cell if lines == cell.lines else replace(cell, lines=lines)


def biases_of(cell: Cell, one: Cell) -> dict[str, list[str]]:
    """By its name each bias of the cell with one bias a map, the biases of the cell in whose place it stands."""
    before = {t.weight: t.bias for s in cell.statements for t in s.affine_terms if t.bias is not None}
    found = {}
    for s in one.statements:
        waiting: list[str] = []
        for t in s.affine_terms:
            waiting += [before[t.weight].name] if t.weight in before else []
            if t.bias is not None:
                found[t.bias.name] = list(dict.fromkeys(waiting))
                waiting = []
    return found


def _sum(node: Add, cell: Cell, states_first: bool) -> Any:
    """The sum with its affine maps as one, where the first of them stands."""
    maps = [a for a in node.args if isinstance(a, LinearNode)]
    alike = [a for a in maps if maps and a.args[2:5] == maps[0].args[2:5] and a.heads == maps[0].heads]
    if len(alike) < 2 or maps[0].label:
        return None
    one = _joined(alike, cell, states_first)
    return ordered(Add, [one if a is alike[0] else a for a in node.args if a is alike[0] or a not in alike])


def _joined(maps: list[LinearNode], cell: Cell, states_first: bool) -> LinearNode:
    pairs = [(o, v) for m in maps for o, v in zip(m.operands, m.initial, strict=False)]
    if states_first:
        inputs = {i.symbol for i in cell.inputs}
        pairs.sort(key=lambda pair: pair[0] in inputs)
    bias = Str("bias" if any(m.bias for m in maps) else "")
    first = maps[0]
    node = first.func(Tuple(*(o for o, _ in pairs)), bias, *first.args[2:5], Tuple(), first.args[6])
    return node.starting(*(v for _, v in pairs), None)  # type: ignore[no-any-return, unused-ignore]
