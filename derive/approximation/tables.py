"""Tables of an activation: how many entries, where, how far rounded, and what holds outside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from flint import arb, ctx
from sympy import Expr, Rational

from derive.approximation.approximate import read_activation
from derive.approximation.bounds import x
from derive.approximation.enclosure import Enclosing
from derive.errors import DeriveError, shown
from derive.exact.intervals import Interval
from derive.exact.numeral import exact_rational
from derive.exact.rounding import integer_in, rounded
from derive.exact.value import Value
from derive.symbolic.evaluation import evaluate
from derive.symbolic.table import Table, tabulated

MOST_ENTRIES, MOST_BITS = 2**16, 64
BITS = 128  # with which entries are calculated first
OUTSIDE = ("clamp", "extend", "error")


def table(
    exact: Any, entries: int = 256, on: Any = (-4, 4), bits: int = 15, interpolate: bool = True, outside: str = "clamp"
) -> type[Table]:
    """A table of an activation, which is one itself: it stands in ``approximate`` and in ``with_activations``.

    >>> from derive.symbolic.activations import tanh
    >>> t = table(tanh, entries=256, on=(-4, 4))
    >>> t(Rational(1, 3))
    84275/262144

    entries: their number. on: the interval over which they are spread evenly, both ends among their places if the table
    is interpolated, else each of them at the middle of its part. bits: entries are rounded to whole multiples of
    2^-bits. interpolate: whether the function is linear between entries, or steps. outside: "clamp" keeps the first and
    the last entry, "extend" goes on with the first and the last line, "error" refuses what is asked there: such a table
    has to cover the run that is certified, and the interval on which its error is asked for.

    Raises DeriveError for numbers that are none of a table, and where the activation has no value at a place.
    """
    activation, parameters = read_activation(exact)
    if isinstance(entries, bool) or not isinstance(entries, int) or not 2 <= entries <= MOST_ENTRIES:
        raise DeriveError(f"entries={entries!r}: expected a whole number from 2 to {MOST_ENTRIES}")
    if isinstance(bits, bool) or not isinstance(bits, int) or not 1 <= bits <= MOST_BITS:
        raise DeriveError(f"bits={bits!r}: expected a whole number from 1 to {MOST_BITS}")
    if not isinstance(interpolate, bool):
        raise DeriveError(f"interpolate={shown(interpolate)}: expected True or False")
    if outside not in OUTSIDE or (outside == "extend" and not interpolate):
        raise DeriveError(
            f"outside={shown(outside)}: expected 'clamp', 'error', or 'extend' for a table that is interpolated"
        )
    try:
        lower, upper = map(exact_rational, on)
    except (TypeError, ValueError):
        raise DeriveError(f"on={on!r} is not a pair; write on=(lower, upper)") from None
    if lower >= upper:
        raise DeriveError(f"the interval [{lower}, {upper}] is empty; write on=(lower, upper) with lower < upper")
    h = (upper - lower) / (entries - interpolate)
    first = lower if interpolate else lower + h / 2
    numbers = tuple(_entries(activation(x, *parameters), [first + k * h for k in range(entries)], bits))
    found: type[Table] = tabulated(
        activation,
        f"{activation.__name__}_table_{entries}",
        f"{activation.__name__.replace('_', '')}{entries}",
        numbers,
        lower=lower,
        upper=upper,
        bits=bits,
        interpolate=interpolate,
        outside=outside,
    )
    return found


def _entries(function: Expr, places: Sequence[Rational], bits: int) -> Iterator[Rational]:
    """The function at the places, rounded; where a narrow enclosure does not tell to which side, by more digits."""
    enclosed = Enclosing(function, x)
    with ctx.workprec(BITS):
        for place in places:
            found = {_nearest(end, bits) for end in enclosed.value(Interval.of(place))}
            if len(found) > 1 or None in found:
                found = {rounded(evaluate(function, {x: Value.of(place)}) * 2**bits, 0)}
            yield Rational(found.pop(), 2**bits)


def _nearest(number: arb, bits: int) -> int | None:
    return integer_in((number * arb(2) ** bits + arb("0.5")).floor()) if number.is_finite() else None
