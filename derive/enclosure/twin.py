"""A quantity of the exact cell beside its error, replaced minus exact, both zonotopes over the same symbols."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from derive.enclosure.zonotope import Form
from derive.exact.arrays import Array, Cells, add, intersection


@dataclass(frozen=True, eq=False)
class Twin:
    """error: None where both cells have the same number. known: of the replaced cell's, what is known otherwise."""

    exact: Form
    error: Form | None = None
    known: Cells | None = None

    @cached_property
    def replaced(self) -> Cells:
        """The interval of each unit in the replaced cell."""
        if self.error is None:
            return self.exact.range
        total = add(self.exact.range, self.error.range)
        return total if self.known is None else intersection(total, self.known)

    def at(self, units: Array) -> Twin:
        """Those units alone; of a single number for all units it, as often."""
        n = max(len(form.centre) for form in (self.exact, self.error) if form is not None)
        own = units if n > 1 else np.zeros_like(units)
        known = None if self.known is None else Cells(*(np.broadcast_to(end, (n,))[own] for end in self.known))
        exact, error = (None if a is None else a.spread_over(n).at(own) for a in (self.exact, self.error))
        assert exact is not None
        return Twin(exact, error, known)

    def with_forms(self, change: Callable[[Form], Form]) -> Twin:
        """The same numbers written otherwise."""
        return Twin(change(self.exact), None if self.error is None else change(self.error), self.known)


def numbers(a: Twin) -> Array | None:
    """The units, where each is one number that both cells share and that a double has."""
    is_known = a.error is None and not a.exact.rest.any() and not a.exact.generators.any()
    return a.exact.centre if is_known else None


def whole_numbers(parts: Sequence[Twin], most: float) -> list[Array] | None:
    """The units of each, where all are whole numbers, none larger, that both cells share."""
    found = []
    for part in parts:
        units = numbers(part)
        if units is None or (units != np.rint(units)).any() or (np.abs(units) > most).any():
            return None
        found.append(units)
    return found


def together(parts: Sequence[tuple[Array, Twin]], units: int) -> Twin:
    """Twins of some units each as one of all."""
    exact = _scattered([(at, part.exact) for at, part in parts])
    errors = [(at, part.error) for at, part in parts if part.error is not None]
    if not errors:
        return Twin(exact)
    known = Cells(np.zeros(units), np.zeros(units))
    for at, part in parts:
        known.lower[at], known.upper[at] = part.replaced
    return Twin(exact, _scattered(errors, units), known)


def _scattered(parts: Sequence[tuple[Array, Form]], units: int = 0) -> Form:
    """Forms of some units each as one of all; of those that are in none 0."""
    n = max(units, sum(len(at) for at, _ in parts))
    m = max(form.generators.shape[1] for _, form in parts)
    centre, rest, lower, upper = (np.zeros(n) for _ in range(4))
    generators = np.zeros((n, m))
    for at, form in parts:
        centre[at], rest[at] = form.centre, form.rest
        lower[at], upper[at] = form.range
        generators[at, : form.generators.shape[1]] = form.generators
    return Form(centre, generators, rest, Cells(lower, upper))
