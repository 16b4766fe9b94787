"""Formulas as power series of balls: Taylor forms of a high order, of what is analytic on a cell.

Where an approximation is good its error is far smaller than its terms, and what an enclosure of the second derivative
tells of the error takes many small cells. The coefficients of the series at a point are known as well as the value
there, and the last one, over the whole cell, is the remainder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, NamedTuple, cast

from flint import arb, arb_poly, arb_series, ctx
from sympy import Abs, Expr, Max, Min, Piecewise, Symbol, sign

from derive.approximation.enclosure import Enclosing
from derive.errors import DeriveError
from derive.exact import functions
from derive.exact.functions import Function
from derive.exact.intervals import Interval, add, intersection, multiply, outwards, power, subtract, union
from derive.exact.intervals import point as exactly_at
from derive.exact.rational import exactly
from derive.exact.rational_function import RationalFunction
from derive.symbolic.table import Table

ANGULAR = (Max, Min, Abs, sign, Piecewise, Table)
TERMS = 16  # the remainder's among them

Rule = Callable[..., Any]
Program = Callable[[Interval], arb_series]

FUNCTIONS: dict[Function, Callable[[arb_series], arb_series]] = {
    functions.exp: arb_series.exp,
    functions.log: arb_series.log,
    functions.tanh: lambda u: 1 - 2 / ((2 * u).exp() + 1),
    functions.logistic: lambda u: 1 / ((-u).exp() + 1),
    functions.softplus: lambda u: u + ((-u).exp() + 1).log(),
    functions.erf: arb_series.erf,
    functions.normal: lambda u: (-u * arb(2).rsqrt()).erfc() / 2,
    functions.sin: arb_series.sin,
    functions.cos: arb_series.cos,
}


class Form(NamedTuple):
    """Of a function on a cell: its values, slopes and half its second derivatives, its value at a point inside, and
    how much of the values the remainder is."""

    value: Interval
    slope: Interval
    curvature: Interval
    inside: Interval
    rest: Interval


def taylor_form(program: Program, cell: Interval, middle: arb) -> Form | None:
    """A function on a cell by its Taylor polynomial at a point of it, with the remainder; None where it has none."""
    try:
        with _long_series():
            around, over = program(exactly_at(middle)), program(cell)
    except (ZeroDivisionError, ValueError):  # a pole may be on the cell
        return None
    coefficients = [around[k] for k in range(TERMS - 1)] + [over[TERMS - 1]]
    if not all(c.is_finite() for c in coefficients):
        return None
    whole = arb_poly(coefficients)
    slopes, away = whole.derivative(), subtract(cell, exactly_at(middle))
    ball = away.lower.union(away.upper)

    def of(polynomial: arb_poly) -> Interval:
        """c + c' t + c'' t², where t² is not negative, as a ball's square may be."""
        linear = add(outwards(polynomial[0]), multiply(outwards(polynomial[1]), away))
        return add(linear, multiply(outwards(arb_poly(polynomial.coeffs()[2:])(ball)), power(away, 2)))

    value, slope = of(whole), of(slopes)
    if slope.sign:
        value = intersection(value, union(*(outwards(whole(end)) for end in away)))
    rest = multiply(outwards(coefficients[-1]), power(away, TERMS - 1))
    return Form(value, slope, outwards(slopes.derivative()(ball) / 2), outwards(coefficients[0]), rest)


@contextmanager
def _long_series() -> Iterator[None]:
    """python-flint keeps so many terms of series as are wanted here."""
    before, ctx.cap = ctx.cap, TERMS
    try:
        yield
    finally:
        ctx.cap = before


@cache
def power_series(formula: Expr, x: Symbol) -> Program | None:
    """A formula as a program of power series; None where it has an operation that is not analytic."""
    try:
        return cast(Program, _Series(formula, x))
    except _NotAnalytic:
        return None


class _NotAnalytic(DeriveError):
    """An operation without a power series."""


class _SeriesRules:
    """What each operation does to power series."""

    @staticmethod
    def variable(cell: Interval, order: int) -> arb_series:
        return arb_series([cell.lower.union(cell.upper), 1], prec=TERMS)

    @staticmethod
    def constant(number: Callable[[], arb]) -> Rule:
        return lambda cell, order: arb_series([number()], prec=TERMS)

    @staticmethod
    def rational(function: RationalFunction) -> Rule:
        def rule(cell: Interval, order: int, u: arb_series) -> arb_series:
            place = arb_poly(u.coeffs())
            above, below = (
                arb_series(arb_poly(p)(place).coeffs()[:TERMS], prec=TERMS)
                for p in (function.numerator, function.denominator)
            )
            return above / below

        return rule

    @staticmethod
    def chain(function: Function) -> Rule:
        return lambda cell, order, u: FUNCTIONS[function](u)

    @staticmethod
    def integer_power(n: int) -> Rule:
        return lambda cell, order, u: u**n if n >= 0 else 1 / u**-n

    @staticmethod
    def fractional_power(exponent: Any) -> Rule:
        return lambda cell, order, u: u ** exactly(exponent)

    @staticmethod
    def added(cell: Interval, order: int, a: arb_series, b: arb_series) -> arb_series:
        return a + b

    @staticmethod
    def multiplied(cell: Interval, order: int, a: arb_series, b: arb_series) -> arb_series:
        return a * b

    @staticmethod
    def bowl(activation: Any) -> Rule:
        return lambda cell, order, argument, product: product


class _Series(Enclosing):
    """A formula in x as a power series around any place; rational functions of x are one step."""

    rules = _SeriesRules()

    def _add(self, node: Any, within: bool = False) -> int:
        rational = RationalFunction.of(node, self._x) if node.args else None
        if node not in self._index and rational is not None:
            self._index[node] = self._step(self.rules.rational(rational), self._add(self._x))
        return super()._add(node, within=True)

    def _read(self, node: Any, within: bool = False) -> int:
        if isinstance(node, ANGULAR):
            raise _NotAnalytic(f"{node} has no power series")
        return super()._read(node, within)
