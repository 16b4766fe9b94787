"""Parameters of which only the sum matters, as one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

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
    """b_ii + b_hi and b + 1 as one bias, W x + V x as one product, where no other place reads the parts."""
    return _Merging(states).result()


class _Merging:
    def __init__(self, states: Mapping[str, Poly]) -> None:
        self.states = states
        self.places: dict[str, set[tuple[Poly, Monomial]]] = {}
        self.parts: dict[str, tuple[tuple[str, Any], ...]] = {}
        self.done: dict[Poly, Poly] = {}
        self._seen: set[Poly] = set()
        for poly in states.values():
            self._visit(poly)

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
                else:
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

    def _atom(self, atom: Atom) -> Atom:
        return Atom(atom.kind, atom.name, tuple(map(self._poly, atom.args)), atom.more, atom.ordered)
