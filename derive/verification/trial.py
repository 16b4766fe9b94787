"""A trial of a cell: random numbers, and what its printed equations and its statements make of them.

Everything is float64 over several time steps and several sequences. The printed equations are evaluated as a reader of
the paper would, one sequence after the other; the statements are evaluated one unit at a time, functions by SymPy.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial
from types import MappingProxyType
from typing import Any

import numpy as np
from sympy import Symbol

from derive.definition.cell import Cell
from derive.definition.fixed import defaults_of, numbers_of
from derive.verification.by_head import whole
from derive.verification.fixed import fixed_weights
from derive.verification.one_unit import unit_of
from derive.verification.shapes import (
    Shapes,
    of_each_head,
    on_diagonal,
    printed_sizes,
    sizes_of,
    spelling,
)
from derive.verification.tree import Function, Name, ReadEquation, ReadingError
from derive.verification.values import (
    DISTURBED,
    FUNCTIONS,
    OVER_UNITS,
    SHAPED,
    Array,
    Known,
    evaluate_equations,
)

STEPS, SEQUENCES = 3, 2
TRIALS, HUGE = 24, 1e60  # a gradient is of products of several such numbers
#: Relative: that of a float64 operation, and three that are large enough to be seen beside it. Where the largest takes
#: a number all the way round, as in sin(10^9 h), it says nothing, and the smallest still does.
ROUNDING, DISTURBANCES = 2.0**-53, (2.0**-30, 2.0**-38, 2.0**-46)


class Trial:
    """One cell's random numbers and printed equations.

    weights: by parameter name, constants at their defaults. inputs: by name, (steps, sequences, features); further
    ones are positive, because some are times or counts; so are masks, of which any numbers show more than 0 and 1.
    sizes: numbers of units. initial: the states before the first step, by state (sequences, units); positive, because
    some are sums of exponentials that others are divided by. output_weights: (steps, sequences, units), final_weights:
    by state; the loss is the sum of outputs and final states times these. own: what the author's own functions, by
    their names in LaTeX, are of numbers. scale: of all numbers.

    Raises ReadingError where two parameters are spelled alike.
    """

    def __init__(
        self,
        cell: Cell,
        equations: Sequence[ReadEquation],
        seed: int | str,
        own: Mapping[str, Callable[..., Array]] = MappingProxyType({}),
        *,
        scale: float = 1.0,
        steps: int = STEPS,
    ) -> None:
        draw = random.Random(seed)
        self.steps = steps

        def uniform(low: float, high: float, *shape: int) -> Array:
            numbers = [draw.uniform(low, high) for _ in range(int(np.prod(shape)))]
            return scale * np.array(numbers).reshape(shape)

        self.cell, self.equations, self.sizes = cell, equations, sizes_of(cell)
        self.learned = [p for p in cell.parameters if p.learned]
        self.weights: dict[str, Array] = {
            p.name: uniform(-1, 1, *(self.sizes[s] for s in (p.rows, p.cols) if s)) for p in self.learned
        }
        self.heads = self.sizes.get(next(iter(cell.heads), ""), 1)
        self.weights |= {p.name: on_diagonal(self.weights[p.name], self.heads) for p in self.learned if p.heads}
        numbers = [p.name for p in self.learned if p.rows == "1" and not p.cols]
        self.weights |= {name: np.float64(self.weights[name][0]) for name in numbers}
        self.weights |= {p.name: np.float64(float(p.default or 0)) for p in cell.constants}
        self.weights |= fixed_weights(cell, self.sizes, {p.name: self.weights[p.name] for p in cell.constants})
        units = [self.sizes[cell.sizes[cell.previous(s)]] for s in cell.states]
        first, *further = cell.inputs
        self.inputs = {first.name: uniform(-1, 1, steps, SEQUENCES, self.sizes[first.size])}
        self.initial = [uniform(0.2, 1, SEQUENCES, n) for n in units]
        self.output_weights = uniform(-1, 1, steps, SEQUENCES, units[0])
        self.final_weights = [uniform(-1, 1, SEQUENCES, n) for n in units]
        self.inputs |= {i.name: uniform(0.2, 1, steps, SEQUENCES, self.sizes[i.size]) for i in further}
        self.once = {i.name for i in cell.draws if i.chance and i.chance.per_sequence}
        self.inputs |= {name: np.repeat(self.inputs[name][:1], steps, 0) for name in self.once}
        self.shaped = Shapes(cell, self.sizes, self.heads).of
        self.fixed = self._fixed(own)

    def _fixed(self, own: Mapping[str, Callable[..., Array]]) -> dict[Name | Function, Any]:
        """What the printed equations read at every step alike: parameters, sizes, functions."""
        weights: dict[Name | Function, Any] = {Name(spelling(n)): v for n, v in self.weights.items()}
        if len(weights) < len(self.weights):
            raise ReadingError(f"two parameters of {self.cell.name} are spelled alike in print")
        found = printed_sizes(self.cell, self.sizes) | weights
        found |= {Function(name): function for name, function in own.items()}
        found |= {n: self.shaped(n, v) for n, v in found.items() if isinstance(n, Name)}
        found |= {SHAPED: self.shaped}
        if self.cell.heads:
            found[Function("blocks")] = partial(on_diagonal, heads=self.heads)
            for name in OVER_UNITS:
                found[Function(f"head{name}")] = partial(of_each_head, FUNCTIONS[name], heads=self.heads)
        return found

    # ------------------------------------------------------------------ the printed equations

    @property
    def read(self) -> dict[str, Array]:
        """The inputs as a reader of the paper has them: one number is a number and no vector."""
        numbers = {i.name for i in self.cell.inputs if i.size == "1"}
        return {name: x[..., 0] if name in numbers else x for name, x in self.inputs.items()}

    def time(self, name: str) -> int | None:
        """The index of an input in print: none of one that is the same at every step."""
        return None if name in self.once else 0

    @cached_property
    def printed_steps(self) -> list[list[dict[Name | Function, Array]]]:
        """By sequence and time step, every quantity that the printed equations give."""
        with np.errstate(all="ignore"):  # what is not finite is found where the numbers are compared
            return [self._printed(b) for b in range(SEQUENCES)]

    def _printed(self, b: int) -> list[dict[Name | Function, Array]]:
        states, found = [s[b] for s in self.initial], []
        for t in range(self.steps):
            read = {n: x[t, b] for n, x in self.read.items()}
            known: dict[Name | Function, Array] = {Name(spelling(n), self.time(n)): x for n, x in read.items()}
            known = {name: self.shaped(name, x) if isinstance(name, Name) else x for name, x in known.items()}
            known |= self.fixed | self._named("", -1, states)
            found.append(evaluate_equations(self.equations, known))
            states = [_given(found[-1], Name(spelling(s), 0)) for s in self.cell.states]
        return found

    @property
    def printed(self) -> list[Array]:
        """Every state at every step, (sequences, units) each, from the printed equations."""
        names = [Name(spelling(s), 0) for s in self.cell.states]
        steps = range(self.steps)
        return [np.stack([_in_row(found[t][n]) for found in self.printed_steps]) for t in steps for n in names]

    def gradients(self, equations: Sequence[ReadEquation]) -> list[Array]:
        """From printed gradient equations: of each learned parameter, of the inputs that are not drawn, of the initial
        states.

        One sweep backwards through each sequence. The sums over time are over the sequences too.
        """
        of_weights = [np.zeros_like(self.weights[p.name]) for p in self.learned]
        of_inputs = {i.name: np.zeros_like(self.inputs[i.name]) for i in self.cell.inputs if not i.chance}
        of_initial = [np.zeros_like(s) for s in self.initial]
        for b, steps in enumerate(self.printed_steps):
            passed = [w[b] for w in self.final_weights]
            for t in reversed(range(self.steps)):
                passed[0] = passed[0] + self.output_weights[t, b]
                with np.errstate(all="ignore"):  # a disturbed number is no longer the largest, and is divided by zero
                    values = evaluate_equations(equations, steps[t] | self._named("Δ", 0, passed))
                passed = [_given(values, Name(f"Δ{spelling(s)}", -1)) for s in self.cell.states]
                for name, of_x in of_inputs.items():
                    of_x[t, b] = np.ravel(whole(_given(values, Name(f"δ{spelling(name)}", 0))))
                for total, p in zip(of_weights, self.learned, strict=True):
                    gradient = whole(_given(values, Name(f"δ{spelling(p.name)}")))
                    total += gradient if p.cols else _in_row(gradient)
                passed = [np.broadcast_to(_in_row(g), s[b].shape) for g, s in zip(passed, self.initial, strict=True)]
            for total, g in zip(of_initial, passed, strict=True):
                total[b] = g
        return [*of_weights, *of_inputs.values(), *of_initial]

    def _named(self, mark: str, time: int, values: Sequence[Array]) -> dict[Name | Function, Array]:
        """A value for each state, under the state's name with that mark and time."""
        named = {Name(mark + spelling(s), time): v for s, v in zip(self.cell.states, values, strict=True)}
        return {name: self.shaped(name, v) for name, v in named.items()}

    def roundings(self, results: Callable[[Trial], Sequence[Array]]) -> list[Array]:
        """What rounding makes of each number that the printed equations give: by how much it changes where the result
        of every operation is a little off, scaled to the rounding of float64; the largest of three changes.

        So the condition of the equations is measured, and not estimated: of a gradient through sin(10⁶ h) no way to
        compute it has ten digits."""
        undisturbed = results(self)
        changes = []
        for seed, size in enumerate(DISTURBANCES):
            disturbed = copy.copy(self)
            vars(disturbed).pop("printed_steps", None)
            disturbed.fixed = self.fixed | {DISTURBED: partial(_disturbed, np.random.default_rng(seed), size)}
            pairs = zip(results(disturbed), undisturbed, strict=True)
            changes.append([np.abs(a - b) * (ROUNDING / size) for a, b in pairs])
        return [np.fmax.reduce(change) for change in zip(*changes, strict=True)]

    # ------------------------------------------------------------------ the statements

    @cached_property
    def symbolic(self) -> list[Array]:
        """Every state at every step, (sequences, units) each, from the statements."""
        sequences = [self._symbolic(b) for b in range(SEQUENCES)]
        return [np.stack(states) for states in zip(*sequences, strict=True)]

    def _symbolic(self, b: int) -> list[Array]:
        weights: dict[Symbol, Array] = {}
        for p in self.cell.parameters:
            w = self.weights[p.name]
            w = w if p.fixed is None else np.array(numbers_of(p, self.sizes, defaults_of(self.cell)), float)
            weights[p.symbol] = w - w.T if p.form == "antisymmetric" else w
        states, found = [s[b] for s in self.initial], []
        for t in range(self.steps):
            values = {**weights, **{i.symbol: self.inputs[i.name][t, b] for i in self.cell.inputs}}
            values |= {self.cell.previous(s): v for s, v in zip(self.cell.states, states, strict=True)}
            values |= {Symbol(size): np.array([float(n)]) for size, n in self.sizes.items()}
            for s in self.cell.statements:
                values[s.target] = np.array([unit_of(s, k, values) for k in range(self.sizes[s.size])])
            states = [values[Symbol(s)] for s in self.cell.states]
            found += states
        return found


