"""Quantities with several axes: a matrix for each head, keys and values. A piece holds all numbers of one in a row, the
last axis fastest; what is done along its axes is a product of factors, each with axes that have names.

``S q``, ``v kᵀ``, a number for each head and the transpose are all such products: ``Contraction``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sympy import Expr, Mul, Pow, Symbol, evaluate

from derive.errors import DeriveError
from derive.intake.pieces import Features, Formula, Mixed, Piece, pointwise, whole
from derive.statements.mean import mean

Lengths = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Axis:
    """An axis of a product: each is one by itself, and others may be as long."""

    length: int


Axes = tuple[Axis, ...]


@dataclass(frozen=True, eq=False)
class Contraction(Piece):
    """The product of factors by their axes, summed over those that the result lacks."""

    factors: Features
    axes: tuple[Axes, ...]
    result: Axes

    @property
    def reads(self) -> Features:
        return self.factors

    @property
    def is_turned(self) -> bool:
        """Whether it is one factor with its axes in another order, or the same along further ones."""
        return len(self.factors) == 1

    @property
    def summed(self) -> set[Axis]:
        return {a for axes in self.axes for a in axes} - {*self.result}

    def _taken(self, numbers: tuple[int, ...]) -> Piece:
        """Some places along each axis of all that it has."""
        lengths = lengths_of(self.result)
        at: Any = np.unravel_index(np.array(numbers), lengths)
        along = [sorted(set(of.tolist())) for of in at]
        whole = np.arange(self.size).reshape(lengths)[np.ix_(*along)].reshape(-1)
        if whole.tolist() != list(numbers):
            raise DeriveError("a product by axes is cut into parts that are none of its rows or columns")
        kept = {a: k for a, k in zip(self.result, along, strict=True) if len(k) < a.length}
        new = {a: Axis(len(k)) for a, k in kept.items()}
        factors, axes = [], []
        for f, own in zip(self.factors, self.axes, strict=True):
            places = [kept.get(a, range(a.length)) for a in own]
            numbers_of_f = np.arange(f.size).reshape(lengths_of(own) or (1,))
            factors.append(f.taken(numbers_of_f[np.ix_(*places)].reshape(-1).tolist()) if own else f)
            axes.append(tuple(new.get(a, a) for a in own if new.get(a, a).length > 1))
        result = tuple(new.get(a, a) for a in self.result if new.get(a, a).length > 1)
        return contraction(factors, axes, result)


@dataclass(frozen=True, eq=False)
class Means(Piece):
    """The mean along the last axis of a quantity of these lengths: a number for each place along the others."""

    operand: Piece
    lengths: Lengths

    @property
    def reads(self) -> Features:
        return (self.operand,)


def lengths_of(axes: Sequence[Axis]) -> Lengths:
    return tuple(a.length for a in axes)


def axes_of_lengths(lengths: Sequence[int]) -> Axes:
    return tuple(map(Axis, lengths))


def contraction(factors: Sequence[Piece], axes: Sequence[Axes], result: Axes) -> Piece:
    """The product, in which factors that are only turned stand as they are; one factor as it is is itself."""
    found: list[Piece] = []
    own: list[Axes] = []
    for factor, labels in zip(factors, axes, strict=True):
        if isinstance(factor, Contraction) and factor.is_turned and lengths_of(labels) == lengths_of(factor.result):
            called = dict(zip(factor.result, labels, strict=True))
            labels = tuple(called[a] for a in factor.axes[0])
            factor = factor.factors[0]
        found.append(factor)
        own.append(tuple(labels))
    if len(found) == 1 and own[0] == tuple(result):
        return found[0]
    return Contraction(math.prod(lengths_of(result)), tuple(found), tuple(own), tuple(result))


def scaled(factor: Piece, labels: Axes, result: Axes) -> list[tuple[Piece, Axes]]:
    """A vector that numbers multiply as these factors, in a product of these axes: they stand before it, β v kᵀ."""
    if (
        not isinstance(factor, Contraction)
        or factor.summed
        or lengths_of(factor.result) != lengths_of(labels)
        or len(labels) >= len(result)
        or [len(own) for own in factor.axes].count(len(labels)) != 1
    ):
        return [(factor, labels)]
    called = dict(zip(factor.result, labels, strict=True))
    own = (tuple(called[a] for a in axes) for axes in factor.axes)
    return list(zip(factor.factors, own, strict=True))


def turned(piece: Piece, lengths: Lengths, order: Sequence[int]) -> Piece:
    """A quantity of these lengths with its axes in another order."""
    if list(order) == sorted(order):
        return piece
    axes = axes_of_lengths(lengths)
    return contraction((piece,), (axes,), tuple(axes[k] for k in order))


def settled(piece: Piece) -> Piece:
    """The same numbers as a piece that is not only turned. Raises DeriveError where it can be nothing else."""
    if not (isinstance(piece, Contraction) and piece.is_turned):
        return piece
    (inner,), (own,) = piece.factors, piece.axes
    if {*own} != {*piece.result}:
        raise DeriveError("the same numbers are repeated along another axis; a cell has them in products alone")
    order = [own.index(a) for a in piece.result]
    if isinstance(inner, Contraction) and lengths_of(inner.result) == lengths_of(own):
        return Contraction(inner.size, inner.factors, inner.axes, tuple(inner.result[k] for k in order))
    if isinstance(inner, Formula):
        within = (o if o.size == 1 else settled(turned(o, lengths_of(own), order)) for o in inner.operands)
        return Formula(inner.size, inner.function, tuple(within))
    numbers = np.arange(inner.size).reshape(lengths_of(own)).transpose(order).reshape(-1).tolist()
    try:
        return inner.taken(numbers)
    except DeriveError:
        raise DeriveError("a transposed matrix stands where no product has it; a cell has S.T in S.T @ k") from None


# ---------------------------------------------------------------------- element by element

Operand = tuple[Features, tuple[int, ...]]  # with which of the result's axes it has


def by_axes(formula: Callable[..., Expr], name: str, operands: Sequence[Operand], lengths: Lengths) -> Features:
    """An operator of quantities that lie along some of these axes each."""
    every = tuple(range(len(lengths)))
    spread = [_spread(*o, lengths) for o in operands]
    if all(f is not None for f in spread):
        return _of_whole(formula, [f for f in spread if f is not None], lengths)
    if name not in ("mul", "div"):
        raise DeriveError(
            f"{name} of quantities of which one has fewer axes, such as a number for each head; a cell has them in"
            " products"
        )
    (a, mine), (b, theirs) = operands
    if name == "div":
        b = pointwise(lambda q: 1 / q, b)
    axes = axes_of_lengths(lengths)
    labels = [tuple(axes[k] for k in along) for along in (mine, theirs)]
    found: Piece = contraction([whole(a), whole(b)], labels, tuple(axes[k] for k in every))
    return (found,)


def _of_whole(formula: Callable[..., Expr], operands: Sequence[Features], lengths: Lengths) -> Features:
    """Each has all axes, or one number. What is turned is turned back, or all else with it."""
    try:
        return pointwise(formula, *(tuple(map(settled, f)) for f in operands))
    except DeriveError:
        first = next((p for f in operands for p in f if isinstance(p, Contraction) and p.is_turned), None)
        if first is None or {*first.axes[0]} != {*first.result}:
            raise
        back = [first.result.index(a) for a in first.axes[0]]
        others = [f if f[0].size == 1 else (settled(turned(whole(f), lengths, back)),) for f in operands]
        inner = whole(pointwise(formula, *others))
        order = [first.axes[0].index(a) for a in first.result]
        return (turned(inner, tuple(lengths[k] for k in back), order),)


def _spread(features: Features, along: tuple[int, ...], lengths: Lengths) -> Features | None:
    """The features along all axes; None where they are the same along some, and no formula says so."""
    if not along or len(along) == len(lengths):
        return features
    if along == tuple(range(len(lengths) - 1)) and len(features) == 1:
        found = repeated(features[0], lengths[-1])
        return None if found is None else (found,)
    return None


def repeated(piece: Piece, length: int) -> Piece | None:
    """What is the same along a further last axis, where means make it of something that has that axis."""
    key = ("repeated", length)
    if key not in piece._parts and (made := _repeated(piece, length)) is not None:
        piece._parts[key] = made
    return piece._parts.get(key)


def _repeated(piece: Piece, length: int) -> Piece | None:
    if isinstance(piece, Means) and piece.lengths[-1] == length:
        return Mixed(piece.size * length, mean, (piece.operand,), piece.size)
    if not isinstance(piece, Formula):
        return None
    operands = [o if o.size == 1 else repeated(o, length) for o in piece.operands]
    if None in operands or all(o.size == 1 for o in piece.operands):
        return None
    return Formula(piece.size * length, piece.function, tuple(o for o in operands if o is not None))


# ---------------------------------------------------------------------- sums along an axis


def summed(piece: Piece, lengths: Lengths, axis: int) -> Piece:
    """The sum along one axis, of a product of quantities."""
    axes = axes_of_lengths(lengths)
    over, left = axes[axis], tuple(a for k, a in enumerate(axes) if k != axis)
    factors = [(piece, axes)]
    numbers: list[Expr] = []
    while sum(over in own for _, own in factors) < 2:
        k = next((k for k, (_, own) in enumerate(factors) if over in own), None)
        parts = None if k is None else _factors(*factors[k])
        if k is None or parts is None:
            raise DeriveError(
                "a sum over the features; a cell has the mean over them, and sums of products of two quantities"
            )
        numbers += parts[0]
        factors[k : k + 1] = parts[1]
    found = contraction([f for f, _ in factors], [own for _, own in factors], left)
    if not numbers:
        return found
    number = Mul(*numbers)
    return Formula(found.size, lambda q: Mul(number, q, evaluate=False), (found,))


def _factors(piece: Piece, axes: Axes) -> tuple[list[Expr], list[tuple[Piece, Axes]]] | None:
    """A product as a number and its factors; None for anything else."""
    if isinstance(piece, Contraction) and lengths_of(piece.result) == lengths_of(axes):
        called = dict(zip(piece.result, axes, strict=True))
        return [], [(f, tuple(called.get(a, a) for a in own)) for f, own in zip(piece.factors, piece.axes, strict=True)]
    if not isinstance(piece, Formula):
        return None
    letters = [Symbol(f"a_{k}") for k in range(len(piece.operands))]
    with evaluate(False):
        number, product = piece.function(*letters).as_coeff_Mul()
    parts = [part for arg in Mul.make_args(product) for part in _twice(arg)]
    if len(parts) < 2 and number == 1:
        return None
    of = dict(zip(letters, piece.operands, strict=True))
    found = [(p, axes if p.size > 1 else ()) for p in (_part(part, of) for part in parts)]
    return ([] if number == 1 else [number]), found


def _twice(arg: Expr) -> Iterator[Expr]:
    yield from (arg.base, arg.base) if isinstance(arg, Pow) and arg.exp == 2 else (arg,)


def _part(expr: Expr, of: dict[Symbol, Piece]) -> Piece:
    if isinstance(expr, Symbol):
        return of[expr]
    letters = sorted(expr.free_symbols, key=str)
    operands = tuple(of[s] for s in letters)
    return Formula(
        max(o.size for o in operands),
        lambda *q: expr.subs(dict(zip(letters, q, strict=True)), simultaneous=True),
        operands,
    )
