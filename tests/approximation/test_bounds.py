"""Certified errors at jumps, poles, closed ends and far out, against an evaluator that shares no code with derive."""

from __future__ import annotations

import random
import resource
import subprocess
import sys
from fractions import Fraction

import mpmath
import pytest
from exact_formulas import rational
from flint import arb
from mpmath import mpf
from random_claims import RandomClaim, broken, claim, smooth
from sympy import Abs, Eq, Max, Min, Piecewise, Rational, Symbol, exp, log, oo, sqrt

import derive
from derive.approximation.approximate import approximate
from derive.errors import DeriveError
from derive.run.data import Run
from derive.symbolic.activations import gelu, relu, sigmoid, silu, softplus, softsign, tanh
from derive.symbolic.piecewise_linear import hardtanh

x = Symbol("x")
HALF = Rational(1, 2)


def number(value) -> mpf:
    """A Value as mpmath's number, to the digits that mpmath has."""
    ball: arb = value.ball(mpmath.mp.prec + 64)
    mantissa, exponent = ball.mid().man_exp()
    return mpmath.ldexp(mpf(int(mantissa)), int(exponent))


def peak(f, near) -> mpf:
    """|f| where its derivative is 0."""
    return abs(f(mpmath.findroot(lambda t: mpmath.diff(f, t), near)))


# ---------------------------------------------------------------------- jumps, poles, ends, far out


def quick_gelu(t):
    return t / (1 + mpmath.exp(-mpf(851) / 500 * t)) - t * mpmath.ncdf(t)


def softsign_error(t):
    return mpmath.tanh(t) - t / (1 + t)


@pytest.mark.parametrize(
    ("exact", "replacement", "on", "supremum"),
    [
        # a jump at a closed end, at an isolated point, at one that an end of the interval is
        ("thresholded_relu", "identity", (1, 2), lambda: 1),
        ("thresholded_relu", 0, (0, 1), lambda: 0),
        (tanh, Piecewise((x, x > 0), (5, True)), (0, 1), lambda: 5),
        (tanh, Piecewise((x, x < 1), (-5, True)), (0, 1), lambda: 5 + mpmath.tanh(1)),
        (tanh, Piecewise((100, Eq(x, 0)), (x, True)), (-1, 1), lambda: 100),
        (tanh, Piecewise((100, Eq(x**2, 2)), (x, True)), (-1, 1), lambda: 1 - mpmath.tanh(1)),
        (tanh, Piecewise((100, Eq(x**2, 2)), (x, True)), (0, 2), lambda: 100 - mpmath.tanh(mpmath.sqrt(2))),
        (tanh, Piecewise((3, tanh(x) > HALF), (x, True)), (-1, 1), lambda: mpf(5) / 2),
        (relu, Piecewise((0, x < 1), (x, True)), (0, 3), lambda: 1),  # approached from the left alone
        # a pole of what a branch hangs on
        (tanh, Max(-1, Min(1, 1 / (x - 1))), (HALF, 3), lambda: 1 + mpmath.tanh(1)),
        (tanh, Piecewise((0, 1 / (x - 1) > 0), (100, True)), (0, 3), lambda: 100),
        (tanh, tanh(1 / (x - Rational(1, 3))), (0, 1), lambda: 1 + mpmath.tanh(mpf(1) / 3)),
        (softsign, softsign(1 / (x - 5)), (6, 7), lambda: mpf(7) / 8 - mpf(1) / 3),
        # tiny errors, and wide intervals
        (sigmoid, 1, (120, 130), lambda: 1 / (1 + mpmath.exp(120))),
        (tanh, 1, (10000, 20000), lambda: 2 / (1 + mpmath.exp(20000))),
        (tanh, x, ("1e-300", "2e-300"), lambda: mpf(8) / 3 * mpf(10) ** -900),
        (tanh, hardtanh, (-(10**300), 10**300), lambda: 1 - mpmath.tanh(1)),
        # kinks that are not rational
        (tanh, Abs(x - sqrt(2)), (-1, 2), lambda: 1 + mpmath.sqrt(2) + mpmath.tanh(1)),
        (tanh, Max(x, sqrt(2)), (0, 3), lambda: 3 - mpmath.tanh(3)),
        (tanh, Max(x, sqrt(2)), (0, 1), lambda: mpmath.sqrt(2)),
        (tanh, 2 - Abs(x - sqrt(2)), (1, 2), lambda: 2 - mpmath.tanh(mpmath.sqrt(2))),
        (tanh, Abs(x**2 - 2), (-2, 2), lambda: 2 + mpmath.tanh(2)),
        (tanh, Abs(tanh(x) - x / 2), (-2, 2), lambda: peak(lambda t: 2 * mpmath.tanh(t) - t / 2, -1.3)),
        # an interval on which numerator and denominator of the relative error do not vanish together
        (tanh, hardtanh(2 * x) / 2, (-1, 1), lambda: mpmath.tanh(1) - mpf(1) / 2),
        # half-lines
        ("scaled_tanh", sigmoid(Rational(1772, 997) * x + Rational(594, 997)), (-oo, oo), lambda: mpf("1.7159")),
        ("scaled_tanh(beta=3)", 0, (-oo, oo), lambda: mpf("1.7159")),
        (silu, relu, (-oo, oo), lambda: mpmath.lambertw(mpmath.exp(-1))),
        (gelu, lambda z: z * sigmoid(Rational(851, 500) * z), (-oo, oo), lambda: peak(quick_gelu, -2.3)),
        (softplus, lambda z: log(1 + exp(z)), (-oo, oo), lambda: 0),
        (tanh, lambda z: z / (1 + Abs(z)), (-oo, oo), lambda: peak(softsign_error, 1.5)),
    ],
)
def test_the_supremum_is_found(exact, replacement, on, supremum):
    found = approximate(exact, replacement, on=on)
    with mpmath.workdps(60):
        bound, truth = number(found.bound), supremum()
        assert bound >= truth * (1 - mpf(10) ** -45)
        assert bound <= truth * (1 + mpf(10) ** -12)


