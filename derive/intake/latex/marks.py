r"""Marks whose meaning is that of a text: \\otimes, which the text may say is the outer product, and \\underline, which
sets letters apart where they stand without it as well."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from derive.intake.latex.sides import Equation
from derive.intake.latex.tokens import Token
from derive.intake.latex.vocabulary import OUTER

UNDER = r"\underlined"  # the accent of a letter that is another one without it, which nobody types
_OF_OUTER = re.compile(
    r"\\otimes\s*(?:\$|\\\)|`|</math>)?\s*(?:denotes|is|represents|means|stands for|for|indicates|being)\s+"
    r"(?:the\s+|an\s+|)(?:vector\s+)?(?:outer|tensor)[\s-]+product",
    re.IGNORECASE,
)


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
