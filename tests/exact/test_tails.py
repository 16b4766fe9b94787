"""Values far out on a tail, sums in which something cancels, and the limit of numbers, against mpmath."""

from __future__ import annotations

import pickle
from fractions import Fraction

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Add, Integer, Mul, Rational, Symbol, exp, log

from derive.errors import DeriveError, Undecided
from derive.exact.numeral import Numeral, exact_rational
from derive.exact.value import Value
from derive.symbolic.activations import ACTIVATIONS, gelu, sigmoid, silu, softplus, tanh
from derive.symbolic.evaluation import evaluate

x, y = Symbol("x"), Symbol("y")


def number(value: Fraction | int) -> mpmath.mpf:
    return mpmath.mpf(Fraction(value).numerator) / Fraction(value).denominator


def near(value: Value, oracle: mpmath.mpf, digits: int = 20) -> bool:
    found = mpmath.mpf(str(value.significant(digits + 2)))
    return bool(abs(found - oracle) <= abs(oracle) * mpmath.mpf(10) ** -digits)


def e(a: mpmath.mpf) -> mpmath.mpf:
    return mpmath.exp(a)


#: By name: the value at x, and the slope at x, of activations at a far x, in forms without cancellation.
TAILS = {
    "sigmoid": (lambda a: 1 / (1 + e(-a)), lambda a: e(-abs(a)) / (1 + e(-abs(a))) ** 2),
    "tanh": (lambda a: mpmath.sign(a) * (1 - e(-2 * abs(a))) / (1 + e(-2 * abs(a))), lambda a: mpmath.sech(a) ** 2),
    "softplus": (lambda a: max(a, 0) + mpmath.log1p(e(-abs(a))), lambda a: 1 / (1 + e(-a))),
    "silu": (
        lambda a: a / (1 + e(-a)),
        lambda a: (1 + e(-a) * (1 + a)) / (1 + e(-a)) ** 2,
    ),
    "gelu": (
        lambda a: a * mpmath.erfc(-a / mpmath.sqrt(2)) / 2,
        lambda a: mpmath.erfc(-a / mpmath.sqrt(2)) / 2 + a * e(-(a**2) / 2) / mpmath.sqrt(2 * mpmath.pi),
    ),
}


@pytest.mark.parametrize("far", [100, 10**4, 10**6, 10**18, 10**30, 10**300])
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("name", TAILS)
def test_activations_and_their_slopes_have_all_their_digits(name, sign, far):
    activation, place = ACTIVATIONS[name], Value.of(sign * far)
    value = evaluate(activation(x), {x: place})
    slope = evaluate(activation.slope(x, y), {x: place, y: value})
    if name == "gelu" and far > 10**6:
        assert value.sign() == sign  # mpmath's erfc goes no further
        return
    with mpmath.workdps(400):
        for found, oracle in zip((value, slope), TAILS[name], strict=True):
            assert near(found, oracle(mpmath.mpf(sign * far)))


@settings(max_examples=40)
@given(st.fractions(min_value=-2000, max_value=2000, max_denominator=50), st.sampled_from([1, -1, Rational(3, 7)]))
def test_what_is_left_of_a_saturated_function(a, factor):
    """c - c v and c + c v, alone and beside another term, of functions that tend to 1 or -1."""
    place = {x: Value.of(a), y: evaluate(log(Integer(3)))}
    with mpmath.workdps(2000):
        v, c = number(a), number(Fraction(factor.p, factor.q) if isinstance(factor, Rational) else factor)
        plain = {
            1 - sigmoid(x): e(-v) / (1 + e(-v)),
            1 - tanh(x): 2 / (1 + e(2 * v)),
            1 + tanh(x): 2 / (1 + e(-2 * v)),
            1 - tanh(x) ** 2: mpmath.sech(v) ** 2,
        }
        for formula, oracle in plain.items():
            terms = [Mul(factor, t, evaluate=False) for t in formula.args]
            assert near(evaluate(Add(*terms, evaluate=False), place), c * oracle)
            assert near(evaluate(Add(*terms, y, evaluate=False), place), c * oracle + mpmath.log(3))
        assert near(evaluate(log(1 + exp(x)), place), mpmath.log1p(e(v)))
        if a:
            assert near(evaluate(log(sigmoid(x)), place), -mpmath.log1p(e(-v)))


