"""Runs of a cell alone: weights as its layers start, or in a box; inputs in a box.

Weights are drawn with Python's ``random.Random(seed)``, parameter by parameter in the order of the cell's tensors;
PyTorch draws others of the same distributions.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import prod
from typing import Any

from sympy import Symbol, lambdify

from derive.definition.cell import Cell
from derive.errors import RunError, shown, unknown
from derive.run import given
from derive.run.box import Variable, check_form, variables
from derive.run.data import Run
from derive.run.weights import check_count, stacks
from derive.statements.parameter import Parameter
from derive.statements.sizes import count_of, lengths, units
from derive.statements.writing import named_entries
from derive.symbolic.expressions import HIDDEN, INPUT
from derive.symbolic.initial import Draw, Spaced, Uniform, draw_of

Sizes = Mapping[str, int]
MASK = (0, 1)  # between which it lies, whatever is drawn


def drawn_run(
    cell: Cell, box: Mapping[str, Any], steps: int, sizes: Mapping[str, Any] | None, seed: int | None
) -> tuple[Run, tuple[Variable, ...]]:
    """A run of so many steps and the variables of its box, which has every input by a name that holds at all steps.

    Masks that are not in the box may be anything. sizes: by name, as a layer is told them; those of inputs are told by
    the names in the box. seed: from which the weights are drawn that the box does not have, by default 0; the title
    says so.

    Raises RunError for a size that is missing or that the cell has not, for an input that is not in the box, for a seed
    that is none, and as ``variables`` does.
    """
    if seed is not None and (not isinstance(seed, int) or isinstance(seed, bool)):
        raise RunError(f"seed is {shown(seed)}, expected an integer, from which weights are drawn")
    check_form(box)
    known = _sizes(cell, box, {} if sizes is None else sizes)
    check_count(cell, stacks(cell), known)
    zeros = {i.name: ((0,) * count_of(i.size, known),) * steps for i in cell.inputs}
    title = f"{cell.title}, H = {known[HIDDEN]}"
    run = Run(
        cell, _weights(cell, known, seed or 0), zeros.pop(cell.input.name), inputs=zeros, sizes=known, title=title
    )
    masks = {f"{i.name}{k}": MASK for i in cell.draws for k in range(1, len(run.sequences[i.name][0]) + 1)}
    found = variables(run, masks | dict(box))
    given_at = {(v.symbol, v.t) for v in found}
    for name in run.sequences:
        for symbol, _ in named_entries(name, run.sequences[name][0]):
            if (symbol, 1) not in given_at or (symbol, steps) not in given_at:
                key = symbol.name.replace("[", "").rstrip("]")
                raise RunError(f"box: {key} is missing, and a cell alone has no inputs; give {key}=LOWER..UPPER")
    if any((symbol, None) not in given_at for symbol in _chosen(run)):
        return replace(run, title=f"{title}, weights drawn with seed {seed or 0}"), found
    return run, found


def _chosen(run: Run) -> Iterator[Symbol]:
    """The weights that are drawn."""
    for p in run.cell.parameters:
        if p.learned and (p.initial is None or draw_of(p.initial)):
            yield from (symbol for symbol, _ in named_entries(p.name, run.parameters[p.name]))


def _sizes(cell: Cell, box: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, int]:
    """All sizes of the cell."""
    if not isinstance(told, Mapping):
        raise RunError(f"sizes is {shown(told)}, expected numbers by name, such as {{'hidden_size': 16}}")
    found = {name: given.count(size, f"sizes.{name}") for name, size in told.items()}
    wanted = [s for s in cell.all_sizes if s.isidentifier()]
    for name in found:
        if name not in (*wanted, HIDDEN, INPUT):
            raise RunError(f"sizes: {unknown(f'size of {cell.name}', name, wanted)}")
    for i in cell.inputs:
        count = next(k for k in range(len(box) + 1) if f"{i.name}{k + 1}" not in box)
        if count and i.size in wanted:
            found.setdefault(i.size, count)
    missing = [s for s in wanted if s not in found]
    if missing:
        told_as = ", ".join(f"{s!r}: {16 if s == HIDDEN else 2}" for s in missing)
        raise RunError(f"sizes: {missing[0]} is missing, and a cell alone has none; give sizes={{{told_as}}}")
    return {HIDDEN: 1} | found


# ---------------------------------------------------------------------- weights


def _weights(cell: Cell, sizes: Sizes, seed: int) -> dict[str, Any]:
    """Every learned tensor."""
    chance, found = random.Random(seed), {}
    for name, stack in stacks(cell).items():
        if stack.parameters[0].learned:
            shape = stack.expected(sizes)
            numbers = [n for p in stack.parameters for n in _numbers(p, sizes, chance)]
            columns = prod(shape[1:])
            rows = [numbers[k : k + columns] for k in range(0, len(numbers), columns)]
            found[name] = rows if len(shape) > 1 else numbers if shape else numbers[0]
    return found


def _numbers(p: Parameter, sizes: Sizes, chance: random.Random) -> list[float]:
    """The numbers of a parameter as it is stored, along its rows."""
    axes = (*lengths(p.rows, sizes), *([units(p.stored_cols, sizes)] if p.cols else []))
    bound = sizes[HIDDEN] ** -0.5
    initial = Uniform(-bound, bound) if p.initial is None else p.initial
    draw = draw_of(initial)
    if draw is None:
        return [float(initial)] * prod(axes)
    numbers = _of_draw(draw, axes, sizes, chance)
    if initial == draw:
        return numbers
    formula = lambdify(Symbol("u"), initial.xreplace({draw: Symbol("u")}), "math")
    return [float(formula(n)) for n in numbers]


def _of_draw(draw: Draw, axes: tuple[int, ...], sizes: Sizes, chance: random.Random) -> list[float]:
    """Of what is a matrix for each head those of each, one after the other."""
    heads = draw.heads if isinstance(draw, Spaced) else ""
    parts = (int(heads) if heads.isdecimal() else sizes[heads]) if heads else 1
    return [n for _ in range(prod(axes[:-2])) for n in draw.drawn(axes[-2:], chance, parts)]
