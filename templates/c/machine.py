"""A cell's C file as a machine: compiled, loaded, and called with addresses of numbers. Needs Python alone.

A ``Machine`` is a cell in one floating-point type. ``Weights`` are the packed parameters of one layer and direction, a
``Memory`` is what one forward pass and the backward pass after it work in. Each belongs to one call at a time; they are
freed when nobody refers to them. Sizes: T time steps, B sequences, I input features, H units, P outputs.
"""

from __future__ import annotations

import ctypes
import math
import os
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from .choices import is_off, way_of
from .compiled import CompilerError, library

STATES = 16  # at most, as in places.h
AXES = 24  # sizes, as in cell.h
#: The functions of a panel's lines, most of which need not wait for each other, are mixed. (Clang does it anyway.)
LINES = ("-fschedule-insns",)
Address = int | None

_POINTER, _LONG, _INT = ctypes.c_void_p, ctypes.c_long, ctypes.c_int


# Where the addresses of a call begin, as in places.h: an array and then one for each state. The last is the address of
# those of the gradients of the parameters.
_GIVEN, _FOUND, _D_FOUND, _D_GIVEN, _D_TENSORS = range(0, 5 * (STATES + 1), STATES + 1)
_Call = _POINTER * (_D_TENSORS + 1)
_DISAGREE, _NOT_TRIED = -1, -2  # of derive_trial


class Link(ctypes.Structure):
    """A layer of several, in ``derive_steps``: addresses of a memory of one step, of weights, and of the addresses
    of arrays."""

    _fields_ = (("memory", _POINTER), ("weights", _POINTER), ("call", _POINTER))


class Machine:
    """A cell that can be called. tensors, constants: the names of its parameters, in the order in which they are given.

    caller: the type of callers, as in calls.c, None where Python has no headers.
    sources: the text of the machinery's files by name; cell: that of the cell's file. double: whether numbers are of 64
    bits, else of 32. file: the cell's library, as it was loaded. Raises CompilerError where it cannot be compiled.
    """

    def __init__(self, sources: Mapping[str, str], cell: str, *, double: bool) -> None:
        defines = ("DOUBLE",) if double else ()
        self.double = double
        self.library, self.caller = _machinery(sources, defines)
        headers = {name: text for name, text in sources.items() if name.endswith(".h")}
        self._cell = library({**headers, "cell.c": cell}, ("cell.c",), defines=defines, flags=LINES)
        self.address = ctypes.addressof(ctypes.c_char.in_dll(self._cell, "derive_cell"))
        self.file = self._cell._name
        self.tensors = self._names(self.library.derive_tensor)
        self.constants = self._names(self.library.derive_constant)
        self._sizes = self._names(self.library.derive_size)

    def sizes(self, inputs: int, units: int, outputs: int, named: Mapping[str, int]) -> tuple[int, ...]:
        """What weights are told: I, H, P, and the sizes that the cell has beside. named: those that have names."""
        known = {**named, "input_size": inputs, "hidden_size": units, "proj_size": outputs}
        own = [[int(n) if n.isdecimal() else known[n] for n in size.split("*")] for size in self._sizes]
        return (inputs, units, outputs, *map(math.prod, own))

    def _names(self, name: Any) -> tuple[str, ...]:
        found = []
        while (text := name(self.address, len(found))) is not None:
            found.append(text.decode())
        return tuple(found)

    def digest(self, sizes: Any, tensors: Sequence[Address], threads: int = 1) -> int:
        """A number that tells whether parameters have changed, None for those that are missing; sizes: ``longs``. It is
        another one for other threads."""
        return int(self.library.derive_digest(self.address, sizes, addresses(tensors), threads))

    def trial(self, shape: tuple[int, ...], times: int) -> list[list[float]] | None:
        """The seconds of a layer of random numbers for each way of its products, one after the other, at most ``times``
        times, none where the threads are fewer now; None where products on the matrix unit are further from the true
        ones. shape: the sizes, the rows of a thread, the threads, whether a pass backwards follows, and the last way.

        Raises MemoryError where there is none for it.
        """
        *sizes, rows, threads, keep, last = shape
        seconds = (ctypes.c_double * ((last + 1) * times + 1))()
        done = self.library.derive_trial(
            self.address, longs(sizes), rows * threads, threads, keep, last, times, seconds
        )
        if done == _NOT_TRIED:
            raise MemoryError(f"no memory to try out how products of {shape} go")
        return None if done == _DISAGREE else [seconds[n * (last + 1) : (n + 1) * (last + 1)] for n in range(done)]


