"""One entry of a table made by hand, beside the exact value: how far it is off, to how many decimals it agrees.

It agrees to n decimals if it is within half a unit of the n-th decimal of the exact value.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any

from derive.claims.hand import Entry
from derive.exact.numeral import Numeral
from derive.exact.value import Value
from derive.run.named import Kind, Spot

MOST_COMPARED = 40


def half_unit(decimals: int) -> Value:
    """Of that decimal."""
    return Value.of(Numeral(5, -decimals - 1))


class Fault(Enum):
    """What may be wrong with the formula of an entry; the values are keys of ``derive.notation.words``."""

    FORMULA = "wrong formula"  # not the cell's
    NUMBERS = "wrong numbers"  # the cell's formula with other numbers than the cell has
    VALUE = "wrong value"  # the formula does not give the value that stands after it
    HALF = "half-substituted"  # names and numbers side by side
    EQUAL = "not equal"  # = where the value is rounded

    @property
    def is_error(self) -> bool:
        """Whether the formula is wrong, and not only written in a way that misleads."""
        return self in (Fault.FORMULA, Fault.NUMBERS, Fault.VALUE)


@dataclass(frozen=True)
class CheckedEntry:
    """One entry: a quantity of one unit at t, or what else a ``Spot`` is, what was written, and the exact value.

    gives: what the formula written by hand gives for the cell's own values; None where there is no formula.
    """

    quantity: str
    unit: int
    label: str  # of the unit
    t: int
    entry: Entry
    exact: Value
    gives: Value | None = None
    faults: tuple[Fault, ...] = ()
    kind: Kind = Kind.QUANTITY
    place: tuple[int, ...] = ()

    @classmethod
    def of(
        cls, spot: Spot, entry: Entry, exact: Value, gives: Value | None = None, faults: tuple[Fault, ...] = ()
    ) -> CheckedEntry:
        """The entry at that spot."""
        kind, quantity, unit, label, t, place = spot
        return cls(quantity, unit, label, t, entry, exact, gives, faults, kind, place)

    @property
    def name(self) -> str:
        """The name of the row: ``c``, or ``c_2`` for the second of several units."""
        return self.spot.row

    @property
    def spot(self) -> Spot:
        """What the entry is of."""
        return Spot(self.kind, self.quantity, self.unit, self.label, self.t, self.place)

    @property
    def error(self) -> Value:
        """|by hand - exact|."""
        return abs(Value.of(self.entry.value) - self.exact)

    @property
    def relative_error(self) -> Value | None:
        """The error over |exact|; None where the exact value is 0."""
        if self.exact.sign() in (0, None):
            return None
        return Value.of(1) if self.entry.value == 0 else self.error / abs(self.exact)

    def agrees_at(self, decimals: int) -> bool:
        """Whether the value by hand is within half a unit of that decimal."""
        return self.error.order(half_unit(decimals)) != 1

    @cached_property
    def agrees_to(self) -> int | None:
        """The largest number of decimals at which it agrees; -1 where not even the integers do, None for equality."""
        if not self.error.sign():
            return None
        decimals = max(-self.error.significant(1).exponent - 2, -1)  # the error is less than 10^(exponent + 1)
        while self.agrees_at(decimals + 1):
            decimals += 1
        return decimals

    def to_json(self) -> dict[str, Any]:
        relative = self.relative_error
        return {
            "kind": self.kind.value,
            "quantity": self.name,
            "t": self.t,
            "entry": list(self.place),
            "text": self.entry.text,
            "by_hand": str(self.entry.value),
            "exact": self.exact.precise(MOST_COMPARED),
            "absolute_error": str(self.error.significant(5)),
            "relative_error": None if relative is None else str(relative.significant(5)),
            "agrees_to": self.agrees_to,
            "equal": self.agrees_to is None,
            "formula": self.entry.written or None,
            "formula_value": None if self.gives is None else self.gives.precise(MOST_COMPARED),
            "faults": [f.value for f in self.faults],
        }
