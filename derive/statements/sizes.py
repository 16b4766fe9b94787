"""How many units there are, by name: ``hidden_size``, ``input_size``, ``proj_size``, a name of the author's (``key``),
a number (``64``), or ``1`` for one number that goes with every unit. ``hidden_size/heads`` is that of each of so many
equal parts.

A quantity with more axes has them in the name of its size: ``value×key`` is a matrix, ``heads:key`` a vector for each
head, ``heads:value×key`` a matrix for each. Its numbers lie in one row, the last axis fastest.
"""

from __future__ import annotations

import keyword
import math
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from typing import TypeVar

from sympy import Expr, Integer, Mul, S, Symbol

from derive.errors import DefinitionError, DeriveError, counted, shown
from derive.symbolic.expressions import HIDDEN, INPUT, PROJ

T = TypeVar("T")
LAYERS = (HIDDEN, INPUT, PROJ)  # the sizes that layers have without being told
ONE = "1"
MOST_UNITS = 10**6


def size_name(size: object, where: str) -> str:
    """A size as its author gives it, by its name. where: what it is given to, such as ``linear(size=...)``.

    Raises DefinitionError for what is neither a name nor a positive number, and for a misspelt one of the layers' own.
    """
    number = int(size) if isinstance(size, str) and size.isdecimal() else size
    if isinstance(number, int) and not isinstance(number, bool) and 1 <= number <= MOST_UNITS:
        return str(number)
    if isinstance(size, str) and size.isidentifier() and size.isascii() and not keyword.iskeyword(size):
        meant = f"{size}_size" in LAYERS or get_close_matches(size, LAYERS, 1, 0.85)
        if size in LAYERS or not (meant or size.startswith("_") or "__" in size):
            return size
    raise DefinitionError(
        f"{where.replace('...', shown(size))}: expected 'hidden_size', 'input_size' or 'proj_size', a name of yours"
        " such as 'key', or a number of units such as 64"
    )


def size_by_head(size: object, where: str) -> str:
    """The size of what may be there for each head, which is given as a pair: ``("heads", "key")``; that of a matrix is
    ``"value*key"``.

    Raises DefinitionError as ``size_name`` does, and for what is neither.
    """
    heads, each = size if isinstance(size, tuple) and len(size) == 2 else ("", size)
    axes = each.split("*") if isinstance(each, str) else [each]
    named = [size_name(part, where) for part in ([heads] if heads else []) + axes]
    if len(named) == 1:
        return named[0]
    if len(axes) > 2 or ONE in named or (heads and named[0] in named[1:]):
        raise DefinitionError(
            f"{where.replace('...', shown(size))}: expected two sizes, none of them 1, such as 'value*key' or"
            " ('heads', 'key'), the number of heads being another"
        )
    return joined(named[0] if heads else "", named[1:] if heads else named)


def joined(heads: str, axes: Sequence[str]) -> str:
    """The size of a quantity with these axes, for each head where ``heads`` is not empty."""
    return ":".join(filter(None, (heads, "×".join(axes)))) or ONE


def heads_of(size: str) -> str:
    """The number of heads for each of which a quantity of this size is there; empty where it is there once."""
    return size.partition(":")[0] if ":" in size else ""


@cache
def axes_of(size: str) -> tuple[str, ...]:
    """The axes of a quantity of this size, those of each head: of a matrix two, of one number none."""
    axes = size.rpartition(":")[2]
    return () if axes in ("", ONE) else tuple(axes.split("×"))


@cache
def every_axis(size: str) -> tuple[str, ...]:
    """The same with the number of heads before them."""
    return tuple(filter(None, (heads_of(size), *axes_of(size))))


def unprimed(size: str) -> str:
    """The size without the primes by which axes that are as long are told apart."""
    return size.replace("'", "")


def is_named(size: str) -> bool:
    """Whether a size is a name of the author's, which a layer is told when it is made."""
    return size not in ("", *LAYERS) and size.isidentifier()


def units(size: str, known: Mapping[str, int]) -> int:
    """How many units a size is, where the sizes that have names are known. Raises DeriveError for parts that are not
    equal."""
    if len(axes := every_axis(size)) > 1:
        return math.prod(units(axis, known) for axis in axes)
    whole, _, parts = size.partition("/")
    if parts:
        count, heads = units(whole, known), units(parts, known)
        if count % heads:
            whole_is = counted(count, "unit")
            raise DeriveError(f"{whole_is} cannot be cut into {heads} equal parts; give sizes that divide")
        return count // heads
    return int(size) if size.isdecimal() else known[size]


def lengths(size: str, known: Mapping[str, int]) -> tuple[int, ...]:
    """How long each axis is, of one number 1."""
    return tuple(units(axis, known) for axis in every_axis(size) or (ONE,))


def count_of(size: str, known: Mapping[str, int]) -> int:
    """The same; 1 along an axis of which nothing is known, as of a projection that is not there."""
    return math.prod(units(a, known) if a in known or a.isdecimal() or "/" in a else 1 for a in every_axis(size))


def place_of(size: str, k: int, known: Mapping[str, int]) -> str:
    """How the k-th number of a size is told from its others: by its number; in a matrix by row and column, ``1, 3``;
    with several heads by that of its head too, ``2; 1, 3``.

    >>> place_of("heads:value×key", 9, {"heads": 2, "value": 2, "key": 3})
    '2; 1, 3'
    """
    if len(axes := every_axis(size)) < 2:
        return str(k)
    numbers: list[str] = []
    rest = k - 1
    for long in reversed([count_of(axis, known) for axis in axes]):
        rest, number = divmod(rest, long)
        numbers.insert(0, str(number + 1))
    head = [numbers.pop(0)] if heads_of(size) else []
    one_head = not head or count_of(axes[0], known) == 1
    return "; ".join([*([] if one_head else head), ", ".join(numbers)])


def label_of(size: str, k: int, known: Mapping[str, int]) -> str:
    """The same; of a single number it is empty."""
    return place_of(size, k, known) if count_of(size, known) > 1 else ""


def in_rows(size: str, numbers: Sequence[T], known: Mapping[str, int]) -> list[Sequence[T]]:
    """Numbers of a size in the rows of its matrix, or of those of all heads; of a size that is none in one row.

    >>> in_rows("value×key", [1, 2, 3, 4, 5, 6], {"value": 2, "key": 3})
    [[1, 2, 3], [4, 5, 6]]
    """
    axes = axes_of(size)
    across = count_of(axes[-1], known) if len(axes) > 1 else len(numbers)
    return [numbers[k : k + across] for k in range(0, len(numbers), across)]


def along_rows(size: str) -> str:
    """The size that these rows are numbered along.

    >>> along_rows("heads:value×key")
    'heads:value'
    """
    return joined(heads_of(size), axes_of(size)[:-1])


def labels(size: str, known: Mapping[str, int]) -> list[str]:
    """The same of all numbers."""
    count = count_of(size, known)
    return [place_of(size, k, known) for k in range(1, count + 1)] if count > 1 else [""]


def number_of_units(size: str) -> Expr:
    """The number of units that a size is, as a formula."""
    if len(axes := every_axis(size)) > 1:
        return Mul(*map(number_of_units, axes))
    whole, _, parts = size.partition("/")
    if parts:
        return number_of_units(whole) / number_of_units(parts)
    if size.isdecimal():
        return Integer(size)
    return Symbol(size) if size else S.One
