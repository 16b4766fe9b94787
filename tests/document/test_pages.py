"""Pages in a browser: no width scrolls sideways, no id is there twice, and axe-core finds nothing, light and dark."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from browser import BROWSER, axe, measured
from runs import random_run, trained_run

import derive
from derive.cells import catalogue
from derive.document.tables import files_of
from derive.gallery import gallery_files
from derive.run.data import Run
from derive.run.run_file import load_run

LECTURE = load_run("examples/lecture.toml")
XHTML, SVG = "{http://www.w3.org/1999/xhtml}", "{http://www.w3.org/2000/svg}"
in_browser = pytest.mark.skipif(BROWSER is None, reason="no chromium here")


def whole() -> Run:
    """A small run with every section that a page may have."""
    run = random_run("rnn", units=2, inputs=1, steps=1)
    loss = {"formula": "(h - y)^2", "y": [[0, 1]]}
    claims = [{"approximation": "tanh(x) ~ x - x^3/3", "interval": [-1, 1]}]
    hand = {"h_1": ["tanh(0.1)=0.1"]}
    return Run(run.cell, run.weights, run.x, run.initial, loss=loss, lr="0.1", claims=claims, hand=hand)


@pytest.fixture(scope="module")
def small() -> dict[str, str]:
    return {"run": files_of(whole())["steps.html"]} | gallery_files([derive.rnn])


@in_browser
def test_no_screen_is_too_narrow(tmp_path: Path) -> None:
    pages = {
        "wide": files_of(trained_run("layer_norm_lstm", steps=1))["steps.html"],
        "long": files_of(LECTURE)["steps.html"],
        "cell": gallery_files([catalogue["layer_norm_lstm"]])["layer_norm_lstm.html"],
    }
    found = measured(pages, tmp_path)
    assert len(found) == 4 * 3
    assert not [(m["page"], m["width"], m["over"]) for m in found if m["over"]]
    assert not [m["repeated"] for m in found if m["repeated"]]


@in_browser
@pytest.mark.skipif(axe() is None, reason="no package here brings axe-core")
def test_axe_core_finds_nothing(small: dict[str, str], tmp_path: Path) -> None:
    broken = small["rnn.html"].replace('<html lang="en"', "<html")
    found = {(m["page"], m["scheme"]): m for m in measured(small | {"broken": broken}, tmp_path, schemes=True)}
    seen: list[Any] = [found.pop(("broken", scheme))["violations"] for scheme in ("light", "dark")]
    assert all(any(text.startswith("html-has-lang") for text in violations) for violations in seen)
    assert [m["dark"] for m in found.values()] == [False, True] * 3
    assert not {place: m["violations"] for place, m in found.items() if m["violations"]}


def test_every_table_has_its_caption_and_every_diagram_its_numbers(small: dict[str, str]) -> None:
    body = ET.fromstring(small["run"].removeprefix("<!DOCTYPE html>"))
    tables = [t for t in body.iter(f"{XHTML}table") if t.find(f"{XHTML}thead") is not None]
    assert len(tables) == 12
    assert all("".join(t.find(f"{XHTML}caption").itertext()).strip() for t in tables)  # type: ignore[union-attr]
    page = ET.fromstring(files_of(LECTURE)["steps.html"].removeprefix("<!DOCTYPE html>"))
    figures = [f for f in page.iter(f"{XHTML}figure") if f.get("id")]
    assert [f.get("id") for f in figures] == [f"diagram-{t}" for t in range(1, 6)]
    for t, figure in enumerate(figures, 1):
        [svg] = figure.iter(f"{SVG}svg")
        title, described = (svg.findtext(f"{SVG}{tag}") or "" for tag in ("title", "desc"))
        assert title == f"The lecture's LSTM, t = {t}"
        values = {q: LECTURE.steps().value(t, q).shown(4).unicode() for q in "ifgoch"}
        assert dict(re.split(" [=≈] ", part) for part in described.split("; ")) == values
