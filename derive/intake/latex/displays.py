r"""The equations of a text: displays are found, cut into rows and into equations; the rest is passed over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from derive.intake.latex.tokens import Token, argument, closing
from derive.intake.latex.vocabulary import WORDS

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
_BETWEEN = {r"\quad", r"\qquad", ";"}
_TEXTUAL = {r"\text", r"\mbox", r"\textrm", r"\textnormal", r"\intertext", r"\shortintertext", r"\textit", r"\textsf"}
_PROSE = {"for", "if", "when", "where", "with", "and", "or", "otherwise", "then", "as", "since", "while", "is"}
_CONDITIONS = {"for", "if", "when", "while", "since", "otherwise"}
_SIGNS = {"+", "-", "*", r"\odot", r"\circ", r"\cdot", r"\times"}  # with which a formula goes on
_ENDS = {r"\\", r"\cr", r"\tabularnewline"}


@dataclass(frozen=True)
class Display:
    """One display: its labels, and its rows of tokens."""

    labels: tuple[str, ...]
    rows: tuple[list[Token], ...]
    line: int


@dataclass(frozen=True)
class Equation:
    """The two sides of an equation."""

    left: list[Token]
    right: list[Token]
    line: int
    labels: tuple[str, ...]


def equations(given: list[Token]) -> list[Equation]:
    """Every equation of a text; where it has no display, of its formulas in sentences; without these, of the text."""
    shown = list(displays(given)) or list(_inline(given))
    shown = shown or [Display((), tuple(_rows(given)), given[0].line if given else 1)]
    found: list[Equation] = []
    for display in shown:
        for k, row in enumerate(display.rows):
            parts = list(_equations_of(row))
            goes_on = k and parts and found and "=" not in [t.text for t in _outside(parts[0])] and not _is_said(row)
            if goes_on:  # from the row before
                last = found.pop()
                found.append(Equation(last.left, last.right + parts.pop(0), last.line, last.labels))
            for part in parts:
                if (equation := _sides(part, display)) is not None:
                    found.append(equation)
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
        elif text in (r"\[", "$") and (text == r"\[" or (k + 1 < len(given) and given[k + 1].text == "$")):
            close = r"\]" if text == r"\[" else "$"
            first = k + 1 if text == r"\[" else k + 2
            end = next((j for j in range(first, len(given)) if given[j].text == close), len(given))
            yield Display(_labels(given[first:end]), tuple(_rows(given[first:end])), start)
            k = end + (1 if text == r"\[" else 2)
            continue
        k += 1


def _inline(given: list[Token]) -> Iterator[Display]:
    """The formulas within sentences."""
    k = 0
    while k < len(given):
        close = {"$": "$", r"\(": r"\)"}.get(given[k].text)
        if close is not None:
            end = next((j for j in range(k + 1, len(given)) if given[j].text == close), len(given))
            yield Display((), tuple(_rows(given[k + 1 : end])), given[k].line)
            k = end
        k += 1


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


def _rows(body: list[Token]) -> Iterator[list[Token]]:
    """The rows; an environment that only lays out rows of equations is opened."""
    row: list[Token] = []
    frames: list[int] = []  # how deep those stand that are open
    depth = k = 0
    while k < len(body):
        token = body[k]
        if token.text == r"\begin" and depth == 0:
            name = _name(body, k + 1)
            inner, end = _body(body, k, name)
            rows = list(_rows(_without_options(name, inner))) if name in LAYOUTS | DISPLAYS else []
            if rows and all("=" in [t.text for t in _outside(r)] for r in rows[:1]) and not _has_equals(row):
                row = [t for t in row if t.text not in (r"\{", r"\left", "&", ".")]
                yield from ([row] if row else [])
                yield from rows
                row = []
            else:
                row += body[k:end]
            k = end
            continue
        depth += (token.text == "{") - (token.text == "}")
        if token.text in _ENDS and depth == 0:
            yield row
            row = []
            if k + 1 < len(body) and body[k + 1].text == "[" and body[k + 2].is_number:  # \\[2pt]
                k = next((j for j in range(k, len(body)) if body[j].text == "]"), k)
        elif token.text in _DROPPED_WITH_ARGUMENT:
            k = argument(body, k + 1)[1]
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


def _has_equals(row: list[Token]) -> bool:
    return any(t.text == "=" for t in row)


def _outside(row: list[Token]) -> Iterator[Token]:
    """The tokens of a row that stand in no brackets and no environment."""
    depth = 0
    for token in row:
        depth += (token.text in ("{", "(", "[", r"\begin")) - (token.text in ("}", ")", "]", r"\end"))
        if depth == 0:
            yield token


def _equations_of(row: list[Token]) -> Iterator[list[Token]]:
    """Several equations of a row, parted by space, commas or words; alignment marks are dropped."""
    part: list[Token] = []
    depth = k = within = 0
    while k < len(row):
        token = row[k]
        within += (token.text == r"\begin") - (token.text == r"\end")
        if token.text in _TEXTUAL and depth == 0 and not _is_name(row, k):
            inner, end = argument(row, k + 1)
            goes_on = end < len(row) and row[end].text in _SIGNS and _first_word(inner) not in _PROSE  # a remark
            if _has_equals(part) and not goes_on:
                yield _trimmed(part)
                part = []
                end = _after_condition(row, end) if _first_word(inner) in _CONDITIONS else end
            k = end
            continue
        depth += (token.text in ("{", "(", "[", r"\begin")) - (token.text in ("}", ")", "]", r"\end"))
        parts = token.text in _BETWEEN or token.text in (",", "&")
        if parts and depth == 0 and _has_equals(part) and _begins_equation(row, k + 1):
            yield _trimmed(part)
            part = []
        elif not (token.text == "&" and not within) and not (depth == 0 and token.text in _BETWEEN):
            part.append(token)
        k += 1
    if _trimmed(part):
        yield _trimmed(part)


def _first_word(inner: Sequence[Token]) -> str:
    """The first word of a piece of text, in small letters."""
    words = "".join(" " * t.space + t.text for t in inner).split()
    return words[0].lower().strip(",.:(") if words else ""


def _is_said(row: list[Token]) -> bool:
    """Whether a row begins with words, "where a is a constant", and with no sign after them: a sentence and no terms of
    the row before."""
    row = _trimmed(row)
    if not row or row[0].text not in _TEXTUAL or _is_name(row, 0):
        return False
    _, end = argument(row, 1)
    return end < len(row) and row[end].text not in _SIGNS


def _after_condition(row: list[Token], k: int) -> int:
    """Where the next equation begins after a condition, if x_t > 0."""
    if _begins_equation(row, k):
        return k
    depth = 0
    for j in range(k, len(row)):
        depth += (row[j].text in ("{", "(", "[")) - (row[j].text in ("}", ")", "]"))
        if depth == 0 and row[j].text in (",", *_BETWEEN) and _begins_equation(row, j + 1):
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
    ends = after in ("", ",", ".", ";", *_BETWEEN, *_TEXTUAL)
    return _has_equals(row[:k]) and not ends and not _begins_equation(row, end)


def _begins_equation(row: list[Token], k: int) -> bool:
    """Whether an equals sign comes before anything that parts equations."""
    for token in _outside(row[k:]):
        if token.text in ("=", r"\leftarrow", ":=", r"\coloneqq", r"\triangleq"):
            return True
        if token.text in ("+", "-", ","):
            return False
    return False


def _trimmed(part: list[Token]) -> list[Token]:
    while part and part[-1].text in (".", ",", ";", ":", "&"):
        part = part[:-1]
    while part and part[0].text in (",", ";", "&", "."):
        part = part[1:]
    return part


_EQUALS = ("=", r"\leftarrow", r"\coloneqq", r"\triangleq", r"\gets", r"\equiv", r"\doteq")


def _sides(part: list[Token], display: Display) -> Equation | None:
    if part and part[0].text == "[" and closing(part, 0) == len(part) - 1:  # [h = ...]
        part = part[1:-1]
    depth = 0
    for k, token in enumerate(part):
        depth += (token.text in ("{", "(", "[", r"\begin")) - (token.text in ("}", ")", "]", r"\end"))
        if depth == 0 and token.text in _EQUALS and k:
            left = part[: k - 1] if part[k - 1].text == ":" else part[:k]
            right = _without_set(part[k + 1 :])
            if left and right:
                return Equation(left, right, left[0].line, display.labels)
    return None


def _without_set(right: list[Token]) -> list[Token]:
    r"""Without the set that the whole is said to lie in, \in \mathbb{R}^n, and without the number of the equation."""
    depth = 0
    for k, token in enumerate(right):
        depth += (token.text in ("{", "(", "[", r"\begin")) - (token.text in ("}", ")", "]", r"\end"))
        if depth == 0 and token.text == r"\in":
            return right[:k]
    if [t.text for t in right[-3::2]] == ["(", ")"] and right[-2].is_number and len(right) > 3:
        end = len(right) - (4 if right[-4].text in (r"\cdots", r"\dots", r"\ldots") else 3)
        if end < len(right) - 3 or right[-3].space or right[-4].text in (")", "]", "}"):
            return right[:end]
    return list(right)
