"""Commands run in a process of their own, with limits of time for each and of memory for all."""

from __future__ import annotations

import atexit
import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
SECONDS, PATIENCE = 10, 60  # of each command: of work, however busy the machine is, and until it ends
BYTES = 10**9  # of address space, the interpreter and SymPy included

#: Runs the commands whose folder and words are a line of its input, or a statement; answers each in a line. What works
#: or waits too long kills it.
PROGRAM = f"""
import io, json, os, resource, signal, sys
from contextlib import redirect_stderr, redirect_stdout
import derive, sympy
from derive.commands.cli import main

names = vars(sympy) | {{name: getattr(derive, name) for name in derive.__all__}}

def command(words):
    try:
        return main(words)
    except SystemExit as e:
        return e.code

def value(statement):
    try:
        print(eval(statement, names), file=sys.stderr)
        return 0
    except derive.DeriveError as e:
        print(e, file=sys.stderr)
        return 2

resource.setrlimit(resource.RLIMIT_AS, ({BYTES}, {BYTES}))
for line in sys.stdin:
    folder, given = json.loads(line)
    os.chdir(folder)
    signal.setitimer(signal.ITIMER_PROF, {SECONDS})
    signal.alarm({PATIENCE})
    error = io.StringIO()
    with redirect_stderr(error), redirect_stdout(io.StringIO()):
        status = value(given) if isinstance(given, str) else command(given)
    signal.alarm(0)
    signal.setitimer(signal.ITIMER_PROF, 0)
    print(json.dumps([status, error.getvalue()]), flush=True)
"""


class Answer(NamedTuple):
    status: int
    error: str


def run(commands: list[tuple[Path, list[str] | str]]) -> list[Answer]:
    """What ``derive`` answers to words, and Python to an expression, in those folders: 2 and the line where it refuses.

    One process answers them all, one after the other. Another exception, or a limit that is reached, fails the test.
    """
    return [_answer(folder, words) for folder, words in commands]


def _answer(folder: Path, words: list[str] | str) -> Answer:
    process = _started()
    print(json.dumps([str(folder), words]), file=process.stdin, flush=True)
    line = process.stdout.readline()
    if not line.startswith("["):  # it has ended, or said what it should not
        _started.cache_clear()
        raise AssertionError(f"{words}: {(line + process.communicate()[0])[-2000:]}")
    return Answer(*json.loads(line))


@cache
def _started() -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        env={"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "PATH": "", "COLUMNS": "200"},  # no TeX is run
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    atexit.register(process.communicate)
    return process
