"""Formulas that people write in a run file: ``0.2*f + g*i``, ``(h - y)^2/2``, ``x - x^3/3``.

They are read by a small parser of numbers, names, + - * / ^, parentheses and activations; nothing is ever executed.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

from sympy import Abs, Add, Expr, Integer, Max, Min, Mul, Number, Pow, Rational, Symbol, exp, log

from derive.errors import DeriveError, shown, unknown
from derive.exact.numeral import exact_rational
from derive.symbolic.activations import ACTIVATIONS
from derive.symbolic.expressions import ordered
from derive.symbolic.size import check_size
from derive.symbolic.softmax import CrossEntropy

ALIASES = {"sigma": "sigmoid", "σ": "sigmoid", "id": "identity", "ReLU": "relu"}
LARGEST_POWER = 32
_CHARACTERS = re.compile(r"[\w\s.+\-*/(),]*")  # Python reads past comments


class Names(NamedTuple):
    """What may stand in a formula: what its names are called in messages, those that there are, and limits."""

    called: str = "a name"
    known: tuple[str, ...] = ()  # any, where there are none
    least_power: int = -LARGEST_POWER
    longest: int = 300  # characters
    functions: Mapping[str, Callable[..., Any]] = MappingProxyType({})  # beside the activations, with their arguments


ANY_NAMES = Names()


def _unevaluated(function: Any) -> Callable[..., Any]:
    return partial(function, evaluate=False)


#: The functions of a loss.
LOSS_NAMES = Names(
    functions={
        "log": _unevaluated(log), "exp": _unevaluated(exp), "abs": _unevaluated(Abs),
        "sqrt": lambda u: Pow(u, Rational(1, 2), evaluate=False), "max": _unevaluated(Max), "min": _unevaluated(Min),
        "cross_entropy": _unevaluated(CrossEntropy),
    }
)  # fmt: skip

_ARGUMENTS = {  # of functions of several: how many at least and at most, and in words
    "max": (2, 100, "two numbers or more"),
    "min": (2, 100, "two numbers or more"),
    "cross_entropy": (2, 2, "two, a state and a target"),
}


def read_formula(text: str, names: Names = ANY_NAMES) -> Expr:
    """The formula that a text is, unevaluated, its terms in their order.

    Raises DeriveError for what is none, and for one that is too large to calculate with.
    """
    if len(text) > names.longest:
        raise DeriveError(f"it has {len(text)} characters, at most {names.longest} are read; write a shorter formula")
    source = text.replace("−", "-").replace("·", "*").replace("^", "**").strip()
    try:
        with warnings.catch_warnings(action="ignore"):  # what Python thinks of a text's style
            formula = _Reader(source, names).read(ast.parse(source, mode="eval").body)
        if not _CHARACTERS.fullmatch(source):
            raise SyntaxError
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise DeriveError(
            f"{shown(text)} is not a formula of numbers, {names.called}, + - * / ^ and activations"
        ) from None
    check_size(formula)
    return formula  # type: ignore[no-any-return, unused-ignore]


class _Reader:
    """Reads a syntax tree; whatever is not listed here is refused."""

    def __init__(self, source: str, names: Names) -> None:
        self.source, self.names = source, names

    def read(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
                return exact_rational(ast.get_source_segment(self.source, node))
            case ast.Name(id=name) if not self.names.known or name in self.names.known:
                return Symbol(name)
            case ast.UnaryOp(op=ast.USub()):
                return _negative(self.read(node.operand))
            case ast.BinOp(op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div() | ast.Pow()):
                return self._operation(node, self.read(node.left), self.read(node.right))
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in self.names.functions:
                return self._function(name, [self.read(a) for a in args])
            case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]):
                name = ALIASES.get(name, name)
                if name not in ACTIVATIONS:
                    raise DeriveError(unknown("activation", name, (*ACTIVATIONS, *self.names.functions)))
                return ACTIVATIONS[name](self.read(argument), evaluate=False)
        raise DeriveError(
            f"{shown(ast.unparse(node))} is not a number, {self.names.called}, + - * / ^ or an activation"
        )

    def _function(self, name: str, arguments: list[Any]) -> Any:
        least, most, wanted = _ARGUMENTS.get(name, (1, 1, "one number"))
        if not least <= len(arguments) <= most:
            raise DeriveError(f"{name} is of {wanted}, not {len(arguments)}")
        return self.names.functions[name](*arguments)

    def _operation(self, node: ast.BinOp, left: Any, right: Any) -> Any:
        match node.op:
            case ast.Add():
                return _flat(Add, left, right)
            case ast.Sub():
                return _flat(Add, left, _negative(right))
            case ast.Mult():
                return _flat(Mul, left, right)
            case ast.Div() if right != 0:
                return _flat(Mul, left, Pow(right, -1, evaluate=False))
            case ast.Pow() if isinstance(right, Integer) and self.names.least_power <= right <= LARGEST_POWER:
                return Pow(left, right, evaluate=False)
        kind = "in range" if isinstance(right, Integer) else "in digits"
        power = f", the power {ast.unparse(node.right)} is not a whole number {kind}"
        power = power if isinstance(node.op, ast.Pow) else ""
        raise DeriveError(
            f"{shown(ast.unparse(node))} is not allowed{power}:"
            f" powers are {self.names.least_power} to {LARGEST_POWER}, divisors not 0"
        )


def _negative(expr: Any) -> Any:
    return -expr if isinstance(expr, Number) else Mul(-1, expr, evaluate=False)


def _flat(operation: Any, *args: Any) -> Any:
    return ordered(operation, [b for a in args for b in (a.args if isinstance(a, operation) else [a])])
