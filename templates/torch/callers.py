"""What runs a layer at once for inputs of one size: made here, called by ``direct.py``."""

from __future__ import annotations

import itertools
import math
import threading
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

import torch
from torch import Tensor
from torch.autograd import forward_ad

from . import kernels
from .backward import as_it_is, check_narrow, has_its_own_equations
from .machine import Layout, Machine, Memory, Weights
from .module import RecurrentModule
from .scans import Call, Piece, Scan

PLACE = "_direct"  # in a layer
STEPS = 256  # of the passes of a layer that wait for autograd
SCANS = 256  # of a call, at most
PATIENCE = 8  # how often what runs a layer is made anew for inputs of one size that it does not take

Pieces = Sequence[Piece] | None


class Direct:
    """What a layer keeps: the size of the last input, with the pieces of packed sequences, and what runs it. A copy of
    a layer has None."""

    size: Any = None
    patience = PATIENCE
    now: Ready | None = None

    def __reduce__(self) -> Any:
        return type(None), ()


class Ready:
    """A layer as it is, for inputs of one size. pieces: of packed sequences. run: the caller's. passes: those that wait
    for autograd."""

    def __init__(self, layer: Any, call: Call, pieces: Pieces, caller: Any, make: Callable[[bool], Any]) -> None:
        self.layer, self.call, self.pieces, self.caller, self.make = layer, call, pieces, caller, make
        self.run = caller.run
        self.passes: list[Any] = []
        self.most = max(kernels.WAITING, STEPS // sum(steps for steps, _ in call.pieces))
        names = itertools.chain(*[layer.Parameters._fields] * len(layer._names))
        self.biases = tuple(k for k, name in enumerate(names, 1 + len(layer.states)) if name.startswith("bias"))

    def lend(self) -> Lent:
        """A pass for autograd."""
        try:
            return Lent(self, self.passes.pop())
        except IndexError:
            return Lent(self, self.make(True))


class Lent:
    """A pass that autograd may go back through, given back when nobody can any more."""

    def __init__(self, ready: Ready, own: Any) -> None:
        self.ready, self.own, self.lock = ready, own, threading.Lock()

    def __del__(self) -> None:
        self.own.end()
        if len(self.ready.passes) < self.ready.most:
            self.ready.passes.append(self.own)


def renewed(layer: Any, direct: Direct | None, x: Any, pieces: Pieces) -> Ready | None:
    """What runs the layer as it is now, from the second input of a size on, if the inputs of a
    size keep asking for no other; None where nothing does."""
    if type(x) is not Tensor or torch.jit.is_tracing():
        return None
    if direct is None:
        if not _may(layer):
            return None
        direct = vars(layer)[PLACE] = Direct()
    if direct.size != (x.shape, pieces):
        direct.size, direct.patience = (x.shape, pieces), PATIENCE
        return None
    if direct.patience <= 0 or not x.dim() or x.size(-1) != layer.input_size or not _may(layer):
        return None
    call = layer._call(x.shape, pieces)
    scans = [] if call is None else [*itertools.chain(*layer._scans(len(call.pieces)))]
    if not 0 < len(scans) <= SCANS:
        return None
    direct.patience -= 1
    p = [layer._collect(suffix) for suffix in layer._names]
    machine = kernels.machine_for(layer, (x, *itertools.chain(*p)))
    if machine is None or machine.caller is None or not hasattr(Tensor, "__dlpack_c_exchange_api__"):
        return None
    check_narrow(layer, (x,))
    sizes = _sizes(layer, machine, scans)
    shapes = [layer.parameter_shapes(features, layer.hidden_size, layer.proj_size) for features, *_ in sizes]
    for q, expected in zip(p, shapes, strict=True):
        if any(w is not None and tuple(w.shape) != expected[name] for name, w in zip(q._fields, q, strict=True)):
            return None  # which is said elsewhere
    direct.now = _made(layer, machine, x, pieces, p, shapes, call, scans, sizes)
    kernels.put_away(layer)
    return direct.now


def _may(layer: Any) -> bool:
    """Whether a layer runs by its own methods."""
    unlike = layer.checkpoint or layer.parallel or layer.fixed
    if unlike or not layer.kernels or not has_its_own_equations(layer):
        return False
    if any(isinstance(getattr(layer, name), Tensor) for name in layer.options):
        return False
    of, own = type(layer), vars(layer)
    written = *_MACHINERY, layer.Parameters.__module__  # where the equations stand, which have first values too
    for owner in of.__mro__:
        for name in vars(owner) if owner.__module__ in _MACHINERY else ():
            now = getattr(of, name)
            if not isinstance(now, FunctionType) or name.startswith("__"):
                continue
            if name in own or now.__module__ not in written:
                return False
    return True


#: Where the methods of a layer are written, its equations apart.
_MACHINERY = RecurrentModule.__module__, *(f"{__package__}.{stem}" for stem in ("loops", "matrices", "recurrent"))

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


def _sizes(layer: Any, machine: Machine, scans: Sequence[Scan]) -> list[tuple[int, ...]]:
    """What the machine is told of each set of parameters."""
    outputs = _width(layer, scans)
    layers = {scan.parameters: scan.layer for scan in scans}
    return [kernels.sizes_of(layer, machine, outputs if of else layer.input_size) for of in layers.values()]


def _width(layer: Any, scans: Sequence[Scan]) -> int:
    """Features of a layer's output, of all directions."""
    width: int = layer.state_sizes(layer.hidden_size, layer.proj_size)[0]
    return width * (1 + scans[-1].direction)


def _made(
    layer: Any,
    machine: Machine,
    x: Tensor,
    pieces: Pieces,
    p: Sequence[Any],
    shapes: Sequence[dict[str, tuple[int, ...]]],
    call: Call,
    scans: Sequence[Scan],
    sizes: Sequence[tuple[int, ...]],
) -> Ready:
    threads, fields = kernels._threads(), layer.Parameters._fields
    width, rows = _width(layer, scans), sum(steps * batch for steps, batch in call.pieces)

    def make(keep: bool) -> Any:
        weights = {size: Weights(machine, size) for size in sizes}  # of which the sizes count
        memories, parts = [], []
        for scan in scans:
            layout, *begin = _places(call, scan, scans[-1], sizes[scan.parameters][0], width)
            given = (weights[sizes[scan.parameters]], *call.pieces[scan.piece])
            memories.append(Memory(*given, threads=threads, keep=keep, layout=layout))
            parts.append((memories[-1].address, scan.parameters, scan.layer, *begin))
        return caller.room(tuple(memories), tuple(parts), scans[-1].layer + 1, rows * width, keep)

    same = as_it_is(layer)
    del vars(same)[PLACE]
    attributes = dict(vars(same))
    if not getattr(layer, "dropout", 0):
        attributes["training"] = ...  # whose value says nothing
    vars(layer)[PLACE] = vars(layer).pop(PLACE)  # the last
    caller = machine.caller(
        type(layer),
        tuple(itertools.chain(*attributes.items())),
        (*_GUARDS, (torch.get_num_threads, None, torch.get_num_threads())),
        (Tensor, torch.nn.Parameter),
        layer._parameters,
        tuple(itertools.chain(*layer._names.values())),
        tuple(map(_form, (tuple(x.shape), *call.states, *(of.get(name) for of in shapes for name in fields)))),
        tuple(map(_form, call.found, (call.batch_first, *itertools.repeat(False, len(layer.states))))),
        tuple(getattr(Tensor, name) for name in ("is_neg", "has_names") if hasattr(Tensor, name)),
        Tensor.new_empty_strided,
        torch.is_grad_enabled,
        Tensor.__dlpack_c_exchange_api__,
        machine.address,
        tuple(sizes),
        tuple(float(getattr(layer, name)) for name in machine.constants),
        tuple(machine.tensors.index(name) if name in machine.tensors else -1 for name in fields),
        max(batch for _, batch in call.pieces),
        threads if sum(w.numel() for w in itertools.chain(*p) if w is not None) > kernels.PARALLEL else 1,
        layer.weights is not None,
    )
    return Ready(same, call, pieces, caller, make)


def _places(call: Call, scan: Scan, last: Scan, features: int, width: int) -> tuple[Layout, int, int]:
    """Where a scan's rows are in the input and in the output of its layer, and where it begins there. Backwards in
    time the last direction comes first, and what the others give to the input is added."""
    x_first, x_step, x_sequence = call.rows(
        scan.piece, batch_first=call.batch_first and scan.layer == 0, reverse=scan.reverse
    )
    y_first, y_step, y_sequence = call.rows(scan.piece, batch_first=False, reverse=scan.reverse)
    distances = x_step * features, x_sequence * features, y_step * width, y_sequence * width
    layout = Layout(*distances, onto=scan.direction < last.direction)
    return layout, x_first * features, y_first * width + width // (1 + last.direction) * scan.direction


def _form(sizes: tuple[int, ...] | None, batch_first: bool = False) -> Any:
    """Sizes, and the strides of numbers one after the other; batch_first: step by step, as PyTorch's layers do it."""
    if sizes is None:
        return None
    if batch_first:
        batch, _, n = sizes
        return sizes, (n, batch * n, 1)
    return sizes, tuple(math.prod(sizes[i + 1 :]) for i in range(len(sizes)))
