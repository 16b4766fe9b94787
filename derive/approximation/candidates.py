"""Candidates for the place of the largest error: the values of |f|, in closed form, where it may be largest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

from sympy import Expr, Symbol

from derive.approximation.segments import Segment
from derive.approximation.tails import reflected
from derive.errors import DeriveError, Undecided
from derive.exact.balls import FIRST_BITS, LAST_BITS
from derive.exact.intervals import outwards
from derive.exact.value import Value
from derive.symbolic.activations import sigmoid
from derive.symbolic.evaluation import evaluate
from derive.symbolic.expressions import expanded

x = Symbol("x")


@dataclass(frozen=True)
class Candidate:
    """A point that may attain the supremum (±∞ for a limit), and |f| there; critical where f' = 0 was solved for it.

    sides: where f has that value: at the point ("0"), in the limit from the left ("-") and from the right ("+").
    """

    x: Expr
    error: Expr
    critical: bool = False
    sides: str = "-0+"

    @cached_property
    def place(self) -> Value:
        return evaluate(self.x)

    @cached_property
    def size(self) -> Value:
        return evaluate(self.error)


def at_ends(segment: Segment, value: Expr) -> Iterator[Candidate]:
    """The values at a point, or in the limit from inside at the ends of an open interval, where they are known."""
    sides = {segment.lower: "0"} if segment.is_point else {segment.lower: "+", segment.upper: "-"}
    for end, side in sides.items():
        if end.is_finite:
            with suppress(DeriveError):
                yield Candidate(end, error_at(value, end), sides=side)


def merged(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The same value at the same point, from several sides, as one candidate."""
    found: dict[tuple[Expr, Expr, bool], str] = {}
    for c in candidates:
        key = c.x, c.error, c.critical
        found[key] = "".join(sorted({*found.get(key, ""), *c.sides}))
    return [Candidate(*key, sides) for key, sides in found.items()]


def error_at(difference: Expr, place: Expr) -> Expr:
    """|difference| at a place in closed form.

    Raises Undecided where its digits do not tell it from 0, DeriveError where it has no finite real value.
    """
    number = evaluate(difference, {x: Value.of(place)})
    if not number.ball(FIRST_BITS).is_finite() and not number.ball(LAST_BITS).is_finite():
        raise DeriveError(f"{difference} has no finite real value at {place}")
    return magnitude(difference.subs(x, place))


def magnitude(value: Expr) -> Expr:
    """|value| for a number, written without the bars; 1 - σ(a) is σ(-a).

    Raises Undecided where its digits do not tell it from 0.
    """
    gates = sorted(value.atoms(sigmoid), key=str)
    if len(gates) == 1 and value in (1 - gates[0], gates[0] - 1):
        return sigmoid(-gates[0].args[0])
    number = evaluate(value)
    sign = None if number.rational is not None else outwards(number.ball(FIRST_BITS)).sign
    if sign is None and (sign := number.sign()) is None:
        raise Undecided(f"{value} is not told from 0 in {LAST_BITS} bits")
    return expanded(-value if sign < 0 else value)


def largest(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates with the largest |f|, the simplest first; none where a tie cannot be proved symbolically."""
    best: list[Candidate] = []
    for candidate in sorted(candidates, key=lambda c: (c.error.count_ops(), c.x.is_negative is True)):
        order = _compared(candidate, best[0]) if best else 1
        if order is None:
            return []
        if order > 0:
            best = [candidate]
        elif order == 0:
            best.append(candidate)
    return best


def _compared(one: Candidate, other: Candidate) -> int | None:
    """-1, 0 or 1 for a smaller, the same or a larger |f|; None where neither the digits nor the formulas tell."""
    if one.error == other.error:
        return 0
    bits = FIRST_BITS
    while bits <= LAST_BITS:
        a, b = (c.size.ball(bits) for c in (one, other))
        if a < b or a > b:
            return -1 if a < b else 1
        if bits == FIRST_BITS and expanded(reflected(one.error - other.error)) == 0:
            return 0
        bits *= 4
    return None
