# Written by `python -m derive code` from templates/torch/inputs.py. Do not edit: change the template, run it again.
"""Layers and cells that read several inputs. Within, the others stand beside the first in one tensor, which the loops,
the derived backward pass and the operators take as they take any input.

Sizes: T time steps, B sequences, I features of the first input, n of another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from .traces import traced


class SeveralInputs:
    """Mixed into a layer or a cell before the class that runs it.

    further: the names of the other inputs, each with its number of features n: 0 stands for I, a name for an argument
    of the constructor, several for their product.
    """

    further: ClassVar[dict[str, int | str | tuple[int | str, ...]]]
    _count: Callable[..., int]
    input_size: int

    @property
    def width(self) -> int:
        """The features of all inputs."""
        return self.input_size + sum(self._features().values())

    def _features(self) -> dict[str, int]:
        """The number of features of each other input."""
        return {name: self._count(n) or self.input_size for name, n in self.further.items()}

    def _register_parameters(self, **factory: Any) -> None:
        alike = [name for name, n in self.further.items() if n == 0]
        if getattr(self, "num_layers", 1) > 1 and alike:
            raise ValueError(
                f"num_layers is {self.num_layers}, and {', '.join(alike)} with input_size features each go with the "
                "first layer alone; make a layer of each, and give each what it reads"
            )
        super()._register_parameters(**factory)

    def above(self, output: Tensor, x: Tensor) -> Tensor:
        """What the next layer reads: a layer's output, and beside it the other inputs, as they stand in ``x``."""
        return torch.cat((output, x[..., self.input_size :]), -1)

    def forward(self, input: Any, *given: Any, **named: Any) -> Any:
        """As of one input, with the others after the first: ``layer(input, m, hx)``, or by name.

        Raises TypeError for one that is missing or unknown, ValueError for another layout or dtype than the first
        one's, RuntimeError for other sizes.
        """
        x, hx = self._together(input, given, named)
        return super().forward(x, hx)

    def trace(self, input: Tensor, *given: Any, **named: Any) -> dict[str, Tensor]:
        """As of one input; takes what a call takes."""
        return traced(self, input, *given, **named)

    def _together(self, input: Any, given: Iterable[Any], named: dict[str, Any]) -> tuple[Any, Any]:
        """All inputs side by side, and the states."""
        kind, names = type(self).__name__, [*self.further, "hx"]
        positional = list(given)
        found = dict(zip(names, positional, strict=False))
        if len(positional) > len(names) or any(name not in names or name in found for name in named):
            raise TypeError(f"{kind} takes input, {', '.join(names)}, each once")
        found |= named
        if missing := [name for name in self.further if found.get(name) is None]:
            raise TypeError(f"{kind} takes input, {', '.join(names)}; missing: {', '.join(missing)}")
        others = [found[name] for name in self.further]
        if not isinstance(input, PackedSequence):
            return self._side_by_side(input, others), found.get("hx")
        for name, other in zip(self.further, others, strict=True):
            if not isinstance(other, PackedSequence) or not _packed_alike(input, other):
                raise ValueError(f"{kind}: input is a PackedSequence; expected {name} packed with the same lengths")
        data = self._side_by_side(input.data, [other.data for other in others])
        return PackedSequence(data, *input[1:]), found.get("hx")

    def _side_by_side(self, input: Tensor, others: list[Tensor]) -> Tensor:
        kind = type(self).__name__
        if input.dim() and input.size(-1) != self.input_size:
            raise RuntimeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {input.size(-1)}"
            )
        for (name, n), other in zip(self._features().items(), others, strict=True):
            if isinstance(other, PackedSequence) or other.dim() != input.dim():
                raise ValueError(f"{kind}: {name} is not laid out as input, which is {input.dim()}-D")
            if other.shape != (*input.shape[:-1], n):
                raise RuntimeError(f"{kind}: {name} has shape {list(other.shape)}, expected {[*input.shape[:-1], n]}")
            if other.dtype != input.dtype:
                raise ValueError(f"{kind}: {name} is of {other.dtype}, and input of {input.dtype}")
        return torch.cat((input, *others), -1)


def _packed_alike(a: PackedSequence, b: PackedSequence) -> bool:
    """Whether two packed inputs are of the same sequences, in the same order."""
    pairs = ((a.batch_sizes, b.batch_sizes), (a.sorted_indices, b.sorted_indices))
    return all(p is q or (p is not None and q is not None and torch.equal(p, q)) for p, q in pairs)
