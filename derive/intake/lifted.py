"""Operators element by element: of tensors whose axes meet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product as every
from typing import Any

from derive.errors import DeriveError
from derive.intake.arrays import by_axes
from derive.intake.pieces import pointwise
from derive.intake.tensors import Along, Place, Tensor, gridded, is_features


def lifted(formula: Callable[..., Any], name: str, operands: Sequence[Tensor]) -> Tensor:
    """An operator of features, of all that stand at the same place."""
    rank = max(len(t.axes) for t in operands)
    wide: list[Tensor] = []
    for t in operands:
        while len(t.axes) < rank:
            t = t.unsqueezed(0)
        wide.append(t)
    for k in range(rank):
        if any(_is_stack(t.axes[k]) for t in wide):  # one feature stands beside each of a stack
            wide = [t.squeezed(k).unsqueezed(k) if t._is_one(k) else t for t in wide]
            wide = [t.apart(k) if isinstance(t.axes[k], Along) else t for t in wide]
    long = [k for k in range(rank) if any(is_features(t.axes[k]) and not t._is_one(k) for t in wide)]
    if long:
        wide = [_without_ones(t, long) for t in wide]
    if len(long) > 1:
        wide = list(map(gridded, wide))
    axes = tuple(_met([t.axes[k] for t in wide]) for k in range(rank))
    spots = every(*(range(a) for a in axes if isinstance(a, int)))
    if len(long) < 2:
        return Tensor(axes, {s: pointwise(formula, *(t.items[_spot(t, axes, s)] for t in wide)) for s in spots})
    own = [tuple(j for j, k in enumerate(long) if is_features(t.axes[k])) for t in wide]
    lengths = tuple(axes[k].length for k in long)
    found = {}
    for s in spots:
        found[s] = by_axes(
            formula, name, [(t.items[_spot(t, axes, s)], o) for t, o in zip(wide, own, strict=True)], lengths
        )
    return Tensor(axes, found)


def _is_stack(axis: Any) -> bool:
    return isinstance(axis, int) and axis != 1


def _without_ones(tensor: Tensor, long: Sequence[int]) -> Tensor:
    """With an axis of a single feature as a stack of one, where none of the axes of many features is there."""
    for k in tensor.feature_axes:
        tensor = tensor.squeezed(k).unsqueezed(k) if k not in long else tensor
    return tensor


def _met(axes: Sequence[Any]) -> Any:
    """What an axis of several tensors is: a stack of one stands beside all."""
    kinds = [a for a in dict.fromkeys(axes) if a != 1]
    if len(kinds) > 1:
        raise DeriveError(f"an axis of {kinds[0]} meets one of {kinds[1]}")
    return kinds[0] if kinds else 1


def _spot(tensor: Tensor, axes: Sequence[Any], spot: Place) -> Place:
    left: Iterator[int] = iter(spot)
    at = [next(left) if isinstance(a, int) else 0 for a in axes]
    return tuple(0 if a == 1 else at[k] for k, a in enumerate(tensor.axes) if isinstance(a, int))
