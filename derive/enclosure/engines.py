"""What answers for a certified run: balls, an end of a quantity at a time, or zonotopes, all of it in one walk."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Protocol

from derive.enclosure.sharpen import End, Search
from derive.enclosure.walk import Made, Quantity, Walker
from derive.errors import RunError, shown
from derive.run.box import Variable
from derive.run.step import Place

if TYPE_CHECKING:
    from derive.run.data import Run

ENGINES = ("balls", "zonotope")
LARGEST_WALK = 200_000  # products of numbers in it, those of partial derivatives among them: a few seconds
LARGEST_SEARCH = 60_000  # of a walk for each of the quantities, whose ends are searched for on a box: a minute at most
EXACT, REPLACED, ERROR = range(3)  # parts of a quantity
WIDE = "on this box; give a smaller box, or more splits"
Ends = tuple[End, End]  # the least and the largest


class Engine(Protocol):
    """name: what chooses it; arithmetic: what makes its bounds certain."""

    name: str
    arithmetic: str

    def check(self) -> None:
        """Raises RunError for an equation that cannot be enclosed."""
        ...

    def quantity(self, key: Quantity, part: int, stage: int | None = None) -> Ends:
        """The ends of a part of a quantity. stage: of the error that this group of replacements adds; None: of all."""
        ...

    def argument(self, place: Place, part: int = EXACT) -> Ends:
        """The ends of what an activation of the exact cell, or of the replaced one, is applied to."""
        ...

    def places(self) -> Iterator[Place]:
        """Where activations are, in the order of steps and equations."""
        ...

    def unbounded(self) -> str:
        """What is said where no finite bound is certified, and the remedy."""
        ...


def chosen(engine: Any, run: Run, variables: Sequence[Variable]) -> str:
    """The engine of that name, or that for the size. Raises RunError for another, and where NumPy is not installed."""
    has_numpy = find_spec("numpy") is not None
    if engine is None:
        varying = sum(v.lower != v.upper for v in variables)
        walk, quantities = products(run) * len(run.x) * (1 + varying), len(run.x) * sum(run.units.values())
        is_large = walk > LARGEST_WALK or (varying > 0 and walk * quantities > LARGEST_SEARCH)
        return "zonotope" if has_numpy and is_large else "balls"
    if engine not in ENGINES:
        raise RunError(f"engine is {shown(engine)}, expected 'balls' or 'zonotope', or None to choose by size")
    if engine == "zonotope" and not has_numpy:
        raise RunError("engine 'zonotope' needs NumPy; install numpy, or take 'balls'")
    return str(engine)


def products(run: Run) -> int:
    """How many products of numbers there are in a step, about."""
    return sum(rows * columns for rows, columns in map(_shape, run.parameters.values()))


def _shape(parameter: Any) -> tuple[int, int]:
    if not isinstance(parameter, tuple):
        return 1, 1
    return len(parameter), len(parameter[0]) if isinstance(parameter[0], tuple) else 1


@dataclass
class Balls:
    """Points, corners, the mean value form and splitting, by python-flint (Arb)."""

    run: Run
    variables: Sequence[Variable]
    splits: int
    made: Callable[[], list[Made]]

    name, arithmetic = "balls", "balls"

    def check(self) -> None:
        """Raises RunError for an equation that cannot be enclosed."""
        self._plain.formulas  # noqa: B018

    def quantity(self, key: Quantity, part: int, stage: int | None = None) -> Ends:
        walker = self.walker if stage is None else self._stages[stage]
        return Search(walker, lambda walk: walk.values[key], lambda p: p[part], self.splits).ends()

    def argument(self, place: Place, part: int = EXACT) -> Ends:
        return Search(self.walker, lambda walk: walk.arguments[place], lambda p: p[part], self.splits).ends()

    def places(self) -> Iterator[Place]:
        return self._plain.places()

    def unbounded(self) -> str:
        return WIDE

    @cached_property
    def _plain(self) -> Walker:
        return Walker(self.run, self.variables, {}, {})

    @cached_property
    def walker(self) -> Walker:
        return Walker(self.run, self.variables, {}, self.made()[-1], self._plain)

    @cached_property
    def _stages(self) -> list[Walker]:
        return [Walker(self.run, self.variables, *stages, self._plain) for stages in pairwise(self.made())]
