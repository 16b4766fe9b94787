r"""The equations of a text: displays are found, cut into rows and into equations; the rest is passed over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from derive.errors import DefinitionError
from derive.intake.latex.text.groups import end_of, goes_on, is_stray, joined, of_a_group, unbraced
from derive.intake.latex.text.rows import EQUALS, equations_of, has_equals, is_of_spaces
from derive.intake.latex.text.sides import Equation, sides
from derive.intake.latex.text.tokens import Token, argument, closing
from derive.intake.latex.text.vocabulary import MATRICES

DEEPEST = 20  # environments within each other
MOST = 3000  # equations of a text
#: Environments whose rows are equations.
DISPLAYS = {"equation", "align", "gather", "eqnarray", "multline", "flalign", "alignat", "displaymath", "math", "dmath",
            "dgroup", "IEEEeqnarray", "empheq", "darray"}  # fmt: skip
#: Environments within a display that only lay its rows out, if these are equations.
LAYOUTS = {"aligned", "split", "gathered", "alignedat", "array", "cases", "rcases", "subequations", "alignat", "matrix"}
#: Those of them that are taken for a display where they stand in none.
_ALONE = {"aligned", "split", "gathered", "alignedat", "array"}
_DROPPED_WITH_ARGUMENT = {r"\label", r"\tag", r"\tag*", r"\vspace", r"\hspace", r"\vspace*", r"\hspace*", r"\ref",
                          r"\eqref", r"\cite", r"\color", r"\textcolor", r"\phantom", r"\footnote"}  # fmt: skip
_DROPPED = {r"\nonumber", r"\notag", r"\displaystyle", r"\textstyle", r"\limits", r"\hfill", r"\noindent", r"\,", r"\!",
            r"\:", r"\;", r"\>", r"\ ", "~", r"\left", r"\right", r"\big", r"\Big", r"\bigg", r"\Bigg", r"\bigl",
            r"\bigr", r"\Bigl", r"\Bigr", r"\biggl", r"\biggr", r"\par", r"\centering", r"\small", r"\scriptstyle",
            r"\allowbreak", r"\break", r"\newline", r"\tiny", r"\scriptsize", r"\footnotesize", r"\normalsize",
            r"\footnotemark", r"\qed", r"\qedhere",
            r"\nolimits", r"\xspace", r"\large", r"\Large", r"\LARGE", r"\huge", r"\Huge"}  # fmt: skip
_DRAWN = {"tikzpicture", "axis", "picture", "thebibliography"}  # environments of which an index is none of a formula
_WITHIN = LAYOUTS | MATRICES | {"dcases", "drcases", "Vmatrix"}  # what stands within a formula
_FRAMES = {r"\boxed", r"\fbox"}  # around an equation
_OVER = {r"\stackrel", r"\overset"}  # a remark above a sign
_BRACES = {r"\underbrace", r"\overbrace"}  # with a remark
#: Classes of atoms, which set spaces: what they are given stands in the formula, if it is anything.
_CLASSES = {r"\mathopen", r"\mathclose", r"\mathbin", r"\mathrel", r"\mathord", r"\mathinner"}
_ENDS = {r"\\", r"\cr", r"\tabularnewline"}


@dataclass(frozen=True)
class Display:
    """One display: its labels, and its rows of tokens."""

    labels: tuple[str, ...]
    rows: tuple[list[Token], ...]
    line: int


def equations(given: list[Token]) -> list[Equation]:
    """Every equation of a text; where it has no display, of its formulas in sentences; without these, of the text.

    Raises DefinitionError for a text of too many.
    """
    shown = list(displays(given))
    is_displayed = bool(shown)
    shown = shown or [display for _, display, _ in _inline(given)]
    is_displayed = is_displayed or not shown
    shown = shown or [Display((), tuple(_rows(given)), given[0].line if given else 1)]
    found: list[Equation] = []
    for display in shown:
        for k, row in enumerate(row for row in display.rows if not is_of_spaces(row)):
            parts = list(equations_of(row))
            if k and parts and found and goes_on(row, parts[0][0]):  # from the row before
                last, (part, condition) = found.pop(), parts.pop(0)
                right = joined(last.right, row, part)
                found.append(replace(last, right=right, condition=last.condition or condition))
            for part, condition in parts:
                if (equation := sides(part, display.labels, is_displayed)) is not None:
                    found.append(replace(equation, condition=condition))
            if len(found) > MOST:
                raise DefinitionError(
                    f"line {found[-1].line}: the text has more than {MOST} equations; give the part of one cell"
                )
    return found


def displays(given: list[Token]) -> Iterator[Display]:
    """Every display of a text."""
    k = 0
    while k < len(given):
        text = given[k].text
        start = given[k].line
        if text == r"\begin":
            name = _name(given, k + 1)
            if name in DISPLAYS | _ALONE or _is_formula(_body(given, k, name)[0], name):
                body, k = _body(given, k, name)
                yield Display(_labels(body), tuple(_rows(_without_options(name, body))), start)
                continue
        elif text == r"\[" or (text == "$" and _is_double(given, k)):
            close = r"\]" if text == r"\[" else "$"
            first = k + 1 if text == r"\[" else k + 2
            end = end_of(given, first, close)
            yield Display(_labels(given[first:end]), tuple(_rows(given[first:end])), start)
            k = end + (1 if text == r"\[" else 2)
            continue
        k += 1


def _is_formula(body: Sequence[Token], name: str) -> bool:
    """Whether the inside of an environment of another name is set as a formula: it has indices, which words have not,
    and an equals sign."""
    texts = {t.text for t in body}
    inner = {"$", r"\[", r"\(", r"\begin", "`"}
    return {"_", "="} <= texts and inner.isdisjoint(texts) and name not in _DRAWN | _WITHIN


def _is_double(given: list[Token], k: int) -> bool:
    """Whether a $ is the first of two, and not the end of a formula before the next one."""
    return k + 1 < len(given) and given[k + 1].text == "$" and not given[k + 1].space


class Sentence(NamedTuple):
    """An equation in a sentence. place: the line of its formula, and which one of that line it is, from 0; is_alone:
    whether the formula is nothing else."""

    place: tuple[int, int]
    equation: Equation
    is_alone: bool


def _inline(given: list[Token]) -> Iterator[tuple[int, Display, int]]:
    """The formulas within sentences, between the places where they begin and end."""
    k = 0
    while k < len(given):
        close = {"$": "$", r"\(": r"\)", "`": "`" if _is_role(given, k) else None}.get(given[k].text)
        if close is not None:
            end = next((j for j in range(k + 1, len(given)) if given[j].text == close), len(given))
            if not is_stray(given, k, end):
                yield k, Display((), tuple(_rows(given[k + 1 : end])), given[k].line), end
                k = end
        k += 1


def _is_role(given: Sequence[Token], k: int) -> bool:
    """Whether :math: stands before a place, as docstrings have it."""
    return "".join(t.text for t in given[max(k - 6, 0) : k]) == ":math:"


def in_sentences(given: list[Token]) -> Iterator[Sentence]:
    """The equations that stand in sentences."""
    count = Counter[int]()
    for k, display, end in _inline(given):
        place = given[k].line, count[given[k].line]
        count[given[k].line] += end > k + 1  # $$ is none
        for row in display.rows:
            parts = list(equations_of(row))
            for part, condition in parts:
                if (equation := sides(part, display.labels)) is not None:
                    is_alone = len(parts) == 1 and ":" not in [t.text for t in part]
                    said = replace(equation, condition=condition)
                    yield Sentence(place, said, is_alone)


def _name(given: list[Token], k: int) -> str:
    inner, _ = argument(given, k)
    return "".join(t.text for t in inner).rstrip("*")


def _body(given: list[Token], k: int, name: str) -> tuple[list[Token], int]:
    """What an environment holds, and where it ends."""
    _, first = argument(given, k + 1)
    depth, j = 1, first
    while j < len(given):
        if given[j].text in (r"\begin", r"\end") and _name(given, j + 1) == name:
            depth += 1 if given[j].text == r"\begin" else -1
            if depth == 0:
                return given[first:j], argument(given, j + 1)[1]
        j += 1
    return given[first:], j


def _without_options(name: str, body: list[Token]) -> list[Token]:
    """Without the columns of an array and the like."""
    if body and body[0].text == "[":
        body = body[next((j for j, t in enumerate(body) if t.text == "]"), 0) + 1 :]
    if name in ("array", "alignat", "alignedat", "IEEEeqnarray", "empheq", "darray") and body and body[0].text == "{":
        body = body[closing(body, 0) + 1 :]
    return body


def _labels(body: list[Token]) -> tuple[str, ...]:
    return tuple(
        "".join(t.text for t in argument(body, k + 1)[0]) for k, token in enumerate(body) if token.text == r"\label"
    )


def _rows(body: list[Token], within: int = 0) -> Iterator[list[Token]]:
    """The rows; an environment that only lays out rows of equations is opened. within: so many others.

    Raises DefinitionError where environments stand too deep within each other.
    """
    if within > DEEPEST:
        raise DefinitionError(
            f"line {body[0].line if body else 0}: environments stand more than {DEEPEST} deep within each other"
        )
    body = unbraced(body)
    row: list[Token] = []
    frames: list[int] = []  # how deep those stand that are open
    depth = k = 0
    while k < len(body):
        token = body[k]
        if token.text == r"\begin" and depth == 0:
            name = _name(body, k + 1)
            inner, end = _body(body, k, name)
            rows = list(_rows(_without_options(name, inner), within + 1)) if name in LAYOUTS | DISPLAYS else []
            if rows := of_a_group(row, rows):
                row = [t for t in row if t.text not in (r"\{", r"\left", "&", ".")] if not has_equals(row) else []
                yield from ([row] if row else [])
                yield from rows
                row = []
            else:
                row += _plain(body[k:end])
            k = end
            continue
        depth += (token.text == "{") - (token.text == "}")
        if token.text in _ENDS and depth == 0:
            yield row
            row = []
            if k + 2 < len(body) and body[k + 1].text == "[" and body[k + 2].is_number:  # \\[2pt]
                k = next((j for j in range(k, len(body)) if body[j].text == "]"), k)
        elif token.text in _DROPPED_WITH_ARGUMENT:
            k = argument(body, k + 1)[1]
            continue
        elif (token.text == r"\underset" and _is_remark(argument(body, k + 1)[0])) or (
            token.text in _OVER and _is_sign(argument(body, argument(body, k + 1)[1])[0])
        ):  # \underset{n \times m}{W}, \stackrel{def}{=}
            inner, end = argument(body, argument(body, k + 1)[1])
            body = [*body[:k], *inner, *body[end:]]
            continue
        elif _is_empty(body, k):
            k += 2
            continue
        elif token.text in _BRACES:  # \underbrace{h_t}_{d}
            inner, end = argument(body, k + 1)
            end = argument(body, end + 1)[1] if [t.text for t in body[end : end + 1]] in (["_"], ["^"]) else end
            body = [*body[:k], *inner, *body[end:]]
            continue
        elif token.text in _FRAMES and k + 1 < len(body) and body[k + 1].text == "{":
            frames.append(depth)
            k += 1
        elif frames and depth < frames[-1]:
            depth = frames.pop()
        elif token.text in _CLASSES:
            k += 2 * ([t.text for t in body[k + 1 : k + 3]] == ["{", "}"])
        elif token.text not in _DROPPED:
            row.append(token)
        k += 1
    if row:
        yield row


def _is_empty(body: Sequence[Token], k: int) -> bool:
    """Whether {} stands there, which sets the space of a sign."""
    if [t.text for t in body[k : k + 2]] != ["{", "}"]:
        return False
    signs = {"+", "-", "&", *EQUALS}
    return (k > 0 and body[k - 1].text in signs) or (k + 2 < len(body) and body[k + 2].text in signs) or k == 0


def _is_sign(given: list[Token]) -> bool:
    return len(given) == 1 and given[0].text in EQUALS


def _is_remark(below: list[Token]) -> bool:
    """Whether what is set below is a size or words, and no index of a maximum and no accent."""
    return any(t.text in (r"\times", r"\text", r"\mathbb", r"\in") for t in below)


def _plain(given: list[Token]) -> list[Token]:
    """Without what only lays a formula out."""
    found: list[Token] = []
    k = 0
    while k < len(given):
        if given[k].text in _CLASSES and [t.text for t in given[k + 1 : k + 3]] == ["{", "}"]:
            k += 2
        elif given[k].text not in _DROPPED | _CLASSES:
            found.append(given[k])
        k += 1
    return found
