# Written by `python -m derive code` from templates/torch/backward.py. Do not edit: change the template, run it again.
"""Backpropagation through time by a cell's derived equations: one node of autograd's graph for a whole sequence.

Autograd through the loop over time records every operation of every step and walks them back one by one. The equations
of the backward pass are known beforehand, so ``DerivedScan`` keeps only the tensors that they name, computes all that
depends on the forward pass alone for the whole sequence at once, goes back in time with the few operations that are
left, and reduces the gradients of the parameters after the loop, one matrix product for each weight. With
``checkpoint`` it keeps the states alone and computes the rest again, for all time steps at once.

It stands in for the loop in ordinary training. Compilers, exporters, ``torch.func`` and forward-mode AD see the loop
itself, and second derivatives go through it too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor
from torch.autograd import forward_ad

Tensors = tuple[Tensor, ...]


def derived_applies(layer: Any, tensors: Iterable[Tensor | None]) -> bool:
    """Whether ``DerivedScan`` may stand in for the loop over time: gradients are wanted, and by ordinary autograd."""
    if torch.compiler.is_compiling() or not torch.is_grad_enabled() or layer.saved is None:
        return False
    if torch.jit.is_tracing() or torch._C._are_functorch_transforms_active():
        return False
    present = [t for t in tensors if t is not None]
    return any(t.requires_grad for t in present) and all(forward_ad.unpack_dual(t).tangent is None for t in present)


def autocast_dtype(x: Tensor) -> torch.dtype | None:
    """The dtype in which autocast computes on ``x``, None where it does not."""
    device = x.device.type
    if not x.is_floating_point() or x.dtype == torch.float64:
        return None
    if not torch.amp.is_autocast_available(device) or not torch.is_autocast_enabled(device):
        return None
    return torch.get_autocast_dtype(device)


class DerivedScan(torch.autograd.Function):
    """The outputs, (T, B, n), and the final states of ``layer.loop(x, states, p)``; ``given`` is ``*states, *p``."""

    @staticmethod
    def forward(ctx: Any, layer: Any, x: Tensor, *given: Tensor | None) -> Tensors:
        states, p = _states_and_parameters(layer, given)
        histories = [[s] for s in states]
        computed = []
        a = layer.project_input(x, p)
        for now in zip(*(q.unbind(0) for q in a), strict=True):
            states, row = layer.step(now, states, p)
            for history, state in zip(histories, states, strict=True):
                history.append(state)
            if not layer.checkpoint:
                computed.append(row)
        output, *others = histories
        outputs = torch.stack(output[1:])
        whole = [*zip(now, a, strict=True), (output[-1], outputs)]
        columns = [_column(values, whole) for values in zip(*computed, strict=True)]
        kept = [torch.stack(others[k - 1]) for k in _kept_states(layer, layer.checkpoint)]
        ctx.layer, ctx.checkpoint, ctx.autocast = layer, layer.checkpoint, autocast_dtype(x)
        ctx.save_for_backward(x, *given, outputs, *kept, *columns)
        return outputs, *states

    @staticmethod
    def backward(ctx: Any, d_outputs: Tensor, *d_states: Tensor) -> tuple[Tensor | None, ...]:
        context = nullcontext() if ctx.autocast is None else torch.autocast(d_outputs.device.type, ctx.autocast)
        with context:
            if torch.is_grad_enabled():  # someone will differentiate again
                return None, *_by_autograd(ctx, (d_outputs, *d_states))
            return None, *_by_derivation(ctx, d_outputs, d_states)


def _by_derivation(ctx: Any, d_outputs: Tensor, d_states: Tensors) -> tuple[Tensor | None, ...]:
    """The gradients of ``x, *given`` by the cell's backward equations."""
    layer, (x, *tensors) = ctx.layer, ctx.saved_tensors
    given = tensors[: len(ctx.needs_input_grad) - 2]
    _, p = _states_and_parameters(layer, given)
    saved = _saved(ctx, x, given, tensors[len(given) :])
    kept = []
    local = layer.partials(saved, p)
    for d_output, *now in zip(*(reversed(q.unbind(0)) for q in (d_outputs, *local)), strict=True):
        d_states, row = layer.step_backward((d_states[0] + d_output, *d_states[1:]), now, p)
        kept.append(row)
    columns = [None if values[0] is None else torch.stack(values[::-1]) for values in zip(*kept, strict=True)]
    _, input_wanted, *wanted = ctx.needs_input_grad
    d_x, d_p = layer.gradients(columns, saved, p, input_wanted, any(wanted[len(d_states) :]))
    of_given = (*d_states, *(p if d_p is None else d_p))
    return d_x, *(d if w else None for d, w in zip(of_given, wanted, strict=True))


