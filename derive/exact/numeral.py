"""Decimals as they are written: read exactly, printed without ``-0.0`` and without ``e-05``."""

from __future__ import annotations

import re
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from fractions import Fraction
from typing import Any, NamedTuple, Self

from sympy import Basic, Float, Rational

from derive.errors import DeriveError, shown

LONGEST_WRITTEN = 17  # digits: a double needs no more
FEWEST = 2  # significant digits of a printed number that is rounded and not 0
LARGEST_DOUBLE = Rational(sys.float_info.max)
FINITE = "a finite number of at most 1.8e308, where those of a machine end"  # in messages
LARGEST_EXPONENT = 400  # of ten: numerator and denominator of a number that is read are at most 10^400
WITHIN = f"from 10^-{LARGEST_EXPONENT} to 10^{LARGEST_EXPONENT}, of at most {LARGEST_EXPONENT} digits"  # in messages

_LARGEST = 10**LARGEST_EXPONENT
_LONGEST = 4 * LARGEST_EXPONENT  # of a decimal's digits and exponent: a longer one is not worked out to be judged
_DECIMAL = re.compile(r"([+-]?)(\d[\d_]*)?(?:\.(\d[\d_]*)?)?(?:e([+-]?)0*(\d[\d_]*))?", re.IGNORECASE | re.ASCII)

_LONG_FRACTION = 1000  # a denominator, from which on a decimal is printed in its place
_DOUBLE = 53  # bits of a SymPy number that was a float
_FAR = 10**6  # an exponent of ten, from which on a number is printed as 10^(−4.34×10²⁹)

_MARK: ContextVar[str] = ContextVar("decimal mark", default=".")


@contextmanager
def decimal_mark(mark: str) -> Iterator[None]:
    """Within, decimals for people have this mark: "." or ",". What programs read (``str``) always has the point."""
    token = _MARK.set(mark)
    try:
        yield
    finally:
        _MARK.reset(token)


def marked(decimal: str) -> str:
    """The LaTeX of a decimal that is written with a point; in braces a comma has no space after it."""
    return decimal if _MARK.get() == "." else decimal.replace(".", f"{{{_MARK.get()}}}")


def exact_rational(number: Any) -> Rational:
    """The rational that is written: 0.1 is 1/10, whether it comes as text, float, Decimal, Fraction or SymPy number.

    Every number that somebody gives is read here, so that one limit holds for all. Raises DeriveError for what is not a
    finite rational number, and for one with a numerator or denominator above 10^400.
    """
    try:
        rational = _read(number)
    except (TypeError, ValueError, ZeroDivisionError):
        raise DeriveError(
            f"{shown(number)} is not a finite rational number; write a decimal such as 0.25 or a fraction such as 1/4"
        ) from None
    if rational is None or max(abs(rational.p), rational.q) > _LARGEST:
        raise DeriveError(f"{shown(number)} is out of range; expected a number {WITHIN}")
    return rational


def machine_rational(number: Any) -> Rational:
    """The rational that is written, of what modules hold as a double. Raises DeriveError as ``exact_rational``, and for
    one that is larger than doubles are."""
    rational = exact_rational(number)
    if abs(rational) > LARGEST_DOUBLE:
        raise DeriveError(f"{shown(number)} is out of range; expected {FINITE}")
    return rational


def as_decimal(number: Rational) -> Numeral | None:
    """The decimal that a fraction is printed as: one that ends, shorter than a fraction of four digits and more below
    the line (0.044715 and not 8943/200000). None for others, 1/3 and 1/10 and 1/1024."""
    places = _places(int(number.q))
    if number.q < _LONG_FRACTION or places is None:
        return None
    decimal = Numeral(int(number * 10**places), -places)
    return decimal if len(str(decimal)) < len(str(number)) else None


def _places(denominator: int) -> int | None:
    """How many decimals a fraction has; None where they do not end."""
    twos, fives = (_times(denominator, prime) for prime in (2, 5))
    return max(twos, fives) if denominator == 2**twos * 5**fives else None


def _times(number: int, prime: int) -> int:
    """How often a prime divides a number."""
    times = 0
    while number % prime ** (times + 1) == 0:
        times += 1
    return times


def _read(number: Any) -> Rational | None:
    """The number; None where it is too large or small to be worked out. Raises ValueError for what is no number."""
    if isinstance(number, Fraction):
        return _of(number)
    if isinstance(number, Rational | int) and not isinstance(number, bool):
        return Rational(number)
    if isinstance(number, Basic) and not isinstance(number, Float):
        raise ValueError
    if isinstance(number, Float) and number._prec == _DOUBLE:
        number = float(number)  # which Python writes with all its digits, and SymPy with 15
    above, slash, below = str(number).partition("/")
    parts = _decimal(above.strip()), _decimal(below.strip() if slash else "1")
    return None if parts[0] is None or parts[1] is None else _of(parts[0] / parts[1])


def _of(number: Fraction) -> Rational:
    return Rational(number.numerator, number.denominator)


def _decimal(text: str) -> Fraction | None:
    found = _DECIMAL.fullmatch(text)
    if not found or not (found[2] or found[3]):
        raise ValueError
    sign, whole, fraction, direction, power = (part.replace("_", "") for part in found.groups(""))
    digits = (whole + fraction).lstrip("0") or "0"
    if len(digits) > _LONGEST or len(fraction) > _LONGEST or len(power) > len(str(_LONGEST)):
        return None
    exponent = int(direction + (power or "0")) - len(fraction)
    return Fraction(int(sign + digits)) * Fraction(10) ** exponent


