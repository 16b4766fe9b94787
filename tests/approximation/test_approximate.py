"""Certified errors against published values, and against mpmath on dense samples."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Abs, Expr, Lambda, Max, Min, Piecewise, Rational, Symbol, lambdify, log, oo, sqrt
from sympy import tanh as sympy_tanh

from derive.approximation.approximate import approximate
from derive.approximation.bounds import Approximation
from derive.approximation.candidates import Candidate
from derive.approximation.pieces import Piece
from derive.approximation.supremum import supremum
from derive.symbolic.activations import ACTIVATIONS, elu, gelu, sigmoid, silu, softplus, softsign, tanh
from derive.symbolic.piecewise_linear import hard_sigmoid, hard_sigmoid_onnx, hardtanh, identity, relu

x = Symbol("x")
QUARTER, HALF = Rational(1, 4), Rational(1, 2)


def sampled(approximation: Approximation, lower: Fraction, upper: Fraction, count: int = 400) -> mpmath.mpf:
    """The largest |replacement - exact| on a grid with both ends, in 50 digits."""
    expanded = approximation.difference.replace(
        lambda e: e.func in ACTIVATIONS.values(), lambda e: e.func.value(*e.args)
    )
    error = lambdify(x, expanded, "mpmath")
    lower, upper = (mpmath.mpf(int(e.p)) / int(e.q) for e in (Rational(lower), Rational(upper)))
    return max(abs(mpmath.mpf(error(lower + (upper - lower) * k / count))) for k in range(count + 1))


def as_mpf(value) -> mpmath.mpf:
    lower, upper = value.ends(400)
    return (mpmath.mpf(int(lower.p)) / int(lower.q) + mpmath.mpf(int(upper.p)) / int(upper.q)) / 2


def best_line() -> Rational:
    """The slope k for which |k x - tanh x| is as large inside (0, 1/4) as at 1/4."""
    with mpmath.workdps(40):

        def excess(k):
            inside = mpmath.atanh(mpmath.sqrt(1 - k))
            return (mpmath.tanh(inside) - k * inside) - (k / 4 - mpmath.tanh(mpmath.mpf(1) / 4))

        return Rational(mpmath.nstr(mpmath.findroot(excess, 0.9847).real, 30))


def minimax(count: int) -> tuple[Expr, mpmath.mpf]:
    """The odd polynomial of so many terms that is nearest to tanh on [-1, 1], and its error, by Remez's exchange."""
    with mpmath.workdps(40):
        points = [mpmath.cos(mpmath.pi * k / (2 * count + 1)) for k in range(count + 1)]
        for _ in range(12):
            rows = [[p ** (2 * j + 1) for j in range(count)] + [(-1) ** k] for k, p in enumerate(points)]
            solution = mpmath.lu_solve(mpmath.matrix(rows), mpmath.matrix([mpmath.tanh(p) for p in points]))
            coefficients = list(solution)[:count]

            def slope(t, coefficients=coefficients):
                return sum((2 * j + 1) * c * t ** (2 * j) for j, c in enumerate(coefficients)) - mpmath.sech(t) ** 2

            grid = [mpmath.mpf(k) / 400 for k in range(401)]
            turns = [
                mpmath.findroot(slope, (a, b), solver="anderson") for a, b in pairwise(grid) if slope(a) * slope(b) < 0
            ]
            points = sorted([*turns, mpmath.mpf(1)], reverse=True)
        polynomial = sum(Rational(mpmath.nstr(c, 30)) * x ** (2 * j + 1) for j, c in enumerate(coefficients))
        return polynomial, abs(solution[count])


# ---------------------------------------------------------------------- published values


