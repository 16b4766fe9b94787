"""Quantities that are there once for each head, as a reader of the paper has them, whose equations are of one head.

A weight maps what all of them have, in one row.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = Any


@dataclass(frozen=True)
class ByHead:
    """A number, a vector or a matrix for each head."""

    parts: tuple[Array, ...]

    @classmethod
    def cut(cls, row: Array, heads: int, *shape: int) -> ByHead:
        """Those whose numbers lie in one row, of that shape each."""
        return cls(tuple(row.reshape(heads, *shape)))

    @property
    def ndim(self) -> int:
        return int(np.ndim(self.parts[0]))

    @property
    def shape(self) -> tuple[int, ...]:
        """That of each."""
        return tuple(np.shape(self.parts[0]))

    @property
    def whole(self) -> Array:
        """One below the other; numbers in one row."""
        return np.concatenate(self.parts) if self.ndim else np.array(self.parts)


def each(function: Callable[..., Array], *values: Array) -> Array:
    """The function of each head's values. What is there once is the same for all heads, or their parts in one row."""
    heads = next((len(v.parts) for v in values if isinstance(v, ByHead)), 0)
    if not heads:
        return function(*values)
    size = max(v.shape[0] if v.ndim else 0 for v in values if isinstance(v, ByHead))
    return ByHead(tuple(function(*(_part(v, k, heads, size) for v in values)) for k in range(heads)))


def _part(value: Array, k: int, heads: int, size: int) -> Array:
    """What belongs to one head."""
    if isinstance(value, ByHead):
        return value.parts[k]
    if np.ndim(value) == 1 and len(value) > heads and not size and len(value) % heads == 0:
        size = len(value) // heads  # a row that numbers of each head multiply
    if np.ndim(value) == 1 and size and len(value) == heads * size:
        return value[k * size : (k + 1) * size]
    return value[k] if np.ndim(value) == 1 and len(value) == heads and size != heads else value


def whole(value: Array) -> Array:
    """The value in one piece: of all heads one below the other."""
    return value.whole if isinstance(value, ByHead) else value


def like(value: Array, found: Array) -> Array:
    """What is found of the value in one piece, by heads again where that is, and where there is one for each number."""
    if isinstance(value, ByHead) and np.shape(found) == np.shape(value.whole):
        return ByHead.cut(found, len(value.parts), *value.shape)
    return found
