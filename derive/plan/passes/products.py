"""Joining the products of the forward phases: few large ones in the place of one for each weight.

Blocks of weights that multiply the same quantity and lie side by side in one store are one product, cut afterwards;
products that are summed block by block are summed before they are cut; biases go to the products that they fit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container
from dataclasses import dataclass, replace

from sympy import Add, Symbol

from derive.plan.axes import axes_of_size
from derive.plan.operations import Matmul, Operation, Pointwise, Split
from derive.plan.passes.hoist import known_from
from derive.plan.plan import FIXED, FORWARD, FreshNames, Origin, Phase, Plan, Variable
from derive.plan.stores import Pack, Store
from derive.symbolic.expressions import ordered


def join_products(plan: Plan) -> Plan:
    """Needs: the products of the step as the statements ask for them, one for each weight. Gives: as few as the stores
    allow. What depends on the input alone is summed by itself, so that it can be hoisted as one quantity."""
    return _JoiningProducts(plan).plan()


@dataclass(frozen=True)
class _Run:
    """A product in the making: adjacent blocks of a store, from ``first`` on, times an operand, plus whole stores of
    biases. targets: the affine map that each block's result is a part of; names: what it is called by itself."""

    operand: Symbol
    store: Store
    first: int
    targets: tuple[Symbol, ...]
    names: tuple[Symbol, ...]
    biases: tuple[Store, ...] = ()

    @property
    def pack(self) -> Pack:
        return Pack(self.store, self.first, len(self.targets))


Maps = dict[Symbol, list[Matmul]]  # the products of which each affine map is the sum


