"""A module's step as a cell, its weights, and how far the two are apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from derive.backends.torch.build import build
from derive.definition.cell import Cell
from derive.errors import DeriveError
from derive.intake.record import record
from derive.later import later

if TYPE_CHECKING:
    from derive.intake.exported import Exported
    from derive.intake.pieces import Block, Learned

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
        from derive.intake.places import place_in  # with NumPy, which comes with torch and is not there without it

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

        from derive.intake.places import held_numbers

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
