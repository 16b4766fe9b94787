"""Networks whose numbers are made up, for the check of one whose weights the caller brings; C makes up the same."""

from __future__ import annotations

import numpy as np

from derive.backends.c.standalone.network import (
    Array,
    Network,
    Sizes,
    Tensor,
    check_layers,
    check_sizes,
    output_size,
    suffix,
    tensors_of,
    variant,
)
from derive.definition.cell import Cell
from derive.errors import DeriveError
from derive.notation.quantity import Role
from derive.run.weights import Stack
from derive.statements.sizes import units
from derive.symbolic.expressions import INPUT, PROJ

MOST_NUMBERS = 10_000_000  # some seconds


def untrained(cell: Cell, known: Sizes, layers: int, directions: int, double: bool) -> Network:
    """A network of those sizes, whose numbers are made up.

    Raises DeriveError for a size that is missing or that the cell has not.
    """
    chosen = variant(cell, PROJ in known)
    wanted = tensors_of(chosen)
    check_sizes(chosen, wanted, known)
    check_layers(chosen, layers, directions)
    count = layers * directions * sum(int(np.prod(stack.expected(known), dtype=object)) for stack in wanted.values())
    if count > MOST_NUMBERS:
        raise DeriveError(
            f"{cell.name} of these sizes has {count} numbers or more, and at most {MOST_NUMBERS} are made up for the"
            " check; give smaller sizes, or --weights FILE"
        )
    random = Generator()

    def direction(suffix: str, sizes: Sizes) -> tuple[Tensor, ...]:
        return tuple(Tensor(name + suffix, s, random.tensor(s, sizes)) for name, s in wanted.items())

    found = []
    for layer in range(layers):
        inner = {**known, INPUT: directions * units(output_size(chosen), known) if layer else known[INPUT]}
        found.append(tuple(direction(suffix(layer, d), inner) for d in range(directions)))
    return Network(chosen, known, double, tuple(found), seed=random.state)


class Generator:
    """Numbers in [-1, 1) with 16 bits, of a linear congruential generator; C has the same."""

    def __init__(self, state: int = 1) -> None:
        self.state = state

    def numbers(self, count: int) -> Array:
        """The next numbers, each exact as a float."""
        found = np.empty(count)
        for k in range(count):
            self.state = (self.state * 1664525 + 1013904223) % 2**32
            found[k] = ((self.state >> 16) - 32768) / 32768
        return found

    def tensor(self, stack: Stack, sizes: Sizes) -> Array:
        """A tensor's numbers."""
        scale, offset = scale_and_offset(stack, sizes)
        shape = stack.expected(sizes)
        return (offset + scale * self.numbers(int(np.prod(shape)))).reshape(shape)


def scale_and_offset(stack: Stack, sizes: Sizes) -> tuple[float, float]:
    """Small for matrices, the smaller the more they sum; positive for what a cell declares, which may be a rate. Powers
    of two, so that a product with one is exact."""
    if len(stack.dimensions) == 2:
        scale = 1.0
        while scale * scale * units(stack.dimensions[1], sizes) > 1:
            scale /= 2
        return scale, 0.0
    return 0.25, 0.0 if stack.parameters[0].role is Role.BIAS else 0.75