class _JoiningProducts:
    def __init__(self, plan: Plan) -> None:
        self.before, self.names = plan, FreshNames(plan.values)
        self.early = known_from(plan, (Origin.INPUT, *FIXED), FORWARD)
        self.values: list[Variable] = []
        self.maps = _maps(plan)
        self.loose: dict[Symbol, list[Symbol]] = {target: [] for target in self.maps}  # biases outside every product
        runs, misfits = self._with_biases(self._runs())
        if misfits:  # stores of biases that fit no product: cut the products where those biases end
            runs, misfits = self._with_biases(self._runs(misfits))
        for bias, target in (use for uses in misfits.values() for use in uses):
            self.loose[target].append(bias)
        self.groups = self._groups(runs)
        self.blocks = {group: self._blocks(group) for group in self.groups}
        self.cut_biases = tuple(misfits)

    def plan(self) -> Plan:
        done: set[tuple[_Run, ...]] = set()
        firsts = {products[0].target: target for target, products in self.maps.items()}
        step: list[Operation] = []
        for op in self.before.phases[Phase.STEP]:
            target = firsts.get(op.targets[0])
            if target is not None:
                for group in self.groups:
                    if target in group[0].targets and group not in done:
                        done.add(group)
                        step += self._product(group)
                parts = [
                    n for g in self.groups for n, t in zip(self.blocks[g], g[0].targets, strict=True) if t == target
                ]
                if parts != [target]:
                    step.append(Pointwise(target, ordered(Add, [*parts, *self.loose[target]])))
            elif not _is_of_map(op, self.maps):
                step.append(op)
        cuts = [Split(tuple(p.symbol for p in s.blocks), Pack(s, 0, len(s.blocks))) for s in self.cut_biases]
        self.values += [
            Variable(p.symbol, axes_of_size(p.rows), Origin.PART) for s in self.cut_biases for p in s.blocks
        ]
        parameters = [*self.before.phases[Phase.PARAMETERS], *cuts]
        return self.before.with_phases({Phase.PARAMETERS: parameters, Phase.STEP: step}, self.values)

    # ------------------------------------------------------------------ one group of products

    def _product(self, group: tuple[_Run, ...]) -> list[Operation]:
        """The products of a group, summed and cut; what is known early is summed by itself."""
        names = self.blocks[group]
        ops: list[Operation] = []
        summands: dict[bool, list[Symbol]] = {True: [], False: []}
        for run in group:
            name = names[0] if len(group) == len(names) == 1 else self._anonymous(run.pack)
            biases = tuple(Pack(b, 0, len(b.blocks)) for b in run.biases)
            ops.append(Matmul(name, run.pack, run.operand, biases))
            summands[run.operand in self.early].append(name)
        early, late = summands[True], summands[False]
        if len(early) > 1 and late:
            ops.append(Pointwise(self._anonymous(group[0].pack), ordered(Add, early)))
            early = [ops[-1].targets[0]]
        whole = [*early, *late]
        if len(whole) > 1:
            name = names[0] if len(names) == 1 else self._anonymous(group[0].pack)
            ops.append(Pointwise(name, ordered(Add, whole)))
        if len(names) > 1:
            ops.append(Split(names, ops[-1].targets[0]))
        return ops

    def _anonymous(self, like: Pack) -> Symbol:
        """A name that nobody reads for what has so many blocks."""
        symbol = self.names.anonymous()
        self.values.append(Variable(symbol, axes_of_size(like.axes[0]), Origin.INTERMEDIATE, named=False))
        return symbol

    # ------------------------------------------------------------------ which blocks go together

    def _runs(self, separate: Container[Store | None] = ()) -> list[_Run]:
        """One product for each operand and run of adjacent blocks, in the order of first use. A run ends where one of
        the ``separate`` stores of biases begins or ends."""
        runs: list[_Run] = []
        biased: list[Store | None] = []  # the separate store in which each run's biases are
        for target, products in self.maps.items():
            for op in products:
                bias = op.bias[0].store if op.bias and op.bias[0].store in separate else None
                for k, run in enumerate(runs):
                    adjacent = run.first + len(run.targets) == op.weight.first
                    same = (run.operand, run.store, biased[k]) == (op.operand, op.weight.store, bias)
                    if same and adjacent and target not in run.targets:
                        runs[k] = replace(run, targets=(*run.targets, target), names=(*run.names, op.target))
                        break
                else:
                    runs.append(_Run(op.operand, op.weight.store, op.weight.first, (target,), (op.target,)))
                    biased.append(bias)
        return runs

    def _with_biases(self, runs: list[_Run]) -> tuple[list[_Run], dict[Store, list[tuple[Symbol, Symbol]]]]:
        """Each store of biases joins a product of the same height, if it can one over the input. Also those that
        cannot, each with its biases and the affine maps to which they belong."""
        where: dict[Store, list[tuple[int, Symbol]]] = {}
        for target, products in self.maps.items():
            for pack in (p for op in products for p in op.bias):
                where.setdefault(pack.store, []).append((pack.first, target))
        misfits: dict[Store, list[tuple[Symbol, Symbol]]] = {}
        for store, uses in where.items():
            targets = tuple(t for _, t in sorted(uses, key=lambda use: use[0]))
            fits = [k for k, r in enumerate(runs) if r.targets == targets and len(uses) == len(store.blocks)]
            if fits:
                k = min(fits, key=lambda k: (runs[k].operand not in self.early, k))
                runs[k] = replace(runs[k], biases=(*runs[k].biases, store))
            else:
                misfits[store] = [(store.blocks[block].symbol, target) for block, target in uses]
        return runs, misfits

    def _groups(self, runs: list[_Run]) -> list[tuple[_Run, ...]]:
        """Products of the same height, summed before they are cut where they are all that their targets consist of."""
        heights = Counter(r.targets for r in runs)
        groups: dict[tuple[Symbol, ...], list[_Run]] = {}
        for k, r in enumerate(runs):
            alone = any(len(self.maps[t]) != heights[r.targets] or self.loose[t] for t in r.targets)
            groups.setdefault((Symbol(f"{k}"),) if alone else r.targets, []).append(r)
        return [tuple(g) for g in groups.values()]

    def _blocks(self, group: tuple[_Run, ...]) -> tuple[Symbol, ...]:
        """What the blocks are called: the targets themselves where nothing is left to add."""
        if len(group) > 1:
            return group[0].targets
        (run,) = group
        found = []
        for n, t in zip(run.names, run.targets, strict=True):
            if n == t and self.loose[t]:
                n = self.names.fresh(f"linear_{t}")
                self.values.append(replace(self.before.values[t], symbol=n, origin=Origin.PART))
            found.append(n)
        return tuple(found)


def _maps(plan: Plan) -> Maps:
    """The affine maps of a step: a product, or the sum of products that are parts of it."""
    products = [op for op in plan.phases[Phase.STEP] if isinstance(op, Matmul)]
    parts = {op.target: op for op in products if plan.values[op.target].origin is Origin.PART}
    sums = {op.reads[0]: op for op in plan.phases[Phase.STEP] if isinstance(op, Pointwise) and _sums(op, parts)}
    maps: Maps = {}
    for op in products:
        if op.target in sums:
            maps[sums[op.target].target] = [parts[q] for q in sums[op.target].reads]
        elif op.target not in parts:
            maps[op.target] = [op]
    return maps


def _sums(op: Pointwise, parts: Container[Symbol]) -> bool:
    return isinstance(op.expr, Add) and all(q in parts for q in op.expr.args)


def _is_of_map(op: Operation, maps: Maps) -> bool:
    """Whether an operation is one of those that make up the affine maps."""
    return op.targets[0] in maps or any(op in products for products in maps.values())
