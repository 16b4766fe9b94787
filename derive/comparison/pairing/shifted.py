"""Learned numbers beside a number: α h + (1 - α) a and (1 - α) h + α a are one cell with other weights, as are
(1 + u) h and u h."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, combinations
from math import inf
from typing import Any, TypeVar

from derive.comparison.by_formulas.canonical import Canonical
from derive.comparison.by_formulas.poly import Poly
from derive.definition.cell import Cell
from derive.errors import DeriveError

T = TypeVar("T")
Shifts = Mapping[str, int]  # of a letter p, what is added to it
MOST = 4  # letters that are tried both ways


class Shifted:
    """The numbers that are added to a cell's learned letters so that its formulas, multiplied out, are short.

    shortest: those that are taken; others: of a letter, another number with which they are as short. how: as for
    ``Canonical``.
    """

    def __init__(self, cell: Cell, **how: Any) -> None:
        self.cell, self.how = cell, how
        names = [p.name for p in cell.declared if p.learned and p.kind in ("scalar", "vector")]
        self.shortest: dict[str, int] = {}
        best = self._length({}) if names else 0
        for name in names:
            found = {t: self._length({**self.shortest, name: t}) for t in (1, -1)}
            t = min(found, key=lambda t: found[t])
            if found[t] < best:
                best, self.shortest[name] = found[t], t
        ties = ((n, t) for n in names for t in (-1, 0, 1) if t != self.shortest.get(n, 0))
        self.others = dict([(n, t) for n, t in ties if self._length({**self.shortest, n: t}) == best][:MOST])

    def ways(self) -> Iterator[Shifts]:
        """All choices with which the formulas are short."""
        for names in subsets([*self.others]):
            yield {**self.shortest, **{n: self.others[n] for n in names}}

    def _length(self, shifts: Shifts) -> float:
        try:
            return _length(Canonical(self.cell, shifts=shifts, **self.how).states.values())
        except DeriveError:  # of what is too long to be multiplied out
            return inf


def subsets(of: Sequence[T]) -> Iterator[tuple[T, ...]]:
    """The small ones first."""
    return chain.from_iterable(combinations(of, n) for n in range(len(of) + 1))


def _length(formulas: Iterable[Poly]) -> int:
    """How many terms there are, those within functions as well, each sum counted once."""
    seen: set[Poly] = set()

    def visit(poly: Poly) -> None:
        if poly not in seen:
            seen.add(poly)
            for atom in (atom for m in poly.terms for atom, _ in m):
                for argument in atom.args:
                    visit(argument)

    for poly in formulas:
        visit(poly)
    return sum(len(poly.terms) for poly in seen)
