"""Rows that belong together: how one goes on with the one before it, and what groups of equations stand in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import dropwhile, takewhile

from derive.intake.latex.text.rows import EQUALS, SIGNS, has_equals, has_words, is_heading, is_said, outside, trimmed
from derive.intake.latex.text.sides import OTHERS
from derive.intake.latex.text.tokens import Token, closing, nesting

_BREAK = Token(r"\\")  # before a row of which it is not clear how it goes on
_GOING_ON = {"=", "/", "(", "[", "{", ")", "]", "}", "^", "_", r"\left", r"\bullet", r"\otimes", r"\oplus", r"\star"}


def goes_on(row: list[Token], first: list[Token]) -> bool:
    """Whether the first part of a row has no equation of its own: further terms, or = and another formula."""
    texts = [t.text for t in outside(first)]
    begins = not (EQUALS | OTHERS).isdisjoint(texts) and texts[0] != "="
    return not is_said(row) and row[-1].text != ":" and not begins


def joined(before: list[Token], row: list[Token], first: list[Token]) -> list[Token]:
    """A right side with the first part of the row after it. Words are none of it; a part that no sign and no bracket
    joins to what is before it stands behind a mark that is not read."""
    is_open = sum(map(nesting, before)) > 0
    if is_open or first[0].text in {*SIGNS, *_GOING_ON} or before[-1].text in {*SIGNS, "/", "=", ","}:
        return before + first
    return before if has_words(row) else [*before, _BREAK, *first]


def of_a_group(row: Sequence[Token], within: Iterable[list[Token]]) -> list[list[Token]]:
    r"""The rows of an environment, where they are equations, without names before them, Input: & x_t. row: what stands
    before it, at most a name, RNN = \begin{cases} h_t &= ...; none where that has an equation of its own."""
    rows = [*dropwhile(_is_name, (r for r in within if r and not is_heading(r)))]
    if not rows or not has_equals([*outside(rows[0])]):
        return []
    return rows if not has_equals([*row]) or _is_named(row, rows) else []


def _is_named(row: Sequence[Token], rows: Sequence[list[Token]]) -> bool:
    """Whether a row ends with its one equals sign before a system: no value stands in it, and no condition."""
    lefts = [trimmed([*takewhile(lambda t: not has_equals([t]), r)]) for r in rows]
    is_system = all(
        left and has_equals(r) and "&" not in [t.text for t in left] for left, r in zip(lefts, rows, strict=True)
    )
    return is_system and row[-1].text == "=" and sum(has_equals([t]) for t in row) == 1


def _is_name(row: list[Token]) -> bool:
    return not has_equals(row) and any(t.text == ":" for t in row)


def unbraced(body: list[Token]) -> list[Token]:
    r"""Without the braces around all of it, {\large ...}."""
    inner = [t for t in body if t.text != r"\par"]
    return inner[1:-1] if inner and inner[0].text == "{" and closing(inner, 0) == len(inner) - 1 else body


def end_of(given: Sequence[Token], k: int, close: str) -> int:
    r"""Where a display ends that begins at a place; a $ within its words, \text{with $h_0$}, does not end it."""
    depth = 0
    for j in range(k, len(given)):
        depth += (given[j].text == "{") - (given[j].text == "}")
        if given[j].text == close and (depth <= 0 or close != "$"):
            return j
    return len(given)


def is_stray(given: Sequence[Token], k: int, end: int) -> bool:
    """Whether a $ has lost its other one: it is odd in its line, and the next one stands in a line where all have."""
    if given[k].text != "$" or end >= len(given) or given[end].line == given[k].line:
        return False
    own, other = (sum(t.text == "$" for t in given if t.line == given[j].line) % 2 for j in (k, end))
    return own == 1 and other == 0
