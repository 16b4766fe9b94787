"""The commands as a user types them: what comes out, where, and with which exit status."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from derive.cli import main

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
LECTURE = str(EXAMPLES / "lecture.toml")

OWN_CELLS = """
from derive import cell, linear, tanh

@cell("My network")
def mine(x, h):
    h = tanh(linear(x, h))
    return h
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


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


def shell(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    return subprocess.run(
        [sys.executable, "-m", "derive", *words], cwd=cwd, env=environment, capture_output=True, text=True
    )


# ---------------------------------------------------------------------- help


@pytest.mark.parametrize("command", [(), ("show",), ("tables",), ("code",), ("check",), ("fresh",)])
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


# ---------------------------------------------------------------------- show


def test_show_prints_equations_parameters_and_source(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("show", "lstm") == 0
    out = capsys.readouterr().out
    assert "cₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ gₜ" in out
    assert "W_hf     (hidden_size, hidden_size)   weight_hh" in out
    assert "11 statements; states: h, c" in out
    assert "Hochreiter" in out


def test_show_latex_is_an_aligned_environment_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("show", "gru", "--latex") == 0
    out = capsys.readouterr().out
    assert out.startswith("\\begin{aligned}")
    assert out.endswith("\\end{aligned}\n")
    assert out.count(" &= ") == 4


def test_show_json_is_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("show", "lstm", "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert [e["name"] for e in shown["equations"]] == ["i", "f", "g", "o", "c", "h"]
    assert shown["states"] == ["h", "c"]
    assert {"name": "b_ii", "kind": "vector", "shape": ["hidden_size"], "tensor": "bias_ih"} in shown["parameters"]


@pytest.mark.parametrize("name", ["mine.py:mine", "mine.py"])
def test_show_a_cell_of_ones_own(name: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "mine.py").write_text(OWN_CELLS)
    assert typed("show", name) == 0
    assert "My network (mine)" in capsys.readouterr().out
    assert os.listdir(here) == ["mine.py"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("lstmm", "did you mean 'lstm'"),
        ("nowhere.py:cell", "there is no file nowhere.py"),
        ("mine.py:mien", "did you mean 'mine'"),
        ("empty.py:cell", "defines no cell"),
        ("broken.py:cell", "SyntaxError"),
        ("wrong.py:wrong", "'y' is not defined"),
        ("two.py", "two.py:a or two.py:b"),
    ],
)
def test_show_nonsense(name: str, said: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "mine.py").write_text(OWN_CELLS)
    (here / "empty.py").write_text("")
    (here / "broken.py").write_text("def")
    (here / "wrong.py").write_text(OWN_CELLS.replace("linear(x, h)", "y").replace("mine", "wrong"))
    (here / "two.py").write_text(
        "from derive import lstm\na = lstm.with_activations(g='relu')\nb = lstm.with_activations(g='elu')\n"
    )
    assert typed("show", name) == 2
    assert said in one_line(capsys)


# ---------------------------------------------------------------------- tables


def test_tables_writes_a_folder_for_a_run(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("tables", LECTURE, "-o", "out") == 0
    assert (here / "out/lecture/values.tex").read_text().startswith("% The lecture's LSTM")
    written = capsys.readouterr().out.splitlines()
    assert "out/lecture/steps.html" in written
    assert typed("tables", LECTURE, "-o", "out") == 0
    assert capsys.readouterr().out == f"0 written, {len(written) - 1} already up to date\n"


def test_tables_of_all_examples_go_to_generated(here: Path) -> None:
    shutil.copytree(EXAMPLES, here / "examples")
    assert typed("tables") == 0
    assert sorted(os.listdir("generated/tables")) == sorted(p.stem for p in EXAMPLES.glob("*.toml"))


def test_tables_removes_what_a_run_no_longer_gives_rise_to(here: Path) -> None:
    run = here / "run.toml"
    text = (EXAMPLES / "linear.toml").read_text()
    run.write_text(text)
    assert typed("tables", "run.toml", "-o", "out") == 0
    assert (here / "out/run/check.tex").exists()
    run.write_text(text[: text.index("[hand_table]")])
    assert typed("tables", "run.toml", "-o", "out") == 0
    assert not (here / "out/run/check.tex").exists()
    assert (here / "out/run/values.tex").exists()


def test_previews_are_typeset_once(here: Path) -> None:
    if shutil.which("pdflatex") is None:
        pytest.skip("no pdflatex here")
    assert typed("tables", LECTURE, "-o", "out") == 0
    pdf = here / "out/lecture/preview.pdf"
    first = pdf.stat().st_mtime_ns
    assert typed("tables", LECTURE, "-o", "out") == 0
    assert pdf.stat().st_mtime_ns == first
    assert sorted(p.suffix for p in pdf.parent.iterdir() if p.suffix not in (".tex", ".json", ".html")) == [".pdf"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "run.toml"),
        ("cell =", "not TOML"),
        ("x = [[1.0]]", "cell"),
        ("cell = 'lstmm'\nx = [[1.0]]\nweights = {}", "did you mean 'lstm'"),
        ("cell = 'rnn'\nx = [[nan]]\nweights = {weight_ih = [[1]], weight_hh = [[1]]}", "x"),
        ("cell = 'rnn'\nx = [[1]]\nweights = {weight_ih = [[1, 2]], weight_hh = [[1]]}", "weight_ih"),
    ],
)
def test_tables_of_nonsense_write_nothing(
    content: str | None, said: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (here / "run.toml").write_text(content)
    assert typed("tables", LECTURE, "run.toml", "-o", "out") == 2
    assert said in one_line(capsys)
    assert not (here / "out").exists()


def test_tables_without_examples_say_so(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("tables") == 2
    assert "examples/*.toml" in one_line(capsys)


@pytest.mark.parametrize("command", [("tables", LECTURE), ("code", "lstm")])
def test_an_unwritable_folder_is_one_clear_line(
    command: tuple[str, ...], here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "out").write_text("a file where the folder should be")
    assert typed(*command, "-o", "out") == 2
    assert "cannot write out/" in one_line(capsys)
    assert os.listdir(here) == ["out"]


# ---------------------------------------------------------------------- check


def test_check_tells_agreement_from_disagreement(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("check", LECTURE) == 0
    assert typed("check", LECTURE, "--decimals", "2") == 1
    capsys.readouterr()
    assert typed("check", LECTURE, "--json") == 0
    assert isinstance(json.loads(capsys.readouterr().out), dict)


def test_check_needs_a_hand_made_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("check", str(EXAMPLES / "recurrent.toml")) == 2
    assert "hand_table" in one_line(capsys)


@pytest.mark.parametrize("decimals", ["-1", "two", "1.5", "99"])
def test_check_refuses_nonsense_decimals(decimals: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("check", LECTURE, f"--decimals={decimals}") == 2
    assert decimals in capsys.readouterr().err


# ---------------------------------------------------------------------- code and fresh


def test_code_of_one_cell_brings_the_machinery_it_needs(here: Path) -> None:
    assert typed("code", "lstm", "-o", "model") == 0
    assert {"lstm.py", "recurrent.py"} <= set(os.listdir(here / "model"))


def test_fresh_names_the_stale_file_and_the_command_that_mends_it(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "examples").mkdir()
    shutil.copy(EXAMPLES / "recurrent.toml", here / "examples")
    assert typed("tables") == 0
    assert typed("code") == 0
    capsys.readouterr()
    assert typed("fresh") == 0
    assert capsys.readouterr().out.startswith("generated is what the equations give: ")
    values, module = here / "generated/tables/recurrent/values.tex", here / "generated/lstm.py"
    values.write_text(values.read_text().replace("0.6985", "0.6986"))
    module.unlink()
    (here / "generated/notes.txt").write_text("mine")
    assert typed("fresh") == 1
    out = capsys.readouterr().out
    assert "generated/tables/recurrent/values.tex: differs; make tables" in out
    assert "0.6986" in out
    assert "generated/lstm.py: missing; make code" in out
    assert "generated/notes.txt: nothing generates it; rm generated/notes.txt" in out


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
    program = "import sys, derive.cli; derive.cli.main(['show', 'lstm']); assert 'torch' not in sys.modules"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environment, check=True, capture_output=True)
