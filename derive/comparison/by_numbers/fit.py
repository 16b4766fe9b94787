"""Weights with which one cell gives another one's numbers, looked for by Gauss and Newton's method: a guard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from derive.backends.base import Array
from derive.comparison.by_numbers.stepped import Stepped
from derive.comparison.by_numbers.weights import Weight

STEP = 1e-6
MOST = 12  # Gauss-Newton steps
EXACT = 1e-13  # of the largest difference
NEAR = 1e-6  # of the largest difference: there the next steps lead to the numbers themselves
REACHED = 1e-9  # of the largest difference: those are the numbers, but for rounding
FAR = 8.0  # where functions such as σ are nearly flat
NOWHERE = 1e3  # the difference, where there are no new states
LARGEST = 1e100  # difference, so that the squares of slopes are numbers
SLOW = 0.7  # of the difference after three steps: then it leads nowhere


@dataclass(frozen=True)
class Fit:
    """numbers: of each weight's first parameter; gap: the largest difference that is left; is_limit: whether larger
    weights come nearer still, so that none may reach it."""

    numbers: dict[str, Array]
    gap: float
    is_limit: bool = False

    @property
    def is_near(self) -> bool:
        return self.gap <= NEAR and not self.is_limit


def fitted(wanted: Array, cell: Stepped, weights: list[Weight], start: Mapping[str, Array], alike: bool = False) -> Fit:
    """The nearest weights that are found from a start.

    wanted: the new states; start: of each weight's first parameter; alike: whether all numbers of a weight are one, as
    a start then is.
    """
    shapes = {w.parts[0][0]: () if alike else w.shape for w in weights}
    ends = np.cumsum([0, *(int(np.prod(s, dtype=int)) for s in shapes.values())])
    known = np.isfinite(wanted)

    def named(flat: Array) -> dict[str, Array]:
        parts = zip(shapes.items(), ends[:-1], ends[1:], strict=True)
        return {name: flat[a:b].reshape(shape) for (name, shape), a, b in parts}

    def at(flat: Array) -> Array:
        found = cell.at(named(flat))[known]
        gaps = np.nan_to_num(found - wanted[known], nan=NOWHERE, posinf=NOWHERE, neginf=-NOWHERE)
        return np.clip(gaps, -LARGEST, LARGEST)

    flat = np.concatenate([np.zeros(0), *(np.broadcast_to(start[n], s).ravel() for n, s in shapes.items())])
    here, damping = at(flat), 1e-3
    sizes = [_size(here)]
    for _ in range(MOST):
        if sizes[-1] <= EXACT:
            break
        if not len(flat):
            break
        slopes = np.stack([(at(flat + STEP * unit) - here) / STEP for unit in np.eye(len(flat))])
        square, downhill = slopes @ slopes.T, slopes @ here
        for _ in range(4):
            step = np.linalg.solve(square + damping * (np.diag(np.diag(square)) + 1e-9 * np.eye(len(flat))), downhill)
            there = at(flat - step)
            if there @ there < here @ here:
                flat, here, damping = flat - step, there, damping / 10
                break
            damping *= 10
        else:
            break
        sizes.append(_size(here))
        if len(sizes) > 3 and sizes[-1] > SLOW * sizes[-4]:
            break
    farther = np.where(np.abs(flat) > FAR, 2 * flat, flat)
    is_limit = sizes[-1] > REACHED and (farther != flat).any() and _size(at(farther)) < sizes[-1]
    return Fit(named(flat), sizes[-1], bool(is_limit))


def _size(of: Array) -> float:
    return float(np.abs(of).max(initial=0))
