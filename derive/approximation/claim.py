"""Claims as a lecturer writes them: ``tanh(x) ~ x`` with an interval, ``sigma(90) ~ 1, sigma(-10) ~ 0``.

A claim is an obligation: the argument of the activation lies where the claim was made. The text is read by a small
parser of numbers, x, + - * / ^, parentheses and activations; nothing is ever executed.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sympy import Expr, Rational, S, Symbol, oo

from derive.approximation.approximate import approximate
from derive.approximation.bounds import Approximation
from derive.errors import DeriveError, unknown
from derive.exact.numeral import exact_rational
from derive.symbolic.activation import Activation
from derive.symbolic.activations import ACTIVATIONS

LONGEST = 1000  # characters of a claim
LARGEST_POWER = 32
ALIASES = {"sigma": "sigmoid", "σ": "sigmoid", "id": "identity", "ReLU": "relu"}
LIMITS = {"sigmoid": {oo: 1, -oo: 0}, "tanh": {oo: 1, -oo: -1}}

x = Symbol("x")


@dataclass(frozen=True)
class Claim:
    """``exact(argument) ~ replacement`` for arguments in [lower, upper]; a single point where they are equal."""

    text: str
    exact: type[Activation]
    replacement: Expr
    lower: Expr
    upper: Expr

    @classmethod
    def parse(cls, text: str, interval: Sequence[Any] | None = None) -> tuple[Claim, ...]:
        """The claims of a text, separated by commas. ``interval`` is where those about f(x) hold.

        Raises DeriveError for what is not a claim, and for an unknown activation (the nearest names are offered).
        """
        if len(text) > LONGEST:
            raise DeriveError(f"a claim of {len(text)} characters is too long; at most {LONGEST} are read")
        return tuple(cls._parse_one(part, interval) for part in _split(text))

    @classmethod
    def _parse_one(cls, text: str, interval: Sequence[Any] | None) -> Claim:
        sides = text.replace("≈", "~").split("~")
        if len(sides) != 2:
            raise DeriveError(f"claim {text!r} is not of the form f(x) ~ g(x) or f(number) ~ number")
        left, right = (_parse(side, text) for side in sides)
        if not isinstance(left, _Call):
            raise DeriveError(f"claim {text!r} has no activation of x or of a number on its left; write tanh(x) ~ x")
        if left.argument != x:
            if right.expr.has(x) or not left.argument.is_Rational:
                raise DeriveError(f"claim {text!r}: a claim at a point reads f(number) ~ number")
            return cls(text, left.activation, right.expr, left.argument, left.argument)
        if interval is None:
            raise DeriveError(f"claim {text!r} holds for no stated x; add interval = [lower, upper]")
        approximation = approximate(left.activation, right.expr, on=interval)  # checks the interval
        return cls(text, left.activation, right.expr, approximation.lower, approximation.upper)

    @property
    def is_point(self) -> bool:
        return bool(self.lower == self.upper)

    @cached_property
    def approximation(self) -> Approximation:
        """The error that the claim allows where it was made. Raises DeriveError, naming it, where there is no bound."""
        return self.approximation_on(self.lower, self.upper)

    def approximation_on(self, lower: Expr, upper: Expr) -> Approximation:
        """The error of the claim's replacement on another interval. Raises DeriveError as ``approximation`` does."""
        found = approximate(self.exact, self.replacement, on=(lower, upper))
        try:
            found.supremum  # noqa: B018  where there is no bound is found here
        except DeriveError as e:
            raise DeriveError(f"claim {str(self)!r}: {e}") from None
        return found

    @cached_property
    def domain(self) -> tuple[Expr, Expr]:
        """The arguments that the claim covers with the same error.

        A saturation at a point covers what lies further out: σ(-10) ~ 0 says no less of σ(-90), as σ is monotone.
        """
        limits = LIMITS.get(self.exact.__name__, {})
        if self.is_point and self.replacement == limits.get(oo):
            return self.lower, oo
        if self.is_point and self.replacement == limits.get(-oo):
            return -oo, self.upper
        return self.lower, self.upper

    def __str__(self) -> str:
        return self.text if self.is_point else f"{self.text} on [{self.lower}, {self.upper}]"


@dataclass(frozen=True)
class _Parsed:
    expr: Expr


@dataclass(frozen=True)
class _Call(_Parsed):
    activation: type[Activation]
    argument: Expr


def _split(text: str) -> list[str]:
    """The parts between commas outside parentheses."""
    parts, depth = [""], 0
    for character in text:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character in ",;" and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [p.strip() for p in parts]


def _parse(side: str, claim: str) -> _Parsed:
    source = side.strip().replace("^", "**").replace("−", "-").replace("·", "*")
    try:
        tree = ast.parse(source, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise DeriveError(f"claim {claim!r}: {side.strip()!r} is not a formula of numbers, x and activations") from None
    return _read(tree, source, claim)


def _read(node: ast.expr, source: str, claim: str) -> _Parsed:
    """A syntax tree as an expression; whatever is not listed here is refused."""
    match node:
        case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
            return _Parsed(exact_rational(ast.get_source_segment(source, node)))
        case ast.Name(id="x"):
            return _Parsed(x)
        case ast.UnaryOp(op=ast.USub()):
            return _Parsed(-_read(node.operand, source, claim).expr)
        case ast.BinOp():
            return _Parsed(_operation(node, source, claim))
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]):
            name = ALIASES.get(name, name)
            if name not in ACTIVATIONS:
                raise DeriveError(f"claim {claim!r}: {unknown('activation', name, ACTIVATIONS)}")
            inner = _read(argument, source, claim).expr
            return _Call(ACTIVATIONS[name](inner), ACTIVATIONS[name], inner)
    raise DeriveError(f"claim {claim!r}: {ast.unparse(node)!r} is not a number, x, + - * / ^ or an activation")


def _operation(node: ast.BinOp, source: str, claim: str) -> Expr:
    left, right = (_read(side, source, claim).expr for side in (node.left, node.right))
    match node.op:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
        case ast.Div() if right != 0:
            return left / right
        case ast.Pow() if right in S.Integers and 0 <= right <= LARGEST_POWER:
            return left ** Rational(right)
    raise DeriveError(
        f"claim {claim!r}: {ast.unparse(node)!r} is not allowed; powers are 0 to {LARGEST_POWER}, divisors not 0"
    )
