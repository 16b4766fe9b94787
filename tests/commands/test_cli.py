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

from derive.cells import catalogue
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


# ---------------------------------------------------------------------- show


def test_show_prints_equations_gradient_parameters_operations_and_source(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("show", "lstm") == 0
    out = capsys.readouterr().out
    for line in (
        "  cₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ gₜ",
        "    δcₜ = Δcₜ + δhₜ ⊙ oₜ ⊙ (1 − tanh(cₜ)²)",
        "  δW_hf = Σₜ δa_fₜ hₜ₋₁ᵀ",
        "  weight_hh  (4 N, N)    W_hi, W_hf, W_hg, W_ho",
        "states      h, c",
        "gates       i, f, o",
        "parameters  4 N (N_x + N + 2), where N_x = input_size, N = hidden_size",
        "one step    4 N (N_x + N) multiply-adds of weights",
        "            5 N values of functions",
    ):
        assert f"\n{line}\n" in out
    assert "Hochreiter" in out


def test_show_says_what_kind_of_parameter_each_tensor_holds(capsys: pytest.CaptureFixture[str]) -> None:
    typed("show", "gated_antisymmetric_rnn")
    typed("show", "fast_grnn")
    typed("show", "indrnn")
    out = capsys.readouterr().out
    assert "  weight_hh  (N, N)      W_hh, of which V - Vᵀ multiplies\n" in out or "of which V - Vᵀ multiplies\n" in out
    assert "a constant: 0.01 unless the constructor says otherwise\n" in out
    assert "  zeta                 one number\n" in out
    assert "  u          (N)       one number a unit\n" in out


def test_show_says_what_stands_for_a_slope_that_there_is_not(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cell = """from derive import cell, linear, tanh
from sympy import Heaviside, floor


@cell("Steps")
def steps(x, h):
    a = linear(x)
    h = Heaviside(a) * tanh(a) + floor(h)
    return h
"""
    (here / "steps.py").write_text(cell, encoding="utf-8")
    assert main(["show", "steps.py:steps"]) == 0
    said = capsys.readouterr().out
    assert "The slope of floor is taken as 0, where it jumps too: a subgradient." in said
    assert "The slope of a case of numbers is taken as 0" in said
    assert "Dirac" not in said


def test_show_latex_is_an_aligned_environment_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("show", "gru", "--latex") == 0
    out = capsys.readouterr().out
    assert out == catalogue["gru"].latex() + "\n"
    assert out.count(" &= ") == 4


def test_show_gradient_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("show", "gru", "--gradient") == 0
    assert capsys.readouterr().out == catalogue["gru"].adjoint().unicode() + "\n"
    assert typed("show", "gru", "--gradient", "--latex") == 0
    assert capsys.readouterr().out == catalogue["gru"].adjoint().latex() + "\n"


def test_show_json_is_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("show", "lstm", "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert [e["name"] for e in shown["equations"]] == ["i", "f", "g", "o", "c", "h"]
    assert shown["states"] == ["h", "c"]
    assert shown["parameters"][1] == {
        "name": "b_ii", "kind": "vector", "shape": ["hidden_size"], "tensor": "bias_ih", "initial": None,
    }  # fmt: skip
    assert {"name": "d_f", "unicode": "δcₜ ⊙ cₜ₋₁", "latex": r"\delta c_{t} \odot c_{t-1}"} in shown["gradient"]
    assert shown["parameter_count"] == "4*hidden_size*(hidden_size + input_size + 2)"
    assert shown["operations"]["functions"] == "5*hidden_size"


@pytest.mark.parametrize("name", catalogue)
def test_every_cell_can_be_shown(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("show", name) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"{catalogue[name].title} ({name})\n")
    assert max(map(len, out.partition("\nstates")[2].splitlines())) <= 100


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
        ("mine:mine", "a cell in it is mine.py:mine"),
        ("mine", "a cell in it is mine.py:NAME"),
        ("empty.py:cell", "defines no cell"),
        ("bare.py", 'bare is a function and no cell; write @cell("My cell") above `def bare`'),
        ("broken.py:cell", "SyntaxError"),
        ("wrong.py:wrong", "'y' is not defined"),
        ("two.py", "two.py:a or two.py:b"),
    ],
)
def test_show_nonsense(name: str, said: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "mine.py").write_text(OWN_CELLS)
    (here / "empty.py").write_text("")
    (here / "bare.py").write_text("def bare(x, h):\n    h = x\n    return h\n")
    (here / "broken.py").write_text("def")
    (here / "wrong.py").write_text(OWN_CELLS.replace("linear(x, h)", "y").replace("mine", "wrong"))
    (here / "two.py").write_text(
        "from derive import lstm\na = lstm.with_activations(g='relu')\nb = lstm.with_activations(g='elu')\n"
    )
    assert typed("show", name) == 2
    assert said in one_line(capsys)


# ---------------------------------------------------------------------- list


def listed(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    assert typed("list", "--json", *words) == 0
    return [cell["name"] for cell in json.loads(capsys.readouterr().out)]


def test_list_prints_the_catalogue_as_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("list") == 0
    head, rule, *rows, blank, foot = capsys.readouterr().out.splitlines()
    assert [row.split()[0] for row in rows] == list(catalogue)
    assert head.split() == ["name", "year", "states", "parameters", "title"]
    assert set(rule) == {"─"}
    assert blank == ""
    assert foot.startswith(f"{len(catalogue)} cells; ")
    columns = {row.index(catalogue[row.split()[0]].title) for row in rows}
    assert columns == {head.index("title")}


def test_list_on_a_terminal_keeps_to_its_width(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "100")
    assert typed("list") == 0
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) == 100
    assert "…" in out


def test_list_searches(capsys: pytest.CaptureFixture[str]) -> None:
    assert listed(capsys, "jozefowicz") == ["mut1", "mut2", "mut3"]
    assert listed(capsys, "--search", "mut1") == listed(capsys, "mut1") == ["mut1"]
    assert listed(capsys, "Hochreiter", "without", "forget") == ["original_lstm"]
    assert listed(capsys, "--year", "2014", "--states", "1") == ["gru", "gru_reset_before", "gru_chung"]
    assert {catalogue[name].year for name in listed(capsys, "--year", "2014-2016")} == {2014, 2015, 2016}
    assert "indrnn" in listed(capsys, "--parameters", "u", "--gates", "0")
    assert set(listed(capsys, "--states", "c", "--gates", "3", "lstm")) >= {"lstm", "peephole_lstm"}


def test_list_says_when_there_is_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("list", "perceptron") == 1
    assert capsys.readouterr().err == "no cell of the catalogue has all that; `derive list` prints every cell\n"


@pytest.mark.parametrize(
    ("year", "said"), [("14", "is no year"), ("2014-", "is no year"), ("2017-2014", "did you mean 2014-2017?")]
)
def test_list_refuses_years_that_are_none(year: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("list", "--year", year) == 2
    assert said in capsys.readouterr().err


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
