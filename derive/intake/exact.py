"""torch's hardsigmoid in the accuracy of its type: its own kernel multiplies by the float32 next to 1/6, so that it is
wrong by 1e-8 in float64, which is more than a comparison allows."""

from __future__ import annotations

from typing import Any


def exact_hardsigmoid() -> Any:
    """A context in which ``hardsigmoid`` and its backward pass divide by 6."""
    import torch
    from torch.utils._python_dispatch import TorchDispatchMode

    aten = torch.ops.aten

    class Exact(TorchDispatchMode):
        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            if func in (aten.hardsigmoid.default, aten.hardsigmoid_.default):
                return (args[0] + 3).clamp(0, 6) / 6
            if func is aten.hardsigmoid_backward.default:
                gradient, x = args
                return torch.where(x.abs() < 3, gradient / 6, 0.0)
            return func(*args, **(kwargs or {}))

    return Exact()
