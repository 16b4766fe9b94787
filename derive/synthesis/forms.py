"""Vectors known up to an error: what known causes add with their signs, and a radius for the rest.

A ``Form`` stands for all vectors c + G ε + r with every |ε| ≤ 1 and |r| ≤ radius that lie between ``lower`` and
``upper`` too; a ``Deviation`` for an error G ε + r around 0. The columns of G belong to causes, so what two quantities
owe to the same cause cancels where they meet: that is what keeps bounds over many steps narrow (a zonotope). The
arithmetic is NumPy's in float64: every operation adds to the radius a bound of all that was rounded in it, and ends are
rounded outwards. What overflows is infinite or NaN, which the caller looks for.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

Array = Any  # of float64

UNIT = 2.0**-52  # twice the largest relative rounding of one operation
LEAST = 2.0**-1000  # more than what underflows
LOOSE = 2.0  # a form that is wider than its ends by this factor says less than they


def outwards(bound: Array, operations: int = 8) -> Array:
    """An upper bound of what is not negative and was computed with so many roundings."""
    return bound * (1 + operations * UNIT) + LEAST


def total(columns: Array) -> Array:
    """Σ |G| of each unit, rounded up."""
    if not columns.shape[1]:
        return np.zeros(len(columns))
    return outwards(np.abs(columns).sum(axis=1), columns.shape[1] + 8)


def joined(a: Array, b: Array) -> Array:
    """a + b; the shorter one lacks zeros, and one row stands for all."""
    rows = max(len(a), len(b))
    if a.shape[1] < b.shape[1]:
        a, b = b, a
    found = a.copy() if len(a) == rows else np.repeat(a, rows, axis=0)
    found[:, : b.shape[1]] += b
    return found


def diagonal(columns: Array, radius: Array, start: int) -> Array:
    """The columns, and from ``start`` on one of each unit."""
    n = len(radius)
    found = np.zeros((n, start + n))
    found[:, : columns.shape[1]] = columns
    found[np.arange(n), start + np.arange(n)] = radius
    return found


# ---------------------------------------------------------------------- values


@dataclass(frozen=True, eq=False)
class Form:
    """centre, radius, lower, upper: (n,); columns: (n, m) for some m up to the number of causes."""

    centre: Array
    columns: Array
    radius: Array
    lower: Array
    upper: Array

    @cached_property
    def spread(self) -> Array:
        return total(self.columns)

    @cached_property
    def reach(self) -> Array:
        """How far it goes from the centre."""
        inside = np.maximum(self.upper - self.centre, self.centre - self.lower)
        return np.minimum(outwards(self.spread + self.radius), outwards(np.maximum(inside, 0)))

    @cached_property
    def size(self) -> Array:
        """An upper bound of the absolute value."""
        return np.maximum(np.abs(self.lower), np.abs(self.upper))


def between(low: Array, high: Array) -> Form:
    """Between two ends, for no known cause."""
    low, high = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
    centre = np.where(low == high, low, low / 2 + high / 2)
    radius = np.where(low == high, 0.0, outwards(np.maximum(high - centre, centre - low)))
    return Form(centre, np.zeros((len(low), 0)), radius, low, high)


def form(centre: Array, columns: Array, radius: Array, rounded: Array, ends: tuple[Array, Array]) -> Form:
    """A form that was computed; rounded: the sizes of all that was. ends: what is known otherwise, rounded outwards.

    Where the ends say much more than the causes, these are forgotten.
    """
    radius = outwards(radius + 8 * UNIT * rounded)
    reach = outwards(total(columns) + radius)
    low, high = np.nextafter(centre - reach, -np.inf), np.nextafter(centre + reach, np.inf)
    low, high = np.fmax(low, ends[0]), np.fmin(high, ends[1])  # NaN, where nothing is known, counts as no end
    plain = between(low, high)
    poor = ~(reach <= LOOSE * plain.radius + 64 * UNIT * plain.size)
    if poor.any():
        columns = np.where(poor[:, None], 0.0, columns)
        centre, radius = np.where(poor, plain.centre, centre), np.where(poor, plain.radius, radius)
    return Form(centre, columns, radius, low, high)


def widened(low: Array, high: Array) -> tuple[Array, Array]:
    """Ends that were computed with one rounding."""
    return np.nextafter(low, -np.inf), np.nextafter(high, np.inf)


def added(a: Form, b: Form) -> Form:
    ends = widened(a.lower + b.lower, a.upper + b.upper)
    rounded = np.abs(a.centre) + np.abs(b.centre) + a.spread + b.spread
    return form(a.centre + b.centre, joined(a.columns, b.columns), a.radius + b.radius, rounded, ends)


def multiplied(a: Form, b: Form) -> Form:
    products = [x * y for x in (a.lower, a.upper) for y in (b.lower, b.upper)]
    ends = widened(np.minimum.reduce(products), np.maximum.reduce(products))
    columns = joined(a.centre[:, None] * b.columns, b.centre[:, None] * a.columns)
    radius = np.abs(a.centre) * b.radius + np.abs(b.centre) * a.radius + a.reach * b.reach
    rounded = np.abs(a.centre) * (np.abs(b.centre) + b.spread) + np.abs(b.centre) * a.spread
    return form(a.centre * b.centre, columns, radius, rounded, ends)


def mapped(matrix: Array, a: Form) -> Form:
    """matrix · a, the entries of the matrix rounded to float64."""
    operations = matrix.shape[1] + 8
    above, below = np.maximum(matrix, 0), np.minimum(matrix, 0)
    off = operations * UNIT * outwards(np.abs(matrix) @ (np.abs(a.centre) + a.spread + a.size), operations)
    ends = widened(above @ a.lower + below @ a.upper - off, above @ a.upper + below @ a.lower + off)
    radius = outwards(np.abs(matrix) @ a.radius, operations) + off
    return form(matrix @ a.centre, matrix @ a.columns, radius, off, ends)


class Curve(NamedTuple):
    """A function around the centres c of forms: φ(u) = φ(c) + slope (u - c) + rest, the rest within [least, most].

    value: φ(c), between two ends. ends: of φ(u).
    """

    value: tuple[Array, Array]
    slope: Array
    least: Array
    most: Array
    ends: tuple[Array, Array]


def applied(curve: Curve, a: Form) -> Form:
    """φ(a)"""
    at = between(*curve.value)
    middle = curve.least / 2 + curve.most / 2
    off = np.maximum(curve.most - middle, middle - curve.least)
    radius = at.radius + np.abs(curve.slope) * a.radius + off
    rounded = np.abs(curve.slope) * a.spread + np.abs(at.centre) + np.abs(curve.least) + np.abs(curve.most)
    return form(at.centre + middle, curve.slope[:, None] * a.columns, radius, rounded, curve.ends)


def caused(a: Form, start: int) -> Form:
    """The same vectors; what was the radius of each unit is a cause of its own, from the column ``start`` on."""
    return Form(a.centre, diagonal(a.columns, a.radius, start), np.zeros(len(a.radius)), a.lower, a.upper)


# ---------------------------------------------------------------------- errors


@dataclass(frozen=True, eq=False)
class Deviation:
    """columns: (n, m); radius: (n,)."""

    columns: Array
    radius: Array

    @cached_property
    def spread(self) -> Array:
        return total(self.columns)

    @cached_property
    def size(self) -> Array:
        """An upper bound of the absolute value."""
        return outwards(self.spread + self.radius)


def deviation(columns: Array, radius: Array, rounded: Array) -> Deviation:
    """One that was computed; rounded: the sizes of all that was."""
    return Deviation(columns, outwards(radius + 8 * UNIT * rounded))


def sum_of(a: Deviation, b: Deviation) -> Deviation:
    return deviation(joined(a.columns, b.columns), a.radius + b.radius, a.spread + b.spread)


def scaled(slope: Array, off: Array, a: Deviation) -> Deviation:
    """(slope ± off) · a"""
    return deviation(slope[:, None] * a.columns, np.abs(slope) * a.radius + off * a.size, np.abs(slope) * a.spread)


def times(a: Form, d: Deviation) -> Deviation:
    """a δ"""
    return scaled(a.centre, a.reach, d)


def crossed(a: Deviation, b: Deviation) -> Deviation:
    """δa δb, of which no cause is known."""
    radius = a.size * b.size
    return Deviation(np.zeros((len(radius), 0)), outwards(radius))


def carried(matrix: Array, d: Deviation) -> Deviation:
    """matrix · δ, the entries of the matrix rounded to float64."""
    operations = matrix.shape[1] + 8
    off = operations * UNIT * outwards(np.abs(matrix) @ d.size, operations)
    return Deviation(matrix @ d.columns, outwards(np.abs(matrix) @ d.radius, operations) + outwards(off))


def new(d: Deviation, start: int) -> Deviation:
    """The same, what was the radius of each unit being a cause of its own, from the column ``start`` on."""
    return Deviation(diagonal(d.columns, d.radius, start), np.zeros(len(d.radius)))
