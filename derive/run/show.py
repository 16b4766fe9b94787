"""What of a run its documents show: some time steps, units and rows, chosen in the run or, of a long run, by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from derive.errors import RunError, shown, unknown

KEYS = ("steps", "units", "rows", "omit_zero_terms")
MANY_STEPS = 240  # quantities of single units at all time steps, above which a run chooses for itself
FEW_STEPS, FEW_UNITS = (1, 2), (1, 2)  # what it chooses, and the last step
MANY_ON_SLIDES, STEPS_ON_SLIDES, UNITS_ON_SLIDES = 30, 4, (1,)  # the same for slides; of so many steps all
ENDS_ON_SLIDES = 120  # quantities above which slides show the first step and the last alone


@dataclass(frozen=True)
class Show:
    """steps, units: which, from 1, in order; rows: names of quantities. omit_zero_terms: whether formulas with numbers
    are without products that have a factor which is exactly 0.
    """

    steps: tuple[int, ...]
    units: tuple[int, ...]
    rows: tuple[str, ...]
    omit_zero_terms: bool = False

    @classmethod
    def of(cls, given: Any, steps: int, units: Mapping[str, int], on_slides: bool = False) -> Show:
        """What is shown of a run of so many steps; units: of each quantity.

        given: the table ``show`` of a run, or None. Raises RunError naming the key for what is not there to be shown.
        """
        most = max(units.values())
        if given is None:
            return cls._chosen(steps, most, units, on_slides)
        if isinstance(given, Show):
            return given
        if not isinstance(given, Mapping):
            raise RunError(f"show is {shown(given)}, expected a table such as {{steps = [1, 2, 'last'], units = [1]}}")
        for key in given:
            if key not in KEYS:
                raise RunError(f"show: {unknown('key', key, KEYS)}")
        omit = given.get("omit_zero_terms", False)
        if not isinstance(omit, bool):
            raise RunError(f"show.omit_zero_terms is {shown(omit)}, expected true or false")
        rows = given.get("rows", list(units))
        for name in _listed(rows, "rows"):
            if name not in units:
                raise RunError(f"show.rows: {unknown('quantity', str(name), units)}")
        return cls(
            _numbers(given.get("steps"), "steps", steps),
            _numbers(given.get("units"), "units", most),
            tuple(name for name in units if name in rows),
            omit,
        )

    @classmethod
    def _chosen(cls, steps: int, most: int, units: Mapping[str, int], on_slides: bool) -> Show:
        every = cls(tuple(range(1, steps + 1)), tuple(range(1, most + 1)), tuple(units))
        if steps * sum(units.values()) <= (MANY_ON_SLIDES if on_slides else MANY_STEPS):
            return every
        few = tuple(sorted({t for t in (*FEW_STEPS, steps) if t <= steps}))
        if on_slides:
            ends = tuple(dict.fromkeys((1, steps)))
            some = every.steps if steps <= STEPS_ON_SLIDES else few
            many = steps * sum(units.values()) > ENDS_ON_SLIDES
            return cls(ends if many else some, UNITS_ON_SLIDES, tuple(units))
        return cls(few, tuple(k for k in FEW_UNITS if k <= most), tuple(units))


def _listed(value: Any, key: str) -> list[Any]:
    if not isinstance(value, list | tuple) or not value:
        raise RunError(f"show.{key} is {shown(value)}, expected a list with at least one entry")
    return list(value)


def _numbers(value: Any, key: str, most: int) -> tuple[int, ...]:
    """Numbers from 1 to so many, the last of which may go by the name "last"; all of them where none is given."""
    if value is None:
        return tuple(range(1, most + 1))
    found = {most if entry == "last" else entry for entry in map(_hashable, _listed(value, key))}
    for entry in found:
        if not isinstance(entry, int) or isinstance(entry, bool) or not 1 <= entry <= most:
            raise RunError(f"show.{key} has {shown(entry)}, expected numbers from 1 to {most}, or 'last'")
    return tuple(sorted(found))


def _hashable(entry: Any) -> Any:
    return entry if isinstance(entry, int | str) else repr(entry)


def gaps(chosen: Iterable[int], most: int) -> list[int | None]:
    """The chosen numbers of 1, 2, ..., with None wherever others are left out.

    >>> gaps((1, 2, 50), 50)
    [1, 2, None, 50]
    """
    found: list[int | None] = []
    before = 0
    for k in chosen:
        if k > before + 1:
            found.append(None)
        found.append(k)
        before = k
    return [*found, None] if before < most else found
