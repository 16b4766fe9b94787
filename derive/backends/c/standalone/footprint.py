"""How many bytes the machine code of a network takes, where a C compiler is there to say so."""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from derive.backends import package
from derive.backends.c.files import PYTHON, machinery

_PATIENCE = 60  # seconds
OPTIONS = ("-std=c99", "-Os")


def code_bytes(name: str, files: Mapping[str, str]) -> tuple[int, str] | None:
    """The size of NAME.c, its constants included, and the compiler's command; None where there is no compiler, or it
    fails. The environment variable CC names one, a cross compiler for example."""
    package.offer(machinery(PYTHON))
    compiler = package.module("compiler")
    found = compiler.compiler()
    if found is None:
        return None
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for file, text in files.items():
            (folder / file).write_text(text, encoding="utf-8")

        def said(*words: str) -> str:
            status, output = compiler.run(words, _PATIENCE, folder)
            if status:
                raise OSError(output)
            return str(output)

        try:
            said(*found.command, *OPTIONS, "-c", f"{name}.c", "-o", "network.o")
            table = said(said(*found.command, "-print-prog-name=size").strip(), "network.o").splitlines()
            return int(table[1].split()[0]), shlex.join([Path(found.command[0]).name, *found.command[1:], *OPTIONS])
        except (OSError, subprocess.TimeoutExpired, IndexError, ValueError):
            return None
