"""Replacements from the Taylor series at a point: the Taylor polynomial, and the Padé approximant of its terms."""

from __future__ import annotations

from typing import Any

from sympy import Expr, Lambda, Matrix, factorial

from derive.approximation.approximate import read_activation
from derive.approximation.bounds import x
from derive.approximation.segments import segments
from derive.errors import DeriveError
from derive.exact.numeral import exact_rational
from derive.symbolic.expressions import expanded

HIGHEST = 20  # degree; the derivatives beyond are long


def taylor(exact: Any, degree: int, at: Any = 0) -> Lambda:
    """The Taylor polynomial of an activation (or its name) at a point, a function that may stand in its place.

    >>> from derive.symbolic.activations import tanh
    >>> taylor(tanh, 3)
    Lambda(x, -x**3/3 + x)

    Raises DeriveError for a degree that is not from 0 to 20, and where the activation has a kink.
    """
    centre = exact_rational(at)
    return Lambda(x, sum(c * (x - centre) ** k for k, c in enumerate(_coefficients(exact, degree, centre))))


def pade(exact: Any, degrees: tuple[int, int], at: Any = 0) -> Lambda:
    """The Padé approximant [m/n]: the quotient of polynomials of degrees m and n whose Taylor series at the point has
    the m + n + 1 first terms of the activation's.

    >>> from derive.symbolic.activations import tanh
    >>> pade(tanh, (3, 2))
    Lambda(x, (x**3/15 + x)/(2*x**2/5 + 1))

    Raises DeriveError as ``taylor`` does, where a coefficient is not rational and where there is no such quotient.
    """
    try:
        above, below = degrees
    except (TypeError, ValueError):
        raise DeriveError(f"degrees {degrees!r}: expected those of numerator and denominator, such as (3, 2)") from None
    _checked(above), _checked(below)
    centre = exact_rational(at)
    c = _coefficients(exact, above + below, centre)
    if not all(number.is_Rational for number in c):
        raise DeriveError(
            f"the Taylor coefficients at {centre} are not rational; give at=0, or take derive.minimax(...)"
        )
    c = [*c, *[0] * (below + 1)]
    rows = Matrix(below, below, lambda i, j: c[above + i - j] if above + i >= j else 0)
    if below and rows.det() == 0:
        raise DeriveError(f"there is no Padé approximant [{above}/{below}] at {centre}; give other degrees")
    q = [1, *(rows.LUsolve(Matrix([-c[above + 1 + i] for i in range(below)])) if below else ())]
    p = [sum(q[j] * c[k - j] for j in range(min(k, below) + 1)) for k in range(above + 1)]
    step = x - centre
    return Lambda(x, sum(a * step**k for k, a in enumerate(p)) / sum(b * step**k for k, b in enumerate(q)))


def _checked(degree: int) -> int:
    if isinstance(degree, bool) or not isinstance(degree, int) or not 0 <= degree <= HIGHEST:
        raise DeriveError(f"degree {degree!r}: expected a whole number from 0 to {HIGHEST}")
    return degree


def _coefficients(exact: Any, degree: int, centre: Expr) -> list[Expr]:
    """f⁽ᵏ⁾(centre)/k! for k up to the degree."""
    activation, parameters = read_activation(exact)
    around = segments((activation(x, *parameters),), x, centre - 1, centre + 1)
    if any(s.is_point and s.lower == centre for s in around):
        raise DeriveError(f"{activation.__name__} has a kink at {centre}, and no Taylor series there; give another at=")
    derivative = next(s.formulas[0] for s in around if s.lower < centre < s.upper)
    found = []
    for k in range(_checked(degree) + 1):
        found.append(derivative.subs(x, centre) / factorial(k))
        derivative = expanded(derivative.diff(x))
    return found
