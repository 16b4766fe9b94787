"""A number of a run: as it is printed, in a formula and in a table, and as it is written for programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from derive.exact.numeral import Numeral
from derive.exact.value import Value

LONG = 10**15  # from which on a whole number that is given is printed with a power of ten
SHORT = 6  # decimals up to which a number of the run's data is printed in full
DIGITS = 40  # decimals of the exact values in steps.json


def given(value: Value, decimals: int, further: int = 0) -> Numeral:
    """A number of the run's data as it is printed: in full where it is short (``100``, ``0.25``), else rounded."""
    if value.rational is not None:
        above, below = int(value.rational.p), int(value.rational.q)
        for places in range(max(decimals, SHORT) + further + 1):
            scaled, rest = divmod(above * 10**places, below)
            if not rest:
                plain = Numeral(scaled, -places)
                return plain if places or abs(scaled) < LONG else plain.in_powers_of_ten()
    return value.shown(decimals, further)


def computed(value: Value, decimals: int, further: int = 0) -> Numeral:
    """A quantity that was computed, as the tables print it, with so many further digits."""
    return value.shown(decimals, further)


@dataclass(frozen=True)
class Number:
    """A number that stands in a formula: its exact value, and whether it is data of the run or was computed."""

    value: Value
    is_given: bool

    def numeral(self, decimals: int, further: int = 0) -> Numeral:
        return (given if self.is_given else computed)(self.value, decimals, further)


def value_json(value: Value, decimals: int) -> dict[str, str]:
    """A value for a program: to 40 decimals, as the tables print it, and whether that is the value itself."""
    return {
        "value": value.precise(DIGITS),
        "rounded": str(value.shown(decimals)),
        "relation": value.relation(decimals),
    }


def values_json(value: Any, decimals: int) -> Any:
    """The same of every value in nested tuples, as lists."""
    return [values_json(v, decimals) for v in value] if isinstance(value, tuple) else value_json(value, decimals)
