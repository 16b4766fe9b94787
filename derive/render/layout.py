"""What fits on a line: formulas broken at their signs, wide tables split into blocks of columns."""

from __future__ import annotations

import re
from collections.abc import Sequence

from derive.render.width import TEXTWIDTH, width

_INDENT = 20.0  # the \quad before a continued line
_DISPLAY = TEXTWIDTH - 6.0  # an estimate may be a little short
_SIGN = re.compile(r" ([+-]) ")
_BRACKETS = re.compile(r"\\left\s*\S|\\right\s*\S|[(){}\[\]]")


def columns_fit(head: float, columns: Sequence[float], separation: float, limit: float = TEXTWIDTH) -> bool:
    """Whether a table of a head column and these columns is no wider than the limit. All widths in pt."""
    return head + sum(c + 2 * separation for c in columns) <= limit


def blocks(head: float, columns: Sequence[float], separation: float, limit: float = TEXTWIDTH) -> list[range]:
    """The columns of a table as few, evenly filled blocks, each of which fits beside a repeated head column.

    A single column that is wider than the limit gets a block of its own.
    """
    for count in range(1, len(columns) + 1):
        size = -(-len(columns) // count)
        cut = [range(k, min(k + size, len(columns))) for k in range(0, len(columns), size)]
        if all(columns_fit(head, [columns[k] for k in block], separation, limit) for block in cut):
            return cut
    return [range(k, k + 1) for k in range(len(columns))]


def aligned(left: str, parts: Sequence[tuple[str, str]], limit: float = _DISPLAY) -> list[str]:
    """``left = symbolic = substituted ≈ value`` as rows of an ``align*``, each short enough.

    parts: (relation, formula) pairs. A part goes on the line it fits on; a formula that is too long for a line of its own
    is broken before a sign that is in no bracket.
    """
    start = width(left)
    rows, used = [left + " "], start
    for k, (relation, formula) in enumerate(parts):
        pieces = _broken(f"{relation} {formula}", limit - start)
        if k and used + width(pieces[0]) <= limit and len(pieces) == 1:
            rows[-1] += f" {pieces[0]}"
            used += width(pieces[0])
            continue
        if k:
            rows.append("")
        rows[-1] += f"&{pieces[0]}"
        rows += [rf"&\quad {piece}" for piece in pieces[1:]]
        used = start + (_INDENT if pieces[1:] else 0.0) + width(pieces[-1])
    return rows


def _broken(formula: str, limit: float) -> list[str]:
    """The formula on as few lines as its signs allow; continued lines are indented."""
    if width(formula) <= limit:
        return [formula]
    lines = [""]
    for term in _terms(formula):
        room = limit - (_INDENT if len(lines) > 1 else 0.0)
        if lines[-1] and width(lines[-1] + term) > room:
            lines.append(term.strip())
        else:
            lines[-1] += term
    return lines


def _terms(formula: str) -> list[str]:
    """Cut before every sign that is in no bracket."""
    cuts = [m.start() for m in _SIGN.finditer(formula) if _depth(formula[: m.start()]) == 0]
    return [formula[a:b] for a, b in zip([0, *cuts], [*cuts, len(formula)], strict=True)]


def _depth(text: str) -> int:
    depth = 0
    for bracket in _BRACKETS.findall(text.replace(r"\{", "").replace(r"\}", "")):
        opening = bracket.startswith(r"\left") or bracket in "({["
        depth += 1 if opening else -1
    return depth
