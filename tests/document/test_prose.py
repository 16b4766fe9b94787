"""What people write in a run file stays text: in LaTeX, on the page, in a notebook, and in what TeX may do with it."""

from __future__ import annotations

import pickle
import re
import subprocess
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest
from pages import HTML_ELEMENTS, LIVE, MATH_ELEMENTS, MATHML, XHTML, assert_dead, parsed
from runs import trained_run
from tables import fragment
from tex import compile_tex, needs_tex

import derive
from derive.claims.hand import read_entry
from derive.document import html, values
from derive.document.rows import times
from derive.document.tables import files_of, sections
from derive.document.text import tex_sentence
from derive.errors import RunError
from derive.run.data import Run
from derive.symbolic.activations import ACTIVATIONS

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


# ---------------------------------------------------------------------- the page


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
def test_a_german_author_includes_fragments_where_quotes_are_shorthands(tmp_path):
    """babel's German makes the quote active: "a is ä, "s is ß. What a run's texts have stays as it was written."""
    caption = 'Jürgens "alte" Größe: "so" heißt sie'
    run = replace(trained_run("rnn", steps=1, units=1, inputs=1), caption=caption, language="de", tables="float")
    (tmp_path / "values.tex").write_text(files_of(run)["values.tex"])
    compile_tex(tmp_path, [r'\catcode34=\active \def"#1{\"#1}', r"\input{values}"])
    text = subprocess.run(["pdftotext", tmp_path / "driver.pdf", "-"], capture_output=True, text=True).stdout
    assert re.sub("[”“]", '"', " ".join(text.split())).count(caption) == 1
