"""The lecture's cell, written out again here in plain SymPy, and its published errors."""

from __future__ import annotations

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Integer, Rational, Symbol, oo

from derive.approximation.claim import Claim
from derive.claims.certify import Verdict, assign, certify, difference, telescope
from derive.errors import DeriveError
from derive.exact.value import Value
from derive.symbolic.activations import sigmoid, tanh
from derive.symbolic.evaluation import evaluate
from derive.symbolic.piecewise_linear import hard_sigmoid, identity

x = Symbol("x")
INPUTS = [("0.2", 1, 0), ("0.1", 1, 0), ("-0.1", 0, 0), ("-0.2", 0, 1), ("0.25", -1, 0)]  # x1, x2, x3 of the lecture


def lecture(gate=sigmoid, inner=tanh, outer=tanh):
    """The hand-wired LSTM: i = σ(100 x2 - 10), f = σ(100 x2 + 10), g = tanh(x1), o = σ(100 x3 - 10)."""
    c, run = Value.of(0), {name: [] for name in "ifgoch"}
    before, i, f, g, o = (Symbol(name) for name in ("c", "i", "f", "g", "o"))
    for x1, x2, x3 in INPUTS:
        gates = {i: gate(Integer(100 * x2 - 10)), f: gate(Integer(100 * x2 + 10)), o: gate(Integer(100 * x3 - 10))}
        values = {s: evaluate(e) for s, e in gates.items()} | {g: evaluate(inner(Rational(x1)))}
        c = evaluate(f * before + i * g, values | {before: c})
        h = evaluate(o * outer(before), values | {before: c})
        for name, value in zip("ifgoch", [values[i], values[f], values[g], values[o], c, h], strict=True):
            run[name].append(value)
    return run


def saturated(z):
    return Integer(1) if z > 0 else Integer(0)


def lecture_claims():
    return [
        *Claim.parse("tanh(x) ~ x", (-0.25, 0.25)),
        *Claim.parse("sigma(90) ~ 1, sigma(110) ~ 1, sigma(10) ~ 1, sigma(-10) ~ 0"),
    ]


def lecture_arguments():
    cell = [(f"c at t = {t}", c) for t, c in enumerate(lecture()["c"], 1)]
    inputs = [(f"a_g at t = {t}", Value.of(x1)) for t, (x1, _, _) in enumerate(INPUTS, 1)]
    gates = [(f"a_i at t = {t}", Value.of(100 * x2 - 10)) for t, (_, x2, _) in enumerate(INPUTS, 1)]
    return {"tanh": inputs + cell, "sigmoid": gates}


# ---------------------------------------------------------------------- differences


def test_the_published_differences():
    linear, exact = lecture(inner=identity, outer=identity), lecture()
    rows = {(d.quantity, d.t): d for d in difference(linear, exact)}
    assert [rows["c", t].exact.decimal(7) for t in range(1, 5)] == ["0.1973753", "0.2970433", "0.2970253", "0.2970029"]
    assert rows["c", 5].exact.latex() == r"2.43 \times 10^{-40}"
    assert [rows["c", t].delta.decimal(7) for t in range(1, 5)] == ["0.0026247", "0.0029567", "0.0029565", "0.0029563"]
    assert [rows["h", t].delta.shown(4).latex() for t in range(1, 4)] == [
        r"2.34 \times 10^{-7}",
        r"5.17 \times 10^{-7}",
        r"5.17 \times 10^{-7}",
    ]
    assert rows["h", 4].delta.decimal(7) == "0.0113917"
    assert rows["h", 4].bound(5).latex() == "0.011392"
    assert float(rows["c", 5].delta) == pytest.approx(2.4e-42, rel=0.02)
    assert float(rows["h", 5].delta) == pytest.approx(1.1e-46, rel=0.05)
    assert all(rows[gate, t].delta.rational == 0 for gate in "ifo" for t in range(1, 6))


def test_the_cell_against_mpmath():
    with mpmath.workdps(60):
        c = mpmath.mpf(0)
        for (x1, x2, x3), exact, out in zip(INPUTS, lecture()["c"], lecture()["h"], strict=True):
            i, f, o = (1 / (1 + mpmath.exp(-mpmath.mpf(z))) for z in (100 * x2 - 10, 100 * x2 + 10, 100 * x3 - 10))
            c = f * c + i * mpmath.tanh(mpmath.mpf(x1))
            for value, oracle in ((exact, c), (out, o * mpmath.tanh(c))):
                ends = [mpmath.mpf(int(e.p)) / int(e.q) for e in value.ends(400)]
                assert abs(ends[0] - oracle) < abs(oracle) * mpmath.mpf(10) ** -50


