"""A function of one variable, of zonotopes: a line and a radius; and what it makes of an error in its argument.

Lines are taken from Taylor's formula, the mean value theorem or the range, whichever leaves least.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from sympy import Expr

from derive.approximation.array_jets import Jet, program
from derive.enclosure.zonotope import Form, above, bounded, combined
from derive.exact import arrays
from derive.exact.arrays import Array, Cells, add, intersection, multiply, points, subtract, union

FINEST, MOST_PARTS = 64, 64  # of 1: parts into which a cell is cut where the difference of two functions is enclosed


@dataclass(frozen=True)
class Functions:
    """What stands for one function of one variable, as programs over arrays of cells."""

    before: Callable[[Cells, int], Jet]
    after: Callable[[Cells, int], Jet]
    difference: Callable[[Cells, int], Jet] | None

    @staticmethod
    @cache
    def of(before: Expr, after: Expr) -> Functions:
        """Of two formulas in x. Raises DeriveError, naming it, for one that cannot be enclosed."""
        difference = None if before == after else program(after - before)
        return Functions(program(before), program(after), difference)


def linear(function: Callable[[Cells, int], Jet], u: Form, jet: Jet) -> Form:
    value, slope, radius = _affine(function, u.centre, u.reach, jet)
    return bounded(combined([slope], [u], value, radius), jet[0])


class Change:
    """The error of a function of what has an error."""

    def __init__(self, functions: Functions, u: Form, error: Form, replaced: Cells, jet: Jet) -> None:
        """replaced: the interval of u + error. jet: of ``functions.before`` over the range of u."""
        self.functions, self.u, self.error, self.jet = functions, u, error, jet
        self.centre = add(points(self.u.centre), points(self.error.centre))  # of the replaced argument
        self.replaced = union(replaced, self.centre)  # the segment from there as well

    def form(self) -> Form:
        value, slopes, radius = self._through()
        natural = self._natural()
        by_u, by_error = slopes
        if self.functions.difference is not None:
            middle = (self.centre.lower + self.centre.upper) / 2
            off = above(np.maximum(self.centre.upper - middle, middle - self.centre.lower))
            reach = above(self.u.reach + self.error.reach + off)
            jet = sharp(self.functions.difference, self.replaced)
            at, slope, more = _affine(self.functions.difference, middle, reach, jet)
            value, radius = add(value, at), above(radius + more + np.abs(slope) * off)
            natural = add(natural, jet[0])
            total = by_u + slope, by_error + slope
            radius = above(radius + 2.0**-52 * (np.abs(total[0]) * self.u.reach + np.abs(total[1]) * self.error.reach))
            by_u, by_error = total
        return bounded(combined([by_u, by_error], [self.u, self.error], value, radius), natural)

    def _natural(self) -> Cells:
        """φ'(ξ) δu, and the difference of both ranges."""
        slope = self.hull[1]
        return intersection(multiply(slope, self.error.range), subtract(self.after[0], self.jet[0]))

    @cached_property
    def hull(self) -> Jet:
        """Of all arguments, those of both cells and those between."""
        return self.functions.before(union(self.u.range, self.replaced), 2)

    @cached_property
    def after(self) -> Jet:
        """Of the arguments of the replaced cell."""
        return self.functions.before(self.replaced, 1)

    def _through(self) -> tuple[Cells, tuple[Array, Array], Array]:
        """φ(u + δ) - φ(u) at the centres, the slopes by u and by δ, and what is left: whichever way leaves less.

        Either by the mean value theorem in both, ∂/∂u = φ'(u + δ) - φ'(u) = φ''(ξ) δ and ∂/∂δ = φ'(u + δ); or as
        φ'(ξ) δ with a slope that is known to lie between two numbers.
        """
        phi, u, error = self.functions.before, self.u, self.error
        hull = self.hull
        start = points(u.centre)
        direct = subtract(phi(self.centre, 0)[0], phi(start, 0)[0])
        between = phi(union(start, self.centre), 1)[1]
        value = intersection(direct, multiply(between, points(error.centre)))
        curvature = multiply(add(hull[2], hull[2]), error.range)
        by_u, by_error = intersection(curvature, subtract(self.after[1], self.jet[1])), self.after[1]
        middles = _middle(by_u), _middle(by_error)
        radius = _radius(by_u, middles[0]) * u.reach + _radius(by_error, middles[1]) * error.reach
        slope = _middle(hull[1])
        other = _radius(hull[1], slope) * error.size
        radius, other = (above(np.where(np.isnan(r), np.inf, r)) for r in (radius, other))
        first = radius <= other
        plain = multiply(points(slope), points(error.centre))
        return (
            arrays.where(first, value, plain),
            (np.where(first, middles[0], 0.0), np.where(first, middles[1], slope)),
            np.where(first, radius, other),
        )


def _affine(function: Callable[[Cells, int], Jet], centre: Array, reach: Array, jet: Jet) -> tuple[Cells, Array, Array]:
    """(value at the centre, slope, radius): a function is value + slope (u - centre) ± radius within that reach.

    Of Taylor's formula, the mean value theorem and the range alone that which leaves least. jet: over all of the units.
    """
    at = function(points(centre), 1)
    at = [Cells(*np.broadcast_arrays(*part, centre)[:2]) for part in at]
    value, range_, slopes, curves = at[0], jet[0], jet[1], jet[2]
    taylor = _middle(at[1])
    square = multiply(curves, Cells(np.zeros_like(reach), above(reach * reach)))
    shift = _middle(square)
    ways = [
        (_radius(at[1], taylor) * reach + _radius(square, shift), taylor, add(value, points(shift))),
        (_radius(slopes, m := _middle(slopes)) * reach, m, value),
        (_radius(range_, c := _middle(range_)), np.zeros_like(c), points(c)),
    ]
    radius, slope, centred = ways[-1]
    for other, by, there in ways[:-1]:
        better = ~np.isnan(other) & np.isfinite(by) & (other <= radius)
        radius, slope = np.where(better, other, radius), np.where(better, by, slope)
        centred = arrays.where(better, there, centred)
    return centred, slope, above(radius)


def sharp(function: Callable[[Cells, int], Jet], cells: Cells) -> Jet:
    """The jet over cells, its value over their parts by the mean value theorem."""
    lower, upper = np.broadcast_arrays(*cells)
    jet = [Cells(*np.broadcast_arrays(*part, lower)[:2]) for part in function(cells, 2)]
    if not (np.isfinite(lower).all() and np.isfinite(upper).all()):
        return jet
    parts = int(np.clip(np.ceil((upper - lower).max() * FINEST), 1, MOST_PARTS))
    steps = np.linspace(0, 1, parts + 1)[:, None]
    edges = np.clip(lower + (upper - lower) * steps, lower, upper)
    edges[-1] = upper
    inner = Cells(edges[:-1], edges[1:])
    natural = function(inner, 1)
    middle = (inner.lower + inner.upper) / 2
    centred = add(function(points(middle), 0)[0], multiply(natural[1], subtract(inner, points(middle))))
    both = intersection(natural[0], centred)
    return [intersection(jet[0], Cells(both.lower.min(axis=0), both.upper.max(axis=0))), *jet[1:]]


def _middle(a: Cells) -> Array:
    middle = (a.lower + a.upper) / 2
    return np.where(np.isfinite(middle), middle, 0.0)


def _radius(a: Cells, middle: Array) -> Array:
    """How far the ends are from it."""
    return above(np.maximum(a.upper - middle, middle - a.lower))
