"""The masks of a run, which are given, or drawn from a number.

They are drawn with Python's ``random.Random(seed)``, one after the other as in the definition, step by step and unit by
unit, or once for the sequence: an entry is 1 where ``random()`` is less than its probability. PyTorch draws others.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from sympy import S

from derive.definition.cell import Cell
from derive.definition.inputs import Input
from derive.errors import RunError, shown
from derive.run.tensors import exact_tensor, shape
from derive.statements.sizes import count_of

Rows = tuple[tuple[Any, ...], ...]


def given_masks(cell: Cell, given: Mapping[str, Any], sizes: dict[str, int], steps: int) -> dict[str, Rows]:
    """The masks among the inputs of a run, a row for each time step; ``sizes`` learns what they tell.

    Raises RunError for another shape, and for an entry that is neither 0 nor 1.
    """
    found = {}
    for i in cell.draws:
        if i.name not in given:
            continue
        key = f"inputs.{i.name}"
        rows = exact_tensor(given[i.name], key)
        once = i.chance is not None and i.chance.per_sequence
        if i.size == "1":
            rows = (rows,) if once and shape(rows, key) == () else rows
            rows = tuple((number,) for number in rows) if len(shape(rows, key)) == 1 and not once else rows
        if once and len(shape(rows, key)) == 1:
            rows = (rows,) * steps
        units = int(i.size) if i.size.isdecimal() else sizes.get(i.size)
        form = shape(rows, key)
        if len(form) != 2 or form[0] != steps or 0 in form or form[1] != (units or form[1]):
            count = i.size if units is None else units
            raise RunError(f"{key} has shape {form}, expected {f'({count},)' if once else f'({steps}, {count})'}")
        if odd := [number for row in rows for number in row if number not in (0, 1)]:
            raise RunError(f"{key} has an entry {odd[0]}; a mask is drawn as zeros and ones")
        if once and len(set(rows)) > 1:
            raise RunError(f"{key} differs from step to step, and is drawn once for the sequence: give one row")
        if not i.size.isdecimal():
            sizes[i.size] = form[1]
        found[i.name] = rows
    return found


def all_masks(
    cell: Cell, given: Mapping[str, Rows], seed: Any, sizes: Mapping[str, int], steps: int
) -> dict[str, Rows]:
    """All masks of the cell: those that are given, the others drawn.

    Raises RunError where there is no seed to draw from, or one for nothing.
    """
    if seed is None:
        if missing := [i.name for i in cell.draws if i.name not in given]:
            raise RunError(
                f"inputs.{missing[0]} is missing: {cell.name} draws it; give zeros and ones, or seed = 1 to draw them"
            )
        return dict(given)
    if not isinstance(seed, int) or isinstance(seed, bool):
        raise RunError(f"seed is {shown(seed)}, expected an integer, from which masks are drawn")
    if not cell.draws:
        raise RunError(f"seed is given, and {cell.name} draws nothing; drop it")
    draw = random.Random(seed)
    return {i.name: given[i.name] if i.name in given else _drawn(cell, i, draw, sizes, steps) for i in cell.draws}


def _drawn(cell: Cell, mask: Input, draw: random.Random, sizes: Mapping[str, int], steps: int) -> Rows:
    assert mask.chance is not None
    p = float(mask.chance.probability.subs({c.symbol: c.default for c in cell.constants}))

    def row() -> tuple[Any, ...]:
        return tuple(S.One if draw.random() < p else S.Zero for _ in range(count_of(mask.size, sizes)))

    return (row(),) * steps if mask.chance.per_sequence else tuple(row() for _ in range(steps))
