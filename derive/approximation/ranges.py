"""What a replacement keeps of the function it replaces: that it stays within bounds, that it is monotone.

Both are proved on cells, by enclosures of the values and of the slopes, or refuted with a point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from flint import arb, ctx, fmpq, fmpq_poly
from sympy import Expr, Rational, Symbol

from derive.approximation.pieces import Enclosure, Piece
from derive.approximation.segments import Segment
from derive.approximation.supremum import rational
from derive.approximation.tails import enclosable
from derive.exact.intervals import Interval, between, point, subtract
from derive.exact.rational_function import ONE, RationalFunction
from derive.exact.value import Value
from derive.later import later
from derive.symbolic.evaluation import evaluate

x = Symbol("x")
BITS = 128
DEEPEST, MOST_CELLS = 60, 20_000  # cuts of a piece, and cells, after which a statement stays undecided


Answer = tuple[bool | None, Rational | None]  # whether it holds, and where it does not


@dataclass(frozen=True)
class Property:
    """A statement about a function on an interval: it is proved (True), refuted at a point, or undecided (None)."""

    statement: str
    holds: bool | None
    at: Rational | None = None  # where it is refuted

    def __bool__(self) -> bool:
        """Whether it is proved."""
        return self.holds is True

    @later
    def _repr_html_(self) -> str:
        raise NotImplementedError

    @property
    def verdict(self) -> str:
        """PROVED, REFUTED or UNDECIDED."""
        return "UNDECIDED" if self.holds is None else "PROVED" if self.holds else "REFUTED"

    def __repr__(self) -> str:
        return f"{self.statement}: {self.verdict}" + ("" if self.at is None else f" at x = {self.at}")


def stays_within(statement: str, segments: Sequence[Segment], least: Expr, most: Expr) -> Property:
    """Whether the first formula of the segments stays within these bounds, which it may reach."""
    answers = [_stays(segments, bound, sign) for bound, sign in ((least, 1), (most, -1)) if bound.is_finite]
    refuted = [a for a in answers if a[0] is False]
    unknown = [a for a in answers if a[0] is None]
    return Property(statement, *[*refuted, *unknown, (True, None)][0])


def _stays(segments: Sequence[Segment], bound: Expr, sign: int) -> Answer:
    """Whether formula - bound has that sign, or is 0."""

    def signed(value: Interval) -> bool:
        return bool(sign * (value.lower if sign > 0 else value.upper) >= 0)

    def opposite(value: Interval) -> bool:
        return bool(sign * (value.upper if sign > 0 else value.lower) < 0)

    signs = {s.lower: (evaluate(s.formulas[0], {x: Value.of(s.lower)}) - bound).sign() for s in segments if s.is_point}
    wrong = [place for place, found in signs.items() if found == -sign]
    if wrong:
        return False, wrong[0]
    with ctx.workprec(BITS):
        limit = Interval.of(bound)
        shift = RationalFunction(fmpq_poly([fmpq(-int(bound.p), int(bound.q))]), ONE)
        answer = _settled(
            _left(_pieces(segments), lambda f: f + shift, sign),
            lambda e: signed(subtract(e.value, limit)),
            lambda piece, at: opposite(subtract(piece.at(point(at)), limit)),
        )
    return answer if answer[0] is False or None not in signs.values() else (None, None)


def is_monotone(statement: str, segments: Sequence[Segment], rises: bool) -> Property:
    """Whether the first formula of the segments never falls, or never rises."""
    sign, known = (1 if rises else -1), True
    for one, other in pairwise(segments):
        before, after = (evaluate(s.formulas[0], {x: Value.of(one.upper)}) for s in (one, other))
        step = (after - before).sign()
        if step == -sign:
            return Property(statement, False, one.upper)
        known = known and step is not None
    with ctx.workprec(BITS):
        answer = _settled(
            _left(_pieces(segments), lambda f: f.derivative, sign),
            lambda e: bool((e.slope.lower if rises else -e.slope.upper) >= 0),
            lambda piece, at: piece.program(point(at), 1)[1].sign == -sign,
        )
    return Property(statement, *(answer if answer[0] is False or known else (None, None)))


def _pieces(segments: Sequence[Segment]) -> list[Piece]:
    inner = [s for s in segments if not s.is_point]
    return [Piece(x, *part) for s in inner for part in enclosable(s.formulas[0], x, s.lower, s.upper)]


def _left(pieces: Sequence[Piece], what: Callable[[RationalFunction], RationalFunction], sign: int) -> Iterator[Piece]:
    """The pieces, cut, without those where a rational function has this sign, or is 0, exactly."""
    for piece in pieces:
        formula = RationalFunction.of(piece.value, x)
        if formula is None:
            yield piece
            continue
        found = what(formula)
        cuts = [z for z in found.zeros if piece.lower < z < piece.upper]
        for lower, upper in pairwise([piece.lower, *sorted(cuts), piece.upper]):
            if found.sign_between(lower, upper) not in (0, sign):
                yield replace(piece, lower=lower, upper=upper)


def _settled(
    pieces: Iterable[Piece], holds: Callable[[Enclosure], bool], fails: Callable[[Piece, arb], bool]
) -> Answer:
    """Whether a statement holds on all cells, and else where it fails."""
    verdict: bool | None = True
    waiting = [(piece, piece.whole, 0) for piece in pieces]
    for _ in range(MOST_CELLS):
        if not waiting:
            return verdict, None
        piece, cell, depth = waiting.pop()
        if holds(piece.over(cell)):
            continue
        middle = between(cell)
        if middle is not None and fails(piece, middle):
            return False, rational(middle)
        if middle is None or depth == DEEPEST:
            verdict = None
            continue
        waiting += [(piece, Interval(*ends), depth + 1) for ends in pairwise((cell.lower, middle, cell.upper))]
    return None, None
