"""Decimals as they are written: read exactly, printed without ``-0.0`` and without ``e-05``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from fractions import Fraction
from typing import Any, NamedTuple

from sympy import Basic, Float, Integer, Rational, sympify

from derive.errors import DeriveError

LARGEST_EXPONENT = 10_000  # of ten, that is read: 1e99999999 has too many digits to calculate with
_EXPONENT = re.compile(r"[eE][+-]?([\d_]+)\s*$")

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

    Raises DeriveError for what is not a finite rational number.
    """
    try:
        if isinstance(number, Fraction):
            return Rational(number.numerator, number.denominator)
        given = number if isinstance(number, Basic | int) and not isinstance(number, Float) else _read(str(number))
        if (rational := sympify(given)).is_Rational:
            return rational
    except (TypeError, ValueError, ZeroDivisionError):
        pass
    raise DeriveError(
        f"{number!r} is not a finite rational number; write a decimal such as 0.25 or a fraction such as 1/4"
    )


def _read(text: str) -> Rational:
    exponent = _EXPONENT.search(text)
    if exponent and int(exponent[1]) > LARGEST_EXPONENT:
        raise DeriveError(f"{text} is out of range, its exponent may be -{LARGEST_EXPONENT} to {LARGEST_EXPONENT}")
    return Rational(text)


class Numeral(NamedTuple):
    """A printed decimal: ``digits`` × 10^``exponent``, in fixed or in scientific notation."""

    digits: int
    exponent: int
    scientific: bool = False

    @property
    def rational(self) -> Rational:
        return Integer(self.digits) * Integer(10) ** self.exponent

    def _parts(self) -> tuple[str, str, int]:
        """Sign, mantissa and exponent (0 in fixed notation)."""
        sign, text = "-" if self.digits < 0 else "", str(abs(self.digits))
        if self.scientific:
            return sign, text[0] + ("." + text[1:] if text[1:] else ""), self.exponent + len(text) - 1
        if self.exponent >= 0:
            return sign, str(abs(self.digits) * 10**self.exponent), 0
        text = text.rjust(1 - self.exponent, "0")
        return sign, f"{text[: self.exponent]}.{text[self.exponent :]}", 0

    def __str__(self) -> str:
        sign, mantissa, exponent = self._parts()
        return f"{sign}{mantissa}" + (f"e{exponent}" if exponent else "")

    def latex(self) -> str:
        r"""``-0.1974``, ``4.54 \times 10^{-5}``."""
        sign, mantissa, exponent = self._parts()
        return f"{sign}{marked(mantissa)}" + (rf" \times 10^{{{exponent}}}" if exponent else "")

    def unicode(self) -> str:
        """``−0.1974``, ``4.54·10⁻⁵``, with the mathematical minus sign."""
        sign, mantissa, exponent = self._parts()
        power = "·10" + str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        return f"{'−' if sign else ''}{mantissa.replace('.', _MARK.get())}" + (power if exponent else "")
