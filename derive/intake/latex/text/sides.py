r"""The two sides of an equation, without what is said of the whole, \in \mathbb{R}^n, and its number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from derive.errors import DefinitionError
from derive.intake.latex.text.rows import EQUALS, SIGNS, outside
from derive.intake.latex.text.tokens import Token, closing, nesting

ABOUT = {r"\approx", r"\simeq", r"\approxeq"}  # about equal, of which it is said that they are taken for equal
#: Signs that say something else than that both sides are equal; an arrow may mean it.
OTHERS = {r"\propto", r"\to", r"\rightarrow", r"\longrightarrow", r"\mapsto", r"\longmapsto", r"\cong"}
LONGEST = 10_000  # letters and signs of one


@dataclass(frozen=True)
class Equation:
    """The two sides of an equation, with the sign between them. condition: what is said after it of when it holds, "if
    x_t>0"; whole: the equation of the text, of which this is one of several that are written as one."""

    left: list[Token]
    right: list[Token]
    line: int
    labels: tuple[str, ...]
    condition: str = ""
    sign: str = "="
    whole: Equation | None = None

    @property
    def source(self) -> Equation:
        """The equation as it stands in the text."""
        return self.whole or self


def sides(part: list[Token], labels: tuple[str, ...], is_displayed: bool = False) -> Equation | None:
    """The equation that a part of a row is; None of what has no equals sign, or says how far an index goes.
    is_displayed: whether another sign may stand between its sides, which in sentences says when something is so."""
    if part and part[0].text == "[" and closing(part, 0) == len(part) - 1:  # [h = ...]
        part = part[1:-1]
    signs = EQUALS | ABOUT if is_displayed else EQUALS
    if is_displayed and signs.isdisjoint(t.text for t in outside(part)):
        signs = OTHERS
    depth = 0
    for k, token in enumerate(part):
        depth += nesting(token)
        if depth == 0 and token.text in signs and k:
            left = part[: k - 1] if part[k - 1].text == ":" else part[:k]
            right = _last_side(_without_set(part[k + 1 :]))
            if len(part) > LONGEST:
                raise DefinitionError(
                    f"line {left[0].line}: a formula has {len(part)} letters and signs, at most {LONGEST} are read"
                )
            if left and right and not _is_range(left, right):
                return Equation(left, right, left[0].line, labels, sign=token.text)
    return None


def _is_range(left: list[Token], right: list[Token]) -> bool:
    r"""Whether it says through which numbers an index goes, n = 1, \dots, N."""
    is_list = right[0].is_number and [t.text for t in right[1:2]] == [","]
    return len(left) == 1 and is_list and not {r"\dots", r"\cdots", r"\ldots"}.isdisjoint(t.text for t in right)


def _last_side(right: list[Token]) -> list[Token]:
    r"""Of \Phi(x_t) = \tanh(W x_t), what a function of letters is said to be; any other side as it is."""
    depth = 0
    for k, token in enumerate(right):
        depth += nesting(token)
        if depth == 0 and token.text == "=":
            first = [t.text for t in right[:k]]
            opens = first.index("(") if "(" in first else 0
            is_call = 0 < opens <= 4 and closing(right, opens) == k - 1 and not {*SIGNS} & {*first[:opens]}
            return _last_side(right[k + 1 :]) if is_call and not {*SIGNS} & set(_bare(first[opens:])) else right
    return right


def _bare(texts: list[str]) -> Iterator[str]:
    """What stands in brackets, without times: t - 1."""
    yield from (a for a, b in pairwise([*texts, ""]) if not (a in ("-", "+") and b.isdigit()))


def _without_set(right: list[Token]) -> list[Token]:
    r"""Without the set that the whole is said to lie in, \in \mathbb{R}^n, and without the number of the equation."""
    comma, depth = 0, 0
    for k, token in enumerate(right):
        depth += nesting(token)
        if depth == 0 and token.text == "," and not comma:
            comma = k  # h = ..., W \in \mathbb{R}^n: of other letters
        if depth == 0 and token.text == r"\in":
            return list(right) if _goes_on(right[k + 1 :]) else right[: comma or k]
    if [t.text for t in right[-3::2]] == ["(", ")"] and right[-2].is_number and len(right) > 3:
        end = len(right) - (4 if right[-4].text in (r"\cdots", r"\dots", r"\ldots") else 3)
        if end < len(right) - 3 or right[-3].space or right[-4].text in (")", "]", "}"):
            return right[:end]
    return list(right)


def _goes_on(after: list[Token]) -> bool:
    r"""Whether the formula goes on after a set, \in \mathbb{R}^n + V x_t."""
    marked = [token for before, token in pairwise([Token(""), *outside(after)]) if before.text not in ("^", "_")]
    return any(token.text in SIGNS for token in marked)
