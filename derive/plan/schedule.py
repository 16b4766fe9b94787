"""The order of work of a generated module: what depends on the input alone, then one time step.

The statements of a cell mention each block of weights by itself. A machine wants few large matrix products: here the
blocks that multiply the same operand and lie side by side in one PyTorch tensor become one product, products that are
summed block by block are summed before they are cut, and all that depends on the input alone is computed for the whole
sequence at once. Nothing here is text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

from sympy import Add, Basic, Expr, Symbol

from derive.definition.cell import Cell
from derive.errors import DefinitionError
from derive.plan.choice import with_choice
from derive.plan.instructions import Cut, Instruction, Product, Schedule, Stack, Unstack, Whole, defines, uses
from derive.plan.reverse import reverse
from derive.statements.kinds import Affine, Elementwise, Mean, Parameter
from derive.symbolic.expressions import INPUT, ordered, tidy
from derive.symbolic.expressions import replace as substitute

Uses = list[tuple[Symbol, Symbol]]  # biases and the affine maps to which they are added
#: PyTorch's order of registration; every other tensor follows in the order of appearance.
_FIRST = ("weight_ih", "weight_hh", "bias_ih", "bias_hh", "bias")


def schedule(cell: Cell) -> Schedule:
    """The order of work for a cell, with its projection where the layer can have one.

    Raises DefinitionError for a state as wide as the input, whose size would differ from layer to layer.
    """
    for state in cell.states:
        if cell.sizes[cell.previous(state)] == INPUT:
            raise DefinitionError(
                f"cell {cell.name!r}: state {state!r} has input_size units, which differ from layer to layer;"
                " give it hidden_size units, mapped with linear()"
            )
    cell = _without_numbers(with_choice(cell))
    optional = {"weight_hr"} if cell.projection else set()
    cell = cell.projected() if cell.projection else cell
    stacks = _stacks(cell, optional)
    parameters = {p.symbol for p in cell.parameters}
    early = _known_from({cell.input, *parameters}, cell.statements)
    before, step = _Affine(cell, stacks, early).instructions()
    plan = reverse(cell.adjoint(), stacks)
    carried = _carried(cell, before, step, plan.reads)
    kept = {line.target for line in cell.lines} | set(plan.reads)
    return Schedule(
        cell,
        stacks,
        tuple(p for p in cell.declared if p.kind == "constant"),
        _inlined(before, kept | set(carried)),
        carried,
        _inlined(step, kept),
        frozenset(_known_from(parameters, before)),
        plan,
    )


def _without_numbers(cell: Cell) -> Cell:
    """The cell without equations of constants alone: a number, not a tensor, stands where their quantity is read."""
    constants = {p.symbol for p in cell.declared if p.kind == "constant"}
    numbers: dict[Basic, Expr] = {}
    lines = []
    for line in cell.lines:
        line = replace(line, expr=tidy(substitute(line.expr, numbers)))
        if constants.issuperset(line.expr.free_symbols):
            numbers[line.target] = line.expr
        else:
            lines.append(line)
    return replace(cell, lines=tuple(lines)) if numbers else cell


def _stacks(cell: Cell, optional: Container[str]) -> tuple[Stack, ...]:
    """The tensors of a layer."""
    blocks: dict[str, list[Parameter]] = {name: [] for name in _FIRST}
    for p in cell.parameters:
        if p.kind != "constant":
            blocks.setdefault(p.tensor, []).append(p)
    return tuple(
        Stack(name, tuple(sorted(ps, key=lambda p: p.block)), name in optional) for name, ps in blocks.items() if ps
    )


def _known_from(given: set[Symbol], instructions: Iterable[Any]) -> set[Symbol]:
    """The quantities that depend on the given ones alone, and these."""
    known = set(given)
    for i in instructions:
        if known.issuperset(uses(i)):
            known.update(defines(i))
    return known


class _Affine:
    """The affine maps of a cell as matrix products, and everything in its place before the steps or within one."""

    def __init__(self, cell: Cell, stacks: tuple[Stack, ...], early: set[Symbol]) -> None:
        self.cell, self.early = cell, early
        self.stack_of = {p.symbol: s for s in stacks for p in s.blocks}
        self.maps = {s.target: s for s in cell.statements if isinstance(s, Affine)}
        self.loose: dict[Symbol, list[Symbol]] = {target: [] for target in self.maps}  # biases outside every product
        whole, misfits = self._with_biases(self._products())
        if misfits:  # stacks of biases that fit no product: cut the products where those biases end
            whole, misfits = self._with_biases(self._products(misfits))
        for bias, target in (use for uses_of in misfits.values() for use in uses_of):
            self.loose[target].append(bias)
        self.groups = self._groups(whole)
        self.names = {group: self._names(group) for group in self.groups}

    def instructions(self) -> tuple[list[Instruction], list[Instruction]]:
        """The instructions before the steps and those of a step, in the author's order."""
        wanted = {
            u for s in self.cell.statements if not isinstance(s, Affine) and s.target in self.early for u in s.uses
        }
        before: list[Instruction] = []
        step: list[Instruction] = []
        for stack in dict.fromkeys(self.stack_of[b] for biases in self.loose.values() for b in biases):
            before.append(Unstack(stack))
            step.append(Unstack(stack))
        done: set[tuple[Product, ...]] = set()
        for s in self.cell.statements:
            place = before if s.target in self.early else step
            if not isinstance(s, Affine):
                assert isinstance(s, Elementwise | Mean)
                place.append(s)
                continue
            for group in self.groups:
                if s.target in group[0].targets and group not in done:
                    done.add(group)
                    self._cut(group, wanted, before, step)
            parts = [n for g in self.groups for n, t in zip(self.names[g], g[0].targets, strict=True) if t == s.target]
            if parts != [s.target]:
                place.append(Elementwise(s.target, ordered(Add, [*parts, *self.loose[s.target]]), s.size))
        return _needed(before), _needed(step)

    def _cut(
        self,
        group: tuple[Product, ...],
        wanted: set[Symbol],
        before: list[Instruction],
        step: list[Instruction],
    ) -> None:
        """A group of products is cut before the steps where a block is needed there, else in the step."""
        names = self.names[group]
        early = tuple(p for p in group if p.operand in self.early)
        late = tuple(p for p in group if p.operand not in self.early)
        summed = {t for t in group[0].targets if t in self.early and t not in names}
        if early == group and (len(names) == 1 or summed or wanted & set(names)):
            before.append(Cut(names, group))
        elif early:
            whole = self._fresh(f"a_{early[0].operand.name}")
            before.append(Whole(whole, early))
            step.append(Cut(names, late, whole))
        else:
            step.append(Cut(names, late))

    def _fresh(self, stem: str) -> Symbol:
        """A name that nothing else has: a_x, then a_x2."""
        names = (Symbol(stem if k == 1 else f"{stem}{k}") for k in count(1))
        name = next(n for n in names if n not in self.taken)
        self.taken.add(name)
        return name

    # ------------------------------------------------------------------ products

    def _products(self, separate: Container[Stack | None] = ()) -> list[Product]:
        """One product for each operand and run of adjacent blocks, in the order of first use. A run ends where one of
        the ``separate`` stacks of biases begins or ends."""
        self.taken = set(self.cell.sizes)
        products: list[Product] = []
        biased: list[Stack | None] = []  # the separate stack in which each product's biases are
        for affine in self.maps.values():
            for term in affine.terms:
                stack, bias = self.stack_of[term.weight], self.stack_of.get(term.bias)
                if bias not in separate:
                    bias = None
                block = next(p.block for p in stack.blocks if p.symbol == term.weight)
                alone = len(affine.terms) == 1
                name = affine.target if alone else self._fresh(f"a_{term.weight.name.removeprefix('W_')}")
                for k, p in enumerate(products):
                    adjacent = p.first + len(p.targets) == block
                    same = (p.operand, p.stack, biased[k]) == (term.operand, stack, bias)
                    if same and adjacent and affine.target not in p.targets:
                        products[k] = replace(p, targets=(*p.targets, affine.target), names=(*p.names, name))
                        break
                else:
                    products.append(Product(term.operand, stack, block, (affine.target,), (name,)))
                    biased.append(bias)
        return products

    def _with_biases(self, products: list[Product]) -> tuple[list[Product], dict[Stack, Uses]]:
        """Each stack of biases joins a product of the same height, if it can one over the input. Also those that
        cannot, each with its biases and the affine maps to which they belong."""
        misfits: dict[Stack, Uses] = {}
        where: dict[Stack, Uses] = {}
        for affine in self.maps.values():
            for bias in (t.bias for t in affine.terms if t.bias is not None):
                where.setdefault(self.stack_of[bias], []).append((bias, affine.target))
        for stack, uses_of in where.items():
            order = tuple(p.symbol for p in stack.blocks)
            targets = tuple(t for _, t in sorted(uses_of, key=lambda use: order.index(use[0])))
            fits = [k for k, p in enumerate(products) if p.targets == targets and len(uses_of) == len(order)]
            if fits:
                k = min(fits, key=lambda k: (products[k].operand not in self.early, k))
                products[k] = replace(products[k], biases=(*products[k].biases, stack))
            else:
                misfits[stack] = uses_of
        return products, misfits

    def _groups(self, products: list[Product]) -> list[tuple[Product, ...]]:
        """Products of the same height, summed before they are cut where they are all that their targets consist of."""
        heights = Counter(p.targets for p in products)
        groups: dict[tuple[Symbol, ...], list[Product]] = {}
        for k, p in enumerate(products):
            alone = any(len(self.maps[t].terms) != heights[p.targets] or self.loose[t] for t in p.targets)
            groups.setdefault((Symbol(f"{k}"),) if alone else p.targets, []).append(p)
        return [tuple(g) for g in groups.values()]

    def _names(self, group: tuple[Product, ...]) -> tuple[Symbol, ...]:
        """What the blocks are called: the targets themselves where nothing is left to add."""
        if len(group) > 1:
            return group[0].targets
        (product,) = group
        return tuple(
            self._fresh(f"linear_{n}") if n == t and self.loose[t] else n
            for n, t in zip(product.names, product.targets, strict=True)
        )