def test_comparisons_open_the_sums_in_sums():
    almost = evaluate(sigmoid(10**6, evaluate=False))
    half = Value.of(Rational(1, 2))
    assert almost - half < half
    assert half - almost > -half
    assert (almost + almost) - 1 < almost
    assert evaluate(log(sigmoid(x)) - x, {x: Value.of(-(10**6))}) < 0
    with pytest.raises(Undecided, match="agree in 16384 bits"):  # two functions, each of which is almost 1
        _ = almost < evaluate(tanh(10**6, evaluate=False))


@pytest.mark.parametrize("expr", [1 - sigmoid(90), log(1 + exp(-300)), 1 - tanh(40) ** 2, gelu(-100), softplus(-80)])
def test_tails_are_pickled(expr):
    value = evaluate(expr)
    assert pickle.loads(pickle.dumps(value)) is value


def test_what_cancels_is_exactly_nothing():
    v = evaluate(silu(3))
    assert (v * 3 - v * 3).rational == 0
    assert (v + (-v - v) + v).unicode() in ("0.0000",)
    assert evaluate(Add(x, Mul(-1, x), y, Mul(-1, x), x, evaluate=False), {x: v, y: Value.of(2)}).rational == 2


@given(st.integers(-(10**4), 10**4), st.integers(-(10**9), 10**9))
def test_a_numeral_of_any_exponent_is_a_value(digits, exponent):
    value = Value.of(Numeral(digits, exponent))
    with mpmath.workdps(40):
        assert value.sign() == (digits > 0) - (digits < 0)
        assert digits == 0 or near(value, digits * mpmath.mpf(10) ** exponent, 25)


def test_the_nearest_double_of_what_has_none():
    assert float(evaluate(exp(10**6))) == float("inf")
    assert float(-evaluate(exp(10**6))) == float("-inf")
    assert float(evaluate(exp(-(10**6)))) == 0.0
    assert float(Value.of("1e400")) == float("inf")


@given(st.fractions(), st.integers(-330, 330))
def test_the_nearest_double_is_pythons(a, exponent):
    exact = a * Fraction(10) ** exponent
    try:
        expected = float(exact)
    except OverflowError:
        expected = float("inf") if a > 0 else float("-inf")
    assert float(Value.of(exact)) == expected


# ---------------------------------------------------------------------- the limit of numbers


@given(st.integers(0, 399), st.integers(-399, 399), st.sampled_from(["", "-", "+"]))
def test_decimals_within_the_limit_are_pythons_fractions(places, exponent, sign):
    text = f"{sign}7.{'3' * places}e{exponent}"
    exact = Fraction(text)
    if max(abs(exact.numerator), exact.denominator) <= 10**400:
        assert exact_rational(text) == Rational(exact.numerator, exact.denominator)
    else:
        with pytest.raises(DeriveError, match=r"expected a number from 10\^-400 to 10\^400"):
            exact_rational(text)


@pytest.mark.parametrize(
    ("inside", "outside"),
    [
        ("1e400", "1.1e400"), ("1e-400", "9e-401"), ("9" * 400, "9" * 401), (10**400, 10**400 + 1),
        ("1/3e-9", "1e400/3e-400"), ("0." + "0" * 399 + "1", "0." + "0" * 400 + "1"), (1e308, 1 << 4000),
        (Fraction(1, 10**400), Fraction(1, 10**401)), ("1_000.5", "1e" + "9" * 4000),
        ("0e400", "0." + "0" * 9000 + "1"),
    ],
)  # fmt: skip
def test_the_limit_is_where_it_is_said_to_be(inside, outside):
    exact_rational(inside)
    with pytest.raises(DeriveError, match=r"expected a number from 10\^-400 to 10\^400") as raised:
        exact_rational(outside)
    assert len(str(raised.value)) < 400


@pytest.mark.parametrize("text", ["1e9999 99999", "1 1/2", "1/2/3", "1e", ".", "1e5e5", "0x10", "١", "1/", True, [1]])
def test_what_is_no_number_is_said_so(text):
    with pytest.raises(DeriveError, match="not a finite rational number"):
        exact_rational(text)
