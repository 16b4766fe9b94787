"""What fits on a line: formulas broken at their signs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import NamedTuple

from derive.document.model import Chain, Chains
from derive.document.width import enlarged, width
from derive.notation.figures import BORDER
from derive.notation.page import Page
from derive.notation.printers import plain_brackets

_INDENT = 20.0  # the \quad before a continued line
_DEEPEST = 6  # parentheses within which a line may end
_DEEP_INDENT = 0.4  # of the line that a continued one may be indented
_LINE, _TALL_LINE = 15.5, 34.0  # pt: a line of a display at 10 pt, one with a fraction, root or sum
_ROW, _AROUND = 12.0, 10.0  # pt: of an array
_ARRAY = re.compile(r"\\begin\{bmatrix\}(.*?)\\end\{bmatrix\}")
_SIGN = re.compile(r" [+-] |(?<=,) ")
_BORDER = re.compile(BORDER)
_SUM = re.compile(r"(\\sum_\{[^{}]*\}) ")  # over time
_DOT = re.compile(  # and before what ∂/∂x is of, and between matrices
    r"(?<=\\[co]dot) |(?<= /) |(?<=\})(?=\\Bigg?l\(\\begin\{cases\})|(?<=\\end\{bmatrix\}) (?=\\begin\{bmatrix\})"
)
_IN_BRACES = re.compile(r"\{(?:[^{}]|\{[^{}]*\})*\}")
_TALL = re.compile(r"\\(?:frac|sqrt)\{")
_HIGH = re.compile(r"\\(?:frac|sqrt|sum|begin|Bigg[lr])\b")
_BRACKETS = re.compile(r"\\left\b|\\right\b|\\begin\b|\\end\b|[{}()]")


class DisplayLine(NamedTuple):
    """A line of a display: its LaTeX, and whether the next one belongs to it, so that no page may begin there."""

    latex: str
    is_continued: bool = False

    @property
    def height(self) -> float:
        if not _HIGH.search(self.latex):
            return _LINE
        rows: list[int] = [array.count(r"\\ ") + 1 for array in _ARRAY.findall(self.latex)]
        if rows:
            arrays = 2 if r"}{\begin{bmatrix}" in self.latex else 1  # one above the other in a fraction
            return max(_TALL_LINE, arrays * (_ROW * max(rows) + _AROUND)) + _LINE * (r"\frac" in self.latex)
        enlargement = _TALL_LINE - _LINE if enlarged(self.latex) != self.latex else 0.0
        return _TALL_LINE + enlargement + _LINE * self.latex.count(r"\\ ")  # of cases


def displays(part: Chains, page: Page, above: float = 0.0) -> list[list[DisplayLine]]:
    """Chains as the lines of an ``align``, of several where a slide would be too low; see ``aligned``.

    above: what a note takes that stands on the slide of the first, in pt of type at 10 pt.

    The lines of a chain stay together. One that no page holds is taken up again, in another, with its left side, and a
    formula that none holds with dots in the place of what has been said of it.
    """
    widest = max(width(chain.left) for chain in part.chains)
    found: list[list[DisplayLine]] = [[]]
    used, room = above, page.room / page.scale
    for chain in part.chains:
        rows = aligned(chain, page.display - widest + width(chain.left))
        lines = [_sized(DisplayLine(row, k < len(rows) - 1), part.sums) for k, row in enumerate(rows)]
        if page.is_slide and found[-1] and used + height(lines) > room:
            found.append([])
        used = height(found[-1]) + above * (len(found) == 1) if page.is_slide else 0.0
        relation = ""
        for k, line in enumerate(lines):
            whole = [line] if _goes_on(line) else _with_what_goes_on(lines[k:])
            relation = relation if _goes_on(line) else line.latex.partition("&")[2].split(" ")[0]
            if k and found[-1] and used + min(height(whole), room) > room:
                found.append([])
                if _goes_on(line):
                    found[-1].append(DisplayLine(rf"{chain.left} &{relation} \cdots", is_continued=True))
                else:
                    line = line._replace(latex=f"{chain.left} {line.latex}")
                used = 0.0
            found[-1].append(line)
            used += line.height
    return found


def height(lines: Iterable[DisplayLine]) -> float:
    """Of lines of a display, in pt of type at 10 pt."""
    return sum(line.height for line in lines)


def gaps(latex: str) -> int:
    """How many spaces between columns the arrays of a line have."""
    return sum(array.partition(r"\\ ")[0].count("&") for array in _ARRAY.findall(latex))


def _sized(line: DisplayLine, sums: bool) -> DisplayLine:
    """Sums over time have the size that they have in a text where there are many."""
    return line._replace(latex=_SUM.sub(r"{\\textstyle\1}\\, ", line.latex)) if sums else line


def _goes_on(line: DisplayLine) -> bool:
    """Whether it continues the formula of the line before."""
    return line.latex.startswith((r"&\quad", r"&\hphantom"))


def _with_what_goes_on(lines: Sequence[DisplayLine]) -> list[DisplayLine]:
    """The first line, and those that continue it."""
    return [lines[0], *takewhile(_goes_on, lines[1:])]


def aligned(chain: Chain, limit: float) -> list[str]:
    """``left = symbolic = substituted ≈ value`` as rows of an ``align*``, each short enough.

    A part goes on the line it fits on; a formula that is too long for a line of its own is broken before a sign, and
    goes on below what follows its opening parenthesis where it is broken within it.
    """
    start, parts = width(chain.left), chain.parts
    rows, used = [chain.left + " "], start
    for k, (relation, formula) in enumerate(parts):
        indent, pieces = _hanging(f"{relation} {plain_brackets(formula)}", limit - start)
        following = width(" ".join(parts[-1])) if k == len(parts) - 2 else 0.0  # the value stays beside what gives it
        if k and used + width(pieces[0]) + following <= limit and len(pieces) == 1:
            rows[-1] += f" {pieces[0]}"
            used += width(pieces[0])
            continue
        if k:
            rows.append("")
        rows[-1] += f"&{pieces[0]}"
        rows += [f"&{indent} {_unspaced(piece)}" for piece in pieces[1:]]
        used = start + (width(indent) if pieces[1:] else 0.0) + width(pieces[-1])
    return rows


def _unspaced(piece: str) -> str:
    """What goes on on a line of its own, for which the line's indent is space enough."""
    return piece.removeprefix(r"\qquad ")


