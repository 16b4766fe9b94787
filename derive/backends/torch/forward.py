"""The bodies of ``project_input`` and ``step``, in the sections in which a reader looks for them."""

from __future__ import annotations

from itertools import groupby

from sympy import Symbol

from derive.backends.torch.kept import Kept
from derive.backends.torch.layout import identifier, returned, returned_pair, unpacked
from derive.backends.torch.text import Spelled
from derive.plan.operations import HeadReduce, Matmul, Operation, Pointwise, Reduce, Scan, Softmax, Split
from derive.plan.passes.hoist import known_from
from derive.plan.plan import Origin, Phase, Plan


def names_of(plan: Plan) -> dict[Symbol, str]:
    """How the quantities are spelled in the methods of a module."""
    names = {q: identifier(q.name) for q in plan.values}
    if len(plan.inputs) == 1:
        names[plan.input] = "x"
    names |= {p.symbol: f"p.{p.tensor}" for p in plan.cell.declared if p.kind != "constant"}
    return names | {p.symbol: f"self.{p.name}" for p in plan.cell.constants}


class Forward:
    """What a cell's module does forwards."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.kept, cell = plan, Kept(plan), plan.cell
        self.states = ["x_" if s == "x" else s for s in cell.states]  # to the machinery x is the input
        self.names = names_of(plan) | {self.kept.whole: "x"}
        self.numbers = frozenset(q for q, v in plan.values.items() if v.origin is Origin.CONSTANT)
        self.fixed = frozenset(known_from(plan, [Origin.CONSTANT], [Phase.PARAMETERS]))

    @property
    def before(self) -> list[str]:
        """The body of ``project_input``."""
        text, early, carried = Spelled(self.plan, self.names, self.fixed), self.kept.early, self.kept.carried
        lines = self.kept.cut({*carried, *(q for op in early for q in op.reads)}, self.names)
        lines += [line for op in (*self.kept.biases_of(early), *early) for line in text.lines(op)]
        for q in carried:
            name = self.names[q]
            if q in self.fixed:  # a number, as a tensor
                lines.append(f"{name} = x.new_full((*x.shape[:-1], 1), {name})")
            elif self.plan.phase_of.get(q) is Phase.PARAMETERS:  # the steps find it beside what differs between them
                size = "-1" if self.plan.values[q].axes else "1"
                lines.append(f"{name} = {name}.expand(*x.shape[:-1], {size})")
        return [*lines, *returned([self.names[q] for q in carried])]

    @property
    def step(self) -> list[tuple[str, list[str]]]:
        """The body of ``step``: sections, each a comment and its lines."""
        text, read = (
            Spelled(self.plan, self.names, self.numbers),
            {*self.kept.step_reads, *self.kept.saved, *self.kept.summed},
        )
        previous = [self.names[s.previous] if s.previous in read else "_" for s in self.plan.states]
        carried = [self.names[q] if q in self.kept.step_reads else "_" for q in self.kept.carried]
        given = ((previous, "states"), (carried, "a"))
        head = [line for names, source in given if set(names) != {"_"} for line in unpacked(names, source)]
        found = [("", head)] if head else []
        step = self.plan.phases[Phase.STEP]
        ops = [*self.kept.biases_of(step), *step]
        for title, pairs in groupby(zip(self._sections(ops), ops, strict=True), lambda pair: pair[0]):
            found.append((title, [line for _, op in pairs for line in text.lines(op)]))
        states = [self.names[s.new] for s in self.plan.states]
        found[-1][1].extend(returned_pair(states, [self.names[q] for q in self.kept.computed], "saved"))
        return found

    # ------------------------------------------------------------------ sections

    def _sections(self, ops: list[Operation]) -> list[str]:
        """The section of every operation; what the author did not name belongs to what follows it."""
        titles: list[str] = []
        for op in reversed(ops):
            titles.append(titles[-1] if self._belongs_to_next(op) and titles else self._section(op))
        return titles[::-1]

    def _belongs_to_next(self, op: Operation) -> bool:
        value = self.plan.values[op.targets[0]]
        unnamed = value.origin is not Origin.EQUATION and isinstance(
            op, HeadReduce | Pointwise | Reduce | Scan | Softmax
        )
        return not value.named or (unnamed and not self._is_product(op))

    def _is_product(self, op: Operation) -> bool:
        """Whether an operation is a product, cuts one, or holds one in place."""
        return isinstance(op, Split | Matmul) or any(not self.plan.values[q].named for q in op.reads)

    def _section(self, op: Operation) -> str:
        products = [m for m in self.plan.phases[Phase.STEP] if isinstance(m, Matmul)]
        states = {s.new for s in self.plan.states} | {m.operand for m in products if m.weight.store.optional}
        if states.intersection(op.targets):
            return "New state"
        return "Affine maps" if self._is_product(op) else "Gates"
