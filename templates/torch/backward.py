"""Backpropagation through time by a cell's derived equations: one node of autograd's graph for a whole sequence.

Autograd through the loop over time records every operation of every step and walks them back one by one. The equations
of the backward pass are known beforehand, so ``DerivedScan`` keeps only the tensors that they name, computes all that
depends on the forward pass alone for many steps at once, goes back in time with the few operations that are left, and
reduces the gradients of the parameters after the loop, one matrix product for each weight. With ``checkpoint`` it keeps
the states alone and computes the rest again from them, many steps at once.

It stands in for the loop in ordinary training, and in the operator that compilers and exporters see (``operators.py``).
``torch.func``, forward-mode AD and ``torch.jit.trace`` see the loop itself, and second derivatives go through it too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from typing import Any

import torch
from torch import Tensor

from . import kernels
from .beyond import doubled, is_beyond, scan_in_double
from .checks import autocast_dtype

Tensors = tuple[Tensor, ...]

BLOCK = 2**16  # numbers of one quantity in the steps that are worked on together, which should stay in the cache


def derived_applies(layer: Any, tensors: Iterable[Tensor | None]) -> bool:
    """Whether ``DerivedScan`` may stand in for the loop over time: gradients are wanted, and by ordinary autograd."""
    if torch.compiler.is_compiling() or not torch.is_grad_enabled() or not has_its_own_equations(layer):
        return False
    if torch.jit.is_tracing() or torch._C._are_functorch_transforms_active():
        return False
    wanted = False
    for t in tensors:
        if t is not None:
            if t.is_complex():  # the formulas are those of real numbers
                return False
            wanted = wanted or t.requires_grad
    return wanted and not kernels.have_tangents(tensors)


def wants_no_gradient(tensors: Iterable[Tensor | None]) -> bool:
    """Whether nobody will go backwards from here."""
    return not torch.is_grad_enabled() or not any(t is not None and t.requires_grad for t in tensors)


def check_narrow(layer: Any, tensors: Sequence[Tensor | None]) -> None:
    """Raise ValueError where weights of bfloat16 are asked for and have no meaning. tensors: the first is there."""
    if layer.weights is None:
        return
    name, dtype = type(layer).__name__, tensors[0].dtype  # type: ignore[union-attr]
    if dtype is not torch.float32:
        raise ValueError(
            f"{name}.weights is {layer.weights!r}, for torch.float32; the input is {dtype}: set it to None"
        )
    if not wants_no_gradient(tensors):
        raise ValueError(
            f"{name}.weights is {layer.weights!r}, for inference, and a gradient is wanted: call the layer under "
            "torch.no_grad(), or set weights to None"
        )


def has_its_own_equations(layer: Any) -> bool:
    """Whether the backward pass is derived from the very methods that run: a user may have written over one of them."""
    owner, names = layer._derived
    own = layer.__dict__  # not vars(), which the compiler of torch 2.5 does not know
    for name in names:
        if name in own or getattr(type(layer), name) is not getattr(owner, name):
            return False
    return owner is not None


def with_own_biases(p: Any) -> Any:
    """``p`` with copies of its biases. A program may change a bias in place between forward and backward, because no
    gradient depends on its value; only what is computed again does, and that reads the copy."""
    fields = zip(p._fields, p, strict=True)
    return type(p)(*(w.clone() if w is not None and name.startswith("bias") else w for name, w in fields))


class DerivedScan(torch.autograd.Function):
    """The outputs, (T, B, n), and the final states of ``layer.loop(x, states, p)``; ``given`` is ``*states, *p``."""

    @staticmethod
    def forward(ctx: Any, layer: Any, x: Tensor, *given: Tensor | None) -> Tensors:
        states, p = _states_and_parameters(layer, given)
        ctx.layer, ctx.autocast, ctx.tape, ctx.names = as_it_is(layer), autocast_dtype(x), None, []
        ctx.set_materialize_grads(False)
        machine = kernels.machine_for(layer, (x, *given))
        if machine is not None:
            outputs, final, ctx.tape = kernels.forward(machine, layer, x, states, p, keep=True)
            ctx.save_for_backward(x, *given, outputs)
            return outputs, *final
        a = layer.project_input(x, p)
        again = _computes_again(layer)
        names = layer.states if again else (*layer.states, *_computed(layer))
        apart = [n for n in layer.states[1:] if n not in _read(layer) and f"{n}_prev" not in _read(layer)]
        wanted = set(names).difference(() if again else apart)
        known: dict[str, Tensor] = {}
        output: list[str] = []
        for steps in _blocks(x, states):
            rows = []
            for now in zip(*(q[steps].unbind(0) for q in a), strict=True):
                states, computed = layer.step(now, states, p)
                rows.append((*states, *computed))
            if not known:  # what is there for all steps already is not kept twice
                there = {id(part): whole for part, whole in zip(now, a, strict=True)}
                others = [(name, q) for name, q in zip(names, rows[-1], strict=False) if name in wanted][1:]
                known |= {name: there[id(q)] for name, q in others if id(q) in there}
                output = [name for name, q in others if q is states[0]]
                wanted = wanted.difference(known, output)
            for name, *values in zip(names, *rows, strict=False):
                if name in wanted:
                    _gather(known, name, values, steps, x.size(0))
        known |= dict.fromkeys(output, known[names[0]])
        ctx.names = list(known)
        ctx.save_for_backward(x, *given, *known.values())
        return known[names[0]], *states

    @staticmethod
    def backward(ctx: Any, *d: Tensor | None) -> tuple[Tensor | None, ...]:
        saved = ctx.saved_tensors  # which checkpoints and hooks want to be asked for once
        with nullcontext() if ctx.autocast is None else torch.autocast(saved[0].device.type, ctx.autocast):
            if torch.is_grad_enabled():  # someone will differentiate again
                return None, *_by_autograd(ctx, saved, d)
            if ctx.tape is not None:
                found = _by_machine(ctx, saved, d)
            else:
                found = _by_derivation(ctx, saved, *_with_zeros(saved, d))
            given = saved[: len(ctx.needs_input_grad) - 1]
            return None, *(_in_double(ctx, saved, d) if is_beyond(ctx.layer, found, given) else found)


def _with_zeros(saved: Tensors, d: Sequence[Tensor | None]) -> tuple[Tensor, Tensors]:
    """What reaches the outputs and the final states, zero where nothing does."""
    x, *initial = saved[: len(d)]
    first, *others = (torch.zeros_like(s) if t is None else t for s, t in zip(initial, d[1:], strict=True))
    d_outputs = d[0]
    if d_outputs is None:
        d_outputs = first.new_zeros(x.size(0), *first.shape)
    return d_outputs, (first, *others)


def _by_derivation(ctx: Any, saved: Tensors, d_outputs: Tensor, d_states: Tensors) -> tuple[Tensor | None, ...]:
    """The gradients of ``x, *given`` by the cell's backward equations."""
    layer, (x, *tensors) = ctx.layer, saved
    _, input_wanted, *wanted = ctx.needs_input_grad
    given = tensors[: len(wanted)]
    initial, p = _states_and_parameters(layer, given)
    again = _computes_again(layer)
    known = {"x": x, **dict(zip(ctx.names, tensors[len(wanted) :], strict=True))}
    for name, first in zip(layer.states, initial, strict=True):
        if again or f"{name}_prev" in _read(layer):
            known[f"{name}_prev"] = torch.cat((first.unsqueeze(0), known[name][:-1]))
    rows = []
    for steps in reversed(_blocks(x, initial)):
        block = {name: q[steps] for name, q in known.items() if q.size(0) == x.size(0)}
        if again:
            previous = tuple(block[f"{name}_prev"] for name in layer.states)
            _, computed = layer.step(layer.project_input(block["x"], p), previous, p)
            block |= dict(zip(_computed(layer), computed, strict=True))
            for name in set(_computed(layer)).intersection(layer.summed):
                _gather(known, name, block[name].unbind(0), steps, x.size(0))
        local = layer.partials(tuple(block[name] for name in layer.saved), p)
        for d_output, *now in zip(*(reversed(q.unbind(0)) for q in (d_outputs[steps], *local)), strict=True):
            d_states, row = layer.step_backward((d_states[0] + d_output, *d_states[1:]), now, p)
            rows.append(row)
    kept = tuple(None if column[0] is None else torch.stack(column[::-1]) for column in zip(*rows, strict=True))
    summed = tuple(known[name] for name in layer.summed)
    d_x, d_p = layer.gradients(kept, summed, p, input_wanted, any(wanted[len(d_states) :]))
    found = (d_x, *d_states, *(p if d_p is None else d_p))
    pairs = zip(found, (x, *given), (input_wanted, *wanted), strict=True)
    return tuple((torch.zeros_like(t) if d is None else d) if w else None for d, t, w in pairs)


