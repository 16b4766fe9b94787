"""The body of ``quantities``: all that the equations name, by its name."""

from __future__ import annotations

from collections.abc import Iterable

from sympy import Symbol

from derive.backends.torch.choice import with_choice
from derive.backends.torch.forward import Forward, names_of
from derive.backends.torch.layout import INDENT, WIDTH, unpacked
from derive.backends.torch.text import Spelled
from derive.definition.cell import Cell
from derive.plan.build import as_written
from derive.plan.operations import Operation, Skew
from derive.plan.passes import run
from derive.plan.passes.hoist import hoist_parameters, known_from
from derive.plan.passes.products import join_products
from derive.plan.plan import FIXED, FORWARD, Origin


class Traced:
    """What each equation gives. Most of it ``project_input`` and ``step`` hand on; what they do not, because nothing
    backwards reads it or the stable form has none of it, is computed of that by the author's formulas."""

    def __init__(self, forward: Forward, cell: Cell) -> None:
        states, kept = forward.plan.states, forward.kept
        self.wanted = [line.target for line in cell.lines]
        self.given = {
            "a": kept.carried,
            "states": tuple(s.previous for s in states),
            "kept": (*(s.new for s in states), *kept.computed),
        }
        there = {*self.given["a"], *self.given["kept"]}.intersection(self.wanted)
        self.names, self.ops, self.numbers = dict(forward.names), list[Operation](), frozenset[Symbol]()
        missing = [q for q in self.wanted if q not in there]
        if missing:
            plan = run(as_written(with_choice(cell)), (join_products, hoist_parameters))
            numbers = frozenset(known_from(plan, [Origin.CONSTANT], FORWARD))
            self.ops = _leading_to(missing, there - numbers, [op for _, op in plan])
            read = {*self.wanted, *(q for op in self.ops for q in op.reads)}
            self.names = names_of(plan) | {q: "_" for op in self.ops for q in op.targets if q not in read}
            self.numbers = numbers.intersection(q for op in self.ops for q in op.targets)
            self.text = Spelled(plan, self.names, numbers)
            self.text.constant = known_from(plan, FIXED, FORWARD)

    @property
    def lines(self) -> list[str]:
        """The body."""
        read = {*self.wanted, *(q for op in self.ops for q in op.reads)}
        made = {q for op in self.ops for q in op.targets}
        lines: list[str] = []
        for source, quantities in self.given.items():
            names = [self.names[q] if q in read - made else "_" for q in quantities]
            lines += unpacked(names, source) if set(names) != {"_"} else []
            made.update(quantities)  # one that the step hands on as it came is read once
        lines += [line for op in self.ops for line in self.text.lines(op)]
        return [*lines, *self._returned()]

    def _returned(self) -> list[str]:
        items = [f'"{q.name}": {self._as_tensor(q)}' for q in self.wanted]
        line = f"return {{{', '.join(items)}}}"
        return [line] if INDENT + len(line) <= WIDTH else ["return {", *(f"    {item}," for item in items), "}"]

    def _as_tensor(self, q: Symbol) -> str:
        name = self.names[q]
        return f"x.new_full((1,), {name})" if q in self.numbers else name


def _leading_to(wanted: Iterable[Symbol], there: set[Symbol], ops: list[Operation]) -> list[Operation]:
    """The operations, in order, that give what is wanted from what is there; ``prepare`` has made V - Vᵀ."""
    read, found = set(wanted), list[Operation]()
    for op in reversed(ops):
        if read.intersection(op.targets) - there and not isinstance(op, Skew):
            read.update(op.reads)
            found.insert(0, op)
    return found
