"""What a replacement keeps, how far it is good enough, and where its error is largest; mpmath is the oracle."""

from __future__ import annotations

from itertools import pairwise

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Abs, Rational, Symbol, oo, sin

import derive
from derive.errors import DeriveError
from derive.symbolic.activations import gelu, sigmoid, tanh
from derive.symbolic.piecewise_linear import hardtanh, identity, relu

x = Symbol("x")


def rational_tanh(t):
    """A quotient that is near tanh on [-6, 6], and above 1 far out."""
    a, b, c = Rational("2.45550750702956"), Rational("0.893229853513558"), Rational("0.821226666969744")
    d, e = Rational("2.44506634652299"), Rational("0.814642734961073")
    return t * (a + a * Abs(t) + (b + c * Abs(t)) * t**2) / (d + (d + t**2) * Abs(t + e * t * Abs(t)))


CLAIM = derive.approximate(tanh, rational_tanh, on=(-oo, oo))


def test_a_replacement_that_leaves_the_range_is_refuted_with_a_point():
    refuted = CLAIM.stays_within(-1, 1)
    assert refuted.holds is False
    assert abs(rational_tanh(refuted.at)) > 1
    assert "REFUTED at x = " in repr(refuted)
    assert derive.approximate(tanh, rational_tanh, on=(-8, 8)).stays_within(-1, 1)
    assert CLAIM.stays_within("-1.0082", "1.0082")
    assert CLAIM.stays_within(-oo, 1).holds is False


def test_a_replacement_that_turns_is_refuted_with_a_point():
    turned = CLAIM.is_monotone()
    assert turned.holds is False
    assert rational_tanh(turned.at + Rational(1, 10**6)) < rational_tanh(turned.at)


@pytest.mark.parametrize(
    ("replacement", "on", "least", "most", "rises"),
    [
        (hardtanh, (-oo, oo), -1, 1, True),
        (tanh, (-oo, oo), -1, 1, True),
        (x - x**3 / 3, (-1, 1), -Rational(2, 3), Rational(2, 3), True),
        (-(x**3), (-2, 2), -8, 8, False),
        ("thresholded_relu", (-1, 2), 0, 2, True),
        (relu, (0, oo), 0, oo, True),
    ],
)
def test_what_is_reached_at_an_end_is_proved(replacement, on, least, most, rises):
    claim = derive.approximate(tanh, replacement, on=on)
    assert claim.stays_within(least, most).holds is True
    assert claim.is_monotone(rises).holds is True


def test_gelu_is_not_monotone():
    refuted = derive.approximate(tanh, gelu, on=(-5, 5)).is_monotone()
    assert refuted.holds is False
    assert mpmath.diff(lambda t: t * mpmath.ncdf(t), mpmath.mpf(refuted.at.p) / refuted.at.q) < 0


def test_what_touches_a_bound_inside_is_undecided_not_proved():
    """sin reaches 1 at π/2, which no cell tells from above it."""
    found = derive.approximate(tanh, sin, on=(0, 3)).stays_within(-1, 1 - Rational(1, 10**60))
    assert found.holds is None
    assert not found


@given(st.fractions(-3, 3, max_denominator=50), st.fractions(-3, 3, max_denominator=50), st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_no_sample_contradicts_a_proof(a, b, n):
    formula = Rational(a) * x**n + Rational(b) * sigmoid(2 * x)
    claim = derive.approximate(tanh, formula, on=(-2, 2))
    samples = [mpmath.mpf(a.numerator) / a.denominator * t**n for t in mpmath.linspace(-2, 2, 81)]
    gate = [mpmath.mpf(b.numerator) / b.denominator / (1 + mpmath.exp(-2 * t)) for t in mpmath.linspace(-2, 2, 81)]
    values = [p + q for p, q in zip(samples, gate, strict=True)]
    inside = claim.stays_within(-1, 1)
    assert inside.holds is not True or max(map(abs, values)) <= 1 + 1e-12
    assert inside.holds is not False or abs(formula.subs(x, inside.at).evalf()) > 1
    if claim.is_monotone():
        assert all(q >= p - mpmath.mpf(10) ** -12 for p, q in pairwise(values))


@pytest.mark.parametrize(
    ("exact", "replacement", "error", "options", "wanted"),
    [
        (
            tanh,
            identity,
            "0.01",
            {"relative": True},
            lambda: (-1, mpmath.findroot(lambda t: t / mpmath.tanh(t) - mpmath.mpf("1.01"), 0.17)),
        ),
        (
            tanh,
            identity,
            "0.01",
            {},
            lambda: (-1, mpmath.findroot(lambda t: t - mpmath.tanh(t) - mpmath.mpf("0.01"), 0.3)),
        ),
        (sigmoid, 1, "0.001", {"at": 20}, lambda: (mpmath.log(999), mpmath.inf)),
        (tanh, 1, "0.01", {"at": 10, "relative": True}, lambda: (mpmath.atanh(1 / mpmath.mpf("1.01")), mpmath.inf)),
        (sigmoid, "hard_sigmoid", "0.07", {}, lambda: (-mpmath.inf, mpmath.inf)),
        (tanh, identity, "0.01", {"within": (0, "0.1")}, lambda: (0, mpmath.mpf("0.1"))),
        ("thresholded_relu", identity, "0.5", {"at": 2}, lambda: (1, mpmath.inf)),
        (tanh, identity, "1e-40", {}, lambda: (-1, mpmath.cbrt("3e-40"))),  # up to 1e-26 of it
    ],
)
def test_the_largest_interval(exact, replacement, error, options, wanted):
    found = derive.largest_interval(exact, replacement, error, **options)
    low, high = wanted()
    low = -high if low == -1 else low
    assert [float(e) for e in found] == pytest.approx([float(low), float(high)], rel=2e-9)
    assert float(low) - 1e-15 <= float(found[0])
    assert float(found[1]) <= float(high) + 1e-15


def test_where_the_error_is_largest():
    place, value = derive.approximate(tanh, identity, on=(-1, 1)).reached
    assert (place, value.decimal(6)) == (1, "0.238406")
    claim = derive.minimax(tanh, 5, on=(-1, 1)).approximation
    place, value = claim.reached
    assert -1 <= place <= 1
    assert claim.sup_error is None
    assert value <= claim.bound
    assert float(value) > (1 - 1e-8) * float(claim.bound)
    assert rf"{abs(float(place))}" in claim.latex()
    assert r"\right| \ge 3.8522 \times 10^{-4}" in claim.latex()


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (lambda: derive.largest_interval(tanh, identity, 0), "above 0"),
        (lambda: derive.largest_interval(tanh, 1, "0.1"), "larger than 1/10 at or next to 0"),
        (lambda: derive.largest_interval(tanh, identity, "0.1", at=3, within=(0, 1)), "not within"),
        (lambda: derive.largest_interval(relu, identity, "0.5", at=1, relative=True), "relative error is not defined"),
        (lambda: CLAIM.stays_within(1, 0), "lower one first"),
        (lambda: CLAIM.stays_within(oo, oo), "no number lies between"),
        (lambda: CLAIM.stays_within(-oo, -oo), "no number lies between"),
        (lambda: CLAIM.is_monotone("falls"), "expected True or False"),
    ],
)
def test_what_has_no_answer_is_one_line(ask, says):
    with pytest.raises(DeriveError, match=says) as error:
        ask()
    assert "\n" not in str(error.value)