def _by_autograd(ctx: Any, d: Tensors) -> tuple[Tensor | None, ...]:
    """The same through the plain loop, in a form that can be differentiated again."""
    layer, wanted = ctx.layer, ctx.needs_input_grad[1:]
    tensors = ctx.saved_tensors[: len(wanted)]
    x, *given = (t.view_as(t) if w else t for t, w in zip(tensors, wanted, strict=True))  # each is its own variable
    outputs, finals = layer.loop(x, *_states_and_parameters(layer, given))
    pairs = [(o, g) for o, g in zip((outputs, *finals), d, strict=True) if o.requires_grad]
    variables = [t for t, w in zip((x, *given), wanted, strict=True) if w]
    results, gradients = zip(*pairs, strict=True)
    found = iter(torch.autograd.grad(results, variables, gradients, create_graph=True, allow_unused=True))
    return tuple(next(found) if w else None for w in wanted)


def _saved(ctx: Any, x: Tensor, given: Sequence[Any], tensors: Sequence[Tensor]) -> Tensors:
    """The quantities named in ``layer.saved``, each for every time step."""
    layer = ctx.layer
    (states, p), states_kept = _states_and_parameters(layer, given), _kept_states(layer, ctx.checkpoint)
    outputs, columns = tensors[0], tensors[1 + len(states_kept) :]
    previous = torch.cat((states[0].unsqueeze(0), outputs[:-1]))
    known = {"x": x, layer.states[0]: outputs, f"{layer.states[0]}_prev": previous}
    for k, history in zip(states_kept, tensors[1:], strict=False):
        known |= {layer.states[k]: history[1:], f"{layer.states[k]}_prev": history[:-1]}
    if ctx.checkpoint:
        before = tuple(known[f"{s}_prev"] for s in layer.states)
        _, columns = layer.step(layer.project_input(x, p), before, p)
    others = [name for name in layer.saved if name.removesuffix("_prev") not in {"x", *layer.states}]
    known |= dict(zip(others, columns, strict=True))
    return tuple(known[name] for name in layer.saved)


def _states_and_parameters(layer: Any, given: Sequence[Any]) -> tuple[Tensors, Any]:
    count = len(layer.states)
    return tuple(given[:count]), layer.Parameters(*given[count:])


def _kept_states(layer: Any, checkpoint: bool) -> list[int]:
    """The states beside the output that backward reads; all of them where it has to compute a step again."""
    count = range(1, len(layer.states))
    return [k for k in count if checkpoint or {layer.states[k], f"{layer.states[k]}_prev"} & set(layer.saved)]


def _column(values: Sequence[Tensor], whole: Iterable[tuple[Tensor, Tensor]]) -> Tensor:
    """One quantity of every step; where the last is a part of what is there for all steps, that."""
    for part, sequence in whole:
        if part is values[-1]:
            return sequence
    return torch.stack(values)


def outer(d: Tensor, x: Tensor) -> Tensor:
    """The sum over time and batch of the outer products of d, (T, B, m), and x, (T, B, n): (m, n)."""
    return d.flatten(0, -2).t() @ x.expand(*d.shape[:-1], -1).flatten(0, -2)


def total(d: Tensor) -> Tensor:
    """The sum over time and batch of d, (T, B, n): (n,)."""
    return d.flatten(0, -2).sum(0)


def spread(d: Tensor, n: int) -> Tensor:
    """The same number, (..., 1), for each of n units."""
    return d.expand(*d.shape[:-1], n)
