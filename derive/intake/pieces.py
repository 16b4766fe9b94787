"""What the tensors of one step are: features of a sequence, piece by piece, each a formula of whole quantities.

A module stacks gates in one tensor and cuts it again; equations have a name for each gate. So a tensor of features is a
tuple of pieces, and a piece that is cut is the same formula of cut weights.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sympy import Add, Expr, Symbol

from derive.errors import DeriveError
from derive.symbolic.expressions import ordered

#: All features of a tensor, from the first to the last.
Features = tuple["Piece", ...]


@dataclass(frozen=True, eq=False)
class Piece:
    """So many features beside each other, the same formula for each. name: what the module's author calls them."""

    size: int
    name: list[str] = field(default_factory=list, init=False)  # names in the order in which they were given
    _parts: dict[tuple[Any, ...], Piece] = field(default_factory=dict, init=False)  # what was made of it

    def part(self, low: int, high: int) -> Piece:
        """The features from ``low`` to ``high`` of it."""
        return self.taken(range(low, high))

    def taken(self, numbers: Sequence[int]) -> Piece:
        """The features of these numbers, in this order; the same ones again are the same piece."""
        key = tuple(numbers)
        if key == tuple(range(self.size)):
            return self
        if key not in self._parts:
            self._parts[key] = self._taken(key)
        return self._parts[key]

    def _taken(self, numbers: tuple[int, ...]) -> Piece:
        raise NotImplementedError

    @property
    def reads(self) -> Features:
        """The pieces of which it is a formula."""
        return ()


@dataclass(frozen=True, eq=False)
class Given(Piece):
    """The input or a previous state."""

    symbol: Symbol

    def _taken(self, numbers: tuple[int, ...]) -> Piece:
        raise DeriveError(
            f"{self.symbol.name} has {self.size} features and is cut into {_told(numbers)}; a cell's quantities are"
            " whole: give the parts as states or inputs of their own"
        )


@dataclass(frozen=True, eq=False)
class Learned(Piece):
    """A learned vector, or some of its numbers. tensor: its name in the module's ``state_dict``; places: of each of its
    numbers in the row of all of that tensor."""

    tensor: str
    places: Any

    @property
    def key(self) -> tuple[Any, ...]:
        """The same for all pieces that are these numbers."""
        return self.tensor, self.places.tobytes()

    def _taken(self, numbers: tuple[int, ...]) -> Piece:
        return Learned(len(numbers), self.tensor, self.places[list(numbers)])


