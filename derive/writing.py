"""A set of files, written together or not at all, also where the process is killed in the middle.

Whatever is unfinished stands in one hidden folder, ``STAGING``, of the output folder; who works there holds its lock:

1. every new text is written there in full (``0.new``), and every old file that will go is linked there (``0.old``);
2. a journal of what will go where is put beside them, by a rename: it is there whole or not at all;
3. the new files are renamed to their places, and the files that are no longer made are removed;
4. the journal is removed: from here on the new set stands;
5. the folder is emptied and removed.

A failure within 3 undoes what was done. A process that is killed leaves the folder, and the next ``write_files`` to the
same output folder first undoes what its journal says: then all files are old, or all are new. Who looks in between may
see old files beside new ones, each of them whole. A file that somebody changed in between is left as it is.

This holds for processes, not for a loss of power, since nothing is forced to the disk. Where the system or the file
system has no locks (Windows), two processes that write to one folder at once are not kept apart.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from derive.errors import DeriveError
from derive.reading import kind_of, read_file

try:
    import fcntl
except ModuleNotFoundError:
    fcntl = None  # type: ignore[assignment]

STAGING = ".derive-writing"
PATIENCE = 10  # seconds for which another process that writes to the same folder is waited for
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_LOCK, _JOURNAL = "lock", "journal"
_OURS = re.compile(r"\d+\.(new|old)|journal(\.part)?")  # all that is ever put into the staging folder, beside the lock


class _Change(NamedTuple):
    """A file that will be replaced, made (not ``there``) or removed (no ``content``)."""

    path: Path
    content: bytes | None
    there: bool


def write_files(root: Path, files: Mapping[Path, str | bytes], remove: Sequence[Path] = ()) -> list[Path]:
    """Write a set of files under ``root`` and remove others; only what differs is touched. Returns the paths that were
    written, in order.

    Raises DeriveError, naming the path, where one cannot be written: then all files are as they were. What is no plain
    file (a folder, a symbolic link, a pipe) is never replaced.
    """
    contents = {path: _encoded(path, text) for path, text in files.items()}
    staging = root / STAGING
    changes = _changes(contents, remove)
    if not changes and not os.path.lexists(staging):
        return []
    made = _missing(root)
    try:
        with _naming(staging), _held(staging):
            changes = _changes(contents, remove)  # again: what another process left unfinished is undone now
            _replace(root, staging, changes)
    except BaseException:
        _remove_empty(made)
        raise
    return [change.path for change in changes if change.content is not None]


def _encoded(path: Path, text: str | bytes) -> bytes:
    try:
        return text.encode() if isinstance(text, str) else text
    except UnicodeEncodeError as e:
        raise DeriveError(
            f"cannot write {path}: its text has {text[e.start]!r}, which UTF-8 does not have; rename the file that has"
            " it in its name"
        ) from None


def _changes(contents: Mapping[Path, bytes], remove: Sequence[Path]) -> list[_Change]:
    found = []
    for path, content in contents.items():
        with _naming(path):
            there = _is_there(path)
            if not there or _differs(path, content):
                found.append(_Change(path, content, there))
    return found + [_Change(path, None, True) for path in remove if path.is_file() and not path.is_symlink()]


def _is_there(path: Path) -> bool:
    try:
        kind = kind_of(os.lstat(path))
    except FileNotFoundError:
        return False
    if kind != "file":
        raise _in_the_way(path, kind)
    return True


def _in_the_way(path: Path, kind: str) -> DeriveError:
    return DeriveError(f"cannot write {path}: a {kind} is there; move it away, or name another folder with -o")


def _differs(path: Path, content: bytes) -> bool:
    try:
        return path.stat().st_size != len(content) or path.read_bytes() != content
    except OSError:  # who may not read a file may still replace it
        return True


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """What the system refuses within is said of that path."""
    try:
        yield
    except (OSError, ValueError) as e:
        reason = e.strerror if isinstance(e, OSError) else "no file can have that name"
        raise DeriveError(
            f"cannot write {path}: {reason}; name another folder with -o, or make this one writable"
        ) from None


# ---------------------------------------------------------------------- the steps of the head of this module


def _replace(root: Path, staging: Path, changes: Sequence[_Change]) -> None:
    """Steps 1 to 4."""
    placed: list[tuple[str, list[int] | None]] = []
    for k, (path, content, there) in enumerate(changes):
        with _naming(path):
            new, old = _staged(staging, k)
            if content is not None:
                _write(new, content)
            if there:
                _keep(path, old)
            placed.append((str(path.relative_to(root)), _identity(new)))
    folders = list(dict.fromkeys(f for change in changes for f in _missing(change.path.parent)))
    journal = {"of": staging.stat().st_ino, "folders": [str(f.relative_to(root)) for f in folders], "placed": placed}
    _write(staging / f"{_JOURNAL}.part", json.dumps(journal).encode())
    os.replace(staging / f"{_JOURNAL}.part", staging / _JOURNAL)
    try:
        for folder in folders:
            folder.mkdir()
        for k, (path, content, _) in enumerate(changes):
            with _naming(path):
                if content is None:
                    path.unlink(missing_ok=True)
                else:
                    os.replace(_staged(staging, k)[0], path)
        (staging / _JOURNAL).unlink()
    except BaseException:
        _undo(staging)
        raise


def _undo(staging: Path) -> None:
    """Put back what the journal says was placed or removed; that may be interrupted, and done again."""
    root, journal = staging.parent, _journal(staging)
    if journal is None:
        return
    for k, (name, identity) in enumerate(journal["placed"]):
        path, (_, old) = root / name, _staged(staging, k)
        with _naming(path):
            if _identity(path) != identity or not path.parent.is_dir():
                continue  # not placed yet, put back already, or changed by somebody since
            if old.exists():
                os.replace(old, path)
            else:
                path.unlink(missing_ok=True)
    _remove_empty([root / name for name in journal["folders"]])
    (staging / _JOURNAL).unlink()


def _journal(staging: Path) -> dict[str, Any] | None:
    """The journal, where there is one that was written here; a folder may have been copied with what is in it."""
    with suppress(FileNotFoundError, ValueError, RecursionError, TypeError, KeyError):
        journal: dict[str, Any] = json.loads(read_file(staging / _JOURNAL))
        if journal["of"] == staging.stat().st_ino:
            return journal
    return None


def _staged(staging: Path, k: int) -> tuple[Path, Path]:
    return staging / f"{k}.new", staging / f"{k}.old"


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)


def _keep(path: Path, backup: Path) -> None:
    """The file under another name, with its time: a link where the file system has links."""
    try:
        os.link(path, backup)
    except OSError:
        shutil.copy2(path, backup)


def _identity(file: Path | int) -> list[int] | None:
    """What a file keeps when it is renamed and loses when somebody writes to it; None where there is no file."""
    try:
        found = os.fstat(file) if isinstance(file, int) else os.lstat(file)
    except (FileNotFoundError, NotADirectoryError):
        return None
    return [found.st_ino, found.st_mtime_ns, found.st_size]


# ---------------------------------------------------------------------- the staging folder


@contextmanager
def _held(staging: Path) -> Iterator[None]:
    """The staging folder, empty, for this process alone. Unless something could not be undone it is removed at the
    end."""
    lock = _locked(staging)
    try:
        _undo(staging)
        _sweep(staging)
        yield
    finally:
        if not (staging / _JOURNAL).exists():
            with suppress(OSError):
                _sweep(staging)
                (staging / _LOCK).unlink()
                staging.rmdir()
        os.close(lock)


def _sweep(staging: Path) -> None:
    for name in os.listdir(staging):
        if _OURS.fullmatch(name):
            (staging / name).unlink()


def _locked(staging: Path) -> int:
    """The open lock file of the staging folder, which is made; its lock ends with the process, however that ends."""
    until = time.monotonic() + PATIENCE
    while True:
        with suppress(FileExistsError):
            staging.mkdir(parents=True)
        with suppress(FileNotFoundError):  # the process that had the folder has just removed it
            if (kind := kind_of(os.lstat(staging))) != "folder":
                raise _in_the_way(staging, kind)
            handle = os.open(staging / _LOCK, os.O_RDWR | os.O_CREAT | _NO_LINK, 0o666)
            if _lock(handle) and _identity(staging / _LOCK) == _identity(handle):
                return handle
            os.close(handle)
        if time.monotonic() > until:
            raise DeriveError(f"another derive has been writing to {staging.parent} for {PATIENCE} s; wait for its end")
        time.sleep(0.02)


def _lock(handle: int) -> bool:
    if fcntl is not None:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:  # a file system without locks
            pass
    return True


# ---------------------------------------------------------------------- folders


def _missing(folder: Path) -> list[Path]:
    """The folders that have to be made for that one, outermost first."""
    return [f for f in (*reversed(folder.parents), folder) if not os.path.exists(f)]


def _remove_empty(folders: Sequence[Path]) -> None:
    for folder in reversed(folders):
        with suppress(OSError):
            folder.rmdir()
