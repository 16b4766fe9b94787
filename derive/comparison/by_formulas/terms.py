"""Sums of parameters as one name, ``b_ii + b_hi``, and the parts again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sympy import Rational

NUMBER = "1"  # the part of a sum that is no letter

Parts = tuple[tuple[str, Any], ...]  # of a sum: terms, see ``images``, and by which number each is multiplied


def letter_of(term: str) -> str:
    """The letter of which a term is a map."""
    return term.partition("(")[2].rstrip(")") or term


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
    return [letter_of(part) for part, _ in parts_of(name) if part != NUMBER]


def letters_from(names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Each letter of these sums as a sum of multiples of them and of the number 1: from b + c and c, b is the first
    less the second. A letter that the sums leave open is 0."""
    rows: dict[str, dict[str, Any]] = {}  # of each letter that a sum decides, what it is, in sums and open letters
    for name in names:
        found: dict[str, Any] = {f"={name}": Rational(1)}
        for letter, c in parts_of(name):
            _add(found, rows.get(letter, {letter: 1}), -c)
        free = next((part for part, c in found.items() if c and part[0] != "=" and part != NUMBER), None)
        if free is None:  # what other sums have said
            continue
        own = {part: -c / found[free] for part, c in found.items() if part != free}
        for row in rows.values():
            _add(row, own, row.pop(free, 0))
        rows[free] = own
    empty: dict[str, Any] = {letter: {} for name in names for letter in letters_of(name)}
    return empty | {
        letter: {part.lstrip("="): c for part, c in row.items() if c and part[0] in f"={NUMBER}"}
        for letter, row in rows.items()
    }


def _add(to: dict[str, Any], other: Mapping[str, Any], c: Any) -> None:
    for part, number in other.items():
        to[part] = to.get(part, 0) + c * number