@dataclass(frozen=True, eq=False)
class Block:
    """A matrix that multiplies: numbers of a stored tensor.

    places: of each of its numbers in the row of all of that tensor, (rows, columns). antisymmetric: whether V - V^T of
    the stored V multiplies. heads: into how many equal parts rows and operand are cut, of which each reads its own;
    part: of each row, which part of the operand it reads.
    """

    tensor: str
    places: Any
    antisymmetric: bool = False
    heads: int = 1
    parts: tuple[int, ...] = ()

    @property
    def _key(self) -> tuple[Any, ...]:
        return self.tensor, self.places.shape, self.places.tobytes(), self.antisymmetric, self.heads, self.parts

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Block) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def of_rows(self, numbers: Sequence[int]) -> Block:
        """Of these rows of it."""
        if self.antisymmetric:
            raise DeriveError(f"{self.tensor} is antisymmetric and is cut, which no cell's weight is")
        parts = tuple(self.parts[k] for k in numbers) if self.parts else ()
        return Block(self.tensor, self.places[list(numbers)], False, self.heads, parts)

    def of_columns(self, low: int, high: int) -> Block:
        """Of the columns from ``low`` to ``high`` of it."""
        if (low, high) == (0, self.places.shape[1]):
            return self
        if self.antisymmetric or self.heads > 1:
            raise DeriveError(f"{self.tensor} multiplies several quantities that are joined; multiply each by its own")
        return Block(self.tensor, self.places[:, low:high])

    @property
    def is_by_head(self) -> bool:
        """Whether equal parts of the rows, one after the other, read those of the operand."""
        each = len(self.parts) // self.heads
        return self.parts == tuple(k // each for k in range(each * self.heads)) if each else False


@dataclass(frozen=True, eq=False)
class Product(Piece):
    """A weight matrix times some features."""

    weight: Block
    operand: Piece

    def _taken(self, numbers: tuple[int, ...]) -> Piece:
        return Product(len(numbers), self.weight.of_rows(numbers), self.operand)

    @property
    def reads(self) -> Features:
        return (self.operand,)


@dataclass(frozen=True, eq=False)
class Formula(Piece):
    """A function of pieces, feature by feature; what has a single feature stands beside each."""

    function: Callable[..., Expr]
    operands: Features

    def _taken(self, numbers: tuple[int, ...]) -> Piece:
        taken = tuple(o if o.size == 1 else o.taken(numbers) for o in self.operands)
        return Formula(len(numbers), self.function, taken)

    @property
    def reads(self) -> Features:
        return self.operands


@dataclass(frozen=True, eq=False)
class Mixed(Piece):
    """What depends on all features at once: a mean, a softmax. node: what it is in the language of cells; heads: of how
    many equal parts it is, 0 for all features."""

    node: Callable[..., Any]
    operands: Features
    heads: int = 0

    def _taken(self, numbers: tuple[int, ...]) -> Piece:
        raise DeriveError(f"a {self.node.__name__} over {self.size} features is cut into {_told(numbers)}")

    @property
    def reads(self) -> Features:
        return self.operands


def numbers_in(stored: Any, source: Learned | Block) -> Any:
    """The numbers of a vector or a matrix in the tensor that holds them."""
    return stored.reshape(-1)[source.places]


def multiplying(stored: Any, weight: Block) -> Any:
    """The matrix that multiplies: of an antisymmetric one V - V^T."""
    block = numbers_in(stored, weight)
    return block - block.T if weight.antisymmetric else block


def _told(numbers: tuple[int, ...]) -> str:
    low, high = numbers[0], numbers[-1] + 1
    return f"those from {low} to {high}" if numbers == tuple(range(low, high)) else "some that are not neighbours"


def width(features: Features) -> int:
    """How many features there are."""
    return sum(p.size for p in features)


def cut(features: Features, low: int, high: int) -> Features:
    """The features from ``low`` to ``high``."""
    found, start = [], 0
    for piece in features:
        a, b = max(low - start, 0), min(high - start, piece.size)
        if a < b:
            found.append(piece.part(a, b))
        start += piece.size
    return tuple(found)


def whole(features: Features) -> Piece:
    """Features beside each other as one piece. Raises DeriveError where they are not parts of one."""
    first, *others = features
    if not others:
        return first
    size = width(features)
    match first:
        case Product() if all(isinstance(p, Product) and p.operand is first.operand for p in others):
            weights = [p.weight for p in features if isinstance(p, Product)]
            tensor, heads = first.weight.tensor, first.weight.heads
            if all((w.tensor, w.heads, w.antisymmetric) == (tensor, heads, False) for w in weights):
                places, parts = np.concatenate([w.places for w in weights]), tuple(k for w in weights for k in w.parts)
                return Product(size, Block(tensor, places, False, heads, parts), first.operand)
        case Learned() if all(isinstance(p, Learned) and p.tensor == first.tensor for p in others):
            places = [p.places for p in features if isinstance(p, Learned)]
            return Learned(size, first.tensor, np.concatenate(places))
        case Formula() if all(isinstance(p, Formula) and p.function is first.function for p in others):
            of_each = zip(*(p.reads for p in features), strict=True)
            operands = [o[0] if len({*o}) == 1 and o[0].size == 1 else whole(o) for o in of_each]
            return Formula(size, first.function, tuple(operands))
    raise DeriveError("several quantities are joined where one is wanted; cut what is joined first")


def numbered(features: Features, numbers: Sequence[int]) -> Features:
    """The features of these numbers, of several quantities as they follow each other."""
    found: list[Any] = []
    start, left = 0, list(numbers)
    for piece in features:
        mine = [k - start for k in left if start <= k < start + piece.size]
        if mine:
            found.append((left.index(mine[0] + start), piece.taken(mine)))
        start += piece.size
    if list(numbers) != sorted(numbers) and len(found) > 1:
        raise DeriveError("features of several quantities that are joined are mixed")
    return tuple(p for _, p in sorted(found, key=lambda f: int(f[0])))


def pointwise(function: Callable[..., Expr], *operands: Features) -> Features:
    """The function of each feature of the operands; an operand of one feature stands beside all of the others."""
    ends = sorted({end for o in operands if width(o) > 1 for end in _ends(o)}) or [1]
    if any(width(o) not in (1, ends[-1]) for o in operands):
        raise DeriveError(f"features of other numbers meet: {', '.join(str(width(o)) for o in operands)}")
    pieces, low = [], 0
    for high in ends:
        parts = tuple(o[0] if width(o) == 1 else cut(o, low, high)[0] for o in operands)
        pieces.append(Formula(high - low, function, parts))
        low = high
    return tuple(pieces)


def _ends(features: Features) -> list[int]:
    ends, at = [], 0
    for piece in features:
        at += piece.size
        ends.append(at)
    return ends


def added(*terms: Any) -> Any:
    """The sum, in order."""
    return ordered(Add, list(terms))


def product(weight: Block, features: Features) -> Features:
    """The matrix times the features: the sum of a product a piece."""
    rows = len(weight.places)
    parts: list[Piece] = []
    low = 0
    for piece in features:
        each = weight if weight.heads > 1 and len(features) == 1 else weight.of_columns(low, low + piece.size)
        parts.append(Product(rows, each, piece))
        low += piece.size
    return (parts[0],) if len(parts) == 1 else (Formula(rows, added, tuple(parts)),)
