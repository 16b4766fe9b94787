"""Lists of tokens, cut where authors cut them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from derive.intake.latex.text.tokens import Token, nesting
from derive.intake.latex.text.vocabulary import FONTS, WORDY


def without_stop(part: Sequence[Token]) -> list[Token]:
    """Without the comma or the full stop after it."""
    end = len(part)
    while end and part[end - 1].text in (",", "."):
        end -= 1
    return list(part[:end])


def is_signed(part: Sequence[Token]) -> bool:
    return bool(part) and (part[0].is_number or (part[0].text in ("-", "+") and len(part) > 1))


def label_of(part: Sequence[Token]) -> str:
    dropped = ("{", "}", "(", ")", ",", *FONTS, *WORDY)
    return "".join(t.text.lstrip("\\") for t in part if t.text not in dropped)


def split(given: Sequence[Token]) -> list[list[Token]]:
    """The parts between commas and semicolons that stand in no brackets."""
    return [p for p in parted(given, (",", ";")) if p]


def parted(given: Sequence[Token], at: Collection[str]) -> list[list[Token]]:
    """The parts between signs that stand in no brackets."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in given:
        depth += nesting(token)
        if depth == 0 and token.text in at:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def rows(body: Sequence[Token]) -> list[list[Token]]:
    rows: list[list[Token]] = [[]]
    depth = 0
    for token in body:
        depth += (token.text == r"\begin") - (token.text == r"\end")
        if depth == 0 and token.text == r"\\":
            rows.append([])
        else:
            rows[-1].append(token)
    return [r for r in rows if r]


def marks_of(part: Sequence[Token]) -> list[str]:
    """The marks of an index, i and j of ij, a prime with its letter."""
    found: list[str] = []
    for token in part:
        if token.text in ("'", r"\prime") and found:
            found[-1] += "'"
        elif token.text.lstrip("\\").isalpha() and token.text not in FONTS | WORDY:
            found.append(token.text.lstrip("\\"))
    return found
