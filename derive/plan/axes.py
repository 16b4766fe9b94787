"""The axes of a plan's quantities, by name.

A quantity is a vector of units, ``("hidden_size",)``, or one number for all units, ``()``; a matrix has two axes.
Blocks of equal height that lie one below the other are one axis, ``"4*hidden_size"``.
"""

from __future__ import annotations

from derive.statements.sizes import every_axis

Axes = tuple[str, ...]


def blocks_of(count: int, size: str) -> str:
    """The axis of that many blocks of one size: ``"4*hidden_size"``."""
    return size if count == 1 else f"{count}*{size}"


def block_axis(axis: str) -> tuple[int, str]:
    """(number of blocks, size of one) of an axis."""
    count, star, size = axis.rpartition("*")
    return (int(count), size) if star else (1, axis)


def whole(axis: str) -> str:
    """The axis of which another one is an equal part: ``hidden_size`` of ``hidden_size/heads``."""
    return axis.partition("/")[0]


def axes_of_size(size: str) -> Axes:
    """The axes of a quantity of so many units; one number has none."""
    return () if size in ("1", "") else (size,)


def named_axes(axes: Axes) -> tuple[str, ...]:
    """The axes that the size of a quantity names."""
    return tuple(axis for size in axes for axis in every_axis(size))
