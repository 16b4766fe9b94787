"""C sources compiled to a shared library, once for all processes, and loaded with ``ctypes``. Needs Python alone.

Libraries are kept in a cache folder: ``$DERIVE_CACHE``, else ``$XDG_CACHE_HOME/derive-cells``, else
``~/.cache/derive-cells`` (``~/Library/Caches/derive-cells`` on macOS). To clear it, delete that folder, at any time.
Each library has a folder of its own there, named by a digest of all that it depends on: sources, flags, compiler,
processor.

A library is code that runs, so none is loaded that others can write. The cache folder, each folder above it up to the
home or the root, the entry and its files must belong to this user or to root and be writable by no group and no other;
a folder above may be sticky instead, as /tmp is. The manifest must be what this process would write, with the digest of
the library as it lies there; any other entry is compiled anew in its place. Entries appear whole, by a rename. Where
the cache cannot be used, a library is compiled for this process alone, in a temporary folder that is removed at once.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import logging
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from .compiler import Compiler, compiler, native, processor, run

if sys.platform != "win32":
    import fcntl

FLAGS = ("-O2", "-fno-math-errno", "-ffp-contract=fast", "-fPIC", "-shared", "-std=gnu11")
SECONDS = 60.0  # that a compiler may take
LINES, WIDTH = 5, 300  # of its errors that are shown

FORMAT = 1  # of an entry of the cache
LIBRARY, MANIFEST = "library.so", "manifest.json"
LARGEST = 2**26  # bytes of a file in an entry
ABANDONED = 3600.0  # seconds after which a folder of work in the cache is one of a process that was killed


class CompilerError(RuntimeError):
    """No library could be made: there is no compiler, or the message has the first of its errors and the command."""


def library(
    sources: Mapping[str, str],
    units: Sequence[str],
    *,
    defines: Sequence[str] = (),
    flags: Sequence[str] = (),
    headers: str = "",
    seconds: float = SECONDS,
) -> ctypes.CDLL:
    """The library of the C files ``units``, compiled together; the same object for the same arguments.

    sources: text by file name, of the units and of the headers that they include. defines: ``"NAME"`` or
    ``"NAME=VALUE"``. flags: of the compiler, beside those of every library. headers: a folder of more headers;
    ``defines`` has what tells them from others there.
    seconds: how long the compiler may take. An attempt that failed is not repeated in this process.

    Raises CompilerError, and ValueError for names that are not those of C files in one folder.
    """
    found = compiler()
    if found is None:
        named = os.environ.get("CC")
        what = f"$CC is {named!r}, which does not answer --version" if named else "none of cc, gcc and clang is there"
        raise CompilerError(f"no C compiler: {what}; install gcc or clang, or set CC to one")
    made = _Library(found, dict(sources), tuple(units), [*flags, *(f"-D{d}" for d in defines)], headers)
    key = made.key
    if key in _loaded:  # without waiting for another library's compiler
        return _loaded[key]
    with _lock:
        if key in _failed:
            raise CompilerError(_failed[key])
        if key not in _loaded:
            try:
                _loaded[key] = _from_cache(made, seconds) or _for_this_process(made, seconds)
            except CompilerError as error:
                _failed[key] = str(error)
                raise
        return _loaded[key]


not_kept: list[str] = []  # why libraries were compiled for this process alone
_loaded: dict[str, ctypes.CDLL] = {}
_failed: dict[str, str] = {}
_lock = threading.Lock()


def _renew_lock() -> None:
    """In a forked child: the thread that held the lock, if there was one, is not there."""
    global _lock
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_lock)


class _Library:
    """What is to be compiled, and what identifies the result."""

    def __init__(
        self, by: Compiler, sources: dict[str, str], units: Sequence[str], flags: Sequence[str], headers: str
    ) -> None:
        for name in [*sources, *units]:
            if name not in sources or not re.fullmatch(r"\w[\w-]*\.[ch]", name, re.ASCII):
                raise ValueError(f"{name!r} is not a C file or a header among the sources: {', '.join(sources)}")
        flags = [*FLAGS, *native(), *flags, *([f"-I{headers}"] if headers else [])]
        self.by, self.sources = by, sources
        self.command = [*by.command, *flags, "-o", f"entry/{LIBRARY}", *units]
        facts = [FORMAT, sources, self.command, by, processor(), ctypes.sizeof(ctypes.c_void_p)]
        self.key = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()

    def manifest(self, content: bytes) -> dict[str, Any]:
        """Of the entry that holds a library of this content."""
        return {
            "format": FORMAT,
            "key": self.key,
            "library": hashlib.sha256(content).hexdigest(),
            "sources": sorted(self.sources),
            "command": self.command,
            "compiler": [self.by.path, self.by.version],
        }

    def error(self, what: str, output: str) -> CompilerError:
        lines = [line.rstrip()[:WIDTH] for line in output.splitlines() if line.strip()]
        shown = ([line for line in lines if "error" in line.lower()] or lines)[:LINES]
        return CompilerError("\n  ".join([f"the C compiler {what}", *shown, f"command: {shlex.join(self.command)}"]))


# ---------------------------------------------------------------------- making a library


def _from_cache(made: _Library, seconds: float) -> ctypes.CDLL | None:
    """None where the cache cannot be used."""
    try:
        cache = _cache_folder()
        entry = cache / made.key
        if not _holds(entry, made):
            with _locked(cache / f"{made.key}.lock", seconds):
                if not _holds(entry, made):
                    _fill(cache, entry, made, seconds)
        return ctypes.CDLL(str(entry / LIBRARY))
    except OSError as error:
        logging.getLogger(__name__).info("a library is compiled for this process alone: %s", error)
        not_kept.append(str(error))
        return None


def _for_this_process(made: _Library, seconds: float) -> ctypes.CDLL:
    try:
        with _workplace(tempfile.gettempdir()) as work:
            _own_folder(work)
            return ctypes.CDLL(str(_compile(made, work, seconds) / LIBRARY))  # which stays when its file is removed
    except OSError as error:
        raise CompilerError(f"a compiled library can be neither kept nor loaded: {error}") from error


def _fill(cache: Path, entry: Path, made: _Library, seconds: float) -> None:
    for old in cache.glob("work-*"):
        with suppress(OSError):
            if old.stat().st_mtime < time.time() - ABANDONED:
                shutil.rmtree(old)
    with _workplace(cache) as work:
        new = _compile(made, work, seconds)
        try:
            os.rename(new, entry)
        except OSError:  # something is there
            if not _holds(entry, made):
                os.rename(entry, work / "refused")
                os.rename(new, entry)


def _compile(made: _Library, work: Path, seconds: float) -> Path:
    """The folder with library and manifest, within ``work``."""
    for name, text in made.sources.items():
        (work / name).write_text(text, encoding="utf-8")
    entry = work / "entry"
    entry.mkdir(0o700)
    try:
        status, output = run(made.command, seconds, work)
    except subprocess.TimeoutExpired:
        raise made.error(f"did not end within {seconds:g} s", "") from None
    file = entry / LIBRARY
    if not all(path.exists() for path in (entry, *(work / name for name in made.sources))):
        raise FileNotFoundError(f"{work} was deleted meanwhile")
    if status != 0 or not file.is_file():
        raise made.error(f"failed with status {status}" if status else "made no library", output)
    (entry / MANIFEST).write_text(json.dumps(made.manifest(file.read_bytes()), indent=1), encoding="utf-8")
    file.chmod(0o700)  # whatever the umask is
    (entry / MANIFEST).chmod(0o600)
    return entry


@contextmanager
def _workplace(parent: str | Path) -> Iterator[Path]:
    """A folder for the time being. TemporaryDirectory would remove it when a child forked meanwhile exits."""
    folder = Path(os.path.realpath(tempfile.mkdtemp(prefix="work-", dir=parent)))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _locked(path: Path, seconds: float) -> Iterator[None]:
    """Holds a lock that ends with the process; goes on without it after ``seconds``, or where the disk has no locks."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)
    try:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except (BlockingIOError, PermissionError):  # another process holds it
                time.sleep(0.01)
            except OSError:
                break
        yield
    finally:
        os.close(file)


