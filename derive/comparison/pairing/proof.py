"""Whether two cells are the same for a given assignment of weights, proved, where their terms do not match."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from flint import fmpq
from sympy import Float, Rational, sympify

from derive.comparison.by_formulas.canonical import Canonical
from derive.comparison.by_formulas.letters import PLAIN, Finer, Key, Letters, Multiples, Side
from derive.comparison.by_formulas.poly import Poly, is_positive, letters_within
from derive.comparison.by_formulas.quotients import Quotient, TooLarge
from derive.comparison.by_formulas.signs import Between
from derive.comparison.by_formulas.terms import NUMBER, letters_from, parts_of
from derive.comparison.by_formulas.values import Values
from derive.comparison.pairing.images import Places, are_as_many, shapes_of
from derive.definition.cell import Cell

if TYPE_CHECKING:
    from derive.comparison.pairing.sides import Pairing

MOST_PARTS = 200  # of the line, or of space, that are looked at one by one
MOST_ROOTS = 8


@dataclass
class Proof:
    """Two cells, the weights of the second being those of the first by a pairing.

    cuts: equations of the first, each with that of the second which is the same quantity. Both are one letter where
    others read them, so that what is proved is each equation in terms of these: if all are the same, so are the cells,
    as may be said of one equation after the other in the first cell's order.
    """

    first: Cell
    second: Cell
    pairing: Pairing
    letters: bool = True
    cuts: Mapping[str, str] = field(default_factory=dict)
    parts: int = 0
    known: Letters = field(default_factory=Letters)

    def __post_init__(self) -> None:
        back = {b: a for a, b in self.pairing.states.items()}
        mine, theirs = {a: f"= {a}" for a in self.cuts}, {b: f"= {a}" for a, b in self.cuts.items()}
        names = {b: a for a, b, r in self.pairing.weights if r == 1 and " " not in a + b}
        called = {p.name for p in self.second.parameters if self.letters or p.kind != "constant"}
        #: Whether every letter of the second is one of the first, so that both may have its name.
        self.is_by_name = called == names.keys() and not self.pairing.shifts
        self.mine = Canonical(self.first, letters=self.letters, cuts=mine)
        renamed = back | names if self.is_by_name else back
        self.theirs = Canonical(self.second, renamed=renamed, letters=self.letters, cuts=theirs)
        self.sides = Side(), Side() if self.is_by_name else Side(*self._assigned())

    def _assigned(self) -> tuple[dict[str, Multiples], dict[str, Any]]:
        """Each weight of the second as a sum of the first's, and of a number."""
        given = {b: (a, _exact(r), _exact(self.pairing.shifts.get(b, 0))) for a, b, r in self.pairing.weights}
        names: dict[str, Multiples] = {}
        shifts: dict[str, Any] = {}
        for letter, sums in letters_from(given).items():
            value: dict[str, Any] = {}
            shifts[letter] = _exact(sums.pop(NUMBER, 0))
            for b, c in sums.items():
                a, r, shift = given[b]
                shifts[letter] += _exact(c) * shift
                for name, of in parts_of(a):
                    value[name] = value.get(name, 0) + _exact(c) * r * _exact(of)
            names[letter] = tuple(value.items())
        return names, shifts

    @property
    def is_whole(self) -> bool:
        """Whether every weight that is read has its counterpart, and the second's have no more values."""
        mine = {name for a, _, _ in self.pairing.weights for name, _ in parts_of(a)}
        theirs = mine if self.is_by_name else set(self.sides[1].names or ())
        return all(
            letters_within(of.states.values(), "parameter", "matrix") <= names
            for of, names in ((self.mine, mine), (self.theirs, theirs))
        ) and (self.is_by_name or self._are_as_many())

    def _are_as_many(self) -> bool:
        pairs = self.pairing.weights
        mine = Places(tuple(parts_of(a) for a, _, _ in pairs), shapes_of(self.first))
        return are_as_many(mine, Places(tuple(parts_of(b) for _, b, _ in pairs), shapes_of(self.second)))

    def equal(self) -> bool:
        """Whether it is proved that every new state is the same, and defined for the same numbers."""
        return (
            self.is_whole
            and self.mine.states.keys() == self.theirs.states.keys()
            and all(map(self._same, self.mine.states))
            and self._leave_out_the_same()
        )

    def equal_by_parts(self) -> bool:
        """The same, with as few cuts as it takes: where an equation is not proved, what one cell alone reads in it is
        no letter, or else all that it reads, or the quantity itself."""
        wrong = [s for s in self.mine.states if not self._same(s)]
        if not wrong and self.is_whole and self._leave_out_the_same():
            return True
        read = [[letters_within([of.states[s]], "state") for s in wrong] for of in (self.mine, self.theirs)]
        alone = {name for mine, theirs in zip(*read, strict=True) for name in mine ^ theirs}
        every = {name for side in read for names in side for name in names}
        ways = ({a: b for a, b in self.cuts.items() if f"= {a}" not in of} for of in (alone, every, wrong))
        left = next((way for way in ways if len(way) < len(self.cuts)), {})
        return bool(self.cuts) and replace(self, cuts=left).equal_by_parts()

    def _same(self, state: str) -> bool:
        """Whether a new state, or a cut, is proved to be the same."""
        if self.is_by_name and self.mine.states[state] == self.theirs.states[state]:
            return True
        self.parts, self.known = 0, Letters()
        try:
            return self._zero(state, {}, {})
        except (TooLarge, ZeroDivisionError, KeyError):
            return False

    def same_domain(self) -> bool:
        """Whether what is divided by, and of what roots and logarithms are, leaves out the same numbers, where terms
        are the same."""
        if not (self.mine.hides or self.theirs.hides):
            return True  # as the terms are the same
        return self._leave_out_the_same()

    def _leave_out_the_same(self) -> bool:
        both = [dict.fromkeys(c.partial) for c in (self.mine, self.theirs)]
        if self.is_by_name and both[0].keys() == both[1].keys():
            return True
        self.parts, self.known = 0, Letters()

        def found(values: Values) -> list[set[Key]]:
            return [self._partial(values, polys, side) for polys, side in zip(both, self.sides, strict=True)]

        try:
            (mine, theirs), _ = self._evaluated(found, {}, {})
        except (TooLarge, ZeroDivisionError, KeyError):
            return False
        return bool(mine == theirs)

    def _partial(self, values: Values, polys: Iterable[tuple[str, Poly]], side: Side) -> set[Key]:
        """What one cell leaves out, in letters that are those of the other."""
        values.forget()
        for kind, poly in polys:
            if kind == "inverse" and (is_positive(poly) or self._nowhere_zero(poly, side, {})):
                continue
            values.leave_out(kind, values.of(poly, side))
        return values.left_out

    def _nowhere_zero(self, poly: Poly, side: Side, between: Between) -> bool:
        self.parts += 1
        if self.parts > MOST_PARTS:
            raise TooLarge
        value, values = self._evaluated(lambda values: values.of(poly, side), between, {})
        if any(map(values.is_positive, (value.above, -value.above))):
            return True
        return bool(values.bends) and all(self._nowhere_zero(poly, side, half) for half in _halves(between, values))

    def _evaluated(self, of: Any, between: Between, put: Mapping[int, Quotient]) -> tuple[Any, Values]:
        for _ in range(MOST_ROOTS):
            values = Values(self.known, between, put=put)
            try:
                return of(values), values
            except Finer:
                continue
        raise TooLarge

    def _zero(self, state: str, between: Between, put: Mapping[int, Quotient]) -> bool:
        """Whether the new state is the same between those ends: as a formula, or on every part."""
        self.parts += 1
        if self.parts > MOST_PARTS:
            raise TooLarge

        def difference(values: Values) -> Quotient:
            both = zip((self.mine, self.theirs), self.sides, strict=True)
            a, b = (values.of(cell.states[state], side) for cell, side in both)
            return a - b

        found, values = self._evaluated(difference, between, put)
        if self.known.reduced(found).is_zero or any(
            _divides(d, low, found) for d, (low, high) in between.items() if low == high
        ):
            return True
        if not values.bends:
            return False
        if not all(self._zero(state, half, put) for half in _halves(between, values)):
            return False
        direction, at = values.bends[0]
        return not values.jumps or self._at(direction, at, state, between, put)

    def _at(self, direction: Quotient, at: fmpq, state: str, between: Between, put: Mapping[int, Quotient]) -> bool:
        """Whether it is the same where that sum is that number: a letter of it is put in terms of the others, or the
        difference has it as a factor."""
        left = {d: ends for d, ends in between.items() if d != direction}
        solved = [self._solved(f) for f, _ in (direction - Quotient.number(at)).above.factor()[1]]
        if all(s is not None for s in solved):
            return all(self._zero(state, left, {**put, **s}) for s in solved if s is not None)
        return self._zero(state, {**between, direction: (at, at)}, put)

    def _solved(self, poly: Any) -> dict[int, Quotient] | None:
        """A letter for which an irreducible sum is 0: that is so for all others, but where its coefficient is 0, and
        what is continuous is the same there as beside it."""
        terms = poly.to_dict()
        for k in range(len(self.known.of)):
            with_it = {e: c for e, c in terms.items() if e[k]}
            if with_it and all(e[k] == 1 for e in with_it) and self.known.of[k][0] in PLAIN:
                one = Quotient.letter(k)
                slope = Quotient(sum(poly.context().from_dict({e: c}) for e, c in with_it.items())) * one**-1
                return {k: one - Quotient(poly) * slope**-1}
        return None


def _halves(between: Between, values: Values) -> Iterator[Between]:
    """Both sides of where the innermost function bends."""
    direction, at = values.bends[0]
    low, high = between.get(direction, (None, None))
    yield from ({**between, direction: ends} for ends in ((low, at), (at, high)))


def _divides(direction: Quotient, at: fmpq | None, of: Quotient) -> bool:
    """Whether a quotient is 0 where a sum is that number, as one of its factors is."""
    return at is not None and not divmod(of.above, (direction - Quotient.number(at)).above)[1]


def _exact(number: Any) -> Any:
    """As a number of SymPy; one that is no simple number as what its digits are."""
    return Rational(*float(number).as_integer_ratio()) if isinstance(number, float | Float) else sympify(number)
