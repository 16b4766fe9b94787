"""What the tensors of one step are: features of a sequence, piece by piece, each a formula of whole quantities.

A module stacks gates in one tensor and cuts it again; equations have a name for each gate. So a tensor of features is a
tuple of pieces, and a piece that is cut is the same formula of cut weights.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

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
    _parts: dict[tuple[int, int], Piece] = field(default_factory=dict, init=False)

    def part(self, low: int, high: int) -> Piece:
        """The features from ``low`` to ``high`` of it; the same ones again are the same piece."""
        if (low, high) == (0, self.size):
            return self
        if (low, high) not in self._parts:
            self._parts[low, high] = self._cut(low, high)
        return self._parts[low, high]

    def _cut(self, low: int, high: int) -> Piece:
        raise NotImplementedError

    @property
    def reads(self) -> Features:
        """The pieces of which it is a formula."""
        return ()


@dataclass(frozen=True, eq=False)
class Given(Piece):
    """The input or a previous state."""

    symbol: Symbol

    def _cut(self, low: int, high: int) -> Piece:
        raise DeriveError(
            f"{self.symbol.name} has {self.size} features and is cut into those from {low} to {high}; a cell's"
            " quantities are whole: give the parts as states or inputs of their own"
        )


@dataclass(frozen=True, eq=False)
class Learned(Piece):
    """A learned vector, or some of its numbers. tensor: its name in the module's ``state_dict``; row, column: of which
    it is the one, where the tensor is a matrix."""

    tensor: str
    start: int = 0
    row: int | None = None
    column: int | None = None

    @property
    def key(self) -> tuple[Any, ...]:
        """The same for all pieces that are these numbers."""
        return self.tensor, self.row, self.column, self.start, self.size

    def _cut(self, low: int, high: int) -> Piece:
        return Learned(high - low, self.tensor, self.start + low, self.row, self.column)


@dataclass(frozen=True)
class Block:
    """A matrix that multiplies: rows and columns of a stored tensor.

    transposed: whether the stored one has the inputs as its rows. antisymmetric: whether V - V^T of the stored V
    multiplies.
    """

    tensor: str
    rows: tuple[int, int]
    columns: tuple[int, int]
    transposed: bool = False
    antisymmetric: bool = False

    def part(self, rows: tuple[int, int], columns: tuple[int, int]) -> Block:
        """Of these rows and columns of it, counted from its own first ones."""
        (r, _), (c, _) = self.rows, self.columns
        new = (r + rows[0], r + rows[1]), (c + columns[0], c + columns[1])
        if self.antisymmetric and new != (self.rows, self.columns):
            raise DeriveError(f"{self.tensor} is antisymmetric and is cut, which no cell's weight is")
        return Block(self.tensor, *new, self.transposed, self.antisymmetric)

    @property
    def stored(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Its rows and columns in the tensor as it is stored."""
        return (self.columns, self.rows) if self.transposed else (self.rows, self.columns)


@dataclass(frozen=True, eq=False)
class Product(Piece):
    """A weight matrix times some features."""

    weight: Block
    operand: Piece

    def _cut(self, low: int, high: int) -> Piece:
        columns = self.weight.columns[1] - self.weight.columns[0]
        return Product(high - low, self.weight.part((low, high), (0, columns)), self.operand)

    @property
    def reads(self) -> Features:
        return (self.operand,)


@dataclass(frozen=True, eq=False)
class Formula(Piece):
    """A function of pieces, feature by feature; what has a single feature stands beside each."""

    function: Callable[..., Expr]
    operands: Features

    def _cut(self, low: int, high: int) -> Piece:
        cut = tuple(o if o.size == 1 else o.part(low, high) for o in self.operands)
        return Formula(high - low, self.function, cut)

    @property
    def reads(self) -> Features:
        return self.operands


@dataclass(frozen=True, eq=False)
class Mixed(Piece):
    """What depends on all features at once: a mean, a softmax. node: what it is in the language of cells."""

    node: Callable[..., Any]
    operands: Features

    def _cut(self, low: int, high: int) -> Piece:
        raise DeriveError(f"a {self.node.__name__} over {self.size} features is cut into those from {low} to {high}")

    @property
    def reads(self) -> Features:
        return self.operands


def numbers_in(stored: Any, source: Learned | Block) -> Any:
    """The numbers of a vector or a matrix in the tensor that holds them, which is seen as a matrix of its last axis."""
    matrix = stored.reshape(-1, stored.shape[-1] if stored.dim() else 1)
    if isinstance(source, Learned):
        row = stored.reshape(-1) if source.row is None else matrix[source.row]
        row = row if source.column is None else matrix[:, source.column]
        return row[source.start : source.start + source.size]
    (r0, r1), (c0, c1) = source.stored
    block = matrix[r0:r1, c0:c1]
    return block.T if source.transposed else block


def multiplying(stored: Any, weight: Block) -> Any:
    """The matrix that multiplies: of an antisymmetric one V - V^T."""
    block = numbers_in(stored, weight)
    return block - block.T if weight.antisymmetric else block


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
    rows = weight.rows[1] - weight.rows[0]
    parts: list[Piece] = []
    low = 0
    for piece in features:
        parts.append(Product(rows, weight.part((0, rows), (low, low + piece.size)), piece))
        low += piece.size
    return (parts[0],) if len(parts) == 1 else (Formula(rows, added, tuple(parts)),)
