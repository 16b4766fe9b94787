"""How names are written: profiles, bold, names renamed one by one; in every part of a document, and nothing else."""

from __future__ import annotations

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest
from runs import random_run, trained_run

import derive
from derive.document.tables import files_of
from derive.errors import DeriveError, RunError
from derive.figures.files import figure_files
from derive.notation.mathml import as_text, mathml
from derive.notation.styles import PROFILES, Style
from derive.run.data import Run

INPUT_GATE = {
    "pytorch": r"i_{t} &= \sigma(W_{ii} x_{t} + b_{ii} + W_{hi} h_{t-1} + b_{hi})",
    "one_bias": r"i_{t} &= \sigma(W_{xi} x_{t} + W_{hi} h_{t-1} + b_{i})",
    "goodfellow": r"\mathbf{i}^{(t)} &= \sigma(\mathbf{U}_{i} \mathbf{x}^{(t)} + \mathbf{W}_{i} \mathbf{h}^{(t-1)}"
    r" + \mathbf{b}_{i})",
    "concatenated": r"i_{t} &= \sigma(W_{i} [h_{t-1}, x_{t}] + b_{i})",
}


@cache
def run_in(notation: str) -> Run:
    return trained_run("lstm", steps=2, notation=notation)


@pytest.mark.parametrize("notation", PROFILES)
def test_an_input_gate(notation: str) -> None:
    assert derive.lstm.latex(notation).splitlines()[1] == INPUT_GATE[notation] + r" \\"


@pytest.mark.parametrize("notation", PROFILES)
@pytest.mark.parametrize("name", ["gru", "slstm"])
def test_the_reader_of_papers_finds_the_same_cell(name: str, notation: str) -> None:
    """It knows nothing of the printer."""
    cell = derive.catalogue[name]
    assert derive.compare(derive.from_latex(cell.latex(notation)).cell, cell)


@pytest.mark.parametrize("notation", [n for n in PROFILES if n != "pytorch"])
def test_no_value_is_another(notation: str) -> None:
    """The values and gradients are those of PyTorch's notation; of a bias those of either of its two."""
    plain, other = run_in("pytorch"), run_in(notation)
    steps = [(s.t, s.quantity, s.unit, s.value) for s in plain.steps()]
    for s, (t, quantity, unit, value) in zip(other.steps(), steps, strict=True):
        assert (s.t, s.quantity, s.unit) == (t, quantity, unit)
        assert (s.value - value).rational == 0 or abs(float(s.value.precise(30)) - float(value.precise(30))) < 1e-28
    for one, two in (("W_ii", "W_ii"), ("W_ho", "W_ho"), ("b_f", "b_if"), ("b_f", "b_hf")):
        a, b = other.gradients()[one], plain.gradients()[two]
        flat = zip(*(sum(v, ()) if isinstance(v[0], tuple) else v for v in (a, b)), strict=True)
        assert all(abs(float((p - q).precise(30))) < 1e-28 for p, q in flat)


@pytest.mark.parametrize(
    ("notation", "foreign"),
    [
        ("one_bias", r"W_\{i|b_\{[ixh][ifgo]"),
        ("goodfellow", r"_\{[^{}^]*\bt(-1)?\}|[WU]_\{[ixh][ifgo]|(?<!\{)\b[WU]_\{[^\d}]*\}"),
        ("concatenated", r"W_\{i[ifgo]|b_\{[ixh][ifgo]"),
    ],
)
def test_every_fragment_and_figure_speaks_one_notation(notation: str, foreign: str) -> None:
    run = run_in(notation)
    files = files_of(run) | figure_files(run)
    for name, text in files.items():
        if name.endswith((".tex", ".md")):
            shown = re.sub(r"\\sum_\{t\}|\\textstyle|^%.*$", "", text, flags=re.M)
            assert not re.search(foreign, shown), (name, re.search(foreign, shown))
    assert ("Matrices in blocks" in files["equations.tex"]) == (notation == "concatenated")


