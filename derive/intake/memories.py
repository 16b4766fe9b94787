"""The states that matrix memories have, by the numbers that a module keeps."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from derive.intake.form import HEADS

Size = int | tuple[int, ...]  # of a state: its number of features, or how long its axes are


def memories(module: Any, hidden: int, n_input: int, counts: Sequence[int]) -> Iterator[tuple[Size, ...]]:
    """So many states of which one is a matrix, or one for each head, in the company that it has in print: the output
    before it, what normalises it and a number for each head behind it."""
    held = {n: v for n, v in vars(module).items() if isinstance(v, int) and not isinstance(v, bool) and v > 0}
    heads = [v for n, v in held.items() if HEADS.fullmatch(n)]
    own = [v for n, v in held.items() if not HEADS.fullmatch(n) and v not in (1, hidden, n_input)]
    for h in heads or [0]:
        lengths = dict.fromkeys([*own, hidden // h if h else hidden])
        before = (h,) if h else ()
        for a, b in sorted(itertools.product(lengths, repeat=2), key=lambda ab: ab[0] != ab[1]):
            for n in dict.fromkeys((b, a)):
                whole: tuple[Size, ...] = (hidden, (*before, a, b), (*before, n) if h else n, h or 1)
                for count in counts:
                    yield from (whole[low : low + count] for low in (1, 0) if low + count <= len(whole))
