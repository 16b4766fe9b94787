"""Certified errors against published values, against mpmath on dense samples, and against LaTeX's own compiler."""

from __future__ import annotations

import math
import shutil
import subprocess
from fractions import Fraction
from itertools import pairwise

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import (
    Abs,
    Contains,
    Expr,
    I,
    Interval,
    Lambda,
    Matrix,
    MatrixSymbol,
    Max,
    Min,
    O,
    Piecewise,
    Rational,
    Symbol,
    Trace,
    exp,
    floor,
    lambdify,
    log,
    oo,
    sin,
    sqrt,
)
from sympy import tanh as sympy_tanh

from derive.approximation.approximate import approximate
from derive.approximation.bounds import Approximation
from derive.approximation.candidates import Candidate
from derive.approximation.pieces import Piece
from derive.approximation.supremum import supremum
from derive.errors import DeriveError
from derive.symbolic.activations import ACTIVATIONS, elu, gelu, sigmoid, silu, softplus, softsign, tanh
from derive.symbolic.piecewise_linear import hard_sigmoid, hard_sigmoid_onnx, hardtanh, identity, relu

x = Symbol("x")
QUARTER, HALF = Rational(1, 4), Rational(1, 2)


def sampled(approximation: Approximation, lower: Fraction, upper: Fraction, count: int = 400) -> mpmath.mpf:
    """The largest |replacement - exact| on a grid with both ends, in 50 digits."""
    expanded = approximation.difference.replace(
        lambda e: e.func in ACTIVATIONS.values(), lambda e: e.func.value(*e.args)
    )
    error = lambdify(x, expanded, "mpmath")
    lower, upper = (mpmath.mpf(int(e.p)) / int(e.q) for e in (Rational(lower), Rational(upper)))
    return max(abs(mpmath.mpf(error(lower + (upper - lower) * k / count))) for k in range(count + 1))


def as_mpf(value) -> mpmath.mpf:
    lower, upper = value.ends(400)
    return (mpmath.mpf(int(lower.p)) / int(lower.q) + mpmath.mpf(int(upper.p)) / int(upper.q)) / 2


def best_line() -> Rational:
    """The slope k for which |k x - tanh x| is as large inside (0, 1/4) as at 1/4."""
    with mpmath.workdps(40):

        def excess(k):
            inside = mpmath.atanh(mpmath.sqrt(1 - k))
            return (mpmath.tanh(inside) - k * inside) - (k / 4 - mpmath.tanh(mpmath.mpf(1) / 4))

        return Rational(mpmath.nstr(mpmath.findroot(excess, 0.9847).real, 30))


def minimax(count: int) -> tuple[Expr, mpmath.mpf]:
    """The odd polynomial of so many terms that is nearest to tanh on [-1, 1], and its error, by Remez's exchange."""
    with mpmath.workdps(40):
        points = [mpmath.cos(mpmath.pi * k / (2 * count + 1)) for k in range(count + 1)]
        for _ in range(12):
            rows = [[p ** (2 * j + 1) for j in range(count)] + [(-1) ** k] for k, p in enumerate(points)]
            solution = mpmath.lu_solve(mpmath.matrix(rows), mpmath.matrix([mpmath.tanh(p) for p in points]))
            coefficients = list(solution)[:count]

            def slope(t, coefficients=coefficients):
                return sum((2 * j + 1) * c * t ** (2 * j) for j, c in enumerate(coefficients)) - mpmath.sech(t) ** 2

            grid = [mpmath.mpf(k) / 400 for k in range(401)]
            turns = [
                mpmath.findroot(slope, (a, b), solver="anderson") for a, b in pairwise(grid) if slope(a) * slope(b) < 0
            ]
            points = sorted([*turns, mpmath.mpf(1)], reverse=True)
        polynomial = sum(Rational(mpmath.nstr(c, 30)) * x ** (2 * j + 1) for j, c in enumerate(coefficients))
        return polynomial, abs(solution[count])


# ---------------------------------------------------------------------- published values


