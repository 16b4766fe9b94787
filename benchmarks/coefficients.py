"""Write templates/c/coefficients.h: the constants and polynomials of the functions in C, found with 100 digits.

A polynomial has the least squared error over the Chebyshev nodes of the interval, which is within a bit of the best
maximum there is. Its coefficients are rounded one after the other, from the constant term on, and those not yet rounded
are fitted again: so the last ones make up for the rounding of the first.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from mpmath import (
    asin,
    atan,
    atanh,
    cos,
    erf,
    erfc,
    exp,
    floor,
    frexp,
    ldexp,
    log,
    lu_solve,
    matrix,
    mp,
    mpf,
    pi,
    sin,
    sinh,
    sqrt,
    tanh,
)

HEADER = Path(__file__).parents[1] / "templates" / "c" / "coefficients.h"
DIGITS = 100
#: Bits of a significand, and the digits that tell two numbers of that many bits apart.
PRECISIONS = {"double": (53, 17, ""), "float": (24, 9, "f")}


class Fit(NamedTuple):
    """A polynomial: what it approximates, between which ends, and its number of terms in double and in float."""

    name: str
    says: str
    function: Callable[[mpf], mpf]
    ends: Callable[[], tuple[mpf, mpf]]
    terms: tuple[int, int]


def _exp(r: mpf) -> mpf:
    return (exp(r) - 1 - r) / r**2


def _sinh(z: mpf) -> mpf:
    return (sinh(sqrt(z)) / sqrt(z) - 1) / z


def _tanh(z: mpf) -> mpf:
    return (tanh(sqrt(z)) / sqrt(z) - 1) / z


def _log(z: mpf) -> mpf:
    return 2 * (atanh(sqrt(z)) / sqrt(z) - 1) / z


def _log_ends() -> tuple[mpf, mpf]:
    return mpf(0), (3 - 2 * sqrt(2)) ** 2


def _pow(z: mpf) -> mpf:
    return (_log(z) - mpf(2) / 3) / z


def _erf(z: mpf) -> mpf:
    return erf(sqrt(z)) / sqrt(z) - 1


def _erfc(t: mpf) -> mpf:
    x = 2 * (1 + t) / (1 - t)
    return (1 + 2 * x) * exp(x * x) * erfc(x) - mpf(19) / 16


def _erfc_ends() -> tuple[mpf, mpf]:
    return mpf(-153) / 247, mpf(26) / 30


def _sin(z: mpf) -> mpf:
    return (sin(sqrt(z)) / sqrt(z) - 1) / z


def _cos(z: mpf) -> mpf:
    return (cos(sqrt(z)) - 1 + z / 2) / z**2


def _atan(z: mpf) -> mpf:
    return (atan(sqrt(z)) / sqrt(z) - 1) / z


def _asin(z: mpf) -> mpf:
    return (asin(sqrt(z)) / sqrt(z) - 1) / z


FITS = [
    Fit("EXP", "(e^r - 1 - r) / r^2 in r, |r| <= ln 2 / 2", _exp, lambda: (-log(2) / 2, log(2) / 2), (11, 5)),
    Fit("SINH", "(sinh x - x) / x^3 in x^2, |x| <= 1", _sinh, lambda: (0, 1), (8, 4)),
    Fit("TANH", "(tanh x - x) / x^3 in x^2, tanh |x| <= 1/2", _tanh, lambda: (0, atanh(0.5) ** 2), (11, 5)),
    Fit("LOG", "(2 artanh s - 2 s) / s^3 in s^2, |s| <= (sqrt 2 - 1) / (sqrt 2 + 1)", _log, _log_ends, (7, 3)),
    Fit("POW", "(2 artanh s - 2 s - 2 s^3 / 3) / s^5 in s^2, s as for LOG", _pow, _log_ends, (8, 4)),
    Fit("ERF", "erf(x) / x - 1 in x^2, |x| <= 1", _erf, lambda: (0, 1), (12, 7)),
    Fit("ERFC", "(1 + 2 x) e^(x^2) erfc(x) - 19/16 in (x - 2) / (x + 2), 0.47 <= x <= 28", _erfc, _erfc_ends, (24, 12)),
    Fit("SIN", "(sin r - r) / r^3 in r^2, |r| <= pi/4", _sin, lambda: (0, (pi / 4) ** 2), (6, 3)),
    Fit("COS", "(cos r - 1 + r^2/2) / r^4 in r^2, |r| <= pi/4", _cos, lambda: (0, (pi / 4) ** 2), (6, 3)),
    Fit("ATAN", "(atan t - t) / t^3 in t^2, |t| <= tan(pi/8)", _atan, lambda: (0, (sqrt(2) - 1) ** 2), (12, 5)),
    Fit("ASIN", "(asin s - s) / s^3 in s^2, |s| <= 1/2", _asin, lambda: (0, 0.25), (13, 5)),
]


def rounded(x: mpf, bits: int) -> mpf:
    """The nearest number with so many bits."""
    with mp.workprec(bits):
        return +x


def cut(x: mpf, bits: int) -> mpf:
    """Towards zero, so that what is left over has the same sign."""
    _, exponent = frexp(x)
    return ldexp(floor(ldexp(x, bits - exponent)), exponent - bits)


def fitted(fit: Fit, terms: int, bits: int) -> list[mpf]:
    """The rounded coefficients of a fit, from the constant term on."""
    low, high = map(mpf, fit.ends())
    nodes = [(low + high) / 2 + (high - low) / 2 * cos(pi * (2 * i + 1) / (8 * terms)) for i in range(4 * terms)]
    rest = matrix([fit.function(x) for x in nodes])
    found: list[mpf] = []
    for k in range(terms):
        powers = matrix([[x**j for j in range(k, terms)] for x in nodes])
        found.append(rounded(lu_solve(powers, rest)[0], bits))
        rest -= matrix([found[-1] * x**k for x in nodes])
    return found


def parts(x: mpf, sizes: list[int]) -> list[mpf]:
    """Numbers with so many bits each whose sum is x, the largest first; the last one is rounded."""
    found = []
    for bits in sizes[:-1]:
        found.append(cut(x, bits))
        x -= found[-1]
    return [*found, rounded(x, sizes[-1])]


def block(kind: str) -> list[str]:
    """The lines of one type."""
    bits, digits, suffix = PRECISIONS[kind]

    def text(x: mpf) -> str:
        shown = mp.nstr(x, digits, min_fixed=0, max_fixed=0)
        return shown + suffix

    short = {"double": 42, "float": 16}[kind]
    part = {"double": 33, "float": 14}[kind]
    numbers = {
        "LOG2_E": 1 / log(2),
        "TWO_OVER_PI": 2 / pi,
        **dict(zip(("LN2_HIGH", "LN2_LOW"), parts(log(2), [short, bits]), strict=True)),
        **dict(zip(("HALF_PI_HIGH", "HALF_PI_LOW"), parts(pi / 2, [bits, bits]), strict=True)),
        **dict(zip(("TWO_THIRDS_HIGH", "TWO_THIRDS_LOW"), parts(mpf(2) / 3, [bits, bits]), strict=True)),
    }
    lines = [f"static const real {name} = {text(rounded(x, bits))};" for name, x in numbers.items()]
    rows = {"HALF_PI_PARTS": parts(pi / 2, [part, part, part, bits])}
    rows |= {fit.name: fitted(fit, fit.terms[kind == "float"], bits) for fit in FITS}
    says = {"HALF_PI_PARTS": f"pi/2; products of the first three with {bits - part} bits are exact"}
    says |= {fit.name: fit.says for fit in FITS}
    for name, row in rows.items():
        lines += ["", f"/* {says[name]} */", f"static const real {name}[] = {{"]
        lines += [f"    {text(x)}," for x in row]
        lines += ["};"]
    return lines


def inverse_pi() -> list[str]:
    """2/π in words of 32 bits, behind three words of zeros."""
    words = []
    with mp.workprec(1400):
        x = 2 / +pi
        for _ in range(38):
            x = ldexp(x, 32)
            words.append(int(floor(x)))
            x -= floor(x)
    texts = [f"0x{w:08x}" for w in [0, 0, 0, *words]]
    lines = ["/* The bits of 2/pi behind the point, after 96 zeros. */", "static const uint32_t TWO_OVER_PI_BITS[] = {"]
    return [*lines, *(f"    {', '.join(texts[i : i + 8])}," for i in range(0, len(texts), 8)), "};"]


def header() -> str:
    """The text of the file."""
    mp.dps = DIGITS
    lines = ["/* Written by benchmarks/coefficients.py, which says how they are found. */", "#ifndef COEFFICIENTS_H"]
    lines += ["#define COEFFICIENTS_H", "", *inverse_pi(), "", "#ifdef DOUBLE", "", *block("double"), ""]
    lines += ["#else", "", *block("float"), "", "#endif", "#endif"]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    HEADER.write_text(header())
