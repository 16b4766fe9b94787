"""Two cells on the same random numbers: do they agree, and if not, on which numbers do they differ most?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import lcm
from typing import TYPE_CHECKING, Any

import numpy as np
from sympy import Rational, Symbol

from derive.backends.base import Array, Problem
from derive.backends.reference import new_states
from derive.comparison.by_formulas.terms import NUMBER, letter_of, letters_from, letters_of, parts_of
from derive.definition.cell import Cell
from derive.plan.build import as_written, for_machines
from derive.plan.plan import Plan
from derive.statements.parameter import Parameter, with_defaults
from derive.statements.sizes import axes_of, units
from derive.symbolic.expressions import HIDDEN, INPUT, PROJ
from derive.symbolic.fixed import shape

if TYPE_CHECKING:
    from derive.comparison.pairing.sides import Pairing

DRAWS = 4  # of the weights
ROWS = 8  # inputs and states for each of them
UNITS, HEADS = 2, 2  # of either cell: units of each head, and heads, where it has these
TOLERANCE = 1e-10  # relative to the largest value
DECIMALS = 2  # of the numbers that are drawn, so that they can be shown


@dataclass(frozen=True)
class Trial:
    """One step of both cells on the numbers on which they differ most.

    weights: of either cell by the names of its equations, x: (I,), states: before the step, by the first cell's names;
    new: of either cell, after it, by the first cell's names. constants: of either cell; inputs: further ones of the
    first.
    """

    weights: tuple[Mapping[str, Array], Mapping[str, Array]]
    constants: tuple[Mapping[str, float], Mapping[str, float]]
    x: Array
    inputs: Mapping[str, Array]
    states: Mapping[str, Array]
    new: tuple[Mapping[str, Array], Mapping[str, Array]]
    largest: float

    @property
    def agrees(self) -> bool:
        return self.largest <= TOLERANCE

    @property
    def is_defined(self) -> bool:
        """Whether both cells have new states there."""
        return all(np.isfinite(values).all() for new in self.new for values in new.values())

    def to_json(self) -> dict[str, Any]:
        """The numbers, as lists; null where nothing is defined, which JSON has no number for."""

        def lists(arrays: Mapping[str, Array]) -> dict[str, Any]:
            return {name: np.asarray(np.where(np.isfinite(a), a, None)).tolist() for name, a in arrays.items()}

        cells = [
            {"weights": lists(w), "constants": dict(c), "new": lists(n)}
            for w, c, n in zip(self.weights, self.constants, self.new, strict=True)
        ]
        given = {"x": self.x.tolist(), "inputs": lists(self.inputs), "states": lists(self.states)}
        return {**given, "cells": cells, "largest": self.largest if np.isfinite(self.largest) else None}


def held_together(
    first: Cell,
    second: Cell,
    pairing: Pairing,
    exact: bool = False,
    scale: float = 1,
    among: Sequence[float] = (),
    defined: bool = False,
) -> Trial:
    """Both cells on random numbers; the second's weights are the first's by the pairing, drawn where it has none.

    exact: whether constants keep their numbers, where 0 hides what it is of. scale: by which all numbers are
    multiplied. among: the numbers that are drawn, instead of those of an interval. defined: whether to look only where
    both have values."""
    random = _Drawing(scale, among)
    sizes = sizes_of_both(first, second)
    if not exact:
        first, second = _with_constants(first, second, pairing)
    plans = [as_written(for_machines(cell)) for cell in (first, second)]
    constants = tuple({p.name: float(p.default or 0) for p in cell.constants} for cell in (first, second))
    found: list[Trial] = []
    for _ in range(DRAWS):
        mine = _drawn(random, first, sizes)
        theirs = _drawn(random, second, sizes)
        _carry(first, second, pairing, mine, theirs)
        x = random.numbers(ROWS, sizes[INPUT])
        states = {s: random.numbers(ROWS, n) for s, n in state_sizes(first, sizes).items()}
        new = step(first, plans[0], mine, x, states, sizes)
        wide = state_sizes(second, sizes)
        paired = {pairing.states[s]: v for s, v in states.items() if s in pairing.states}
        other = {s: v for s, v in paired.items() if v.shape[1] == wide[s]}
        result = step(second, plans[1], theirs, x, other, sizes)
        back = {s: result[pairing.states[s]] for s in first.states if s in pairing.states}
        gaps = np.max([_differences(new[s], back[s]) for s in back], axis=0) if back else np.full(ROWS, np.inf)
        if defined:
            gaps = np.where(np.isfinite(gaps), gaps, 0.0)
        row = int(gaps.argmax())
        found.append(
            Trial(
                (mine, theirs), (constants[0], constants[1]), x[row], _row(further_inputs(first, x, sizes), row),
                _row(states, row), (_row(new, row), _row(back, row)), float(gaps[row]),
            )
        )  # fmt: skip
    return max(found, key=lambda trial: trial.largest)


def _row(arrays: Mapping[str, Array], row: int) -> dict[str, Array]:
    return {name: a[row] for name, a in arrays.items()}


def _differences(a: Array, b: Array) -> Array:
    """The largest of each row, relative to the larger; what is no number in both is no difference."""
    if a.shape != b.shape:
        return np.full(len(a), np.inf)
    with np.errstate(invalid="ignore"):
        gap = np.abs(a - b) / np.maximum(1, np.maximum(np.abs(a), np.abs(b)))
    gap = np.where(np.isfinite(a) | np.isfinite(b), np.nan_to_num(gap, nan=np.inf), 0.0)
    return np.asarray(gap.max(axis=-1, initial=0.0))


class _Drawing:
    """Random numbers, the same each time."""

    def __init__(self, scale: float, among: Sequence[float] = ()) -> None:
        self._random, self._scale, self._among = np.random.default_rng(0), scale, among

    def numbers(self, *shape: int) -> Array:
        if self._among:
            return np.asarray(self._random.choice(self._among, shape))
        return np.round(self._random.uniform(-1, 1, shape) * self._scale, DECIMALS) + 0.0  # without -0


def _drawn(random: _Drawing, cell: Cell, sizes: Mapping[str, int]) -> dict[str, Array]:
    learned = (p for p in cell.parameters if p.learned)
    return {p.name: random.numbers(*(units(n, sizes) for n in (p.rows, p.stored_cols) if n)) for p in learned}


def state_sizes(cell: Cell, sizes: Mapping[str, int]) -> dict[str, int]:
    """How many numbers each state is."""
    return {s: units(cell.sizes[Symbol(s)], sizes) for s in cell.states}


def _carry(first: Cell, second: Cell, pairing: Pairing, mine: dict[str, Array], theirs: dict[str, Array]) -> None:
    """Give the second cell's weights their values, and the first's those of the second's constants."""
    for name, other, _ in pairing.weights:
        default = next((p.default for p in second.constants if p.name == other), None)
        if default is not None and name in mine:
            mine[name] = np.asarray(float(default))
    constants = {p.name: float(p.default or 0) for p in first.constants}
    given: dict[str, Array] = {}
    for name, other, factor in pairing.weights:
        if name in constants:
            if other in theirs:  # which learns what is constant in the first
                theirs[other] = np.asarray(constants[name])
            continue
        if other not in theirs and " " not in other:
            continue  # a constant of the second alone
        like = mine.get(parts_of(name)[0][0], np.ones(()))
        value = float(factor) * sum(float(c) * _value_of(part, mine, like) for part, c in parts_of(name))
        given[other] = np.asarray(value + float(pairing.shifts.get(other, 0)))
    if any("(" in other for other in given):
        theirs |= _solved(given, theirs)
        return
    for letter, sums in letters_from(given).items():
        zero = np.zeros_like(next(given[name] for name in given if letter in letters_of(name)))
        theirs[letter] = sum((float(c) * (1 if b == NUMBER else given[b]) for b, c in sums.items()), zero)


