"""What a conversion gives: a cell, its weights, and the layer that computes what the other one did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from derive.backends.torch.build import build
from derive.definition.cell import Cell

Array = Any  # of NumPy


@dataclass(frozen=True, repr=False, eq=False)
class Converted:
    """A layer of somebody else's. ``cell, weights = converted`` takes it apart.

    name: what it is called there. weights: as in a ``state_dict`` of ``layer()``, arrays of NumPy.
    reverse: whether it reads the sequence from its end alone. single: whether it is one time step, a cell of ``torch``.
    initial: what the states are before the first step, each (layers * directions, B, n), where the file says it.
    inputs: what the model gives to the layer beside the sequence and is for the caller to give: "initial_h" as ``hx``,
    "sequence_lens" as a ``PackedSequence``.
    """

    name: str
    cell: Cell
    weights: Mapping[str, Array]
    input_size: int
    hidden_size: int
    num_layers: int = 1
    bidirectional: bool = False
    reverse: bool = False
    batch_first: bool = False
    proj_size: int = 0
    dropout: float = 0.0
    single: bool = False
    initial: tuple[Array, ...] = ()
    inputs: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Any]:
        return iter((self.cell, self.weights))

    @property
    def bias(self) -> bool:
        return any(name.startswith("bias") for name in self.weights)

    @property
    def options(self) -> dict[str, Any]:
        """The arguments of the generated layer's constructor."""
        sizes = {"input_size": self.input_size, "hidden_size": self.hidden_size, "bias": self.bias}
        if self.single:
            return sizes
        names = ["num_layers", "bidirectional", "batch_first", "dropout"] + ["proj_size"] * bool(self.proj_size)
        return sizes | {name: getattr(self, name) for name in names}

    def layer(self) -> Any:
        """The generated layer, or cell where it is ``single``, with the weights and initial states in it, in their
        dtype. Needs torch."""
        import torch

        module = build(self.cell)
        made = module.Cell if self.single else module.Layer
        if self.reverse or self.initial:
            made = _special(made, self.reverse, [torch.from_numpy(s.copy()) for s in self.initial])
        tensors = {name: torch.from_numpy(array.copy()) for name, array in self.weights.items()}
        layer = made(**self.options, dtype=next(iter(tensors.values())).dtype)
        layer.load_state_dict(tensors, strict=True)
        return layer

    def __repr__(self) -> str:
        sizes = f"{self.input_size}, {self.hidden_size}"
        usual = {"num_layers": 1, "bias": True, "dropout": 0.0}
        more = {k: v for k, v in [*self.options.items(), ("reverse", self.reverse)] if not k.endswith("_size")}
        given = "".join(f", {k}={v}" for k, v in more.items() if v != usual.get(k, False))
        asks = f"; to be given: {', '.join(self.inputs)}" if self.inputs else ""
        return f"{self.name}: {self.cell.class_name}({sizes}{given}){asks}"


def _special(made: Any, reverse: bool, initial: list[Any]) -> Any:
    """The class of a layer that reads from the end, or starts from states of its own."""

    class Special(made):
        @property
        def _reversed(self) -> Any:
            return tuple(backwards != reverse for backwards in super()._reversed)

        def _initial_states(self, x: Any, given: Any, batch: int) -> Any:
            if given is None and initial:
                given = tuple(s.to(x).expand(-1, batch, -1) for s in initial)
            return super()._initial_states(x, given, batch)

    Special.__name__ = Special.__qualname__ = made.__name__
    return Special
