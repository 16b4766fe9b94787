"""The operations of a plan as lines of PyTorch; what has no name is written where it is read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import singledispatchmethod
from typing import Any

from sympy import Expr, Piecewise, Symbol

from derive.backends.torch.layout import INDENT, assigned, fits, is_atom, sliced, unpacked
from derive.backends.torch.printer import torch_code
from derive.plan.axes import block_axis
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
from derive.plan.plan import FIXED, Origin, Phase, Plan
from derive.plan.stores import Pack
from derive.symbolic.expressions import replace


class Spelled:
    """Operations as text, one after the other. names: how a quantity is spelled, those in place included."""

    def __init__(self, plan: Plan, names: dict[Symbol, str], numbers: frozenset[Symbol]) -> None:
        self.plan, self.names, self.numbers = plan, names, numbers
        self.constant = {q for q, phase in plan.phase_of.items() if phase is Phase.PARAMETERS}
        self.constant |= {q for q, v in plan.values.items() if v.origin in FIXED}
        self.store_of = {plan.gradients[s.name]: s for s in plan.stores if s.name in plan.gradients}

    def lines(self, op: Operation, indent: int = INDENT) -> list[str]:
        """The lines of an operation; none of its own where its result is written in place."""
        before, text = self.text(op)
        if isinstance(op, Split):
            return [*before, *self._cut(op, text)]
        (target,) = op.targets
        if not self.plan.values[target].named:
            self.names[target] = f"({text})" if self.plan.is_factor(target) and not is_atom(text) else text
            return before
        if isinstance(op, Pointwise) and all(self.plan.values[q].named for q in op.reads):
            return [*before, *self._formula(self.names[target], op.expr, indent)]
        return [*before, *assigned(self.names[target], text, indent)]

    @singledispatchmethod
    def text(self, op: Operation) -> tuple[list[str], str]:
        """An operation's value, and the lines that prepare it."""
        raise NotImplementedError(type(op).__name__)

    @text.register
    def _(self, op: Pointwise) -> tuple[list[str], str]:
        return [], self.code(op.expr)

    @text.register
    def _(self, op: Matmul) -> tuple[list[str], str]:
        operand, weight = self.names[op.operand], self.pack(op.weight)
        lines, biases = [], [f"p.{b.store.name}" for b in op.bias]
        if len(biases) > 1:
            lines.append(f"bias = None if {biases[0]} is None else {' + '.join(biases)}")
            biases = ["bias"]
        text = f"{operand} @ {weight}" if op.transposed else f"F.linear({', '.join([operand, weight, *biases])})"
        if op.weight.store.heads:
            call = "back_by_head" if op.transposed else "by_head"
            text = f"{call}({', '.join([operand, weight, _heads(op.weight.store.heads), *biases])})"
        return lines, f"{operand} if {weight} is None else {text}" if op.weight.store.optional else text

    @text.register
    def _(self, op: Reduce) -> tuple[list[str], str]:
        parts = self._alike(op.parts)
        text = parts[0] if len(parts) == 1 else f"torch.cat(({', '.join(parts)}), -1)"
        how = {"max": "amax"}.get(op.how, op.how)
        return [], f"{text if is_atom(text) else f'({text})'}.{how}(-1, keepdim=True)"

    @text.register
    def _(self, op: Broadcast) -> tuple[list[str], str]:
        return [], f"spread({self.names[op.source]}, {self.names[Symbol(op.axis)]})"

    @text.register
    def _(self, op: Concat) -> tuple[list[str], str]:
        parts = ", ".join(self.names[q] for q in op.parts)
        if self.plan.values[op.target].origin is Origin.GRADIENT:  # blocks of a parameter
            parts = ", ".join(self._block(op, k) for k in range(len(op.parts)))
            return [], f"torch.cat(({parts}))"
        return [], f"torch.cat(({parts}), -1)"

    @text.register
    def _(self, op: Split) -> tuple[list[str], str]:
        count = len(op.into)
        if not isinstance(op.source, Pack):
            return [], self.names[op.source]
        tensor = f"p.{op.source.store.name}"
        zeros = ", ".join("0" for _ in op.into)
        cut, absent = (f"{tensor}.chunk({count}, -1)", f"({zeros})") if count > 1 else (tensor, zeros)
        return [], f"{absent} if {tensor} is None else {cut}"

    @text.register
    def _(self, op: Scan) -> tuple[list[str], str]:
        source = self._parts(op)
        return [], self._whole(op, f"{source}.flip(-1).cumsum(-1).flip(-1)" if op.reverse else f"{source}.cumsum(-1)")

    @text.register
    def _(self, op: HeadReduce) -> tuple[list[str], str]:
        how = {"sum": "total", "mean": "mean", "max": "largest"}[op.how]
        return [], f"{how}_by_head({self.names[op.source]}, {_heads(op.heads)})"

    @text.register
    def _(self, op: Softmax) -> tuple[list[str], str]:
        source = self._parts(op) if op.heads else self.names[op.source]
        return [], self._whole(op, f"torch.softmax({source}, -1)")

    @text.register
    def _(self, op: Contract) -> tuple[list[str], str]:
        axes = f"{', '.join(map(' '.join, op.axes))} -> {' '.join(op.result)}"
        return [], f'contract(self, "{axes}", {", ".join(self.names[q] for q in op.factors)})'

    @text.register
    def _(self, op: Accumulate) -> tuple[list[str], str]:
        return [], " + ".join(self._pair(op.target, left, right) for left, right in op.pairs) or "None"

    @text.register
    def _(self, op: Skew) -> tuple[list[str], str]:
        """The layer makes V - Vᵀ before it hands it over, and autograd goes back through that."""
        assert isinstance(op.source, Symbol)
        return [], self.names[op.source]

    # ------------------------------------------------------------------ parts of an operation

    def code(self, expr: Expr) -> str:
        """A formula."""
        return torch_code(expr, self.names, numbers=self.numbers)

    def pack(self, pack: Pack) -> str:
        """Blocks of a tensor of weights; what is made of it has taken its place."""
        store = self.plan.stored(pack.store)
        return sliced(store.name, store.blocks[0].rows, pack.first, pack.count, len(store.blocks))

    def _cut(self, op: Split, text: str) -> list[str]:
        """``a, b = both.chunk(2, -1)``; a quantity that is not read has no name."""
        names = [self.names[q] if self.plan.readings[q] else "_" for q in op.into]
        if isinstance(op.source, Pack):
            return [f"{', '.join(names)} = {text}"]
        chunk = f"{f'({text})' if ' + ' in text else text}.chunk({len(names)}, -1)"
        lines = unpacked(names, chunk)
        if len(lines) == 1 or re.fullmatch(r"\w+", text):
            return lines
        return [f"blocks = {text}", *unpacked(names, f"blocks.chunk({len(names)}, -1)")]

    def _alike(self, quantities: Sequence[Symbol]) -> list[str]:
        """The quantities with the same leading dimensions, which what depends on the parameters alone has not."""
        varying = [q for q in quantities if q not in self.constant]
        if not varying or len(quantities) == 1:
            return [self.names[q] for q in quantities]
        leading = f"*{self.names[varying[0]]}.shape[:-1]"
        return [self.names[q] if q in varying else f"{self.names[q]}.expand({leading}, -1)" for q in quantities]

    def _formula(self, name: str, expr: Expr, indent: int) -> list[str]:
        """An assignment; where it is too long, the cases in it come before it."""
        text = self.code(expr)
        cases = [c for a in expr.args for c in _outermost(a, Piecewise)]
        if fits(name, text, indent) or not cases:
            return assigned(name, text, indent)
        parts = {case: Symbol(f"{name}_{k}") for k, case in enumerate(dict.fromkeys(cases), 1)}
        self.names |= {part: part.name for part in parts.values()}
        lines = [line for case, part in parts.items() for line in self._formula(part.name, case, indent)]
        return [*lines, *assigned(name, self.code(replace(expr, parts)), indent)]

    # ------------------------------------------------------------------ gradients

    def _pair(self, target: Symbol, left: Symbol, right: Symbol | None) -> str:
        """One summand of a gradient."""
        text, axes = self.names[left], self.plan.values[target].axes
        if right is not None and "/" in axes[1]:
            return f"outer_by_head({text}, {self.names[right]}, {_heads(axes[1].partition('/')[2])})"
        if right is not None:
            return f"outer({text}, {self.names[right]})"
        if not axes:
            return f"{text if is_atom(text) else f'({text})'}.sum()"
        if not self.plan.values[left].axes:
            return f"total({text}).expand_as(p.{self.store_of[target].name})"
        return f"total({text})"

    def _block(self, op: Concat, k: int) -> str:
        """One of the blocks of a gradient; zeros where the loss does not depend on it."""
        part = self.plan.definitions[op.parts[k]]
        if not isinstance(part, Accumulate) or part.pairs:
            return self.names[op.parts[k]]
        store = self.store_of[op.target]
        counts = [block_axis(self.plan.values[q].axes[0])[0] for q in op.parts]
        if store.role == "bias":
            return f"x.new_zeros({counts[k]} * {self.names[Symbol(store.blocks[0].rows)]})"
        return f"torch.zeros_like({self.pack(Pack(store, sum(counts[:k]), counts[k]))})"

    def _parts(self, op: Scan | Softmax) -> str:
        """What an operation over the units reads, with an axis for the heads before them if it goes by head."""
        source = self.names[op.source]
        source = source if is_atom(source) else f"({source})"
        return f"{source}.unflatten(-1, ({_heads(op.heads)}, -1))" if op.heads else source

    def _whole(self, op: Scan | Softmax, parts: str) -> str:
        """The result in one row again."""
        return f"{parts}.flatten(-2)" if op.heads else parts


def _heads(size: str) -> str:
    """A number of equal parts, as a module knows it."""
    return size if size.isdecimal() else f"self.{size}"


def _outermost(node: Any, kind: type) -> Iterator[Any]:
    """The nodes of a kind that stand in no other of it, from left to right."""
    if isinstance(node, kind):
        yield node
    else:
        for a in node.args:
            yield from _outermost(a, kind)
