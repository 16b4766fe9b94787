"""No exact evaluation exceeds a bound, in any cell of the catalogue or with jumps; and rules made wrong are caught."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from enclosed import CLAIMS, check, claimed, exceeds_nothing, sampled
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Max, Min, Piecewise, Rational, floor
from sympy import sign as sign_of

import derive
from derive.cells import catalogue
from derive.enclosure import pairs
from derive.errors import RunError
from derive.exact.intervals import multiply
from derive.run.run_file import load_run

LECTURE = load_run(Path(__file__).resolve().parents[2] / "examples" / "lecture.toml")
QUARTER = {"x1": (-Rational(1, 4), Rational(1, 4))}


@settings(max_examples=25, deadline=None)
@given(
    name=st.sampled_from(["lstm", "gru", "mgu", "rnn", "relu_rnn", "peephole_lstm", "cfc", "ligru", "nbrc", "slstm"]),
    texts=st.sets(st.sampled_from(CLAIMS), min_size=1, max_size=2),
    middle=st.integers(-8, 8),
    radius=st.integers(0, 8),
    units=st.integers(1, 2),
    seed=st.integers(0, 99),
)
def test_no_sample_exceeds_a_bound(name, texts, middle, radius, units, seed):
    run = claimed(name, sorted({t.partition("(")[0]: t for t in texts}.values()), units)
    box = {"x1": (Rational(middle - radius, 8), Rational(middle + radius, 8))}
    if seed % 2:
        box[f"{run.cell.states[0]}0_1"] = (Rational(1, 4), Rational(1, 2))
    check(run, box, Random(seed), samples=3)


def test_every_cell_of_the_catalogue_is_enclosed_by_both_engines():
    rng, box = Random(1), {"x1": (-Rational(1, 16), Rational(1, 16))}
    for name in catalogue:
        run = claimed(name, CLAIMS[:1], units=2)
        one = sampled(run, box, rng)
        for engine in ("balls", "zonotope"):
            try:
                exceeds_nothing(run.certify(box=box, splits=0, engine=engine), run, one)
            except RunError as e:  # its activation is in a case, which differs from unit to unit
                if (name, engine) != ("clockwork_rnn", "zonotope") or "take engine 'balls'" not in str(e):
                    raise


@derive.cell("A case")
def a_case(x, h):
    a = derive.linear(x, h)
    h = Piecewise((derive.tanh(a) + derive.tanh(2 * a), a < 0), (derive.tanh(a / 2), True)) + derive.tanh(3 * a)
    return h


@derive.cell("A sign")
def a_sign(x, h):
    a = derive.linear(x, h)
    h = sign_of(a) * derive.tanh(a)
    return h


@derive.cell("Jumps")
def jumps(x, h):
    a = derive.linear(x, h)
    g = derive.sigmoid(derive.linear(h))
    k = a + g - floor(3 * (a + g)) / 3
    n = Piecewise((a * g, a + g > 0.5), (h / 2, a - g > 0), (k, True))
    h = n + Max(a, g) - Min(h, abs(a - g)) / 2
    return h


@derive.cell("A power")
def a_power(x, h):
    a = derive.linear(x, h)
    h = (derive.tanh(a) ** 2 + 1) ** derive.tanh(2 * a)
    return h


@pytest.mark.parametrize(
    ("cell", "engine"),
    [(a_case, "balls"), (a_sign, "balls"), (a_sign, "zonotope"), (a_power, "balls"), (a_power, "zonotope")],
)
def test_what_stands_in_cases_signs_and_powers_is_replaced_as_well(cell, engine):
    box = {"x1": (-Rational(1, 16), Rational(1, 16))}
    found = check(claimed(cell, CLAIMS[1:2]), box, Random(3), samples=4, engine=engine)
    assert found[2, "h"].largest_error > 0


@pytest.mark.parametrize("engine", ["balls", "zonotope"])
def test_around_a_jump_all_cases_are_covered(engine):
    """The box leads to either side of every jump, and the replaced cell to another side than the exact one."""
    for k, radius in enumerate((Rational(1, 1000), Rational(1, 4), Rational(1))):
        run = claimed(jumps, CLAIMS[2:3], units=2)
        found = check(run, {"x1": (-radius, radius)}, Random(k), samples=4, splits=1, engine=engine)
        assert all(end.is_finite() for end in (e.largest_error for e in found))


def test_what_has_no_certain_effect_is_refused():
    wide = claimed(a_case, CLAIMS[1:2], steps=3).certify(box={"x1": (-2, 2)})
    with pytest.raises(
        RunError, match=r"^h at t = 1: which case of Piecewise.* is not certain on the box.*; narrow it$"
    ):
        wide[1, "h"].error  # noqa: B018
    with pytest.raises(
        RunError, match=r"^h: an activation in a case is not replaced in zonotopes; take engine 'balls'"
    ):
        claimed(a_case, CLAIMS[1:2]).certify(engine="zonotope")


def test_a_box_of_weights_covers_their_rounding():
    exact = LECTURE.certify(box={"W_ig[1,1]": (0.99, 1.01), "b_ig": (-0.01, 0.01)})[2, "c"]
    rounded = replace(LECTURE, weights=LECTURE.weights | {"bias_ih": [-10, 10, 0.0078125, -10]})
    assert exact.exact[0] < rounded.steps().value(2, "c") < exact.exact[1]


def test_a_larger_box_has_no_smaller_extremes():
    """What is reached on the smaller box does not exceed the bounds of the larger one."""
    run = claimed("gru", CLAIMS[:1], units=2)
    boxes = [{"x1": (-Rational(k, 8), Rational(k, 8))} for k in (1, 2, 4, 8)]
    found = [run.certify(box=box)[2, "h_1"] for box in boxes]
    for small, large in pairwise(found):
        for part in ("exact", "error"):
            least, largest = small.extremes[part]
            assert large.extremes[part][0].bound <= least.attained
            assert large.extremes[part][1].bound >= largest.attained


def _without_the_error_of_one_factor(a, b):
    exact, replaced = multiply(a.exact, b.exact), multiply(a.replaced, b.replaced)
    return pairs.Pair(exact, replaced, multiply(a.exact, b.error))


def _without_the_remainder(function, u, with_slope):
    value, slope = APPLIED(function, u, with_slope)
    return pairs.Pair(value.exact, value.replaced, multiply(slope.exact, u.error)) if with_slope else value, slope


def _with_a_falling_slope(function, u, with_slope):
    value, slope = APPLIED(function, u, with_slope)
    return value, pairs.Pair(*(multiply(pairs.Interval.of(Rational(-1)), part) for part in slope))


APPLIED = pairs.applied


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("multiplied", _without_the_error_of_one_factor),
        ("applied", _without_the_remainder),
        ("applied", _with_a_falling_slope),
    ],
)
def test_a_wrong_rule_is_caught(monkeypatch, name, wrong):
    monkeypatch.setattr(f"derive.enclosure.elements.{name}", wrong)
    with pytest.raises(AssertionError):
        check(claimed("lstm", CLAIMS[:1]), {"x1": (Rational(0), Rational(1))}, Random(0), samples=6, splits=0)


@pytest.mark.parametrize("engine", ["balls", "zonotope"])
def test_a_cell_with_a_table_is_enclosed(engine):
    """Of a table in the place of tanh, with entries for four steps of its argument."""
    for about in ({"entries": 16}, {"entries": 9, "interpolate": False}, {"entries": 7, "outside": "extend"}):
        cell = derive.lstm.with_activations(tanh=derive.table("tanh", **about))
        check(replace(LECTURE, cell=cell, claims=()), QUARTER, Random(str(about)), samples=2, engine=engine)
