"""A row of a display: the equations in it, and the words beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise, takewhile

from derive.intake.latex.text.tokens import Token, argument, closing, nesting
from derive.intake.latex.text.vocabulary import ARROWS, BACKWARDS, WORDS

EQUALS = {"=", r"\leftarrow", r"\coloneqq", r"\triangleq", r"\gets", r"\equiv", r"\doteq"}
BETWEEN = {r"\quad", r"\qquad", ";"}
TEXTUAL = {r"\text", r"\mbox", r"\textrm", r"\textnormal", r"\intertext", r"\shortintertext", r"\textit", r"\textsf"}
_BRANCHES = {"if", "when", "while", "whenever", "unless", "until", "provided"}  # after which something else holds
_CONDITIONS = {"for", "since", "otherwise", *_BRANCHES}
_OR = {"or", "oder", "ou"}  # before another formula of what an equation defines
_PROSE = {"where", "with", "and", "or", "then", "as", "is", *_CONDITIONS}
_RELATIONS = {"<", ">", r"\le", r"\leq", r"\ge", r"\geq", r"\ne", r"\neq"}
_OF_LETTERS = {r"\in", r"\sim", r"\forall"}  # where something lies, how it is drawn, and for which it is said
SIGNS = {"+", "-", "*", r"\odot", r"\circ", r"\cdot", r"\times"}  # with which a formula goes on


def has_equals(row: list[Token]) -> bool:
    return any(t.text in EQUALS for t in row)


def outside(row: list[Token]) -> Iterator[Token]:
    """The tokens of a row that stand in no brackets and no environment."""
    depth = 0
    for token in row:
        depth += nesting(token)
        if depth == 0:
            yield token


def equations_of(row: list[Token]) -> Iterator[tuple[list[Token], str]]:
    """Several equations of a row, parted by space, commas, words or arrows, and the condition that is said of each;
    alignment marks are dropped, and so is what is said of a letter beside an equation, W \\in \\mathbb{R}^n, t > 0."""
    *before, last = _parted_by_arrows(row)
    when = ""
    for piece in before:
        parts = [*_equations_in(piece)]
        said = parts.pop()[0] if parts and _is_case(parts[-1][0]) else []
        yield from ((part, condition or when) for part, condition in parts)
        when = f"if {''.join(t.text for t in said)}" if said else when
    yield from ((part, condition or when) for part, condition in _equations_in(last))


def _parted_by_arrows(row: list[Token]) -> list[list[Token]]:
    """The pieces of a row between arrows after which another equation stands."""
    pieces: list[list[Token]] = [[]]
    depth = 0
    for k, token in enumerate(row):
        depth += nesting(token)
        if depth == 0 and token.text in ARROWS - BACKWARDS and has_equals(row[k:]):
            pieces.append([])
        else:
            pieces[-1].append(token)
    return pieces


def _is_case(part: list[Token]) -> bool:
    """Whether what stands before an arrow says when something holds, x_t > 0 and z_t = 1."""
    equals = next((k for k, t in enumerate(part) if t.text in EQUALS), None)
    return equals is None or all(t.is_number or t.text in ("-", "+") for t in part[equals + 1 :])


def _equations_in(row: list[Token]) -> Iterator[tuple[list[Token], str]]:
    """Those of a row without arrows."""
    part: list[Token] = []
    depth = k = within = 0
    while k < len(row):
        token = row[k]
        within += (token.text == r"\begin") - (token.text == r"\end")
        if token.text in TEXTUAL and depth == 0 and not _is_name(row, k):
            inner, end = argument(row, k + 1)
            words = "".join(" " * t.space + t.text for t in inner).split()
            first = words[0].lower().strip(",.:(") if words else ""
            goes_on = end < len(row) and row[end].text in SIGNS and first not in _PROSE  # a remark
            if has_equals(part) and not goes_on:
                is_one_of_two = first in _OR and not _begins_equation(row, end)
                after = _after_condition(row, end) if first in _CONDITIONS or is_one_of_two else end
                said = row[end : after if after > end else None]
                yield trimmed(part), _other(words, said) if is_one_of_two else _condition(first, words, said)
                part, end = [], after
            k = end
            continue
        if depth == 0 and has_equals(part) and (end := _after_remark(row, k)) > k:
            said = row[k:end]
            compares = _compares([t.text for t in said])
            yield trimmed(part), "".join(t.text for t in trimmed(said) if t.text not in BETWEEN) if compares else ""
            part, k = [], end
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


def _condition(first: str, words: Sequence[str], after: Sequence[Token]) -> str:
    """What words after an equation make it depend on, and what stands behind them; nothing where that is the time.

    first: the first of the words, in small letters."""
    texts = [t.text for t in after]
    named = {w for w in (*words[1:], *texts) if w.strip(",.").isalpha()}
    depends = first == "otherwise" or (first in _BRANCHES and named - {"t"})
    if not depends and not (first == "for" and _compares(texts)):
        return ""
    return " ".join([*words, "".join(text for text in texts if text not in BETWEEN)]).strip(" ,.;")


def _other(words: Sequence[str], after: Sequence[Token]) -> str:
    r"""What else an equation says its letter is, or \exp(f); nothing where no formula follows."""
    text = "".join(t.text for t in after if t.text not in BETWEEN).strip(" ,.;")
    return " ".join([*words, text]) if text and any(t.text.isalpha() or "\\" in t.text for t in after) else ""


def _compares(texts: Sequence[str]) -> bool:
    """Whether a quantity at t is said to be more or less than something, x_t > 0; t > 1 and 0 < a < 1 say when and of
    which constants an equation holds."""
    said = [text for text in takewhile(lambda text: text not in EQUALS, texts) if text != "{"]
    return any(text in _RELATIONS for text in said) and any(
        mark in "_^" for mark, text in pairwise(said) if text == "t"
    )


def is_of_spaces(row: list[Token]) -> bool:
    """Whether a row only says where its letters lie, or how they are drawn."""
    texts = [t.text for t in outside(row)]
    return EQUALS.isdisjoint(texts) and (r"\in" in texts or r"\sim" in texts)


def is_said(row: list[Token]) -> bool:
    """Whether a row begins with words, "where a is a constant", and with no sign after them: a sentence and no terms of
    the row before."""
    row = trimmed(row)
    if not row or row[0].text not in TEXTUAL or _is_name(row, 0):
        return False
    _, end = argument(row, 1)
    return end < len(row) and row[end].text not in SIGNS


def is_heading(row: list[Token]) -> bool:
    """Whether a row has nothing but words, which end in a colon or are several."""
    row = trimmed(row)
    if not row or row[0].text not in TEXTUAL:
        return False
    inner, end = argument(row, 1)
    return end >= len(row) and (len(inner) > 1 and (inner[-1].text == ":" or any(t.space for t in inner[1:])))


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


def _after_remark(row: list[Token], k: int) -> int:
    """Where what is said of a letter ends that begins at a space, a comma or for all, (t > 0); the place itself where
    there is none."""
    start = k
    while start < len(row) and row[start].text in (",", *BETWEEN):
        start += 1
    if start >= len(row) or (start == k and row[k].text != r"\forall"):
        return k
    if row[start].text == "(" and [t.text for t in row[start + 1 : start + 2]] in [[name] for name in TEXTUAL]:
        end = closing(row, start) + 1  # (\text{state})
        return end if argument(row, start + 2)[1] == end - 1 else k
    depth, end, deepest = 0, start, int(row[start].text == "(")
    is_said = False
    while end < len(row):
        text = row[end].text
        depth += nesting(row[end]) + (text == r"\{") - (text == r"\}")
        if text in EQUALS | TEXTUAL or (depth == 0 and text in BETWEEN) or (depth == 0 and text == ","):
            break
        is_said = is_said or (depth <= deepest and text in _RELATIONS | _OF_LETTERS)
        end += 1
    is_whole = end >= len(row) or row[end].text not in EQUALS
    return end if is_said and is_whole else k


def _is_name(row: list[Token], k: int) -> bool:
    """Whether a piece of text is a name in a formula and no remark: a letter, a word before a bracket or an index, and
    in a formula any other word that no equation follows."""
    inner, end = argument(row, k + 1)
    if "".join(t.text for t in inner).lower() in WORDS and [t.text for t in row[end : end + 1]] == ["("]:
        return True
    if any(t.space for t in inner[1:]) or not all(t.text.isalnum() for t in inner):
        return False
    after = row[end].text if end < len(row) else ""
    if "".join(t.text for t in inner).lower() in _PROSE:
        return False
    if len(inner) == 1 or after in ("(", "[", "{", "_", "^", "=", "&"):
        return after != "&" or k > 0
    ends = after in ("", ",", ".", ";", *BETWEEN, *TEXTUAL)
    return has_equals(row[:k]) and not ends and not _begins_equation(row, end)


def _begins_equation(row: list[Token], k: int) -> bool:
    """Whether an equals sign comes before anything that parts equations."""
    for before, token in pairwise([Token(""), *outside(row[k:])]):
        if token.text in EQUALS:
            return True
        if token.text in ("+", "-", ",") and before.text not in ("^", "_"):
            return False
    return False


def has_words(row: list[Token]) -> bool:
    """Whether words stand in a row that are no name, c_t: the memory of the unit."""
    return any(t.text in TEXTUAL and not _is_name(row, k) for k, t in enumerate(row))


def _without_words(part: list[Token]) -> list[Token]:
    """Without the words and the colon before an equation, Input Gate : i_t = ..., and those in brackets behind it,
    (Input gate), two or more of three letters or more."""
    equals = next((k for k, t in enumerate(part) if t.text == "="), 0)
    colon = next((k for k, t in enumerate(part[:equals]) if t.text == ":" and k + 1 < equals), 0)
    names = _words(part[:colon])
    if names and all(map(str.isalpha, names)) and max(map(len, names)) > 2:
        part = part[colon + 1 :]
    start = max((k for k, t in enumerate(part) if t.text == "("), default=0)
    remarks = _words(part[start + 1 : -1])
    ends = equals and start and part[-1].text == ")" and len(remarks) > 1
    return part[:start] if ends and all(w.isalpha() and len(w) > 2 for w in remarks) else part


def _words(part: Sequence[Token]) -> list[str]:
    return "".join(" " * t.space + t.text for t in part).split()


def trimmed(part: list[Token]) -> list[Token]:
    while part and part[-1].text in (".", ",", ";", ":", "&"):
        part = part[:-1]
    while part and part[0].text in (",", ";", "&", "."):
        part = part[1:]
    return _without_words(part)
