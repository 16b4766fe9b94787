"""The body of ``all_steps``: the steps of a cell for all time steps together, where its states are linear in those
before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from derive.backends.torch.forward import Forward
from derive.backends.torch.layout import assigned, bracketed, unpacked
from derive.backends.torch.text import Spelled
from derive.plan.axes import named_axes
from derive.plan.factors import Factor
from derive.plan.linear import Delay, Item, Parallel, Recurrence
from derive.plan.plan import State


class AllSteps:
    """What a module computes of all time steps at once, out of what ``project_input`` gives."""

    def __init__(self, forward: Forward, found: Parallel) -> None:
        self.plan, self.items, self.kept = found.plan, found.items, forward.kept
        self.names = forward.names | {q: q.name for q in found.plan.values if q not in forward.names}
        self.text = Spelled(self.plan, self.names, forward.numbers)
        self.output = [self.names[s.new] for s in self.plan.states]

    @property
    def lines(self) -> list[str]:
        """The body."""
        read = {q for item in self.items for q in item.reads} | {s.new for s in self.plan.states}
        ops = [item for item in self.items if not isinstance(item, Recurrence | Delay)]
        carried = [self.names[q] if q in read else "_" for q in self.kept.carried]
        lines = unpacked(carried, "self.project_input(x, p)")
        lines += [line for op in self.kept.biases_of(ops) for line in self.text.lines(op)]
        lines += [line for item in self.items for line in self._item(item)]
        return [*lines, f"return {self.output[0]}, {bracketed(f'{name}[-1]' for name in self.output)}"]

    def _item(self, item: Item) -> Sequence[str]:
        if isinstance(item, Delay):
            names = self.names[item.state.previous], self.names[item.state.new]
            return [f"{names[0]} = delayed({names[1]}, {self._first(item.state)})"]
        return list(self._scan(item)) if isinstance(item, Recurrence) else self.text.lines(item)

    def _scan(self, item: Recurrence) -> Iterator[str]:
        rows = [[self._factor(f, s) for f in row] for row, s in zip(item.factors, item.states, strict=True)]
        terms, first = [self.text.code(b) for b in item.terms], [self._first(s) for s in item.states]
        names = [self.names[s.new] for s in item.states]
        if len(names) == 1:
            yield from assigned(names[0], f"linear_scan(x, {rows[0][0]}, {terms[0]}, {first[0]})")
            return
        yield from ["factors = (", *(f"    ({', '.join(row)})," for row in rows), ")"]
        yield from assigned("terms", bracketed(terms))
        yield from unpacked(names, f"coupled_scan(x, factors, terms, {bracketed(first)})")

    def _factor(self, factor: Factor, state: State) -> str:
        own, axes = (named_axes(a) for a in (factor.axes, self.plan.values[state.new].axes))
        text = self.text.code(factor.expr)
        return f'along(self, "{" ".join(own)} -> {" ".join(axes)}", {text})' if own and own != axes else text

    def _first(self, state: State) -> str:
        return f"states[{self.plan.states.index(state)}]"
