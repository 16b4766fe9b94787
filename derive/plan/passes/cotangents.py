"""Joining the products of the backward phases: one product for adjacent blocks, one gradient for each store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sympy import Symbol

from derive.notation.quantity import cotangent
from derive.plan.axes import Axes, blocks_of
from derive.plan.operations import Accumulate, Concat, Matmul, Operation, Pointwise, Skew, Split
from derive.plan.plan import FreshNames, Origin, Phase, Plan, Variable
from derive.plan.stores import Pack, Store
from derive.symbolic.arithmetic import total


def join_cotangents(plan: Plan) -> Plan:
    """Needs: the products of BACK and GRADIENTS one for each weight, gradients one for each parameter. Gives: the
    cotangents of adjacent blocks side by side, one product of them in the order of the stores, a gradient for each
    store; what was joined once is not joined again."""
    return _JoiningCotangents(plan).plan()


def cut_again(plan: Plan) -> Plan:
    """Needs: ``join_cotangents``. Gives: of what BACK joins and keeps for GRADIENTS the parts are not kept too; they
    are cut from it there."""
    kept = set(plan.kept_back)
    cuts = [
        Split(op.parts, op.target)
        for op in plan.phases[Phase.BACK]
        if isinstance(op, Concat) and op.target in kept and kept.intersection(op.parts)
    ]
    if not cuts:
        return plan
    names, again, values, ops = FreshNames(plan.values), dict[Symbol, Symbol](), list[Variable](), list[Operation]()
    for op in cuts:  # what is in two of them is read of the first
        parts = tuple(names.fresh(q.name) for q in op.into)
        values += [replace(plan.values[q], symbol=part) for q, part in zip(op.into, parts, strict=True)]
        again = dict(zip(op.into, parts, strict=True)) | again
        ops.append(Split(parts, op.source))
    ops += [op.over(lambda q: again.get(q, q)) for op in plan.phases[Phase.GRADIENTS]]
    return plan.with_phases({Phase.GRADIENTS: ops}, values)


class _JoiningCotangents:
    def __init__(self, plan: Plan) -> None:
        self.before = plan
        cotangents = map(cotangent, plan.cell.sizes)  # d_a is that of a, if there is an a
        self.names = FreshNames([*plan.values, *cotangents])
        self.joined: dict[tuple[Symbol, ...], Symbol] = {}
        self.values: list[Variable] = []
        self.order = {store.name: k for k, store in enumerate(plan.stores)}

    def plan(self) -> Plan:
        back = self._products(self.before.phases[Phase.BACK])
        after = self._products(self.before.phases[Phase.GRADIENTS])
        gradients = {store.name: Symbol(f"d_{store.name}") for store in self.before.learned}
        for store in self.before.learned:
            after += self._gradient(store, gradients[store.name])
        plan = self.before.with_phases({Phase.BACK: back, Phase.GRADIENTS: after}, self.values)
        return replace(plan, gradients=gradients)

    # ------------------------------------------------------------------ products

    def _products(self, ops: Iterable[Operation]) -> list[Operation]:
        """The operations of a phase, gradients apart, with the products that one formula adds joined."""
        found: list[Operation] = []
        waiting: dict[Symbol, Matmul] = {}
        results = self.before.gradients.values()
        for op in ops:
            if isinstance(op, Matmul) and not self.before.values[op.target].named:
                waiting[op.target] = op
            elif isinstance(op, Pointwise) and waiting.keys() & set(op.reads):
                found += self._sum(op, [waiting.pop(q) for q in op.reads if q in waiting])
            elif not isinstance(op, Accumulate | Skew) and op.targets[0] not in results:
                found.append(op)
        return found

    def _sum(self, op: Pointwise, products: Sequence[Matmul]) -> list[Operation]:
        """A formula to which products are added."""
        apart = {p.target for p in products}
        rest = [a for a in (op.expr.args if op.expr.is_Add else (op.expr,)) if a not in apart]
        found: list[Operation] = []
        joined: list[Matmul] = []
        for run in self._runs(products):
            first = run[0].weight
            source, join = self._join(tuple(p.operand for p in run), self._place(op.target), first.axes[0])
            found += join
            pack = Pack(first.store, first.first, len(run))
            joined.append(Matmul(self._anonymous(self.before.values[op.target].axes), pack, source, (), True))
        if len(joined) == 1 and not rest:
            return [*found, replace(joined[0], target=op.target)]
        return [*found, *joined, Pointwise(op.target, total(*rest, *(p.target for p in joined)))]

    def _runs(self, products: Sequence[Matmul]) -> list[list[Matmul]]:
        """The products in runs of adjacent blocks of one store."""
        runs: list[list[Matmul]] = []
        for p in sorted(products, key=lambda p: (self._rank(p.weight.store), p.weight.first)):
            last = runs[-1][-1].weight if runs else None
            if last is not None and (last.store, last.first + 1) == (p.weight.store, p.weight.first):
                runs[-1].append(p)
            else:
                runs.append([p])
        return runs

    def _rank(self, store: Store) -> int:
        first = store.blocks[0]
        return next(k for k, s in enumerate(self.before.stores) if s.blocks[0] == first)

    def _join(self, parts: tuple[Symbol, ...], where: str, axis: str) -> tuple[Symbol, list[Operation]]:
        """The cotangents side by side, and the operation where nothing has joined them before."""
        if len(parts) == 1:
            return parts[0], []
        if parts in self.joined:
            return self.joined[parts], []
        name = self.names.fresh(f"d_a_{where}" if self.joined else "d_a")
        self.joined[parts] = name
        self.values.append(Variable(name, (blocks_of(len(parts), axis),), Origin.COTANGENT))
        return name, [Concat(name, parts)]

    def _place(self, d: Symbol) -> str:
        """The quantity whose cotangent this is; of a state before the step, the state."""
        before = {s.outgoing: s.name for s in self.before.states}
        return before.get(d, self.before.values[d].of)

    # ------------------------------------------------------------------ gradients

    def _gradient(self, store: Store, target: Symbol) -> list[Operation]:
        """The gradient of a store, of runs of blocks whose cotangents go with the same operands."""
        whole = self.before.definitions[self.before.gradients[store.name]]
        sums = [self._terms(q) for q in (whole.parts if isinstance(whole, Concat) else whole.targets)]
        skew = store.blocks[0].form == "antisymmetric"
        runs: list[list[tuple[tuple[Symbol, Symbol | None], ...]]] = []
        for pairs in sums:
            if runs and store.role != "declared" and [q for _, q in pairs] == [q for _, q in runs[-1][0]]:
                runs[-1].append(pairs)
            else:
                runs.append([pairs])
        found: list[Operation] = []
        parts: list[Symbol] = []
        first = 0
        for run in runs:
            axes = Pack(store, first, len(run)).axes
            first += len(run)
            summed: list[tuple[Symbol, Symbol | None]] = []
            for column in zip(*run, strict=True):
                where = store.name.rpartition("_")[2]
                source, join = self._join(tuple(d for d, _ in column), where, store.blocks[0].rows)
                found += join
                summed.append((source, column[0][1]))
            alone = len(runs) == 1 and not skew
            name = target if alone else self._anonymous(axes, Origin.GRADIENT)
            found.append(Accumulate(name, tuple(summed)))
            parts.append(name)
        if len(parts) > 1:
            found.append(Concat(self._anonymous(store.axes, Origin.GRADIENT) if skew else target, tuple(parts)))
        if skew:
            found.append(Skew(target, found[-1].targets[0]))
        self.values.append(Variable(target, store.axes, Origin.GRADIENT))
        return found

    def _terms(self, gradient: Symbol) -> tuple[tuple[Symbol, Symbol | None], ...]:
        """What a parameter's gradient sums."""
        op = self.before.definitions[gradient]
        if isinstance(op, Skew):
            op = self.before.definitions[op.reads[0]]
        assert isinstance(op, Accumulate)
        return op.pairs

    def _anonymous(self, axes: Axes, origin: Origin = Origin.COTANGENT) -> Symbol:
        symbol = self.names.anonymous()
        self.values.append(Variable(symbol, axes, origin, named=False))
        return symbol
