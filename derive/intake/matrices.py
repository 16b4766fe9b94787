"""Weights of several axes and what modules make of them before they multiply: other axes, parts, V - V^T - γ 1."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sympy import Expr, Integer, Mul

from derive.errors import DeriveError
from derive.intake.operators import function, number
from derive.intake.pieces import Block, Features, Formula, Learned, Piece, added, pointwise, product
from derive.intake.tensors import FEATURES, Along, Tensor


@dataclass(frozen=True, eq=False)
class Term:
    """A number times some numbers of a stored tensor, or times the identity (``tensor`` empty). places: of each number
    in the row of all of that tensor, in the shape that the module's author sees."""

    tensor: str
    places: Any = None
    factor: Expr = Integer(1)


@dataclass(frozen=True, eq=False)
class Weight:
    """A sum of such terms, of two axes and more."""

    shape: tuple[int, ...]
    terms: tuple[Term, ...]

    @classmethod
    def stored(cls, tensor: str, shape: Sequence[int]) -> Weight:
        return cls(tuple(shape), (Term(tensor, np.arange(math.prod(shape)).reshape(tuple(shape))),))

    @classmethod
    def row_of(cls, learned: Learned) -> Weight:
        """A learned vector as a matrix of one row."""
        return cls((1, learned.size), (Term(learned.tensor, learned.places[None]),))

    @classmethod
    def identity(cls, size: int) -> Weight:
        return cls((size, size), (Term(""),))

    @property
    def axes(self) -> tuple[int, ...]:
        return self.shape

    def extent(self, dimension: int) -> int:
        return self.shape[dimension]

    def seen(self, view: Callable[[Any], Any]) -> Weight:
        """The same numbers in another shape or order."""
        if any(not t.tensor for t in self.terms):
            raise DeriveError("a part of an identity matrix has no place in a cell")
        terms = tuple(replace(t, places=view(t.places)) for t in self.terms)
        return Weight(terms[0].places.shape, terms)

    def permuted(self, order: Sequence[int]) -> Weight:
        if list(order) == sorted(order):
            return self
        if len(self.shape) == 2 and [k % 2 for k in order] == [1, 0]:
            terms = (t if not t.tensor else replace(t, places=t.places.T) for t in self.terms)
            return Weight(self.shape[::-1], tuple(terms))
        return self.seen(lambda places: places.transpose(tuple(order)))

    def transposed(self) -> Weight:
        return self.permuted((1, 0))

    def times(self, number: Expr) -> Weight:
        terms = (replace(t, factor=t.factor * number) for t in self.terms)
        return Weight(self.shape, tuple(t for t in terms if t.factor != 0))

    def plus(self, other: Weight) -> Weight:
        return Weight(self.shape, self.terms + other.terms)

    def part(self, dimension: int, low: int, high: int) -> Weight:
        """From ``low`` to ``high`` along one axis."""
        return self.seen(lambda places: places.take(range(low, high), dimension))

    def reshaped(self, shape: Sequence[int]) -> Any:
        return self.seen(lambda places: places.reshape(tuple(shape))).or_vector()

    def taken(self, dimension: int, index: int) -> Any:
        """What stands at that place of an axis: of a matrix a row or a column, as the learned vector that it is."""
        return self.seen(lambda places: places.take(index, dimension)).or_vector()

    def or_vector(self) -> Any:
        return self if len(self.shape) > 1 else as_tensor(self)

    def only(self) -> Term:
        """Its term, where it is stored as it is. Raises DeriveError where it is not."""
        (term,) = self.terms if len(self.terms) == 1 else (None,)
        if term is None or not term.tensor or term.factor != 1:
            raise DeriveError("a part of a matrix that is not a stored one")
        return term

    def after(self, features: Features) -> Features:
        """``features @ self``: what the layer's authors call x W^T, with the matrix that multiplies from the left."""
        found = [_product(t, features) for t in _paired(self.transposed().terms)]
        if len(found) == 1:
            return found[0]
        return pointwise(added, *found)

    def by_head(self, features: Features) -> Features:
        """Of a weight (heads, rows, columns) and features of all heads: the product of each."""
        heads, rows, columns = self.shape
        term = self.only()
        parts = tuple(k for k in range(heads) for _ in range(rows))
        return product(Block(term.tensor, term.places.reshape(-1, columns), False, heads, parts), features)


