# Written by `python -m derive code` from templates/torch/kernels.py. Do not edit: change the template, run it again.
"""Layers run by machines: a cell's C file, compiled once, in the place of the loop over time where it applies.

A machine runs ordinary tensors of the processor, in float32 or float64, forwards and backwards. Everything else goes
step by step through PyTorch: compilers and exporters, ``torch.func``, forward-mode AD, second derivatives, subclasses
of tensors, other dtypes and devices, ``checkpoint``, and a cell whose equations were written over. Without a C compiler
all does, and a warning says so once.

Off: ``layer.kernels = False``, or ``DERIVE_KERNELS=0`` in the environment.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import sys
import threading
import warnings
import weakref
from collections import deque
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.autograd import forward_ad

from .compiled import CompilerError
from .machine import Call, Machine, Memory, Weights, addresses

Tensors = tuple[Tensor, ...]

WAITING = 4  # memories of a layer, at least, that wait to be used again
_ORDINARY = (Tensor, torch.nn.Parameter)


def _keys(t: Tensor) -> int:
    """What PyTorch's dispatcher knows of a tensor: device, layout, and whether its memory says all about it."""
    return int(torch._C._dispatch_keys(t).raw_repr())


_ORDINARY_KEYS = []
for _mode in (False, True):
    with torch.inference_mode(_mode):
        _ORDINARY_KEYS.append(_keys(torch.empty(0, device="cpu")))


def applies(layer: Any, tensors: Iterable[Tensor | None]) -> bool:
    """Whether a machine may run a layer's equations on these tensors."""
    if not layer.kernels or layer.checkpoint or os.environ.get("DERIVE_KERNELS") == "0":
        return False
    if torch.compiler.is_compiling() or torch.jit.is_tracing() or torch._C._len_torch_dispatch_stack():
        return False
    present = [t for t in tensors if t is not None]
    dtype = present[0].dtype
    return (
        dtype in (torch.float32, torch.float64)
        and are_ordinary(present)
        and all(t.dtype == dtype and t.numel() > 0 for t in present)
        and all(forward_ad.unpack_dual(t).tangent is None for t in present)
        and _machine(layer, dtype) is not None
    )


def are_ordinary(tensors: Iterable[Tensor]) -> bool:
    """Whether tensors are plain memory of the processor, whose address a machine can have."""
    return not torch._C._are_functorch_transforms_active() and all(
        type(t) in _ORDINARY and _keys(t) in _ORDINARY_KEYS for t in tensors
    )


def forward(layer: Any, x: Tensor, states: Tensors, p: Any, *, keep: bool) -> tuple[Tensor, Tensors, Tape | None]:
    """The outputs, (T, B, n), and the final states of a layer's scan; with ``keep`` the tape of a backward pass.

    Raises RuntimeError for parameters and states of other sizes than the layer's.
    """
    machine = _machine(layer, x.dtype)
    assert machine is not None
    steps, batch, features = x.shape
    widths = layer.state_sizes(layer.hidden_size, layer.proj_size)
    for name, s, n in zip(layer.states, states, widths, strict=True):
        if s.shape != (batch, n):
            raise RuntimeError(f"Expected {name} of size {(batch, n)}, got {list(s.size())}")
    tape = Tape(_bench(layer))
    tape.weights = weights = tape.bench.weights(machine, layer, features, p._asdict(), keep)
    x, *states_ = (t.contiguous() for t in (x, *states))
    outputs = x.new_empty(steps, batch, widths[0])
    final = tuple(torch.empty_like(s) for s in states_)
    call = Call(x=x.data_ptr(), y=outputs.data_ptr())
    _fill(call.initial, states_)
    _fill(call.final, final)
    tape.memory = tape.bench.memory(weights, steps, batch, _threads(), keep)
    if not tape.memory.forward(weights.packed, call):
        tape.bench.busy.discard(tape.memory)
        tape.memory = tape.bench.memory(weights, steps, batch, 1, keep)
        tape.memory.forward(weights.packed, call)
    return outputs, final, tape if keep else None


