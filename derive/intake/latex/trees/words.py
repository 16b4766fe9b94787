"""Letters that are typed as words, num_t: one letter each, where an equation defines them so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from derive.intake.latex.text.sides import Equation
from derive.intake.latex.text.tokens import Token
from derive.intake.latex.text.vocabulary import WORDS

_INDEXED = ("_", "^")


def with_words(found: Sequence[Equation]) -> tuple[list[Equation], list[str]]:
    """The equations with each such word in a font of its own, and what is concluded."""
    words = dict.fromkeys(word for e in found if (word := _defined(e.left)))
    if not words:
        return list(found), []
    notes = [f"{word} is one letter: {word}_t is defined" for word in words]
    return [replace(e, left=_joined(e.left, words), right=_joined(e.right, words)) for e in found], notes


def _defined(left: Sequence[Token]) -> str:
    """The word before an index with which a left side begins; none of one letter, and none that is a function."""
    word = _run(left, 0)
    after = [t.text for t in left[len(word) : len(word) + 1]]
    return word if len(word) > 1 and after == ["_"] and word.lower() not in WORDS else ""


def _run(given: Sequence[Token], k: int) -> str:
    """The letters that stand at a place without a space between."""
    end = k
    while end < len(given) and _is_plain(given[end]) and (end == k or not given[end].space):
        end += 1
    return "".join(t.text for t in given[k:end])


def _is_plain(token: Token) -> bool:
    return len(token.text) == 1 and token.text.isascii() and token.text.isalpha()


def _joined(given: Sequence[Token], words: Iterable[str]) -> list[Token]:
    found: list[Token] = []
    k = 0
    while k < len(given):
        run = _run(given, k)
        word = next((w for w in words if run.endswith(w) and w), "") if run else ""
        indexed = word and [t.text for t in given[k + len(run) : k + len(run) + 1]] in [[mark] for mark in _INDEXED]
        if not indexed:
            found += given[k : k + max(len(run), 1)]
            k += max(len(run), 1)
            continue
        end = k + len(run)
        start = end - len(word)
        token = given[start]
        found += given[k:start]
        found += [token._replace(text=r"\mathrm"), Token("{", token.line), *given[start:end], Token("}", token.line)]
        k = end
    return found
