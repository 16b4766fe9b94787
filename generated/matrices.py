# Written by `python -m derive code` from templates/torch/matrices.py. Do not edit: change the template, run it again.
"""Products of quantities by named axes, for cells whose states are matrices.

A tensor has the axes of a quantity in its last dimension, the last axis fastest: a matrix for each head is one row of
``heads * value * key`` numbers.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

Axes = tuple[str, ...]


def contract(layer: Any, axes: str, *factors: Tensor) -> Tensor:
    """The product of the factors, summed over the axes that the result lacks: ``"value key, key -> value"`` is a matrix
    times a vector. How long an axis is says the layer's attribute of that name, or the number that stands there."""
    equation, shapes = _parsed(axes)
    parts = [_apart(q, shape, layer) for q, shape in zip(factors, shapes, strict=False)]
    found = torch.einsum(equation, *parts)
    count = len(shapes[-1])
    return found.flatten(-count) if count > 1 else found if count else found.unsqueeze(-1)


def _apart(q: Tensor, axes: Axes, layer: Any) -> Tensor:
    """The tensor with a dimension for each axis, none of a single number."""
    if len(axes) > 1:
        return q.unflatten(-1, [int(axis) if axis.isdecimal() else getattr(layer, axis) for axis in axes])
    return q if axes else q.squeeze(-1)


@lru_cache
def _parsed(axes: str) -> tuple[str, tuple[Axes, ...]]:
    """The axes as ``torch.einsum`` has them, a letter for each, and those of the factors and of the result."""
    factors, _, result = axes.partition("->")
    shapes = tuple(tuple(part.split()) for part in (*factors.split(","), result))
    letters = {axis: chr(ord("a") + k) for k, axis in enumerate(dict.fromkeys(a for shape in shapes for a in shape))}
    *inputs, output = ("..." + "".join(letters[axis] for axis in shape) for shape in shapes)
    return f"{','.join(inputs)}->{output}", shapes
