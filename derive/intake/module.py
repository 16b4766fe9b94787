"""``from_torch``: the cell that a hand-written module of one step is, with its weights, proved on the spot."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from derive.backends.torch.build import require_torch
from derive.errors import DeriveError
from derive.intake.source import Source
from derive.intake.torch_cell import FromTorch


def from_torch(
    module: Any,
    *,
    input_size: int | None = None,
    hidden_size: int | None = None,
    states: Sequence[str] | Mapping[str, int | tuple[int, ...] | None] | None = None,
    inputs: Sequence[str] | Mapping[str, int | None] | None = None,
    name: str = "",
    **arguments: Any,
) -> FromTorch:
    """The cell that a ``torch.nn.Module`` of one step computes, in evaluation.

    module: an instance, called as ``module(x, h)``, ``module(x, (h, c))``, ``module(x, h, c)`` or ``module(h, x)`` on
    tensors (B, I) and (B, H), which returns the new states; or its class, which is built as ``Class(input_size,
    hidden_size, **arguments)``. states: names of the states, in the order in which they are given, or their names and
    numbers of features, {"h": 8, "S": (2, 4, 4)} of such that have several axes, (B, heads, value, key), where they are
    not found by trying; the first one that comes back is the output. inputs: the names of arguments that are further
    inputs, or their names and numbers of features, which are as many as the input's where it is not said.

    The step is exported by ``torch.export``: the module's own code runs. The cell's module is then compared with the
    given one on random weights, inputs and states in float64.

    A layer over sequences whose loop steps one cell is read as that cell, if the layer does nothing else: their results
    are compared too.

    Raises DeriveError for what is no step, for operators and control flow that no cell has, with the line of the
    module's file, and where the derived module differs by more than 1e-10.
    """
    require_torch()
    from derive.intake.exported import built, export  # with NumPy, which comes with torch and is not there without it
    from derive.intake.loops import looped
    from derive.intake.proved import proved

    made, sizes = built(module, input_size, hidden_size, arguments)
    if (loop := looped(made)) is not None:
        read = from_torch(loop.cell, input_size=sizes[0], hidden_size=sizes[1], states=states, inputs=inputs, name=name)
        loop.hold(read)
        return read
    try:
        step = export(module, input_size, hidden_size, states, inputs, arguments)
        return proved(step, name, states, inputs)
    except DeriveError as e:
        raise _placed(e, type(made)) from None


def _placed(error: DeriveError, made: type) -> DeriveError:
    """The error with the line of the module's step, where it names none."""
    named = re.match(rf"{made.__name__}\b[\w.]*", str(error))
    if named is None or re.search(r", line \d", str(error)):
        return error
    return DeriveError(f"{named[0]}{Source.step_of(made)}{str(error)[named.end() :]}")
