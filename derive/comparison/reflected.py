"""Learned numbers p that may stand for 1 - p: α h + (1 - α) a and (1 - α) h + α a are one cell with other weights."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, combinations
from typing import Any, TypeVar

from derive.comparison.canonical import Canonical
from derive.comparison.poly import Poly
from derive.definition.cell import Cell

T = TypeVar("T")
MOST = 4  # letters that are tried both ways


def reflectable(cell: Cell, **how: Any) -> list[str]:
    """The learned numbers and vectors of a cell whose formulas, multiplied out, are no longer with 1 - p for p. how: as
    for ``Canonical``."""
    names = [p.name for p in cell.declared if p.learned and p.kind in ("scalar", "vector")]
    plain = _length(Canonical(cell, **how).states.values()) if names else 0
    return [n for n in names if _length(Canonical(cell, reflected=(n,), **how).states.values()) <= plain][:MOST]


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
