"""Tables that do not cover a run: which are asked for what lies beyond their ends, where, and how far beyond."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from derive.exact.value import Value
from derive.run.step import Place
from derive.symbolic.table import LONGER, Table

if TYPE_CHECKING:
    from derive.run.data import Run

Ends = tuple[Value, Value]
DIGITS = 5  # of what is said of an argument
THERE = {"clamp": "it keeps its last entry there", "extend": "its last line goes on there"}


@dataclass(frozen=True, repr=False)
class Beyond:
    """The arguments of a table in one equation that may lie beyond its ends.

    place, argument: of the furthest one, between whose ends it lies. by: how far beyond it lies at most. count: of such
    arguments, over all steps and units.
    """

    table: type[Table]
    place: Place
    argument: Ends
    by: Value
    count: int

    def to_json(self) -> dict[str, Any]:
        """Decimals are rounded outwards, and up."""
        lower, upper = self.argument
        return {
            "table": self.table.__name__,
            "on": [str(self.table.lower), str(self.table.upper)],
            "outside": self.table.outside,
            "quantity": self.place.quantity,
            "unit": self.place.unit,
            "t": self.place.t,
            "argument": [lower.lower(DIGITS), upper.upper(DIGITS)],
            "by": self.by.upper(DIGITS),
            "count": self.count,
        }

    def __repr__(self) -> str:
        lower, upper = self.argument
        others = f", the furthest of {self.count}" if self.count > 1 else ""
        return (
            f"{self.table.__name__} on [{self.table.lower}, {self.table.upper}] does not cover the run: in"
            f" {self.place.name} at t = {self.place.t} its argument may be in [{lower.lower(DIGITS)},"
            f" {upper.upper(DIGITS)}]{others}, up to {self.by.upper(DIGITS)} beyond;"
            f" {THERE.get(self.table.outside, LONGER)}"
        )


def beyond(occurrences: Iterable[tuple[type[Table], Place, Ends]]) -> tuple[Beyond, ...]:
    """Of each table and equation the argument that lies furthest beyond the ends of the table."""
    found: dict[tuple[type[Table], str], Beyond] = {}
    for table, place, (lower, upper) in occurrences:
        by = max(Value.of(table.lower) - lower, upper - Value.of(table.upper))
        if by.sign() != 1:
            continue
        key = table, place.quantity
        known = found.get(key)
        count = known.count + 1 if known else 1
        furthest = known if known and (by - known.by).sign() != 1 else Beyond(table, place, (lower, upper), by, 1)
        found[key] = Beyond(table, furthest.place, furthest.argument, furthest.by, count)
    return tuple(found.values())


def beyond_in(run: Run) -> tuple[Beyond, ...]:
    """The same of the tables that a run's own cell has, for its own numbers."""
    return beyond(_asked(run))


def _asked(run: Run) -> Iterator[tuple[type[Table], Place, Ends]]:
    if any(e.rhs.has(Table) for e in run.cell.equations):
        for places in run.steps().arguments().values():
            for place, argument in places:
                if issubclass(place.function, Table):
                    yield place.function, place, (argument, argument)
