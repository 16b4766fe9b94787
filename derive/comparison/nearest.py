"""Which cells of the catalogue are nearest to a cell: the same, the same with other activations, or most like it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from derive.comparison.by_formulas.canonical import Canonical
from derive.comparison.equality import equality
from derive.comparison.found import Comparison
from derive.comparison.pairing.merging import merged
from derive.comparison.pairing.sides import Sides
from derive.definition.cell import Cell
from derive.errors import DeriveError
from derive.later import later

SHOWN = 3


@dataclass(frozen=True, repr=False, eq=False)
class Near:
    """A cell that is like another. swapped: (its activation, the other's), where that is all in which they differ;
    shared: how many of the other's equations it has."""

    cell: Cell
    comparison: Comparison | None = None
    swapped: tuple[tuple[str, str], ...] = ()
    shared: int = 0
    of: int = 0

    @property
    def words(self) -> str:
        """``cifg_lstm with relu for tanh``."""
        if self.comparison:
            return self.cell.name
        if self.swapped:
            return f"{self.cell.name} with " + " and ".join(f"{mine} for {theirs}" for theirs, mine in self.swapped)
        return f"{self.cell.name}, which has {self.shared} of its {self.of} equations"

    @later
    def _repr_html_(self) -> str:
        raise NotImplementedError

    def __repr__(self) -> str:
        return self.words


def nearest(cell: Cell, others: Iterable[Cell]) -> list[Near]:
    """The nearest of the others, the nearest one first; an equal one, or one with other activations, stands alone."""
    others = [other for other in others if len(other.states) == len(cell.states)]
    for other in others:
        try:
            if found := equality(cell, other):
                return [Near(other, found)]
        except DeriveError:
            continue
    for other in others:
        if swapped := _swapped(cell, other):
            return [Near(other, swapped=swapped)]
    mine = _shapes(cell)
    ranked = [Near(other, shared=(mine & _shapes(other)).total(), of=mine.total()) for other in others]
    return sorted(ranked, key=lambda near: -near.shared)[:SHOWN]


def _swapped(cell: Cell, other: Cell) -> tuple[tuple[str, str], ...]:
    """The activations in which alone they differ; none where they differ in more."""
    try:
        for _, _, match in Sides(cell, other, loose=True).pairings():
            pairs = ((theirs[0], mine) for mine, theirs in match.items() if mine.endswith("()"))
            return tuple(sorted({(t.removesuffix("()"), m.removesuffix("()")) for t, m in pairs}))
    except DeriveError:
        pass
    return ()


def _shapes(cell: Cell) -> Counter[int]:
    """The shapes of its equations, whatever they are called."""
    side = Canonical(cell, renamed={s: f"s{k}" for k, s in enumerate(cell.states)})
    lines = {line.target for line in cell.lines}
    return Counter(
        merged({"q": poly}, cell).states["q"].shape for target, poly in side.known.items() if target in lines
    )