@pytest.mark.parametrize(
    ("exact", "replacement", "on", "closed", "bound"),
    [
        (tanh, identity, (-QUARTER, QUARTER), QUARTER - tanh(QUARTER), "0.0050814"),
        (tanh, x, (Rational(-3, 10), Rational(3, 10)), Rational(3, 10) - tanh(Rational(3, 10)), "0.0086874"),
        (tanh, x, ("-0.5", "0.5"), Rational(1, 2) - tanh(Rational(1, 2)), "0.037883"),
        (tanh, x, (-1, 1), 1 - tanh(1), "0.23841"),
        (tanh, x - x**3 / 3, (-1, 1), tanh(1) - Rational(2, 3), "0.094928"),
        (tanh, (15 * x + x**3) / (15 + 6 * x**2), (-1, 1), Rational(16, 21) - tanh(1), "3.1061e-4"),
        (sigmoid, hard_sigmoid, (-oo, oo), sqrt(3) / 6 - log(2 + sqrt(3)) / 6, "0.069183"),
        (sigmoid, hard_sigmoid_onnx, (-oo, oo), sigmoid(Rational(-5, 2)), "0.075859"),
        (sigmoid, x / 6 + Rational(1, 2), (-3, 3), sqrt(3) / 6 - log(2 + sqrt(3)) / 6, "0.069183"),
        (softplus, relu, (-oo, oo), softplus(0), "0.69315"),
        (tanh, hardtanh, (-oo, oo), 1 - tanh(1), "0.23841"),
        (relu, identity, (0, 1), Rational(0), "0"),
        (sigmoid, 0, (-oo, -10), sigmoid(-10), "4.5398e-5"),
        (sigmoid, Rational(1, 2), (-oo, oo), Rational(1, 2), "0.50000"),
    ],
)
def test_closed_forms(exact, replacement, on, closed, bound):
    found = approximate(exact, replacement, on=on)
    assert found.sup_error == closed
    assert found.bound_at(5) == bound


@pytest.mark.parametrize(("terms", "published"), [(2, "0.0045494"), (3, "3.8522e-4")])
def test_minimax_polynomials(terms, published):
    polynomial, levelled = minimax(terms)
    found = approximate(tanh, polynomial, on=(-1, 1))
    assert f"{float(found.bound):.4e}" == f"{float(published):.4e}"
    with mpmath.workdps(50):  # the error that Remez's exchange levels is the supremum
        assert abs(as_mpf(found.bound) / levelled - 1) < mpmath.mpf(10) ** -12
        assert sampled(found, -1, 1) <= as_mpf(found.bound)


def test_the_best_line_through_the_origin():
    found = approximate(tanh, best_line() * x, on=(-QUARTER, QUARTER))
    assert found.bound.decimal(8) == "0.00126250"
    rounded = approximate(tanh, Rational("0.984725") * x, on=(-QUARTER, QUARTER))
    assert rounded.sup_error == Rational("0.984725") / 4 - tanh(QUARTER)
    assert rounded.bound > found.bound


@pytest.mark.parametrize(
    ("point", "value", "closed", "bound"),
    [
        (-10, 0, sigmoid(-10), "4.5398e-5"),
        (10, 1, sigmoid(-10), "4.5398e-5"),
        (90, 1, sigmoid(-90), "8.1941e-40"),
        (110, 1, sigmoid(-110), "1.6890e-48"),
    ],
)
def test_saturations(point, value, closed, bound):
    found = approximate(sigmoid, value, at=point)
    assert (found.sup_error, found.bound_at()) == (closed, bound)
    assert approximate(sigmoid, value, on=(point, point)) == found
    with mpmath.workdps(80):
        assert abs(as_mpf(found.bound) - abs(value - 1 / (1 + mpmath.exp(-point)))) < mpmath.mpf(10) ** -70


def test_relative_error_of_the_lecture():
    relative = approximate(tanh, identity, on=(-QUARTER, QUARTER)).relative
    assert relative.closed == QUARTER / tanh(QUARTER) - 1
    assert round(float(relative.upper), 4) == 0.0207
    assert approximate(sigmoid, hard_sigmoid, on=(-oo, oo)).relative is None  # σ goes to 0
    assert approximate(tanh, x + 1, on=(-1, 1)).relative is None  # tanh has a zero where the error has none


