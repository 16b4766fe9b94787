"""The masks of a run: given, or drawn from a number as ``random`` draws them."""

from __future__ import annotations

import random

import pytest

import derive
from derive import bernoulli, cell, linear, per_sequence, tanh

W = {"weight_ih": [[0.5], [-0.25]], "weight_hh": [[0.0, 0.25], [0.5, 0.0]]}


@cell("Masks", sizes={"q": "input_size"})
def masks(x, h, m: bernoulli = 0.25, q: bernoulli = per_sequence(0.5)):
    h_hat = tanh(linear(q * x, h))
    h = m * h + (1 - m) * h_hat
    return h


def test_from_a_seed():
    run = derive.Run(masks, W, [[1], [0.5], [0.25]], seed=7)
    draw = random.Random(7)
    assert run.inputs["m"] == tuple(tuple(int(draw.random() < 0.25) for _ in range(2)) for _ in range(3))
    assert run.inputs["q"] == ((int(draw.random() < 0.5),),) * 3


def test_the_numbers_are_in_the_steps():
    run = derive.Run(masks, W, [[1], [0.5]], inputs={"m": [[1, 0], [0, 1]], "q": [1]})
    lines = repr(run.steps()).splitlines()
    assert lines[2].endswith("= 1 · 0 + (1 − 1) · 0.4621 = 0.0000")
    assert float(run.steps().value(2, "h", 2)) == float(run.steps().value(1, "h", 2)) != 0
    assert "q         1        1" in repr(run.table())


REFUSED = {
    "none": ({}, "inputs.m is missing: masks draws it; give zeros and ones, or seed = 1 to draw them"),
    "no zero or one": (
        {"inputs": {"m": [[1, 0], [0, 2]], "q": [1]}},
        "inputs.m has an entry 2; a mask is drawn as",
    ),
    "rows": ({"inputs": {"m": [[1, 0]], "q": [1]}}, r"inputs.m has shape \(1, 2\), expected \(2, hidden_size\)"),
    "once": (
        {"inputs": {"m": [[1, 0], [1, 1]], "q": [[1], [0]]}},
        "inputs.q differs from step to step, and is drawn",
    ),
    "seed": ({"seed": 1.5}, "seed is 1.5, expected an integer, from which masks are drawn"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_wrong_is_named(what):
    keys, message = REFUSED[what]
    with pytest.raises(derive.RunError, match=message) as caught:
        derive.Run(masks, W, [[1], [0.5]], **keys)
    assert "\n" not in str(caught.value)


def test_a_seed_of_nothing():
    with pytest.raises(derive.RunError, match="seed is given, and masks draws nothing; drop it"):
        derive.Run(masks.in_evaluation(), W, [[1], [0.5]], seed=1)
