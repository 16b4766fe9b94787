"""Which value a cell has where it jumps: the lower one for all weights, or the upper one.

A step that is 1 for a > 0 and 0 for a ≤ 0 has the lower one of both: it is lower semicontinuous, as what increases with
it is. What is lower and upper semicontinuous is continuous, so that of two cells of which one is the one and the other
the other, none can be the same where it jumps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from sympy import Add, Heaviside, Mul, Number, Piecewise, Symbol, floor, sign
from sympy.core.relational import Relational

from derive.comparison.by_numbers.wider import after
from derive.definition.cell import Cell
from derive.errors import DeriveError
from derive.statements.affine import Affine
from derive.statements.elementwise import Elementwise
from derive.symbolic.activation import Activation

if TYPE_CHECKING:
    from derive.comparison.by_numbers.numbers import Trial

Sides = frozenset[str]  # of what is semicontinuous: "lower", "upper", or both

NEAR, JUMP = 2.0**-30, 1e-3
CONTINUOUS, UNKNOWN = frozenset(("lower", "upper")), Sides()
AT_A_JUMP = "where one jumps it has the lower of both values, and the other one the upper, whatever the weights"


def is_apart_at_jumps(first: Cell, second: Cell, states: Mapping[str, str], trial: Trial) -> bool:
    """Whether no weights make them one, as what the first does at that trial jumps there. states: the second's by the
    first's."""
    mine, theirs = _sides(first), _sides(second)
    jumping = [s for s, t in states.items() if len(mine[s]) == 1 and theirs[t] == _other(mine[s])]
    try:
        return any(_jumps(first, of, s) for s in jumping for of in (trial, _at_zero(first, trial)))
    except DeriveError:
        return False


def _at_zero(cell: Cell, trial: Trial) -> Trial:
    """With what is given 0, vectors and numbers 0, and matrices of ones: where all sums are 0, and none beside."""
    matrices = {p.name for p in cell.parameters if p.kind == "matrix"}
    mine = {name: np.full_like(v, float(name in matrices)) for name, v in trial.weights[0].items()}
    states = {s: np.zeros_like(v) for s, v in trial.states.items()}
    return replace(trial, weights=(mine, trial.weights[1]), x=np.zeros_like(trial.x), states=states)


def _jumps(cell: Cell, trial: Trial, state: str) -> bool:
    """Whether there are other values near by, in exact runs."""
    names = {s: s for s in cell.states}
    here = after(cell, 0, trial, names)[state]
    for name, k in [("", 0), *((s, 0) for s in trial.states)]:
        for step in (NEAR, -NEAR):
            value = np.array(trial.states[name] if name else trial.x, float)
            value[k] += step
            moved = replace(trial, states={**trial.states, name: value}) if name else replace(trial, x=value)
            if np.abs(after(cell, 0, moved, names)[state] - here).max() > JUMP:
                return True
    return False


def _sides(cell: Cell) -> dict[str, Sides]:
    """Of each new state, for all weights."""
    known: dict[Symbol, Sides] = {}
    for s in cell.statements:
        if isinstance(s, Elementwise):
            known[s.target] = _of(s.expr, known)
        elif isinstance(s, Affine) or all(known.get(q, CONTINUOUS) == CONTINUOUS for q in s.reads):
            is_known = all(known.get(q, CONTINUOUS) == CONTINUOUS for q in s.reads)
            known[s.target] = CONTINUOUS if is_known else UNKNOWN
        else:
            known[s.target] = UNKNOWN
    return {s: known.get(Symbol(s), CONTINUOUS) for s in cell.states}


def _of(e: Any, known: Mapping[Symbol, Sides]) -> Sides:
    if isinstance(e, Symbol):
        return known.get(e, CONTINUOUS)
    if isinstance(e, Piecewise):
        return _of_cases(e, known)
    if isinstance(e, Heaviside | sign | floor):
        return UNKNOWN
    args = [_of(a, known) for a in e.args]
    if all(a == CONTINUOUS for a in args):
        return CONTINUOUS if not isinstance(e, Activation) or _is_continuous(e) else UNKNOWN
    if isinstance(e, Add) or (isinstance(e, Activation) and e.increasing and _is_continuous(e)):
        return CONTINUOUS.intersection(*args)
    if isinstance(e, Mul) and len(e.args) == 2 and isinstance(e.args[0], Number):
        return args[1] if e.args[0] > 0 else _other(args[1])
    return UNKNOWN


def _is_continuous(e: Activation) -> bool:
    return not e.opened().has(Piecewise, Heaviside, sign, floor)


def _other(sides: Sides) -> Sides:
    return frozenset({"lower": "upper", "upper": "lower"}[side] for side in sides)


def _of_cases(e: Piecewise, known: Mapping[Symbol, Sides]) -> Sides:
    """One number where a continuous sum is positive, another one elsewhere."""
    (value, condition), *others = e.args
    if len(others) != 1 or not isinstance(condition, Relational) or condition.rel_op not in ("<", ">", "<=", ">="):
        return UNKNOWN
    rest = others[0].expr
    if not all(isinstance(v, Number) for v in (value, rest)) or any(
        _of(a, known) != CONTINUOUS for a in condition.args
    ):
        return UNKNOWN
    is_open = condition.rel_op in ("<", ">")
    return frozenset({"lower"} if (value > rest) == is_open else {"upper"})
