"""``derive draw``: which figure is drawn of what, and what is said of what cannot be drawn."""

from __future__ import annotations

import pytest

import derive
from derive.commands.cli import main

LECTURE = "examples/lecture.toml"


def test_each_figure_is_that_of_python(tmp_path, capsys):
    run = derive.load_run(LECTURE)
    cases = {
        ("gru",): derive.gru.diagram(),
        ("lstm", "--width", "200", "--mark", "f"): derive.lstm.diagram(width=200, marked="f"),
        (LECTURE, "--step", "3", "--gradients"): run.diagram(3, gradients=True),
        (LECTURE, "--plot", "values"): run.plot(),
        (LECTURE, "--plot", "errors", "--width", "345"): run.plot(kind="errors", width=345),
        (LECTURE, "--plot", "2"): run.certificates[1].plot(),
    }
    for arguments, drawing in cases.items():
        assert main(["draw", *arguments, "-o", str(tmp_path / "figure.tex")]) == 0
        assert (tmp_path / "figure.tex").read_text() == drawing.tex
    capsys.readouterr()
    assert main(["draw", "lstm", "--width", "70", "-o", str(tmp_path / "lstm.svg")]) == 0
    assert "derive: it does not fit 70 pt and is " in capsys.readouterr().err
    assert main(["draw", "gru"]) == 0
    assert capsys.readouterr().out == derive.gru.diagram().svg + "\n"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["lstm", "--step", "2"], "--step goes with a run"),
        ([LECTURE, "--mark", "f"], "--mark goes with a cell"),
        (
            [LECTURE, "--plot", "7"],
            "--plot '7': expected 'values', 'errors', 'certified' or the number of a claim; the run has 5",
        ),
        ([LECTURE, "--step", "6"], "step is 6, expected a time step from 1 to 5"),
        (["lstm", "-o", "lstm.gif"], "lstm.gif ends in '.gif', expected .svg, .tex, .png or .pdf"),
        (["lstm", "--mark", "q"], "unknown equation 'q'"),
    ],
)
def test_what_cannot_be_drawn_is_one_line(arguments, reason, capsys):
    assert main(["draw", *arguments]) == 2
    error = capsys.readouterr().err
    assert reason in error
    assert error.count("\n") == 1
