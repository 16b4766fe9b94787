"""The tensors of a file that ``torch.save`` wrote, by what the file says of them.

Such a file is a zip archive without compression: ``data.pkl`` describes every tensor by its dtype, shape, strides and
storage; ``data/0``, ``data/1``, ... are the storages. ``torch.load`` makes each tensor as large as it is described,
before anyone can look at its shape, so the description is read here without it, by ``pickled``.

Source: ``torch/serialization.py`` of PyTorch.
"""

from __future__ import annotations

import os
import struct
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

from derive.errors import RunError, shortened
from derive.reading import open_file
from derive.run.pickled import Described, Thing, unpickled
from derive.run.stored import LARGEST, LETTERS, REPEATED, StoredTensor, is_shape, not_real, reach, width

MOST_DIRECTORY = 8_000_000  # bytes of the archive's directory: enough for 80,000 tensors
MOST_DESCRIPTION = 16_000_000  # bytes of data.pkl
#: What zipfile, struct and the pickle's machine raise for files that are damaged or made up.
_DAMAGE = (
    zipfile.BadZipFile, struct.error, NotImplementedError, RecursionError, ValueError, TypeError, AttributeError,
    LookupError, EOFError,
)  # fmt: skip


def read_torch(path: Path) -> dict[str, Any]:
    """The entries of a ``state_dict``: a StoredTensor for every one that is no number.

    Raises RunError for what is no such file, and OSError where there is none.
    """
    with open_file(path) as file:
        try:
            archive = _Archive(path, file)
            found = unpickled(archive.content("data.pkl", MOST_DESCRIPTION))
        except _DAMAGE as e:
            reason = str(e) if str(e).startswith("it ") else "it is damaged, or something else"
            raise RunError(
                f"weights: {path.name} cannot be read as a state_dict: {reason}; write it with"
                " torch.save(module.state_dict(), path)"
            ) from None
        if not isinstance(found, dict):
            raise RunError(
                f"weights: {path.name} holds a {_kind(found)}, expected a state_dict: torch.save(m.state_dict(), path)"
            )
        return {name: archive.entry(value) for name, value in found.items()}


def _kind(value: Any) -> str:
    kind = "tensor" if isinstance(value, Described) else type(value).__name__
    return shortened(value.kind if isinstance(value, Thing) else kind)


class _Archive:
    """The zip archive: its entries are places in the file."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path, self.file = path, file
        if file.read(2) != b"PK":
            raise ValueError("it is no zip archive, as torch has saved them since version 1.6")
        entries = zipfile.ZipFile(_Bounded(file)).infolist()
        self.entries = {
            entry.filename.partition("/")[2]: entry for entry in entries
        }  # the first part is the file's name
        if len({entry.filename for entry in entries}) < len(entries):
            raise ValueError("it has two entries of one name")
        if any(entry.compress_type or entry.file_size != entry.compress_size for entry in entries):
            raise ValueError("it is compressed, which torch.save does not do")
        big = "byteorder" in self.entries and self.content("byteorder", 10) == b"big"
        self.order = ">" if big else "<"

    def content(self, name: str, most: int) -> bytes:
        """The bytes of an entry. Raises ValueError for more than that."""
        start, size = self.place(name)
        if size > most:
            raise ValueError(f"it has {size} bytes of {name}, and at most {most} are read")
        self.file.seek(start)
        return self.file.read(size)

    def place(self, name: str) -> tuple[int, int]:
        """Where the bytes of an entry start, after a header with a name and an extra field; how many they are."""
        entry = self.entries[name]
        self.file.seek(entry.header_offset)
        start = entry.header_offset + 30 + sum(struct.unpack("<26x2H", self.file.read(30)))
        if start + entry.file_size > os.fstat(self.file.fileno()).st_size:
            raise ValueError("it is cut short")
        return start, entry.file_size

    def entry(self, value: Any) -> Any:
        """A tensor, with what is wrong with it; a number as it is."""
        if type(value) is float or (type(value) is int and abs(value) <= LARGEST):
            return value
        if not isinstance(value, Described):
            trouble = value.trouble if isinstance(value, Thing) else ""
            return StoredTensor(self.path, trouble=trouble or f"is of type {_kind(value)}, expected a tensor")
        shape, strides = value.shape, value.strides
        if not is_shape(shape) or not is_shape(strides) or not is_shape((value.offset,)) or len(shape) != len(strides):
            return StoredTensor(self.path, trouble="has a shape that no tensor has: save it again")
        if value.dtype not in LETTERS:
            return not_real(self.path, value.dtype)
        if any(s == 0 and n > 1 for n, s in zip(shape, strides, strict=True)):
            return StoredTensor(self.path, trouble=REPEATED)
        try:
            start, size = self.place(f"data/{value.key}")
        except _DAMAGE:
            start, size = 0, 0
        if (value.offset + reach(shape, strides)) * width(value.dtype) > size:
            return StoredTensor(self.path, trouble="has more numbers than the file holds for it: save it again")
        return StoredTensor(
            self.path, value.dtype, shape, strides, start + value.offset * width(value.dtype), self.order
        )


class _Bounded:
    """A file that is never read at once beyond a limit: zipfile takes an archive's directory as large as it says."""

    def __init__(self, file: BinaryIO) -> None:
        self.seek, self.tell, self._file = file.seek, file.tell, file

    def read(self, size: int = -1) -> bytes:
        found = self._file.read(MOST_DIRECTORY + 1 if size < 0 else min(size, MOST_DIRECTORY + 1))
        if len(found) > MOST_DIRECTORY:
            raise ValueError(f"it has a directory of more than {MOST_DIRECTORY} bytes")
        return found