def test_the_hand_tables_error_splits_without_rest():
    stages = [
        ("exact", lecture()["h"][3]),
        ("output tanh", lecture(outer=identity)["h"][3]),
        ("input tanh", lecture(inner=identity, outer=identity)["h"][3]),
        ("saturated gates", lecture(saturated, identity, identity)["h"][3]),
    ]
    assert stages[-1][1].rational == Rational(3, 10)
    parts = dict(telescope(stages))
    assert parts["output tanh"].decimal(7) == "0.0084354"
    assert parts["input tanh"].decimal(7) == "0.0029563"
    assert parts["saturated gates"].shown(4).latex() == r"4.09 \times 10^{-5}"
    total = parts["output tanh"] + parts["input tanh"] + parts["saturated gates"]
    assert total.decimal(30) == (stages[-1][1] - stages[0][1]).decimal(30)
    assert total.decimal(5) == "0.01143"


@pytest.mark.parametrize(
    ("one", "other", "message"),
    [({"c": []}, {"h": []}, "expected the same"), ({"c": [Value.of(1)]}, {"c": []}, "c has 1 and 0 steps")],
)
def test_runs_must_match(one, other, message):
    with pytest.raises(DeriveError, match=message):
        difference(one, other)


# ---------------------------------------------------------------------- obligations


def test_the_lectures_claim_is_violated_from_the_second_step_on():
    under, _ = assign(lecture_claims(), lecture_arguments())
    certificate = certify(under)[0]
    assert certificate.verdict is Verdict.VIOLATED
    assert [o.label for o in certificate.violated] == ["c at t = 2", "c at t = 3", "c at t = 4"]
    assert certificate.claim.approximation.bound_at(5) == "0.0050814"
    assert certificate.range[0] == Rational(-1, 5)
    assert Rational("0.2970433") < certificate.range[1] < Rational("0.2970434")
    with mpmath.workdps(30):
        end = mpmath.mpf(str(certificate.range[1].p)) / int(certificate.range[1].q)
        assert float(certificate.actual.bound) == pytest.approx(float(end - mpmath.tanh(end)), rel=1e-12)
    assert "VIOLATED  c at t = 2 = 0.2970433" in repr(certificate)


def test_saturated_gates_are_proved():
    under, unclaimed = assign(lecture_claims(), lecture_arguments())
    found = {str(c.claim): [o.label for o in c.obligations] for c in certify(under[1:])}
    assert found["sigma(90) ~ 1"] == ["a_i at t = 1", "a_i at t = 2"]
    assert found["sigma(-10) ~ 0"] == ["a_i at t = 3", "a_i at t = 4", "a_i at t = 5"]  # -110 is further out
    assert all(c.verdict is Verdict.PROVED for c in certify(under[1:]))
    assert unclaimed == []


def test_an_argument_that_no_claim_covers_is_reported():
    _, unclaimed = assign(
        lecture_claims(), {"sigmoid": [("a_o at t = 1", Value.of(3))], "softsign": [("z", Value.of(0))]}
    )
    assert [(name, label) for name, (label, _) in unclaimed] == [("sigmoid", "a_o at t = 1"), ("softsign", "z")]


def test_an_enclosure_that_straddles_the_end_is_undecided():
    (claim,) = Claim.parse("tanh(x) ~ x", ("-1/4", "1/4"))
    low, inside, high = Value.of("-0.2"), Value.of("0.1"), Value.of("0.3")
    arguments = [("a", (low, inside)), ("b", (inside, high)), ("c", (high, Value.of(1))), ("d", Value.of("0.25"))]
    (certificate,) = certify([(claim, arguments)])
    verdicts = [Verdict.PROVED, Verdict.UNDECIDED, Verdict.VIOLATED, Verdict.PROVED]
    assert [o.verdict for o in certificate.obligations] == verdicts
    assert certificate.obligations[1].enclosure(1) == "[0.1, 0.3]"
    (undecided,) = certify([(claim, arguments[:2])])
    assert undecided.verdict is Verdict.UNDECIDED
    with pytest.raises(DeriveError, match="is empty"):
        certify([(claim, [("e", (high, low))])])


