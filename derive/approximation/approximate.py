"""``approximate``: an activation, what replaces it, and where, as the arguments of a call.

>>> approximate(tanh, identity, on=(-Rational(1, 4), Rational(1, 4))).bound_at(5)
'0.0050814'
"""

from __future__ import annotations

from typing import Any

from sympy import Basic, Expr, I, Lambda, MatrixBase, MatrixExpr, Order, SympifyError, nan, oo, sympify, zoo

from derive.approximation.bounds import Approximation, end, x
from derive.approximation.segments import check_written_out
from derive.approximation.tabulated import TableApproximation
from derive.errors import DeriveError
from derive.exact.numeral import exact_rational
from derive.symbolic.activation import Activation
from derive.symbolic.activations import parametrised
from derive.symbolic.expressions import applied
from derive.symbolic.piecewise_linear import identity
from derive.symbolic.size import check_size
from derive.symbolic.table import Table
from derive.symbolic.tidy import tidy

MOST_FUNCTIONS = 4  # in each other's arguments: their derivatives multiply


def approximate(exact: Any, replacement: Any, on: Any = None, *, at: Any = None) -> Approximation:
    """The certified error of using ``replacement`` for the activation ``exact``.

    ``exact`` is an activation or its name, with parameters if need be (``"elu(alpha=2)"``); ``replacement`` is one too,
    or a number, an expression in one variable, or a function of one. ``on`` is a pair of exact numbers (``oo``
    allowed); ``at`` is a single point. Raises DeriveError where the interval is empty, or the replacement no formula or
    too long; the attributes raise it where no bound can be certified.
    """
    exact, parameters = read_activation(exact)
    if (on is None) == (at is None):
        raise DeriveError(f"approximate({exact.__name__}, ...) needs either on=(lower, upper) or at=point")
    try:
        lower, upper = (at, at) if on is None else on
    except (TypeError, ValueError):
        raise DeriveError(f"on={on!r} is not a pair; write on=(lower, upper)") from None
    lower, upper = map(end, (lower, upper))
    if lower > upper or lower == oo or upper == -oo:
        raise DeriveError(f"the interval [{lower}, {upper}] is empty; write on=(lower, upper) with lower ≤ upper")
    try:
        formula = _in_x(replacement)
        found = _kind(formula)(exact, formula, lower, upper, parameters)
        check_written_out(found.difference)
    except RecursionError:
        raise DeriveError("the replacement is nested too deeply; write a simpler formula") from None
    return found


def _kind(replacement: Expr) -> type[Approximation]:
    """Raises DeriveError for a table in a formula, which would have as many cases as it has entries."""
    if isinstance(replacement, Table) and replacement.args[0] == x:
        return TableApproximation
    if replacement.has(Table):
        raise DeriveError(f"the replacement {replacement} has a table in a formula; make a table of the whole function")
    return Approximation


def read_activation(given: Any) -> tuple[type[Activation], tuple[Expr, ...]]:
    """The activation that a name, a class or a call such as elu(x, 2) stands for, and its parameters."""
    if isinstance(given, type) and issubclass(given, Table):
        raise DeriveError(f"{given.__name__} is a table; approximate(exact, table, on=...) says what it is off")
    if isinstance(given, type) and issubclass(given, Activation):
        return given, tuple(given.defaults.values())
    call = parametrised(given)(x) if isinstance(given, str) else given
    if call == x:  # the identity vanishes
        return identity, ()
    if not isinstance(call, Activation) or not call.args[0].is_Symbol or call.free_symbols != {call.args[0]}:
        raise DeriveError(f"{given!r} is no activation; write derive.tanh, or a name such as 'tanh' or 'elu(alpha=2)'")
    return type(call), call.args[1:]


def _in_x(replacement: Any) -> Expr:
    """The replacement as an expression in this module's x."""
    if isinstance(replacement, str):
        replacement = parametrised(replacement)
    if isinstance(replacement, Lambda) or (callable(replacement) and not isinstance(replacement, Basic)):
        replacement = applied(replacement, x, "the replacement")
    try:
        expr = exact_rational(replacement) if isinstance(replacement, float) else sympify(replacement, strict=True)
    except SympifyError:
        expr = None
    if not isinstance(expr, Expr) or expr.is_commutative is False or expr.has(Order, MatrixExpr, MatrixBase):
        raise DeriveError(
            f"the replacement {replacement!r} is no expression; write an activation, a number or x - x**3/3"
        )
    if expr.has(I, nan, oo, -oo, zoo):
        raise DeriveError(f"the replacement {expr} is not real and finite; write one that is")
    others = sorted(expr.free_symbols - {x}, key=str)
    if len(others) > 1 or (others and expr.has(x)):
        raise DeriveError(f"the replacement {expr} has the variables {', '.join(map(str, others))}; expected x alone")
    check_size(expr, MOST_FUNCTIONS)
    return tidy(expr.xreplace({others[0]: x}) if others else expr)