def test_names_are_renamed_one_by_one_and_bold_on_demand() -> None:
    names = {"g": "c_tilde", "W_ig": "W_xc"}
    rows = derive.lstm.latex(names=names).splitlines()
    assert rows[3] == r"\tilde{c}_{t} &= \tanh(W_{xc} x_{t} + b_{ig} + W_{hg} h_{t-1} + b_{hg}) \\"
    assert rows[5].endswith(r"+ i_{t} \odot \tilde{c}_{t} \\")
    assert r"\delta \tilde{c}_{t} &=" in derive.lstm.adjoint().latex(names=names)
    assert r"\mathbf{c}_{t} &= \mathbf{f}_{t} \odot \mathbf{c}_{t-1}" in derive.lstm.latex(bold=True)
    assert r"\boldsymbol{\alpha}" in derive.catalogue["mi_rnn"].latex(bold=True)
    assert r"\mathbf" not in derive.lstm.latex("goodfellow", bold=False)
    run = random_run("lstm", units=1, steps=1, names=names, bold=True)
    assert r"$\tilde{\mathbf{c}}_{t} = \tanh(\mathbf{W}_{xc} \mathbf{x}_{t}" in files_of(run)["values.tex"]


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"notation": "godfellow"}, "unknown notation 'godfellow'; did you mean 'goodfellow'"),
        ({"notation": 3}, "notation is 3, expected a name such as 'one_bias'"),
        ({"bold": "yes"}, "bold is 'yes', expected true or false"),
        ({"names": {"q": "s"}}, "names: unknown name 'q'"),
        ({"names": {"c": "s t"}}, "names.c is 's t', expected a name as it is typed in a cell"),
        ({"names": {"c": "h"}}, "names: both h and c would be written h_{t-1}; rename one of them to something else"),
        ({"names": {"W_ii": "W_hi"}}, "names: both W_ii and W_hi would be written W_{hi}; rename one of them"),
        ({"names": {"c": "sigma"}}, "names.c is sigma, which reads as the logistic function; choose another name"),
    ],
)
def test_what_would_be_misread_is_refused(keys: dict[str, object], said: str) -> None:
    with pytest.raises(DeriveError, match=re.escape(said)):
        derive.lstm.latex(**keys)
    with pytest.raises(RunError, match=re.escape(said)):
        random_run("lstm", units=1, steps=1, **keys)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"t": "k", "names": {"c": "k"}}, "names.c is k, which is the letter of the time index"),
        ({"t": "h"}, "names.t is h, which is the name of a quantity, too; choose another letter"),
        ({"t": "y"}, "names.t is y, which is the name of a quantity, too; choose another letter"),
        ({"names": {"c": "y"}}, "names: both c and y would be written y_{t}; rename one of them"),
    ],
)
def test_what_a_run_has_by_that_name_is_told_apart(keys: dict[str, object], said: str) -> None:
    loss = {"formula": "(h - y)^2/2", "y": [0.1]}
    with pytest.raises(RunError, match=re.escape(said)):
        random_run("lstm", units=1, steps=1, loss=loss, **keys)


def test_a_name_that_another_has_by_its_profile_is_refused() -> None:
    """U_i of goodfellow's notation is W_ii: a cell whose own parameter is U_i would have it twice."""
    with pytest.raises(DeriveError, match=r"both W_ii and W_hf would be written \\mathbf\{U\}_\{i\}"):
        derive.lstm.latex("goodfellow", names={"W_hf": "U_i"})


def test_no_two_names_of_a_cell_of_the_catalogue_are_alike_in_any_notation() -> None:
    for name, cell in derive.catalogue.items():
        for notation in PROFILES:
            assert cell.latex(notation).count("&=") == len(cell.equations), name
    assert PROFILES["pytorch"] == Style()


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex here")
def test_tex_sets_all_of_them(tmp_path: Path) -> None:
    """Exponents and transposes of what has its time above, accents over bold letters, Greek ones."""
    shown = []
    for name in ("layer_norm_lstm", "mi_rnn", "slstm"):
        cell = derive.catalogue[name]
        shown += [rf"\[{text}\]" for n in PROFILES for text in (cell.latex(n, bold=True), cell.adjoint().latex(n))]
    body = "\n".join(shown)
    text = rf"\documentclass{{article}}\usepackage{{amsmath}}\begin{{document}}{body}\end{{document}}"
    (tmp_path / "all.tex").write_text(text)
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace")
    assert done.returncode == 0, done.stdout[-1500:]


def test_bold_letters_are_bold_in_browsers() -> None:
    """MathML as browsers have it knows no bold but the letters of Unicode; read aloud they are letters."""
    latex = r"\boldsymbol{\rho} = \mathbf{U} \mathbf{x}"
    assert re.findall("<mi[^>]*>(.)</mi>", str(mathml(latex))) == ["𝛒", "𝐔", "𝐱"]
    assert re.findall("<mi[^>]*>(.)</mi>", str(mathml(r"\mathbf{x} \otimes y"))) == ["𝐱", "y"]  # as people write
    assert as_text(latex) == "ρ=Ux"


def test_what_no_author_has_named_has_one_name_in_text_and_in_print() -> None:
    adjoint = derive.catalogue["fast_grnn"].adjoint()
    assert "p_1 = σ(ζ)" in str(adjoint)
    assert "sigmoid" not in str(adjoint)
    assert r"p_{1} &= \sigma(\zeta)" in adjoint.latex()


def test_brackets_stand_where_they_are_read() -> None:
    """None around a product that is subtracted whole, nor in braces around what a cosine is of."""
    cell = derive.catalogue["lru"]
    names = r"W_{C\,\mathit{re}} s_{\mathit{re}, t} - W_{C\,\mathit{im}} s_{\mathit{im}, t} + W_{D} x_{t}"
    assert cell.latex().endswith(rf"h_{{t}} &= {names}" + "\n" + r"\end{aligned}")
    assert str(cell["h"]).endswith("= W_C_re s_reₜ − W_C_im s_imₜ + W_D xₜ")
    assert r"r \odot \cos(e^{\theta})" in cell.latex()
