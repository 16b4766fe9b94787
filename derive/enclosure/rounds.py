"""A box of states that a round of steps leads into again, of both cells and the error between them, by zonotopes.

A step of intervals forgets that units owe their numbers to the same ones; zonotopes remember it over several steps, so
that a round leads into the box where no single step does. Before the first step of every round the states lie in the
box then, and the sweep from it bounds what is between: for all times.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from flint import arb
from sympy import Rational, Symbol

from derive.enclosure.pairs import Pair
from derive.enclosure.sweep import Sweep, Swept, Written, nothing
from derive.enclosure.twin import Twin
from derive.enclosure.walk import FARTHEST, Unit
from derive.enclosure.zonotope import number
from derive.exact import arrays
from derive.exact.arrays import Array, Cells, union
from derive.exact.intervals import Interval
from derive.run.box import Variable

if TYPE_CHECKING:
    from derive.run.data import Run

ROUND = 12  # steps
MOST_ROUNDS, TIGHTENINGS = 40, 8
LEAST_GAIN = 0.01  # of a box's widths together, for which it is worth to walk another round
STEEPEST, MORE = 0.9, 0.05  # of a growth's pace as far as it is taken at its word; what is added to it
LEAST_WIDENED = 2.0**-60


class Held(NamedTuple):
    """Of a state: what its units lie between in the exact cell, and what they are off by. (n,) each"""

    exact: Cells
    error: Cells


States = Mapping[str, Held]


@dataclass
class Round(Sweep):
    """A sweep from states that are known no better, which differ between the cells as far as ``start`` says."""

    start: States = field(default_factory=dict)

    def _given(self, name: str, t: int, numbers: Sequence[Any]) -> Twin:
        if t:
            return super()._given(name, t, numbers)
        held = self.start[name]
        exact, error = (self.symbols.promoted(number(cells)) for cells in held)
        return Twin(exact, error if any(end.any() for end in held.error) else None)


def bounds(
    run: Run,
    inputs: Mapping[Symbol, tuple[Rational, Rational]],
    initial: Mapping[Unit, Pair],
    weights: Sequence[Variable],
    written: Written,
) -> dict[Unit, Pair] | None:
    """Of every unit of every quantity at every step from 1 on, or None where no box is found.

    inputs: the ends of every component; initial: of every unit's state before the first of these steps.
    """
    with np.errstate(all="ignore"):
        return _Rounds(run, inputs, initial, weights, written).found()


class _Rounds:
    def __init__(self, run: Run, inputs: Any, initial: Any, weights: Sequence[Variable], written: Written) -> None:
        steps = range(1, ROUND + 1)
        boxed = [
            Variable(symbol.name, symbol, t, *ends)
            for t in steps
            for symbol, ends in inputs.items()
            if ends[0] != ends[1]
        ]
        rows = {name: [rows[0]] * ROUND for name, rows in run.sequences.items()}  # of which what varies is boxed
        self.run = replace(
            run, x=rows.pop(run.cell.input.name), inputs=rows,
            columns=(), loss=None, lr=None, hand={}, printed={}, show=None, box={},
        )  # fmt: skip
        self.variables, self.written = [*weights, *boxed], written
        self.first = {
            state: Held(*(_column([initial[state, k][part] for k in range(1, len(vector) + 1)]) for part in (0, 2)))
            for state, vector in run.initial.items()
        }

    def found(self) -> dict[Unit, Pair] | None:
        """The bounds of the sweep from the box."""
        held = self._invariant()
        if held is None:
            return None
        swept = self._sweep(held)
        for _ in range(TIGHTENINGS):
            smaller = self._after(swept)
            if _width(smaller) > (1 - LEAST_GAIN) * _width(held):
                break
            held, swept = smaller, self._sweep(smaller)  # the states before each round lie in what a round leads into
        return self._bounds(swept)

    def _sweep(self, states: States) -> Swept:
        return Round(self.run, self.variables, nothing, self.written, start=states).swept()

    def _after(self, swept: Swept) -> dict[str, Held]:
        """The initial states, and those after the round."""
        found = {}
        for state, first in self.first.items():
            cells = (swept.exact[ROUND, state], swept.error[ROUND, state])
            found[state] = Held(*(union(a, _spread(b, len(a.lower))) for a, b in zip(first, cells, strict=True)))
        return found

    def _invariant(self) -> dict[str, Held] | None:
        """The box is led on until it leads into itself, by as much as the growth of its ends foretells."""
        held: dict[str, Held] = self.first
        before: dict[str, Any] = {}
        for _ in range(MOST_ROUNDS):
            after = self._after(self._sweep(held))
            if not all((np.abs(end) < FARTHEST).all() for h in after.values() for cells in h for end in cells):
                return None
            growth = {state: [_growth(a, b) for a, b in zip(held[state], after[state], strict=True)] for state in held}
            if not any((side > 0).any() for parts in growth.values() for part in parts for side in part):
                return held
            held = {
                state: Held(*map(_widened, held[state], growth[state], before.get(state, (None, None))))
                for state in held
            }
            before = growth
        return None

    def _bounds(self, swept: Swept) -> dict[Unit, Pair] | None:
        found: dict[Unit, Pair] = {}
        for name, many in self.run.units.items():
            parts = [
                _spread(reduce(union, (part[t, name] for t in range(1, ROUND + 1))), many)
                for part in (swept.exact, swept.replaced, swept.error)
            ]
            if not all(np.isfinite(end).all() for part in parts for end in part):
                return None
            for k in range(many):
                found[name, k + 1] = Pair(*(Interval(*(arb(float(end[k])) for end in part)) for part in parts))
        return found


def _column(intervals: Sequence[Interval]) -> Cells:
    found = [arrays.cells(interval) for interval in intervals]
    return Cells(*(np.array(ends) for ends in zip(*found, strict=True)))


def _spread(a: Cells, many: int) -> Cells:
    """A cell for each unit, also of what is one for all."""
    return Cells(*(np.broadcast_to(end, (many,)) for end in a))


def _width(states: States) -> float:
    return float(sum((cells.upper - cells.lower).sum() for held in states.values() for cells in held))


def _growth(a: Cells, b: Cells) -> tuple[Array, Array]:
    """How far b reaches beyond a on either side."""
    return np.maximum(a.lower - b.lower, 0.0), np.maximum(b.upper - a.upper, 0.0)


def _widened(a: Cells, growth: tuple[Array, Array], before: tuple[Array, Array] | None) -> Cells:
    """By the growth, and by what the rest of a geometric series of its pace adds."""
    last = growth if before is None else before
    pace = [np.clip(np.where(old > 0, new / old, 0.0), 0.0, STEEPEST) for new, old in zip(growth, last, strict=True)]
    if before is None:
        pace = [0.0 * side for side in pace]
    by = [new * (1 + MORE + p / (1 - p)) + LEAST_WIDENED * (new > 0) for new, p in zip(growth, pace, strict=True)]
    return Cells(a.lower - by[0], a.upper + by[1])
