"""Loops of a definition are their equations, written out under names of their own; the step before is a state."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional as F

import derive
from derive import build, cell, linear, sigmoid, tanh, vector

ROUNDS = 3


@cell("Loops")
def looped(x, h):
    q = tanh(linear(x))
    for k in range(ROUNDS):
        r_hat = linear(x, h) if k == 0 else linear(h)
        r = sigmoid(r_hat)
        h = (1 - r) * h + r * q / (k + 1)
    return h


@cell("Loops")
def by_hand(x, h):
    q = tanh(linear(x))
    r_hat_1 = linear(x, h)
    r_1 = sigmoid(r_hat_1)
    h_1 = (1 - r_1) * h + r_1 * q
    r_hat_2 = linear(h_1)
    r_2 = sigmoid(r_hat_2)
    h_2 = (1 - r_2) * h_1 + r_2 * q / 2
    r_hat_3 = linear(h_2)
    r_3 = sigmoid(r_hat_3)
    h = (1 - r_3) * h_2 + r_3 * q / 3
    return h


def test_it_is_what_is_written_by_hand():
    assert looped.unicode() == by_hand.unicode()
    assert looped.latex() == by_hand.latex()
    assert looped.parameters == by_hand.parameters
    assert r"\hat{r}_{2, t}" in looped.latex()
    assert r"W_{h\hat{r}\,2}" in looped.latex()
    assert derive.verify(looped).ok


@cell("Within another, and weights that all rounds share")
def nested(x, h):
    for a in range(2):
        for b in range(a, 2):
            s = tanh(linear(x, h, name="s") + a + 2 * b)
            h = s + h
    return h


def test_loops_within_loops_against_a_loop_of_torch():
    assert [line.target.name for line in nested.lines] == ["s_1_1", "h_1_1", "s_1_2", "h_1_2", "s_2_1", "h"]
    layer = build(nested).Layer(2, 3, dtype=torch.float64)
    x, h = torch.randn(4, 1, 2, dtype=torch.float64), torch.zeros(1, 3, dtype=torch.float64)
    (w_x, w_h, b) = (p.detach() for p in layer.parameters())
    for row in x:
        for a in range(2):
            for c in range(a, 2):
                h = torch.tanh(F.linear(row, w_x, b) + F.linear(h, w_h) + a + 2 * c) + h
    np.testing.assert_allclose(layer(x)[1][0].detach(), h, rtol=0, atol=1e-14)


def test_an_input_may_have_rounds_too():
    """Mogrifier's rounds, under other names."""

    @cell("Two quantities that scale each other")
    def scaled(x, h):
        for _ in range(2):
            x = 2 * sigmoid(linear(h, size="input_size", bias=False)) * x
            h = 2 * sigmoid(linear(x, bias=False)) * h
        h = tanh(linear(x, h))
        return h

    assert [line.target.name for line in scaled.lines] == ["x_1", "h_1", "x_2", "h_2", "h"]
    assert scaled.input.name == "x"
    assert derive.verify(scaled).ok


@cell("Token shift", sizes={"mu": "input_size"})
def shifted(x, h, s, mu: vector):
    x_hat = mu * x + (1 - mu) * s
    h = tanh(linear(x_hat, h) + linear(s))
    s = x
    return h, s


def test_the_step_before_is_a_state_as_wide_as_the_input():
    """What a layer reads is shifted by hand."""
    layer = build(shifted).Layer(2, 3, bidirectional=True, dtype=torch.float64)
    w = {name.removesuffix("_l0"): p for name, p in layer.named_parameters()}
    x, h = torch.randn(4, 1, 2, dtype=torch.float64), torch.zeros(1, 3, dtype=torch.float64)
    for row, before in zip(x, torch.cat((torch.zeros_like(x[:1]), x[:-1])), strict=True):
        mixed = w["mu"] * row + (1 - w["mu"]) * before
        of_row, of_before = F.linear(mixed, w["weight_ih"], w["bias"]), F.linear(before, w["weight_sh"], w["bias_sh"])
        h = torch.tanh(of_row + F.linear(h, w["weight_hh"]) + of_before)
    found = layer(x)
    torch.testing.assert_close(found[0][-1, :, :3], h, rtol=0, atol=1e-14)
    torch.testing.assert_close(found[1][1][0], x[-1], rtol=0, atol=0)
    assert derive.verify(shifted).ok


def test_a_state_may_have_its_equation_after_the_loop():
    @cell("Rounds of a state before its own equation")
    def early(x, h):
        for _ in range(2):
            h = tanh(linear(h))
        h = h + linear(x)
        return h

    assert [line.target.name for line in early.lines] == ["h_1", "h_2", "h"]
