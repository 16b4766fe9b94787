"""What writers of formulas ask of one, whatever the language: numbers, products in order, sums, powers, cases."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache

from sympy import Basic, Expr, Mul, Number, Piecewise, Pow, S

from derive.errors import UnsupportedExpression, shown


def in_order(parts: Sequence[tuple[str, str]], one: str) -> str:
    """Factors ("*") and divisors ("/") as a program has them, from left to right; divisors in front come last.

    >>> in_order([("/", "2"), ("*", "a"), ("/", "b"), ("*", "c")], "1")
    'a / b * c / 2'
    """
    lead = next((k for k, (sign, _) in enumerate(parts) if sign == "*"), None)
    (_, first), *others = [("*", one), *parts] if lead is None else [*parts[lead:], *parts[:lead]]
    return first + "".join(f" {sign} {text}" for sign, text in others)


def factors(product: Mul) -> tuple[bool, list[tuple[str, Expr]]]:
    """Whether the numbers in it make it negative, and its factors ("*") and divisors ("/"), without signs and 1."""
    negative = False
    parts: list[tuple[str, Expr]] = []
    for a in product.args:
        if isinstance(a, Number) and a.is_negative:
            negative, a = not negative, -a
        if isinstance(a, Pow) and isinstance(a.exp, Number) and a.exp.is_negative:
            parts.append(("/", raised(a.base, -a.exp)))
        elif a != 1:
            parts.append(("*", a))
    return negative, parts


def raised(base: Expr, exponent: Expr) -> Expr:
    """The power as it stands; the base itself for the exponent 1."""
    return base if exponent == 1 else Pow(base, exponent, evaluate=False)


def added(terms: Iterable[str]) -> str:
    """The texts of terms as a sum: a minus sign in front of one is that of the sum.

    >>> added(["-a", "b", "-c"])
    '-a + b - c'
    """
    first, *others = terms
    return first + "".join(f" - {t[1:]}" if t.startswith("-") else f" + {t}" for t in others)


def cases(node: Piecewise) -> tuple[list[tuple[Expr, Basic]], Expr]:
    """Each value with its condition, and that where none of them holds. Raises UnsupportedExpression without that."""
    *conditional, (last, otherwise) = (c.args for c in node.args)
    if otherwise is not S.true:
        raise UnsupportedExpression(f"{node} has no value where no condition holds; end it with a pair (value, True)")
    return conditional, last


@lru_cache(maxsize=4096)
def machine_number(node: Expr) -> float:
    """A number in any disguise (√2, π/4). Raises UnsupportedExpression for one that is no finite double."""
    value = node.evalf(20)
    if not value.is_Float and not value.is_Rational:
        raise UnsupportedExpression(f"{node} is not a finite real number; a cell computes with real numbers only")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise UnsupportedExpression(
            f"{shown(node)} is beyond the numbers of a machine, which end at 1.8e308; use a smaller one"
        )
    return number
