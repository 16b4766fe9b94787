"""Tensors of the files that others saved: ``.safetensors``, and ``.pt`` as data alone, never as code.

What a file says of its tensors is read first, and a tensor's numbers when they are asked for, which is after its shape
was found to be the cell's. Neither needs torch.
"""

from __future__ import annotations

import json
import math
import os
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from derive.errors import RunError, listing, shortened
from derive.reading import open_file
from derive.run.stored import LETTERS, StoredTensor, contiguous, is_shape, not_real, width
from derive.run.torch_files import read_torch

MOST_HEADER = 10_000_000  # bytes of a header, which is read as a whole: enough for 100,000 tensors
_DTYPES = {
    "F64": "float64", "F32": "float32", "F16": "float16", "BF16": "bfloat16",
    "I64": "int64", "I32": "int32", "I16": "int16", "I8": "int8",
    "U64": "uint64", "U32": "uint32", "U16": "uint16", "U8": "uint8", "BOOL": "bool",
}  # fmt: skip


def read_tensors(path: Path, prefix: str = "", suffix: str = "") -> dict[str, Any]:
    """The tensors of a ``.safetensors`` or ``.pt`` file whose names start and end so, under what stands between.

    ``suffix = "_l0"`` picks the first layer of an ``nn.LSTM``.

    Raises RunError for a missing or unreadable file, and where no tensor has such a name.
    """
    readers = {".safetensors": _read_safetensors, ".pt": read_torch, ".pth": read_torch}
    if path.suffix not in readers:
        name = shortened(path.name)
        raise RunError(f"weights: {name} is neither .safetensors nor .pt; save the state_dict as one of them")
    try:
        return select(readers[path.suffix](path), prefix, suffix, path.name)
    except FileNotFoundError:
        raise RunError(f"weights: there is no file {path}") from None
    except OSError as e:
        raise RunError(f"weights: {path} cannot be read: {e.strerror}") from None


def select(tensors: Mapping[str, Any], prefix: str, suffix: str, where: str = "state_dict") -> dict[str, Any]:
    """The entries whose names start and end so, under the part of the name between."""
    named = {str(name): tensor for name, tensor in tensors.items() if isinstance(name, str | int)}
    found = {
        name[len(prefix) : len(name) - len(suffix)]: tensor
        for name, tensor in named.items()
        if name.startswith(prefix) and name.endswith(suffix) and len(name) > len(prefix) + len(suffix)
    }
    if not found:
        wanted = f"{shortened(prefix)}...{shortened(suffix)}"
        held = listing(named, prefix + suffix)
        raise RunError(
            f"weights: {where} has no tensor named {wanted}; it holds {held}: set prefix and suffix accordingly"
        )
    return found


def _read_safetensors(path: Path) -> dict[str, StoredTensor]:
    """Source: the format's description, https://huggingface.co/docs/safetensors."""
    with open_file(path) as file:
        size = os.fstat(file.fileno()).st_size - 8
        start = file.read(8)
        try:
            (length,) = struct.unpack("<Q", start)
            if length > size:
                raise ValueError("the header is cut short")
            if length > MOST_HEADER:
                raise RunError(
                    f"weights: {path.name} has a header of {length} bytes, and at most {MOST_HEADER} are read; save the"
                    " layer's tensors alone"
                )
            header = json.loads(file.read(length), object_pairs_hook=_once)
            header.pop("__metadata__", None)
            return _placed(path, header, 8 + length, size - length)
        except (struct.error, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise RunError(f"weights: {path.name} is not a safetensors file, or is cut short; save it again") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice")
    return found


def _placed(path: Path, header: Mapping[str, Any], start: int, size: int) -> dict[str, StoredTensor]:
    """The tensors of a header. Raises ValueError unless they fill the bytes after it, without gaps or overlaps."""
    end = 0
    for first, last in sorted(entry["data_offsets"] for entry in header.values()):
        if not is_shape((first, last)) or first != end or last < first:
            raise ValueError("gaps or overlaps")
        end = last
    if end != size:
        raise ValueError("numbers are missing, or belong to no tensor")
    return {name: _tensor(path, start, **entry) for name, entry in header.items()}


def _tensor(path: Path, base: int, dtype: str, shape: list[int], data_offsets: list[int]) -> StoredTensor:
    if not isinstance(dtype, str) or not is_shape(shape):
        raise ValueError("no dtype or shape")
    kind, (first, last) = _DTYPES.get(dtype, dtype), data_offsets
    if kind not in LETTERS:
        return not_real(path, kind)
    if math.prod(shape) * width(kind) != last - first:
        raise ValueError("the numbers do not fill the shape")
    return StoredTensor(path, kind, tuple(shape), contiguous(tuple(shape)), base + first)
