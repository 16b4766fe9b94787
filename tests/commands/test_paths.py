"""What stands at a path, or behind a stream, is not what a command wants: one line, exit status 2, nothing left behind.

The commands run in a child process with limits of time and of address space, because the faults of this kind wait for
ever (a pipe) or grow without end (a device).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import bounded
import pytest

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"}
RUN = "cell = {cell}\nx = [[1]]\nweights = {weights}\n"
WRITTEN = "{weight_ih = [[1]], weight_hh = [[1]]}"
CELL = """
from derive import cell, linear, tanh

@cell("Mine")
def mine(x, h):
    h = tanh(linear(x, h))
    return h
"""


def answers(commands: list[list[str]], folder: Path) -> list[bounded.Answer]:
    return bounded.run([(folder, command) for command in commands])


def paths(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*"))


def strange(folder: Path, ending: str) -> list[str]:
    """Names of paths at which no file of that ending stands that could be read."""
    made = {
        name: folder / f"{name}{ending}" for name in ("pipe", "zeros", "folder", "nowhere", "circle", "sparse", "tty")
    }
    os.mkfifo(made["pipe"])
    made["zeros"].symlink_to("/dev/zero")
    made["tty"].symlink_to("/dev/ptmx")
    made["folder"].mkdir()
    made["circle"].symlink_to(made["circle"].name)
    made["sparse"].touch()
    os.truncate(made["sparse"], 10**12)
    return [*(p.name for p in made.values()), f"{'n' * 5000}{ending}", f"a\0b{ending}", f"\udcff{ending}"]


def test_what_is_read(tmp_path: Path) -> None:
    runs = strange(tmp_path, ".toml")
    commands = [[command, name] for command in ("check", "tables") for name in runs]
    cells = strange(tmp_path, ".py")
    commands += [["show", f"{name}:mine"] for name in cells] + [
        ["show", "n" * 5000],
        ["show", "a\0b"],
        ["show", "\udcff"],
    ]
    weights = [name for ending in (".pt", ".safetensors") for name in strange(tmp_path, ending)]
    for k, name in enumerate([*cells, *weights]):
        if "\udcff" in name:  # TOML is UTF-8
            continue
        cell, given = (json.dumps(name), WRITTEN) if name in cells else ('"rnn"', json.dumps(name))
        (tmp_path / f"{k}.toml").write_text(RUN.format(cell=cell, weights=given))
        commands.append(["tables", f"{k}.toml", "-o", "out"])
    before = paths(tmp_path)
    for command, (status, said) in zip(commands, answers(commands, tmp_path), strict=True):
        assert status == 2, command
        assert said.startswith("derive: "), command
        assert said.count("\n") == 1, command
        assert said.isprintable() or said.strip().isprintable(), command
        assert len(said) < 2500, command
    assert paths(tmp_path) == before


def test_what_is_written_to(tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_text(RUN.format(cell='"rnn"', weights=WRITTEN))
    for number, kind in enumerate(("pipe", "zeros", "folder", "link")):
        for command in ("tables", "code"):
            place = tmp_path / f"{command}{number}" / ("run/values.tex" if command == "tables" else "rnn.py")
            place.parent.mkdir(parents=True)
            if kind == "pipe":
                os.mkfifo(place)
            elif kind == "folder":
                place.mkdir()
            else:
                place.symlink_to({"zeros": "/dev/zero", "link": tmp_path / "run.toml"}[kind])
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").touch()
    folders = ["pipe", "file", "file/x", "/dev/null", "/dev/zero/x", "n" * 5000, "a\0b", f"{'n' * 200}/{'n' * 300}"]
    commands = [["tables", "run.toml", "-o", f"tables{k}"] for k in range(4)]
    commands += [["code", "rnn", "-o", f"code{k}"] for k in range(4)]
    commands += [[*command, "-o", name] for name in folders for command in (["tables", "run.toml"], ["code", "rnn"])]
    commands += [["tables", "run.toml", "./run.toml", "-o", "out"]]
    before = paths(tmp_path)
    for command, (status, said) in zip(commands, answers(commands, tmp_path), strict=True):
        assert status == 2, command
        assert said.startswith("derive: "), command
        assert said.count("\n") == 1, command
        assert len(said) < 2500, command
    assert paths(tmp_path) == before


def test_names_that_are_no_utf_8_are_written_to_and_read_from(tmp_path: Path) -> None:
    os.mkdir(os.fsencode(tmp_path) + b"/o\xff")
    (tmp_path / "o\udcff/r\udcff.toml").write_text(RUN.format(cell='"mine.py"', weights=WRITTEN))
    (tmp_path / "o\udcff/mine.py").write_text(CELL)
    commands = [["show", "o\udcff/mine.py"], ["code", "o\udcff/mine.py", "-o", "o\udcff/code"]]
    commands += [["tables", "o\udcff/r\udcff.toml", "-o", "out"]]
    assert [status for status, _ in answers(commands, tmp_path)] == [0, 0, 0]
    assert os.path.exists(os.fsencode(tmp_path) + b"/o\xff/code/mine.py")
    assert b"\xff" not in Path(os.fsdecode(os.fsencode(tmp_path) + b"/out/r\xff/values.tex")).read_bytes()


def test_records_that_are_no_files_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "generated").mkdir()
    os.mkfifo(tmp_path / "generated/.derived.json")
    ((status, said),) = answers([["code"]], tmp_path)
    assert status == 2
    assert said == (
        "derive: cannot write generated/.derived.json: a pipe is there; move it away, or name another folder with -o\n"
    )
    assert paths(tmp_path) == ["generated", "generated/.derived.json"]


# ---------------------------------------------------------------------- streams


@pytest.mark.parametrize(
    ("command", "status", "said"),
    [
        ("show lstm > /dev/full", 2, "derive: cannot write to standard output: No space left on device\n"),
        ("show lstm >&-", 2, "derive: cannot write to standard output: it is closed\n"),
        ("show --help > /dev/full", 2, "derive: cannot write to standard output: No space left on device\n"),
        ("show lstmm 2> /dev/full", 2, ""),
        ("tables run.toml -o out <&- >&- 2>&-", 2, ""),
    ],
)
def test_streams_that_take_nothing(command: str, status: int, said: str, tmp_path: Path) -> None:
    (tmp_path / "run.toml").write_text(RUN.format(cell='"rnn"', weights=WRITTEN))
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m derive {command}"], cwd=tmp_path, env=ENVIRONMENT, capture_output=True,
        text=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (status, "", said)
    if "tables" in command:  # what was written before is whole, and nothing that was meant for a stream is in it
        assert "standard output" not in "".join(p.read_text() for p in (tmp_path / "out/run").glob("*.tex"))
