"""A cell's diagram beside which its equations are spoken of one by one: the whole of it, or the part of some equations.

In a part what other equations give enters as an input does, and what they give leaves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sympy import Symbol

from derive.definition.cell import Cell
from derive.errors import DeriveError
from derive.figures.diagram import Layout, layout, placed
from derive.figures.drawing import Drawing
from derive.figures.graph import BOX, CIRCLE, INPUT, JOIN, OUTPUT, Graph, Node
from derive.figures.label import Label
from derive.figures.operations import graph
from derive.figures.shapes import Shape
from derive.notation.names import Notation


@dataclass(frozen=True)
class Part:
    """A diagram. shapes: those of each equation by its name, to be marked while it is spoken of."""

    drawing: Drawing
    shapes: Mapping[str, Sequence[Shape]]


def whole(cell: Cell, width: float, names: Notation) -> Part | None:
    """The diagram of the cell; None of one that has too many equations to be drawn."""
    try:
        return _part(cell, layout(cell, width, names=names))
    except DeriveError:
        return None


def part(cell: Cell, equations: Iterable[str], width: float, names: Notation) -> Part | None:
    """The diagram of some equations of the cell, a box each; None as of ``whole``."""
    try:
        drawn = graph(cell, in_equations=True, names=names)
    except DeriveError:
        return None
    return _part(cell, placed(_cut(drawn, set(equations), names), width))


def _part(cell: Cell, found: Layout) -> Part:
    drawing, owner = found.drawing(cell), _owners(cell)
    shapes: dict[str, list[Shape]] = {}
    for shape in drawing.shapes:
        node = found.graph.nodes[shape.key]
        if node.kind in (BOX, CIRCLE):
            shapes.setdefault(owner[node.statement], []).append(shape)
    return Part(drawing, shapes)


def _owners(cell: Cell) -> dict[str, str]:
    """The equation of the author in which each statement stands: its own, or the next one."""
    named = {line.target.name for line in cell.lines}
    found: dict[str, str] = {}
    owner = ""
    for name in reversed([s.target.name for s in cell.statements]):
        owner = name if name in named else owner
        found[name] = owner
    return found


def _cut(drawn: Graph, equations: set[str], names: Notation) -> Graph:
    """The nodes of those equations, with what enters and what leaves."""
    inside = [n for n in drawn.nodes.values() if n.kind == BOX and n.quantity in equations]
    kept = {n.key: replace(n, inputs=tuple(_sources(drawn, n))) for n in inside}
    enters = dict.fromkeys(i for n in kept.values() for i in n.inputs if i not in kept)
    found: dict[str, Node] = {}
    for key in sorted(enters, key=list(drawn.nodes).index):
        node = drawn.nodes[key]
        label = node.label if node.kind == INPUT else Label(names.symbol_latex(node.quantity))
        found[key] = Node(key, INPUT, label, quantity=node.quantity, formula=Symbol(node.quantity))
    if not found:  # an equation of parameters alone
        found["in"] = Node("in", INPUT, Label(""))
        kept = {key: replace(n, inputs=n.inputs or ("in",)) for key, n in kept.items()}
    found |= kept
    for n in inside:
        key = f"out {n.key}"
        found[key] = Node(key, OUTPUT, Label(names.symbol_latex(n.quantity)), (n.key,), quantity=n.quantity)
    return Graph(found)


def _sources(drawn: Graph, node: Node) -> Iterable[str]:
    """What enters a node, through bars too."""
    for key in node.inputs:
        source = drawn.nodes[key]
        yield from _sources(drawn, source) if source.kind == JOIN else (key,)
