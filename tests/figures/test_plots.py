"""Curves: their numbers are those of the run and of the functions, in the drawing and in the pgfplots source alike."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
from itertools import combinations

import pytest

import derive
from derive import DeriveError, RunError
from derive.notation.words import speaking


@pytest.fixture(scope="module")
def run() -> derive.Run:
    return derive.load_run("examples/lecture.toml")


@pytest.fixture(scope="module")
def figures(run):
    third = derive.table(derive.tanh, entries=16, on=(-4, 4), bits=8)
    return [
        run.plot(), run.plot("c", "g"), run.plot(kind="errors"), *(c.plot() for c in run.certificates),
        derive.approximate(derive.tanh, derive.identity, on=("-0.25", "0.25")).plot("0.1", "0.3"),
        derive.minimax(derive.tanh, 3, on=(-1, 1)).approximation.plot(),
        derive.approximate(derive.tanh, third, on=(-4, 4)).plot(),
        derive.load_run("examples/recurrent.toml").plot("c_1", "c_2", "h_1", "h_2"),
    ]  # fmt: skip


def _coordinates(tex: str) -> list[list[tuple[float, float]]]:
    """The coordinates of every curve and set of dots of the source."""
    found = re.findall(r"addplot.*coordinates \{(.*?)\};", tex)
    return [[(float(a), float(b)) for a, b in re.findall(r"\(([^,]+),([^)]+)\)", text)] for text in found]


def test_values_over_time_are_those_of_the_run(run):
    c, g = _coordinates(run.plot("c", "g").tex)[-2:]
    steps = run.steps()
    assert c == [(t, pytest.approx(float(steps.value(t, "c")), abs=1e-7)) for t in range(6)]
    assert g == [(t, pytest.approx(float(steps.value(t, "g")), abs=1e-7)) for t in range(1, 6)]


def test_errors_over_time_are_those_of_the_propagation(run):
    drawn = _coordinates(run.plot("h", kind="errors").tex)[-1]
    exact = [abs(float(d.delta)) for d in run.propagate().differences["h", 1]]
    assert drawn == [(t, pytest.approx(size, rel=1e-6)) for t, size in enumerate(exact, 1) if size]


def test_the_error_of_a_claim_its_arguments_and_its_violations(run):
    certificate = run.certificates[0]  # tanh(x) ~ x on [-1/4, 1/4]
    *_, curve, dots, ringed = _coordinates(certificate.plot().tex)
    for x, y in (*curve, *dots, *ringed):
        assert y == pytest.approx(x - math.tanh(x), abs=1e-8)
    assert [x for x, _ in dots] == [pytest.approx(float(o.argument), abs=1e-7) for o in certificate.obligations]
    assert ringed
    assert all(abs(x) > 0.25 for x, _ in ringed)
    assert len(ringed) == len(certificate.violated)


def test_dots_and_curves_of_the_drawing_are_on_the_scale_of_its_ticks(run):
    """Two ticks say what a place is; the dots of the drawing, read with them, are those of the source."""
    d = run.certificates[0].plot()
    labels = {t.label.text.replace("−", "-"): t for t in d.texts if re.fullmatch(r"[−\d.]+", t.label.text)}
    x0, x1, y0, y1 = labels["0.0"].x, labels["0.1"].x, labels["0"].y, labels["5"].y  # y in thousandths
    read = [(0.1 * (p.x - x0) / (x1 - x0), 0.005 * (p.y + 2.7 - y0) / (y1 - y0)) for p in d.dots if p.style == "dot"]
    assert read == [(pytest.approx(a, abs=1e-6), pytest.approx(b, abs=1e-6)) for a, b in _coordinates(d.tex)[-2]]


def test_no_label_covers_another_and_curves_differ_without_colour(figures):
    for d in figures:
        for a, b in combinations(d.texts, 2):
            (l0, t0, r0, b0), (l1, t1, r1, b1) = a.box, b.box
            assert min(r0, r1) - max(l0, l1) < 0.5 or min(b0, b1) - max(t0, t1) < 0.5, (d, a, b)
        assert all(t.box[0] >= -1 and t.box[2] <= d.width + 1 for t in d.texts), d
        looks = [
            m for m in re.findall(r"addplot\[(black[^]]*)\]", d.tex) if "line width" not in m and "densely" not in m
        ]
        assert len(looks) == len(set(looks)), d
        assert set(re.findall(r'(?:fill|stroke)="([^"]+)"', d.svg)) <= {"none", "currentColor"}


def test_what_cannot_be_drawn_is_said(run):
    with pytest.raises(RunError, match="kind is 'gates', expected 'values', 'errors' or 'certified'"):
        run.plot(kind="gates")
    weights = {"weight_ih": [["1e400"]], "weight_hh": [[0]], "bias_ih": [0], "bias_hh": [0]}
    with pytest.raises(DeriveError, match=r"a number is beyond 10\^308"):
        derive.Run("relu_rnn", weights, [[1]]).plot()
    with pytest.raises(RunError, match="unknown quantity of lstm 'q'"):
        run.plot("q")
    with pytest.raises(RunError, match="claims no approximations"):
        derive.load_run("examples/recurrent.toml").plot(kind="errors")
    with pytest.raises(DeriveError, match="width is 80, which has no room for the axes; give 1"):
        run.plot(width=80)
    with pytest.raises(DeriveError, match="'far'"):
        derive.approximate(derive.tanh, derive.identity, on=(-1, 1)).plot("far")


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="pdflatex is not installed")
def test_pgfplots_sets_them_within_the_column(figures, tmp_path):
    head = (
        "\\documentclass{article}\\usepackage{amsmath,amssymb,pgfplots}\\pgfplotsset{compat=1.17}"
        "\\textwidth=256pt\\begin{document}"
    )
    body = "\n".join(f"\\noindent {d.tex}\\par" for d in figures)
    (tmp_path / "all.tex").write_text(f"{head}\n{body}\n\\end{{document}}\n")
    command = ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "all.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-1500:]
    assert "Overfull" not in done.stdout


def test_a_long_error_has_the_word_of_the_language():
    """A formula that is too long for the axis gives way to a word, in the language that the figure is drawn in."""
    found = derive.minimax(derive.tanh, 9, on=(-1, 1)).approximation
    assert r"\text{error}" in found.plot().tex
    with speaking("de"):
        assert r"\text{Fehler}" in found.plot().tex
    assert r"\text{error}" in found.plot().tex
