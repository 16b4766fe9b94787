"""The instructions of a schedule as lines of PyTorch, in the sections in which a reader looks for them."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Sequence
from itertools import groupby

from sympy import Symbol

from derive.expressions import HIDDEN
from derive.instructions import Cut, Instruction, Product, Schedule, Unstack, Whole, defines, uses
from derive.statements import Elementwise, Mean
from derive.torch_printer import torch_code

WIDTH = 120
INDENT = 8
#: Names that the generated methods use themselves; a quantity of such a name gets an underscore.
TAKEN = {"self", "p", "a", "bias", "blocks", "states", "math", "torch", "F", "Tensor", "Parameters"}
TAKEN |= {"l", "O", "I"}  # which linters reject, as easily taken for digits


class Lines:
    """The bodies of ``project_input`` and ``step`` of one cell."""

    def __init__(self, plan: Schedule) -> None:
        self.cell, self.plan = plan.cell, plan
        cell = plan.cell
        instructions = (*plan.before, *plan.step)
        self.names = {s: _identifier(s.name) for i in instructions for s in (*defines(i), *uses(i))}
        self.names |= {cell.previous(s): _identifier(cell.previous(s).name) for s in cell.states}
        self.names |= {cell.input: "x"}
        self.names |= {p.symbol: f"p.{p.tensor}" for p in cell.declared if p.kind != "constant"}
        self.names |= {p.symbol: f"self.{p.name}" for p in plan.constants}
        cuts = (i for i in plan.step if isinstance(i, Cut))
        self.projected = {p.operand for i in cuts for p in i.products if p.stack.optional}
        self.numbers = frozenset(p.symbol for p in plan.constants)
        self.spellings = dict.fromkeys(cell.nonlinearities[:1], "self.activation({x})")

    @property
    def before(self) -> list[str]:
        """The body of ``project_input``."""
        lines = [line for i in self.plan.before for line in self._lines(i)]
        for s in self.plan.carried:
            if s in self.plan.constant:  # the steps find it beside what differs from step to step
                size = "1" if self.cell.sizes[s] == "1" else "-1"
                lines.append(f"{self.names[s]} = {self.names[s]}.expand(*x.shape[:-1], {size})")
        return [*lines, f"return {_tuple(self.names[s] for s in self.plan.carried)}"]

    @property
    def step(self) -> list[tuple[str, list[str]]]:
        """The body of ``step``: sections, each a comment and its lines."""
        read = {u for i in self.plan.step for u in uses(i)} | {Symbol(s) for s in self.cell.states}
        carried = [self.names[s] if s in read else "_" for s in self.plan.carried]
        previous = [self.names[s] if s in read else "_" for s in map(self.cell.previous, self.cell.states)]
        head = [f"{_targets(names)} = {source}" for names, source in ((previous, "states"), (carried, "a"))]
        head = [line for line, names in zip(head, (previous, carried), strict=True) if set(names) != {"_"}]
        found = [("", head)] if head else []
        for title, instructions in groupby(self.plan.step, self._section):
            found.append((title, [line for i in instructions for line in self._lines(i)]))
        returned = f"return {_tuple(self.names[Symbol(s)] for s in self.cell.states)}"
        found[-1][1].append(returned)
        return found

    def _section(self, instruction: Instruction) -> str:
        if any(d.name in self.cell.states or d in self.projected for d in defines(instruction)):
            return "New state"
        if isinstance(instruction, (Cut, Unstack)):
            return "Affine maps"
        return "Gates"

    # ------------------------------------------------------------------ one instruction

    def _lines(self, instruction: Instruction) -> list[str]:
        match instruction:
            case Elementwise():
                text = torch_code(instruction.expr, self.names, numbers=self.numbers, spellings=self.spellings)
                return [f"{self.names[instruction.target]} = {text}"]
            case Mean():
                operands = [self.names[o] for o in instruction.operands]
                joined = operands[0] if len(operands) == 1 else f"torch.cat(({', '.join(operands)}), -1)"
                return [f"{self.names[instruction.target]} = {joined}.mean(-1, keepdim=True)"]
            case Whole():
                lines, text = self._sum(instruction.products)
                return [*lines, f"{self.names[instruction.name]} = {text}"]
            case Cut():
                return self._cut(instruction)
            case Unstack():
                names = [self.names[p.symbol] for p in instruction.stack.blocks]
                tensor = f"p.{instruction.stack.name}"
                zeros = ", ".join("0" for _ in names)
                cut = f"{tensor}.chunk({len(names)}, -1)" if len(names) > 1 else tensor
                absent = f"({zeros})" if len(names) > 1 else zeros
                return [f"{', '.join(names)} = {absent} if {tensor} is None else {cut}"]

    def _cut(self, cut: Cut) -> list[str]:
        lines, text = self._sum(cut.products, cut.carried)
        names = [self.names[n] for n in cut.names]
        if any(product.stack.optional for product in cut.products):
            (product,) = cut.products
            text = f"{self.names[product.operand]} if {self._weight(product)} is None else {text}"
        if len(names) == 1:
            return [*lines, f"{names[0]} = {text}"]
        blocks = f"({text})" if " + " in text else text
        line = f"{', '.join(names)} = {blocks}.chunk({len(names)}, -1)"
        if len(line) + INDENT <= WIDTH:
            return [*lines, line]
        return [*lines, f"blocks = {text}", *_long_targets(names, f"blocks.chunk({len(names)}, -1)")]

    def _sum(self, products: Sequence[Product], carried: Symbol | None = None) -> tuple[list[str], str]:
        """A sum of products, and the lines that prepare it."""
        lines: list[str] = []
        summands = [] if carried is None else [self.names[carried]]
        for product in products:
            biases = [f"p.{b.name}" for b in product.biases]
            if len(biases) > 1:
                lines.append(f"bias = None if {biases[0]} is None else {' + '.join(biases)}")
                biases = ["bias"]
            summands.append(f"F.linear({', '.join([self.names[product.operand], self._weight(product), *biases])})")
        return lines, " + ".join(summands)

    def _weight(self, product: Product) -> str:
        """A stack of weights, or a slice of it."""
        first, last, count = product.first, product.first + len(product.targets), len(product.stack.blocks)
        tensor, rows = f"p.{product.stack.name}", "self.hidden_size"
        if last - first == count:
            return tensor
        if product.stack.blocks[0].rows != HIDDEN:  # it differs from layer to layer
            blocks = f"{tensor}.unflatten(0, ({count}, -1))"
            return f"{blocks}[{first}]" if last == first + 1 else f"{blocks}[{first}:{last}].flatten(0, 1)"
        start = "" if first == 0 else f"{first} * {rows}" if first > 1 else rows
        end = "" if last == count else f"{last} * {rows}" if last > 1 else rows
        return f"{tensor}[{start} : {end}]".replace("[ :", "[:").replace(": ]", ":]")


def _identifier(name: str) -> str:
    """A quantity's name as a Python name."""
    name = re.sub(r"\W", "_", name)
    return f"{name}_" if name in TAKEN or keyword.iskeyword(name) else name


def _tuple(items: Iterable[str]) -> str:
    parts = list(items)
    return f"({parts[0]},)" if len(parts) == 1 else ", ".join(parts)


def _targets(names: Sequence[str]) -> str:
    return f"({names[0]},)" if len(names) == 1 else ", ".join(names)


def _long_targets(names: Sequence[str], value: str) -> list[str]:
    """An assignment to many names, one a line where they do not fit on one."""
    line = f"{', '.join(names)} = {value}"
    if len(line) + INDENT <= WIDTH:
        return [line]
    return ["(", *(f"    {name}," for name in names), f") = {value}"]