def test_a_side_that_is_not_attained_is_a_limit_in_the_derivation():
    found = approximate(relu, Piecewise((0, x < 1), (x, True)), on=(0, 3))
    assert found.sup_error == 1
    assert r"&= \lim_{x \to 1^{-}} \left|D(x)\right| = 1" in found.latex()
    attained = approximate("thresholded_relu", "identity", on=(1, 2))
    assert r"&= \left|D\left(1\right)\right| = 1" in attained.latex()
    assert "largest" not in attained.latex()  # D' = 0 does not tell it


# ---------------------------------------------------------------------- random claims


def bound_or_refusal(*claim, **where):
    try:
        return approximate(*claim, **where).bound
    except DeriveError as e:
        return str(e)


def check(given: RandomClaim) -> bool:
    """Hold the bound against the sampled supremum; whether there is a bound."""
    bound = bound_or_refusal(given.exact, given.replacement.expr, on=given.on)
    if isinstance(bound, str):
        assert "\n" not in bound
        assert "unbounded" not in bound or given.sampled() > 10**6
        return "unbounded" in bound
    with mpmath.workdps(50):
        value = number(bound)
        digits = 50 if value > mpf(10) ** -12 else 1000
        sampled = given.sampled(20, 3, digits)
        assert value >= sampled * (1 - mpf(10) ** -30)
        if value > mpf(10) ** -400 and value > sampled * mpf("1.0001"):
            assert value <= given.sampled(200, 14, digits) * mpf("1.0001")
    return True


@pytest.mark.parametrize("seed", range(6))
def test_random_jumps_poles_and_closed_ends(seed):
    rng = random.Random(f"broken {seed}")
    assert sum(check(claim(rng, broken)) for _ in range(50)) >= 47


@pytest.mark.parametrize("seed", range(6))
def test_random_activations_and_replacements(seed):
    rng = random.Random(f"smooth {seed}")
    assert sum(check(claim(rng, smooth)) for _ in range(50)) >= 49


def test_the_error_at_a_point_is_the_difference_there_and_within_the_bound():
    rng, points = random.Random("points"), 0
    for _ in range(40):
        given = claim(rng, broken)
        places = [p for p in given.replacement.places if within(given, p)][:2]
        for place in places:
            at = bound_or_refusal(given.exact, given.replacement.expr, at=rational(place))
            bound = bound_or_refusal(given.exact, given.replacement.expr, on=given.on)
            if isinstance(at, str) or isinstance(bound, str):
                continue  # a pole
            points += 1
            with mpmath.workdps(50):
                assert abs(number(at) - given.error(place)) < mpf(10) ** -40
            assert (at - bound).sign() != 1
    assert points > 15


@pytest.mark.parametrize("point", [-2, Rational(-1, 3), 0, 1])
def test_a_condition_within_a_condition(point):
    """ELU of ELU asks for the sign of a formula with cases of its own."""
    found = approximate(tanh, lambda z: derive.elu(derive.elu(z) - HALF), at=point)
    with mpmath.workdps(50):
        t = mpf(int(Rational(point).p)) / int(Rational(point).q)
        inner = (t if t > 0 else mpmath.expm1(t)) - mpf(1) / 2
        truth = (inner if inner > 0 else mpmath.expm1(inner)) - mpmath.tanh(t)
        assert abs(number(found.bound) - abs(truth)) < mpf(10) ** -45


