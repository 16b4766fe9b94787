"""Tensors of one step by their axes: sequences of the batch, features, and stacks of such.

Modules stack gates on an axis of their own, (B, 4, n), cut features into heads, (B, heads, n), turn vectors into
columns, (B, n, 1), and take them apart again. What moves about is which axis is which; the features stay what they are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from derive.errors import DeriveError
from derive.intake.arrays import repeated, settled, turned
from derive.intake.pieces import Features, Formula, cut, numbered, whole, width

BATCH, FEATURES = "batch", "features"
Place = tuple[int, ...]
MIXED = "a view mixes the batch, or features of several quantities; stack and join whole ones"


@dataclass(frozen=True)
class Along:
    """An axis of features that has others beside it."""

    length: int

    def __str__(self) -> str:
        return FEATURES


@dataclass(frozen=True, eq=False)
class Tensor:
    """axes: "batch", "features", ``Along``, or how many are stacked; items: the features at each place of the stacks'
    axes, those of several axes in a row, the last axis fastest.

    Without an axis of features each item is one number.
    """

    axes: tuple[Any, ...]
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

    @property
    def lengths(self) -> tuple[int, ...]:
        """How long the axes of features are."""
        return tuple(self.extent(k) for k in self.feature_axes)

    @property
    def feature_axes(self) -> list[int]:
        return [k for k, a in enumerate(self.axes) if is_features(a)]

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
        moved = Tensor(tuple(self.axes[k] for k in order), items)
        before = self.feature_axes
        features = [before.index(k) for k in order if k in before]
        if features == sorted(features):
            return moved
        lengths = self.lengths
        return moved.of(lambda f: (turned(whole(f), lengths, features),))

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
        """What stands at that place of a stack, or of an axis of features that has others beside it."""
        axis = self.axis(dimension)
        count = self.axes[axis]
        if isinstance(count, Along):
            return self.apart(axis).taken(axis, index)
        if not isinstance(count, int):
            what = "a sequence of the batch" if count == BATCH else "a single feature"
            raise DeriveError(f"{what} is taken out; a cell's quantities are whole")
        k, at = self._stack(axis), index % count
        items = {(*place[:k], *place[k + 1 :]): f for place, f in self.items.items() if place[k] == at}
        return Tensor((*self.axes[:axis], *self.axes[axis + 1 :]), items)

    def apart(self, dimension: int) -> Tensor:
        """With an axis of features that has others beside it as a stack of parts."""
        axis = self.axis(dimension)
        at = self.feature_axes.index(axis)
        numbers = np.arange(self.width).reshape(self.lengths)
        rest = [k for k in self.feature_axes if k != axis]
        axes = tuple(FEATURES if len(rest) == 1 and k in rest else a for k, a in enumerate(self.axes))
        parts = []
        for index in range(self.extent(axis)):
            mine: list[int] = numbers.take(index, at).reshape(-1).tolist()
            items = {place: numbered(f, mine) for place, f in self.items.items()}
            parts.append(Tensor((*axes[:axis], *axes[axis + 1 :]), items))
        return stacked(parts, axis)

    def part(self, dimension: int, low: int, high: int) -> Tensor:
        """From ``low`` to ``high`` along one axis."""
        axis = self.axis(dimension)
        kind = self.axes[axis]
        if kind == BATCH:
            raise DeriveError("a part of the batch is taken; a step does the same with every sequence")
        if kind == FEATURES:
            return self.of(lambda f: cut(f, low, high))
        if isinstance(kind, Along):
            numbers = np.arange(self.width).reshape(self.lengths)
            mine: list[int] = numbers.take(range(low, high), self.feature_axes.index(axis)).reshape(-1).tolist()
            items = {place: numbered(f, mine) for place, f in self.items.items()}
            found = Tensor((*self.axes[:axis], Along(high - low), *self.axes[axis + 1 :]), items)
            return found.apart(axis) if high - low == 1 else found
        return stacked([self.taken(axis, k) for k in range(low, high)], axis)

    def extent(self, dimension: int) -> int:
        kind = self.axes[self.axis(dimension)]
        if kind == BATCH:
            raise DeriveError("the batch is cut; a step does the same with every sequence")
        return kind.length if isinstance(kind, Along) else self.width if kind == FEATURES else int(kind)

    # ------------------------------------------------------------------ other shapes

    def reshaped(self, after: Sequence[int], batch: int) -> Tensor:
        """The same numbers in another shape: axes are joined and taken apart."""
        found: Tensor = self
        for axis in reversed(range(len(self.axes))):
            if found._is_one(axis):
                found = found.squeezed(axis)
        axis = 0
        wanted = [n for n in after if n != 1]
        while wanted:
            if axis == len(found.axes):
                raise DeriveError(MIXED)
            count = 1
            new: list[int] = []
            long = batch if found.axes[axis] == BATCH else found.extent(axis)
            end = axis + 1
            while long != count or not new:
                if count < long and wanted:
                    new.append(wanted.pop(0))
                    count *= new[-1]
                elif count > long and end < len(found.axes) and found.axes[end] != BATCH:
                    long *= found.extent(end)
                    end += 1
                else:
                    raise DeriveError(MIXED)
            found = found._regrouped(axis, end, new)
            axis += len(new)
        for axis, n in enumerate(after):
            if n == 1 and (axis >= len(found.axes) or not found._is_one(axis)):
                found = found.unsqueezed(axis)
        return found

    def _regrouped(self, axis: int, end: int, new: Sequence[int]) -> Tensor:
        """With axes of the lengths ``new`` in the place of those from ``axis`` to ``end``."""
        if end == axis + len(new) == axis + 1:
            return self
        if self.axes[axis] == BATCH:
            raise DeriveError(MIXED)
        found: Tensor = self
        while isinstance(found.axes[axis], int) and end > axis + 1:  # features of a stack beside each other
            parts = [found.taken(axis, k) for k in range(found.extent(axis))]
            found, end = _beside(parts, axis), end - 1
        if not all(map(is_features, found.axes[axis:end])):
            raise DeriveError(MIXED)
        axes = [*found.axes[:axis], *map(Along, new), *found.axes[end:]]
        if sum(map(is_features, axes)) == 1:
            axes[axis] = FEATURES
        made = Tensor(tuple(axes), found.items).of(lambda f: tuple(map(settled, f)))
        return made if axes[axis] == FEATURES else made.of(_whole_if_one)

    def _is_one(self, axis: int) -> bool:
        return bool(self.axes[axis] == 1) or (self.axes[axis] == FEATURES and self.width == 1)

    def expanded(self, shape: Sequence[int], batch: int) -> Tensor:
        """The same along axes of one, as often as ``shape`` says; behind features they are left as they are, because
        what is the same along them is so beside anything."""
        found: Tensor = self
        while len(found.axes) < len(shape):
            found = found.unsqueezed(0)
        for axis, n in enumerate(shape):
            if n in (1, -1):
                continue
            if found.axes[axis] == 1 and n == batch and BATCH not in found.axes:
                kept = found.taken(axis, 0)
                found = Tensor((*kept.axes[:axis], BATCH, *kept.axes[axis:]), kept.items)
            elif found.axes[axis] == 1 and any(map(is_features, found.axes[:axis])):
                found = found._repeated(axis, n)
            elif found.axes[axis] == 1:
                found = stacked([found.taken(axis, 0)] * n, axis)
            elif found.axes[axis] == FEATURES and found.width == 1:
                found = found.of(lambda f, n=n: (Formula(n, lambda a: a, f),))  # type: ignore[misc]
        return found

    def _repeated(self, axis: int, count: int) -> Tensor:
        """With the means of each head for all of its units."""
        if axis < len(self.axes) - 1 or len(self.items) > 1 or len(self.item) > 1:
            return self
        made = repeated(self.item[0], count)
        if made is None:
            return self
        (place,) = self.items
        return Tensor((*gridded(self).axes[:-1], Along(count)), {place[:-1]: (made,)})


def is_features(axis: Any) -> bool:
    return axis == FEATURES or isinstance(axis, Along)


def _whole_if_one(features: Features) -> Features:
    try:
        return (whole(features),)
    except DeriveError:  # they are several, and stay so
        return features


def gridded(tensor: Tensor) -> Tensor:
    """With its axis of features as one that has others beside it."""
    axes = tuple(Along(tensor.width) if a == FEATURES else a for a in tensor.axes)
    return Tensor(axes, tensor.items)


def _beside(parts: Sequence[Tensor], axis: int) -> Tensor:
    """Features of each part, one part after the other, along the axis before theirs."""
    first = parts[0]
    if not (axis < len(first.axes) and is_features(first.axes[axis])):
        raise DeriveError(MIXED)
    items = {p: tuple(piece for t in parts for piece in t.items[p]) for p in first.items}
    axes = list(first.axes)
    if isinstance(axes[axis], Along):
        axes[axis] = Along(len(parts) * axes[axis].length)
    return Tensor(tuple(axes), items)


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
