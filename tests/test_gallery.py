"""The gallery: a page for every cell, with all that it promises; links and search work from files."""

from __future__ import annotations

import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import derive
from derive.commands.cli import main
from derive.gallery import gallery_files

HTML, MATH, SVG = (
    "{http://www.w3.org/1999/xhtml}",
    "{http://www.w3.org/1998/Math/MathML}",
    "{http://www.w3.org/2000/svg}",
)
GALLERY = Path("generated/gallery")


@pytest.fixture(scope="module")
def pages() -> dict[str, ET.Element]:
    """The committed pages, which ``make check`` holds against what is derived."""
    return {path.name: ET.parse(path).getroot() for path in GALLERY.glob("*.html")}


def _words(element: ET.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def test_there_is_a_page_for_every_cell_and_the_list_leads_to_each(pages):
    assert set(pages) == {"index.html", *(f"{name}.html" for name in derive.catalogue)}
    listed = [a.get("href") for a in pages["index.html"].iter(f"{HTML}a")]
    assert listed == [f"{name}.html" for name in derive.catalogue]


def test_every_link_leads_to_a_file_and_nothing_is_fetched(pages):
    for name, page in pages.items():
        for element in page.iter():
            assert not element.get("src"), name
            target = element.get("href")
            assert target is None or (GALLERY / target).is_file(), (name, target)
        assert not any(e.tag == f"{HTML}link" for e in page.iter()), name


def test_a_page_has_every_equation_the_gradient_the_diagram_and_the_source(pages):
    for name, cell in derive.catalogue.items():
        page = pages[f"{name}.html"]
        tables = [t for t in page.iter(f"{HTML}table") if t.get("class") == "steps"]
        rows = [len(list(t.iter(f"{HTML}tr"))) for t in tables]
        adjoint = cell.adjoint()
        assert rows == [len(cell.equations), len(adjoint.equations), len(adjoint.parameter_gradients)], name
        assert all(len(list(r.iter(f"{MATH}math"))) == 2 for t in tables for r in t.iter(f"{HTML}tr")), name
        (drawn,) = page.iter(f"{SVG}svg")
        labels = {_words(t) for t in drawn.iter(f"{SVG}text")}
        assert "xt" in labels, name
        text = _words(page)
        assert " ".join(cell.source.split()) in text, name
        assert " ".join(cell.note.split()) in text, name
        assert cell.title in text, name


def test_committed_pages_are_those_that_are_made_now():
    """Of a few cells, their neighbours apart; of all that is ``make check``."""
    for name, text in gallery_files([derive.lstm, derive.catalogue["slstm"]]).items():
        if name != "index.html":
            now, then = (re.sub(r"<nav.*?</nav>", "", page) for page in (text, (GALLERY / name).read_text()))
            assert now == then


def test_cells_of_ones_own_have_pages_too(tmp_path):
    assert main(["gallery", "examples/my_cell.py:rotor", "gru", "-o", str(tmp_path)]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["gru.html", "index.html", "rotor.html"]
    assert "rotor.py" not in (tmp_path / "rotor.html").read_text()  # where it may be is not known


@pytest.mark.skipif(not shutil.which("chromium"), reason="chromium is not installed")
def test_the_search_finds_what_the_catalogue_finds(pages):
    page = (GALLERY / "index.html").resolve().as_uri()
    for words in ("KOCISKY", "jozefowicz mut"):
        command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", f"{page}#{words}"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        shown = re.findall(r'<tr data-text="[^"]*"><th scope="row"><a href="(\w+)\.html"', done.stdout)
        hidden = re.findall(r'<tr data-text="[^"]*" hidden="">', done.stdout)
        assert shown == [c.name for c in derive.catalogue.search(words)], words
        assert len(shown) + len(hidden) == len(derive.catalogue)
