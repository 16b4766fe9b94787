"""What is said of an approximation: its series, the remainder, the derivation in LaTeX, its text."""

from __future__ import annotations

import shutil
import subprocess

import mpmath
import pytest
from sympy import O, Rational, Symbol, exp, lambdify, oo

from derive.approximation.approximate import approximate
from derive.symbolic.activations import ACTIVATIONS, elu, sigmoid, silu, tanh
from derive.symbolic.piecewise_linear import hard_sigmoid, identity, relu

x = Symbol("x")
QUARTER = Rational(1, 4)


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


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_a_derivation_has_no_cases(name):
    """On an interval without kinks the formulas are those that hold there; what is printed is plain text to MathML."""
    for on in ((0, 1), (-1, Rational(-1, 2))):
        latex = approximate(name, identity, on=on).latex()
        assert "cases" not in latex
        assert all(line.count("&") == 1 for line in latex.splitlines()[1:-1])


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
