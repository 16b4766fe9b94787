"""Forms against exact arithmetic in fractions: what lies in the operands leads into the result."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import numpy as np
import pytest
from mpmath import mp, mpf

from derive.approximation.bounds import x
from derive.symbolic.activations import sigmoid, tanh
from derive.synthesis import forms
from derive.synthesis.forms import Deviation
from derive.synthesis.functions import curve

UNITS, CAUSES, TRIALS = 3, 4, 40


def drawn(rng, units=UNITS, causes=CAUSES):
    """A form of ugly numbers, and its ends by the causes and the radius alone."""
    centre = np.array([rng.uniform(-1, 1) for _ in range(units)])
    columns = np.array(
        [[rng.uniform(-0.3, 0.3) * 10 ** -rng.randrange(12) for _ in range(causes)] for _ in range(units)]
    )
    radius = np.array([rng.choice((0.0, rng.uniform(0, 0.1))) for _ in range(units)])
    whole = np.full(units, np.inf)
    return forms.form(centre, columns, radius, np.zeros(units), (-whole, whole))


def member(form, causes, rng):
    """A vector of the form, in fractions, for given values of the causes."""
    found = []
    for k, c in enumerate(form.centre):
        named = sum((Fraction(g) * e for g, e in zip(form.columns[k], causes, strict=False)), Fraction(0))
        found.append(Fraction(c) + named + Fraction(form.radius[k]) * rng.choice((-1, 1, Fraction(1, 3))))
    return found


def assert_within(values, form, causes):
    """Within the ends, and, where the form keeps its causes, within its radius of what they say."""
    for k, value in enumerate(values):
        assert Fraction(form.lower[k]) <= value <= Fraction(form.upper[k])
        named = sum((Fraction(g) * e for g, e in zip(form.columns[k], causes, strict=False)), Fraction(0))
        assert abs(value - Fraction(form.centre[k]) - named) <= Fraction(form.radius[k])


@pytest.mark.parametrize("name", ["added", "multiplied"])
def test_sums_and_products(name):
    rng = Random(name)
    for _ in range(TRIALS):
        a, b = drawn(rng), drawn(rng)
        found = getattr(forms, name)(a, b)
        causes = [rng.choice((-1, 1, Fraction(1, 7))) for _ in range(CAUSES)]
        pairs = zip(member(a, causes, rng), member(b, causes, rng), strict=True)
        assert_within([u + v if name == "added" else u * v for u, v in pairs], found, causes)


def test_what_two_owe_to_one_cause_cancels():
    """u - u is 0 but for rounding, which intervals do not know."""
    a = forms.caused(forms.between([0.1], [0.7]), 0)
    minus = forms.between([-1.0], [-1.0])
    assert forms.added(a, forms.multiplied(minus, a)).size[0] < 1e-14


def test_a_matrix():
    rng = Random(2)
    for _ in range(TRIALS):
        a, matrix = drawn(rng), np.array([[rng.uniform(-2, 2) for _ in range(UNITS)] for _ in range(2)])
        causes = [rng.choice((-1, 1)) for _ in range(CAUSES)]
        vector = member(a, causes, rng)
        exact = [sum(Fraction(w) * v for w, v in zip(row, vector, strict=True)) for row in matrix]
        assert_within(exact, forms.mapped(matrix, a), causes)
        d = Deviation(a.columns, a.radius)
        off = [v - Fraction(c) for v, c in zip(vector, a.centre, strict=True)]
        carried = forms.carried(matrix, d)
        for k, row in enumerate(matrix):
            error = sum(Fraction(w) * v for w, v in zip(row, off, strict=True))
            named = sum(Fraction(g) * e for g, e in zip(carried.columns[k], causes, strict=True))
            assert abs(error - named) <= Fraction(carried.radius[k])


@pytest.mark.parametrize("function", [tanh, sigmoid])
def test_a_function(function):
    rng = Random(function.__name__)
    by_hand = mp.tanh if function is tanh else lambda v: 1 / (1 + mp.exp(-v))
    with mp.workdps(60):
        for _ in range(TRIALS):
            a = drawn(rng)
            causes = [rng.choice((-1, 1)) for _ in range(CAUSES)]
            values = [by_hand(mpf(v.numerator) / v.denominator) for v in member(a, causes, rng)]
            exact = [Fraction(int(mp.nint(v * mpf(2) ** 160)), 2**160) for v in values]
            assert_within(exact, forms.applied(curve(function(x), a), a), causes)


def test_products_of_errors():
    """a δ and δa δb, against the products of what lies in them."""
    rng = Random(3)
    for _ in range(TRIALS):
        a, b, c = drawn(rng), drawn(rng), drawn(rng)
        causes, others = ([rng.choice((-1, 1)) for _ in range(CAUSES)] for _ in range(2))
        d, e = (Deviation(f.columns, f.radius) for f in (b, c))
        off = [v - Fraction(f) for v, f in zip(member(b, causes, rng), b.centre, strict=True)]
        other = [v - Fraction(f) for v, f in zip(member(c, causes, rng), c.centre, strict=True)]
        scaled, crossed = forms.times(a, d), forms.crossed(d, e)
        for k, value in enumerate(member(a, others, rng)):
            named = sum(Fraction(g) * s for g, s in zip(scaled.columns[k], causes, strict=True))
            assert abs(value * off[k] - named) <= Fraction(scaled.radius[k])
            assert abs(off[k] * other[k]) <= Fraction(crossed.radius[k])
