"""Entries of a hand-made table: what is read, what is refused, which formula is the cell's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Rational, Symbol

import derive
from derive.claims.hand import is_half_substituted, matches, outline, read_entry
from derive.errors import RunError
from derive.exact.value import Value
from derive.symbolic.evaluation import evaluate


@pytest.mark.parametrize(
    ("text", "value", "decimals", "relation"),
    [
        ("0.3", Rational(3, 10), 1, ""),
        ("-0.20", Rational(-1, 5), 2, ""),
        ("−0.2", Rational(-1, 5), 1, ""),
        ("7", 7, 0, ""),
        ("4.54e-5", Rational("0.0000454"), 7, ""),
        ("2e3", 2000, 0, ""),
        ("sigma(90)~1", 1, 0, "≈"),
        ("tanh(-0.1) ≈ -0.1", Rational(-1, 10), 1, "≈"),
        ("0.2*f+g*i=0.3", Rational(3, 10), 1, "="),
    ],
)
def test_an_entry_is_read(text, value, decimals, relation):
    entry = read_entry(text)
    assert (entry.value, entry.decimals, entry.relation) == (value, decimals, relation)


@given(
    st.fractions(min_value=-4, max_value=4, max_denominator=8),
    st.fractions(min_value=1, max_value=4, max_denominator=8),
)
def test_formulas_have_pythons_precedence(a, b):
    names = {"a": a, "b": b}
    env = {Symbol(n): Value.of(v) for n, v in names.items()}
    for text in ("a+b*2-a/b", "-(a-b)^2", "a-b-a", "a/b/b", "2*a*(b-1)+0.5", "b^-2", "-a*-b", "a-(-b)"):
        expected = eval(text.replace("^", "**"), {}, names)
        value = evaluate(read_entry(f"{text}=0").formula, env).rational
        assert abs(value - Rational(expected)) < Rational(1, 10**12)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "expected a number"),
        ("0.2*f", "expected a number"),
        ("1~2~3", "expected a number"),
        ("nan", "expected a number"),
        ("٠.٥", "expected a number"),
        ("1e999", "the exponent 999 is out of range"),
        ("tahn(1)~1", "unknown activation 'tahn'; did you mean 'tanh'"),
        ("f**g=1", "the power g is not a whole number"),
        ("f^99=1", "the power 99 is not a whole number"),
        ("f g=1", "is not a formula"),
        ("(f=1", "is not a formula"),
        ("f.real=1", "is not a number, a name"),
        ("__import__('os')=1", "unknown activation"),
        ("(lambda: f)()=1", "is not a number, a name"),
        ("[f][0]=1", "is not a number, a name"),
        ("True=1", "is not a number, a name"),
        ("f+" * 200 + "f=1", "at most 300 are read"),
    ],
)
def test_what_is_no_entry_is_refused(text, said):
    with pytest.raises(RunError, match=said.replace("(", r"\(")) as raised:
        read_entry(text)
    assert "\n" not in str(raised.value)


def named(text):
    """A formula by hand with c for the previous state of the lstm's c."""
    return read_entry(f"{text}=0").formula


@pytest.mark.parametrize(
    ("equation", "text", "right"),
    [
        ("h", "o*tanh(c)", True),
        ("h", "tanh(c)*o", True),
        ("h", "0.5*tanh(0.3)", True),
        ("h", "0.5*0.29", True),
        ("h", "tanh(c*o)", False),
        ("h", "tanh(o)*c", False),
        ("h", "o*sigma(c)", False),
        ("h", "o*c", False),
        ("h", "o+tanh(c)", False),
        ("c", "f*c_prev+i*g", True),
        ("c", "g*i+c_prev*f", True),
        ("c", "0.2*f+g*i", True),
        ("c", "0.2+0.1", True),
        ("c", "f*g+i*c_prev", False),
        ("c", "f*c_prev-i*g", False),
        ("c", "f*c_prev", False),
        ("c", "f*c_prev+i*g+o", False),
        ("c", "f*c_prev*o+i*g", False),
        ("i", "sigma(90)", True),
        ("i", "sigma(100*1-10)", True),
        ("i", "tanh(90)", False),
    ],
)
def test_which_formula_is_the_cells(equation, text, right):
    assert matches(named(text), outline(derive.lstm.lowered(equation))) is right


def test_a_number_of_the_equation_itself_is_no_substitution():
    gru = derive.gru["h"].rhs
    assert not is_half_substituted(named("(1-z)*n+z*h"), gru)
    assert is_half_substituted(named("(1-z)*0.3+z*h"), gru)
    assert not is_half_substituted(named("(1-0.5)*0.3+0.5*0.1"), gru)
    assert matches(named("(1-0.5)*0.3+0.5*0.1"), outline(derive.gru.lowered("h")))
    assert not matches(named("z*n+(1-z)*h_prev"), outline(derive.gru.lowered("h")))
    assert matches(named("(1-z)*n+z*h_prev"), outline(derive.gru.lowered("h")))
    assert not matches(named("(2-z)*n+z*h_prev"), outline(derive.gru.lowered("h")))


def test_a_sign_and_a_power_are_no_numbers_of_the_run():
    equation = derive.lstm["c"].rhs
    assert not is_half_substituted(named("f*c_prev-i*g"), equation)
    assert not is_half_substituted(named("f^2*c_prev+i/g"), equation)
    assert is_half_substituted(named("2*f*c_prev"), equation)
