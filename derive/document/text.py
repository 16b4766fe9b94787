"""Running text with formulas between dollars, as a run's caption has it: made safe for LaTeX, and turned into HTML."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from itertools import zip_longest

from latex2mathml.converter import convert
from markupsafe import Markup, escape

#: A minus sign at the start, or after an operator that closes nothing.
_SIGN = re.compile(r"(<mrow>|<mo[^>]*>(?!&#x0007C;|&#x00029;)[^<\]]+</mo>)<mo>&#x02212;</mo>")
_DECIMAL = re.compile(r"(<mn>\d+)\.(\d)")
_FLAT = re.compile(r"\\left([(\[|])((?:(?!\\left|\\right|\\frac|\\begin).)*)\\right([)\]|])")
_SPECIAL = {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "−": "$-$", "≈": r"$\approx$"
} | {c: f"\\{c}" for c in "%&#_{}"}  # fmt: skip


def tex_text(text: str) -> str:
    """The text for LaTeX: what stands between dollars is left as it is, the rest is escaped."""
    parts = text.split("$")
    if len(parts) % 2 == 0:  # a single dollar is a dollar
        return _escaped(text.replace("$", "\0")).replace("\0", r"\$")
    return "$".join(part if k % 2 else _escaped(part) for k, part in enumerate(parts))


def _escaped(text: str) -> str:
    return "".join(_SPECIAL.get(character, character) for character in text)


def html_text(text: str) -> Markup:
    """The text for HTML, with MathML between the dollars."""
    parts = text.split("$")
    if len(parts) % 2 == 0:
        return escape(text)
    return Markup("").join(mathml(part) if k % 2 else escape(part) for k, part in enumerate(parts))


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of a table as lines of text, the first column flush left, the others flush right."""
    widths = [max(map(len, column)) for column in zip_longest(*rows, fillvalue="")]
    return [
        "  ".join(c.rjust(w) if k else c.ljust(w) for k, (c, w) in enumerate(zip(row, widths, strict=False)))
        for row in rows
    ]


@cache
def mathml(latex: str, display: bool = False) -> Markup:
    """A formula as native MathML; a minus sign with nothing before it to subtract from is a prefix."""
    text = convert(plain_brackets(latex).replace("{,}", "."), display="block" if display else "inline")
    text = _DECIMAL.sub(r"\1,\2", text) if "{,}" in latex else text  # a number with a comma is one number too
    return Markup(_SIGN.sub(r'\1<mo form="prefix">&#x02212;</mo>', text))


def plain_brackets(latex: str) -> str:
    """Brackets with nothing tall between them do not grow: MathML sets those that may with space inside."""
    while latex != (latex := _FLAT.sub(r"\1\2\3", latex)):
        pass
    return latex
