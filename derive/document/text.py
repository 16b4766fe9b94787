"""Running text, formulas and numbers as LaTeX, HTML and unicode text; a run's own text is a ``Prose``."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import zip_longest

from markupsafe import Markup, escape

from derive.document.model import Formula, Part, Sentence
from derive.document.width import enlarged
from derive.exact.numeral import Numeral
from derive.notation.mathml import FORBIDDEN, as_text, mathml, named
from derive.notation.printers import set_brackets
from derive.notation.prose import DOLLAR, pieces, plain

_EXPONENT = re.compile(r"\^\{\\frac\{(\d+)\}\{(\d+)\}\}")
_RAISED_TWICE = re.compile(r"(\^\{-?[\d.,{}]+(?: \\times |\{\\times\})10\^\{)(?=\d)")
_SPECIAL = {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "−": "$-$", "≈": r"$\approx$",
    "<": r"\textless{}", ">": r"\textgreater{}", DOLLAR: r"\$", '"': r"\char34{}",  # German has shorthands with it
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
    return html_sentence((text,))


def _html(text: str) -> Markup:
    return escape(FORBIDDEN.sub("", plain(text)))


# ---------------------------------------------------------------------- sentences


@lru_cache(maxsize=10_000)  # what is tried in a layout is written again where it fits
def tex_formula(latex: str) -> str:
    """A formula for TeX: brackets that need not grow do not, and those that do take no space before them.

    What would be too small to read is set otherwise: a fraction that is an exponent on the line, others as ``enlarged``
    says, and the exponent of an exponent as large as that.
    """
    latex = enlarged(_RAISED_TWICE.sub(r"\1\\scriptstyle ", _EXPONENT.sub(r"^{\1/\2}", latex)))
    return set_brackets(latex)


def tex_sentence(sentence: Sentence) -> str:
    """A sentence for LaTeX, with its formulas and numbers between dollars."""
    return "".join(map(_tex_part, sentence))


def _tex_part(part: Part) -> str:
    if isinstance(part, str):
        return tex_text(part)
    return f"${tex_formula(part.latex if isinstance(part, Formula) else part.latex())}$"


def html_sentence(sentence: Sentence) -> Markup:
    """A sentence for HTML, with its formulas as MathML and its numbers as text."""
    return Markup("").join(_html_part(part, mathml) for part in sentence)


def html_heading(sentence: Sentence) -> Markup:
    """The same for a heading, the formulas with names."""
    return Markup("").join(_html_part(part, named) for part in sentence)


def _html_part(part: Part, formula: Callable[[str], Markup]) -> Markup:
    if isinstance(part, str):
        return Markup("").join(formula(text) if is_formula else _html(text) for is_formula, text in pieces(part))
    return formula(part.latex) if isinstance(part, Formula) else escape(part.unicode())


def read_sentence(sentence: Sentence) -> str:
    """A sentence as the name of something."""
    return "".join(map(_read_part, sentence))


def _read_part(part: Part) -> str:
    if isinstance(part, str):
        return "".join(as_text(text) if formula else plain(text) for formula, text in pieces(part))
    return as_text(part.latex) if isinstance(part, Formula) else part.unicode()


def text_sentence(sentence: Sentence) -> str:
    """A sentence for a terminal."""
    return "".join(map(_text_part, sentence))


def _text_part(part: Part) -> str:
    if isinstance(part, str):
        return plain(part)
    return part.text if isinstance(part, Formula) else part.unicode()


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of a table as lines of text, the first column flush left, the others flush right."""
    widths = [max(map(len, column)) for column in zip_longest(*rows, fillvalue="")]
    return [
        "  ".join(c.rjust(w) if k else c.ljust(w) for k, (c, w) in enumerate(zip(row, widths, strict=False)))
        for row in rows
    ]


def numbers_table(rows: Sequence[tuple[str, Sequence[Numeral]]], head: Sequence[str] = ()) -> list[str]:
    """Names and their numbers as lines of text, decimal points below each other."""
    columns_of_numbers = zip_longest(*(numbers for _, numbers in rows))
    aligned = zip(*map(aligned_numbers, columns_of_numbers), strict=True)
    lines = [[name, *row] for (name, _), row in zip(rows, aligned, strict=True)]
    return [line.rstrip() for line in columns([head, *lines] if head else lines)]


def aligned_numbers(numbers: Sequence[Numeral | None]) -> list[str]:
    """The numbers of a column with their decimal points below each other."""
    halves = [("", "") if n is None else text_halves(n) for n in numbers]
    tail = max((len(rest) for _, rest in halves), default=0)
    return [whole + rest.ljust(tail) for whole, rest in halves]


def text_halves(number: Numeral) -> tuple[str, str]:
    """A number up to its decimal point, and from it on."""
    text = number.unicode()
    end = next((k for k, c in enumerate(text) if not (c.isdigit() or c == "−")), len(text))
    return text[:end], text[end:]