class Weights:
    """Packed parameters. sizes: as ``Machine.sizes`` gives them. prepared: whether V - Vᵀ is given where a weight is to
    be antisymmetric. narrow: whether matrices are rounded to bfloat16, for forward passes of 32-bit machines; sums are
    of 32 bits.

    Raises ValueError for narrow weights of a 64-bit machine.
    """

    def __init__(self, machine: Machine, sizes: Sequence[int], *, prepared: bool = False, narrow: bool = False) -> None:
        if narrow and machine.double:
            raise ValueError("weights of bfloat16 are for float32 alone")
        self.machine, self.sizes = machine, tuple(sizes)
        self.address: Address = machine.library.derive_weights(machine.address, longs(sizes), prepared, narrow)
        if not self.address:
            raise MemoryError(f"no memory for the packed parameters of {tuple(sizes)} features")

    def pack(
        self, tensors: Sequence[Address], constants: Sequence[float] = (), *, backward: bool = True, threads: int = 1
    ) -> None:
        """Take the parameters as they are now, None for those that are missing; backward: for a backward pass too."""
        numbers = (ctypes.c_double * max(1, len(constants)))(*constants)
        if not self.machine.library.derive_pack(self.address, addresses(tensors), numbers, backward, threads):
            raise MemoryError("no memory to pack the parameters")

    def __del__(self) -> None:
        if getattr(self, "address", None):
            self.machine.library.derive_weights_free(self.address)
            self.address = None


class Layout(NamedTuple):
    """Where a caller's rows are: how far the next time step and the next sequence are, in numbers, of x and of y.
    onto: whether what comes back to x is added to what is there."""

    x_time: int
    x_row: int
    y_time: int
    y_row: int
    onto: bool


class Memory:
    """What a forward pass of T steps and B sequences works in; keep: whether a backward pass may follow. way: how
    products go, as ``choices`` says it.

    Arrays are given by their addresses, contiguous, x and y as the layout says; None for what is zero or not wanted.
    """

    def __init__(
        self,
        weights: Weights,
        steps: int,
        batch: int,
        *,
        threads: int = 1,
        keep: bool = False,
        layout: Layout | None = None,
    ) -> None:
        self.library, self.shape = weights.machine.library, (steps, batch, threads, keep)
        rows = None if layout is None else (_LONG * len(layout))(*layout)
        last = 0 if is_off() else self.library.derive_last_way(weights.address, batch, threads, keep)
        self.way = way_of(weights.machine, weights.sizes, batch, threads, keep, last) if last else 0
        self.address: Address = self.library.derive_memory(weights.address, steps, batch, threads, keep, rows, self.way)
        if not self.address:
            raise MemoryError(f"no memory for {steps} steps of {batch} sequences")
        self._call = _Call()
        self._call_address = ctypes.addressof(self._call)

    def forward(self, weights: Weights, given: Sequence[Address], found: Sequence[Address]) -> bool:
        """Whether it was done: not if the process has fewer threads now than the memory was made for.

        given: x, (T, B, I), several inputs side by side, and the first of each state, (B, n); found: of each the first
        state's, (T, B, n), and the last of each state.
        """
        self._put(_GIVEN, given)
        self._put(_FOUND, found)
        return bool(self.library.derive_forward(self.address, weights.address, self._call_address))

    def backward(
        self,
        weights: Weights,
        given: Sequence[Address],
        found: Sequence[Address],
        d_found: Sequence[Address],
        d_given: Sequence[Address],
        d_tensors: Sequence[Address],
    ) -> bool:
        """The same of the backward pass of the last forward pass, of whose arrays x and y are as they were.

        d_given, d_tensors: where the gradients of what was given and of the parameters go.
        """
        pointers = addresses(d_tensors)
        for first, of in ((_GIVEN, given), (_FOUND, found), (_D_FOUND, d_found), (_D_GIVEN, d_given)):
            self._put(first, of)
        self._call[_D_TENSORS] = ctypes.addressof(pointers)
        return bool(self.library.derive_backward(self.address, weights.address, self._call_address))

    def link(self, weights: Weights, given: Sequence[Address], found: Sequence[Address]) -> Link:
        """The forward pass on these arrays, for ``derive_steps``."""
        self._put(_GIVEN, given)
        self._put(_FOUND, found)
        return Link(self.address, weights.address, self._call_address)

    def _put(self, first: int, addresses: Sequence[Address]) -> None:
        self._call[first : first + len(addresses)] = addresses

    def __del__(self) -> None:
        if getattr(self, "address", None):
            self.library.derive_memory_free(self.address)
            self.address = None


