"""Products by axes as the language of cells has them: ``outer``, ``dot``, ``S @ q``, ``S.T @ k``, ``diag``."""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from typing import Any

from sympy import Expr, Mul

from derive.errors import DeriveError
from derive.intake.arrays import Axes, Axis, Contraction, scaled
from derive.intake.pieces import Piece
from derive.intake.sized import Sizes
from derive.statements.matrix_products import diag, dot, matmul, outer, transpose
from derive.symbolic.expressions import ordered


def product_by_axes(piece: Contraction, sizes: Sizes, of: Callable[[Piece], Expr], named: Container[Piece]) -> Expr:
    """The product, as it is of each head. named: the factors that have a name, which stay as they are.

    Raises DeriveError for a product that no cell has.
    """
    given = zip(piece.factors, piece.axes, strict=True)
    parts = [p for f, own in given for p in ([(f, own)] if f in named else scaled(f, own, piece.result))]
    made_of = sizes.parts(piece)
    parts = [(f, tuple(b for a in own for b in made_of.get(a, (a,)))) for f, own in parts]
    result = [b for a in piece.result for b in made_of[a]]
    heads = {own[0] for f, own in parts if sizes.has_heads(f)}
    if len(heads) > 1:
        raise DeriveError(f"{sizes.title}: a product by axes has two axes of heads")
    if heads - {*result}:
        raise DeriveError(f"{sizes.title}: a sum over the heads, which a cell has in none of its products")
    factors = _Factors()
    for f, own in parts:
        factors.add(of(f), tuple(a for a in own if a not in heads))
    try:
        return factors.product(tuple(a for a in result if a not in heads))
    except DeriveError as e:
        raise DeriveError(f"{sizes.title}: {e}") from None


class _Factors:
    """Numbers, vectors by their axis and matrices by their two."""

    def __init__(self) -> None:
        self.numbers: list[Expr] = []
        self.vectors: dict[Axis, list[Expr]] = {}
        self.matrices: list[tuple[Axes, Expr]] = []

    def add(self, factor: Expr, axes: Axes) -> None:
        if not axes:
            self.numbers.append(factor)
        elif len(axes) == 1:
            self.vectors.setdefault(axes[0], []).append(factor)
        else:
            self.matrices.append((axes, factor))

    def product(self, result: Axes) -> Expr:
        for axis in [a for a in self.vectors if a not in result and not any(a in axes for axes, _ in self.matrices)]:
            self.numbers.append(_dotted(self.vectors.pop(axis)))
        core = {0: self._number, 1: self._vector, 2: self._matrix}[len(result)](result)
        return ordered(Mul, [*self.numbers, *core])

    def _number(self, result: Axes) -> list[Expr]:
        if not self.matrices:
            return []
        (rows, _), matrix = self._only_matrix()
        return [dot(self._of(rows), matmul(matrix, self._of(self.matrices[0][0][1])))]

    def _vector(self, result: Axes) -> list[Expr]:
        own = self.vectors.get(result[0], [])
        if not self.matrices:
            if not own:
                raise DeriveError("numbers are repeated along an axis; a cell has them in products alone")
            return own
        axes, matrix = self._only_matrix()
        (other,) = (a for a in axes if a != result[0])
        left = matrix if axes[0] == result[0] else transpose(matrix)
        return [*own, matmul(left, self._of(other))]

    def _matrix(self, result: Axes) -> list[Expr]:
        rows, columns = (self.vectors.get(a, []) for a in result)
        if not self.matrices:
            return [outer(self._of(result[0]), self._of(result[1]))]
        if {*self.matrices[0][0]} != {*result}:
            core = self._chained(result)
        else:
            axes, core = self._only_matrix()
            if axes != result:
                raise DeriveError("a transposed matrix stands where no product has it; a cell has S.T in S.T @ k")
        core = matmul(diag(_times(rows)), core) if rows else core
        return [matmul(core, diag(_times(columns))) if columns else core]

    def _only_matrix(self) -> tuple[Axes, Expr]:
        """The matrix; several of the same axes number by number."""
        if len({axes for axes, _ in self.matrices}) > 1:
            raise DeriveError("a product of several matrices by axes that no cell has; write it out step by step")
        return self.matrices[0][0], _times([m for _, m in self.matrices])

    def _chained(self, result: Axes) -> Expr:
        """The product of two matrices."""
        if len(self.matrices) != 2:
            raise DeriveError("a product of several matrices by axes that no cell has; write it out step by step")
        (a, left), (b, right) = sorted(self.matrices, key=lambda m: result[0] not in m[0])
        if result[1] not in b or b[1] != result[1] or not {*a} & {*b}:
            raise DeriveError("a product with a transposed matrix on its right; a cell has S @ W and S.T @ W")
        return matmul(left if a[0] == result[0] else transpose(left), right)

    def _of(self, axis: Axis) -> Expr:
        if not self.vectors.get(axis):
            raise DeriveError("a sum over rows or columns of a matrix; a cell has them in products with a vector")
        return _times(self.vectors[axis])


def _times(factors: Sequence[Expr]) -> Any:
    return ordered(Mul, list(factors))


def _dotted(vectors: Sequence[Expr]) -> Expr:
    if len(vectors) < 2:
        raise DeriveError("a sum over the features; a cell has the mean over them, and sums of products of two")
    return dot(_times(vectors[:-1]), vectors[-1])
