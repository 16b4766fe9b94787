"""Single units of equations, and formulas with numbers: what is written is what is meant."""

from __future__ import annotations

import pytest
from formula_reader import value
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mpf
from sympy import Abs, Add, Integer, Max, Mul, Pow, Rational, Symbol, exp, pi, sqrt, sstr, zeta

import derive
from derive.cells import catalogue
from derive.errors import UnsupportedExpression
from derive.exact.numeral import Numeral
from derive.exact.value import Value
from derive.notation.figures import Figures, LatexFigures
from derive.run.units import LineUnits
from derive.statements.mean import MeanNode
from derive.statements.writing import OneUnit
from derive.symbolic.evaluation import evaluate
from derive.symbolic.expressions import replace
from derive.symbolic.nodes import Whole

SIZES = {"hidden_size": 2, "input_size": 3}
A, B, C = Symbol("a"), Symbol("b"), Symbol("c")


# ---------------------------------------------------------------------- units


def one_unit(cell, name, unit):
    """That unit of the equation of that name, over symbols of single numbers."""
    return LineUnits(cell, cell.lowered(name), SIZES).entry(unit)


def in_order(expr):
    """A formula as text, its terms where they stand."""
    return sstr(expr, order="none")


def test_a_matrix_product_is_a_sum_over_its_columns():
    assert in_order(one_unit(derive.lstm, "i", 2).args[0]) == (
        "W_ii[2,1]*x[1] + W_ii[2,2]*x[2] + W_ii[2,3]*x[3] + b_ii[2]"
        " + W_hi[2,1]*h_prev[1] + W_hi[2,2]*h_prev[2] + b_hi[2]"
    )
    assert in_order(one_unit(derive.lstm, "c", 2)) == "f[2]*c_prev[2] + i[2]*g[2]"


def test_a_product_as_an_operand_and_a_vector_as_a_weight():
    gru = one_unit(catalogue["gru"], "n", 1)
    assert "r[1]*(W_hn[1,1]*h_prev[1] + W_hn[1,2]*h_prev[2] + b_hn[1])" in in_order(gru)
    assert "u[2]*h_prev[2]" in in_order(one_unit(catalogue["indrnn"], "h", 2))


def test_a_mean_is_over_all_units():
    cell = catalogue["layer_norm_lstm"]
    mean = one_unit(cell, "mu_u", 1)
    assert [s.name for s in mean.operands] == [f"u_{g}[{k}]" for g in "ifgo" for k in (1, 2)]
    numbers = {s: Integer(k) for k, s in enumerate(mean.operands)}
    assert mean.formula.subs(numbers) == Rational(28, 8)


def test_what_stands_for_all_units_is_marked():
    marked = catalogue["gru"].lowered("n").written(OneUnit("1"))
    assert {node.args[0].name for node in marked.atoms(Whole)} == {"x", "h_prev"}


# ---------------------------------------------------------------------- figures


def written(expr, **numbers):
    """(LaTeX, unicode) with decimals in the places of a, b, c."""
    numerals = {Symbol(k): numeral(v) for k, v in numbers.items()}
    return LatexFigures(numerals).text(expr), Figures(numerals).text(expr)


def numeral(text):
    whole, _, digits = text.partition(".")
    return Numeral(int(whole + digits), -len(digits))


def sum_of(*args):
    return Add(*args, evaluate=False)


def times(*args):
    return Mul(*args, evaluate=False)


@pytest.mark.parametrize(
    ("expr", "latex", "plain"),
    [
        (sum_of(times(A, B), C), r"0.5 \cdot ({-3}) - 10", "0.5 · (−3) − 10"),
        (times(B, A), r"{-3} \cdot 0.5", "−3 · 0.5"),
        (sum_of(A, times(B, C)), r"0.5 - 3 \cdot ({-10})", "0.5 − 3 · (−10)"),
        (sum_of(A, times(-1, B)), r"0.5 - ({-3})", "0.5 − (−3)"),
        (times(sum_of(1, times(-1, A)), B), r"(1 - 0.5) \cdot ({-3})", "(1 − 0.5) · (−3)"),
        (derive.tanh(B, evaluate=False), r"\tanh({-3})", "tanh(−3)"),
        (derive.sigmoid(times(-1, A), evaluate=False), r"\sigma({-0.5})", "σ(−0.5)"),
        (Pow(B, 2, evaluate=False), r"{({-3})}^{2}", "(−3)²"),
        (times(A, Pow(B, -1, evaluate=False)), r"\frac{0.5}{{-3}}", "(0.5)/(−3)"),
        (exp(sum_of(A, times(-1, C)), evaluate=False), r"\exp(0.5 - ({-10}))", "exp(0.5 − (−10))"),
        (Max(A, B, evaluate=False), r"\max(0.5, {-3})", "max(0.5, −3)"),
        (Abs(B, evaluate=False), r"\left|{-3}\right|", "|−3|"),
        (MeanNode(A, B), r"\operatorname{mean}(0.5, {-3})", "mean(0.5, −3)"),
        (Rational(-3, 2), r"{-\frac{3}{2}}", "−(3)/(2)"),
        (Pow(A, -1, evaluate=False), r"\frac{1}{0.5}", "(1)/(0.5)"),
        (Pow(A, Rational(3, 2), evaluate=False), r"{0.5}^{\frac{3}{2}}", "0.5^((3)/(2))"),
        (times(A, sqrt(times(2, pi), evaluate=False)), r"0.5 \cdot \sqrt{2 \cdot \pi}", "0.5 · √(2 · π)"),
    ],
)
def test_how_formulas_are_written(expr, latex, plain):
    assert written(expr, a="0.5", b="-3", c="-10") == (latex, plain)