def test_relative_error_without_a_closed_form_is_still_a_bound():
    found = approximate(tanh, Rational("0.984725") * x, on=(-QUARTER, QUARTER))
    assert found.relative.closed is None
    assert found.relative.lower <= found.relative.upper
    assert Rational(1, 40000) * 611 <= found.relative.upper.rational <= Rational("0.01529")  # 1 - k, in the limit at 0


@pytest.mark.parametrize(
    "replacement", [hardtanh(2 * x) / 2, x, softsign(x), Piecewise((x, x < HALF), (x / 2, True)), x - Abs(x) / 10]
)
def test_a_relative_error_in_pieces_is_over_all_of_them(replacement):
    """Numerator and denominator vanish together at 0, on one piece or at the end of two."""
    found = approximate(tanh, replacement, on=(-1, 1)).relative
    quotient = lambdify(x, (replacement.replace(softsign, softsign.value)) / sympy_tanh(x) - 1, "mpmath")
    with mpmath.workdps(40):
        places = [mpmath.mpf(k) / 200 for k in range(-200, 201) if k] + [mpmath.mpf(s) / 10**12 for s in (-1, 1)]
        sample = max(abs(quotient(p)) for p in places)
        bound = mpmath.mpf(float(found.upper))
        assert sample * (1 - mpmath.mpf(10) ** -14) <= bound <= sample * mpmath.mpf("1.0001")


@pytest.mark.parametrize("replacement", [Piecewise((x, x <= 0), (x + 1, True)), Piecewise((x, x < 0), (1, True))])
def test_an_error_where_the_activation_is_zero_has_no_relative_bound(replacement):
    assert approximate(tanh, replacement, on=(-1, 1)).relative is None


# ---------------------------------------------------------------------- laws

numbers = st.fractions(min_value=-3, max_value=3, max_denominator=50)


@settings(max_examples=25)
@given(
    st.sampled_from(
        [
            (tanh, identity),
            (tanh, softsign),
            (sigmoid, hard_sigmoid),
            (softplus, relu),
            (silu, relu),
            (elu, identity),
            (gelu, silu),
        ]
    ),
    numbers,
    numbers,
)
def test_a_sample_never_exceeds_the_bound(pair, a, b):
    lower, upper = min(a, b), max(a, b)
    found = approximate(*pair, on=(lower, upper))
    with mpmath.workdps(50):
        sample, bound = sampled(found, lower, upper), as_mpf(found.bound)
        assert sample <= bound + mpmath.mpf(10) ** -45
        assert bound <= sample * 1.01 + mpmath.mpf(10) ** -4  # and the bound is not idle
        rounded = Fraction(found.bound_at(4))
        assert mpmath.mpf(rounded.numerator) / rounded.denominator >= bound - mpmath.mpf(10) ** -45


@settings(max_examples=20)
@given(st.fractions(min_value=Fraction(1, 50), max_value=2, max_denominator=60))
def test_tanh_against_x_is_worst_at_the_end(a):
    end = Rational(a.numerator, a.denominator)
    found = approximate(tanh, identity, on=(-end, end))
    assert found.sup_error == end - tanh(end)
    assert found.lagrange.bound >= found.bound
    wider = approximate(tanh, identity, on=(-end, end + 1))
    assert wider.bound > found.bound


# ---------------------------------------------------------------------- series and remainder


def test_series_and_remainder():
    found = approximate(tanh, identity, on=(-QUARTER, QUARTER))
    assert found.series == x - x**3 / 3 + 2 * x**5 / 15 + O(x**7)
    assert found.lagrange.degree == 2  # tanh has no term in x²
    assert found.lagrange.bound.rational == Rational(1, 192)
    assert found.lagrange.largest.closed == 2
    xi = Symbol("xi", real=True)
    with mpmath.workdps(30):  # the third derivative, numerically
        derivative = lambdify(xi, found.remainder.subs(x, 1).replace(tanh, tanh.value) * 6, "mpmath")
        assert abs(derivative(mpmath.mpf("0.2")) - mpmath.diff(mpmath.tanh, mpmath.mpf("0.2"), 3)) < 1e-12


