"""The supremum of |f| over an interval: a closed form that ball arithmetic proves, or else a certified enclosure.

f is given as smooth pieces, the closed form as candidates (ends, critical points). The proof covers each piece with
cells. On a cell |f| is below the proposed value; or f is monotone (the slope's enclosure has a sign) and grows towards
a proposed end; or |f| is strictly concave around a proposed critical point. Where no closed form is proposed, or the
proof does not close, best-first bisection encloses the supremum. Enclosures are mean value forms,
f(m) + f'(cell)(cell - m): the difference itself is enclosed, never two functions apart.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from flint import arb, ctx, fmpq
from sympy import Expr, Rational, Symbol, exp, simplify

from derive.errors import DeriveError
from derive.exact.balls import RULES, ball_ends
from derive.exact.value import Value
from derive.symbolic.activation import Activation
from derive.symbolic.evaluation import evaluate

BITS = 160
MOST_CELLS, MOST_PROOF_CELLS = 20_000, 2_000
TOLERANCE = Fraction(1, 2**44)  # relative width at which an enclosure is narrow enough


def compiled(expr: Expr, x: Symbol) -> Callable[[arb], arb]:
    """An expression in x as a function from balls to balls that contain its values."""
    if isinstance(expr, Activation):
        return compiled(expr.value(*expr.args), x)
    if expr == x:
        return lambda ball: ball
    if expr.is_Rational:
        constant = fmpq(int(expr.p), int(expr.q))
        return lambda ball: arb(constant)
    rule = RULES.get(expr) or RULES.get(expr.func)
    if rule is None:
        known = ", ".join(sorted(getattr(r, "__name__", str(r)) for r in RULES))
        raise DeriveError(f"{expr} cannot be enclosed; write it with {known}")
    parts = [compiled(a, x) for a in expr.args]
    return lambda ball: rule(*(part(ball) for part in parts))


def _ball(number: Rational) -> arb:
    return arb(fmpq(int(number.p), int(number.q)))


@dataclass(frozen=True)
class Piece:
    """A smooth function of x on [lower, upper], whose ends may be infinite."""

    x: Symbol
    lower: Expr
    upper: Expr
    value: Expr

    @cached_property
    def slope(self) -> Expr:
        return self.value.diff(self.x)

    @cached_property
    def functions(self) -> tuple[Callable[[arb], arb], ...]:
        """The function and its first two derivatives, over balls."""
        return tuple(compiled(e, self.x) for e in (self.value, self.slope, self.slope.diff(self.x)))

    def over(self, lower: Rational, upper: Rational) -> arb:
        """A ball that contains the function's values on the cell."""
        middle = (lower + upper) / 2
        value, slope, _ = self.functions
        cell = _ball(lower).union(_ball(upper))
        return value(_ball(middle)) + slope(cell) * (cell - _ball(middle))

    def at(self, point: Rational) -> arb:
        return self.functions[0](_ball(point))

    def derivative(self, order: int, lower: Rational, upper: Rational) -> arb:
        return self.functions[order](_ball(lower).union(_ball(upper)))


@dataclass(frozen=True)
class Quotient(Piece):
    """numerator / denominator, which may vanish together at ``zero``.

    By Cauchy's mean value theorem the values on a cell are among those of numerator' / denominator' between the cell
    and the zero.
    """

    numerator: Expr
    denominator: Expr
    zero: Expr | None

    @cached_property
    def _cauchy(self) -> Callable[[arb], arb]:
        return compiled(self.numerator.diff(self.x) / self.denominator.diff(self.x), self.x)

    def over(self, lower: Rational, upper: Rational) -> arb:
        if self.zero is None:
            return super().over(lower, upper)
        cauchy = self._cauchy(_ball(min(lower, self.zero)).union(_ball(max(upper, self.zero))))
        if lower <= self.zero <= upper:
            return cauchy
        mean = super().over(lower, upper)
        return cauchy.intersection(mean) if mean.is_finite() else cauchy


@dataclass(frozen=True)
class Candidate:
    """A point that may attain the supremum (±∞ for a limit), and |f| there; critical where f' = 0 was solved for it."""

    x: Expr
    error: Expr
    critical: bool = False

    @cached_property
    def place(self) -> Value:
        return evaluate(self.x)

    @cached_property
    def size(self) -> Value:
        return evaluate(self.error)


@dataclass(frozen=True)
class Supremum:
    """sup |f|: ``upper`` is never below it, ``closed`` is it where a closed form was proved."""

    closed: Expr | None
    upper: Value
    lower: Value
    at: tuple[Expr, ...]  # where a closed form is attained, or approached at ±∞
    cells: int


