"""Buffers and frozen weights of a module as vectors and matrices of a cell that are not learned."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from sympy import Expr, Symbol

from derive.definition.fixed import fixed_parameter
from derive.errors import DeriveError
from derive.exact.numeral import machine_rational
from derive.intake.pieces import Block, Learned, Product, multiplying, numbers_in
from derive.intake.shapes import letter_of
from derive.statements.matrix_products import matmul
from derive.statements.parameter import Parameter

MOST = 10_000  # numbers of one of them


@dataclass
class Unlearned:
    """tensors: by name, in float64, of those that a step reads. declared: what has been made of their parts; places: of
    each of these, by name, which part it is."""

    tensors: Mapping[str, Any]
    declared: dict[Any, Parameter] = field(default_factory=dict)
    places: dict[str, Learned | Block] = field(default_factory=dict)

    def has(self, piece: Any) -> bool:
        """Whether a piece is a vector of theirs, or a product with a matrix of theirs."""
        if isinstance(piece, Product):
            return piece.weight.tensor in self.tensors
        return isinstance(piece, Learned) and piece.tensor in self.tensors

    def vector(self, piece: Learned, size: str, lengths: tuple[int, ...], taken: Collection[str]) -> Expr:
        """A vector, or a matrix of these lengths, as a letter; as a number, where there is but one."""
        values = numbers_in(self.tensors[piece.tensor], piece).tolist()
        if len({*values}) == 1:
            return _exact(values[0], piece.tensor)
        if len(lengths) > 1:
            across = lengths[-1]
            values = [values[k : k + across] for k in range(0, len(values), across)]
        return self._letter(piece.key, piece.tensor, values, size, taken, piece)

    def product(self, weight: Block, operand: Expr, sizes: tuple[str, str], taken: Collection[str]) -> Expr:
        """A matrix times a quantity."""
        values = multiplying(self.tensors[weight.tensor], weight).tolist()
        return matmul(self._letter(weight, weight.tensor, values, "×".join(sizes), taken, weight), operand)

    def _letter(self, key: Any, tensor: str, values: Any, size: str, taken: Collection[str], piece: Any) -> Symbol:
        if key not in self.declared:
            stem = letter_of(tensor.partition(" ")[0])  # "A 1" is made of A
            name = next(n for n in (stem, *(f"{stem}_{k}" for k in range(2, len(taken) + 3))) if n not in taken)
            self.declared[key] = fixed_parameter(name, _exact(values, tensor), size)
            self.places[name] = piece
        return self.declared[key].symbol


def _exact(values: Any, tensor: str) -> Any:
    if isinstance(values, list):
        if len(values) * (len(values[0]) if isinstance(values[0], list) else 1) > MOST:
            raise DeriveError(f"{tensor} has more than {MOST} numbers that are not learned, which a cell would hold")
        return tuple(_exact(v, tensor) for v in values)
    try:
        return machine_rational(values)
    except DeriveError as e:
        raise DeriveError(f"{tensor} is not learned and has a number that no equation has: {e}") from None
