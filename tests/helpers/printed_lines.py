"""Whether a printed line is true: its formulas, read again, give the decimal after them; = stands between equals."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

import mpmath
from formula_reader import value
from mpmath import mpf

FAR = 8  # characters of an exponent of ten


def rounds_to(number, text):
    """Whether a number rounds to a printed decimal such as -0.1974 or 4.54e-5."""
    _mantissa, _, exponent = text.partition("e")
    if len(exponent) > FAR:  # 10^(−4.34×10²⁹) is printed, the order of magnitude
        return (number < 0) == (text < "0") and rounds_to(mpmath.log10(abs(number)), f"{Decimal(exponent):.2e}")
    shown = Decimal(text)
    unit = Decimal(1).scaleb(shown.as_tuple().exponent)
    with mpmath.workdps(60):
        exact = Decimal(mpmath.nstr(number, 50, min_fixed=-mpmath.inf, max_fixed=mpmath.inf))
    return exact.quantize(unit, rounding=ROUND_HALF_EVEN) == shown


def check_relations(step):
    *formulas, (last, text) = step.chain[1:]
    if len(step.to_json()["rounded"].partition("e")[2]) > FAR:  # such ends are not written out
        lower = upper = value(formulas[0][1])
    else:
        lower, upper = (mpf(int(e.p)) / int(e.q) for e in step.value.ends(300))
    before = lower
    for relation, formula in formulas:
        near = abs(value(formula) - before) < mpf(10) ** -50
        assert near or relation == r"\approx"
        before = value(formula)
    assert (last == "=") == (abs(value(text) - lower) + abs(value(text) - upper) == 0)
