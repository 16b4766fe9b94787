"""From a plan to operations over quantities of one unit: blocks are quantities, cutting and joining are only names.

A product whose result is only added to that of another takes that one's place, and adds to what is there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from functools import singledispatchmethod

from sympy import Add, Expr, Symbol

from derive.backends.c.operations import Outer, Product, Sum, spelled
from derive.backends.c.sizes import size_of_axis
from derive.errors import UnsupportedExpression
from derive.plan.axes import block_axis
from derive.plan.operations import (
    Accumulate,
    Broadcast,
    Concat,
    Contract,
    HeadReduce,
    Matmul,
    Operation,
    Pointwise,
    Reduce,
    Scan,
    Skew,
    Softmax,
    Split,
)
from derive.plan.passes.stages import levels
from derive.plan.plan import FreshNames, Phase, Plan, Variable
from derive.plan.stores import Pack
from derive.statements.sizes import ONE
from derive.symbolic.expressions import rewrite

FORWARD = (Phase.SEQUENCE, Phase.STEP)
BACKWARD = (Phase.BACK, Phase.GRADIENTS)


@dataclass(frozen=True)
class Units:
    """A plan's operations, unit by unit.

    axis: of each quantity, "" of one number for all units. blocks: the quantities that a plan's quantity consists of.
    of_parameters: which blocks of parameters a quantity is, where it is neither computed nor a state or the input.
    """

    plan: Plan
    axis: dict[Symbol, str]
    blocks: dict[Symbol, tuple[Symbol, ...]]
    of_parameters: dict[Symbol, Pack]
    parameters: tuple[Operation, ...]
    forward: tuple[Operation, ...]
    backward: tuple[Operation, ...]
    outers: tuple[Outer, ...]

    def unit(self, q: Symbol) -> Symbol:
        """What a quantity of one block is called here."""
        return self.blocks[q][0]


def units(plan: Plan) -> Units:
    """The operations of a plan after the passes that suit C (``files.py``), unit by unit."""
    return _Cutter(plan).units()


class _Cutter:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.names = FreshNames(plan.values)
        self.axis: dict[Symbol, str] = {}
        self.blocks: dict[Symbol, tuple[Symbol, ...]] = {}
        self.of_parameters: dict[Symbol, Pack] = {}
        self.outers: list[Outer] = []
        for v in plan.values.values():
            if v.symbol not in plan.definitions:
                self._new(v)
        self.of_parameters |= {s.blocks[0].symbol: Pack(s, 0, 1) for s in plan.stores if s.role == "declared"}
        self.cuts = {op.source: op.into for _, op in reversed(list(plan)) if isinstance(op, Split)}

    def units(self) -> Units:
        parameters, forward = self._of_parameters()
        forward += [op for phase in FORWARD for op in self._all(phase)]
        backward = [op for phase in BACKWARD for op in self._all(phase)]
        return Units(
            self.plan,
            self.axis,
            self.blocks,
            self.of_parameters,
            tuple(parameters),
            tuple(forward),
            tuple(backward),
            tuple(self.outers),
        )

    def _of_parameters(self) -> tuple[list[Operation], list[Operation]]:
        """What is computed once, unit by unit; and what is done at every step though it is the same: products,
        reductions, what follows from them, and states."""
        once: list[Operation] = []
        always: list[Operation] = []
        again = {s.new for s in self.plan.states}
        for op in self._all(Phase.PARAMETERS):
            if op.mixing or again.intersection((*op.reads, *op.targets)):
                always.append(op)
                again.update(op.targets)
            else:
                once.append(op)
        return once, always

    def _all(self, phase: Phase) -> list[Operation]:
        return [made for op in self.plan.phases[phase] for made in self.cut(op)]

    def _new(self, v: Variable) -> tuple[Symbol, ...]:
        """The blocks of a quantity, under the names that it is cut into if there are such."""
        count, size = block_axis(v.axes[0]) if v.axes else (1, ONE)  # several numbers too are ``"2*1"``
        found: tuple[Symbol, ...] = (v.symbol,)
        if count > 1:
            into = self.cuts.get(v.symbol, ())
            stem = spelled(v.symbol)
            found = into if len(into) == count else tuple(self.names.fresh(f"{stem}_{k}") for k in range(count))
        self.blocks[v.symbol] = found
        self.axis |= dict.fromkeys(found, size_of_axis(size))
        return found

    def _defined(self, q: Symbol) -> tuple[Symbol, ...]:
        return self._new(self.plan.values[q])

    def _formula(self, expr: Expr, k: int) -> Expr:
        """A formula of block k."""

        def unit(node: object) -> Symbol | None:
            if not isinstance(node, Symbol):
                return None
            found = self.blocks[node]
            return found[k if len(found) > 1 else 0]

        return rewrite(expr, unit)

    # ------------------------------------------------------------------ operations

    @singledispatchmethod
    def cut(self, op: Operation) -> list[Operation]:
        """What an operation is, unit by unit."""
        raise NotImplementedError(type(op).__name__)

    @cut.register
    def _(self, op: Pointwise) -> list[Operation]:
        return [Pointwise(unit, self._formula(op.expr, k)) for k, unit in enumerate(self._defined(op.target))]

    @cut.register
    def _(self, op: Matmul) -> list[Operation]:
        into, made = self._defined(op.target), []
        if not self.axis[into[0]]:  # a product gives units, one here, and a number for all units is their sum
            single = tuple(self.names.fresh(f"{spelled(q)}_1") for q in into)
            made = [Reduce(q, "sum", (one,)) for q, one in zip(into, single, strict=True)]
            self.axis |= dict.fromkeys(single, ONE)
            into = single
        return [Product(into, op.weight, self.blocks[op.operand], op.bias, op.transposed), *made]

    @cut.register
    def _(self, op: Reduce) -> list[Operation]:
        self._defined(op.target)
        return [Reduce(op.target, op.how, tuple(unit for q in op.parts for unit in self.blocks[q]))]

    @cut.register
    def _(self, op: Scan | Softmax | HeadReduce | Contract) -> list[Operation]:
        self._defined(op.target)
        return [op.over(lambda q: self.blocks[q][0])]

    @cut.register
    def _(self, op: Broadcast) -> list[Operation]:
        self._defined(op.target)
        return [Pointwise(op.target, op.source)]

    @cut.register
    def _(self, op: Concat) -> list[Operation]:
        self.blocks[op.target] = tuple(unit for q in op.parts for unit in self.blocks[q])
        return []

    @cut.register
    def _(self, op: Split) -> list[Operation]:
        if isinstance(op.source, Pack):
            height = op.source.count // len(op.into)
            for k, q in enumerate(op.into):
                for j, unit in enumerate(self._defined(q)):
                    self.of_parameters[unit] = Pack(op.source.store, op.source.first + k * height + j, 1)
            return []
        source = self.blocks[op.source]
        height = len(source) // len(op.into)
        for k, q in enumerate(op.into):
            self.blocks[q] = source[k * height : (k + 1) * height]
        return []

    @cut.register
    def _(self, op: Skew) -> list[Operation]:
        """The machinery makes V - Vᵀ as it packs, and its gradient as it unpacks."""
        if isinstance(op.source, Symbol):
            self.blocks[op.target] = self.blocks[op.source]
        return []

    @cut.register
    def _(self, op: Accumulate) -> list[Operation]:
        if len(self.plan.values[op.target].axes) == 2:
            pairs = tuple((self.blocks[left], self.blocks[right][0]) for left, right in op.pairs if right is not None)
            self.outers.append(Outer(op.target, pairs))
            self.blocks[op.target] = (op.target,)
            return []
        made: list[Operation] = []
        for k, unit in enumerate(self._defined(op.target)):
            for left, right in op.pairs:
                total = Sum(unit, self._formula(left if right is None else left * right, k))
                if any(self.axis[unit] and self.axis[q] not in ("", self.axis[unit]) for q in total.reads):
                    raise UnsupportedExpression(f"the C kernels have no sum over a part of the axes, and {unit} is one")
                made.append(total)
        return made


# ---------------------------------------------------------------------- products that are added


def added_in_place(ops: Sequence[Operation], readings: Counter[Symbol], early: Set[Symbol]) -> list[Operation]:
    """The same, where a product whose blocks are only added to those of another, in the same stage, adds to them in
    place. readings: how often each quantity is read anywhere. early: what is there for all time steps before."""
    found = list(ops)
    level = levels(ops)
    firsts: list[tuple[Symbol, ...]] = []
    for op in ops:
        if not isinstance(op, Product):
            continue
        near = (p for p in firsts if p[0] in early or level[p[0]] == level[op.targets[0]])
        partner = next((p for p in near if _only_added(found, op.targets, p, readings)), ())
        if not partner:
            firsts.append(op.targets)
            continue
        found[found.index(op)] = replace(op, into=partner, onto=True)
        found = [_without(other, frozenset(op.targets)) for other in found]
    return found


def _only_added(
    ops: Sequence[Operation], one: Sequence[Symbol], other: Sequence[Symbol], readings: Counter[Symbol]
) -> bool:
    """Whether the blocks of two products are read in one place each, where they are added."""
    return (
        len(one) == len(other)
        and all(readings[q] == 1 for q in (*one, *other))
        and all(any(_are_summands(op, a, b) for op in ops) for a, b in zip(one, other, strict=True))
    )


def _are_summands(op: Operation, a: Symbol, b: Symbol) -> bool:
    return isinstance(op, Pointwise) and any({a, b} <= set(node.args) for node in op.expr.atoms(Add))


def _without(op: Operation, gone: frozenset[Symbol]) -> Operation:
    """A formula without these summands."""
    if not isinstance(op, Pointwise) or not gone.intersection(op.reads):
        return op

    def fewer(node: object) -> Expr | None:
        if not isinstance(node, Add) or not gone.intersection(node.args):
            return None
        kept = [a for a in node.args if a not in gone]
        return kept[0] if len(kept) == 1 else Add(*kept, evaluate=False)

    return Pointwise(op.target, rewrite(op.expr, fewer))
