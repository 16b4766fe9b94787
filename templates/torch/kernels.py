"""Layers run by machines: a cell's C file, compiled once, in the place of the loop over time where it applies.

A machine runs ordinary tensors of the processor, in float32 or float64, forwards and backwards. Everything else goes
step by step through PyTorch: compilers and exporters, ``torch.func``, forward-mode AD, second derivatives, subclasses
of tensors, other dtypes and devices, ``checkpoint``, and a cell whose equations were written over. Without a C compiler
all does, and a warning says so once.

Off: ``layer.kernels = False``, or ``DERIVE_KERNELS=0`` in the environment.
"""

from __future__ import annotations

import hashlib
import os
import sys
import threading
import warnings
import weakref
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.autograd import forward_ad

from .compiled import CompilerError
from .machine import Machine, Memory, Weights, longs

Tensors = tuple[Tensor, ...]

WAITING = 4  # memories of a size that wait to be used again, and packed parameters
PARALLEL = 2**16  # parameters, from which on threads share the packing
_DTYPES = (torch.float32, torch.float64)
_ORDINARY = (Tensor, torch.nn.Parameter)
_STRIDED, _has_storage = torch.strided, torch._C._has_storage


def machine_for(layer: Any, tensors: Sequence[Tensor | None]) -> Machine | None:
    """The machine of a layer's equations if it may run them on these tensors, the first of which is there."""
    if not layer.kernels or layer.checkpoint or os.environ.get("DERIVE_KERNELS") == "0":
        return None
    if torch.compiler.is_compiling() or torch.jit.is_tracing() or torch._C._len_torch_dispatch_stack():
        return None
    dtype = tensors[0].dtype  # type: ignore[union-attr]
    if dtype not in _DTYPES or not are_ordinary(tensors, dtype):
        return None
    return None if have_tangents(tensors) else _machine(layer, dtype)


def have_tangents(tensors: Iterable[Tensor | None]) -> bool:
    """Whether forward-mode AD follows some of the tensors."""
    if forward_ad._current_level < 0:
        return False
    return any(t is not None and forward_ad.unpack_dual(t).tangent is not None for t in tensors)


def are_ordinary(tensors: Iterable[Tensor | None], dtype: torch.dtype) -> bool:
    """Whether tensors are plain numbers in the processor's memory, whose address a machine can have."""
    if torch._C._are_functorch_transforms_active():
        return False
    for t in tensors:
        if t is not None and (
            type(t) not in _ORDINARY
            or t.dtype is not dtype
            or not t.is_cpu
            or t.layout is not _STRIDED
            or not _has_storage(t)
            or t.numel() == 0
        ):
            return False
    return True


def forward(
    machine: Machine, layer: Any, x: Tensor, states: Tensors, p: Any, *, keep: bool
) -> tuple[Tensor, Tensors, Tape | None]:
    """The outputs, (T, B, n), and the final states of a layer's scan; with ``keep`` the tape of a backward pass."""
    bench = _bench(layer, machine, (x.size(-1), layer.hidden_size, layer.proj_size or layer.hidden_size))
    given = [t.contiguous() for t in (x, *states)]
    steps, batch, _ = x.shape
    found = [x.new_empty(steps, batch, states[0].size(-1)), *map(torch.empty_like, given[1:])]
    tape = bench.tape(layer, p, (steps, batch, torch.get_num_threads(), keep))
    if not tape.memory.forward(tape.weights.packed, _addresses(given), _addresses(found)):
        tape = bench.tape(layer, p, (steps, batch, 1, keep))
        tape.memory.forward(tape.weights.packed, _addresses(given), _addresses(found))
    return found[0], tuple(found[1:]), tape if keep else None


def backward(
    tape: Tape,
    layer: Any,
    tensors: Sequence[Any],
    outputs: Tensor,
    d: Sequence[Tensor | None],
    wanted: Sequence[bool],
) -> list[Tensor | None]:
    """The gradients of ``tensors``, which are ``x, *states, *p`` of the forward pass, None of those that are not
    wanted. d: what reaches the outputs and the final states, None for zero."""
    found = [
        torch.empty_like(t, memory_format=torch.contiguous_format) if w else None
        for t, w in zip(tensors, wanted, strict=True)
    ]
    x, *d = (None if t is None else t.contiguous() for t in (tensors[0], *d))
    count = len(d)  # of the input and the states
    parameters = layer.Parameters(*found[count:])
    d_tensors = [getattr(parameters, name) for name in tape.machine.tensors]
    done = tape.memory.backward(
        tape.weights.packed,
        _addresses([x]),
        _addresses([outputs]),
        _addresses(d),
        _addresses(found[:count]),
        _addresses(d_tensors),
    )
    if not done:
        raise RuntimeError(
            "the backward pass has fewer threads than the forward pass had; call torch.set_num_threads before both"
        )
    return found


