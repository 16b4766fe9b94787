"""Weights of one cell in the places of another's: a search over the sums and products of both.

A match says of each learned parameter of the first cell which one of the second it is, and by which number it is
multiplied: W' = r W. Products and sums are matched in any order; a number before a product is absorbed in its one
weight.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import permutations
from math import prod
from typing import Any

from sympy import Rational

from derive.comparison.by_formulas.poly import LINEAR, Atom, Monomial, Poly, is_absorbing, number, taking
from derive.comparison.pairing.merging import Merged
from derive.comparison.pairing.places import Shapes
from derive.comparison.pairing.renamed import renamed_size
from derive.definition.cell import Cell
from derive.errors import DeriveError

MOST = 20_000  # pairs that are tried

Match = Mapping[str, tuple[str, Any]]  # parameter of the first cell: that of the second, and the number r


class Exhausted(DeriveError):
    """More pairs than are tried."""


@dataclass
class Search:
    """One search. sizes, others: of the parameters of both cells, which have to agree; mine, theirs: the shapes of
    their sums, which have to as well; tried: how many pairs there were."""

    sizes: Mapping[str, Any]
    others: Mapping[str, Any]
    mine: Shapes = field(default_factory=Shapes)
    theirs: Shapes = field(default_factory=Shapes)
    tried: int = 0
    _known: dict[Any, bool] = field(default_factory=dict)  # of two sums, the weights of the first being known

    def polys(self, a: Poly, b: Poly, match: Match) -> Iterator[Match]:
        """The ways in which two sums are equal, that agree with a match."""
        if self.mine.sum(a) != self.theirs.sum(b) or len(a.terms) != len(b.terms):
            return
        letters = a.letters
        if any(name not in match for name in letters):
            yield from self._polys(a, b, match)
            return
        key = a, b, tuple(match[name] for name in letters)  # one answer, wherever the two sums stand
        if key not in self._known:
            self._known[key] = next(self._polys(a, b, match), None) is not None
        if self._known[key]:
            yield match

    def _polys(self, a: Poly, b: Poly, match: Match) -> Iterator[Match]:
        groups: dict[int, list[Monomial]] = {}
        for m in b.terms:
            groups.setdefault(self.theirs.product(m), []).append(m)
        order = sorted(a.terms, key=lambda m: (len(groups.get(self.mine.product(m), ())), -len(m)))
        yield from self._terms(a, b, order, groups, match)

    def _terms(
        self, a: Poly, b: Poly, order: list[Monomial], groups: Mapping[int, list[Monomial]], match: Match
    ) -> Iterator[Match]:
        if not order:
            yield match
            return
        first, rest = order[0], order[1:]
        kind = self.mine.product(first)
        for m in groups.get(kind, ()):
            left = {**groups, kind: [other for other in groups[kind] if other is not m]}
            for found in self._monomials(first, m, a.terms[first] / b.terms[m], match):
                yield from self._terms(a, b, rest, left, found)

    def _monomials(self, a: Monomial, b: Monomial, ratio: Any, match: Match) -> Iterator[Match]:
        """Two products, the first of which has ``ratio`` times the coefficient of the second."""
        self._count()
        choices = list(_shares(taking(a), ratio, match))
        atoms = list(a)
        for order in permutations(b):
            if any(p != q or self._parted(u, v) for (u, p), (v, q) in zip(atoms, order, strict=True)):
                continue
            pairs = [(u, v) for (u, _), (v, _) in zip(atoms, order, strict=True)]
            for shares in choices:
                factors = [shares.get(u, Rational(1)) for u, _ in pairs]
                yield from self._atoms(pairs, factors, match)

    def _parted(self, u: Atom, v: Atom) -> bool:
        return self.mine.atom(u) != self.theirs.atom(v)

    def _atoms(self, pairs: list[tuple[Atom, Atom]], factors: list[Any], match: Match) -> Iterator[Match]:
        if not pairs:
            yield match
            return
        for found in self._atom(*pairs[0], factors[0], match):
            yield from self._atoms(pairs[1:], factors[1:], found)

    def _atom(self, a: Atom, b: Atom, factor: Any, match: Match) -> Iterator[Match]:
        if (a.kind, a.more, len(a.args)) != (b.kind, b.more, len(b.args)):
            return
        if a.kind == "matrix" and factor != 1:  # V of W (V x) may take it in as well
            inner = Atom(a.kind, a.name, tuple(p.times(number(factor)) for p in a.args), a.more, a.ordered)
            yield from self._atom(inner, b, Rational(1), match)
        if a.kind in LINEAR and factor != 1:  # so may either side of v kᵀ
            for k in (k for k, of in enumerate(a.args) if all(map(is_absorbing, of.terms))):
                args = tuple(of.times(number(factor)) if i == k else of for i, of in enumerate(a.args))
                yield from self._atom(Atom(a.kind, a.name, args, a.more, a.ordered), b, Rational(1), match)
            return
        if a.kind in ("parameter", "matrix", "constant"):
            known = match.get(a.name)
            if known is not None:
                if known != (b.name, factor):
                    return
            elif any(name == b.name for name, _ in match.values()) or self.sizes[a.name] != self.others[b.name]:
                return
            match = {**match, a.name: (b.name, factor)}
        elif a.kind == "activation":
            match = match if a.name == b.name else {**match, f"{a.name}()": (f"{b.name}()", len(match))}
        elif a.name != b.name:
            return
        if a.ordered:
            yield from self._args(a.args, b.args, match)
        else:
            for order in permutations(b.args):
                yield from self._args(a.args, order, match)

    def _args(self, a: tuple[Poly, ...], b: tuple[Poly, ...], match: Match) -> Iterator[Match]:
        if not a:
            yield match
            return
        for found in self.polys(a[0], b[0], match):
            yield from self._args(a[1:], b[1:], found)

    def _count(self) -> None:
        self.tried += 1
        if self.tried > MOST:
            raise Exhausted(f"more than {MOST} pairs of products were tried: it is not known whether they are equal")


def _shares(weights: list[Atom], ratio: Any, match: Match) -> Iterator[dict[Atom, Any]]:
    """By which number each weight of a product is multiplied: those that are known by theirs, another by what is left,
    or two others with opposite signs."""
    known = {u: match[u.name][1] for u in weights if u.name in match}
    rest = ratio / prod(known.values(), start=Rational(1))
    free = [u for u in weights if u not in known]
    if rest == 1:
        yield known
    elif not free:  # the matrix of W (V x) may leave it to V
        yield from ({**known, u: known[u] * rest} for u in weights if u.kind == "matrix")
    else:
        yield from ({**known, u: rest} for u in free)
    if len(free) > 1:
        yield {**known, free[0]: -rest, free[1]: Rational(-1)}


def sizes_of(cell: Cell, sums: Merged, named: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What has to agree of two parameters that are one: of a cell's own, and of sums of them. A constant may be a
    scalar where both are letters of one kind; what is not learned is what it is. named: other names for sizes."""
    kinds = {"constant": "scalar"}
    own: dict[str, Any] = {
        p.name: (kinds.get(p.kind, p.kind), *(renamed_size(s, named or {}) for s in (p.rows, p.stored_cols)), p.fixed)
        for p in cell.parameters
    }
    return own | {name: own[parts[0][0]] for name, parts in sums.parts.items()}
