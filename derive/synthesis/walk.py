"""A run walked over a box, with an error in every activation: how far off each state may be.

Of a replacement only its error is asked, so the replaced cell is any with activations within these errors of the exact
ones: δφ = φ'(ξ) δu + e for some ξ between the arguments u and u + δu. A walk with numbers in place of the errors says
what each of them is worth.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from sympy import Expr, Symbol

from derive.approximation.bounds import x
from derive.enclosure.linearised import Functions
from derive.enclosure.sweep import Sweep, Swept, Written, nothing
from derive.enclosure.twin import Twin
from derive.enclosure.twins import Zonotopes
from derive.enclosure.zonotope import Form, Symbols, above
from derive.errors import DeriveError, RunError
from derive.exact import arrays
from derive.exact.arrays import Array, Cells
from derive.statements.base import UnitsNode
from derive.symbolic.activation import Activation

if TYPE_CHECKING:
    from derive.run.data import Run

MOST = 1024  # symbols after a reduction of order, which it tells apart by their causes as far as that
NOTHING = "is certified on this box; give a smaller box, or fewer steps"


class Group(NamedTuple):
    """Activations that are replaced together: that of one equation, or all of a function. key: of with_activations."""

    key: str
    formula: Expr  # in x


def groups(run: Run) -> dict[Group, int]:
    """The groups of a cell's activations, in the order of its equations, with how many values a step takes of each."""
    found: dict[Group, int] = {}
    for (line, _), group in _placed(run).items():
        found[group] = found.get(group, 0) + run.units[line]
    return found


def _placed(run: Run) -> dict[tuple[str, Expr], Group]:
    """The group of each activation, by the equation and the function. What has a value for several equations at once is
    replaced in all of them."""
    within = {line.target.name: line.expr.atoms(Activation) for line in run.cell.lines}
    uses = Counter(a for here in within.values() for a in here)
    found = {}
    for line, here in within.items():
        alone = len(here) == 1 and all(uses[a] == 1 or _is_weighted(a) for a in here)
        for a in sorted(here, key=str):
            if _formula(a) != x:
                found[line, _formula(a)] = Group(line if alone else type(a).__name__, _formula(a))
    return found


def _is_weighted(node: Any) -> bool:
    """Whether it has weights in it, which are others in every equation."""
    return any(n.weighted for n in node.atoms(UnitsNode))


def _formula(node: Any) -> Expr:
    return node.func(x, *node.args[1:])


@dataclass(frozen=True)
class Bounds:
    """After a step, of each state: all of its error, and what each group alone makes of it. (n,)"""

    errors: Mapping[str, Array]
    parts: Mapping[str, Mapping[str, Array]]


class Near(NamedTuple):
    """A function of which the replaced cell has one within the error of a group."""

    exact: Functions
    key: str


@dataclass(frozen=True)
class NearBy(Zonotopes):
    """The domain of a cell and of all cells with activations within the errors. errors: of the groups, by key.

    symbols: in use, those of a group's errors marked by its key. arguments: where the groups are asked for, as found.
    """

    errors: Mapping[str, float]
    symbols: Symbols
    arguments: dict[str, tuple[float, float]]
    groups: Mapping[Expr, Group]  # of one equation

    def function(self, before: Expr, after: Expr) -> Functions | Near:  # type: ignore[override]
        group, functions = self.groups.get(before), Functions.of(before, after)
        return Near(functions, group.key) if group and group.key in self.errors else functions

    def apply(self, function: Any, u: Twin) -> Twin:
        if not isinstance(function, Near):
            return super().apply(function, u)
        both = arrays.union(u.exact.range, u.replaced)
        if not all(np.isfinite(end).all() for end in both):
            raise DeriveError(f"no finite bound of its argument {NOTHING}")
        least, most = self.arguments.get(function.key, (np.inf, -np.inf))
        self.arguments[function.key] = min(least, float(both.lower.min())), max(most, float(both.upper.max()))
        return self._off(super().apply(function.exact, u), function.key)

    def _off(self, a: Twin, key: str) -> Twin:
        """The same, the replaced cell's being off by the error of a group as well."""
        n, size = len(a.exact.centre), self.errors[key]
        if size == 0:  # a walk that asks where activations are asked for has the exact cell alone
            return a
        error = a.error or _zero(n)
        first = self.symbols.new(n, key)
        generators = np.zeros((n, self.symbols.count))
        generators[:, : error.generators.shape[1]] = error.generators
        generators[np.arange(n), first + np.arange(n)] = size
        ends, known = (arrays.outwards(c.lower - size, c.upper + size) for c in (error.range, a.replaced))
        return Twin(a.exact, Form(error.centre, generators, error.rest, ends), known)


