"""Tensors of one step by their axes: sequences of the batch, features, and stacks of such.

Modules stack gates on an axis of their own, (B, 4, n), turn vectors into columns, (B, n, 1), and take them apart again.
What moves about is which axis is which; the features stay what they are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product as every

from derive.errors import DeriveError
from derive.intake.pieces import Features, Formula, cut, width

BATCH, FEATURES = "batch", "features"
Place = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Tensor:
    """axes: "batch", "features", or how many are stacked; items: the features at each place of the stacks' axes.

    Without an axis of features each item is one number.
    """

    axes: tuple[str | int, ...]
    items: Mapping[Place, Features]

    @property
    def width(self) -> int:
        """The number of features of an item."""
        return max(map(width, self.items.values()))

    @property
    def item(self) -> Features:
        """The features where nothing is stacked. Raises DeriveError where something is."""
        if len(self.items) != 1:
            raise DeriveError(f"{len(self.items)} quantities are stacked where one is wanted")
        (features,) = self.items.values()
        return features

    def axis(self, dimension: int) -> int:
        return dimension % len(self.axes)

    def of(self, function: Callable[[Features], Features]) -> Tensor:
        """The function of each item."""
        return Tensor(self.axes, {place: function(f) for place, f in self.items.items()})

    def _stack(self, axis: int) -> int:
        """Which of a place's numbers is along that axis."""
        return sum(isinstance(a, int) for a in self.axes[:axis])

    def of_one(self) -> Tensor:
        """Without the axis of the batch, its first: where each sequence is mapped over."""
        return Tensor(self.axes[1:], self.items)

    def of_every(self) -> Tensor:
        """With the axis of the batch again."""
        return Tensor((BATCH, *self.axes), self.items)

    # ------------------------------------------------------------------ which axis is which

    def permuted(self, order: Sequence[int]) -> Tensor:
        order = [self.axis(k) for k in order]
        stacks = [self._stack(k) for k in order if isinstance(self.axes[k], int)]
        items = {tuple(place[k] for k in stacks): f for place, f in self.items.items()}
        return Tensor(tuple(self.axes[k] for k in order), items)

    def unsqueezed(self, dimension: int) -> Tensor:
        axis = dimension % (len(self.axes) + 1)
        k = self._stack(axis)
        items = {(*place[:k], 0, *place[k:]): f for place, f in self.items.items()}
        return Tensor((*self.axes[:axis], 1, *self.axes[axis:]), items)

    def squeezed(self, dimension: int) -> Tensor:
        axis = self.axis(dimension)
        if self.axes[axis] == FEATURES and self.width == 1:
            return Tensor((*self.axes[:axis], *self.axes[axis + 1 :]), self.items)
        return self.taken(axis, 0) if self.axes[axis] == 1 else self

    def taken(self, dimension: int, index: int) -> Tensor:
        """What stands at that place of a stack."""
        axis = self.axis(dimension)
        count = self.axes[axis]
        if not isinstance(count, int):
            what = "a sequence of the batch" if count == BATCH else "a single feature"
            raise DeriveError(f"{what} is taken out; a cell's quantities are whole")
        k, at = self._stack(axis), index % count
        items = {(*place[:k], *place[k + 1 :]): f for place, f in self.items.items() if place[k] == at}
        return Tensor((*self.axes[:axis], *self.axes[axis + 1 :]), items)

    def part(self, dimension: int, low: int, high: int) -> Tensor:
        """From ``low`` to ``high`` along one axis."""
        axis = self.axis(dimension)
        kind = self.axes[axis]
        if kind == BATCH:
            raise DeriveError("a part of the batch is taken; a step does the same with every sequence")
        if kind == FEATURES:
            return self.of(lambda f: cut(f, low, high))
        return stacked([self.taken(axis, k) for k in range(low, high)], axis)

    def extent(self, dimension: int) -> int:
        kind = self.axes[self.axis(dimension)]
        if kind == BATCH:
            raise DeriveError("the batch is cut; a step does the same with every sequence")
        return self.width if kind == FEATURES else int(kind)

    # ------------------------------------------------------------------ other shapes

    def reshaped(self, before: Sequence[int], after: Sequence[int]) -> Tensor:
        """The same numbers in another shape: axes are joined and taken apart. before: its own shape."""
        found: Tensor = self
        for axis in reversed([k for k, n in enumerate(before) if n == 1 and found.axes[k] == 1]):
            found = found.squeezed(axis)
        mine = [n for k, n in enumerate(before) if not (n == 1 and self.axes[k] == 1)]
        wanted = [n for n in after if n != 1]
        axis = 0
        for n in wanted:
            while axis < len(mine) and mine[axis] == 1:
                axis += 1
            if axis < len(mine) and n > mine[axis]:
                found, mine = found._joined(axis, n, mine)
            elif axis < len(mine) and n < mine[axis]:
                found, mine = found._apart(axis, n, mine)
            axis += 1
        for axis, n in enumerate(after):
            if n == 1 and (axis >= len(found.axes) or not found._is_one(axis)):
                found = found.unsqueezed(axis)
        return found

    def _is_one(self, axis: int) -> bool:
        return self.axes[axis] == 1 or (self.axes[axis] == FEATURES and self.width == 1)

    def _joined(self, axis: int, count: int, sizes: list[int]) -> tuple[Tensor, list[int]]:
        """A stack of features as features beside each other."""
        if self.axes[axis : axis + 2] != (sizes[axis], FEATURES) or count != math.prod(sizes[axis : axis + 2]):
            raise DeriveError("a view mixes the batch, or features of several quantities; stack and join whole ones")
        parts = [self.taken(axis, k) for k in range(sizes[axis])]
        return joined(parts, axis), [*sizes[:axis], count, *sizes[axis + 2 :]]

    def _apart(self, axis: int, count: int, sizes: list[int]) -> tuple[Tensor, list[int]]:
        """Features as a stack of so many parts."""
        if self.axes[axis] != FEATURES or sizes[axis] % count:
            raise DeriveError("a view mixes the batch, or features of several quantities; stack and join whole ones")
        each = sizes[axis] // count
        parts = [self.part(axis, k * each, (k + 1) * each) for k in range(count)]
        return stacked(parts, axis), [*sizes[:axis], count, each, *sizes[axis + 1 :]]

    def expanded(self, shape: Sequence[int], batch: int) -> Tensor:
        """The same along axes of one, as often as ``shape`` says."""
        found: Tensor = self
        while len(found.axes) < len(shape):
            found = found.unsqueezed(0)
        for axis, n in enumerate(shape):
            if n in (1, -1):
                continue
            if found.axes[axis] == 1 and n == batch and BATCH not in found.axes:
                kept = found.taken(axis, 0)
                found = Tensor((*kept.axes[:axis], BATCH, *kept.axes[axis:]), kept.items)
            elif found.axes[axis] == 1:
                found = stacked([found.taken(axis, 0)] * n, axis)
            elif found.axes[axis] == FEATURES and found.width == 1:
                found = found.of(lambda f, n=n: (Formula(n, lambda a: a, f),))  # type: ignore[misc]
        return found


