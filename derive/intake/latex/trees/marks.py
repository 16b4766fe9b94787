r"""Marks whose meaning is that of a text: \\otimes, which the text may say is the outer product, and \\underline, which
sets letters apart where they stand without it as well."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from derive.intake.latex.text.sides import Equation
from derive.intake.latex.text.tokens import Token, argument
from derive.intake.latex.text.vocabulary import FONTS, OUTER

UNDER = r"\underlined"  # the accent of a letter that is another one without it, which nobody types
_OF_OUTER = re.compile(
    r"\\otimes\s*(?:\$|\\\)|`|</math>)?\s*(?:denotes|is|represents|means|stands for|for|indicates|being)\s+"
    r"(?:the\s+|an\s+|)(?:vector\s+)?(?:outer|tensor)[\s-]+product",
    re.IGNORECASE,
)


def letters_in_fonts(found: Sequence[Equation]) -> list[str]:
    """What is said of letters with the same index in several fonts, a_t and \\mathbf{a}_t: they are one letter here."""
    seen: dict[str, dict[str, str]] = {}
    for side in (side for e in found for side in (e.left, e.right)):
        for k, token in enumerate(side):
            if not token.text.lstrip("\\").isalpha() or _is_of_word(side, k):
                continue
            font = side[k - 2].text if [t.text for t in side[k - 1 : k + 2 : 2]] == ["{", "}"] and k > 1 else ""
            start, end = (k - 2, k + 2) if font else (k, k + 1)
            if (font and font not in FONTS) or (start and side[start - 1].text in ("_", "^", "{")):
                continue
            marks = "".join(t.text for t in side[end : end + 1] if t.text in ("_", "^"))
            index = "".join(t.text for t in argument(list(side), end + 1)[0]) if marks else ""
            name = f"{token.text}{marks}{{{index}}}" if marks else token.text
            seen.setdefault(name, {})[font] = f"{font}{{{token.text}}}" if font else token.text
    return [
        f"{name} stands in several fonts, {', '.join(fonts.values())}, and is one letter"
        for name, fonts in seen.items()
        if len(fonts) > 1
    ]


def _is_of_word(side: Sequence[Token], k: int) -> bool:
    """Whether another letter stands next to one without a space."""
    before = k > 0 and side[k - 1].text.isalpha() and not side[k].space
    return before or (k + 1 < len(side) and side[k + 1].text.isalpha() and not side[k + 1].space)


def with_marks(found: Sequence[Equation], text: str) -> list[Equation]:
    """The equations with their marks as what they mean in the text."""
    change: dict[str, str] = {}
    if _OF_OUTER.search(text):
        change[r"\otimes"] = OUTER
    lefts = [tuple(t.text for t in e.left if t.text not in ("{", "}")) for e in found]
    plain = {left for left in lefts if r"\underline" not in left}
    if any(tuple(t for t in left if t != r"\underline") in plain for left in lefts if left not in plain):
        change[r"\underline"] = UNDER
    if not change:
        return list(found)

    def changed(side: Sequence[Token]) -> list[Token]:
        return [t._replace(text=change.get(t.text, t.text)) for t in side]

    return [replace(e, left=changed(e.left), right=changed(e.right)) for e in found]
