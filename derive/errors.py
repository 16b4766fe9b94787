"""The two kinds of failure, told apart by who can mend them."""

from __future__ import annotations

import difflib
import reprlib
from collections.abc import Iterable

LONGEST = 100  # characters of a given value that a message shows


class DeriveError(Exception):
    """Something given to derive is wrong: the message names the thing, the value, what was expected and the remedy."""


class UnknownCell(DeriveError, KeyError):
    """The catalogue has no cell of that name; a KeyError too, so that ``in`` and ``get`` are those of a mapping."""

    __str__ = Exception.__str__  # KeyError's has quotation marks around the sentence


class DefinitionError(DeriveError):
    """A cell's definition is wrong: the message names the equation and, where known, the line."""


class RunError(DeriveError):
    """A run file, its weights or its inputs are wrong: the message names the key."""


class UnsupportedExpression(DeriveError):
    """A printer met a node that it cannot write: the message names the node and what to do."""


class _Shortened(reprlib.Repr):
    """Python's spelling of a value, cut where it is long; an integer that Python does not write out is named."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel, self.maxstring, self.maxlong, self.maxother = 3, LONGEST, LONGEST, LONGEST
        self.maxlist = self.maxtuple = self.maxdict = 12

    def repr_int(self, x: int, level: int) -> str:
        return super().repr_int(x, level) if x.bit_length() < 4 * LONGEST else f"an integer of {x.bit_length()} bits"


def shown(value: object) -> str:
    """How a message shows what was given: as Python spells it, cut where it is long."""
    text = _Shortened().repr(value)
    return text if len(text) <= 2 * LONGEST else f"{text[: 2 * LONGEST]}..."


def counted(n: int, one: str, several: str = "") -> str:
    """``1 row``, ``2 rows``; several: the plural that is not made with an s."""
    return f"{n} {one}" if n == 1 else f"{n} {several or one + 's'}"


def unknown(kind: str, name: object, known: Iterable[str]) -> str:
    """The sentence for a name that does not exist, with the nearest names that do.

    >>> unknown("activation", "tahn", ["tanh", "sigmoid"])
    "unknown activation 'tahn'; did you mean 'tanh'? Known: sigmoid, tanh"
    """
    names = sorted(known)
    lower = {n.lower(): n for n in names}  # LSTM is as near to lstm as can be
    near = [lower[n] for n in difflib.get_close_matches(str(name).lower(), lower, n=3)]
    hint = f"; did you mean {' or '.join(repr(n) for n in near)}?" if near else "."
    listed = ", ".join(names) if len(names) <= 30 else f"{len(names)}, see `derive list`"  # the whole catalogue
    return f"unknown {kind} {str(name)!r}{hint} Known: {listed}"
