"""Replacements that spread their error over an interval: Chebyshev interpolants and minimax approximations.

The coefficients are decimals, with no more digits than the error is worth. That a minimax approximation is (nearly) the
best is certified by its errors: where they have alternating signs at enough points, no other polynomial or quotient of
these degrees has an error below the smallest of them (de la Vallée-Poussin 1910).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

from mpmath import floor, log10, mpf, nint, nstr
from sympy import Expr, Lambda, Rational, lambdify

from derive.approximation.approximate import approximate, read_activation
from derive.approximation.bounds import Approximation, x
from derive.approximation.remez import FAINTEST, Fit, best, interpolated, many_digits
from derive.errors import DeriveError
from derive.exact.numeral import exact_rational
from derive.exact.value import Value
from derive.later import later
from derive.symbolic.activation import Activation
from derive.symbolic.evaluation import evaluate

HIGHEST = 40  # degrees of numerator and denominator together
SPARE = 10**3  # the error, over what rounding a coefficient may add to it
PLACES = 12  # significant digits of a point at which the error is evaluated


@dataclass(frozen=True)
class Minimax:
    """A minimax approximation: a function that may stand in the activation's place, and what is certain of it.

    formula: the quotient in x, its coefficients exact. points: where its error is largest, with alternating signs.
    """

    exact: type[Activation]
    parameters: tuple[Expr, ...]
    degrees: tuple[int, int]
    on: tuple[Expr, Expr]
    formula: Expr
    points: tuple[Rational, ...]

    def __call__(self, argument: Any) -> Expr:
        return self.formula.subs(x, argument)

    @cached_property
    def approximation(self) -> Approximation:
        """Its error on the interval."""
        return approximate(self.exact(x, *self.parameters), self.formula, on=self.on)

    @property
    def bound(self) -> Value:
        """What the error does not exceed."""
        return self.approximation.bound

    @cached_property
    def least(self) -> Value:
        """What the error of every polynomial or quotient of these degrees reaches on the interval.

        Raises DeriveError where the errors at the points do not certify one.
        """
        difference = self.formula - self.exact(x, *self.parameters)
        errors = [evaluate(difference, {x: Value.of(p)}) for p in self.points]
        signs = [e.sign() for e in errors]
        if any(a is None or b is None or a * b >= 0 for a, b in pairwise(signs)):
            raise DeriveError("the errors do not alternate, which certifies no lower bound; give a lower degree")
        sizes = [e if s == 1 else -e for e, s in zip(errors, signs, strict=True)]
        smallest = sizes[0]
        for size in sizes[1:]:
            smallest = size if (size - smallest).sign() == -1 else smallest
        return smallest

    @later
    def _repr_html_(self) -> str:
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"{self.approximation!r}, at least {self.least.lower(5)} in these degrees"


def minimax(exact: Any, degree: int | tuple[int, int], on: tuple[Any, Any]) -> Minimax:
    """The polynomial of a degree, or the quotient of degrees (m, n), whose largest error on the interval is smallest.

    >>> from derive.symbolic.activations import tanh
    >>> found = minimax(tanh, 3, on=(-1, 1))
    >>> found.approximation.bound_at(3), found.least.lower(3)
    ('0.00455', '0.00454')

    exact: an activation or its name. Raises DeriveError for degrees beyond 40 together, an interval that is empty or
    infinite, and where none is found: some functions are approximated as well by a quotient of smaller degrees.
    """
    degrees = degree if isinstance(degree, tuple) else (degree, 0)
    activation, parameters, lower, upper = _checked(exact, degrees, on)
    above, below = degrees
    try:
        with many_digits():
            found = best(_numeric(activation, parameters), _as_mpf(lower), _as_mpf(upper), above, below)
            formula = _written(found, max(abs(lower), abs(upper)))
    except DeriveError as e:
        raise DeriveError(
            f"minimax of {activation.__name__} with degrees {degrees} on [{lower}, {upper}]: {e}"
        ) from None
    inside = (min(max(exact_rational(nstr(p, PLACES)), lower), upper) for p in found.points)
    return Minimax(activation, parameters, (above, below), (lower, upper), formula, tuple(inside))


def chebyshev(exact: Any, degree: int, on: tuple[Any, Any]) -> Lambda:
    """The polynomial that has the activation's values at the zeros of Chebyshev's polynomial on the interval.

    Raises DeriveError as ``minimax`` does.
    """
    activation, parameters, lower, upper = _checked(exact, (degree, 0), on)
    with many_digits():
        found = interpolated(_numeric(activation, parameters), _as_mpf(lower), _as_mpf(upper), degree)
        return Lambda(x, _written(found, max(abs(lower), abs(upper))))


def _checked(
    exact: Any, degrees: tuple[int, int], on: Any
) -> tuple[type[Activation], tuple[Expr, ...], Rational, Rational]:
    """The activation and its parameters, and the ends of the interval."""
    activation, parameters = read_activation(exact)
    whole = all(isinstance(n, int) and not isinstance(n, bool) and n >= 0 for n in degrees)
    if len(degrees) != 2 or not whole or sum(degrees) > HIGHEST:
        raise DeriveError(
            f"degrees {degrees!r}: expected whole numbers from 0 to {HIGHEST} together, such as 5 or (3, 2)"
        )
    whole_claim = approximate(exact, 0, on=on)  # reads the interval
    lower, upper = whole_claim.lower, whole_claim.upper
    if not (lower.is_finite and upper.is_finite and lower < upper):
        raise DeriveError(
            f"the interval [{lower}, {upper}] is infinite or a point; write on=(lower, upper), both finite"
        )
    return activation, parameters, lower, upper


def _numeric(activation: type[Activation], parameters: Sequence[Expr]) -> Any:
    return lambdify(x, activation.value(x, *parameters), "mpmath")


def _as_mpf(number: Rational) -> Any:
    return mpf(int(number.p)) / int(number.q)


def _written(fit: Fit, reach: Rational) -> Expr:
    """The quotient in x, each coefficient rounded to the decimals that the error is worth."""
    count = len(fit.numerator) + len(fit.denominator)

    def polynomial(coefficients: Sequence[Any]) -> Expr:
        terms = []
        for k, coefficient in enumerate(coefficients):
            allowed = max(min(fit.sizes), FAINTEST) / (SPARE * count * max(1, _as_mpf(reach)) ** k)
            decimals = max(0, -int(floor(log10(allowed))))
            terms.append(Rational(int(nint(coefficient * mpf(10) ** decimals)), 10**decimals) * x**k)
        return sum(terms)

    return polynomial(fit.numerator) / polynomial(fit.denominator)
