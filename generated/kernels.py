# Written by `python -m derive code` from templates/torch/kernels.py. Do not edit: change the template, run it again.
"""Layers run by machines: a cell's C file, compiled once, in the place of the loop over time where it applies.

A machine runs ordinary tensors of the processor, in float32 or float64, forwards and backwards. Everything else goes
step by step through PyTorch: ``torch.jit.trace``, ``torch.func``, forward-mode AD, second derivatives, subclasses
of tensors, other dtypes and devices, ``checkpoint``, and a layer or subclass whose equations were written over. Without
a C compiler all does, and a warning says so once. What was compiled or exported calls it by ``operators.py``.

Off: ``layer.kernels = False``, or ``DERIVE_KERNELS=0`` in the environment.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.autograd import forward_ad

from .machine import Machine, Memory, Weights, longs
from .machines import machine_of

Tensors = tuple[Tensor, ...]

WAITING = 4  # memories of a size that wait to be used again, and packed parameters
PARALLEL = 2**16  # parameters, from which on threads share the packing
_DTYPES = (torch.float32, torch.float64)
_ORDINARY = (Tensor, torch.nn.Parameter)


def _keys(t: Tensor) -> int:
    """What PyTorch's dispatcher knows of a tensor: device, layout, and whether its memory says all about it."""
    return int(torch._C._dispatch_keys(t).raw_repr())


_ORDINARY_KEYS = []
for _mode in (False, True):
    with torch.inference_mode(_mode):
        _ORDINARY_KEYS.append(_keys(torch.empty(0, device="cpu")))


def machine_for(layer: Any, tensors: Sequence[Tensor | None]) -> Machine | None:
    """The machine of a layer's equations if it may run them on these tensors, the first of which is there."""
    if not layer.kernels or layer.checkpoint or os.environ.get("DERIVE_KERNELS") == "0":
        return None
    if torch.compiler.is_compiling() or torch.jit.is_tracing() or torch._C._len_torch_dispatch_stack():
        return None
    dtype = tensors[0].dtype  # type: ignore[union-attr]
    if dtype not in _DTYPES or not are_ordinary(tensors, dtype):
        return None
    return None if have_tangents(tensors) else machine_of(layer, dtype)


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
            type(t) not in _ORDINARY or t.dtype is not dtype or _keys(t) not in _ORDINARY_KEYS or t.numel() == 0
        ):
            return False
    return True


def forward(
    machine: Machine, layer: Any, x: Tensor, states: Tensors, p: Any, *, keep: bool
) -> tuple[Tensor, Tensors, Tape | None]:
    """The outputs, (T, B, n), and the final states of a layer's scan; with ``keep`` the tape of a backward pass.

    Raises RuntimeError for parameters and states of other sizes than the layer's.
    """
    steps, batch, features = x.shape
    bench = bench_of(layer, machine, features)
    for name, s, n in zip(layer.states, states, bench.widths, strict=True):
        if s.shape != (batch, n):
            raise RuntimeError(f"Expected {name} of size {(batch, n)}, got {list(s.size())}")
    given = [t.contiguous() for t in (x, *states)]
    found = [x.new_empty(steps, batch, bench.widths[0]), *map(torch.empty_like, given[1:])]
    tape = bench.tape(layer, p, (steps, batch, _threads(), keep))
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
) -> list[Tensor | None] | None:
    """The gradients of ``tensors``, which are ``x, *states, *p`` of the forward pass, None of those that are not
    wanted; None where the process has fewer threads than it had. d: what reaches the outputs and the final states, None
    for zero."""
    found = [
        torch.empty_like(t, memory_format=torch.contiguous_format) if w else None
        for t, w in zip(tensors, wanted, strict=True)
    ]
    x, y, *d = (None if t is None else t.contiguous() for t in (tensors[0], outputs, *d))
    count = len(d)  # of the input and the states
    parameters = layer.Parameters(*found[count:])
    d_tensors = [getattr(parameters, name) for name in tape.machine.tensors]
    with tape.lock:
        done = tape.memory.backward(
            tape.weights.packed,
            _addresses([x]),
            _addresses([y]),
            _addresses(d),
            _addresses(found[:count]),
            _addresses(d_tensors),
        )
    return found if done else None


def _addresses(tensors: Iterable[Tensor | None]) -> list[int | None]:
    return [None if t is None else t.data_ptr() for t in tensors]


# ---------------------------------------------------------------------- what a layer keeps from call to call


class Packed:
    """Packed parameters, and how many passes need them as they are. digest: of what they were packed from; backward:
    whether for a backward pass too."""

    def __init__(self, machine: Machine, sizes: tuple[int, ...], *, narrow: bool) -> None:
        self.packed = Weights(machine, sizes, prepared=True, narrow=narrow)
        self.digest: Any = None
        self.backward = False
        self.users = 0


class Tape:
    """The weights and the memory of a pass, given back when nobody can go backwards any more. lock: of whoever does."""

    weights: Packed
    memory: Memory

    def __init__(self, bench: Bench) -> None:
        self.bench, self.machine, self.lock = bench, bench.machine, threading.Lock()

    def __del__(self) -> None:  # by the garbage collector, at any point, so that nothing may wait here
        self.bench.returned.append((vars(self).get("weights"), vars(self).get("memory")))
        if self.bench.lock.acquire(blocking=False):
            try:
                self.bench.take_back()
            finally:
                self.bench.lock.release()


