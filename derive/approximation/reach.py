"""The question turned round: how far from a point an approximation is good enough."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from flint import arb, ctx, fmpq
from sympy import Expr, Rational, floor, oo

from derive.approximation.approximate import approximate
from derive.approximation.bounds import Approximation, x
from derive.approximation.pieces import Piece
from derive.approximation.ranges import BITS
from derive.approximation.segments import Segment
from derive.approximation.supremum import rational
from derive.approximation.tails import enclosable
from derive.errors import DeriveError
from derive.exact.intervals import Interval, between, magnitude, outwards, point
from derive.exact.numeral import exact_rational
from derive.exact.value import Value
from derive.symbolic.evaluation import evaluate

MOST_CELLS = 3_000
NARROW, LEAST = fmpq(1, 2**50), fmpq(1, 2**400)  # of a cell at which the walk ends, beside how far out it is; at all
DIGITS = 10  # significant ones, to which an end is rounded inwards
LONGEST = 20  # characters of a number that a message has whole


def largest_interval(
    exact: Any, replacement: Any, error: Any, *, relative: bool = False, at: Any = 0, within: Any = (-oo, oo)
) -> tuple[Expr, Expr]:
    """The largest interval around a point on which the error of a replacement is at most ``error``.

    >>> from derive.symbolic.activations import tanh
    >>> low, high = largest_interval(tanh, lambda x: x, "0.01", relative=True)
    >>> high.evalf(4)
    0.1734

    relative: whether the error is measured against the exact value. within: the interval that is looked at.

    The ends are exact, proved, and rounded inwards to 10 significant digits; just beyond each of them the error is
    larger (at a jump perhaps at the end itself), or the end is one of ``within``. Raises DeriveError where the error is
    larger at the point itself, or nothing tells an end.
    """
    most, centre = exact_rational(error), exact_rational(at)
    if most <= 0:
        raise DeriveError(f"error={error}: expected a number above 0")
    whole = approximate(exact, replacement, on=within)
    if not whole.lower <= centre <= whole.upper:
        raise DeriveError(f"at={at} is not within [{whole.lower}, {whole.upper}]")
    ends = []
    for on, direction in (((whole.lower, centre), -1), ((centre, whole.upper), 1)):
        try:
            ends.append(_end(approximate(exact, replacement, on=on), most, relative, direction))
        except DeriveError as e:
            raise DeriveError(f"the error of {whole.replacement} for {whole.exact.__name__} around {at}: {e}") from None
    return ends[0], ends[1]


def _end(a: Approximation, most: Rational, relative: bool, direction: int) -> Expr:
    """The end of the interval to the left (-1) or to the right (1) of the point at which the approximation ends."""
    near, far = (a.lower, a.upper)[::direction]
    limit = Interval.of(most).lower
    with ctx.workprec(4 * BITS):  # next to a point, where two functions are almost the same
        for segment in a.segments[::direction]:
            reached = _at_point(a, segment, limit, relative) if segment.is_point else None
            parts = [] if segment.is_point else _parts(a, segment, relative)
            for piece in parts[::direction]:
                reached = _walked(piece, limit, direction) if reached is None else reached
            if reached is not None:
                if reached == near:
                    raise DeriveError(f"the error is larger than {most} at or next to {near}; give a larger error")
                return _rounded(reached, direction)
    return far


def _at_point(a: Approximation, segment: Segment, limit: arb, relative: bool) -> Expr | None:
    """The point, where the error is larger there."""
    r, f = (evaluate(formula, {x: Value.of(segment.lower)}) for formula in segment.formulas)
    if relative and f.sign() == 0:
        return None if (r - f).sign() == 0 else segment.lower
    error = magnitude(outwards(((r - f) / f if relative else r - f).ball(BITS)))
    return segment.lower if error.upper > limit else None


def _parts(a: Approximation, segment: Segment, relative: bool) -> Sequence[Piece]:
    r, f = segment.formulas
    if relative and r != f:
        if f == 0:
            raise DeriveError(f"{a.exact.__name__} is 0 there, and a relative error is not defined; give within=...")
        return [a.quotient(segment)]
    return [Piece(x, *part) for part in enclosable(r - f, x, segment.lower, segment.upper)]


def _walked(piece: Piece, limit: arb, direction: int) -> Expr | None:
    """The place from which on the error is larger, to many digits; None where it is not on the piece."""
    waiting = [piece.whole]
    for _ in range(MOST_CELLS):
        if not waiting:
            return None
        cell = waiting.pop()
        size = magnitude(piece.over(cell).value)
        if size.upper <= limit:
            continue
        near, far = cell[::direction]
        middle = between(cell)
        if size.lower > limit:
            return rational(near)
        if middle is None or _is_narrow(cell):
            if magnitude(piece.at(point(far))).lower > limit:
                return rational(near)
            break  # the error touches the limit
        halves = [Interval(*ends) for ends in pairwise((cell.lower, middle, cell.upper))]
        waiting += halves[::-direction]
    raise DeriveError(
        "it is not known where the error is larger than it may be, on"
        f" [{_short(piece.lower)}, {_short(piece.upper)}]; give another error, or within=(lower, upper)"
    )


def _short(end: Expr) -> str:
    """An end as it is written, or of too many digits about so."""
    return text if len(text := str(end)) <= LONGEST else str(end.evalf(3))


def _is_narrow(cell: Interval) -> bool:
    return cell.is_finite and bool(cell.upper - cell.lower <= max(NARROW * magnitude(cell).upper, arb(LEAST)))


def _rounded(place: Rational, direction: int) -> Rational:
    """The end rounded inwards."""
    order = len(str(abs(place.p))) - len(str(place.q))
    order += bool(abs(place) >= Rational(10) ** order)  # of the first digit, that of 0.2 being 0
    scale = Rational(10) ** (DIGITS - order)
    return direction * floor(direction * place * scale) / scale
