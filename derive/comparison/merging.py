"""Parameters of which only the sum matters, as one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flint import fmpq, fmpq_mat
from sympy import Rational

from derive.comparison.poly import ONE, Atom, Monomial, Poly, learned
from derive.comparison.terms import NUMBER, sum_name
from derive.definition.cell import Cell

Members = list[tuple[Atom, Any]]
Sites = dict[Poly, dict[str, tuple[Atom, Any]]]


@dataclass(frozen=True)
class Merged:
    """States whose sums have one learned letter where the cell has several that only their sum matters of.

    parts: of each letter that is left, the parameters that it is the sum of, and by which numbers.
    """

    states: Mapping[str, Poly]
    parts: Mapping[str, tuple[tuple[str, Any], ...]]


def merged(states: Mapping[str, Poly], cell: Cell) -> Merged:
    """b_ii + b_hi and b + 1 as one bias, W x + V x as one product, where no other place reads the parts without the
    others, or where each sum can have any value: of σ(b) and tanh(b + c), b + c is one letter as well."""
    return _Merging(states, cell).result()


def _independent(rows: list[dict[str, Any]]) -> bool:
    """Whether no row is a sum of multiples of others."""
    names = sorted({name for row in rows for name in row})
    numbers = [fmpq(c.p, c.q) for row in rows for name in names for c in [Rational(row.get(name, 0))]]
    return bool(fmpq_mat(len(rows), len(names), numbers).rank() == len(rows))


class _Merging:
    def __init__(self, states: Mapping[str, Poly], cell: Cell) -> None:
        self.states = states
        #: Of what is learned, which alone can take in what is as large.
        self.sizes = {p.name: (p.rows, p.stored_cols) for p in cell.parameters if p.fixed is None}
        self.places: dict[str, set[tuple[Poly, Monomial]]] = {}
        self.parts: dict[str, tuple[tuple[str, Any], ...]] = {}
        self.done: dict[Poly, Poly] = {}
        self.names: dict[str, str] = {}  # of letters in several places: the sum's; nothing where another stands for it
        self._seen: set[Poly] = set()
        for poly in states.values():
            self._visit(poly)
        #: Of sums, the letters that are one together: those that stand there by themselves, with others like them.
        self.whole: dict[Poly, list[Members]] = {}
        for sites in self._sites().values():
            self._find_whole(sites)
        self._find_sums()

    def result(self) -> Merged:
        return Merged({s: self._poly(p) for s, p in self.states.items()}, self.parts)

    def _visit(self, poly: Poly) -> None:
        if poly in self._seen:
            return
        self._seen.add(poly)
        for m in poly.terms:
            for atom, _ in m:
                if atom.kind in ("parameter", "matrix"):
                    self.places.setdefault(atom.name, set()).add((poly, m))
                for a in atom.args:
                    self._visit(a)

    def _poly(self, poly: Poly) -> Poly:
        if poly not in self.done:
            groups = self.whole.get(poly, [])
            taken = {frozenset({(atom, 1)}) for members in groups for atom, _ in members}
            found: dict[Monomial, Any] = {}
            for m, c in poly.terms.items():
                if m not in taken and "" not in [self.names.get(a.name) for a, _ in m]:
                    new = frozenset((self._atom(a), p) for a, p in m)
                    found[new] = found.get(new, 0) + c
            for members in groups:
                shift = found.pop(ONE, 0) if members[0][0].kind == "parameter" else 0
                found |= self._together(members, shift)
            self.done[poly] = Poly(found)
        return self.done[poly]

    def _together(self, members: Members, shift: Any) -> dict[Monomial, Any]:
        """One letter for all of them, and for a number beside a bias."""
        (atom, first), *_ = members
        name = atom.name
        if len(members) > 1 or shift:
            # the sum begins with a letter by itself, whose sign stands before the whole
            parts = tuple((a.name, c / first) for a, c in members) + (((NUMBER, shift / first),) if shift else ())
            name = sum_name(parts)
            self.parts[name] = parts
        return {frozenset({(self._called(name, atom), 1)}): first}

    def _sites(self) -> dict[Any, Sites]:
        """The sums in which letters stand by themselves, and which letters: of each size and what they are of."""
        found: dict[Any, Sites] = {}
        for name in self.places:
            for poly, m in self.places[name]:
                if len(m) == 1 and name in self.sizes and (own := learned(m)):
                    key = own[0].kind, own[0].args, own[0].more, self.sizes[name]
                    found.setdefault(key, {}).setdefault(poly, {})[name] = own[0], poly.terms[m]
        return found

    def _find_whole(self, sites: Sites) -> None:
        """The sums that can have any value, whatever the others have: each has a letter that stands in no other one,
        but for those that are already found, or there are as many letters as sums and none depends on the others."""
        every = {name: self.places[name] for letters in sites.values() for name in letters}
        free = {n for n, at in every.items() if all(len(m) == 1 and n in sites.get(poly, ()) for poly, m in at)}
        left = dict(sites)
        while True:
            count = Counter(name for letters in left.values() for name in letters)
            own = {poly: sorted(n for n in free & letters.keys() if count[n] == 1) for poly, letters in left.items()}
            if not any(own.values()):
                break
            for poly, first in own.items():
                if first:
                    self._make_whole(poly, left.pop(poly), first)
        left = {poly: letters for poly, letters in left.items() if free & letters.keys()}
        if _independent([{n: c for n, (_, c) in letters.items() if n in free} for letters in left.values()]):
            for poly, letters in left.items():
                self._make_whole(poly, letters, sorted(free & letters.keys()))

    def _make_whole(self, poly: Poly, letters: Mapping[str, tuple[Atom, Any]], first: list[str]) -> None:
        order = [*first, *sorted(letters.keys() - {*first})]
        self.whole.setdefault(poly, []).append([letters[name] for name in order])
        for name in order:
            atom, _ = letters[name]
            self.places[name].discard((poly, frozenset({(atom, 1)})))

    def _find_sums(self) -> None:
        """Letters that stand beside the same in several places, in one ratio, are a sum."""
        together: dict[Any, list[tuple[str, Any]]] = {}
        for name in self.places:
            if beside := self._beside(name):
                first = beside[max(beside, key=hash)]
                key = frozenset((place, c / first) for place, c in beside.items())
                together.setdefault(key, []).append((name, first))
        for members in together.values():
            (name, first), *others = sorted(members)  # the sum begins with a letter by itself
            if others:
                parts = ((name, Rational(1)), *((other, c / first) for other, c in others))
                self.names |= {name: sum_name(parts), **{other: "" for other, _ in others}}
                self.parts[self.names[name]] = parts

    def _beside(self, name: str) -> dict[Any, Any]:
        """The other places of a letter, without it, with their coefficients; none where it is squared, or is there
        twice."""
        found = {}
        for poly, m in self.places[name]:
            own = [(a, p) for a, p in m if a.name == name and a.kind in ("parameter", "matrix")]
            if len(own) != 1 or own[0][1] != 1:
                return {}
            atom = own[0][0]
            found[poly, m - {own[0]}, atom.kind, atom.args, atom.more] = poly.terms[m]
        return found

    def _atom(self, atom: Atom) -> Atom:
        learns = atom.kind in ("parameter", "matrix")
        return self._called(self.names.get(atom.name, atom.name) if learns else atom.name, atom)

    def _called(self, name: str, atom: Atom) -> Atom:
        return Atom(atom.kind, name, tuple(map(self._poly, atom.args)), atom.more, atom.ordered)
