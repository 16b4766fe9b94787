"""What statements are worth, one unit at a time, functions by SymPy: a rule for each kind, apart from its own."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping
from functools import lru_cache, singledispatch

import numpy as np
from sympy import Symbol, lambdify

from derive.statements.affine import Affine, AffineTerm
from derive.statements.contraction import Contraction
from derive.statements.cumulative import Cumulative
from derive.statements.elementwise import Elementwise
from derive.statements.head_mean import HeadMean
from derive.statements.largest import Largest
from derive.statements.mean import Mean
from derive.statements.shares import Shares
from derive.statements.sizes import every_axis, unprimed
from derive.verification.values import Array

HEADS = 2  # parts into which units are cut in a trial


def _entry(value: Array, unit: int) -> float:
    """One unit of a quantity, which may be one number for all units."""
    return float(value.flat[unit] if np.size(value) > 1 else value.flat[0])


@singledispatch
def unit_of(statement: object, unit: int, values: Mapping[Symbol, Array]) -> float:
    """One unit, from 0, of a statement's value; a rule for each kind, apart from those that the kinds have."""
    raise NotImplementedError(type(statement).__name__)


@unit_of.register
def _(s: Affine, unit: int, values: Mapping[Symbol, Array]) -> float:
    return sum(_row(t, unit, values) for t in s.terms)


def _row(term: AffineTerm, unit: int, values: Mapping[Symbol, Array]) -> float:
    row, bias = values[term.weight][unit], 0.0 if term.bias is None else _entry(values[term.bias], unit)
    return sum(float(w) * float(v) for w, v in zip(row, values[term.operand], strict=True)) + bias


@unit_of.register
def _(s: Mean, unit: int, values: Mapping[Symbol, Array]) -> float:
    every = [float(v) for q in s.operands for v in values[q]]
    return sum(every) / len(every)


@unit_of.register
def _(s: Cumulative, unit: int, values: Mapping[Symbol, Array]) -> float:
    before, _ = _head(s, unit, values)
    return math.fsum([*before, _entry(values[s.operand], unit)])


@unit_of.register
def _(s: HeadMean, unit: int, values: Mapping[Symbol, Array]) -> float:
    every = [*itertools.chain(*_head(s, unit, values))]
    return math.fsum(every) / len(every)


@unit_of.register
def _(s: Shares, unit: int, values: Mapping[Symbol, Array]) -> float:
    powers = [math.exp(v) for v in itertools.chain(*_head(s, unit, values))]
    return math.exp(_entry(values[s.operand], unit)) / math.fsum(powers)


@unit_of.register
def _(s: Largest, unit: int, values: Mapping[Symbol, Array]) -> float:
    return max(itertools.chain(*_head(s, unit, values)))


def _head(
    s: Cumulative | HeadMean | Shares | Largest, unit: int, values: Mapping[Symbol, Array]
) -> tuple[list[float], list[float]]:
    """What is before a unit in its head, or in all units where there is no number of heads, and the rest of it."""
    every = [float(v) for v in values[s.operand]]
    heads = int(s.heads) if s.heads.isdecimal() else HEADS if s.heads else 1
    size = len(every) // heads
    first = unit // size * size
    return every[first:unit], every[unit : first + size]


@unit_of.register
def _(s: Contraction, unit: int, values: Mapping[Symbol, Array]) -> float:
    """By NumPy's product of arrays with axes."""
    axes = [every_axis(size) for size in (*s.sizes, s.axes)]
    numbers = {axis: k for k, axis in enumerate(dict.fromkeys(a for own in axes for a in own))}
    known = {axis: unprimed(axis) for axis in numbers}
    long = {axis: int(n) if n.isdecimal() else int(values[Symbol(n)][0]) for axis, n in known.items()}
    lengths = [[long[axis] for axis in own] for own in axes]
    arrays = (np.reshape(values[q], own) for q, own in zip(s.factors, lengths, strict=False))
    labels = [[numbers[axis] for axis in own] for own in axes]
    pairs = [part for pair in zip(arrays, labels, strict=False) for part in pair]
    return float(s.coefficient) * float(np.ravel(np.einsum(*pairs, labels[-1]))[unit])


@unit_of.register
def _(s: Elementwise, unit: int, values: Mapping[Symbol, Array]) -> float:
    names, formula = _compiled(s)
    try:
        return float(formula(*(_entry(values[n], unit) for n in names)))
    except OverflowError:
        return math.inf
    except (ArithmeticError, TypeError, ValueError):  # 1/0, a complex power, log(-1)
        return math.nan


@lru_cache(maxsize=1000)
def _compiled(s: Elementwise) -> tuple[list[Symbol], Callable[..., float]]:
    names = sorted(s.expr.free_symbols, key=str)
    return names, lambdify(names, s.expr, modules="math")
