"""The layers of a diagram, from left to right: what reads stands to the right of what it reads.

A line that passes a layer has a place in it, a lane, so that it runs into nothing. The order within the layers is that
of few crossings, by sweeps of averages and exchanges of neighbours (Sugiyama, Tagawa and Toda 1981).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from derive.figures.graph import INPUT, OUTPUT, Graph

SWEEPS = 24


class Item(NamedTuple):
    """A place in a layer: a node, or the lane of what a node gives, on its way past that layer."""

    key: str
    layer: int
    lane: bool = False


Links = Mapping[Item, Sequence[Item]]


@dataclass(frozen=True)
class Layers:
    """The items of each layer from top to bottom, and for each item those of the next layer that it goes to."""

    rows: tuple[tuple[Item, ...], ...]
    following: Mapping[Item, tuple[Item, ...]]


def layered(graph: Graph) -> Layers:
    """The layers of a graph, inputs in the first one and outputs in the last."""
    depth = _depths(graph)
    last = max(depth.values())
    rows: list[list[Item]] = [[] for _ in range(last + 1)]
    following: dict[Item, list[Item]] = {}
    for key, node in graph.nodes.items():
        rows[depth[key]].append(Item(key, depth[key]))
        for source in node.inputs:
            here = Item(source, depth[source])
            for layer in range(depth[source] + 1, depth[key] + 1):
                there = Item(key, layer) if layer == depth[key] else Item(source, layer, lane=True)
                if there not in following.setdefault(here, []):
                    following[here].append(there)
                    if there.lane and there not in rows[layer]:
                        rows[layer].append(there)
                here = there
    links = {a: tuple(b) for a, b in following.items()}
    return Layers(tuple(map(tuple, _in_order(rows, links))), links)


def _depths(graph: Graph) -> dict[str, int]:
    depth: dict[str, int] = {}
    for key, node in graph.nodes.items():
        depth[key] = 0 if node.kind == INPUT else 1 + max((depth[i] for i in node.inputs), default=0)
    for key, node in reversed(graph.nodes.items()):
        if not node.inputs and node.kind != INPUT:  # of parameters alone: just before it is read
            depth[key] = max(1, min(depth[r] for r in graph.readers(key)) - 1)
    last = max(depth[k] for k, n in graph.nodes.items() if n.kind == OUTPUT)
    return depth | {k: last for k, n in graph.nodes.items() if n.kind == OUTPUT}


def _in_order(rows: list[list[Item]], following: Links) -> list[list[Item]]:
    """The same items in an order with few crossings; the cell's input, which enters from below, stays the lowest."""
    before: dict[Item, list[Item]] = {}
    for a, ends in following.items():
        for b in ends:
            before.setdefault(b, []).append(a)
    best, fewest = rows, _total(rows, following)
    for backwards in (False, True):
        now, earlier = [list(row) for row in rows], [rows[:0]] * 2  # after the two sweeps before this one
        for sweep in range(SWEEPS if fewest else 0):
            leftwards = (sweep % 2 == 1) != backwards
            for k in range(len(now) - 2, -1, -1) if leftwards else range(1, len(now)):
                beside = {item: i for i, item in enumerate(now[k + 1 if leftwards else k - 1])}
                links = following if leftwards else before
                old = {item: i for i, item in enumerate(now[k])}
                place = {i: _average([beside[other] for other in links.get(i, ())], old[i]) for i in now[k]}
                now[k].sort(key=lambda item, place=place: (item == rows[0][-1], place[item]))  # type: ignore[misc]
            _exchange(now, following, before)
            if (total := _total(now, following)) < fewest:
                best, fewest = [list(row) for row in now], total
            if not fewest or now == earlier[sweep % 2]:  # from here on nothing changes
                break
            earlier[sweep % 2] = [list(row) for row in now]
    return best


def _average(places: list[int], otherwise: float) -> float:
    return sum(places) / len(places) if places else otherwise


def _exchange(rows: list[list[Item]], following: Links, before: Links) -> None:
    """Exchange neighbours while that saves crossings."""
    for k, row in enumerate(rows):
        sides = [(rows[k - 1] if k else [], before), (rows[k + 1] if k + 1 < len(rows) else [], following)]
        beside = [({item: i for i, item in enumerate(other)}, links) for other, links in sides]
        places = {item: [[at[o] for o in links.get(item, ())] for at, links in beside] for item in row}
        improved = True
        while improved:
            improved = False
            for i in range(len(row) - (1 if k else 2)):
                above, below = places[row[i]], places[row[i + 1]]
                if sum(map(_inversions, above, below)) > sum(map(_inversions, below, above)):
                    row[i], row[i + 1] = row[i + 1], row[i]
                    improved = True


def _inversions(above: Sequence[int], below: Sequence[int]) -> int:
    """How many lines of two neighbours cross on one side."""
    return sum(a > b for a in above for b in below)


def _total(rows: Sequence[Sequence[Item]], following: Links) -> int:
    return sum(_crossings(a, b, following) for a, b in pairwise(rows))


def _crossings(left: Sequence[Item], right: Sequence[Item], following: Links) -> int:
    place = {item: i for i, item in enumerate(right)}
    ends = [place[b] for a in left for b in sorted(following.get(a, ()), key=place.__getitem__)]
    starts = [i for i, a in enumerate(left) for _ in following.get(a, ())]
    pairs = list(zip(starts, ends, strict=True))
    return sum(a < c and b > d for i, (a, b) in enumerate(pairs) for c, d in pairs[i + 1 :])
