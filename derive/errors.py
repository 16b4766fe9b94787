"""The two kinds of failure, told apart by who can mend them."""

from __future__ import annotations

import difflib
import re
import reprlib
from collections.abc import Iterable
from itertools import islice

_FEW = 30  # names that are listed in full
_COMPARED = 100  # characters of a name, of ...
_LONGEST_MESSAGE = 2000  # characters
_LOOKED_AT = 10_000  # names, among which the nearest ones are looked for

LONGEST = 100  # characters of a given value that a message shows


class DeriveError(Exception):
    """Something given to derive is wrong: the message names the thing, the value, what was expected and the remedy.

    It is one line of bounded length, whatever was given.
    """

    def __init__(self, message: str) -> None:
        super().__init__(shortened(message, _LONGEST_MESSAGE))


class UnknownCell(DeriveError, KeyError):
    """The catalogue has no cell of that name; a KeyError too, so that ``in`` and ``get`` are those of a mapping."""

    __str__ = Exception.__str__  # KeyError's has quotation marks around the sentence


class DefinitionError(DeriveError):
    """A cell's definition is wrong: the message names the equation and, where known, the line."""


class RunError(DeriveError):
    """A run file, its weights or its inputs are wrong: the message names the key."""


class UnsupportedExpression(DeriveError):
    """A printer met a node that it cannot write: the message names the node and what to do."""


class NoValue(DeriveError):
    """A formula certainly has no real value: a division by 0, a logarithm or a root of a negative number."""


class Undecided(DeriveError):
    """Two reals agree in all the bits there are, or lie in intervals that overlap: which is larger is not known."""


class _Shortened(reprlib.Repr):
    """Python's spelling of a value, cut where it is long; an integer that Python does not write out is named."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel, self.maxstring, self.maxlong, self.maxother = 3, LONGEST, LONGEST, LONGEST
        self.maxlist = self.maxtuple = self.maxdict = 12
        self.fillvalue = "…"

    def repr_int(self, x: int, level: int) -> str:
        return super().repr_int(x, level) if x.bit_length() < 4 * LONGEST else f"an integer of {x.bit_length()} bits"


def shown(value: object) -> str:
    """How a message shows a value that was given: as Python spells it, on one line, cut where it is long."""
    return shortened(_Shortened().repr(value), 2 * LONGEST)


def counted(n: int | str, one: str, several: str = "") -> str:
    """``1 row``, ``2 rows``; n: also the name of a number; several: the plural that is not made with an s."""
    return f"{n} {one}" if str(n) == "1" else f"{n} {several or one + 's'}"


def shortened(text: object, most: int = 80) -> str:
    """The text on one line, its middle left out where it is longer than that.

    >>> shortened("weight_" + 90 * "i" + "h", 20)
    'weight_iii…iiiiiiiih'
    """
    whole = str(text)
    return printable(whole if len(whole) <= most else f"{whole[: most // 2]}…{whole[1 - most + most // 2 :]}")


def printable(text: str) -> str:
    """One line: the end of a line is a blank, and what cannot be shown (control characters, bytes of a file's name that
    are no UTF-8) is escaped."""
    line = re.sub(r"\s*\n\s*", " ", text).strip()
    return line if line.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in line)


def listing(names: Iterable[str], wanted: str = "") -> str:
    """A few names in full, in their order; of many how many there are, and those nearest to the wanted one."""
    all_names = list(names)
    if len(all_names) <= _FEW:
        return ", ".join(map(shortened, all_names)) or "none"
    near = nearest(wanted, all_names) or all_names[:3]
    return f"{len(all_names)} names, such as {', '.join(map(shortened, near))}"


def nearest(name: str, names: Iterable[str]) -> list[str]:
    """At most three names that look like that one; of very many the first are looked at."""
    lower = {n[:_COMPARED].lower(): n for n in islice(names, _LOOKED_AT)}  # LSTM is as near to lstm as can be
    return [lower[n] for n in difflib.get_close_matches(name[:_COMPARED].lower(), lower, n=3)]


def unknown(kind: str, name: object, known: Iterable[str]) -> str:
    """The sentence for a name that does not exist, with the nearest names that do.

    >>> unknown("activation", "tahn", ["tanh", "sigmoid"])
    "unknown activation 'tahn'; did you mean 'tanh'? Known: sigmoid, tanh"
    """
    names = sorted(known)
    near = nearest(str(name), names)
    hint = f"; did you mean {' or '.join(repr(shortened(n)) for n in near)}?" if near else "."
    whole_catalogue = ", see `derive list`" if kind == "cell" else ""
    listed = ", ".join(map(shortened, names)) if len(names) <= _FEW else f"{len(names)}{whole_catalogue}"
    return f"unknown {kind} {shortened(name)!r}{hint} Known: {listed}"
