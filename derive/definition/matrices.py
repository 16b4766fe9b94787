"""What is said of matrices below the equations, which have their names alone: which are block-diagonal, which fixed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from derive.definition.fixed import fixed_lines

if TYPE_CHECKING:
    from derive.definition.cell import Cell


def matrix_lines(cell: Cell) -> list[str]:
    """A line for the weights that are block-diagonal, and one for each vector and matrix that is not learned."""
    return [*_block_lines(cell), *fixed_lines(cell)]


def _block_lines(cell: Cell) -> list[str]:
    names = [cell.notation.unicode(p.symbol) for p in cell.parameters if p.heads]
    if not names:
        return []
    (heads,) = {p.heads for p in cell.parameters if p.heads}  # a cell has one number of them
    said = f"{', '.join(names[:-1])} and {names[-1]} are" if names[1:] else f"{names[0]} is"
    return [f"{said} block-diagonal, a block for each {f'of {heads} heads' if heads.isdecimal() else 'head'}"]
