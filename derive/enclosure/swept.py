"""The engine of zonotopes: one sweep answers for every quantity at every step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from flint import arb, fmpq
from sympy import Expr

from derive.approximation.claim import Claim
from derive.claims.propagate import Group
from derive.enclosure.engines import EXACT, WIDE, Ends
from derive.enclosure.machine import Machine, MachineSweep
from derive.enclosure.numbering import numbered
from derive.enclosure.rounding import Format
from derive.enclosure.sweep import Sweep, Swept, Written, nothing
from derive.enclosure.walk import Made, Quantity
from derive.errors import RunError
from derive.exact.arrays import Cells
from derive.exact.rational import exactly
from derive.run.box import Variable
from derive.run.step import Place
from derive.symbolic.activation import Activation

if TYPE_CHECKING:
    from derive.run.data import Run

ZONOTOPE = "zonotope"
IN_CASES = "an activation in a case is not replaced in zonotopes; take engine 'balls', or leave it out of the claims"
At = tuple[fmpq, ...]


@dataclass(frozen=True, eq=False)
class Outer:
    """An end of an enclosure. attained, at: what is reached for certain, at one of the places of the box that were
    tried, which is found when it is asked for."""

    bound: arb
    reached: Callable[[], tuple[arb, At]]
    engine: str = ZONOTOPE
    is_there: bool = False

    @cached_property
    def _reached(self) -> tuple[arb, At]:
        return self.reached()

    @property
    def attained(self) -> arb:
        return self._reached[0]

    @property
    def at(self) -> At:
        return self._reached[1]


@dataclass
class Swepts:
    """claims: of the run; groups, made: its replacements, in the order in which they are made, as far as asked for.
    machine: what computes the replaced cell, where that is a machine in the place of replacements."""

    run: Run
    variables: Sequence[Variable]
    claims: Sequence[Claim]
    groups: Callable[[], Sequence[Group]]
    made: Callable[[], list[Made]]
    machine: Format | None = None
    _sweeps: dict[int | None, Swept] = field(default_factory=dict)

    name, arithmetic = ZONOTOPE, "outward rounding"

    def check(self) -> None:
        """Raises RunError for an equation that cannot be enclosed."""
        claimed = {c.exact for c in self.claims}
        for name, formula in self._plain.formulas.items():
            if (formula.has_cases or formula.has_hidden) and not claimed.isdisjoint(formula.functions):
                raise RunError(f"{name}: {IN_CASES}")

    # ------------------------------------------------------------------ what is asked

    def quantity(self, key: Quantity, part: int, stage: int | None = None) -> Ends:
        t, name, unit = key

        def cells(swept: Swept) -> Cells:
            return (swept.exact, swept.replaced, swept.error)[part][t, name]

        return self._ends(cells, unit, stage)

    def argument(self, place: Place, part: int = EXACT) -> Ends:
        k, unit = self._numbered[place.quantity][place.unit - 1][place.k]
        key = place.t, place.quantity, k
        return self._ends(lambda swept: (swept.asked if part else swept.arguments)[key], unit, None)

    def places(self) -> Iterator[Place]:
        for t in range(1, len(self.run.x) + 1):
            for name, formula in self._plain.formulas.items():
                for unit, order in enumerate(self._numbered[name], 1):
                    label = self.run.unit_label(name, unit)
                    for number, (k, _) in enumerate(order):
                        yield Place(formula.functions[k], name, unit, t, number, label)

    def unbounded(self) -> str:
        """Of a machine which quantity is the first without a bound, and which one is off by more than it is before."""
        swept = self.swept()
        sizes = {key: (largest(cells), largest(swept.exact[key])) for key, cells in swept.error.items()}
        without = [key for key, (off, _) in sizes.items() if not off < np.inf]
        if self.machine is None or not without:
            return WIDE
        t, first = without[0]
        said = f"in {self.machine.name}; {first} at t = {t} is the first without one"
        s, lost = next(key for key, (off, size) in sizes.items() if not off < size and off > self.machine.smallest)
        if (s, lost) != (t, first):
            said += f", and {lost} at t = {s} may be off by {sizes[s, lost][0]:.3g}, more than it is"
        wider = "" if self.machine.name == "float32" else "float32, "
        return f"{said}; take {wider}fewer steps or smaller numbers"

    def _ends(self, cells: Callable[[Swept], Cells], unit: int, stage: int | None) -> Ends:
        def end(swept: Swept, side: int) -> arb:
            found = cells(swept)[side]
            return arb(float(found[min(unit, len(found)) - 1]))

        def reached(side: int) -> tuple[arb, At]:
            """The end of the other side at a place, whichever is furthest."""
            tried = [(end(swept, 1 - side), at) for at, swept in self._tried(stage)]
            return (max if side else min)(tried, key=lambda found: _order(found[0]))

        swept = self.swept(stage)
        low, high = (Outer(end(swept, side), lambda side=side: reached(side)) for side in (0, 1))  # type: ignore[misc]
        return low, high

    # ------------------------------------------------------------------ the sweeps

    def swept(self, stage: int | None = None) -> Swept:
        """The sweep of all replacements, or of those of one group after those before it."""
        if stage not in self._sweeps:
            self._sweeps[stage] = self._sweep(self.variables, stage).swept()
        return self._sweeps[stage]

    def _sweep(self, variables: Sequence[Variable], stage: int | None) -> Sweep:
        if self.machine is not None:
            return MachineSweep(self.run, variables, nothing, nothing, domain=Machine(self.machine))
        before = nothing if stage is None else self._written(stage)
        return Sweep(self.run, variables, before, self._written(None if stage is None else stage + 1))

    @cached_property
    def _tried(self) -> Callable[[int | None], list[tuple[At, Swept]]]:
        """By stage, the sweeps at the middle of the box and at two of its corners."""

        @cache
        def tried(stage: int | None) -> list[tuple[At, Swept]]:
            found: dict[At, Swept] = {}
            for part in (0, 1, -1):
                middles = [((v.lower + v.upper) / 2, v.lower, v.upper)[part] for v in self.variables]
                at = tuple(map(exactly, middles))
                if at not in found:
                    fixed = [replace(v, lower=m, upper=m) for v, m in zip(self.variables, middles, strict=True)]
                    found[at] = self._sweep(fixed, stage).swept() if self.variables else self.swept(stage)
            return list(found.items())

        return tried

    @cached_property
    def _plain(self) -> Sweep:
        return Sweep(self.run, self.variables, nothing, nothing)

    @cached_property
    def _numbered(self) -> dict[str, list[list[tuple[int, int]]]]:
        """Of each equation and unit, which activation, of which unit, is the first, the second and so on."""
        return {line.target.name: numbered(self.run, line) for line in self.run.cell.lowered_lines}

    # ------------------------------------------------------------------ what is replaced

    def _written(self, stage: int | None) -> Written:
        """What is written after so many groups of replacements; None: after all."""
        if any(c.is_point for c in self.claims):
            return self._by_place(self.made()[-1 if stage is None else stage])
        replacements: dict[type[Activation], Expr] = {}
        for claim in self.claims:
            replacements.setdefault(claim.exact, claim.replacement)
        if stage is None:
            return lambda function, t, quantity, k: replacements.get(function)
        groups = set(self.groups()[:stage])
        return lambda function, t, quantity, k: replacements[function] if Group(function, quantity) in groups else None

    def _by_place(self, made: Made) -> Written:
        """Where saturations are claimed, each unit at each step has its own."""
        found: dict[tuple[int, str, int], Mapping[int, Expr]] = {}
        for place, formula in made.items():
            k, unit = self._numbered[place.quantity][place.unit - 1][place.k]
            found.setdefault((place.t, place.quantity, k), {})[unit] = formula  # type: ignore[index]

        def written(function: type[Activation], t: int, quantity: str, k: int) -> Any:
            units = found.get((t, quantity, k))
            if units is None:
                return None
            return [units.get(unit) for unit in range(1, self._units(quantity, k) + 1)]

        return written

    def _units(self, quantity: str, k: int) -> int:
        return max(unit for order in self._numbered[quantity] for which, unit in order if which == k)


def largest(cells: Cells) -> float:
    """Of all units."""
    return float(np.maximum(np.abs(cells.lower), np.abs(cells.upper)).max())


def _order(number: arb) -> float:
    found = float(number)
    return found if found == found else float("-inf")
