"""Certified boxes: the lecture against closed forms, any cell against exact evaluation, and rules made wrong."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from random import Random

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mpf
from runs import random_run
from sympy import Max, Min, Piecewise, Rational, floor
from sympy import sign as sign_of

import derive
from derive.approximation.claim import Claim
from derive.cells import catalogue
from derive.claims.certify import Verdict
from derive.enclosure import pairs
from derive.errors import RunError
from derive.exact.intervals import multiply
from derive.exact.value import Value
from derive.run.run_file import load_run

LECTURE = load_run(Path(__file__).resolve().parents[2] / "examples" / "lecture.toml")
QUARTER = {"x1": (-Rational(1, 4), Rational(1, 4))}
CLAIMS = (
    "tanh(x) ~ x - x^3/3",
    "tanh(x) ~ x",
    "sigma(x) ~ x/4 + 1/2",
    "sigma(x) ~ 1/2",
    "relu(x) ~ x/2 + 1/2",
)


@pytest.fixture(scope="module")
def points():
    return LECTURE.certify()


@pytest.fixture(scope="module")
def quarter():
    return LECTURE.certify(box=QUARTER)


def test_points_are_known_to_80_digits(points):
    """Against the exact steps and the exact differences of both runs, which are computed by other means."""
    differences = LECTURE.propagate().differences
    for e in points:
        value = LECTURE.steps().value(e.t, e.quantity, e.unit)
        assert e.exact[0] <= value <= e.exact[1]
        assert e.exact[1] - e.exact[0] < Rational(1, 10**80)
        if e.quantity in LECTURE.cell.states:
            delta = differences[e.quantity, 1][e.t - 1].delta
            assert e.error[0] <= delta <= e.error[1]
            assert e.error[1] - e.error[0] < Rational(1, 10**80)
    assert {e.engine for e in points} == {"points"}


def test_the_error_of_the_lecture_on_the_box_of_its_claim(quarter):
    """The errors are largest with every x1 at an end, where mpmath evaluates both cells."""
    with mpmath.workdps(40):
        s = lambda z: 1 / (1 + mpmath.exp(-mpf(z)))  # noqa: E731
        g = mpmath.tanh(mpf(1) / 4)
        c2 = mpf(1) / 2 - (s(110) * s(90) * g + s(90) * g)
        c4 = s(10) * (s(10) * (s(110) * s(90) * g + s(90) * g) - s(-10) * g) - s(-10) * g
        h4 = mpf(1) / 2 - s(90) * mpmath.tanh(c4)
    for e, wanted in ((quarter[2, "c"], c2), (quarter[4, "h"], h4)):
        for end, sign in zip(e.error, (-1, 1), strict=True):
            assert float(abs(end)) == pytest.approx(float(wanted), rel=1e-12)
            assert (end.sign()) == sign
        assert e.engine == "corners"


def test_the_parts_of_an_error_enclose_those_of_the_run(points, quarter):
    parts = LECTURE.propagate().parts["h", 1][3]
    for certification in (points, quarter):
        found = certification[4, "h"].parts
        assert list(found) == list(parts)
        assert all(found[g][0] <= parts[g] <= found[g][1] for g in parts)


def test_the_verdicts_of_the_lecture(points, quarter):
    for certification in (points, quarter):
        assert [j.verdict for t in range(1, 6) for j in certification[t, "h"].claims] == [
            Verdict.PROVED, Verdict.VIOLATED, Verdict.VIOLATED, Verdict.VIOLATED, Verdict.PROVED
        ]  # fmt: skip
        assert certification.verdict is Verdict.VIOLATED
    tanh = quarter.certificates[0]
    assert tanh.range[1] < 0.48984
    assert float(tanh.actual.bound) == pytest.approx(0.035751, rel=1e-4)


def test_a_tie_is_settled_in_exact_numbers_where_the_run_is_a_point():
    """c at t = 2 is exactly 1/2 in the replaced cell, which is printed 0 as 0.4898 is: half goes to even."""
    run = replace(LECTURE, x=[[Rational(1, 4), *row[1:]] for row in LECTURE.x])
    assert run.propagate().differences["c", 1][1].approximate == Value.of(Rational(1, 2))
    assert run.certify().agreement(0).verdict is Verdict.PROVED


def test_a_claim_that_holds_up_to_the_ends_of_the_box_is_proved():
    """1/10 is no binary number: its enclosure ends beyond it."""
    claim = {"approximation": "tanh(x) ~ x", "interval": [-0.1, 0.1]}
    run = replace(LECTURE, claims=(claim,))
    found = run.certify(box={"x1": (-0.1, 0.1)})
    assert [j.verdict for j in found[1, "g"].claims] == [Verdict.PROVED]
    assert [j.verdict for j in run.certify(box={"x1_1": (-0.1, 0.11)})[1, "g"].claims] == [Verdict.VIOLATED]


def test_json(quarter):
    found = quarter.to_json()
    (h4,) = [s for s in found["steps"] if (s["t"], s["quantity"]) == (4, "h")]
    assert h4.keys() == {"t", "quantity", "unit", "exact", "error", "engine", "claims"}
    assert float(h4["error"][1]) == pytest.approx(0.0459656473)
    assert Rational(h4["error"][1]) >= quarter[4, "h"].error[1].rational  # outwards
    assert h4["claims"][0]["verdict"] == "VIOLATED"
    assert found["claims"][0]["error_on_range"].startswith("0.03575")


# ---------------------------------------------------------------------- soundness, for any cell


def sampled(run, box, rng):
    """The run at a random place of the box: an end, or between."""

    def pick(ends):
        lower, upper = map(Rational, ends)
        return rng.choice((lower, upper, lower + (upper - lower) * Rational(rng.randrange(65), 64)))

    x = [[pick(box["x1"]) if "x1" in box and k == 0 else v for k, v in enumerate(row)] for row in run.x]
    initial = dict(run.initial)
    state = run.cell.states[0]
    if f"{state}0_1" in box:
        initial[state] = (pick(box[f"{state}0_1"]), *initial[state][1:])
    return replace(run, x=x, initial=initial)


def check(run, box, rng, samples, splits=4, engine="balls"):
    """No sample exceeds a bound. Exact values and differences of both runs are those of ``Run.propagate``."""
    found = run.certify(box=box, splits=splits, engine=engine)
    for _ in range(samples):
        exceeds_nothing(found, run, sampled(run, box, rng))
    return found


def exceeds_nothing(found, run, one):
    """The bounds that were found for a run hold for this one."""
    differences = one.propagate().differences
    for e in found:
        value = one.steps().value(e.t, e.quantity, e.unit)
        assert e.exact[0] <= value <= e.exact[1], e
        if e.quantity in run.cell.states:
            delta = differences[e.quantity, e.unit][e.t - 1].delta
            assert e.error[0] <= delta <= e.error[1], e
        for judged in e.claims:
            (argument,) = (a for place, a in one.steps().step(e.t, e.quantity, e.unit).arguments
                           if place == judged.obligation.label)  # fmt: skip
            assert judged.argument[0] <= argument <= judged.argument[1]
            lower, upper = judged.claim.domain
            inside = (not lower.is_finite or lower <= argument) and (not upper.is_finite or argument <= upper)
            assert inside or judged.verdict is not Verdict.PROVED


def claimed(name, texts, units=1, steps=2):
    claims = [Claim.parse(t, (Rational(-2), Rational(2)))[0] for t in texts]
    return random_run(name, units=units, inputs=2, steps=steps, claims=claims)


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


# ---------------------------------------------------------------------- printed tables


def test_a_place_where_the_printed_tables_differ(quarter):
    """At one decimal the lecture's own table is right; on the box of its claim there are numbers where it is not."""
    assert LECTURE.certify().agreement(1).verdict is Verdict.PROVED
    found = quarter.agreement(1).counterexample
    x1 = [found.numbers[f"x1_{t}"] for t in range(1, 6)]
    assert all(abs(x) <= Rational(1, 4) for x in x1)
    with mpmath.workdps(40):
        s = lambda z: 1 / (1 + mpmath.exp(-mpf(z)))  # noqa: E731
        g = [mpmath.tanh(mpf(x.p) / x.q) for x in x1]
        c = s(10) * (s(10) * (s(110) * s(90) * g[0] + s(90) * g[1]) + s(-10) * g[2]) + s(-10) * g[3]
        exact, replaced = s(90) * mpmath.tanh(c), mpf((x1[0] + x1[1]).p) / (x1[0] + x1[1]).q
    assert (found.quantity, found.t) == ("h", 4)
    assert float(found.exact) == pytest.approx(float(exact))
    assert round(float(exact), 1) != round(float(replaced), 1)
    assert float(found.replaced) == pytest.approx(float(replaced))


