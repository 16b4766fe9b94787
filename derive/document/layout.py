"""What fits on a line: formulas broken at their signs, wide tables split into blocks of columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from derive.document.page import Page
from derive.document.width import width
from derive.notation.mathml import plain_brackets

_INDENT = 20.0  # the \quad before a continued line
_DEEPEST = 6  # parentheses within which a line may end
_SIGN = re.compile(r" [+-] |(?<=,) ")
_SUM = re.compile(r"(\\sum_\{[^{}]*\}) ")  # over time
_DOT = re.compile(r" \\[co]dot ")
_TALL = re.compile(r"\\(?:frac|sqrt)\{")
_BRACKETS = re.compile(r"\\left\b|\\right\b|\\begin\b|\\end\b|[{}()]")


def columns_fit(head: float, columns: Sequence[float], separation: float, limit: float) -> bool:
    """Whether a table of a head column and these columns is no wider than the limit. All widths in pt."""
    return head + sum(c + 2 * separation for c in columns) <= limit


def blocks(head: float, columns: Sequence[float], separation: float, limit: float) -> list[range]:
    """The columns of a table as few, evenly filled blocks, each of which fits beside a repeated head column.

    A single column that is wider than the limit gets a block of its own.
    """
    for count in range(1, len(columns) + 1):
        ends = [-(-k * len(columns) // count) for k in range(count + 1)]
        cut = [range(a, b) for a, b in pairwise(ends)]
        if all(columns_fit(head, [columns[k] for k in block], separation, limit) for block in cut):
            return cut
    return [range(k, k + 1) for k in range(len(columns))]


def aligned_chains(chains: Sequence[tuple[str, Sequence[tuple[str, str]]]], page: Page) -> list[str]:
    """Several chains ``left = ... ≈ ...`` as rows of one ``align*``; see ``aligned``."""
    widest = max(width(left) for left, _ in chains)
    return [row for left, parts in chains for row in aligned(left, parts, page.display - widest + width(left))]


def aligned_sums(chains: Sequence[tuple[str, Sequence[tuple[str, str]]]], page: Page) -> list[str]:
    """The same, with sums over time of the size that they have in a text, as there are many."""
    return [_SUM.sub(r"{\\textstyle\1}\\, ", row) for row in aligned_chains(chains, page)]


def aligned(left: str, parts: Sequence[tuple[str, str]], limit: float) -> list[str]:
    """``left = symbolic = substituted ≈ value`` as rows of an ``align*``, each short enough.

    parts: (relation, formula) pairs. A part goes on the line it fits on; a formula that is too long for a line of its
    own is broken before a sign.
    """
    start = width(left)
    rows, used = [left + " "], start
    for k, (relation, formula) in enumerate(parts):
        pieces = broken(f"{relation} {formula}", limit - start, dots=True)
        following = width(" ".join(parts[-1])) if k == len(parts) - 2 else 0.0  # the value stays beside what gives it
        if k and used + width(pieces[0]) + following <= limit and len(pieces) == 1:
            rows[-1] += f" {pieces[0]}"
            used += width(pieces[0])
            continue
        if k:
            rows.append("")
        rows[-1] += f"&{pieces[0]}"
        rows += [rf"&\quad {piece}" for piece in pieces[1:]]
        used = start + (_INDENT if pieces[1:] else 0.0) + width(pieces[-1])
    return rows


def broken(formula: str, limit: float, indent: float = _INDENT, dots: bool = False) -> list[str]:
    """The formula on several lines, each within the limit where that is possible, cut at signs and commas.

    Cut is outside parentheses where that suffices, and else within as few as it takes; where that does not, brackets
    that grow are given a fixed size and are cut too, and fractions are written on the line. indent: what is set before
    every line but the first, in pt. dots: whether a line that signs leave too long may also end before a dot.
    """

    def fit(lines: list[str]) -> bool:
        return all(width(line) <= limit - (indent if k else 0.0) for k, line in enumerate(lines))

    for text in dict.fromkeys((formula, _unpaired(formula), _unpaired(_on_the_line(formula)))):
        for depth in range(_DEEPEST + 1):
            lines = _filled(text, _SIGN, limit, indent, depth)
            if fit(lines):
                return lines
        if dots and fit(further := _at_dots(_filled(text, _SIGN, limit, indent, 0), limit, indent, 0)):
            return further
    return _at_dots(lines, limit, indent, _DEEPEST) if dots else lines


def _at_dots(lines: list[str], limit: float, indent: float, depth: int) -> list[str]:
    first, *others = lines
    parts = _filled(first, _DOT, limit, indent, depth)
    return parts + [part for line in others for part in _filled(line, _DOT, limit - indent, 0.0, depth)]


def _unpaired(formula: str) -> str:
    """The formula with brackets that may stand on different lines: of a fixed size, larger around what is tall."""
    return plain_brackets(formula).replace(r"\left(", r"\Bigl(").replace(r"\right)", r"\Bigr)")


def _on_the_line(formula: str) -> str:
    """The formula with its outermost fractions written as (a) / (b), its outermost roots as (a)^{1/2}."""
    found = _TALL.search(formula)
    if found is None:
        return formula
    inner, rest = _group(formula[found.end() :])
    text = rf"{formula[: found.start()]}\left({inner}\right)"
    if found[0] == r"\sqrt{":
        return rf"{text}^{{1/2}}{_on_the_line(rest)}"
    below, rest = _group(rest.removeprefix("{"))
    return rf"{text} / \left({below}\right){_on_the_line(rest)}"


def _group(text: str) -> tuple[str, str]:
    """What stands before the brace that closes the group, and what follows it."""
    depth = 1
    for k, character in enumerate(text):
        depth += {"{": 1, "}": -1}.get(character, 0)
        if depth == 0:
            return text[:k], text[k + 1 :]
    return text, ""


def _filled(formula: str, sign: re.Pattern[str], limit: float, indent: float, depth: int) -> list[str]:
    if width(formula) <= limit:
        return [formula]
    lines = [""]
    for term in _terms(formula, sign, depth):
        room = limit - (indent if len(lines) > 1 else 0.0)
        if lines[-1] and width(lines[-1] + term) > room:
            lines.append(term.strip())
        else:
            lines[-1] += term
    return lines


def _terms(formula: str, sign: re.Pattern[str], depth: int) -> list[str]:
    """Cut where a line may end: in no group, between no ``\\left`` and ``\\right``, in so many parentheses at most."""
    cuts, before, opened = list[int](), 0, 0
    for m in sign.finditer(formula):
        opened += _opened(formula[before : m.start()])
        before = m.start()
        if opened <= depth:
            cuts.append(before)
    return [formula[a:b] for a, b in zip([0, *cuts], [*cuts, len(formula)], strict=True)]


def _opened(text: str) -> int:
    """How many more brackets a text opens than it closes; one in which no line may end counts as many."""
    brackets = _BRACKETS.findall(text.replace(r"\{", "").replace(r"\}", ""))
    firm = sum(1 if b.startswith((r"\left", r"\begin", "{")) else -1 for b in brackets if b not in "()")
    return firm * (_DEEPEST + 1) + sum(1 if b == "(" else -1 for b in brackets if b in "()")
