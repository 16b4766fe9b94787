"""Curves over axes: as a drawing, and as pgfplots source with the same numbers.

Curves are told apart by their dashes and marks, and their names stand at their right ends, each after a sample, so that
they need no colour.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from derive.errors import DeriveError
from derive.exact.numeral import marked
from derive.figures.label import Label
from derive.figures.shapes import Dot, Line, Text, checked_width

TYPE, LINE, TICK = 8.0, 9.5, 2.5  # pt: type, between two names, a tick's length
STYLES = ("plain", "dashed", "dashdotted", "dotted")
MARKS = ("dot", "open", "square", "triangle", "cross")
LEAST = 50.0  # pt: of the horizontal axis
MOST_TICKS, DOT = 6, 1.6
SAMPLE, BEFORE = 13.0, 6.0  # pt: the length of a curve's sample, and what is left before it
LARGE, SMALL = 1e4, 1e-2  # axes whose largest number is not between have a power of ten beside their name

Place = tuple[float, float]


@dataclass(frozen=True)
class Curve:
    """Places in the axes' numbers, joined by a line; mark: at each of them, "" for none."""

    label: Label
    places: tuple[Place, ...]
    style: str = "plain"
    mark: str = ""


@dataclass(frozen=True)
class Plot:
    """Curves over axes. dots: places to be marked; ringed: those of them that a reader must not miss. bounds: places on
    the horizontal axis with a dotted line. log: whether the vertical axis has powers of ten; then all is above 0.
    whole: whether the horizontal axis counts.
    """

    x: Label
    y: Label
    curves: Sequence[Curve]
    dots: Sequence[Place] = ()
    ringed: Sequence[Place] = ()
    bounds: Sequence[float] = ()
    log: bool = False
    whole: bool = False
    title: str = ""
    width: float = 252.0
    height: float = 150.0

    def __post_init__(self) -> None:
        checked_width(self.width)
        if not any(c.places for c in self.curves) and not self.dots:
            raise DeriveError(f"{self.title}: there is nothing to draw")
        if not all(math.isfinite(n) for p in self.places for n in p):
            raise DeriveError(f"{self.title}: a number is beyond 10^308, which cannot be drawn; name other quantities")

    @property
    def places(self) -> list[Place]:
        return [*(p for c in self.curves for p in c.places), *self.dots, *self.ringed]

    def ends(self, axis: int) -> tuple[float, float]:
        """The least and the largest number on an axis."""
        numbers = [p[axis] for p in self.places] + (list(self.bounds) if axis == 0 else [])
        low, high = min(numbers), max(numbers)
        if axis == 1 and self.log:
            low, high = 10.0 ** math.floor(math.log10(low) + 1e-9), 10.0 ** math.ceil(math.log10(high) - 1e-9)
            return (low / 10, high) if low == high else (low, high)
        if low == high:
            low, high = low - (abs(low) or 1.0) / 2, high + (abs(high) or 1.0) / 2
        room = 0.0 if axis == 0 and not self.dots else 0.04 * (high - low)
        return low - room, high + room

    def ticks(self, axis: int) -> list[float]:
        """The numbers that stand on an axis."""
        low, high = self.ends(axis)
        if axis == 1 and self.log:
            lowest, highest = round(math.log10(low)), round(math.log10(high))
            by = max(1, math.ceil((highest - lowest) / MOST_TICKS))
            return [10.0**k for k in range(lowest, highest + 1, by)]
        raw = (high - low) / MOST_TICKS
        power = 10.0 ** math.floor(math.log10(raw))
        step = next(m * power for m in (1, 2, 5, 10) if m * power >= raw * 0.999)
        step = max(1.0, step) if axis == 0 and self.whole else step
        first = math.ceil(low / step - 1e-9)
        return [k * step for k in range(first, math.floor(high / step + 1e-9) + 1)]

    def exponent(self, axis: int) -> int:
        """The power of ten beside an axis's name."""
        largest = max(map(abs, self.ticks(axis)))
        if (axis == 1 and self.log) or largest == 0 or SMALL <= largest < LARGE:
            return 0
        return math.floor(math.log10(largest) + 1e-9)

    def tick_label(self, axis: int, tick: float) -> Label:
        if axis == 1 and self.log:
            return Label(f"10^{{{round(math.log10(tick))}}}")
        scaled = [t / 10.0 ** self.exponent(axis) for t in self.ticks(axis)]
        places = next(k for k in range(12) if all(abs(t - round(t, k)) < 1e-9 * max(map(abs, scaled)) for t in scaled))
        text = marked(f"{tick / 10.0 ** self.exponent(axis):.{places}f}")
        return Label(text.removeprefix("-") if float(f"{tick:.12g}") == 0 else text)

    def axis_label(self, axis: int) -> Label:
        label, power = (self.x, self.y)[axis], self.exponent(axis)
        return Label(rf"{label.latex}\,/\,10^{{{power}}}") if power else label


