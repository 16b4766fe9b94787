"""How the lines of a diagram run: straight through the layers, and up and down in the channels between them.

In a channel what one node gives has one vertical piece, from which all that it goes to branch off. The pieces stand in
the order in which the fewest lines cross and no two lie on one another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, pairwise, permutations
from typing import NamedTuple

from derive.figures.graph import INPUT, JOIN, OUTPUT
from derive.figures.layers import Item
from derive.figures.places import RADIUS, Sizes, from_below
from derive.figures.shapes import Dot, Line, Point

NEAR, APART = 2.5, 3.0  # pt: heights that are the same line; pieces that may stand over one another
HEAD = 4.5  # pt: the least that a line runs on after a turn, for its arrow
OVERLAP = 50  # crossings that a line on a line counts as
EDGE = 1.0  # pt: beside all that is drawn
TEXT = 2.0  # pt: between the name of what enters or leaves and its line
ALL_ORDERS = 6  # pieces of which every order is tried


class Spacing(NamedTuple):
    """The width of a channel, in pt: before the first piece, between two, after the last; and where there is none."""

    lead: float = 4.0
    track: float = 4.5
    arrow: float = 8.0
    plain: float = 9.0


SPACINGS = Spacing(), Spacing(2.5, 3.2, 6.5, 7.0), Spacing(1.8, 2.1, 4.3, 4.3)
ENTERS, LEAVES = 3.5, 6.5  # pt: beside a name, so that a line begins on no other one, and an arrow has its length


@dataclass(frozen=True)
class Piece:
    """The vertical piece of a net in a channel. start: where it comes from; None from below. ends: where it goes."""

    key: str
    start: float | None
    ends: tuple[float, ...]
    bottom: float

    @cached_property
    def span(self) -> tuple[float, float]:
        ys = [*self.ends, self.bottom if self.start is None else self.start]
        return min(ys), max(ys)

    @property
    def is_straight(self) -> bool:
        return self.span[1] - self.span[0] < 0.01

    def meets(self, other: Piece) -> bool:
        """Whether the two cannot stand over one another."""
        return self.span[0] < other.span[1] + APART and other.span[0] < self.span[1] + APART


class Routes:
    """The lines of a diagram, the columns of the layers and the channels between them."""

    def __init__(self, sizes: Sizes, y: Mapping[Item, float], spacing: Spacing) -> None:
        self.sizes, self.y, self.graph, self.spacing = sizes, y, sizes.graph, spacing
        self.rows = sizes.layers.rows
        self.bottom = max(y[i] + sizes.down(i) for i in y) + 8.0
        self.below = from_below(sizes.graph)
        self.tracks: list[dict[str, float]] = []  # of each channel: the place of the piece of each net
        self.middle: list[float] = []  # of each layer
        self.width = self._columns()

    def _columns(self) -> float:
        x = EDGE
        for k, row in enumerate(self.rows):
            nodes = [self.graph.nodes[i.key] for i in row if not i.lane and i.key != self.below]
            half = max((self.sizes.box(n)[0] / 2 for n in nodes), default=0.0)
            x += half
            self.middle.append(x)
            x += max([half, *(self.sizes.box(n)[0] / 2 + self.sizes.beside(n) for n in nodes)])
            if k + 1 < len(self.rows):
                self.tracks.append({})
                order = _ordered([p for p in self.pieces(k) if not p.is_straight])
                place: dict[str, int] = {}
                for i, piece in enumerate(order):
                    place[piece.key] = 1 + max((place[o.key] for o in order[:i] if o.meets(piece)), default=-1)
                lead, track, arrow, plain = self.spacing
                if any(n.kind == INPUT for n in nodes):
                    lead = max(lead, ENTERS)
                if any(self.graph.nodes[i.key].kind == OUTPUT for i in self.rows[k + 1]):
                    arrow, plain = max(arrow, LEAVES), max(plain, LEAVES)
                self.tracks[k] = {key: x + lead + track * p for key, p in place.items()}
                x += lead + track * max(place.values()) + arrow if place else plain
        return x + EDGE

    def pieces(self, k: int) -> list[Piece]:
        """What goes from layer k to the next."""
        found = []
        for item in self.rows[k]:
            ends = tuple(self._arrival(item, b) for b in self.sizes.layers.following.get(item, ()))
            if ends:
                start = None if k == 0 and item.key == self.below else self.y[item]
                found.append(Piece(item.key, start, ends, self.bottom))
        return found

    def _arrival(self, item: Item, to: Item) -> float:
        """The height at which a line arrives. One that turns there goes on where it nearly has that height."""
        if to.lane:
            return self.y[to]
        dy, turns = self.sizes.ports(self.graph.nodes[to.key])[item.key]
        start = self.y.get(item, self.bottom)
        is_near = turns and abs(start - self.y[to] - dy) < NEAR and abs(start - self.y[to]) > RADIUS + HEAD
        return start if is_near else self.y[to] + dy

    # ------------------------------------------------------------------ lines

    def lines(self) -> list[Line]:
        """A line for every input of every node."""
        return [self._line(source, key) for key, node in self.graph.nodes.items() for source in node.inputs]

    def _line(self, source: str, key: str) -> Line:
        layer = {i.key: i.layer for row in self.rows for i in row if not i.lane}
        points: list[Point] = []
        for k in range(layer[source], layer[key]):
            here = Item(source, k, lane=k > layer[source])
            there = Item(key, k + 1) if k + 1 == layer[key] else Item(source, k + 1, lane=True)
            end = self._arrival(here, there)
            track = self.tracks[k].get(source)
            if k == 0 and source == self.below:
                points.append((track or 0.0, self.bottom))
            else:
                points.append((self._edge(here, +1), self.y[here]))
            if track is not None:
                start = points[-1][1]
                points += [(track, start), (track, end)]
        node, item = self.graph.nodes[key], Item(key, layer[key])
        dy, turns = self.sizes.ports(node)[source]
        middle, y = self.middle[item.layer], self.y[item]
        points += (
            [(middle, end), (middle, y + (RADIUS if dy > 0 else -RADIUS))]
            if turns
            else [(self._edge(item, -1) - (TEXT if node.kind == OUTPUT else 0.0), end)]
        )
        thick = self.graph.nodes[source].kind == JOIN
        return Line(_simplified(points), node.kind != JOIN, "thick" if thick else "plain", (source, key))

    def _edge(self, item: Item, side: int) -> float:
        """The left (-1) or right (+1) edge of an item."""
        if item.lane:
            return self.middle[item.layer]
        node = self.graph.nodes[item.key]
        gap = TEXT if node.kind == INPUT else 0.0
        return self.middle[item.layer] + side * (self.sizes.box(node)[0] / 2 + gap)

    def dots(self, lines: Sequence[Line]) -> list[Dot]:
        """Where lines of one net part."""
        nets: dict[str, set[tuple[Point, Point]]] = {}
        for line in lines:
            for a, b in pairwise(line.points):
                nets.setdefault(line.ends[0], set()).add((min(a, b), max(a, b)))
        found = []
        for pieces in nets.values():
            for p in sorted({end for piece in pieces for end in piece}):
                if len({d for piece in pieces for d in _directions(p, piece)}) > 2:
                    found.append(Dot(*p))
        return found


def _directions(p: Point, piece: tuple[Point, Point]) -> set[tuple[int, int]]:
    """In which directions a piece goes on from a point."""
    (x0, y0), (x1, y1) = piece
    if not (x0 - 0.01 <= p[0] <= x1 + 0.01 and y0 - 0.01 <= p[1] <= y1 + 0.01):
        return set()
    found = set()
    for x, y in piece:
        if abs(x - p[0]) > 0.01 or abs(y - p[1]) > 0.01:
            found.add(((x > p[0] + 0.01) - (x < p[0] - 0.01), (y > p[1] + 0.01) - (y < p[1] - 0.01)))
    return found


def _simplified(points: Sequence[Point]) -> tuple[Point, ...]:
    """Without points that say nothing: doubled ones, and those on the straight line of their neighbours."""
    kept: list[Point] = []
    for p in points:
        if kept and abs(p[0] - kept[-1][0]) < 0.01 and abs(p[1] - kept[-1][1]) < 0.01:
            continue
        while len(kept) > 1 and any(
            abs(kept[-2][i] - kept[-1][i]) < 0.01 and abs(kept[-1][i] - p[i]) < 0.01 for i in (0, 1)
        ):
            kept.pop()
        kept.append(p)
    return tuple(kept)


def _ordered(pieces: Sequence[Piece]) -> list[Piece]:
    """The order of the pieces from left to right."""
    costs = [[_cost(left, right) for right in pieces] for left in pieces]

    def cost(order: Sequence[int]) -> int:
        return sum(costs[i][j] for i, j in combinations(order, 2))

    best = list(range(len(pieces)))
    if len(best) <= ALL_ORDERS:
        return [pieces[i] for i in min(permutations(best), key=cost)]
    least, improved = cost(best), True
    while improved:
        improved = False
        for i in range(len(best)):
            for j in range(len(best)):
                tried = best[:i] + best[i + 1 :]
                tried.insert(j, best[i])
                if (found := cost(tried)) < least:
                    best, least, improved = tried, found, True
    return [pieces[i] for i in best]


def _cost(left: Piece, right: Piece) -> int:
    """Crossings of a piece with one on its right, a line that lies on another counted many times."""
    top, bottom = right.span
    cost = sum(top < y < bottom for y in left.ends)
    if right.start is not None:
        cost += left.span[0] < right.start < left.span[1]
        cost += OVERLAP * sum(abs(y - right.start) < NEAR for y in left.ends)
    return cost
