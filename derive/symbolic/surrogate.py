"""Whether an activation's slope is another function than the derivative of its value."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

from sympy import Expr, Rational, Symbol, evaluate

from derive.errors import DeriveError
from derive.exact.value import Value
from derive.symbolic.activation import Activation
from derive.symbolic.derivatives import Known, partial, slope
from derive.symbolic.evaluation import evaluate as exactly
from derive.symbolic.tidy import tidy

#: Where both are compared; no author's kink is there.
_PLACES = tuple(Rational(k * 7919, 30011) + Rational(1, 1009) for k in range(-40, 41))
_BITS = 128


def is_surrogate(function: type[Activation]) -> bool:
    """Whether the slope, for the default parameters, differs somewhere from the derivative of the value: what the
    activation says of itself, or, where it says nothing, what its formulas give at many points."""
    return _found(cast(Any, function)) if function.surrogate is None else function.surrogate


@cache
def _found(function: Any) -> bool:
    x, defaults = Symbol("x"), tuple(function.defaults.values())
    try:
        with evaluate(False):
            value = tidy(function.value(x, *defaults))
        own = slope(function, x, value, defaults)
    except NotImplementedError:  # what it has instead is its spelling, which autograd differentiates
        return False
    try:
        derivative = partial(value, x, Known())
    except DeriveError:  # it has none that is known, and so the slope is its own
        return True
    return any(_differ(derivative, own, x, place) for place in _PLACES)


def _differ(a: Expr, b: Expr, x: Symbol, place: Rational) -> bool:
    """Whether two formulas are certainly different at a place; where neither has a value, they are not."""
    given = {x: Value.of(place)}
    try:
        balls = [exactly(f, given).ball(_BITS) for f in (a, b)]
    except DeriveError:
        return False
    size = 1 + abs(balls[1])
    return bool(abs(balls[0] - balls[1]) > size / 10**20)