class Bench:
    """The packed weights and memories of a layer for one size, used again from call to call, by one call at a time.

    most: memories that wait, for as many scans as the layer consists of. widths: of the states.
    """

    def __init__(self, layer: Any, machine: Machine, features: int) -> None:
        self.machine, self.sizes, self.narrow = machine, sizes_of(layer, machine, features), layer.weights is not None
        self.longs = longs(self.sizes)
        self.most = max(WAITING, len(layer._names))
        self.widths = layer.state_sizes(layer.hidden_size, layer.proj_size)
        self.shapes = layer.parameter_shapes(self.sizes[0], layer.hidden_size, layer.proj_size)
        self.lock = threading.Lock()
        self.returned: deque[tuple[Packed | None, Memory | None]] = deque()
        self.packed: list[Packed] = []
        self.free: list[Memory] = []
        self.busy: set[Memory] = set()  # a cycle of garbage that holds a tape would finalize its memory with it

    def tape(self, layer: Any, p: Any, shape: tuple[int, int, int, bool]) -> Tape:
        """For a pass of this shape: time steps, sequences, threads, and whether it is kept."""
        constants = [float(getattr(layer, name)) for name in self.machine.constants]
        given = [getattr(p, name) for name in self.machine.tensors]
        for name, t in zip(self.machine.tensors, given, strict=True):
            if t is not None and t.shape != self.shapes[name]:
                raise RuntimeError(f"Expected {name} of size {self.shapes[name]}, got {list(t.size())}")
        tape = Tape(self)
        tape.weights = self._weights([None if t is None else t.contiguous() for t in given], constants, shape[3])
        tape.memory = self._memory(tape.weights, shape)
        return tape

    def _weights(self, given: list[Tensor | None], constants: list[float], keep: bool) -> Packed:
        """The parameters packed as they are now: packed again only if a number has changed."""
        pointers = _addresses(given)
        threads = _threads() if sum(t.numel() for t in given if t is not None) > PARALLEL else 1
        digest = (self.machine.digest(self.longs, pointers, threads), constants)
        with self.lock:
            self.take_back()
            for found in self.packed:
                if found.digest == digest and found.backward >= keep:
                    found.users += 1
                    return found
            found = next((q for q in self.packed if not q.users), None) or Packed(
                self.machine, self.sizes, narrow=self.narrow
            )
            found.digest, found.users = None, 1
            self.packed = [q for q in self.packed if q is not found]
        found.packed.pack(pointers, constants, backward=keep, threads=threads)
        with self.lock:
            found.digest, found.backward = digest, keep
            waiting = [q for q in self.packed if not q.users][-2 * self.most :]
            self.packed = [q for q in self.packed if q.users or q in waiting] + [found]
        return found

    def _memory(self, weights: Packed, shape: tuple[int, int, int, bool]) -> Memory:
        """One that waits, or a new one."""
        with self.lock:
            found = next((memory for memory in self.free if memory.shape == shape), None)
            if found is None:
                steps, batch, threads, keep = shape
                found = Memory(weights.packed, steps, batch, threads=threads, keep=keep)
            else:
                self.free.remove(found)
            self.busy.add(found)
        return found

    def take_back(self) -> None:
        """What tapes returned waits for the next call."""
        while self.returned:
            weights, memory = self.returned.popleft()
            if weights is not None:
                weights.users -= 1
            if memory is not None:
                self.busy.discard(memory)
                self.free.append(memory)
        del self.free[: -self.most]


_benches: weakref.WeakKeyDictionary[Any, dict[Any, Bench]] = weakref.WeakKeyDictionary()
_forked = False


def bench_of(layer: Any, machine: Machine, features: int) -> Bench:
    """A layer's bench for inputs of so many features."""
    own = [getattr(layer, name) for name in layer.sizes]
    size = machine, features, layer.hidden_size, layer.proj_size, layer.weights, *own
    of_layer = _benches.get(layer)
    if of_layer is None:
        of_layer = _benches.setdefault(layer, {})
    found = of_layer.get(size)
    return found or of_layer.setdefault(size, Bench(layer, machine, features))


def put_away(layer: Any) -> None:
    """What waits for a layer's next call is not needed any more."""
    _benches.pop(layer, None)


def sizes_of(layer: Any, machine: Machine, features: int) -> tuple[int, ...]:
    """What a machine is told of a layer whose inputs have so many features together: I, H, P, and its further sizes."""
    named = {name: getattr(layer, name) for name in layer.sizes}
    counts = (*getattr(layer, "further", {}).values(), *(mask.size for mask in layer.masks.values()))
    first = first_features(features, (0, *map(layer._count, counts)))
    return machine.sizes(first, layer.hidden_size, layer.proj_size or layer.hidden_size, named)


def first_features(features: int, counts: Sequence[int]) -> int:
    """Those of the first of several inputs, of which masks are some, that have so many together; a count of 0 stands
    for as many as the first has."""
    return (features - sum(counts)) // counts.count(0)


def _threads() -> int:
    return 1 if _forked else torch.get_num_threads()


def _forget() -> None:
    """In a forked child: threads are not there, neither those of OpenMP nor one that held a lock."""
    global _benches, _forked
    _benches, _forked = weakref.WeakKeyDictionary(), True


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