def backward(
    tape: Tape, layer: Any, tensors: Sequence[Any], outputs: Tensor, d: Sequence[Tensor], wanted: Sequence[bool]
) -> list[Tensor | None] | None:
    """The gradients of ``tensors``, which are ``x, *states, *p`` of the forward pass, None of those that are not
    wanted; None where the process has fewer threads than it had. d: what reaches the outputs and the final states."""
    x, outputs, d_outputs, *d_states = (t.contiguous() for t in (tensors[0], outputs, *d))
    found = [
        torch.empty_like(t, memory_format=torch.contiguous_format) if w else None
        for t, w in zip(tensors, wanted, strict=True)
    ]
    count = len(d_states)
    of_parameters = layer.Parameters(*found[1 + count :])._asdict()
    named = [of_parameters[name] for name in tape.weights.packed.machine.tensors]
    pointers = addresses([_address(t) for t in named])
    call = Call(x=x.data_ptr(), y=outputs.data_ptr(), d_y=d_outputs.data_ptr(), d_x=_address(found[0]))
    call.d_tensor = ctypes.cast(pointers, ctypes.c_void_p)
    _fill(call.d_final, d_states)
    _fill(call.d_initial, found[1 : 1 + count])
    with tape.lock:
        return found if tape.memory.backward(tape.weights.packed, call) else None


def _address(t: Tensor | None) -> int | None:
    return None if t is None else t.data_ptr()


def _fill(pointers: Any, tensors: Iterable[Tensor | None]) -> None:
    for k, t in enumerate(tensors):
        pointers[k] = _address(t)


# ---------------------------------------------------------------------- what a layer keeps from call to call


class Packed:
    """Packed parameters, and how many passes need them as they are. digest: of what they were packed from."""

    def __init__(self, machine: Machine, sizes: tuple[int, ...]) -> None:
        self.packed, self.sizes = Weights(machine, sizes, prepared=True), sizes
        self.digest: tuple[Any, ...] = ()
        self.users = 0


class Tape:
    """The weights and the memory of a pass, given back when nobody can go backwards any more. lock: of whoever does."""

    weights: Packed
    memory: Memory

    def __init__(self, bench: Bench) -> None:
        self.bench, self.lock = bench, threading.Lock()

    def __del__(self) -> None:  # by the garbage collector, at any point, so that nothing may wait here
        self.bench.returned.append((vars(self).get("weights"), vars(self).get("memory")))
        if self.bench.lock.acquire(blocking=False):
            try:
                self.bench.take_back()
            finally:
                self.bench.lock.release()


