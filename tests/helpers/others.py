"""What layers and cells read beside their first input."""

from __future__ import annotations

import torch
from torch import Tensor


def with_others(module, x: Tensor) -> tuple[Tensor, ...]:
    """x, and random numbers for the other inputs of a generated layer or cell, positive as times and masks are."""
    features = module._features() if hasattr(module, "further") else {}
    others = (0.1 + torch.rand(*x.shape[:-1], n, dtype=torch.float64) for n in features.values())
    return (x, *(other.to(x) for other in others))


def named(cell, units: int = 4) -> dict[str, int]:
    """The sizes that an author has named, for the constructor; heads are such that they divide the units."""
    return dict.fromkeys(cell.named_sizes, 3) | dict.fromkeys(cell.heads, units if units % 2 else 2)
