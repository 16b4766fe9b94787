"""Wide tables, split into blocks of columns that fit."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise


def columns_fit(head: float, columns: Sequence[float], separation: float, limit: float) -> bool:
    """Whether a table of a head column and these columns is no wider than the limit. All widths in pt."""
    return head + sum(c + 2 * separation for c in columns) <= limit


def blocks(head: float, columns: Sequence[float], separation: float, limit: float) -> list[range]:
    """The columns of a table as few, evenly filled blocks, each of which fits beside a repeated head column.

    A single column that is wider than the limit gets a block of its own.
    """
    for count in range(1, len(columns) + 1):
        ends = [-(-k * len(columns) // count) for k in range(count + 1)]
        cut = [range(a, b) for a, b in pairwise(ends)]
        if all(columns_fit(head, [columns[k] for k in block], separation, limit) for block in cut):
            return cut
    return [range(k, k + 1) for k in range(len(columns))]
