"""The files of every example: LaTeX that compiles and fits, HTML that is whole, and the same bytes every time."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from functools import cache, lru_cache
from pathlib import Path

import pytest
from runs import random_run, trained_run
from specimens import CATALOGUE
from tables import joined

import derive
from derive.cells import catalogue
from derive.document import values
from derive.document.tables import FRAGMENTS, files_of
from derive.document.text import html_text, tex_sentence, tex_text
from derive.document.width import width
from derive.run.data import Run
from derive.run.run_file import load_run

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.toml"))
MATHML = "{http://www.w3.org/1998/Math/MathML}"
XHTML = "{http://www.w3.org/1999/xhtml}"

needs_tex = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex here")


def wide_run() -> Run:
    """Three units, thirteen time steps, long decimals: nothing fits on one line."""
    cell = derive.lstm
    numbers = [[(7 * r + 3 * c) % 19 / 10 - 0.9 for c in range(3)] for r in range(12)]
    x = [[(5 * t + k) % 11 / 8 - 0.6 for k in range(3)] for t in range(13)]
    weights = {"weight_ih": numbers, "weight_hh": numbers[::-1], "bias_ih": [0.125] * 12, "bias_hh": [-0.25] * 12}
    claims = [{"approximation": "tanh(x) ~ x - x^3/3", "interval": [-1, 1]}, {"approximation": "sigma(9) ~ 1"}]
    loss = {"formula": "(h - y)^2 + c*y/3", "y": [[(3 * t + k) % 7 / 8 - 0.4 for k in range(3)] for t in range(13)]}
    return Run(cell, weights, x, decimals=7, title="Wide_run & long 100%", claims=claims, loss=loss)


@cache
def cell_files(name: str) -> dict[str, str]:
    """The files of two steps of a cell with two units, random weights and a loss; with one where two have more numbers
    than a table shows."""
    return files_of(cell_run(name))


@lru_cache(maxsize=1)
def cell_run(name: str) -> Run:
    return trained_run(CATALOGUE[name], steps=2, units=1 if name == "mamba3" else 2)


@pytest.fixture(scope="module")
def everything() -> dict[str, dict[str, str]]:
    """The files of every example, and of a run that is wide and long."""
    cells = {name: cell_files(name) for name in ("gru", "slstm", "peephole_lstm", "mgu", "lem", "layer_norm_lstm")}
    return {p.stem: files_of(load_run(p)) for p in EXAMPLES} | {"wide": files_of(wide_run())} | cells


# ---------------------------------------------------------------------- which files


def test_files_are_those_that_a_run_gives_rise_to(everything: dict[str, dict[str, str]]) -> None:
    backward = {"backward.tex", "cotangents.csv", "gradients.csv"}
    approximation = {
        "approximation.tex",
        "arguments.csv",
        "propagation.csv",
        "certified.tex",
        "certified.csv",
        "verdicts.csv",
    }
    check, update = {"check.tex", "check.csv"}, {"update.tex", "update.csv"}
    several = {"vectors.tex"}
    always = set(FRAGMENTS) - approximation - backward - check - update - several
    assert list(everything["lecture"]) == [name for name in FRAGMENTS if name not in several]
    assert set(everything["linear"]) == always | check | backward
    assert set(everything["recurrent"]) == always | backward | several
    assert set(everything["wide"]) == always | approximation | backward | several
    assert set(files_of(random_run("rnn"))) == always | several


def test_every_fragment_says_what_it_needs_and_how_it_was_made(everything: dict[str, dict[str, str]]) -> None:
    for name, text in everything["lecture"].items():
        if name.endswith(".tex") and name != "preview.tex":
            head = text.splitlines()[:4]
            assert head[1].startswith("% Made by: derive tables ")
            assert head[2].startswith("% Packages: ")
            assert ("as given" if name == "weights.tex" else "4 decimal places") in head[3]
            assert r"\documentclass" not in text
            assert r"\resizebox" not in text
            assert not any("|" in columns for columns in re.findall(r"begin\{tabular\}\{(.*)\}", text))


def displays(tex: str) -> list[str]:
    """The displays with titles, each from its title on."""
    return tex.split(r"\noindent{\boldmath")[1:]


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_cell_makes_tables(name: str) -> None:
    run, files = cell_run(name), cell_files(name)
    ET.fromstring(files["steps.html"].removeprefix("<!DOCTYPE html>"))
    names = set(re.findall(r"^\$([^$]+)\$ &", files["values.tex"], re.MULTILINE)) - {"t"}
    inputs = sum(len(rows[0]) for rows in run.sequences.values())
    assert len(names) == inputs + sum(run.units.values())  # all different
    headings = re.findall(r"\\textbf\{\$t = (\d)\$( \(continued\))?\}", files["derivation.tex"])
    assert [t for t, continued in headings if not continued] == ["1", "2"]
    assert files["derivation.tex"].count(r"\begin{flalign*}") == len(headings)
    sums = run.gradients().sums
    blocks = displays(files["backward.tex"])
    named = "Abbreviations" in files["backward.tex"]
    begun = sum("(continued)}" not in block.splitlines()[0] for block in blocks)
    assert begun == (5 if sums else 4) + named  # the loss, names, t = 2, 1, 0, the gradients of the parameters
    text = "\n".join(blocks)
    used, defined = (set(re.findall(rf"{start}p_\{{(\d+)[,}}]", text, re.MULTILINE)) for start in ("", "^"))
    assert used <= defined or "p" in run.units  # no letter for a part without its formula
    assert all(f"{s.left} &=" in blocks[-1] for s in sums)
    assert sum("(continued)}" not in block.splitlines()[0] for block in displays(files["adjoint.tex"])) == 3
    assert not any(
        "@" in files[fragment].replace("@{}", "") for fragment in ("derivation.tex", "backward.tex", "adjoint.tex")
    )
    assert not any(re.search(r"Symbol|_prev|None\b|nan\b", text) for text in files.values())


def test_no_number_is_printed_as_a_program_would(everything: dict[str, dict[str, str]]) -> None:
    for files in everything.values():
        for name, text in files.items():
            if not name.endswith((".json", ".csv")):
                text = text.partition("<script")[0]
                assert not re.search(r"\de[-+]\d|-0\.0+\b(?!\d)|−0\.0+\b(?!\d)|- -|\+ -", text), name


# ---------------------------------------------------------------------- LaTeX


@needs_tex
def test_every_fragment_compiles_and_fits_the_line(everything: dict[str, dict[str, str]], tmp_path: Path) -> None:
    lines = [
        r"\documentclass{article}", r"\usepackage[T1]{fontenc}", r"\usepackage{lmodern,amsmath,booktabs}",
        r"\setlength{\parindent}{0pt}", r"\allowdisplaybreaks", r"\begin{document}",
        r"\output={\setbox0\box255 \deadcycles=0 }",  # pages are broken, and none is made
    ]  # fmt: skip
    for run, files in (everything | {name: cell_files(name) for name in CATALOGUE}).items():
        for name, text in files.items():
            if name.endswith(".tex") and name != "preview.tex":
                (tmp_path / f"{run}-{name}").write_text(text)
                lines.append(rf"\typeout{{FRAGMENT {run}-{name}}}\input{{{run}-{name}}}\par")
    (tmp_path / "driver.tex").write_text("\n".join([*lines, r"\end{document}", ""]))
    command = ["pdflatex", "-draftmode", "-interaction=nonstopmode", "-halt-on-error", "driver.tex"]  # nobody reads it
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace")
    assert done.returncode == 0, done.stdout[-2000:]
    assert done.stdout.count("FRAGMENT ") == len(lines) - 7
    assert "Overfull \\hbox" not in done.stdout, re.findall(r"FRAGMENT [^\s)]+|Overfull .hbox.*", done.stdout)


@needs_tex
def test_every_preview_compiles(everything: dict[str, dict[str, str]], tmp_path: Path) -> None:
    for run in ("lecture", "wide"):
        for name, text in everything[run].items():
            (tmp_path / name).write_text(text)
        command = ["pdflatex", "-draftmode", "-interaction=nonstopmode", "-halt-on-error", "preview.tex"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace")
        assert done.returncode == 0, done.stdout[-2000:]
        assert "Overfull \\hbox" not in done.stdout


@needs_tex
def test_the_estimated_width_is_what_tex_measures(tmp_path: Path) -> None:
    """Never more than 2 % below, so that what is estimated to fit does, and at most a fifth above."""
    formulas = [derive.lstm.notation.latex(e) for e in derive.lstm.equations]
    formulas += [derive.gru.notation.latex(e) for e in derive.gru.equations]
    for name in ("lstm", "slstm", "layer_norm_lstm", "antisymmetric_rnn"):
        derivation = catalogue[name].adjoint().derivation
        formulas += [derivation.notation.latex(step) for _, steps in derivation.steps for step in steps]
    formulas += [
        "0.1974", "-0.1974", r"4.54 \times 10^{-5}", r"4.54{\times}10^{-5}", r"\approx 2.43{\times}10^{-40}",
        r"1.0000 \cdot 0.1974 + 1.0000 \cdot ({-0.0997})", r"\tanh({-0.2970})", r"\frac{1}{1 + e^{-90}}",
    ]  # fmt: skip
    boxes = [rf"\setbox0\hbox{{$\displaystyle {f}$}}\typeout{{WIDTH \the\wd0}}" for f in formulas]
    head = r"\documentclass{article}\usepackage[T1]{fontenc}\usepackage{lmodern,amsmath}\begin{document}"
    (tmp_path / "widths.tex").write_text("\n".join([head, *boxes, r"\end{document}"]))
    done = subprocess.run(["pdflatex", "widths.tex"], cwd=tmp_path, capture_output=True, text=True, input="")
    measured = [float(w) for w in re.findall(r"WIDTH ([\d.]+)pt", done.stdout)]
    assert len(measured) == len(formulas)
    ratios = {f: width(f) / w for f, w in zip(formulas, measured, strict=True)}
    assert all(0.98 < r < 1.2 for r in ratios.values()), ratios


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("1/3", r"$h_{0} \approx {0.3333}$"),
        ("-2/3", r"$h_{0} \approx {-0.6667}$"),
        ("0.25", "$h_{0} = {0.25}$"),
        ("-1/100000000", r"$h_{0} = {-1.00 \times 10^{-8}}$"),
    ],
)
def test_an_initial_state_is_equal_to_what_is_printed_or_nearly(number: str, text: str) -> None:
    run = random_run("rnn", units=1, initial={"h": [number]})
    assert tex_sentence(values.initial_state(run)) == text


def test_text_is_safe_for_latex_and_html() -> None:
    assert tex_text("50% of $x_2$ & a_b") == r"50\% of $x_2$ \& a\_b"
    assert tex_text("5$ a_b") == r"5\$ a\_b"
    assert html_text("a < b & 5$") == "a &lt; b &amp; 5$"
    assert "<math" in html_text("<b> $x_2$")
    assert html_text("<b> $x_2$").startswith("&lt;b&gt; ")


# ---------------------------------------------------------------------- HTML and JSON


def test_html_is_whole_without_its_script_and_without_network(everything: dict[str, dict[str, str]]) -> None:
    for files in everything.values():
        text = files["steps.html"]
        root = ET.fromstring(text.removeprefix("<!DOCTYPE html>"))
        for script in (*root.iter(f"{XHTML}script"), *root.iter(f"{XHTML}template")):
            next(parent for parent in root.iter() if script in parent).remove(script)
        assert len(list(root.iter(f"{MATHML}math"))) > 20
        assert not list(root.iter(f"{XHTML}link"))
        used = [v for e in root.iter() for k, v in e.attrib.items() if k in ("src", "href")]
        assert used == ["#" + section.get("id") for section in root.iter(f"{XHTML}section")]
        assert "url(" not in text
        assert "@import" not in text
        for table in root.iter(f"{XHTML}table"):
            rows = [r for body in table.iter(f"{XHTML}tbody") for r in body]
            assert all(row[0].tag == f"{XHTML}th" and row[0].get("scope") == "row" for row in rows)
            assert all(th.get("scope") in ("row", "col") for th in table.iter(f"{XHTML}th"))


def test_json_holds_every_step_and_its_value(everything: dict[str, dict[str, str]]) -> None:
    record = json.loads(everything["lecture"]["steps.json"])
    assert [(s["t"], s["quantity"]) for s in record["steps"]] == [(t, q) for t in range(1, 6) for q in "ifgoch"]
    by_name = {(s["t"], s["quantity"]): s for s in record["steps"]}
    assert by_name[2, "c"]["value"].startswith("0.2970433")  # the published analysis of this example
    assert by_name[4, "h"]["rounded"] == "0.2886"
    assert by_name[1, "o"]["rounded"] == "4.54e-5"
    linear = json.loads(everything["linear"]["steps.json"])
    inputs = {s["t"]: s for s in linear["steps"] if s["quantity"] == "g"}
    assert [(float(inputs[t]["value"]), inputs[t]["relation"]) for t in inputs] == [(v, "=") for v in (3, 4, 2, 1, 3)]


def test_what_is_printed_in_the_values_table_is_in_the_steps() -> None:
    run = load_run(ROOT / "examples" / "recurrent.toml")
    files = files_of(run)
    rounded = [s["rounded"] for s in json.loads(files["steps.json"])["steps"]]
    printed = re.findall(r"\$(-?\d[\d.]*)\$", joined(files["values.tex"]))
    assert sorted(printed) == sorted([*rounded, *(f"{float(v):g}" for row in run.x for v in row)])


# ---------------------------------------------------------------------- the same every time


def test_regeneration_does_not_depend_on_the_hash_seed(everything: dict[str, dict[str, str]]) -> None:
    """Another process, with a hash seed of its own, writes what this one has written."""
    program = (
        "import hashlib, sys; from derive.document.tables import files_of; from derive.run.run_file import load_run;"
        "files = [f for p in sys.argv[1:] for f in files_of(load_run(p)).items()];"
        "[print(n, hashlib.sha256(t.encode()).hexdigest()) for n, t in files];"
        "assert 'torch' not in sys.modules"
    )
    seed = "4242" if os.environ.get("PYTHONHASHSEED") != "4242" else "1"
    environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, EXAMPLES)], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    here = [(n, hashlib.sha256(t.encode()).hexdigest()) for p in EXAMPLES for n, t in everything[p.stem].items()]
    assert [tuple(line.split()) for line in done.stdout.splitlines()] == here
    assert len(here) > 20
    assert hashlib.sha256(b"").hexdigest() not in done.stdout
