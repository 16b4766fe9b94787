"""The commands as a user types them: what comes out, where, and with which exit status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from shell import EXAMPLES, LECTURE, OWN_CELLS, ROOT, one_line, shell, typed

from derive.commands import NAMES
from derive.commands.cli import main
from derive.definition.cell import Cell


def test_no_command_is_answered_with_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    shown = capsys.readouterr()
    assert not shown.out
    assert all(name in shown.err for name in NAMES)


# ---------------------------------------------------------------------- help


def test_the_version_is_that_of_the_project(capsys: pytest.CaptureFixture[str]) -> None:
    """What is installed says what pyproject.toml says."""
    assert typed("--version") == 0
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    assert capsys.readouterr().out == f"derive {project['project']['version']}\n"


@pytest.mark.parametrize("command", [(), *((name,) for name in NAMES)])
def test_help_shows_what_to_type(command: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert typed(*command, "--help") == 0
    out = capsys.readouterr().out
    assert f"  derive {' '.join(command) or 'show lstm'}" in out.split("\n\n", 1)[1]


@pytest.mark.parametrize(
    "words", [(), ("shwo",), ("show",), ("show", "lstm", "--xml"), ("show", "lstm", "--latex", "--json")]
)
def test_a_wrong_command_line_is_bad_input(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert typed(*words) == 2
    assert "usage: derive" in capsys.readouterr().err


# ---------------------------------------------------------------------- verify


def test_verify_prints_the_table_of_agreement(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch")
    (here / "mine.py").write_text(OWN_CELLS)
    assert typed("verify", "lstm", "mine.py:mine") == 0
    head, _, *rows, _, foot = capsys.readouterr().out.splitlines()
    assert head.split() == ["cell", "equations", "module", "gradient", "backward"]
    assert [row.split()[0] for row in rows] == ["lstm", "mine"]
    assert all(float(number) <= 1e-10 for row in rows for number in row.split()[1:])
    assert foot == "2 of 2 agree to 1e-10 in all four"
    assert typed("verify", "lstm", "nosuch", "mine.py:mine") == 2
    told = capsys.readouterr()
    assert [row.split()[0] for row in told.out.splitlines()[2:4]] == ["lstm", "mine"]
    assert told.err.startswith("derive: unknown cell 'nosuch'")
    assert typed("verify", "gru", "--json") == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert found["ok"] is True


def test_verify_tells_disagreement(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch")
    right = Cell.latex
    monkeypatch.setattr(Cell, "latex", lambda cell: right(cell).replace("1 - z", "1 + z"))
    assert typed("verify", "lstm", "gru") == 1
    out = capsys.readouterr().out
    assert "✗ disagrees" in out
    assert "1 of 2 agrees to 1e-10" in out
    monkeypatch.setattr(Cell, "latex", lambda cell: right(cell).replace("z_{t}", "q_{t}", 1))
    assert typed("verify", "gru") == 1
    assert "✗ in the equation of h_t: z_t is not defined" in capsys.readouterr().out


# ---------------------------------------------------------------------- check


def test_check_tells_agreement_from_disagreement(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("check", LECTURE) == 1
    assert typed("check", LECTURE, "--values-only") == 0
    assert typed("check", LECTURE, "--values-only", "--decimals", "2") == 1
    capsys.readouterr()
    assert typed("check", LECTURE, "--json") == 1
    assert isinstance(json.loads(capsys.readouterr().out), dict)


def test_check_needs_a_hand_made_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("check", str(EXAMPLES / "recurrent.toml")) == 2
    assert "hand_table" in one_line(capsys)


@pytest.mark.parametrize("decimals", ["-1", "two", "1.5", "99"])
def test_check_refuses_nonsense_decimals(decimals: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("check", LECTURE, f"--decimals={decimals}") == 2
    assert decimals in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--size", "1,1,1,99999999999"), "lstm at 1,1,1,99999999999: "),
        (("--size", f"{10**30},1,1,1"), "give a smaller --size"),
        (("--threads", "99999999999999999999"), "99999999999999999999 threads are too many; give 1 to 1024"),
    ],
)
def test_bench_of_sizes_that_no_machine_has(
    options: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("torch")
    assert typed("bench", "lstm", "--rounds", "1", *options) == 2
    assert said in capsys.readouterr().err


# ---------------------------------------------------------------------- as a process


def test_the_shell_sees_the_exit_status_and_one_line(tmp_path: Path) -> None:
    done = shell("show", "lstmm", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1
    assert shell("show", "lstm", cwd=tmp_path).stderr == ""


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    line = f"{sys.executable} -u -m derive show lstm --json | head -n 1"
    done = subprocess.run(["bash", "-c", line], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.stdout == "{\n"
    assert done.stderr == ""


def test_importing_derive_and_showing_a_cell_leave_torch_alone(tmp_path: Path) -> None:
    program = (
        "import sys; from derive.commands.cli import main; main(['show', 'lstm']); main(['list']);"
        " assert not {'torch', 'numpy'} & set(sys.modules)"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environment, check=True, capture_output=True)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_what_is_printed_is_utf_8_in_every_locale(encoding: str, tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": encoding}
    done = subprocess.run(
        [sys.executable, "-m", "derive", "show", "lstm"], cwd=tmp_path, env=environment, capture_output=True
    )
    assert done.stderr == b""
    assert "iₜ = σ(W_ii xₜ + b_ii + W_hi hₜ₋₁ + b_hi)" in done.stdout.decode()


def test_two_runs_with_the_same_labels_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = 'cell = "rnn"\nlabel = "paper"\ntables = "float"\nx = [[1]]\nweights = {weight_ih = [[1]], weight_hh = [[0]]}'
    for name in ("a", "b"):
        (tmp_path / f"{name}.toml").write_text(run)
    assert typed("tables", str(tmp_path / "a.toml"), str(tmp_path / "b.toml"), "-o", str(tmp_path)) == 2
    said = capsys.readouterr().err
    assert "a/weights.tex and " in said
    assert "b/weights.tex both have the label tab:paper-weights; give one another label" in said


def test_each_equation_of_a_paper_as_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "paper.tex"
    path.write_text(r"\begin{align} h_t &= \tanh(a_t + U h_{t-1}) \\ a_t &= \prod_k x_t \end{align}", encoding="utf-8")
    assert main(["read", str(path), "--each", "--json"]) == 1
    first, second = json.loads(capsys.readouterr().out)
    assert first == {"line": 1, "equation": "h = tanh(a_t + U h_{t-1})", "read": True, "why": ""}
    assert (second["line"], second["read"]) == (1, False)
    assert r"\prod is not read" in second["why"]
    assert main(["read", str(path), "--each", "--python"]) == 2
