"""The C compiler of this machine: which one it is, what it compiles for, and running it. Needs Python alone."""

from __future__ import annotations

import functools
import os
import platform
import selectors
import shlex
import shutil
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

#: GCC and Clang call the processor that they run on by either name, and some processors by none.
NATIVE = {
    "-march=native": ("x86_64", "amd64", "i386", "i686"),
    "-mcpu=native": ("aarch64", "arm64", "armv7l", "armv8l"),
}

#: What tells processors apart in /proc/cpuinfo: on x86, ARM, RISC-V and POWER.
PROCESSOR = ("model name", "flags", "CPU implementer", "CPU variant", "CPU part", "Features", "isa", "uarch", "cpu")

OUTPUT = 2**16  # bytes of what a compiler says that are kept


class Compiler(NamedTuple):
    """A C compiler that answers: ``command`` is its absolute path and the words of ``$CC`` after it."""

    command: tuple[str, ...]
    path: str  # with all links resolved
    version: str  # the first line that it says of itself
    modified: int  # nanoseconds
    size: int  # bytes


def compiler() -> Compiler | None:
    """The compiler that ``$CC`` names, else the first of cc, gcc and clang on the PATH that answers ``--version``.

    None where there is no such, and on Windows. What ``$CC`` names is not replaced by another one.
    """
    if os.name != "posix":
        return None
    named = os.environ.get("CC", "").strip()
    found = map(_identified, [named] if named else ["cc", "gcc", "clang"])
    return next((c for c in found if c is not None), None)


def _identified(words: str) -> Compiler | None:
    try:
        first, *others = shlex.split(words)
        found = shutil.which(first)
        if found is None:
            return None
        command = (os.path.abspath(found), *others)
        path = os.path.realpath(found)
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    version = _version(command, path, status.st_mtime_ns, status.st_size)
    return Compiler(command, path, version, status.st_mtime_ns, status.st_size) if version else None


@functools.cache
def _version(command: tuple[str, ...], *file: object) -> str:
    """The first line that the compiler says of itself, empty where it does not; asked anew when its file changes."""
    try:
        status, output = run([*command, "--version"], 10)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return output.partition("\n")[0].strip() if status == 0 else ""


def native() -> list[str]:
    """The flag that compiles for the processor of this machine."""
    return [flag for flag, machines in NATIVE.items() if platform.machine().lower() in machines]


@functools.cache
def processor() -> list[str]:
    """What identifies the processor for which ``native`` compiles."""
    lines = []
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text(errors="replace").splitlines()
    found = {" ".join(line.split()) for line in lines if line.partition(":")[0].strip() in PROCESSOR}
    return [platform.system(), platform.machine(), *(sorted(found) or [platform.processor()])]


def run(command: Sequence[str], seconds: float, folder: Path | None = None) -> tuple[int, str]:
    """Exit status and the beginning of the output, in the C locale; ``folder`` is for temporary files too.

    Raises TimeoutExpired, and OSError where the command cannot be started. Whatever is raised, also from outside as by
    Ctrl-C, kills the command with its children.
    """
    end = time.monotonic() + seconds
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "LC_ALL": "C", **({} if folder is None else {"TMPDIR": str(folder)})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    assert process.stdout is not None
    output = b""
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while (left := end - time.monotonic()) > 0:
                if selector.select(min(left, 0.1)):
                    piece = os.read(process.stdout.fileno(), OUTPUT)
                    if not piece:
                        return process.wait(left), output.decode(errors="replace")
                    output += piece[: OUTPUT - len(output)]
                elif process.poll() is not None:  # what was forked meanwhile may hold the pipe open
                    return process.returncode, output.decode(errors="replace")
        raise subprocess.TimeoutExpired(command, seconds)
    finally:
        process.stdout.close()
        if process.returncode is None:  # not waited for, so the number of the group is still its own
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
