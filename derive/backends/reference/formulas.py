"""Formulas on arrays, in float64: one NumPy operation for each node, in the order in which it stands.

A formula is read once, into functions of its symbols' values: a plan is run many times.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import cache, lru_cache, reduce, singledispatch
from operator import itemgetter
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

Env = Mapping[Symbol, Any]
Read = Callable[[Env], Any]


def value(node: Basic, env: Env) -> Any:
    """The value of a formula. Raises UnsupportedExpression for a function that NumPy does not have."""
    return _read(node)(env)


@lru_cache(maxsize=4096, typed=True)
def _read(node: Basic) -> Read:
    return _rule(node)


@singledispatch
def _rule(node: Basic) -> Read:
    if isinstance(node, Expr) and not node.args:
        number = machine_number(node)
        return lambda env: number
    name = type(node).__name__
    function = _OTHERS.get(name) or getattr(np, name.lower(), None)
    if function is None or len(node.args) != 1:
        raise UnsupportedExpression(f"{name} in {node} is unknown to the reference; give it a rule in its formulas.py")
    argument = _read(node.args[0])
    return lambda env: function(argument(env))


@_rule.register
def _(node: Symbol) -> Read:
    return itemgetter(node)


@_rule.register
def _(node: BooleanAtom) -> Read:
    holds = bool(node)
    return lambda env: holds


@_rule.register
def _(node: Activation) -> Read:
    symbols, formula = _formula(node.func)
    within, arguments = _read(formula), [_read(a) for a in node.args]
    return lambda env: within(dict(zip(symbols, [a(env) for a in arguments], strict=True)))


@_rule.register
def _(node: Entries) -> Read:
    place, numbers = _read(node.args[0]), np.array(node.numbers, dtype=np.float64)

    def entry(env: Env) -> Any:
        k = np.asarray(place(env))
        return np.where(np.isnan(k), k, numbers[np.nan_to_num(k).astype(int)])

    return entry


@cache
def _formula(activation: type[Activation]) -> tuple[tuple[Dummy, ...], Expr]:
    symbols = tuple(Dummy() for _ in range(1 + len(activation.defaults)))
    return symbols, activation.stable(*symbols)


@_rule.register
def _(node: Pow) -> Read:
    base, exponent = map(_read, node.args)
    if node.exp == -1:
        return lambda env: 1.0 / base(env)
    return lambda env: np.power(base(env), exponent(env))


@_rule.register(Add)
@_rule.register(Mul)
@_rule.register(Max)
@_rule.register(Min)
@_rule.register(And)
@_rule.register(Or)
def _(node: Basic) -> Read:
    function, parts = _FOLDS[type(node)], [_read(a) for a in node.args]
    return lambda env: reduce(function, [part(env) for part in parts])


_FOLDS: dict[type[Basic], Callable[[Any, Any], Any]] = {
    Add: np.add,
    Mul: np.multiply,
    Max: np.maximum,
    Min: np.minimum,
    And: np.logical_and,
    Or: np.logical_or,
}


@_rule.register
def _(node: Not) -> Read:
    negated = _read(node.args[0])
    return lambda env: np.logical_not(negated(env))


@_rule.register
def _(node: Relational) -> Read:
    compare, left, right = _COMPARISONS[node.rel_op], _read(node.lhs), _read(node.rhs)
    return lambda env: compare(left(env), right(env))


_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
}


@_rule.register
def _(node: ITE) -> Read:
    parts = [_read(a) for a in node.args]
    return lambda env: np.where(*[part(env) for part in parts])


@_rule.register
def _(node: Piecewise) -> Read:
    cases = [(_read(condition), _read(formula)) for formula, condition in (case.args for case in reversed(node.args))]

    def chosen(env: Env) -> Any:
        result: Any = math.nan
        for condition, formula in cases:
            result = np.where(condition(env), formula(env), result)
        return result

    return chosen
