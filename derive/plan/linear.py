"""Recurrences that are linear in the state, unit by unit, recognised from the operations of a step.

``s_t = a_t ⊙ s_{t-1} + b_t``, where a and b need no step before, is done for all time steps together: two steps after
each other are one, ``(a₂, b₂) ∘ (a₁, b₁) = (a₂ ⊙ a₁, a₂ ⊙ b₁ + b₂)``, and ∘ is associative. Several states that read
each other have a small matrix for each unit in the place of a. What reads a state that is known for all steps is known
for all steps itself, so that one recurrence may follow another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sympy import Expr, S, Symbol

from derive.plan.axes import Axes
from derive.plan.factors import Factor, Forms
from derive.plan.operations import Operation
from derive.plan.plan import FreshNames, Origin, Phase, Plan, State, Variable
from derive.symbolic.expressions import symbols_in_order


@dataclass(frozen=True)
class Recurrence:
    """The new values of some states: row by row the factors of their previous values, and what is added."""

    states: tuple[State, ...]
    factors: tuple[tuple[Factor, ...], ...]
    terms: tuple[Expr, ...]

    @property
    def targets(self) -> tuple[Symbol, ...]:
        return tuple(s.new for s in self.states)

    @property
    def reads(self) -> tuple[Symbol, ...]:
        every = (*(f.expr for row in self.factors for f in row), *self.terms)
        return tuple(q for expr in every for q in symbols_in_order(expr))


@dataclass(frozen=True)
class Delay:
    """The previous values of a state whose new ones are known for all time steps."""

    state: State

    @property
    def targets(self) -> tuple[Symbol, ...]:
        return (self.state.previous,)

    @property
    def reads(self) -> tuple[Symbol, ...]:
        return (self.state.new,)


Item = Operation | Recurrence | Delay


@dataclass(frozen=True)
class Parallel:
    """A step of a plan for all time steps together, in order. plan: with what had to be added."""

    plan: Plan
    items: tuple[Item, ...]

    @property
    def recurrences(self) -> tuple[Recurrence, ...]:
        return tuple(item for item in self.items if isinstance(item, Recurrence))


def parallel(plan: Plan) -> Parallel:
    """The steps of a plan for all time steps together.

    Raises NotLinear where a state is no linear function, unit by unit, of those that have to be known at once with it.
    """
    return _Ordering(plan).run()


class _Ordering:
    """Puts first what is known for all time steps, then the states that depend on nothing else, and so on."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.waiting = list(plan.phases[Phase.STEP])
        self.definitions = {q: op for op in self.waiting for q in op.targets}
        self.unknown = {*self.definitions, *(s.previous for s in plan.states)}
        self.items: list[Item] = []
        self.values: list[Variable] = []
        self.axes = {q: v.axes for q, v in plan.values.items()}
        self.names = FreshNames(plan.values)

    def run(self) -> Parallel:
        self._what_is_known()
        while states := [s for s in self.plan.states if s.new in self.unknown]:
            self._solve(self._first_of(states))
            self._what_is_known()
        return Parallel(self.plan.with_phases({}, self.values), tuple(self._needed()))

    def _what_is_known(self) -> None:
        """Take over what depends on nothing unknown."""
        while True:
            known: list[Item] = [op for op in self.waiting if self.unknown.isdisjoint(op.reads)]
            delays = (Delay(s) for s in self.plan.states if s.previous in self.unknown and s.new not in self.unknown)
            known += delays
            if not known:
                return
            self.waiting = [op for op in self.waiting if op not in known]
            for item in known:
                self._add(item)

    def _add(self, item: Item) -> None:
        self.items.append(item)
        self.unknown -= {*item.targets}

    def _first_of(self, states: Iterable[State]) -> tuple[State, ...]:
        """The states that have to be known at once, and need no other one."""
        fewest = min((self._needs(s.new) for s in states), key=len)
        return tuple(s for s in self.plan.states if s.previous in fewest)

    def _needs(self, q: Symbol) -> set[Symbol]:
        """The unknown previous states on which a quantity depends, through states of the steps before too."""
        before = {s.previous: s.new for s in self.plan.states}
        found, looked_at, rest = set[Symbol](), set[Symbol](), [q]
        while rest:
            q = rest.pop()
            if q in looked_at or q not in self.unknown:
                continue
            looked_at.add(q)
            if q in before:
                found.add(q)
                rest.append(before[q])
            else:
                rest.extend(self.definitions[q].reads)
        return found

    def _needed(self) -> Iterator[Item]:
        """The items on which the new states depend, in their order."""
        read = {s.new for s in self.plan.states}
        kept: list[Item] = []
        for item in reversed(self.items):
            if read.intersection(item.targets):
                read.update(item.reads)
                kept.append(item)
        return reversed(kept)

    # ------------------------------------------------------------------ states that are known at once

    def _solve(self, states: tuple[State, ...]) -> None:
        before = {s.previous for s in self.plan.states}
        forms = Forms([s.previous for s in states], before, self.definitions, self.unknown, self.axes, self._made)
        rows = [forms.of(s.new) for s in states]
        factors = tuple(tuple(row.factors.get(s.previous, Factor(S.Zero, ())) for s in states) for row in rows)
        self._add(Recurrence(states, factors, tuple(row.rest for row in rows)))
        self.waiting = [op for op in self.waiting if self.unknown.intersection(op.targets)]

    def _made(self, stem: str, op: Operation, axes: Axes) -> Symbol:
        """The name of an operation on what is known."""
        name = self.names.fresh(stem)
        self.axes[name] = axes
        self.values.append(Variable(name, axes, Origin.INTERMEDIATE))
        self.items.append(op.over(lambda q: name if q in op.targets else q))
        return name
