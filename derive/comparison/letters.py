"""What the letters of quotients stand for, and which letters of two cells are the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flint import fmpq, fmpq_mat
from sympy import Rational, sqrt

from derive.comparison.quotients import Exponents, Quotient

PLAIN = {"input", "state", "parameter", "constant", "matrix", "mean"}  # free of each other

Key = tuple[Any, ...]
Multiples = tuple[tuple[str, fmpq], ...]


class Finer(Exception):
    """An exponential is a root of those that are letters: the letters are to be roots themselves."""


@dataclass
class Letters:
    """What each letter of the quotients stands for; of exponentials, the root that is the letter."""

    keys: dict[Key, int] = field(default_factory=dict)
    of: list[Key] = field(default_factory=list)
    roots: dict[Quotient, int] = field(default_factory=dict)

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


@dataclass
class Side:
    """What the letters of one cell are. names: of its weights, sums of the other's; shifts: numbers beside these."""

    names: Mapping[str, Multiples] | None = None
    shifts: Mapping[str, fmpq] = field(default_factory=dict)

    def parts(self, name: str) -> Multiples:
        return ((name, fmpq(1)),) if self.names is None else self.names[name]


def square_root(of: Quotient) -> Quotient | None:
    """That of which it is the square."""
    number, factors = (of.above * of.below).factor()
    root = sqrt(Rational(int(number.p), int(number.q)))
    if not root.is_Rational or any(p % 2 for _, p in factors):
        return None
    found = Quotient.number(root) * Quotient(of.below) ** -1
    for f, p in factors:
        found = found * Quotient(f) ** (p // 2)
    return found


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
