"""Quotients of sums with the same weights, against sums rounded as badly as machines may, and against layers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from runs import floats, random_run
from sympy import Symbol

import derive
from derive import linear, sigmoid, tanh
from derive.cells import catalogue
from derive.definition.define import cell
from derive.enclosure import means
from derive.enclosure.machine import FORMATS
from derive.enclosure.twin import Twin
from derive.enclosure.zonotope import number
from derive.errors import DeriveError
from derive.exact.arrays import Cells

BFLOAT16 = FORMATS["bfloat16"]
UNIT = BFLOAT16.unit


@cell("Other weights")
def other(x, h, c, n):
    i, f, z = sigmoid(linear(x)), sigmoid(linear(h)), tanh(linear(x))
    c = f * c + i * z
    n = i * n + f
    h = c / n
    return h, c, n


@cell("Weights of both signs")
def signed(x, h, c, n):
    i, f, z = sigmoid(linear(x)), tanh(linear(h)), tanh(linear(x))
    c = f * c + i * z
    n = f * n + i
    h = c / n
    return h, c, n


def found_in(a_cell):
    return means.means(replace(a_cell, stable=True).statements, a_cell.states)


def test_which_states_are_means():
    (mean,) = found_in(catalogue["slstm"])
    assert (mean.over.name, mean.under.name, mean.kept.name) == ("c", "n", "f")
    assert [(w.name, z.name) for w, z in mean.terms] == [("i", "z")]
    assert not found_in(catalogue["lstm"])
    assert not found_in(other)


def twins(**values):
    return {Symbol(name): Twin(number(Cells(np.array([v]), np.array([v])))) for name, v in values.items()}


def drift(kept, added, steps):
    """The ratio of c to n where every operation is rounded in the worse direction, and what is said of it."""
    (mean,) = found_in(catalogue["slstm"])
    c = n = 0.0
    mean.start(twins(c_prev=c, n_prev=n))
    for _ in range(steps):
        before = twins(c_prev=c, n_prev=n)
        c = (kept * c * (1 + UNIT) + added * (1 + UNIT)) * (1 + UNIT)
        n = (kept * n * (1 - UNIT) + added * (1 - UNIT)) * (1 - UNIT)
        mean.step(before | twins(c=c, n=n, f=kept, i=added, z=1.0), BFLOAT16)
    return c / n, float((mean.ratio[1] + mean.off / n)[0])


@pytest.mark.parametrize("kept", [1.0, 0.9, 0.1])
@pytest.mark.parametrize("added", [1.0, 1e-3])
def test_no_rounding_leads_further(kept, added):
    for steps in (1, 2, 40):
        reached, bound = drift(kept, added, steps)
        assert 1 < reached <= bound
    if kept == 1.0 and added == 1.0:
        assert bound < 4 * reached


def test_a_mean_without_its_growth_is_caught(monkeypatch):
    monkeypatch.setattr(type(BFLOAT16), "gamma", lambda self, n, unit=0.0: 0.0)
    with pytest.raises(AssertionError):
        test_no_rounding_leads_further(1.0, 1e-3)


def test_weights_of_both_signs_and_sums_that_start_below_0_say_nothing():
    (mean,) = found_in(signed)
    mean.start(twins(c_prev=0.0, n_prev=0.0))
    mean.step(twins(c_prev=0.0, n_prev=0.0, f=-0.5, i=0.5, z=0.5, c=0.25, n=0.5), BFLOAT16)
    assert np.isinf(mean.ratio).all()
    (mean,) = found_in(signed)
    mean.start(twins(c_prev=0.0, n_prev=-1.0))
    assert np.isinf(mean.ratio).all()


@pytest.mark.parametrize("name", ["slstm", "slstm_exp"])
def test_layers_stay_within_what_is_said_of_many_steps(name):
    """Weights with which the sum of an sLSTM may come near 0 as far as enclosures of it know."""
    run = random_run(name, units=8, steps=12)
    found = run.certify(machine="bfloat16")
    swept = found.engine.swept(None)
    layers = []
    for dtype in (torch.float64, torch.bfloat16):
        layer = derive.build(run.cell).Layer(run.input_size, run.hidden_size, dtype=dtype)
        own = layer.state_dict()
        weights = {n: torch.tensor(floats(found.run.weights[n.removesuffix("_l0")]), dtype=dtype) for n in own}
        layer.load_state_dict(weights)
        layers.append(layer)
    x = torch.tensor(floats(found.run.x), dtype=torch.float64)[:, None, :]
    with torch.no_grad():
        exact, rounded = (layer(x.to(layer.weight_ih_l0.dtype))[0][:, 0].double().numpy() for layer in layers)
    for t, row in enumerate(rounded - exact, 1):
        low, high = swept.error[t, "h"]
        assert (low - 1e-9 <= row).all()
        assert (row <= high + 1e-9).all()
        assert max(np.abs(low).max(), np.abs(high).max()) < 4
    assert np.abs(rounded - exact).max() > 1e-3


def test_without_it_nothing_finite_is_said(monkeypatch):
    monkeypatch.setattr("derive.enclosure.machine.means", lambda statements, states: [])
    found = random_run("slstm_exp", units=8, steps=12).certify(machine="bfloat16")
    said = r"h at t = 12: .* in bfloat16; h at t = 8 is the first without one, and .* may be off by .*, more than it is"
    with pytest.raises(DeriveError, match=said):
        found[12, "h_1"].error  # noqa: B018