def rows(features: Features) -> Tensor:
    """Features of every sequence, (B, n)."""
    return Tensor((BATCH, FEATURES), {(): features})


def stacked(tensors: Sequence[Tensor], dimension: int) -> Tensor:
    """Tensors of the same axes on one of their own."""
    first = tensors[0]
    axis = dimension % (len(first.axes) + 1)
    if any(t.axes != first.axes for t in tensors):
        raise DeriveError("what is stacked has other axes")
    k = first._stack(axis)
    items = {(*p[:k], j, *p[k:]): f for j, t in enumerate(tensors) for p, f in t.items.items()}
    return Tensor((*first.axes[:axis], len(tensors), *first.axes[axis:]), items)


def joined(tensors: Sequence[Tensor], dimension: int) -> Tensor:
    """Tensors one after the other along an axis."""
    first = tensors[0]
    axis = first.axis(dimension)
    if first.axes[axis] == FEATURES:
        items = {p: tuple(piece for t in tensors for piece in t.items[p]) for p in first.items}
        return Tensor(first.axes, items)
    if first.axes[axis] == BATCH:
        raise DeriveError("quantities are joined along the batch; join features")
    return stacked([t.taken(axis, k) for t in tensors for k in range(t.extent(axis))], axis)


def lifted(function: Callable[..., Features], operands: Sequence[Tensor]) -> Tensor:
    """A function of features, of all that stand at the same place."""
    rank = max(len(t.axes) for t in operands)
    wide: list[Tensor] = []
    for t in operands:
        while len(t.axes) < rank:
            t = t.unsqueezed(0)
        wide.append(t)
    for k in range(rank):
        if any(
            isinstance(t.axes[k], int) and t.axes[k] != 1 for t in wide
        ):  # one feature stands beside each of a stack
            wide = [t.squeezed(k).unsqueezed(k) if t.axes[k] == FEATURES and t.width == 1 else t for t in wide]
    axes = tuple(_met([t.axes[k] for t in wide]) for k in range(rank))
    if axes.count(FEATURES) > 1:
        raise DeriveError("an outer product of features: states that are matrices are not read; write the cell")
    spots = every(*(range(a) for a in axes if isinstance(a, int)))
    return Tensor(axes, {spot: function(*(t.items[_spot(t, axes, spot)] for t in wide)) for spot in spots})


def _met(axes: Sequence[str | int]) -> str | int:
    """What an axis of several tensors is: a stack of one stands beside all."""
    kinds = [a for a in dict.fromkeys(axes) if a != 1]
    if len(kinds) > 1:
        raise DeriveError(f"an axis of {kinds[0]} meets one of {kinds[1]}")
    return kinds[0] if kinds else 1


def _spot(tensor: Tensor, axes: Sequence[str | int], spot: Place) -> Place:
    left: Iterator[int] = iter(spot)
    at = [next(left) if isinstance(a, int) else 0 for a in axes]
    return tuple(0 if a == 1 else at[k] for k, a in enumerate(tensor.axes) if isinstance(a, int))
