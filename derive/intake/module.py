"""``from_torch``: the cell that a hand-written module of one step is, with its weights, proved on the spot."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from sympy import Piecewise, StrictGreaterThan

from derive.backends.torch.build import build, require_torch
from derive.definition.cell import Cell
from derive.errors import DeriveError
from derive.intake.assembled import Assembly
from derive.intake.exported import Exported, built, export
from derive.intake.graph import GraphReader
from derive.intake.loops import looped
from derive.intake.pieces import Block, Learned, numbers_in
from derive.intake.places import held_numbers, place_in
from derive.intake.proof import differences
from derive.intake.record import record
from derive.intake.source import Source
from derive.intake.unlearned import Unlearned
from derive.later import later
from derive.symbolic.expressions import rewrite
from derive.symbolic.spiking import spike

Tensor = Any

TOLERANCE = 1e-10  # of the largest difference between the module and the derived one, in float64


@dataclass(frozen=True, repr=False, eq=False)
class FromTorch:
    """A module's step as a cell. ``cell, weights = from_torch(module)`` takes it apart.

    sources: by the cell's parameters, where their numbers are in the module's ``state_dict``.
    differences: the largest ones from the module, on random weights and inputs in float64: of the states, and of the
    gradients of input, states and weights. notes: what of the module is no part of the cell, and what was taken for
    granted. unlearned: the tensors that are not learned; all_learned: the cell as if all of them were, which
    is what formulas can say.
    """

    cell: Cell
    step: Exported
    sources: Mapping[str, Learned | Block]
    differences: Mapping[str, float]
    notes: tuple[str, ...] = ()
    unlearned: Mapping[str, Tensor] = field(default_factory=dict)
    all_learned: Cell | None = None

    def __iter__(self) -> Iterator[Any]:
        return iter((self.cell, self.weights))

    @later
    def _repr_html_(self) -> str:
        raise NotImplementedError

    @property
    def agrees(self) -> bool:
        """Whether the derived cell is the module, to rounding."""
        return max(self.differences.values()) <= TOLERANCE

    @property
    def places(self) -> dict[str, str]:
        """Where each parameter is in the module's tensors: ``weight[7:14, 0:5]``."""
        held = {**self.unlearned, **self.step.module.state_dict()}
        return {name: place_in(source, held[source.tensor].shape) for name, source in self.sources.items()}

    @cached_property
    def weights(self) -> dict[str, Any]:
        """As in the ``state_dict`` of the derived ``Cell``, arrays of NumPy."""
        return {name: t.detach().numpy() for name, t in self.converted(self.step.module.state_dict()).items()}

    def converted(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """A ``state_dict`` of the module as one of the derived ``Cell``.

        Raises DeriveError for a tensor that is missing.
        """
        import torch

        made: dict[str, list[Tensor]] = {}
        for p in self.cell.parameters:
            if p.kind == "constant":
                continue
            source = self.sources[p.name]
            if source.tensor not in state and p.fixed is not None:  # what is not stored
                state = {**state, source.tensor: self.unlearned[source.tensor]}
            if source.tensor not in state:
                raise DeriveError(f"the state_dict has no {source.tensor!r}; it has {', '.join(state)}")
            stored = state[source.tensor]
            made.setdefault(p.tensor, []).append(held_numbers(stored, source, p.fixed is not None))
        return {name: torch.cat(blocks) if blocks[0].dim() else blocks[0] for name, blocks in made.items()}

    def single(self) -> Any:
        """The derived cell of one step with the module's weights, in their dtype."""
        return self.filled(build(self.cell).Cell, self.step.module.state_dict())

    def layer(self, **options: Any) -> Any:
        """The derived layer over whole sequences with the module's weights; options: batch_first, and dtype for another
        than theirs."""
        return self.filled(build(self.cell).Layer, self.step.module.state_dict(), "_l0", **options)

    def filled(self, made: Any, state: Mapping[str, Tensor], suffix: str = "", **options: Any) -> Any:
        """A generated class with the weights of the module's ``state_dict``."""
        tensors = {f"{name}{suffix}": t for name, t in self.converted(state).items()}
        options.setdefault("dtype", next(iter(tensors.values())).dtype if tensors else None)
        told = {name: n for n, name in self.step.units.items() if name in self.cell.named_sizes}
        layer = made(self.step.input_size, self.step.hidden_size, **told, **options)
        layer.load_state_dict(tensors, strict=True)
        return layer

    def to_json(self) -> dict[str, Any]:
        """Equations, where each parameter is in the module, and the differences."""
        return {
            **record(self.cell),
            "weights": self.places,
            "differences": dict(self.differences),
            "notes": list(self.notes),
        }

    def __repr__(self) -> str:
        where = "\n".join(f"  {name}: {place}" for name, place in self.places.items())
        held = ", ".join(f"{name} {value:.1e}" for name, value in self.differences.items())
        notes = "".join(f"\n{note}" for note in self.notes)
        label = type(self.step.module).__name__
        return f"{self.cell!r}\nweights\n{where}\nlargest difference from {label}: {held}{notes}"


def from_torch(
    module: Any,
    *,
    input_size: int | None = None,
    hidden_size: int | None = None,
    states: Sequence[str] | Mapping[str, int | tuple[int, ...] | None] | None = None,
    inputs: Sequence[str] | Mapping[str, int | None] | None = None,
    name: str = "",
    **arguments: Any,
) -> FromTorch:
    """The cell that a ``torch.nn.Module`` of one step computes, in evaluation.

    module: an instance, called as ``module(x, h)``, ``module(x, (h, c))``, ``module(x, h, c)`` or ``module(h, x)`` on
    tensors (B, I) and (B, H), which returns the new states; or its class, which is built as ``Class(input_size,
    hidden_size, **arguments)``. states: names of the states, in the order in which they are given, or their names and
    numbers of features, {"h": 8, "S": (2, 4, 4)} of such that have several axes, (B, heads, value, key), where they are
    not found by trying; the first one that comes back is the output. inputs: the names of arguments that are further
    inputs, or their names and numbers of features, which are as many as the input's where it is not said.

    The step is exported by ``torch.export``: the module's own code runs. The cell's module is then compared with the
    given one on random weights, inputs and states in float64.

    A layer over sequences whose loop steps one cell is read as that cell, if the layer does nothing else: their results
    are compared too.

    Raises DeriveError for what is no step, for operators and control flow that no cell has, with the line of the
    module's file, and where the derived module differs by more than 1e-10.
    """
    require_torch()
    made, sizes = built(module, input_size, hidden_size, arguments)
    if (loop := looped(made)) is not None:
        read = from_torch(loop.cell, input_size=sizes[0], hidden_size=sizes[1], states=states, inputs=inputs, name=name)
        loop.hold(read)
        return read
    try:
        step = export(module, input_size, hidden_size, states, inputs, arguments)
        return _proved(_read(step, name), name, states, inputs)
    except DeriveError as e:
        raise _placed(e, type(made)) from None


def _proved(read: FromTorch, name: str, states: Any, inputs: Any) -> FromTorch:
    """What was read, where it agrees with the module. Raises DeriveError where it does not."""
    step = read.step
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


def _placed(error: DeriveError, made: type) -> DeriveError:
    """The error with the line of the module's step, where it names none."""
    named = re.match(rf"{made.__name__}\b[\w.]*", str(error))
    if named is None or re.search(r", line \d", str(error)):
        return error
    return DeriveError(f"{named[0]}{Source.step_of(made)}{str(error)[named.end() :]}")


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
