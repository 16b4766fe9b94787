"""Intervals, functions of them and whole formulas contain what mpmath finds at points, slopes and curvatures too."""

from __future__ import annotations

import random
from fractions import Fraction

import mpmath
import pytest
from exact_formulas import Undefined, rational, real
from flint import arb, ctx, fmpq
from mpmath import mpf
from random_claims import broken, smooth
from sympy import Abs, Add, Max, Min, Piecewise, Pow, Rational, Symbol, exp, log, oo, sign, sqrt

from derive.approximation.enclosure import Enclosing
from derive.approximation.segments import segments
from derive.approximation.tails import enclosable, limit
from derive.errors import DeriveError
from derive.exact import functions
from derive.exact.intervals import WHOLE, Interval, add, between, divide, multiply, power, reciprocal, subtract
from derive.exact.rational_function import RationalFunction
from derive.symbolic.activations import gelu, sigmoid, silu, softplus, tanh

x = Symbol("x")
INFINITY = arb("inf")
ORACLES = {
    functions.exp: mpmath.exp,
    functions.log: mpmath.log,
    functions.tanh: mpmath.tanh,
    functions.logistic: lambda t: 1 / (1 + mpmath.exp(-t)),
    functions.softplus: lambda t: mpmath.log(1 + mpmath.exp(t)),
    functions.erf: mpmath.erf,
    functions.normal: mpmath.ncdf,
    functions.sin: mpmath.sin,
    functions.cos: mpmath.cos,
    functions.integer_power(3): lambda t: t**3,
    functions.integer_power(-2): lambda t: t**-2,
    functions.fractional_power(Rational(3, 2)): lambda t: mpmath.power(t, mpf(3) / 2),
    functions.fractional_power(Rational(-1, 3)): lambda t: mpmath.power(t, mpf(-1) / 3),
}
POSITIVE = [*list(ORACLES)[-3:], functions.log]


def ends(a: Fraction, b: Fraction) -> Interval:
    low, high = sorted((a, b))
    return Interval(Interval.of(rational(low)).lower, Interval.of(rational(high)).upper)


def as_mpf(end: arb) -> mpf:
    if not end.is_finite():
        return mpmath.inf if end > 0 else -mpmath.inf
    mantissa, exponent = end.man_exp()
    return mpmath.ldexp(mpf(int(mantissa)), int(exponent))


def contains(interval: Interval, value: mpf) -> bool:
    slack = mpf(10) ** -25 * (1 + abs(value))
    return as_mpf(interval.lower) - slack <= value <= as_mpf(interval.upper) + slack


def fractions(rng: random.Random, count: int, lowest: int = -6) -> list[Fraction]:
    return [Fraction(rng.randint(lowest * 12, 72), 12) for _ in range(count)]


# ---------------------------------------------------------------------- operations


def test_operations_contain_every_value_and_are_tight():
    rng = random.Random(1)
    for _ in range(300):
        a, b, c, d, n = *fractions(rng, 4), rng.choice([-3, -2, -1, 0, 1, 2, 3])
        one, two = ends(a, b), ends(c, d)
        corners = [(u, v) for u in (a, b) for v in (c, d)]
        for operation, exact in ((add, [u + v for u, v in corners]), (subtract, [u - v for u, v in corners])):
            found = operation(one, two)
            assert abs(as_mpf(found.lower) - real(min(exact))) < 1e-13
            assert abs(as_mpf(found.upper) - real(max(exact))) < 1e-13
        found = multiply(one, two)
        assert abs(as_mpf(found.lower) - real(min(u * v for u, v in corners))) < 1e-13
        assert abs(as_mpf(found.upper) - real(max(u * v for u, v in corners))) < 1e-13
        inside = a + (b - a) * Fraction(rng.randint(0, 8), 8)
        if inside or n >= 0:
            assert contains(power(one, n), real(inside) ** n)


