"""What stands in a table made by hand: ``0.3``, ``sigma(90)~1``, ``0.2*f+g*i=0.3``.

A formula is read by a small parser of numbers, names, + - * / ^, parentheses and activations; nothing is ever executed.
It is then held against the cell's equation: the same formula may have numbers in the places of symbols and of whole
sums of weights, and its factors and terms in any order.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations
from typing import Any

from sympy import Add, Expr, Integer, Mul, Number, Pow, Rational, Symbol

from derive.activations import ACTIVATIONS, Activation
from derive.cell import Cell
from derive.claims import ALIASES
from derive.errors import DeriveError, RunError, unknown
from derive.expressions import ordered, rebuild
from derive.numeral import exact_rational
from derive.units import matrix_product

LONGEST = 300  # characters of an entry
MOST_FACTORS = 6  # of a product or sum whose orders are tried
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?", re.IGNORECASE)


@dataclass(frozen=True)
class Entry:
    """formula, relation (= or ≈, "" where there is no formula) and value; decimals: how many the value is written with."""

    text: str
    formula: Expr | None
    relation: str
    value: Rational
    decimals: int


def read_entry(text: str, key: str) -> Entry:
    """The entry that a text is. Raises RunError naming the key for what cannot be read."""
    if len(text) > LONGEST:
        raise RunError(f"{key} has {len(text)} characters, at most {LONGEST} are read; write a shorter formula")
    plain = text.replace("−", "-").replace("·", "*").replace("^", "**").replace("≈", "~")
    parts = re.split("[~=]", plain)
    number = parts[-1].replace(" ", "")
    if len(parts) > 2 or not _NUMBER.fullmatch(number):
        raise RunError(f"{key} is {text!r}, expected a number, or a formula and its value such as 'tanh(0.2)~0.2'")
    mantissa, _, exponent = number.lower().partition("e")
    if abs(int(exponent or 0)) > 400:
        raise RunError(f"{key} is {text!r}: the exponent {exponent} is out of range, expected -400 to 400")
    decimals = max(len(mantissa.partition(".")[2]) - int(exponent or 0), 0)
    value = exact_rational(number)
    if len(parts) == 1:
        return Entry(text, None, "", value, decimals)
    try:
        tree = ast.parse(parts[0].strip(), mode="eval").body
        formula = _read(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise RunError(f"{key}: {parts[0]!r} is not a formula of numbers, names, + - * / ^ and activations") from None
    except DeriveError as e:
        raise RunError(f"{key}: {e}") from None
    return Entry(text, formula, "=" if "=" in plain else "≈", value, decimals)


def _read(node: ast.expr) -> Any:
    """A syntax tree as an unevaluated expression; whatever is not listed here is refused."""
    match node:
        case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
            return exact_rational(repr(node.value))
        case ast.Name(id=name):
            return Symbol(name)
        case ast.UnaryOp(op=ast.USub()):
            inner = _read(node.operand)
            return -inner if isinstance(inner, Number) else Mul(-1, inner, evaluate=False)
        case ast.BinOp(op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div() | ast.Pow()):
            return _operation(node.op, _read(node.left), _read(node.right))
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]):
            name = ALIASES.get(name, name)
            if name not in ACTIVATIONS:
                raise RunError(unknown("activation", name, ACTIVATIONS))
            return ACTIVATIONS[name](_read(argument), evaluate=False)
    raise RunError(f"{ast.unparse(node)!r} is not a number, a name, + - * / ^ or an activation")


def _operation(operator: ast.operator, left: Any, right: Any) -> Any:
    match operator:
        case ast.Add():
            return _flat(Add, left, right)
        case ast.Sub():
            return _flat(Add, left, -right if isinstance(right, Number) else Mul(-1, right, evaluate=False))
        case ast.Mult():
            return _flat(Mul, left, right)
        case ast.Div():
            return _flat(Mul, left, Pow(right, -1, evaluate=False))
    if not isinstance(right, Integer) or abs(right) > 32:
        raise RunError(f"the power {right} is not a whole number from -32 to 32")
    return Pow(left, right, evaluate=False)


def _flat(operation: type, *args: Any) -> Any:
    return ordered(operation, [b for a in args for b in (a.args if isinstance(a, operation) else [a])])


# ---------------------------------------------------------------------- against the cell's equation


class Sum(Symbol):  # type: ignore[misc]
    """In an equation's outline: the place of a sum that weights enter, whatever its terms."""


def outline(expr: Any, cell: Cell) -> Any:
    """A right-hand side with ``Sum`` in the places of sums of weights: σ(W_ii x + ...) is σ(a)."""
    if matrix_product(expr, cell) or (isinstance(expr, Add) and _has_product(expr, cell)):
        return Sum("a")
    return rebuild(expr, [outline(a, cell) for a in expr.args]) if expr.args else expr


def _has_product(node: Any, cell: Cell) -> bool:
    return matrix_product(node, cell) is not None or any(_has_product(a, cell) for a in node.args)


def matches(formula: Any, pattern: Any) -> bool:
    """Whether a formula is the pattern, up to order and to numbers in the places of symbols and subformulas."""
    if isinstance(pattern, Number):
        return bool(formula == pattern)
    if not formula.free_symbols:
        return isinstance(pattern, Symbol) or _same_head(formula, pattern) or isinstance(formula, Number)
    if isinstance(pattern, Symbol):
        return isinstance(pattern, Sum) or bool(formula == pattern)
    return _same_head(formula, pattern)


def _same_head(formula: Any, pattern: Any) -> bool:
    if type(formula) is not type(pattern) or len(formula.args) != len(pattern.args):
        return False
    if isinstance(formula, Activation) or not isinstance(formula, Add | Mul) or len(formula.args) > MOST_FACTORS:
        return all(matches(a, b) for a, b in zip(formula.args, pattern.args, strict=True))
    return any(
        all(matches(a, b) for a, b in zip(order, pattern.args, strict=True)) for order in permutations(formula.args)
    )


def numbers_in(expr: Any) -> Iterator[Number]:
    """The numbers that stand in a formula, signs and powers apart."""
    if isinstance(expr, Number):
        if expr != -1:
            yield expr
    elif isinstance(expr, Pow):
        yield from numbers_in(expr.base)
    else:
        for a in expr.args:
            yield from numbers_in(a)


def is_half_substituted(formula: Any) -> bool:
    """Whether names and numbers stand side by side: ``0.2*f + g*i``; a 1 of the formula itself is no such number."""
    return bool(formula.free_symbols) and any(n != 1 for n in numbers_in(formula))
