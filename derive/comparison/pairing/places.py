"""Where each weight of a cell stands, as numbers that are the same for cells which differ in the names of weights.

A weight can only be one of the other cell that has the same places. The places are told apart by what stands beside
and around them; once weights are told apart, so is more of what stands beside them, and so on: a colour refinement.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from derive.comparison.by_formulas.poly import Atom, Monomial, Poly, key_of, shape_of, shape_of_sum

ROUNDS = 3
LETTERS = ("parameter", "matrix", "constant")


def places(states: Mapping[str, Poly]) -> Shapes:
    """Shapes of these sums in which the learned letters and constants are told apart by where they stand."""
    order = _outermost_first(states)
    found = Shapes()
    for _ in range(ROUNDS):
        more = Shapes(found.colours_in(states, order))
        if len({*more.colours.values()}) == len({*found.colours.values()}):
            break
        found = more
    return found


def _outermost_first(states: Mapping[str, Poly]) -> list[Poly]:
    """Every sum and those within its functions, each before what is within it."""
    found: list[Poly] = []
    seen: set[Poly] = set()
    waiting: list[tuple[Poly, bool]] = [(poly, False) for poly in states.values()]
    while waiting:
        poly, is_left = waiting.pop()
        if is_left:
            found.append(poly)
        elif poly not in seen:
            seen.add(poly)
            waiting.append((poly, True))
            waiting += [(a, False) for m in poly.terms for atom, _ in m for a in atom.args]
    return found[::-1]


@dataclass
class Shapes:
    """Numbers that are the same for sums, products and atoms which differ in the names of weights alone, states apart.

    colours: of letters, by which these are told apart; none without.
    """

    colours: Mapping[str, int] = field(default_factory=dict)
    _sums: dict[Poly, int] = field(default_factory=dict)
    _atoms: dict[Atom, int] = field(default_factory=dict)

    def colours_in(self, states: Mapping[str, Poly], order: list[Poly]) -> dict[str, int]:
        """Finer ones, by the places of the letters. order: of the sums, each before what is within it."""
        around: dict[Poly, set[Any]] = {poly: set() for poly in order}
        for state, poly in states.items():
            around[poly].add(key_of(state))
        letters: dict[str, set[int]] = {}
        for poly in order:
            outside = hash((frozenset(around[poly]), self.sum(poly)))
            for m in poly.terms:
                product = self.product(m)
                for atom, power in m:
                    place = hash((outside, product, self.atom(atom), power))
                    if atom.kind in LETTERS:
                        letters.setdefault(atom.name, set()).add(place)
                    for k, a in enumerate(atom.args):
                        around[a].add((place, k * atom.ordered))
        return {name: hash((self.colours.get(name, 0), frozenset(found))) for name, found in letters.items()}

    def sum(self, poly: Poly) -> int:
        """As ``Poly.shape``."""
        if poly not in self._sums:
            self._sums[poly] = shape_of_sum(poly, self.product)
        return self._sums[poly]

    def product(self, m: Monomial) -> int:
        return shape_of(m, self.atom)

    def atom(self, atom: Atom) -> int:
        if atom not in self._atoms:
            inner = [self.sum(a) for a in atom.args]
            own = self.colours.get(atom.name, 0) if atom.kind in LETTERS else atom.shape
            key = key_of(atom.kind), own, tuple(inner if atom.ordered else sorted(inner)), atom.more_key
            self._atoms[atom] = hash(key)
        return self._atoms[atom]
