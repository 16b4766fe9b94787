"""Exact gradients of runs against autograd."""

from __future__ import annotations

import pytest
import torch
from backpropagated import ONE_UNIT, RUNS, autograd, close, grad, numbers
from runs import random_run
from sympy import Symbol, evaluate, log
from torch import nn

import derive
from derive.document.tables import files_of
from derive.exact.value import Value
from derive.run.data import Run


@pytest.mark.parametrize("run", RUNS)
def test_gradients_are_those_of_autograd(run, monkeypatch):
    loss, parameters, inputs, initial, _ = autograd(run, monkeypatch)
    found = run.gradients()
    largest = max(abs(v) for rows in run.loss.targets.values() for row in rows for v in row)
    lost = float(largest) / loss.item() ** 0.5  # of h - y where h is nearly y, and of 1 - f where the gate is nearly 1
    close(float(found.loss), loss.detach(), lost)
    for p in run.cell.parameters:
        if p.learned:
            close(numbers(found[p.name]), grad(parameters[p.name]), lost)
    for name, x in zip(run.sequences, inputs, strict=True):
        close(numbers(found[name]), grad(x).squeeze(1), lost)
    for state, tensor in initial.items():
        close(numbers(found[f"{state}0"]), grad(tensor)[0], lost)


@pytest.mark.parametrize("run", RUNS)
def test_the_cotangent_of_every_quantity_is_its_gradient(run, monkeypatch):
    *_, steps = autograd(run, monkeypatch)
    compared = set()
    for s in run.gradients().records:
        tensor = steps[s.t - 1].get(s.quantity[2:]) if s.t and s.quantity.startswith("d_") else None
        if isinstance(tensor, torch.Tensor) and s.quantity != f"d_{run.cell.input}":
            row = grad(tensor).reshape(-1)
            assert float(s.value) == pytest.approx(row[s.unit - 1].item(), rel=1e-9, abs=1e-13), s
            compared.add(s.quantity[2:])
    assert set(run.cell.states) <= compared


@pytest.mark.parametrize(("name", "module"), [("lstm", nn.LSTM), ("gru", nn.GRU), ("rnn", nn.RNN)])
def test_gradients_are_those_of_torchs_layers(name, module):
    torch.manual_seed(11)
    layer = module(3, 4, dtype=torch.float64)
    x, target = (torch.randn(s, dtype=torch.float64) for s in ((6, 3), (6, 4)))
    run = Run.from_state_dict(
        name, layer.state_dict(), x, suffix="_l0", loss={"formula": "(h - y)^2/2", "y": target.tolist()}
    )
    x.requires_grad_()
    loss = ((layer(x)[0] - target) ** 2 / 2).sum()
    loss.backward()
    found = run.gradients()
    close(float(found.loss), loss.detach())
    close(numbers(found["x"]), x.grad)
    blocks = {}
    for p in run.cell.parameters:
        blocks.setdefault(p.tensor, []).extend(numbers(found[p.name]))
    for tensor, rows in blocks.items():
        close(rows, getattr(layer, f"{tensor}_l0").grad)


def test_a_loss_of_the_last_state_and_of_any_formula(monkeypatch):
    loss = {"formula": "tanh(h*c) - 2*c/3 + h^3*w", "w": [[0.5, -1], [0, 2], [1, 1]]}
    run = random_run("lstm", loss=loss)
    expected, parameters, *_ = autograd(run, monkeypatch)
    close(float(run.gradients().loss), expected.detach())
    close(numbers(run.gradients()["W_hg"]), parameters["W_hg"].grad)


def test_a_formula_of_sympy_may_have_a_logarithm(monkeypatch):
    h, y = Symbol("h"), Symbol("y")
    with evaluate(False):
        formula = -y * log(h) - (1 - y) * log(1 - h)
    cell = derive.rnn.with_activations(h="sigmoid")
    run = Run(cell, ONE_UNIT, [[1], [-2]], loss={"formula": formula, "y": [1, 0]})
    expected, parameters, *_ = autograd(run, monkeypatch)
    close(float(run.gradients().loss), expected.detach())
    close(numbers(run.gradients()["W_hh"]), parameters["W_hh"].grad)
    assert r"\log" in files_of(run)["backward.tex"]


def test_exact_means_exact():
    """A linear cell's gradients are rational: nothing is rounded on the way."""
    run = Run(
        derive.rnn.with_activations(tanh="identity"),
        ONE_UNIT,
        [["1/3"], [2]],
        loss={
            "formula": "h^2",
        },
    )
    found = run.gradients()
    h = [run.steps().value(t, "h").rational for t in (1, 2)]
    assert found.loss == Value.of(h[0] ** 2 + h[1] ** 2)
    through = 2 * h[0] - 2 * h[1] / 4
    assert found["W_hh"][0][0] == Value.of(2 * h[1] * h[0])
    assert found["x"][0][0] == Value.of(through / 2)
    assert found["h0"] == (Value.of(-through / 4),)