@settings(max_examples=60)
@given(
    st.fractions(min_value=-1, max_value=1, max_denominator=40),
    st.fractions(max_denominator=40, min_value=0, max_value=1),
)
def test_a_verdict_is_membership(argument, end):
    (claim,) = Claim.parse("tanh(x) ~ x", (-end, end))
    (certificate,) = certify([(claim, [("z", Value.of(argument))])])
    assert (certificate.verdict is Verdict.PROVED) == (abs(argument) <= end)


# ---------------------------------------------------------------------- texts


def test_claims_are_read():
    (claim,) = Claim.parse("tanh(x) ~ x", [-0.25, 0.25])
    assert (claim.exact, claim.replacement, claim.lower, claim.upper) == (tanh, x, Rational(-1, 4), Rational(1, 4))
    points = Claim.parse("sigma(90) ~ 1, σ(-10) ≈ 0")
    assert [(p.lower, p.replacement) for p in points] == [(90, 1), (-10, 0)]
    assert points[0].domain == (90, oo)
    assert points[1].domain == (-oo, -10)
    (cubic,) = Claim.parse("tanh(x) ~ x - x^3/3 + 0.1*(x**2)", (0, 1))
    assert cubic.replacement == x - x**3 / 3 + x**2 / 10
    (hard,) = Claim.parse("sigma(x) ~ hard_sigmoid(x)", (-1, 1))
    assert (hard.exact, hard.replacement) == (sigmoid, hard_sigmoid(x))
    assert str(claim) == "tanh(x) ~ x on [-1/4, 1/4]"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tahn(x) ~ x", "unknown activation 'tahn'; did you mean 'tanh'"),
        ("tanh(x) = x", "is not of the form"),
        ("tanh(x) ~ ", "is not a formula"),
        ("x ~ x", "no activation"),
        ("tanh(x) ~ __import__('os').system('true')", "is not a number, x"),
        ("tanh(x) ~ (lambda: 1)()", "is not a number, x"),
        ("tanh(x) ~ x.real", "is not a number, x"),
        ("tanh(x) ~ 9**9**9**9", "powers are 0 to 32"),
        ("tanh(x) ~ x**99", "powers are 0 to 32"),
        ("tanh(x) ~ x/0", "divisors not 0"),
        ("tanh(x) ~ y", "is not a number, x"),
        ("tanh(x) ~ True", "is not a number, x"),
        ("tanh(2) ~ x", "a claim at a point reads"),
        ("tanh(x) ~ " + "(" * 500 + "x" + ")" * 500, "too long"),
        ("tanh(x) ~ " + "(" * 300 + "x" + ")" * 300, "is not a formula"),
    ],
)
def test_texts_that_are_refused(text, message):
    with pytest.raises(DeriveError, match=message) as raised:
        Claim.parse(text, (-1, 1))
    assert "\n" not in str(raised.value)


def test_an_interval_is_needed_and_checked():
    with pytest.raises(DeriveError, match="add interval"):
        Claim.parse("tanh(x) ~ x")
    with pytest.raises(DeriveError, match="is empty"):
        Claim.parse("tanh(x) ~ x", (1, -1))


@given(st.lists(st.fractions(min_value=-3, max_value=3, max_denominator=50), min_size=1, max_size=4))
def test_the_range_contains_every_argument(numbers):
    """Also where its ends are reals, which are rounded outwards."""
    arguments = [(str(k), evaluate(tanh(Rational(n.numerator, n.denominator)))) for k, n in enumerate(numbers)]
    lower, upper = certify([(Claim.parse("tanh(x) ~ x", (-1, 1))[0], arguments)])[0].range
    assert all(lower <= value <= upper for _, value in arguments)


def test_a_saturation_covers_what_lies_further_out():
    claims = Claim.parse("tanh(-20) ~ -1, tanh(20) ~ 1")
    arguments = {"tanh": [(str(n), Value.of(n)) for n in (-30, -20, -19, 0, 20, 21)]}
    under, unclaimed = assign(claims, arguments)
    assert [[label for label, _ in found] for _, found in under] == [["-30", "-20"], ["20", "21"]]
    assert [label for _, (label, _) in unclaimed] == ["-19", "0"]


def test_of_two_saturations_the_one_with_the_smaller_error_answers():
    under, _ = assign(Claim.parse("sigma(5) ~ 1, sigma(50) ~ 1"), {"sigmoid": [("a", Value.of(60))]})
    assert [len(found) for _, found in under] == [0, 1]
