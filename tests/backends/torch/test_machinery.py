"""The shared machinery with equations written by hand: three states, one without the others' size, and options."""

from __future__ import annotations

from typing import NamedTuple

import pytest
import torch
from replacements import RecurrentCell, RecurrentLayer, answer, assert_close, message, randn, tensors
from torch import Tensor, nn


class OneWeight(NamedTuple):
    weight_ih: Tensor
    weight_hh: Tensor
    bias: Tensor | None


class ThreeStates:
    """A leaky unit, its running sum and a clock of one feature."""

    states = ("h", "s", "k")
    Parameters = OneWeight
    options = {"gamma": 0.5, "shape": ("sine", "identity")}

    @staticmethod
    def parameter_shapes(input_size, hidden_size, proj_size=0):
        rows = (hidden_size,)
        return {"weight_ih": (*rows, input_size), "weight_hh": (*rows, hidden_size), "bias": rows}

    @staticmethod
    def state_sizes(hidden_size, proj_size=0):
        return (hidden_size, hidden_size, 1)

    def project_input(self, x, p):
        return nn.functional.linear(x, p.weight_ih, p.bias), x.sum(-1, keepdim=True)

    def step(self, a, states, p):
        h, s, k = states
        h = self.gamma * h + a[0] + nn.functional.linear(s, p.weight_hh)
        return (torch.sin(h) if self.shape == "sine" else h, s + h, k + a[1]), ()


class Three(ThreeStates, RecurrentLayer):
    pass


class ThreeCell(ThreeStates, RecurrentCell):
    pass


def test_three_states_and_options(factory, tolerance):
    layer = Three(2, 3, 1, 0.25, bias=False, **factory)
    assert repr(layer) == "Three(2, 3, bias=False, gamma=0.25)"
    assert repr(Three(2, 3, 2, shape="identity")) == "Three(2, 3, num_layers=2, shape=identity)"
    assert list(layer.state_dict()) == ["weight_ih_l0", "weight_hh_l0"]
    with pytest.raises(ValueError, match=r"^Unknown shape 'round'. Select from 'sine' or 'identity'.$"):
        Three(2, 3, shape="round")

    cell = ThreeCell(2, 3, False, 0.25, **factory)
    assert repr(cell) == "ThreeCell(2, 3, bias=False, gamma=0.25)"
    assert repr(ThreeCell(2, 3)) == "ThreeCell(2, 3)"
    assert ThreeCell(2, 3).bias.shape == (3,)
    cell.load_state_dict({name.removesuffix("_l0"): value for name, value in layer.state_dict().items()})
    x = randn(5, 4, 2, **factory)
    output, final = layer(x)
    states = None
    for t in range(5):
        states = cell(x[t], states)
        torch.testing.assert_close(output[t], states[0], rtol=0, atol=tolerance)
    assert [s.shape for s in final] == [(1, 4, 3), (1, 4, 3), (1, 4, 1)]
    for a, b in zip(final, states, strict=True):
        torch.testing.assert_close(a[0], b, rtol=0, atol=tolerance)
    torch.testing.assert_close(final[2][0], x.sum((0, 2))[:, None], rtol=tolerance, atol=10 * tolerance)


def test_gradients_of_three_states():
    """A cell of one's own needs no backward equations."""
    layer = Three(2, 3, 2, bidirectional=True, dtype=torch.float64)
    x, *states = (
        torch.randn(s, dtype=torch.float64).requires_grad_() for s in ((3, 2, 2), *[(4, 2, n) for n in (3, 3, 1)])
    )
    assert torch.autograd.gradcheck(lambda x, *hx: tuple(tensors(layer(x, hx))), (x, *states), fast_mode=True)
    compiled = torch.compile(layer, fullgraph=True, backend="aot_eager")
    assert_close(answer(compiled, x, states), answer(layer, x, states), 1e-12)


def test_errors_of_three_states():
    layer, cell, x = Three(2, 3), ThreeCell(2, 3), torch.zeros(5, 4, 2)
    good = [torch.zeros(1, 4, n) for n in (3, 3, 1)]
    for hx, text in {
        (*good, good[0]): "three expects three hidden states",
        (good[0], good[1], good[2][0]): (
            "For batched 3-D input, hx and sx and kx should also be 3-D but got (3-D, 3-D, 2-D) tensors"
        ),
        (good[0], good[1], good[0]): "Expected hidden[2] size (1, 4, 1), got [1, 4, 3]",
    }.items():
        assert message(lambda hx=hx: layer(x, hx)) == (RuntimeError, text)
    assert message(lambda: cell(x[0], good[:2])) == (
        ValueError,
        "ThreeCell: Expected hx[0] to be 1D or 2D, got 3D instead",
    )
    assert message(lambda: cell(x[0], [g[0] for g in good[:2]])) == (
        RuntimeError,
        "three_cell expects three hidden states",
    )
    assert message(lambda: cell(x[0], [good[0][0]] * 3)) == (
        RuntimeError,
        "hidden2 has inconsistent hidden_size: got 3, expected 1",
    )