def test_half_lines_and_poles():
    half_line, positive = Interval(arb(2), INFINITY), Interval(arb(0), arb(4))
    assert reciprocal(half_line) == Interval(arb(0), arb(0.5))
    assert reciprocal(positive) == Interval(arb(0.25), INFINITY)
    assert reciprocal(Interval(arb(-1), arb(1))) == WHOLE
    assert reciprocal(Interval(arb(0), arb(0))) == WHOLE
    assert power(Interval(-INFINITY, arb(-3)), 2) == Interval(arb(9), INFINITY)
    assert multiply(Interval(arb(0), arb(0)), WHOLE) == Interval(arb(0), arb(0))
    assert add(half_line, Interval(-INFINITY, arb(0))) == WHOLE
    assert divide(half_line, half_line) == Interval(arb(0), INFINITY)
    assert functions.log(Interval(arb(-1), arb(1)), 2) == [WHOLE] * 3
    assert functions.integer_power(-2)(Interval(arb(-1), arb(1)), 2) == [WHOLE] * 3
    assert functions.exp(Interval(-INFINITY, arb(0)), 0)[0] == Interval(arb(0), arb(1))


def test_a_cell_is_cut_inside():
    rng = random.Random(2)
    for _ in range(200):
        numbers = [Fraction(rng.choice([-99, -3, 1, 64])) * Fraction(2) ** rng.randint(-900, 900) for _ in range(2)]
        low, high = sorted(numbers)
        finite = ends(low, high)
        cell = rng.choice([finite, Interval(-INFINITY, finite.lower), Interval(finite.upper, INFINITY)])
        middle = between(cell)
        assert middle is None or cell.lower < middle < cell.upper
        assert middle is not None or high - low < abs(high) / 2**40
    assert between(WHOLE) == 0


@pytest.mark.parametrize("function", list(ORACLES), ids=lambda f: f.__qualname__.split(".")[0])
def test_values_slopes_and_curvatures_are_contained(function):
    rng, oracle = random.Random(3), ORACLES[function]
    with mpmath.workdps(40):
        for _ in range(25):
            a, b = (abs(v) + Fraction(1, 12) if function in POSITIVE else v for v in fractions(rng, 2))
            found = function(ends(a, b), 2)
            inside = real(a + (b - a) * Fraction(rng.randint(0, 8), 8))
            truth = [oracle(inside), mpmath.diff(oracle, inside), mpmath.diff(oracle, inside, 2) / 2]
            assert all(contains(interval, value) for interval, value in zip(found, truth, strict=True))


# ---------------------------------------------------------------------- formulas


def test_a_program_contains_the_values_of_random_formulas_on_cells():
    """Of the formula as it is, of its segments and of the form for enclosing, also on half-lines."""
    rng, seen = random.Random(4), 0
    for k in range(60):
        formula = (smooth if k % 2 else broken)(rng)
        a, b = sorted(fractions(rng, 2))
        cells = [(a, b, ends(a, b)), (a, a + 10**4, Interval(ends(a, a).lower, INFINITY))]
        for low, high, cell in cells:
            given = rational(low), rational(high) if cell.is_finite else oo
            if given[0] == given[1]:
                continue
            programs = [(Enclosing(formula.expr, x), cell)]
            for segment in segments((formula.expr,), x, *given):
                if segment.is_point:
                    continue
                for lower, upper, written in enclosable(segment.formulas[0], x, segment.lower, segment.upper):
                    where = Interval(Interval.of(lower).lower, Interval.of(upper).upper)
                    programs.append((Enclosing(written, x), where))
            for point in [low + (high - low) * Fraction(j, 7) for j in range(8)] + list(formula.places):
                for program, where in programs:
                    place = Interval.of(rational(point))
                    if where.lower < place.lower and place.upper < where.upper:
                        seen += holds(program, where, point, formula)
    assert seen > 500


def holds(program: Enclosing, cell: Interval, point: Fraction, formula) -> bool:
    try:
        value = real(formula.value(point))
    except Undefined:
        return False
    assert contains(program.value(cell), value)
    assert contains(program.value(Interval.of(rational(point))), value)
    return True