def marked_text(text: str) -> str:
    """A text whose decimals have a point, as people read it."""
    return re.sub(r"(?<=\d)\.(?=\d)", _MARK.get(), text)


class Decimals(int):
    """How many decimals a number is printed with; significant: how few significant digits it may have so."""

    significant: int

    def __new__(cls, decimals: int, significant: int = FEWEST) -> Self:
        found = super().__new__(cls, decimals)
        found.significant = significant
        return found

    def __reduce__(self) -> Any:
        return Decimals, (int(self), self.significant)


class Numeral(NamedTuple):
    """A printed decimal: ``digits`` × 10^``exponent``, in fixed or in scientific notation."""

    digits: int
    exponent: int
    scientific: bool = False

    @property
    def rational(self) -> Rational:
        return Rational(self.digits * 10 ** max(self.exponent, 0), 10 ** max(-self.exponent, 0))

    def in_powers_of_ten(self) -> Numeral:
        """The same number in scientific notation: 10^30 instead of 31 digits."""
        text = str(self.digits).rstrip("0")
        return Numeral(int(text), self.exponent + len(str(self.digits)) - len(text), True)

    def _parts(self) -> tuple[str, str, int]:
        """Sign, mantissa and exponent (0 in fixed notation)."""
        sign, text = "-" if self.digits < 0 else "", str(abs(self.digits))
        if self.scientific:
            return sign, text[0] + ("." + text[1:] if text[1:] else ""), self.exponent + len(text) - 1
        if self.exponent >= 0:
            return sign, str(abs(self.digits) * 10**self.exponent), 0
        text = text.rjust(1 - self.exponent, "0")
        return sign, f"{text[: self.exponent]}.{text[self.exponent :]}", 0

    @staticmethod
    def _far(exponent: int) -> Numeral:
        """The order of magnitude of a number so far from 1 that nothing else of it says anything."""
        places = len(str(abs(exponent))) - 3
        return Numeral(round(Fraction(exponent, 10**places)), places, True)

    def __str__(self) -> str:
        sign, mantissa, exponent = self._parts()
        return f"{sign}{mantissa}" + (f"e{exponent}" if exponent else "")

    def latex(self) -> str:
        r"""``-0.1974``, ``4.54 \times 10^{-5}``."""
        sign, mantissa, exponent = self._parts()
        if abs(exponent) >= _FAR:
            return f"{sign}10^{{{self._far(exponent).latex()}}}"
        return f"{sign}{marked(mantissa)}" + (rf" \times 10^{{{exponent}}}" if exponent else "")

    def halves(self) -> tuple[str, str]:
        r"""The LaTeX up to the decimal mark and from it on: ``-0`` and ``.1974``, ``4`` and ``.54 \times 10^{-5}``."""
        text = self.latex()
        whole, _, rest = text.partition(mark := marked("."))
        if rest and "^" not in whole:
            return whole, mark + rest
        whole, times, power = text.partition(r" \times")
        return (text, "") if "^" in whole else (whole, times + power)

    def unicode(self) -> str:
        """``−0.1974``, ``4.54×10⁻⁵``, with the mathematical minus sign."""
        sign, mantissa, exponent = self._parts()
        if abs(exponent) >= _FAR:
            return f"{'−' if sign else ''}10^({self._far(exponent).unicode()})"
        power = "×10" + str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        return f"{'−' if sign else ''}{mantissa.replace('.', _MARK.get())}" + (power if exponent else "")


def as_written(number: Rational) -> Numeral | None:
    """The decimal by which a number was given: the number itself where that has at most 17 digits, else the shortest
    from which a machine reads this very number as a float32 or a float64. None for a fraction that is neither.

    >>> str(as_written(Rational(13421773, 2**27)))  # the float32 next to 0.1
    '0.1'
    """
    above, below = int(number.p), int(number.q)
    places = _places(below)
    if places is not None:
        text = str(abs(above) * 10**places // below)
        plain = text.rstrip("0") or "0"
        if len(plain) <= LONGEST_WRITTEN:
            return _short(int(plain) * (-1 if above < 0 else 1), len(text) - len(plain) - places)
    for width in "fd":
        try:
            same = struct.unpack(width, struct.pack(width, above / below))[0]
        except OverflowError:
            continue
        if Rational(same) == number:
            for digits in range(1, LONGEST_WRITTEN + 1):
                text = f"{same:.{digits - 1}e}"
                if struct.unpack(width, struct.pack(width, float(text)))[0] == same:
                    mantissa, _, power = text.partition("e")
                    return _short(int(mantissa.replace(".", "")), int(power) - digits + 1)
    return None


def _short(digits: int, exponent: int) -> Numeral:
    """The decimal in the notation that is shorter to read."""
    size = len(str(abs(digits)))
    if exponent > 0:
        plain = Numeral(digits * 10**exponent, 0)
        return plain if size + exponent < LONGEST_WRITTEN else plain.in_powers_of_ten()
    return Numeral(digits, exponent, scientific=-exponent - size > FEWEST and digits != 0)
