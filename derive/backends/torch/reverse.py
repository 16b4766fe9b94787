"""The backward pass of a schedule as lines of PyTorch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sympy import Expr, Piecewise, Symbol

from derive.backends.torch.layout import (
    INDENT,
    WIDTH,
    argument,
    assigned,
    blocks_of,
    fits,
    identifier,
    is_atom,
    returned,
    returned_pair,
    unpacked,
)
from derive.backends.torch.lines import Lines
from derive.backends.torch.printer import torch_code
from derive.calculus.backward import Term
from derive.errors import UnsupportedExpression
from derive.notation.quantity import PREVIOUS
from derive.plan.instructions import Backward, BackwardInstruction, Gradient, Join, Pull, Stack, gradient_uses, uses
from derive.statements.kinds import Elementwise
from derive.statements.maps import Broadcast
from derive.symbolic.expressions import HIDDEN, INPUT, PROJ, replace

_SIZES = {
    Symbol(HIDDEN): "self.hidden_size",
    Symbol(INPUT): "x.size(-1)",
    Symbol(PROJ): "(self.proj_size or self.hidden_size)",
}


class ReverseLines:
    """The bodies of ``partials``, ``step_backward`` and ``gradients`` of one cell."""

    def __init__(self, forward: Lines) -> None:
        self.cell, self.plan, self.states = forward.cell, forward.plan.reverse, forward.states
        made = [*self.plan.partials, *self.plan.step, *self.plan.after]
        local = [i.name if isinstance(i, Join) else i.target for i in made]
        self.names = {s: identifier(s.name) for s in (*self.plan.incoming, *local)} | forward.names | _SIZES
        self.numbers = forward.numbers | frozenset(_SIZES)

    @property
    def saved(self) -> list[str]:
        """The names of what ``partials`` reads, those of states as in ``states``."""
        return self._public(self.plan.saved)

    @property
    def summed(self) -> list[str]:
        """The names of what ``gradients`` reads."""
        return self._public(self.plan.summed)

    def _public(self, quantities: Sequence[Symbol]) -> list[str]:
        states = list(zip(self.cell.states, self.states, strict=True))
        plain = {Symbol(s): name for s, name in states} | {self.cell.previous(s): name + PREVIOUS for s, name in states}
        return [plain.get(q, self.names[q]) for q in quantities]

    @property
    def partials(self) -> list[str]:
        """The body of ``partials``."""
        read = set(self.plan.saved)
        lines = [line for i in self.plan.partials for line in self._lines(i)]
        names = [self.names[q] for q in self.plan.handed]
        return [*self._unpacked(self.plan.saved, read, "saved"), *lines, *returned(names)]

    @property
    def step(self) -> list[str]:
        """The body of ``step_backward``."""
        everything = {q for i in self.plan.step for q in uses(i)} | set(self.plan.kept) | set(self.plan.outgoing)
        lines = self._unpacked(self.plan.incoming, {*everything, *self._zeros()}, "d_states")
        lines += self._unpacked(self.plan.handed, everything, "local")
        lines += [line for i in self.plan.step for line in self._lines(i)]
        outgoing = [self.names[d] for d in self.plan.outgoing]
        return [*lines, *returned_pair(outgoing, [self._where_present(d) for d in self.plan.kept], "kept")]

    @property
    def gradients(self) -> list[str]:
        """The body of ``gradients``."""
        read = {q for i in self.plan.after for q in uses(i)} | {
            q for g in self.plan.gradients for q in gradient_uses(g)
        }
        read |= {d for j in self.plan.unjoined for d in j.parts if d in read} | {j.name for j in self.plan.unjoined}
        lines = [*self._unpacked(self.plan.kept, read, "kept"), *self._unpacked(self.plan.summed, read, "summed")]
        for join in self.plan.unjoined:
            parts = [self.names[d] if d in read else "_" for d in join.parts]
            lines += unpacked(parts, f"{self.names[join.name]}.chunk({len(parts)}, -1)")
        *others, last = self.plan.after
        assert isinstance(last, Backward)  # the input's cotangent
        lines += [line for i in others for line in self._lines(i)]
        lines += self._where_wanted(last)
        lines += ["if not parameters_wanted:", f"    return {self.names[last.target]}, None"]
        given = [line for g in self.plan.gradients for line in argument(g.stack.name, self._gradient(g))]
        return [*lines, f"return {self.names[last.target]}, Parameters(", *given, ")"]

    # ------------------------------------------------------------------ one instruction

    def _lines(self, i: BackwardInstruction, indent: int = INDENT) -> list[str]:
        match i:
            case Join():
                parts = ", ".join(self.names[d] for d in i.parts)
                return assigned(self.names[i.name], f"torch.cat(({parts}), -1)", indent)
            case Backward():
                return self._backward(i, indent)
            case Elementwise():
                return self._assigned(self.names[i.target], i.expr, indent)
        raise NotImplementedError(type(i).__name__)

    def _of_the_shape_of(self, target: Symbol) -> str:
        """An incoming cotangent with the shape of that one: of the same state, or of a state as wide."""
        if target in self.plan.outgoing:
            return self.names[self.plan.incoming[self.plan.outgoing.index(target)]]
        sizes = self.cell.sizes
        size = sizes[Symbol(target.name.removeprefix("d_"))]
        for state, incoming in zip(self.cell.states, self.plan.incoming, strict=True):
            if size in (sizes[Symbol(state)], "1"):
                return self.names[incoming] + ("[..., :1]" if size == "1" else "")
        raise UnsupportedExpression(f"the gradient of {target.name.removeprefix('d_')} is zero everywhere")

    def _where_wanted(self, i: Backward) -> list[str]:
        """The input's cotangent: one line, or a block where that is too long."""
        if i.expr == 0 and not i.pulls:  # only conditions read it
            return [f"{self.names[i.target]} = None"]
        line, *more = self._lines(i)
        conditional = f"{line} if input_wanted else None"
        if not more and INDENT + len(conditional) <= WIDTH:
            return [conditional]
        block = self._lines(i, INDENT + 4)
        return [f"{self.names[i.target]} = None", "if input_wanted:", *(f"    {line}" for line in block)]

    def _backward(self, i: Backward, indent: int) -> list[str]:
        name = self.names[i.target]
        if i.expr == 0 and not i.pulls:
            return [f"{name} = torch.zeros_like({self._of_the_shape_of(i.target)})"]
        if not (i.pulls or i.over or i.spread):
            return self._assigned(name, i.expr, indent)
        summands = [] if i.expr == 0 else [self._code(i.expr)]
        summands += [self._pull(p) for p in i.pulls]
        text = " + ".join(summands)
        if i.pulls and i.pulls[0].stack.optional:
            text = f"{self.names[i.pulls[0].joined]} if p.{i.pulls[0].stack.name} is None else {text}"
        if i.over:
            text = f"{text if is_atom(text) else f'({text})'}.sum(-1, keepdim=True)"
        if i.spread:
            text = f"spread({text}, {_SIZES[Symbol(i.spread)]})"
        return assigned(name, text, indent)

    def _assigned(self, name: str, expr: Expr, indent: int) -> list[str]:
        """An assignment; where it is too long, the cases in it come before it."""
        text = self._code(expr)
        cases = [c for a in expr.args for c in _outermost(a, Piecewise)]
        if fits(name, text, indent) or not cases:
            return assigned(name, text, indent)
        parts = {case: Symbol(f"{name}_{k}") for k, case in enumerate(dict.fromkeys(cases), 1)}
        self.names |= {part: part.name for part in parts.values()}
        lines = [line for case, part in parts.items() for line in self._assigned(part.name, case, indent)]
        return [*lines, *assigned(name, self._code(replace(expr, parts)), indent)]

    def _pull(self, p: Pull) -> str:
        return f"{self.names[p.joined]} @ {blocks_of(p.stack, p.first, p.count)}"

    def _zeros(self) -> set[Symbol]:
        """The incoming cotangents that give a cotangent of zeros its shape."""
        pairs = zip(self.plan.incoming, self.plan.outgoing, strict=True)
        zero = {i.target for i in self.plan.step if isinstance(i, Backward) and i.expr == 0 and not i.pulls}
        return {d for d, out in pairs if out in zero}

    # ------------------------------------------------------------------ gradients

    def _gradient(self, g: Gradient) -> str:
        tensor = f"p.{g.stack.name}"
        if g.terms:
            return " + ".join(self._formula(t, g.stack.blocks[0].kind, tensor) for t in g.terms)
        if not any(run for _, run in g.runs):
            return "None"
        first, parts = 0, []
        for count, run in g.runs:
            parts.append(" + ".join(self._summed(d, q) for d, q in run) or self._zero(g.stack, first, count))
            first += count
        text = parts[0] if len(parts) == 1 else f"torch.cat(({', '.join(parts)}))"
        return f"None if {tensor} is None else {text}" if g.stack.optional else text

    def _zero(self, stack: Stack, first: int, count: int) -> str:
        """Zeros for blocks that the loss does not depend on."""
        if stack.is_bias:
            return f"x.new_zeros({count} * {_SIZES[Symbol(stack.blocks[0].rows)]})"
        return f"torch.zeros_like({blocks_of(stack, first, count)})"

    def _summed(self, d: Symbol, operand: Symbol | None) -> str:
        return f"total({self.names[d]})" if operand is None else f"outer({self.names[d]}, {self.names[operand]})"

    def _formula(self, t: Term, kind: str, tensor: str) -> str:
        text = self._code(t.expr)
        if kind == "scalar":
            return f"{text if is_atom(text) else f'({text})'}.sum()"
        return (
            f"total({text}).expand_as({tensor})" if any(isinstance(m, Broadcast) for m in t.maps) else f"total({text})"
        )

    # ------------------------------------------------------------------ names

    def _code(self, expr: Expr) -> str:
        return torch_code(expr, self.names, numbers=self.numbers)

    def _unpacked(self, symbols: Sequence[Symbol], read: set[Symbol], source: str) -> list[str]:
        if Symbol(INPUT) in read:  # the input's number of units is read off the input
            read = read | {self.cell.input}
        names = [self.names[s] if s in read else "_" for s in symbols]
        return unpacked(names, source) if set(names) - {"_"} else []

    def _where_present(self, d: Symbol) -> str:
        """A kept cotangent; None where only an absent parameter's gradient reads it."""
        readers = [g for g in self.plan.gradients if d in gradient_uses(g)]
        if readers and all(g.stack.optional for g in readers) and not any(d in uses(i) for i in self.plan.after):
            return f"None if p.{readers[0].stack.name} is None else {self.names[d]}"
        return self.names[d]


def _outermost(node: Any, kind: type) -> Iterator[Any]:
    """The nodes of a kind that stand in no other of it, from left to right."""
    if isinstance(node, kind):
        yield node
    else:
        for a in node.args:
            yield from _outermost(a, kind)
