"""Lines that run straight: items are tied together where the order allows it, and what is tied moves as one.

The items of a layer keep their order and the room that they need. Links are tried from the weightiest on: one becomes a
tie, a difference of heights that is kept, where all the room that is asked for can still be had. What is left moves to
the weighted median of what it is linked to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from derive.figures.layers import Item

ROUNDS = 30
Apart = tuple[Item, Item, float]  # what stands above, what stands below, how far it is at least


class Link(NamedTuple):
    """b should stand so that b + dy is level with a."""

    a: Item
    b: Item
    dy: float
    weight: float


class _Groups:
    """Items that move as one. offset: of an item from its group's height."""

    def __init__(self, items: Sequence[Item], apart: Sequence[Apart]) -> None:
        self.group = {item: k for k, item in enumerate(items)}
        self.offset = dict.fromkeys(items, 0.0)
        self.members: dict[int, list[Item]] = {k: [item] for k, item in enumerate(items)}
        self.place = dict.fromkeys(self.members, 0.0)
        self.below: dict[Item, list[tuple[Item, float]]] = {}
        self.above: dict[Item, list[tuple[Item, float]]] = {}
        for a, b, room in apart:
            self.below.setdefault(a, []).append((b, room))
            self.above.setdefault(b, []).append((a, room))
        self._push(list(self.members))

    def y(self, item: Item) -> float:
        return self.place[self.group[item]] + self.offset[item]

    def _push(self, groups: list[int]) -> bool:
        """Move groups down until all have their room. Whether that is possible."""
        pushed = dict.fromkeys(self.members, 0)
        while groups:
            g = groups.pop()
            for a in self.members[g]:
                for b, room in self.below.get(a, ()):
                    missing = self.y(a) + room - self.y(b)
                    if missing > 1e-6:
                        h = self.group[b]
                        pushed[h] += 1
                        if h == g or pushed[h] > len(self.members):
                            return False
                        self.place[h] += missing
                        groups.append(h)
        return True

    def tie(self, link: Link) -> None:
        """Make one group of two, where there is room."""
        g, h = self.group[link.a], self.group[link.b]
        if g == h:
            return
        old = dict(self.place)
        shift = self.y(link.a) - link.dy - self.y(link.b)
        moved = self.members.pop(h)
        if shift < 0:  # the other one comes down
            self.place[g] -= shift
        base = self.place[g]
        for item in moved:
            self.offset[item] += old[h] + max(shift, 0.0) - base
            self.group[item] = g
        self.members[g] += moved
        if not self._push([g]):
            self.members[g] = self.members[g][: -len(moved)]
            self.members[h] = moved
            for item in moved:
                self.offset[item] -= old[h] + max(shift, 0.0) - base
                self.group[item] = h
            self.place = old

    def settle(self, wishes: Mapping[Item, Sequence[tuple[Item, float, float]]]) -> None:
        """Move every group towards the weighted median of its links, as far as its neighbours let it."""
        for g in sorted(self.members, key=self.place.__getitem__):
            found, least, most = [], -1e9, 1e9
            for a in self.members[g]:
                found += [(self.y(b) - d - self.offset[a], w) for b, d, w in wishes.get(a, ()) if self.group[b] != g]
                least = max([least, *(self.y(b) + room - self.offset[a] for b, room in self.above.get(a, ()))])
                most = min([most, *(self.y(b) - room - self.offset[a] for b, room in self.below.get(a, ()))])
            if found:
                self.place[g] = min(max(_median(found, self.place[g]), least), most)


def straightened(items: Sequence[Item], apart: Sequence[Apart], links: Sequence[Link]) -> dict[Item, float]:
    """The height of every item, downwards."""
    groups = _Groups(items, apart)
    for link in sorted(links, key=lambda link: -link.weight):
        groups.tie(link)
    wishes: dict[Item, list[tuple[Item, float, float]]] = {}
    for a, b, dy, weight in links:
        wishes.setdefault(a, []).append((b, -dy, weight))
        wishes.setdefault(b, []).append((a, dy, weight))
    for _ in range(ROUNDS):
        before = dict(groups.place)
        groups.settle(wishes)
        if groups.place == before:
            break
    return {item: groups.y(item) for item in items}


def _median(wishes: Sequence[tuple[float, float]], now: float) -> float:
    """A weighted median: of those that are equally good the one next to where it is."""
    wishes = sorted(wishes)
    half, weight = sum(w for _, w in wishes) / 2, 0.0
    for k, (place, w) in enumerate(wishes):
        weight += w
        if weight > half + 1e-9:
            return place
        if abs(weight - half) < 1e-9:
            return min(max(now, place), wishes[k + 1][0])
    return now
