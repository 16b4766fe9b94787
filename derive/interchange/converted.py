"""What a conversion gives: a cell, its weights, and the layer that computes what the other one did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from derive.backends.torch.build import build
from derive.definition.cell import Cell
from derive.notebook.pieces import equations, result
from derive.statements.sizes import units
from derive.symbolic.expressions import HIDDEN, INPUT, PROJ

Array = Any  # of NumPy


@dataclass(frozen=True, repr=False, eq=False)
class Converted:
    """A layer of somebody else's. ``cell, weights = converted`` takes it apart.

    name: what it is called there. weights: as in a ``state_dict`` of ``layer()``, arrays of NumPy.
    sizes: those of the cell's own, such as "heads".
    reverse: whether it reads the sequence from its end alone. single: whether it is one time step, a cell of ``torch``.
    initial: what the states are before the first step, each (layers * directions, B, n), where the file says it.
    learned: the states whose first values are among the weights ("h_0_l0").
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
    learned: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    sizes: Mapping[str, int] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Any]:
        return iter((self.cell, self.weights))

    @property
    def bias(self) -> bool:
        return any(name.startswith("bias") for name in self.weights)

    @property
    def options(self) -> dict[str, Any]:
        """The arguments of the generated layer's constructor."""
        sizes = {"input_size": self.input_size, "hidden_size": self.hidden_size, "bias": self.bias, **self.sizes}
        if self.single:
            return sizes
        names = ["num_layers", "bidirectional", "batch_first", "dropout"] + ["proj_size"] * bool(self.proj_size)
        learned = {"learn_initial_state": self.learned} if self.learned else {}
        return sizes | {name: getattr(self, name) for name in names} | learned

    def layer(self) -> Any:
        """The generated layer, or cell where it is ``single``, with the weights and initial states in it, in their
        dtype. Needs torch."""
        import torch

        module = build(self.cell)
        made = module.Cell if self.single else module.Layer
        tensors = {name: torch.from_numpy(array.copy()) for name, array in self.weights.items()}
        layer = made(**self.options, dtype=next(iter(tensors.values())).dtype)
        layer.load_state_dict(tensors, strict=True)
        if not self.single:
            layer.from_the_end, layer.given_states = (
                self.reverse,
                tuple(torch.from_numpy(s.copy()) for s in self.initial),
            )
        return layer

    @property
    def ends(self) -> list[str]:
        """Of the names of the weights, of every layer and direction."""
        directions = ("", "_reverse") if self.bidirectional else ("",)
        return [f"_l{layer}{direction}" for layer in range(self.num_layers) for direction in directions]

    @property
    def first_values(self) -> list[str]:
        """The names of the weights that are first values of states."""
        return [f"{state}_0{end}" for end in self.ends for state in self.learned]

    def starting(self) -> tuple[Array, ...]:
        """What the states are before the first step, each (layers * directions, B or 1, n): given, learned, or where
        the cell starts; nothing where all are 0."""
        if self.initial or not (self.learned or self.cell.starts):
            return self.initial
        dtype = next(iter(self.weights.values())).dtype
        found = []
        known = {INPUT: self.input_size, HIDDEN: self.hidden_size, PROJ: self.proj_size, **self.sizes}
        for k, state in enumerate(self.cell.states):
            width = (self.proj_size if k == 0 else 0) or units(self.cell.sizes[self.cell.previous(state)], known)
            start = np.full(width, float(self.cell.starts.get(state, 0)), dtype)
            rows = [self.weights[f"{state}_0{end}"] if state in self.learned else start for end in self.ends]
            found.append(np.stack(rows)[:, None])
        return tuple(found)

    def _repr_html_(self) -> str:
        return result(repr(self), equations(self.cell.equations))

    def __repr__(self) -> str:
        sizes = f"{self.input_size}, {self.hidden_size}"
        usual = {"num_layers": 1, "bias": True, "dropout": 0.0}
        more = {k: v for k, v in [*self.options.items(), ("reverse", self.reverse)] if not k.endswith("_size")}
        given = "".join(f", {k}={v}" for k, v in more.items() if v != usual.get(k, False))
        asks = f"; to be given: {', '.join(self.inputs)}" if self.inputs else ""
        return f"{self.name}: {self.cell.class_name}({sizes}{given}){asks}"