def test_taylor_about_another_centre():
    found = approximate(sigmoid, 1, on=(2, 4))
    assert found.centre == 3
    with mpmath.workdps(30):
        oracle = mpmath.taylor(lambda t: 1 / (1 + mpmath.exp(-t)), 3, 5)
        series = lambdify(x, sum(found.taylor).replace(sigmoid, sigmoid.value), "mpmath")
        assert abs(series(mpmath.mpf("3.5")) - mpmath.polyval(oracle[::-1], mpmath.mpf("0.5"))) < 1e-20


def test_no_series_where_it_says_nothing():
    assert approximate(sigmoid, 1, at=90).series is None
    assert approximate(sigmoid, hard_sigmoid, on=(-oo, oo)).series is None
    assert approximate(tanh, (15 * x + x**3) / (15 + 6 * x**2), on=(-1, 1)).remainder is None


# ---------------------------------------------------------------------- forms of the replacement, print


def test_a_replacement_may_be_written_in_many_ways():
    z = Symbol("z", real=True)
    on = (-QUARTER, QUARTER)
    same = [identity, "identity", x, z, Lambda(z, z)]
    assert len({approximate("tanh", r, on=on) for r in same}) == 1
    assert approximate(tanh, 0.5, at=1) == approximate(tanh, Rational(1, 2), at=1)
    halves = [x / 2 + QUARTER, 0.5 * x + 0.25, lambda z: 0.5 * z + 0.25]
    assert len({approximate("tanh", r, on=on).bound_at(9) for r in halves}) == 1
    assert approximate(tanh, sympy_tanh(x), on=on).sup_error == 0


def test_an_interval_may_end_at_any_infinity():
    assert approximate(sigmoid, 1, on=(3, float("inf"))) == approximate(sigmoid, 1, on=(3, oo))
    assert approximate(tanh, -1, on=(-math.inf, -3)).sup_error == approximate(tanh, -1, on=(-oo, -3)).sup_error


def test_clamped_replacements_are_cut_at_their_kinks():
    clamped = approximate(tanh, Max(-1, Min(1, x)), on=(-4, 4))
    assert clamped.sup_error == approximate(tanh, hardtanh, on=(-4, 4)).sup_error
    assert approximate(tanh, Abs(x), on=(-1, 1)).sup_error == 1 - tanh(-1)


def test_repr():
    found = approximate(tanh, identity, on=(-QUARTER, QUARTER))
    assert repr(found) == "tanh(x) ≈ x on [-1/4, 1/4]: error = 1/4 − tanh(1/4) ≤ 0.0050814"
    assert repr(approximate(sigmoid, 1, at=90)) == "σ(90) ≈ 1: error = σ(−90) ≤ 8.1941×10⁻⁴⁰"
    assert repr(approximate(sigmoid, 0, at=-10)) == "σ(−10) ≈ 0: error = σ(−10) ≤ 4.5398×10⁻⁵"
    assert found._repr_latex_() == f"$\\displaystyle {found.latex()}$"
    assert r"\text{ zwischen } 0" in found.latex("de")


