"""Matrices of weights and what modules make of them before they multiply: transposes, cuts, V - V^T - γ 1."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sympy import Expr, Integer, Mul

from derive.errors import DeriveError
from derive.intake.pieces import Block, Features, Formula, Learned, added, pointwise, product


@dataclass(frozen=True)
class Term:
    """A number times a stored matrix, or times the identity (``weight`` None). turned: whether it is transposed."""

    weight: Block | None
    turned: bool = False
    factor: Expr = Integer(1)


@dataclass(frozen=True)
class Matrix:
    """A sum of such terms. shape: as the module's author sees it."""

    shape: tuple[int, int]
    terms: tuple[Term, ...]

    @classmethod
    def stored(cls, tensor: str, shape: tuple[int, int]) -> Matrix:
        rows, columns = shape
        return cls(shape, (Term(Block(tensor, (0, rows), (0, columns))),))

    @classmethod
    def identity(cls, size: int) -> Matrix:
        return cls((size, size), (Term(None),))

    def transposed(self) -> Matrix:
        return Matrix(self.shape[::-1], tuple(replace(t, turned=not t.turned) for t in self.terms))

    def times(self, number: Expr) -> Matrix:
        terms = (replace(t, factor=t.factor * number) for t in self.terms)
        return Matrix(self.shape, tuple(t for t in terms if t.factor != 0))

    def plus(self, other: Matrix) -> Matrix:
        return Matrix(self.shape, self.terms + other.terms)

    def part(self, dimension: int, low: int, high: int) -> Matrix:
        """Of these rows (dimension 0) or columns (1)."""
        shape = (high - low, self.shape[1]) if dimension == 0 else (self.shape[0], high - low)
        terms = []
        for t in self.terms:
            if t.weight is None:
                raise DeriveError("a part of an identity matrix has no place in a cell")
            along_rows = (dimension == 0) != t.turned
            whole = tuple((0, b - a) for a, b in (t.weight.rows, t.weight.columns))
            rows, columns = ((low, high), whole[1]) if along_rows else (whole[0], (low, high))
            terms.append(replace(t, weight=t.weight.part(rows, columns)))
        return Matrix(shape, tuple(terms))

    def row(self, k: int = 0) -> Features:
        """A row of a stored matrix, as the learned vector that it is."""
        term = self.part(0, k, k + 1).terms[0]
        if len(self.terms) > 1 or term.turned or term.factor != 1:
            raise DeriveError("a row of a matrix that is not a stored one")
        assert term.weight is not None
        low, high = term.weight.columns
        return (Learned(high - low, term.weight.tensor, low, term.weight.rows[0]),)

    def after(self, features: Features) -> Features:
        """``features @ self``: what the layer's authors call x W^T, with the matrix that multiplies from the left."""
        found = [self._product(t, features) for t in _paired(self.transposed().terms)]
        if len(found) == 1:
            return found[0]
        return pointwise(added, *found)

    def _product(self, term: Term, features: Features) -> Features:
        if term.weight is None:
            found = features
        else:
            weight = term.weight
            if term.turned:
                weight = replace(weight, rows=weight.columns, columns=weight.rows, transposed=True)
            found = product(weight, features)
        if term.factor == 1:
            return found
        number = term.factor
        return tuple(Formula(p.size, lambda q: Mul(number, q, evaluate=False), (p,)) for p in found)


def _paired(terms: tuple[Term, ...]) -> tuple[Term, ...]:
    """The terms, V and -V^T of one stored V as one antisymmetric matrix."""
    found: list[Term] = []
    for t in terms:
        other = next((o for o in found if o.weight == t.weight and o.turned != t.turned), None)
        if t.weight is None or other is None:
            found.append(t)
            continue
        if t.factor != -other.factor:
            raise DeriveError(f"{t.weight.tensor} and its transpose are both in one product, other than as V - V^T")
        square = replace(t.weight, antisymmetric=True)
        factor = t.factor if other.turned else other.factor
        found[found.index(other)] = Term(square, factor=factor)
    return tuple(found)