@pytest.mark.parametrize(
    ("exact", "replacement", "on", "closed", "bound"),
    [
        (tanh, identity, (-QUARTER, QUARTER), QUARTER - tanh(QUARTER), "0.0050814"),
        (tanh, x, (Rational(-3, 10), Rational(3, 10)), Rational(3, 10) - tanh(Rational(3, 10)), "0.0086874"),
        (tanh, x, ("-0.5", "0.5"), Rational(1, 2) - tanh(Rational(1, 2)), "0.037883"),
        (tanh, x, (-1, 1), 1 - tanh(1), "0.23841"),
        (tanh, x - x**3 / 3, (-1, 1), tanh(1) - Rational(2, 3), "0.094928"),
        (tanh, (15 * x + x**3) / (15 + 6 * x**2), (-1, 1), Rational(16, 21) - tanh(1), "3.1061e-4"),
        (sigmoid, hard_sigmoid, (-oo, oo), sqrt(3) / 6 - log(2 + sqrt(3)) / 6, "0.069183"),
        (sigmoid, hard_sigmoid_onnx, (-oo, oo), sigmoid(Rational(-5, 2)), "0.075859"),
        (sigmoid, x / 6 + Rational(1, 2), (-3, 3), sqrt(3) / 6 - log(2 + sqrt(3)) / 6, "0.069183"),
        (softplus, relu, (-oo, oo), softplus(0), "0.69315"),
        (tanh, hardtanh, (-oo, oo), 1 - tanh(1), "0.23841"),
        (relu, identity, (0, 1), Rational(0), "0"),
        (sigmoid, 0, (-oo, -10), sigmoid(-10), "4.5398e-5"),
        (sigmoid, Rational(1, 2), (-oo, oo), Rational(1, 2), "0.50000"),
    ],
)
def test_closed_forms(exact, replacement, on, closed, bound):
    found = approximate(exact, replacement, on=on)
    assert found.sup_error == closed
    assert found.bound_at(5) == bound


@pytest.mark.parametrize(("terms", "published"), [(2, "0.0045494"), (3, "3.8522e-4")])
def test_minimax_polynomials(terms, published):
    polynomial, levelled = minimax(terms)
    found = approximate(tanh, polynomial, on=(-1, 1))
    assert f"{float(found.bound):.4e}" == f"{float(published):.4e}"
    with mpmath.workdps(50):  # the error that Remez's exchange levels is the supremum
        assert abs(as_mpf(found.bound) / levelled - 1) < mpmath.mpf(10) ** -12
        assert sampled(found, -1, 1) <= as_mpf(found.bound)


def test_the_best_line_through_the_origin():
    found = approximate(tanh, best_line() * x, on=(-QUARTER, QUARTER))
    assert found.bound.decimal(8) == "0.00126250"
    rounded = approximate(tanh, Rational("0.984725") * x, on=(-QUARTER, QUARTER))
    assert rounded.sup_error == Rational("0.984725") / 4 - tanh(QUARTER)
    assert rounded.bound > found.bound


@pytest.mark.parametrize(
    ("point", "value", "closed", "bound"),
    [
        (-10, 0, sigmoid(-10), "4.5398e-5"),
        (10, 1, sigmoid(-10), "4.5398e-5"),
        (90, 1, sigmoid(-90), "8.1941e-40"),
        (110, 1, sigmoid(-110), "1.6890e-48"),
    ],
)
def test_saturations(point, value, closed, bound):
    found = approximate(sigmoid, value, at=point)
    assert (found.sup_error, found.bound_at()) == (closed, bound)
    assert approximate(sigmoid, value, on=(point, point)) == found
    with mpmath.workdps(80):
        assert abs(as_mpf(found.bound) - abs(value - 1 / (1 + mpmath.exp(-point)))) < mpmath.mpf(10) ** -70


def test_relative_error_of_the_lecture():
    relative = approximate(tanh, identity, on=(-QUARTER, QUARTER)).relative
    assert relative.closed == QUARTER / tanh(QUARTER) - 1
    assert round(float(relative.upper), 4) == 0.0207
    assert approximate(sigmoid, hard_sigmoid, on=(-oo, oo)).relative is None  # σ goes to 0
    assert approximate(tanh, x + 1, on=(-1, 1)).relative is None  # tanh has a zero where the error has none


def test_relative_error_without_a_closed_form_is_still_a_bound():
    found = approximate(tanh, Rational("0.984725") * x, on=(-QUARTER, QUARTER))
    assert found.relative.closed is None
    assert found.relative.lower <= found.relative.upper
    assert Rational(1, 40000) * 611 <= found.relative.upper.rational <= Rational("0.01529")  # 1 - k, in the limit at 0


