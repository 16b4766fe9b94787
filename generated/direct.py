# Written by `python -m derive code` from templates/torch/direct.py. Do not edit: change the template, run it again.
"""A layer of one scan called at once: by the extension in ``calls.c``, where Python can be extended.

What stays the same from call to call (the class, the layer's attributes, the sizes, PyTorch's modes) is looked at when
a size comes for the second time, and kept in the layer as a ``Direct``. A call then asks one function, which goes
through it again in C, reads the tensors, and runs the machine. Whatever it does not know goes the ordinary way:
``recurrent.py`` and ``kernels.py``, with the same numbers.
"""

from __future__ import annotations

import itertools
import math
import threading
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd import forward_ad

from . import kernels
from .backward import Tensors, as_it_is, gradients_of, has_its_own_equations
from .machine import Memory, Weights
from .module import RecurrentModule

PLACE = "_direct"  # in a layer
STEPS = 256  # of the passes of a layer that wait for autograd
PATIENCE = 8  # how often what runs a layer is made anew for inputs of one size that it does not take


class Direct:
    """What a layer keeps: the size of the last input and what runs it. A copy of a layer has None."""

    shape: Any = None
    patience = PATIENCE
    now: Scan | None = None

    def __reduce__(self) -> Any:
        return type(None), ()


class OneScan(NamedTuple):
    """What a call of a layer or a cell is to a machine. states, found: the shapes of what is given and of what comes
    out, the output before the states where it has one of its own."""

    steps: int
    batch: int
    states: list[tuple[int, ...]]
    found: list[tuple[int, ...]]


