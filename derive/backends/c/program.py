"""A cell as a program: stages of products and of what is pointwise, forwards and backwards, and where each quantity is.

A step goes stage by stage; a stage goes group by group, one for each size of quantities, and a group panel by panel:
the products of a panel, then its lines, as long as the products' results are at hand. What is read in its own group
alone has no place and is a local variable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sympy import Symbol

from derive.backends.c.operations import Outer, Product, Sum
from derive.backends.c.units import Units
from derive.plan.operations import Contract, HeadReduce, Operation, Pointwise, Reduce, Scan, Softmax
from derive.plan.plan import Plan

Line = Pointwise | Sum
Mixed = Reduce | Scan | Softmax | HeadReduce | Contract


class Home(StrEnum):
    """The kinds of places."""

    INPUT = "INPUT"  # the caller's, row by row
    BEFORE = "BEFORE"  # a state before the step
    AFTER = "AFTER"  # and after it
    FIXED = "FIXED"  # the same at every step, for every sequence
    EARLY = "EARLY"  # of products of the input, for many time steps
    LOCAL = "LOCAL"  # of products of a group, a panel at a time
    PANEL = "PANEL"  # panel by panel
    ROW = "ROW"  # row by row, as the operands of products are
    LATER = "LATER"  # what the later steps give a state's cotangent
    EARLIER = "EARLIER"  # what this step gives it
    D_OUTPUT = "D_OUTPUT"
    D_INPUT = "D_INPUT"
    SUM = "SUM"  # over time and batch


@dataclass(frozen=True)
class Place:
    """Where a quantity is found. slot: which state, product, sum or parameter, or where in its record; block: of a
    product. kept: whether there is one for each time step when a backward pass follows."""

    home: Home
    axis: str
    slot: int
    block: int = 0
    kept: bool = False


@dataclass(frozen=True)
class Group:
    """What is done to the quantities of one size in a stage."""

    axis: str
    products: tuple[Product, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Stage:
    """mixed: what needs all units of what it reads, such as reductions, which comes first."""

    mixed: tuple[Mixed, ...]
    groups: tuple[Group, ...]

    @property
    def operations(self) -> Iterator[Operation]:
        yield from self.mixed
        for group in self.groups:
            yield from group.products
            yield from group.lines


@dataclass(frozen=True, eq=False)
class Program:
    """early: products of the input, before the steps. totals: the sums that a gradient consists of. places: of what is
    not a local variable. rowwise: which states lie row by row, as operands of products. for_later: what only the
    backward pass reads of the forward pass.
    """

    units: Units
    parameters: tuple[Group, ...]
    early: tuple[Product, ...]
    forward: tuple[Stage, ...]
    backward: tuple[Stage, ...]
    outers: tuple[Outer, ...]
    totals: dict[Symbol, tuple[Symbol, ...]]
    places: dict[Symbol, Place] = field(default_factory=dict)
    rowwise: tuple[bool, ...] = ()
    for_later: frozenset[Symbol] = frozenset()

    @property
    def plan(self) -> Plan:
        return self.units.plan

    @property
    def stages(self) -> tuple[Stage, ...]:
        return (*self.forward, *self.backward)

    def is_named(self, q: Symbol) -> bool:
        """Whether a quantity has a name that people read."""
        value = self.plan.values.get(q)
        return value is None or value.named

    def is_late(self, group: Group) -> bool:
        """Whether a group gives the input's cotangent alone, of what is kept for all steps."""
        own = {q for op in group.products for q in op.targets} | {line.target for line in group.lines}
        operands = [self.places[q] for op in group.products for q in op.operand]
        return (
            bool(group.products)
            and all(p.kept for p in operands)
            and all(own.issuperset(line.reads) for line in group.lines)
            and {p.home for line in group.lines if (p := self.places.get(line.target))} == {Home.D_INPUT}
        )


def size_of(op: Operation, axis: Mapping[Symbol, str]) -> str:
    """The size of an operation's group: of its target, or of what is summed over the units too."""
    of_reads = [axis[q] for q in op.reads] if isinstance(op, Sum) else []
    return next((a for a in (axis[op.targets[0]], *of_reads) if a), "")
