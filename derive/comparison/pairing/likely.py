"""Which weights of two cells that differ are likely the same: those in the most similar places of their sums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar

from sympy import Rational

from derive.comparison.by_formulas.poly import Atom, Monomial, Poly
from derive.comparison.by_formulas.terms import letters_of
from derive.comparison.pairing.merging import Merged
from derive.comparison.pairing.unify import Match

MOST = 10_000  # pairs of products that are held together

T = TypeVar("T", Atom, Monomial)


def likely(left: Merged, right: Merged, sizes: Mapping[str, Any], others: Mapping[str, Any], match: Match) -> Match:
    """A match with what is found beside it, by the sizes of the parameters of both cells."""
    pairing = _Pairing(sizes, others, dict(match))
    for state in left.states:
        if state in right.states:
            pairing.polys(left.states[state], right.states[state])
    return pairing.match


@dataclass
class _Pairing:
    sizes: Mapping[str, Any]
    others: Mapping[str, Any]
    match: dict[str, tuple[str, Any]]
    done: set[tuple[Poly, Poly]] = field(default_factory=set)

    def polys(self, a: Poly, b: Poly) -> None:
        if (a, b) in self.done:
            return
        self.done.add((a, b))
        for m, n in _together(a.terms, b.terms, _kinds_of_product):
            ratio = a.terms[m] / b.terms[n] if len(m) == 1 and len(n) == 1 else Rational(1)
            for u, v in _together((atom for atom, _ in m), (atom for atom, _ in n), _kinds_of_atom):
                self.atoms(u, v, ratio)

    def atoms(self, u: Atom, v: Atom, ratio: Any) -> None:
        if u.kind in ("parameter", "matrix", "constant") and u.kind == v.kind:
            self.note(u.name, v.name, ratio if u.kind != "constant" else Rational(1))
        for a, b in zip(u.args, v.args, strict=False):
            self.polys(a, b)

    def note(self, name: str, other: str, ratio: Any) -> None:
        mine = {part for known in self.match for part in letters_of(known)}
        theirs = {part for known, _ in self.match.values() for part in letters_of(known)}
        taken = any(p in mine for p in letters_of(name)) or any(p in theirs for p in letters_of(other))
        if not taken and self.sizes[name] == self.others[other]:
            self.match[name] = (other, ratio)


def _together(a: Iterable[T], b: Iterable[T], kinds: Any) -> list[tuple[T, T]]:
    """Pairs of the most similar ones, each once; in their order where there are too many."""
    lefts, rights = list(a), list(b)
    if len(lefts) * len(rights) > MOST:
        return list(zip(lefts, rights, strict=False))
    ranked = sorted(
        ((similarity(kinds(x), kinds(y)), -i, -j) for i, x in enumerate(lefts) for j, y in enumerate(rights)),
        reverse=True,
    )
    pairs: dict[int, int] = {}
    for _, i, j in ranked:
        if -i not in pairs and -j not in pairs.values():
            pairs[-i] = -j
    return [(lefts[i], rights[j]) for i, j in sorted(pairs.items())]


def similarity(a: Counter[str], b: Counter[str]) -> int:
    """What two things have in common, less what one of them has alone."""
    return 2 * (a & b).total() - (a | b).total()


def kinds_of(poly: Poly) -> Counter[str]:
    """How many atoms of each kind there are in a sum, and within these."""
    found: Counter[str] = Counter()
    for m in poly.terms:
        found += _kinds_of_product(m)
    return found


@lru_cache(maxsize=4096)
def _kinds_of_product(m: Monomial) -> Counter[str]:
    return sum((_kinds_of_atom(atom) for atom, _ in m), Counter())


@lru_cache(maxsize=4096)
def _kinds_of_atom(atom: Atom) -> Counter[str]:
    own = f"{atom.kind} {atom.name}" if atom.kind in ("input", "state") else atom.kind
    return sum((kinds_of(a) for a in atom.args), Counter([own]))
