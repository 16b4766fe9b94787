"""Which weights of a cell of one unit may give what is asked: intervals, walked forwards and backwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sympy import Rational, Symbol, zoo

from derive.comparison.by_intervals.one_unit import OneUnit, Unknown
from derive.exact import arrays
from derive.exact.arrays import Array, Cells, intersection, where


def forward(cell: OneUnit, free: Cells, given: Mapping[Symbol, Any]) -> list[Cells]:
    """Of each step, (boxes, points): free: (boxes, numbers); given: of each input and state, (points,)."""
    found: list[Cells] = []
    for operation, of, key in cell.steps:
        if operation is not None:
            own = [found[k] for k in of]
            found.append(_settled(operation.forward(*own), own if cell.is_partial and operation.needs_all else ()))
        elif not isinstance(key, Symbol):
            found.append(_constant(key))
        elif key in given:
            found.append(arrays.points(given[key][None, :]))
        else:
            k = cell.free.index(key)
            found.append(Cells(*(end[:, k, None] for end in free)))
    return found


def _settled(found: Cells, of: Sequence[Cells]) -> Cells:
    """With what is of nothing as nothing, and what is no number, as ∞ - ∞, as anything. of: the operands that it has no
    value without."""
    lower, upper = found
    if np.isnan(lower).any() or np.isnan(upper).any():
        lower, upper = np.where(np.isnan(lower), -np.inf, lower), np.where(np.isnan(upper), np.inf, upper)
    for a in of:
        if (is_none := a.lower > a.upper).any():
            lower, upper = np.where(is_none, np.inf, lower), np.where(is_none, -np.inf, upper)
    return Cells(lower, upper)


def failing(cell: OneUnit, found: Sequence[Cells]) -> list[Any]:
    """Of each step, (boxes, points), whether it has no value for some of the numbers. found: as ``forward`` gives."""
    fails: list[Any] = []
    for k, (operation, of, _) in enumerate(cell.steps):
        fails.append(found[k].lower > found[k].upper)
        if operation is not None:
            fails[k] = fails[k] | operation.may_fail(*(found[j] for j in of))
        for j in of:
            fails[k] = fails[k] | fails[j]
    return fails


def needed(cell: OneUnit, wanted: Sequence[Cells]) -> list[Array]:
    """Of each step, (boxes, points), whether it has to have a value: where it is a part of what is asked for, and not
    of a case that may not be the one."""
    found: list[Array] = [np.zeros(np.shape(wanted[0].lower), bool) for _ in cell.steps]
    for k, value in zip(cell.outputs, wanted, strict=True):
        found[k] = found[k] | np.isfinite(value.lower) | np.isfinite(value.upper)
    for k in range(len(cell.steps) - 1, -1, -1):
        operation, of, _ = cell.steps[k]
        for j in of if operation is not None and operation.needs_all else ():
            found[j] = found[j] | found[k]
    return [is_needed[:, :1] if is_needed.all() else is_needed for is_needed in found]


def contracted(
    cell: OneUnit,
    free: Cells,
    given: Mapping[Symbol, Any],
    wanted: Sequence[Cells],
    groups: Mapping[Any, Any],
    where_needed: Sequence[Array],
) -> Cells:
    """The part of each box in which the new states may be these; an empty one where they are not. wanted: of each
    new state, (boxes, points). groups: see ``groups_of``; where_needed: see ``needed``."""
    found = forward(cell, free, given)
    boxes = len(free.lower)
    empty: Array = np.zeros(boxes, bool)
    for k, value in zip(cell.outputs, wanted, strict=True):
        found[k] = intersection(found[k], value)
    for k in range(len(cell.steps) - 1, -1, -1):
        operation, of, _ = cell.steps[k]
        if operation is None:
            empty |= ((found[k].lower > found[k].upper) & where_needed[k]).any(axis=-1)
            continue
        if (group := groups[cell.reads[k]]) is not None and np.shape(found[k].lower)[-1] > 1:
            found[k] = group.together(found[k])
        empty |= ((found[k].lower > found[k].upper) & where_needed[k]).any(axis=-1)
        for j, left in zip(of, operation.backward(found[k], *(found[j] for j in of)), strict=True):
            narrower = intersection(found[j], _settled(left, ()))
            found[j] = narrower if where_needed[k].all() else where(where_needed[k], narrower, found[j])
    lower, upper = (end.copy() for end in free)
    for k, symbol in enumerate(cell.free):
        own = found[cell.places[symbol]]
        lower[:, k] = np.fmax(lower[:, k], np.fmax.reduce(own.lower, axis=-1))
        upper[:, k] = np.fmin(upper[:, k], np.fmin.reduce(own.upper, axis=-1))
    lower[empty], upper[empty] = np.inf, -np.inf
    return Cells(lower, upper)


class Group:
    """Points at which some of what is given is the same, so that what is made of that alone is the same."""

    def __init__(self, rows: Any) -> None:
        _, self.back = np.unique(rows, axis=0, return_inverse=True)
        self.back = self.back.reshape(-1)
        self.order = np.argsort(self.back, kind="stable")
        self.starts = np.searchsorted(self.back[self.order], np.arange(self.back.max() + 1))

    def together(self, of: Cells) -> Cells:
        lower = np.maximum.reduceat(of.lower[:, self.order], self.starts, axis=1)[:, self.back]
        return Cells(lower, np.minimum.reduceat(of.upper[:, self.order], self.starts, axis=1)[:, self.back])


def groups_of(cell: OneUnit, given: Mapping[Symbol, Any]) -> dict[frozenset[Symbol], Group | None]:
    """Of all that steps may read, the points that are the same for them; None where there are none."""
    count = len(next(iter(given.values())))
    found: dict[frozenset[Symbol], Group | None] = {}
    for read in {*cell.reads}:
        rows = np.array([given[s] for s in cell.given if s in read]).T if read else np.zeros((count, 1))
        group = Group(rows)
        found[read] = group if group.starts.size < count else None
    return found


def _constant(number: Any) -> Cells:
    if number in (zoo,):
        raise Unknown
    value = float(number)
    is_exact = isinstance(number, int) or (number.is_Rational and Rational(value) == number)
    found = arrays.points(np.full((1, 1), value))
    return found if is_exact else arrays.outwards(*found)
