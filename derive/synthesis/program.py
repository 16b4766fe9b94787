"""A cell's statements over vectors: affine maps as matrices of a run's numbers, the others as the formulas they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
from sympy import Add, Expr, Mul, Pow, Rational, S, Symbol

from derive.definition.line import Line
from derive.errors import RunError
from derive.run.units import LineUnits
from derive.statements.base import Statement
from derive.statements.writing import at, named_entries
from derive.symbolic.nodes import FunctionNode
from derive.synthesis.forms import Array
from derive.synthesis.numbers import as_float

if TYPE_CHECKING:
    from derive.run.data import Run

Terms = dict[Symbol | None, Rational]  # by symbol; the number without one is the constant


@dataclass(frozen=True)
class Mixing:
    """target = Σ matrix · operand + constant."""

    target: Symbol
    matrices: Mapping[Symbol, Array]
    constant: tuple[Rational, ...]


@dataclass(frozen=True)
class Pointwise:
    """target = formula, unit by unit. line: the name of the equation from which it comes."""

    target: Symbol
    formula: Expr
    line: str


def program(run: Run) -> tuple[Mixing | Pointwise, ...]:
    """The statements of a run's cell in their order. Raises RunError for one that mixes units and is no sum."""
    named = (named_entries(name, tensor) for name, tensor in run.parameters.items())
    numbers = dict(chain.from_iterable(named))
    return tuple(_read(run, s, numbers) for s in run.cell.statements)


def _read(run: Run, statement: Statement, numbers: Mapping[Symbol, Rational]) -> Mixing | Pointwise:
    line: Line = run.cell.line_of(statement)
    if statement.elementwise:
        return Pointwise(statement.target, statement.written(), line.target.name)
    units = LineUnits(run.cell, run.cell.lowered(line.target.name), run.sizes)
    rows = [_terms(statement.entry(k, units), numbers) for k in range(1, units.count(statement.size) + 1)]
    if any(row is None for row in rows):
        raise RunError(
            f"{line.target.name}: {statement.target} mixes units in a way that is no sum, and is not bounded"
        )
    matrices = {}
    for q in statement.uses:
        columns = [at(q.name, k) for k in range(1, units.many(q) + 1)]
        matrices[q] = np.array([[as_float((row or {}).get(c, S.Zero)) for c in columns] for row in rows])
    return Mixing(statement.target, matrices, tuple((row or {}).get(None, S.Zero) for row in rows))


def _terms(node: Any, numbers: Mapping[Symbol, Rational]) -> Terms | None:
    """The coefficients of a sum; None for what is no sum of numbers times symbols."""
    if isinstance(node, FunctionNode):
        node = node.formula
    if isinstance(node, Symbol):
        return {None: numbers[node]} if node in numbers else {node: S.One}
    if node.is_Rational:
        return {None: node}
    parts = [_terms(a, numbers) for a in node.args] if isinstance(node, Add | Mul | Pow) else [None]
    if any(p is None for p in parts):
        return None
    return _combined(node, [p for p in parts if p is not None])


def _combined(node: Any, parts: list[Terms]) -> Terms | None:
    found: Terms = {}
    if isinstance(node, Add):
        for part in parts:
            for symbol, number in part.items():
                found[symbol] = found.get(symbol, S.Zero) + number
        return found
    varying = [p for p in parts if set(p) != {None}]
    if len(varying) > 1 or (isinstance(node, Pow) and varying):
        return None
    factor = node.func(*(p[None] for p in parts if p not in varying))
    if not factor.is_Rational:
        return None
    return {s: factor * n for s, n in varying[0].items()} if varying else {None: factor}
