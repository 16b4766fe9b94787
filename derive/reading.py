"""Files that others wrote, opened so that nothing waits and nothing grows without end."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

MOST_BYTES = 16_000_000  # of a file that is read as a whole: a run file, a cell's file, a generated one
_KINDS = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "folder",
    stat.S_IFLNK: "symbolic link",
    stat.S_IFIFO: "pipe",
    stat.S_IFSOCK: "socket",
}


def read_file(path: Path) -> bytes:
    """The bytes of a file. Raises OSError, whose ``strerror`` says what is wrong: no such file, no file, too long."""
    with open_file(path) as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise OSError(errno.EFBIG, f"it is longer than {MOST_BYTES // 10**6} MB")
    return content


def open_file(path: Path) -> BinaryIO:
    """A file, open. Raises OSError for what is no file: to open a pipe, or to read a device to its end, may take for
    ever."""
    try:
        kind = kind_of(os.stat(path))
        if kind != "file":
            raise OSError(errno.EINVAL, f"it is a {kind}, and a file is wanted")
        return open(path, "rb")
    except ValueError:  # a NUL character, or half of a surrogate pair
        raise OSError(errno.EINVAL, "no file can have that name") from None


def kind_of(status: os.stat_result) -> str:
    """What stands at a path, in a word: file, folder, symbolic link, pipe, socket or device."""
    return _KINDS.get(stat.S_IFMT(status.st_mode), "device")