def test_a_proof_that_the_printed_tables_agree():
    """On a box where the replacements do so little that nothing is rounded otherwise; samples agree with it."""
    certification = LECTURE.certify(box={"x1": (-Rational(1, 100), Rational(1, 100))})
    assert repr(certification.agreement(1)) == "agrees to 1 decimal: PROVED"
    assert certification.agreement(3).verdict is Verdict.VIOLATED


# ---------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("box", "words"),
    [
        ({"x1": (1, 0)}, "x1 is from 1 to 0, which is empty"),
        ({"x4": (0, 1)}, "unknown input, initial state or weight of lstm 'x4'"),
        ({"x1": (0, float("inf"))}, "two finite numbers"),
        ({"x1": 3}, "two finite numbers"),
        ({"x1": "01"}, "two finite numbers"),
        ({"x1": (0, 1), "x1_3": (0, 1)}, "x1_3 and x1 name the same number"),
        ([("x1", 0, 1)], "expected names with"),
    ],
)
def test_a_box_that_cannot_be_taken(box, words):
    with pytest.raises(RunError, match=words):
        LECTURE.certify(box=box)


@pytest.mark.parametrize("engine", ["balls", "zonotope"])
def test_a_cell_with_a_table_is_enclosed(engine):
    """Of a table in the place of tanh, with entries for four steps of its argument."""
    for about in ({"entries": 16}, {"entries": 9, "interpolate": False}, {"entries": 7, "outside": "extend"}):
        cell = derive.lstm.with_activations(tanh=derive.table("tanh", **about))
        check(replace(LECTURE, cell=cell, claims=()), QUARTER, Random(str(about)), samples=2, engine=engine)


def test_a_step_that_is_not_there(points):
    for key, words in (
        ((6, "h"), "t goes from 1 to 5"),
        ((1, "q"), "unknown quantity"),
        (3, "such as"),
        ((1, 3), "such as"),
        ((True, "h"), "t goes"),
    ):
        with pytest.raises(RunError, match=words):
            points[key]
    for t, quantity, words in ((6, "h", "t goes from 1 to 5"), (1, "q", "unknown quantity of lstm 'q'")):
        with pytest.raises(RunError, match=words):
            points.largest_error(t, quantity)
