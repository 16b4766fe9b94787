"""The bodies of ``partials``, ``step_backward`` and ``gradients``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sympy import Symbol

from derive.backends.torch.forward import Forward
from derive.backends.torch.layout import INDENT, WIDTH, argument, assigned, returned, returned_pair, unpacked
from derive.backends.torch.text import Spelled
from derive.errors import UnsupportedExpression
from derive.notation.quantity import PREVIOUS
from derive.plan.operations import Concat, Operation, Pointwise, Split
from derive.plan.plan import FreshNames, Phase
from derive.statements.sizes import LAYERS, is_named
from derive.symbolic.expressions import HIDDEN, INPUT, PROJ

_SIZES = {Symbol(HIDDEN): "self.hidden_size", Symbol(PROJ): "(self.proj_size or self.hidden_size)"}


class Reverse:
    """What a cell's module does backwards."""

    def __init__(self, forward: Forward) -> None:
        self.plan, self.states, self.kept = forward.plan, forward.states, forward.kept
        self.back, self.after = self.plan.phases[Phase.BACK], self.plan.phases[Phase.GRADIENTS]
        own = (size for size in self.plan.cell.all_sizes if size not in LAYERS)
        sizes = _SIZES | {Symbol(size): f"self.{size}" if is_named(size) else size for size in own}
        sizes |= {Symbol(INPUT): f"{forward.names[self.plan.input]}.size(-1)"}
        self.names = forward.names | sizes
        self.text = Spelled(self.plan, self.names, forward.numbers | frozenset(sizes))
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
        read = {*self.kept.handed, *(q for op in self.plan.phases[Phase.COEFFICIENTS] for q in op.reads)}
        return [*head, *self.kept.cut(read, self.names), *lines, *returned([self.names[q] for q in self.kept.handed])]

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
        read, wanted = self.kept.read_after, self.plan.input_cotangents
        lines = [*self._unpacked(self.kept.kept, read, "kept")]
        lines += [
            *self._unpacked(self.kept.summed, {*read, self.kept.whole}, "summed"),
            *self.kept.cut(read, self.names),
        ]
        stores = {self.plan.gradients[s.name]: s for s in self.plan.learned}
        given = {s.name: "None" for s in self.plan.stores if not s.learned}
        for op in self.after:
            if op.targets[0] in stores:
                store = stores[op.targets[0]]
                text = self.text.text(op)[1]
                given[store.name] = f"None if p.{store.name} is None else {text}" if store.optional else text
            elif op.targets[0] not in wanted:
                lines += self.text.lines(op)
        lines += self._where_wanted([self.plan.definitions[d] for d in wanted])
        lines += ["if not parameters_wanted:", f"    return {self.of_input}, None"]
        arguments = [line for s in self.plan.stores for line in argument(s.name, given[s.name])]
        return [*lines, f"return {self.of_input}, Parameters(", *arguments, ")"]

    @property
    def of_input(self) -> str:
        """What the gradient of the input is called."""
        first = self.names[self.plan.input_cotangents[0]]
        return (
            first if len(self.plan.inputs) == 1 else FreshNames(map(Symbol, self.names.values())).fresh("d_inputs").name
        )

    def _unpacked(self, symbols: Sequence[Symbol], read: Iterable[Symbol], source: str) -> list[str]:
        """``a, _ = source``: what is read, under its name."""
        names = [self.names[q] if q in read else "_" for q in symbols]
        return unpacked(names, source) if set(names) - {"_"} else []

    # ------------------------------------------------------------------ cotangents of zero, and what may be left out

    def _zeros(self, op: Operation) -> list[str]:
        (target,) = op.targets
        return [f"{self.names[target]} = torch.zeros_like({self._like(target)[1]})"]

    def _zeros_of(self, op: Operation) -> list[str]:
        """The cotangent of an input that conditions alone read."""
        (target,) = op.targets
        of = dict(zip(self.plan.input_cotangents, self.plan.inputs, strict=True))[target]
        return [f"{self.names[target]} = torch.zeros_like({self.names[of]})"]

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

    def _where_wanted(self, ops: Sequence[Operation]) -> list[str]:
        """The input's cotangent: one line, or a block where that is too long; of several inputs theirs side by side."""
        name, (op, *more_inputs) = self.of_input, ops
        if more_inputs:
            block = [
                line for op in ops for line in (self._zeros_of(op) if _is_zero(op) else self.text.lines(op, INDENT + 4))
            ]
            parts = ", ".join(self.names[op.targets[0]] for op in ops)
            block += assigned(name, f"torch.cat(({parts}), -1)", INDENT + 4)
            return [f"{name} = None", "if input_wanted:", *(f"    {line}" for line in block)]
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
