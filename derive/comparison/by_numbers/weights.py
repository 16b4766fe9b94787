"""The weights of a cell by what they do: which of its parameters have an effect, and which ones in their sum alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sympy import Abs, Max, Min, Piecewise, Rational, preorder_traversal

from derive.backends.base import Array
from derive.comparison.by_formulas.canonical import Canonical
from derive.comparison.by_formulas.poly import letters_within
from derive.comparison.by_formulas.terms import sum_name
from derive.comparison.by_numbers.stepped import Kind, Stepped, generic, is_same, rational
from derive.definition.cell import Cell
from derive.errors import DeriveError
from derive.symbolic.activations import elu
from derive.symbolic.piecewise_linear import (
    hard_sigmoid,
    hard_sigmoid_onnx,
    hardtanh,
    leaky_relu,
    relu,
    thresholded_relu,
)

STEP = 1e-5  # of differences
SAME = 1e-10  # relative: of numbers that are one but for rounding
FLAT = 1e-9  # of slopes that are 0
SMALL = 1e-5  # of slopes that are told from 0, and not clearly from each other
ELSEWHERE = (-1.0, 8.0, -8.0)  # times the place at which is counted

_BENT = (relu, leaky_relu, hardtanh, hard_sigmoid, hard_sigmoid_onnx, thresholded_relu, elu, Abs, Max, Min, Piecewise)


@dataclass(frozen=True)
class Weight:
    """One parameter, or several of which only the sum matters. parts: these, with their coefficients, the first 1."""

    kind: Kind
    shape: tuple[int, ...]
    parts: tuple[tuple[str, Any], ...]

    @property
    def name(self) -> str:
        return sum_name(self.parts)

    def set_to(self, value: Array) -> dict[str, Array]:
        return {self.parts[0][0]: value}


def weights_of(cell: Stepped) -> list[Weight]:
    """The weights, as numbers show them at one generic place."""
    place = {n: generic(kind, cell.shapes[n], 10 + k) for k, (n, kind) in enumerate(sorted(cell.kinds.items()))}
    here = cell.at(place)
    found: list[tuple[str, Array, list[tuple[str, Any]]]] = []
    for name in place:
        slopes = np.concatenate([_slope(cell, place, name, draw) for draw in (1, 2)])
        if np.abs(slopes).max(initial=0) <= FLAT and is_same(here, cell.at({**place, name: -place[name]}), SAME):
            continue
        for other, theirs, parts in found:
            if cell.kinds[other] == cell.kinds[name] and (c := _multiple(slopes, theirs)) is not None:
                together = {**place, name: 0 * place[name], other: place[other] + float(c) * place[name]}
                if is_same(here, cell.at(together), SAME):
                    parts.append((name, c))
                    break
        else:
            found.append((name, slopes, [(name, Rational(1))]))
    return [Weight(cell.kinds[name], cell.shapes[name], tuple(parts)) for name, _, parts in found]


def leaves_out_the_same(cell: Cell) -> bool:
    """Whether it is defined for the same inputs and states whatever its weights are."""
    try:
        partial = [poly for _, poly in Canonical(cell, letters=False).partial]
    except DeriveError:
        return False
    return not letters_within(partial, "parameter", "matrix")


def is_bent(cell: Stepped) -> bool:
    """Whether it bends somewhere, so that what is seen at one place says nothing of others."""
    return any(isinstance(node, _BENT) for line in cell.cell.lines for node in preorder_traversal(line.expr))


def more_elsewhere(cell: Stepped, known: int) -> bool:
    """Whether the weights of a cell that bends change what it computes in more independent ways at other places: those
    of a ReLU that is 0 on all that is looked at have no effect there."""
    if not is_bent(cell):
        return False
    every = [Weight(kind, cell.shapes[name], ((name, Rational(1)),)) for name, kind in sorted(cell.kinds.items())]
    found = (rank(cell, every, scale) for scale in ELSEWHERE)
    return any(r[0] > known if r is not None else not leaves_out_the_same(cell.cell) for r in found)


def rank(cell: Stepped, weights: list[Weight], scale: float = 1) -> tuple[int, int] | None:
    """In how many independent ways weights change what a cell computes, and how many numbers they are; None where
    that is not seen clearly, as where other weights would make it defined. scale: by which the numbers of the place are
    multiplied."""
    place = {w.parts[0][0]: scale * generic(w.kind, w.shape, 10 + k) for k, w in enumerate(weights)}
    columns = []
    for name, value in place.items():
        for entry in np.ndindex(value.shape):
            step = np.zeros(value.shape)
            step[entry] = STEP
            columns.append(_difference(cell, place, name, step))
    if not columns:
        return 0, 0
    matrix = np.stack(columns)
    is_known = np.isfinite(matrix).all(axis=0)
    if not is_known.all() and not leaves_out_the_same(cell.cell):
        return None
    matrix = matrix[:, is_known]
    if matrix.shape[1] < 2 * len(columns):
        return None
    sizes = np.abs(matrix).max(axis=1, keepdims=True, initial=0)
    if ((sizes > FLAT) & (sizes < SMALL)).any():  # of which rounding is a part
        return None
    values = np.linalg.svd(np.where(sizes > FLAT, matrix, 0) / np.where(sizes > FLAT, sizes, 1), compute_uv=False)
    values = values / max(values[0], FLAT)
    if ((values > 1e-8) & (values < 1e-5)).any():
        return None
    return int((values >= 1e-5).sum()), len(columns)


def _slope(cell: Stepped, place: Mapping[str, Array], name: str, draw: int) -> Array:
    return _difference(cell, place, name, STEP * generic(cell.kinds[name], cell.shapes[name], draw))


def _difference(cell: Stepped, place: Mapping[str, Array], name: str, step: Array) -> Array:
    both = [cell.at({**place, name: place[name] + side * step}) for side in (1, -1)]
    with np.errstate(invalid="ignore"):  # where both are infinite
        return np.asarray((both[0] - both[1]) / (2 * STEP))


def _multiple(of: Array, other: Array) -> Any:
    """The number by which slopes are a multiple of others; None where they are none."""
    known = np.isfinite(of) & np.isfinite(other)
    a, b = of[known], other[known]
    size = float(b @ b)
    if not size:
        return None
    c = float(a @ b) / size
    return rational(c) if np.abs(a - c * b).max(initial=0) <= 1e-4 * np.abs(a).max(initial=0) else None
