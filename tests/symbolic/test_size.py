"""What is too large is refused on its tree; what is ordinary is not, and is read as Python reads it."""

from __future__ import annotations

import ast
import contextlib
import re
from functools import reduce

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Add, Integer, Max, Mul, Piecewise, Pow, Rational, Symbol, evaluate, exp, sin

import derive
from derive.errors import DeriveError
from derive.symbolic.activations import tanh
from derive.symbolic.formula import Names, read_formula
from derive.symbolic.size import check_powers, check_size
from derive.symbolic.tidy import tidy

x, y = Symbol("x"), Symbol("y")


def power(base, *exponents):
    for n in exponents:
        base = Pow(base, n, evaluate=False)
    return base


def doubled(expr, operation, times):
    """A tree of 2^times leaves in as many nodes of memory as times."""
    for _ in range(times):
        expr = operation(expr, expr, evaluate=False)
    return expr


def nested(function, times, expr=x):
    for _ in range(times):
        expr = function(expr, evaluate=False)
    return expr


@pytest.mark.parametrize(
    ("expr", "said"),
    [
        (power(x + 1, 32, 32), "is of degree 1024, at most 64"),
        (Mul(power(x, 40), power(y, 40)), "is of degree 80, at most 64"),
        (power(Integer(9), 32, 32, 32), "digits: powers of powers multiply"),
        (power(2 * x, Rational(10**6)), "is of degree 1000000"),
        (power(Integer(2), 10**9), "digits: powers of powers multiply"),
        (nested(exp, 4), "has 4 exponentials in each other's exponents, at most 3"),
        (nested(sin, 70), "nested more than 64 deep"),
        (nested(sin, 5000), "nested more than 64 deep"),
        (doubled(x, Add, 60), "more than 500 parts"),
        (doubled(x, Mul, 60), "more than 500 parts"),
        (Integer(10) ** 500 * x, "expected a number from"),
        (Rational(1, 10**401) + x, "expected a number from"),
    ],
)
def test_what_is_too_large_is_refused_before_it_is_worked_out(expr, said):
    for refuse in (check_size, tidy):
        with pytest.raises(DeriveError) as raised:
            refuse(expr)
        assert said in str(raised.value)
        assert len(str(raised.value)) < 500


@pytest.mark.parametrize(
    "expr",
    [
        power(x + 1, 32), power(x, 64), Integer(10) ** 400 * x, nested(exp, 3), nested(sin, 60), doubled(x, Add, 7),
        reduce(lambda a, b: Add(a, b, evaluate=False), [y] * 200),
        Max(x, y) ** 64, Piecewise((x**64, x > 0), (y**64, True)), 1 / (1 + x**32), x ** Rational(1, 2), 2**x,
    ],
)  # fmt: skip
def test_what_is_ordinary_is_not_refused(expr):
    check_size(expr)


def test_a_long_sum_is_flat():
    """However it was written down: as sums in sums, from the left or from the right."""
    terms = [Mul(k, tanh(k * x), evaluate=False) for k in range(2, 60)]
    left = reduce(lambda a, b: Add(a, b, evaluate=False), terms)
    right = reduce(lambda a, b: Add(b, a, evaluate=False), reversed(terms))
    assert tidy(left) == tidy(right)
    assert [str(t) for t in tidy(left).args] == [str(tidy(t)) for t in terms]


def test_functions_in_each_others_arguments_may_be_fewer():
    check_size(nested(tanh, 4), 4)
    with pytest.raises(DeriveError, match="has 5 functions in each other's arguments, at most 4"):
        check_size(nested(tanh, 5), 4)


def test_every_cell_of_the_catalogue_is_far_from_the_limits():
    for cell in derive.catalogue.values():
        for line in cell.lines:
            check_size(power(line.expr, 4), 16)


def test_a_definition_is_refused_with_its_equation():
    with evaluate(False):
        too_high = derive.linear(x) + power(Symbol("h"), 32, 32)
    with pytest.raises(derive.DefinitionError, match=r"equation 'h': .* is of degree 1024, at most 64"):
        derive.Cell.from_equations("m", [derive.lstm["c"].func(Symbol("h"), too_high)], states=["h"])
    with pytest.raises(DeriveError, match="is of degree 999"):
        derive.lstm.with_activations(g=lambda z: z**999)


# ---------------------------------------------------------------------- powers that Python would work out

INTEGERS = st.recursive(
    st.integers(0, 12).map(str),
    lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from(["+", "-", "*", "**"]), inner),
    max_leaves=3,
)


@given(INTEGERS)
def test_a_power_is_refused_where_it_is_longer_than_numbers_may_be(text):
    tree = ast.parse(text, mode="eval").body
    powers = [n for n in ast.walk(tree) if isinstance(n, ast.BinOp) and isinstance(n.op, ast.Pow)]
    largest = mpmath.mpf(0)
    for node in powers:
        with contextlib.suppress(ZeroDivisionError):
            largest = max(largest, abs(eval(re.sub(r"\d+", r"mpmath.mpf(\g<0>)", ast.unparse(node)))))
    try:
        check_powers(tree)
    except DeriveError:
        assert largest > mpmath.mpf(10) ** 1600
    else:
        assert largest < mpmath.mpf(10) ** 3300


@pytest.mark.parametrize("text", ["9**9**9", "x + 2**(10**9)", "f(-7**(8**9))", "3**1000000", "[2**9999]"])
def test_powers_without_end(text):
    with pytest.raises(DeriveError, match="is a number of more than"):
        check_powers(ast.parse(text, mode="eval").body)


@pytest.mark.parametrize(
    "text", ["x**9999", "2**64", "10**-5", "2.0**9999", "2**x", "(x + 1)**2 + 10**300", "-1**10**9 * x"]
)
def test_powers_with_an_end(text):
    check_powers(ast.parse(text, mode="eval").body)


# ---------------------------------------------------------------------- formulas in words


@pytest.mark.parametrize(
    "text", ["x", "x - x^3/3", "2*(x + 1)^32", "tanh(x)/2", "-x^2", "0.1*(x**2)", "x − 1·x", "1e400*x"]
)
def test_formulas_are_read_with_pythons_precedence(text):
    source = text.replace("^", "**").replace("−", "-").replace("·", "*").replace("0.1", "Rational('0.1')")
    source = source.replace("1e400", "Integer(10)**400")
    expected = eval(source, {"x": x, "tanh": tanh, "Rational": Rational, "Integer": Integer})
    assert (read_formula(text).doit() - expected).expand() == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x" * 301, "it has 301 characters, at most 300 are read"),
        ("-" * 290 + "x", "more than 500 parts"),
        ("(" * 250 + "x", "is not a formula of numbers, a name, + - * / ^ and activations"),
        ("((x^32)^32)^32", "is of degree 1024, at most 64"),
        ("1e9999 * x", "'1e9999' is out of range"),
        ("x/0", "divisors not 0"),
        ("z", "'z' is not a number, x, + - * / ^ or an activation"),
        ("1 if x else 2", "is not a number, x"),
        ("1(x)", "is not a number, x"),
        ("x.real", "is not a number, x"),
        ("0x1f*x", "'0x1f' is not a finite rational number"),
    ],
)
def test_formulas_that_are_refused(text, said):
    names = Names() if text.startswith("(" * 250) else Names("x", ("x",))
    with pytest.raises(DeriveError) as raised:
        read_formula(text, names)
    assert said in str(raised.value)
