"""Runs with a loss, and their gradients by autograd through the plain meaning of the statements."""

from __future__ import annotations

from pathlib import Path

import pytest
import reference
import torch
import torch_formulas
from runs import floats, random_run, trained_run
from specimens import zoo

import derive
from derive.run.data import Run
from derive.run.run_file import load_run
from derive.symbolic.activations import ACTIVATIONS

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"

CELLS = [
    "gru",
    "peephole_lstm",
    "slstm",
    "layer_norm_lstm",
    "rhn",
    "antisymmetric_rnn",
    "sru",
    "indrnn",
    "projected_lstm",
]

ONE_UNIT = {"weight_ih": [[0.5]], "weight_hh": [[-0.25]]}


def every_run():
    examples = ((p.stem, load_run(p)) for p in sorted(EXAMPLES.glob("*.toml")))
    yield from ((name, run) for name, run in examples if run.loss is not None)
    yield from ((name, trained_run(name)) for name in CELLS)
    yield "zoo", trained_run(zoo)
    loss = {"formula": "2*cross_entropy(3*h, y) + (c - z)^2/2", "y": [0, 2, 1], "z": [[0.5, 0, 1]] * 3}
    yield "cross_entropy", random_run("lstm", units=3, loss=loss)


def activated_runs():
    """A layer of each activation, over arguments on both sides of its kinks."""
    weights = {"weight_ih": [[0.7, -0.4], [0.3, 0.9]], "weight_hh": [[0.5, -0.8], [0.25, 0.6]], "bias_ih": [0.1, -1]}
    loss = {"formula": "(h - y)^2/2", "y": [[1, 2], [0, 0.5], [0.1, 0]]}
    for name in ACTIVATIONS:
        yield name, Run(derive.rnn.with_activations(h=name), weights, [[1, -2], [0.5, 0.3], [3, 1]], loss=loss)


RUNS = [pytest.param(run, id=name) for name, run in (*every_run(), *activated_runs())]


def numbers(values):
    """Nested lists of floats of nested tuples of exact values."""
    return [numbers(v) for v in values] if isinstance(values, tuple) else float(values)


def close(found, expected, lost=1.0):
    """To 1e-12 of the largest entry. lost: by how much a difference of doubles is less certain than its terms."""
    found, expected = (torch.as_tensor(t, dtype=torch.float64) for t in (found, expected))
    assert found.shape == expected.shape
    scale = max(expected.abs().max().item(), 1e-300)
    assert ((found - expected).abs() <= max(1e-12, lost * 2**-50) * scale).all(), (found, expected)


def autograd(run, monkeypatch):
    """(loss, parameters, inputs, initial, steps) of the plain loop after backward; quantities keep their gradients."""
    sizes = {"hidden_size": 1, "input_size": 1, "proj_size": 1, "1": 1, **run.sizes}
    monkeypatch.setattr(reference, "sizes_of", lambda cell: sizes)
    kinds = {p.name: p for p in run.cell.parameters}
    parameters = {n: torch.tensor(floats(p), dtype=torch.float64) for n, p in run.parameters.items()}
    for name, p in kinds.items():
        if p.form == "antisymmetric":  # the reference forms V - V^T itself
            parameters[name] = torch.triu(parameters[name])
        parameters[name] = float(parameters[name]) if p.kind == "constant" else parameters[name].requires_grad_()
    initial = {s: torch.tensor([floats(v)], dtype=torch.float64, requires_grad=True) for s, v in run.initial.items()}
    rows = (torch.tensor(floats(x), dtype=torch.float64).unsqueeze(1) for x in run.sequences.values())
    inputs = tuple(x.requires_grad_() for x in rows)
    steps = reference.forward(run.cell, parameters, inputs, initial)
    for env in steps:
        for q in env.values():
            if isinstance(q, torch.Tensor) and q.requires_grad:
                q.retain_grad()
    losses = []
    for t, env in enumerate(steps):
        targets = {n: torch.tensor([floats(rows[t])], dtype=torch.float64) for n, rows in run.loss.targets.items()}
        losses.append(torch_formulas.evaluate(run.loss.expr, env | targets).sum())
    loss = sum(losses)
    loss.backward()
    return loss, parameters, inputs, initial, steps


def grad(tensor):
    return torch.zeros_like(tensor) if tensor.grad is None else tensor.grad
