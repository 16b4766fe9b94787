"""Where the numbers of a cell's parameters are in a module's tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from derive.intake.pieces import Block, Learned, multiplying, numbers_in

Tensor = Any


def held_numbers(stored: Tensor, source: Learned | Block, is_fixed: bool) -> Tensor:
    """What a cell holds: of a matrix that is not learned one row."""
    if is_fixed and isinstance(source, Block):
        return multiplying(stored, source).reshape(-1)
    found = numbers_in(stored, source)
    return found.reshape(()) if isinstance(source, Learned) and source.size == 1 else found


def place_in(source: Learned | Block, shape: Sequence[int]) -> str:
    """In words, of a tensor of this shape."""
    if " " in source.tensor:
        return f"what the step makes of {source.tensor.partition(' ')[0]}"
    tensor = source.tensor if len(shape) < 3 else f"{source.tensor}.flatten(0, {len(shape) - 2})"
    columns = shape[-1] if shape else 1
    rows, along = source.places // columns, source.places % columns
    if isinstance(source, Learned):
        if len(shape) < 2:
            return f"{tensor}[{_range(along)}]" if _range(along) else f"{tensor}[{_listed(along)}]"
        if len({*rows}) == 1 and _range(along):
            return f"{tensor}[{rows[0]}, {_range(along)}]"
        if len({*along}) == 1 and _range(rows):
            return f"{tensor}[{_range(rows)}, {along[0]}]"
        if len(shape) < 3 and source.size == rows[-1] * columns + columns and _range(source.places):
            return tensor
        return f"{source.tensor}.flatten()[{_range(source.places) or _listed(source.places)}]"
    for turned, (r, c) in ((False, (rows, along)), (True, (rows.T, along.T))):
        r, c = r[:, 0], c[0]
        if (
            _range(r)
            and _range(c)
            and (source.places == (r[:, None] * columns + c if not turned else (r[:, None] * columns + c).T)).all()
        ):
            return f"{tensor}[{'' if len(shape) < 2 else _range(r) + ', '}{_range(c)}]{' transposed' if turned else ''}"
    return f"{source.tensor}.flatten()[{_listed(source.places.reshape(-1))}]"


def _range(places: Any) -> str:
    """Neighbours, as a slice; empty for others."""
    low, high = int(places[0]), int(places[-1]) + 1
    return f"{low}:{high}" if places.tolist() == list(range(low, high)) else ""


def _listed(places: Any) -> str:
    return ", ".join(map(str, places[:4].tolist())) + ", ..." * (len(places) > 4)
