"""Vectors and matrices that are not learned, for ``initial_values`` of the cells that have some."""

from __future__ import annotations

import random

import torch
from torch import Tensor


def places(numbers: int, columns: int = 1) -> tuple[Tensor, Tensor]:
    """The row and the column, from 0, of each of the numbers of a matrix, which lie in one row; in float64."""
    k = torch.arange(numbers)
    return (k // columns).double(), (k % columns).double()


def drawn(
    numbers: int, columns: int, seed: int, scale: float = 1.0, density: float = 1.0, radius: float = 0.0
) -> Tensor:
    """The numbers of a matrix in one row, drawn from U(-scale, scale), a part ``density`` of them other than 0, and
    scaled to that spectral radius unless it is 0; in float64.

    Raises ValueError for a matrix without a spectral radius.
    """
    draw = random.Random(seed)
    pairs = [(draw.random(), draw.random()) for _ in range(numbers)]
    found = torch.tensor([scale * (2 * u - 1) if kept < density else 0.0 for u, kept in pairs], dtype=torch.float64)
    if not radius:
        return found
    largest = torch.linalg.eigvals(found.reshape(-1, columns)).abs().max().item()
    if largest == 0:
        raise ValueError("no spectral radius: all eigenvalues are 0; take another seed or a larger density")
    return found * float(f"{radius / largest:.12g}")


def zero_order_hold(rates: Tensor, rows: int, inputs: Tensor | None = None) -> Tensor:
    """What a step of dm/dt = A m + B u makes of m, e^A, or, with inputs B, of a u that is held until the next; matrices
    of so many rows, and the result, each in one row; in float64."""
    rates = rates.reshape(rows, rows)
    if inputs is None:
        return torch.linalg.matrix_exp(rates).flatten()
    inputs = inputs.reshape(rows, -1)
    below = inputs.new_zeros(inputs.size(1), rows + inputs.size(1))
    return torch.linalg.matrix_exp(torch.cat([torch.cat([rates, inputs], 1), below]))[:rows, rows:].flatten()
