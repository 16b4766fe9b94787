"""A plan: a cell as typed operations in phases, with what each quantity in it is.

The phases follow each other: what needs the parameters alone, what needs the inputs of all time steps, one time step,
and the same backwards: coefficients of the backward equations, one time step backwards, the gradients of all steps
together. What one keeps for another is not said but computed (``residuals``, ``kept_back``). Nothing here knows a
programming language.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from itertools import count

from sympy import Add, Symbol

from derive.definition.cell import Cell
from derive.errors import DeriveError
from derive.later import later
from derive.plan.axes import Axes
from derive.plan.operations import Operation, Pointwise, Skew
from derive.plan.stores import Store


class PlanError(DeriveError):
    """A plan that is none: an operation does not fit, or something is read that is not there."""


class Phase(StrEnum):
    """When an operation is done, in this order."""

    PARAMETERS = "parameters"  # once
    SEQUENCE = "sequence"  # for all time steps together, from the inputs
    STEP = "step"  # one time step after the other
    COEFFICIENTS = "coefficients"  # of the backward step, for many time steps together
    BACK = "back"  # one time step before the other
    GRADIENTS = "gradients"  # for all time steps together


class Origin(StrEnum):
    """Where a quantity comes from."""

    INPUT = "input"
    PREVIOUS = "previous"  # a state before the step
    INCOMING = "incoming"  # what reaches a state from the loss and from the later steps
    PARAMETER = "parameter"
    CONSTANT = "constant"
    SIZE = "size"  # a number of units
    EQUATION = "equation"  # the author gave it its name
    INTERMEDIATE = "intermediate"
    ARGUMENT = "argument"  # of a function, computed again for its derivative
    PART = "part"  # a summand of an affine map
    COTANGENT = "cotangent"
    COEFFICIENT = "coefficient"  # a local derivative
    GRADIENT = "gradient"


#: What is the same at every time step, for every sequence.
FIXED = (Origin.PARAMETER, Origin.CONSTANT, Origin.SIZE)
#: What is not computed.
GIVEN = (Origin.INPUT, Origin.PREVIOUS, Origin.INCOMING, *FIXED)
#: What may be written in the place where it is read.
PASSING = (Origin.INTERMEDIATE, Origin.PART, Origin.COEFFICIENT)


@dataclass(frozen=True)
class Variable:
    """A quantity: its axes, where it comes from, and whether it has a name that people read; without one it is printed
    where it is read.

    of: of a cotangent, the name of the quantity by which the loss is differentiated.
    """

    symbol: Symbol
    axes: Axes
    origin: Origin
    named: bool = True
    of: str = ""


@dataclass(frozen=True)
class State:
    """The symbols of a state: before and after the step, and of their cotangents."""

    name: str
    previous: Symbol
    new: Symbol
    incoming: Symbol
    outgoing: Symbol


@dataclass(frozen=True, eq=False, repr=False)
class Plan:
    """What a machine does for a cell.

    inputs, input_cotangents: the first input first. gradients: where each store's gradient is found, by the store's
    name.
    """

    cell: Cell
    inputs: tuple[Symbol, ...]
    states: tuple[State, ...]
    stores: tuple[Store, ...]
    values: Mapping[Symbol, Variable]
    phases: Mapping[Phase, tuple[Operation, ...]]
    input_cotangents: tuple[Symbol, ...]
    gradients: Mapping[str, Symbol] = field(default_factory=dict)

    @later
    def _repr_html_(self) -> str:
        raise NotImplementedError

    @later
    def __repr__(self) -> str:
        """The plan, phase by phase, one operation a line."""
        raise NotImplementedError

    # ------------------------------------------------------------------ what is where

    @property
    def learned(self) -> tuple[Store, ...]:
        """The stores that have a gradient."""
        return tuple(s for s in self.stores if s.learned)

    @property
    def input(self) -> Symbol:
        """The first input."""
        return self.inputs[0]

    def __iter__(self) -> Iterator[tuple[Phase, Operation]]:
        """All operations in order, each with its phase."""
        return ((phase, op) for phase in Phase for op in self.phases.get(phase, ()))

    @cached_property
    def phase_of(self) -> dict[Symbol, Phase]:
        """The phase in which a quantity is defined; what is given has none."""
        return {q: phase for phase, op in self for q in op.targets}

    @cached_property
    def definitions(self) -> dict[Symbol, Operation]:
        """The operation that defines a quantity."""
        return {q: op for _, op in self for q in op.targets}

    @cached_property
    def readings(self) -> Counter[Symbol]:
        """How often each quantity is read; being a result counts as a reading."""
        return Counter([*(q for _, op in self for q in op.reads), *self.results])

    @cached_property
    def results(self) -> tuple[Symbol, ...]:
        """What the plan is for: new states, cotangents of the previous ones and of the inputs, gradients."""
        backward = (*(s.outgoing for s in self.states), *self.input_cotangents, *self.gradients.values())
        return (*(s.new for s in self.states), *(q for q in backward if q in self.phase_of))

    @cached_property
    def kept_back(self) -> tuple[Symbol, ...]:
        """What the steps backwards keep for GRADIENTS, what comes into them included, in their order."""
        read = {q for op in self.phases[Phase.GRADIENTS] for q in op.reads}
        back = (q for op in self.phases[Phase.BACK] for q in op.targets)
        return tuple(q for q in (*(s.incoming for s in self.states), *back) if q in read)

    @cached_property
    def residuals(self) -> tuple[Symbol, ...]:
        """What the forward phases keep for the backward ones, in forward order: inputs, states before the step, and
        quantities that a phase computes."""
        read = {q for phase in BACKWARD for op in self.phases.get(phase, ()) for q in op.reads}
        made = {s for op in self.phases[Phase.PARAMETERS] if isinstance(op, Skew) for s in op.targets}
        forward = {q for q, phase in self.phase_of.items() if phase in FORWARD} - made
        forward |= {*self.inputs, *(s.previous for s in self.states)}
        return tuple(q for q in self.values if q in read & forward)

    def stored(self, store: Store) -> Store:
        """The store of parameters of which another one is made, or itself."""
        made = (op for op in self.phases[Phase.PARAMETERS] if isinstance(op, Skew) and op.target.name == store.name)
        return next((pack.store for op in made for pack in op.packs), store)

    def is_factor(self, q: Symbol) -> bool:
        """Whether a formula reads a quantity elsewhere than as a summand, so that in its place stand brackets."""
        formulas = (op.expr for _, op in self if isinstance(op, Pointwise) and q in op.reads)
        return any(q not in (f.args if isinstance(f, Add) else (f,)) for f in formulas)

    # ------------------------------------------------------------------ another plan from this one

    def with_phases(self, phases: Mapping[Phase, Iterable[Operation]], values: Iterable[Variable] = ()) -> Plan:
        """The same with other operations in some phases, and further values."""
        known = {**self.values, **{v.symbol: v for v in values}}
        return replace(self, values=known, phases={**self.phases, **{p: tuple(ops) for p, ops in phases.items()}})

    def renamed(self, names: Mapping[Symbol, Symbol]) -> Plan:
        """The same with other names for some quantities, which people read from then on."""

        def name(q: Symbol) -> Symbol:
            return names.get(q, q)

        values = {name(q): replace(v, symbol=name(q), named=True) if q in names else v for q, v in self.values.items()}
        phases = {phase: tuple(op.over(name) for op in ops) for phase, ops in self.phases.items()}
        return replace(self, values=values, phases=phases)


FORWARD = (Phase.PARAMETERS, Phase.SEQUENCE, Phase.STEP)
BACKWARD = (Phase.COEFFICIENTS, Phase.BACK, Phase.GRADIENTS)


class FreshNames:
    """FreshNames that nothing else in a plan has."""

    def __init__(self, taken: Iterable[Symbol]) -> None:
        self.taken = {q.name for q in taken}

    def fresh(self, stem: str) -> Symbol:
        """``a_x``, then ``a_x2``, ``a_x3``."""
        name = next(n for k in count(1) if (n := stem if k == 1 else f"{stem}{k}") not in self.taken)
        self.taken.add(name)
        return Symbol(name)

    def anonymous(self) -> Symbol:
        """A symbol that nobody reads: ``%1``."""
        name = next(n for k in count(len(self.taken)) if (n := f"%{k}") not in self.taken)
        self.taken.add(name)
        return Symbol(name)