def _needed(instructions: list[Instruction]) -> list[Instruction]:
    """Without the unstacked biases that nothing reads."""
    read = {u for s in instructions for u in uses(s)}
    return [s for s in instructions if not isinstance(s, Unstack) or read.intersection(defines(s))]


def _carried(
    cell: Cell, before: Sequence[Instruction], step: Sequence[Instruction], saved: Sequence[Symbol]
) -> tuple[Symbol, ...]:
    """What the steps and the backward pass read of what is known before them; else the input itself."""
    read = {u for s in step for u in uses(s)} | {Symbol(s) for s in cell.states} | set(saved) - {cell.input}
    local = {d for s in step for d in defines(s)}
    known = [cell.input, *(d for s in before for d in defines(s))]
    return tuple(k for k in known if k in read and k not in local) or (cell.input,)


def _inlined(instructions: Sequence[Instruction], kept: set[Symbol]) -> tuple[Instruction, ...]:
    """A quantity that the author did not name, read once, in a formula, stands in that formula."""
    read = Counter(s for i in instructions for s in _reads(i))
    formulas = {s for i in instructions if isinstance(i, Elementwise) for s in uses(i)}
    inside: dict[Basic, Expr] = {}
    result: list[Instruction] = []
    for i in instructions:
        if isinstance(i, Elementwise):
            i = replace(i, expr=substitute(i.expr, inside))
            if i.target not in kept and read[i.target] == 1 and i.target in formulas:
                inside[i.target] = i.expr
                continue
        result.append(i)
    return tuple(result)


def _reads(instruction: Instruction) -> Iterable[Symbol]:
    """Each reading of a quantity, as often as it is read."""
    if not isinstance(instruction, Elementwise):
        return uses(instruction)
    leaves = (node for node in _walk(instruction.expr) if isinstance(node, Symbol))
    return tuple(leaves)


def _walk(expr: Basic) -> Iterable[Basic]:
    yield expr
    for a in expr.args:
        yield from _walk(a)
