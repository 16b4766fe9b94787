"""The operations of a plan: what a machine is asked to do, typed, over quantities with named axes.

What the axes are is said in ``axes``. Time and batch are not mentioned: an operation is for one time step or for many
alike.

To add an operation: a frozen dataclass here with ``targets``, ``reads`` and ``over`` (the same over other quantities),
which one of a single quantity has from ``Unary``,
its rule of axes in ``plan/check.py``, its line in ``plan/text.py``, and a rule in each backend. Operations that nothing
asks for do not stand here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar

from sympy import Expr, Symbol

from derive.plan.axes import Axes
from derive.plan.stores import Pack
from derive.symbolic.expressions import readings, rewrite

Naming = Callable[[Symbol], Symbol]  # another name for a quantity, or its own


@dataclass(frozen=True)
class Operation:
    """What all operations have: what they define, and what they read, as often as they read it.

    mixing: whether a unit of the result needs all units of what is read.
    """

    mixing: ClassVar[bool] = False

    @property
    def targets(self) -> tuple[Symbol, ...]:
        return (self.target,)  # type: ignore[attr-defined]

    @property
    def reads(self) -> tuple[Symbol, ...]:
        raise NotImplementedError

    @property
    def packs(self) -> tuple[Pack, ...]:
        """The blocks of parameters that it reads."""
        return ()

    def over(self, name: Naming) -> Any:
        """The same operation, every quantity in it renamed."""
        raise NotImplementedError


@dataclass(frozen=True)
class Unary(Operation):
    """What is made of one quantity, the source."""

    target: Symbol
    source: Symbol

    @property
    def reads(self) -> tuple[Symbol, ...]:
        return (self.source,)

    def over(self, name: Naming) -> Unary:
        return replace(self, target=name(self.target), source=name(self.source))


@dataclass(frozen=True)
class Pointwise(Operation):
    """target = expr, a formula of quantities of one unit; a number for all units goes with every unit."""

    target: Symbol
    expr: Expr

    @cached_property
    def reads(self) -> tuple[Symbol, ...]:
        return tuple(readings(self.expr))

    def over(self, name: Naming) -> Pointwise:
        return Pointwise(name(self.target), rewrite(self.expr, lambda n: name(n) if isinstance(n, Symbol) else None))


@dataclass(frozen=True)
class Matmul(Operation):
    """target = weight · operand + biases; with ``transposed`` weightᵀ · operand, the operand being as high as the
    weight. Of a store with heads each part of the operand is multiplied by its own block."""

    target: Symbol
    weight: Pack
    operand: Symbol
    bias: tuple[Pack, ...] = ()
    transposed: bool = False
    mixing = True

    @property
    def reads(self) -> tuple[Symbol, ...]:
        return (self.operand, *self.weight.made)

    @property
    def packs(self) -> tuple[Pack, ...]:
        return (self.weight, *self.bias)

    def over(self, name: Naming) -> Matmul:
        return replace(self, target=name(self.target), operand=name(self.operand))


@dataclass(frozen=True)
class Reduce(Operation):
    """target = the sum, the mean or the largest (``how``: "sum", "mean", "max") over all units of the parts, jointly;
    one number."""

    target: Symbol
    how: str
    parts: tuple[Symbol, ...]
    mixing = True

    @property
    def reads(self) -> tuple[Symbol, ...]:
        return self.parts

    def over(self, name: Naming) -> Reduce:
        return Reduce(name(self.target), self.how, tuple(map(name, self.parts)))


@dataclass(frozen=True)
class Broadcast(Unary):
    """target = one number, repeated for every unit of the axis."""

    axis: str


@dataclass(frozen=True)
class Concat(Operation):
    """target = the parts, one after the other along their first axis."""

    target: Symbol
    parts: tuple[Symbol, ...]

    @property
    def reads(self) -> tuple[Symbol, ...]:
        return self.parts

    def over(self, name: Naming) -> Concat:
        return Concat(name(self.target), tuple(map(name, self.parts)))


@dataclass(frozen=True)
class Split(Operation):
    """targets = the equal parts of a quantity, or of blocks of parameters, along the first axis."""

    into: tuple[Symbol, ...]
    source: Symbol | Pack

    @property
    def targets(self) -> tuple[Symbol, ...]:
        return self.into

    @property
    def reads(self) -> tuple[Symbol, ...]:
        return () if isinstance(self.source, Pack) else (self.source,)

    @property
    def packs(self) -> tuple[Pack, ...]:
        return (self.source,) if isinstance(self.source, Pack) else ()

    def over(self, name: Naming) -> Split:
        return Split(tuple(map(name, self.into)), self.source if isinstance(self.source, Pack) else name(self.source))


@dataclass(frozen=True)
class Scan(Unary):
    """target_k = Σ_{j ≤ k} source_j over the units; with ``reverse`` Σ_{j ≥ k}; with ``heads`` over those of that of so
    many equal parts that k is in."""

    reverse: bool = False
    heads: str = ""
    mixing = True


@dataclass(frozen=True)
class Softmax(Unary):
    """target_k = e^{source_k} / Σ_j e^{source_j} over the units; with ``heads`` over those of that of so many equal
    parts that k is in."""

    heads: str = ""
    mixing = True


@dataclass(frozen=True)
class HeadReduce(Unary):
    """target_k = the sum, the mean or the largest (``how``: "sum", "mean", "max") of the source over the units of that
    of ``heads`` equal parts that k is in."""

    how: str
    heads: str
    mixing = True


@dataclass(frozen=True)
class Contract(Operation):
    """target = the product of the factors by named axes, summed over those that the target lacks: axes of one name are
    the same one. axes: of each factor; result: of the target. A prime tells apart axes that are as long."""

    target: Symbol
    factors: tuple[Symbol, ...]
    axes: tuple[Axes, ...]
    result: Axes
    mixing = True

    @property
    def reads(self) -> tuple[Symbol, ...]:
        return self.factors

    def over(self, name: Naming) -> Contract:
        return replace(self, target=name(self.target), factors=tuple(map(name, self.factors)))


@dataclass(frozen=True)
class Accumulate(Operation):
    """target = Σ left ⊗ right, or Σ left, over time and batch, and over the axes that the target lacks; what lacks an
    axis of the target is the same along it. Of a target with heads the blocks on the diagonal. Without pairs it is
    zero."""

    target: Symbol
    pairs: tuple[tuple[Symbol, Symbol | None], ...]

    @property
    def reads(self) -> tuple[Symbol, ...]:
        return tuple(q for pair in self.pairs for q in pair if q is not None)

    def over(self, name: Naming) -> Accumulate:
        pairs = tuple((name(left), None if right is None else name(right)) for left, right in self.pairs)
        return Accumulate(name(self.target), pairs)


@dataclass(frozen=True)
class Skew(Operation):
    """target = V - Vᵀ, block by block; of a store, what multiplies in the place of what is stored."""

    target: Symbol
    source: Symbol | Pack

    @property
    def reads(self) -> tuple[Symbol, ...]:
        return () if isinstance(self.source, Pack) else (self.source,)

    @property
    def packs(self) -> tuple[Pack, ...]:
        return (self.source,) if isinstance(self.source, Pack) else ()

    def over(self, name: Naming) -> Skew:
        return Skew(name(self.target), self.source if isinstance(self.source, Pack) else name(self.source))
