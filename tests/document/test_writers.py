"""Markdown and CSV say what the page and steps.json say; a selection says what it leaves out."""

from __future__ import annotations

import csv
import json
import math
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from runs import random_run, trained_run
from sympy import Rational

from derive.document.tables import files_of
from derive.errors import RunError
from derive.run.data import Run
from derive.run.run_file import load_run
from derive.run.show import gaps

ROOT = Path(__file__).resolve().parents[2]
LECTURE = load_run(ROOT / "examples" / "lecture.toml")


def numbers(text: str) -> list[Fraction]:
    """Every decimal of a text, with its power of ten."""
    plain = text.replace("−", "-").translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
    return [Fraction(f"{m[1]}e{m[2] or 0}") for m in re.finditer(r"(-?\d+\.\d+)(?:×10|e)?((?<=[0e])-?\d+)?", plain)]


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_sheet_has_the_numbers_of_the_steps(language: str) -> None:
    files = files_of(replace(LECTURE, language=language))
    mark, delimiter = (".", ",") if language == "en" else (",", ";")
    head, *rows = csv.reader(files["values.csv"].splitlines(), delimiter=delimiter)
    assert head == ["t", "1", "2", "3", "4", "5"]
    found = {(int(t), name): text.replace(mark, ".") for name, *cells in rows for t, text in enumerate(cells, 1)}
    steps = {(s["t"], s["quantity"]): s["rounded"] for s in json.loads(files["steps.json"])["steps"]}
    assert {place: text for place, text in found.items() if place[1] in "ifgoch"} == steps
    assert [found[t, "x_1"] for t in range(1, 6)] == ["0.2", "0.1", "-0.1", "-0.2", "0.25"]


def test_what_is_claimed_and_certified_stands_in_steps_json_as_the_sheets_print_it() -> None:
    files = files_of(LECTURE)
    record = json.loads(files["steps.json"])
    first = record["claims"][0]
    assert float(first["error"]["value"]) == pytest.approx(0.25 - math.tanh(0.25), rel=1e-12)
    assert first["error"]["formula"] == "1/4 - tanh(1/4)"
    sheets = {name: list(csv.reader(files[f"{name}.csv"].splitlines())) for name in FOUND}
    for name, found in FOUND.items():
        rows = {row[0]: row[1:] for row in sheets[name][1:]}
        shown = found(record)
        assert len(shown) > 4
        assert all(rows[key][t - 1] == text for key, t, text in shown), name
    for moved in record["propagation"]:  # the parts add up to the whole, in every decimal but the last ones
        parts = sum(Fraction(part["value"]) for part in moved["parts"])
        assert abs(parts - Fraction(moved["value"])) < Fraction(3, 10**40)
    assert record["check"]["wrong"]["values"] == 0
    assert "claims" not in json.loads(files_of(random_run("rnn"))["steps.json"])


def test_the_sheet_of_a_check_names_entries_as_the_other_sheets_do() -> None:
    hand = {"c_2": ["0.1"] * 2, "d_h_2": ["0.1"] * 2, "W_ig_2": ["0.1"] * 2, "loss": ["1"], "b_ii_new": ["0", "0"]}
    files = files_of(replace(trained_run("lstm", steps=2), hand=hand, lr="0.1"))
    names = [row.split(",")[0].strip('"') for row in files["check.csv"].splitlines()[1:]]
    assert [name for name in names if "t =" in name] == [f"{q}_2 (t = {t})" for q in ("c", "δh") for t in (1, 2)]
    assert "L" in names
    for sheet, others in (("values", ["c_2"]), ("cotangents", ["δh_2"])):
        assert set(others) <= {row.split(",")[0] for row in files[f"{sheet}.csv"].splitlines()}


FOUND = {
    "arguments": lambda r: [
        (f"{a['function']} in {a['quantity']}", a["t"], a["rounded"]) for c in r["claims"] for a in c["arguments"]
    ],
    "propagation": lambda r: [(f"ε({m['quantity']})", m["t"], m["rounded"]) for m in r["propagation"]],
    "certified": lambda r: [
        (f"|ε({e['quantity']})| ≤", e["t"], e["bound"]) for e in r["certified"]["steps"] if e["bound"] != "0"
    ],
    "verdicts": lambda r: [
        (f"{a['function']} in {a['quantity']}", a["t"], a["verdict"].lower())
        for a in r["claims"][0]["arguments"]
        if a["quantity"] == "g"
    ],
}


def test_markdown_has_the_numbers_of_the_sheet_and_no_markup_of_texts() -> None:
    title = "a*b*_c_ <b>x</b> | [y](z) # `t`"
    files = files_of(replace(LECTURE, title=title))
    text = files["steps.md"]
    assert text.startswith(r"# a\*b\*\_c\_ \<b\>x\</b\> \| \[y\](z) \# \`t\`" + "\n")
    values = text.partition("## Values")[2].partition("## ")[0]
    table = "\n".join(line for line in values.splitlines() if line.startswith("|"))
    assert numbers(table) == numbers(files["values.csv"])
    for block in re.split(r"\n\n+", text):  # nothing in a formula or text ends a cell
        if block.startswith("|"):
            assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1
    assert text.count("```math") == text.count(r"\begin{aligned}") == text.count("```") / 2


