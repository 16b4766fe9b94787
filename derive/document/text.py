"""Running text with formulas between dollars as LaTeX and as HTML; a run's own text is a ``Prose``."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from markupsafe import Markup, escape

from derive.notation.mathml import FORBIDDEN, mathml
from derive.notation.prose import DOLLAR, pieces, plain

_SPECIAL = {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "−": "$-$", "≈": r"$\approx$",
    "<": r"\textless{}", ">": r"\textgreater{}", DOLLAR: r"\$",
} | {c: f"\\{c}" for c in "%&#_{}$"}  # fmt: skip


def tex_text(text: str) -> str:
    """The text for LaTeX: what stands between dollars is left as it is, the rest is escaped."""
    return "".join(f"${part}$" if formula else _escaped(part) for formula, part in pieces(text))


def _escaped(text: str) -> str:
    return "".join(_SPECIAL.get(character, character) for character in text)


def comment(text: str) -> str:
    """The text for a comment of LaTeX: one line, whatever stands in it."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in " ".join(plain(text).split()))


def html_text(text: str) -> Markup:
    """The text for HTML, with MathML between the dollars."""
    return Markup("").join(mathml(part) if formula else _html(part) for formula, part in pieces(text))


def _html(text: str) -> Markup:
    return escape(FORBIDDEN.sub("", plain(text)))


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of a table as lines of text, the first column flush left, the others flush right."""
    widths = [max(map(len, column)) for column in zip_longest(*rows, fillvalue="")]
    return [
        "  ".join(c.rjust(w) if k else c.ljust(w) for k, (c, w) in enumerate(zip(row, widths, strict=False)))
        for row in rows
    ]
