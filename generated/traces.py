# Written by `python -m derive code` from templates/torch/traces.py. Do not edit: change the template, run it again.
"""What happens inside of a layer: all that a cell's equations name, at every time step.

Sizes: T time steps, B sequences, n features of a quantity.
"""

from __future__ import annotations

import itertools
from typing import Any

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from .backward import Tensors, as_it_is, has_its_own_equations
from .direct import PLACE


def traced(layer: Any, input: Any, hx: Any) -> dict[str, Tensor]:
    """What ``RecurrentLayer.trace`` gives: a call of the layer whose scans keep what they compute."""
    name = type(layer).__name__
    if isinstance(input, PackedSequence):
        raise ValueError(
            f"{name}.trace takes no PackedSequence: its sequences end at different steps; trace each alone"
        )
    if not layer._has_its_own_loop() or not has_its_own_equations(layer):
        raise ValueError(f"the loop or the equations of {name} were written over; trace shows those of its definition")
    suffixes = list(itertools.chain(*layer._suffixes))
    waiting = iter(suffixes)
    found: dict[str, Tensor] = {}

    def scan(x: Tensor, states: Tensors, p: Any) -> tuple[Tensor, Tensors]:
        suffix = next(waiting)
        outputs, final, quantities = _scan(layer, x, states, p)
        for quantity, q in quantities.items():
            q = q.flip(0) if layer.from_the_end or suffix.endswith("_reverse") else q
            if input.dim() == 2:
                q = q.squeeze(1)
            elif layer.batch_first:
                q = q.transpose(0, 1)
            found[quantity + suffix if len(suffixes) > 1 else quantity] = q
        return outputs, final

    keeping = as_it_is(layer)
    vars(keeping).update({"scan": scan, PLACE: None})
    keeping.forward(input, hx)
    return found


def _scan(layer: Any, x: Tensor, states: Tensors, p: Any) -> tuple[Tensor, Tensors, dict[str, Tensor]]:
    """One direction of one layer: the outputs, the final states, and the quantities, (T, B, n) each."""
    a = layer.project_input(x, p)
    before, kept = [], []
    for now in zip(*(q.unbind(0) for q in a), strict=True):
        before.append(states)
        states, computed = layer.step(now, states, p)
        kept.append((*states, *computed))
    outputs = torch.stack([row[0] for row in kept])
    quantities = layer.quantities(x, a, _stacked(before), (outputs, *_stacked([row[1:] for row in kept])), p)
    return outputs, states, {name: _of_all(q, x) for name, q in quantities.items()}


def _stacked(rows: list[Tensors]) -> Tensors:
    return tuple(torch.stack(column) for column in zip(*rows, strict=True))


def _of_all(q: Tensor, x: Tensor) -> Tensor:
    """(T, B, n) of what may be the same at every time step, for every sequence, for every unit."""
    return (q if q.dim() else q.unsqueeze(0)).expand(*x.shape[:-1], -1)
