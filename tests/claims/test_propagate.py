"""What claimed approximations do to a run, against the published differences and against mpmath."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import mpmath
import pytest
from mpmath import mpf
from runs import random_run
from sympy import Eq, Rational, Symbol
from tables import fragment

from derive import linear
from derive.claims.propagate import Group
from derive.definition.cell import Cell
from derive.document import approximations
from derive.run.data import Run
from derive.run.run_file import load_run
from derive.symbolic.activations import sigmoid, tanh

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
LECTURE = load_run(EXAMPLES / "lecture.toml")
OUTPUT, INPUT, GATES = Group(tanh, "h"), Group(tanh, "g"), Group(sigmoid, "")


def found(run):
    return run.propagate()


def test_the_published_differences_of_the_lecture():
    """Linear activations minus tanh: Δc and Δh of the analysis of this example."""
    parts = found(LECTURE).parts
    linear = {name: [p[OUTPUT] + p[INPUT] for p in parts[name, 1]] for name in "ch"}
    assert [v.decimal(7) for v in linear["c"][:4]] == ["0.0026247", "0.0029567", "0.0029565", "0.0029563"]
    assert [v.significant(3).latex() for v in linear["h"][:3]] == [
        r"2.34 \times 10^{-7}", r"5.17 \times 10^{-7}", r"5.17 \times 10^{-7}"
    ]  # fmt: skip
    assert linear["h"][3].decimal(7) == "0.0113917"
    assert float(linear["c"][4]) == pytest.approx(2.4e-42, rel=0.02)


def test_the_error_of_the_output_splits_into_its_three_parts():
    parts = found(LECTURE).parts["h", 1][3]
    assert parts[OUTPUT].decimal(7) == "0.0084354"
    assert parts[INPUT].decimal(7) == "0.0029563"
    assert parts[GATES].significant(3).latex() == r"4.09 \times 10^{-5}"
    assert found(LECTURE).differences["h", 1][3].delta.decimal(5) == "0.01143"
    assert found(LECTURE).differences["h", 1][3].approximate.rational == Rational(3, 10)


def test_the_differences_at_a_prompt():
    assert (
        "h at t = 4: 0.011433 = 0.0084354 (tanh in h) + 0.0029563 (tanh in g) + 4.0857×10⁻⁵ (saturated sigmoid)"
        in repr(LECTURE.propagate()).splitlines()
    )


def test_replacements_are_made_from_the_output_to_the_input_and_saturations_last():
    assert found(LECTURE).groups == (OUTPUT, INPUT, GATES)
    assert all(p[OUTPUT].rational == 0 for p in found(LECTURE).parts["c", 1])


@pytest.mark.parametrize("claims", [1, 2])
def test_two_coupled_units_against_mpmath(claims):
    """tanh(x) ~ x - x³/3 everywhere and, in the second case, the sigmoids of large arguments saturated."""
    run = load_run(EXAMPLES / "recurrent.toml")
    all_claims = [
        {"approximation": "tanh(x) ~ x - x^3/3", "interval": [-2, 2]}, {"approximation": "sigma(1.5) ~ 1"}
    ]  # fmt: skip
    run = replace(run, claims=all_claims[:claims])
    taylor = lambda x: x - x**3 / 3  # noqa: E731
    with mpmath.workdps(50):
        exact = states(run, mpmath.tanh, lambda z, _: sigma(z))
        saturated = {(t, k) for t, zs in enumerate(exact[1]) for k, z in enumerate(zs) if z >= mpf("1.5")}
        gate = (lambda z, _: sigma(z)) if claims == 1 else (lambda z, place: mpf(1) if place in saturated else sigma(z))
        approximate = states(run, taylor, gate)
        propagation = found(run)
        for (name, unit), row in propagation.differences.items():
            for d in row:
                key = (name, d.t - 1, unit - 1)
                assert float(d.delta) == pytest.approx(float(approximate[0][key] - exact[0][key]), rel=1e-12)
                total = sum((float(p) for p in propagation.parts[name, unit][d.t - 1].values()), 0.0)
                assert total == pytest.approx(float(d.delta), rel=1e-9, abs=1e-15)
    assert claims == 1 or saturated


def sigma(z):
    return 1 / (1 + mpmath.exp(-z))


def states(run, squash, gate):
    """(states by name, t and unit; the gates' pre-activations by t: i, i, f, f, o, o) of the recurrent example."""
    w = {n: mpmath.matrix(numbers(t)) for n, t in run.weights.items()}
    h, c = (mpmath.matrix(numbers(run.initial[s])) for s in ("h", "c"))
    values, gates = {}, []
    for t, x in enumerate(run.x):
        a = w["weight_ih"] * mpmath.matrix(numbers(x)) + w["weight_hh"] * h + w["bias_ih"] + w["bias_hh"]
        z = [a[k] for k in (0, 1, 2, 3, 6, 7)]
        gates.append(z)
        i1, i2, f1, f2, o1, o2 = (gate(v, (t, k)) for k, v in enumerate(z))
        c = mpmath.matrix([f1 * c[0] + i1 * squash(a[4]), f2 * c[1] + i2 * squash(a[5])])
        h = mpmath.matrix([o1 * squash(c[0]), o2 * squash(c[1])])
        for k in range(2):
            values["c", t, k], values["h", t, k] = c[k], h[k]
    return values, gates


def numbers(tensor):
    return [numbers(t) for t in tensor] if isinstance(tensor, tuple) else mpf(int(tensor.p)) / int(tensor.q)


def test_nested_activations_are_replaced_each_in_its_place():
    """h = tanh(2 σ(tanh(x))) with tanh(z) ~ z/2: the inner replacement changes what the outer one is applied to."""
    x, a, h = map(Symbol, "xah")
    formula = tanh(2 * sigmoid(tanh(a, evaluate=False), evaluate=False), evaluate=False)
    cell = Cell.from_equations("nested", [Eq(a, linear(x) + linear(h)), Eq(h, formula)], states=["h"])
    weights = {"weight_ih": [[1]], "weight_hh": [[0]]}
    run = Run(cell, weights, [[0.75]], claims=[{"approximation": "tanh(x) ~ x/2", "interval": [-2, 2]}])
    (d,) = run.propagate().differences["h", 1]
    with mpmath.workdps(30):
        assert float(d.exact) == pytest.approx(float(mpmath.tanh(2 * sigma(mpmath.tanh(mpf("0.75"))))), rel=1e-14)
        assert float(d.approximate) == pytest.approx(float(sigma(mpf("0.375"))), rel=1e-14)
        outer, middle, inner = (float(argument) for _, argument in run.steps().step(1, "h").arguments)
        assert (middle, inner) == (pytest.approx(float(mpmath.tanh(mpf("0.75")))), 0.75)
        assert outer == pytest.approx(float(2 * sigma(mpmath.tanh(mpf("0.75")))))


def test_where_two_claims_cover_an_argument_the_first_one_counts():
    claims = [{"approximation": f"tanh(x) ~ {r}", "interval": [-1, 1]} for r in ("x", "0")]
    run = replace(LECTURE, claims=claims)
    assert [d.approximate.rational for d in run.propagate().differences["c", 1]][:1] != [0]
    assert float(run.propagate().differences["c", 1][0].approximate) == pytest.approx(0.2, rel=1e-3)
    other = replace(LECTURE, claims=claims[::-1])
    assert other.propagate().differences["c", 1][0].approximate.rational == 0


def test_a_claim_that_no_argument_needs_changes_nothing():
    run = random_run("gru", claims=[{"approximation": "sigma(50) ~ 1"}])
    assert found(run).groups == ()
    assert approximations.propagation(run) == []
    assert "No argument of this run needs it." in fragment(approximations.section, run)


def test_the_fragment_shows_the_differences():
    text = fragment(approximations.section, LECTURE)
    assert r"\quad saturated $\sigma$ &" in text
    assert "$0.0026247$ & $0.0029567$ & $0.0029565$" in text
    assert r"$0.011433$" in text
    assert r"$2.34{\times}10^{-7}$ & $5.17{\times}10^{-7}$ & $5.17{\times}10^{-7}$" in text
    assert r"\qquad $\tanh$ in $h_{t}$ &" in text
    assert r"$\underline{\mathstrut 0}$ & $\underline{\mathstrut .2970}$" in text
