"""The Taylor series of a function about a point of an interval, and Lagrange's remainder of its polynomials there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

from sympy import Expr, O, Symbol, factor, factorial

from derive.approximation.candidates import Candidate, magnitude
from derive.approximation.pieces import Piece
from derive.approximation.supremum import Supremum, supremum
from derive.errors import Undecided
from derive.exact.value import Value
from derive.symbolic.expressions import expanded

x = Symbol("x")
DEGREE = 5


@dataclass(frozen=True)
class Lagrange:
    """The remainder of the Taylor polynomial of degree n: f⁽ⁿ⁺¹⁾(ξ)/(n+1)! (x - c)ⁿ⁺¹ for some ξ between c and x."""

    degree: int
    expr: Expr  # in x and ξ
    largest: Supremum  # of |f⁽ⁿ⁺¹⁾| on the interval
    coefficient: Expr | None  # the remainder at x is at most this times |x - c|ⁿ⁺¹
    bound: Value  # of the remainder on the whole interval


@dataclass(frozen=True)
class Expansion:
    """A function of x that is smooth on [lower, upper], about a centre that lies in it."""

    function: Expr
    lower: Expr
    upper: Expr
    centre: Expr

    @cached_property
    def derivatives(self) -> list[Expr]:
        """The function and its first derivatives."""
        found = [self.function]
        for _ in range(DEGREE + 2):
            slope = found[-1].diff(x)
            # a quotient would grow without end if it were multiplied out
            found.append(factor(slope) if slope.is_rational_function(x) else expanded(slope))
        return found

    @cached_property
    def terms(self) -> list[Expr]:
        """The terms of the series, a degree each, those that are zero among them."""
        return [d.subs(x, self.centre) / factorial(k) * (x - self.centre) ** k for k, d in enumerate(self.derivatives)]

    @cached_property
    def polynomial(self) -> tuple[Expr, ...]:
        """The terms of the Taylor polynomial of degree 5 that are not zero, in rising order."""
        return tuple(t for t in self.terms[: DEGREE + 1] if t != 0)

    @cached_property
    def series(self) -> Expr:
        """The polynomial and the order of what it leaves out."""
        return sum(self.polynomial) + O((x - self.centre) ** self.order, (x, self.centre))

    @cached_property
    def order(self) -> int:
        """The degree of the first term that the polynomial leaves out."""
        return next((k for k in range(DEGREE + 1, len(self.terms)) if self.terms[k] != 0), len(self.terms))

    def lagrange(self, replacement: Expr) -> Lagrange | None:
        """Lagrange's remainder of a replacement; None where that is no Taylor polynomial of the function."""
        if not replacement.is_polynomial(x):
            return None
        terms, target = self.terms, expanded(replacement)
        matching = [n for n in range(len(terms) - 1) if expanded(sum(terms[: n + 1]) - target) == 0]
        if not matching:
            return None
        n = matching[-1]
        derivative = self.derivatives[n + 1]
        largest = supremum(
            [Piece(x, self.lower, self.upper, derivative)],
            list(_candidates(derivative, (self.centre, self.lower, self.upper))),
        )
        xi, step = Symbol("xi", real=True), (x - self.centre) ** (n + 1)
        reach = max(abs(self.lower - self.centre), abs(self.upper - self.centre)) ** (n + 1) / factorial(n + 1)
        return Lagrange(
            n,
            derivative.subs(x, xi) * step / factorial(n + 1),
            largest,
            None if largest.closed is None else largest.closed / factorial(n + 1),
            largest.upper * reach,
        )


def _candidates(derivative: Expr, places: Iterable[Expr]) -> Iterator[Candidate]:
    """|f| at those places, but where it is too small to be told from 0: there it is enclosed with its surroundings."""
    for place in dict.fromkeys(places):
        with suppress(Undecided):
            yield Candidate(place, magnitude(derivative.subs(x, place)), derivative.diff(x).subs(x, place) == 0)
