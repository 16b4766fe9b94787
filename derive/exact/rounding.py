"""A value as decimal digits, each of them certain: more bits are computed until they decide the rounding."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING

from derive.errors import DeriveError
from derive.exact.balls import LAST_BITS
from derive.exact.numeral import Numeral

if TYPE_CHECKING:
    from derive.exact.value import Value


def rounded(value: Value, decimals: int, rounding: Callable[[Fraction], int] = round) -> int:
    """Value × 10^decimals rounded to an integer; half to even where it is a tie to all the bits there are.

    Raises DeriveError where all the bits there are leave the digits uncertain.
    """
    scale = Fraction(10) ** decimals
    found = value.agreed(lambda v: rounding(v * scale))
    if found is not None:
        return found
    lower, upper = (Fraction(int(e.p), int(e.q)) * scale for e in value.ends(LAST_BITS))
    if upper - lower > Fraction(1, 2**64):
        raise DeriveError(
            f"{LAST_BITS} bits do not give {decimals} decimals of a value: the recurrence loses too many digits"
        )
    return math.ceil(upper) if rounding is math.ceil else round(Fraction(round(2 * upper), 2))


def scientific(value: Value, significant: int, rounding: Callable[[Fraction], int] = round) -> Numeral:
    """That many significant digits, in scientific notation, of a value that is not 0."""
    lower, upper = value.ends()
    bits = [int(abs(e.p)).bit_length() - int(e.q).bit_length() for e in (lower, upper)]
    exponent = math.floor(max(bits) * math.log10(2))  # within one or two; the loop settles it
    while True:
        digits = rounded(value, significant - 1 - exponent, rounding)
        if abs(digits) >= 10**significant:
            exponent += 1
        elif abs(digits) < 10 ** (significant - 1):
            exponent -= 1
        else:
            return Numeral(digits, exponent - significant + 1, True)
