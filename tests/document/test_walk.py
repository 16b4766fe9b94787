"""The page of a run as a reader with a browser has it: walked, marked, changed."""

from __future__ import annotations

import re
import subprocess
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from urllib.parse import urlencode

import pytest
from browser import BROWSER
from runs import random_run

from derive.document.tables import files_of
from derive.run.data import Run
from derive.run.run_file import load_run

PAGE = 469.0  # pt: of the diagrams on a page
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium here")


class Elements(HTMLParser):
    """Every element with its attributes and the text directly in it."""

    def __init__(self, text):
        super().__init__()
        self.found, self.open = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes), []))
        if tag not in ("meta", "input", "link"):
            self.open.append(self.found[-1])

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if self.open:
            self.open[-1][2].append(data)


def opened(path, text, **parameters):
    """The elements of the page after its script has run."""
    path.write_text(text)
    command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom"]
    address = f"{path.as_uri()}#{urlencode(parameters)}"
    done = subprocess.run([*command, address], capture_output=True, text=True, timeout=120)
    assert "walk-marks" in done.stdout
    return Elements(done.stdout).found


def numbers(elements):
    """(text, number) of each cell of the table of values."""
    return [("".join(text).strip(), float(a["data-value"])) for tag, a, text in elements if "data-value" in a]


def edited(run, x=None, weights=None):
    """The run with one input of step 2 and one weight changed."""
    rows = [list(row) for row in run.x]
    rows[1][0] = x
    return Run(run.cell, run.weights | weights, rows, run.initial)


@pytest.mark.parametrize("name", ["lstm", "layer_norm_lstm", "slstm"])
def test_a_changed_number_changes_all_as_it_does_in_exact_numbers(name, tmp_path):
    run = random_run(name, units=2, inputs=1, steps=3)
    page = files_of(run)["steps.html"]
    first = next(p for p in run.cell.parameters if p.kind == "matrix" and p.block == 0)
    foreign = page.replace("<main>", "<main><script>document.title = 'alive'</script>")
    elements = opened(tmp_path / "page.html", foreign, t="2", x1_2="0.625", **{f"{first.name}[1,1]": "-0.375"})
    assert "alive" not in [t for tag, _, text in elements if tag == "title" for t in text]  # the policy forbids it
    matrix = [list(row) for row in run.weights[first.tensor]]
    matrix[0][0] = "-0.375"
    changed = edited(run, "0.625", {first.tensor: matrix})
    steps = changed.steps()
    order = [q for q in run.units if q not in run.cell.states] + [q for q in run.units if q in run.cell.states]
    wanted = [steps.value(t, q, k) for q in order for k in range(1, run.units[q] + 1) for t in (1, 2, 3)]
    found = numbers(elements)
    assert [x for _, x in found[:3]] == [float(run.x[0][0]), 0.625, float(run.x[2][0])]
    assert len(found[3:]) == len(wanted)
    for (text, x), value in zip(found[3:], wanted, strict=True):
        assert x == pytest.approx(float(value.precise(30)), rel=1e-12, abs=1e-12)
        is_lost = abs(value) < 1e-300  # nearer to 0 than any double
        assert text == ("0.0000" if is_lost else value.shown(run.decimals).unicode())
    assert any("hidden" not in a for _, a, _ in elements if a.get("id") == "walk-changed")
    drawing = changed.diagram(2, width=PAGE)
    wanted = {text.label.key: text.label.text for text in drawing.texts if text.label.key}
    drawn = [(a["data-node"], "".join(text)) for _, a, text in elements if "data-node" in a]
    assert dict(drawn[: len(wanted)]) == wanted  # the one that is walked stands before all others


DRIVER = """
document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
document.querySelector("#walk li button").click();
const c = document.querySelector("#walk li:nth-child(5) .value [data-key]");
c.dispatchEvent(new Event("mouseover", { bubbles: true }));
"""


def test_a_reader_walks_folds_and_sees_where_a_number_comes_from(tmp_path):
    page = files_of(load_run("examples/lecture.toml"))["steps.html"]
    driven = re.sub("<meta http-equiv[^>]*>", "", page).replace("</body>", f"<script>{DRIVER}</script></body>")
    elements = opened(tmp_path / "page.html", driven)
    by_id = {a["id"]: (a, "".join(text)) for _, a, text in elements if "id" in a}
    assert by_id["walk-at"][1] == "t = 2"
    assert by_id["walk-marks"][1] == (
        "c (t = 2) comes from c (t = 1), f (t = 2), g (t = 2), i (t = 2); goes to h (t = 2), c (t = 3)"
    )
    assert [a["aria-expanded"] for tag, a, _ in elements if tag == "button" and "aria-expanded" in a][:2] == [
        "false",
        "true",
    ]
    marked = [
        ("".join(text).strip(), a["class"].split()) for tag, a, text in elements if tag == "td" and a.get("class")
    ]
    assert [text for text, classes in marked if "here" in classes] == ["0.2970"]
    assert {text for text, classes in marked if "from" in classes} == {"0.1974", "1.0000", "0.0997"}
    labels = [a.get("aria-label") for _, a, _ in elements if a.get("role") == "region"]
    assert len(labels) == len(set(labels))


def test_a_run_with_too_many_weights_says_so_and_has_no_script():
    run = random_run("rnn", units=64, inputs=1, steps=1)
    text = files_of(run)["steps.html"]
    assert "The page cannot compute this run again: it has 4288 weights, and a page takes at most 4000." in text
    assert "script" not in text
    ET.fromstring(text.removeprefix("<!DOCTYPE html>"))


def test_a_number_beyond_those_of_a_machine_is_named():
    run = random_run("rnn", units=1, inputs=1, steps=1)
    text = files_of(Run(run.cell, run.weights, [["1e310"]], run.initial))["steps.html"]
    [said] = re.findall("The page cannot compute this run again: ([^<]*)", text)
    assert said.startswith("1000")
    assert said.endswith("&gt; 1.8e308.")
    assert len(said) < 200
    assert "script" not in text
