# Written by `python -m derive code` from templates/torch/slopes.py. Do not edit: change the template, run it again.
"""Functions whose slope is not the derivative of their value: surrogate gradients, straight-through estimators.

``with_slope`` computes the value and differentiates by the slope, in ordinary autograd, forward mode, second
derivatives, ``torch.func`` and ``torch.compile`` alike, so that a function means the same there as in the derived
backward pass.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor


class _WithSlope(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(value: Callable[..., Tensor], slope: Callable[..., Any], x: Tensor, *parameters: float) -> Tensor:
        return value(x, *parameters)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        _, ctx.slope, x, *ctx.parameters = inputs
        ctx.save_for_backward(x, output)
        ctx.save_for_forward(x, output)

    @staticmethod
    def backward(ctx: Any, d: Tensor) -> tuple[Tensor | None, ...]:
        d_x = d * ctx.slope(*ctx.saved_tensors, *ctx.parameters)
        return None, None, d_x, *[None] * len(ctx.parameters)


class _WithTangent(_WithSlope):
    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> Tensor:
        result: Tensor = tangents[2] * ctx.slope(*ctx.saved_tensors, *ctx.parameters)
        return result


def with_slope(value: Callable[..., Tensor], slope: Callable[..., Any], x: Tensor, *parameters: float) -> Tensor:
    """``value(x, *parameters)``, whose derivative is ``slope(x, y, *parameters)``, y being the value.

    A trace of ``torch.jit`` keeps no function of Python: there it is written with ``detach``, and has no second
    derivative. Raises TypeError for a parameter that is a tensor: the slope says nothing of its gradient.
    """
    if any(isinstance(p, Tensor) for p in parameters):
        raise TypeError(f"a parameter of {value.__name__} is a tensor, which its slope does not differentiate by")
    if torch.jit.is_tracing():
        y = value(x.detach(), *parameters)
        traced: Tensor = y + (x - x.detach()) * slope(x.detach(), y, *parameters)
        return traced
    kind = _WithSlope if torch.compiler.is_compiling() else _WithTangent  # compilers refuse a function with a tangent
    result: Tensor = kind.apply(value, slope, x, *parameters)
    return result
