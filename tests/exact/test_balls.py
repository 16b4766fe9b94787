"""Every rule contains the values of its operation: points of the operand balls, by mpmath, lie in the result."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import pytest
from flint import arb, fmpq
from hypothesis import given
from hypothesis import strategies as st
from sympy import Abs, Add, Max, Min, Mul, Pow, cos, erf, exp, log, sin
from sympy import tanh as sympy_tanh

from derive.errors import DeriveError
from derive.exact.balls import RULES, ball_ends

numbers = st.fractions(min_value=-8, max_value=8, max_denominator=30)
shares = st.fractions(min_value=0, max_value=1, max_denominator=30)
ORACLES = {
    exp: mpmath.exp,
    log: mpmath.log,
    sympy_tanh: mpmath.tanh,
    erf: mpmath.erf,
    sin: mpmath.sin,
    cos: mpmath.cos,
    Abs: abs,
    Add: lambda a, b: a + b,
    Mul: lambda a, b: a * b,
    Max: max,
    Min: min,
}


def interval(a, b) -> arb:
    return arb(fmpq(a.numerator, a.denominator)).union(arb(fmpq(b.numerator, b.denominator)))


def point(a, b, share):
    number = a + (b - a) * share
    return mpmath.mpf(number.numerator) / number.denominator


def contains(ball: arb, number: mpmath.mpf) -> bool:
    ends = ball_ends(ball)
    if ends is None:
        return True
    lower, upper = (mpmath.mpf(e.numerator) / e.denominator for e in ends)
    slack = mpmath.mpf(10) ** -40 * (1 + abs(number))
    return lower - slack <= number <= upper + slack


@pytest.mark.parametrize("operation", list(ORACLES), ids=lambda o: o.__name__)
@given(a=numbers, b=numbers, c=numbers, d=numbers, s=shares, t=shares)
def test_a_rule_contains_every_value(operation, a, b, c, d, s, t):
    if operation is log:
        a, b = abs(a) + 1, abs(b) + 1
    binary = operation in (Add, Mul, Max, Min)
    balls = [interval(a, b), interval(c, d)] if binary else [interval(a, b)]
    with mpmath.workdps(50):
        points = [point(a, b, s), point(c, d, t)] if binary else [point(a, b, s)]
        assert contains(RULES[operation](*balls), ORACLES[operation](*points))


@given(numbers, numbers, shares, st.integers(-4, 6))
def test_powers_contain_every_value(a, b, share, n):
    with mpmath.workdps(50):
        number = point(a, b, share)
        ball = RULES[Pow](interval(a, b), arb(n))
        if number == 0 and n < 0:
            assert not ball.is_finite()
        else:
            assert contains(ball, number**n)


@given(numbers, numbers, st.integers(-4, -1))
def test_a_pole_is_never_bounded(a, b, n):
    low, high = min(a, b), max(a, b)
    if low <= 0 <= high:
        assert not RULES[Pow](interval(low, high), arb(n)).is_finite()


def test_wide_balls_stay_narrow():
    lower, upper = ball_ends(RULES[sympy_tanh](arb(0, 5)))
    assert -1.001 < lower < -0.999 < 0.999 < upper < 1.001


def test_a_huge_number_is_refused_and_a_huge_radius_is_undecided():
    with pytest.raises(DeriveError, match="scale the weights"):
        ball_ends(arb(100000000).exp())
    assert ball_ends(arb(0, 1) * arb(100000000).exp()) is None


def test_a_number_whose_error_is_beyond_all_writing_is_written():
    """1 - tanh(exp(268)) is positive, and smaller than 2 exp(-2 exp(268))."""
    lower, upper = ball_ends(RULES[sympy_tanh](arb(268).exp()))
    assert 1 - Fraction(1, 2**60) < lower <= 1 <= upper < 1 + Fraction(1, 2**60)
