"""How many bytes the machine code of a network takes, where a C compiler is there to say so."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

_COMPILERS = ("cc", "gcc", "clang")
_PATIENCE = 60  # seconds
OPTIONS = ("-std=c99", "-Os")


def code_bytes(name: str, files: Mapping[str, str]) -> tuple[int, str] | None:
    """The size of NAME.c, its constants included, and the compiler's command; None where there is no compiler, or it
    fails. The environment variable CC names one, a cross compiler for example."""
    named = shlex.split(os.environ.get("CC", ""))
    found = next((c for c in _COMPILERS if shutil.which(c)), None)
    compiler = named or ([found] if found else [])
    if not compiler:
        return None
    with tempfile.TemporaryDirectory() as folder:
        for file, text in files.items():
            (Path(folder) / file).write_text(text, encoding="utf-8")
        try:
            _run([*compiler, *OPTIONS, "-c", f"{name}.c", "-o", "network.o"], folder)
            size = _run([*compiler, "-print-prog-name=size"], folder).strip()
            table = _run([size, "network.o"], folder).splitlines()
            return int(table[1].split()[0]), shlex.join([*compiler, *OPTIONS])
        except (OSError, subprocess.SubprocessError, IndexError, ValueError):
            return None


def _run(command: list[str], folder: str) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=_PATIENCE, check=True)
    return done.stdout
