"""A run walked over a box: every quantity of every step as an element, and the argument of every activation."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import chain
from typing import TYPE_CHECKING, Any

from flint import arb, ctx, fmpq
from sympy import Expr, Symbol

from derive.enclosure.elements import Element, Sloped
from derive.enclosure.formula import Formula, Replacements, constant
from derive.enclosure.pairs import Pair, common
from derive.enclosure.rewriting import telling
from derive.errors import DeriveError, RunError, Undecided
from derive.exact.intervals import Interval, down, up
from derive.exact.rational import exactly
from derive.notation.quantity import previous
from derive.run.box import Variable
from derive.run.step import Place
from derive.run.units import LineUnits
from derive.statements.writing import at, named_entries

if TYPE_CHECKING:
    from derive.run.data import Run

BITS = 400  # more than 100 decimals, of which a long run may lose some
MOST_KEPT = 256  # walks
FARTHEST = 2.0**64  # beyond which no box of states is looked for that holds at all times
HIDDEN = "what an activation in a condition or a sign is replaced by has no certain effect; leave it out of the claims"

Unit = tuple[str, int]  # name, number
Quantity = tuple[int, str, int]  # t, name, number of the unit
Ends = tuple[fmpq, fmpq]  # of one variable
Cell = tuple[Ends, ...]  # a box within the box
Made = Mapping[Place, Expr]


@dataclass(frozen=True)
class Walk:
    """What a walk found, by (t, quantity, unit) and by the place of an activation."""

    values: dict[Quantity, Element]
    arguments: dict[Place, Element]


@dataclass
class Walker:
    """A run between two stages of replacement, whose walks over parts of a box are kept.

    before, after: what is written for activations in the exact and in the replaced cell, by place. read: a walker of
    the same run and variables, whose equations are taken.
    """

    run: Run
    variables: Sequence[Variable]
    before: Made
    after: Made
    read: Walker | None = None
    _kept: OrderedDict[tuple[Any, ...], Walk] = field(default_factory=OrderedDict)

    @cached_property
    def box(self) -> Cell:
        return tuple((exactly(v.lower), exactly(v.upper)) for v in self.variables)

    def over(self, cell: Cell, with_slopes: bool = True) -> Walk:
        """The walk over a part of the box, with partial derivatives by those variables that are not points there."""
        with_slopes = with_slopes and any(lower != upper for lower, upper in cell)
        # The hash of a whole number is fast, that of a quotient is not.
        key = with_slopes, *(n for ends in cell for end in ends for n in (end.p, end.q))
        if (found := self._kept.pop(key, None)) is None:
            with ctx.workprec(BITS):
                found = self._walk(cell, with_slopes)
        self._kept[key] = found
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return found

    # ------------------------------------------------------------------ the program

    @cached_property
    def _numbers(self) -> dict[Symbol, Expr]:
        """The weights that are no variables."""
        taken = {v.symbol for v in self.variables if v.t is None}
        named = (named_entries(name, tensor) for name, tensor in self.run.parameters.items())
        return {symbol: number for symbol, number in chain.from_iterable(named) if symbol not in taken}

    @cached_property
    def formulas(self) -> dict[Unit, Formula]:
        """The equations, unit by unit. Raises RunError for one that cannot be enclosed."""
        found = self._read_formulas() if self.read is None else self.read.formulas
        for (name, _), formula in found.items():
            if formula.has_hidden and name in self._replaced:
                raise RunError(f"{name}: {HIDDEN}")
        return found

    @cached_property
    def _replaced(self) -> set[str]:
        """Quantities with activations that are replaced."""
        return {p.quantity for p in (*self.before, *self.after)}

    def _read_formulas(self) -> dict[Unit, Formula]:
        found, names = {}, dict(self._numbers)
        for line in self.run.cell.lowered_lines:
            name, units = line.target.name, LineUnits(self.run.cell, line, self.run.sizes)
            for unit in range(1, self.run.units[name] + 1):
                entry = names[at(name, unit)] = units.entry(unit)
                try:
                    with ctx.workprec(BITS):
                        found[name, unit] = Formula(telling(entry, names, 1), self._numbers)
                except DeriveError as e:
                    raise RunError(f"{name}: {e}") from None
        return found

    # ------------------------------------------------------------------ the walk

    def _boxed(self, cell: Cell, with_slopes: bool) -> dict[tuple[Symbol, int | None], Element]:
        """The variables by symbol and time."""
        found: dict[tuple[Symbol, int | None], Element] = {}
        for k, (v, (lower, upper)) in enumerate(zip(self.variables, cell, strict=True)):
            interval = Interval(down(arb(lower)), up(arb(upper)))
            varies = with_slopes and lower != upper
            found[v.symbol, v.t] = Sloped().variable(k, interval) if varies else Sloped().constant(interval)
        return found

    def _walk(self, cell: Cell, with_slopes: bool) -> Walk:
        run, boxed = self.run, self._boxed(cell, with_slopes)
        known = {symbol: element for (symbol, t), element in boxed.items() if t is None}

        def enter(symbol: Symbol, t: int, number: Any) -> None:
            known[symbol] = boxed.get((symbol, t)) or Sloped().constant(constant(number))

        for state, vector in run.initial.items():
            for unit, number in enumerate(vector, 1):
                enter(at(state, unit), 0, number)
        walk = Walk({}, {})
        for t in range(1, len(run.x) + 1):
            for name, row in run.read_at(t).items():
                for component, number in enumerate(row, 1):
                    enter(at(name, component), t, number)
            for state, vector in run.initial.items():
                for unit in range(1, len(vector) + 1):
                    known[at(previous(state).name, unit)] = known[at(state, unit)]
            for (name, unit), formula in self.formulas.items():
                try:
                    self._step(walk, known, formula, (t, name, unit))
                except Undecided as e:
                    raise RunError(f"{name} at t = {t}: {e}") from None
        return walk

    def step(
        self, inputs: Mapping[Symbol, Interval], states: Mapping[tuple[str, int], Pair]
    ) -> dict[tuple[str, int], Element]:
        """Every unit of every quantity after one step, replaced as at t = 1, from states and inputs between ends."""
        boxed = self._boxed(self.box, False)
        known = {symbol: element for (symbol, t), element in boxed.items() if t is None}
        known |= {q: Element(common(interval)) for q, interval in inputs.items()}
        for (state, unit), pair in states.items():
            known[at(previous(state).name, unit)] = known[at(state, unit)] = Element(pair)
        walk = Walk({}, {})
        for (name, unit), formula in self.formulas.items():
            self._step(walk, known, formula, (1, name, unit))
        return {(name, unit): element for (_, name, unit), element in walk.values.items()}

    def _step(self, walk: Walk, known: dict[Symbol, Element], formula: Formula, quantity: Quantity) -> None:
        t, name, unit = quantity
        order = self._order(formula, known)
        place = partial(self._place, t, name, unit, order)
        arguments: dict[int, Element] = {}
        is_numbered = formula.has_cases and name in self._replaced
        made = Replacements(lambda k: self.before.get(place(k)), lambda k: self.after.get(place(k)), is_numbered)
        found = formula(Sloped(), known, made, arguments)
        known[at(name, unit)] = walk.values[quantity] = found
        walk.arguments.update({place(k): element for k, element in arguments.items()})

    @staticmethod
    def _order(formula: Formula, known: Mapping[Symbol, Element]) -> Sequence[int]:
        """Its activations as a run numbers them: those of the cases that apply."""
        if not formula.has_cases:
            return range(len(formula.functions))
        met: dict[int, Element] = {}
        formula(Sloped(), known, Replacements(lambda k: None, lambda k: None), met)
        return sorted(met)

    def places(self) -> Iterator[Place]:
        """Where activations are, in the order of steps and equations."""
        if any(formula.has_cases for formula in self.formulas.values()):
            yield from sorted(self.over(self.box, False).arguments, key=self._ordered)
            return
        for t in range(1, len(self.run.x) + 1):
            for (name, unit), formula in self.formulas.items():
                order = range(len(formula.functions))
                yield from (self._place(t, name, unit, order, k) for k in order)

    def _ordered(self, place: Place) -> tuple[int, int, int]:
        return place.t, list(self.formulas).index((place.quantity, place.unit)), place.k

    def _place(self, t: int, name: str, unit: int, order: Sequence[int], k: int) -> Place:
        function = self.formulas[name, unit].functions[k]
        return Place(function, name, unit, t, order.index(k), self.run.unit_label(name, unit))