@pytest.mark.parametrize("formula", [Abs(x), Max(x, x / 2), Min(x, 0), Abs(x) * exp(x)])
def test_a_kink_has_the_slopes_of_both_sides_and_no_curvature(formula):
    _, slope, curvature = Enclosing(formula, x)(ends(Fraction(-1, 1000), Fraction(1, 1000)), 2)
    left, right = (formula.subs(x, Rational(k, 1000)).evalf() for k in (-1, 1))
    assert slope.is_finite
    assert contains(slope, mpf(str(-left * 1000)))
    assert contains(slope, mpf(str(right * 1000)))
    assert curvature == WHOLE


@pytest.mark.parametrize("formula", [sign(x), Piecewise((1, x > 0), (0, True)), tanh(1 / x), sign(x) * x + sign(x)])
def test_a_jump_has_no_slope(formula):
    value, slope, _ = Enclosing(formula, x)(ends(Fraction(-1, 1000), Fraction(1, 1000)), 2)
    assert value.is_finite
    assert slope == WHOLE


def test_what_is_too_long_is_refused():
    with pytest.raises(DeriveError, match="more than 4000 operations"):
        Enclosing(Add(*(exp(k * x) for k in range(4001))), x)


# ---------------------------------------------------------------------- rational functions and limits


def test_rational_functions_have_the_signs_of_their_values():
    rng = random.Random(5)
    for _ in range(50):
        roots, poles = fractions(rng, rng.randint(0, 3)), fractions(rng, rng.randint(0, 2))
        shift = rng.choice([0, 2, Fraction(1, 3)])
        factor = (x**2 - rational(Fraction(shift))) if shift else Rational(-3)
        expr = factor
        for r in roots:
            expr *= x - rational(r)
        for p in poles:
            expr /= x - rational(p)
        found = RationalFunction.of(expr, x)
        low, high = sorted(fractions(rng, 2))
        changes = [r for r in {*roots, *poles} if (roots.count(r) - poles.count(r)) and low < r < high]
        irrational = [s for s in (-1, 1) if shift and low < s * float(shift) ** 0.5 < high]
        for k in range(9):
            point = low + (high - low) * Fraction(k, 8)
            if point in poles:
                continue
            value = expr.subs(x, rational(point))
            truth = bool(value > 0) - bool(value < 0)
            assert found.sign_at(rational(point)) == truth
            if low < point < high and not changes and not irrational and truth:
                assert found.sign_between(rational(low), rational(high)) == truth
        if low < high and (changes or irrational):
            assert found.sign_between(rational(low), rational(high)) is None
        assert found.limit(oo) == expr.limit(x, oo)


@pytest.mark.parametrize(
    ("formula", "end", "value"),
    [
        ((2 * x**2 + 1) / (3 * x**2 - x), oo, Rational(2, 3)),
        (sigmoid(x) + 1 / x, -oo, 0),
        (tanh(2 - x), oo, -1),
        (softplus(x) - 3, oo, oo),
        (silu(-x) + gelu(-x) + 5, oo, 5),
        (exp(-x) * sigmoid(x), oo, 0),
        (x + softplus(x), -oo, -oo),
        (log(x) - sqrt(x), oo, None),
        (x**3 * exp(-x) * tanh(x), oo, 0),
        ((x**2 - 1) * gelu(x), -oo, 0),
        (x * exp(-x) * exp(x), oo, oo),
        (exp(-x) * exp(exp(x)), oo, None),
        (Pow(softplus(x), 1 / x), oo, None),
        (sqrt(x) * Rational(1, 2) ** x, oo, None),
        (2 ** (-x) + sqrt(4 + 1 / x), oo, 2),
    ],
)
def test_limits(formula, end, value):
    assert limit(formula, x, end) == value


def test_a_precise_enclosure_has_the_bits_of_the_context():
    with ctx.workprec(2000):
        found = Enclosing(tanh(x) - x, x).value(Interval.of(Rational(1, 10**100)))
        assert found.upper - found.lower < arb(fmpq(1, 10**590))
        assert found.upper < 0
