"""The commands that write: ``tables`` and ``code``, what stands in the folders after them, and ``fresh``."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from compiling import REAL
from shell import EXAMPLES, LECTURE, OWN_CELLS, one_line, shell, typed

from derive.backends.torch import record
from derive.cells import catalogue

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


def test_tables_come_with_figures_and_those_of_no_step_are_removed(here: Path) -> None:
    run = here / "run.toml"
    text = (EXAMPLES / "recurrent.toml").read_text()
    run.write_text(text)
    (here / "out/run/figures").mkdir(parents=True)
    for name in ("step_99.svg", "claim_1.tex", "mine.svg"):
        (here / "out/run/figures" / name).write_text("an old one")
    assert typed("tables", "run.toml", "-o", "out") == 0
    made = {"cell", "values", "step_1", "step_2", "step_3", "step_4"}
    assert {p.name for p in (here / "out/run/figures").iterdir()} == {
        "mine.svg", *(f"{name}.{form}" for name in made for form in ("svg", "tex"))
    }  # fmt: skip


def test_previews_are_typeset_once(here: Path) -> None:
    if shutil.which("pdflatex") is None:
        pytest.skip("no pdflatex here")
    run = str(EXAMPLES / "recurrent.toml")
    assert typed("tables", run, "-o", "out") == 0
    pdf = here / "out/recurrent/preview.pdf"
    first = pdf.stat().st_mtime_ns
    assert typed("tables", run, "-o", "out") == 0
    assert pdf.stat().st_mtime_ns == first
    texts = (".tex", ".json", ".html", ".md", ".csv")
    assert [p.suffix for p in pdf.parent.iterdir() if p.is_file() and p.suffix not in texts] == [".pdf"]


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


@pytest.mark.parametrize(
    "command", [("tables", str(EXAMPLES / "recurrent.toml")), ("code", "lstm")], ids=["command0", "command1"]
)
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
    from derive.commands.sample import SIZES, sample_numbers, sample_start
    from derive.run.data import Run

    cell = catalogue[name]
    x, weights, inputs = sample_numbers(cell)
    sizes = {s: n for s, n in SIZES.items() if s in {*cell.sizes.values(), "input_size"}}
    sizes |= {s: 2 for s in cell.heads if not s.isdecimal()}  # which the weights do not always tell
    run = Run(cell, weights, x, sample_start(cell), sizes=sizes, inputs=inputs)
    assert all(abs(float(step.value)) < 1e3 for step in run.steps())


# ---------------------------------------------------------------------- code and fresh


def test_code_of_one_cell_brings_the_machinery_it_needs(here: Path) -> None:
    assert typed("code", "lstm", "-o", "model") == 0
    assert {"lstm.py", "recurrent.py"} <= set(os.listdir(here / "model"))


def test_code_is_compiled_ahead_of_time(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("code", "gru", "-o", "model", "--compile") == 0
    assert "1 compiled for this processor, in float32 and float64" in capsys.readouterr().out
    assert typed("code", "gru", "--c", "-o", "plain", "--compile") > 0
    assert "--compile is for the files of PyTorch modules" in one_line(capsys)


def test_what_is_compiled_and_cannot_be_kept_is_an_error(here: Path) -> None:
    (here / "file").write_text("in the place of a folder")
    (here / "cc").write_text(f'#!/bin/sh\nexec {REAL} "$@" -O0\n')  # it need not be quick
    (here / "cc").chmod(0o755)
    kept = {"DERIVE_CACHE": str(here / "file"), "CC": str(here / "cc")}
    done = shell("code", "gru", "-o", "model", "--compile", cwd=here, **kept)
    assert done.returncode > 0
    assert re.fullmatch(
        r"derive: what was compiled cannot be kept for later: .*file.*; set DERIVE_CACHE.*\n", done.stderr
    )


def test_code_derives_only_what_changed(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    derived: list[str] = []
    right = record.module_files
    monkeypatch.setattr(record, "module_files", lambda cell: derived.append(cell.name) or right(cell))
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
    right = record.module_files
    assert typed("code") == 0
    monkeypatch.setattr(record, "module_files", lambda cell: derived.append(cell.name) or right(cell))
    (here / "generated" / record.FILE).write_text("{broken")
    assert typed("code") == 0
    assert len(derived) == len(catalogue)
    derived.clear()
    monkeypatch.setattr(record, "_sources", lambda: "other sources")
    assert typed("code") == 0
    assert len(derived) == len(catalogue)


def test_fresh_names_the_stale_file_and_the_command_that_mends_it(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a catalogue of a few cells, with and without parts that modules share: what is stale is told file by file."""
    monkeypatch.setattr(type(catalogue), "cells", {n: catalogue[n] for n in ("rnn", "lstm", "gru", "mamba3")})
    (here / "examples").mkdir()
    shutil.copy(EXAMPLES / "recurrent.toml", here / "examples")
    assert typed("tables") == 0
    assert typed("code") == 0
    assert typed("gallery") == 0
    capsys.readouterr()
    assert typed("fresh") == 0
    assert capsys.readouterr().out.startswith("generated is what the equations give: ")
    values, module = here / "generated/tables/recurrent/values.tex", here / "generated/lstm.py"
    values.write_text(values.read_text().replace(".6985", ".6986"))
    module.unlink()
    (here / "generated/notes.txt").write_text("mine")
    assert typed("fresh") == 1
    out = capsys.readouterr().out
    assert "generated/tables/recurrent/values.tex: differs; make tables" in out
    assert ".6986" in out
    assert "generated/lstm.py: missing; make code" in out
    assert "generated/notes.txt: nothing generates it; rm generated/notes.txt" in out
