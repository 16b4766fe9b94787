"""A row of a display: the equations in it, and the words beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from derive.intake.latex.tokens import Token, argument, nesting
from derive.intake.latex.vocabulary import WORDS

BETWEEN = {r"\quad", r"\qquad", ";"}
TEXTUAL = {r"\text", r"\mbox", r"\textrm", r"\textnormal", r"\intertext", r"\shortintertext", r"\textit", r"\textsf"}
_PROSE = {"for", "if", "when", "where", "with", "and", "or", "otherwise", "then", "as", "since", "while", "is"}
_CONDITIONS = {"for", "if", "when", "while", "since", "otherwise"}
_BRANCHES = {"if", "when", "while"}  # after which something else holds
_SIGNS = {"+", "-", "*", r"\odot", r"\circ", r"\cdot", r"\times"}  # with which a formula goes on


def has_equals(row: list[Token]) -> bool:
    return any(t.text == "=" for t in row)


def outside(row: list[Token]) -> Iterator[Token]:
    """The tokens of a row that stand in no brackets and no environment."""
    depth = 0
    for token in row:
        depth += nesting(token)
        if depth == 0:
            yield token


def equations_of(row: list[Token]) -> Iterator[tuple[list[Token], str]]:
    """Several equations of a row, parted by space, commas or words, and the condition that is said of each; alignment
    marks are dropped."""
    part: list[Token] = []
    depth = k = within = 0
    while k < len(row):
        token = row[k]
        within += (token.text == r"\begin") - (token.text == r"\end")
        if token.text in TEXTUAL and depth == 0 and not _is_name(row, k):
            inner, end = argument(row, k + 1)
            goes_on = end < len(row) and row[end].text in _SIGNS and _first_word(inner) not in _PROSE  # a remark
            if has_equals(part) and not goes_on:
                after = _after_condition(row, end) if _first_word(inner) in _CONDITIONS else end
                yield trimmed(part), _condition(inner, row[end : after if after > end else None])
                part, end = [], after
            k = end
            continue
        depth += nesting(token)
        parts = token.text in BETWEEN or token.text in (",", "&")
        if parts and depth == 0 and has_equals(part) and _begins_equation(row, k + 1):
            yield trimmed(part), ""
            part = []
        elif not (token.text == "&" and not within) and not (depth == 0 and token.text in BETWEEN):
            part.append(token)
        k += 1
    if trimmed(part):
        yield trimmed(part), ""


def _condition(inner: Sequence[Token], after: Sequence[Token]) -> str:
    """What words after an equation make it depend on, and what stands behind them; nothing where that is the time."""
    words = "".join(" " * t.space + t.text for t in inner).split()
    named = {w for w in (*words[1:], *(t.text for t in after)) if w.strip(",.").isalpha()}
    first = _first_word(inner)
    if first != "otherwise" and (first not in _BRANCHES or not named - {"t"}):
        return ""
    return " ".join([*words, "".join(t.text for t in after if t.text not in BETWEEN)]).strip(" ,.;")


def _first_word(inner: Sequence[Token]) -> str:
    """The first word of a piece of text, in small letters."""
    words = "".join(" " * t.space + t.text for t in inner).split()
    return words[0].lower().strip(",.:(") if words else ""


def is_said(row: list[Token]) -> bool:
    """Whether a row begins with words, "where a is a constant", and with no sign after them: a sentence and no terms of
    the row before."""
    row = trimmed(row)
    if not row or row[0].text not in TEXTUAL or _is_name(row, 0):
        return False
    _, end = argument(row, 1)
    return end < len(row) and row[end].text not in _SIGNS


def _after_condition(row: list[Token], k: int) -> int:
    """Where the next equation begins after a condition, if x_t > 0."""
    if _begins_equation(row, k):
        return k
    depth = 0
    for j in range(k, len(row)):
        depth += nesting(row[j])
        if depth == 0 and row[j].text in (",", *BETWEEN) and _begins_equation(row, j + 1):
            return j + 1
    return k


def _is_name(row: list[Token], k: int) -> bool:
    """Whether a piece of text is a name in a formula and no remark: a letter, a word before a bracket or an index, and
    in a formula any other word that no equation follows."""
    inner, end = argument(row, k + 1)
    if "".join(t.text for t in inner).lower() in WORDS and [t.text for t in row[end : end + 1]] == ["("]:
        return True
    if any(t.space for t in inner[1:]) or not all(t.text.isalnum() for t in inner):
        return False
    after = row[end].text if end < len(row) else ""
    if "".join(t.text for t in inner) in _PROSE:
        return False
    if len(inner) == 1 or after in ("(", "[", "{", "_", "^", "=", "&"):
        return after != "&" or k > 0
    ends = after in ("", ",", ".", ";", *BETWEEN, *TEXTUAL)
    return has_equals(row[:k]) and not ends and not _begins_equation(row, end)


def _begins_equation(row: list[Token], k: int) -> bool:
    """Whether an equals sign comes before anything that parts equations."""
    for token in outside(row[k:]):
        if token.text in ("=", r"\leftarrow", ":=", r"\coloneqq", r"\triangleq"):
            return True
        if token.text in ("+", "-", ","):
            return False
    return False


def trimmed(part: list[Token]) -> list[Token]:
    while part and part[-1].text in (".", ",", ";", ":", "&"):
        part = part[:-1]
    while part and part[0].text in (",", ";", "&", "."):
        part = part[1:]
    return part
