"""A run's numbers in doubles: the nearest ones, how far they may be off, and the symbols of those in a box."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sympy import Symbol

from derive.enclosure.twin import Twin
from derive.enclosure.zonotope import UNIT, Form, Matrix, above, number
from derive.errors import RunError
from derive.exact.arrays import Cells
from derive.run.box import Variable
from derive.statements.writing import at

Symbols = Mapping[Symbol, tuple[int, Variable]]  # the number of each weight in the box


def column(ends: Sequence[tuple[Any, Any]]) -> Cells:
    """Doubles around pairs of rationals."""
    found = [(_double(low), _double(high)) for low, high in ends]
    lower = [n if exact else np.nextafter(n, -np.inf) for (n, exact), _ in found]
    upper = [n if exact else np.nextafter(n, np.inf) for _, (n, exact) in found]
    return Cells(np.array(lower), np.array(upper))


def _double(number: Any) -> tuple[float, bool]:
    """The nearest double of a rational, and whether it is the number itself."""
    p, q = int(number.p), int(number.q)
    try:
        nearest = p / q
    except OverflowError:
        raise RunError(
            "the run has a number beyond 10^308, which is beyond doubles; scale weights or inputs, or take"
            " engine='balls' of run.certify"
        ) from None
    return nearest, q & (q - 1) == 0 and abs(p) < 2**53 and q < 2**900


def vector(name: str, value: Sequence[Any], symbols: Symbols) -> Twin:
    boxed = [symbols.get(at(name, k)) for k in range(1, len(value) + 1)]
    ends = [(b[1].lower, b[1].upper) if b else (n, n) for b, n in zip(boxed, value, strict=True)]
    form = number(column(ends))
    generators = np.zeros((len(value), len(symbols) if any(boxed) else 0))
    rest = form.rest.copy()
    for unit, b in enumerate(boxed):
        if b:
            generators[unit, b[0]], rest[unit] = rest[unit], 0.0
    return Twin(Form(form.centre, generators, rest, form.natural))


def matrix_of(name: str, value: Sequence[Sequence[Any]], symbols: Symbols) -> Matrix:
    found = [[_double(n) for n in row] for row in value]
    numbers = np.array([[n for n, _ in row] for row in found])
    rounded = np.array([[not exact for _, exact in row] for row in found])
    off = np.where(rounded, above(np.abs(numbers) * UNIT), 0.0)
    entries = []
    for symbol, (k, v) in symbols.items():
        if symbol.name.partition("[")[0] == name:
            at_row, at_column = (int(i) - 1 for i in symbol.name[len(name) + 1 : -1].split(","))
            form = number(column([(v.lower, v.upper)]))
            numbers[at_row, at_column], off[at_row, at_column] = form.centre[0], 0.0
            entries.append((at_row, at_column, k, form.rest[0]))
    if not entries:
        return Matrix(numbers, off)
    rows, columns, numbered, widths = map(np.array, zip(*entries, strict=True))
    return Matrix(numbers, off, (rows, columns, numbered, widths))