def finite_trials(
    cell: Cell, equations: Sequence[ReadEquation], seed: int, own: Mapping[str, Callable[..., Array]]
) -> Iterator[Trial]:
    """The trials of that seed in which all that the statements give is finite and not huge. Each draws its own numbers,
    later ones for fewer steps, then smaller ones: a state may be raised to a high power, step by step.

    Raises ReadingError, naming the state and what it is, where there is none.
    """
    odd: list[tuple[str, Array]] = []
    for k in range(TRIALS):
        smaller, fewer = divmod(k, STEPS)
        trial = Trial(cell, equations, f"{seed} {k}" if k else seed, own, scale=2.0**-smaller, steps=STEPS - fewer)
        states = zip(cell.states * trial.steps, trial.symbolic, strict=True)
        odd.append(next(((s, v) for s, v in states if not (np.abs(v) < HUGE).all()), ("", 0)))
        if not odd[-1][0]:
            yield trial
    state, values = odd[-1]
    if all(s for s, _ in odd):
        how = "is undefined: a root, logarithm or quotient?" if np.isnan(values).any() else "overflows"
        small = 2.0 ** -((TRIALS - 1) // STEPS)
        raise ReadingError(
            f"{state} is no finite number for weights in (-1, 1), nor in (-{small:g}, {small:g}): it {how}"
        )


def _disturbed(draw: np.random.Generator, size: float, value: Array) -> Array:
    return value * (1 + size * draw.uniform(-1, 1, np.shape(value)))


def _in_row(value: Array) -> Array:
    """The numbers of a quantity in one row."""
    value = whole(value)
    return np.ravel(value) if np.ndim(value) else value


def _given(values: Known, name: Name) -> Array:
    if name not in values:
        raise ReadingError(f"no equation gives {name}")
    return values[name]