class Axes:
    """Where the numbers of a plot stand on the page, in pt."""

    def __init__(self, plot: Plot) -> None:
        self.plot = plot
        vertical = [plot.tick_label(1, t).width(TYPE) for t in plot.ticks(1)]
        names = [c.label.width(TYPE) for c in plot.curves]
        self.left = max(vertical) + TICK + 4.0 + LINE
        self.right = plot.width - (max(names) + BEFORE + SAMPLE + 4.0 if any(names) else 6.0)
        if self.right - self.left < LEAST:
            needed = math.ceil(plot.width + LEAST - (self.right - self.left))
            raise DeriveError(f"{plot.title}: width is {plot.width:g}, which has no room for the axes; give {needed}")
        self.top, self.bottom = 4.0, plot.height - TICK - 2 * LINE - 3.0

    def x(self, number: float) -> float:
        low, high = self.plot.ends(0)
        return self.left + (number - low) / (high - low) * (self.right - self.left)

    def y(self, number: float) -> float:
        low, high = self.plot.ends(1)
        if self.plot.log:
            low, high, number = math.log10(low), math.log10(high), math.log10(number)
        return self.bottom - (number - low) / (high - low) * (self.bottom - self.top)

    def lines(self) -> list[Line]:
        plot, found = self.plot, []
        corners = [(self.left, self.top), (self.left, self.bottom), (self.right, self.bottom)]
        found.append(Line(tuple(corners)))
        found += [
            Line(((self.x(t), self.bottom), (self.x(t), self.bottom + TICK)), style="thin") for t in plot.ticks(0)
        ]
        found += [Line(((self.left - TICK, self.y(t)), (self.left, self.y(t))), style="thin") for t in plot.ticks(1)]
        low, high = plot.ends(1)
        if not plot.log and low < 0 < high:
            found.append(Line(((self.left, self.y(0)), (self.right, self.y(0))), style="thin"))
        found += [Line(((self.x(b), self.top), (self.x(b), self.bottom)), style="dotted") for b in plot.bounds]
        for curve in plot.curves:
            if len(curve.places) > 1:
                found.append(Line(tuple((self.x(a), self.y(b)) for a, b in curve.places), style=curve.style))
        start = self.right + BEFORE
        found += [Line(((start, y), (start + SAMPLE, y)), style=c.style) for c, y in self.names]
        return found

    def dots(self) -> list[Dot]:
        plot = self.plot
        found = [Dot(self.x(a), self.y(b), DOT, c.mark) for c in plot.curves if c.mark for a, b in c.places]
        found += [Dot(self.right + BEFORE + SAMPLE / 2, y, DOT, c.mark) for c, y in self.names if c.mark]
        found += [Dot(self.x(a), self.y(b), DOT) for a, b in plot.dots]
        return found + [Dot(self.x(a), self.y(b), 2.2 * DOT, "ring") for a, b in plot.ringed]

    def texts(self) -> list[Text]:
        plot = self.plot
        found = [
            Text(plot.tick_label(0, t), self.x(t), self.bottom + TICK + 8.0, "middle", TYPE) for t in plot.ticks(0)
        ]
        found += [
            Text(plot.tick_label(1, t), self.left - TICK - 2.0, self.y(t) + 2.7, "end", TYPE) for t in plot.ticks(1)
        ]
        found.append(Text(plot.axis_label(0), (self.left + self.right) / 2, plot.height - 2.5, "middle", TYPE))
        found.append(Text(plot.axis_label(1), 7.0, (self.top + self.bottom) / 2, "middle", TYPE, upwards=True))
        start = self.right + BEFORE + SAMPLE + 3.0
        return found + [Text(c.label, start, y + 2.5, "start", TYPE) for c, y in self.names]

    def _named(self) -> list[Curve]:
        """The curves that have a name, from the highest end to the lowest."""
        found = [c for c in self.plot.curves if c.label.latex and c.places]
        return sorted(found, key=lambda c: self.y(c.places[-1][1]))

    def _heights(self) -> list[float]:
        """The height of each name: that of its curve's end, as far as the names leave one another room."""
        ends = [self.y(c.places[-1][1]) for c in self._named()]
        ys = list(ends)
        for _ in range(200):
            moved = False
            for k, (a, b) in enumerate(pairwise(ys)):
                if (missing := LINE - (b - a)) > 0.01:
                    ys[k], ys[k + 1] = a - missing / 2, b + missing / 2
                    moved = True
            if ys and (over := ys[-1] - (self.bottom + 2.0)) > 0:
                ys[-1] -= over
            if ys and (over := self.top - ys[0]) > 0:
                ys[0] += over
            if not moved:
                break
        return ys

    @property
    def names(self) -> list[tuple[Curve, float]]:
        """Each named curve with the height of its name."""
        return list(zip(self._named(), self._heights(), strict=True))
