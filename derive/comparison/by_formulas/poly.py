"""Sums of products of atoms with rational coefficients: what formulas are, multiplied out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import blake2b
from typing import Any

from sympy import Rational

from derive.errors import DeriveError

MOST = 3000  # products in a sum that is multiplied out

#: Products by axes, v kᵀ, nᵀ q, S q, Sᵀ q, diag(a) S and S diag(a): each is linear in both of its arguments.
CONTRACTIONS = ("OuterNode", "DotNode", "ReadNode", "ReadTransposedNode", "RowsNode", "ColumnsNode")
#: Linear in each argument.
LINEAR = (*CONTRACTIONS, "mean")

Monomial = frozenset[tuple["Atom", int]]  # atoms and their powers


@cache
def key_of(text: str) -> int:
    """A number for a text that is the same in every process, as ``hash`` is not: sets of atoms are gone through in the
    order that follows from it."""
    return int.from_bytes(blake2b(text.encode(), digest_size=7).digest(), "big")


class _Compared:
    """What is found equal to another stands for it from then on: formulas that name one quantity many times are deep,
    and would be gone through anew at each of its places."""

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        a, b = self._first(), other._first()
        if a is not b:
            if hash(a) != hash(b) or a._parts() != b._parts():
                return False
            vars(b)["_other"] = a
        return True

    def __hash__(self) -> int:
        raise NotImplementedError(type(self).__name__)

    def _parts(self) -> Any:
        raise NotImplementedError(type(self).__name__)

    def _first(self) -> _Compared:
        found = self
        while (other := vars(found).get("_other")) is not None:
            found = other
        if found is not self:  # the way there may be long, and is gone once
            vars(self)["_other"] = found
        return found


@dataclass(frozen=True, eq=False)
class Atom(_Compared):
    """A factor. kind: "input", "state", "parameter", "matrix" (times ``args``), "mean", or the name of a function.

    name: of the letter or of the matrix; more: what a function has beside its arguments: numbers, conditions.
    ordered: whether the order of its arguments matters.
    """

    kind: str
    name: str = ""
    args: tuple[Poly, ...] = ()
    more: tuple[Any, ...] = ()
    ordered: bool = True

    @cached_property
    def shape(self) -> int:
        """A number that is the same for atoms which differ in the names of weights alone, states apart."""
        name = self.name if self.kind in ("input", "state") else ""
        inner = [a.shape for a in self.args]
        return hash((key_of(self.kind), key_of(name), tuple(inner if self.ordered else sorted(inner)), self.more_key))

    @cached_property
    def kinds(self) -> frozenset[str]:
        """Its own kind, and those of all atoms within it."""
        return frozenset({self.kind}).union(*(a.kinds for a in self.args))

    @cached_property
    def takes(self) -> bool:
        """Whether its weights, or those that it is linear in, may take in a factor."""
        return self.kind in ("parameter", "matrix") or (
            self.kind in LINEAR and any(all(map(is_absorbing, a.terms)) for a in self.args)
        )

    def _parts(self) -> Any:
        return self.kind, self.name, self.more, self.ordered, self.args

    @cached_property
    def _hash(self) -> int:
        return hash((key_of(self.kind), key_of(self.name), self.args, self.more_key))

    @cached_property
    def more_key(self) -> int:
        return key_of(repr(self.more))

    def __hash__(self) -> int:
        return self._hash


@dataclass(frozen=True, eq=False)
class Poly(_Compared):
    """A sum of products with rational coefficients, none of which is zero."""

    terms: Mapping[Monomial, Any]

    @cached_property
    def shape(self) -> int:
        """As of an atom; what a weight may absorb is left out: a factor, several biases in the place of one."""
        return shape_of_sum(self)

    @cached_property
    def letters(self) -> tuple[str, ...]:
        """What a match says something of, and where it stands: the weights, and activations that are left open."""
        found: dict[str, None] = {}
        for atom in (atom for m in self.terms for atom, _ in m):
            if atom.kind in ("parameter", "matrix", "constant", "activation"):
                found[atom.name + "()" * (atom.kind == "activation")] = None
            found |= dict.fromkeys(name for a in atom.args for name in a.letters)
        return tuple(found)

    @cached_property
    def kinds(self) -> frozenset[str]:
        """The kinds of all atoms within it."""
        return frozenset[str]().union(*(atom.kinds for m in self.terms for atom, _ in m))

    def _parts(self) -> Any:
        return self.terms

    @cached_property
    def _hash(self) -> int:
        return hash(frozenset((m, *ratio_parts(c)) for m, c in self.terms.items()))

    def __hash__(self) -> int:
        return self._hash

    def plus(self, other: Poly) -> Poly:
        found = dict(self.terms)
        for m, c in other.terms.items():
            found[m] = found.get(m, 0) + c
        return _sum(found)

    def times(self, other: Poly) -> Poly:
        found: dict[Monomial, Any] = {}
        if len(self.terms) * len(other.terms) > MOST:
            raise DeriveError(f"a product of sums of more than {MOST} terms is not multiplied out")
        for a, c in self.terms.items():
            for b, d in other.terms.items():
                m = joined(a, b)
                found[m] = found.get(m, 0) + c * d
        return _sum(found)

    @property
    def number(self) -> Any:
        """The number that it is; None where it is none."""
        if not self.terms:
            return Rational(0)
        return self.terms[ONE] if set(self.terms) == {ONE} else None


ONE: Monomial = frozenset()


def number(value: Any) -> Poly:
    return Poly({ONE: value} if value else {})


def letter(atom: Atom, power: int = 1) -> Poly:
    return Poly({frozenset({(atom, power)}): Rational(1)})


def shape_of(m: Monomial, atom: Callable[[Atom], int] = lambda a: a.shape) -> int:
    return hash(frozenset(Counter((atom(a), p) for a, p in m).items()))


def shape_of_sum(poly: Poly, product: Callable[[Monomial], int] = shape_of) -> int:
    """See ``Poly.shape``. product: the shape of each product."""
    free = {product(m) for m in poly.terms if is_absorbing(m)}
    rest = Counter((product(m), *ratio_parts(c)) for m, c in poly.terms.items() if not is_absorbing(m))
    return hash((frozenset(free), frozenset(rest.items())))


def learned(m: Monomial) -> list[Atom]:
    """The letters of a product whose numbers training finds."""
    return [a for a, p in m if p == 1 and a.kind in ("parameter", "matrix")]


def taking(m: Monomial) -> list[Atom]:
    """The letters and products by axes whose weights may take in a factor of the product."""
    return [a for a, p in m if p == 1 and a.takes]


def is_absorbing(m: Monomial) -> bool:
    """Whether a factor of the product may be part of a weight of it."""
    return bool(taking(m))


def is_open(poly: Poly) -> bool:
    """Whether a factor of the sum may be part of its weights, numbers beside a bias among them."""
    biased = any(len(m) == 1 and [a.kind for a in learned(m)] == ["parameter"] for m in poly.terms)
    return all(is_absorbing(m) or (m == ONE and biased) for m in poly.terms)


def is_positive(poly: Poly) -> bool:
    """Whether it is seen to be positive: a sum of products that are not negative, one of which is nowhere 0."""
    return _never_negative(poly) and any(all(a.kind in _POSITIVE for a, _ in m) for m in poly.terms)


_POSITIVE = {"exp", "sigmoid", "softplus"}
_NEVER_NEGATIVE = _POSITIVE | {"relu", "Abs", "clip"}


def _never_negative(poly: Poly) -> bool:
    return all(c > 0 and all(p % 2 == 0 or _is_never_negative(a) for a, p in m) for m, c in poly.terms.items())


def _is_never_negative(atom: Atom) -> bool:
    if atom.kind in ("power", "mean"):
        return _never_negative(atom.args[0])
    return atom.kind in _NEVER_NEGATIVE or (atom.kind == "Max" and any(map(_never_negative, atom.args)))


def ratio_parts(c: Any) -> tuple[int, int]:
    """A rational number as two that have one hash in every process."""
    return (c, 1) if isinstance(c, int) else (int(c.p), int(c.q))


def _sum(terms: Mapping[Monomial, Any]) -> Poly:
    return Poly({m: c for m, c in terms.items() if c})


def joined(a: Monomial, b: Monomial) -> Monomial:
    powers = Counter(dict(a))
    for atom, p in b:
        powers[atom] += p
    return frozenset((atom, p) for atom, p in powers.items() if p)


def total(parts: Iterable[Poly]) -> Poly:
    found: dict[Monomial, Any] = {}
    for p in parts:
        for m, c in p.terms.items():
            found[m] = found.get(m, 0) + c
    return _sum(found)


def negative(poly: Poly) -> Poly:
    return poly.times(number(Rational(-1)))


def is_negative(poly: Poly) -> bool:
    """One of a sum and its negative, whatever its weights are and what its functions are of; neither where that does
    not tell them apart."""

    def looks(m: Monomial) -> list[tuple[str, str, int]]:
        return sorted((a.kind, a.name if a.kind in ("input", "state") else "", p) for a, p in m)

    signed = [(looks(m), c) for m, c in poly.terms.items() if not is_absorbing(m)]
    return sorted(signed) < sorted((look, -c) for look, c in signed)


def is_plain(poly: Poly) -> bool:
    """Whether there are no weights in it."""
    return not any(map(is_absorbing, poly.terms))


def sums_within(polys: Iterable[Poly]) -> set[Poly]:
    """These sums, and those that functions in them are of."""
    seen: set[Poly] = set()
    waiting = list(polys)
    while waiting:
        poly = waiting.pop()
        if poly not in seen:
            seen.add(poly)
            waiting += [a for m in poly.terms for atom, _ in m for a in atom.args]
    return seen


def letters_within(of: Iterable[Poly], *kinds: str) -> set[str]:
    """The names of all letters of these kinds of sums."""
    return {a.name for poly in sums_within(of) for m in poly.terms for a, _ in m if a.kind in kinds}