def _solved(given: Mapping[str, Array], letters: Mapping[str, Array]) -> dict[str, Array]:
    """The smallest letters with which sums, in which maps of them stand, have given values."""
    names = list(dict.fromkeys(letter for name in given for letter in letters_of(name)))
    ends = np.cumsum([0, *(letters[name].size for name in names)])

    def named(flat: Array) -> dict[str, Array]:
        return {n: flat[a:b].reshape(letters[n].shape) for n, a, b in zip(names, ends[:-1], ends[1:], strict=True)}

    def sums(flat: Array) -> Array:
        own = named(flat)
        every = ((sum(float(c) * _value_of(t, own, given[n]) for t, c in parts_of(n)), given[n]) for n in given)
        return np.concatenate([np.broadcast_to(value, like.shape).ravel() for value, like in every])

    nothing = np.zeros(ends[-1])
    start = sums(nothing)
    matrix = np.stack([sums(unit) - start for unit in np.eye(ends[-1])], axis=1)
    wanted = np.concatenate([value.ravel() for value in given.values()])
    return named(np.linalg.lstsq(matrix, wanted - start, rcond=None)[0])


def _with_constants(first: Cell, second: Cell, pairing: Pairing) -> tuple[Cell, Cell]:
    """The cells with the same constants where they are paired, none of which is 0, since that hides what it is of."""
    mine = {p.name: p.default or Rational(1, 4) for p in first.constants}
    theirs = {p.name: p.default for p in second.constants}
    theirs |= {other: mine[name] for name, other, _ in pairing.weights if name in mine}
    given = ((first, mine), (second, theirs))
    first, second = (replace(c, declared=with_defaults(c.declared, own)) if own else c for c, own in given)
    return first, second