def test_a_selection_is_shown_with_dots_and_said() -> None:
    show = {"steps": [1, "last"], "units": [2], "rows": ["i", "h"], "omit_zero_terms": True}
    run = random_run("lstm", steps=4, show=show)
    files = files_of(run)
    assert [row.split(",")[0] for row in files["values.csv"].splitlines()] == [
        "t",
        "x_1",
        "x_2",
        "i_2",
        "⋮",
        "h_2",
        "⋮",
    ]
    assert files["values.csv"].splitlines()[0] == "t,1,…,4"
    said = "shown are the steps 1, 4 of 4, the units 2 of 2, the rows i, h. The file steps.json has everything."
    for name in ("values.tex", "derivation.tex", "steps.html", "steps.md"):
        assert said in files[name], name
    assert len(json.loads(files["steps.json"])["steps"]) == 4 * 12
    assert re.findall(r"textbf\{\$t = (\d)", files["derivation.tex"]) == ["1", "4"]
    assert r"\cdot 0 " not in files["derivation.tex"]
    assert r"\cdot 0 " in files_of(random_run("lstm", steps=4))["derivation.tex"]
    assert "left out" not in files_of(random_run("lstm", steps=4))["values.tex"]


def test_a_long_run_chooses_for_itself() -> None:
    run = random_run("rnn", units=5, steps=50)
    files = files_of(run)
    assert files["values.csv"].splitlines()[0] == "t,1,2,…,50"
    assert files["derivation.tex"].count(r"\begin{flalign*}") == 3
    assert "shown are the steps 1, 2, 50 of 50, the units 1, 2 of 5." in files["values.tex"]
    assert len(repr(run.table()).splitlines()) == 2 + 2 + 5  # at a prompt it is whole
    assert gaps((1, 2, 50), 50) == [1, 2, None, 50]
    assert gaps((2,), 3) == [None, 2, None]


@pytest.mark.parametrize(
    ("show", "said"),
    [
        ({"step": [1]}, "show: unknown key 'step'; did you mean 'steps'"),
        ({"steps": [9]}, "show.steps has 9, expected numbers from 1 to 3, or 'last'"),
        ({"steps": [True]}, "show.steps has True, expected"),
        ({"steps": []}, "show.steps is [], expected a list with at least one entry"),
        ({"units": ["first"]}, "show.units has 'first', expected numbers from 1 to 2"),
        ({"rows": ["k"]}, "show.rows: unknown quantity 'k'"),
        ({"omit_zero_terms": 1}, "show.omit_zero_terms is 1, expected true or false"),
        ([1], "show is [1], expected a table such as"),
    ],
)
def test_what_cannot_be_shown_is_refused(show: object, said: str) -> None:
    with pytest.raises(RunError, match=re.escape(said)):
        random_run("rnn", show=show)


def test_the_letter_of_time_is_the_same_everywhere() -> None:
    files = files_of(replace(LECTURE, t="k", title="A run", caption="A caption"))
    time = re.compile(r"_\{(?:[^{}]*, )?t(?:-1)?\}|\$t\$|\bt = |<mi>t</mi>|^t,")
    for name, text in files.items():
        shown = "\n".join(line for line in text.splitlines() if not line.startswith("%"))
        shown = shown.partition("<script")[0].partition("</style>")
        assert name == "steps.json" or not time.search(shown[2] or shown[0]), name


WRITTEN = ["0.123456789", "-10", "1e30", "1.5e-7", "0.25"]


def test_weights_and_inputs_are_printed_as_they_were_given() -> None:
    """Whatever the run's decimals; a float32 by the shortest decimal that is read as it, a fraction as a fraction."""
    single = Rational(13421773, 2**27)  # of float32 the one next to 0.1
    rows = [[text] for text in WRITTEN]
    run = random_run("rnn", units=1, inputs=1, steps=5)
    weights = {"weight_ih": [["0.1234567"]], "weight_hh": [[single]], "bias_ih": ["1/3"], "bias_hh": [-2]}
    files = files_of(Run(run.cell, weights, rows, run.initial, decimals=2))
    inputs = files["inputs.csv"].splitlines()[1].split(",")[1:]
    assert [Fraction(text) for text in inputs] == [Fraction(text) for text in WRITTEN]
    given = dict(line.split(",") for line in files["weights.csv"].splitlines()[1:])
    assert given == {"W_ih": "0.1234567", "b_ih": "1/3", "W_hh": "0.1", "b_hh": "-2", "h0": given["h0"]}
    assert files["values.csv"].splitlines()[1].split(",")[1:] == inputs
    assert "Inputs as given." in files["values.tex"]
    thirds = Run(run.cell, weights, [["1/3"]], run.initial)
    assert "Inputs as given." not in files_of(thirds)["values.tex"]


def test_of_many_weights_the_first_two_and_the_last_are_shown() -> None:
    sheet = files_of(random_run("rnn", units=16, steps=1))["weights.csv"].splitlines()
    assert sheet[0] == ",1,2,…,16"
    assert [line.split(",")[0] for line in sheet[1:6]] == ["W_ih_1", "W_ih_2", "⋮", "W_ih_16", "b_ih"]
    assert files_of(random_run("rnn", units=4, steps=1))["weights.csv"].startswith(",1,2,3,4\n")


def test_of_the_gradients_of_a_large_run_too() -> None:
    run = trained_run("rnn", units=16, inputs=3, steps=1)
    files = files_of(run)
    rows = [line.split(",")[0] for line in files["gradients.csv"].splitlines()]
    assert rows[:5] == ["", "δW_ih_1", "δW_ih_2", "⋮", "δW_ih_16"]
    assert "Dots stand for what is left out." in files["backward.tex"]
    assert len(repr(run.gradients()).splitlines()) > 2 * 16  # at a prompt it is whole
