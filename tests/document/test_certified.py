"""What a document says to be certified, against runs at places of the box."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from runs import random_run
from sympy import Rational

from derive.document.tables import files_of
from derive.errors import RunError
from derive.run.run_file import load_run

LECTURE = load_run(Path(__file__).resolve().parents[2] / "examples" / "lecture.toml")
QUARTER = Rational(1, 4)


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    return files_of(LECTURE)


def rows(text: str, delimiter: str = ",") -> dict[str, list[str]]:
    return {name: cells for name, *cells in csv.reader(text.splitlines(), delimiter=delimiter)}


def test_the_bounds_are_the_largest_errors_at_corners_of_the_box(files: dict[str, str]) -> None:
    """The errors are largest where every x1 is at an end; both cells are exact there, and odd in x1."""
    found = rows(files["certified.csv"])
    corners = [
        replace(LECTURE, x=[[s * QUARTER, *row[1:]] for s, row in zip((1, *signs, 1), LECTURE.x, strict=True)])
        for signs in product((-1, 1), repeat=3)
    ]
    for runs, name in ((corners, "|ε({})| ≤"), ([LECTURE], "|ε({})| ≤ in the run")):
        differences = [run.propagate().differences for run in runs]
        for state in LECTURE.cell.states:
            largest = [
                max(abs(float(d.delta)) for d in column)
                for column in zip(*(d[state, 1] for d in differences), strict=True)
            ]
            for wanted, text in zip(largest, found[name.format(state)], strict=True):
                assert wanted <= float(text) <= 1.01 * wanted, (name, state)


def test_a_row_has_the_verdicts_of_its_activation(files: dict[str, str]) -> None:
    found = rows(files["verdicts.csv"])
    assert found["tanh in h"] == ["proved", "violated", "violated", "violated", "proved"]
    assert set(found["tanh in g"] + found["sigmoid in i"]) == {"proved"}
    assert "there the error is at most 0.035751, not 0.0050814" in files["steps.md"]
    assert r"\textbf{violated}" in files["certified.tex"]


def test_the_figure_stands_on_the_page_in_markdown_and_in_the_preview(files: dict[str, str]) -> None:
    section = files["steps.html"].partition('<section id="certified"')[2].partition("</section>")[0]
    assert section.count("<figure>") == section.count("<svg") == 1
    assert "![certified](figures/certified.svg)" in files["steps.md"]
    assert r"\input{figures/certified}" in files["preview.tex"]


def test_it_is_said_in_the_language_of_the_run() -> None:
    found = files_of(replace(LECTURE, language="de"))
    assert rows(found["verdicts.csv"], ";")["tanh in h"][:2] == ["bewiesen", "verletzt"]
    assert rows(found["certified.csv"], ";")["|ε(g)| ≤ im Lauf"][0] == "0,00263"
    assert "Für alle Zeiten ist nichts bewiesen" in found["steps.md"]


def test_a_run_outside_of_its_box_is_not_put_beside_it() -> None:
    found = files_of(replace(LECTURE, box={"x1": (-0.1, 0.1)}))
    assert not any("in the run" in name for name in rows(found["certified.csv"]))
    assert "The numbers of the run do not lie in the box." in found["steps.md"]


def test_bounds_for_all_times_are_a_sentence() -> None:
    claim = {"approximation": "tanh(x) ~ hardtanh(x)", "interval": [-4, 4]}
    run = random_run("rnn", units=1, claims=[claim], box={"x1": (-0.25, 0.25)})
    text = files_of(run)["steps.md"]
    found = re.search(r"At all times, whatever the inputs as long as .*: \$\\vert .*\\le (.*)\$\.", text)
    assert found is not None
    error = run.certification.always.bounds["h", 1].error
    assert max(-error.lower, error.upper) <= float(found[1]) <= 1.01 * max(-error.lower, error.upper)


@pytest.mark.parametrize(
    ("box", "said"),
    [
        (
            "x9 = [0, 1]",
            "box: unknown input, initial state or weight of lstm 'x9'. Known: 64, such as x1, x1_1, h0, W_ii",
        ),
        ("x1 = [1, 0]", "box: x1 is from 1 to 0, which is empty"),
        ("x1 = [0, inf]", "box: x1 is [0, Infinity], expected (lower, upper), two finite numbers"),
        ("x1 = [0, 1]\nx1_3 = [0, 1]", "box: x1_3 and x1 name the same number; give one of them"),
    ],
)
def test_a_box_that_cannot_be_taken(box: str, said: str, tmp_path: Path) -> None:
    text = (Path(__file__).resolve().parents[2] / "examples" / "lecture.toml").read_text()
    path = tmp_path / "run.toml"
    path.write_text(text.replace("x1 = [-0.25, 0.25]", box))
    with pytest.raises(RunError) as caught:
        load_run(path)
    assert str(caught.value).startswith(f"{path}: {said}")


def test_a_box_without_claims_is_refused(tmp_path: Path) -> None:
    text = (Path(__file__).resolve().parents[2] / "examples" / "linear.toml").read_text()
    path = tmp_path / "run.toml"
    path.write_text(f"{text}\n[box]\nx1 = [0, 1]\n")
    with pytest.raises(RunError, match="box is given, and the run claims nothing to be certified on it"):
        load_run(path)
