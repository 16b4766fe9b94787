"""Tensors read from the files that others saved: ``.safetensors``, and ``.pt`` as data alone, never as code."""

from __future__ import annotations

import json
import math
import struct
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from derive.errors import RunError

_SAFETENSORS = {"F64": "d", "F32": "f", "F16": "e", "BF16": "H"}  # struct's letters


def read_tensors(path: Path, prefix: str = "", suffix: str = "") -> dict[str, Any]:
    """The tensors of a ``.safetensors`` or ``.pt`` file whose names start and end so, under what stands between.

    ``suffix = "_l0"`` picks the first layer of an ``nn.LSTM``; a ``.safetensors`` file is read without torch.

    Raises RunError for a missing or unreadable file, and where no tensor has such a name.
    """
    if not path.is_file():
        raise RunError(f"weights: there is no file {path}")
    readers = {".safetensors": _read_safetensors, ".pt": _read_torch, ".pth": _read_torch}
    if path.suffix not in readers:
        raise RunError(f"weights: {path.name} is neither .safetensors nor .pt; save the state_dict as one of them")
    return select(readers[path.suffix](path), prefix, suffix, path.name)


def select(tensors: Mapping[str, Any], prefix: str, suffix: str, where: str = "state_dict") -> dict[str, Any]:
    """The entries whose names start and end so, under the part of the name between."""
    found = {
        name[len(prefix) : len(name) - len(suffix)]: tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix) and name.endswith(suffix) and len(name) > len(prefix) + len(suffix)
    }
    if not found:
        raise RunError(
            f"weights: {where} has no tensor named {prefix}...{suffix}; it holds {', '.join(tensors) or 'none'}:"
            " set prefix and suffix accordingly"
        )
    return found


def _read_torch(path: Path) -> dict[str, Any]:
    try:
        import torch
    except ImportError:
        raise RunError(
            f"weights: reading {path.name} needs torch; install it, or save the weights as .safetensors"
        ) from None
    try:
        with warnings.catch_warnings(action="ignore"):  # what torch says of a pickle by others is no news to the reader
            loaded = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as e:  # torch raises whatever its unpickler meets
        reason = str(e).strip().splitlines()
        raise RunError(
            f"weights: {path.name} cannot be read as a state_dict ({type(e).__name__}: {reason[0] if reason else ''})"
        ) from None
    if not isinstance(loaded, Mapping):
        raise RunError(
            f"weights: {path.name} holds a {type(loaded).__name__}, expected a state_dict: torch.save(m.state_dict())"
        )
    return {str(name): tensor for name, tensor in loaded.items()}


def _read_safetensors(path: Path) -> dict[str, Any]:
    data = memoryview(path.read_bytes())
    try:
        (length,) = struct.unpack_from("<Q", data)
        if length > len(data) - 8:
            raise ValueError("the header is cut short")
        header = json.loads(bytes(data[8 : 8 + length]))
        header.pop("__metadata__", None)
        return {name: _stored(entry, data[8 + length :]) for name, entry in header.items()}
    except (struct.error, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise RunError(f"weights: {path.name} is not a safetensors file, or is cut short; save it again") from None


@dataclass(frozen=True)
class _Stored:
    """A tensor of a file, in the form that ``exact_tensor`` reads: its numbers are taken as the fractions they are.

    They are decoded where they are asked for, because a file may hold much beside one cell's weights.
    """

    format: str  # as the file names it
    shape: tuple[int, ...]
    data: memoryview

    @property
    def dtype(self) -> str:
        return "float" if self.format in _SAFETENSORS else self.format

    def tolist(self) -> Any:
        numbers = list(struct.unpack(f"<{math.prod(self.shape)}{_SAFETENSORS[self.format]}", self.data))
        if self.format == "BF16":  # the upper half of a float32
            numbers = [struct.unpack("<f", struct.pack("<I", n << 16))[0] for n in numbers]
        return _reshape(numbers, self.shape)


def _stored(entry: Mapping[str, Any], data: memoryview) -> _Stored:
    start, end = entry["data_offsets"]
    found = _Stored(entry["dtype"], tuple(entry["shape"]), data[start:end])
    if found.format in _SAFETENSORS:
        size = math.prod(found.shape) * struct.calcsize(f"<{_SAFETENSORS[found.format]}")
        whole = all(isinstance(n, int) and n >= 0 for n in (start, *found.shape))
        if not whole or not len(found.data) == end - start == size:
            raise ValueError("the numbers do not fill the shape")
    return found


def _reshape(numbers: list[Any], dimensions: tuple[int, ...]) -> Any:
    if not dimensions:
        return numbers[0]
    step = math.prod(dimensions[1:])
    return [_reshape(numbers[k * step : (k + 1) * step], dimensions[1:]) for k in range(dimensions[0])]
