"""Tables: entries and interpolation against fractions, errors against samples of mpmath."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Rational, Symbol, oo

import derive
from derive.errors import DeriveError
from derive.symbolic.activations import gelu, sigmoid, tanh

x = Symbol("x")
FUNCTIONS = {"tanh": mpmath.tanh, "sigmoid": lambda t: 1 / (1 + mpmath.exp(-t)), "gelu": lambda t: t * mpmath.ncdf(t)}


def looked_up(f, entries, on, bits, interpolate, outside, t):
    """The table at a fraction, in another way: entries by mpmath, the line through the two around it."""
    lower, upper = map(Fraction, on)
    h = (upper - lower) / (entries - interpolate)

    def entry(k):
        place = lower + k * h + (0 if interpolate else h / 2)
        return Fraction(int(mpmath.nint(f(mpmath.mpf(place.numerator) / place.denominator) * 2**bits)), 2**bits)

    if outside == "clamp":
        t = min(max(t, lower), upper)
    k = min(max((t - lower) // h, 0), entries - 1 - interpolate)
    share = (t - lower) / h - k if interpolate else 0
    return entry(k) + share * (entry(k + 1) - entry(k)) if interpolate else entry(k)


TABLES = st.tuples(
    st.sampled_from(["tanh", "sigmoid", "gelu"]),
    st.integers(2, 40),
    st.tuples(st.integers(-6, -1), st.integers(1, 6)),
    st.integers(4, 20),
    st.sampled_from([(True, "clamp"), (True, "extend"), (False, "clamp")]),
)


@given(TABLES, st.fractions(-8, 8, max_denominator=100))
@settings(max_examples=60, deadline=None)
def test_a_table_is_its_entries_and_the_lines_between(about, t):
    name, entries, on, bits, (interpolate, outside) = about
    table = derive.table(name, entries, on, bits, interpolate, outside)
    assert Fraction(str(table(Rational(t)))) == looked_up(FUNCTIONS[name], entries, on, bits, interpolate, outside, t)


@given(TABLES, st.integers(0, 3))
@settings(max_examples=25, deadline=None)
def test_no_sample_exceeds_the_bound_and_the_lower_bound_is_reached(about, inwards):
    name, entries, (lower, upper), bits, (interpolate, outside) = about
    table = derive.table(name, entries, (lower, upper), bits, interpolate, outside)
    on = (lower - 1 + inwards, upper + 1)
    claim = derive.approximate(name, table, on=on)
    places = [Fraction(on[0]) + Fraction(on[1] - on[0]) * k / 97 for k in range(98)]
    errors = [
        looked_up(FUNCTIONS[name], entries, (lower, upper), bits, interpolate, outside, t)
        - Fraction(str(FUNCTIONS[name](mpmath.mpf(t.numerator) / t.denominator)))
        for t in places
    ]
    assert float(max(map(abs, errors))) <= float(claim.bound) * (1 + 1e-12)
    place, value = claim.reached
    assert float(value) >= 0.999 * float(claim.bound)
    assert value <= claim.bound
    assert on[0] <= place <= on[1]


def test_the_table_of_1024_entries():
    table = derive.table(tanh, entries=1024, on=(-8, 8))
    claim = derive.approximate(tanh, table, on=(-oo, oo))
    h = Rational(16, 1023)  # the chord is off by h² max|tanh''|/8, and an entry by half of 2^-15
    assert float(claim.bound) <= float(h**2 / 8 * tanh.max_curvature + Rational(1, 2**16))
    assert repr(claim) == "tanh(x) ≈ tanh_table_1024(x) on [-oo, oo]: error ≤ 3.5170×10⁻⁵"
    assert claim.stays_within(-1, 1)
    assert claim.is_monotone()
    assert len(claim.latex()) < 1000
    assert r"T_k + \frac{x - x_k}{\frac{16}{1023}} \left(T_{k+1} - T_k\right)" in claim.latex()


def test_outside_a_table_the_error_is_that_of_its_last_entry():
    claim = derive.approximate(tanh, derive.table(tanh), on=(-oo, oo))
    assert claim.sup_error == Rational(11, 2**14)  # 1 less the entry at 4
    assert derive.approximate(tanh, derive.table(tanh), at=10).sup_error == tanh(10) - derive.table(tanh)(4)
    with pytest.raises(DeriveError, match="unbounded"):
        derive.approximate(tanh, derive.table(tanh, outside="extend"), on=(0, oo)).bound  # noqa: B018


def test_a_table_of_a_falling_function_is_refuted_to_rise():
    claim = derive.approximate(gelu, derive.table(gelu, entries=32), on=(-4, 4))
    refuted = claim.is_monotone()
    assert refuted.holds is False
    assert claim.replacement.subs(x, refuted.at + Rational(1, 10**6)) < claim.replacement.subs(x, refuted.at)
    low, high = derive.largest_interval(gelu, derive.table(gelu, entries=32), "0.01", within=(-4, 4))
    assert (low, high) == (-4, 4)


def test_a_run_looks_up_what_the_table_has():
    run = derive.load_run("examples/lecture.toml")
    table = derive.table(tanh, entries=256, on=(-4, 4))
    steps = replace(run, cell=derive.lstm.with_activations(tanh=table)).steps()
    c, h, o = (float(steps.value(4, name)) for name in "cho")
    around = mpmath.mpf(c)
    assert h == pytest.approx(o * float(mpmath.tanh(around)), abs=1.1e-4)
    assert h != pytest.approx(o * float(mpmath.tanh(around)), abs=1e-9)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: derive.table(tanh, entries=1), "from 2 to 65536"),
        (lambda: derive.table(tanh, bits=0), "from 1 to 64"),
        (lambda: derive.table(tanh, on=(1, 1)), "lower < upper"),
        (lambda: derive.table(tanh, on=3), "not a pair"),
        (lambda: derive.table(tanh, interpolate="no"), "True or False"),
        (lambda: derive.table(tanh, outside="wrap"), "'clamp', 'error', or 'extend'"),
        (lambda: derive.table(tanh, interpolate=False, outside="extend"), "'clamp', 'error', or 'extend'"),
        (
            lambda: derive.approximate(tanh, 2 * derive.table(sigmoid)(2 * x) - 1, on=(0, 1)),
            "table of the whole function",
        ),
        (lambda: derive.approximate(derive.table(tanh), tanh, on=(0, 1)), "is a table"),
    ],
)
def test_what_is_no_table_is_one_line(make, says):
    with pytest.raises(DeriveError, match=says) as error:
        make()
    assert "\n" not in str(error.value)
