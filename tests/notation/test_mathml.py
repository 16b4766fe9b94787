"""MathML has space where TeX has it, and nowhere else."""

from __future__ import annotations

import re

import pytest

from derive.notation.mathml import mathml

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
    text = str(mathml(latex))
    assert set(re.findall(r"<mo[^>]*>([^<]*)", text)) <= OPERATORS  # a name is no operator, which would have space
    assert re.sub("<[^>]*>", "", text.replace('<mspace width="0.167em" />', " ")) == said


def test_bars_have_no_space_and_a_minus_after_the_first_subtracts_nothing() -> None:
    text = str(mathml(r"|-x| - |y|"))
    bars = re.findall(r'<mo stretchy="false" form="(\w+)" lspace="0" rspace="0">\|</mo>', text)
    assert bars == ["prefix", "postfix"] * 2
    assert re.findall(r"<mo( form=\"prefix\")?>−", text) == [' form="prefix"', ""]
