"""Zonotopes in doubles: sound for any cell, weights, box and replacement; as sharp as stated; and rules made wrong."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from battery import battery
from enclosed import CLAIMS, check, claimed
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import iv
from runs import random_run
from sympy import Rational

import derive
from derive.approximation.claim import Claim, x
from derive.claims.certify import Verdict
from derive.definition.define import cell
from derive.enclosure.walk import Walker
from derive.errors import RunError
from derive.exact import functions
from derive.run.run_file import load_run
from derive.statements.affine import linear
from derive.statements.mean import mean
from derive.symbolic.activations import sigmoid, tanh

np = pytest.importorskip("numpy")
linearised = pytest.importorskip("derive.enclosure.linearised")
twins = pytest.importorskip("derive.enclosure.twins")
zonotope = pytest.importorskip("derive.enclosure.zonotope")

LECTURE = load_run(Path(__file__).resolve().parents[2] / "examples" / "lecture.toml")
QUARTER = {"x1": (-Rational(1, 4), Rational(1, 4))}
EIGHTH = {"x1": (-Rational(1, 8), Rational(1, 8))}
TABLES = tuple(
    Claim(f"{function.__name__}(x) ~ {about}", function, derive.table(function, **about)(x), Rational(-4), Rational(4))
    for function, about in (
        (tanh, {"entries": 24}),
        (sigmoid, {"entries": 16, "outside": "extend"}),
        (tanh, {"entries": 24, "interpolate": False}),
    )
)


# ---------------------------------------------------------------------- sums of products, in exact fractions


def exact_product(numbers, vector):
    return [sum(Fraction(w) * Fraction(v) for w, v in zip(row, vector, strict=True)) for row in numbers]


def product_is_enclosed(seed, columns):
    """At random symbols, rounded to doubles, the product in fractions lies in the zonotope."""
    rng = np.random.default_rng(seed)
    numbers = rng.standard_normal((3, columns)) * 10.0 ** rng.integers(-8, 9, (3, columns))
    form = zonotope.Form(
        rng.standard_normal(columns), rng.standard_normal((columns, 5)), 10.0 ** rng.integers(-40, -8, columns)
    )
    found = zonotope.Matrix(numbers, np.float64(0))(form)
    symbols = rng.choice([-1.0, 1.0, 0.5], 5)
    vector = [
        Fraction(c) + sum(Fraction(g) * Fraction(e) for g, e in zip(row, symbols, strict=True)) + Fraction(r) * s
        for c, row, r, s in zip(form.centre, form.generators, form.rest, rng.choice([-1, 1], columns), strict=True)
    ]
    for k, true in enumerate(exact_product(numbers, vector)):
        near = Fraction(found.centre[k]) + sum(
            Fraction(g) * Fraction(e) for g, e in zip(found.generators[k], symbols, strict=True)
        )
        if abs(true - near) > Fraction(found.rest[k]):
            return False
    return True


@given(st.integers(0, 2**32), st.integers(1, 40))
@settings(max_examples=50)
def test_a_product_with_a_matrix_is_enclosed_in_spite_of_rounding(seed, columns):
    assert product_is_enclosed(seed, columns)


def test_without_the_bound_of_rounding_it_is_not(monkeypatch):
    monkeypatch.setattr(zonotope, "gamma", lambda n: 0.0)
    monkeypatch.setattr(zonotope, "above", lambda bound, terms=1: bound)
    assert not all(product_is_enclosed(seed, 40) for seed in range(20))


def test_a_reduction_of_order_loses_no_point():
    rng = np.random.default_rng(0)
    symbols = zonotope.Symbols(2)
    symbols.new(60)
    forms = [zonotope.Form(rng.standard_normal(4), rng.standard_normal((4, m)), np.zeros(4)) for m in (62, 30)]
    reduced = symbols.reduced(forms, 10)
    assert symbols.count == 12
    for before, after in zip(forms, reduced, strict=True):
        assert (after.generators[:, :2] == before.generators[:, :2]).all()  # the fixed ones
        for k in range(4):
            was, is_now = (sum(map(Fraction, np.abs(form.generators[k]))) for form in (before, after))
            assert was <= is_now + Fraction(after.rest[k]) <= was * (1 + Fraction(1, 10**9))


# ---------------------------------------------------------------------- soundness, for any cell


@settings(max_examples=15, deadline=None)
@given(
    name=st.sampled_from(["lstm", "gru", "mgu", "rnn", "relu_rnn", "peephole_lstm", "cfc", "ligru", "nbrc", "slstm"]),
    texts=st.sets(st.sampled_from(CLAIMS), max_size=2),
    table=st.sampled_from((None, *TABLES)),
    middle=st.integers(-8, 8),
    radius=st.integers(0, 8),
    units=st.integers(1, 3),
    seed=st.integers(0, 99),
)
def test_no_sample_exceeds_a_bound(name, texts, table, middle, radius, units, seed):
    plain = claimed(name, sorted({t.partition("(")[0]: t for t in texts}.values()), units)
    run = replace(plain, claims=(*([table] if table else []), *plain.claims))
    box = {"x1": (Rational(middle - radius, 8), Rational(middle + radius, 8))}
    if seed % 2:
        box[f"{run.cell.states[0]}0_1"] = (Rational(1, 4), Rational(1, 2))
    check(run, box, Random(seed), samples=2, engine="zonotope")


@cell("Activations within maps and means")
def mixed(x, h):
    a = tanh(linear(tanh(x)) + linear(sigmoid(h) * tanh(h)))
    h = a * mean(tanh(a) + sigmoid(h)) + tanh(tanh(h))
    return h


@pytest.mark.parametrize("text", CLAIMS[:2])
def test_activations_within_maps_and_means_are_those_that_a_run_counts(text):
    claims = [*Claim.parse(text, (-2, 2)), *Claim.parse("sigma(0) ~ 1/2, sigma(1) ~ 1")]
    run = random_run(mixed, units=2, inputs=2, steps=2, claims=claims)
    found = check(run, EIGHTH, Random(text), samples=2, engine="zonotope")
    assert list(found.engine.places()) == list(Walker(run, (), {}, {}).places())
    at_points = run.certify(engine="zonotope")
    for group, part in run.certify(engine="balls")[2, "h_1"].parts.items():
        for ours, true in zip(at_points[2, "h_1"].parts[group], part, strict=True):
            assert float(ours) == pytest.approx(float(true), abs=1e-12)


def test_a_box_of_weights_is_covered():
    box = {"W_ig[1,1]": (0.99, 1.01), "b_ig": (-0.01, 0.01), "h0": (-0.1, 0.1)}
    found, balls = (LECTURE.certify(box=box, engine=engine)[4, "h"] for engine in ("zonotope", "balls"))
    for ours, sharp in ((found.exact, balls.exact), (found.error, balls.error)):
        assert ours[0] <= sharp[0]
        assert sharp[1] <= ours[1]
        assert float(ours[1] - ours[0]) < 1.1 * float(sharp[1] - sharp[0])


def test_points_against_mpmath_intervals():
    """The lecture's exact cell by mpmath's intervals, which have no part in the package."""
    found = LECTURE.certify(engine="zonotope")
    iv.dps = 30
    w = {n: [[iv.mpf(v.p) / v.q for v in row] for row in LECTURE.weights[n]] for n in ("weight_ih", "weight_hh")}
    b = [iv.mpf(v.p) / v.q for v in LECTURE.weights["bias_ih"]]
    bh = [iv.mpf(v.p) / v.q for v in LECTURE.weights["bias_hh"]]
    sigma = lambda z: 1 / (1 + iv.exp(-z))  # noqa: E731
    hyperbolic = lambda z: 1 - 2 / (iv.exp(2 * z) + 1)  # noqa: E731
    h = c = iv.mpf(0)
    for t, row in enumerate(LECTURE.x, 1):
        a = [sum(w["weight_ih"][k][j] * iv.mpf(v.p) / v.q for j, v in enumerate(row)) for k in range(4)]
        i, f, g, o = (a[k] + w["weight_hh"][k][0] * h + b[k] + bh[k] for k in range(4))
        c = sigma(f) * c + sigma(i) * hyperbolic(g)
        h = sigma(o) * hyperbolic(c)
        for name, true in (("c", c), ("h", h)):
            lower, upper = map(float, found[t, name].exact)
            assert lower <= float(true.b)
            assert float(true.a) <= upper
            assert upper - lower < 1e-13


def test_a_larger_box_has_no_smaller_bounds():
    run = claimed("gru", CLAIMS[:1], units=2)
    boxes = [{"x1": (-Rational(k, 8), Rational(k, 8))} for k in (0, 1, 2, 4, 8)]
    found = [run.certify(box=box, engine="zonotope")[2, "h_1"] for box in boxes]
    for small, large in pairwise(found):
        for ours, theirs in ((small.exact, large.exact), (small.error, large.error)):
            assert theirs[0] <= ours[0]
            assert ours[1] <= theirs[1]


def test_it_stays_sharp_over_many_steps():
    """Of an LSTM with 8 units and 24 steps, the bound on a box is not twice what is reached at its corners."""
    claims = [{"approximation": "tanh(x) ~ x - x^3/3", "interval": [-1, 1]}]
    run = random_run("lstm", units=8, inputs=1, steps=24, claims=claims)
    box = {f"x1_{t}": (v - Rational(1, 100), v + Rational(1, 100)) for t, (v,) in enumerate(run.x, 1)}
    found = run.certify(box=box)
    assert (found.engine.name, found.engine.arithmetic) == ("zonotope", "outward rounding")  # by its size
    least, largest = found[24, "h_1"].extremes["error"]
    assert max(-least.bound, largest.bound) < 2 * max(abs(least.attained), abs(largest.attained))


# ---------------------------------------------------------------------- rules made wrong


def _with_a_falling_slope(a, order):
    return [TANH(a, order)[0], *(linearised.arrays.negative(part) for part in TANH(a, order)[1:])]


def _without_the_remainder(function, centre, reach, jet):
    value, slope, radius = AFFINE(function, centre, reach, jet)
    return value, slope, 0 * radius


def _without_one_part_of_a_product(a, b, *within):
    found = PRODUCT(a, b, *within)
    return zonotope.Form(found.centre, found.generators, 0 * found.rest)


jets = pytest.importorskip("derive.approximation.array_jets")
array_functions = pytest.importorskip("derive.exact.array_functions")
EXP, TANH, LOGISTIC = array_functions._exp, array_functions._tanh, array_functions._logistic
AFFINE, PRODUCT = linearised._affine, twins._product


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        (f"{linearised.__name__}._affine", _without_the_remainder),
        (f"{twins.__name__}._product", _without_one_part_of_a_product),
        (f"{array_functions.__name__}.OWN",
         {functions.logistic: LOGISTIC, functions.exp: EXP, functions.tanh: _with_a_falling_slope}),
    ],
)  # fmt: skip
def test_a_wrong_rule_is_caught(monkeypatch, place, wrong):
    for cache in (jets.program, linearised.Functions.of):
        cache.cache_clear()
    monkeypatch.setattr(place, wrong)
    with pytest.raises((AssertionError, ValueError)):
        check(claimed("lstm", CLAIMS[:1]), {"x1": (Rational(0), Rational(1))}, Random(0), samples=6, engine="zonotope")
    for cache in (jets.program, linearised.Functions.of):
        cache.cache_clear()


# ---------------------------------------------------------------------- verdicts, engines


def test_every_verdict_of_a_battery_is_settled_by_exact_evaluation():
    counted = battery(20)
    for engine in ("balls", "zonotope"):
        assert counted[engine, Verdict.PROVED] > 9
        assert counted[engine, Verdict.VIOLATED] > 9


def test_what_doubles_leave_open_balls_settle():
    """σ(90) at an argument of exactly 90: its enclosure in doubles is wider."""
    verdicts = [[c.verdict for c in LECTURE.certify(engine=engine).certificates] for engine in ("zonotope", "balls")]
    assert verdicts[0] == verdicts[1]


def test_json_says_which_engine_and_arithmetic():
    for engine, arithmetic in (("zonotope", "outward rounding"), ("balls", "balls")):
        found = LECTURE.certify(box=QUARTER, engine=engine).to_json()
        assert (found["engine"], found["arithmetic"]) == (engine, arithmetic)
    assert LECTURE.certify(box=QUARTER).engine.name == "balls"  # small


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"engine": "boxes"}, "engine is 'boxes', expected 'balls' or 'zonotope'"),
        ({"machine": "int8"}, "machine is 'int8', expected 'float32' or 'bfloat16'"),
        ({"machine": "float32", "engine": "balls"}, "bounded by zonotopes; leave engine out"),
    ],
)
def test_an_engine_or_machine_that_is_not_there(keys, words):
    with pytest.raises(RunError, match=words):
        LECTURE.certify(**keys)


def test_a_number_beyond_doubles_is_named():
    run = random_run("rnn", units=1, inputs=1)
    huge = replace(run, x=[[Rational(10) ** 350]], columns=())
    with pytest.raises(RunError, match="beyond doubles; scale weights or inputs, or take engine='balls'"):
        huge.certify(engine="zonotope")[1, "h"].exact  # noqa: B018


def test_a_product_of_a_vector_with_itself_is_not_below_0():
    """The root of k·k + ε, by which a key is divided, where the box has keys of either sign."""
    run = random_run("delta_net", units=2, steps=1)
    assert all(e.exact[0] <= e.exact[1] for e in run.certify(box={"x1": (-2, 1)}, engine="zonotope"))


def test_each_unit_has_the_case_that_applies_to_it():
    from derive.enclosure.elements import Cases
    from derive.enclosure.twin import Twin
    from derive.enclosure.twins import Zonotopes
    from derive.enclosure.zonotope import number
    from derive.exact.arrays import points

    first, second = (Twin(number(points(np.array(units)))) for units in ([1.0, 2.0], [10.0, 20.0]))
    found = Zonotopes().chosen({0: first, 1: second}, [Cases((k,), (k,), True) for k in (0, 1)], [])
    assert found.exact.range.lower.tolist() == found.exact.range.upper.tolist() == [1, 20]
