"""How many units the pieces of a step have, by the names of the numbers: of what is cut into heads somewhere it is said
there, and what meets it unit by unit has as many."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from derive.errors import DeriveError
from derive.intake.arrays import Axes, Axis, Contraction, Lengths, Means, lengths_of
from derive.intake.form import HEADS
from derive.intake.pieces import Formula, Given, Mixed, Piece, Product
from derive.intake.shapes import called
from derive.statements.sizes import joined


class Sizes:
    """title: of the module. units: what numbers of features are called. pieces: all that there are, each after those
    that it reads. states: the new ones by the previous ones' names; given: the lengths of the axes in which states are
    given, by name."""

    def __init__(
        self,
        title: str,
        units: Mapping[int, str],
        pieces: Sequence[Piece],
        states: Mapping[str, Piece],
        given: Mapping[str, Lengths],
    ) -> None:
        self.title, self.units = title, units
        self._parents: dict[Any, Any] = {}
        self._rows: dict[Any, set[int]] = {}  # how many numbers stand in a row of its last axes, for each but the first
        for piece in pieces:
            self._join(piece, states, given)
        found = -1
        while found != (found := sum(map(len, self._rows.values()))):  # until no more is said
            for piece in pieces:
                self._tell(piece)
        self.heads = self._heads(pieces)

    # ------------------------------------------------------------------ what has as many units as another

    def _find(self, key: Any) -> Any:
        while self._parents.setdefault(key, key) is not key:
            key = self._parents[key]
        return key

    def _join(self, piece: Piece, states: Mapping[str, Piece], given: Mapping[str, Lengths]) -> None:
        if isinstance(piece, Formula | Mixed):
            for o in piece.operands:
                if o.size == piece.size > 1:
                    self._meet(o, piece)
        if isinstance(piece, Given):
            name = piece.symbol.name.removesuffix("_prev")
            if name in states:
                self._meet(states[name], piece)
            self._cut(piece, _rows(given.get(name, ())))

    def _meet(self, a: Piece, b: Piece) -> None:
        one, other = self._find(a), self._find(b)
        if one is not other:
            self._parents[one] = other
            self._rows.setdefault(other, set()).update(self._rows.pop(one, ()))

    def _tell(self, piece: Piece) -> None:
        if isinstance(piece, Contraction):
            within = self._within(piece)
            for q, axes in _sides(piece):
                for at, axis in enumerate(axes):
                    behind = math.prod(lengths_of(axes[at + 1 :]))
                    self._cut(q, {behind * n for n in within[axis]} | ({behind} if at < len(axes) - 1 else set()))
        if isinstance(piece, Means):
            self._cut(piece.operand, _rows(piece.lengths))
            self._cut(piece, _rows(piece.lengths[:-1]))

    def _within(self, piece: Contraction) -> dict[Axis, set[int]]:
        """Where axes of a product are cut in parts, as one of its sides says."""
        found: dict[Axis, set[int]] = {}
        for q, axes in _sides(piece):
            rows = self._rows.get(self._find(q), set())
            for at, axis in enumerate(axes):
                behind = math.prod(lengths_of(axes[at + 1 :]))
                inner = {n // behind for n in rows if behind < n < behind * axis.length and n % behind == 0}
                found.setdefault(axis, set()).update(inner)
        return found

    def _cut(self, piece: Piece, rows: set[int]) -> None:
        mine = self._rows.setdefault(self._find(piece), set())
        mine |= rows
        chain = [1, *sorted(mine), piece.size]
        if any(b % a for a, b in pairwise(chain)):
            raise DeriveError(
                f"{self.title}: {called(piece)} has {piece.size} numbers, and is seen as rows of"
                f" {' and of '.join(map(str, sorted(mine)))}; a quantity has one shape"
            )

    def parts(self, piece: Contraction) -> dict[Axis, Axes]:
        """The axes of a product, each as those that it is made of."""
        return {
            axis: tuple(Axis(b // a) for a, b in pairwise([1, *sorted(inner), axis.length]))[::-1] if inner else (axis,)
            for axis, inner in self._within(piece).items()
        }

    def _heads(self, pieces: Iterable[Piece]) -> set[int]:
        """How many heads there are: the first axis of what has three; of a map, which gives no matrix, that of two."""
        found = {n for n, name in self.units.items() if HEADS.fullmatch(name)}
        for piece in pieces:
            lengths = self.lengths(piece)
            if len(lengths) > 2 or (len(lengths) == 2 and isinstance(piece, Product)):
                found.add(lengths[0])
        return found

    # ------------------------------------------------------------------ in names

    def lengths(self, piece: Piece) -> Lengths:
        """Those of the axes that it is seen to have."""
        rows = self._rows.get(self._find(piece), set())
        return tuple(b // a for a, b in pairwise([1, *sorted(rows), piece.size]))[::-1] if rows else (piece.size,)

    def has_heads(self, piece: Piece) -> bool:
        lengths = self.lengths(piece)
        return len(lengths) > 1 and lengths[0] in self.heads

    def of(self, piece: Piece) -> str:
        lengths = self.lengths(piece)
        if len(lengths) == 1:
            return self._known(piece)
        heads = str(self.units.get(lengths[0], lengths[0])) if self.has_heads(piece) else ""
        axes = [self.axis(n) for n in lengths[bool(heads) :]]
        if len(axes) > 2:
            raise DeriveError(
                f"{self.title}: {called(piece)} has {len(lengths)} axes; a cell has matrices of each head"
            )
        return joined(heads, axes)

    def axis(self, length: int) -> str:
        """What an axis beside the heads is called: by its number, where that is of the heads as well."""
        return str(length) if length in self.heads else self.units.get(length, str(length))

    def _known(self, piece: Piece) -> str:
        if piece.size not in self.units:
            if piece.size in self.heads:
                return str(piece.size)
            known = ", ".join(f"{name} ({n})" for n, name in self.units.items())
            raise DeriveError(
                f"{self.title}: {called(piece)} has {piece.size} features, and the sizes here are {known}; keep"
                f" another one as a number of the module, self.memory_size = {piece.size}"
            )
        return self.units[piece.size]


def _sides(piece: Contraction) -> Iterator[tuple[Piece, Axes]]:
    yield piece, piece.result
    yield from zip(piece.factors, piece.axes, strict=True)


def _rows(lengths: Sequence[int]) -> set[int]:
    """How many numbers are in a row of the last axes, for each axis but the first."""
    return {math.prod(lengths[k:]) for k in range(1, len(lengths))} - {1, math.prod(lengths)}