@pytest.mark.parametrize(
    "replacement", [hardtanh(2 * x) / 2, x, softsign(x), Piecewise((x, x < HALF), (x / 2, True)), x - Abs(x) / 10]
)
def test_a_relative_error_in_pieces_is_over_all_of_them(replacement):
    """Numerator and denominator vanish together at 0, on one piece or at the end of two."""
    found = approximate(tanh, replacement, on=(-1, 1)).relative
    quotient = lambdify(x, (replacement.replace(softsign, softsign.value)) / sympy_tanh(x) - 1, "mpmath")
    with mpmath.workdps(40):
        places = [mpmath.mpf(k) / 200 for k in range(-200, 201) if k] + [mpmath.mpf(s) / 10**12 for s in (-1, 1)]
        sample = max(abs(quotient(p)) for p in places)
        bound = mpmath.mpf(float(found.upper))
        assert sample * (1 - mpmath.mpf(10) ** -14) <= bound <= sample * mpmath.mpf("1.0001")


@pytest.mark.parametrize("replacement", [Piecewise((x, x <= 0), (x + 1, True)), Piecewise((x, x < 0), (1, True))])
def test_an_error_where_the_activation_is_zero_has_no_relative_bound(replacement):
    assert approximate(tanh, replacement, on=(-1, 1)).relative is None


# ---------------------------------------------------------------------- laws

numbers = st.fractions(min_value=-3, max_value=3, max_denominator=50)


@settings(max_examples=25)
@given(
    st.sampled_from(
        [
            (tanh, identity),
            (tanh, softsign),
            (sigmoid, hard_sigmoid),
            (softplus, relu),
            (silu, relu),
            (elu, identity),
            (gelu, silu),
        ]
    ),
    numbers,
    numbers,
)
def test_a_sample_never_exceeds_the_bound(pair, a, b):
    lower, upper = min(a, b), max(a, b)
    found = approximate(*pair, on=(lower, upper))
    with mpmath.workdps(50):
        sample, bound = sampled(found, lower, upper), as_mpf(found.bound)
        assert sample <= bound + mpmath.mpf(10) ** -45
        assert bound <= sample * 1.01 + mpmath.mpf(10) ** -4  # and the bound is not idle
        rounded = Fraction(found.bound_at(4))
        assert mpmath.mpf(rounded.numerator) / rounded.denominator >= bound - mpmath.mpf(10) ** -45


@settings(max_examples=20)
@given(st.fractions(min_value=Fraction(1, 50), max_value=2, max_denominator=60))
def test_tanh_against_x_is_worst_at_the_end(a):
    end = Rational(a.numerator, a.denominator)
    found = approximate(tanh, identity, on=(-end, end))
    assert found.sup_error == end - tanh(end)
    assert found.lagrange.bound >= found.bound
    wider = approximate(tanh, identity, on=(-end, end + 1))
    assert wider.bound > found.bound


# ---------------------------------------------------------------------- forms of the replacement


def test_a_replacement_may_be_written_in_many_ways():
    z = Symbol("z", real=True)
    on = (-QUARTER, QUARTER)
    same = [identity, "identity", x, z, Lambda(z, z)]
    assert len({approximate("tanh", r, on=on) for r in same}) == 1
    assert approximate(tanh, 0.5, at=1) == approximate(tanh, Rational(1, 2), at=1)
    halves = [x / 2 + QUARTER, 0.5 * x + 0.25, lambda z: 0.5 * z + 0.25]
    assert len({approximate("tanh", r, on=on).bound_at(9) for r in halves}) == 1
    assert approximate(tanh, sympy_tanh(x), on=on).sup_error == 0


def test_an_interval_may_end_at_any_infinity():
    assert approximate(sigmoid, 1, on=(3, float("inf"))) == approximate(sigmoid, 1, on=(3, oo))
    assert approximate(tanh, -1, on=(-math.inf, -3)).sup_error == approximate(tanh, -1, on=(-oo, -3)).sup_error


def test_clamped_replacements_are_cut_at_their_kinks():
    clamped = approximate(tanh, Max(-1, Min(1, x)), on=(-4, 4))
    assert clamped.sup_error == approximate(tanh, hardtanh, on=(-4, 4)).sup_error
    assert approximate(tanh, Abs(x), on=(-1, 1)).sup_error == 1 - tanh(-1)


def test_a_critical_point_that_is_no_maximum_is_not_believed():
    """|1 + x²| has its least value at 0, where its slope is 0 too."""
    piece = Piece(x, Rational(-1, 8), Rational(1, 8), 1 + x**2)
    found = supremum([piece], [Candidate(Rational(0), Rational(1), critical=True)])
    assert found.closed is None
    assert found.upper >= Rational(65, 64)


def test_a_replacement_may_be_a_function():
    assert approximate(tanh, lambda z: z / 2, on=(0, 1)).replacement == x / 2
