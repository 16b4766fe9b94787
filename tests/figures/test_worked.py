"""The numbers in a diagram are those of the run; what is saved is what was drawn."""

from __future__ import annotations

import math
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET

import pytest
from sympy import Add, Eq, Symbol

import derive
from derive import DeriveError, RunError, linear
from derive.figures.drawing import Drawing

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def run() -> derive.Run:
    return derive.load_run("examples/recurrent.toml")


def _under(drawing: Drawing, name: str) -> list[str]:
    """The labels that stand under a name, from its line down."""
    (label,) = (t for t in drawing.texts if t.label.text == name)
    return [t.label.text for t in sorted(drawing.texts, key=lambda t: t.y) if t.x == label.x and 0 < t.y - label.y < 40]


@pytest.mark.parametrize("unit", [1, 2])
def test_the_numbers_under_the_lines_are_those_of_the_tables(run, unit):
    drawing = run.diagram(3, gradients=True, unit=unit, detail="operations")
    steps, gradients, shown = run.steps(), run.gradients(), run.decimals
    for q in ("i", "f", "g", "o", "c", "h"):
        number, cotangent = _under(drawing, f"{q}3({unit})")[:2]
        assert number == steps.value(3, q, unit).unicode(shown)
        assert cotangent == f"δ={gradients.value(3, f'd_{q}', unit).unicode(shown)}"
    for q in ("c", "h"):
        number, passed = _under(drawing, f"{q}2({unit})")[:2]
        assert number == steps.value(2, q, unit).unicode(shown)
        assert passed == f"Δ={gradients.value(2, f'd_{q}_next', unit).unicode(shown)}"


def test_what_has_no_name_has_its_number_too(run):
    """The product f ⊙ c_prev and tanh c, which no table has, from the table's numbers."""
    texts = [t.label.text for t in run.diagram(2, detail="operations").texts]
    values = run.steps()
    c, f, before = (float(values.value(t, q)) for t, q in ((2, "c"), (2, "f"), (1, "c")))
    for number in (f * before, math.tanh(c)):
        assert f"{number:.4f}".replace("-", "−") in texts


def test_a_diagram_with_numbers_covers_nothing(run):
    for detail in ("operations", "equations"):
        d = run.diagram(2, gradients=True, detail=detail)
        for k, a in enumerate(d.texts):
            for b in d.texts[k + 1 :]:
                (l0, t0, r0, b0), (l1, t1, r1, b1) = a.box, b.box
                assert min(r0, r1) - max(l0, l1) < 0.5 or min(b0, b1) - max(t0, t1) < 0.5, (a, b)


def test_what_cannot_be_drawn_is_said(run):
    with pytest.raises(RunError, match="step is 9, expected a time step from 1 to 4"):
        run.diagram(9)
    with pytest.raises(RunError, match="unit is 3, expected a unit from 1 to 2"):
        run.diagram(1, unit=3)
    with pytest.raises(DeriveError, match="detail is 'boxes', expected 'operations' or 'equations'"):
        derive.lstm.diagram(detail="boxes")
    with pytest.raises(DeriveError, match="width is 'wide', expected a number of pt, 60 or more"):
        derive.lstm.diagram(width="wide")
    with pytest.raises(DeriveError, match="width is nan, expected a number of pt"):
        run.diagram(1, width=float("nan"))
    with pytest.raises(DeriveError, match="detail is 'boxes', expected 'operations' or 'equations'"):
        run.diagram(1, detail="boxes")
    names = [Symbol(f"a{k}") for k in range(450)]
    wide = [Eq(a, linear(Symbol("x"), Symbol("h")), evaluate=False) for a in names]
    total = Eq(Symbol("h"), Add(*names, evaluate=False), evaluate=False)
    long = derive.Cell.from_equations("long", [*wide, total], states=["h"])
    with pytest.raises(DeriveError, match="long has more than 400 nodes to draw; draw a part of it as a cell"):
        long.diagram()
    with pytest.raises(DeriveError, match="unknown equation 'q'"):
        derive.lstm.diagram(marked="q")
    with pytest.raises(DeriveError, match=r"ends in '\.jpg', expected \.svg, \.tex, \.png or \.pdf"):
        derive.lstm.diagram().save("lstm.jpg")


def test_the_marked_box_is_darker_and_no_other(run):
    shapes = derive.lstm.diagram(marked="f").shapes
    assert [s.style for s in shapes].count("marked") == 1
    assert [s.style for s in shapes].count("shaded") == 3


def test_svg_is_whole_by_itself(run, tmp_path):
    path = run.diagram(2).save(tmp_path / "step.svg")
    root = ET.parse(path).getroot()
    assert root.tag == f"{SVG}svg"
    assert root.find(f"{SVG}title").text == "Two coupled units, t = 2"
    assert "http" not in path.read_text().replace('xmlns="http://www.w3.org/2000/svg"', "")
    words = ["".join(t.itertext()) for t in root.iter(f"{SVG}text")]
    assert words == [t.label.text for t in run.diagram(2).texts]


def test_pictures_of_pixels_and_pages(tmp_path):
    pytest.importorskip("matplotlib")
    drawing = derive.gru.diagram()
    assert drawing.save(tmp_path / "gru.png").read_bytes().startswith(b"\x89PNG")
    pdf = drawing.save(tmp_path / "gru.pdf").read_bytes()
    assert pdf.startswith(b"%PDF")
    assert pdf == drawing.save(tmp_path / "again.pdf").read_bytes()


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="pdflatex is not installed")
def test_tikz_is_as_wide_in_tex_as_it_says(run, tmp_path):
    """Of every ninth cell, and with numbers: no error, and the width that TeX measures."""
    names = [*list(derive.catalogue)[::9], "layer_norm_lstm_stored"]
    figures = [derive.catalogue[n].diagram() for n in names]
    figures += [run.diagram(2, gradients=True, detail=detail) for detail in ("operations", "equations")]
    body = "\n".join(f"\\setbox0=\\hbox{{{d.tex.strip()}}}\\typeout{{WIDTH \\the\\wd0}}\\box0\\par" for d in figures)
    head = "\\documentclass{article}\\usepackage{amsmath,amssymb,tikz}\\usetikzlibrary{arrows.meta}\\begin{document}"
    (tmp_path / "all.tex").write_text(f"{head}\n{body}\n\\end{{document}}\n")
    command = ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "all.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-1500:]
    measured = [float(w) for w in re.findall(r"WIDTH ([0-9.]+)pt", done.stdout)]
    assert len(measured) == len(figures)
    for width, d in zip(measured, figures, strict=True):
        assert d.width - 12 < width <= d.width, d
