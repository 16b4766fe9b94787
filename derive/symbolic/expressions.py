"""Expressions in the author's order: building and rewriting SymPy trees without evaluating them.

SymPy sorts the terms of sums and products when it evaluates them. A cell's formulas are built under
``sympy.evaluate(False)`` and only ever rewritten by the functions here, so ``f*c + i*g`` stays ``f*c + i*g``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from sympy import (
    Add,
    Atom,
    Basic,
    Expr,
    Mul,
    Pow,
    Symbol,
    Tuple,
    expand,
)
from sympy.core.symbol import Str
from sympy.functions.elementary.piecewise import ExprCondPair
from sympy.logic.boolalg import BooleanAtom

from derive.errors import DeriveError

HIDDEN, INPUT, PROJ = "hidden_size", "input_size", "proj_size"
LONGEST_SUM = 1000  # terms of what is multiplied out


def rebuild(node: Basic, args: list[Basic]) -> Basic:
    """The same node over other arguments, unevaluated and in the given order."""
    return node if list(node.args) == args else _build(node.func, args)


def _build(func: Any, args: list[Any]) -> Any:
    if func in (ExprCondPair, Tuple, Str):
        return func(*args)
    return func(*args, evaluate=False)


def taken_apart(node: Any) -> Any:
    """A tree as nested (class, arguments), for pickle: SymPy's own pickles have SymPy's order of terms."""
    return node if isinstance(node, Atom | BooleanAtom) else (node.func, *map(taken_apart, node.args))


def put_together(parts: Any) -> Any:
    """The tree that was taken apart."""
    return _build(parts[0], [put_together(p) for p in parts[1:]]) if isinstance(parts, tuple) else parts


def rewrite(node: Basic, rule: Callable[[Basic], Basic | None]) -> Any:
    """Rewrite a tree from the leaves up; ``rule`` gives the replacement of a node, or None to keep it."""
    args = [rewrite(a, rule) for a in node.args]
    node = rebuild(node, args) if args else node
    replaced = rule(node)
    return node if replaced is None else replaced


def replace(expr: Basic, mapping: dict[Any, Any]) -> Any:
    """Substitute nodes exactly, unevaluated: terms keep their places."""
    return rewrite(expr, mapping.get) if mapping else expr


def ordered(operation: type, args: list[Any]) -> Any:
    """A sum or product of the arguments in this order; of one argument, the argument."""
    return args[0] if len(args) == 1 else operation(*args, evaluate=False)


def applied(function: Callable[[Any], Any], x: Expr, what: str) -> Any:
    """What a caller's own function gives for x. Raises DeriveError, saying what it was given for, where it fails."""
    try:
        return function(x)
    except DeriveError:
        raise
    except Exception as e:  # whatever a stranger's Python meets
        name = getattr(function, "__name__", repr(function))
        raise DeriveError(
            f"{what}: {name} fails on a SymPy expression with {type(e).__name__}: {e};"
            " expected a function of one expression, such as lambda z: z / (1 + z**2)"
        ) from e


def expanded(expr: Expr) -> Expr:
    """The expression multiplied out, where that gives no more than a thousand terms; else as it is."""
    return expand(expr) if _terms(expr) <= LONGEST_SUM else expr


def _terms(expr: Basic) -> int:
    """How many terms the expression may have when it is multiplied out; no more than is of interest."""
    if isinstance(expr, Add):
        return min(sum(map(_terms, expr.args)), LONGEST_SUM + 1)
    if isinstance(expr, Mul):
        return min(math.prod(map(_terms, expr.args)), LONGEST_SUM + 1)
    if isinstance(expr, Pow) and expr.exp.is_Integer and (terms := _terms(expr.base)) > 1:
        n = min(abs(int(expr.exp)), LONGEST_SUM)
        return min(math.comb(n + terms - 1, n), LONGEST_SUM + 1)
    return max(map(_terms, expr.args), default=1)


def readings(expr: Basic) -> Iterator[Symbol]:
    """Every reading of a symbol in a formula, from left to right."""
    if isinstance(expr, Symbol):
        yield expr
    for a in expr.args:
        yield from readings(a)


def symbols_in_order(expr: Basic) -> Iterator[Symbol]:
    """The symbols of an expression from left to right, each once."""
    return iter(dict.fromkeys(readings(expr)))
