"""Interval arithmetic on arrays against exact numbers: fractions, and balls of many bits."""

from __future__ import annotations

from fractions import Fraction

import pytest
from flint import arb, ctx, fmpq
from hypothesis import example, given
from hypothesis import strategies as st

np = pytest.importorskip("numpy")
arrays = pytest.importorskip("derive.exact.arrays")

FINITE = st.floats(-1e300, 1e300)
MODERATE = st.floats(-800, 800) | st.floats(-2, 2) | st.floats(-1e-5, 1e-5)


def cells(*ends):
    lower, upper = zip(*map(sorted, ends), strict=True)
    return arrays.Cells(np.array(lower), np.array(upper))


def holds(found, number):
    """Whether the one interval has the exact number."""
    lower, upper = (float(end[0]) for end in found)
    return (lower == -np.inf or Fraction(lower) <= number) and (upper == np.inf or number <= Fraction(upper))


@given(st.tuples(FINITE, FINITE), st.tuples(FINITE, FINITE), st.integers(-4, 5))
@example((0.0, 0.0), (-1e300, 1e300), 2)
@example((-0.0, 5e-324), (-5e-324, 1.0), -1)
def test_every_operation_encloses_what_its_ends_give(a, b, n):
    with np.errstate(all="ignore"):
        x, y = cells(a), cells(b)
        sums, differences, products = arrays.add(x, y), arrays.subtract(x, y), arrays.multiply(x, y)
        powers, inverse = arrays.power(x, n), arrays.reciprocal(x)
    for p in map(Fraction, a):
        for q in map(Fraction, b):
            assert holds(sums, p + q)
            assert holds(differences, p - q)
            assert holds(products, p * q)
        if p or n >= 0:
            assert holds(powers, p**n)
        if p:
            assert holds(inverse, 1 / p)


@given(MODERATE)
@example(709.5)
@example(-708.5)
@example(0.0)
def test_functions_enclose_the_true_value(x):
    """Balls of 200 bits are narrower than any double's neighbourhood that could be missed."""
    with np.errstate(all="ignore"), ctx.workprec(200):
        for function, true in (
            (arrays.exp, arb.exp),
            (arrays.tanh, arb.tanh),
            (lambda a: arrays.logistic(a)[0], lambda z: 1 / (1 + (-z).exp())),
            (lambda a: arrays.logistic(a)[1], lambda z: 1 / (1 + z.exp())),
        ):
            lower, upper = (float(end[0]) for end in function(cells((x, x))))
            ball = true(arb(x))
            assert not arb(lower) > ball
            assert not arb(upper) < ball
            if abs(x) < 700:
                assert upper - lower <= 2**-47 * max(upper, 1.0)  # and no wider than stated


def test_a_function_is_enclosed_between_ends():
    low, high = np.array([-2.0, -1e-3, -np.inf]), np.array([3.0, 1e-3, np.inf])
    with np.errstate(all="ignore"):
        found = arrays.tanh(arrays.Cells(low, high))
    assert found.lower[0] < -0.964 < 0.995 < found.upper[0]
    assert list(found.lower[1:]) == [pytest.approx(-1e-3, rel=1e-6), -1]
    assert found.upper[2] == 1


@given(st.integers(-(10**30), 10**30), st.integers(1, 10**30))
def test_a_rational_lies_between_its_doubles(p, q):
    from derive.exact.intervals import outwards

    with ctx.workprec(300):
        found = arrays.cells(outwards(arb(fmpq(p, q))))
    assert Fraction(float(found.lower)) <= Fraction(p, q) <= Fraction(float(found.upper))