class Scan:
    """A layer as it is, for inputs of one size. run: the caller's. passes: those that wait for autograd."""

    def __init__(self, layer: Any, call: OneScan, caller: Any, make: Callable[[bool], Any]) -> None:
        self.layer, self.call, self.caller, self.run, self.make = layer, call, caller, caller.run, make
        self.passes: list[Any] = []
        self.most = max(kernels.WAITING, STEPS // call.steps)
        first = 1 + len(layer.states)
        names = enumerate(layer.Parameters._fields, first)
        self.biases = tuple(k for k, name in names if name.startswith("bias"))

    def lend(self) -> Lent:
        """A pass for autograd."""
        try:
            return Lent(self, self.passes.pop())
        except IndexError:
            return Lent(self, self.make(True))


class Lent:
    """A pass that autograd may go back through, given back when nobody can any more."""

    def __init__(self, scan: Scan, own: Any) -> None:
        self.scan, self.own, self.lock = scan, own, threading.Lock()

    def __del__(self) -> None:
        self.own.end()
        if len(self.scan.passes) < self.scan.most:
            self.scan.passes.append(self.own)


def at_once(layer: Any, x: Any, hx: Any) -> Any:
    """What the machine gives for ``layer(x, hx)``, a tuple; None where the ordinary way has to be taken."""
    if torch.compiler.is_compiling():
        return None
    attributes = vars(layer)
    direct: Direct | None = attributes.get(PLACE)
    now = direct and direct.now
    found = now and now.run(attributes, x, hx)
    if found is None:
        now = _renewed(layer, direct, x)
        found = now and now.run(attributes, x, hx)
        if found is None:
            return None
        direct.patience = PATIENCE
    if found is False:  # another thread is in the way
        return None
    if type(found) is list:
        found = _apply(now.lend(), *found)
    return found


def _may(layer: Any) -> bool:
    """Whether a layer runs by its own methods."""
    if layer.checkpoint or not layer.kernels or not has_its_own_equations(layer):
        return False
    if any(isinstance(getattr(layer, name), Tensor) for name in layer.options):
        return False
    of, own = type(layer), vars(layer)
    if of.prepare is not RecurrentModule.prepare:
        return False
    for owner in of.__mro__:
        for name in vars(owner) if owner.__module__ in _MACHINERY else ():
            now = getattr(of, name)
            if not isinstance(now, FunctionType) or name.startswith("__"):
                continue
            if name in own or now.__module__ not in _MACHINERY:
                return False
    return True


def _renewed(layer: Any, direct: Direct | None, x: Any) -> Scan | None:
    """What runs the layer as it is now, from the second input of a size on, if the inputs of a
    size keep asking for no other; None where nothing does."""
    if type(x) is not Tensor or torch.jit.is_tracing():
        return None
    if direct is None:
        if not _may(layer):
            return None
        direct = vars(layer)[PLACE] = Direct()
    if x.shape != direct.shape:
        direct.shape, direct.patience = x.shape, PATIENCE
        return None
    if direct.patience <= 0 or not x.dim() or x.size(-1) != layer.input_size or not _may(layer):
        return None
    call = layer._one_scan(x.shape)
    if call is None:
        return None
    direct.patience -= 1
    suffix, names = next(iter(layer._names.items()))
    p = layer._collect(suffix)
    machine = kernels.machine_for(layer, (x, *p))
    if machine is None or machine.types is None or not hasattr(Tensor, "__dlpack_c_exchange_api__"):
        return None
    shapes = layer.parameter_shapes(x.size(-1), layer.hidden_size, layer.proj_size)
    if any(w is not None and tuple(w.shape) != shapes[name] for name, w in zip(p._fields, p, strict=True)):
        return None  # which is said elsewhere
    sizes = (x.size(-1), layer.hidden_size, layer.proj_size or layer.hidden_size)
    threads = kernels._threads()

    def make(keep: bool) -> Any:
        memory = Memory(Weights(machine, sizes), call.steps, call.batch, threads=threads, keep=keep)
        return machine.types[1](memory, memory.address, keep)

    same = as_it_is(layer)
    del vars(same)[PLACE]
    attributes = vars(same) | {"training": ...}  # whose value says nothing to one layer
    vars(layer)[PLACE] = vars(layer).pop(PLACE)  # the last
    caller = machine.types[0](
        type(layer),
        tuple(itertools.chain(*attributes.items())),
        (*_GUARDS, (torch.get_num_threads, None, torch.get_num_threads())),
        (Tensor, torch.nn.Parameter),
        layer._parameters,
        tuple(names),
        tuple(map(_form, (tuple(x.shape), *call.states, *(shapes.get(name) for name in p._fields)))),
        tuple(map(_form, call.found)),
        tuple(getattr(Tensor, name) for name in ("is_neg", "has_names") if hasattr(Tensor, name)),
        Tensor.new_empty_strided,
        torch.is_grad_enabled,
        Tensor.__dlpack_c_exchange_api__,
        machine.address,
        sizes,
        tuple(float(getattr(layer, name)) for name in machine.constants),
        tuple(machine.tensors.index(name) if name in machine.tensors else -1 for name in p._fields),
        threads if sum(w.numel() for w in p if w is not None) > kernels.PARALLEL else 1,
        make(False),
    )
    direct.now = Scan(same, call, caller, make)
    kernels.put_away(layer)
    return direct.now


def _form(sizes: tuple[int, ...] | None) -> Any:
    """Sizes, and the strides of numbers one after the other."""
    return None if sizes is None else (sizes, tuple(math.prod(sizes[i + 1 :]) for i in range(len(sizes))))


#: Where the methods of a layer are written, its equations apart.
_MACHINERY = RecurrentModule.__module__, f"{__package__}.loops", f"{__package__}.recurrent"

#: What PyTorch must answer: a function and its argument, or a dictionary and its key.
_GUARDS = (
    (torch._C._get_tracing_state, None, None),
    (torch._C._len_torch_dispatch_stack, None, 0),
    (torch._C._len_torch_function_stack, None, 0),
    (torch._C._are_functorch_transforms_active, None, False),
    (torch.is_autocast_enabled, "cpu", False),
    (vars(forward_ad), "_current_level", -1),
    # a checkpoint that runs the layer again expects what was saved the first time
    (getattr(torch._C._autograd, "_top_saved_tensors_default_hooks", None), True, None),
)


class DirectScan(torch.autograd.Function):
    """The same as one node of autograd's graph; ``given`` is ``x, *states, *p``, the states as the layer's, or None."""

    @staticmethod
    def forward(ctx: Any, lent: Lent, *given: Tensor | None) -> Tensors:
        ctx.set_materialize_grads(False)
        scan = lent.scan
        found = scan.caller.forward(lent.own, given)
        if found is None:  # fewer threads than there were
            found = _looped(scan, given)
        kept = list(given)
        for k in scan.biases:  # no gradient depends on its value, so that a program may change it
            kept[k] = None
        ctx.scan, ctx.lent, ctx.biases = scan, lent, [given[k] for k in scan.biases]
        ctx.numbers = scan.caller.copies(given, scan.biases)
        ctx.save_for_backward(*kept, found[0])
        return found

    @staticmethod
    def backward(ctx: Any, *d: Tensor | None) -> tuple[Tensor | None, ...]:
        saved, lent = ctx.saved_tensors, ctx.lent
        if torch.is_grad_enabled():  # someone will differentiate again
            return None, *_by_loop(ctx, saved, d, again=True)
        if not torch._C._autograd._get_current_graph_task_keep_graph():
            ctx.lent = None  # its memory is for another pass, while this graph may live on
        found = None if lent is None else _by_machine(lent, saved, d, ctx.needs_input_grad[1:])
        if found is None:
            with torch.enable_grad():
                found = _by_loop(ctx, saved, d, again=False)
        return None, *found


#: Without the questions of ``Function.apply``, which ``run`` has asked.
_apply = super(torch.autograd.Function, DirectScan).apply


def _by_machine(lent: Lent, saved: Tensors, d: Sequence[Tensor | None], wanted: tuple[bool, ...]) -> Any:
    """The gradients of what was given, None where something is not as it was."""
    if torch._C._are_functorch_transforms_active():
        return None
    d = tuple([None if t is None else t.contiguous() for t in d])
    with lent.lock:
        return lent.scan.caller.backward(lent.own, saved, d, wanted)


def _by_loop(ctx: Any, saved: Sequence[Any], d: Sequence[Tensor | None], *, again: bool) -> Any:
    """The gradients through the plain loop, in a form that can be differentiated again."""
    scan, wanted = ctx.scan, ctx.needs_input_grad[1:]
    own = list(saved[:-1])
    for k, bias, numbers in zip(scan.biases, ctx.biases, ctx.numbers, strict=True):
        if bias is not None:
            then = torch.frombuffer(bytearray(numbers), dtype=bias.dtype).view(bias.shape)
            own[k] = _AsItWas.apply(bias, then) if wanted[k] else then
    return gradients_of(lambda *given: _looped(scan, given), own, wanted, d, again=again)


class _AsItWas(torch.autograd.Function):
    """A tensor with the value that it had."""

    @staticmethod
    def forward(ctx: Any, now: Tensor, then: Tensor) -> Tensor:
        return then.view_as(then)

    @staticmethod
    def backward(ctx: Any, d: Tensor) -> tuple[Tensor, None]:
        return d, None


def _looped(scan: Scan, given: Sequence[Any]) -> Tensors:
    """What the machine gives, by the plain loop."""
    layer, call = scan.layer, scan.call
    x, *others = given
    count, sizes = len(layer.states), layer.state_sizes(layer.hidden_size, layer.proj_size)
    states = [
        x.new_zeros(call.batch, n) if s is None else s.reshape(call.batch, n)
        for s, n in zip(others[:count], sizes, strict=True)
    ]
    x = x.reshape(call.steps, call.batch, -1)
    output, final = layer.loop(x, tuple(states), layer.Parameters(*others[count:]))
    found = (output, *final)[-len(call.found) :]
    return tuple([t.reshape(shape) for t, shape in zip(found, call.found, strict=True)])
