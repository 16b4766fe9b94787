"""The cell of an exported step, held against the module that it is of."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import replace
from typing import Any

from sympy import Piecewise, StrictGreaterThan

from derive.definition.cell import Cell
from derive.errors import DeriveError
from derive.intake.assembled import Assembly
from derive.intake.exported import Exported, export
from derive.intake.graph import GraphReader
from derive.intake.pieces import numbers_in
from derive.intake.places import place_in
from derive.intake.proof import differences
from derive.intake.torch_cell import TOLERANCE, FromTorch
from derive.intake.unlearned import Unlearned
from derive.symbolic.expressions import rewrite
from derive.symbolic.spiking import spike

Tensor = Any


def proved(step: Exported, name: str, states: Any, inputs: Any) -> FromTorch:
    """The cell that was read, where it agrees with the module. Raises DeriveError where it does not."""
    read = _read(step, name)
    if step.constants and not read.agrees:  # a number of the graph that is made of several of them
        sizes = (step.input_size, step.hidden_size)
        read = _read(export(step.module, *sizes, states, inputs, {}, named=False), name)
    if not read.agrees:
        label, gap = type(step.module).__name__, max(read.differences.values())
        if read.differences["states"] <= TOLERANCE:
            if (spiking := _spiking(read)).agrees:
                return spiking
            _check_apart(read)
            raise DeriveError(
                f"{label}: its new states are those of the cell that was read, and its gradients differ by {gap:.1e} in"
                " float64: a function of it has a backward pass of its own, which no equation says"
            )
        raise DeriveError(
            f"{label}: the cell that was read differs from the module by {gap:.1e} in float64: the module does"
            " something that its exported step does not show"
        )
    return read


def _read(step: Exported, name: str) -> FromTorch:
    label = type(step.module).__name__
    reader = GraphReader(step)
    results = reader.states()

    def assembled(unlearned: Mapping[str, Tensor]) -> Assembly:
        return Assembly(
            name or _snake(label), label, step.states, step.form.further, step.sizes, step.form.axes,
            step.units, results, dict(step.constants.values()), Unlearned(unlearned),
        )  # fmt: skip

    assembly = assembled(reader.fixed)
    cell = assembly.cell()
    read = FromTorch(
        cell, step, assembly.sources, {}, tuple(_notes(step, reader.read, assembly.unlearned)), reader.fixed,
        assembled({}).cell() if reader.fixed else cell,
    )  # fmt: skip
    return replace(read, differences=differences(read))


def _spiking(read: FromTorch) -> FromTorch:
    """With steps as spikes, whose slope is not that of a step."""

    def rule(node: Any) -> Any:
        if isinstance(node, Piecewise) and len(node.args) == 2:
            (one, where), (zero, _) = node.args
            if isinstance(where, StrictGreaterThan) and (one, zero, where.lts) == (1, 0, 0):
                return spike(where.gts)
        return None

    def changed(cell: Cell) -> Cell:
        return replace(cell, lines=tuple(replace(line, expr=rewrite(line.expr, rule)) for line in cell.lines))

    found = replace(read, cell=changed(read.cell), all_learned=changed(read.all_learned or read.cell))
    return replace(found, differences=differences(found))


def _check_apart(read: FromTorch) -> None:
    """Raises DeriveError where a number of the module is in two weights, whose gradients it adds."""
    import torch

    found: dict[str, list[tuple[str, set[int]]]] = {}
    held = read.step.module.state_dict()
    learned = {name: source for name, source in read.sources.items() if source.tensor not in read.unlearned}
    for name, source in learned.items():
        stored = held[source.tensor]
        places = torch.arange(stored.numel()).reshape(stored.shape)
        mine = set(numbers_in(places, source).flatten().tolist())
        if other := next((n for n, theirs in found.get(source.tensor, ()) if mine & theirs), None):
            raise DeriveError(
                f"{type(read.step.module).__name__}: {source.tensor} is read as it is and transposed, or in parts that"
                f" overlap, {read.places[other]} and {read.places[name]}; a cell's weights are learned one by one: use"
                " a tensor for each"
            )
        found.setdefault(source.tensor, []).append((name, mine))


def _notes(step: Exported, read: Container[str], unlearned: Unlearned) -> Iterator[str]:
    for name, piece in unlearned.places.items():
        place = place_in(piece, unlearned.tensors[piece.tensor].shape)
        yield f"{name} is not learned, and has the numbers of {place}: the cell is of this size alone"
    unread = [n for n, _ in step.module.named_parameters(remove_duplicate=False) if n not in read]
    if unread:
        yield f"not read by a step that is given its states: {', '.join(unread)}"
    if step.left:
        yield f"by default: {', '.join(step.left)}"
    if step.form.by_name:
        yield f"the new states come back as {', '.join(step.form.states)}, and are paired with the old ones by name"


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
