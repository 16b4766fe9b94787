r"""The equations of a text: displays are found, cut into rows and into equations; the rest is passed over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from derive.errors import DefinitionError
from derive.intake.latex.groups import end_of, goes_on, is_stray, joined, of_a_group, unbraced
from derive.intake.latex.rows import SIGNS, equations_of, has_equals, is_of_spaces, outside
from derive.intake.latex.tokens import Token, argument, closing, nesting

DEEPEST = 20  # environments within each other
MOST = 3000  # equations of a text
LONGEST = 10_000  # letters and signs of one
#: Environments whose rows are equations.
DISPLAYS = {"equation", "align", "gather", "eqnarray", "multline", "flalign", "alignat", "displaymath", "math", "dmath"}
#: Environments within a display that only lay its rows out, if these are equations.
LAYOUTS = {"aligned", "split", "gathered", "alignedat", "array", "cases", "rcases", "subequations", "alignat", "matrix"}
#: Those of them that are taken for a display where they stand in none.
_ALONE = {"aligned", "split", "gathered", "alignedat", "array"}
_DROPPED_WITH_ARGUMENT = {r"\label", r"\tag", r"\tag*", r"\vspace", r"\hspace", r"\vspace*", r"\hspace*", r"\ref",
                          r"\eqref", r"\cite", r"\color", r"\phantom", r"\footnote"}  # fmt: skip
_DROPPED = {r"\nonumber", r"\notag", r"\displaystyle", r"\textstyle", r"\limits", r"\hfill", r"\noindent", r"\,", r"\!",
            r"\:", r"\;", r"\>", r"\ ", "~", r"\left", r"\right", r"\big", r"\Big", r"\bigg", r"\Bigg", r"\bigl",
            r"\bigr", r"\Bigl", r"\Bigr", r"\biggl", r"\biggr", r"\par", r"\centering", r"\small", r"\scriptstyle",
            r"\allowbreak", r"\break", r"\newline", r"\tiny", r"\scriptsize", r"\footnotesize", r"\normalsize",
            r"\nolimits", r"\xspace", r"\large", r"\Large", r"\LARGE", r"\huge", r"\Huge"}  # fmt: skip
_FRAMES = {r"\boxed", r"\fbox"}  # around an equation
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


@dataclass(frozen=True)
class Equation:
    """The two sides of an equation. condition: what is said after it of when it holds, "if x_t>0"."""

    left: list[Token]
    right: list[Token]
    line: int
    labels: tuple[str, ...]
    condition: str = ""


def equations(given: list[Token]) -> list[Equation]:
    """Every equation of a text; where it has no display, of its formulas in sentences; without these, of the text.

    Raises DefinitionError for a text of too many.
    """
    shown = list(displays(given)) or list(_inline(given))
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
                if (equation := _sides(part, display)) is not None:
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
            if name in DISPLAYS | _ALONE:
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


def _is_double(given: list[Token], k: int) -> bool:
    """Whether a $ is the first of two, and not the end of a formula before the next one."""
    return k + 1 < len(given) and given[k + 1].text == "$" and not given[k + 1].space


def _inline(given: list[Token]) -> Iterator[Display]:
    """The formulas within sentences."""
    k = 0
    while k < len(given):
        close = {"$": "$", r"\(": r"\)"}.get(given[k].text)
        if close is not None:
            end = next((j for j in range(k + 1, len(given)) if given[j].text == close), len(given))
            if not is_stray(given, k, end):
                yield Display((), tuple(_rows(given[k + 1 : end])), given[k].line)
                k = end
        k += 1


def in_sentences(given: list[Token]) -> Iterator[Equation]:
    """The equations that stand in sentences."""
    for display in _inline(given):
        for row in display.rows:
            for part, _ in equations_of(row):
                if (equation := _sides(part, display)) is not None:
                    yield equation


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
    if name in ("array", "alignat", "alignedat") and body and body[0].text == "{":
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
        elif token.text == r"\underset" and _is_remark(argument(body, k + 1)[0]):  # \underset{n \times m}{W}
            inner, end = argument(body, argument(body, k + 1)[1])
            body = [*body[:k], *inner, *body[end:]]
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


_EQUALS = ("=", r"\leftarrow", r"\coloneqq", r"\triangleq", r"\gets", r"\equiv", r"\doteq")


def _sides(part: list[Token], display: Display) -> Equation | None:
    if part and part[0].text == "[" and closing(part, 0) == len(part) - 1:  # [h = ...]
        part = part[1:-1]
    depth = 0
    for k, token in enumerate(part):
        depth += nesting(token)
        if depth == 0 and token.text in _EQUALS and k:
            left = part[: k - 1] if part[k - 1].text == ":" else part[:k]
            right = _last_side(_without_set(part[k + 1 :]))
            if len(part) > LONGEST:
                raise DefinitionError(
                    f"line {left[0].line}: a formula has {len(part)} letters and signs, at most {LONGEST} are read"
                )
            if left and right and not _is_range(left, right):
                return Equation(left, right, left[0].line, display.labels)
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