@dataclass(frozen=True)
class Chain:
    """A product of matrices, U V, which multiply one after the other."""

    factors: tuple[Any, ...]

    @property
    def axes(self) -> tuple[int, int]:
        return (self.factors[0].axes[0], self.factors[-1].axes[1])

    def transposed(self) -> Chain:
        return Chain(tuple(m.transposed() for m in self.factors[::-1]))

    def permuted(self, order: Sequence[int]) -> Chain:
        return self.transposed()

    def after(self, features: Features) -> Features:
        for m in self.factors:
            features = m.after(features)
        return features


def _product(term: Term, features: Features) -> Features:
    found = features if not term.tensor else product(_block(term), features)
    if term.factor == 1:
        return found
    number = term.factor
    return tuple(Formula(p.size, lambda q: Mul(number, q, evaluate=False), (p,)) for p in found)


def _block(term: Term) -> Block:
    return Block(term.tensor, term.places, isinstance(term, _Antisymmetric))


@dataclass(frozen=True, eq=False)
class _Antisymmetric(Term):
    """V - V^T of the stored V."""


def _paired(terms: tuple[Term, ...]) -> tuple[Term, ...]:
    """The terms, V and -V^T of one stored V as one antisymmetric matrix."""
    found: list[Term] = []
    for t in terms:
        other = next((o for o in found if o.tensor == t.tensor != "" and _same(o.places.T, t.places)), None)
        if other is None or isinstance(other, _Antisymmetric):
            found.append(t)
            continue
        if t.factor != -other.factor:
            raise DeriveError(f"{t.tensor} and its transpose are both in one product, other than as V - V^T")
        plain = min(t, other, key=lambda o: int(o.places[0, -1]))  # rows as they are stored
        found[found.index(other)] = _Antisymmetric(plain.tensor, plain.places, plain.factor)
    return tuple(found)


def _same(a: Any, b: Any) -> bool:
    return a.shape == b.shape and bool((a == b).all())


def as_tensor(value: Any) -> Any:
    """A stored weight that stands beside features, number by number."""
    if not isinstance(value, Weight):
        return value
    lengths = [n for n in value.shape if n > 1]
    size = math.prod(lengths)

    def learned(term: Term) -> Piece:
        found = Learned(size, term.tensor, term.places.reshape(-1))
        number = term.factor
        return found if number == 1 else Formula(size, lambda q: Mul(number, q, evaluate=False), (found,))

    if any(not t.tensor for t in value.terms):
        raise DeriveError("an identity matrix has no place beside features")
    pieces = [(learned(t),) for t in value.terms]
    item = pieces[0] if len(pieces) == 1 else pointwise(added, *pieces)
    along = FEATURES if len(lengths) == 1 else None
    axes: list[str | int | Along] = [1 if n == 1 else along or Along(n) for n in value.shape]
    if not lengths:
        axes[-1] = FEATURES
    return Tensor(tuple(axes), {(0,) * axes.count(1): item})


def on_matrices(name: str, *arguments: Any, **options: Any) -> Any:
    """Sums and multiples of matrices; any other operator number by number."""
    a: Any
    b: Any
    a, b = (*arguments, None)[:2]
    alpha = number(options.get("alpha", 1))
    if name == "neg":
        return a.times(Integer(-1))
    if name == "mul" and isinstance(a, Weight) != isinstance(b, Weight):
        matrix, factor = (a, b) if isinstance(a, Weight) else (b, a)
        if not isinstance(factor, Tensor):
            return matrix.times(number(factor))
    if name == "div" and isinstance(a, Weight) and not isinstance(b, (Weight, Tensor)):
        return a.times(1 / number(b))
    both = isinstance(a, Weight) and isinstance(b, Weight) and a.shape == b.shape and 1 not in a.shape
    if name in ("add", "sub") and both:
        return a.plus(b.times(alpha if name == "add" else -alpha))
    if any(isinstance(v, Chain) for v in arguments):
        raise DeriveError(f"{name} of a product of weight matrices; a cell's matrices multiply quantities")
    return function(name, *map(as_tensor, arguments), **options)
