"""The programs of steps in JavaScript against the exact runs, for every cell, in one headless browser."""

from __future__ import annotations

import json
import shutil
import subprocess
from itertools import cycle

import pytest
from runs import random_run
from sympy import Rational, Symbol, erfc, symbols

import derive
from derive.backends.javascript.printer import JavaScript
from derive.backends.javascript.step import step_program
from derive.errors import UnsupportedExpression
from derive.notation.quantity import previous
from derive.statements.writing import at, named_entries

needs_browser = pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")
POSITIVE = ("slstm", "slstm_exp", "rwkv")  # whose states are averages of positive numbers


def first_step(name):
    """The list of a first step from states that are not 0, the program, and the run."""
    plain = random_run(name, steps=1)
    numbers = (Rational(1, 3), Rational(-1, 4))
    initial = {s: [abs(k) if name in POSITIVE else k for _, k in zip(v, cycle(numbers), strict=False)]
               for s, v in plain.initial.items()}  # fmt: skip
    run = random_run(name, steps=1, initial=initial)
    program = step_program(run.cell, run.sizes)
    data = [*run.parameters.items(), *run.read_at(1).items()]
    data += [(previous(s).name, vector) for s, vector in run.initial.items()]
    numbers = {s: float(n) for given, tensor in data for s, n in named_entries(given, tensor)}
    return run, program, [numbers.get(s, 0.0) for s in program.places]


@needs_browser
def test_every_cell_gives_the_exact_numbers(tmp_path):
    found = {name: first_step(name) for name in derive.catalogue}
    parts = [
        f"(function () {{ {program.text}\nconst v = {json.dumps(v)}; step(v); all.{name} = v; }}());"
        for name, (_, program, v) in found.items()
    ]
    page = tmp_path / "page.html"
    shown = 'document.body.textContent = JSON.stringify(all, (_, x) => (typeof x === "number" ? String(x) : x));'
    page.write_text("\n".join(["<!DOCTYPE html><body><script>const all = {};", *parts, shown, "</script></body>"]))
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    lists = json.loads(done.stdout.partition("<body>")[2].partition("</body>")[0])
    for name, (run, program, _) in found.items():
        for s in run.steps():
            got = float(lists[name][program.places[at(s.quantity, s.unit)]])
            assert got == pytest.approx(float(s.value.precise(30)), rel=1e-12, abs=1e-12), (name, s.quantity)


def test_what_a_number_is_read_from_is_what_stands_in_its_statement():
    program = step_program(derive.lstm, {"input_size": 1, "hidden_size": 2})
    names = {place: symbol.name for symbol, place in program.places.items()}
    reads = {names[target]: {names[p] for p in sources} for target, sources in program.reads.items()}
    assert reads["c[2]"] == {"f[2]", "c_prev[2]", "i[2]", "g[2]"}
    assert reads["h[1]"] == {"o[1]", "tanh_c[1]"}


def test_the_text_is_the_same_in_html_and_xml():
    a, b = symbols("a b")
    writer = JavaScript()
    text = writer.text(derive.hard_sigmoid(a) + derive.relu(b) + derive.gelu(b))
    assert not set("".join([text, *writer.functions.values()])) & set("<&")


def test_what_has_no_spelling_is_named():
    with pytest.raises(UnsupportedExpression, match=r"erfc in erfc\(a\) has no spelling in JavaScript"):
        JavaScript().text(erfc(Symbol("a")))
