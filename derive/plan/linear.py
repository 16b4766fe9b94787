"""Recurrences that are linear in the state, unit by unit, recognised from the operations of a step.

``s_t = a_t ⊙ s_{t-1} + b_t``, where a and b need no step before, is done for all time steps together: two steps after
each other are one, ``(a₂, b₂) ∘ (a₁, b₁) = (a₂ ⊙ a₁, a₂ ⊙ b₁ + b₂)``, and ∘ is associative. Several states that read
each other have a small matrix for each unit in the place of a. What reads a state that is known for all steps is known
for all steps itself, so that one recurrence may follow another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import singledispatchmethod
from typing import NamedTuple

from sympy import Add, Expr, Mul, Piecewise, S, Symbol

from derive.errors import DeriveError
from derive.plan.axes import Axes, named_axes
from derive.plan.operations import Contract, Operation, Pointwise
from derive.plan.plan import FreshNames, Origin, Phase, Plan, State, Variable
from derive.statements.sizes import joined
from derive.symbolic.derivatives import product, times, total
from derive.symbolic.expressions import symbols_in_order

MIXES, CURVED = "mixes the units of", "is not linear in"
SQUARE = "scales rows or columns of the square matrix"  # likewise
UNLIKE = "adds factors of different sizes to"  # which is linear, and has no form here


class NotLinear(DeriveError):
    """A step whose states have to wait for each other. target: the quantity at which it is seen; state: the state
    before the step of which it is no such function; says: what it does with it."""

    def __init__(self, target: Symbol, state: Symbol, says: str) -> None:
        self.target, self.state, self.says = target, state, says
        super().__init__(f"{target} {says} {state}")


class Factor(NamedTuple):
    """A formula that multiplies a state; what lacks an axis of the state is the same along it."""

    expr: Expr
    axes: Axes


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


class _Form(NamedTuple):
    """A quantity as a linear function of states before the step."""

    factors: dict[Symbol, Factor]
    rest: Expr


class _Ordering:
    """Puts first what is known for all time steps, then the states that depend on nothing else, and so on."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.waiting = list(plan.phases[Phase.STEP])
        self.definitions = {q: op for op in self.waiting for q in op.targets}
        self.unknown = {*self.definitions, *(s.previous for s in plan.states)}
        self.items: list[Item] = []
        self.values: list[Variable] = []
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
        forms = _Forms(self, {s.previous for s in states})
        rows = [forms.of(s.new) for s in states]
        factors = tuple(tuple(row.factors.get(s.previous, Factor(S.Zero, ())) for s in states) for row in rows)
        self._add(Recurrence(states, factors, tuple(row.rest for row in rows)))
        self.waiting = [op for op in self.waiting if self.unknown.intersection(op.targets)]

    def made(self, stem: str, op: Operation, axes: Axes) -> Symbol:
        """The name of an operation on what is known."""
        name = self.names.fresh(stem)
        self.values.append(Variable(name, axes, Origin.INTERMEDIATE))
        self.items.append(op.over(lambda q: name if q in op.targets else q))
        return name


