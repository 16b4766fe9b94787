"""Quotients of sums with the same weights: c = f c₋ + i z over n = f n₋ + i is a mean of the z, whatever f and i are.

Enclosures of c and of n apart do not know that. With weights that are not negative, |c₋| ≤ r n₋ + d and |z| ≤ r give
|c| ≤ r n + f d. A machine, which has the same f and i in both, rounds each term of either sum k times at most, in any
order, fused or not: |c| ≤ (1 + γ_k) Σ w |y| + e and n ≥ (1 - γ_k) Σ w x - e, where e is what may be flushed to zero. So
r grows by (1 + γ_k)/(1 - γ_k) in a step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from sympy import Add, Expr, Mul, Pow, Symbol

from derive.enclosure.rounding import Format
from derive.enclosure.twin import Twin
from derive.enclosure.zonotope import above, bounded
from derive.exact.arrays import Array, Cells, intersection, subtract
from derive.notation.quantity import previous
from derive.statements.base import Statement

Known = Mapping[Symbol, Twin]
Part = Callable[[Twin], Cells]

LEAST, LARGEST = 2.0**-100, 2.0**100  # between which nothing that is multiplied or divided here leaves the type


@dataclass
class Mean:
    """A state, ``over``, and another one, ``under``, that adds up the weights. kept: the weight of what they were;
    terms: the other weights, each with its z.

    ratio: r, in the exact cell and on the machine; off: d, on the machine. (n,), after the steps so far.
    """

    over: Symbol
    under: Symbol
    kept: Symbol
    terms: tuple[tuple[Symbol, Symbol], ...]
    ratio: list[Array] = field(default_factory=list)
    off: Array = field(default_factory=lambda: np.zeros(1))

    @property
    def roundings(self) -> int:
        """Of each term: a product, the sums, and the weight as it is stored."""
        return 2 + len(self.terms)

    def start(self, known: Known) -> None:
        """From the initial states."""
        top, bottom = known[previous(self.over.name)], known[previous(self.under.name)]
        for part in (_exact, _replaced):
            size, least = np.broadcast_arrays(_size(part(top)), part(bottom).lower)
            some = _divided(size, least)
            self.ratio.append(np.where((size == 0) & (least >= 0), 0.0, some))

    def step(self, known: Known, machine: Format) -> None:
        """After both have been computed."""
        weights = [known[w] for w in (self.kept, *(w for w, _ in self.terms))]
        values = [known[z] for _, z in self.terms]
        signs = [part(w).lower >= 0 for w in weights for part in (_exact, _replaced)]
        positive = np.all(np.broadcast_arrays(*signs), axis=0)
        found = [
            np.max(np.broadcast_arrays(r, *(_size(part(z)) for z in values)), axis=0)
            for r, part in zip(self.ratio, (_exact, _replaced), strict=True)
        ]
        g = machine.gamma(self.roundings)
        found[1] = above(found[1] * (1 + g) / (1 - g), 6)
        states = [previous(s.name) for s in (self.over, self.under)]
        sizes = 1 + sum(_size(known[s].replaced) for s in states) + sum(_size(z.replaced) for z in values)
        flushed = 4 * self.roundings * machine.smallest * sizes * (1 + found[1])
        self.off = _certain(above(_size(weights[0].replaced) * self.off * (1 + g) + flushed, 12))
        self.ratio = [np.where(positive, _certain(r), np.inf) for r in found]

    def bounds(self, twin: Twin, others: Sequence[Symbol], known: Known, machine: Format) -> Twin:
        """What is over/under, times others, between the ends that this gives."""
        exact, replaced = (_product([_size(part(known[f])) for f in others]) for part in (_exact, _replaced))
        top, bottom = _size(known[self.over].replaced), known[self.under].replaced.lower
        inside = (bottom > LEAST) & (above(top * replaced, 2) < LARGEST) & (replaced < LARGEST)
        rounded = machine.gamma(2 * (len(others) + 2))
        flushed = 8 * (len(others) + 2) * machine.smallest * (1 + replaced) * (1 + _divided(np.ones(1), bottom))
        replaced = (self.ratio[1] + _divided(self.off, bottom)) * replaced * (1 + rounded) + flushed
        replaced = np.where(inside, _certain(above(replaced, 12)), np.inf)
        exact = np.where(known[self.under].exact.range.lower > 0, _certain(above(self.ratio[0] * exact, 4)), np.inf)
        real = bounded(twin.exact, intersection(twin.exact.range, Cells(-exact, exact)))
        machines = intersection(twin.replaced, Cells(-replaced, replaced))
        if twin.error is None:
            return Twin(real)
        error = intersection(twin.error.range, subtract(machines, real.range))
        return Twin(real, bounded(twin.error, error), machines)


def means(statements: Sequence[Statement], states: Sequence[str]) -> list[Mean]:
    """Those among the states of a cell."""
    sums: dict[Symbol, Expr] = {s.target: s.written() for s in statements if s.elementwise and s.target.name in states}
    made = {s.target for s in statements}
    found = [_mean(a, b, sums) for a in sums for b in sums if a != b]
    return [m for m in found if m is not None and {m.kept, *(q for term in m.terms for q in term)} <= made]


def clipped(target: Symbol, expr: Expr, found: Sequence[Mean], known: Known, machine: Format) -> Twin:
    """A quantity, where it is a mean times others, between the ends that this gives."""
    twin, factors = known[target], list(Mul.make_args(expr))
    for mean in found:
        quotient = [mean.over, Pow(mean.under, -1)]
        others = [f for f in factors if f not in quotient]
        if len(others) == len(factors) - 2 and all(f in known for f in others):
            twin = mean.bounds(twin, others, known, machine)
    return twin


def _mean(over: Symbol, under: Symbol, sums: Mapping[Symbol, Expr]) -> Mean | None:
    """None for two states that are none."""
    products = {frozenset(Mul.make_args(t)) for t in Add.make_args(sums[over])}
    below = [frozenset(Mul.make_args(t)) for t in Add.make_args(sums[under])]
    if len(below) != len(Add.make_args(sums[over])) or len(products) != len(below):
        return None
    before, sum_before = previous(over.name), previous(under.name)
    kept: list[tuple[Symbol, Symbol]] = []
    terms: list[tuple[Symbol, Symbol]] = []
    for weight in below:
        here = weight - {sum_before}
        matching = [p for p in products if here < p]
        if len(here) != 1 or len(matching) != 1 or len(matching[0]) != 2:
            return None
        (w,), (z,) = here, matching[0] - here
        if not (isinstance(w, Symbol) and isinstance(z, Symbol)) or (sum_before in weight) != (z == before):
            return None
        (kept if z == before else terms).append((w, z))
    if len(kept) != 1 or not terms or {w for w, _ in (*kept, *terms)} & {before, sum_before, over, under}:
        return None
    return Mean(over, under, kept[0][0], tuple(terms))


def _exact(a: Twin) -> Cells:
    return a.exact.range


def _replaced(a: Twin) -> Cells:
    return a.replaced


def _size(a: Cells) -> Array:
    return np.maximum(np.abs(a.lower), np.abs(a.upper))


def _product(sizes: Sequence[Array]) -> Array:
    found = np.ones(1)
    for size in sizes:
        found = above(found * size, 2)
    return found


def _divided(top: Array, bottom: Array) -> Array:
    """Rounded up; infinite where the divisor may be 0."""
    return np.where(bottom > 0, above(top / np.where(bottom > 0, bottom, 1.0), 2), np.inf)


def _certain(bound: Array) -> Array:
    return np.where(np.isnan(bound), np.inf, bound)
