"""The diagram of a cell: how the data flows through one step, drawn from its own statements.

States run from left to right, the input enters from below, what the step gives leaves to the right. Circles are
products, sums, differences and quotients: what is subtracted or divided by enters a circle from above or below. Boxes
are functions; a shaded one has learned parameters and applies its function to the weighted sum of what enters. Where
lines join in a bar, all of them go on as one thick line. □ is what enters a box with a formula. A product with a
matrix or over the units is a box in which it is written, or a dot.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from derive.errors import DeriveError, shown
from derive.figures.drawing import Drawing
from derive.figures.graph import BOX, CIRCLE, INPUT, JOIN, OUTPUT, TYPE, Graph, Node
from derive.figures.label import Label
from derive.figures.layers import Layers, layered
from derive.figures.operations import graph
from derive.figures.places import LINE, Sizes, heights
from derive.figures.routes import SPACINGS, Routes
from derive.figures.shapes import Shape, Text, checked_width
from derive.notation.names import Notation

if TYPE_CHECKING:
    from derive.definition.cell import Cell

Notes = Callable[[Graph], Mapping[str, Sequence[Label]]]  # what stands under the lines of a graph, by node
COLUMN = 252.0  # pt: the width of a column of two on a page
DETAILS = ("operations", "equations")


def diagram(cell: Cell, *, width: float = COLUMN, detail: str = "", marked: str = "") -> Drawing:
    """The diagram of a cell.

    width: in pt, of the space there is; where the operations one by one do not fit, each equation is one box. detail:
    "operations" or "equations", whatever the width. marked: the name of an equation whose box is marked.

    Where nothing fits, the drawing is wider than asked for (``.width``). Raises DeriveError for another detail, for a
    width that is none, for a name that no equation has, and for a cell of more equations than can be drawn.
    """
    if detail not in ("", *DETAILS):
        raise DeriveError(f"detail is {shown(detail)}, expected 'operations' or 'equations'")
    if marked:
        cell[marked]  # the error for a name that is none
    drawn = layout(cell, checked_width(width), detail).drawing(cell, marked)
    unicode = cell.notation.unicode
    return replace(drawn, description="; ".join(f"{unicode(e.lhs)} = {unicode(e.rhs)}" for e in cell.equations))


def layout(
    cell: Cell, width: float, detail: str = "", names: Notation | None = None, notes: Notes | None = None
) -> Layout:
    """The first that fits: operations, closer together, equations, closer together; the last one where none does."""
    found: list[Layout] = []
    for one in (detail,) if detail else DETAILS:
        try:
            drawn = graph(cell, one == "equations", names)
        except DeriveError:  # too many operations, perhaps not too many equations
            if one == detail or one == DETAILS[-1]:
                raise
            continue
        found.append(placed(drawn, width, notes))
        if found[-1].routes.width <= width:
            break
    return found[-1]


def placed(drawn: Graph, width: float, notes: Notes | None = None) -> Layout:
    """A graph in its places, as far apart as fits the width; the closest where nothing does."""
    layers, under = layered(drawn), notes(drawn) if notes else {}
    sizes = Sizes(drawn, layers, {k: [label.width(TYPE) for label in labels] for k, labels in under.items()})
    y = heights(sizes)
    for spacing in SPACINGS:
        routes = Routes(sizes, y, spacing)
        if routes.width <= width:
            break
    return Layout(drawn, layers, sizes, routes, under)


@dataclass(frozen=True)
class Layout:
    """A graph that has its places. notes: what stands under the lines, by node."""

    graph: Graph
    layers: Layers
    sizes: Sizes
    routes: Routes
    notes: Mapping[str, Sequence[Label]]

    def drawing(self, cell: Cell, marked: str = "", title: str = "") -> Drawing:
        lines = self.routes.lines()
        texts, shapes = [], []
        bottom = self.routes.bottom
        for row in self.layers.rows:
            for item in row:
                node = self.graph.nodes[item.key]
                if item.lane:
                    continue
                x = self.routes.middle[item.layer]
                if item.key == self.routes.below:
                    x = next(line.points[0][0] for line in lines if line.ends[0] == item.key)
                    texts += self._input(node, x)
                    bottom += LINE * (1 + len(self.notes.get(node.key, ())))
                    continue
                y = self.routes.y[item]
                w, h = self.sizes.box(node)
                texts += self._texts(node, x, y)
                style = "bar" if node.kind == JOIN else "shaded" if node.weights else "plain"
                style = "marked" if marked and node.statement == marked and node.kind == BOX else style
                if node.kind in (BOX, CIRCLE, JOIN):
                    shapes.append(Shape(x, y, w, h, node.kind == CIRCLE, style, node.key))
        dots = self.routes.dots(lines)
        return Drawing(self.routes.width, bottom, shapes, lines, dots, texts, title or cell.title)

    def _input(self, node: Node, x: float) -> list[Text]:
        y = self.routes.bottom + LINE
        labels = [node.label, *self.notes.get(node.key, ())]
        return [Text(label, x, y + LINE * k, "middle", TYPE) for k, label in enumerate(labels)]

    def _texts(self, node: Node, x: float, y: float) -> list[Text]:
        width = self.sizes.box(node)[0]
        notes = self.notes.get(node.key, ())
        if node.kind in (INPUT, OUTPUT):
            side, anchor = (width / 2, "end") if node.kind == INPUT else (-width / 2, "start")
            labels = [node.label, *notes]
            return [Text(label, x + side, y + 2.5 + LINE * k, anchor, TYPE) for k, label in enumerate(labels)]
        right = x + width / 2 + 1.5
        lines = node.label.lines if node.label.latex else ()
        found = [
            Text(label, x, y + 2.7 + LINE * (k - (len(lines) - 1) / 2), "middle", TYPE) for k, label in enumerate(lines)
        ]
        found += [Text(node.name, right, y - 2.5, "start", TYPE)] if node.name else []
        found += [Text(label, right, y + LINE * (k + 1), "start", TYPE) for k, label in enumerate(notes)]
        return found
