"""The calls that statements make, answered with the operations of a plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sympy import Expr, Symbol

from derive.definition.cell import Cell
from derive.notation.quantity import Role
from derive.plan.axes import Axes, axes_of_size, whole
from derive.plan.operations import (
    Broadcast,
    Contract,
    HeadReduce,
    Matmul,
    Operation,
    Pointwise,
    Reduce,
    Scan,
    Skew,
    Softmax,
)
from derive.plan.plan import FIXED, FreshNames, Origin, Phase, Plan, State, Variable
from derive.plan.stores import Pack, Store
from derive.statements.parameter import Parameter
from derive.statements.sizes import LAYERS, every_axis, unprimed
from derive.symbolic.expressions import symbols_in_order


class PlanBuilder:
    """Answers what statements ask for with operations, one after the other in one phase."""

    def __init__(self, cell: Cell, optional: str = "") -> None:
        self.cell, self.phase, self.origin = cell, Phase.STEP, Origin.INTERMEDIATE  # of what the author did not name
        self.phases: dict[Phase, list[Operation]] = {phase: [] for phase in Phase}
        self.stores = stores(cell, optional)
        self.packs = {p.symbol: Pack(s, k, 1) for s in self.stores for k, p in enumerate(s.blocks)}
        self.values: dict[Symbol, Variable] = {v.symbol: v for v in _given(cell)}
        self.names = FreshNames({*cell.sizes, *self.values})
        self.authors = {line.target for line in cell.lines} | {Symbol(s) for s in cell.states}
        self.made: dict[Store, Store] = {}
        self.incoming: tuple[Symbol, ...] = ()
        self.outgoing: tuple[Symbol, ...] = ()
        self.inputs = tuple(i.symbol for i in cell.inputs)
        self.input_cotangents = self.inputs
        self.unnamed: set[Symbol] = set()
        self.subjects: dict[Symbol, str] = {}  # of cotangents, what the loss is differentiated by
        self.gradients: dict[str, Symbol] = {}

    def renamed(self, q: Symbol, name: Symbol) -> None:
        """What was added last, and nobody reads yet, by another name."""
        ops = self.phases[self.phase]
        ops[-1] = ops[-1].over(lambda s: name if s == q else s)
        value = self.values.pop(q)
        self.values[name] = replace(value, symbol=name, named=True, of=self.subjects.get(name, ""))

    def plan(self) -> Plan:
        """What has been gathered."""
        cell = self.cell
        names = zip(cell.states, self.incoming, self.outgoing, strict=True)
        states = tuple(State(s, cell.previous(s), Symbol(s), above, below) for s, above, below in names)
        phases = {phase: tuple(ops) for phase, ops in self.phases.items()}
        return Plan(cell, self.inputs, states, self.stores, self.values, phases, self.input_cotangents, self.gradients)

    def add(self, op: Operation, axes: Axes, origin: Origin | None = None) -> Symbol:
        """An operation with one target, whose axes these are."""
        (target,) = op.targets
        self.phases[self.phase].append(op)
        if origin is None:
            origin = Origin.EQUATION if target in self.authors else self.origin
        self.values[target] = Variable(target, axes, origin, target not in self.unnamed, self.subjects.get(target, ""))
        return target

    def unread(self) -> Symbol:
        """A symbol that nobody reads, for what stands where it is used."""
        self.unnamed.add(symbol := self.names.anonymous())
        return symbol

    # ------------------------------------------------------------------ what statements ask for

    def pointwise(self, expr: Expr, size: str = "", target: Symbol | None = None) -> Symbol:
        axes = axes_of_size(size) if size else self.widest(expr)
        return self.add(Pointwise(target or self.unread(), expr), axes)

    def matmul(
        self,
        weight: Symbol,
        operand: Symbol,
        bias: Symbol | None = None,
        *,
        transposed: bool = False,
        target: Symbol | None = None,
        stem: str = "",
    ) -> Symbol:
        pack = self._multiplying(self.packs[weight])
        rows, cols = pack.axes
        name = target or (self.names.fresh(stem) if stem else self.unread())
        op = Matmul(name, pack, operand, (self.packs[bias],) if bias else (), transposed)
        return self.add(op, axes_of_size(whole(cols) if transposed else rows), Origin.PART if stem else None)

    def reduce(self, how: str, parts: Sequence[Symbol], target: Symbol | None = None, *, stem: str = "") -> Symbol:
        name = target or (self.names.fresh(stem) if stem else self.unread())
        return self.add(Reduce(name, how, tuple(parts)), ())

    def broadcast(self, source: Symbol, size: str, target: Symbol | None = None) -> Symbol:
        return self.add(Broadcast(target or self.unread(), source, size), (size,))

    def scan(self, source: Symbol, *, reverse: bool = False, heads: str = "", target: Symbol | None = None) -> Symbol:
        return self.add(Scan(target or self.unread(), source, reverse, heads), self.values[source].axes)

    def reduce_by_head(self, how: str, source: Symbol, heads: str, target: Symbol | None = None) -> Symbol:
        return self.add(HeadReduce(target or self.unread(), source, how, heads), self.values[source].axes)

    def softmax(self, source: Symbol, heads: str = "", target: Symbol | None = None) -> Symbol:
        return self.add(Softmax(target or self.unread(), source, heads), self.values[source].axes)

    def contract(
        self, factors: Sequence[Symbol], sizes: Sequence[str], axes: str, target: Symbol | None = None
    ) -> Symbol:
        op = Contract(target or self.unread(), tuple(factors), tuple(map(every_axis, sizes)), every_axis(axes))
        return self.add(op, axes_of_size(unprimed(axes)))

    def widest(self, expr: Expr) -> Axes:
        """The axes of a formula: those of the quantities in it that have units, which agree."""
        return max((self.values[q].axes for q in symbols_in_order(expr)), key=len, default=())

    def is_constant(self, q: Symbol) -> bool:
        """Whether a quantity is the same at every time step, for every sequence."""
        return self.values[q].origin in FIXED

    def _multiplying(self, pack: Pack) -> Pack:
        """The blocks that multiply, where they are made of those that are stored."""
        if pack.store.blocks[0].form == "full":
            return pack
        if pack.store not in self.made:
            symbol = self.names.fresh(f"{pack.store.name}_skew")
            self.made[pack.store] = replace(pack.store, name=symbol.name, role="made")
            self.phases[Phase.PARAMETERS].append(Skew(symbol, Pack(pack.store, 0, len(pack.store.blocks))))
            self.values[symbol] = Variable(symbol, pack.store.axes, Origin.INTERMEDIATE)
        return replace(pack, store=self.made[pack.store])


def _given(cell: Cell) -> list[Variable]:
    """What is not computed."""
    found = [Variable(i.symbol, axes_of_size(i.size), Origin.INPUT) for i in cell.inputs]
    found += [
        Variable(cell.previous(s), axes_of_size(cell.sizes[cell.previous(s)]), Origin.PREVIOUS) for s in cell.states
    ]
    for p in cell.declared:
        origin = Origin.CONSTANT if p.kind == "constant" else Origin.PARAMETER
        found.append(Variable(p.symbol, axes_of_size(p.rows), origin))
    return found + [Variable(Symbol(size), (), Origin.SIZE) for size in (*LAYERS, *cell.named_sizes)]


def stores(cell: Cell, optional: str = "") -> tuple[Store, ...]:
    """The tensors that a cell's parameters are stacked in, in the order of appearance."""
    blocks: dict[str, list[Parameter]] = {}
    for p in cell.parameters:
        if p.kind != "constant":
            blocks.setdefault(p.tensor, []).append(p)
    return tuple(
        Store(name, tuple(sorted(ps, key=lambda p: p.block)), _ROLES[ps[0].role], name == optional)
        for name, ps in blocks.items()
    )


_ROLES = {Role.MATRIX: "weight", Role.BIAS: "bias", Role.PARAMETER: "declared"}
