r"""Equations whose letter stands on the right: \sigma(W x_t) = i_t, and c_t = a_t beside the equation of c_t."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from derive.intake.latex.text.cuts import parted
from derive.intake.latex.text.sides import Equation
from derive.intake.latex.text.tokens import Token
from derive.intake.latex.text.vocabulary import WORDS
from derive.intake.latex.trees.grammar import read_side
from derive.intake.latex.trees.tree import Call, Key, Letter, letters

_LONGEST = 30  # tokens of a letter with its indices


def turned_round(found: Sequence[Equation], time: str) -> list[Equation]:
    """The equations, each with what it defines on the left."""
    lefts = Counter(x.key for e in found if (x := _letter(e.left, time)))
    return [replace(e, left=e.right, right=e.left) if _is_of_the_right(e, found, lefts, time) else e for e in found]


def _is_of_the_right(e: Equation, found: Sequence[Equation], lefts: Counter[Key], time: str) -> bool:
    """Whether the letter on the right is defined by nothing else, and the left side is a function of what is read, or
    a letter that has another equation, where nothing reads the one on the right."""
    other = _letter(e.right, time)
    if other is None or other.time != 0 or lefts[other.key]:
        return False
    own = _letter(e.left, time)
    if own is None:
        return _is_formula(e.left, time)
    return lefts[own.key] > 1 and not _is_read(other.key, (f for f in found if f is not e), time)


def _letter(side: Sequence[Token], time: str) -> Letter | None:
    """The letter that is all of a side."""
    found = read_side(side, time) if len(side) < _LONGEST else None
    return found if isinstance(found, Letter) and not found.turned else None


def _is_formula(side: Sequence[Token], time: str) -> bool:
    r"""Whether it is a known function of a letter at a time, \sigma(W x_t)."""
    node = read_side(side, time)
    if not isinstance(node, Call) or (node.function.base.lower() not in WORDS and node.function.base != "sigma"):
        return False
    return any(x.time is not None for x in letters(node))


def _is_read(key: Key, among: Iterable[Equation], time: str) -> bool:
    stem = key[0].partition("_")[0]
    sides = (s for e in among if any(t.text.lstrip("\\") == stem for t in e.right) for s in parted(e.right, ("=",)))
    nodes = (read_side(side, time) for side in sides)
    return any(x.key == key for node in nodes if node is not None for x in letters(node))
