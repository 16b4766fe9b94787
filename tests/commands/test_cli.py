"""The commands as a user types them: what comes out, where, and with which exit status."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from derive.backends.torch import record
from derive.cells import catalogue
from derive.commands import NAMES
from derive.commands.cli import main
from derive.definition.cell import Cell

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


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_no_command_is_answered_with_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    shown = capsys.readouterr()
    assert not shown.out
    assert all(name in shown.err for name in NAMES)


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
    assert {"name": "b_ii", "kind": "vector", "shape": ["hidden_size"], "tensor": "bias_ih"} in shown["parameters"]
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
    assert typed("tables", str(EXAMPLES / "recurrent.toml"), "run.toml", "-o", "out") == 2
    assert said in one_line(capsys)
    assert not (here / "out").exists()


def test_tables_of_a_cell_whose_example_numbers_have_no_value_name_it(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = OWN_CELLS.replace("tanh(linear(x, h))", "log(linear(x, h))").replace("import cell", "import cell, log")
    (here / "mine.py").write_text(
        text.replace("from derive import cell, log", "from sympy import log\nfrom derive import cell")
    )
    assert typed("tables", "mine.py", "-o", "out") == 2
    error = one_line(capsys)
    assert "mine.py, with example numbers: h at t = 1: an expression has no finite real value" in error
    assert "give a run file with numbers of your own" in error
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


def test_tables_of_a_cell_alone_have_example_numbers_and_a_run_to_change(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "cells").mkdir()
    (here / "cells/mine.py").write_text(OWN_CELLS)
    assert typed("tables", "cells/mine.py:mine", "fast_grnn", "-o", "out") == 0
    assert {"equations.tex", "adjoint.tex", "backward.tex", "values.tex", "run.toml"} <= set(
        os.listdir(here / "out/mine")
    )
    assert (
        r"\delta W_{ih} &= {\textstyle\sum_{t}}\, \delta a_{h, t} x_{t}^{\top}"
        in (here / "out/mine/adjoint.tex").read_text()
    )
    for name, path in [("mine", "../../cells/mine.py:mine"), ("fast_grnn", "fast_grnn")]:
        numbers = here / "out" / name / "run.toml"
        assert f'cell = "{path}"' in numbers.read_text()
        assert typed("tables", str(numbers), "-o", "again") == 0
        for file in ("values.tex", "derivation.tex", "steps.json"):
            text, again = (folder / file for folder in (here / "out" / name, here / "again/run"))
            assert text.read_text().splitlines()[2:] == again.read_text().splitlines()[2:], file


def test_the_example_cell_does_all_that_its_file_says(here: Path) -> None:
    pytest.importorskip("torch")
    shutil.copytree(EXAMPLES, here / "examples")
    text = (EXAMPLES / "my_cell.py").read_text()
    commands = [line.split()[1:] for line in text.splitlines() if line.startswith("    derive ")]
    assert [words[0] for words in commands] == ["show", "verify", "tables", "code"]
    for words in commands:
        assert typed(*words) == 0
    assert (here / "slides/rotor/values.tex").is_file()
    assert (here / "model/rotor.py").is_file()


@pytest.mark.parametrize("name", catalogue)
def test_example_numbers_fit_every_cell(name: str) -> None:
    """Every value of every step is a number: no division by the zero that a state may start at."""
    from derive.commands.sample import SIZES, sample_numbers
    from derive.run.data import Run

    cell = catalogue[name]
    x, weights = sample_numbers(cell)
    sizes = {s: n for s, n in SIZES.items() if s in {*cell.sizes.values(), "input_size"}}
    run = Run(cell, weights, x, sizes=sizes)
    assert all(abs(float(step.value)) < 1e3 for step in run.steps())


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


# ---------------------------------------------------------------------- code and fresh


def test_code_of_one_cell_brings_the_machinery_it_needs(here: Path) -> None:
    assert typed("code", "lstm", "-o", "model") == 0
    assert {"lstm.py", "recurrent.py"} <= set(os.listdir(here / "model"))


def test_code_derives_only_what_changed(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    derived: list[str] = []
    right = record.module_text
    monkeypatch.setattr(record, "module_text", lambda cell: derived.append(cell.name) or right(cell))
    assert typed("code") == 0
    assert derived == list(catalogue)
    first = {p.name: p.read_text() for p in (here / "generated").glob("*.py")}

    derived.clear()
    assert typed("code") == 0
    assert derived == []
    (here / "generated/gru.py").write_text("edited by hand\n")
    (here / "generated/rnn.py").unlink()
    monkeypatch.setitem(catalogue.cells, "lstm", replace(catalogue["lstm"], note="Another note."))
    assert typed("code") == 0
    assert derived == ["lstm", "gru", "rnn"]
    assert "Another note." in (here / "generated/lstm.py").read_text()
    monkeypatch.undo()
    monkeypatch.chdir(here)
    assert typed("code") == 0
    assert {p.name: p.read_text() for p in (here / "generated").glob("*.py")} == first


def test_code_derives_everything_again_without_a_record_or_with_other_sources(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    derived: list[str] = []
    right = record.module_text
    assert typed("code") == 0
    monkeypatch.setattr(record, "module_text", lambda cell: derived.append(cell.name) or right(cell))
    (here / "generated" / record.FILE).write_text("{broken")
    assert typed("code") == 0
    assert len(derived) == len(catalogue)
    derived.clear()
    monkeypatch.setattr(record, "_sources", lambda: "other sources")
    assert typed("code") == 0
    assert len(derived) == len(catalogue)


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
