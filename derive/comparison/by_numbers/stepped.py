"""A cell at given weights: its new states on fixed random inputs and states, as one vector of numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from math import exp, pi, prod
from typing import Any

import numpy as np
from sympy import Rational, Symbol, log, sqrt
from sympy import pi as symbolic_pi

from derive.backends.base import Array, Problem
from derive.backends.reference import new_states, quantities
from derive.comparison.by_numbers.numbers import Trial, further_inputs, problem, state_sizes, tensors
from derive.comparison.pairing.renamed import renamed_size
from derive.definition.cell import Cell
from derive.plan.build import as_written, for_machines
from derive.statements.sizes import units
from derive.symbolic.expressions import HIDDEN, INPUT

MOST_BELOW = 64  # of a simple number
MOST_LOG = 8.0  # of a logarithm that is looked for

Kind = tuple[str, ...]  # of a parameter: matrix, vector or scalar, and its sizes


@dataclass
class Stepped:
    """One cell as a function of its learned parameters.

    sizes: how many numbers each size is; names: what its sizes are called in the other cell; states: the names of its
    states in the order in which they are the other's; rows: inputs and states that are looked at; base: parameters that
    are not 0 where a weight is 0, as b is in σ(W x + b + 1). held: what of ``x`` and the states is 0; less: what
    is 0 in what is subtracted. calls: how often it was worked out.
    """

    cell: Cell
    sizes: Mapping[str, int]
    states: tuple[str, ...]
    rows: int
    names: Mapping[str, str] = field(default_factory=dict)
    base: Mapping[str, Any] = field(default_factory=dict)
    held: tuple[str, ...] = ()
    less: tuple[str, ...] = ()
    calls: int = 0

    def __post_init__(self) -> None:
        self.plan = as_written(for_machines(self.cell))
        self.shapes = {
            p.name: tuple(units(n, self.sizes) for n in (p.rows, p.stored_cols) if n)
            for p in self.cell.parameters
            if p.learned
        }
        random = np.random.default_rng(1)  # the same for both cells
        self.x = random.uniform(-1, 1, (self.rows, self.sizes[INPUT]))
        wide = state_sizes(self.cell, self.sizes)
        self.before = {s: random.uniform(-1, 1, (self.rows, wide[s])) for s in self.states}
        if INPUT in self.held:
            self.x = 0 * self.x
        if HIDDEN in self.held:
            self.before = {s: 0 * value for s, value in self.before.items()}

    @cached_property
    def kinds(self) -> dict[str, Kind]:
        """What has to agree of two parameters that are one."""
        own = (p for p in self.cell.parameters if p.learned)
        return {p.name: (p.kind, *(renamed_size(n, self.names) for n in (p.rows, p.stored_cols))) for p in own}

    @property
    def state_shapes(self) -> list[tuple[str, ...]]:
        """The sizes of the states, by which those of two cells may be one."""
        return [(renamed_size(self.cell.sizes[Symbol(s)], self.names),) for s in self.states]

    def at(self, weights: Mapping[str, Array]) -> Array:
        """The new states, one after the other. weights: what is added to the base, 0 where a parameter is not named."""
        found = np.concatenate([values.ravel() for values in self.new(weights)])
        if not self.less:
            return found
        with np.errstate(invalid="ignore"):  # where both are infinite
            return found - self._subtracted.at(weights)

    @cached_property
    def _subtracted(self) -> Stepped:
        return replace(self, held=self.less, less=())

    def new(self, weights: Mapping[str, Array]) -> list[Array]:
        """The new states, of each row; see ``at``."""
        self.calls += 1
        new = new_states(self.plan, self._problem(weights))
        return [new[s] for s in self.states]

    def quantities(self, weights: Mapping[str, Array]) -> dict[Symbol, Array]:
        """What the step computes; see ``at``."""
        return quantities(self.plan, self._problem(weights))

    def _problem(self, weights: Mapping[str, Array]) -> Problem:
        given = self.zeros()
        given |= {name: given[name] + value for name, value in weights.items()}
        return replace(self._without_weights, parameters=tensors(self.cell, given))

    @cached_property
    def _without_weights(self) -> Problem:
        return problem(self.cell, self.zeros(), self.x, self.before, self.sizes)

    def zeros(self) -> dict[str, Array]:
        """Its parameters where the weights are 0."""
        return {n: np.zeros(shape) + float(self.base.get(n, 0)) for n, shape in self.shapes.items()}

    def count(self, of: Iterable[str]) -> int:
        """How many numbers parameters are."""
        return sum(prod(self.shapes[name]) for name in of)


def at_zero(one: Stepped, other: Stepped, row: int) -> Trial:
    """One row of inputs and states, all weights being 0; the new states are left out."""
    constants = [{p.name: float(p.default or 0) for p in of.cell.constants} for of in (one, other)]
    further = further_inputs(one.cell, one.x, one.sizes)
    inputs, states = ({name: values[row] for name, values in of.items()} for of in (further, one.before))
    weights = one.zeros(), other.zeros()
    return Trial(weights, (constants[0], constants[1]), one.x[row], inputs, states, ({}, {}), np.inf)


@lru_cache(maxsize=1024)
def generic(kind: Kind, shape: tuple[int, ...], draw: int) -> Array:
    """Numbers that are the same for all parameters of one kind and size, and others in each draw."""
    seed = [draw, *"/".join(kind).encode()]
    found = np.asarray(np.random.default_rng(seed).uniform(0.3, 1, shape) * _signs(seed, shape))
    found.setflags(write=False)
    return found


def _signs(seed: list[int], shape: tuple[int, ...]) -> Array:
    return np.asarray(np.random.default_rng([*seed, 1]).choice([-1.0, 1.0], shape))


def gap(a: Array, b: Array) -> float | None:
    """The largest difference, relative to the larger; None where one is no number and the other is one."""
    known = np.isfinite(a), np.isfinite(b)
    if (known[0] != known[1]).any():
        return None
    a, b = a[known[0]], b[known[0]]
    return float((np.abs(a - b) / np.maximum(1, np.maximum(np.abs(a), np.abs(b)))).max(initial=0))


def is_same(a: Array, b: Array, tolerance: float) -> bool:
    """Whether the gap is no larger."""
    found = gap(a, b)
    return found is not None and found <= tolerance


def closed(number: float, accuracy: float) -> Any:
    """The root or logarithm of a simple number, or the simple part of π, that a number is; None where it is none."""
    size = abs(number)
    ways = ((size**2, sqrt), (exp(min(size, MOST_LOG)), log), (size / pi, lambda part: part * symbolic_pi))
    for value, function in ways:
        found = Rational(value).limit_denominator(MOST_BELOW)
        if found > 0 and abs(float(found) - float(value)) <= accuracy * max(1, float(value)):
            return function(found) * (-1 if number < 0 else 1)
    return None


def rational(number: float) -> Rational | None:
    """The simple one that a number is, to the accuracy of a slope."""
    found = Rational(number).limit_denominator(MOST_BELOW)
    return found if abs(float(found) - number) <= 1e-4 * max(1, abs(number)) and found != 0 else None
