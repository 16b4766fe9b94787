"""The instructions of a schedule as lines of PyTorch, in the sections in which a reader looks for them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from sympy import Symbol

from derive.backends.torch.layout import (
    INDENT,
    WIDTH,
    assigned,
    blocks_of,
    identifier,
    returned_pair,
    tuple_of,
    unpacked,
)
from derive.backends.torch.printer import torch_code
from derive.plan.instructions import Cut, Instruction, Product, Schedule, Unstack, Whole, defines, uses
from derive.statements.kinds import Elementwise, Mean


class Lines:
    """The bodies of ``project_input`` and ``step`` of one cell."""

    def __init__(self, plan: Schedule) -> None:
        self.cell, self.plan = plan.cell, plan
        cell = plan.cell
        instructions = (*plan.before, *plan.step)
        self.names = {s: identifier(s.name) for i in instructions for s in (*defines(i), *uses(i))}
        self.names |= {cell.previous(s): identifier(cell.previous(s).name) for s in cell.states}
        self.states = ["x_" if s == "x" else s for s in cell.states]  # to the machinery x is the input
        self.names |= {cell.input: "x"}
        self.names |= {p.symbol: f"p.{p.tensor}" for p in cell.declared if p.kind != "constant"}
        self.names |= {p.symbol: f"self.{p.name}" for p in plan.constants}
        cuts = (i for i in plan.step if isinstance(i, Cut))
        self.projected = {p.operand for i in cuts for p in i.products if p.stack.optional}
        self.numbers = frozenset(p.symbol for p in plan.constants)
        self.fixed = self.numbers  # and what they alone give, before the steps
        for i in plan.before:
            if isinstance(i, Elementwise) and self.fixed.issuperset(uses(i)):
                self.fixed |= {i.target}

    @property
    def before(self) -> list[str]:
        """The body of ``project_input``."""
        lines = [line for i in self.plan.before for line in self._lines(i, self.fixed)]
        for s in self.plan.carried:
            if s in self.fixed:  # a number, as a tensor
                lines.append(f"{self.names[s]} = x.new_full((*x.shape[:-1], 1), {self.names[s]})")
            elif s in self.plan.constant:  # the steps find it beside what differs from step to step
                size = "1" if self.cell.sizes.get(s) == "1" else "-1"
                lines.append(f"{self.names[s]} = {self.names[s]}.expand(*x.shape[:-1], {size})")
        return [*lines, f"return {tuple_of(self.names[s] for s in self.plan.carried)}"]

    @property
    def step(self) -> list[tuple[str, list[str]]]:
        """The body of ``step``: sections, each a comment and its lines."""
        read = {u for i in self.plan.step for u in uses(i)} | set(self.plan.reverse.reads) - {self.cell.input}
        read |= {Symbol(s) for s in self.cell.states}
        carried = [self.names[s] if s in read else "_" for s in self.plan.carried]
        previous = [self.names[s] if s in read else "_" for s in map(self.cell.previous, self.cell.states)]
        head = [f"{tuple_of(names)} = {source}" for names, source in ((previous, "states"), (carried, "a"))]
        head = [line for line, names in zip(head, (previous, carried), strict=True) if set(names) != {"_"}]
        found = [("", head)] if head else []
        for title, pairs in groupby(zip(self._sections(), self.plan.step, strict=True), lambda pair: pair[0]):
            found.append((title, [line for _, i in pairs for line in self._lines(i, self.numbers)]))
        states = [self.names[Symbol(s)] for s in self.cell.states]
        found[-1][1].extend(returned_pair(states, self.saved, "saved"))
        return found

    @property
    def saved(self) -> list[str]:
        """What a step hands to the backward pass beside input and states."""
        apart = {self.cell.input, *map(Symbol, self.cell.states), *map(self.cell.previous, self.cell.states)}
        return [self.names[q] for q in self.plan.reverse.reads if q not in apart]

    def _sections(self) -> list[str]:
        """The section of every instruction; what the author did not name belongs to what follows it."""
        authors = {line.target for line in self.cell.lines}
        titles: list[str] = []
        for i in reversed(self.plan.step):
            unnamed = isinstance(i, Elementwise | Mean) and i.target not in authors
            titles.append(titles[-1] if unnamed and titles else self._section(i))
        return titles[::-1]

    def _section(self, instruction: Instruction) -> str:
        if any(d.name in self.cell.states or d in self.projected for d in defines(instruction)):
            return "New state"
        if isinstance(instruction, (Cut, Unstack)):
            return "Affine maps"
        return "Gates"

    def _alike(self, quantities: Sequence[Symbol]) -> list[str]:
        """The quantities with the same leading dimensions, which what depends on the parameters alone has not."""
        varying = [q for q in quantities if q not in self.plan.constant]
        if not varying:
            return [self.names[q] for q in quantities]
        leading = f"*{self.names[varying[0]]}.shape[:-1]"
        return [self.names[q] if q in varying else f"{self.names[q]}.expand({leading}, -1)" for q in quantities]

    # ------------------------------------------------------------------ one instruction

    def _lines(self, instruction: Instruction, numbers: frozenset[Symbol]) -> list[str]:
        match instruction:
            case Elementwise():
                text = torch_code(instruction.expr, self.names, numbers=numbers)
                return assigned(self.names[instruction.target], text)
            case Mean():
                operands = self._alike(instruction.operands)
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
            text = f"{self.names[product.operand]} if {_weight(product)} is None else {text}"
        if len(names) == 1:
            return [*lines, f"{names[0]} = {text}"]
        blocks = f"({text})" if " + " in text else text
        line = f"{', '.join(names)} = {blocks}.chunk({len(names)}, -1)"
        if len(line) + INDENT <= WIDTH:
            return [*lines, line]
        return [*lines, f"blocks = {text}", *unpacked(names, f"blocks.chunk({len(names)}, -1)")]

    def _sum(self, products: Sequence[Product], carried: Symbol | None = None) -> tuple[list[str], str]:
        """A sum of products, and the lines that prepare it."""
        lines: list[str] = []
        summands = [] if carried is None else [self.names[carried]]
        for product in products:
            biases = [f"p.{b.name}" for b in product.biases]
            if len(biases) > 1:
                lines.append(f"bias = None if {biases[0]} is None else {' + '.join(biases)}")
                biases = ["bias"]
            summands.append(f"F.linear({', '.join([self.names[product.operand], _weight(product), *biases])})")
        return lines, " + ".join(summands)


def _weight(product: Product) -> str:
    """The blocks of a stack that a product multiplies."""
    return blocks_of(product.stack, product.first, len(product.targets))
