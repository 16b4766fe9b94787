"""Which weights of two cells are the same, by what each of them does to the new states: no formula is looked at.

At first all weights of a kind and size have the same numbers. Each by itself then gets others: weights with which the
new states come out the same are paired, and keep numbers of their own, which tells those apart that are left.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sympy import Symbol

from derive.backends.base import Array
from derive.comparison.by_numbers.numbers import sizes_of_both
from derive.comparison.by_numbers.stepped import Stepped, generic, is_same
from derive.comparison.pairing.renamed import renamed_size
from derive.definition.cell import Cell
from derive.statements.parameter import Parameter

ROWS = 4  # inputs and states for which a step is computed
TOLERANCE = 1e-9  # relative to the larger number


@dataclass(frozen=True)
class Paired:
    """weights: the first cell's, each with that of the second; constants: those of the same number. same: the lines of
    the first that have the numbers of a line of the second, each with that."""

    weights: Mapping[str, str]
    constants: Mapping[str, str]
    same: Mapping[str, str]


def paired(first: Cell, second: Cell, states: Mapping[str, str], sizes: Mapping[str, str]) -> Paired | None:
    """Weights, constants and lines of cells with as many of each kind and size; None where no weights do the same.

    states: the first cell's, each with that of the second; sizes: what the second's are called in the first. Constants
    are left out where they are other numbers.
    """
    numbers = sizes_of_both(first, second)
    left = _Side(Stepped(first, numbers, tuple(states), ROWS))
    right = _Side(Stepped(second, numbers, tuple(states.values()), ROWS, sizes))
    if Counter(left.kinds.values()) != Counter(right.kinds.values()):
        return None
    if not _close(left.after(), right.after()):
        return None
    found: dict[str, str] = {}
    while len(found) < len(left.kinds):
        pairs = _told_apart(left, right, found)
        for a, b in pairs:
            found[a] = b
            left.give(a, len(found))
            right.give(b, len(found))
        if not pairs or not _close(left.after(), right.after()):
            return None
    mine, theirs = ([p for p in cell.parameters if p.fixed is not None] for cell in (first, second))
    constants = _alike(first.constants, second.constants, sizes)
    return Paired(found | _alike(mine, theirs, sizes), constants, dict(_same_lines(left, right)))


class _Side:
    """A cell, and the numbers of its weights: at first the same for all of a kind and size."""

    def __init__(self, of: Stepped) -> None:
        self.of, self.kinds = of, of.kinds
        self.weights = {name: self._numbers(name, 0) for name in of.kinds}

    def give(self, name: str, k: int) -> None:
        """The k-th numbers for a weight, the same for all of its kind and size."""
        self.weights[name] = self._numbers(name, k)

    def _numbers(self, name: str, k: int) -> Array:
        return generic(self.kinds[name], self.of.shapes[name], k)

    def after(self, *others: str) -> Array:
        """The new states, with numbers that no other has for weights of these names."""
        return self.of.at(self.weights | {name: self._numbers(name, len(self.kinds) + 1) for name in others})

    def quantities(self) -> dict[Symbol, Array]:
        return self.of.quantities(self.weights)


def _close(a: Array, b: Array) -> bool:
    return a.shape == b.shape and is_same(a, b, TOLERANCE)


def _told_apart(left: _Side, right: _Side, found: Mapping[str, str]) -> list[tuple[str, str]]:
    """Pairs of weights that alone do what each does; of those that all do the same, the first two."""
    mine = {a: left.after(a) for a in left.kinds if a not in found}
    theirs = {b: right.after(b) for b in right.kinds if b not in found.values()}
    ways = {
        a: [b for b, w in theirs.items() if left.kinds[a] == right.kinds[b] and _close(v, w)] for a, v in mine.items()
    }
    if not all(ways.values()):
        return []
    taken = Counter(b for way in ways.values() for b in way)
    alone = [(a, way[0]) for a, way in ways.items() if len(way) == 1 and taken[way[0]] == 1]
    return alone or [(a, way[0]) for a, way in list(ways.items())[:1]]


def _alike(first: Iterable[Parameter], second: Iterable[Parameter], sizes: Mapping[str, str]) -> dict[str, str]:
    """What is not learned, each with another of the same sizes that is the same number or formula: by name, if both
    have it."""
    left, found = {q.name: q for q in second}, {}
    for p in first:
        shape = p.rows, p.stored_cols, p.default, p.fixed
        ways = [
            q.name
            for q in left.values()
            if shape == (*(renamed_size(s, sizes) for s in (q.rows, q.stored_cols)), q.default, q.fixed)
        ]
        if ways:
            found[p.name] = p.name if p.name in ways else ways[0]
            del left[found[p.name]]
    return found


def _same_lines(left: _Side, right: _Side) -> Iterator[tuple[str, str]]:
    mine, theirs = left.quantities(), right.quantities()
    waiting = [line.target for line in right.of.cell.lines if line.target in theirs]
    for a in (line.target for line in left.of.cell.lines if line.target in mine):
        size = left.of.cell.sizes[a]
        for b in waiting:
            if size == renamed_size(right.of.cell.sizes[b], right.of.names) and _close(
                *map(_rows, (mine[a], theirs[b]))
            ):
                waiting.remove(b)
                yield a.name, b.name
                break


def _rows(quantity: Array) -> Array:
    """Of the one step: (B, n), or (n,) of what parameters alone make."""
    return quantity[-1] if quantity.ndim > 2 else quantity
