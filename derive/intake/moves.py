"""What the operators of ATen are that move features about: parts, joins, stacks, other axes. ``MOVES`` has all those
that do not work element by element."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from derive.errors import DeriveError
from derive.intake.matrices import Chain, Term, Weight, as_tensor
from derive.intake.products import addmm, einsum, linear, matmul
from derive.intake.sums import (
    amax,
    deviation,
    group_norm,
    layer_norm,
    max_,
    mean_,
    norm,
    running,
    shares,
    sum_,
    variance,
    variance_and_mean,
)
from derive.intake.tensors import Tensor, is_features, joined, stacked


def split(value: Any, sizes: int | Sequence[int], dimension: int = 0) -> tuple[Any, ...]:
    whole = value.extent(dimension)
    if isinstance(sizes, int):
        sizes = [min(sizes, whole - low) for low in range(0, whole, sizes)]
    ends = [sum(sizes[: k + 1]) for k in range(len(sizes))]
    return tuple(value.part(dimension, end - size, end) for size, end in zip(sizes, ends, strict=True))


def chunk(value: Any, chunks: int, dimension: int = 0) -> tuple[Any, ...]:
    return split(value, -(-value.extent(dimension) // chunks), dimension)


def unbind(value: Any, dimension: int = 0) -> tuple[Any, ...]:
    return tuple(value.taken(dimension, k) for k in range(value.extent(dimension)))


def slice_(value: Any, dimension: int = 0, low: Any = None, high: Any = None, step: int = 1) -> Any:
    if (low or 0) == 0 and (high is None or high >= 2**62) and step == 1:
        return value
    whole = value.extent(dimension)
    low, high = (min(max(k + whole if k < 0 else k, 0), whole) for k in (low or 0, whole if high is None else high))
    if step == 1:
        return value.part(dimension, low, high)
    if isinstance(value, Weight) or is_features(value.axes[value.axis(dimension)]):
        raise DeriveError(f"every {step}th feature is taken; a cell's quantities are whole")
    return stacked([value.taken(dimension, k) for k in range(low, high, step)], dimension)


def slice_scatter(
    value: Tensor, part: Tensor, dimension: int = 0, low: Any = None, high: Any = None, step: int = 1
) -> Tensor:
    """The value with a part of it written over."""
    if (low or 0) == 0 and (high is None or high >= 2**62):
        return part
    whole = value.extent(dimension)
    low, high = (min(max(k + whole if k < 0 else k, 0), whole) for k in (low or 0, whole if high is None else high))
    if step != 1:
        raise DeriveError(f"every {step}th feature is written over; a cell's quantities are whole")
    around = [(0, low), (high, whole)]
    before, after = ([value.part(dimension, a, b)] if a < b else [] for a, b in around)
    return joined([*before, part, *after], dimension)


def select(value: Any, dimension: int, index: int) -> Any:
    return value.taken(dimension, index)


def select_scatter(value: Tensor, part: Tensor, dimension: int, index: int) -> Tensor:
    index %= value.extent(dimension)
    kept = [value.taken(dimension, k) for k in range(value.extent(dimension))]
    return stacked([*kept[:index], part, *kept[index + 1 :]], dimension)


def cat(values: Sequence[Any], dimension: int = 0) -> Tensor:
    if any(isinstance(v, (Weight, Chain)) for v in values):
        raise DeriveError("weight matrices are joined; store them as one, or multiply by each")
    if not all(isinstance(v, Tensor) for v in values):
        raise DeriveError("numbers are joined with features; a cell's quantities are whole")
    return joined(values, dimension)


def stack(values: Sequence[Any], dimension: int = 0) -> Any:
    if all(isinstance(v, Weight) for v in values):
        return _stacked_weights(values, dimension)
    if not all(isinstance(v, Tensor) for v in values):
        raise DeriveError("weight matrices are stacked with features")
    return stacked(values, dimension)


def _stacked_weights(values: Sequence[Weight], dimension: int) -> Weight:
    """Parts of one stored weight on an axis of their own."""
    terms = [v.only() for v in values]
    if len({t.tensor for t in terms}) > 1:
        raise DeriveError("weights are stacked; store them as one, or multiply by each")
    places = np.stack([t.places for t in terms], dimension)
    return Weight(places.shape, (Term(terms[0].tensor, places),))


def transpose(value: Any, a: int, b: int) -> Any:
    rank = len(value.axes)
    order = list(range(rank))
    order[a % rank], order[b % rank] = b % rank, a % rank
    return value if a % rank == b % rank else value.permuted(order)


def t(value: Any) -> Any:
    return value if len(value.axes) < 2 else value.permuted((1, 0))


def permute(value: Any, order: Sequence[int]) -> Any:
    return (
        value
        if [k % len(order) for k in order] == list(range(len(order)))
        else value.permuted([k % len(order) for k in order])
    )


def unsqueeze(value: Any, dimension: int) -> Any:
    if isinstance(value, Weight):
        return value.seen(lambda places: np.expand_dims(places, dimension))
    return as_tensor(value).unsqueezed(dimension)


def _among(k: int, dimensions: Any, rank: int) -> bool:
    given = [dimensions] if isinstance(dimensions, int) else dimensions
    return given is None or k in [d % rank for d in given]


def squeeze(value: Any, dimensions: Any = None) -> Any:
    if isinstance(value, Weight):
        shape = [n for k, n in enumerate(value.shape) if n != 1 or not _among(k, dimensions, len(value.shape))]
        return value.reshaped(shape)
    ones = dimensions if dimensions is not None else [k for k in range(len(value.axes)) if value._is_one(k)]
    for k in sorted((value.axis(k) for k in ([ones] if isinstance(ones, int) else ones)), reverse=True):
        value = value.squeezed(k)
    return value


PRODUCTS: dict[str, Callable[..., Any]] = {
    "linear": linear,
    "matmul": matmul,
    "mm": matmul,
    "mv": matmul,
    "bmm": matmul,
    "baddbmm": addmm,
    "dot": matmul,
    "addmm": addmm,
    "einsum": einsum,
}
MOVES: dict[str, Callable[..., Any]] = {
    **PRODUCTS,
    "split": split,
    "split_with_sizes": split,
    "chunk": chunk,
    "unbind": unbind,
    "slice": slice_,
    "slice_scatter": slice_scatter,
    "select": select,
    "select_scatter": select_scatter,
    "cat": cat,
    "stack": stack,
    "t": t,
    "transpose": transpose,
    "permute": permute,
    "unsqueeze": unsqueeze,
    "squeeze": squeeze,
    "sum": sum_,
    "mean": mean_,
    "amax": amax,
    "max": max_,
    "linalg_vector_norm": norm,
    "var": variance,
    "std": deviation,
    "var_mean": variance_and_mean,
    "softmax": shares,
    "_softmax": shares,
    "cumsum": running,
    "layer_norm": layer_norm,
    "group_norm": group_norm,
}