def step(
    cell: Cell,
    plan: Plan,
    weights: Mapping[str, Array],
    x: Array,
    states: Mapping[str, Array],
    sizes: Mapping[str, int],
) -> dict[str, Array]:
    """The new states by name, of each row of inputs and states."""
    return new_states(plan, problem(cell, weights, x, states, sizes))


def problem(
    cell: Cell, weights: Mapping[str, Array], x: Array, states: Mapping[str, Array], sizes: Mapping[str, int]
) -> Problem:
    """One step from these numbers, of each row of inputs and states; what is not given is 0."""
    zeros = {s: np.zeros((len(x), n)) for s, n in state_sizes(cell, sizes).items()}
    further = {name: values[None] for name, values in further_inputs(cell, x, sizes).items()}
    d_outputs = zeros[cell.states[0]][None]
    return Problem({**sizes}, x[None], {**zeros, **states}, tensors(cell, weights), d_outputs, zeros, further)


def tensors(cell: Cell, weights: Mapping[str, Array]) -> dict[str, Array]:
    """The tensors in which a module keeps these weights."""
    found: dict[str, list[Array]] = {}
    for p in sorted((p for p in cell.parameters if p.learned), key=lambda p: p.block):
        found.setdefault(p.tensor, []).append(np.atleast_1d(weights[p.name]))
    stacked = {name: np.concatenate(blocks) for name, blocks in found.items()}
    return {n: a.reshape(()) if _is_scalar(cell, n) else a for n, a in stacked.items()}


def sizes_of_both(first: Cell, second: Cell) -> dict[str, int]:
    """Every size of both cells is the same, but where numbers that are not learned say another one; each head has
    several units."""
    heads = {name: int(name) if name.isdecimal() else HEADS for name in (*first.heads, *second.heads)}
    named = (HIDDEN, INPUT, PROJ, *first.named_sizes, *second.named_sizes)
    found = {**dict.fromkeys(named, UNITS * lcm(*heads.values())), **heads}
    for p in (p for cell in (first, second) for p in cell.parameters if p.fixed is not None):
        found |= {axis: n for axis, n in zip(axes_of(p.rows), shape(p.fixed), strict=False) if not axis.isdecimal()}
    return found


def further_inputs(cell: Cell, x: Array, sizes: Mapping[str, int]) -> dict[str, Array]:
    """The numbers of a cell's further inputs, the same for both cells: positive, as times are."""
    return {
        i.name: np.stack(
            [np.resize(row, units(i.size, sizes)) for row in np.abs(np.roll(x, k, axis=1)).round(DECIMALS) + 0.5]
        )
        for k, i in enumerate(cell.further, 1)
    }


def _is_scalar(cell: Cell, tensor: str) -> bool:
    held: list[Parameter] = [p for p in cell.parameters if p.tensor == tensor]
    return held[0].kind == "scalar"


def _value_of(term: str, letters: Mapping[str, Any], like: Any) -> Any:
    """A term in numbers. like: an array of the shape of the sum."""
    letter = letter_of(term)
    value = np.ones(()) if term == NUMBER else letters[letter]
    kind = term.partition("(")[0] if term != letter else ""
    if kind == "mean":
        return np.full_like(like, value.mean())
    if kind == "antisymmetric":
        return value - value.T
    if kind == "diagonal":
        return np.diag(value)
    return value * np.eye(len(like)) if kind == "each" and np.ndim(like) == 2 else value
