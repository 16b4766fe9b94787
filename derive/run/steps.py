"""The steps of a run: every quantity of every time step (``derive.run.step``), evaluated exactly.

The equations are the author's, unit by unit, evaluated in exact numbers (``exact.value``): a rational stays one, any
other real is known to every digit that is printed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sympy import Expr, Function, Symbol

from derive.definition.lower import LoweredLine
from derive.errors import DeriveError, RunError, unknown
from derive.exact.value import Value
from derive.later import later
from derive.notation.prose import plain
from derive.notation.quantity import previous
from derive.notation.words import speaking
from derive.run.number import Number
from derive.run.step import InStep, Place, Step
from derive.run.units import LineUnits
from derive.statements.writing import OneUnit, at, named_entries
from derive.symbolic.activation import Activation
from derive.symbolic.evaluation import evaluate, settled

if TYPE_CHECKING:
    from derive.run.data import Run


@dataclass(frozen=True, eq=False, repr=False)
class Steps:
    """The steps of a run: by time, then in the order of the author's equations, then by unit."""

    run: Run
    records: tuple[Step, ...]

    def __iter__(self) -> Iterator[Step]:
        return iter(self.records)

    def __len__(self) -> int:
        return len(self.records)

    @property
    def quantities(self) -> tuple[str, ...]:
        """The names of the quantities, in the author's order."""
        return tuple(self.run.units)

    def at(self, t: int) -> tuple[Step, ...]:
        """The steps of one time step, from 1."""
        return tuple(s for s in self.records if s.t == t)

    def step(self, t: int, name: str, unit: int = 1) -> Step:
        """One step. Raises RunError for a quantity, unit or time that is not there."""
        names = self.run.units
        if name not in names:
            raise RunError(unknown(f"quantity of {self.run.cell.name}", name, names))
        if not (1 <= t <= len(self.run.x) and 1 <= unit <= names[name]):
            ranges = f"t goes from 1 to {len(self.run.x)}, units to {names[name]}"
            raise RunError(f"there is no {name} of unit {unit} at t = {t}: {ranges}")
        before = sum(names[q] for q in self.quantities[: self.quantities.index(name)])
        return self.records[(t - 1) * sum(names.values()) + before + unit - 1]

    def value(self, t: int, name: str, unit: int = 1) -> Value:
        """The exact value of a quantity; t = 0 is a state's initial value."""
        if t == 0 and 1 <= unit <= len(self.run.initial.get(name, ())):
            return Value.of(self.run.initial[name][unit - 1])
        return self.step(t, name, unit).value

    def arguments(self) -> dict[str, list[tuple[Place, Value]]]:
        """The arguments of each activation by name, each with the place where it occurs."""
        found: dict[str, list[tuple[Place, Value]]] = {}
        for s in self.records:
            for place, argument in s.arguments:
                found.setdefault(place.function.__name__, []).append((place, argument))
        return found

    def to_json(self) -> dict[str, Any]:
        """The data of steps.json."""
        run = self.run
        return {
            "cell": run.cell.name,
            "run": plain(run.title),
            "decimals": run.decimals,
            "sizes": dict(run.sizes),
            "steps": [s.to_json() for s in self.records],
        }

    def __repr__(self) -> str:
        with speaking(self.run.language):
            return "\n".join(s.unicode() for s in self.records)

    @later
    def _repr_html_(self) -> str:
        raise NotImplementedError


def steps(run: Run) -> Steps:
    """Evaluate a run, exactly. Raises DeriveError where a quantity has no finite real value, naming it and the step."""
    return Steps(run, tuple(_Evaluation(run).records()))


class _Evaluation:
    """One pass over the time steps; holds the numbers known so far."""

    def __init__(self, run: Run) -> None:
        self.run, self.cell = run, run.cell
        self.known: dict[Symbol, Number] = {}
        self.values: dict[Symbol, Value] = {}  # of the same symbols
        several = max(run.units.values()) > 1
        self.notation = InStep.of(run.notation)
        self.units: dict[str, list[int | None]] = {
            q: list(range(1, n + 1)) if several and n > 1 else [None] for q, n in run.units.items()
        }
        self.expanded = {
            (line.target.name, unit): LineUnits(self.cell, line, run.sizes).entry(unit or 1)
            for line in self.cell.lowered_lines
            for unit in self.units[line.target.name]
        }
        for name, tensor in run.parameters.items():
            self._give(name, tensor)
        for state, vector in run.initial.items():
            self._give(state, vector)

    def _give(self, name: str, tensor: Any) -> None:
        """Enter a vector, matrix or number of the run's data."""
        for symbol, number in named_entries(name, tensor):
            self._enter(symbol, Number(Value.of(number), is_given=True))

    def _enter(self, symbol: Symbol, number: Number) -> None:
        self.known[symbol] = number
        self.values[symbol] = number.value

    def records(self) -> Iterator[Step]:
        for t in range(1, len(self.run.x) + 1):
            for name, row in self.run.read_at(t).items():
                self._give(name, row)
            for state, vector in self.run.initial.items():
                for k in range(1, len(vector) + 1):
                    self._enter(at(previous(state).name, k), self.known[at(state, k)])
            for line, equation in zip(self.cell.lowered_lines, self.cell.equations, strict=True):
                for unit in self.units[line.target.name]:
                    yield self._step(t, line, unit, equation.rhs)

    def _step(self, t: int, line: LoweredLine, unit: int | None, symbolic: Expr) -> Step:
        name = line.target.name
        label = self.run.unit_label(name, unit or 1)
        try:
            expanded = settled(self.expanded[name, unit], self.values)
            value = self._evaluate(expanded)
            reduced, worked_out = self._reduce(expanded)
            found = [a for a in _in_order(expanded) if isinstance(a, Activation)]
            arguments = tuple(
                (Place(type(a), name, unit or 1, t, k, label), self._evaluate(a.args[0])) for k, a in enumerate(found)
            )
        except DeriveError as e:
            raise RunError(f"{name} at t = {t}: {e}") from e
        inputs = {s: self.known[s] for s in expanded.free_symbols} | worked_out
        self._enter(at(name, unit or 1), Number(value, is_given=False))
        return Step(
            t, name, unit or 1, symbolic, expanded, inputs, reduced, arguments, value, self.run.decimals,
            notation=replace(self.notation, t=t, unit=label),
            whole=line.written(OneUnit(label)) if unit else symbolic,
        )  # fmt: skip

    def _evaluate(self, expr: Any) -> Value:
        value = evaluate(expr, self.values)
        value.shown(self.run.decimals)  # what cannot be printed is found here, where it can be named
        return value

    def _reduce(self, expanded: Expr) -> tuple[Expr | None, dict[Symbol, Number]]:
        """The formula with the arguments of its outermost functions worked out, and what those are."""
        known: dict[Symbol, Number] = {}

        def walk(node: Any) -> Any:
            if not isinstance(node, Function):
                return node.func(*map(walk, node.args), evaluate=False) if _has_function(node) else node
            argument = node.args[0]
            if isinstance(argument, Symbol) or not argument.free_symbols:
                return node
            symbol = Symbol(f"argument {len(known) + 1}")
            known[symbol] = Number(self._evaluate(argument), is_given=True)
            return node.func(symbol, *node.args[1:], evaluate=False)

        reduced = walk(expanded)
        return (reduced, known) if known else (None, known)


def _has_function(node: Any) -> bool:
    return bool(node.args) and node.has(Function)


def _in_order(expr: Any) -> Iterator[Any]:
    """The nodes of a tree from left to right, a function before its argument."""
    yield expr
    for a in expr.args:
        yield from _in_order(a)
