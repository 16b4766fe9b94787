# Written by `python -m derive code` from templates/torch/lookup.py. Do not edit: change the template, run it again.
"""Functions given by a table."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


class Table:
    """A function by its entries, which are spread evenly from ``lower`` on.

    Of a table of lines, entry k is the value at lower + k spacing; of one of steps, it is that of the k-th part.
    Outside it is the first or the last entry, or, if it does not clamp, the first or the last line goes on.
    """

    def __init__(self, lower: float, spacing: float, lines: bool, clamps: bool, entries: Sequence[float]) -> None:
        self.lower, self.spacing, self.lines, self.clamps = lower, spacing, lines, clamps
        double = torch.tensor(entries, dtype=torch.float64)
        self.last = len(entries) - lines  # the first place beyond those that have a part of their own
        self.numbers = {t.dtype: (t, t.diff()) for t in (double, double.float())}

    def __call__(self, x: Tensor) -> Tensor:
        place = (x - self.lower) / self.spacing
        inside = torch.clamp(place, 0, self.last)
        index = inside.long().clamp(0, self.last - 1)  # clamped again: NaN is any integer
        entries, rises = self.numbers.get(x.dtype, self.numbers[torch.float32])
        entry = entries.to(x)[index]
        if not self.lines:
            return torch.where(place.isnan(), place, entry)
        return entry + ((inside if self.clamps else place) - index) * rises.to(x)[index]
