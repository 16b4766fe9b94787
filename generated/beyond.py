# Written by `python -m derive code` from templates/torch/beyond.py. Do not edit: change the template, run it again.
"""What leaves the type on its way and whose result does not: computed once more, in double precision.

A step that multiplies many quantities without bounds, as one with a matrix memory does, may have factors, terms or
gradients beyond the largest number of float32 where the result is not: a gate that is 0 times what has overflowed is
NaN where 0 is right. Whether some of a result is not finite is looked at for such cells alone (``leaves_float32``), and
only then it is computed again. What is beyond the type itself is infinite after that, as it should be. Where something
is NaN that is given, nothing is: so is what follows from it, in any precision.

Sizes: T time steps, B sequences, n features of a state.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite
from typing import Any

import torch
from torch import Tensor

Tensors = tuple[Tensor, ...]

_NARROW = (torch.float32, torch.bfloat16, torch.float16)
_DEVICES = ("cpu", "cuda")  # which have double precision


def is_beyond(layer: Any, found: Iterable[Tensor | None], given: Iterable[Tensor | None]) -> bool:
    """Whether some of these results of a layer's are not finite, and might be in double precision; given: of what."""
    if not layer.leaves_float32 or torch.compiler.is_compiling() or torch.jit.is_tracing():
        return False
    if torch._C._are_functorch_transforms_active() or torch._C._len_torch_dispatch_stack():
        return False
    tensors = [t for t in found if t is not None and t.dtype in _NARROW and t.device.type in _DEVICES]
    if any(t.is_cuda for t in tensors) and torch.cuda.is_current_stream_capturing():
        return False  # where no number may be asked for
    if all(_is_finite(t.detach()) for t in tensors):
        return False
    return not any(bool(torch.isnan(t).any()) for t in given if t is not None)


def _is_finite(t: Tensor) -> bool:
    """By the sum, which is one pass; it may be beyond the type where nothing else is."""
    return isfinite(t.sum().item()) or bool(torch.isfinite(t).all())


def doubled(tensors: Iterable[Tensor | None]) -> list[Tensor | None]:
    """The tensors in double precision; autograd follows."""
    return [None if t is None else t.double() for t in tensors]


def scan_in_double(layer: Any, x: Tensor, states: Tensors, p: Any) -> tuple[Tensor, Tensors]:
    """``layer.scan_here`` in double precision, in PyTorch; layer: a copy of its own."""
    vars(layer).update(kernels=False, weights=None)
    x, *given = doubled((x, *states, *p))  # type: ignore[assignment]
    count = len(states)
    with torch.autocast(x.device.type, enabled=False):
        found: tuple[Tensor, Tensors] = layer.scan_here(x, tuple(given[:count]), p._make(given[count:]))
    return found
