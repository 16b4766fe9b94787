"""A value as decimal digits, each of them certain: more bits are computed until they decide the rounding.

Balls are rounded as balls. Their ends are never written out as fractions: those of exp(-1000000) have a million bits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Self, TypeVar

from flint import arb
from sympy import Rational

from derive.errors import DeriveError
from derive.exact.balls import FIRST_BITS, LAST_BITS
from derive.exact.numeral import FEWEST, Decimals, Numeral

T = TypeVar("T")

HALF, LONGEST = arb(0.5), arb((1, LAST_BITS))
SIGNIFICANT = 3  # digits in scientific notation
LARGE = 10**9 + 1  # what is larger is printed in scientific notation, before any digit of it is known


class Printed:
    """How a number is printed that knows its sign, and a ball around it to any precision."""

    __slots__ = ()
    rational: Rational | None

    def decided(self, decide: Callable[[arb], T | None], bits: int = FIRST_BITS) -> T | None:
        """What a ball around it decides."""
        raise NotImplementedError

    def finite(self) -> Self:
        """Itself, where it is finite."""
        raise NotImplementedError

    def sign(self) -> int | None:
        """Its sign, where it is known."""
        raise NotImplementedError

    def shown(self, decimals: int = 4, further: int = 0) -> Numeral:
        """What is printed: the value rounded half to even to that many decimals, every digit certain.

        What is rounded, and not 0, has two significant digits at least, or as many as the ``Decimals`` say: more
        decimals than the others, and below 0.001 scientific notation with three significant digits, as from 10^9 on.
        further: so many digits more, in the same notation.
        """
        fewest = decimals.significant if isinstance(decimals, Decimals) else FEWEST
        in_full = max(SIGNIFICANT, fewest) + further
        if self.rational is None and self.decided(is_large):
            return scientific(self, in_full)
        digits = rounded(self, decimals)
        if abs(digits) >= 10 ** (decimals + 9):
            return scientific(self, in_full)
        if abs(digits) < 10 ** (fewest - 1) and self.sign() and not self._is(Numeral(digits, -decimals)):
            leading = scientific(self, fewest)
            if len(str(abs(leading.digits))) + leading.exponent <= -3:  # below 0.001
                return scientific(self, in_full)
            decimals = -leading.exponent
            digits = leading.digits
        return Numeral(rounded(self, decimals + further) if further else digits, -decimals - further)

    def _is(self, numeral: Numeral) -> bool:
        return self.rational is not None and bool(numeral.rational == self.rational)

    def significant(self, digits: int = 4, rounding: Callable[[Fraction], int] = round) -> Numeral:
        """The value rounded to so many significant digits: fixed from 0.001 to 10^9, else in scientific notation."""
        if not (sign := self.sign()):
            return Numeral(0, 0) if sign == 0 else Numeral(rounded(self, digits, rounding), -digits)
        found, exponent, _ = scientific(self, digits, rounding)
        return Numeral(found, exponent, not -4 < exponent + digits - 1 < 9)

    def rounded_up(self, significant: int = 5) -> Numeral:
        """The least decimal of so many significant digits that is not below the value."""
        return self.significant(significant, math.ceil)

    def upper(self, significant: int = 5) -> str:
        """``rounded_up`` as plain text: 0.0050814 for 1/4 - tanh(1/4)."""
        return str(self.rounded_up(significant))

    def lower(self, significant: int = 5) -> str:
        """A certified lower bound with so many significant digits, for a number that is not negative."""
        return str(self.significant(significant, math.floor))

    def decimal(self, decimals: int = 4) -> str:
        """Plain fixed text, rounded half to even; ``0.0000`` for what rounds to it, never ``-0.0000``."""
        return str(Numeral(rounded(self, decimals), -decimals))

    def is_exact_at(self, decimals: int = 4) -> bool:
        """Whether what ``shown`` prints is the value itself."""
        return self.rational is not None and bool(self.shown(decimals).rational == self.rational)

    def relation(self, decimals: int = 4) -> str:
        return "=" if self.is_exact_at(decimals) else "≈"

    def latex(self, decimals: int = 4) -> str:
        return self.shown(decimals).latex()

    def unicode(self, decimals: int = 4) -> str:
        return self.shown(decimals).unicode()


def rounded(value: Printed, decimals: int, rounding: Callable[[Fraction], int] = round) -> int:
    """Value × 10^decimals rounded to an integer; half to even where it is a tie to all the bits there are.

    rounding: ``round``, ``math.ceil`` or ``math.floor``. Raises DeriveError where all the bits there are leave the
    digits uncertain.
    """
    if value.rational is not None:
        above, below = 10 ** max(decimals, 0), 10 ** max(-decimals, 0)
        return rounding(Fraction(int(value.rational.p) * above, int(value.rational.q) * below))
    decide = DECIDING.get(rounding, _nearest)
    found = value.decided(lambda ball: decide(ball * arb(10) ** decimals))
    if found is None:
        found = value.decided(lambda ball: _last(ball * arb(10) ** decimals, decide), LAST_BITS)
    if found is None:
        value.finite()
        raise DeriveError(
            f"{LAST_BITS} bits do not give {decimals} decimals of a value: the recurrence loses too many digits, or the"
            " value is too large; scale the weights or inputs"
        )
    return found


def _nearest(ball: arb) -> int | None:
    """The integer to which every number of a ball is rounded; None where there are several, or there is a tie."""
    down, up = integer_in((ball + HALF).floor()), integer_in((ball - HALF).ceil())
    return down if down == up else None


def _ceiling(ball: arb) -> int | None:
    return integer_in(ball.ceil())


def _floor(ball: arb) -> int | None:
    return integer_in(ball.floor())


def _last(ball: arb, decide: Callable[[arb], int | None]) -> int | None:
    """What a ball that does not decide is rounded to; None where it is too wide to be taken for a tie."""
    twice = integer_in((2 * ball.mid() + HALF).floor())
    if twice is None or not ball.rad() < arb((1, -65)):
        return None
    if decide is _floor:
        return twice // 2 - 1
    return twice // 2 + 1 if decide is _ceiling else round(Fraction(twice, 2))


DECIDING: dict[Callable[[Any], int], Callable[[arb], int | None]] = {math.ceil: _ceiling, math.floor: _floor}


def integer_in(ball: arb) -> int | None:
    """The one integer in a ball, where there is one and it has no more bits than are ever computed."""
    found = ball.unique_fmpz() if abs(ball) < LONGEST else None
    return None if found is None else int(found)


def scientific(value: Printed, significant: int, rounding: Callable[[Fraction], int] = round) -> Numeral:
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
    exponent = abs(ball).log() / arb(10).log()
    return integer_in(exponent.mid().floor()) if exponent.rad() < 1 else None


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