def test_latex_of_the_lecture():
    text = approximate(tanh, identity, on=(-QUARTER, QUARTER)).latex()
    for step in (
        r"\tanh\left(x\right) &= x - \frac{x^{3}}{3} + \frac{2 x^{5}}{15} + O\left(x^{7}\right)",
        r"\frac{\left|x\right|^{3}}{3} \le \frac{1}{192} \le 0.0052084",
        r"D(x) &= x - \tanh\left(x\right)",
        r"D'(x) &= \tanh^{2}\left(x\right) \ge 0",
        r"\frac{1}{4} - \tanh\left(\frac{1}{4}\right)",
        r"&\le 0.0050814",
        r"2.075\,\%",
    ):
        assert step in text


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="needs pdflatex")
def test_every_kind_of_derivation_compiles(tmp_path):
    derivations = [
        approximate(tanh, identity, on=(-QUARTER, QUARTER)),
        approximate(tanh, x - x**3 / 3, on=(-1, 1)),
        approximate(tanh, identity, on=(Rational(1, 10), QUARTER)),
        approximate(sigmoid, hard_sigmoid, on=(-oo, oo)),
        approximate(sigmoid, 0, on=(-oo, -10)),
        approximate(sigmoid, Rational(1, 2), on=(-oo, oo)),
        approximate(silu, relu, on=(-4, 4)),
        approximate(sigmoid, 1, at=90),
        approximate(relu, identity, on=(0, 1)),
        approximate(relu, 0, at=-3),
    ]
    body = "\n".join(f"\\[\n{d.latex()}\n\\]" for d in derivations)
    source = (
        f"\\documentclass{{article}}\\usepackage{{amsmath,amssymb}}\\begin{{document}}\n{body}\n\\end{{document}}\n"
    )
    (tmp_path / "d.tex").write_text(source)
    run = subprocess.run(
        ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "d.tex"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout[-2000:]
    assert "Overfull" not in run.stdout


# ---------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("tahn", "identity"), {"on": (0, 1)}, "did you mean 'tanh'"),
        ((tanh, identity), {}, "needs either on="),
        ((tanh, identity), {"on": (0, 1), "at": 1}, "needs either on="),
        ((tanh, identity), {"on": (1, 0)}, r"the interval \[1, 0\] is empty"),
        ((tanh, identity), {"on": 3}, "not a pair"),
        ((tanh, identity), {"on": (0, float("nan"))}, "not a finite rational"),
        ((tanh, x * Symbol("y")), {"on": (0, 1)}, "expected x alone"),
        (("elu(beta=2)", "identity"), {"on": (0, 1)}, "unknown parameter 'beta'. Known: alpha"),
        ((lambda z: z, "identity"), {"on": (0, 1)}, "is no activation; write derive.tanh, or a name"),
        ((int, "identity"), {"on": (0, 1)}, "<class 'int'> is no activation"),
        ((elu(x, Symbol("a")), "identity"), {"on": (0, 1)}, "is no activation"),
        ((tanh, lambda z, y: z), {"on": (0, 1)}, "the replacement: <lambda> fails on a SymPy expression"),
        ((tanh, math.sin), {"on": (0, 1)}, "the replacement: sin fails on a SymPy expression with TypeError"),
        ((tanh, I * x), {"on": (0, 1)}, "the replacement I\\*x is not real and finite"),
        ((tanh, oo), {"on": (0, 1)}, "the replacement oo is not real and finite"),
        ((tanh, x + O(x**3)), {"on": (0, 1)}, r"the replacement x \+ O\(x\*\*3\) is no expression"),
        ((tanh, Matrix([x])), {"on": (0, 1)}, "is no expression"),
        ((tanh, lambda z: Matrix([z])), {"on": (0, 1)}, "is no expression"),
        ((tanh, MatrixSymbol("A", 2, 2)), {"on": (0, 1)}, "the replacement A is no expression"),
        ((tanh, x * Trace(MatrixSymbol("A", 2, 2))), {"on": (0, 1)}, "is no expression"),
        ((tanh, "elu("), {"on": (0, 1)}, r"activation 'elu\(' has no closing parenthesis"),
        (("elu(", x), {"on": (0, 1)}, r"activation 'elu\(' has no closing parenthesis"),
    ],
)
def test_one_clear_line(arguments, options, message):
    with pytest.raises(DeriveError, match=message) as raised:
        approximate(*arguments, **options)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("exact", "replacement", "on", "message"),
    [
        (sigmoid, identity, (-oo, oo), "unbounded as x → -oo"),
        (tanh, sqrt(Abs(x)), (0, oo), "unbounded as x → oo"),
        (relu, x + sin(x) * x, (0, oo), "no finite bound can be certified as x → oo; give a finite interval"),
        (
            tanh,
            Min(1, 1 / (x - 1)),
            (Rational(1, 2), 3),
            r"can be certified: it is unbounded near x = 1; keep the",
        ),
        (tanh, 1 / (x**2 - 2), (0, 2), "no finite bound can be certified near x ≈ 1.41; keep the interval away"),
        (tanh, x * log(x), (0, 1), "no finite bound can be certified near x = 0; keep the interval away from poles"),
        (tanh, log(x), (-1, 1), r"log\(x\) has no real value for x between -1 and 0"),
        (tanh, sqrt(tanh(x)), (-1, 1), "it has no finite real value at x ≈ -0."),
        (gelu, floor(x), (0, oo), r"floor\(x\) cannot be enclosed; write it with Abs, Add"),
        (tanh, Piecewise((x, x > 0)), (-1, 1), "no case of .* applies; add one with the condition True"),
        (tanh, Piecewise((x, Contains(x, Interval(0, 1))), (0, True)), (-1, 1), "the condition .* cannot be decided"),
        (tanh, exp(exp(exp(x))), (0, 3), r"it is larger than 10\^300000; give a shorter interval"),
        (tanh, x**100000, (-1, 1), r"x\*\*100000' is of degree 100000, at most 64"),
        (tanh, (exp(2 * x) - 1) / (exp(2 * x) + 1), (-1, 1), "16384 bits do not give a digit of it; it may be 0"),
        (
            tanh,
            1 / (x - Rational(1, 3)),
            (0, 1),
            r"the error of 1/\(x - 1/3\) for tanh on \[0, 1\]: no finite bound .* keep the interval away from poles",
        ),
        (
            "scaled_tanh(beta=3)",
            x,
            (-oo, oo),
            r"for scaled_tanh\(x, 17159/10000, 3\) on \[-oo, oo\]: it is unbounded as x → -oo",
        ),
    ],
)
def test_what_cannot_be_certified_is_said(exact, replacement, on, message):
    with pytest.raises(DeriveError, match=message) as raised:
        _ = approximate(exact, replacement, on=on).bound
    assert "\n" not in str(raised.value)