def longs(sizes: Sequence[int]) -> Any:
    """Sizes as an array, as C counts them."""
    return (_LONG * AXES)(1, *sizes)


def addresses(of: Sequence[Address]) -> Any:
    """An array of pointers."""
    return (_POINTER * max(1, len(of)))(*of)


def _machinery(sources: Mapping[str, str], defines: Sequence[str]) -> tuple[ctypes.CDLL, Any]:
    """The library, and the type of calls.c, None where Python cannot be extended."""
    folder = sysconfig.get_path("include")
    if not headers_of_python(folder):
        return _declared(library(sources, ("kernels.c",), defines=defines)), None
    version = f"PYTHON={sys.hexversion:#x}"
    try:
        found = library(sources, ("kernels.c", "calls.c"), defines=(*defines, version), headers=folder)
    except CompilerError:  # which is said if it is so without Python too
        return _declared(library(sources, ("kernels.c",), defines=defines)), None
    caller = ctypes.PyDLL(found._name, handle=found._handle).derive_caller
    caller.restype = ctypes.py_object
    return _declared(found), caller()


def headers_of_python(folder: str) -> bool:
    """Whether the headers of this Python are there, and one thread at a time runs in it."""
    alone = sys.implementation.name == "cpython" and not sysconfig.get_config_var("Py_GIL_DISABLED")
    return alone and sys.platform != "darwin" and os.path.isfile(os.path.join(folder, "Python.h"))


def _declared(machine: ctypes.CDLL) -> ctypes.CDLL:
    """The library with the types of its functions, as in kernels.c."""
    types: dict[str, tuple[Any, list[Any]]] = {
        "derive_tensor": (ctypes.c_char_p, [_POINTER, _LONG]),
        "derive_constant": (ctypes.c_char_p, [_POINTER, _LONG]),
        "derive_size": (ctypes.c_char_p, [_POINTER, _LONG]),
        "derive_digest": (ctypes.c_uint64, [_POINTER, _POINTER, _POINTER, _LONG]),
        "derive_weights": (_POINTER, [_POINTER, _POINTER, _INT, _INT]),
        "derive_weights_free": (None, [_POINTER]),
        "derive_pack": (_INT, [_POINTER, _POINTER, _POINTER, _INT, _LONG]),
        "derive_memory": (_POINTER, [_POINTER, _LONG, _LONG, _LONG, _INT, _POINTER, _INT]),
        "derive_memory_free": (None, [_POINTER]),
        "derive_forward": (_INT, [_POINTER, _POINTER, _POINTER]),
        "derive_backward": (_INT, [_POINTER, _POINTER, _POINTER]),
        "derive_steps": (None, [_POINTER, _LONG]),
        "derive_last_way": (_INT, [_POINTER, _LONG, _LONG, _INT]),
        "derive_trial": (_LONG, [_POINTER, _POINTER, _LONG, _LONG, _INT, _INT, _LONG, _POINTER]),
    }
    for name, (result, arguments) in types.items():
        function = getattr(machine, name)
        function.restype, function.argtypes = result, arguments
    return machine