def _hanging(formula: str, limit: float) -> tuple[str, list[str]]:
    """A formula on several lines, and what those after the first are indented by."""
    plain = broken(formula, limit, dots=True)
    if len(plain) == 1:
        return "", plain
    opening, bracket, _ = formula.partition("(")
    prefix = opening + bracket
    if bracket and "\\left" not in prefix and "{" not in prefix and width(prefix) <= _DEEP_INDENT * limit:
        lines = broken(formula, limit, indent=width(prefix), dots=True)
        within = lines[0].startswith(prefix) and all(_open(lines[:k]) for k in range(1, len(lines)))
        at_dots = any(map(_ends_at_dot, lines)) > any(map(_ends_at_dot, plain))
        few = len(lines) in (2, len(plain), len(plain) + 1) and not at_dots
        if within and few and _fit(lines, limit, width(prefix)):
            return rf"\hphantom{{{{}}{prefix}}}", lines
    return r"\quad", plain


def _ends_at_dot(line: str) -> bool:
    return line.endswith("dot {}")


def _open(lines: Sequence[str]) -> bool:
    text = "".join(lines)
    return text.count("(") > text.count(")")


def terms(formula: str, limit: float, dots: bool = False) -> list[str]:
    """The formula on several lines that begin with a sign outside of all brackets; a term may be longer than a line.

    dots: whether such a term may go on on the next line after a dot, outside of brackets too.
    """
    lines = _filled(plain_brackets(formula.replace(BORDER, "")), _SIGN, limit, 0.0, 0)
    return _at_dots(lines, limit, 0.0, 0) if dots else lines


