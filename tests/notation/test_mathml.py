"""MathML has space where TeX has it, and nowhere else; of what another converter returns only MathML is left."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from pages import MATH_ELEMENTS

from derive.cells.load import load_cell
from derive.notation import mathml
from derive.notation.figures import BORDER
from derive.notation.mathml_writer import Unwritten, written
from derive.run.run_file import load_run

ROOT = Path(__file__).resolve().parents[2]
OPERATORS = {"(", ")", "[", "]", "|", "+", "−", "·", "=", "⊙", "∈", ","}


@pytest.mark.parametrize(
    ("latex", "said"),
    [
        (r"\operatorname{softplus}(x)", "softplus(x)"),
        (r"2 \max(a, b)", "2 max(a,b)"),
        (r"\sup_{x} |x|", "supx |x|"),
        (r"a \log x", "a log x"),
        (r"o \odot \tanh(c)", "o⊙tanh(c)"),
        (r"-\log f", "−log f"),
    ],
)
def test_the_name_of_a_function_has_space_before_operands_alone(latex: str, said: str) -> None:
    text = str(mathml.mathml(latex))
    assert set(re.findall(r"<mo[^>]*>([^<]*)", text)) <= OPERATORS  # a name is no operator, which would have space
    assert re.sub("<[^>]*>", "", text.replace('<mspace width="0.167em" />', " ")) == said


def test_bars_have_no_space_and_a_minus_after_the_first_subtracts_nothing() -> None:
    text = str(mathml.mathml(r"|-x| - |y|"))
    bars = re.findall(r'<mo stretchy="false" form="(\w+)" lspace="0" rspace="0">\|</mo>', text)
    assert bars == ["prefix", "postfix"] * 2
    assert re.findall(r"<mo( form=\"prefix\")?>−", text) == [' form="prefix"', ""]


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
