"""What sums of weights can be, all together: the image of a linear map from the weights.

A cell reads its weights only in sums, W + V - Vᵀ before an input or b + mean(d) + 1 beside it. Each sum is a *place*;
its *parts* are pairs of a term and a number. A term is a letter, as it is stored, or a linear map of one (``MAPS``):

    b, W               the letter itself
    mean(b)            its mean, for all units
    each(α)            one number for all units; before an input, times the identity
    antisymmetric(V)   V - Vᵀ
    diagonal(p)        p before an input: p ⊙ h is diag(p) h
    1                  the number 1, for all units

All places together are a linear map from all letters, and the number 1, to all sums. Two cells in which the places
are read in the same way are equal if both maps have the same image, whatever letters they have it from.

Letters of n numbers are compared at n = 2, 3 and 4. That suffices: each map commutes with the permutations of units, so
that it is a number for each way in which an orbit of entries, of pairs of units at most, is read from another one, and
these numbers do not depend on n. Of the entries of one and of two matrices there are the same orbits for all n >= 4.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flint import fmpq, fmpq_mat
from sympy import Rational

from derive.comparison.by_formulas.terms import NUMBER, Parts, letter_of
from derive.definition.cell import Cell

SIZES = (2, 3, 4)  # units at which sums are compared

Shape = tuple[str, ...]  # the sizes of a letter: none of a number, one of a vector, two of a matrix
Entries = dict[tuple[Any, ...], Any]  # of a letter, and by which number each is multiplied


@dataclass(frozen=True)
class Places:
    """The sums of a cell. parts: of each; shapes: of each letter; scales: by which number each sum is multiplied."""

    parts: tuple[Parts, ...]
    shapes: Mapping[str, Shape]
    scales: tuple[Any, ...] = ()

    def is_mapped(self) -> bool:
        """Whether a term is another one than a letter or a number."""
        return any("(" in term for parts in self.parts for term, _ in parts)

    def rows(self, n: int) -> list[Entries]:
        """Each entry of each sum as a sum of entries of letters."""
        found: list[Entries] = []
        for parts, scale in zip(self.parts, self.scales or (1,) * len(self.parts), strict=True):
            shape = self._shape(parts)
            entries = [(i, j) for i in range(n) for j in range(n)][: n ** len(shape)]
            for place in entries:
                row: Entries = {}
                for term, c in parts:
                    for key, number in self._entry(term, place, shape, n).items():
                        row[key] = row.get(key, 0) + number * c * scale
                found.append(row)
        return found

    def _shape(self, parts: Parts) -> Shape:
        """The sizes of a sum, those of its first letter. A matrix of other columns than rows has maps of its rows
        alone, as a vector has."""
        shape = self.shapes[letter_of(parts[0][0])]
        return shape if len(shape) < 2 or shape[0] == shape[1] else shape[:1]

    def _entry(self, term: str, place: tuple[int, int], shape: Shape, n: int) -> Entries:
        letter = letter_of(term)
        if term == NUMBER:
            return {(NUMBER,): Rational(1)}
        if term == letter:
            return {(letter, *place): Rational(1)}
        return MAPS[term.removesuffix(f"({letter})")](letter, place, len(shape) == 2, n)


def _mean(letter: str, place: tuple[int, int], is_matrix: bool, n: int) -> Entries:
    return {(letter, 0, k): Rational(1, n) for k in range(n)}


def _each(letter: str, place: tuple[int, int], is_matrix: bool, n: int) -> Entries:
    i, j = place
    return {(letter, 0, 0): Rational(1)} if not is_matrix or i == j else {}


def _antisymmetric(letter: str, place: tuple[int, int], is_matrix: bool, n: int) -> Entries:
    i, j = place
    return {(letter, i, j): Rational(1), (letter, j, i): Rational(-1)} if i != j else {}


def _diagonal(letter: str, place: tuple[int, int], is_matrix: bool, n: int) -> Entries:
    i, j = place
    return {(letter, 0, i): Rational(1)} if i == j else {}


MAPS: dict[str, Callable[[str, tuple[int, int], bool, int], Entries]] = {
    "mean": _mean,
    "each": _each,
    "antisymmetric": _antisymmetric,
    "diagonal": _diagonal,
}


def shapes_of(cell: Cell) -> dict[str, Shape]:
    """Of each parameter; a size of 1 is none."""
    return {p.name: tuple(s for s in (p.rows, p.stored_cols) if s and s != "1") for p in cell.parameters}


def sizes_of(*of: Places) -> tuple[int, ...]:
    """At how many units they are compared: sums of letters as they are stored are so entry by entry."""
    return SIZES if any(places.is_mapped() for places in of) else (1,)


def are_any(sums: Sequence[Sequence[tuple[str, Any]]]) -> bool:
    """Whether sums of letters, each as it is stored, can have any value, whatever the others have."""
    rows = [{(term,): c for term, c in parts} for parts in sums]
    return rank(rows) == len(rows)


def are_as_many(a: Places, b: Places) -> bool:
    """Whether as many sums are independent in both: if the other's can be all that one's can be, they are the same."""
    return all(rank(_linear(a.rows(n), "a")) == rank(_linear(b.rows(n), "b")) for n in sizes_of(a, b))


def _linear(rows: list[Entries], side: str) -> list[Entries]:
    """Without the numbers that are added."""
    return [{(side, *key): c for key, c in row.items() if key != (NUMBER,)} for row in rows]


def are_same(a: Places, b: Places) -> bool:
    """Whether the sums of both can have the same values, all together."""
    for n in sizes_of(a, b):
        mine, theirs = a.rows(n), b.rows(n)
        if len(mine) != len(theirs):
            return False
        here, there = _linear(mine, "a"), _linear(theirs, "b")
        beside = [
            {**x, **y, (NUMBER,): p.get((NUMBER,), 0) - q.get((NUMBER,), 0)}
            for x, y, p, q in zip(here, there, mine, theirs, strict=True)
        ]
        if not rank(here) == rank(there) == rank(beside):
            return False
    return True


def rank(rows: list[Any]) -> int:
    """Of sums of entries, how many do not depend on others."""
    names = sorted({name for row in rows for name in row}, key=str)
    numbers = [fmpq(c.p, c.q) for row in rows for name in names for c in [Rational(row.get(name, 0))]]
    return int(fmpq_mat(len(rows), len(names), numbers).rank()) if names and rows else 0