class Bench:
    """The packed weights and memories of one layer, used again from call to call, by one call at a time.

    most: memories that wait, for as many scans as the layer consists of.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.lock = threading.Lock()
        self.returned: deque[tuple[Packed | None, Memory | None]] = deque()
        self.packed: list[Packed] = []
        self.free: dict[Memory, tuple[Any, ...]] = {}
        self.busy: set[Memory] = set()  # a cycle of garbage that holds a tape would finalize its memory with it

    def weights(self, machine: Machine, layer: Any, features: int, p: dict[str, Tensor | None], keep: bool) -> Packed:
        """The parameters packed as they are now: packed again only if a number has changed."""
        sizes = (features, layer.hidden_size, layer.proj_size or layer.hidden_size)
        constants = [float(getattr(layer, name)) for name in machine.constants]
        given = [None if (t := p[name]) is None else t.contiguous() for name in machine.tensors]
        seed = 0
        for t in given:
            seed = seed + 1 if t is None else machine.digest(t.data_ptr(), t.numel() * t.element_size(), seed)
        digest = (id(machine), sizes, seed, tuple(constants))
        with self.lock:
            self.take_back()
            for found in self.packed:
                if found.digest in ((*digest, True), (*digest, keep)):
                    found.users += 1
                    return found
            of_size = (q for q in self.packed if not q.users and q.sizes == sizes and q.packed.machine is machine)
            found = next(of_size, None) or Packed(machine, sizes)
            found.digest, found.users = (), 1
            self.packed = [q for q in self.packed if q is not found]
        shapes = layer.parameter_shapes(features, layer.hidden_size, layer.proj_size)
        for name, t in zip(machine.tensors, given, strict=True):
            if t is not None and t.shape != shapes[name]:
                raise RuntimeError(f"Expected {name} of size {shapes[name]}, got {list(t.size())}")
        found.packed.pack([_address(t) for t in given], constants, backward=keep, threads=_threads())
        with self.lock:
            found.digest = (*digest, keep)
            waiting = [q for q in self.packed if not q.users][-2 * self.most :]
            self.packed = [q for q in self.packed if q.users or q in waiting] + [found]
        return found

    def memory(self, weights: Packed, steps: int, batch: int, threads: int, keep: bool) -> Memory:
        """One that waits, or a new one."""
        key = (id(weights.packed.machine), weights.sizes, (steps, batch, threads, keep))
        with self.lock:
            memory = next((memory for memory, other in self.free.items() if other == key), None)
            if memory is None:
                memory = Memory(weights.packed, steps, batch, threads=threads, keep=keep)
            self.free.pop(memory, None)
            self.busy.add(memory)
        return memory

    def take_back(self) -> None:
        """What tapes returned waits for the next call."""
        while self.returned:
            weights, memory = self.returned.popleft()
            if weights is not None:
                weights.users -= 1
            if weights is not None and memory is not None:
                self.busy.discard(memory)
                self.free[memory] = (id(weights.packed.machine), weights.sizes, memory.shape)
        for old in list(self.free)[: -self.most]:
            del self.free[old]


_benches: weakref.WeakKeyDictionary[Any, Bench] = weakref.WeakKeyDictionary()


_forked = False


def _bench(layer: Any) -> Bench:
    found = _benches.get(layer)
    return found or _benches.setdefault(layer, Bench(max(WAITING, len(layer._suffixes) * len(layer._suffixes[0]))))


def _threads() -> int:
    return 1 if _forked else torch.get_num_threads()


def _forget() -> None:
    """In a forked child: threads are not there, neither those of OpenMP nor one that held a lock."""
    global _benches, _forked
    _benches, _forked = weakref.WeakKeyDictionary(), True


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


# ---------------------------------------------------------------------- machines


def _machine(layer: Any, dtype: torch.dtype) -> Machine | None:
    """The machine of a layer's equations, as its options choose them; None where there is none."""
    owner = next((c for c in type(layer).__mro__ if "c_files" in vars(c)), None)
    file = None if owner is None else layer.c_files.get(_choice(layer))
    return None if file is None else _compiled(owner.__module__, file, dtype is torch.float64)


def _choice(layer: Any) -> str:
    """What a layer has chosen of its equations: an activation, "projection", or both; "" where there is no choice."""
    chosen = [getattr(layer, name) for name, value in layer.options.items() if isinstance(value, tuple)]
    return " ".join([*chosen, *(["projection"] if layer.proj_size else [])])


@cache
def _compiled(module: str, file: str, double: bool) -> Machine | None:
    """The machine of a C file beside a module, unless the module is not as it was when the file was written."""
    try:
        text = _beside(module, f"c/{file}")
        if hashlib.sha256(_source(module).encode()).hexdigest() in text.partition("\n")[0]:
            return Machine(machinery(), text, double=double)
        _notice(f"{module} was changed, and c/{file} beside it is of what it was")
    except CompilerError as error:
        _notice(str(error))
    except OSError as error:
        _notice(f"the C files of {module} cannot be read: {error}")
    return None


@cache
def machinery() -> dict[str, str]:
    """The C files that all cells share, by name."""
    return {name: _beside(__name__, f"c/{name}") for name in _beside(__name__, "c/files.txt").split()}


def _beside(module: str, file: str) -> str:
    """A file of the module's folder, from where the module came."""
    loader = _loader(module)
    text: bytes = loader.get_data(os.path.join(os.path.dirname(loader.get_filename(module)), file))
    return text.decode()


def _source(module: str) -> str:
    """The text of a module as it was imported."""
    return _loader(module).get_source(module) or ""


def _loader(module: str) -> Any:
    spec = getattr(sys.modules.get(module), "__spec__", None)
    if not hasattr(getattr(spec, "loader", None), "get_data"):
        raise FileNotFoundError(f"nothing says where the module {module} came from")
    return spec.loader  # type: ignore[union-attr]


@cache
def _notice(reason: str) -> None:
    """Once."""
    warnings.warn(
        f"recurrent layers run step by step in PyTorch, which is slower: {reason}\n"
        "DERIVE_KERNELS=0 in the environment turns this notice off.",
        RuntimeWarning,
        stacklevel=2,
    )
