"""The supremum of |f|: a closed form that interval arithmetic proves, or else a certified enclosure.

f is given as pieces, the closed form as candidates: the values at the ends of the pieces, from both sides and at the
point itself, in the limit, and at critical points. The pieces are covered with cells; the one that may hold the largest
|f| is cut in two, until the largest is known to the tolerance. A cell is done with where |f| is not above the largest
candidate; where f is monotone and grows towards an end of the piece; or where |f| is concave around a critical point.
Where every cell is done with, the candidate is the supremum.

The precision is doubled until the enclosures are narrow beside the supremum, however small it is.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from flint import arb, ctx, fmpq
from sympy import Expr, Pow, Rational

from derive.approximation.candidates import Candidate, largest
from derive.approximation.pieces import Enclosure, Piece
from derive.errors import DeriveError
from derive.exact.balls import LAST_BITS
from derive.exact.intervals import WHOLE, ZERO, Interval, between, magnitude, negative, outwards, point
from derive.exact.rational import exactly
from derive.exact.value import Value, combine

BITS = 128
MOST_WORK = 400_000  # operations on intervals, the longer their numbers the more of them each counts for
MOST_PROOF_CELLS, MOST_PROOF_DEPTH = 2_000, 100  # that a proof of a closed form is worth
TOLERANCE = Fraction(1, 2**44)  # relative width at which an enclosure is narrow enough
LOOSEST = Fraction(1, 2**14)  # relative width of an enclosure that is still given
DEEPEST, HUGE = 80, 2**40  # cuts, after which a cell is left as a pole or a jump; what |f| exceeds at a pole
DEEPEST_GAP = 6  # cuts, after which a cell without a finite bound or a value inside is where f is not defined
FAINT = f"{LAST_BITS} bits do not give a digit of it; it may be 0, or too small to be told from 0"
LARGEST = 300_000  # the power of ten up to which an error is worked out


@dataclass(frozen=True)
class Supremum:
    """sup |f|: ``upper`` is never below it, ``closed`` is it where a closed form was proved."""

    closed: Expr | None
    upper: Value
    lower: Value
    at: tuple[Candidate, ...]  # where a closed form is attained or approached
    cells: int
    place: Expr | None = None  # where |f| is ``lower`` or more, if that is known of a point


def supremum(
    pieces: Sequence[Piece],
    candidates: Sequence[Candidate],
    tolerance: Fraction = TOLERANCE,
    loosest: Fraction = LOOSEST,
    most: int = MOST_WORK,
) -> Supremum:
    """The supremum of |f| over the pieces and the candidates.

    Where there is no closed form, the enclosure is refined to the relative tolerance, or as far as the work allows.
    Raises DeriveError where that does not even bring it to ``loosest``.
    """
    best = largest(candidates)
    bits, work = BITS, most
    while bits <= LAST_BITS:
        with ctx.workprec(bits):
            search = _Search(candidates, best, tolerance, work)
            try:
                search.cover(pieces)
                return search.result(loosest)
            except _Imprecise as e:
                bits, work, why = 2 * bits, search.work, str(e)
    raise DeriveError(why)


class _Imprecise(Exception):
    """More bits are needed; and what to say where there are no more."""


@dataclass(order=True)
class _Cell:
    key: tuple[arb, int]  # minus the bound of |f|, and a running number
    piece: Piece = field(compare=False)
    over: Interval = field(compare=False)
    depth: int = field(compare=False)
    bound: Interval = field(compare=False)  # of |f|
    is_jump: bool = field(compare=False)  # whether f may jump inside, between finite values


class _Search:
    """Best first, with the working precision."""

    def __init__(
        self, candidates: Sequence[Candidate], best: Sequence[Candidate], tolerance: Fraction, work: int
    ) -> None:
        self.work, self._tolerance, self._cells = work, tolerance, 0
        self._best = best
        self._level = _size(best[0]) if best else None  # None, too, where |f| is larger somewhere
        self._settled = {(c.x, side) for c in candidates for side in c.sides}
        self._sizes = [_size(c) for c in candidates]
        self._lower, self._upper = (max((s[k] for s in self._sizes), default=ZERO) for k in (0, 1))
        known = [c for c, s in zip(candidates, self._sizes, strict=True) if s.lower == self._lower]
        self._place: Expr | None = known[0].x if known else None  # where |f| reaches the lower bound
        self._jumps = ZERO  # what |f| is not above where it jumps, and reaches if every branch there applies somewhere
        self._heap: list[_Cell] = []

    def cover(self, pieces: Sequence[Piece]) -> None:
        """Begin with one cell for each piece. Raises _Imprecise where |f| is not known to the digits wanted."""
        found = [magnitude(piece.at(point(p))) for piece in pieces for p in _inside(piece.whole)]
        known = [f for f in [*found, *self._sizes] if f.is_finite]
        if known and not _is_accurate(max(known, key=lambda f: f.upper), self._tolerance / 2**8):
            raise _Imprecise(FAINT)
        if self._lower > arb(10) ** LARGEST:
            raise DeriveError(f"it is larger than 10^{LARGEST}; give a shorter interval")
        for piece in pieces:
            self._push(piece, piece.whole, 0)

    def result(self, loosest: Fraction) -> Supremum:
        """Cut cells until the supremum is known. Raises _Imprecise, and DeriveError where it is not known so nearly."""
        while self._heap and self.work > 0 and not self._is_settled(self._heap[0]):
            top = heapq.heappop(self._heap)
            if top.is_jump and top.depth > DEEPEST:
                self._jumps, self._level = max(self._jumps, top.bound.upper), None
                continue
            middle = _cut(top, self._tolerance)
            self._push(top.piece, Interval(top.over.lower, middle), top.depth + 1)
            self._push(top.piece, Interval(middle, top.over.upper), top.depth + 1)
        if self._level and not self._heap:
            closed = self._best[0]
            return Supremum(closed.error, closed.size, closed.size, tuple(self._best), self._cells, closed.x)
        upper = max([self._upper, self._jumps, *(c.bound.upper for c in self._heap[:1])])
        reached = max(self._lower, self._jumps)
        if not self._heap and not _is_within(upper, reached, self._tolerance):
            raise _Imprecise(FAINT)
        if not _is_within(upper, reached, loosest):
            between_ = f"between {_short(self._lower)} and {_short(upper)}"
            raise DeriveError(
                f"it lies {between_}, and {self._cells} cells do not tell more; give a shorter interval, or a simpler"
                " replacement"
            )
        return Supremum(None, _value(upper), _value(self._lower), (), self._cells, self._place)

    def _is_settled(self, top: _Cell) -> bool:
        """Whether the supremum is known to the tolerance, and a closed form is not worth more work."""
        hopeless = not self._level or self._cells > MOST_PROOF_CELLS or top.depth > MOST_PROOF_DEPTH
        return hopeless and _is_within(top.bound.upper, max(self._lower, self._jumps), self._tolerance)

    def _push(self, piece: Piece, cell: Interval, depth: int) -> None:
        self._cells += 1
        self.work -= piece.cost * (4 + ctx.prec // 256)
        found = piece.over(cell)
        bound = magnitude(found.value)
        inside = bound if piece.is_point else magnitude(found.inside)
        if inside.lower > self._lower:
            middle = None if piece.is_point else between(cell)
            self._lower, self._place = inside.lower, piece.lower if middle is None else rational(middle)
        if piece.is_point or (self._level and self._lower > self._level.upper):
            self._level = None
        if piece.is_point:
            self._upper = max(self._upper, bound.upper)
        elif self._level and self._is_done(piece, cell, found, self._level):
            self._upper = max(self._upper, self._level.upper)
        else:
            is_jump = bound.is_finite and found.slope == WHOLE
            heapq.heappush(self._heap, _Cell((-bound.upper, self._cells), piece, cell, depth, bound, is_jump))

    def _is_done(self, piece: Piece, cell: Interval, found: Enclosure, level: Interval) -> bool:
        """Whether |f| is certainly not above the level on the cell, by one of the three rules."""
        value, slope, curvature, _ = found
        if magnitude(value).upper <= level.lower:
            return True
        if not value.is_finite or value.lower < 0 < value.upper:
            return False
        outward = slope if value.lower >= 0 else negative(slope)
        if outward.lower >= 0 and cell.upper == piece.whole.upper:
            return (piece.upper, "-") in self._settled
        if outward.upper <= 0 and cell.lower == piece.whole.lower:
            return (piece.lower, "+") in self._settled
        if not any(c.critical and _contains(cell, c.place.ball(ctx.prec)) for c in self._best):
            return False
        return bool(curvature.upper <= 0 if value.lower >= 0 else curvature.lower >= 0)


def _cut(cell: _Cell, tolerance: Fraction) -> arb:
    """Where to cut a cell in two. Raises _Imprecise, and DeriveError at a pole."""
    middle = between(cell.over)
    if middle is None or cell.depth > ctx.prec:
        raise _Imprecise(FAINT)
    if cell.bound.is_finite or cell.depth < DEEPEST_GAP:
        return middle
    inside = magnitude(cell.piece.at(point(middle)))
    if not inside.is_finite:
        raise _Imprecise(f"it has no finite real value at x ≈ {_short(middle)}")
    if cell.depth > DEEPEST:
        if not _is_accurate(inside, tolerance):
            raise _Imprecise(FAINT)
        ends = [e for e in (cell.piece.lower, cell.piece.upper) if e.is_finite and _contains(cell.over, _ball(e))]
        place = f"= {ends[0]}" if ends else f"≈ {_short(middle)}"
        known = "can be certified: it is unbounded" if cell.bound.lower > HUGE else "can be certified"
        raise DeriveError(f"no finite bound {known} near x {place}; keep the interval away from poles")
    return middle


def rational(number: arb) -> Rational:
    """An exact number as a fraction."""
    mantissa, exponent = (int(part) for part in number.man_exp())
    return Rational(mantissa) * Rational(2) ** exponent


def _inside(cell: Interval) -> list[arb]:
    """A few points of a cell."""
    middle = between(cell)
    halves = [] if middle is None else [Interval(cell.lower, middle), Interval(middle, cell.upper)]
    return [p for p in [middle, *map(between, halves)] if p is not None]


def _size(candidate: Candidate) -> Interval:
    return magnitude(outwards(candidate.size.ball(ctx.prec)))


def _ball(number: Expr) -> arb:
    return arb(exactly(number))


def _contains(cell: Interval, ball: arb) -> bool:
    return bool(cell.lower <= ball and ball <= cell.upper)


def _is_within(upper: arb, lower: arb, share: Fraction) -> bool:
    """Whether upper ≤ lower (1 + share), certainly."""
    return bool(upper <= lower * (1 + arb(fmpq(share.numerator, share.denominator))))


def _is_accurate(found: Interval, share: Fraction) -> bool:
    return _is_within(found.upper, found.lower, share)


def _value(end: arb) -> Value:
    mantissa, exponent = end.man_exp()
    return Value.of(int(mantissa)) * combine(Pow, Value.of(2), Value.of(int(exponent)))


def _short(end: arb) -> str:
    return str(end.str(3, radius=False))
