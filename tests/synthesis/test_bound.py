"""Bounds of the error over time: no exact difference, and none of a module's, is above them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch
from runs import random_run
from sympy import Rational, sign

import derive
from derive.approximation.bounds import x
from derive.approximation.claim import Claim
from derive.enclosure.twin import Twin
from derive.enclosure.twins import Zonotopes
from derive.enclosure.zonotope import combined, number
from derive.errors import DeriveError
from derive.exact.arrays import multiply
from derive.run.run_file import load_run
from derive.synthesis import walk
from derive.synthesis.bound import error_over_time

LECTURE = load_run(Path(__file__).resolve().parents[2] / "examples" / "lecture.toml")
CLAIMS = ("tanh(x) ~ (x + x^3/15)/(1 + 2*x^2/5)", "sigma(x) ~ 1/2 + softsign(x/2)/2")
#: Cells of one activation in several equations, of maxima, exponentials, antisymmetric weights, projections, ...
CELLS = ("lstm", "gru", "mc_lstm", "unicornn", "slstm", "antisymmetric_rnn", "mi_rnn", "cfc", "projected_lstm", "lem")


def claimed(name, texts=CLAIMS, units=2, steps=2):
    claims = [Claim.parse(t, (Rational(-2), Rational(2)))[0] for t in texts]
    return random_run(name, units=units, inputs=2, steps=steps, claims=claims)


def replacements(run):
    present = {type(g.formula).__name__ for g in walk.groups(run)}
    return {c.exact.__name__: c.replacement for c in run.claims if c.exact.__name__ in present}


def check(run, found):
    """Against exact evaluation of both cells at a place of the box."""
    for (state, unit), row in run.propagate().differences.items():
        for d in row:
            assert abs(d.delta) <= Rational(float(found.bounds[d.t - 1].errors[state][unit - 1]))


@pytest.mark.parametrize("name", CELLS)
def test_no_exact_difference_is_above_the_bound(name):
    run = claimed(name)
    check(run, error_over_time(run, replacements(run)))


def test_on_a_box_of_inputs_and_initial_states():
    run, rng = claimed("gru"), Random(0)
    box = {"x1": (Rational(-1, 4), Rational(1, 4)), "h0_2": (Rational(0), Rational(1, 2))}
    found = error_over_time(run, replacements(run), box)
    for _ in range(8):
        rows = [[Rational(rng.choice((-16, 16, 5)), 64), *row[1:]] for row in run.x]
        check(replace(run, x=rows, initial={"h": [0, Rational(rng.choice((0, 1)), 2)]}), found)


def test_the_lecture_is_bounded_nearly_as_it_is():
    """The claim tanh(x) ~ x alone moves h by 0.0114 at t = 4: exactly, by ``Run.propagate``."""
    run = replace(LECTURE, claims=LECTURE.claims[:1])
    found = error_over_time(run, {"tanh": x})
    check(run, found)
    delta = abs(run.propagate().differences["h", 1][3].delta)
    assert found.over_time()[3] <= 2 * float(delta)  # the largest error of each tanh, in place of that of the step
    assert found.worst == (4, 1)
    assert sum(found.parts.values()) == pytest.approx(found.error, rel=0.02)


def test_what_is_not_told_apart_is_what_each_makes_alone():
    """A σ that is off by a quarter has no linear part that is left in h; alone it bounds what it does at the place."""
    rough = {"o": derive.minimax("sigmoid", 3, on=(-12, 92)).approximation.replacement, "g": derive.identity}
    found = error_over_time(LECTURE, rough)
    t, _ = found.worst
    alone = error_over_time(LECTURE, {"o": rough["o"]})
    assert max(found.parts, key=found.parts.get) == "o"
    assert 0 < alone.over_time()[t - 1] <= 1.01 * found.parts["o"]
    assert found.parts["o"] >= found.error / 2


def test_a_larger_box_has_no_smaller_bound():
    run = claimed("lstm")
    by = {"tanh": derive.pade("tanh", (3, 2))}
    errors = [error_over_time(run, by, {"x1": (-r, r)}).error for r in (0, 0.25, 0.5)]
    assert errors == sorted(errors)


def test_a_jump_and_what_overflows_are_bounded_by_values():
    """A gate that jumps somewhere on the box has no slope there; it is 0 or 1 all the same."""
    step = derive.lstm.with_activations(f=lambda z: (1 + sign(z)) / 2, name="step_lstm")
    run = derive.Run(step, {"weight_ih": [[1]] * 4, "weight_hh": [[0.5]] * 4}, [[0.3]] * 2, claims=[])
    found = error_over_time(run, {"g": "hardtanh"}, {"x1": (-1, 1)})
    other = replace(run, cell=step.with_activations(g="hardtanh"))
    for x1 in (-1, Rational(-1, 10), Rational(1, 3), 1):
        states = [replace(r, x=[[x1], [-x1]]).steps().value(2, "h") for r in (run, other)]
        assert float(abs(states[0] - states[1])) <= found.over_time()[1]


@pytest.fixture(scope="module")
def tabled():
    """A trained size, the weights of PyTorch's own start, with tables: the bound, and both modules."""
    torch.manual_seed(0)
    exact = torch.nn.LSTM(1, 6, dtype=torch.float64)
    run = derive.Run("lstm", {k.removesuffix("_l0"): v for k, v in exact.state_dict().items()}, [[0.0]])
    by = {"tanh": derive.table("tanh", entries=64, on=(-2, 2)), "f": derive.table("sigmoid", entries=32, on=(-3, 3))}
    found = error_over_time(run, by, {"x1": (-0.5, 0.5)}, steps=30)
    replaced = derive.build(derive.lstm.with_activations(name="tabled_lstm", **by)).Layer(1, 6, dtype=torch.float64)
    replaced.load_state_dict(exact.state_dict())
    return found, exact, replaced