def supremum(
    pieces: Sequence[Piece], candidates: Sequence[Candidate], tolerance: Fraction = TOLERANCE, most: int = MOST_CELLS
) -> Supremum:
    """The supremum of |f| over the pieces.

    Pieces with an infinite end must have been found monotone: their candidates settle them. Where there is no closed
    form, the enclosure is refined to the relative tolerance, or as far as the number of cells allows.
    Raises DeriveError where even a bound cannot be certified.
    """
    finite = [p for p in pieces if p.lower.is_finite and p.upper.is_finite and p.lower < p.upper]
    best = _largest(candidates)
    with ctx.workprec(BITS):
        if best and (cells := _prove(finite, best)) is not None:
            closed = best[0]
            return Supremum(closed.error, closed.size, closed.size, tuple(dict.fromkeys(c.x for c in best)), cells)
        floor = max((_floor(c.size.ball(BITS)) for c in candidates), default=Fraction(0))
        lower, upper, cells = _enclose(finite, floor, tolerance, most)
    return Supremum(None, Value.of(upper), Value.of(lower), (), cells)


def _largest(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates with the largest |f|, the simplest first; none where a tie cannot be proved symbolically."""
    best: list[Candidate] = []
    for candidate in sorted(candidates, key=lambda c: (c.error.count_ops(), c.x.is_negative is True)):
        if not best:
            best = [candidate]
            continue
        sign = 0 if candidate.error == best[0].error else (candidate.size - best[0].size).sign()
        if sign is None and simplify((candidate.error - best[0].error).rewrite(exp)) != 0:
            return []
        if sign == 1:
            best = [candidate]
        elif sign != -1:
            best.append(candidate)
    return best


def _prove(pieces: Sequence[Piece], best: Sequence[Candidate]) -> int | None:
    """The number of cells that prove |f| ≤ the best candidate's, or None where the proof does not close."""
    level = best[0].size.ball(BITS)
    places = [c for c in best if c.x.is_finite]
    count = 0
    for piece in pieces:
        cells = [(piece.lower, piece.upper)]
        while cells:
            lower, upper = cells.pop()
            count += 1
            if count > MOST_PROOF_CELLS:
                return None
            if not _below(piece, lower, upper, level, places):
                middle = (lower + upper) / 2
                cells += [(lower, middle), (middle, upper)]
    return count


def _below(piece: Piece, lower: Rational, upper: Rational, level: arb, places: Sequence[Candidate]) -> bool:
    """Whether |f| ≤ level on the cell, by one of the three rules."""
    over = piece.over(lower, upper)
    if abs(over) <= level:
        return True
    inside = [c for c in places if c.place >= lower and c.place <= upper]
    if not inside or not (over > 0 or over < 0):
        return False
    outward = 1 if over > 0 else -1
    slope = outward * piece.derivative(1, lower, upper)
    if slope > 0 or slope < 0:
        end = upper if slope > 0 else lower
        return any(c.x == end for c in inside)
    return any(c.critical for c in inside) and bool(outward * piece.derivative(2, lower, upper) < 0)


def _floor(ball: arb) -> Fraction:
    """A fraction that |the value| is not below."""
    ends = ball_ends(abs(ball))
    return max(ends[0], Fraction(0)) if ends else Fraction(0)


def _enclose(
    pieces: Sequence[Piece], floor: Fraction, tolerance: Fraction, most: int
) -> tuple[Fraction, Fraction, int]:
    """Fractions between which the supremum lies (and it is at least the floor), and the number of cells."""
    order = itertools.count()
    heap: list[tuple[Fraction | float, int, Piece, Rational, Rational]] = []
    lower_bound = floor

    def push(piece: Piece, lower: Rational, upper: Rational) -> None:
        nonlocal lower_bound
        for point in (lower, (lower + upper) / 2):
            lower_bound = max(lower_bound, _floor(piece.at(point)))
        ends = ball_ends(abs(piece.over(lower, upper)))
        heapq.heappush(heap, (-ends[1] if ends else -math.inf, next(order), piece, lower, upper))

    for piece in pieces:
        push(piece, piece.lower, piece.upper)
    while heap and next(order) < most:
        negative, _, piece, lower, upper = heap[0]
        if -negative <= lower_bound * (1 + tolerance):
            break
        heapq.heappop(heap)
        middle = (lower + upper) / 2
        push(piece, lower, middle)
        push(piece, middle, upper)
    upper_bound = max(lower_bound, -heap[0][0]) if heap else lower_bound
    if not isinstance(upper_bound, Fraction):
        raise DeriveError("no finite bound can be certified; keep the interval away from poles, or shorten it")
    return lower_bound, upper_bound, next(order)
