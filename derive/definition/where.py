r"""What the equations of a cell leave open, as rows below them, in the words of papers: which letters are inputs and
which are learned, ``q_t \in \mathbb{R}^{N_key}`` of what is not as wide as the states, what is there for each head,
which weights are block-diagonal, which give one number for all units, the numbers of constants, the slope of a spike,
formulas of what is not learned."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sympy import Expr, Rational, Symbol

from derive.definition.chance import decimal
from derive.definition.fixed import fixed_rows
from derive.statements.parameter import Parameter
from derive.statements.sizes import axes_of, heads_of, joined
from derive.symbolic.expressions import HIDDEN
from derive.symbolic.fixed import Drawn
from derive.symbolic.spiking import spike

if TYPE_CHECKING:
    from derive.definition.cell import Cell
    from derive.notation.names import Notation

_HEADS = r"\text{ heads}"


def where_rows(cell: Cell, notation: Notation) -> Iterator[str]:
    r"""The rows, ``letters &\in space \quad words`` and ``letter &= number``."""
    rows: dict[tuple[str, str], list[str]] = {}  # letters of one space, of which the same is said, stand in one
    heads_are_said = False
    for symbol, size, words, blocks in _said(cell):
        heads, axes = heads_of(size) or blocks, axes_of(size)
        if not heads and size in cell.heads:  # a number for each head
            heads, axes = size, ()
        product = r" \times ".join(_size(axis, notation) for axis in axes)
        if heads:
            words = rf"\text{{{f'{words} for each of'.strip()} }} {_size(heads, notation)} {_HEADS}"
            heads_are_said = True
        elif words:
            words = rf"\text{{{words}}}"
        space = r"\mathbb{R}" + (f"^{{{product}}}" if axes else "")
        rows.setdefault((space, words), []).append(notation.latex(symbol))
    for (space, words), letters in rows.items():
        yield rf"{', '.join(letters)} &\in {space}" + (rf" \quad {words}" if words else "")
    if cell.heads and not heads_are_said:
        yield rf"&\text{{units in }} {_size(cell.heads[0], notation)} {_HEADS}"
    for p in cell.constants:
        yield f"{notation.latex(p.symbol)} &= {_number(p.default, notation)}"
    spikes = {node.func(Symbol("u"), *node.args[1:]) for line in cell.lines for node in line.expr.atoms(spike)}
    for node in sorted(spikes, key=str):
        yield rf"{spike.latex_name}'(u) &= {_number(node.args[1], notation)} \max(0, 1 - |u|)"
    yield from fixed_rows(cell)


def _said(cell: Cell) -> Iterator[tuple[Symbol, str, str, str]]:
    """Each symbol of which something is said, its size, the words, and the number of its blocks."""
    for k, i in enumerate(cell.inputs):
        if i.chance is None:
            yield i.symbol, i.size, "a further input" if k else "the input", ""
        elif i.size != HIDDEN:
            yield i.symbol, i.size, "", ""
    output = Symbol(cell.states[0])
    yield output, cell.sizes[output], "the output", ""
    for line in cell.lines:
        if (size := cell.sizes[line.target]) != HIDDEN and line.target != output:
            yield line.target, size, "", ""
    for p in cell.declared:
        if p.kind != "constant":
            yield p.symbol, p.rows, _how(p), ""
    others = {*_of_another_size(cell)}
    for p in cell.parameters:
        if p.heads:
            yield p.symbol, joined("", (p.rows, p.cols)), "block-diagonal, with a block", p.heads
        elif p.symbol in others:
            yield p.symbol, joined("", (p.rows, p.cols)), "", ""


def _of_another_size(cell: Cell) -> Iterator[Symbol]:
    """The weights of maps of another size than the equation in which they stand, one number for all its units."""
    for line in cell.lowered_lines:
        for part in line.parts.values():
            if part.size != cell.sizes[line.target]:
                yield from (term.weight for term in part.affine_terms)


def _how(parameter: Parameter) -> str:
    """Whether it is learned, or how it is drawn."""
    if parameter.fixed is None:
        return "learned"
    if not isinstance(parameter.fixed, Drawn):
        return "not learned"
    pairs = zip(("seed", "scale", "density", "radius"), parameter.fixed.args, (None, 1, 1, 0), strict=True)
    return "drawn with " + ", ".join(f"{name} {decimal(number)}" for name, number, usual in pairs if number != usual)


def _size(name: str, notation: Notation) -> str:
    return name if name.isdecimal() else notation.latex(Symbol(name))


def _number(number: Expr | None, notation: Notation) -> str:
    assert isinstance(number, Rational)
    return decimal(number) or notation.latex(number)
