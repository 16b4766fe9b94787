"""What does not go together in a stack is named."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import derive

N, H, T = 3, 5, 4
CELL = derive.lstm
REFUSED = {
    "two lengths": (lambda: derive.Stack([CELL, CELL], N, [H]), "2 of cells and 1 of hidden_size"),
    "no layer": (lambda: derive.Stack(CELL, N, []), "0 of hidden_size"),
    "no cell": (lambda: derive.Stack(["lstm", "gruu"], N, H), "unknown cell 'gruu'; did you mean 'gru'"),
    "probability": (lambda: derive.Stack(CELL, N, H, weight_dropout=1.5), "weight_dropout is 1.5; expected a probab"),
    "truth": (lambda: derive.Stack(CELL, N, [H, H], residual="yes"), "residual is 'yes'; expected True or False"),
    "widths": (lambda: derive.Stack(CELL, N, [8, 4], residual=True), "layer 1, 8 features, to its output, 4"),
    "one layer": (lambda: derive.Stack(CELL, N, H, dropout=0.5), "dropout stands between layers, and there is one"),
    "num_layers": (lambda: derive.Stack(CELL, N, H, num_layers=2), r"\[8, 8\] are two; leave num_layers"),
    "option": (
        lambda: derive.Stack(CELL, N, H, zoneuot={}),
        "argument 'zoneuot': it takes cells, .*, zoneout, .* bias",
    ),
    "mask": (lambda: derive.Stack("indrnn", N, H, recurrent_dropout=0.5), "indrnn: no weight matrix reads the prev"),
    "no weight_hh": (lambda: derive.Stack("indrnn", N, H, weight_dropout=0.5), "IndRNN has no weight_hh"),
    "state": (lambda: derive.Stack("gru", N, H, zoneout={"c": 0.5}), "gru: unknown state 'c'. Known: h"),
    "rates": (lambda: derive.Stack("gru", N, H, zoneout=0.5), "zoneout is 0.5; expected a probability by state"),
    "proj_size": (lambda: derive.Stack(CELL, N, H, recurrent_dropout=0.1, proj_size=2), "recurrent_dropout and proj"),
    "a bool for a size": (lambda: derive.Stack(CELL, N, [H, True]), "hidden_size is True; expected a number of feat"),
    "states": (lambda: derive.Stack(CELL, N, [H, H])(torch.zeros(T, N), [None]), "each of 2 layers, got 1 entries"),
    "one state": (
        lambda: derive.Stack(CELL, N, H)(torch.zeros(T, N), [torch.zeros(1, H)]),
        r"hx\[0\] has 1 states, expected 2 of layer 0: h, c",
    ),
}


def test_a_weight_that_is_computed_is_not_dropped():
    stack = derive.Stack("gru", N, H, weight_dropout=0.4)
    nn.utils.parametrizations.weight_norm(stack.layers[0], "weight_hh_l0")
    with pytest.raises(ValueError, match="weight_dropout and a parametrised weight_hh_l0 do not go together"):
        stack(torch.zeros(T, N))


@pytest.mark.parametrize("what", REFUSED)
def test_what_does_not_go_together_is_named(what):
    make, message = REFUSED[what]
    with pytest.raises((derive.DeriveError, ValueError, TypeError), match=message) as caught:
        make()
    assert "\n" not in str(caught.value)
