"""The slides of a run: nothing moves while they are uncovered, nothing is too large, and the numbers are the run's."""

from __future__ import annotations

import re
import shutil
import subprocess
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from runs import trained_run

import derive
from derive.document.frames import MOST, Slides, chosen, packed
from derive.document.tables import files_of
from derive.figures.parts import part, whole
from derive.notation.page import LAYOUTS
from derive.run.data import Run
from derive.run.run_file import load_run

ROOT = Path(__file__).resolve().parents[2]
PAGE = LAYOUTS["beamer43"]
needs_tex = pytest.mark.skipif(
    shutil.which("pdflatex") is None or shutil.which("pdftotext") is None, reason="no pdflatex or pdftotext here"
)


def slides_of(run: Run) -> dict[str, str]:
    files = files_of(run, PAGE)
    return {name.removeprefix("frames/"): text for name, text in files.items() if name.startswith("frames/")}


@pytest.fixture(scope="module")
def deck(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Slides of a step of several cells, and the same as a handout; and what TeX says of the slides."""
    folder = tmp_path_factory.mktemp("slides")
    runs = {"lecture": load_run(ROOT / "examples" / "lecture.toml"), "lstm": trained_run("lstm", steps=2, units=2),
            "slstm": trained_run("slstm", steps=2, units=1), "gru": trained_run("gru", steps=2, units=2),
            "ttt_linear": trained_run("ttt_linear", steps=1, units=1)}  # fmt: skip
    shown = []
    for name, run in runs.items():
        files = slides_of(run)
        (folder / f"{name}.tex").write_text(files[f"step_{min(2, len(run.x))}.tex"])
        shown.append(rf"\input{{{name}}}")
    head = files["slides.tex"].partition(r"\begin{document}")[0]
    (folder / "slides.tex").write_text("\n".join([head, r"\begin{document}", *shown, r"\end{document}", ""]))
    (folder / "handout.tex").write_text(files["handout.tex"])
    for name in ("handout", "slides"):
        command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", name]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace")
        assert done.returncode == 0, done.stdout[-2000:]
    return folder, done.stdout


def words(pdf: Path) -> list[list[tuple[str, ...]]]:
    """The words of each page with their places."""
    found = subprocess.run(["pdftotext", "-bbox", pdf, "-"], capture_output=True, text=True, check=True).stdout
    word = re.compile(r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">(.*?)</word>')
    return [word.findall(page) for page in found.split("</page>")[:-1]]


@needs_tex
def test_nothing_is_too_large_or_too_small(deck: tuple[Path, str]) -> None:
    folder, said = deck
    assert not [pt for pt in re.findall(r"Overfull \\[hv]box \(([\d.]+)pt", said) if float(pt) > 1.0]
    if shutil.which("pdffonts"):
        fonts = subprocess.run(["pdffonts", folder / "slides.pdf"], capture_output=True, text=True).stdout
        sizes = [int(size) for size in re.findall(r"\+\D+?(\d+)-?\w* ", fonts)]
        assert sizes
        assert min(sizes) >= 6, fonts


@needs_tex
def test_nothing_moves_while_a_slide_is_uncovered(deck: tuple[Path, str]) -> None:
    """Every word of a page stands in the same place on the next page of its frame, which has more of them."""
    pages = words(deck[0] / "slides.pdf")
    frames = [tuple(w[4] for w in page if float(w[3]) < 25) for page in pages]  # title and number
    together = [(a, b) for (f, a), (g, b) in pairwise(zip(frames, pages, strict=True)) if f == g]
    assert len(together) >= 10
    for before, after in together:
        assert not set(before) - set(after)
        assert len(after) > len(before)


@needs_tex
def test_a_handout_has_each_frame_whole_on_a_page(deck: tuple[Path, str]) -> None:
    slides, handout = words(deck[0] / "slides.pdf"), words(deck[0] / "handout.pdf")
    last = [page for page, following in pairwise([*slides, []]) if not set(page) <= set(following)]
    assert [set(page) for page in handout] == [set(page) for page in last]


def test_every_equation_of_a_step_is_uncovered_once_with_its_value() -> None:
    run = trained_run("gru", steps=2, units=1)
    files = slides_of(run)
    assert list(files) == ["step_1.tex", "step_2.tex", "slides.tex", "handout.tex"]
    for t in (1, 2):
        chains = re.findall(r"\\uncover<\d->\{\$\\begin\{aligned\}(.*?)\\end\{aligned\}", files[f"step_{t}.tex"], re.S)
        lefts = [re.findall(r"\\llap\{\$(.*?)\$\}", chain) for chain in chains]
        assert lefts == [[f"{q}_{{{t}}}"] for q in ("r", "z", "n", "h")]
        for chain, step in zip(chains, run.steps().at(t), strict=True):
            assert chain.split()[-1].strip("{}") == str(step.value.shown(4))
    shown = re.findall(r"^\$h_\{t\}\$ & (.*) \\\\$", files["step_2.tex"], re.M)
    values = [str(run.steps().value(t, "h").shown(4)) for t in (1, 2)]
    assert re.sub(r"[${}]|\\uncover<\d->", "", shown[-1]).split(" & ") == ["0", *values]


@pytest.mark.parametrize("name", ["lstm", "slstm", "layer_norm_lstm", "nas"])
def test_the_equation_that_is_spoken_of_is_marked(name: str) -> None:
    """In the whole diagram all that an equation computes, in a part its box; and each shape belongs to one equation."""
    cell = derive.catalogue[name]
    found = whole(cell, 2000.0, cell.notation)
    assert found is not None
    assert set(found.shapes) <= set(cell)
    marked = [shape.key for shapes in found.shapes.values() for shape in shapes]
    assert sorted(marked) == sorted(s.key for s in found.drawing.shapes if s.style != "bar")
    some = list(cell)[1:4]
    of_some = part(cell, some, 200.0, cell.notation)
    assert of_some is not None
    assert set(of_some.shapes) == set(some)
    assert [len(shapes) for shapes in of_some.shapes.values()] == [1, 1, 1]


def test_the_marks_of_an_lstm() -> None:
    found = whole(derive.lstm, 2000.0, derive.lstm.notation)
    assert found is not None
    assert {q: [(s.round, s.style) for s in shapes] for q, shapes in found.shapes.items()} == {
        **{gate: [(False, "shaded")] for gate in "ifgo"},
        "c": [(True, "plain")] * 3,
        "h": [(False, "plain"), (True, "plain")],
    }


@pytest.mark.parametrize("heights", [[40, 40, 40, 40, 40, 40], [90, 20, 20, 20, 90], [10] * 9, [200, 10]])
def test_slides_are_few_and_evenly_full(heights: list[float]) -> None:
    room = 150.0
    n = len(heights)

    def fits(a: int, b: int) -> bool:
        return sum(heights[a:b]) <= room

    ways = []
    for count in range(n):
        for inner in combinations(range(1, n), count):
            cuts = list(pairwise([0, *inner, n]))
            if all(b - a <= MOST and (b - a == 1 or fits(a, b)) for a, b in cuts):
                ways.append((len(cuts), max(sum(heights[a:b]) for a, b in cuts)))
    found = packed(heights, fits)
    assert [a for a, _ in found] == [0, *(b for _, b in found[:-1])]
    assert found[-1][1] == n
    assert (len(found), max(sum(heights[a:b]) for a, b in found)) == min(ways)


def test_where_a_slide_has_no_room_forms_are_left_out_and_signs_still_true() -> None:
    """A matrix of four columns is wider than what is beside the diagram: its line goes, and what it rounds is said."""
    run = trained_run("lstm", steps=2, units=4)
    found = chosen(run, PAGE)
    assert found.cut
    assert "% Forms with numbers for which" in slides_of(run)["step_1.tex"]
    [forget] = [p for slide in found.slides[2] for p in slide if p.name == "f"]
    assert [line.latex.split("&")[1].split()[0] for line in forget.lines] == ["=", r"\approx"]
    assert isinstance(found, Slides)