class _Forms:
    """What a step says of quantities, as linear functions of some states before it."""

    def __init__(self, ordering: _Ordering, previous: set[Symbol]) -> None:
        self.ordering, self.found = ordering, dict[Symbol, _Form]()
        self.axes = {q: v.axes for q, v in ordering.plan.values.items()}
        self.found |= {q: _Form({q: Factor(S.One, ())}, S.Zero) for q in previous}

    def of(self, q: Symbol) -> _Form:
        if q not in self.ordering.unknown:
            return _Form({}, q)
        if q not in self.found:
            self.found[q] = self._form(self.ordering.definitions[q])
        return self.found[q]

    @singledispatchmethod
    def _form(self, op: Operation) -> _Form:
        raise self._fail(op, next(q for q in op.reads if q in self.ordering.unknown), MIXES)

    def _fail(self, op: Operation, q: Symbol, says: str) -> NotLinear:
        """The error for an operation on a quantity that depends on a state."""
        before = {s.previous for s in self.ordering.plan.states}
        while q not in before:
            q = next(r for r in self.ordering.definitions[q].reads if r in self.ordering.unknown)
        return NotLinear(op.targets[0], q, says)

    @_form.register
    def _(self, op: Pointwise) -> _Form:
        for q in op.reads:  # the first quantity at which it is seen is said
            self.of(q)
        try:
            parts, rest = _split(op.expr, self.ordering.unknown)
        except _Curved as found:
            raise self._fail(op, found.symbol, CURVED) from None
        factors: dict[Symbol, Factor] = {}
        for q, local in parts.items():
            own = self.of(q)
            for state, factor in own.factors.items():
                new = self._times(op, Factor(local, self._widest(local)), factor)
                factors[state] = self._plus(op, q, factors[state], new) if state in factors else new
            rest = total(rest, times(own.rest, local)) if own.rest != 0 else rest
        return _Form(factors, rest)

    @_form.register
    def _(self, op: Contract) -> _Form:
        """A product with a state, unit by unit: nothing is summed over."""
        (q, *more), others = [f for f in op.factors if f in self.ordering.unknown], list(op.factors)
        others.remove(q)
        own, given = self.of(q), dict(zip(op.factors, op.axes, strict=True))
        if more:
            raise self._fail(op, q, CURVED)
        if given[q] != op.result or any({*given[f]} - {*op.result} for f in others):
            raise self._fail(op, q, MIXES)
        if any("'" in axis for axis in op.result) and any({*given[f]} & {*op.result[-2:]} for f in others):
            raise self._fail(op, q, SQUARE)
        factor = Factor(others[0], self.axes[others[0]]) if len(others) == 1 else self._contracted(op, others)
        found = {state: self._times(op, factor, f) for state, f in own.factors.items()}
        if own.rest == 0:
            return _Form(found, S.Zero)
        rest = self.ordering.made(q.name, Pointwise(q, own.rest), self.axes[q])
        again = replace(op, factors=tuple(rest if f == q else f for f in op.factors))
        return _Form(found, self.ordering.made(op.target.name, again, self.axes[op.target]))

    def _contracted(self, op: Operation, factors: Sequence[Symbol]) -> Factor:
        """The product of several factors, with the axes that they have."""
        (target,) = op.targets
        values = self.axes | {v.symbol: v.axes for v in self.ordering.values}
        own = {axis for f in factors for axis in named_axes(values[f])}
        heads, _, size = self.axes[target][0].rpartition(":")
        axes = (joined(heads if heads in own else "", [axis for axis in size.split("×") if axis in own]),)
        made = Contract(target, tuple(factors), tuple(named_axes(values[f]) for f in factors), named_axes(axes))
        return Factor(self.ordering.made(f"a_{target}", made, axes), axes)

    def _times(self, op: Operation, a: Factor, b: Factor) -> Factor:
        if a.axes and b.axes and a.axes != b.axes:
            return self._contracted(op, [self._named(op, f) for f in (a, b)])
        return Factor(times(b.expr, a.expr), a.axes or b.axes)

    def _named(self, op: Operation, factor: Factor) -> Symbol:
        """The symbol that a factor is, or one of its own."""
        if isinstance(factor.expr, Symbol):
            return factor.expr
        (target,) = op.targets
        return self.ordering.made(f"a_{target}", Pointwise(target, factor.expr), factor.axes)

    def _plus(self, op: Operation, q: Symbol, a: Factor, b: Factor) -> Factor:
        if a.axes and b.axes and a.axes != b.axes:
            raise self._fail(op, q, UNLIKE)
        return Factor(total(a.expr, b.expr), a.axes or b.axes)

    def _widest(self, expr: Expr) -> Axes:
        return max((self.axes[q] for q in symbols_in_order(expr)), key=len, default=())


class _Curved(Exception):
    """A formula that is not linear in a symbol."""

    def __init__(self, symbol: Symbol) -> None:
        self.symbol = symbol


def _split(expr: Expr, unknown: set[Symbol]) -> tuple[dict[Symbol, Expr], Expr]:
    """What multiplies each of these symbols, and what is added, of a formula that is linear in them as written."""
    read = [q for q in symbols_in_order(expr) if q in unknown]
    if not read:
        return {}, expr
    if isinstance(expr, Symbol):
        return {expr: S.One}, S.Zero
    if isinstance(expr, Add):
        parts = [_split(a, unknown) for a in expr.args]
        factors = {q: total(*(f[q] for f, _ in parts if q in f)) for q in read}
        return factors, total(*(rest for _, rest in parts))
    if isinstance(expr, Mul):
        inner = [a for a in expr.args if unknown.intersection(a.free_symbols)]
        if len(inner) == 1:
            found, rest = _split(inner[0], unknown)
            return {q: _with(expr, inner[0], f) for q, f in found.items()}, _with(expr, inner[0], rest)
    if isinstance(expr, Piecewise) and not any(unknown.intersection(c.free_symbols) for _, c in expr.args):
        cases = [(*_split(value, unknown), condition) for value, condition in expr.args]
        factors = {q: Piecewise(*((f.get(q, S.Zero), c) for f, _, c in cases), evaluate=False) for q in read}
        return factors, Piecewise(*((rest, c) for _, rest, c in cases), evaluate=False)
    raise _Curved(read[0])


def _with(expr: Mul, old: Expr, new: Expr) -> Expr:
    """A product with another factor in the place of one."""
    return product(*(new if a is old else a for a in expr.args))
