"""What is drawn: boxes, circles, lines, dots and labels at places in pt, x to the right and y downwards."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from derive.errors import DeriveError, shown
from derive.figures.label import Label

Point = tuple[float, float]
LEAST = 60  # pt: the width below which nothing is drawn


def checked_width(width: Any) -> float:
    """A width as a number. Raises DeriveError for what is none, and for one in which nothing has room."""
    if isinstance(width, bool) or not isinstance(width, int | float) or not LEAST <= width < math.inf:
        raise DeriveError(f"width is {shown(width)}, expected a number of pt, {LEAST} or more, such as 252")
    return width


@dataclass(frozen=True)
class Text:
    """A label. anchor: start, middle or end of it is at x; y is its base line. upwards: whether it reads from below."""

    label: Label
    x: float
    y: float
    anchor: str = "start"
    size: float = 8.0
    upwards: bool = False

    @property
    def box(self) -> tuple[float, float, float, float]:
        """(left, top, right, bottom)"""
        w = self.label.width(self.size)
        if self.upwards:
            return self.x - 0.75 * self.size, self.y - w / 2, self.x + 0.25 * self.size, self.y + w / 2
        left = self.x - {"start": 0.0, "middle": w / 2, "end": w}[self.anchor]
        return left, self.y - 0.75 * self.size, left + w, self.y + 0.25 * self.size


@dataclass(frozen=True)
class Shape:
    """A box, or a circle. style: plain, shaded, marked (the one that is spoken of), bar (filled), key: whose it is."""

    x: float
    y: float
    width: float
    height: float
    round: bool = False
    style: str = "plain"
    key: str = ""

    @property
    def box(self) -> tuple[float, float, float, float]:
        w, h = self.width / 2, self.height / 2
        return self.x - w, self.y - h, self.x + w, self.y + h


@dataclass(frozen=True)
class Line:
    """A line through points. style: plain, thick, dashed, dotted, dashdotted, thin. ends: the keys that it joins."""

    points: tuple[Point, ...]
    arrow: bool = False
    style: str = "plain"
    ends: tuple[str, str] = ("", "")


def strokes(lines: Iterable[Line]) -> Iterator[Line]:
    """Lines as they are drawn: those that begin as one once up to where they part; drawn twice it looks thicker."""
    drawn: dict[str, list[Line]] = {}
    for line in lines:
        source, _ = line.ends
        parts = [_parted(line.points, other.points) for other in drawn.get(source, ())] if source else []
        drawn.setdefault(source, []).append(line)
        yield replace(line, points=min([line.points, *parts], key=_length))


def _parted(points: tuple[Point, ...], other: Sequence[Point]) -> tuple[Point, ...]:
    """The points of a line from where it leaves another one that begins at the same point."""
    alike = next((k for k, (p, q) in enumerate(zip(points, other, strict=False)) if p != q), 0)
    if not alike:
        return points
    last, end, turn = points[alike - 1], points[alike], other[alike]
    onwards = [(q[0] - last[0], q[1] - last[1]) for q in (end, turn)]
    if _direction(*onwards[0]) != _direction(*onwards[1]):
        return points[alike - 1 :]
    nearer = min((turn, end), key=lambda q: math.dist(q, last))
    rest = points[alike:] if nearer == end else (nearer, *points[alike:])
    return rest if len(rest) > 1 else points


def _direction(dx: float, dy: float) -> tuple[bool, bool, bool, bool]:
    return dx > 0, dx < 0, dy > 0, dy < 0


def _length(points: Sequence[Point]) -> float:
    return sum(math.dist(a, b) for a, b in pairwise(points))


@dataclass(frozen=True)
class Dot:
    """A mark at a point. style: dot, ring, square, open (a small circle), triangle, cross."""

    x: float
    y: float
    radius: float = 1.2
    style: str = "dot"


@dataclass(frozen=True, repr=False)
class Picture:
    """All that is drawn, and its size in pt. title, description: for those who hear it read."""

    width: float
    height: float
    shapes: Sequence[Shape] = ()
    lines: Sequence[Line] = ()
    dots: Sequence[Dot] = ()
    texts: Sequence[Text] = ()
    title: str = ""
    description: str = field(default="", kw_only=True)
