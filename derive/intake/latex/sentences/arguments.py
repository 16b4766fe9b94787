"""What a docstring says of the arguments of its class: the letter that one is, and its default."""

from __future__ import annotations

import re
from collections.abc import Iterator

from derive.intake.latex.sentences.clauses import Said
from derive.intake.latex.sentences.phrase_reader import function_called
from derive.intake.latex.sentences.phrases import MENTION
from derive.intake.latex.sentences.pieces import DIGITS, letters_of
from derive.intake.latex.sentences.predicates import Statement

_ITEM = re.compile(r"^[ \t]*(?!Defaults?:)(\w+)(?: \([^)\n]*\))?: ", re.MULTILINE)
_DEFAULT = re.compile(r"[Dd]efaults?(?: to)?:?\s+(\S.*)", re.DOTALL)
_VALUE = re.compile(rf"(?::[\w:]+:)?[`'\"~]*((?P<number>{DIGITS})|[A-Za-z][\w.]*\w)[`'\"]*(?:\.?\s*$|\.\s)")
_LEARNED = re.compile(r"[Ii]nitial|learn|train")
_SECTION = re.compile(r"^[ \t]*(?:Args|Arguments|Parameters):?[ \t]*$", re.MULTILINE)


def is_docstring(text: str) -> bool:
    """Whether it documents one class or function: it has formulas in reStructuredText, and one list of arguments."""
    return ":math:" in text and len(_SECTION.findall(text)) == 1


def of_arguments(text: str) -> Iterator[Said]:
    """What the arguments of a docstring are by default: the letter that one has, or its own name."""
    items = list(_ITEM.finditer(text))
    ends = [*(m.start() for m in items[1:]), len(text)]
    for match, stop in zip(items, ends, strict=False):
        item = re.split(r"\n\s*\n", text[match.start() : stop])[0]
        default = _DEFAULT.search(item)
        letters = letters_of(item) if default else set()
        if default is None or len(letters) > 1:
            continue
        (letter,) = letters or {match[1]}
        value = _VALUE.match(default[1])
        if value and value["number"]:
            if not _LEARNED.search(item):
                yield letter, Statement("number", (value["number"],), 0), item
        elif value and (name := function_called(value[1])):
            yield letter, Statement("named", (name,), 0, True), item
        elif any(map(MENTION.search, re.findall(r"\w+", default[1].lower()))):
            yield letter, Statement("unread", (), 0, True), item
