"""What a compiled loop does: the operations of a plan with every quantity cut into its units' blocks.

In: a plan. Out: operations over quantities of one axis, ``"hidden_size"`` or ``""`` for one number for all units.
Blocks that lie one below the other in the plan are quantities of their own here, so that ``split`` and ``concat`` are
gone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sympy import Expr, Symbol

from derive.plan.operations import Naming, Operation, Pointwise
from derive.plan.stores import Pack


def spelled(q: Symbol) -> str:
    """A quantity's name; of one that nobody reads, ``a_1``."""
    return str(q.name).replace("%", "a_")


@dataclass(frozen=True)
class Product(Operation):
    """into = weight · operand + biases, a target for each block of the weight; with ``transposed`` one target, and an
    operand for each block. onto: whether the targets have values already, to which it is added."""

    into: tuple[Symbol, ...]
    weight: Pack
    operand: tuple[Symbol, ...]
    bias: tuple[Pack, ...] = ()
    transposed: bool = False
    onto: bool = False
    mixing = True

    @property
    def targets(self) -> tuple[Symbol, ...]:
        return self.into

    @property
    def reads(self) -> tuple[Symbol, ...]:
        return (*self.operand, *(self.into if self.onto else ()))

    @property
    def packs(self) -> tuple[Pack, ...]:
        return (self.weight, *self.bias)

    def over(self, name: Naming) -> Product:
        return replace(self, into=tuple(map(name, self.into)), operand=tuple(map(name, self.operand)))


@dataclass(frozen=True)
class Sum(Operation):
    """target = Σ expr over time and batch."""

    target: Symbol
    expr: Expr

    @property
    def reads(self) -> tuple[Symbol, ...]:
        return Pointwise(self.target, self.expr).reads

    def over(self, name: Naming) -> Sum:
        moved = Pointwise(self.target, self.expr).over(name)
        return Sum(moved.target, moved.expr)


@dataclass(frozen=True)
class Outer(Operation):
    """The gradient of blocks of a matrix: Σ left ⊗ right over time and batch, for each pair; a left for each block."""

    target: Symbol
    pairs: tuple[tuple[tuple[Symbol, ...], Symbol], ...]

    @property
    def reads(self) -> tuple[Symbol, ...]:
        return tuple(q for left, right in self.pairs for q in (*left, right))

    def over(self, name: Naming) -> Outer:
        pairs = tuple((tuple(map(name, left)), name(right)) for left, right in self.pairs)
        return Outer(name(self.target), pairs)
