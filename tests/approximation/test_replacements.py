"""Taylor, Padé, Chebyshev and minimax replacements: known best approximations, and mpmath's series."""

from __future__ import annotations

import dataclasses
from itertools import pairwise

import mpmath
import pytest
from sympy import Rational, Symbol, cos, oo, pi

import derive
from derive.errors import DeriveError
from derive.symbolic.activation import Activation
from derive.symbolic.activations import gelu, sigmoid, tanh

x = Symbol("x")
QUARTER = Rational(1, 4)


class fourth(Activation):
    """x⁴, whose best cubic on [-1, 1] is x² - 1/8, by Chebyshev's polynomial of degree 4."""

    latex_name, unicode_name = r"\operatorname{fourth}", "fourth"

    @classmethod
    def value(cls, x):
        return x**4

    @classmethod
    def slope(cls, x, y):
        return 4 * x**3


@pytest.mark.parametrize(("f", "at"), [(tanh, 0), (sigmoid, 0), (sigmoid, 1), (gelu, -1)])
def test_taylor_has_the_coefficients_of_mpmath(f, at):
    found = derive.taylor(f, 4, at=at)(x).expand().as_poly(x)
    function = {tanh: mpmath.tanh, sigmoid: lambda t: 1 / (1 + mpmath.exp(-t)), gelu: lambda t: t * mpmath.ncdf(t)}[f]
    wanted = mpmath.taylor(function, at, 4)
    shifted = [found.diff((x, k)).eval(at) / mpmath.factorial(k) for k in range(5)]
    assert [float(c) for c in shifted] == pytest.approx([float(c) for c in wanted], abs=1e-12)


def test_pade_has_the_taylor_series_of_the_function():
    assert derive.pade(tanh, (3, 2))(x).equals(x * (15 + x**2) / (15 + 6 * x**2))
    assert derive.approximate(tanh, derive.pade(tanh, (3, 2)), on=(-1, 1)).bound_at(4) == "3.107e-4"


@pytest.mark.parametrize(
    ("degree", "on", "error"),
    [(3, (-1, 1), "0.004550"), (5, (-1, 1), "3.853e-4"), (1, (-QUARTER, QUARTER), "0.001263")],
)
def test_minimax_polynomials_of_tanh(degree, on, error):
    found = derive.minimax(tanh, degree, on=on)
    assert found.bound.upper(4) == error
    assert float(found.least) > 0.9995 * float(found.bound)


def test_the_best_cubic_of_x4_is_known():
    found = derive.minimax(fourth, 3, on=(-1, 1))
    assert abs(found.formula - x**2 + Rational(1, 8)).subs(x, 1) < Rational(1, 10**3)
    assert found.least <= Rational(1, 8) <= found.bound
    assert float(found.bound) < 0.1251
    assert derive.chebyshev(fourth, 3, on=(-1, 1))(cos(pi / 8)).evalf() == pytest.approx(float(cos(pi / 8) ** 4), 1e-3)


def test_an_interpolant_without_an_error():
    assert derive.chebyshev("elu", 4, on=(1, 2))(x).equals(x)


def test_a_quotient_is_certified_on_both_sides_and_stands_in_a_cell():
    found = derive.minimax(sigmoid, (3, 2), on=(-6, 6))
    samples = [float(found.formula.subs(x, t)) - 1 / (1 + mpmath.exp(-t)) for t in mpmath.linspace(-6, 6, 2001)]
    assert float(found.least) * 0.999 < max(map(abs, samples)) <= float(found.bound)
    assert "at least" in repr(found)
    assert derive.lstm.with_activations(sigmoid=found)["i"].rhs.is_rational_function()


@pytest.mark.parametrize(("degrees", "on"), [((21, 0), (-1, 1)), ((7, 6), (-4, 4))])
def test_high_degrees_are_certified(degrees, on):
    """By mpmath at the points: so large errors with so many changes of sign no other such quotient is below."""
    found = derive.minimax(tanh, degrees, on=on)
    with mpmath.workdps(50):
        places = [mpmath.mpf(p.p) / p.q for p in found.points]
        quotient = [
            [mpmath.mpf(c.p) / c.q for c in part.as_poly(x).all_coeffs()] for part in found.formula.as_numer_denom()
        ]
        errors = [mpmath.polyval(quotient[0], t) / mpmath.polyval(quotient[1], t) - mpmath.tanh(t) for t in places]
        assert len(errors) == sum(degrees) + 2
        assert all(a * b < 0 for a, b in pairwise(errors))
        assert 0.999 * float(found.bound) < min(map(abs, errors)) <= max(map(abs, errors)) <= float(found.bound)


def test_a_lower_bound_that_the_errors_do_not_certify_is_refused():
    found = dataclasses.replace(derive.minimax(tanh, 3, on=(-1, 1)), formula=2 * x)
    with pytest.raises(DeriveError, match="do not alternate"):
        found.least  # noqa: B018


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: derive.minimax(tanh, 2, on=(0, oo)), "infinite or a point"),
        (lambda: derive.minimax(tanh, 41, on=(0, 1)), "from 0 to 40"),
        (lambda: derive.minimax(tanh, (2, 1), on=(-1, 1)), "give other degrees"),
        (lambda: derive.minimax("affine(alpha=2)", 3, on=(-1, 1)), "lower degree"),
        (lambda: derive.minimax(tanh, 21, on=(-Rational(1, 10**6), Rational(1, 10**6))), "below 10"),  # of tiny powers
        (lambda: derive.taylor("relu", 2), "kink at 0"),
        (lambda: derive.taylor(tanh, -1), "from 0 to 20"),
        (lambda: derive.pade(tanh, 3), r"such as \(3, 2\)"),
        (lambda: derive.pade(tanh, (3, 2), at=1), "not rational"),
    ],
)
def test_what_cannot_be_had_is_one_line(make, says):
    with pytest.raises(DeriveError, match=says) as error:
        make()
    assert "\n" not in str(error.value)
