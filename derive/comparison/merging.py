"""Parameters of which only the sum matters, as one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sympy import Rational

from derive.comparison.poly import ONE, Atom, Monomial, Poly, learned
from derive.comparison.terms import NUMBER, sum_name


@dataclass(frozen=True)
class Merged:
    """States whose sums have one learned letter where the cell has several that only their sum matters of.

    parts: of each letter that is left, the parameters that it is the sum of, and by which numbers.
    """

    states: Mapping[str, Poly]
    parts: Mapping[str, tuple[tuple[str, Any], ...]]


def merged(states: Mapping[str, Poly]) -> Merged:
    """b_ii + b_hi and b + 1 as one bias, W x + V x as one product, where no other place reads the parts without the
    others."""
    return _Merging(states).result()


class _Merging:
    def __init__(self, states: Mapping[str, Poly]) -> None:
        self.states = states
        self.places: dict[str, set[tuple[Poly, Monomial]]] = {}
        self.parts: dict[str, tuple[tuple[str, Any], ...]] = {}
        self.done: dict[Poly, Poly] = {}
        self.names: dict[str, str] = {}  # of letters in several places: the sum's; nothing where another stands for it
        self._seen: set[Poly] = set()
        for poly in states.values():
            self._visit(poly)
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
            groups: dict[Any, list[tuple[Atom, Any]]] = {}
            found: dict[Monomial, Any] = {}
            for m, c in poly.terms.items():
                own = learned(m)
                if len(own) == 1 and len(m) == 1 and len(self.places[own[0].name]) == 1:
                    groups.setdefault((own[0].kind, own[0].args, own[0].more), []).append((own[0], c))
                elif "" not in [self.names.get(a.name) for a, _ in m]:
                    new = frozenset((self._atom(a), p) for a, p in m)
                    found[new] = found.get(new, 0) + c
            for (kind, *_), members in groups.items():
                shift = found.pop(ONE, 0) if kind == "parameter" else 0
                found |= self._together(members, shift)
            self.done[poly] = Poly(found)
        return self.done[poly]

    def _together(self, members: list[tuple[Atom, Any]], shift: Any) -> dict[Monomial, Any]:
        """One letter for all of them, and for a number beside a bias."""
        members = sorted(members, key=lambda member: member[0].name)
        if len(members) == 1 and not shift:
            ((atom, c),) = members
            return {frozenset({(self._atom(atom), 1)}): c}
        first = members[0][1]  # so that the sum begins with a letter by itself, whose sign stands before the whole
        parts = tuple((atom.name, c / first) for atom, c in members) + (((NUMBER, shift / first),) if shift else ())
        name = sum_name(parts)
        self.parts[name] = parts
        atom = members[0][0]
        return {frozenset({(self._atom(Atom(atom.kind, name, atom.args, atom.more)), 1)}): first}

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
        """The places of a letter, without it, with their coefficients; none where it stands by itself in the only one,
        is squared, or is there twice."""
        found = {}
        for poly, m in self.places[name]:
            own = [(a, p) for a, p in m if a.name == name and a.kind in ("parameter", "matrix")]
            if len(own) != 1 or own[0][1] != 1:
                return {}
            atom = own[0][0]
            found[poly, m - {own[0]}, atom.kind, atom.args, atom.more] = poly.terms[m]
        alone = len(found) == 1 and not any(rest for _, rest, *_ in found)
        return {} if alone else found

    def _atom(self, atom: Atom) -> Atom:
        name = self.names.get(atom.name, atom.name) if atom.kind in ("parameter", "matrix") else atom.name
        return Atom(atom.kind, name, tuple(map(self._poly, atom.args)), atom.more, atom.ordered)