def _addresses(tensors: Iterable[Tensor | None]) -> list[int | None]:
    return [None if t is None else t.data_ptr() for t in tensors]


# ---------------------------------------------------------------------- what a layer keeps from call to call


class Packed:
    """Packed parameters, and how many passes need them as they are. digest: of what they were packed from; backward:
    whether for a backward pass too."""

    def __init__(self, machine: Machine, sizes: tuple[int, ...]) -> None:
        self.packed = Weights(machine, sizes, prepared=True)
        self.digest: Any = None
        self.backward = False
        self.users = 0


class Tape:
    """The weights and the memory of a pass, given back when nobody can go backwards any more."""

    def __init__(self, bench: Bench, weights: Packed, memory: Memory) -> None:
        self.bench, self.machine, self.weights, self.memory = bench, bench.machine, weights, memory

    def __del__(self) -> None:
        self.bench.take_back(self.weights, self.memory)


class Bench:
    """The packed weights and memories of a layer for one size, used again from call to call, by one call at a time."""

    def __init__(self, machine: Machine, sizes: tuple[int, ...]) -> None:
        self.machine, self.sizes, self.longs = machine, sizes, longs(sizes)
        self.lock = threading.RLock()  # a tape may be given back, by the garbage collector, at any point
        self.packed: list[Packed] = []
        self.free: list[Memory] = []

    def tape(self, layer: Any, p: Any, shape: tuple[int, int, int, bool]) -> Tape:
        """For a pass of this shape: time steps, sequences, threads, and whether it is kept."""
        constants = [float(getattr(layer, name)) for name in self.machine.constants]
        given = [getattr(p, name) for name in self.machine.tensors]
        weights = self._weights([None if t is None else t.contiguous() for t in given], constants, shape[3])
        return Tape(self, weights, self._memory(weights, shape))

    def _weights(self, given: list[Tensor | None], constants: list[float], keep: bool) -> Packed:
        """The parameters packed as they are now: packed again only if a number has changed."""
        pointers = _addresses(given)
        digest = (self.machine.digest(self.longs, pointers), constants)
        with self.lock:
            for found in self.packed:
                if found.digest == digest and found.backward >= keep:
                    found.users += 1
                    return found
            found = next((q for q in self.packed if not q.users), None) or Packed(self.machine, self.sizes)
            found.digest, found.users = None, 1
            self.packed = [q for q in self.packed if q is not found]
        threads = torch.get_num_threads() if sum(t.numel() for t in given if t is not None) > PARALLEL else 1
        found.packed.pack(pointers, constants, backward=keep, threads=threads)
        with self.lock:
            found.digest, found.backward = digest, keep
            waiting = [q for q in self.packed if not q.users][-WAITING:]
            self.packed = [q for q in self.packed if q.users or q in waiting] + [found]
        return found

    def _memory(self, weights: Packed, shape: tuple[int, int, int, bool]) -> Memory:
        """One that waits, or a new one."""
        with self.lock:
            for k, memory in enumerate(self.free):
                if memory.shape == shape:
                    return self.free.pop(k)
        steps, batch, threads, keep = shape
        return Memory(weights.packed, steps, batch, threads=threads, keep=keep)

    def take_back(self, weights: Packed, memory: Memory) -> None:
        """Both wait for the next call."""
        with self.lock:
            weights.users -= 1
            self.free.append(memory)
            del self.free[:-WAITING]


_benches: weakref.WeakKeyDictionary[Any, dict[Any, Bench]] = weakref.WeakKeyDictionary()


def _bench(layer: Any, machine: Machine, sizes: tuple[int, ...]) -> Bench:
    of_layer = _benches.get(layer)
    if of_layer is None:
        of_layer = _benches.setdefault(layer, {})
    return of_layer.get((machine, sizes)) or of_layer.setdefault((machine, sizes), Bench(machine, sizes))


def _forget() -> None:
    """In a forked child: a thread that held a lock is not there."""
    global _benches
    _benches = weakref.WeakKeyDictionary()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


# ---------------------------------------------------------------------- machines


def _machine(layer: Any, dtype: torch.dtype) -> Machine | None:
    """The machine of a layer's equations, as its options choose them; None where there is none."""
    files = layer.c_files
    return _compiled(layer.Parameters.__module__, files[_choice(layer)], dtype is torch.float64) if files else None


def _choice(layer: Any) -> str:
    """What a layer has chosen of its equations: the projection, or an activation; "" where there is no choice."""
    if layer.proj_size and "projection" in layer.c_files:
        return "projection"
    return next((getattr(layer, name) for name, value in layer.options.items() if isinstance(value, tuple)), "")


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
