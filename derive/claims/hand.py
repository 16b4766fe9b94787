"""What stands in a table made by hand: ``0.3``, ``sigma(90)~1``, ``0.2*f+g*i=0.3``.

A formula (``derive.symbolic.formula``) is held against the cell's equation: the same formula may have numbers in the
places of symbols and of whole sums of weights, and its factors and terms in any order.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations
from operator import getitem
from typing import TYPE_CHECKING, Any, NamedTuple

from sympy import Add, Expr, Mul, Number, Pow, Rational, Symbol

from derive.definition.lower import LoweredLine
from derive.errors import DeriveError, RunError, unknown
from derive.exact.numeral import LARGEST_EXPONENT, exact_rational
from derive.exact.value import Value
from derive.notation.quantity import PREVIOUS
from derive.statements.base import UnitsNode
from derive.symbolic.activation import Activation
from derive.symbolic.expressions import rebuild
from derive.symbolic.formula import ANY_NAMES, read_formula

if TYPE_CHECKING:
    from derive.run.steps import Steps

MOST_FACTORS = 6  # of a product or sum whose orders are tried
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e-?\d+)?", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class Entry:
    """An entry as written, ``formula relation value``.

    written: the formula's text, "" where there is a value alone; formula: what it says; relation: = or ≈. decimals: how
    many the value is written with.
    """

    text: str
    value: Rational
    decimals: int
    written: str = ""
    formula: Expr | None = None
    relation: str = ""


def read_entry(text: str) -> Entry:
    """The entry that a text is. Raises RunError for what cannot be read."""
    if len(text) > ANY_NAMES.longest:
        raise RunError(f"it has {len(text)} characters, at most {ANY_NAMES.longest} are read; write a shorter formula")
    plain = text.replace("−", "-").replace("≈", "~")
    *formulas, number = (part.strip() for part in re.split("[~=]", plain))
    if len(formulas) > 1 or not _NUMBER.fullmatch(number):
        raise RunError("expected a number, or a formula and its value such as 'tanh(0.2)~0.2'")
    mantissa, _, exponent = number.lower().partition("e")
    if abs(int(exponent or 0)) > LARGEST_EXPONENT:
        raise RunError(f"the exponent {exponent} is out of range, expected -{LARGEST_EXPONENT} to {LARGEST_EXPONENT}")
    decimals = max(len(mantissa.partition(".")[2]) - int(exponent or 0), 0)
    if not formulas:
        return Entry(text, exact_rational(number), decimals)
    written = re.split("[~=≈]", text)[0].strip()
    try:
        formula = read_formula(written)
    except DeriveError as e:
        raise RunError(str(e)) from None
    return Entry(text, exact_rational(number), decimals, written, formula, "=" if "=" in plain else "≈")


# ---------------------------------------------------------------------- what its names mean


class Meaning(NamedTuple):
    """What a name in a formula by hand stands for: the symbol in the cell's equation, and its value."""

    symbol: Symbol
    value: Value


def meanings(steps: Steps, formula: Expr, quantity: str, unit: int, t: int) -> dict[Symbol, Meaning]:
    """What the names stand for in a formula of that quantity at t.

    A state's name is its previous value up to its own equation and its new value after it, as in a cell's definition;
    ``c_prev`` always is the previous one. With several units a name without a number is the same unit's; ``x_2`` is the
    second input. Raises RunError for a name that stands for nothing there.
    """
    names = sorted(formula.free_symbols, key=str)
    return {s: _meaning(steps, s.name, quantity, unit, t) for s in names}


def _meaning(steps: Steps, name: str, quantity: str, unit: int, t: int) -> Meaning:
    run, order = steps.run, list(steps.run.units)
    inputs = {f"{q}_{k}": number for q, row in run.read_at(t).items() for k, number in enumerate(row, 1)}
    inputs |= {i.name: run.inputs[i.name][t - 1][0] for i in run.cell.further if i.size == "1"}
    if name in inputs:
        return Meaning(Symbol(name), Value.of(inputs[name]))
    if name in run.parameters and isinstance(number := _entry(run.parameters[name], unit), Rational):
        return Meaning(Symbol(name), Value.of(number))
    stem = name.removesuffix(PREVIOUS)
    try:
        found, k = (stem, unit if run.units[stem] > 1 else 1) if stem in run.units else run.quantity(stem)
    except RunError:
        found, k = "", 1
    state, before = found in run.cell.states, found in order[: order.index(quantity)]
    if not (state or before) or (stem != name and not state) or k > run.units[found]:
        known = [q for q in order if q in run.cell.states or order.index(q) < order.index(quantity)]
        raise RunError(f"{unknown('name', name, [*known, *inputs])} before {quantity} is computed")
    earlier = state and (stem != name or not before)
    symbol = found + (PREVIOUS if earlier else "") + (f"_{k}" if k != unit and run.units[found] > 1 else "")
    return Meaning(Symbol(symbol), steps.value(t - earlier, found, k))


def _entry(parameter: Any, unit: int) -> Any:
    """That unit's entry of a vector, a row of a matrix, or the number that a scalar is."""
    return parameter[unit - 1] if isinstance(parameter, tuple) else parameter


# ---------------------------------------------------------------------- against the cell's equation


class Sum(Symbol):  # type: ignore[misc, unused-ignore]
    """In an equation's outline: the place of a sum that weights enter, whatever its terms."""


def outline(line: LoweredLine) -> Any:
    """An equation's right-hand side with ``Sum`` in the places of sums of weights: σ(W_ii x + ...) is σ(a)."""
    return _outline(line.expr, line)


def _outline(node: Any, line: LoweredLine) -> Any:
    if isinstance(node, UnitsNode) and not node.weighted:
        return line.parts[node].written(operands=[_outline(o, line) for o in node.operands])
    if isinstance(node, Add | UnitsNode) and any(n.weighted for n in node.atoms(UnitsNode)):
        return Sum("a")
    return rebuild(node, [_outline(a, line) for a in node.args]) if node.args else node


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
    fits = [[matches(a, b) for b in pattern.args] for a in formula.args]  # each pair once, whatever the order
    return any(all(map(getitem, fits, order)) for order in permutations(range(len(fits))))


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


def is_half_substituted(formula: Any, equation: Any) -> bool:
    """Whether names and numbers stand side by side: ``0.2*f + g*i``; a number of the equation itself does not count."""
    own = set(numbers_in(equation))
    return bool(formula.free_symbols) and any(n not in own for n in numbers_in(formula))