def test_no_module_exceeds_the_bound(tabled):
    found, exact, replaced = tabled
    torch.manual_seed(1)
    inputs = torch.rand(30, 64, 1, dtype=torch.float64) - 0.5
    inputs[:, :2] = torch.tensor([0.5, -0.5], dtype=torch.float64)[:, None]
    with torch.no_grad():
        off = (exact(inputs)[0] - replaced(inputs)[0]).abs().amax(dim=(1, 2)).numpy()
    bound = np.array(found.over_time())
    assert (off <= bound + 1e-14).all()
    assert found.error < 20 * off.max()  # a bound that is worth something


def _without_the_product_of_errors(domain, a, b):
    found = PRODUCT(domain, a, b)
    if a.error is None or b.error is None:
        return found
    return Twin(found.exact, combined([a.exact.centre, b.exact.centre], [b.error, a.error]))


def _without_the_errors_times_the_others(domain, a, b):
    found = PRODUCT(domain, a, b)
    if a.error is None or b.error is None:
        return Twin(found.exact)
    return Twin(found.exact, number(multiply(a.error.range, b.error.range)))


PRODUCT = Zonotopes.multiply


@pytest.mark.parametrize(
    ("wrong", "texts"),
    [
        (_without_the_product_of_errors, ("tanh(x) ~ 2", "sigma(x) ~ 2")),
        (_without_the_errors_times_the_others, CLAIMS),
    ],
)
def test_a_missing_term_is_caught(wrong, texts, monkeypatch):
    """The product rule without one of its terms is below an exact difference."""
    run = claimed("lstm", texts)
    monkeypatch.setattr(Zonotopes, "multiply", wrong)
    with pytest.raises(AssertionError):
        check(run, error_over_time(run, replacements(run)))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"replacements": {"q": 0}}, "unknown equation or activation 'q'"),
        ({"replacements": {"g": x, "tanh": x}}, "the activation of g is replaced twice"),
        ({"box": {"y": (0, 1)}}, "unknown input"),
        ({"box": {"x1": (1, 0)}}, "is empty"),
        ({"steps": 9}, "what x1 is after that is not known"),
        ({"steps": 0}, "steps is 0, expected a whole number from 1"),
        ({"run": claimed("gru"), "replacements": {"tanh": x**3, "sigmoid": x**2}}, "no finite bound"),
        ({"run": derive.lstm}, "steps is missing, and lstm alone has none"),
        ({"replacements": {"g": lambda u: 1 / u}}, "the error of 1/x for tanh"),
        ({"run": replace(LECTURE, x=[["1e350", 0, 0], *LECTURE.x[1:]])}, "the run has a number beyond 10.308"),
        (
            {"run": replace(LECTURE, x=[[0, "1e307", "1e307"], *LECTURE.x[1:]]), "replacements": {"i": 0}},
            "no finite bound",
        ),
    ],
)
def test_bad_input(wrong, said):
    with pytest.raises(DeriveError, match=said) as e:
        error_over_time(**({"run": LECTURE, "replacements": {"g": x}} | wrong))
    assert "\n" not in str(e.value)
