"""``from_torch``: the cell that a hand-written module of one step is, with its weights, proved on the spot."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from derive.backends.torch.build import build, require_torch
from derive.definition.cell import Cell
from derive.errors import DeriveError
from derive.intake.assembled import Assembly
from derive.intake.exact import exact_hardsigmoid
from derive.intake.exported import Exported, built, export, first_line
from derive.intake.graph import GraphReader
from derive.intake.loops import looped
from derive.intake.pieces import Block, Learned
from derive.intake.record import record
from derive.later import later

Tensor = Any

TOLERANCE = 1e-10  # of the largest difference between the module and the derived one, in float64


@dataclass(frozen=True, repr=False, eq=False)
class FromTorch:
    """A module's step as a cell. ``cell, weights = from_torch(module)`` takes it apart.

    sources: by the cell's parameters, where their numbers are in the module's ``state_dict``.
    differences: the largest ones from the module, on random weights and inputs in float64: of the states, and of the
    gradients of input, states and weights.
    """

    cell: Cell
    step: Exported
    sources: Mapping[str, Learned | Block]
    differences: Mapping[str, float]

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
        return {name: _place(source) for name, source in self.sources.items()}

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
            if source.tensor not in state:
                raise DeriveError(f"the state_dict has no {source.tensor!r}; it has {', '.join(state)}")
            stored = state[source.tensor]
            made.setdefault(p.tensor, []).append(_numbers(stored, source))
        return {name: torch.cat(blocks) if blocks[0].dim() else blocks[0] for name, blocks in made.items()}

    def single(self) -> Any:
        """The derived cell of one step with the module's weights, in their dtype."""
        return self._filled(build(self.cell).Cell, self.step.module.state_dict())

    def layer(self, **options: Any) -> Any:
        """The derived layer over whole sequences with the module's weights; options: batch_first, and dtype for another
        than theirs."""
        return self._filled(build(self.cell).Layer, self.step.module.state_dict(), "_l0", **options)

    def _filled(self, made: Any, state: Mapping[str, Tensor], suffix: str = "", **options: Any) -> Any:
        tensors = {f"{name}{suffix}": t for name, t in self.converted(state).items()}
        options.setdefault("dtype", next(iter(tensors.values())).dtype if tensors else None)
        layer = made(self.step.input_size, self.step.sizes[0], **options)
        layer.load_state_dict(tensors, strict=True)
        return layer

    def to_json(self) -> dict[str, Any]:
        """Equations, where each parameter is in the module, and the differences."""
        return {
            **record(self.cell),
            "weights": self.places,
            "differences": dict(self.differences),
        }

    def __repr__(self) -> str:
        where = "\n".join(f"  {name}: {place}" for name, place in self.places.items())
        held = ", ".join(f"{name} {value:.1e}" for name, value in self.differences.items())
        return f"{self.cell!r}\nweights\n{where}\nlargest difference from {type(self.step.module).__name__}: {held}"


def from_torch(
    module: Any,
    *,
    input_size: int | None = None,
    hidden_size: int | None = None,
    states: Sequence[str] | None = None,
    name: str = "",
    **arguments: Any,
) -> FromTorch:
    """The cell that a ``torch.nn.Module`` of one step computes, in evaluation.

    module: an instance, called as ``module(x, h)``, ``module(x, (h, c))`` or ``module(x, h, c)`` on tensors (B, I) and
    (B, H), which returns the new states; or its class, which is built as ``Class(input_size, hidden_size,
    **arguments)``. states: names of the states, in the order in which they are given; the first one is the output.

    The step is exported by ``torch.export``: the module's own code runs. The cell's module is then compared with the
    given one on random weights, inputs and states in float64.

    A layer over sequences whose loop steps one cell is read as that cell, if the layer does nothing else: their results
    are compared too.

    Raises DeriveError for what is no step; for operators, buffers and control flow that no cell has, with the line of
    the module's file; and where the derived module differs by more than 1e-10.
    """
    require_torch()
    made, sizes = built(module, input_size, hidden_size, arguments)
    if (loop := looped(made)) is not None:
        read = from_torch(loop.cell, input_size=sizes[0], hidden_size=sizes[1], states=states, name=name)
        loop.hold(read)
        return read
    step = export(module, input_size, hidden_size, states, arguments)
    read = _read(step, name)
    if step.constants and not read.agrees:  # a number of the graph that is made of several of them
        read = _read(export(step.module, step.input_size, step.sizes[-1], states, {}, named=False), name)
    if not read.agrees:
        raise DeriveError(
            f"{type(step.module).__name__}: the cell that was read differs from the module by"
            f" {max(read.differences.values()):.1e} in float64: the module does something that its exported step does"
            " not show"
        )
    return read


