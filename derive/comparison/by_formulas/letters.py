"""What the letters of quotients stand for, and which letters of two cells are the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import lcm
from typing import Any

from flint import fmpq, fmpq_mat, fmpq_mpoly
from sympy import S

from derive.comparison.by_formulas.quotients import Exponents, Quotient

PLAIN = {"input", "state", "parameter", "constant", "matrix", "mean"}  # free of each other

Key = tuple[Any, ...]
Multiples = tuple[tuple[str, Any], ...]  # with numbers of SymPy


class Finer(Exception):
    """An exponential is a root of those that are letters: the letters are to be roots themselves."""


@dataclass
class Letters:
    """What each letter of the quotients stands for.

    roots: of exponentials, powers and angles, the part that is the letter. relations: of a letter, the power of it that
    is a quotient of letters before it: √(1 + a²)² = 1 + a², sin² = 1 - cos².
    """

    keys: dict[Key, int] = field(default_factory=dict)
    of: list[Key] = field(default_factory=list)
    roots: dict[Key, int] = field(default_factory=dict)
    relations: dict[int, tuple[int, Quotient]] = field(default_factory=dict)

    def letter(self, key: Key) -> int:
        if key not in self.keys:
            self.keys[key] = len(self.of)
            self.of.append(key)
        return self.keys[key]

    def alone(self, of: Quotient) -> Key | None:
        """What a quotient that is one letter stands for."""
        terms = list(of.terms())
        return self.only(terms[0][0]) if of.is_polynomial and len(terms) == 1 and terms[0][1] == 1 else None

    def only(self, exponents: Exponents) -> Key | None:
        """What a product of one letter stands for."""
        places = [(k, p) for k, p in enumerate(exponents) if p]
        return self.of[places[0][0]] if len(places) == 1 and places[0][1] == 1 else None

    def part(self, of: Key, power: fmpq) -> int:
        """How often a power of something has the part of it in it that is the letter."""
        parts = self.roots.setdefault(of, 1)
        if (power * parts).q != 1:
            self.roots[of] = lcm(parts, int((power * parts).q) * parts)
            raise Finer
        return int((power * parts).p)

    def reduced(self, of: Quotient) -> Quotient:
        """With no more of a letter than its relation leaves, and no square root below: 0 where it is 0 by these."""
        for k in sorted(self.relations, reverse=True):
            power, equal = self.relations[k]
            above, below = (_lowered(poly, k, power, equal) for poly in (of.above, of.below))
            if below.is_zero:
                raise ZeroDivisionError
            of = above * below**-1
            if power == 2 and any(e[k] for e in of.below.to_dict()):
                other = _other_root(of.below, k)
                below = _lowered(of.below * other, k, power, equal)
                if not below.is_zero:
                    of = _lowered(of.above * other, k, power, equal) * below**-1
        return of


def parts_by(poly: fmpq_mpoly, k: int) -> dict[int, fmpq_mpoly]:
    """A polynomial by the powers of a letter."""
    found: dict[int, dict[Exponents, fmpq]] = {}
    for e, c in poly.to_dict().items():
        found.setdefault(e[k], {})[(*e[:k], 0, *e[k + 1 :])] = c
    return {p: poly.context().from_dict(terms) for p, terms in found.items()}


def _lowered(poly: fmpq_mpoly, k: int, power: int, equal: Quotient) -> Quotient:
    parts = parts_by(poly, k)
    if max(parts, default=0) < power:
        return Quotient(poly)
    one, found = Quotient.letter(k), Quotient.number(0)
    for p, part in parts.items():
        found = found + Quotient(part) * equal ** (p // power) * one ** (p % power)
    return found


def _other_root(poly: fmpq_mpoly, k: int) -> fmpq_mpoly:
    """With the other of both roots for a letter."""
    return poly.context().from_dict({e: -c if e[k] % 2 else c for e, c in poly.to_dict().items()})


@dataclass
class Side:
    """What the letters of one cell are. names: of its weights, sums of the other's; shifts: numbers beside these."""

    names: Mapping[str, Multiples] | None = None
    shifts: Mapping[str, Any] = field(default_factory=dict)

    def parts(self, name: str) -> Multiples:
        return ((name, S.One),) if self.names is None else self.names[name]


def combination(of: Quotient, basis: list[Quotient]) -> list[fmpq] | None:
    """Numbers by which a quotient is a sum of others that are independent; None where there are none."""
    if not basis:
        return None
    every = [*basis, of]
    below = Quotient.number(1)
    for q in every:
        below = below * Quotient((q * below).below)
    rows = [dict((q * below).terms()) for q in every]
    places = list({e: None for row in rows for e in row})
    matrix = fmpq_mat(len(places), len(every), [row.get(e, fmpq(0)) for e in places for row in rows])
    reduced, rank = matrix.rref()
    if any(reduced[rank - 1, j] != 0 for j in range(len(basis))):
        return [reduced[i, len(basis)] for i in range(len(basis))]
    return None
