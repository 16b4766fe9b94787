"""What is proved for all times, against long random sequences and closed forms."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
from flint import arb, ctx, fmpq
from runs import random_run
from sympy import Rational

from derive.approximation.claim import Claim
from derive.definition.define import cell
from derive.enclosure import rounds
from derive.run.data import Run
from derive.run.run_file import load_run
from derive.statements.affine import linear
from derive.symbolic.activations import tanh

LECTURE = load_run(Path(__file__).resolve().parents[2] / "examples" / "lecture.toml")
CUBIC = [{"approximation": "tanh(x) ~ x - x^3/4", "interval": [-2, 2]}]
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


def test_a_search_ends_where_a_state_is_far_away(monkeypatch):
    """h = tanh(x) + 2 h is 2^12 times as far away after a round of 12 steps, so beyond 2^64 after at most six."""
    walked, sweep = [], rounds._Rounds._sweep
    monkeypatch.setattr(rounds._Rounds, "_sweep", lambda self, states: walked.append(states) or sweep(self, states))
    assert leaky_run(2).certify(box=BOX).always.bounds is None
    assert 1 <= len(walked) <= 6


def test_a_round_from_states_that_agree_would_forget_errors(monkeypatch):
    """h = tanh(x) + 0.95 h is off by up to 20 times the error of a step, after 12 steps from states that agree by 9."""
    claim = {"approximation": "tanh(x) ~ x", "interval": [-0.25, 0.25]}
    largest = 20 * (0.25 - math.tanh(0.25))

    def bound():
        return leaky_run(0.95, [claim]).certify(box=BOX).always.bounds["h", 1].error.upper

    assert largest <= bound() <= 1.01 * largest
    monkeypatch.setattr(rounds.Round, "_given", rounds.Sweep._given)
    assert bound() < largest


def sigma(a):
    return 1 / (1 + np.exp(-a))


def lstm_step(w, x, state, phi):
    h, c = state
    i, f, g, o = np.split(w["weight_ih"] @ x + w["weight_hh"] @ h + (w["bias_ih"] + w["bias_hh"])[:, None], 4)
    c = sigma(f) * c + sigma(i) * phi(g)
    return sigma(o) * phi(c), c


def gru_step(w, x, state, phi):
    (h,) = state
    a, b = w["weight_ih"] @ x + w["bias_ih"][:, None], w["weight_hh"] @ h + w["bias_hh"][:, None]
    (ar, az, an), (br, bz, bn) = np.split(a, 3), np.split(b, 3)
    n, z = phi(an + sigma(ar + br) * bn), sigma(az + bz)
    return ((1 - z) * n + z * h,)


@pytest.mark.parametrize(("name", "step", "gates"), [("lstm", lstm_step, 4), ("gru", gru_step, 3)])
def test_no_long_sequence_of_many_units_leaves_the_bounds(name, step, gates):
    """Where a step of intervals leads out of every box, rounds of zonotopes find one; 300 sequences of 60 steps."""
    units, rng = 4, np.random.default_rng(1)
    shapes = {"weight_ih": (gates * units, 1), "weight_hh": (gates * units, units)}
    shapes |= dict.fromkeys(("bias_ih", "bias_hh"), (gates * units,))
    w = {key: np.round(rng.uniform(-1, 1, shape) * units**-0.5, 6) for key, shape in shapes.items()}
    run = Run(name, {key: tensor.tolist() for key, tensor in w.items()}, [[0]], claims=CUBIC)
    found = run.certify(box=BOX).always
    assert found.bounds is not None, found.reason
    bounds = {key: [float(end) for part in (p.exact, p.error) for end in part] for key, p in found.bounds.items()}
    inputs = rng.choice([-0.25, 0.25, 0.0], (60, 1, 300))
    inputs[:20, :, :150] = 0.25  # also long ones of one sign
    exact = replaced = tuple(np.zeros((units, 300)) for _ in run.cell.states)
    sampled = 0.0
    for x in inputs:
        exact, replaced = step(w, x, exact, np.tanh), step(w, x, replaced, lambda a: a - a**3 / 4)
        for state, e, r in zip(run.cell.states, exact, replaced, strict=True):
            for k in range(units):
                low, high, least, largest = bounds[state, k + 1]
                assert low - 1e-9 <= e[k].min() <= e[k].max() <= high + 1e-9
                assert least - 1e-9 <= (r - e)[k].min() <= (r - e)[k].max() <= largest + 1e-9
        sampled = max(sampled, np.abs(replaced[0] - exact[0]).max())
    bound = max(max(-b[2], b[3]) for (q, _), b in bounds.items() if q == "h")
    print(f"{name}: bound over sampled {bound / sampled:.1f}")
    assert bound < 3 * sampled


@pytest.mark.parametrize("keep", [1, -1, 1.5])
def test_a_sum_that_forgets_nothing_has_no_bound(keep):
    found = leaky_run(keep).certify(box=BOX).always
    assert found.bounds is None
    assert "no box of states" in found.to_json()["reason"]


def test_saturations_replace_at_some_steps_only():
    assert "replaces an activation at some steps only" in repr(LECTURE.certify().always)


def test_what_grows_by_as_much_at_every_step_is_said():
    """The stabilised sum of an sLSTM: each gate is at most 1, and so is what is added."""
    found = random_run("slstm", units=2).certify(BOX).always
    assert "; c of unit 1 grows by as much at every step: all of it may be kept" in repr(found)


@pytest.mark.parametrize("name", ["rnn", "lstm", "cfc", "relu_rnn", "rwkv"])
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
        with ctx.workprec(1000):  # a stabiliser is -1e30 at first, of which the ends of a value are 1e-9 apart
            low, high = (arb(fmpq(end.numerator, end.denominator)) for end in step.value.ends())
            assert bounds.exact.lower <= high
            assert low <= bounds.exact.upper
        if step.quantity in run.cell.states:
            delta = float(differences[step.quantity, step.unit][step.t - 1].delta)
            assert bounds.error.lower - 1e-12 <= delta <= bounds.error.upper + 1e-12
