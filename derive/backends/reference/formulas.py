"""Formulas on arrays, in float64: one NumPy operation for each node, in the order in which it stands."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache, reduce, singledispatch
from typing import Any

import numpy as np
from sympy import Add, Basic, Dummy, Expr, Max, Min, Mul, Piecewise, Pow, Symbol
from sympy.core.relational import Relational
from sympy.logic.boolalg import ITE, And, BooleanAtom, Not, Or

from derive.backends.formulas import machine_number
from derive.errors import UnsupportedExpression
from derive.symbolic.activation import Activation
from derive.symbolic.table import Entries

#: Functions of one argument that NumPy does not call by SymPy's name in small letters.
_OTHERS = {"asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "Abs": np.abs, "erf": np.vectorize(math.erf)}
_OTHERS["erfc"] = np.vectorize(math.erfc)


@singledispatch
def value(node: Basic, env: Mapping[Symbol, Any]) -> Any:
    """The value of a formula. Raises UnsupportedExpression for a function that NumPy does not have."""
    if isinstance(node, Expr) and not node.args:
        return machine_number(node)
    name = type(node).__name__
    function = _OTHERS.get(name) or getattr(np, name.lower(), None)
    if function is None or len(node.args) != 1:
        raise UnsupportedExpression(f"{name} in {node} is unknown to the reference; give it a rule in its formulas.py")
    return function(value(node.args[0], env))


@value.register
def _(node: Symbol, env: Mapping[Symbol, Any]) -> Any:
    return env[node]


@value.register
def _(node: BooleanAtom, env: Mapping[Symbol, Any]) -> Any:
    return bool(node)


@value.register
def _(node: Activation, env: Mapping[Symbol, Any]) -> Any:
    symbols, formula = _formula(node.func)
    return value(formula, dict(zip(symbols, (value(a, env) for a in node.args), strict=True)))


@value.register
def _(node: Entries, env: Mapping[Symbol, Any]) -> Any:
    k = np.asarray(value(node.args[0], env))
    found = np.array(node.numbers, dtype=np.float64)[np.nan_to_num(k).astype(int)]
    return np.where(np.isnan(k), k, found)


@cache
def _formula(activation: type[Activation]) -> tuple[tuple[Dummy, ...], Expr]:
    symbols = tuple(Dummy() for _ in range(1 + len(activation.defaults)))
    return symbols, activation.stable(*symbols)


@value.register
def _(node: Pow, env: Mapping[Symbol, Any]) -> Any:
    base, exponent = (value(a, env) for a in node.args)
    return 1.0 / base if node.exp == -1 else np.power(base, exponent)


@value.register(Add)
@value.register(Mul)
@value.register(Max)
@value.register(Min)
@value.register(And)
@value.register(Or)
def _(node: Basic, env: Mapping[Symbol, Any]) -> Any:
    names = {Add: np.add, Mul: np.multiply, Max: np.maximum, Min: np.minimum, And: np.logical_and, Or: np.logical_or}
    return reduce(names[type(node)], (value(a, env) for a in node.args))


@value.register
def _(node: Not, env: Mapping[Symbol, Any]) -> Any:
    return np.logical_not(value(node.args[0], env))


@value.register
def _(node: Relational, env: Mapping[Symbol, Any]) -> Any:
    return getattr(np, _COMPARISONS[node.rel_op])(value(node.lhs, env), value(node.rhs, env))


_COMPARISONS = {
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
    "==": "equal",
    "!=": "not_equal",
}


@value.register
def _(node: ITE, env: Mapping[Symbol, Any]) -> Any:
    return np.where(*(value(a, env) for a in node.args))


@value.register
def _(node: Piecewise, env: Mapping[Symbol, Any]) -> Any:
    result: Any = math.nan
    for case in reversed(node.args):
        formula, condition = case.args
        result = np.where(value(condition, env), value(formula, env), result)
    return result
