"""Values against mpmath at high precision, Python's fractions and the decimal module."""

from __future__ import annotations

import copy
import decimal
import math
import pickle
from fractions import Fraction
from functools import cache

import flint
import mpmath
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sympy import (
    Abs,
    Add,
    Max,
    Min,
    Mul,
    Piecewise,
    Pow,
    Rational,
    S,
    Symbol,
    exp,
    lambdify,
    log,
    pi,
    sqrt,
    tan,
)

from derive.errors import DeriveError, UnsupportedExpression
from derive.exact.numeral import Numeral, exact_rational
from derive.exact.value import Value
from derive.symbolic.activations import ACTIVATIONS, elu, gelu, sigmoid, silu, softsign, tanh
from derive.symbolic.evaluation import evaluate
from derive.symbolic.piecewise_linear import hard_sigmoid, relu

x, y = Symbol("x"), Symbol("y")
rationals = st.fractions(min_value=-6, max_value=6, max_denominator=1000)


def as_fraction(text: str) -> Fraction:
    return Fraction(text.replace(r" \times 10^{", "e").replace("}", ""))


def half_even(number: Fraction, decimals: int) -> str:
    """The decimal module's rounding, as an oracle."""
    with decimal.localcontext(prec=200):
        quotient = decimal.Decimal(number.numerator) / decimal.Decimal(number.denominator)
        text = f"{quotient.quantize(decimal.Decimal(1).scaleb(-decimals), decimal.ROUND_HALF_EVEN):f}"
    return text.lstrip("-") if Fraction(text) == 0 else text


@pytest.mark.parametrize(
    ("expr", "relation", "latex", "unicode"),
    [
        (sigmoid(-10), "≈", r"4.54 \times 10^{-5}", "4.54×10⁻⁵"),
        (-sigmoid(-10), "≈", r"-4.54 \times 10^{-5}", "−4.54×10⁻⁵"),
        (sigmoid(-90), "≈", r"8.19 \times 10^{-40}", "8.19×10⁻⁴⁰"),
        (1 - sigmoid(90), "≈", r"8.19 \times 10^{-40}", "8.19×10⁻⁴⁰"),
        (sigmoid(90), "≈", "1.0000", "1.0000"),
        (tanh(Rational(1, 5)), "≈", "0.1974", "0.1974"),
        (tanh(Rational(-1, 5)), "≈", "-0.1974", "−0.1974"),
        (Rational(1, 8), "=", "0.1250", "0.1250"),
        (Rational(1, 3), "≈", "0.3333", "0.3333"),
        (Rational(-1, 100000), "=", r"-1.00 \times 10^{-5}", "−1.00×10⁻⁵"),
        (Rational(1, 300000), "≈", r"3.33 \times 10^{-6}", "3.33×10⁻⁶"),
        (relu(tanh(-2)), "=", "0.0000", "0.0000"),
        (hard_sigmoid(exp(2)), "=", "1.0000", "1.0000"),
        (softsign(Rational(1, 4)), "=", "0.2000", "0.2000"),
        (sqrt(Rational(9, 4)), "=", "1.5000", "1.5000"),
        (S.Zero, "=", "0.0000", "0.0000"),
        (Rational(10**9 - 1), "=", "999999999.0000", "999999999.0000"),
        (Rational(10**9), "=", r"1.00 \times 10^{9}", "1.00×10⁹"),
        (exp(100), "≈", r"2.69 \times 10^{43}", "2.69×10⁴³"),
        (Rational(99995, 10**10), "≈", r"1.00 \times 10^{-5}", "1.00×10⁻⁵"),
    ],
)
def test_what_is_printed(expr, relation, latex, unicode):
    value = evaluate(expr)
    assert (value.relation(), value.latex(), value.unicode()) == (relation, latex, unicode)


@given(rationals, st.integers(0, 8))
def test_rationals_round_half_to_even(number, decimals):
    value = Value.of(number)
    assert value.decimal(decimals) == half_even(number, decimals)
    assert value.is_exact_at(decimals) == (as_fraction(value.latex(decimals)) == number)
    assert "-0." not in value.latex(0) or value.sign() == -1


@pytest.mark.parametrize(("number", "text"), [("0.5", "0"), ("1.5", "2"), ("-0.5", "0"), ("2.5", "2")])
def test_ties(number, text):
    assert Value.of(number).decimal(0) == text


