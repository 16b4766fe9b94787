"""Where two cells part: the first equation of one that the other has nowhere, weights being the same throughout."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sympy import Rational

from derive.comparison.by_formulas.canonical import Canonical
from derive.comparison.by_formulas.poly import Atom, Poly
from derive.comparison.pairing.likely import kinds_of, similarity
from derive.comparison.pairing.merging import Merged, merged
from derive.comparison.pairing.unify import Exhausted, Match, Search, sizes_of
from derive.definition.cell import Cell

MOST = 3000  # equations that are held together


@dataclass
class Walk:
    """One walk along the first cell's equations; ``reached`` is how far it came at best."""

    names: list[str]
    left: Merged
    right: Merged
    search: Search
    inner: list[Poly]
    reached: int = -1
    same: Mapping[str, str] = field(default_factory=dict)
    match: Match = field(default_factory=dict)  # of the weights, there
    tried: int = 0

    def from_(self, k: int, match: Match, same: dict[str, str]) -> bool:
        """Whether all equations from the k-th on are found; the longest way is kept."""
        if k > self.reached or (k == self.reached and len(same) > len(self.same)):
            self.reached, self.same, self.match = k, same, match
        if k == len(self.names):
            return True
        poly = self.left.states[self.names[k]]
        for other, theirs in self._candidates(poly, same):
            self.tried += 1
            if self.tried > MOST:
                return False
            try:
                for found in self.search.polys(poly, theirs, match):
                    if self.from_(k + 1, found, {**same, self.names[k]: other} if other else same):
                        return True
            except Exhausted:
                self.tried = MOST
        return False

    def _candidates(self, poly: Poly, same: Mapping[str, str]) -> Iterator[tuple[str, Poly]]:
        """The equations of the second cell, that of the same name first, then what stands within one."""
        shaped = [(n, p) for n, p in self.right.states.items() if p.shape == poly.shape and n not in same.values()]
        name = next(n for n, p in self.left.states.items() if p is poly)
        yield from sorted(shaped, key=lambda pair: pair[0] != name)
        if not shaped:
            yield from (("", p) for p in self.inner if p.shape == poly.shape)


def first_difference(
    first: Cell, second: Cell, renamed: Mapping[str, str], sizes: Mapping[str, str]
) -> tuple[dict[str, str], tuple[str, str], Match]:
    """Which equation of the second is which of the first, and the first one of the first that is not in the second,
    with the one in its place there, and the weights that are the same till then.

    renamed, sizes: the first cell's names of states and sizes for the second's.
    """
    fixed = bool(first.constants or second.constants)
    left, right = Canonical(first, fixed=fixed), Canonical(second, renamed=renamed, fixed=fixed)
    mine, theirs = _lines(left), _lines(right)
    search = Search(sizes_of(first, mine), sizes_of(second, theirs, sizes))
    walk = Walk(list(first), mine, theirs, search, list(_inner(theirs)))
    if walk.from_(0, {}, {}) or walk.reached == len(walk.names):
        back = {mine: their for their, mine in renamed.items()}
        apart = ((s, back[s]) for s in first.states if s in back and walk.same.get(s) != back[s])
        return dict(walk.same), next(apart, ("", "")), walk.match
    name = walk.names[walk.reached]
    return dict(walk.same), (name, _in_place(name, walk, first, renamed)), walk.match


def _in_place(name: str, walk: Walk, first: Cell, renamed: Mapping[str, str]) -> str:
    """The equation that stands in the place of one that is not there: of the same state, of the same name, or the one
    most like it that is left."""
    back = {mine: theirs for theirs, mine in renamed.items()}
    left = [n for n in walk.right.states if n not in walk.same.values()]
    for wanted in ([back[name]] if name in first.states else []) + [name]:
        if wanted in left:
            return wanted
    kinds = kinds_of(walk.left.states[name])
    later = Counter(p.shape for n, p in walk.left.states.items() if n not in walk.same and n != name)
    shapes = Counter(walk.right.states[n].shape for n in left)
    others = [n for n in left if shapes[s := walk.right.states[n].shape] > later[s]]

    def alike(other: str) -> int:
        return similarity(kinds, kinds_of(walk.right.states[other]))

    return max(others or left, key=alike, default="")


def _lines(side: Canonical) -> Merged:
    targets = {line.target: line.target.name for line in side.cell.lines}
    return merged({name: side.known[target] for target, name in targets.items()}, side.cell)


def _inner(sums: Merged) -> Iterator[Poly]:
    """Every sum within a sum, once."""
    seen: set[Poly] = set()
    waiting = list(sums.states.values())
    while waiting:
        poly = waiting.pop()
        factors = dict.fromkeys(factor for m in poly.terms for factor in m)
        parts = [Poly({frozenset({f}): Rational(1)}) for f in factors if not _is_of_tanh(poly, f)]
        for part in parts + [a for m in poly.terms for atom, _ in m for a in atom.args]:
            if part not in seen:
                seen.add(part)
                waiting.append(part)
                yield part


def _is_of_tanh(poly: Poly, factor: tuple[Atom, int]) -> bool:
    """Whether a sum is shorter in tanh(a) = 2 σ(2a) - 1 than in that σ."""
    if factor[0].kind != "sigmoid":
        return False
    beside = Poly({m - {factor}: c / 2 for m, c in poly.terms.items() if factor in m})
    rest = Poly({m: c for m, c in poly.terms.items() if factor not in m})
    return len(rest.plus(beside).terms) < len(rest.terms)
