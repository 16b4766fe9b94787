"""What the methods of a module hand to each other, in the orders in which they agree on it."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping

from sympy import Symbol

from derive.backends.torch.layout import unpacked
from derive.plan.operations import Accumulate, Broadcast, Concat, Matmul, Operation, Pointwise, Split
from derive.plan.plan import Phase, Plan
from derive.plan.stores import Pack
from derive.statements.sizes import every_axis
from derive.symbolic.expressions import HIDDEN, INPUT, PROJ

#: How many numbers an input of these sizes has, as ``parts`` takes it.
_WIDTHS = {INPUT: "0", HIDDEN: "self.hidden_size", PROJ: "self.proj_size"}


def _width(axis: str) -> str:
    return _WIDTHS.get(axis, axis if axis.isdecimal() else f"self.{axis}")


class Kept:
    """The quantities that pass from one method to another.

    whole: the input; of several, all of them side by side, from which each method cuts those that it reads. early: the
    operations of ``project_input``; biases: cuts of biases, made where they are read, because they may be absent.
    carried: from ``project_input`` to a step. saved, summed: forward quantities that ``partials`` and ``gradients``
    read; computed: those of them that a step hands over, the others being the layer's. handed: from ``partials`` to a
    step backwards. kept: from the steps backwards to ``gradients``; what is joined first.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.whole = plan.input if len(plan.inputs) == 1 else Symbol("all inputs")
        parameters, after = plan.phases[Phase.PARAMETERS], plan.phases[Phase.GRADIENTS]
        coefficients, back = plan.phases[Phase.COEFFICIENTS], plan.phases[Phase.BACK]
        self.biases = [op for op in parameters if isinstance(op, Split) and isinstance(op.source, Pack)]
        alone = [op for op in parameters if not op.packs or isinstance(op, Matmul)]
        self.early = [*alone, *plan.phases[Phase.SEQUENCE]]

        known = {*plan.residuals, *plan.inputs, *_targets(coefficients)}
        self.handed = tuple(q for q in dict.fromkeys(self._read(back)) if q in known)
        self.saved = self._forward([*self._read(coefficients), *self.handed])
        self.read_after = {
            *self._read(after),
            *([self.whole] if self._makes_zeros() else []),
            *self._without_gradient(),
        }
        self.summed = self._forward(self.read_after)
        layers = {self.whole, *(q for s in plan.states for q in (s.previous, s.new))}
        self.computed = tuple(q for q in dict.fromkeys((*self.saved, *self.summed)) if q not in layers)

        step = {q for op in plan.phases[Phase.STEP] for q in op.reads}
        self.step_reads = step.union(self.computed, (s.new for s in plan.states))
        before = [*plan.inputs, *_targets(self.early)]
        self.carried = tuple(q for q in before if q in self.step_reads) or (self.whole,)

        joins = {op.target for op in back if isinstance(op, Concat)}
        self.kept = tuple(sorted(plan.kept_back, key=lambda q: q not in joins))

    def biases_of(self, ops: Iterable[Operation]) -> list[Operation]:
        """The cuts of biases that these read."""
        read = {q for op in ops for q in op.reads}
        return [op for op in self.biases if read.intersection(op.targets)]

    def _read(self, ops: Iterable[Operation]) -> list[Symbol]:
        """What operations read, with the input in the place of its number of units, which differs by layer."""
        read = (q for op in ops for q in (*op.reads, *([Symbol(op.axis)] if isinstance(op, Broadcast) else [])))
        return [self.plan.input if q == Symbol(INPUT) else q for q in read]

    def _forward(self, read: Iterable[Symbol]) -> tuple[Symbol, ...]:
        """What is kept of the forward pass among what is read, in forward order; the inputs together, first."""
        kept = {*self.plan.residuals, *self.plan.inputs, self.whole}.intersection(read)
        inputs = (self.whole,) if kept.intersection((*self.plan.inputs, self.whole)) else ()
        return (*inputs, *(q for q in self.plan.values if q in kept.difference(self.plan.inputs)))

    def cut(self, read: Container[Symbol], names: Mapping[Symbol, str]) -> list[str]:
        """The line that cuts several inputs, those that are read under their names."""
        cut = [names[q] if q in read else "_" for q in self.plan.inputs]
        if self.whole == self.plan.input or set(cut) == {"_"}:
            return []
        sizes = [" * ".join(map(_width, every_axis(i.size))) or "1" for i in self.plan.cell.inputs]
        return unpacked(cut, f"parts(x, {', '.join(sizes)})")

    def _without_gradient(self) -> list[Symbol]:
        """Of several inputs those that conditions alone read: zeros of their kind are made."""
        pairs = zip(self.plan.inputs, self.plan.input_cotangents, strict=True)
        ops = ((q, self.plan.definitions.get(d)) for q, d in pairs if self.whole not in self.plan.inputs)
        return [q for q, op in ops if isinstance(op, Pointwise) and op.expr == 0]

    def _makes_zeros(self) -> bool:
        """Whether some biases of a store, not all, have a gradient of zero: zeros are made of the input's kind."""
        biases = [self.plan.definitions[self.plan.gradients[s.name]] for s in self.plan.stores if s.role == "bias"]
        parts = [self.plan.definitions[q] for op in biases if isinstance(op, Concat) for q in op.parts]
        return any(isinstance(op, Accumulate) and not op.pairs for op in parts)


def _targets(ops: Iterable[Operation]) -> list[Symbol]:
    return [q for op in ops for q in op.targets]