@cache
def in_mpmath(name):
    """The activation as a function of mpmath."""
    return lambdify(x, ACTIVATIONS[name].value(x, *ACTIVATIONS[name].defaults.values()), "mpmath")


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
@given(number=st.fractions(min_value=-40, max_value=40, max_denominator=100), decimals=st.integers(0, 25))
def test_every_activation_rounds_as_mpmath_does(name, number, decimals):
    value = evaluate(ACTIVATIONS[name](Rational(number.numerator, number.denominator)))
    with mpmath.workdps(150):
        oracle = in_mpmath(name)(mpmath.mpf(number.numerator) / number.denominator)
        scaled = oracle * mpmath.mpf(10) ** decimals
        assume(abs(scaled * 2 - mpmath.nint(scaled * 2)) > mpmath.mpf(10) ** -60 or value.rational is not None)
        if value.rational is None:
            assert Fraction(value.decimal(decimals)) == Fraction(int(mpmath.nint(scaled)), 10**decimals)
        else:
            assert abs(mpmath.mpf(int(value.rational.p)) / int(value.rational.q) - oracle) < mpmath.mpf(10) ** -140
        assert float(value) == pytest.approx(float(oracle), rel=1e-15, abs=0)
        upper = Fraction(value.upper(6))
        assert mpmath.mpf(upper.numerator) / upper.denominator >= oracle - mpmath.mpf(10) ** -140
        assert mpmath.mpf(upper.numerator) / upper.denominator <= oracle + abs(oracle) * mpmath.mpf(10) ** -5


@given(rationals, rationals)
def test_expressions_of_rationals_stay_rational(a, b):
    expr = Piecewise((Max(x, y) * Abs(x - y) + x**3, x < y), (Min(x, y) / 7 - 2 * y, True))
    found = evaluate(expr, {x: Value.of(a), y: Value.of(b)})
    oracle = max(a, b) * abs(a - b) + a**3 if a < b else min(a, b) / 7 - 2 * b
    assert found.rational == Rational(oracle.numerator, oracle.denominator)


def test_order_is_kept_and_unevaluated_nodes_are_walked():
    expr = Add(Mul(x, Pow(y, -1, evaluate=False), evaluate=False), Mul(-1, x, evaluate=False), x, evaluate=False)
    assert evaluate(expr, {x: Value.of(3), y: Value.of(4)}).rational == Rational(3, 4)
    assert evaluate(elu(x, alpha=2), {x: Value.of(-1)}).decimal(6) == f"{2 * (math.exp(-1) - 1):.6f}"


def test_a_long_recurrence_is_not_evaluated_again_and_again():
    value, number = Value.of("0.3"), mpmath.mpf("0.3")
    for _ in range(3000):
        value = evaluate(tanh(2 * x + sigmoid(x)) * Rational(9, 10), {x: value})
    with mpmath.workdps(60):
        number = mpmath.mpf(3) / 10
        for _ in range(3000):
            number = mpmath.tanh(2 * number + 1 / (1 + mpmath.exp(-number))) * 9 / 10
        assert value.decimal(40) == mpmath.nstr(number, 40, strip_zeros=False)


def test_a_chaotic_recurrence_is_refined_until_its_digits_are_certain():
    value = Value.of("0.3")
    for _ in range(1000):  # the logistic map loses a bit a step, and its exact fraction doubles in size
        value = evaluate(4 * x * (1 - x), {x: value})
    with mpmath.workprec(1400):
        number = mpmath.mpf(3) / 10
        for _ in range(1000):
            number = 4 * number * (1 - number)
        assert value.decimal(12) == mpmath.nstr(number, 12, strip_zeros=False)
    assert value.relation(12) == "≈"


def test_differences_are_exact():
    a, b = evaluate(tanh(Rational(1, 5))), evaluate(tanh(Rational(1, 5)))
    assert (a - b).rational == 0
    assert a == b
    assert a != evaluate(tanh(Rational(1, 4)))
    assert Value.of("0.5") == Value.of(Rational(1, 2)) != Value.of(1)
    assert len({Value.of(2), Value.of("2.0"), a, b}) == 2
    small = evaluate(sigmoid(90)) - 1
    assert small.sign() == -1
    assert small.latex() == r"-8.19 \times 10^{-40}"
    assert abs(small).upper(4) == "8.195e-40"
    assert evaluate(sigmoid(90)) < 1 < evaluate(sigmoid(90)) + Rational(1, 10**30)


def test_what_cannot_be_decided_is_said():
    one = evaluate(sigmoid(2)) + evaluate(sigmoid(-2))
    assert one.decimal(6) == "1.000000"
    assert (one - 1).sign() is None
    assert (one - 1).latex() == "0.0000"
    assert (one / 2).decimal(0) == "0"  # a tie to all the bits there are: half to even
    with pytest.raises(DeriveError, match=r"agree in 16384 bits"):
        _ = one > 1


@pytest.mark.parametrize(("factor", "text"), [(1, "0"), (3, "2"), (5, "2"), (7, "4"), (-1, "0"), (-3, "-2")])
def test_ties_that_cannot_be_decided_go_to_the_even_number(factor, text):
    """Half a whole number, written as a sum of reals that is one."""
    one = evaluate(sigmoid(2)) + evaluate(sigmoid(-2))
    assert one.rational is None
    assert (one * Rational(factor, 2)).decimal(0) == text


