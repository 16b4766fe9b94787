"""What a network gives for numbers made up, worked by the reference backend in float64, and how far C may be off."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from derive.backends.base import Problem, Program
from derive.backends.c.standalone.made_up import Generator
from derive.backends.c.standalone.network import Array, Network
from derive.backends.reference import Reference
from derive.errors import DeriveError
from derive.symbolic.expressions import INPUT

STEPS = 8
#: Relative to the largest output: some hundred roundings of the type.
BOUNDS = {False: 2e-5, True: 1e-12}


@dataclass(frozen=True)
class Check:
    """expected: (STEPS, outputs). scale: the largest of them in size, at least 1. bound: of an error, beside scale."""

    expected: Array
    scale: float
    bound: float


def check(network: Network) -> Check:
    """The check of a network.

    Raises DeriveError where the equations give no finite numbers.
    """
    width = sum(network.features)
    expected = outputs(network, Generator(network.seed).numbers(STEPS * width).reshape(STEPS, width))
    if not np.isfinite(expected).all():
        raise DeriveError(f"{network.cell.name} gives infinite outputs for these weights, which no check can compare")
    scale = max(1.0, float(np.abs(expected).max()))
    if not network.double and scale > float(np.finfo(np.float32).max):
        raise DeriveError(
            f"{network.cell.name} gives outputs up to {scale:.1e}, which a float cannot hold; use --double"
        )
    return Check(expected, scale, BOUNDS[network.double])


def outputs(network: Network, x: Array) -> Array:
    """The outputs (steps, outputs) of a network for its inputs side by side, (steps, n), from where the cell starts."""
    program = Reference().load(network.cell)
    for k in range(len(network.layers)):
        sizes = {**network.sizes, INPUT: network.inputs(k)}
        forward, *reverse = (
            _run(network, program, k * network.directions + d, sizes, x[::step])[::step]
            for d, step in zip(range(network.directions), (1, -1), strict=False)
        )
        x = np.concatenate([forward, *reverse], -1)
    if network.readout is None:
        return x
    y = x @ network.readout.weight.T
    return y if network.readout.bias is None else y + network.readout.bias


def _run(network: Network, program: Program, place: int, sizes: dict[str, int], x: Array) -> Array:
    """One direction of one layer, which are counted together, in the order of the steps."""
    layer, direction = divmod(place, network.directions)
    numbers = {t.stack.name: t.numbers for t in network.layers[layer][direction]}
    starts = {s: np.full((1, n), float(network.cell.starts.get(s, 0))) for s, n in network.state_widths.items()}
    starts |= {s: first[place : place + 1] for s, first in network.first.items()}
    d_outputs = np.zeros((len(x), 1, network.width))
    others = (
        np.split(x[:, None], np.cumsum([sizes[INPUT], *network.features[1:-1]]), -1)
        if network.cell.further
        else [x[:, None]]
    )
    further = dict(zip([i.name for i in network.cell.further], others[1:], strict=True))
    answer = program(Problem(sizes, others[0], starts, numbers, d_outputs, starts, further))
    return answer.outputs[:, 0]
