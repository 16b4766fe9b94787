"""Commands run in a process of their own, with limits of time for each and of memory for all."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
SECONDS, BYTES = 10, 10**9  # of each command; of address space, the interpreter and SymPy included

#: Runs the commands whose folder and words are a line of its input, or a statement; answers each in a line. An alarm
#: kills it.
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
    signal.alarm({SECONDS})
    error = io.StringIO()
    with redirect_stderr(error), redirect_stdout(io.StringIO()):
        status = value(given) if isinstance(given, str) else command(given)
    signal.alarm(0)
    print(json.dumps([status, error.getvalue()]), flush=True)
"""


class Answer(NamedTuple):
    status: int
    error: str


def run(commands: list[tuple[Path, list[str] | str]]) -> list[Answer]:
    """What ``derive`` answers to words, and Python to an expression, in those folders: 2 and the line where it refuses.

    Another exception, or a limit that is reached, fails the test.
    """
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input="\n".join(json.dumps([str(folder), words]) for folder, words in commands),
        env={"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "PATH": ""},  # no TeX is run
        capture_output=True,
        text=True,
    )
    answers = [Answer(*json.loads(line)) for line in done.stdout.splitlines()]
    assert done.returncode == 0, f"{commands[len(answers)]}: {done.stderr[-2000:]}"
    return answers
