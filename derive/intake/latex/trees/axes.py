"""How long what equations put together is: axes whose lengths are found as it becomes known which are the same."""

from __future__ import annotations

from dataclasses import dataclass

from derive.errors import DefinitionError
from derive.symbolic.expressions import INPUT


@dataclass(eq=False)
class Axis:
    """size: its name, empty where it is not known."""

    size: str = ""
    same: Axis | None = None

    @property
    def root(self) -> Axis:
        return self.same.root if self.same else self


@dataclass(eq=False)
class Shape:
    """axes: None where it is not known how many there are. heads: the number of those for each of which it is there."""

    axes: list[Axis] | None = None
    heads: str = ""
    same: Shape | None = None

    @property
    def root(self) -> Shape:
        return self.same.root if self.same else self

    @property
    def is_number(self) -> bool:
        return self.root.axes == []


def join(a: Shape | None, b: Shape | None, where: str) -> Shape | None:
    """Both are as wide as each other; a number goes with everything."""
    if a is None or b is None or a.root is b.root:
        return a or b
    one, other = a.root, b.root
    if one.axes is None or other.axes is None:
        known, open_ = (other, one) if one.axes is None else (one, other)
        known.heads = known.heads or open_.heads
        open_.same = known
        return known
    if len(one.axes) != len(other.axes):
        if one.axes and other.axes:
            raise DefinitionError(f"in {where}, a matrix and a vector are added or multiplied unit by unit")
        return one if one.axes else other
    for left, right in zip(one.axes, other.axes, strict=True):
        join_axes(left.root, right.root, where)
    one.heads = one.heads or other.heads
    other.same = one
    return one


def join_axes(one: Axis, other: Axis, where: str) -> None:
    if one is other:
        return
    if one.size and other.size and one.size != other.size:
        is_input = INPUT in (one.size, other.size)
        remedy = "; what meets the input is learned, or as wide as that: leave out what says its size" * is_input
        raise DefinitionError(f"in {where}, {one.size} units meet {other.size}{remedy}")
    kept, gone = (one, other) if one.size else (other, one)
    gone.same = kept