def _by_machine(ctx: Any, saved: Tensors, d: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
    """The same by the machine that went forwards; if it has no form for what comes back, or no longer the threads, once
    more through the loop."""
    *tensors, outputs = saved
    tape: kernels.Tape = ctx.tape
    if not torch._C._autograd._get_current_graph_task_keep_graph():
        ctx.tape = None  # its memory is for another pass, while this graph may live on
    same = all(t is None or t.dtype == outputs.dtype for t in tensors)  # of hooks nobody knows
    if same and kernels.are_ordinary((tensors[0], outputs, *d), outputs.dtype):
        found = kernels.backward(tape, ctx.layer, tensors, outputs, d, ctx.needs_input_grad[1:])
        if found is not None:
            return found
    with torch.enable_grad():
        return _by_autograd(ctx, saved, d, again=False)


def _by_autograd(
    ctx: Any, saved: Tensors, d: Sequence[Tensor | None], *, again: bool = True
) -> tuple[Tensor | None, ...]:
    """The same through the plain loop, in a form that can be differentiated again."""
    layer, wanted = ctx.layer, ctx.needs_input_grad[1:]

    def looped(x: Tensor, *given: Tensor | None) -> Tensors:
        outputs, finals = layer.loop(x, *_states_and_parameters(layer, given))
        return outputs, *finals

    return gradients_of(looped, saved[: len(wanted)], wanted, d, again=again)


def _in_double(ctx: Any, saved: Tensors, d: Sequence[Tensor | None]) -> tuple[Tensor | None, ...]:
    """The same in double precision, forwards and backwards."""
    layer, wanted = ctx.layer, ctx.needs_input_grad[1:]

    def scanned(x: Tensor, *given: Tensor | None) -> Tensors:
        outputs, finals = scan_in_double(as_it_is(layer), x, *_states_and_parameters(layer, given))
        return outputs, *finals

    with torch.enable_grad():
        return gradients_of(scanned, saved[: len(wanted)], wanted, doubled(d), again=False)


def gradients_of(
    function: Callable[..., Tensors],
    given: Sequence[Tensor | None],
    wanted: Sequence[bool],
    d: Sequence[Tensor | None],
    *,
    again: bool,
) -> tuple[Tensor | None, ...]:
    """By autograd, those of what a function is given from those of its results, None where there is none.

    again: in a form that can be differentiated again.
    """
    own = [t.view_as(t) if w and t is not None else t for t, w in zip(given, wanted, strict=True)]  # its own variable
    pairs = [(o, g) for o, g in zip(function(*own), d, strict=True) if o.requires_grad and g is not None]
    variables = [t for t, w in zip(own, wanted, strict=True) if w]
    if not pairs:  # wanted is nothing but first values of states that no equation reads, or nothing comes back
        return (None,) * len(wanted)
    results, gradients = zip(*pairs, strict=True)
    found = iter(torch.autograd.grad(results, variables, gradients, create_graph=again, allow_unused=True))
    return tuple(next(found) if w else None for w in wanted)


def as_it_is(layer: Any) -> Any:
    """The layer with the options that it has now, which a program may change later."""
    same = object.__new__(type(layer))
    vars(same).update(vars(layer))
    return same


def _states_and_parameters(layer: Any, given: Sequence[Any]) -> tuple[Tensors, Any]:
    count = len(layer.states)
    return tuple(given[:count]), layer.Parameters(*given[count:])


def _read(layer: Any) -> dict[str, None]:
    """The names of all that backward reads, each once."""
    return dict.fromkeys((*layer.saved, *layer.summed))


def _computed(layer: Any) -> list[str]:
    """The names of what a step hands to backward beside the states."""
    apart = {"x", *layer.states, *(f"{name}_prev" for name in layer.states)}
    return [name for name in _read(layer) if name not in apart]


def _computes_again(layer: Any) -> bool:
    """Whether ``checkpoint`` is set and there is something beside the states that it does not keep."""
    return layer.checkpoint and bool(_computed(layer))


def _blocks(x: Tensor, states: Tensors) -> list[slice]:
    """The time steps, cut where a quantity of the steps together outgrows the cache of a processor."""
    steps = x.size(0)
    size = max(1, BLOCK // max(1, states[0].numel())) if x.device.type == "cpu" else steps
    return [slice(k, min(k + size, steps)) for k in range(0, steps, size)]


def _gather(known: dict[str, Tensor], name: str, values: Sequence[Tensor], steps: slice, count: int) -> None:
    """A quantity of some steps into the tensor of all ``count`` steps."""
    if len(values) == count:
        known[name] = torch.stack(values)
        return
    if name not in known:
        known[name] = values[0].new_empty(count, *values[0].shape)
    torch.stack(values, out=known[name][steps])


def outer(d: Tensor, x: Tensor) -> Tensor:
    """The sum over time and batch of the outer products of d, (T, B, m), and x, (T, B, n): (m, n)."""
    return d.reshape(-1, d.size(-1)).t() @ x.expand(*d.shape[:-1], -1).reshape(-1, x.size(-1))


def by_head(x: Tensor, weight: Tensor, heads: int, bias: Tensor | None = None) -> Tensor:
    """Each of the equal parts of x times its own blocks, (..., rows of the weight), plus a bias. The blocks of a part
    stand in as many rows of each of the stacked matrices as they have columns."""
    size = weight.size(-1)
    y = torch.bmm(x.reshape(-1, heads, size).transpose(0, 1), _blocks_of(weight, heads).transpose(1, 2))
    y = y.unflatten(-1, (-1, size)).permute(1, 2, 0, 3).reshape(*x.shape[:-1], weight.size(0))
    return y if bias is None else y + bias


def back_by_head(d: Tensor, weight: Tensor, heads: int) -> Tensor:
    """d times the matrices that ``by_head`` multiplies with: their transposes on the left."""
    x = torch.bmm(_parts_of(d, weight.size(-1), heads), _blocks_of(weight, heads))
    return x.transpose(0, 1).reshape(*d.shape[:-1], heads * weight.size(-1))


def outer_by_head(d: Tensor, x: Tensor, heads: int) -> Tensor:
    """Of ``outer`` the blocks on the diagonals of the stacked matrices, one below the other."""
    size = x.size(-1) // heads
    x = x.expand(*d.shape[:-1], -1).reshape(-1, heads, size).transpose(0, 1)
    found = torch.bmm(_parts_of(d, size, heads).transpose(1, 2), x)
    return found.reshape(heads, -1, size, size).transpose(0, 1).reshape(-1, size)


def _blocks_of(weight: Tensor, heads: int) -> Tensor:
    """By heads, those of all stacked matrices below each other."""
    size = weight.size(-1)
    return weight.reshape(-1, heads, size, size).transpose(0, 1).reshape(heads, -1, size)


def _parts_of(d: Tensor, size: int, heads: int) -> Tensor:
    """By heads, those of all stacked quantities beside each other: (heads, B, stacked * size)."""
    return (
        d.reshape(-1, d.size(-1) // (heads * size), heads, size)
        .permute(2, 0, 1, 3)
        .reshape(heads, -1, d.size(-1) // heads)
    )


def mean_by_head(x: Tensor, heads: int) -> Tensor:
    """The mean over each of so many equal parts, for each of its units."""
    parts = x.unflatten(-1, (heads, -1))
    return parts.mean(-1, keepdim=True).expand_as(parts).reshape(x.shape)


def total_by_head(x: Tensor, heads: int) -> Tensor:
    """The sum over each of so many equal parts, for each of its units."""
    parts = x.unflatten(-1, (heads, -1))
    return parts.sum(-1, keepdim=True).expand_as(parts).reshape(x.shape)


def largest_by_head(x: Tensor, heads: int) -> Tensor:
    """The largest of each of so many equal parts, for each of its units."""
    parts = x.unflatten(-1, (heads, -1))
    return parts.amax(-1, keepdim=True).expand_as(parts).reshape(x.shape)


def total(d: Tensor) -> Tensor:
    """The sum over time and batch of d, (T, B, n): (n,)."""
    return d.sum((0, 1))


def parts(x: Tensor, *sizes: int) -> Tensors:
    """Several inputs of these numbers of features, side by side in x; 0 stands for as many as the first has."""
    first = kernels.first_features(x.size(-1), sizes)
    return x.split([n or first for n in sizes], -1)


def spread(d: Tensor, n: int) -> Tensor:
    """The same number, (..., 1), for each of n units."""
    return d.expand(*d.shape[:-1], n)
