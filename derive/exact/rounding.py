"""A value as decimal digits, each of them certain: more bits are computed until they decide the rounding.

Balls are rounded as balls. Their ends are never written out as fractions: those of exp(-1000000) have a million bits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING

from flint import arb

from derive.errors import DeriveError
from derive.exact.balls import LAST_BITS
from derive.exact.numeral import Numeral

if TYPE_CHECKING:
    from derive.exact.value import Value

HALF, LONGEST = arb(0.5), arb((1, LAST_BITS))
LARGE = 10**9 + 1  # what is larger is printed in scientific notation, before any digit of it is known


def rounded(value: Value, decimals: int, rounding: Callable[[Fraction], int] = round) -> int:
    """Value × 10^decimals rounded to an integer; half to even where it is a tie to all the bits there are.

    rounding: ``round`` or ``math.ceil``. Raises DeriveError where all the bits there are leave the digits uncertain.
    """
    if value.rational is not None:
        return rounding(Fraction(int(value.rational.p), int(value.rational.q)) * Fraction(10) ** decimals)
    decide = _ceiling if rounding is math.ceil else _nearest
    found = value.decided(lambda ball: decide(ball * arb(10) ** decimals))
    if found is None:
        found = value.decided(lambda ball: _last(ball * arb(10) ** decimals, decide), LAST_BITS)
    if found is None:
        value.finite()
        raise DeriveError(
            f"{LAST_BITS} bits do not give {decimals} decimals of a value: the recurrence loses too many digits"
        )
    return found


def _nearest(ball: arb) -> int | None:
    """The integer to which every number of a ball is rounded; None where there are several, or there is a tie."""
    down, up = integer_in((ball + HALF).floor()), integer_in((ball - HALF).ceil())
    return down if down == up else None


def _ceiling(ball: arb) -> int | None:
    return integer_in(ball.ceil())


def _last(ball: arb, decide: Callable[[arb], int | None]) -> int | None:
    """What a ball that does not decide is rounded to; None where it is too wide to be taken for a tie."""
    twice = integer_in((2 * ball.mid() + HALF).floor())
    if twice is None or not ball.rad() < arb((1, -65)):
        return None
    return twice // 2 + 1 if decide is _ceiling else round(Fraction(twice, 2))


def integer_in(ball: arb) -> int | None:
    """The one integer in a ball, where there is one and it has no more bits than are ever computed."""
    found = ball.unique_fmpz() if abs(ball) < LONGEST else None
    return None if found is None else int(found)


def scientific(value: Value, significant: int, rounding: Callable[[Fraction], int] = round) -> Numeral:
    """That many significant digits, in scientific notation, of a value that is not 0."""
    exponent = value.finite().decided(_exponent) or 0  # within one or two; the loop settles it
    while True:
        digits = rounded(value, significant - 1 - exponent, rounding)
        if abs(digits) >= 10**significant:
            exponent += 1
        elif abs(digits) < 10 ** (significant - 1):
            exponent -= 1
        else:
            return Numeral(digits, exponent - significant + 1, True)


def _exponent(ball: arb) -> int | None:
    """Of ten, of the numbers in a ball; None where they are of several sizes."""
    return integer_in((abs(ball).log() / arb(10).log()).mid().floor()) if ball.rel_accuracy_bits() > 8 else None


# ---------------------------------------------------------------------- what a ball decides


def sign_of(ball: arb) -> int | None:
    """The sign that all numbers in a ball have."""
    return 1 if ball > 0 else -1 if ball < 0 else 0 if ball == 0 else None


def is_large(ball: arb) -> bool | None:
    """Whether the numbers in a ball are printed in scientific notation before any digit of them is known."""
    return True if abs(ball) > LARGE else False if abs(ball) < LARGE else None


def double(ball: arb) -> float | None:
    """The double that is the nearest one to all numbers in a ball; infinite beyond the doubles."""
    nearest = {float(ball.lower()), float(ball.upper())}
    return nearest.pop() if len(nearest) == 1 else None