def within(given: RandomClaim, place: Fraction) -> bool:
    return (given.lower is None or place >= given.lower) and (given.upper is None or place <= given.upper)


# ---------------------------------------------------------------------- in a run


@pytest.mark.parametrize(
    ("activation", "replacement", "interval", "argument"),
    [
        ("thresholded_relu", "x", [1, 2], 1),
        ("relu", "thresholded_relu(x)", [0, 1], 1),
        ("tanh", "hardtanh(2*x)/2", [-1, 1], 1),
        ("tanh", "relu(tanh(x) - x/2) + x/2", [-1, 2], -1),
    ],
)
def test_a_claim_that_holds_in_a_run_bounds_what_it_does_there(activation, replacement, interval, argument):
    """h = φ(x) with a weight of 1: δh is the claim's error at the argument."""
    cell = derive.rnn.with_activations(tanh=activation)
    weights = {"weight_ih": [[1]], "weight_hh": [[0]], "bias_ih": [0], "bias_hh": [0]}
    claims = [{"approximation": f"{activation}(x) ~ {replacement}", "interval": interval}]
    run = Run(cell, weights, [[argument]], claims=claims)
    (certificate,) = run.certificates
    delta = abs(run.propagate().differences["h", 1][0].delta)
    assert not certificate.violated
    assert delta.sign() == 1
    assert (delta - certificate.claim.approximation.bound).sign() != 1
    assert (delta - certificate.actual.bound).sign() != 1
    assert "cases" not in certificate.claim.approximation.latex()


# ---------------------------------------------------------------------- bounded work

HEAVY = """
import sys
from sympy import *
from derive import approximate, sigmoid, silu, softplus, softsign, tanh
from derive.errors import DeriveError
x = Symbol("x")
third = Rational(1, 3)
taylor = approximate("softsign", x, on=(third, Rational(1772, 1997))).expansion.terms
claims = [
    ("scaled_tanh", sigmoid(Rational(1772, 997) * x + Rational(594, 997)), (-oo, oo)),
    ("gelu", floor(x), (0, oo)),
    ("softsign", [sum(taylor[:n]) for n in range(1, 8)], (third, Rational(1772, 1997))),
    ("tanh", exp(exp(exp(exp(x)))), (-1, 2)),
    ("tanh", x**1000000000, (-1, 2)),
    ("tanh", (exp(2 * x) - 1) / (exp(2 * x) + 1), (-oo, oo)),
    ("tanh", Piecewise((1, Eq(tanh(x), x / 2)), (0, True)), (-2, 2)),
    ("tanh", sum(Max(0, x - Rational(k, 7)) for k in range(30)), (0, 4)),
    ("tanh", sum(Abs(x - sqrt(k)) for k in range(30)), (0, 4)),
    ("tanh", sin(1 / x), (-1, 1)),
    ("silu", softplus(x), (10**4, 10**5)),
    ("tanh", ((x + 1) ** 32 + 1) ** 32, (-1, 1)),
    ("tanh", Max(*[x**k - Rational(k, 50) for k in range(12)]), (-1, 1)),
    ("sigmoid", silu(silu(silu(silu(silu(x))))), (-50, 50)),
]
for exact, replacement, on in claims:
    for r in replacement if isinstance(replacement, list) else [replacement]:
        try:
            print(approximate(exact, r, on=on).latex() and "bound")
        except DeriveError as e:
            print("refused:", str(e).count("\\n") == 0)
"""


def test_heavy_claims_end_in_bounded_time_and_memory():
    def limits():
        resource.setrlimit(resource.RLIMIT_AS, (3 * 2**30, 3 * 2**30))

    ended = subprocess.run(
        [sys.executable, "-c", HEAVY], capture_output=True, text=True, timeout=100, preexec_fn=limits, check=False
    )
    lines = ended.stdout.splitlines()
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert "refused: False" not in lines
    assert lines.count("bound") >= 12


@pytest.mark.parametrize("upper", [10_000, 10**150, 10**400])
def test_lagranges_remainder_where_the_derivative_dies_out_at_an_end(upper):
    """The third derivative of tanh, (1 - tanh²)(6 tanh² - 2), is 2 at 0, where it is largest, and 0 to 16384 bits
    at the end."""
    approximation = approximate("tanh", "identity", on=(0, upper))
    largest = number(approximation.lagrange.largest.upper)
    assert 2 <= largest <= mpf("2.001")
    assert r"\sup" in approximation.latex()
