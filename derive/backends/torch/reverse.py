"""The bodies of ``partials``, ``step_backward`` and ``gradients``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sympy import Symbol

from derive.backends.torch.forward import Forward
from derive.backends.torch.layout import INDENT, WIDTH, argument, returned, returned_pair, unpacked
from derive.backends.torch.text import Spelled
from derive.errors import UnsupportedExpression
from derive.notation.quantity import PREVIOUS
from derive.plan.operations import Concat, Operation, Pointwise, Split
from derive.plan.plan import Phase
from derive.symbolic.expressions import HIDDEN, INPUT, PROJ

_SIZES = {
    Symbol(HIDDEN): "self.hidden_size",
    Symbol(INPUT): "x.size(-1)",
    Symbol(PROJ): "(self.proj_size or self.hidden_size)",
}


class Reverse:
    """What a cell's module does backwards."""

    def __init__(self, forward: Forward) -> None:
        self.plan, self.states, self.kept = forward.plan, forward.states, forward.kept
        self.back, self.after = self.plan.phases[Phase.BACK], self.plan.phases[Phase.GRADIENTS]
        self.names = forward.names | _SIZES
        self.text = Spelled(self.plan, self.names, forward.numbers | frozenset(_SIZES))
        joined = {op.target: op for op in self.back if isinstance(op, Concat)}
        for op in self.after:  # a part that is cut again has its old name
            if isinstance(op, Split) and op.source in joined:
                self.names |= {q: self.names[p] for q, p in zip(op.into, joined[op.source].parts, strict=True)}

    def public(self, quantities: Sequence[Symbol]) -> list[str]:
        """The names by which the layer knows quantities."""
        pairs = list(zip(self.plan.states, self.states, strict=True))
        plain = {s.new: name for s, name in pairs} | {s.previous: name + PREVIOUS for s, name in pairs}
        return [plain.get(q, self.names[q]) for q in quantities]

    @property
    def partials(self) -> list[str]:
        """The body of ``partials``."""
        lines = [line for op in self.plan.phases[Phase.COEFFICIENTS] for line in self.text.lines(op)]
        head = self._unpacked(self.kept.saved, set(self.kept.saved), "saved")
        return [*head, *lines, *returned([self.names[q] for q in self.kept.handed])]

    @property
    def step(self) -> list[str]:
        """The body of ``step_backward``."""
        read = {q for op in self.back for q in op.reads}.union(self.kept.kept, self.kept.handed, self._shapes())
        read |= {s.outgoing for s in self.plan.states}
        lines = self._unpacked([s.incoming for s in self.plan.states], read, "d_states")
        lines += self._unpacked(self.kept.handed, read, "local")
        for op in self.back:
            lines += self._zeros(op) if _is_zero(op) else self.text.lines(op)
        outgoing = [self.names[s.outgoing] for s in self.plan.states]
        return [*lines, *returned_pair(outgoing, [self._where_present(d) for d in self.kept.kept], "kept")]

    @property
    def gradients(self) -> list[str]:
        """The body of ``gradients``."""
        read, wanted = self.kept.read_after, self.plan.input_cotangent
        lines = [*self._unpacked(self.kept.kept, read, "kept"), *self._unpacked(self.kept.summed, read, "summed")]
        stores = {self.plan.gradients[s.name]: s for s in self.plan.stores}
        given: dict[str, str] = {}
        for op in self.after:
            if op.targets[0] in stores:
                store = stores[op.targets[0]]
                text = self.text.text(op)[1]
                given[store.name] = f"None if p.{store.name} is None else {text}" if store.optional else text
            elif wanted not in op.targets:
                lines += self.text.lines(op)
        lines += self._where_wanted(self.plan.definitions[wanted])
        lines += ["if not parameters_wanted:", f"    return {self.names[wanted]}, None"]
        arguments = [line for s in self.plan.stores for line in argument(s.name, given[s.name])]
        return [*lines, f"return {self.names[wanted]}, Parameters(", *arguments, ")"]

    def _unpacked(self, symbols: Sequence[Symbol], read: Iterable[Symbol], source: str) -> list[str]:
        """``a, _ = source``: what is read, under its name."""
        names = [self.names[q] if q in read else "_" for q in symbols]
        return unpacked(names, source) if set(names) - {"_"} else []

    # ------------------------------------------------------------------ cotangents of zero, and what may be left out

    def _zeros(self, op: Operation) -> list[str]:
        (target,) = op.targets
        return [f"{self.names[target]} = torch.zeros_like({self._like(target)[1]})"]

    def _like(self, target: Symbol) -> tuple[Symbol, str]:
        """An incoming cotangent with the shape of that one, of the same state or of a state as wide; and its text."""
        for s in self.plan.states:
            if s.outgoing == target:
                return s.incoming, self.names[s.incoming]
        axes = self.plan.values[target].axes
        for s in self.plan.states:
            if self.plan.values[s.incoming].axes == axes or not axes:
                return s.incoming, self.names[s.incoming] + ("" if axes else "[..., :1]")
        raise UnsupportedExpression(f"the gradient of {self.plan.values[target].of} is zero everywhere")

    def _shapes(self) -> set[Symbol]:
        """The incoming cotangents that give cotangents of zeros their shape."""
        return {self._like(op.targets[0])[0] for op in self.back if _is_zero(op)}

    def _where_wanted(self, op: Operation) -> list[str]:
        """The input's cotangent: one line, or a block where that is too long."""
        name = self.names[op.targets[0]]
        if _is_zero(op):  # only conditions read it
            return [f"{name} = None"]
        line, *more = self.text.lines(op)
        conditional = f"{line} if input_wanted else None"
        if not more and INDENT + len(conditional) <= WIDTH:
            return [conditional]
        return [f"{name} = None", "if input_wanted:", *(f"    {line}" for line in self.text.lines(op, INDENT + 4))]

    def _where_present(self, d: Symbol) -> str:
        """A kept cotangent; None where only an absent parameter's gradient reads it."""
        readers = [op for op in self.after if d in op.reads]
        optional = {self.plan.gradients[s.name]: s.name for s in self.plan.stores if s.optional}
        if readers and all(op.targets[0] in optional for op in readers):
            return f"None if p.{optional[readers[0].targets[0]]} is None else {self.names[d]}"
        return self.names[d]


def _is_zero(op: Operation) -> bool:
    return isinstance(op, Pointwise) and op.expr == 0
