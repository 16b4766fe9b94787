"""Numbers further away than those on which cells are held together first: where a function bends at 6, and at 0."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from sympy import Number, preorder_traversal

from derive.comparison.by_numbers.numbers import TOLERANCE, Trial, held_together
from derive.comparison.by_numbers.stepped import Stepped, at_zero
from derive.definition.cell import Cell
from derive.errors import DeriveError, NoValue
from derive.run.data import Run
from derive.symbolic.activation import Activation

if TYPE_CHECKING:
    from derive.comparison.pairing.sides import Pairing

SCALES = (0, 8, 64)  # of inputs, states and weights
BEYOND = 4  # times the largest number that a formula has
MOST_NUMBERS = 8  # of formulas, that are drawn themselves
POSITIVE = tuple(k / 8 for k in range(1, 9))  # numbers of which there are logarithms and roots
MOST_ROWS = 2  # inputs and states where one is defined alone, that are run
ELSEWHERE = "whatever the weights, one is defined where the other is not"
ON_NUMBERS = "they have no weights, and differ on these numbers, as exact runs say"
AT_THESE = "with the weights for which they agree on random numbers they differ at others, as exact runs say"


def elsewhere(first: Cell, second: Cell, pairing: Pairing, trial: Trial) -> Trial | None:
    """A step on which cells differ, as exact runs say, where a trial agrees or one is not defined; None without one."""
    return wider(first, second, pairing) if trial.agrees else exactly(first, second, pairing.states, trial)


def wider(first: Cell, second: Cell, pairing: Pairing) -> Trial | None:
    """A step on which two cells differ, all numbers being 0, larger ones, or those at which formulas may jump, as exact
    runs of both say; None where they agree. In float64 large numbers differ by rounding alone."""
    own = sorted(_numbers(first) | _numbers(second))
    scales: list[dict[str, Any]] = [{"scale": scale} for scale in (*SCALES, BEYOND * own[-1])]
    among = sorted({0.0, 1.0, *own[:MOST_NUMBERS], *(-number for number in own[:MOST_NUMBERS])})
    for drawn in (*scales, {"among": among}):
        found = held_together(first, second, pairing, **drawn)
        if not found.agrees and (sure := exactly(first, second, pairing.states, found)) is not None:
            return sure
    return None


def where_defined(first: Cell, second: Cell, pairing: Pairing, trial: Trial) -> Trial:
    """A trial in which both have values and differ: the given one, or one of other numbers; it itself without one."""
    if trial.agrees or trial.is_defined:
        return trial
    for among in ((), POSITIVE):
        found = held_together(first, second, pairing, among=among, defined=True)
        if found.is_defined and not found.agrees:
            return found
    return trial


def _numbers(cell: Cell) -> set[float]:
    """The sizes of the numbers of its formulas, and of those at which its activations bend or jump."""
    nodes = [node for line in cell.lines for node in preorder_traversal(line.expr)]
    found = {node for node in nodes if isinstance(node, Number)} | {p.default or 0 for p in cell.constants}
    kinks = (k for node in nodes if isinstance(node, Activation) for k in node.kinks if isinstance(k, Number))
    return {1.0, *(abs(float(number)) for number in (*found, *kinks))}


def is_elsewhere_defined(one: Stepped, other: Stepped) -> bool:
    """Whether, all weights being 0, exact runs say that one is defined where the other is not."""
    known = [[np.isfinite(values).all(axis=1) for values in cell.new({})] for cell in (one, other)]
    rows = np.any([a != b for a, b in zip(*known, strict=True)], axis=0).nonzero()[0]
    states = dict(zip(one.states, other.states, strict=True))
    trials = (at_zero(one, other, int(row)) for row in rows[:MOST_ROWS])
    return any(exactly(one.cell, other.cell, states, trial) is not None for trial in trials)


def exactly(first: Cell, second: Cell, states: Mapping[str, str], trial: Trial) -> Trial | None:
    """The trial with what exact runs give; None where they agree, or do not say.

    states: the second's by the first's."""
    names = {s: states[s] for s in trial.states if s in states}
    new = []
    for k, (cell, called) in enumerate(((first, {s: s for s in names}), (second, names))):
        try:
            new.append(after(cell, k, trial, called))
        except DeriveError as e:
            if not isinstance(e.__cause__, NoValue):  # of a function that exact runs do not know, or of what is huge
                return None
            new.append({s: np.full(len(v), np.nan) for s, v in trial.states.items() if s in names})
    gaps = [abs(new[0][s] - new[1][s]) / np.maximum(1, abs(new[0][s])) for s in names]
    if any(np.isnan(new[0][s]).any() and np.isnan(new[1][s]).any() for s in names):
        return None
    largest = float(max((np.nan_to_num(gap, nan=np.inf).max(initial=0) for gap in gaps), default=0))
    return replace(trial, new=(new[0], new[1]), largest=largest) if largest > TOLERANCE else None


def after(cell: Cell, k: int, trial: Trial, called: Mapping[str, str]) -> dict[str, Any]:
    """The new states of one of the two cells by the first's names, from an exact run."""
    inputs = {i.name: [v.tolist()] for i, v in zip(cell.further, trial.inputs.values(), strict=False)}
    weights = {**trial.weights[k], **trial.constants[k]}
    initial = {theirs: trial.states[s].tolist() for s, theirs in called.items()}
    run = Run(cell, weights, [trial.x.tolist()], initial, inputs=inputs)
    steps = run.steps()
    units = {s: len(v) for s, v in trial.states.items()}
    return {
        s: np.array([float(steps.value(1, theirs, unit)) for unit in range(1, units[s] + 1)])
        for s, theirs in called.items()
    }
