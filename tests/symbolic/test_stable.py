"""The form that machines compute: equal to the author's in ball arithmetic, and right where the author's overflows."""

from __future__ import annotations

import random

import numpy as np
import pytest
from flint import arb, ctx
from sympy import Abs, Piecewise, Rational, evaluate, exp, log, sqrt, symbols
from sympy.codegen.cfunctions import expm1

from derive.backends.reference.formulas import value
from derive.symbolic.activations import sigmoid
from derive.symbolic.derivatives import Known, partial
from derive.symbolic.evaluation import evaluate as exactly
from derive.symbolic.expressions import replace
from derive.symbolic.stable import rate, root, stable
from derive.symbolic.tidy import tidy

u, v, x, y, f, i, w = symbols("u v x y f i w")
with evaluate(False):
    KNOWN = {f: sigmoid(u), i: sigmoid(v), w: exp(-exp(u))}
    FORMULAS = {
        "1 - e^u": 1 - exp(u),
        "e^u - 1": x + exp(2 * u) - 1,
        "powers of exponentials": 1 - w**2,
        "root": sqrt(1 - exp(-2 * Abs(u))),
        "softplus": log(1 + exp(u)),
        "log1p": log(1 + u**2),
        "logsumexp": log(exp(u) + exp(v)),
        "share": f / (f + i) * x + i / (f + i) * y,
        "share of one": x / (1 + exp(u)),
        "average": (exp(u) * x + exp(v) * y) / (exp(u) + exp(v)),
        "shares of names": (f * x + i * y) / (f + i),
        "cases": Piecewise(*((k * x + u, u < k - 20) for k in range(40)), (y, True)),
        "cases in any order": Piecewise(*((k * u + y, k * v > u + (7 * k) % 40 - 20) for k in range(40)), (x, True)),
    }
FORMULAS = {name: tidy(formula) for name, formula in FORMULAS.items()}


def ball(formula, at):
    return exactly(replace(replace(formula, KNOWN), {s: Rational(q) for s, q in at.items()})).ball(256)


@pytest.mark.parametrize("name", FORMULAS)
def test_a_rule_changes_a_formula_into_an_equal_one_of_equal_slope(name):
    author = FORMULAS[name]
    ours, rng = stable(author, KNOWN), random.Random(1)
    assert ours != author
    author, ours = replace(author, KNOWN), replace(ours, KNOWN)
    for _ in range(10):
        at = {s: Rational(rng.randint(-3000, 3000), 997) for s in (u, v, x, y)}
        for a, b in [(author, ours), *((partial(author, s, Known()), partial(ours, s, Known())) for s in (u, v, x))]:
            with ctx.workprec(256):
                assert abs(ball(a, at) - ball(b, at)) < arb(10) ** -60


@pytest.mark.parametrize(
    ("name", "at"),
    [
        ("1 - e^u", {u: Rational(-1, 10**12)}),
        ("root", {u: Rational(1, 10**14)}),
        ("softplus", {u: 2000}),
        ("log1p", {u: Rational(1, 10**9)}),
        ("logsumexp", {u: 3000, v: -3000}),
        ("logsumexp", {u: -3000, v: -3001}),
        ("share", {u: -900, v: -901, x: 2, y: 3}),
        ("share of one", {u: 800, x: 1}),
        ("average", {u: 900, v: 899, x: 2, y: 3}),
    ],
)
def test_it_is_right_to_the_last_digits_where_the_parts_of_the_authors_are_not(name, at):
    exact = ball(FORMULAS[name], at)
    ours = replace(stable(FORMULAS[name], KNOWN), KNOWN)
    found = value(ours, {s: np.float64(float(q)) for s, q in at.items()})
    assert abs(float(exact.mid()) - found) <= 1e-14 * abs(float(exact.mid()))
    with np.errstate(all="ignore"):
        naive = value(replace(FORMULAS[name], KNOWN), {s: np.float64(float(q)) for s, q in at.items()})
    assert not abs(float(exact.mid()) - naive) <= 1e-14 * abs(float(exact.mid())) or name == "share of one"


def test_what_is_no_exponential_stays_as_it_is():
    with evaluate(False):
        others = [1 - u, 1 - f, f / (f + x), x / (u + v), log(u), sqrt(1 - u), exp(u), f * i]
    assert [stable(tidy(e), KNOWN) for e in others] == [tidy(e) for e in others]


def test_a_root_has_the_slope_0_at_0_and_a_rate_of_parameters_stays_finite():
    slope = partial(root(u, evaluate=False), u, Known())
    assert slope.subs(u, 0) == 0
    assert slope.subs(u, 4) == Rational(1, 4)
    assert stable(exp(u), {}, frozenset({u})) == rate(u, evaluate=False)
    assert stable(exp(u * x), {}, frozenset({u})) == exp(u * x)
    assert root(-expm1(u)).args == (-expm1(u),)
