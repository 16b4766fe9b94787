"""Expressions in exact numbers: each operation in the order in which it is written, nothing simplified first."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, singledispatch
from typing import Any

from sympy import Basic, Dummy, Expr, Float, Piecewise, Rational, Symbol, pi, sympify
from sympy import E as euler
from sympy.core.relational import Relational
from sympy.logic.boolalg import And, BooleanFalse, BooleanTrue, Not, Or

from derive.activations import Activation
from derive.balls import RULES
from derive.errors import DeriveError, UnsupportedExpression
from derive.numbers import Value, combine, real
from derive.numeral import exact_rational


def evaluate(expr: Any, env: Mapping[Symbol, Value] | None = None) -> Value:
    """The value of an expression at the values of its symbols; nothing is reordered or simplified first.

    Raises DeriveError for a symbol without a value or a division by zero, UnsupportedExpression for a function without
    a rule.
    """
    return _walk(sympify(expr), env or {})


@singledispatch
def _walk(node: Basic, env: Mapping[Symbol, Value]) -> Value:
    return combine(node.func, *(_walk(a, env) for a in node.args))


@_walk.register
def _(node: Symbol, env: Mapping[Symbol, Value]) -> Value:
    if node not in env:
        raise DeriveError(f"symbol {node} has no value; known: {', '.join(sorted(map(str, env))) or 'none'}")
    return env[node]


@_walk.register(Rational)
@_walk.register(Float)
def _(node: Expr, env: Mapping[Symbol, Value]) -> Value:
    return Value(exact_rational(node))


@_walk.register(type(pi))
@_walk.register(type(euler))
def _(node: Expr, env: Mapping[Symbol, Value]) -> Value:
    return real(RULES[node])


@_walk.register
def _(node: Activation, env: Mapping[Symbol, Value]) -> Value:
    symbols, formula = _formula(node.func)
    return _walk(formula, dict(zip(symbols, (_walk(a, env) for a in node.args), strict=True)))


@cache
def _formula(activation: type[Activation]) -> tuple[tuple[Symbol, ...], Expr]:
    """An activation's value for symbolic arguments; not ``stable``, where the argument occurs more often."""
    symbols = tuple(Dummy() for _ in range(1 + len(activation.defaults)))
    return symbols, activation.value(*symbols)


@_walk.register
def _(node: Piecewise, env: Mapping[Symbol, Value]) -> Value:
    for expr, condition in node.args:
        if _holds(condition, env):
            return _walk(expr, env)
    raise DeriveError(f"no case of {node} applies")


def _holds(condition: Basic, env: Mapping[Symbol, Value]) -> bool:
    match condition:
        case BooleanTrue() | BooleanFalse():
            return bool(condition)
        case Relational():
            sign = _walk(condition.lhs, env).compare(_walk(condition.rhs, env))
            return bool(condition.func(sign, 0))
        case And():
            return all(_holds(c, env) for c in condition.args)
        case Or():
            return any(_holds(c, env) for c in condition.args)
        case Not():
            return not _holds(condition.args[0], env)
    raise UnsupportedExpression(
        f"the condition {condition} cannot be evaluated; write it with <, <=, >, >=, And, Or, Not"
    )
