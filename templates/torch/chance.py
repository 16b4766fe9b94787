"""Layers and cells that draw masks: 1 with a probability, else 0, which in evaluation is that probability itself.

They are drawn with ``torch.bernoulli`` from PyTorch's generator, one tensor for each mask of each direction of each
layer: layer by layer, forwards and then backwards, mask by mask as in the definition. So the same seed gives the same
numbers. To autograd they are constants. Within, they stand beside the inputs in one tensor, after them.

Sizes: T time steps, B sequences, n numbers of a mask.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar, NamedTuple

import torch
from torch import Tensor
from torch.nn.utils.rnn import PackedSequence

from .backward import as_it_is
from .traces import traced


class Mask(NamedTuple):
    """size: how many numbers, 0 for as many as the input has, the name of an argument, or several for their product.
    probability: of a 1, a number or the name of an option. per_sequence: whether all time steps of a sequence have the
    same one."""

    size: int | str | tuple[int | str, ...]
    probability: float | str
    per_sequence: bool = False


class Chance:
    """Mixed into a layer or a cell before the class that runs it. masks: what is drawn, by name."""

    masks: ClassVar[dict[str, Mask]]
    input_size: int
    width: int
    training: bool
    _count: Callable[..., int]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in {mask.probability for mask in self.masks.values() if isinstance(mask.probability, str)}:
            p = getattr(self, name)
            if not 0 <= p <= 1:
                raise ValueError(f"{name} is {p!r}; expected a probability from 0 to 1")

    def forward(self, input: Any, *given: Any, **named: Any) -> Any:
        """As of a layer that draws nothing; the masks may be given by name, all of them, to a layer of one direction
        and to a cell: each laid out as the input, n in the place of I, without time if it is drawn for each sequence.

        Raises ValueError for masks that are given in part, in another layout, or where there are several directions.
        """
        found = {name: named.pop(name) for name in self.masks if name in named}
        if not found:
            return super().forward(input, *given, **named)
        fixed = as_it_is(self)
        vars(fixed)["drawn"] = partial(_beside, self._laid_out(input, found))
        return super(Chance, fixed).forward(input, *given, **named)

    def trace(self, input: Tensor, *given: Any, **named: Any) -> dict[str, Tensor]:
        """As of a layer that draws nothing; takes what a call takes."""
        return traced(self, input, *given, **named)

    def drawn(self, x: Tensor, pieces: Sequence[tuple[int, int]] | None = None) -> Tensor:
        """The inputs with the masks beside them: ``x`` is (T, B, I), of a cell (B, I), or packed and of such pieces."""
        return _beside([self._drawn(mask, x, pieces) for mask in self.masks.values()], x)

    def _drawn(self, mask: Mask, x: Tensor, pieces: Sequence[tuple[int, int]] | None) -> Tensor:
        p = getattr(self, mask.probability) if isinstance(mask.probability, str) else mask.probability
        n = self._numbers(mask, x.size(-1))
        if not self.training:
            return x.new_full((), p).expand(*x.shape[:-1], n)
        if not mask.per_sequence:
            return torch.bernoulli(x.new_full((*x.shape[:-1], n), p))
        if pieces is not None:
            rows = torch.bernoulli(x.new_full((pieces[0][1], n), p))
            return torch.cat([rows[:batch].expand(steps, batch, n).flatten(0, 1) for steps, batch in pieces])
        if x.dim() == 2:
            name = next(name for name, other in self.masks.items() if other is mask)
            raise ValueError(
                f"{type(self).__name__} is one step and {name} is drawn for each sequence: draw it before the first"
                f" step, torch.bernoulli(torch.full((B, {n}), {p})), and give it at every step, {name}=..."
            )
        return torch.bernoulli(x.new_full((x.size(1), n), p)).expand(*x.shape[:-1], n)

    def _numbers(self, mask: Mask, width: int) -> int:
        """How many numbers a mask has; width: the features of what a layer reads."""
        return self._count(mask.size) or width - (self.width - self.input_size)

    def _laid_out(self, input: Any, found: dict[str, Tensor]) -> list[Tensor]:
        """The masks that are given, as ``drawn`` puts them beside x."""
        kind = type(self).__name__
        if missing := [name for name in self.masks if name not in found]:
            raise ValueError(f"{kind} is given {', '.join(found)}; give all masks or none, {', '.join(missing)} too")
        if len(getattr(self, "_names", ())) != 1 or isinstance(input, PackedSequence):
            raise ValueError(f"{kind} takes masks with one layer of one direction alone, and a tensor for its input")
        layer, lead = hasattr(self, "num_layers"), list(input.shape[:-1])
        turned = layer and self.batch_first and input.dim() == 3
        laid_out = []
        for name, mask in self.masks.items():
            n, m = self._numbers(mask, self.width), found[name]
            without_time = lead[:1] if turned else lead[1:] if layer else lead
            shape = [*(without_time if mask.per_sequence else lead), n]
            if list(m.shape) != shape:
                raise ValueError(f"{kind}: {name} has shape {list(m.shape)}, expected {shape}")
            if layer and not mask.per_sequence:
                m = m.transpose(0, 1) if turned else m
                laid_out.append(m if input.dim() == 3 else m.unsqueeze(1))
            else:  # the same at every step; of one sequence, the one row
                laid_out.append(m if m.dim() == 2 else m.unsqueeze(0))
        return laid_out


def _beside(masks: Sequence[Tensor], x: Tensor, pieces: Any = None) -> Tensor:
    return torch.cat((x, *(m.to(x.dtype).expand(*x.shape[:-1], -1) for m in masks)), -1)
