"""What is proved for all times, against long random sequences and closed forms."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from flint import arb, ctx
from runs import random_run
from sympy import Rational

from derive.approximation.claim import Claim
from derive.definition.define import cell
from derive.run.data import Run
from derive.run.run_file import load_run
from derive.statements.affine import linear
from derive.symbolic.activations import tanh

LECTURE = load_run(Path(__file__).resolve().parents[2] / "examples" / "lecture.toml")
BOX = {"x1": (-Rational(1, 4), Rational(1, 4))}
HARD = Claim.parse("tanh(x) ~ hardtanh(x)", (-Rational(4), Rational(4)))


@cell("Leaky sum")
def leaky(x, h):
    h = tanh(linear(x, bias=False)) + linear(h, bias=False)
    return h


def leaky_run(keep, claims=()):
    return Run(leaky, {"weight_ih": [[1]], "weight_hh": [[keep]]}, [[0]], claims=claims)


def test_a_geometric_series_is_bounded_by_its_sum():
    """h = tanh(x) + h/2 is at most 2 tanh(1/4), and its error 2 (1/4 - tanh(1/4))."""
    claim = {"approximation": "tanh(x) ~ x", "interval": [-0.25, 0.25]}
    found = leaky_run(0.5, [claim]).certify(box=BOX).always.bounds["h", 1]
    with ctx.workprec(1000):
        largest = 2 * arb(0.25).tanh()
        for bound, wanted in ((found.exact.upper, largest), (found.error.upper, 0.5 - largest)):
            assert wanted <= bound <= wanted * (1 + arb(2) ** -32)


@pytest.mark.parametrize("keep", [1, -1, 1.5])
def test_a_sum_that_forgets_nothing_has_no_bound(keep):
    found = leaky_run(keep).certify(box=BOX).always
    assert found.bounds is None
    assert "no box of states" in found.to_json()["reason"]


def test_saturations_replace_at_some_steps_only():
    assert "replaces an activation at some steps only" in repr(LECTURE.certify().always)


@pytest.mark.parametrize("name", ["rnn", "lstm", "cfc", "relu_rnn"])
def test_no_long_sequence_leaves_the_bounds(name):
    run, rng = random_run(name, units=1, claims=HARD), Random(name)
    found = run.certify(box=BOX).always
    assert found.to_json()["holds"]
    seconds = [Rational(row[1]) for row in run.x]
    ends = [(-Rational(1, 4), Rational(1, 4)), (min(seconds), max(seconds))]
    x = [
        [low + (high - low) * Rational(rng.choice((0, 8, rng.randrange(9))), 8) for low, high in ends]
        for _ in range(12)
    ]
    long = replace(run, x=x, columns=())
    differences = long.propagate().differences
    for step in long.steps():
        bounds = found.bounds[step.quantity, step.unit]
        low, high = step.value.ends()
        assert bounds.exact.lower <= float(low) + 1e-12
        assert float(high) - 1e-12 <= bounds.exact.upper
        if step.quantity in run.cell.states:
            delta = float(differences[step.quantity, step.unit][step.t - 1].delta)
            assert bounds.error.lower - 1e-12 <= delta <= bounds.error.upper + 1e-12
