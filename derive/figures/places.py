"""Where the nodes of a diagram stand: columns for the layers, and heights by which lines run straight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from derive.figures.graph import CIRCLE, INPUT, JOIN, OUTPUT, TYPE, Graph, Node
from derive.figures.layers import Item, Layers
from derive.figures.straight import Link, straightened
from derive.notation.quantity import previous

RADIUS, LEAST_WIDTH, LEAST_HEIGHT = 5.5, 15.0, 14.0  # pt, of a circle and a box
PORT, ELBOW, GAP, LINE = 7.0, 6.0, 5.0, 9.0  # pt: between inputs, of a turn into a circle, between items, of a label


class Port(NamedTuple):
    """Where an input arrives: the height beside the node's middle, and whether it turns into it from above or below."""

    dy: float
    turns: bool = False


@dataclass(frozen=True)
class Sizes:
    """What the items of a diagram take. notes: widths and numbers of lines of what stands beneath a node's line."""

    graph: Graph
    layers: Layers
    notes: Mapping[str, Sequence[float]] = field(default_factory=dict)
    _ports: dict[str, dict[str, Port]] = field(default_factory=dict, init=False)

    def box(self, node: Node) -> tuple[float, float]:
        """(width, height)"""
        if node.kind == CIRCLE:
            return 2 * RADIUS, 2 * RADIUS
        if node.kind == JOIN:
            return 2.0, PORT * (len(node.inputs) - 1) + 5.0
        text = node.label.width(TYPE)
        if node.kind == INPUT:
            return max([text, *self.notes.get(node.key, ())]), LINE
        if node.kind == OUTPUT:
            return text, LINE
        return max(LEAST_WIDTH, text + 5.5), max(
            LEAST_HEIGHT + 7.5 * (len(node.label.lines) - 1), PORT * len(node.inputs) + 3.0
        )

    def beside(self, node: Node) -> float:
        """The width of what stands right of a node, over and under its line."""
        lines = list(self.notes.get(node.key, ()))
        if node.kind == OUTPUT:
            return max([0.0, *(w - node.label.width(TYPE) for w in lines)])
        lines += [node.name.width(TYPE)] if node.name else []
        return max(lines) + 3.0 if lines else 0.0

    def up(self, item: Item) -> float:
        """How far an item reaches above its line."""
        node = self.graph.nodes[item.key]
        if item.lane:
            return 0.0
        above = max(-min((p.dy for p in self.ports(node).values()), default=0.0), 0.0)
        return max(self.box(node)[1] / 2, above, LINE + 1.5 if node.name else 0.0)

    def down(self, item: Item) -> float:
        """How far it reaches below."""
        node = self.graph.nodes[item.key]
        if item.lane:
            return 0.0
        below = max((p.dy for p in self.ports(node).values()), default=0.0)
        notes = LINE * len(self.notes.get(item.key, ()))
        ends = LINE / 2 if node.kind in (INPUT, OUTPUT) else 1.5
        return max(self.box(node)[1] / 2, below, notes + ends if notes else 0.0)

    # ------------------------------------------------------------------ inputs

    @cached_property
    def _order(self) -> dict[tuple[str, int], int]:
        """How far down in its layer each line comes from that enters the next one."""
        return {(item.key, item.layer): k for row in self.layers.rows for k, item in enumerate(row)}

    def ports(self, node: Node) -> dict[str, Port]:
        """Where each input arrives."""
        if node.key not in self._ports:
            self._ports[node.key] = self._arranged(node)
        return self._ports[node.key]

    def _arranged(self, node: Node) -> dict[str, Port]:
        layer = next(k for k, row in enumerate(self.layers.rows) if Item(node.key, k) in row)
        keys = sorted(node.inputs, key=lambda i: self._order[i, layer - 1])
        if node.kind != CIRCLE or len(keys) == 1:
            first = -PORT * (len(keys) - 1) / 2
            return {key: Port(first + PORT * k) for k, key in enumerate(keys)}
        turn = RADIUS + ELBOW
        if len(keys) == 3:
            return {keys[0]: Port(-turn, True), keys[1]: Port(0.0), keys[2]: Port(turn, True)}
        ahead = node.inputs[0] if node.ordered else self._ahead(node, keys, layer)
        other = next(k for k in keys if k != ahead)
        return {ahead: Port(0.0), other: Port(-turn if keys.index(other) == 0 else turn, True)}

    def _ahead(self, node: Node, keys: list[str], layer: int) -> str:
        """The input that goes straight into a circle: of a state's line, else the one nearer to the edge."""
        on_line = [k for k in keys if k in self.lines]
        row = self.layers.rows[layer]
        upper = row.index(Item(node.key, layer)) < len(row) / 2
        return (on_line or (keys if upper else keys[::-1]))[0]

    @cached_property
    def lines(self) -> set[str]:
        """The nodes on the way of a state from the last step to the next through circles alone."""
        nodes = self.graph.nodes
        found: set[str] = set()
        for end in (n for n in nodes.values() if n.kind == OUTPUT):
            start = previous(end.quantity).name
            reached: set[str] = set()
            for node in nodes.values():
                circles = node.kind == CIRCLE and any(i in reached for i in node.inputs)
                if circles or (node.kind == INPUT and node.quantity == start):
                    reached.add(node.key)
            waiting = [end.inputs[0]]
            while waiting:
                if (key := waiting.pop()) in reached:
                    found.add(key)
                    waiting += (i for i in nodes[key].inputs if i not in found)
        return found


def heights(sizes: Sizes) -> dict[Item, float]:
    """The y of every item, downwards from 0: lines as straight as the order and the room that each needs allow."""
    rows = [[i for i in row if not (i.layer == 0 and _from_below(sizes, i))] for row in sizes.layers.rows]
    links: list[Link] = []
    for a, ends in sizes.layers.following.items():
        for b in ends:
            if a.layer == 0 and _from_below(sizes, a):
                continue
            node = sizes.graph.nodes[b.key]
            dy = 0.0 if b.lane else sizes.ports(node)[a.key].dy
            on_line = a.key in sizes.lines and (b.lane or b.key in sizes.lines or node.kind == OUTPUT) and dy == 0
            links.append(Link(a, b, dy, 12.0 if on_line else 4.0 if a.lane and b.lane else 2.0 if a.lane else 1.0))
    apart = [(a, b, sizes.down(a) + sizes.up(b) + GAP) for row in rows for a, b in pairwise(row)]
    y = straightened([i for row in rows for i in row], apart, links)
    top = min(y[i] - sizes.up(i) for i in y)
    return {item: place - top for item, place in y.items()}


def _from_below(sizes: Sizes, item: Item) -> bool:
    return sizes.graph.nodes[item.key].kind == INPUT and not item.lane and item.key == from_below(sizes.graph)


def from_below(graph: Graph) -> str:
    """The node that enters from below, the cell's input: the last of the inputs."""
    return [k for k, n in graph.nodes.items() if n.kind == INPUT][-1]
