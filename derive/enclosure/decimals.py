"""Ends of enclosures as decimals, rounded outwards."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor

from flint import arb

from derive.exact.numeral import Numeral

MOST_DIGITS, LEAST_DIGITS = 100, 8  # significant ones, of ends that are near each other and of others
SMALLEST = 16384  # of two; a positive end below 2^-16384 is rounded to 0 or to that
FIXED = 6  # zeros after the point before a decimal is written with a power of ten


def fraction(end: arb, upwards: bool) -> Fraction:
    """An exact finite end as a fraction; what is smaller than any digit that is printed is rounded outwards."""
    mantissa, exponent = map(int, end.man_exp())
    if mantissa and exponent + mantissa.bit_length() < -SMALLEST:
        outwards = (mantissa > 0) == upwards
        return Fraction(1 if upwards else -1, 2**SMALLEST) if outwards else Fraction(0)
    return Fraction(mantissa) * Fraction(2) ** exponent


def decimals(lower: Fraction, upper: Fraction, most: int = MOST_DIGITS) -> tuple[Numeral, Numeral]:
    """Both ends, with as many digits as the width of the enclosure is worth."""
    larger, width = max(abs(lower), abs(upper)), upper - lower
    digits = most if not width else min(most, LEAST_DIGITS + max(0, _exponent(larger) - _exponent(width)))
    return _rounded(lower, digits, floor), _rounded(upper, digits, ceil)


def _rounded(number: Fraction, digits: int, rounding: Callable[[Fraction], int]) -> Numeral:
    """So many significant digits, zeros at the end left out."""
    if not number:
        return Numeral(0, 0)
    exponent = _exponent(number) - digits + 1
    found = rounding(number / Fraction(10) ** exponent)
    while found and found % 10 == 0:
        found, exponent = found // 10, exponent + 1
    size = exponent + len(str(abs(found))) - 1
    return Numeral(found, exponent, not -FIXED <= size <= 2 * FIXED)


def _exponent(number: Fraction) -> int:
    """The power of ten of its first digit."""
    above, below = abs(number.numerator), number.denominator
    found = int((above.bit_length() - below.bit_length()) * 0.30103)
    while Fraction(above, below) >= Fraction(10) ** (found + 1):
        found += 1
    while Fraction(above, below) < Fraction(10) ** found:
        found -= 1
    return found
