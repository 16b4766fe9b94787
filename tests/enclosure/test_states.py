"""What equations prove of states, held against runs of the generated modules with large weights."""

from __future__ import annotations

import pytest
import torch
from sympy import Piecewise, besselj

import derive
import generated
from derive.enclosure.states import ends, inequality

STEPS, SEQUENCES, INPUTS, UNITS = 12, 4, 3, 8


def written(cell: derive.Cell) -> list[str]:
    return [inequality(*bound) for bound in cell.state_bounds().items()]


@pytest.mark.parametrize(
    ("cell", "bounds"),
    [
        (derive.lstm, ["|h| ≤ 1", ""]),
        (derive.gru, ["|h| ≤ 1"]),  # a mean of tanh and the state, whose weight is the same gate
        (derive.catalogue["cfn"], ["|h| ≤ 2"]),
        (derive.catalogue["relu_rnn"], ["0 ≤ h"]),
        (derive.catalogue["dsgu"], ["0 ≤ h ≤ 1"]),
        (derive.catalogue["cifg_lstm"], ["|h| ≤ 0.761595", "|c| ≤ 1"]),  # tanh(1) = 0.7615941...
        (derive.catalogue["min_gru"], [""]),  # the candidate is linear
        (derive.gru.with_activations(sigmoid="tanh"), [""]),  # 2 n - h where a gate is -1
        (derive.lstm.with_activations(tanh="identity"), ["", ""]),
    ],
)
def test_bounds_that_are_known(cell, bounds):
    assert written(cell) == bounds


@pytest.mark.parametrize("name", [name for name, cell in derive.catalogue.items() if not cell.further])
def test_no_run_leaves_the_bounds(name):
    cell = derive.catalogue[name]
    bounds = cell.state_bounds()
    if all(ends(bound) == (None, None) for bound in bounds.values()):
        return
    torch.manual_seed(0)
    named = dict.fromkeys(cell.named_sizes, 2)
    module = getattr(generated, f"{cell.class_name}Cell")(INPUTS, UNITS, **named, dtype=torch.float64)
    module.kernels = False  # nothing has to be compiled
    states = None
    with torch.no_grad():
        for w in module.parameters():
            w.copy_(4 * torch.randn_like(w))
        for _ in range(STEPS):
            found = module(4 * torch.randn(SEQUENCES, INPUTS, dtype=torch.float64), states)
            states = found if isinstance(found, tuple) else (found,)
            for state, numbers in zip(cell.states, states, strict=True):
                lower, upper = ends(bounds[state])
                assert lower is None or (numbers >= float(lower) - 1e-12).all()
                assert upper is None or (numbers <= float(upper) + 1e-12).all()
            states = found


class bessel(derive.Activation):
    latex_name, unicode_name, torch = "J_0", "J0", "torch.special.bessel_j0({x})"

    @classmethod
    def value(cls, a):
        return besselj(0, a)

    @classmethod
    def slope(cls, a, y):
        return -besselj(1, a)


def test_cases_and_functions_that_no_interval_knows():
    """Of cases the range of all, whatever decides; of a function that is not enclosed nothing."""

    @derive.cell("Cases")
    def cases(x, h, c):
        h = Piecewise((derive.tanh(derive.linear(x, h)), h > 0), (-2, True))
        c = bessel(derive.linear(x))
        return h, c

    assert written(cases) == ["−2 ≤ h ≤ 1", ""]


def test_a_state_reaches_its_bound():
    """Where forget and input gates are open and weights are large, nothing narrower is true."""
    torch.manual_seed(0)
    module = generated.GRUCell(INPUTS, UNITS, dtype=torch.float64)
    module.kernels = False
    with torch.no_grad():
        for w in module.parameters():
            w.copy_(8 * torch.randn_like(w))
        h = module(4 * torch.randn(64, INPUTS, dtype=torch.float64))
    assert h.max() > 0.999
    assert h.min() < -0.999
