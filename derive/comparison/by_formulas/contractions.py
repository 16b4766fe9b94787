"""Products with matrix memories, multiplied out: they are linear in both factors, so that f v kᵀ q and v (f kᵀ q) are
one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sympy import Rational

from derive.comparison.by_formulas.poly import CONTRACTIONS, Atom, Monomial, Poly, joined, letter, number
from derive.definition.cell import Cell
from derive.statements.sizes import axes_of, heads_of

MOST = 16  # products into which one is multiplied out

_OUTER, _DOT, _READ, _BACK, _ROWS, _COLUMNS = CONTRACTIONS


class Contractions:
    """The products of two quantities by their axes. letters: the sizes of input, states and parameters; names:
    what parameters are called."""

    def __init__(self, cell: Cell, letters: Mapping[Atom, str], names: Mapping[str, str]) -> None:
        self.sizes, self.heads = {**letters}, {*cell.heads}
        self.rows = {names.get(p.name, p.name): p.rows for p in cell.parameters}

    def product(self, kind: str, a: Poly, b: Poly, sizes: tuple[str, ...]) -> Poly:
        """The product of that kind. sizes: of both factors."""
        numbers = {"1", *(self.heads if any(map(heads_of, sizes)) else ())}
        return _Products(self, numbers, len(axes_of(sizes[1])) == 2).of(kind, a, b)

    def is_number(self, atom: Atom, numbers: set[str]) -> bool:
        """Whether a factor has one of these sizes, as far as that is seen."""
        if atom.kind in (_DOT, "mean", "number"):
            return True
        if atom.kind == "matrix":
            return self.rows[atom.name] in numbers
        if atom in self.sizes:
            return self.sizes[atom] in numbers
        inner = [a for of in atom.args for m in of.terms for a, _ in m]
        return bool(inner) and all(self.is_number(a, numbers) for a in inner)


@dataclass
class _Products:
    """Products where quantities of these sizes are numbers. of_matrices: whether the second factor is a matrix."""

    known: Contractions
    numbers: set[str]
    of_matrices: bool

    def of(self, kind: str, a: Poly, b: Poly) -> Poly:
        if len(a.terms) * len(b.terms) > MOST:
            (outside, a), (more, b) = self._without_common(a), self._without_common(b)
            return Poly({joined(outside, more): Rational(1)}).times(letter(_atom(kind, a, b)))
        found = number(0)
        for m, c in a.terms.items():
            for n, d in b.terms.items():
                (outside, left), (more, right) = self._parted(m), self._parted(n)
                factor = Poly({joined(outside, more): c * d})
                found = found.plus(factor.times(self._one(kind, left, right)))
        return found

    def _parted(self, m: Monomial) -> tuple[Monomial, Poly]:
        """The factors that are numbers, and the others."""
        outside = frozenset((atom, p) for atom, p in m if self.known.is_number(atom, self.numbers))
        return outside, Poly({m - outside: Rational(1)})

    def _without_common(self, poly: Poly) -> tuple[Monomial, Poly]:
        """The numbers that all terms of a sum have as factors, and the sum without them."""
        outside = frozenset.intersection(*(self._parted(m)[0] for m in poly.terms))
        return outside, Poly({m - outside: c for m, c in poly.terms.items()})

    def _one(self, kind: str, left: Poly, right: Poly) -> Poly:
        """Of a product of vectors, or a matrix whose rows or columns are scaled, in terms of these."""
        a, b = _only(left), _only(right)
        if kind == _ROWS and b.kind == _OUTER:
            return self.of(_OUTER, left.times(b.args[0]), b.args[1])
        if kind == _COLUMNS and a.kind == _OUTER:
            return self.of(_OUTER, a.args[0], right.times(a.args[1]))
        if kind in (_READ, _BACK):
            if self.of_matrices and b.kind == _OUTER:
                return self.of(_OUTER, self._vector(kind, left, b.args[0]), b.args[1])
            if not self.of_matrices and a.kind in (_OUTER, _ROWS, _COLUMNS, _READ):
                return self._vector_by(kind, a, right)
        return letter(_atom(kind, left, right))

    def _vector_by(self, kind: str, matrix: Atom, by: Poly) -> Poly:
        """A matrix that is itself a product, or its transpose, times a vector."""
        first, second = matrix.args if kind == _READ else matrix.args[::-1]
        if matrix.kind == _OUTER:
            return first.times(self.of(_DOT, second, by))
        if matrix.kind == _READ:
            return self._vector(kind, first, self._vector(kind, second, by))
        scale, scaled = matrix.args if matrix.kind == _ROWS else matrix.args[::-1]
        if (matrix.kind == _ROWS) == (kind == _READ):
            return scale.times(self._vector(kind, scaled, by))
        return self._vector(kind, scaled, scale.times(by))

    def _vector(self, kind: str, matrix: Poly, by: Poly) -> Poly:
        return _Products(self.known, self.numbers, False).of(kind, matrix, by)


def _atom(kind: str, a: Poly, b: Poly) -> Atom:
    return Atom(kind, args=(a, b), ordered=kind != _DOT)


def _only(poly: Poly) -> Atom:
    """The one factor of a product; of none and of several, nothing of which anything is known."""
    ((m, _),) = poly.terms.items()
    ((atom, power),) = m if len(m) == 1 else ((Atom(""), 1),)
    return atom if power == 1 else Atom("")
