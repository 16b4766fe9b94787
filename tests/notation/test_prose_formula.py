"""Formulas within what people write: which are let through, and what is said of one that cannot be read."""

from __future__ import annotations

import json
import os
import random
import resource
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from pages import MATH_ELEMENTS
from tex import compile_tex, needs_tex

from derive.errors import RunError
from derive.notation import formula, mathml
from derive.notation.prose import DOLLAR, plain, prose

ROOT = Path(__file__).resolve().parents[2]


def random_formula(draw: random.Random, depth: int = 3) -> str:
    """A formula of what is let through, or nearly: scripts may be double."""

    def argument() -> str:
        return draw.choice(["{" + random_formula(draw, depth - 1) + "}", "b", r"\alpha "])

    def atom() -> str:
        if depth <= 0:
            return draw.choice("axy1+=(|'")
        kind = draw.randrange(8)
        if kind == 0:
            return draw.choice(sorted(formula._ONE)) + argument()
        if kind == 1:
            return draw.choice(sorted(formula._TWO)) + argument() + argument()
        if kind == 2:
            inner = random_formula(draw, depth - 1)
            return rf"\left{draw.choice(sorted(formula._DELIMITERS))} {inner}\right{draw.choice('.)]|>')}"
        if kind == 3:
            return draw.choice(sorted(formula._SYMBOLS)) + " "
        return draw.choice("axy1+=(|")

    def scripts() -> str:
        signs = [draw.choice("_^'") for _ in range(draw.choice([0, 0, 1, 2]) if depth else 0)]
        return "".join(sign if sign == "'" else sign + argument() for sign in signs)

    return "".join(atom() + scripts() for _ in range(draw.randrange(1, 4)))


def let_through(latex: str) -> bool:
    try:
        return not prose(f"${latex}$", "caption").refused
    except RunError:
        return False


@needs_tex
def test_every_control_word_and_formula_that_is_let_through_compiles_and_is_mathml(tmp_path):
    words = [f"a {word} b" for word in sorted(formula._SYMBOLS)]
    words += [f"{word}{{x}} y" for word in sorted(formula._ONE | set(formula._TEXTS))]
    words += [f"{word}{{x}}{{y}}" for word in sorted(formula._TWO)]
    words += [rf"\left{d} x \middle{d} y \right{d}" for d in sorted(formula._DELIMITERS)]
    words += [f"{size}{bracket} x" for size in sorted(formula._SIZES) for bracket in sorted(formula._BRACKETS)]
    draw = random.Random(10)
    candidates = [random_formula(draw) for _ in range(1500)]
    accepted = [c for c in candidates if let_through(c)]
    assert 300 < len(accepted) < 1200  # neither everything nor next to nothing
    lines = []
    for latex in words + accepted:
        checked = str(prose(f"${latex}$", "caption"))
        assert DOLLAR not in checked, latex
        lines.append(rf"\begin{{tabular}}{{l}} a {checked} \\ \end{{tabular}}\par")
    for latex in words:
        root = ET.fromstring(mathml.mathml(latex))
        assert {e.tag for e in root.iter()} <= MATH_ELEMENTS
        assert "\\" not in "".join(root.itertext()) or "backslash" in latex, latex
        assert len(root[0]), latex
    compile_tex(tmp_path, lines)


@pytest.mark.parametrize(
    "text",
    [
        "$x_2 = 1$", r"$\frac12 \sum_{t=1}^{T} \lVert h_t - y_t \rVert^2$", r"$\tilde{h}_{t}' \approx W_{hh}^\top x$",
        r"$\left\{ x \middle| x > 0 \right\}$", r"$\hat{\bar{x}}_t$", r"$x'^2$", r"$\mathbf{W} \in \{0, 1\}^{n + 1}$",
        r"$\sqrt[3]{x} \text{ if } x \geq 0$", r"$f \colon x \mapsto \max(0, x)$", "no formula", r"\$5 and $x$",
    ],
)  # fmt: skip
def test_ordinary_mathematics_is_let_through(text):
    checked = prose(text, "caption")
    assert checked.refused == ()
    assert plain(checked) == text.replace(r"\$", "$")
    assert prose(checked, "title") is checked


# ---------------------------------------------------------------------- what cannot be read


#: Formulas of what is let through that TeX or the converter cannot read.
UNREADABLE = [
    "$$x$$", "$$", r"$\frac{$", "$x_{1}_{2}$", "$x^a^b$", "$x'^2'$", "$}{$", "$x^$", "$_$", r"$\left($", r"$x\right)$",
    r"$\left x\right y$", r"$a\middle|b$", r"$\frac x$", r"$\sqrt[3$", r"$\text x$", r"$\text{a$b$}$",
    r"$\operatorname{a1}$", r"$\bigl x$", "$^^5cinput{x}$", r"${\hat{x}_1}_2$", r"$\hat{\frac{\tilde{x}}{2}}$",
    "$x_12$", f"${'{' * 480}$", f"${'{' * 200}{'}' * 200}$", f"${'x' * 600}$", f"${'{' * 3000}$", "x" * 3000,
]  # fmt: skip


RNN = "cell = 'rnn'\nx = [[1], [2]]\nweights = {weight_ih = [[1]], weight_hh = [[1]]}\n"
LOADING = """
import json, sys
from derive.errors import DeriveError, RunError
from derive.run.run_file import load_run
for path in sys.argv[1:]:
    try:
        load_run(path)
    except RunError as e:
        print(json.dumps(str(e)))
    else:
        print("no error")
"""


def test_a_formula_that_cannot_be_read_is_one_line_that_names_the_key_in_bounded_time(tmp_path):
    """All of them, in every place, in a child process with limits."""
    places = {"title": "title", "caption": "caption", "names.columns[1]": "names.columns", "names.t": "names.t"}
    expected = []
    letters = [
        "\\input",
        "\tau",
        "\\par",
        "\\mathrm",
        "\\omicron",
        "\\Alpha",
        "\\sum",
        "tt",
        "t\n",
        "τ",
        "\\foo" * 1000,
    ]
    for k, text in enumerate([*UNREADABLE, *letters]):
        for key, place in places.items():
            if k >= len(UNREADABLE) and key != "names.t":
                continue
            value = json.dumps(text if "columns" not in key else ["x", text])  # TOML reads it the same
            path = tmp_path / f"{len(expected)}.toml"
            path.write_text(f"{place} = {value}\n{RNN}")
            expected.append((path, key))
    done = subprocess.run(
        [sys.executable, "-c", LOADING, *(str(path) for path, _ in expected)],
        env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30)),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == len(expected)
    for line, (path, key) in zip(lines, expected, strict=True):
        assert line != "no error", path.read_text()
        message = json.loads(line)
        assert message.startswith(f"{path}: {key}"), message
        assert "\n" not in message
        assert len(message) < 400


def test_a_letter_and_its_accent_are_one():
    """pdflatex has ü, and refuses u with U+0308 after it, as file systems and some editors write it."""
    assert prose("Gro\u0308ße, Ju\u0308rgen", "title") == "Größe, Jürgen"
