"""What people write in a run file stays text: in LaTeX, on the page, in a notebook, and in what TeX may do with it."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import pickle
import random
import re
import resource
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from runs import trained_run
from tables import fragment

import derive
from derive.cells.load import load_cell
from derive.claims.hand import read_entry
from derive.document import html, pdf, values
from derive.document.rows import times
from derive.document.tables import files_of, sections
from derive.document.text import tex_sentence
from derive.errors import DeriveError, RunError
from derive.notation import formula, mathml
from derive.notation.figures import BORDER
from derive.notation.mathml_writer import Unwritten, written
from derive.notation.prose import DOLLAR, plain, prose
from derive.run.data import Run
from derive.run.run_file import load_run
from derive.symbolic.activations import ACTIVATIONS

ROOT = Path(__file__).resolve().parents[2]
SVG = "{http://www.w3.org/2000/svg}"
XHTML, MATHML = "{http://www.w3.org/1999/xhtml}", "{http://www.w3.org/1998/Math/MathML}"
#: What the page is made of, by the standards of HTML and MathML; none of it loads anything, and what runs is the
#: page's own script.
HTML_ELEMENTS = {
    XHTML + tag
    for tag in re.findall(
        r"\w+",
        "html head meta title style body br main h1 h2 h3 p section div table thead tbody tr th td span u b nav ul li a"
        " template script ol button input select label output caption figure figcaption",
    )
} | {SVG + tag for tag in re.findall(r"\w+", "svg title desc path polygon rect circle text tspan")}
MATH_ELEMENTS = {
    MATHML + tag
    for tag in re.findall(
        r"\w+",
        "math mrow mi mn mo mtext mspace mfrac msqrt mroot mstyle mpadded mphantom menclose msub msup msubsup"
        " munder mover munderover mtable mtr mtd",
    )
}
LIVE = re.compile(r"on\w+|(xlink:)?href|src|style|action|data|srcdoc|background|formaction", re.IGNORECASE)
HEAD = (
    r"\documentclass{article}\usepackage[T1]{fontenc}\usepackage[utf8]{inputenc}\usepackage{lmodern,amsmath,booktabs}"
)

needs_tex = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex here")

#: Formulas that are not let through, each with what is in its way.
REFUSED = {
    r"\input{/etc/passwd}": r"\input",
    r"\mbox{\input{/etc/passwd}}": r"\mbox",
    r"\text{\input{/etc/passwd}}": r"\input",
    r"\immediate\write18{id}": r"\immediate",
    r"\def\x{\x}\x": r"\def",
    r"\catcode`\%=12": r"\catcode",
    r"\csname input\endcsname{/etc/passwd}": r"\csname",
    r"\href{javascript:alert(1)}{x}": r"\href",
    r"\style{color:red}{x}": r"\style",
    r"\unicode{x3c}": r"\unicode",
    r"\begin{array}{c} x \end{array}": r"\begin",
    r"\mbox{<svg onload=alert(1)>}": r"\mbox",
    r"a & b": "&",
    r"a \\ b": r"\\",
    r"a~b": "~",
    r"a % b": "%",
    r"#1": "#",
    r'x"': '"',
    "é": "é",
    r"\text{50%}": "%",
}
#: Texts that are let through or have no formula at all, each of which was once alive somewhere.
ALIVE = [
    r"$\text{<script>alert(1)</script>}$",
    r"$\textbf{<img src=x onerror=alert(1)>}$",
    r"$\operatorname{abc} < \text{</math><script>x</script>} > y$",
    "<script>alert(1)</script>",
    '"><svg onload="alert(1)">',
    "&lt;script&gt; &#x3c;b&#x3e;",
    r"\(\href{javascript:alert(1)}{x}\) \[\input{x}\] \begin{x}",
    r"\input{/etc/passwd} \write18{id} ^^5cinput{x} % comment",
    "an escape \x1b[31m and \x00 \x08 \ufffe \ud800, a line\n\nbreak \u2028 \r here",
    r"50% of a_b & c #1 {d} ~ 5$ ^2 \ <end>",
    r"\$5 of $x_2$ and \$6",
]


def run_with(**keys) -> Run:
    return Run("rnn", {"weight_ih": [[1]], "weight_hh": [[0.5]]}, [[0.25], [0.5]], decimals=2, **keys)


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text.removeprefix("<!DOCTYPE html>"))


def assert_dead(root: ET.Element) -> None:
    """Nothing but what a page of tables and formulas is made of: its links stay in it, and it has one script, which is
    the only one that its policy allows."""
    places = {"#" + e.get("id", "") for e in root.iter()}
    for element in root.iter():
        assert element.tag in HTML_ELEMENTS | MATH_ELEMENTS, element.tag
        for name, value in element.attrib.items():
            assert not LIVE.fullmatch(name) or (name == "href" and value in places), (element.tag, name)
            assert "javascript:" not in value or name == "aria-label"  # a label is text
    assert len(list(root.iter(XHTML + "style"))) == 1
    [policy] = [m.get("content") for m in root.iter(XHTML + "meta") if m.get("http-equiv")]
    rules = dict(rule.split(maxsplit=1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert not [name for name in rules if name.startswith(("object", "frame", "img", "connect"))]
    data, script = root.iter(XHTML + "script")
    assert data.attrib == {"type": "application/json", "id": "walk-data"}
    json.loads(data.text)
    assert script.attrib == {}
    digest = base64.b64encode(hashlib.sha256(script.text.encode()).digest()).decode()
    assert rules["script-src"] == f"'sha256-{digest}'"
    assert not [name for name in rules if name.startswith("script") and name != "script-src"]


def compile_tex(folder: Path, lines: list[str]) -> str:
    (folder / "driver.tex").write_text("\n".join([HEAD, r"\begin{document}", *lines, r"\end{document}"]))
    command = ["pdflatex", "-no-shell-escape", "-recorder", "-interaction=nonstopmode", "-halt-on-error", "driver.tex"]
    done = subprocess.run(
        command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=60
    )
    assert done.returncode == 0, done.stdout[-1500:]
    return done.stdout


# ---------------------------------------------------------------------- mathematics that is let through


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


@pytest.mark.parametrize("latex", REFUSED)
def test_what_is_not_let_through_is_text_with_a_note(latex):
    run = run_with(caption=f"a ${latex}$ b", columns=["$x$", f"${latex}$"], title=f"${latex}$")
    copied = pickle.loads(pickle.dumps(replace(run, language="de")))  # the note goes with the text
    for language, found in (("en", run), ("de", copied)):
        files = files_of(found)
        root = parsed(files["steps.html"])
        assert_dead(root)
        text = "".join(root.itertext())
        assert f"a ${latex}$ b" in text
        for key in ("title", "caption", "names.columns[1]"):
            note = {"en": f"In {key}, {REFUSED[latex]} is no", "de": f"In {key} ist {REFUSED[latex]} keine"}[language]
            assert note in text
        body = "\n".join(line for line in files["values.tex"].splitlines() if not line.startswith("%"))
        assert latex not in re.findall(r"(?<!\\)\$([^$]*)(?<!\\)\$", body)
        assert body.count(r"\$") == 2  # around the formula in the head of its column


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


# ---------------------------------------------------------------------- the page


@pytest.mark.parametrize("text", ALIVE)
def test_the_page_is_xml_in_which_nothing_lives(text):
    run = run_with(title=text, caption=text, columns=[text, "x"])
    for shown in (run, replace(run, caption="", language="de")):
        assert_dead(parsed(files_of(shown)["steps.html"]))
    table = ET.fromstring(run.table()._repr_html_())
    steps = ET.fromstring(run.steps()._repr_html_())
    for element in (*table.iter(), *steps.iter()):
        assert element.tag in {tag.removeprefix(XHTML) for tag in HTML_ELEMENTS} | MATH_ELEMENTS
        assert not [name for name in element.attrib if LIVE.fullmatch(name) and element.tag != "td"]
    for ignored in (table.find("thead"), steps):  # what a notebook's MathJax passes over
        assert {"mathjax_ignore", "tex2jax_ignore"} <= set(ignored.get("class").split())
    assert "\x1b" not in repr(run.table())


def test_whatever_a_converter_returns_only_mathml_is_left(monkeypatch):
    def hostile(latex):
        math = ET.fromstring(
            '<math><mrow onclick="x()"><script>evil()</script>'
            '<mi href="javascript:x()" style="a" mathvariant="normal">a</mi><mo form="x&quot; y">+</mo>'
            '<annotation-xml encoding="text/html"><img src="x" onerror="y()"/></annotation-xml>'
            "<mtext><b>bold</b></mtext></mrow></math>"
        )
        math[0].append(ET.Comment("--><script>"))
        ET.SubElement(math[0], "mtext").text = "&lt;/math>&#x3c;script>\x1b"
        return math

    monkeypatch.setattr("latex2mathml.converter.convert_to_element", hostile)
    root = ET.fromstring(mathml.mathml(r"\mathsf{a} formula of this test alone"))
    assert {e.tag for e in root.iter()} <= MATH_ELEMENTS
    assert {(k, v) for e in root.iter() for k, v in e.attrib.items()} == {
        ("display", "inline"),
        ("mathvariant", "normal"),
    }
    assert "</math><script>" in "".join(root.itertext())


def unspaced(text: str) -> str:
    """Without the space around names of functions and bars, of which the converter knows nothing."""
    text = re.sub(r"<mo>([a-z]{3,})</mo>", r"<mi>\1</mi>", text.replace('<mspace width="0.167em" />', ""))
    return re.sub(r'<mo stretchy="false"[^>]*>\|', '<mo stretchy="false">|', text)


def test_what_is_written_directly_is_what_the_converter_makes_of_it():
    """Of the equations and gradients of some cells, and of the steps of a run with numbers in them."""
    cells = map(load_cell, ("slstm", "layer_norm_lstm", "mogrifier_lstm", "rwkv"))
    equations = [e for cell in cells for e in cell.equations]
    formulas = [e.notation.latex(side) for e in equations for side in e.args]
    formulas += [rf"\delta {e.notation.latex(e.lhs)}" for e in equations]
    lecture = load_run(ROOT / "examples" / "lecture.toml")
    formulas += [latex for step in lecture.steps() for _, latex in step.bordered]
    formulas += [r"-3 \le {-0{,}5} \times 10^{-5}", r"\left[x\right) \quad \text{if } \mathbf{1}", r"\lambda_{t}^{(2)}"]
    for latex in formulas:
        latex = latex.replace(BORDER, "")
        ours, converted = written(mathml.plain_brackets(latex)), mathml._converted(latex, "inline")
        assert unspaced(ours) == unspaced("".join(ET.tostring(part, encoding="unicode") for part in converted)), latex
    assert len(formulas) > 200


def test_what_is_not_written_directly_is_converted():
    for latex in (
        "x_1",
        r"\mathsf{a}",
        r"\frac12",
        r"\left\{x\right\}",
        "x'",
        "é",
        r"\left(x",
        "x}",
        "{x",
        r"\begin{a}\end{a}",
    ):
        with pytest.raises(Unwritten):
            written(latex)
    assert "<msub><mi>x</mi><mn>1</mn></msub>" in mathml.mathml("x_1")


def test_a_column_head_reads_the_same_on_the_page_and_in_latex():
    run = run_with(columns=["50% of a_b", "$x_2$ & 5$"])
    assert "t = 1" not in str(values.step_title(run, 2))
    text = "".join(parsed(html.page(run, list(sections(run)))).itertext())
    assert "(50% of a_b)" in text
    assert r"(50\% of a\_b)" in fragment(values.derivation, run)
    assert list(map(tex_sentence, times(run)))[1:] == [r"50\% of a\_b", r"\$x\_2\$ \& 5\$"]


# ---------------------------------------------------------------------- LaTeX


@needs_tex
def test_previews_of_odd_texts_compile_and_read_no_file(tmp_path):
    texts = [*ALIVE, *(f"a ${latex}$" for latex in REFUSED if latex.isascii())]
    lines = []
    for k, text in enumerate(texts):
        run = run_with(title=text, caption=text, columns=[text, text])
        files = files_of(run)
        for name in ("values.tex", "derivation.tex"):
            (tmp_path / f"{k}-{name}").write_text(files[name])
            lines.append(rf"\input{{{k}-{name}}}\par")
        title = re.search(r"^\\title\{(.*)\}$", files["preview.tex"], re.MULTILINE)
        caption = re.search(r"^\\captionof\{table\}(\{.*\})$", files["preview.tex"], re.MULTILINE)
        lines.append(rf"\section*{{{title[1]}}}{caption[1]}\par")
    compile_tex(tmp_path, lines)
    read = (tmp_path / "driver.fls").read_text()
    assert "/etc/" not in read.replace("/etc/texmf", "")
    assert "0-values.tex" in read


def test_a_comment_of_latex_is_one_line_whatever_the_file_and_the_run_are_called():
    path = Path("a\nb\\input{x}\rc\x85d\u2028e\x0bf\udc80.toml")
    run = run_with(path=path, title="one\n\\input{x}\x00 two")
    for name, text in files_of(run).items():
        text.encode()
        if name.endswith(".tex"):
            lines = re.split(r"[\r\n\x0b\x0c\x85\u2028\u2029]", text)
            assert lines[1].startswith("% Made by: derive tables a b\\input{x} c d e f")
            assert not [line for line in lines if r"\input{x}" in line and not line.startswith("%")]


@needs_tex
def test_tex_reads_writes_and_runs_nothing_outside_of_its_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("openin_any", "a")
    monkeypatch.setenv("TEXMFOUTPUT", str(tmp_path))
    secret, written = tmp_path / "secret.tex", tmp_path / "written.txt"
    secret.write_text("secret")
    attempts = {
        "plain": "x",
        "absolute": rf"\input{{{secret}}}",
        "parent": r"\input{../secret}",
        "unlisted": r"\input{other}",
        "write": rf"\newwrite\w \immediate\openout\w={written} \immediate\write\w{{x}}",
        "run": rf"\immediate\write18{{touch {written}}} y",
        "read": r"\read16 to \x",
        "endless": r"\def\x{\x}\x",
    }
    monkeypatch.setattr(pdf, "LIMIT", 1)
    for name, body in attempts.items():
        folder = tmp_path / name
        folder.mkdir()
        (folder / "other.tex").write_text("not one of the fragments")
        (folder / "preview.tex").write_text(rf"\documentclass{{article}}\begin{{document}}{body}\end{{document}}")
        made = []
        if name in ("plain", "run"):
            made = pdf.typeset(folder, [folder])
            assert made
        else:
            with pytest.raises(DeriveError, match=r"^TeX refuses .*preview\.tex: pdflatex") as refusal:
                pdf.typeset(folder, [folder])
            assert "\n" not in str(refusal.value)
        names = {path.name for path in folder.iterdir()}
        assert names == {"other.tex", "preview.tex"} | ({"preview.pdf"} if made else set())
    assert not written.exists()


@pytest.mark.parametrize("text", ["0.2*f # $\\input{x}$", "f # \x1b", "f \\\n + 1", "f; g", "f$", "f{1}", "f'"])
def test_an_entry_by_hand_is_a_formula_and_nothing_beside(text):
    with pytest.raises(RunError, match="is not a formula"):
        read_entry(f"{text}~0.3")


# ---------------------------------------------------------------------- the letter of the time index


GREEK = re.findall(
    r"\w+",
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi varpi rho varrho"
    " sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega",
)


def test_every_greek_letter_and_ell_is_printed_as_the_letter_of_time():
    run = run_with(loss={"formula": "(h - y)^2", "y": [0, 1]})
    for name in [*GREEK, "ell"]:
        found = replace(run, t=f"\\{name}")
        text = fragment(values.values, found)
        assert rf"$\{name}$ & \multicolumn{{2}}{{c}}{{1}} & \multicolumn{{2}}{{c@{{}}}}{{2}} \\" in text
        assert rf"$h_{{\{name}}}" in text
        head = ET.fromstring(html.tables_html([html.table(values.values_table(found))])).find(".//th")
        [sign] = "".join(head.itertext())
        assert sign == repr(found.table()).splitlines()[1][0] or name.startswith("var") or name in ("epsilon", "phi")
    assert repr(replace(run, t=r"\ell").gradients()).splitlines()[1].startswith("ℓ ")


@pytest.mark.parametrize("letter", [r"\ell", r"\tau", r"\sigma", "k"])
@pytest.mark.parametrize("cell", ["lstm", "ltc"])
def test_the_letter_of_time_is_one_in_all_of_a_run(cell, letter):
    """Elsewhere than in words no t is left: in no index, under no sum."""
    run = trained_run(cell, steps=2, units=1, inputs=1)
    files = files_of(replace(run, t=letter))
    index = re.compile(r"(?<![A-Za-z\\])t(?![A-Za-z])")
    assert index.search(files_of(run)["adjoint.tex"])
    for name, text in files.items():
        if name.endswith(".tex"):
            body = "\n".join(line for line in text.splitlines() if not line.startswith("%"))
            assert not index.search(body), name
            assert name in ("preview.tex", "check.tex") or letter in body
        elif name == "steps.html":
            assert not [
                e.text for e in parsed(text).iter(MATHML + "mi") if e.text == "t" and not e.attrib
            ]  # a letter of a name has one


# ---------------------------------------------------------------------- activations with parameters


PARAMETRISED = [
    "elu(alpha=2)", "leaky_relu(alpha=1/3)", "affine(alpha=-2, beta=1/3)", "scaled_tanh(alpha=1, beta=0.5)",
    "hard_sigmoid_onnx(alpha=1, beta=0)", "hard_sigmoid_onnx(alpha=-0.25, beta=1/3)", "thresholded_relu(alpha=-1)",
    "hard_sigmoid_onnx", "hard_sigmoid",
]  # fmt: skip


@needs_tex
def test_every_activation_with_parameters_is_printed_with_them(tmp_path):
    assert {n for n, f in ACTIVATIONS.items() if f.defaults} <= {text.partition("(")[0] for text in PARAMETRISED}
    lines = []
    for k, activation in enumerate(PARAMETRISED):
        cell = derive.lstm.with_activations(i=activation, h=activation)
        files = files_of(trained_run(cell, steps=1, units=1, inputs=1))
        root = parsed(files["steps.html"])
        assert_dead(root)
        assert "\\" not in "".join(root.itertext())
        assert not [e for e in root.iter(MATHML + "mo") if not e.text and not e.attrib.get("fence")]
        for name, text in files.items():
            if name.endswith(".tex") and name != "preview.tex":
                (tmp_path / f"{k}-{name}").write_text(text)
                lines.append(rf"\input{{{k}-{name}}}\par")
    compile_tex(tmp_path, lines)
    derivation = (tmp_path / "4-derivation.tex").read_text()
    assert r"\operatorname{hard\sigma}_{1, 0}(" in derivation
    assert r"\operatorname{hard\sigma}_{1/5}" not in derivation


@needs_tex
def test_slides_are_typeset_beside_the_preview_and_a_refusal_names_the_file(tmp_path):
    (tmp_path / "frames").mkdir()
    for name in ("preview", "frames/slides", "frames/step_1"):
        (tmp_path / f"{name}.tex").write_text(r"\documentclass{article}\begin{document}x\end{document}")
    (tmp_path / "frames" / "slides.tex").write_text(r"\input{step_1}")
    (tmp_path / "frames" / "handout.tex").write_text(r"\PassOptionsToClass{twoside}{article}\input{slides}")
    made = pdf.typeset(tmp_path, [tmp_path])
    assert {str(path.relative_to(tmp_path)) for path in made} == {
        "preview.pdf", "frames/slides.pdf", "frames/handout.pdf",
    }  # fmt: skip
    assert pdf.typeset(tmp_path, [tmp_path]) == []
    (tmp_path / "frames" / "handout.tex").write_text(r"\input{slides}\undefined")
    os.utime(tmp_path / "frames" / "handout.pdf", (0, 0))
    (tmp_path / "frames" / "step_1.tex").write_text(r"\documentclass{article}\begin{document}\nothing\end{document}")
    os.utime(tmp_path / "frames" / "slides.pdf", (0, 0))
    with pytest.raises(DeriveError, match=r"TeX refuses .*slides\.tex: pdflatex: .*Undefined control sequence"):
        pdf.typeset(tmp_path, [tmp_path])


@needs_tex
def test_a_german_author_includes_fragments_where_quotes_are_shorthands(tmp_path):
    """babel's German makes the quote active: "a is ä, "s is ß. What a run's texts have stays as it was written."""
    caption = 'Jürgens "alte" Größe: "so" heißt sie'
    run = replace(trained_run("rnn", steps=1, units=1, inputs=1), caption=caption, language="de", tables="float")
    (tmp_path / "values.tex").write_text(files_of(run)["values.tex"])
    compile_tex(tmp_path, [r'\catcode34=\active \def"#1{\"#1}', r"\input{values}"])
    text = subprocess.run(["pdftotext", tmp_path / "driver.pdf", "-"], capture_output=True, text=True).stdout
    assert re.sub("[”“]", '"', " ".join(text.split())).count(caption) == 1


def have_scripts():
    tools = all(map(shutil.which, ("lualatex", "kpsewhich")))
    files = ("luatexja-fontspec.sty", "FandolSong-Regular.otf", "luaotfload.sty")
    return tools and subprocess.run(["kpsewhich", *files], capture_output=True).stdout.count(b"\n") == len(files)


@needs_tex
@pytest.mark.parametrize("title", ["长短期记忆", "Долгая память"])
def test_titles_in_other_scripts_are_set_or_one_line_says_what_to_install(tmp_path, title):
    files = files_of(replace(trained_run("rnn", steps=1, units=1, inputs=1), title=title))
    for name in ("preview.tex", *(n for n in files if n.endswith(".tex") and "/" not in n)):
        (tmp_path / name).write_text(files[name], encoding="utf-8")
    if have_scripts():
        [made] = pdf.typeset(tmp_path, [tmp_path])
        assert title in subprocess.run(["pdftotext", made, "-"], capture_output=True, text=True).stdout
        return
    with pytest.raises(DeriveError, match=rf"has {title[0]} \(U\+\w+\); install texlive-luatex and fonts-cmu") as said:
        pdf.typeset(tmp_path, [tmp_path])
    assert "\n" not in str(said.value)


def test_a_letter_and_its_accent_are_one():
    """pdflatex has ü, and refuses u with U+0308 after it, as file systems and some editors write it."""
    assert prose("Gro\u0308ße, Ju\u0308rgen", "title") == "Größe, Jürgen"
