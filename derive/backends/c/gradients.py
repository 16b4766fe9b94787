"""What the gradient of a tensor of parameters consists of: products over time, of matrices, and sums, of vectors."""

from __future__ import annotations

from collections.abc import Iterator

from sympy import Symbol

from derive.backends.c.operations import Outer
from derive.backends.c.program import Program
from derive.errors import UnsupportedExpression
from derive.plan.axes import block_axis
from derive.plan.operations import Accumulate, Concat, Skew
from derive.plan.stores import Store


def gradient_blocks(program: Program, store: Store) -> Iterator[tuple[int, Outer | Symbol]]:
    """Each part of a store's gradient with its first block: the product of blocks of a matrix, or a vector's name.

    Raises UnsupportedExpression for a gradient that is neither.
    """
    first = 0
    gradient = program.plan.gradients.get(store.name)
    for q in _parts(program, gradient) if gradient is not None else []:
        yield first, q
        first += height(program, q)


def height(program: Program, q: Outer | Symbol) -> int:
    """How many blocks it is the gradient of."""
    return block_axis(program.plan.values[q.target].axes[0])[0] if isinstance(q, Outer) else 1


def is_partial(program: Program, store: Store) -> bool:
    """Whether some blocks have no gradient but zero."""
    found = [
        q for _, q in gradient_blocks(program, store) if (q.pairs if isinstance(q, Outer) else q in program.totals)
    ]
    return sum(height(program, q) for q in found) < len(store.blocks)


def _parts(program: Program, q: Symbol) -> Iterator[Outer | Symbol]:
    op = program.plan.definitions.get(q)
    outer = next((o for o in program.outers if o.target == q), None)
    if isinstance(op, Concat):
        for part in op.parts:
            yield from _parts(program, part)
    elif isinstance(op, Skew) and isinstance(op.source, Symbol):
        yield from _parts(program, op.source)
    elif outer is not None:
        yield outer
    elif isinstance(op, Accumulate):
        yield from program.units.blocks[q]
    else:
        raise UnsupportedExpression(f"the gradient {q} of {program.plan.cell.name} has no form in C")
