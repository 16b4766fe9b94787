"""Parameters of which only the sum matters, as one: each sum of weights is a place, see ``images``, and a letter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sympy import Rational

from derive.comparison.by_formulas.poly import ONE, Atom, Monomial, Poly, learned
from derive.comparison.by_formulas.terms import NUMBER, Parts, sum_name
from derive.comparison.pairing.images import Places, Shape, are_any, shapes_of
from derive.definition.cell import Cell


@dataclass(frozen=True)
class Member:
    """A part of a sum: the product in which a letter stands there, and the term that it is."""

    letter: str
    term: str
    coefficient: Any
    product: Monomial
    atom: Atom  # of the letter


Sites = dict[Poly, list[Member]]


@dataclass(frozen=True)
class Merged:
    """States whose sums have one learned letter where the cell has several that only their sum matters of.

    parts: of each letter that is left, and is a sum, its terms; bound: those of them that depend on others; shapes: of
    the cell's own letters.
    """

    states: Mapping[str, Poly]
    parts: Mapping[str, Parts]
    bound: frozenset[str]
    shapes: Mapping[str, Shape]

    def places(self, names: list[str], scales: tuple[Any, ...] = ()) -> Places:
        """These letters as the sums that they are."""
        return Places(tuple(self.parts.get(n, ((n, Rational(1)),)) for n in names), self.shapes, scales)


def merged(states: Mapping[str, Poly], cell: Cell) -> Merged:
    """b_ii + b_hi and b + 1 as one bias, W x + V x as one product, where no other place reads the parts without the
    others, or where each sum can have any value: of σ(b) and tanh(b + c), b + c is one letter as well. Where sums
    depend on each other, as b, d and b + d do, each is a letter too; which values they have together is what two cells
    have to have in common then (``images.are_same``)."""
    return _Merging(states, cell).result()


class _Merging:
    def __init__(self, states: Mapping[str, Poly], cell: Cell) -> None:
        self.states = states
        #: Of what is learned, which alone can take in what is as large.
        self.sizes = {p.name: (p.rows, p.stored_cols) for p in cell.parameters if p.fixed is None}
        self.shapes = shapes_of(cell)
        self.places: dict[str, set[tuple[Poly, Monomial]]] = {}
        self.parts: dict[str, Parts] = {}
        self.bound: set[str] = set()
        self.done: dict[Poly, Poly] = {}
        self.names: dict[str, str] = {}  # of letters in several places: the sum's; nothing where another stands for it
        self._seen: set[Poly] = set()
        for poly in states.values():
            self._visit(poly)
        #: Of sums, the letters that are one together: those that stand there by themselves, with others like them.
        self.whole: dict[Poly, list[tuple[list[Member], bool]]] = {}
        for sites in self._sites().values():
            self._find_whole(sites)
        self._find_sums()

    def result(self) -> Merged:
        return Merged(
            {s: self._poly(p) for s, p in self.states.items()}, self.parts, frozenset(self.bound), self.shapes
        )

    def _visit(self, poly: Poly) -> None:
        if poly in self._seen:
            return
        self._seen.add(poly)
        for m in poly.terms:
            if (within := _of_mean(m)) is not None:  # of nothing but letters, which are parts of this sum
                for k in within.terms:
                    self.places.setdefault(learned(k)[0].name, set()).add((poly, m))
                continue
            for atom, _ in m:
                if atom.kind in ("parameter", "matrix"):
                    self.places.setdefault(atom.name, set()).add((poly, m))
                for a in atom.args:
                    self._visit(a)

    def _poly(self, poly: Poly) -> Poly:
        if poly not in self.done:
            groups = self.whole.get(poly, [])
            taken = {member.product for members, _ in groups for member in members}
            found: dict[Monomial, Any] = {}
            for m, c in poly.terms.items():
                if m not in taken and "" not in [self.names.get(a.name) for a, _ in m]:
                    new = frozenset((self._atom(a), p) for a, p in m)
                    found[new] = found.get(new, 0) + c
            for members, is_any in groups:
                shift = found.pop(ONE, 0) if members[0].atom.kind == "parameter" else 0
                found |= self._together(members, shift, is_any)
            self.done[poly] = Poly(found)
        return self.done[poly]

    def _together(self, members: list[Member], shift: Any, is_any: bool) -> dict[Monomial, Any]:
        """One letter for all of them, and for a number beside a bias."""
        atom, first = members[0].atom, members[0].coefficient
        name = members[0].term
        if len(members) > 1 or shift:
            # the sum begins with a letter by itself, whose sign stands before the whole
            parts = tuple((m.term, m.coefficient / first) for m in members)
            parts += ((NUMBER, shift / first),) if shift else ()
            name = sum_name(parts)
            self.parts[name] = parts
            self.bound |= set() if is_any else {name}
        return {frozenset({(self._called(name, atom), 1)}): first}

    def _sites(self) -> dict[Any, Sites]:
        """The sums in which letters stand, and which letters: of each size and what they are before."""
        found: dict[Any, Sites] = {}
        for poly in sorted({poly for at in self.places.values() for poly, _ in at}, key=hash):
            for m, c in poly.terms.items():
                own = learned(m)
                if len(m) == 1 and own and own[0].name in self.sizes and own[0].more[:1] in ((), ("full",)):
                    key = own[0].kind, own[0].args, own[0].more, self.sizes[own[0].name]
                    member = Member(own[0].name, own[0].name, c, m, own[0])
                    found.setdefault(key, {}).setdefault(poly, []).append(member)
        for (kind, args, more, sizes), sites in found.items():
            for poly, members in sites.items():
                members.sort(key=lambda member: member.letter)
                if len(more) < 2:  # by head no map is known
                    members += sorted(self._mapped(poly, kind, args, sizes), key=lambda member: member.term)
        mapped = {
            (poly, m.product) for of in found.values() for poly, ms in of.items() for m in ms if m.term != m.letter
        }
        return {
            key: {poly: members for poly, members in sites.items() if (poly, members[0].product) not in mapped}
            for key, sites in found.items()
        }

    def _mapped(self, poly: Poly, kind: str, args: tuple[Poly, ...], sizes: tuple[str, str]) -> Iterator[Member]:
        """The parts of a sum that are maps of letters, beside others of that size."""
        operand = next(iter(args[0].terms)) if kind == "matrix" and len(args[0].terms) == 1 else None
        is_square = kind == "matrix" and sizes[0] == sizes[1] and operand is not None
        for m, c in poly.terms.items():
            if kind == "parameter" and (within := _of_mean(m)) is not None:
                for k, d in within.terms.items():
                    if self.sizes.get(name := learned(k)[0].name) == sizes:
                        yield Member(name, f"mean({name})", c * d, m, learned(k)[0])
            for atom in learned(m):
                own = self.sizes.get(atom.name)
                if own is None:
                    continue
                term = ""
                if atom.kind == "matrix":
                    is_here = is_square and len(m) == 1 and atom.args == args and own == sizes
                    term = "antisymmetric" if is_here and atom.more == ("antisymmetric",) else ""
                elif len(m) == 1 and kind == "parameter":
                    term = "each" if sizes[0] not in ("", "1") and own[0] in ("", "1") else ""
                elif is_square and m - {(atom, 1)} == operand:
                    term = "diagonal" if own[0] == sizes[0] else "each" if own[0] in ("", "1") else ""
                if term:
                    yield Member(atom.name, f"{term}({atom.name})", c, m, atom)

    def _find_whole(self, sites: Sites) -> None:
        """The sums of one size and place, each as one letter: those first that can have any value, whatever the others
        have, having a letter that stands in no other one, but for those that are already found; then what is left, if
        some letter stands there alone."""
        at: dict[str, set[tuple[Poly, Monomial]]] = {}
        for poly, members in sites.items():
            for member in members:
                at.setdefault(member.letter, set()).add((poly, member.product))
        free = {name for name, own in at.items() if self.places[name] <= own}
        left = dict(sites)
        while True:
            count = Counter(name for members in left.values() for name in {m.letter for m in members})
            own = {
                poly: [m.term for m in members if m.letter in free and count[m.letter] == 1 and _is_once(members, m)]
                for poly, members in left.items()
            }
            if not any(own.values()):
                break
            for poly, first in own.items():
                if first:
                    self._make_whole(poly, left.pop(poly), first)
        left = {poly: members for poly, members in left.items() if any(m.letter in free for m in members)}
        is_any = are_any([[(m.term, m.coefficient) for m in members if m.letter in free] for members in left.values()])
        for poly, members in left.items():
            self._make_whole(poly, members, [], is_any)

    def _make_whole(self, poly: Poly, members: list[Member], first: list[str], is_any: bool = True) -> None:
        members = sorted(members, key=lambda m: m.term not in first)
        self.whole.setdefault(poly, []).append((members, is_any))
        for m in members:
            self.places[m.letter].discard((poly, m.product))

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


def _of_mean(m: Monomial) -> Poly | None:
    """The sum of which a product is the mean, where there are letters of that size alone in it."""
    ((atom, power),) = m if len(m) == 1 else ((Atom(""), 1),)
    if atom.kind != "mean" or power != 1:
        return None
    of = atom.args[0]
    alone = all(len(k) == 1 and [a.kind for a in learned(k)] == ["parameter"] for k in of.terms)
    return of if alone else None


def _is_once(members: list[Member], own: Member) -> bool:
    """Whether a letter stands in a sum by itself, and in no other part of it."""
    return own.term == own.letter and sum(m.letter == own.letter for m in members) == 1
