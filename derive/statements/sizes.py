"""How many units there are, by name: ``hidden_size``, ``input_size``, ``proj_size``, a name of the author's (``key``),
a number (``64``), or ``1`` for one number that goes with every unit. ``hidden_size/heads`` is that of each of so many
equal parts.
"""

from __future__ import annotations

import keyword
from collections.abc import Mapping
from difflib import get_close_matches

from sympy import Expr, Integer, S, Symbol

from derive.errors import DefinitionError, DeriveError, shown
from derive.symbolic.expressions import HIDDEN, INPUT, PROJ

LAYERS = (HIDDEN, INPUT, PROJ)  # the sizes that layers have without being told
ONE = "1"
MOST_UNITS = 10**6


def size_name(size: object, where: str) -> str:
    """A size as its author gives it, by its name. where: what it is given to, such as ``linear(size=...)``.

    Raises DefinitionError for what is neither a name nor a positive number, and for a misspelt one of the layers' own.
    """
    if isinstance(size, int) and not isinstance(size, bool) and 1 <= size <= MOST_UNITS:
        return str(size)
    if isinstance(size, str) and size.isidentifier() and size.isascii() and not keyword.iskeyword(size):
        meant = f"{size}_size" in LAYERS or get_close_matches(size, LAYERS, 1, 0.85)
        if size in LAYERS or not (meant or size.startswith("_") or "__" in size):
            return size
    raise DefinitionError(
        f"{where.replace('...', shown(size))}: expected 'hidden_size', 'input_size' or 'proj_size', a name of yours"
        " such as 'key', or a number of units such as 64"
    )


def is_named(size: str) -> bool:
    """Whether a size is a name of the author's, which a layer is told when it is made."""
    return size not in ("", *LAYERS) and size.isidentifier()


def units(size: str, known: Mapping[str, int]) -> int:
    """How many units a size is, where the sizes that have names are known. Raises DeriveError for parts that are not
    equal."""
    whole, _, parts = size.partition("/")
    if parts:
        count, heads = units(whole, known), units(parts, known)
        if count % heads:
            raise DeriveError(f"{count} units cannot be cut into {heads} equal parts; give sizes that divide")
        return count // heads
    return int(size) if size.isdecimal() else known[size]


def number_of_units(size: str) -> Expr:
    """The number of units that a size is, as a formula."""
    whole, _, parts = size.partition("/")
    if parts:
        return number_of_units(whole) / number_of_units(parts)
    if size.isdecimal():
        return Integer(size)
    return Symbol(size) if size else S.One
