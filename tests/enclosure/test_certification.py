"""Certified boxes: the lecture against closed forms, its verdicts and printed tables; boxes that cannot be taken."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import mpmath
import pytest
from mpmath import mpf
from sympy import Rational

from derive.claims.certify import Verdict
from derive.errors import RunError
from derive.exact.value import Value
from derive.run.run_file import load_run

LECTURE = load_run(Path(__file__).resolve().parents[2] / "examples" / "lecture.toml")
QUARTER = {"x1": (-Rational(1, 4), Rational(1, 4))}


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
