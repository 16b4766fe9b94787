"""The supremum of an approximation's error: its pieces, and where it may be largest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING

from sympy import Expr, Symbol, log, radsimp, solve

from derive.approximation.candidates import Candidate, at_ends, error_at, magnitude, merged
from derive.approximation.enclosure import Enclosing
from derive.approximation.pieces import Piece
from derive.approximation.segments import Segment
from derive.approximation.supremum import Supremum, supremum
from derive.approximation.tails import enclosable, limit
from derive.errors import DeriveError, Undecided
from derive.symbolic.activation import Activation
from derive.symbolic.activations import sigmoid, tanh
from derive.symbolic.evaluation import evaluate
from derive.symbolic.expressions import expanded

if TYPE_CHECKING:
    from derive.approximation.bounds import Approximation

x = Symbol("x")
INVERSE: dict[type[Activation], Callable[[Expr], Expr]] = {
    tanh: lambda y: _log_ratio(1 + y, 1 - y) / 2,
    sigmoid: lambda y: _log_ratio(y, 1 - y),
}


@lru_cache(maxsize=256)  # many runs have the same claim
def supremum_of_difference(a: Approximation) -> Supremum:
    """sup |D|. Raises DeriveError where it is infinite, or no bound can be certified."""
    Enclosing(a.difference, x)  # refuses what cannot be enclosed before anything is done with it
    pieces: list[Piece] = []
    found: list[Candidate] = []
    for segment in a.segments:
        replacement, exact = segment.formulas
        difference = replacement - exact
        if segment.is_point:
            try:
                found.append(Candidate(segment.lower, error_at(difference, segment.lower), sides="0"))
            except Undecided:
                pieces += _parts(segment, difference)
            except DeriveError:  # a pole, which the enclosure of the neighbourhood tells from a gap
                if a.is_point:
                    raise
            continue
        parts = _parts(segment, difference)
        found += [*at_ends(segment, difference), *_limits(parts), *_critical(a, segment)]
        pieces += parts
    return supremum(pieces, merged(found))


def _parts(segment: Segment, value: Expr) -> list[Piece]:
    return [Piece(x, *part) for part in enclosable(value, x, segment.lower, segment.upper)]


def _limits(pieces: Iterable[Piece]) -> Iterator[Candidate]:
    for piece in pieces:
        for end in (piece.lower, piece.upper):
            if end.is_finite:
                continue
            value = limit(piece.value, x, end)
            if value is not None and value.is_infinite:
                raise DeriveError(f"it is unbounded as x → {end}; give a finite interval")
            if not piece.program.value(piece.whole).is_finite:
                raise DeriveError(f"no finite bound can be certified as x → {end}; give a finite interval")
            if value is not None:
                with suppress(Undecided):
                    yield Candidate(end, magnitude(value))


def _critical(a: Approximation, segment: Segment) -> Iterator[Candidate]:
    """The zeros of D' where the replacement is linear and the exact function has an inverse."""
    replacement, exact = segment.formulas
    slope = replacement.diff(x)
    if exact != a.exact_at(x) or a.exact not in INVERSE or slope.has(x):
        return
    steepness = evaluate(slope)
    if steepness.sign() != 1 or (steepness - evaluate(a.exact.max_slope)).sign() == 1:
        return
    y = Symbol("y", real=True)
    for root in solve(a.exact.slope(x, y) - slope, y):
        if root not in a.exact.reals:
            continue
        with suppress(Undecided):  # a tangent: there D is 0
            place = INVERSE[a.exact](root)
            inside, ends = evaluate(place), (segment.lower, segment.upper)
            if all((inside - e).sign() == side for e, side in zip(ends, (1, -1), strict=True) if e.is_finite):
                yield Candidate(place, magnitude(expanded(replacement.subs(x, place) - root)), critical=True)


def _log_ratio(a: Expr, b: Expr) -> Expr:
    """log(a/b), as minus the logarithm of what is above 1: so x and -x are written with the same logarithm."""
    return log(expanded(radsimp(a / b))) if evaluate(a) >= evaluate(b) else -log(expanded(radsimp(b / a)))