# ---------------------------------------------------------------------- what may be trusted


def _cache_folder() -> Path:
    """Made where it is missing. Raises OSError where it cannot be used."""
    named = os.environ.get("DERIVE_CACHE", "")
    if not named:
        caches = os.environ.get("XDG_CACHE_HOME", "")
        if not os.path.isabs(caches):
            caches = os.path.expanduser("~/Library/Caches" if sys.platform == "darwin" else "~/.cache")
        if not os.path.isabs(caches):
            raise FileNotFoundError("this user has no home")
        named = os.path.join(caches, "derive-cells")
    if os.path.islink(named) and os.lstat(named).st_uid not in (0, os.geteuid()):
        raise PermissionError(f"{named} is another user's link")
    return _own_folder(Path(os.path.realpath(named)))


def _own_folder(folder: Path) -> Path:
    """A folder without links in its path, made where it is missing, that only this user and root can put things in.

    The home is where the walk upwards ends: who could replace it need not go through a cache.
    """
    chain = [folder, *folder.parents]
    home = Path(os.path.realpath(os.path.expanduser("~")))
    if home in chain:
        chain = chain[: chain.index(home) + 1]
    for part in reversed(chain):
        if not os.path.lexists(part):
            with suppress(FileExistsError):
                part.mkdir(0o700)
        status = part.lstat()
        if not stat.S_ISDIR(status.st_mode) or not _is_ours(status, sticky=part != folder):
            raise PermissionError(f"{part} is not a folder, belongs to another user or can be written by others")
    return folder


def _is_ours(status: os.stat_result, sticky: bool = False) -> bool:
    shared = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not (sticky and status.st_mode & stat.S_ISVTX)
    return status.st_uid in (0, os.geteuid()) and not shared


def _holds(entry: Path, made: _Library) -> bool:
    """Whether the entry is whole, ours, and of this very library."""
    try:
        status = entry.lstat()
        if not stat.S_ISDIR(status.st_mode) or not _is_ours(status):
            return False
        return bool(json.loads(read(entry / MANIFEST)) == made.manifest(read(entry / LIBRARY)))
    except (OSError, ValueError, RecursionError):
        return False


def read(path: Path) -> bytes:
    """Of a plain file of ours."""

    def opener(name: str, flags: int) -> int:
        return os.open(name, flags | os.O_NOFOLLOW | os.O_NONBLOCK)

    with open(path, "rb", opener=opener) as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or not _is_ours(status):
            raise PermissionError(f"{path} is not a plain file of this user alone")
        return file.read(LARGEST)