def test_what_cannot_be_told_from_a_decimal_is_rounded_up_past_it():
    """exp(-20000) is positive, but 1 + exp(-20000) differs from 1 in its 28854th bit only."""
    one = evaluate(1 + exp(-20000))
    assert one.rational is None
    assert one.upper(5) == "1.0001"
    assert one.decimal(4) == "1.0000"
    assert (one - 1).upper(5) == "0.00001"
    assert (one - 1).significant(5) == Numeral(0, -5)
    assert float(one) == 1.0
    assert evaluate(Max(x, 1), {x: one}).decimal(4) == evaluate(Abs(x), {x: one}).decimal(4) == "1.0000"
    negative = evaluate(1 - exp(-20000)) - 1
    assert negative != abs(negative)
    assert (abs(negative) - negative).rational is None
    assert float(one + Rational(1, 2**53)) in (1.0, 1 + 2**-52)  # its two neighbours


def test_upper_is_never_below():
    assert evaluate(Rational(1, 4) - tanh(Rational(1, 4))).upper(5) == "0.0050814"
    assert evaluate(sigmoid(-10)).upper(3) == "4.54e-5"
    assert Value.of("9.9999").upper(3) == "10.0"
    assert Value.of(0).upper(3) == "0"
    assert evaluate(-pi).upper(3) == "-3.14"


def test_lower_is_never_above():
    assert evaluate(Rational(1, 4) - tanh(Rational(1, 4))).lower(5) == "0.0050813"
    assert evaluate(sigmoid(-10)).lower(3) == "4.53e-5"
    assert Value.of("9.9999").lower(3) == "9.99"
    assert evaluate(2 - exp(-20000)).lower(5) == "1.9999"  # not told from 2


@given(st.integers(-(10**6), 10**6), st.integers(-9, 3), st.booleans())
def test_a_numeral_prints_its_own_value(digits, exponent, scientific):
    numeral = Numeral(digits, exponent, scientific)
    value = Fraction(int(numeral.rational.p), int(numeral.rational.q))
    assert as_fraction(numeral.latex()) == Fraction(str(numeral)) == value == digits * Fraction(10) ** exponent


def test_the_precision_of_others_is_left_alone():
    before = flint.ctx.prec
    evaluate(gelu(2)).decimal(200)
    assert flint.ctx.prec == before


@pytest.mark.parametrize(
    ("number", "rational"),
    [
        (0.1, Rational(1, 10)),
        ("1e-3", Rational(1, 1000)),
        (Fraction(2, 3), Rational(2, 3)),
        ("1/7", Rational(1, 7)),
        (3, 3),
    ],
)
def test_numbers_are_read_as_written(number, rational):
    assert exact_rational(number) == rational


@pytest.mark.parametrize("number", [float("nan"), float("inf"), "pi", "one", None, pi, "__import__('os')"])
def test_what_is_not_a_rational_is_refused(number):
    with pytest.raises(DeriveError, match="not a finite rational number"):
        exact_rational(number)


@pytest.mark.parametrize(
    ("expr", "error", "message"),
    [
        (tan(x), UnsupportedExpression, "tan cannot be evaluated exactly"),
        (y, DeriveError, "symbol y has no value; known: x"),
        (1 / (x - 1), DeriveError, "division by 0"),
        (log(x - 3), DeriveError, "no finite real value"),
        (exp(exp(50 * x)), DeriveError, "scale the weights"),
        (Piecewise((x, x > 5)), DeriveError, "no case"),
    ],
)
def test_one_clear_line(expr, error, message):
    with pytest.raises(error, match=message) as raised:
        evaluate(expr, {x: Value.of(1)}).decimal(3)
    assert "\n" not in str(raised.value)


def test_silu_is_evaluated_where_it_is_not_monotone():
    assert evaluate(silu(Rational(-5, 4))).decimal(10) == f"{-1.25 / (1 + math.exp(1.25)):.10f}"


def test_a_real_and_its_negative_cancel():
    env = {x: evaluate(tanh(Rational(1, 3))), y: Value.of("0.1")}
    assert evaluate(Add(x, Mul(-1, x, evaluate=False), evaluate=False), env).rational == 0
    assert evaluate(Add(x, y, Mul(-1, x, evaluate=False), evaluate=False), env).rational == Rational(1, 10)
    assert evaluate(Add(x, x, Mul(-1, x, evaluate=False), evaluate=False), env) == env[x]


def test_decimals_that_the_last_precision_does_not_give_are_refused():
    """exp(20000) has 28854 bits before its point, more than are ever computed."""
    with pytest.raises(DeriveError, match="16384 bits do not give 0 decimals"):
        evaluate(exp(20000)).decimal(0)


@pytest.mark.parametrize("text", ["1/0", "1e99999999", "-1E-99999999", "0.1e+10_001"])
def test_numbers_that_nobody_can_calculate_with_are_refused(text):
    with pytest.raises(DeriveError):
        exact_rational(text)


def test_values_are_copied_and_pickled():
    number, other = evaluate(tanh(Rational(1, 3))), Value.of("0.1")
    assert copy.deepcopy(number) is number
    assert pickle.loads(pickle.dumps(number)) is number
    assert pickle.loads(pickle.dumps((number, other))) == (number, other)
