"""Expressions in exact numbers: each operation in the order in which it is written, nothing simplified first."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, singledispatch
from typing import Any

from sympy import Basic, Dummy, Expr, Float, Integer, Piecewise, Rational, Symbol, floor, pi, sign, sympify
from sympy import E as euler
from sympy.core.relational import Relational
from sympy.logic.boolalg import ITE, And, BooleanFalse, BooleanTrue, Not, Or

from derive.errors import DeriveError, Undecided, UnsupportedExpression
from derive.exact.balls import RULES
from derive.exact.rounding import integer_in
from derive.exact.value import Value, combine, real
from derive.symbolic.activation import Activation
from derive.symbolic.expressions import rebuild
from derive.symbolic.nodes import FunctionNode
from derive.symbolic.table import Entries, Table


def evaluate(expr: Any, env: Mapping[Symbol, Value] | None = None) -> Value:
    """The value of an expression at the values of its symbols; nothing is reordered or simplified first.

    Raises DeriveError for a symbol without a value or a division by zero, UnsupportedExpression for a function without
    a rule.
    """
    return _walk(sympify(expr), env or {})


@singledispatch
def _walk(node: Basic, env: Mapping[Symbol, Value]) -> Value:
    return combine(node.func, *[_walk(a, env) for a in node.args])


@_walk.register
def _(node: Symbol, env: Mapping[Symbol, Value]) -> Value:
    value = env.get(node)
    if value is None:
        raise DeriveError(f"symbol {node} has no value; known: {', '.join(sorted(map(str, env))) or 'none'}")
    return value


@_walk.register(Rational)
@_walk.register(Float)
def _(node: Expr, env: Mapping[Symbol, Value]) -> Value:
    return Value.of(node)


@_walk.register(type(pi))
@_walk.register(type(euler))
def _(node: Expr, env: Mapping[Symbol, Value]) -> Value:
    return real(RULES[node])


@_walk.register
def _(node: Activation, env: Mapping[Symbol, Value]) -> Value:
    symbols, formula = written_out(node.func)
    arguments = [_walk(a, env) for a in node.args]
    if isinstance(node, Table):
        check_covered(type(node), arguments[0])
    return _walk(formula, dict(zip(symbols, arguments, strict=True)))


def check_covered(table: type[Table], argument: Value) -> None:
    """Raises DeriveError where a table has no value for an argument."""
    beyond = max(Value.of(table.lower) - argument, argument - Value.of(table.upper))
    if table.outside == "error" and beyond.sign() == 1:
        raise DeriveError(table.uncovered(argument.unicode(5)))


@cache
def written_out(activation: type[Activation]) -> tuple[tuple[Symbol, ...], Expr]:
    """An activation's value for symbolic arguments; not ``stable``, where the argument occurs more often."""
    symbols = tuple(Dummy() for _ in range(1 + len(activation.defaults)))
    return symbols, activation.value(*symbols)


@_walk.register
def _(node: FunctionNode, env: Mapping[Symbol, Value]) -> Value:
    return _walk(node.formula, env)


@_walk.register
def _(node: Piecewise, env: Mapping[Symbol, Value]) -> Value:
    return _walk(_case(node, env), env)


@_walk.register
def _(node: sign, env: Mapping[Symbol, Value]) -> Value:
    return Value.of(_walk(node.args[0], env).compare(0))


@_walk.register
def _(node: floor, env: Mapping[Symbol, Value]) -> Value:
    value = _walk(node.args[0], env)
    if value.rational is not None:
        return Value.of(floor(value.rational))
    found = value.decided(lambda ball: integer_in(ball.floor()))
    if found is None:
        raise Undecided(f"{node} is not told from the whole number beside it")
    return Value.of(found)


@_walk.register
def _(node: Entries, env: Mapping[Symbol, Value]) -> Value:
    return Value.of(node.numbers[int(float(_walk(node.args[0], env)))])


def _case(node: Piecewise, env: Mapping[Symbol, Value]) -> Expr:
    """The formula of the case that applies."""
    for expr, condition in node.args:
        if _holds(condition, env):
            return expr
    raise DeriveError(f"no case of {node} applies")


def settled(expr: Any, env: Mapping[Symbol, Value]) -> Any:
    """The expression with the case that applies in the place of every ``Piecewise``, and signs as numbers."""
    if isinstance(expr, Piecewise):
        return settled(_case(expr, env), env)
    if isinstance(expr, sign):
        return Integer(_walk(expr.args[0], env).compare(0))
    return rebuild(expr, [settled(a, env) for a in expr.args]) if expr.args else expr


def _holds(condition: Basic, env: Mapping[Symbol, Value]) -> bool:
    match condition:
        case BooleanTrue() | BooleanFalse():
            return bool(condition)
        case Relational():
            difference = _walk(condition.lhs, env).compare(_walk(condition.rhs, env))
            return bool(condition.func(difference, 0))
        case ITE():
            return _holds(condition.args[1 if _holds(condition.args[0], env) else 2], env)
        case And():
            return all(_holds(c, env) for c in condition.args)
        case Or():
            return any(_holds(c, env) for c in condition.args)
        case Not():
            return not _holds(condition.args[0], env)
    raise UnsupportedExpression(
        f"the condition {condition} cannot be evaluated; write it with <, <=, >, >=, And, Or, Not"
    )
