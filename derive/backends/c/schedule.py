"""In which order a cell's operations are done: stages, groups of one size, and what a product's result is taken for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import replace

from sympy import Expr, Symbol

from derive.backends.c.operations import Product, Sum, spelled
from derive.backends.c.places import placed
from derive.backends.c.program import Group, Home, Mixed, Place, Program, Stage, size_of
from derive.backends.c.units import Units, added_in_place, units
from derive.plan.operations import Operation, Pointwise
from derive.plan.passes.stages import in_stages
from derive.plan.plan import FreshNames, Plan


def program(plan: Plan) -> Program:
    """The program of a plan after the passes that suit C."""
    return _Maker(units(plan)).program()


class _Maker:
    def __init__(self, cut: Units) -> None:
        self.units, self.plan, self.axis = cut, cut.plan, cut.axis
        self.names = FreshNames(self.axis)
        self.places: dict[Symbol, Place] = {}

    def program(self) -> Program:
        plan = self.plan
        forward: Sequence[Operation] = self.units.forward
        backward: Sequence[Operation] = (*self._incoming(), *self.units.backward)
        readings = Counter(q for op in (*forward, *backward, *self.units.outers) for q in op.reads)
        readings.update(list(self._results()))
        early = {q for op in forward if isinstance(op, Product) and op.operand[0] in plan.inputs for q in op.targets}
        forward = self._at_hand(added_in_place(forward, readings, early), early)
        backward = self._at_hand(added_in_place(backward, readings, set()))
        backward, totals = self._once(backward)
        first = tuple(op for op in forward if isinstance(op, Product) and op.operand[0] in plan.inputs and not op.onto)
        found = Program(
            self.units,
            self._groups(self.units.parameters),
            first,
            self._stages([op for op in forward if op not in first]),
            self._stages(backward),
            self.units.outers,
            totals,
        )
        return placed(found, self.places, self._results())

    # ------------------------------------------------------------------ what comes in and goes out

    def _incoming(self) -> Iterator[Pointwise]:
        """What reaches a state: from the later steps, and from the output."""
        for k, state in enumerate(self.plan.states):
            size = self.axis[state.previous]
            later = self._named(f"d_{state.name}_later", size, Place(Home.LATER, size, k))
            total: Expr = later
            if k == 0:
                total = later + self._named("d_y", size, Place(Home.D_OUTPUT, size, 0))
            self.axis[state.incoming] = size
            yield Pointwise(state.incoming, total)

    def _named(self, name: str, axis: str, place: Place) -> Symbol:
        symbol = self.names.fresh(name)
        self.axis[symbol], self.places[symbol] = axis, place
        return symbol

    def _results(self) -> dict[Symbol, Place]:
        """The quantities that a step is for, and where they go."""
        found: dict[Symbol, Place] = {}
        for k, s in enumerate(self.plan.states):
            size = self.axis[s.previous]
            found |= {
                self.units.unit(s.new): Place(Home.AFTER, size, k),
                self.units.unit(s.outgoing): Place(Home.EARLIER, size, k),
            }
        for k, (q, d_input) in enumerate(zip(self.plan.inputs, self.plan.input_cotangents, strict=True)):
            if d_input in self.units.blocks:
                found[self.units.unit(d_input)] = Place(Home.D_INPUT, self.axis[q], k)
        return found

    # ------------------------------------------------------------------ stages and groups

    def _at_hand(self, ops: Sequence[Operation], early: Set[Symbol] = frozenset()) -> list[Operation]:
        """The same, where a product's result lies in a place of products, from where a line takes it once."""
        taken: dict[Symbol, Symbol] = {}
        found: list[Operation] = []
        last = {op.targets: k for k, op in enumerate(ops) if isinstance(op, Product)}
        buffers = [p.slot for p in self.places.values() if p.home in (Home.EARLY, Home.LOCAL)]
        for k, op in enumerate(ops):
            if not isinstance(op, Product):
                found.append(op)
                continue
            for block, q in enumerate(op.targets):
                home = Home.EARLY if q in early else Home.LOCAL
                if q not in taken:
                    slot = list(last).index(op.targets) + len(set(buffers))
                    taken[q] = self._named(f"{spelled(q)}_", self.axis[q], Place(home, self.axis[q], slot, block))
            found.append(replace(op, into=tuple(taken[q] for q in op.targets)))
            if last[op.targets] == k:
                found += [Pointwise(q, taken[q]) for q in op.targets]
        return found

    def _once(self, ops: Sequence[Operation]) -> tuple[list[Operation], dict[Symbol, tuple[Symbol, ...]]]:
        """The same with one sum for each size of what is summed, and no second sum of the same."""
        of: dict[tuple[Symbol, str], list[Expr]] = {}
        for op in ops:
            if isinstance(op, Sum):
                of.setdefault((op.target, size_of(op, self.axis)), []).append(op.expr)
        first: dict[tuple[str, tuple[Expr, ...]], Symbol] = {}
        totals: dict[Symbol, tuple[Symbol, ...]] = {}
        for (target, size), exprs in of.items():
            key = size, tuple(exprs)
            if key not in first:
                first[key] = self.names.fresh(target.name) if target in first.values() else target
                self.axis[first[key]] = self.axis[target]
            totals[target] = (*totals.get(target, ()), first[key])
        found = [op for op in ops if not isinstance(op, Sum)]
        return [*found, *(Sum(own, expr) for (_, exprs), own in first.items() for expr in exprs)], totals

    def _stages(self, ops: Sequence[Operation]) -> tuple[Stage, ...]:
        return tuple(
            Stage(tuple(op for op in stage if isinstance(op, Mixed)), self._groups(stage)) for stage in in_stages(ops)
        )

    def _groups(self, ops: Iterable[Operation]) -> tuple[Group, ...]:
        """One for each size; numbers for all units first, as the others may read them."""
        sizes: dict[str, list[Operation]] = {}
        for op in ops:
            if not isinstance(op, Mixed):
                sizes.setdefault(size_of(op, self.axis), []).append(op)
        return tuple(
            Group(
                size,
                tuple(op for op in sizes[size] if isinstance(op, Product)),
                tuple(op for op in sizes[size] if isinstance(op, Pointwise | Sum)),
            )
            for size in sorted(sizes, key=lambda size: size != "")
        )
