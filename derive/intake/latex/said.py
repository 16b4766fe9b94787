r"""What the sentences around the equations say of letters: "where $\phi$ is tanh", "$\alpha$ is a learnable scalar",
and of a docstring's arguments "epsilon: step size :math:`\varepsilon`. Default: ``0.01``"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from derive.errors import DefinitionError, shortened
from derive.intake.latex.grammar import Grammar
from derive.intake.latex.recognised import defined, function_word
from derive.intake.latex.tokens import tokens
from derive.intake.latex.tree import Letter, name_of

LONGEST = 300  # characters of a clause
MOST = 20_000  # formulas in sentences; of a text with more of them, none is looked at
_MATH = re.compile(
    r":math:`([^`]{1,80})`|(?<![\\$])\$([^$\n]{1,80})\$(?!\$)|\\\((.{1,80}?)\\\)|<math>([^<\n]{1,80})</math>"
)
_END = re.compile(r"\.\s+(?=[A-Z\[`:\\$])|\.\s*\Z|\n\s*\n|;")
_ITEM = re.compile(r"^[ \t]*(?!Defaults?:)(\w+)(?: \([^)\n]*\))?: ", re.MULTILINE)
_DEFAULT = re.compile(r"[Dd]efaults?(?: to)?:?\s+(\S.*)", re.DOTALL)
_NUMBER = re.compile(r"[`'\"]*([-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?)[`'\"]*\W*$")
_LINKED = re.compile(r"\W*(?:is|are|denotes?|defaults?|being|represents?|stands? for|means?|=|as|\(|the)\b|\W*\(|\s*: ")
_OF_FUNCTIONS = re.compile(r"\b(?:functions?|activations?|non-?linearit(?:y|ies))\b", re.IGNORECASE)
_OPEN = re.compile(
    r"\b(?:such as|e\.\s?g\.|for example|for instance|like|or|usually|often|typically|initially|initialized|not)(?!\w)",
    re.IGNORECASE,
)
_SET = re.compile(r"\b(?:set|fixed|equal) to \$?(-?\d+(?:\.\d+)?)\$?(?![\w^/.]*\d)")
_JOINED = re.compile(r"\W*(?:and|or|/|,|&)?\W*$")
_KIND = re.compile(r"\b(scalar|vector|diagonal)s?\b", re.IGNORECASE)
_EXAMPLE = re.compile(r"\b(?:matrices|weights|vectors)\b[^.$]*\be\.\s?g\.,?\s*\Z", re.IGNORECASE)
_OF_ANYTHING = re.compile(r"\s*(?:\\left)?\(\s*(?:\\cdot|\\bullet|\.)\s*(?:\\right)?\)\s*$")
_VALUE = re.compile(r"(.*?)=\s*([-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?)\s*$")
#: Words for functions, the longer ones first.
_FUNCTIONS = (
    (r"hard[\s_-]*sigmoid", "hard_sigmoid"), (r"(?:logistic[\s-]+)?sigmoid(?:al)?|logistic function", "sigmoid"),
    (r"tanh|hyperbolic tangent", "tanh"),
    (r"leaky[\s_-]*relu", "leaky_relu"), (r"relu|rectified linear", "relu"),
    (r"softmax", "softmax"),
    (r"softplus", "softplus"), (r"softsign", "softsign"), (r"gelu", "gelu"), (r"silu|swish", "silu"), (r"elu", "elu"),
    (r"identity", "identity"),
)  # fmt: skip
_FUNCTION = re.compile("|".join(rf"(?P<{name}>(?<![a-z])(?:{words}))" for words, name in _FUNCTIONS), re.IGNORECASE)


@dataclass(frozen=True)
class Said:
    """By a letter's name, with ? for any one, what it is and the words that say so. functions: "tanh"; roles: "scalar",
    "vector", "diagonal", or a number."""

    functions: Mapping[str, tuple[str, str]]
    roles: Mapping[str, tuple[str, str]]


def said(text: str) -> Said:
    """What a text says of its letters. A letter of which two different things are said is left out."""
    functions: dict[str, set[str]] = {}
    roles: dict[str, set[str]] = {}
    words: dict[tuple[str, str], str] = {}
    for letter, what, clause in _statements(text):
        kind = functions if what in {name for _, name in _FUNCTIONS} else roles
        kind.setdefault(letter, set()).add(what)
        words.setdefault((letter, what), shortened(" ".join(clause.split()).strip(" ,:"), 80))
    for found in roles.values():  # a number says more than that it is one
        if len(found) > 1:
            found.discard("scalar")

    def agreed(kind: Mapping[str, set[str]]) -> dict[str, tuple[str, str]]:
        single = {letter: next(iter(found)) for letter, found in kind.items() if len(found) == 1}
        return {letter: (what, words[letter, what]) for letter, what in single.items()}

    return Said(agreed(functions), agreed(roles))


def _statements(text: str) -> Iterator[tuple[str, str, str]]:
    """(letter, what it is, the words that say so)."""
    found = list(_MATH.finditer(text))
    if len(found) > MOST:
        return
    waiting: list[str] = []
    for k, match in enumerate(found):
        formula = next(g for g in match.groups() if g)
        letter = _letter(formula)
        if letter is None:
            if (value := _VALUE.match(formula)) and (name := _letter(value[1])):
                yield name, value[2], formula
            yield from ((name, what, formula) for name, what in _functions(formula))
            waiting = []
            continue
        clause, joined = _clause(text, match.end(), found[k + 1].start() if k + 1 < len(found) else len(text))
        before = re.split(r"[.:;]\s|\n\s*\n", text[max(0, match.start() - 60) : match.start()])[-1]
        if joined and k + 1 < len(found):  # φ and ψ are
            waiting.append(letter)
        if _EXAMPLE.search(text, max(0, match.start() - 80), match.start()) and "_" in letter:
            letter = f"{letter[:-1]}?"  # the matrices from c (e.g. W_ci)
        named = _named_after(clause, text[match.end() :], found[k + 1] if k + 1 < len(found) else None)
        for each in (letter, *(waiting if not joined else ())):
            for what in _of_clause(clause, before if each == letter else ""):
                yield each, what, clause if what in _of_clause(clause, "") else f"{before} {match[0]}"
            if named:
                yield each, named, f"{clause} {named}"
        if not joined:
            waiting = []
    yield from _of_items(text)


def _named_after(clause: str, after: str, following: re.Match[str] | None) -> str:
    """The function that the formula behind a clause names, "is the activation function, here $\\tanh$"."""
    if following is None or not after.startswith(clause + following[0]) or not _LINKED.match(clause):
        return ""
    if not _OF_FUNCTIONS.search(clause) or _OPEN.search(clause):
        return ""
    try:
        return function_word(Grammar(tokens(next(g for g in following.groups() if g)), ()).read())
    except DefinitionError:
        return ""


def _clause(text: str, start: int, stop: int) -> tuple[str, bool]:
    """What follows a letter, to the next one or the end of the sentence; whether it only joins the two."""
    whole = text[start : min(stop, start + LONGEST)]
    end = _END.search(whole)
    clause = whole[: end.start()] if end else whole
    return clause, end is None and bool(_JOINED.fullmatch(clause))


def _of_clause(clause: str, before: str) -> Iterator[str]:
    if _LINKED.match(clause) and not re.search(r"\bnot\b", clause):
        names = {m.lastgroup for m in _FUNCTION.finditer(clause)}
        if len(names) == 1:
            yield str(names.pop())
        if (value := _SET.search(clause)) and not _OPEN.search(clause[: value.end()]):
            yield value[1]
        kinds = {m[1].lower() for m in _KIND.finditer(clause)}
        if len(kinds) == 1:
            yield kinds.pop()
    if kind := re.search(rf"{_KIND.pattern}(?: (?!and\b|or\b)\w+)?\s*$", before, re.IGNORECASE):
        yield kind[1].lower()


def _of_items(text: str) -> Iterator[tuple[str, str, str]]:
    """What the arguments of a docstring say: the letter that one is, and its default."""
    items = list(_ITEM.finditer(text))
    ends = [*(m.start() for m in items[1:]), len(text)]
    for match, stop in zip(items, ends, strict=False):
        item = re.split(r"\n\s*\n", text[match.start() : stop])[0]
        letters = {name for m in _MATH.finditer(item) if (name := _letter(next(g for g in m.groups() if g)))}
        default = _DEFAULT.search(item)
        if len(letters) > 1 or default is None:
            continue
        (letter,) = letters or {match[1]}
        learned = re.search(r"[Ii]nitial|learn|train", item)
        names = {m.lastgroup for m in _FUNCTION.finditer(default[1])}
        if learned is None and (number := _NUMBER.match(default[1])):
            yield letter, number[1], item
        elif len(names) == 1:
            yield letter, str(names.pop()), item


@lru_cache(maxsize=4096)  # a text has few letters, and speaks of them often
def _letter(formula: str) -> str | None:
    """The name of the letter that a formula is, φ or φ(·); None for one of several."""
    try:
        node = Grammar(tokens(_OF_ANYTHING.sub("", formula)), ()).read()
    except DefinitionError:
        return None
    return name_of(node.key) if isinstance(node, Letter) else None


def _functions(formula: str) -> Iterator[tuple[str, str]]:
    """The functions that a formula defines, and which they are."""
    if "=" not in formula:
        return
    try:
        names, what = defined(tokens(formula))
    except DefinitionError:
        return
    if what in {name for _, name in _FUNCTIONS}:
        yield from ((name, what) for name in names)
