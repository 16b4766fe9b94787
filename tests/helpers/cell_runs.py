"""A cell of the catalogue over a few steps from random states with random weights, as ``reference`` evaluates it."""

from __future__ import annotations

import reference
import torch
from sympy import Symbol

from derive.statements.sizes import units

N, H, P = (reference.SIZES[n] for n in ("input_size", "hidden_size", "proj_size"))
B, T = 5, 3  # batch, steps


def draw(cell, inputs=N):
    """Random parameters, inputs and states for the cell; states of the normalised averages are positive."""
    sizes = {**reference.sizes_of(cell), "input_size": inputs}
    generator = torch.Generator().manual_seed(0)

    def randn(*shape):
        return torch.randn(shape, dtype=torch.float64, generator=generator)

    p = reference.random_parameters(cell, generator, scale=1.0, sizes=sizes)
    p = {name: v.detach() if isinstance(v, torch.Tensor) else v for name, v in p.items()}
    states = [randn(B, units(cell.sizes[Symbol(f"{s}_prev")], sizes)) for s in cell.states]
    if cell.name in ("slstm", "slstm_exp", "rwkv"):
        states = [s.abs() + 0.1 for s in states]
    if cell.name == "s5":  # real parts of eigenvalues, which are below 0
        p["a"] = -p["a"].abs()
    if cell.name == "hgrn":  # a lower bound that counts
        p["gamma"] = 0.25
    return p, reference.draw_inputs(cell, (T, B), generator, sizes), states


def run(cell, p, xs, states):
    """A list of the states after each step."""
    steps = reference.forward(cell, p, xs, dict(zip(cell.states, states, strict=True)))
    return [tuple(quantities[s] for s in cell.states) for quantities in steps]


def assert_close(got, wanted, tolerance=1e-12):
    for mine, theirs in zip(got, wanted, strict=True):
        for a, b in zip(mine, theirs, strict=True):
            assert a.shape == b.shape
            assert (a - b).abs().max() < tolerance


def stack(cell, p, tensor):
    """The PyTorch parameter of that name, its blocks one under the other."""
    blocks = sorted((q for q in cell.parameters if q.tensor == tensor), key=lambda q: q.block)
    return torch.cat([p[q.name] for q in blocks])
