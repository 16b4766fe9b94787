# Written by `python -m derive code` from templates/torch/direct.py. Do not edit: change the template, run it again.
"""A layer or cell called at once: by the extension in ``calls.c``, where Python can be extended.

What stays the same from call to call (the class, the layer's attributes, the sizes, PyTorch's modes) is looked at when
a size comes for the second time, and kept in the layer as a ``Direct`` (``callers.py``). A call then asks one function,
which goes through it again in C, reads the tensors, and runs the machine through all layers and directions. Whatever it
does not know goes the ordinary way: ``recurrent.py`` and ``kernels.py``, with the same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from .backward import Tensors, as_it_is, check_narrow, gradients_of
from .beyond import doubled, is_beyond
from .callers import PATIENCE, PLACE, Direct, Lent, Pieces, Ready, renewed


def at_once(layer: Any, x: Any, hx: Any, pieces: Pieces = None) -> Any:
    """What the machine gives for ``layer(x, hx)``, a tuple; None where the ordinary way has to be taken. pieces: of
    packed sequences."""
    if torch.compiler.is_compiling():
        return None
    attributes = vars(layer)
    direct: Direct | None = attributes.get(PLACE)
    now: Ready | None = None if direct is None else direct.now
    found = now.run(attributes, x, hx) if now and now.pieces == pieces else None
    if found is None:
        now = renewed(layer, direct, x, pieces)
        found = now and now.run(attributes, x, hx)
        if found is None:
            return None
        attributes[PLACE].patience = PATIENCE
    if found is True:  # the first one without a gradient
        now.make(False)
        found = now.run(attributes, x, hx)
    if found is False:  # another thread is in the way
        return None
    if type(found) is list:
        check_narrow(layer, found)
        found = _apply(now.lend(), *found)
    if layer.leaves_float32 and is_beyond(
        layer, found, (x, *layer.parameters())
    ):  # asked first: it is all that most calls need
        return None
    return found


class DirectCall(torch.autograd.Function):
    """The same as one node of autograd's graph; ``given`` is ``x, *states, *p``, the states as the layer's, or None."""

    @staticmethod
    def forward(ctx: Any, lent: Lent, *given: Tensor | None) -> Tensors:
        ctx.set_materialize_grads(False)
        ready = lent.ready
        found = ready.caller.forward(lent.own, given)
        if found is None:  # fewer threads than there were
            found = _looped(ready, given)
        kept = list(given)
        for k in ready.biases:  # no gradient depends on its value, so that a program may change it
            kept[k] = None
        ctx.ready, ctx.lent, ctx.biases = ready, lent, [given[k] for k in ready.biases]
        ctx.numbers = ready.caller.copies(given, ready.biases)
        ctx.save_for_backward(*kept, found[0])
        return found

    @staticmethod
    def backward(ctx: Any, *d: Tensor | None) -> tuple[Tensor | None, ...]:
        saved, lent = ctx.saved_tensors, ctx.lent
        if torch.is_grad_enabled():  # someone will differentiate again
            return None, *_by_loop(ctx, saved, d, again=True)
        if not _keeps_graph():
            ctx.lent = None  # its memory is for another pass, while this graph may live on
        found = None if lent is None else _by_machine(lent, saved, d, ctx.needs_input_grad[1:])
        if found is None:
            with torch.enable_grad():
                found = _by_loop(ctx, saved, d, again=False)
        if ctx.ready.layer.leaves_float32 and is_beyond(ctx.ready.layer, found, saved[:-1]):
            with torch.enable_grad():
                found = _by_loop(ctx, saved, d, again=False, double=True)
        return None, *found


# looked up once, as all the time of a small layer is around it
_keeps_graph = torch._C._autograd._get_current_graph_task_keep_graph
_transforms = torch._C._are_functorch_transforms_active

#: Without the questions of ``Function.apply``, which ``run`` has asked.
_apply = super(torch.autograd.Function, DirectCall).apply


def _by_machine(lent: Lent, saved: Tensors, d: Sequence[Tensor | None], wanted: tuple[bool, ...]) -> Any:
    """The gradients of what was given, None where something is not as it was."""
    if _transforms():
        return None
    run = lent.ready.caller.backward
    with lent.lock:
        return run(lent.own, saved, d, wanted) or run(lent.own, saved, _laid_out(lent.ready, d), wanted)


def _laid_out(ready: Ready, d: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
    """The cotangents as the machine reads them."""
    y, *others = [None if t is None else t.contiguous() for t in d]
    if ready.call.batch_first and y is not None:  # the output's memory goes step by step
        y = y.transpose(0, 1).contiguous().transpose(0, 1)
    return y, *others


def _by_loop(ctx: Any, saved: Sequence[Any], d: Sequence[Tensor | None], *, again: bool, double: bool = False) -> Any:
    """The gradients through the plain loop; again: in a form that can be differentiated again; double: in double
    precision."""
    ready, wanted = ctx.ready, ctx.needs_input_grad[1:]
    own = list(saved[:-1])
    for k, bias, numbers in zip(ready.biases, ctx.biases, ctx.numbers, strict=True):
        if bias is not None:
            then = torch.frombuffer(bytearray(numbers), dtype=bias.dtype).view(bias.shape)
            own[k] = _AsItWas.apply(bias, then) if wanted[k] else then
    if double:
        return gradients_of(lambda *given: _looped(ready, doubled(given)), own, wanted, doubled(d), again=again)
    return gradients_of(lambda *given: _looped(ready, given), own, wanted, d, again=again)


class _AsItWas(torch.autograd.Function):
    """A tensor with the value that it had."""

    @staticmethod
    def forward(ctx: Any, now: Tensor, then: Tensor) -> Tensor:
        return then.view_as(then)

    @staticmethod
    def backward(ctx: Any, d: Tensor) -> tuple[Tensor, None]:
        return d, None


def _looped(ready: Ready, given: Sequence[Any]) -> Tensors:
    """What the machine gives, by the plain loop."""
    layer, call = ready.layer, ready.call
    x, *others = given
    count, sizes = len(layer.states), layer.state_sizes(layer.hidden_size, layer.proj_size)
    batch, sets = max(size for _, size in call.pieces), len(layer._names)
    states = [
        x.new_zeros(sets, batch, n) if s is None else s.reshape(sets, batch, n)
        for s, n in zip(others[:count], sizes, strict=True)
    ]
    fields = len(layer.Parameters._fields)
    p = [layer.Parameters(*others[k : k + fields]) for k in range(count, len(others), fields)]
    packed = len(call.pieces) > 1
    if not packed:
        x = x.transpose(0, 1) if call.batch_first else x.reshape(*call.pieces[0], -1)
    plain = as_it_is(layer)
    vars(plain)["scan"] = layer.loop
    with torch.autocast("cpu", enabled=False):
        output, final = plain._run(x, tuple(states), call.pieces if packed else None, p)
    output = output.transpose(0, 1) if call.batch_first else output
    found = (output, *final)[-len(call.found) :]
    return tuple([t.reshape(shape) for t, shape in zip(found, call.found, strict=True)])
