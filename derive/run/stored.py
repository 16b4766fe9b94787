"""A tensor that stands in a file: judged by what the file says of it, read when its numbers are asked for."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from derive.errors import RunError, shortened
from derive.reading import open_file

Shape = tuple[int, ...]

#: The real numbers that a file may hold, by PyTorch's names, as letters of ``struct``. bfloat16: half of a float32.
LETTERS = {
    "float64": "d", "float32": "f", "float16": "e", "bfloat16": "H",
    "int64": "q", "int32": "i", "int16": "h", "int8": "b",
    "uint64": "Q", "uint32": "I", "uint16": "H", "uint8": "B",
}  # fmt: skip
#: What a tensor may be that is no plain array of numbers; to be said after its name.
SPARSE = "is sparse, expected a dense tensor: take its .to_dense()"
QUANTISED = "is quantised, expected real numbers: take its .dequantize()"
NESTED = "is nested, expected one tensor of one shape"
META = "is on the device meta, where it has no numbers"
MARKED = "is conjugate or negative by a mark: take its .resolve_conj().resolve_neg()"
REPEATED = "repeats its numbers, as expand() does: take its .contiguous()"
_MOST_DIMENSIONS = 64  # PyTorch's limit
LARGEST = 2**63 - 1  # of a size, an offset or a whole number


@dataclass(frozen=True)
class StoredTensor:
    """A tensor of a file, in the form that ``exact_tensor`` reads. A file may hold much beside one cell's weights.

    strides: in numbers, as PyTorch counts them. start: the byte of the first number. trouble: why its numbers cannot be
    used, to be said after its name ("is sparse, ..."), or nothing.
    """

    path: Path
    dtype: str = ""
    shape: Shape = ()
    strides: Shape = ()
    start: int = 0
    order: str = "<"
    trouble: str = ""

    def tolist(self) -> Any:
        """The numbers, in nested lists. Raises RunError where the file has changed since its header was read."""
        try:
            with open_file(self.path) as file:
                return self._read(file, self.start, self.shape, self.strides)
        except (OSError, struct.error):
            raise RunError(f"weights: {self.path.name} changed while it was read; run this again") from None

    def _read(self, file: BinaryIO, at: int, shape: Shape, strides: Shape) -> Any:
        if not shape:
            return self._numbers(file, at, 1)[0]
        if len(shape) == 1 and strides == (1,):
            return self._numbers(file, at, shape[0])
        step = strides[0] * width(self.dtype)
        return [self._read(file, at + k * step, shape[1:], strides[1:]) for k in range(shape[0])]

    def _numbers(self, file: BinaryIO, at: int, count: int) -> list[Any]:
        file.seek(at)
        found = struct.unpack(f"{self.order}{count}{LETTERS[self.dtype]}", file.read(count * width(self.dtype)))
        if self.dtype == "bfloat16":
            return [struct.unpack("<f", struct.pack("<I", n << 16))[0] for n in found]
        return list(found)


def not_real(path: Path, dtype: str) -> StoredTensor:
    """A tensor of such a dtype."""
    return StoredTensor(path, trouble=no_real_numbers(dtype))


def no_real_numbers(dtype: str) -> str:
    """The trouble with a dtype that is no kind of real number, or too new."""
    return f"has dtype {shortened(dtype)}, expected real numbers: convert it with .double()"


def width(dtype: str) -> int:
    """The bytes of one number."""
    return struct.calcsize(f"<{LETTERS[dtype]}")


def is_shape(value: Any) -> bool:
    """Whether that is a tuple or list of sizes (or of strides) that a tensor may have."""
    return (
        isinstance(value, tuple | list)
        and len(value) <= _MOST_DIMENSIONS
        and all(type(n) is int and 0 <= n <= LARGEST for n in value)
    )


def contiguous(shape: Shape) -> Shape:
    """The strides of a tensor whose numbers stand one after the other."""
    return tuple(math.prod(shape[k + 1 :]) for k in range(len(shape)))


def reach(shape: Shape, strides: Shape) -> int:
    """How many numbers from the first one to the last, both included."""
    return 0 if 0 in shape else 1 + sum((n - 1) * s for n, s in zip(shape, strides, strict=True))
