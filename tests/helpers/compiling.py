"""Processes that ask for a compiled library: what each answers, how often the compiler ran, what is in the cache.

The compiler is a script of the test's that counts its calls and hands them on; what a library answers is the number in
its source. Each process is a new one, because the loader of a process keeps what it has loaded under a path.
"""

from __future__ import annotations

import ctypes
import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

REAL = shutil.which("gcc") or shutil.which("clang") or shutil.which("cc")
#: Clang where the tests have GCC.
OTHER = shutil.which("clang") if shutil.which("gcc") else None
without_another = pytest.mark.skipif(OTHER is None, reason="clang and gcc are not both there")

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"

PRELUDE = f"import os, sys; sys.path.insert(0, {str(TEMPLATES)!r})\nfrom c import compiled, compiler\n"
ANSWERS = (
    PRELUDE
    + """
import json
job = json.loads(sys.argv[1])
try:
    print(compiled.library(**job).answer())
except compiled.CompilerError as error:
    print(error)
"""
)
COUNTS = """#!/bin/sh
for word; do if [ "$word" = --version ]; then echo "test compiler $VERSION"; exit; fi; done
echo call >> {calls}
{before}
exec {real} "$@"
"""


def job(answer: int = 7, **more: Any) -> dict[str, Any]:
    """A program of two units and a header. The answer's place, a macro, is free for ``defines``."""
    sources = {
        "answer.h": f"#ifndef ANSWER\n#define ANSWER {answer}\n#endif\nint half(void);\n",
        "answer.c": '#include "answer.h"\nint answer(void) { return half() + ANSWER; }\n',
        "half.c": '#include "answer.h"\nint half(void) { return 0; }\n',
    }
    return {"sources": sources, "units": ["answer.c", "half.c"], **more}


def obeys_permissions() -> None:
    """Root gives up its right to write where permissions forbid it, CAP_DAC_OVERRIDE, before it becomes a program."""
    if os.geteuid() == 0:
        assert ctypes.CDLL(None).prctl(24, 1, 0, 0, 0) == 0  # PR_CAPBSET_DROP


class Place:
    """A folder with a home, a cache, a place for temporary files, and a compiler that counts its calls."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.cache, self.temporary, self.calls = (folder / name for name in ("cache", "temporary", "calls"))
        self.temporary.mkdir(0o700)
        self.before: Callable[[], None] | None = None  # what a new process does first
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder / "home"),
            "TMPDIR": str(self.temporary),
            "DERIVE_CACHE": str(self.cache),
            "CC": self.script("cc"),
        }

    def script(self, name: str, before: str = "") -> str:
        path = self.folder / name
        path.write_text(COUNTS.format(calls=shlex.quote(str(self.calls)), before=before, real=REAL))
        path.chmod(0o755)
        return str(path)

    def start(self, code: str, *words: str, **environment: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-I", "-S", "-B", "-c", code, *words]
        both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        return subprocess.Popen(command, env=self.environment | environment, preexec_fn=self.before, **both)

    def run(self, code: str, *words: str, **environment: str) -> str:
        return said(self.start(code, *words, **environment))

    def answer(self, what: dict[str, Any] | None = None, **environment: str) -> str:
        """What a new process gets: the library's answer or the text of the error."""
        return self.run(ANSWERS, json.dumps(what or job()), **environment)

    def compiled(self) -> int:
        """How often the compiler has run."""
        return len(self.calls.read_text().splitlines()) if self.calls.exists() else 0

    def entries(self) -> list[Path]:
        return sorted(p for p in self.cache.iterdir() if p.suffix != ".lock")

    def entry(self) -> Path:
        (entry,) = self.entries()
        return entry

    def planted(self, answer: int) -> bytes:
        """A library that gives another answer."""
        source, library = self.folder / "other.c", self.folder / "other.so"
        source.write_text(f"int answer(void) {{ return {answer}; }}\n")
        subprocess.run([str(REAL), "-shared", "-fPIC", "-o", library, source], check=True)
        return library.read_bytes()


def said(process: subprocess.Popen[str]) -> str:
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output
    return output.strip()


def until(condition: Callable[[], bool]) -> None:
    for _ in range(2000):
        if condition():
            return
        time.sleep(0.005)
    pytest.fail("it did not happen")
