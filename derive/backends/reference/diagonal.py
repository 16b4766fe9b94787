"""Stacked square matrices with blocks on their diagonals."""

from __future__ import annotations

import numpy as np

from derive.backends.base import Array


def _columns(rows: int, size: int, cols: int) -> Array:
    """The columns of blocks of that size, row by row, in stacked matrices of so many columns with blocks on the
    diagonal."""
    first: Array = np.arange(rows) % cols // size * size
    return first[:, np.newaxis] + np.arange(size)


def with_zeros(blocks: Array, cols: int) -> Array:
    """Stacked square matrices with these blocks on their diagonals, which are stored one below the other."""
    found = np.zeros((len(blocks), cols))
    np.put_along_axis(found, _columns(len(blocks), blocks.shape[1], cols), blocks, 1)
    return found


def on_diagonal(matrix: Array, size: int) -> Array:
    """The blocks of that size on the diagonals of stacked square matrices."""
    return np.take_along_axis(matrix, _columns(len(matrix), size, matrix.shape[1]), 1)
