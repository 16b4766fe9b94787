"""Zonotopes: the units of a quantity as affine forms over symbols that they share, in doubles, rounded outwards.

Unit k is c_k + Σ_j G_kj ε_j + ρ_k for some ε_j in [-1, 1], which all quantities share, and some ρ_k in [-r_k, r_k] of
its own (Comba and Stolfi 1993, affine arithmetic; Girard 2005, the reduction of order). Doubles are rounded; what that
may amount to is added to r. With u = 2^-53, a sum of n products that is rounded in any order, fused or not, is within
γ_n Σ|a||b| of the exact one, γ_n = n u/(1 - n u) (Higham 2002, Accuracy and Stability of Numerical Algorithms, section
3.1); it is taken for granted that BLAS sums products in some order and does nothing else. The errors of all generators
together are bounded by their sum of magnitudes, so that takes no second product of matrices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from derive.exact import arrays
from derive.exact.arrays import Array, Cells

UNIT = 2.0**-53
TINY = 2.0**-1000  # more than what underflows in any of the operations here
NEGLIGIBLE = 2.0**-40  # of the units' spreads, what is not worth a symbol
SLACK = 2.0**-49  # relative: what a bound itself may be rounded by, in up to a dozen operations


def gamma(n: int) -> float:
    """A bound of what n roundings do to a sum of products, itself rounded up."""
    return n * UNIT / (1 - n * UNIT) * (1 + SLACK)


def above(bound: Array, terms: int = 1) -> Array:
    """At least the number that this is where it was rounded as a sum of so many terms, none negative."""
    return bound * (1 + SLACK + 2 * gamma(terms)) + TINY


@dataclass(eq=False)
class Form:
    """centre, rest: (n,); generators: (n, m), m no more than there are symbols. natural: bounds that are known
    otherwise, with the centre between them.

    Of a single number for all units n is 1, and so it is repeated.
    """

    centre: Array
    generators: Array
    rest: Array
    natural: Cells | None = None

    @cached_property
    def spread(self) -> Array:
        """Σ_j |G_kj|, rounded up."""
        return above(np.abs(self.generators).sum(axis=1), self.generators.shape[1])

    @cached_property
    def range(self) -> Cells:
        """The interval of each unit."""
        reach = above(self.spread + self.rest)
        lower = np.nextafter(self.centre - reach, -np.inf)
        upper = np.nextafter(self.centre + reach, np.inf)
        lower, upper = (np.where(np.isnan(e), i, e) for e, i in ((lower, -np.inf), (upper, np.inf)))
        if self.natural is not None:
            lower, upper = np.fmax(lower, self.natural.lower), np.fmin(upper, self.natural.upper)
        return Cells(lower, upper)

    @cached_property
    def reach(self) -> Array:
        """How far a unit may be from its centre."""
        lower, upper = self.range
        return above(np.maximum(np.maximum(upper - self.centre, self.centre - lower), 0.0))

    @cached_property
    def size(self) -> Array:
        """How large a unit may be."""
        return np.maximum(np.abs(self.range.lower), np.abs(self.range.upper))

    def spread_over(self, units: int) -> Form:
        """The same of so many units, also of what is a single number for all."""
        if len(self.centre) == units:
            return self
        natural = None if self.natural is None else Cells(*(np.broadcast_to(e, (units,)) for e in self.natural))
        centre, rest = (np.broadcast_to(a, (units,)) for a in (self.centre, self.rest))
        return Form(centre, np.broadcast_to(self.generators, (units, self.generators.shape[1])), rest, natural)

    def at(self, units: Array) -> Form:
        """Those units alone."""
        n = len(self.centre)
        natural = None if self.natural is None else Cells(*(np.broadcast_to(e, (n,))[units] for e in self.natural))
        return Form(self.centre[units], self.generators[units], self.rest[units], natural)


def bounded(a: Form, natural: Cells) -> Form:
    """The same between ends that are known otherwise. A unit whose rest alone is wider is what they say of it."""
    lower, upper = (np.broadcast_to(end, a.centre.shape) for end in natural)
    middle = (lower + upper) / 2
    half = above(np.maximum(upper - middle, middle - lower))
    constant = half <= np.where(np.isnan(a.rest), np.inf, a.rest)
    inside = np.clip(a.centre, lower, upper)
    moved = np.where(inside == a.centre, a.rest, above(a.rest + np.abs(inside - a.centre)))
    generators = np.where(constant[:, None], 0.0, a.generators) if constant.any() else a.generators
    centre, rest = np.where(constant, middle, inside), np.where(constant, half, moved)
    return Form(centre, generators, rest, Cells(lower, upper))


def number(interval: Cells) -> Form:
    """Numbers that are known to lie between two ends and share nothing."""
    lower, upper = map(np.atleast_1d, interval)
    centre = (lower + upper) / 2
    centre = np.where(np.isfinite(centre), centre, 0.0)
    rest = np.where(lower == upper, 0.0, above(np.maximum(upper - centre, centre - lower)))
    return Form(centre, np.zeros((len(centre), 0)), rest, Cells(lower, upper))


def combined(factors: Sequence[Array], forms: Sequence[Form], centre: Cells | None = None, radius: Array = 0.0) -> Form:
    """Σ s_k a_k, ± radius. centre: what stands for the sum of the centres, where that is given.

    factors: of the units, exact doubles.
    """
    m = max(a.generators.shape[1] for a in forms)
    parts = [(np.atleast_1d(s), a) for s, a in zip(factors, forms, strict=True)]
    n = max(max(len(s), len(a.centre)) for s, a in parts)
    generators = _summed([(s, a.generators) for s, a in parts if a.generators.shape[1]], n, m)
    terms = len(parts)
    if centre is None:
        middle = sum(s * a.centre for s, a in parts)
        off = sum(np.abs(s * a.centre) for s, a in parts) * gamma(terms + 1)
    else:
        lower, upper = centre
        middle = (lower + upper) / 2
        off = np.maximum(upper - middle, middle - lower)
    rest = sum(np.abs(s) * (a.rest + gamma(terms + 1) * a.spread) for s, a in parts) + off + radius
    rest = np.where(np.isnan(rest), np.inf, rest)
    return Form(np.broadcast_to(middle, (n,)), generators, np.broadcast_to(above(rest, terms + 3), (n,)))


def _summed(parts: Sequence[tuple[Array, Array]], n: int, m: int) -> Array:
    """Σ s_k G_k, (n, m); what is there already is not copied."""
    if len(parts) == 1 and parts[0][1].shape == (n, m) and (parts[0][0] == 1).all():
        return parts[0][1]
    found = np.zeros((n, m))
    for s, g in parts:
        found[:, : g.shape[1]] += g if (s == 1).all() else s[:, None] * g
    return found


@dataclass(frozen=True)
class Matrix:
    """A matrix of weights: doubles, how far each may be from them, and the entries that are symbols.

    entries: rows, columns, symbols and half the widths of the boxes of entries that are known no better.
    """

    numbers: Array
    off: Array
    entries: tuple[Array, Array, Array, Array] | None = None

    def __call__(self, a: Form) -> Form:
        """W a"""
        columns = self.numbers.shape[1]
        size, off = np.abs(self.numbers), np.broadcast_to(self.off, self.numbers.shape)
        g = gamma(columns + 2)
        rest = size @ (a.rest + g * (np.abs(a.centre) + a.spread)) + off @ a.size
        generators, centre = self.numbers @ a.generators, self.numbers @ a.centre
        if self.entries is not None:
            generators, extra = self._varied(a, generators)
            rest = rest + extra
        return bounded(Form(centre, generators, above(rest, columns + 3)), self.between(a.range))

    def between(self, a: Cells) -> Cells:
        """W a, of what the ends of a alone say: entries by sign, so that a mean of squares is not below 0."""
        positive, negative, up, down = self._signed
        lower, upper = positive @ a.lower + negative @ a.upper, positive @ a.upper + negative @ a.lower
        low, high = np.abs(a.lower), np.abs(a.upper)
        below, over = up @ low + down @ high, up @ high + down @ low
        if self.entries is not None:
            rows, columns, _, widths = self.entries
            wide = np.zeros(len(lower))
            np.add.at(wide, rows, widths * np.maximum(low, high)[columns])
            below, over = below + wide, over + wide
        terms = 2 * self.numbers.shape[1] + 4
        below, over = (np.where(e > 0, above(e, terms), 0.0) for e in (below, over))
        found = arrays.outwards(lower - below, upper + over)
        return Cells(np.where((lower == 0) & (below == 0), 0.0, found.lower), found.upper)

    @cached_property
    def _signed(self) -> tuple[Array, Array, Array, Array]:
        """The entries above 0 and those below, and how far what either is multiplied by may be off in a sum."""
        positive, negative = np.maximum(self.numbers, 0.0), np.minimum(self.numbers, 0.0)
        g = gamma(2 * self.numbers.shape[1] + 2)
        return positive, negative, g * positive + self.off * (positive > 0), self.off * (negative < 0) - g * negative

    def transposed(self) -> Matrix:
        entries = None if self.entries is None else (self.entries[1], self.entries[0], *self.entries[2:])
        return Matrix(self.numbers.T, np.transpose(self.off), entries)

    def _varied(self, a: Form, generators: Array) -> tuple[Array, Array]:
        """Σ_j w_ij a_j for the entries that are symbols: a generator by the centre of a_j, the rest by its reach."""
        assert self.entries is not None
        rows, columns, symbols, widths = self.entries
        wide = np.zeros((len(generators), max(generators.shape[1], symbols.max() + 1)))
        wide[:, : generators.shape[1]] = generators
        np.add.at(wide, (rows, symbols), widths * a.centre[columns])
        rest = np.zeros(len(generators))
        many = len(symbols) + 2
        np.add.at(rest, rows, widths * (a.reach[columns] + gamma(many) * np.abs(a.centre[columns])))
        return wide, above(rest, many)


class Symbols:
    """The symbols in use. fixed: how many there are for the numbers of the box that stay. sources: what each is marked
    with, if anything."""

    def __init__(self, fixed: int) -> None:
        self.fixed = fixed
        self.sources: list[str | None] = [None] * fixed

    @property
    def count(self) -> int:
        return len(self.sources)

    def new(self, many: int, source: str | None = None) -> int:
        """The first of so many new ones."""
        self.sources += [source] * many
        return self.count - many

    def promoted(self, a: Form) -> Form:
        """The same with the rest of each unit a symbol, so that what is made of it knows where it comes from."""
        n, m = a.generators.shape
        units = np.flatnonzero((a.rest > 0) & np.isfinite(a.rest))
        if not len(units):
            return a
        first = self.new(len(units))
        generators = np.zeros((n, self.count))
        generators[:, :m] = a.generators
        generators[units, first + np.arange(len(units))] = a.rest[units]
        rest = np.where(np.isfinite(a.rest), 0.0, a.rest)
        return Form(a.centre, generators, rest, a.natural)

    def reduced(self, forms: Sequence[Form], most: int) -> list[Form]:
        """The same with at most so many symbols beside the fixed ones: of those that matter least to any unit, relative
        to its own spread, a unit's are added up. The others are numbered anew, so ``forms`` is all that is in use."""
        widths = np.cumsum([0, *(len(a.centre) for a in forms)])
        stacked = np.zeros((widths[-1], self.count))
        for a, start in zip(forms, widths, strict=False):
            stacked[start : start + len(a.centre), : a.generators.shape[1]] = a.generators
        size = np.abs(stacked)
        scale = size.sum(axis=1)
        weight = 1 / np.where(scale > 0, scale, 1.0) @ size
        order = np.argsort(-weight[self.fixed :], kind="stable") + self.fixed
        most = min(most, int((weight[self.fixed :] > NEGLIGIBLE).sum()))
        kept = np.concatenate((np.arange(self.fixed), np.sort(order[:most])))
        is_lost = np.ones(self.count)
        is_lost[kept] = 0.0
        lost = size @ is_lost
        lost = np.where(lost > 0, above(lost, self.count), 0.0)
        self.sources = [self.sources[k] for k in kept]
        found = []
        for a, start in zip(forms, widths, strict=False):
            part = np.s_[start : start + len(a.centre)]
            found.append(Form(a.centre, stacked[part][:, kept], above(a.rest + lost[part]), a.natural))
        return found
