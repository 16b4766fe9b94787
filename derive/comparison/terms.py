"""Sums of parameters as one name, ``b_ii + b_hi``, and the parts again."""

from __future__ import annotations

from typing import Any

from sympy import Rational

NUMBER = "1"  # the part of a sum that is no letter


def sum_name(parts: tuple[tuple[str, Any], ...]) -> str:
    """The name of a sum of multiples of parameters."""
    return " + ".join(name if c == 1 else f"{c} {name}" for name, c in parts)


def parts_of(name: str) -> tuple[tuple[str, Any], ...]:
    """The parameters of which a name is the sum, and by which numbers."""
    found = []
    for part in name.split(" + "):
        number, _, letter = part.rpartition(" ")
        found.append((letter, Rational(number or 1)))
    return tuple(found)


def letters_of(name: str) -> list[str]:
    """The parameters of which a name is the sum."""
    return [part for part, _ in parts_of(name) if part != NUMBER]
