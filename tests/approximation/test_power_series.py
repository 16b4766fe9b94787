"""Taylor forms against values and derivatives by mpmath, which are other algorithms."""

from __future__ import annotations

from itertools import product
from random import Random

import mpmath
import pytest
from flint import arb, ctx
from sympy import Abs, Max, cos, erf, exp, lambdify, log, sin, sqrt

import derive
from derive.approximation.claim import x
from derive.approximation.power_series import power_series, taylor_form
from derive.exact.intervals import Interval, between
from derive.symbolic.activations import gelu, sigmoid, silu, softplus, tanh

SPARE = mpmath.mpf(10) ** -18  # of mpmath's differences
FORMULAS = (
    tanh(x) - x + x**3 / 3,
    sigmoid(2 * x) / (x**2 + 1),
    softplus(x) * silu(-x),
    gelu(x) + erf(x) - sin(x) * cos(x),
    log(x**2 + 1) + sqrt(x + 7),
    1 / (x**2 + 1) ** 2 - 1 / sigmoid(x) ** 3,
)


def outside(formula, program) -> set[str]:
    """What of the forms does not contain its own at a place of the cell or at an end, on random cells."""
    rng, value, found = Random(str(formula)), lambdify(x, formula, "mpmath"), set()
    for _ in range(12):
        lower = rng.uniform(-5, 5)
        upper = lower + 10 ** rng.uniform(-4, 0.2)
        cell = Interval(arb(lower), arb(upper))
        with ctx.workprec(128):
            form = taylor_form(program, cell, between(cell))
        if form is None:
            continue
        with mpmath.workdps(60):
            for place, (k, interval) in product(
                (mpmath.mpf(lower), lower + (mpmath.mpf(upper) - lower) * rng.random()), enumerate(form[:3])
            ):
                lowest, highest = (mpmath.mpf(end.str(40, radius=False)) for end in interval)
                true = mpmath.diff(value, place, k) / mpmath.factorial(k)
                if not lowest - SPARE <= true <= highest + SPARE:
                    found.add(form._fields[k])
    return found


@pytest.mark.parametrize("formula", FORMULAS, ids=str)
def test_a_form_has_the_value_and_derivatives_at_every_place(formula):
    assert outside(formula, power_series(formula, x)) == set()


def test_without_its_remainder_a_form_is_no_enclosure():
    program, cell = power_series(exp(x), x), Interval(arb(0), arb(8))
    found = taylor_form(program, cell, arb(4)).value
    missing = taylor_form(lambda c: program(c) * (c.lower == c.upper), cell, arb(4)).value
    assert found.lower < 1 < arb(8).exp() < found.upper
    assert missing.upper < arb(8).exp()


def test_what_has_no_power_series():
    for formula in (Abs(x), Max(x, tanh(x)), derive.table("tanh", entries=16)(x)):
        assert power_series(formula, x) is None
    program = power_series(1 / x + log(x), x)
    assert taylor_form(program, Interval(arb(-1), arb(2)), arb(1)) is None  # a pole
    assert ctx.cap == 10  # python-flint's own is left as it was