def _zero(n: int) -> Form:
    return Form(np.zeros(n), np.zeros((n, 0)), np.zeros(n), Cells(np.zeros(n), np.zeros(n)))


@dataclass
class Walk(Sweep):
    """errors: of the replacement of each group, by key. arguments: where the replacements are asked for."""

    before: Written = nothing
    after: Written = nothing
    errors: Mapping[str, float] = field(default_factory=dict)
    arguments: dict[str, tuple[float, float]] = field(default_factory=dict)
    bounds: list[Bounds] = field(default_factory=list)

    def bounded(self) -> tuple[Bounds, ...]:
        """After every step. Raises RunError for a step after which nothing finite is known."""
        self.swept()
        return tuple(self.bounds)

    @cached_property
    def most(self) -> int:
        return MOST

    @cached_property
    def _domains(self) -> dict[str, NearBy]:
        """By equation."""
        found: dict[str, dict[Expr, Group]] = {line.target.name: {} for line in self.run.cell.lines}
        for (name, formula), group in _placed(self.run).items():
            found[name][formula] = group
        return {name: NearBy(self.errors, self.symbols, self.arguments, here) for name, here in found.items()}

    @cached_property
    def _shared(self) -> set[Symbol]:
        """What is read more than once, whose rest is worth symbols."""
        uses = Counter(q for s in self.run.cell.statements for q in s.reads)
        return {q for q, n in uses.items() if n > 1}

    def _step(self, found: Swept, t: int) -> None:
        """The statements rather than the equations: what is the same in two of them is off by the same."""
        for statement in self.run.cell.statements:
            self.domain = self._domains[self.run.cell.line_of(statement).target.name]
            if not statement.elementwise:
                for symbol in statement.uses:
                    self._known[symbol] = self._promoted(self._known[symbol])
            try:
                statement.operations(self.asked(self._known))
            except DeriveError as e:
                raise RunError(f"{statement.target} at t = {t}: {e}") from None
            if statement.target in self._shared:
                self._known[statement.target] = self._promoted(self._known[statement.target])
            self._record(found, statement.target.name, t)
        self.bounds.append(self._bounds(t))

    def _bounds(self, t: int) -> Bounds:
        errors, parts = {}, {}
        for state, vector in self.run.initial.items():
            twin = self._known[Symbol(state)]
            if not all(np.isfinite(end).all() for end in (*twin.exact.range, *twin.replaced)):
                raise RunError(f"{state} at t = {t}: no finite bound {NOTHING}")
            n, error = len(vector), twin.error
            errors[state] = np.zeros(n) if error is None else error.size
            parts[state] = {
                key: np.zeros(n) if error is None else self._by(key, error.generators) for key in self.errors
            }
        return Bounds(errors, parts)

    def _by(self, key: str, generators: Array) -> Array:
        """What symbols of a group add to each unit."""
        own = generators[
            :, [k for k, source in enumerate(self.symbols.sources[: generators.shape[1]]) if source == key]
        ]
        return above(np.abs(own).sum(axis=1), own.shape[1]) * (own.shape[1] > 0)