def test_a_critical_point_that_is_no_maximum_is_not_believed():
    """|1 + x²| has its least value at 0, where its slope is 0 too."""
    piece = Piece(x, Rational(-1, 8), Rational(1, 8), 1 + x**2)
    found = supremum([piece], [Candidate(Rational(0), Rational(1), critical=True)])
    assert found.closed is None
    assert found.upper >= Rational(65, 64)


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_a_derivation_has_no_cases(name):
    """On an interval without kinks the formulas are those that hold there; what is printed is plain text to MathML."""
    for on in ((0, 1), (-1, Rational(-1, 2))):
        latex = approximate(name, identity, on=on).latex()
        assert "cases" not in latex
        assert all(line.count("&") == 1 for line in latex.splitlines()[1:-1])


@pytest.mark.parametrize("replacement", [None, [1], True, "x**2"])
def test_what_is_no_replacement_is_refused(replacement):
    with pytest.raises(DeriveError, match=r"no expression|unknown activation"):
        approximate(tanh, replacement, on=(0, 1))


def test_a_replacement_may_be_a_function():
    assert approximate(tanh, lambda z: z / 2, on=(0, 1)).replacement == x / 2


def test_an_activation_is_named_with_its_parameters():
    """ELU with α = 2 on [-1, 0]: x - 2 (eˣ - 1) has its largest value at -ln 2, 1 - ln 2."""
    found = approximate("elu(alpha=2)", identity, on=(-1, 1))
    assert found == approximate(elu(Symbol("z"), 2), "identity", on=(-1, 1))
    assert found.bound_at(5) == "0.30686"  # ln 2 = 0.693147
    assert repr(found) == "ELU(x, 2) ≈ x on [-1, 1]: error ≤ 0.30686"
    assert found.latex().startswith("\\begin{aligned}\n\\operatorname{ELU}_{2}\\left(x\\right) &\\approx x")
    assert approximate("elu", identity, on=(-1, 1)) == approximate(elu, identity, on=(-1, 1))
    other_way = approximate(identity, "elu(alpha=2)", on=(-1, 1))
    assert other_way.bound_at(5) == "0.30686"


def test_a_remainder_names_the_parameters():
    found = approximate("scaled_tanh(alpha=1, beta=1)", x, on=(-QUARTER, QUARTER))
    assert found.sup_error.rewrite(exp).equals(approximate(tanh, x, on=(-QUARTER, QUARTER)).sup_error.rewrite(exp))
    assert r"\frac{\operatorname{stanh}_{1, 1}^{(3)}(\xi)}{3!}" in found.latex()