def _read(step: Exported, name: str) -> FromTorch:
    label = type(step.module).__name__
    for state, size in zip(step.states, step.sizes, strict=True):
        if size != step.sizes[0]:
            raise DeriveError(
                f"{label}: the state {state!r} has {size} features and {step.states[0]!r} has {step.sizes[0]}; a cell's"
                " states are equally wide"
            )
    constants = dict(step.constants.values())
    sizes = (step.input_size, step.sizes[0])
    assembly = Assembly(name or _snake(label), label, step.states, sizes, GraphReader(step).states(), constants)
    read = FromTorch(assembly.cell(), step, assembly.sources, {})
    return replace(read, differences=_differences(read))


def _differences(read: FromTorch) -> dict[str, float]:
    """The largest differences between module and derived cell; weights, input and states are from U(-1, 1)."""
    import torch

    step = read.step
    generator = torch.Generator().manual_seed(0)

    def drawn(*shape: int) -> Tensor:
        return (2 * torch.rand(shape, generator=generator, dtype=torch.float64) - 1).requires_grad_()

    module = copy.deepcopy(step.module).double().eval()
    with torch.no_grad():
        for p in module.parameters():
            p.copy_(drawn(*p.shape))
    ours = read._filled(build(read.cell).Cell, module.state_dict())
    x, every = drawn(4, step.input_size), [drawn(4, n) for n in step.sizes]
    given = every[step.form.output :]
    towards = [drawn(4, n) for n in step.sizes]

    def gradients(new: Sequence[Tensor], weights: Mapping[str, Tensor]) -> tuple[list[Tensor], dict[str, Tensor]]:
        loss = sum((t * n).sum() for t, n in zip(towards, new, strict=True))
        wanted = [x, *given, *weights.values()]
        found = torch.autograd.grad(loss, wanted, allow_unused=True)
        found = [torch.zeros_like(w) if g is None else g for w, g in zip(wanted, found, strict=True)]
        k = 1 + len(given)
        return found[:k], dict(zip(weights, found[k:], strict=True))

    def called() -> list[Tensor]:
        copies = [t.clone() for t in (x, *given)]  # a step may write over what it is given
        return step.form.results(module(*step.form.arguments(copies[0], copies[1:])))

    def gap(pairs: Iterable[tuple[Tensor, Tensor]]) -> float:
        return max((float((a - b).abs().max().detach()) for a, b in pairs), default=0.0)

    label = type(step.module).__name__
    with exact_hardsigmoid():
        theirs = called()
        if (kept := gap(zip(called(), theirs, strict=True))) > 0:
            raise DeriveError(
                f"{label}: two calls on the same numbers differ by {kept:.1e}: it keeps something from call to call, or"
                " draws numbers; a state is given and returned"
            )
    result = ours(x, every[0] if len(every) == 1 else tuple(every))
    mine = [result] if len(every) == 1 else list(result)
    with exact_hardsigmoid():
        try:
            at_theirs, of_theirs = gradients(theirs, dict(module.named_parameters(remove_duplicate=False)))
        except RuntimeError as e:
            raise DeriveError(f"{label}: torch finds no gradient of it: {first_line(e)}") from None
    at_mine, of_mine = gradients(mine, dict(ours.named_parameters()))
    expected = read.converted(of_theirs)

    return {
        "states": gap(zip(mine, theirs, strict=True)),
        "gradients of input and states": gap(zip(at_mine, at_theirs, strict=True)),
        "gradients of weights": gap((of_mine[name], expected[name]) for name in of_mine),
    }


def _numbers(stored: Tensor, source: Learned | Block) -> Tensor:
    if isinstance(source, Learned):
        row = stored if source.row is None else stored[source.row]
        flat = row.reshape(-1)[source.start : source.start + source.size]
        return flat if source.size > 1 else flat.reshape(())
    (r0, r1), (c0, c1) = source.stored
    block = stored[r0:r1, c0:c1]
    return block.T if source.transposed else block


def _place(source: Learned | Block) -> str:
    if isinstance(source, Learned):
        row = "" if source.row is None else f"{source.row}, "
        return f"{source.tensor}[{row}{source.start}:{source.start + source.size}]"
    (r0, r1), (c0, c1) = source.stored
    return f"{source.tensor}[{r0}:{r1}, {c0}:{c1}]{' transposed' if source.transposed else ''}"


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
