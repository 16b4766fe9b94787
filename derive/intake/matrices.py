"""Matrices of weights and what modules make of them before they multiply: transposes, cuts, V - V^T - γ 1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sympy import Expr, Integer, Mul

from derive.errors import DeriveError
from derive.intake.operators import function, number
from derive.intake.pieces import Block, Features, Formula, Learned, added, pointwise, product
from derive.intake.tensors import FEATURES, Tensor, stacked


class Weight:
    """What multiplies from the left, and is learned."""


@dataclass(frozen=True)
class Term:
    """A number times a stored matrix, or times the identity (``weight`` None). turned: whether it is transposed."""

    weight: Block | None
    turned: bool = False
    factor: Expr = Integer(1)


@dataclass(frozen=True)
class Matrix(Weight):
    """A sum of such terms. shape: as the module's author sees it."""

    shape: tuple[int, int]
    terms: tuple[Term, ...]

    @classmethod
    def stored(cls, tensor: str, shape: tuple[int, int], first: int = 0) -> Matrix:
        """The rows from ``first`` on of a stored tensor, seen as a matrix of its last axis."""
        rows, columns = shape
        return cls(shape, (Term(Block(tensor, (first, first + rows), (0, columns))),))

    @classmethod
    def row_of(cls, learned: Learned) -> Matrix:
        """A learned vector as a matrix of one row."""
        row, low = learned.row or 0, learned.start
        return cls((1, learned.size), (Term(Block(learned.tensor, (row, row + 1), (low, low + learned.size))),))

    @property
    def axes(self) -> tuple[int, int]:
        return self.shape

    def extent(self, dimension: int) -> int:
        return self.shape[dimension]

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
        dimension %= 2
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

    def reshaped(self, shape: Sequence[int]) -> Any:
        """Its rows as several matrices, or as one vector after the other."""
        if len(shape) == 3 and shape[2] == self.shape[1] and not any(t.turned for t in self.terms):
            return Matrices(tuple(self.part(0, k * shape[1], (k + 1) * shape[1]) for k in range(shape[0])))
        return as_tensor(self).reshaped(self.shape, shape)

    def taken(self, dimension: int, index: int) -> Tensor:
        """A row, or a column, of a stored matrix as the learned vector that it is."""
        along = dimension % 2
        at = index % self.shape[along]
        return Tensor((FEATURES,), {(): self.part(along, at, at + 1).vector()})

    def vector(self) -> Features:
        """The numbers of a matrix of one row, or of one column, that is stored so."""
        (term,) = self.terms if len(self.terms) == 1 else (None,)
        if term is None or term.weight is None or term.factor != 1:
            raise DeriveError("a row of a matrix that is not a stored one")
        rows, (low, high) = term.weight.rows, term.weight.columns
        if rows[1] - rows[0] == 1:
            return (Learned(high - low, term.weight.tensor, low, rows[0]),)
        return (Learned(rows[1] - rows[0], term.weight.tensor, rows[0], None, low),)

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


@dataclass(frozen=True)
class Matrices(Weight):
    """The matrices of a weight of three axes, or several that are stacked."""

    items: tuple[Matrix, ...]

    @property
    def axes(self) -> tuple[int, int, int]:
        return (len(self.items), *self.items[0].shape)

    def extent(self, dimension: int) -> int:
        return self.axes[dimension]

    def transposed(self) -> Matrices:
        return Matrices(tuple(m.transposed() for m in self.items))

    def reshaped(self, shape: Sequence[int]) -> Matrix:
        """All rows as one matrix, where they are stored so."""
        n, rows, columns = self.axes
        weight = self.items[0].terms[0].weight
        if weight is not None and list(shape) == [n * rows, columns]:
            whole = Matrix.stored(weight.tensor, (n * rows, columns), weight.rows[0])
            if all(whole.part(0, k * rows, (k + 1) * rows) == m for k, m in enumerate(self.items)):
                return whole
        raise DeriveError("a view of weights that mixes them; multiply by each")

    def taken(self, dimension: int, index: int) -> Matrix:
        if dimension % 3:
            raise DeriveError("a slice across the matrices of a weight; take them one by one")
        return self.items[index]

    def repeated(self) -> Matrix:
        """One matrix, the same for every sequence."""
        if len(self.items) != 1:
            raise DeriveError("several matrices, repeated for every sequence")
        return self.items[0]

    def part(self, dimension: int, low: int, high: int) -> Matrices:
        if dimension % 3 == 0:
            return Matrices(self.items[low:high])
        return Matrices(tuple(m.part(dimension % 3 - 1, low, high) for m in self.items))


@dataclass(frozen=True)
class Chain(Weight):
    """A product of matrices, U V, which multiply one after the other."""

    factors: tuple[Any, ...]

    @property
    def axes(self) -> tuple[int, int]:
        return (self.factors[0].axes[0], self.factors[-1].axes[1])

    def transposed(self) -> Chain:
        return Chain(tuple(m.transposed() for m in self.factors[::-1]))

    def after(self, features: Features) -> Features:
        for m in self.factors:
            features = m.after(features)
        return features


def as_tensor(value: Any) -> Any:
    """A stored matrix that stands beside features: its rows, each a learned vector; a column is one."""
    if not isinstance(value, Matrix):
        return value
    rows, columns = value.shape
    if columns == 1:
        return value.taken(1, 0).unsqueezed(1)
    return stacked([value.taken(0, k) for k in range(rows)], 0)


def on_matrices(name: str, *arguments: Any, **options: Any) -> Any:
    """Sums and multiples of matrices."""
    a: Any
    b: Any
    a, b = (*arguments, None)[:2]
    alpha = number(options.get("alpha", 1))
    if name == "neg":
        return a.times(Integer(-1))
    if name == "mul" and isinstance(a, Matrix) != isinstance(b, Matrix):
        matrix, factor = (a, b) if isinstance(a, Matrix) else (b, a)
        if not isinstance(factor, Tensor):
            return matrix.times(number(factor))
    if name == "div" and isinstance(a, Matrix) and not isinstance(b, (Matrix, Tensor)):
        return a.times(1 / number(b))
    if name in ("add", "sub") and isinstance(a, Matrix) and isinstance(b, Matrix) and not _is_vector(a, b):
        return a.plus(b.times(alpha if name == "add" else -alpha))
    if any(isinstance(v, Tensor) for v in arguments) or _is_vector(a, b):
        return function(name, *map(as_tensor, arguments), **options)
    raise DeriveError(f"{name} of a weight matrix; a cell's weights are stored ones, V - V^T, and multiples")


def _is_vector(*values: Any) -> bool:
    """Whether all are matrices of one row or column, which are learned vectors."""
    return all(1 in v.shape if isinstance(v, Matrix) else not isinstance(v, (Matrices, Tensor)) for v in values)


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
