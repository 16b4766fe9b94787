"""Documents on every page that has a name: nothing too wide or too high, no type too small, no line out of place."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from runs import random_run, trained_run
from sympy import Rational

from derive.approximation.claim import Claim
from derive.document.approximations import derivations
from derive.document.grid import _parts, sentence_width
from derive.document.layout import DisplayLine, displays
from derive.document.model import Chain, Chains, Table, said
from derive.document.tables import files_of, sections
from derive.document.text import tex_sentence
from derive.document.width import width
from derive.errors import RunError
from derive.notation.page import ARTICLE, LAYOUTS, Page, page_named, page_of
from derive.run.data import Run
from derive.run.run_file import load_run

ROOT = Path(__file__).resolve().parents[2]
#: A sample of what `benchmarks/pages.py` compiles whole.
SAMPLE = {"lstm": 2, "slstm": 1, "layer_norm_lstm": 1}
SLIDES = {"beamer43": {"lstm": 2}, "beamer169": {"slstm": 1}}

needs_tex = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex here")


@cache
def run_of(name: str, units: int) -> Run:
    return trained_run(name, units=units, steps=2)


def document(page: Page, cells: dict[str, int], folder: Path) -> str:
    """What TeX says of one document of all fragments of these cells."""
    bodies = []
    for name, units in cells.items():
        files = files_of(run_of(name, units), page)
        head, _, body = files.pop("preview.tex").partition(r"\begin{document}")
        for file, text in files.items():
            if "/" not in file:
                (folder / f"{name}-{file}").write_text(text)
        bodies.append(re.sub(r"\\input\{", rf"\\input{{{name}-", body.partition(r"\end{document}")[0]))
    (folder / "all.tex").write_text("\n".join([head, r"\begin{document}", *bodies, r"\end{document}", ""]))
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace")
    assert done.returncode == 0, done.stdout[-2000:]
    return done.stdout


@needs_tex
@pytest.mark.parametrize("name", LAYOUTS)
def test_nothing_is_larger_than_the_page_or_too_small_to_read(name: str, tmp_path: Path) -> None:
    said = document(LAYOUTS[name], SLIDES.get(name, SAMPLE), tmp_path)
    too_large = [float(pt) for pt in re.findall(r"Overfull \\[hv]box \(([\d.]+)pt", said)]
    assert not [pt for pt in too_large if pt > 1.0]
    if shutil.which("pdffonts"):
        fonts = subprocess.run(["pdffonts", "all.pdf"], cwd=tmp_path, capture_output=True, text=True).stdout
        sizes = [int(size) for size in re.findall(r"\+\D+?(\d+)-?\w* ", fonts)]
        assert sizes
        assert min(sizes) >= 6, fonts


@needs_tex
@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext here")
def test_no_column_begins_within_a_formula(tmp_path: Path) -> None:
    document(LAYOUTS["ieee"], SAMPLE, tmp_path)
    pages = subprocess.run(
        ["pdftotext", "-layout", "-x", "0", "-y", "0", "-W", "306", "-H", "792", "all.pdf", "-"],
        cwd=tmp_path, capture_output=True, text=True,
    ).stdout.split("\f")  # fmt: skip
    firsts = [page.split()[0] for page in pages if page.split()]
    assert len(firsts) > 10
    assert not [first for first in firsts if first[0] in "=≈+·"]


@needs_tex
@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext here")
def test_the_numbers_on_paper_are_those_of_the_record(tmp_path: Path) -> None:
    """The value of every step stands in the derivation, as steps.json has it and in its order, each after its sign."""
    run = run_of("lstm", 2)
    files = files_of(run)
    head = files["preview.tex"].partition(r"\begin{document}")[0]
    (tmp_path / "all.tex").write_text(rf"{head}\begin{{document}}{files['derivation.tex']}\end{{document}}")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    read = subprocess.run(["pdftotext", "-raw", "all.pdf", "-"], cwd=tmp_path, capture_output=True, text=True).stdout
    text, position = re.sub(r"\s", "", read.replace("−", "-")), 0
    steps = json.loads(files["steps.json"])["steps"]
    for step in steps:
        value = step["relation"] + step["rounded"]
        assert value in text[position:], (step["t"], step["quantity"], step["unit"])
        position = text.index(value, position) + len(value)
    assert len(steps) == 2 * 6 * 2


@needs_tex
def test_tables_in_floats_and_over_pages_have_captions_labels_and_room(tmp_path: Path) -> None:
    """A paper that refers to every table: each label is there once, each number is right, no float is too high."""
    run = replace(run_of("lstm", 2), label="paper")
    kinds = {"float": "article", "longtable": "book"}
    for kind, layout in kinds.items():
        files = files_of(run, LAYOUTS[layout], kind)
        labels = [label for text in files.values() for label in re.findall(r"\\label\{([^}]*)\}", text)]
        names = [b.name for section in sections(run) for b in section.blocks if isinstance(b, Table)]
        assert labels == [f"tab:paper-{name}" for name in names]
        head, _, body = files.pop("preview.tex").partition(r"\end{document}")
        assert r"\captionof" not in head
        for file, text in files.items():
            (tmp_path / file).write_text(text)
        refers = " ".join(rf"\typeout{{LABEL \ref{{{label}}}}}" for label in labels)
        (tmp_path / "all.tex").write_text(rf"{head} {refers} \end{{document}}{body}")
        command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
        for _ in range(2):
            done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace")
        assert done.returncode == 0, done.stdout[-2000:]
        assert not re.search(r"Float too large|multiply defined|undefined", done.stdout)
        assert not [pt for pt in re.findall(r"Overfull \\[hv]box \(([\d.]+)pt", done.stdout) if float(pt) > 1.0]
        aux = (tmp_path / "all.aux").read_text()
        numbers = [re.search(rf"newlabel{{{label}}}{{{{([^}}]*)}}", aux) for label in labels]
        assert [n[1] for n in numbers if n] == [str(k) for k in range(1, len(labels) + 1)]


def test_a_page_that_cannot_break_a_table_says_what_can() -> None:
    for layout in ("ieee", "beamer43"):
        with pytest.raises(RunError, match=r"longtable.*neither on slides nor in two columns; choose 'float'"):
            files_of(run_of("lstm", 2), LAYOUTS[layout], "longtable")


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("tables", "longtabel", "unknown tables 'longtabel'; did you mean 'longtable'"),
        ("tables", 3, "tables is 3, expected 'tabular' or 'float' or 'longtable'"),
        ("label", r"a}\input{b", "label is 'a}"),
        ("label", 3, "label is 3, expected letters"),
    ],
)
def test_unknown_tables_and_labels_are_refused(key: str, value: object, said: str) -> None:
    with pytest.raises(RunError, match=re.escape(said)):
        replace(run_of("lstm", 2), **{key: value})


def test_decimal_points_of_a_column_stand_below_each_other() -> None:
    """Each number is in two columns, that of what precedes the point, flush right, and that of the rest, flush left."""
    values = files_of(load_run(ROOT / "examples" / "lecture.toml"))["values.tex"]
    assert r"\begin{tabular}{@{}lr@{}lr@{}lr@{}lr@{}lr@{}l@{}}" in values
    rows = [line.removesuffix(r" \\").split(" & ") for line in values.splitlines() if line.startswith("$")]
    assert all(len(row) == 11 for row in rows[1:])
    assert all("." not in cell for row in rows[1:] for cell in row[1::2])
    assert all(not cell.strip() or cell.startswith("$.") for row in rows[1:] for cell in row[2::2])


def test_a_formula_that_no_page_holds_is_taken_up_again_with_its_left_side() -> None:
    sum_of_many = " + ".join(f"a_{{{k}}}" for k in range(200))
    chain = Chain("c_{1}", (("=", "a"), ("=", sum_of_many), (r"\approx", "0.5")))
    [whole] = displays(Chains((chain,)), Page(300.0, 2000.0))
    parts = displays(Chains((chain,)), Page(300.0, 150.0, document="beamer"))
    assert len(parts) > 2
    assert all(part[0].latex.startswith("c_{1} &=") for part in parts)
    assert sum(line.latex.count("a_") for part in parts for line in part) == 200
    assert [line.is_continued for line in whole] == [True] * (len(whole) - 1) + [False]
    assert DisplayLine(r"a &= \frac{1}{2}").height > DisplayLine("a &= 1").height


def test_what_is_composed_knows_no_page() -> None:
    """The tables of a document are the same for every page; those of the fragments are not."""
    run = load_run(ROOT / "examples" / "lecture.toml")
    names = [block.name for section in sections(run) for block in section.blocks if isinstance(block, Table)]
    claimed = ["arguments", "propagation", "certified", "verdicts"]
    assert names == [
        "weights", "inputs", "values", "hand", "cotangents", "gradients", "update", *claimed, "check"
    ]  # fmt: skip
    narrow, wide = (files_of(run, Page(width, 500.0))["values.tex"] for width in (120.0, 500.0))
    assert narrow.count(r"\begin{tabular}") > wide.count(r"\begin{tabular}") == 1


@pytest.mark.parametrize(
    ("layout", "said"),
    [
        ("iee", "unknown layout 'iee'; did you mean 'ieee'"),
        ({"width": 300, "hight": 5}, "layout: unknown key 'hight'; did you mean 'height'"),
        ({"height": 300}, "layout has no width"),
        ({"width": 20}, "layout.width is 20, expected a length from 100 to 2000 pt"),
        ({"width": "wide"}, "layout.width is 'wide', expected a length"),
        ({"width": 300, "size": True}, "layout.size is True, expected a length from 8 to 20 pt"),
        (3, "layout is 3, expected a name such as 'ieee'"),
    ],
)
def test_an_unknown_page_is_refused(layout: object, said: str) -> None:
    with pytest.raises(RunError, match=re.escape(said)):
        page_of(layout)
    assert page_of("article") is ARTICLE
    assert page_of({"width": 300}) == page_named("300") == page_named("300x550x10") == Page(300.0, 550.0, 10.0)
    with pytest.raises(RunError, match=r"unknown layout 'wide'.*; or give WIDTHxHEIGHT in pt, as in 300x500"):
        page_named("wide")


# ---------------------------------------------------------------------- tables and their notes, claims in a column


@cache
def german() -> Run:
    """Two units, a loss and a claim that does not hold, whose sentences are long in German."""
    claims = Claim.parse("tanh(x) ~ x", [Rational(-1, 4), Rational(1, 4)])
    return replace(trained_run("gru", units=2, steps=2), language="de", claims=claims)


@pytest.mark.parametrize("tables", ["tabular", "float"])
def test_no_slide_has_the_notes_of_a_table_alone(tables: str) -> None:
    files = files_of(german().laid_out(tables=tables), LAYOUTS["beamer43"])
    for name in ("hand.tex", "approximation.tex", "certified.tex", "values.tex"):
        frames = files[name].split(r"\begin{frame}")[1:]
        noted = [frame for frame in frames if r"\footnotesize\raggedright" in frame]
        assert noted, name
        assert all(r"\begin{tabular}" in frame for frame in noted), name


def test_the_derivation_of_an_error_fits_a_column() -> None:
    page = LAYOUTS["ieee"]
    for block in derivations(german()):
        left = max(width(chain.left) for chain in block.chains)
        for lines in displays(block, page):
            rights = [line.latex.partition("&")[2] for line in lines]
            assert all(r") / \left(" not in right for right in rights)
            assert left + max(map(width, rights)) <= page.line


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_formula_among_the_words_of_a_note_is_one(language: str) -> None:
    assert r"$\mathbf{1}^{\top}$ sum" in tex_sentence(said(language, "unit sum"))


def test_a_group_is_cut_evenly_and_bold_words_are_as_wide_as_words() -> None:
    assert [len(part) for part in _parts([[["x", "1"]]] * 7, 5)] == [4, 3]
    assert sentence_width(r"\textbf{violated}") < 1.3 * sentence_width("violated")


def test_no_note_stands_on_a_slide_without_what_it_is_about() -> None:
    run = trained_run("lstm", units=4, steps=1)
    first = files_of(run, LAYOUTS["beamer43"])["adjoint.tex"].split(r"\begin{frame}")[1]
    assert r"\begin{flalign*}" in first or r"\begin{align*}" in first


def test_floats_stay_in_their_sections() -> None:
    parts = files_of(german().laid_out(tables="float"), LAYOUTS["ieee"])["preview.tex"].split(r"\section*")[1:]
    names = [re.search(r"\\input\{(\w+)\}", part)[1] for part in parts]  # type: ignore[index]
    ends = dict(zip(names, (r"\clearpage" in part for part in parts), strict=True))
    assert [ends[name] for name in ("equations", "weights", "values", "hand")] == [False, True, True, True]


def test_markdown_underlines_what_its_caption_calls_underlined_and_has_one_decimal_mark() -> None:
    text = files_of(german())["steps.md"]
    arguments = text.partition("unterstrichen")[2].partition("Behauptet")[0]
    assert re.findall(r"<ins>−?\d+,\d+</ins>", arguments)
    assert "**" not in arguments
    assert re.search(r"wächst \d+,\d+ mal", text)
    assert not re.search(r"\d\.\d", text.partition("## Näherungen")[2])


def test_the_first_table_with_components_says_how_they_are_written() -> None:
    inputs = files_of(load_run(ROOT / "examples" / "lecture.toml"))["weights.tex"].partition("x_{t}^{(1)}")[2]
    assert "In $x_{3}^{(2)}$ the index below is the time step" in inputs


@pytest.mark.parametrize("layout", ["ieee", "beamer43"])
def test_what_is_worked_by_hand_breaks_at_no_bracket_and_leaves_no_row_alone(layout: str) -> None:
    """Every line of a cell closes what it opens, and the parts of a table that is cut are of nearly equal length."""
    text = files_of(random_run("gru"), LAYOUTS[layout])["hand.tex"]
    parts = re.findall(r"\\midrule\n(.*?)\\bottomrule", text, re.DOTALL)
    cells = [cell for part in parts for line in part.splitlines() for cell in line.split("&")]
    assert len(cells) > 60
    assert all(cell.count("(") == cell.count(")") for cell in cells)
    assert not any(re.match(r"\s*\$\{\}\\cdot", cell) for cell in cells)
    rows = [part.count("approx") for part in parts]
    assert max(rows) - min(rows) <= 9  # three rows of three columns
    assert len(parts) == {"ieee": 1, "beamer43": 3}[layout]


def test_slides_of_a_run_with_several_units_show_the_first_and_say_so() -> None:
    run = random_run("lstm", units=4, steps=3)
    slides, paper = files_of(run, LAYOUTS["beamer43"]), files_of(run)
    said = "shown are the units 1 of 4. The file steps.json has everything."
    assert said in slides["values.tex"]
    assert said not in paper["values.tex"]
    assert slides["derivation.tex"].count(r"\approx") < paper["derivation.tex"].count(r"\approx") / 3
    for name in ("steps.html", "steps.json", "values.csv"):  # what is no slide has all of them
        assert slides[name] == paper[name]
