"""Whether a plan is one: axes that fit, one assignment for each quantity, phases in order, results that are defined.

A pass that breaks a plan is found here, not in the numbers. The tests check the plan of every cell after every pass.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import singledispatchmethod

from sympy import Symbol

from derive.plan.axes import Axes, axes_of_size, block_axis, blocks_of, named_axes, whole
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
from derive.plan.plan import FIXED, FORWARD, GIVEN, Origin, Phase, Plan, PlanError
from derive.plan.stores import Pack
from derive.statements.sizes import unprimed

_ORDER = [*Phase]
#: What is given, but not from the first phase on.
_GIVEN_IN = {Origin.PREVIOUS: Phase.STEP, Origin.INPUT: Phase.SEQUENCE, Origin.INCOMING: Phase.BACK}


def check(plan: Plan) -> None:
    """Raise PlanError, naming the operation and what is wrong with it, for a plan that is none."""
    Checker(plan).check()


class Checker:
    """One plan, checked operation by operation in the order of the phases."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.values = plan, plan.values
        self.defined: dict[Symbol, Phase] = {}
        self.summed: set[Symbol] = set()  # over all time steps
        self.fixed = {q for q, v in plan.values.items() if v.origin in FIXED}  # the same at every time step

    def check(self) -> None:
        self._stores_and_gradients()
        for phase, op in self.plan:
            where = f"{phase}: {type(op).__name__} of {', '.join(map(str, op.targets))}"
            for q in dict.fromkeys(op.reads):
                self._is_there(q, phase, where)
            for pack in op.packs:
                self._is_stored(pack, where)
            self._sums(op, phase, where)
            self._depends_on_time(op, phase, where)
            try:
                found = self.axes(op)
            except PlanError as e:
                raise PlanError(f"{where}: {e}") from None
            for q, axes in zip(op.targets, found, strict=True):
                self._assign(q, phase, axes, where)
        for q, phase in self.defined.items():
            self._has_name_or_place(q, phase)
        for q, last, axes in self._results():
            self._is_result(q, last, axes)
        self._blocks_are_read()

    # ------------------------------------------------------------------ results

    def _stores_and_gradients(self) -> None:
        names = [s.name for s in self.plan.stores]
        learned = [s.name for s in self.plan.learned]
        for name in names:
            if names.count(name) > 1:
                raise PlanError(f"two stores are called {name}")
            if name in learned and name not in self.plan.gradients:
                raise PlanError(f"store {name} has no gradient")
        for name in self.plan.gradients:
            if name not in learned:
                raise PlanError(f"there is a gradient of {name}, which is none of the plan's stores")

    def _blocks_are_read(self) -> None:
        """No parameter is forgotten: each is read on the way forward."""
        forward = [op for phase, op in self.plan if phase in FORWARD]
        packs = {(p.store.name, p.first + k) for op in forward for p in op.packs for k in range(p.count)}
        symbols = {q for op in forward for q in op.reads}
        for store in self.plan.stores:
            for k, block in enumerate(store.blocks):
                if (store.name, k) not in packs and block.symbol not in symbols:
                    raise PlanError(f"nothing reads {block.name}, block {k} of {store.name}")

    def _results(self) -> Iterable[tuple[Symbol, Phase, Axes]]:
        """What a plan is for: each with the last phase in which it is of use, and its axes."""
        for s in self.plan.states:
            axes = self.values[s.previous].axes
            yield from ((s.new, Phase.STEP, axes), (s.outgoing, Phase.BACK, axes))
        for q, d in zip(self.plan.inputs, self.plan.input_cotangents, strict=True):
            yield d, Phase.GRADIENTS, self.values[q].axes
        for store in self.plan.learned:
            yield self.plan.gradients[store.name], Phase.GRADIENTS, store.axes

    def _is_result(self, q: Symbol, last: Phase, axes: Axes) -> None:
        if q not in self.defined:
            given = q in self.values and self.values[q].origin in GIVEN
            raise PlanError(f"the result {q} is {'given, not computed' if given else 'never defined'}")
        if _ORDER.index(self.defined[q]) > _ORDER.index(last):
            raise PlanError(f"the result {q} is defined in {self.defined[q]}, and the next time step waits for it")
        if self.values[q].axes != axes:
            raise PlanError(f"the result {q} has {_said(self.values[q].axes)}, expected {_said(axes)}")
        if (q in self.summed) != (q in self.plan.gradients.values()):
            expected = "one for each time step" if q in self.summed else "the sum over the time steps"
            raise PlanError(f"the result {q} is not {expected}")

    def _sums(self, op: Operation, phase: Phase, where: str) -> None:
        """A sum over all time steps is there after them, and nothing of one time step reads it."""
        reads_sums = [q in self.summed for q in op.reads]
        if isinstance(op, Accumulate):
            if phase is not Phase.GRADIENTS:
                raise PlanError(f"{where} sums over all time steps, which is done in {Phase.GRADIENTS}")
            if any(reads_sums):
                raise PlanError(f"{where} sums again what is a sum over all time steps")
        elif any(reads_sums) and not all(reads_sums):
            raise PlanError(f"{where} reads a sum over all time steps beside what each time step has")
        if isinstance(op, Accumulate) or any(reads_sums):
            self.summed.update(op.targets)

    def _depends_on_time(self, op: Operation, phase: Phase, where: str) -> None:
        """Machines take what stands with the input to differ from step to step."""
        if not self.fixed.issuperset(op.reads):
            return
        if phase is Phase.SEQUENCE:
            raise PlanError(f"{where} is the same at every time step; expected it in {Phase.PARAMETERS}")
        self.fixed.update(op.targets)

    # ------------------------------------------------------------------ single assignment, order of the phases

    def _is_there(self, q: Symbol, phase: Phase, where: str) -> None:
        value = self.values.get(q)
        if value is None:
            raise PlanError(f"{where} reads {q}, of which nothing is known")
        if value.origin in GIVEN:
            since = _GIVEN_IN.get(value.origin, Phase.PARAMETERS)
            if _ORDER.index(since) > _ORDER.index(phase):
                raise PlanError(f"{where} reads {q} ({value.origin}), which is there from {since} on")
        elif q not in self.defined:
            later = self.plan.phase_of.get(q)
            raise PlanError(f"{where} reads {q}, which is {f'defined later, in {later}' if later else 'never defined'}")

    def _is_stored(self, pack: Pack, where: str) -> None:
        known = {s.name: s for s in self.plan.stores}
        store = pack.store
        if store.role != "made" and known.get(store.name) != store:
            raise PlanError(f"{where} reads {store.name}, which is none of the plan's stores")
        if not 0 <= pack.first < pack.first + pack.count <= len(store.blocks):
            raise PlanError(
                f"{where} reads blocks {pack.first} to {pack.first + pack.count} of {store.name},"
                f" which has {len(store.blocks)}"
            )

    def _assign(self, q: Symbol, phase: Phase, axes: Axes | None, where: str) -> None:
        if q in self.defined:
            raise PlanError(f"{where}: {q} is defined already, in {self.defined[q]}")
        value = self.values.get(q)
        if value is None or value.origin in GIVEN:
            raise PlanError(f"{where}: {q} is {'unknown' if value is None else f'given ({value.origin})'}")
        if axes is not None and axes != value.axes:
            raise PlanError(f"{where}: {q} has axes {_said(value.axes)}, and the operation gives {_said(axes)}")
        self.defined[q] = phase

    def _has_name_or_place(self, q: Symbol, phase: Phase) -> None:
        """What has no name is written where it is read, which is one place in its own phase."""
        if self.values[q].named:
            return
        readers = [p for p, op in self.plan for r in op.reads if r == q]
        if readers != [phase]:
            places = ", ".join(readers) or "nowhere"
            raise PlanError(f"{q} of {phase} has no name, and is read in: {places}; expected one place in {phase}")

    # ------------------------------------------------------------------ axes

    @singledispatchmethod
    def axes(self, op: Operation) -> list[Axes | None]:
        """The axes of an operation's targets, None where any will do."""
        raise PlanError(f"no rule of axes for {type(op).__name__}; give it one in plan/check.py")

    def _of(self, q: Symbol | Pack) -> Axes:
        return q.axes if isinstance(q, Pack) else self.values[q].axes

    @axes.register
    def _(self, op: Pointwise) -> list[Axes | None]:
        found = {self._of(q): q for q in op.reads if self._of(q)}
        if len(found) > 1:
            said = " and ".join(f"{q} {_said(axes)}" for axes, q in found.items())
            raise PlanError(f"its quantities differ in their axes: {said}")
        return [None if op.expr == 0 else next(iter(found), ())]

    @axes.register
    def _(self, op: Matmul) -> list[Axes | None]:
        if len(op.weight.axes) != 2:
            raise PlanError(f"the weight {op.weight.store.name} has {_said(op.weight.axes)}, which is no matrix")
        rows, cols = map(whole, op.weight.axes)
        into, out = (rows, cols) if op.transposed else (cols, rows)
        if self._of(op.operand) != axes_of_size(into):
            raise PlanError(f"the operand {op.operand} has {_said(self._of(op.operand))}, the weight wants [{into}]")
        for bias in op.bias:
            if bias.axes != (out,):
                raise PlanError(f"the bias {bias.store.name} has {_said(bias.axes)}, the product [{out}]")
        return [axes_of_size(out)]

    @axes.register
    def _(self, op: Reduce) -> list[Axes | None]:
        if op.how not in ("sum", "mean", "max"):
            raise PlanError(f"how is {op.how!r}, expected 'sum', 'mean' or 'max'")
        for q in op.parts:
            if self._of(q) == ():
                raise PlanError(f"its part {q} is one number, expected units")
        if not op.parts:
            raise PlanError("it has no parts")
        return [()]

    @axes.register
    def _(self, op: Broadcast) -> list[Axes | None]:
        if self._of(op.source) != ():
            raise PlanError(f"{op.source} has {_said(self._of(op.source))}, expected one number")
        return [(op.axis,)]

    @axes.register
    def _(self, op: Concat) -> list[Axes | None]:
        if not op.parts:
            raise PlanError("it has no parts")
        found = [self._of(q) for q in op.parts]
        blocks = [block_axis(axes[0]) if axes else (1, "1") for axes in found]
        if len({(size, axes[1:]) for (_, size), axes in zip(blocks, found, strict=True)}) > 1:
            raise PlanError(f"its parts do not stand side by side: {', '.join(map(_said, found))}")
        return [(blocks_of(sum(count for count, _ in blocks), blocks[0][1]), *found[0][1:])]

    @axes.register
    def _(self, op: Split) -> list[Axes | None]:
        axes = self._of(op.source)
        count, size = block_axis(axes[0]) if len(axes) == 1 else (0, "")
        if count != len(op.into):
            raise PlanError(f"the source has {_said(axes)}, which are not {len(op.into)} blocks")
        return [axes_of_size(size)] * count

    @axes.register
    def _(self, op: Scan) -> list[Axes | None]:
        return [self._of(op.source)]

    @axes.register
    def _(self, op: HeadReduce | Softmax) -> list[Axes | None]:
        if self._of(op.source) == ():
            raise PlanError(f"{op.source} is one number, expected units")
        return [self._of(op.source)]

    @axes.register
    def _(self, op: Contract) -> list[Axes | None]:
        given = self.values[op.target].axes if op.target in self.values else ()
        for q, axes in ((op.target, op.result), *zip(op.factors, op.axes, strict=True)):
            own = given if q == op.target else self._of(q)
            if tuple(map(unprimed, axes)) != named_axes(own) or len({*axes}) < len(axes):
                raise PlanError(f"{q} is taken with the axes {_said(axes)}, and it has {_said(own)}")
        found = [axis for axes in op.axes for axis in axes]
        for axis in op.result:
            if axis not in found:
                raise PlanError(f"its target has the axis {axis}, which none of its factors has")
        for axis in {*found}.difference(op.result):
            if found.count(axis) < 2:
                raise PlanError(f"{axis} is an axis of one factor, and none of the target {_said(given)}")
        return [given]

    @axes.register
    def _(self, op: Accumulate) -> list[Axes | None]:
        given = self.values[op.target].axes if op.target in self.values else ()
        target = tuple(whole(a) for a in given if a != "1")  # a row of a matrix goes with one number
        for left, right in op.pairs:
            found = (*self._of(left), *(self._of(right) if right is not None else ()))
            if right is not None and found != target:
                raise PlanError(f"{left} and {right} have {_said(found)}, and the target {_said(target)}")
            if right is None and found and target and found != target:
                raise PlanError(f"{left} has {_said(found)}, and the target {_said(target)}")
        return [given]

    @axes.register
    def _(self, op: Skew) -> list[Axes | None]:
        axes = self._of(op.source)
        if len(axes) != 2 or block_axis(axes[0])[1] != axes[1]:
            raise PlanError(f"the source has {_said(axes)}, expected square blocks")
        return [axes]


def _said(axes: Axes) -> str:
    return f"[{', '.join(axes)}]"
