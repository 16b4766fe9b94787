"""Command lines as a user types them, in this process and as one of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from derive.commands.cli import main

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
LECTURE = str(EXAMPLES / "lecture.toml")

OWN_CELLS = """
from derive import cell, linear, tanh

@cell("My network")
def mine(x, h):
    h = tanh(linear(x, h))
    return h
"""


def typed(*words: str) -> int:
    """The exit status of a command line; argparse leaves by an exception."""
    try:
        return main(words)
    except SystemExit as e:
        return int(str(e.code))


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    captured = capsys.readouterr()
    assert captured.err.startswith("derive: ")
    assert captured.err.count("\n") == 1, captured.err
    return captured.err


def shell(*words: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"} | variables
    return subprocess.run(
        [sys.executable, "-m", "derive", *words], cwd=cwd, env=environment, capture_output=True, text=True
    )
