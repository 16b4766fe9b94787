"""Two letters of one value: y_t = h_t = o_t tanh(c_t), and c_t = a_t beside the equation of c_t."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from derive.intake.latex.cuts import parted
from derive.intake.latex.defined_beside import read_side
from derive.intake.latex.displays import Equation
from derive.intake.latex.tokens import Token
from derive.intake.latex.tree import Call, Key, Letter, letters
from derive.intake.latex.vocabulary import WORDS


def with_aliases(found: Sequence[Equation], time: str) -> list[Equation]:
    """The equations, one for each letter of a chain. A letter within one is defined by it if others read it and nothing
    defines it; where c has another equation and nothing reads a, c = a says what a is. \\sigma(W x_t) = i_t is of i."""
    lefts = Counter(x.key for e in found if (x := _letter(e.left, time)))
    return [one for e in found for one in _apart(e, found, lefts, time)]


def _apart(e: Equation, found: Sequence[Equation], lefts: Counter[Key], time: str) -> Iterator[Equation]:
    first, *others = parted(e.right, ("=",))
    own, other = (_letter(side, time) for side in (e.left, first))
    if own is None and other and other.time == 0 and not others and not lefts[other.key] and _is_formula(e.left, time):
        yield replace(e, left=first, right=e.left)
        return
    is_new = own and other and other.time == 0 and not lefts[other.key]
    if is_new and other and others and _is_read(other.key, (f for f in found if f is not e), time):
        yield replace(e, left=first, right=e.right[len(first) + 1 :])
        yield replace(e, right=first)
    elif is_new and own and other and not others and lefts[own.key] > 1:
        is_read = _is_read(other.key, (f for f in found if f is not e), time)
        yield e if is_read else replace(e, left=first, right=e.left)
    else:
        yield e


def _letter(side: Sequence[Token], time: str) -> Letter | None:
    """The letter that is all of a side."""
    found = read_side(side, time) if len(side) < 30 else None
    return found if isinstance(found, Letter) and not found.turned else None


def _is_formula(side: Sequence[Token], time: str) -> bool:
    r"""Whether it is a known function of a letter at a time, \sigma(W x_t)."""
    node = read_side(side, time)
    if not isinstance(node, Call) or (node.function.base.lower() not in WORDS and node.function.base != "sigma"):
        return False
    return any(x.time is not None for x in letters(node))


def _is_read(key: Key, among: Iterator[Equation], time: str) -> bool:
    stem = key[0].partition("_")[0]
    sides = (s for e in among if any(t.text.lstrip("\\") == stem for t in e.right) for s in parted(e.right, ("=",)))
    nodes = (read_side(side, time) for side in sides)
    return any(x.key == key for node in nodes if node is not None for x in letters(node))
