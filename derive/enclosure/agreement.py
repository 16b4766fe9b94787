"""Do the printed tables of the exact and of the replaced cell agree on a whole box? A proof, or a place where not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, Any

from flint import fmpq
from sympy import Rational

from derive.claims.certify import Verdict
from derive.claims.propagate import states_with
from derive.enclosure.enclosed import Enclosed
from derive.enclosure.place import placed
from derive.errors import RunError, counted, shown
from derive.exact.value import Value
from derive.later import later
from derive.run.given import MOST_DECIMALS

if TYPE_CHECKING:
    from derive.enclosure.certification import Certification
    from derive.run.data import Run

MOST_HALVINGS, MOST_TIES = 40, 4
Place = tuple[fmpq, ...]  # a number for each variable of the box


@dataclass(frozen=True, eq=False, repr=False)
class Counterexample:
    """A place of the box where a printed entry differs, exact and replaced evaluated there in exact numbers.

    run: the run with these numbers. quantity, unit, t: the entry.
    """

    run: Run
    quantity: str
    unit: int
    t: int
    exact: Value
    replaced: Value
    decimals: int
    numbers: dict[str, Rational]

    def to_json(self) -> dict[str, Any]:
        """For programs; the numbers of the box as fractions, by name."""
        return {
            "box": {name: str(number) for name, number in self.numbers.items()},
            "t": self.t,
            "quantity": self.quantity,
            "unit": self.unit,
            "exact": self.exact.precise(),
            "replaced": self.replaced.precise(),
        }

    @later
    def _repr_html_(self) -> str:
        raise NotImplementedError

    def __repr__(self) -> str:
        where = ", ".join(f"{name} = {number}" for name, number in self.numbers.items()) or "the run's own numbers"
        name = self.run.unit_name(self.quantity, self.unit)
        exact, replaced = (
            f"{v.decimal(self.decimals + 4)} ≈ {v.decimal(self.decimals)}" for v in (self.exact, self.replaced)
        )
        return f"{where}: {name} at t = {self.t} is {exact}, with the replacements {replaced}"


@dataclass(frozen=True, repr=False)
class Agreement:
    """Whether every state is printed alike, exact and replaced, at so many decimals on the whole box.

    open: the entries, (t, quantity, unit), that are neither proved nor refuted.
    """

    decimals: int
    counterexample: Counterexample | None
    open: tuple[tuple[int, str, int], ...]

    @property
    def verdict(self) -> Verdict:
        if self.counterexample is not None:
            return Verdict.VIOLATED
        return Verdict.UNDECIDED if self.open else Verdict.PROVED

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        found = None if self.counterexample is None else self.counterexample.to_json()
        return {"decimals": self.decimals, "verdict": self.verdict.name, "counterexample": found}

    @later
    def _repr_html_(self) -> str:
        raise NotImplementedError

    def __repr__(self) -> str:
        return "; ".join(self.lines)

    @property
    def lines(self) -> list[str]:
        """The verdict, and the place that refutes it or the entries that are open."""
        line = f"agrees to {counted(self.decimals, 'decimal')}: {self.verdict.name}"
        if self.counterexample is not None:
            return [line, repr(self.counterexample)]
        return [line, *(f"not known of {q} at t = {t}, unit {unit}" for t, q, unit in self.open)]


def agreement(certification: Certification, decimals: int | None = None) -> Agreement:
    """See ``Certification.agreement``. The places with the largest errors are tried first."""
    n = certification.run.decimals if decimals is None else decimals
    if not isinstance(n, int) or isinstance(n, bool) or not 0 <= n <= MOST_DECIMALS:
        raise RunError(f"decimals is {shown(n)}, expected an integer from 0 to {MOST_DECIMALS}")
    states = [e for e in certification if e.quantity in certification.run.cell.states and not _is_printed_alike(e, n)]
    left = []
    for e in sorted(states, key=lambda e: -max(abs(float(end)) for end in e.error)):
        for place in _places(certification, e, n):
            if found := _verified(certification, e, n, place):
                return Agreement(n, found, ())
        if any(v.lower != v.upper for v in certification.variables):  # else exact numbers have settled it, ties too
            left.append(e.key)
    return Agreement(n, None, tuple(sorted(left)))


def _rounded(number: Any, decimals: int) -> int:
    """The integer of the decimal that is printed; of a tie, where one and the other may be, that above."""
    above: int = floor(Fraction(int(number.p), int(number.q)) * 10**decimals + Fraction(1, 2))
    return above


def _is_printed_alike(e: Enclosed, decimals: int) -> bool:
    """Whether both enclosures lie within one printed decimal, or there is no error."""
    ends = [end.rational for pair in (e.exact, e.replaced) for end in pair]
    first = _rounded(ends[0], decimals)
    tie = (2 * first - 1) / (Rational(2) * 10**decimals)
    inside = all(_rounded(end, decimals) == first and end != tie for end in ends)
    return inside or all(end.rational == 0 for end in e.error)


def _places(certification: Certification, e: Enclosed, decimals: int) -> Iterator[Place]:
    """Where an entry is extreme, and where the middle of exact and replaced is at a tie between those places."""
    extremes = [x for part in e.extremes.values() for x in part]
    yield from dict.fromkeys(x.at for x in extremes)
    low, high = (x.at for x in e.extremes["exact"])
    ends = [_middle(certification, e, place) for place in (low, high)]
    first, last = (floor(m * 10**decimals + Fraction(1, 2)) for m in ends)
    for k in range(min(first, last) + 1, max(first, last) + 1)[:MOST_TIES]:
        yield from _bisected(certification, e, low, high, Fraction(2 * k - 1, 2 * 10**decimals))


def _bisected(certification: Certification, e: Enclosed, low: Place, high: Place, tie: Fraction) -> Iterator[Place]:
    """Places on the way from one to the other that come ever nearer to the tie."""
    for _ in range(MOST_HALVINGS):
        between = tuple((a + b) / 2 for a, b in zip(low, high, strict=True))
        middle = _middle(certification, e, between)
        exact, replaced = _pair(certification, e, between)
        if (exact < tie) != (replaced < tie):
            yield between
            return
        low, high = (between, high) if middle < tie else (low, between)


def _pair(certification: Certification, e: Enclosed, place: Place) -> tuple[Fraction, Fraction]:
    """About what the entry is at a place, exact and replaced."""
    value = certification.at_place(place).values[e.key].value
    exact, replaced = (Fraction(float(side.lower)) for side in value[:2])
    return exact, replaced


def _middle(certification: Certification, e: Enclosed, place: Place) -> Fraction:
    return sum(_pair(certification, e, place), Fraction(0)) / 2


def _verified(certification: Certification, e: Enclosed, decimals: int, place: Place) -> Counterexample | None:
    """A counterexample if exact evaluation says that the entry is printed differently there."""
    numbers = [Rational(int(n.p), int(n.q)) for n in place]
    run = placed(certification.run, certification.variables, numbers)
    exact = run.steps().value(e.t, e.quantity, e.unit)
    replaced = states_with(run, certification.replacements)[e.quantity, e.unit][e.t - 1]
    if exact.decimal(decimals) == replaced.decimal(decimals):
        return None
    named = {v.key: number for v, number in zip(certification.variables, numbers, strict=True)}
    return Counterexample(run, e.quantity, e.unit, e.t, exact, replaced, decimals, named)