@pytest.mark.parametrize(
    ("expr", "latex", "plain"),
    [
        (times(-1, A, B), r"{-0.5} \cdot ({-3})", "−0.5 · (−3)"),
        (times(-1, B, A), r"{-({-3})} \cdot 0.5", "−(−3) · 0.5"),
        (sum_of(A, times(-1, B, A)), r"0.5 - ({-3}) \cdot 0.5", "0.5 − (−3) · 0.5"),
        (sum_of(A, times(-1, A, B)), r"0.5 - 0.5 \cdot ({-3})", "0.5 − 0.5 · (−3)"),
        (times(-1, sum_of(A, B)), "{-(0.5 - 3)}", "−(0.5 − 3)"),
        (times(-1, B, Pow(A, -1, evaluate=False)), r"{-\frac{{-3}}{0.5}}", "−(−3)/(0.5)"),
    ],
)
def test_a_minus_before_a_negative_number(expr, latex, plain):
    """Both signs are seen: a product of two of them is positive, as it is in the formula."""
    assert written(expr, a="0.5", b="-3") == (latex, plain)
    assert value(latex) == value(plain) == expr.subs({A: Rational(1, 2), B: -3})


def test_zero_has_no_sign():
    assert written(times(-1, A, B), a="0.00", b="-3") == (r"0.00 \cdot ({-3})", "0.00 · (−3)")
    assert written(sum_of(times(-1, A), B), a="0.00", b="-3") == ("0.00 - 3", "0.00 − 3")
    assert written(sum_of(B, times(-1, A)), a="0.00", b="-3") == ("{-3} - 0.00", "−3 − 0.00")


def test_a_line_may_end_in_a_long_negative_term_or_base():
    long = sum_of(*[times(A, B)] * 6)
    latex, _ = written(times(-1, long, Pow(A, -1, evaluate=False)), a="0.5", b="3")
    assert latex.startswith("{-}(0.5 ")
    latex, _ = written(Pow(derive.tanh(long, evaluate=False), 2, evaluate=False), a="0.5", b="3")
    assert latex.startswith(r"\tanh(0.5 ")


def test_a_power_of_ten_is_in_parentheses_as_a_factor():
    numerals = {A: Numeral(454, -7, True), B: Numeral(-5, -1)}
    assert LatexFigures(numerals).text(times(A, B)) == r"(4.54 \times 10^{-5}) \cdot ({-0.5})"
    assert Figures(numerals).text(sum_of(B, A)) == "−0.5 + 4.54×10⁻⁵"


def test_a_long_fraction_or_root_is_on_the_line_where_it_can_be_broken():
    long = sum_of(*[times(A, B)] * 6)
    latex, _ = written(sqrt(long, evaluate=False), a="0.5", b="3")
    assert latex.startswith("(0.5 ")
    assert latex.endswith("^{1/2}")
    latex, _ = written(times(long, Pow(A, -1, evaluate=False)), a="0.5", b="3")
    assert ") / (0.5)" in latex


def test_a_function_without_a_spelling_is_an_error():
    with pytest.raises(UnsupportedExpression, match="zeta"):
        Figures({A: numeral("1")}).text(zeta(A))


numbers = st.builds(Numeral, st.integers(-9999, 9999), st.just(-3))


def trees(children):
    pairs = st.tuples(children, children)
    return st.one_of(
        pairs.map(lambda p: sum_of(*p)),
        pairs.map(lambda p: times(*p)),
        st.tuples(children, children, children).map(lambda p: sum_of(*p)),
        children.map(lambda e: times(-1, e)),
        children.map(lambda e: Pow(e, 2, evaluate=False)),
        children.map(lambda e: derive.tanh(e, evaluate=False)),
        children.map(lambda e: derive.sigmoid(e, evaluate=False)),
        pairs.map(lambda p: MeanNode(*p)),
        children.map(lambda e: Pow(derive.sigmoid(e, evaluate=False), -1, evaluate=False)),
        children.map(lambda e: Pow(derive.sigmoid(e, evaluate=False), Rational(3, 2), evaluate=False)),
        pairs.map(lambda p: times(p[0], Pow(derive.sigmoid(p[1], evaluate=False), -1, evaluate=False))),
    )


@settings(max_examples=100)
@given(
    st.recursive(st.sampled_from([A, B, C, Integer(1), Rational(-2, 3), pi]), trees, max_leaves=6),
    st.tuples(numbers, numbers, numbers),
)
def test_what_is_written_has_the_value_of_the_formula(expr, given_):
    numerals = dict(zip((A, B, C), given_, strict=True))
    expected = evaluate(replace(expr, {s: n.rational for s, n in numerals.items()}))
    low, high = (mpf(int(e.p)) / int(e.q) for e in expected.ends(400))
    for figures in (LatexFigures, Figures):
        text = figures(numerals).text(expr)
        assert abs(value(text) - (low + high) / 2) <= abs(low) * mpf(10) ** -13 + mpf(10) ** -13, text
        assert "--" not in text.replace(" ", "")


@given(numbers)
def test_a_number_by_itself(number):
    assert value(LatexFigures({}).standing(number)) == value(Figures({}).standing(number))
    assert abs(Value.of(number.rational) - Rational(number.digits, 1000)).rational == 0
