r"""Running text with formulas between dollars, as a run's caption has it: checked where it comes in, by ``prose``.

A dollar that is text is another character (``DOLLAR``) from there on, so that ``$`` means a formula and nothing else,
in whatever sentence the text is put.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from derive.errors import DeriveError, RunError, shortened
from derive.notation.formula import SHOWN, check_formula, refused

LONGEST = 2000  # characters of a text
DOLLAR = "\N{FULLWIDTH DOLLAR SIGN}"
_SPACES = re.compile(r"\s+")
_INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


class Prose(str):
    """A checked text. refused: the control words that were not let through; their formulas are text."""

    refused: tuple[str, ...] = ()


def prose(text: Any, key: str) -> Prose:
    r"""The text of that key with every formula checked.

    A formula with a control word that is not let through becomes text. Dollars are text where their number is odd, and
    ``\$`` always is. Spaces of all kinds are one space, a letter and its accent one letter; what prints nothing is left
    out.

    Raises RunError, naming the key, for a formula that cannot be read and for what is no text or too long a one.
    """
    if isinstance(text, Prose):
        return text
    if not isinstance(text, str):
        raise RunError(f"{key} is {text!r}, expected a text")
    if len(text) > LONGEST:
        raise RunError(f"{key} has {len(text)} characters, expected at most {LONGEST}")
    composed = unicodedata.normalize("NFC", text)  # ü as one letter, which every TeX has
    plain = _INVISIBLE.sub("", _SPACES.sub(" ", composed)).strip().replace("\\$", DOLLAR)
    parts, words = [], []
    for formula, part in pieces(plain):
        word = refused(part) if formula else ""
        if word:
            words.append(shortened(word.replace(DOLLAR, "\\$"), SHOWN))
            part = f"{DOLLAR}{part}{DOLLAR}"
        elif formula:
            part = f"${_checked(part, key)}$"
        parts.append(part if formula else part.replace("$", DOLLAR))
    found = Prose("".join(parts))
    found.refused = tuple(dict.fromkeys(words))
    return found


def pieces(text: str) -> list[tuple[bool, str]]:
    """The text in parts, each with whether it is a formula. A text with an odd number of dollars has none."""
    parts = text.split("$")
    if len(parts) % 2 == 0:
        return [(False, text)]
    return [(k % 2 == 1, part) for k, part in enumerate(parts) if k % 2 or part]


def plain(text: str) -> str:
    """The text for a terminal or a program: as it was written."""
    return text.replace(DOLLAR, "$")


def _checked(latex: str, key: str) -> str:
    from derive.notation.mathml import mathml  # takes a while, and few texts have a formula

    try:
        check_formula(latex)
        mathml(latex)
    except DeriveError as e:
        raise RunError(f"{key}: the formula ${shortened(latex, SHOWN)}$ cannot be read: {e}") from None
    return latex