def broken(formula: str, limit: float, indent: float = _INDENT, dots: bool = False) -> list[str]:
    """The formula on several lines, each within the limit where that is possible, cut at signs and commas.

    Cut is at the borders between W x, b and W h where it has such, then outside parentheses where that suffices, and
    else within as few as it takes; where that does not, brackets that grow are given a fixed size and are cut too, and
    fractions are written on the line. indent: what is set before every line but the first, in pt. dots: whether a line
    that signs leave too long may also end after a dot.
    """

    if BORDER in formula:
        if _fit(lines := _at_borders(formula, limit, indent), limit, indent):
            return lines
        formula = formula.replace(BORDER, "")
    for text in dict.fromkeys((formula, _unpaired(formula), _unpaired(on_the_line(formula)))):
        lines = _cut(text, limit, indent)
        if _fit(lines, limit, indent):
            return lines
        further = _at_dots(_filled(text, _SIGN, limit, indent, 0), limit, indent, 0) if dots else []
        if dots and _fit(further, limit, indent):
            return further
    return _at_dots(lines, limit, indent, _DEEPEST) if dots else lines


def _fit(lines: Sequence[str], limit: float, indent: float) -> bool:
    return all(width(line) <= limit - (indent if k else 0.0) for k, line in enumerate(lines))


def _at_borders(formula: str, limit: float, indent: float) -> list[str]:
    """Cut at borders, and what lies between two of them at signs where it is longer than a line."""
    first, *others = _filled(formula, _BORDER, limit, indent, _DEEPEST)
    lines = _cut(first, limit, indent)
    for line in others:
        lines += _cut(line, limit - indent, 0.0)
    return [line.replace(BORDER, "").strip() for line in lines]


def _cut(formula: str, limit: float, indent: float) -> list[str]:
    """Cut at signs outside of parentheses, and what is still longer than a line at those within ever more of them."""
    lines = [formula]
    for depth in range(_DEEPEST + 1):
        first, *others = lines
        lines = _filled(first, _SIGN, limit, indent, depth)
        for line in others:
            lines += _filled(line, _SIGN, limit - indent, 0.0, depth)
    return lines


def _at_dots(lines: list[str], limit: float, indent: float, depth: int) -> list[str]:
    first, *others = lines
    parts = _filled(first, _DOT, limit, indent, depth)
    parts += [part for line in others for part in _filled(line, _DOT, limit - indent, 0.0, depth)]
    return [f"{part} {{}}" if part.endswith("dot") else part for part in parts]  # so that it has space before it


def _unpaired(formula: str) -> str:
    """The formula with brackets that may stand on different lines: of a fixed size, larger around what is tall."""
    size = "Bigg" if any(array.count(r"\\ ") > 1 for array in _ARRAY.findall(formula)) else "Big"
    return plain_brackets(formula).replace(r"\left(", rf"\{size}l(").replace(r"\right)", rf"\{size}r)")


def on_the_line(formula: str) -> str:
    """The formula with its outermost fractions written as (a) / (b), roots as (a)^{1/2}; derivatives stay."""
    found = _TALL.search(formula)
    if found is None:
        return formula
    before = formula[: found.start()]
    inner, rest = _group(formula[found.end() :])
    if found[0] == r"\sqrt{":
        return rf"{before}\left({inner}\right)^{{1/2}}{on_the_line(rest)}"
    below, rest = _group(rest.removeprefix("{"))
    if inner.startswith(r"\partial"):
        return rf"{before}\frac{{{inner}}}{{{below}}}{on_the_line(rest)}"
    above, below = (part if _is_factor(part) else rf"\left({part}\right)" for part in (inner, below))
    return rf"{before}{above} / {below}{on_the_line(rest)}"


def _is_factor(formula: str) -> bool:
    """Whether it is a number, a name or a power, which needs no brackets beside a slash."""
    return re.search(r"[ (-]|\\[lcofts]", _IN_BRACES.sub("", formula)) is None


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
    cuts, before, groups, parentheses = list[int](), 0, 0, 0
    for m in sign.finditer(formula):
        for bracket in _BRACKETS.findall(formula[before : m.start()].replace(r"\{", "").replace(r"\}", "")):
            if bracket in "()":
                parentheses += 1 if bracket == "(" else -1
            else:
                groups += 1 if bracket.startswith((r"\left", r"\begin", "{")) else -1
        before = m.start()
        if groups == 0 and parentheses <= depth:
            cuts.append(before)
    return [formula[a:b] for a, b in zip([0, *cuts], [*cuts, len(formula)], strict=True)]
