"""Quotients of polynomials over the rationals: their zeros, poles, signs and limits, exactly, by python-flint."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import Any

from flint import arb, ctx, fmpq, fmpq_poly
from sympy import Add, Expr, Integer, Mul, Pow, Rational, Symbol

from derive.exact.functions import Derivatives
from derive.exact.intervals import (
    INFINITY,
    NOTHING,
    WHOLE,
    Interval,
    add,
    divide,
    multiply,
    outwards,
    power,
    reciprocal,
)
from derive.exact.rational import exactly

LARGEST_DEGREE = 64  # whose roots are looked for; more than any claim that can be read needs
ONE = fmpq_poly([1])
MOST_BITS = 4096  # at which an irrational root is told from the rational end of an interval


class RationalFunction:
    """numerator/denominator in lowest terms."""

    def __init__(self, numerator: fmpq_poly, denominator: fmpq_poly) -> None:
        common = numerator.gcd(denominator)
        self.numerator, self.denominator = numerator // common, denominator // common

    @staticmethod
    def of(expr: Expr, x: Symbol) -> RationalFunction | None:
        """The rational function of x that an expression is; None where it is of another kind, or too large."""
        return _read(expr, x)

    @property
    def degree(self) -> int:
        return int(max(self.numerator.degree(), self.denominator.degree()))

    def __add__(self, other: RationalFunction) -> RationalFunction:
        above = self.numerator * other.denominator + other.numerator * self.denominator
        return RationalFunction(above, self.denominator * other.denominator)

    def __mul__(self, other: RationalFunction) -> RationalFunction:
        return RationalFunction(self.numerator * other.numerator, self.denominator * other.denominator)

    @property
    def inverse(self) -> RationalFunction | None:
        return None if self.numerator.is_zero() else RationalFunction(self.denominator, self.numerator)

    @cached_property
    def zeros(self) -> tuple[Rational, ...]:
        """The rational ones."""
        return _rational_roots(self.numerator)

    @cached_property
    def poles(self) -> tuple[Rational, ...]:
        """The rational ones."""
        return _rational_roots(self.denominator)

    def sign_at(self, point: Rational) -> int | None:
        """-1, 0 or 1; None at a pole."""
        at = exactly(point)
        below = self.denominator(at)
        return None if below == 0 else _sign(self.numerator(at)) * _sign(below)

    def sign_between(self, lower: Expr, upper: Expr) -> int | None:
        """The sign on the open interval; None where it changes there, at a zero or a pole."""
        if self.numerator.is_zero():
            return 0
        if any(lower < r < upper for r in self.zeros + self.poles):
            return None
        product = self.numerator * self.denominator
        for root in self.zeros + self.poles:
            factor = fmpq_poly([fmpq(-int(root.p), int(root.q)), 1])
            while (product % factor).is_zero():
                product //= factor
        if product.degree() > 0 and _has_root(tuple(product.numer().coeffs()), lower, upper):
            return None
        if lower.is_finite and upper.is_finite:
            inside = (lower + upper) / 2
        else:
            inside = lower + 1 if lower.is_finite else upper - 1 if upper.is_finite else Integer(0)
        return self.sign_at(inside)

    def limit(self, end: Expr) -> Expr:
        """The limit at ∞ or -∞."""
        degree = self.numerator.degree() - self.denominator.degree()
        if self.numerator.is_zero() or degree < 0:
            return Integer(0)
        ratio = self.numerator.leading_coefficient() / self.denominator.leading_coefficient()
        leading = Rational(int(ratio.p), int(ratio.q))
        return leading if degree == 0 else leading * end**degree

    # ------------------------------------------------------------------ over intervals

    @cached_property
    def derivative(self) -> RationalFunction:
        n, d = self.numerator, self.denominator
        return RationalFunction(n.derivative() * d - n * d.derivative(), d * d)

    def __call__(self, cell: Interval, order: int) -> Derivatives:
        """The function, its slope and half its second derivative on a cell."""
        found = [self._over(cell)]
        if found[0] == WHOLE:  # a pole may be inside
            return [WHOLE] * (order + 1)
        if order:
            found += self.derivative(cell, 0)
        if order > 1:
            half = outwards(arb(fmpq(1, 2)))
            found.append(multiply(half, self.derivative.derivative(cell, 0)[0]))
        return found

    def _over(self, cell: Interval) -> Interval:
        """A half-line's values by a series in 1/x."""
        far = not cell.is_finite
        if far and cell.lower <= 0 <= cell.upper:
            return WHOLE
        above, below = (
            _horner(p.coeffs() if far else p.coeffs()[::-1], reciprocal(cell) if far else cell)
            for p in (self.numerator, self.denominator)
        )
        if below.lower <= 0 <= below.upper:
            return WHOLE
        degree = max(self.numerator.degree(), 0) - self.denominator.degree()
        ratio = divide(above, below)
        return multiply(ratio, power(reciprocal(cell), -degree)) if far else ratio


def _rational_roots(polynomial: fmpq_poly) -> tuple[Rational, ...]:
    if polynomial.degree() < 1:
        return ()
    return tuple(sorted(Rational(int(r.p), int(r.q)) for r, _ in polynomial.roots()))


def _sign(number: fmpq) -> int:
    return (number > 0) - (number < 0)


def _horner(coefficients: list[fmpq], t: Interval) -> Interval:
    """The polynomial with these coefficients in falling order of powers."""
    value = NOTHING
    for coefficient in coefficients:
        value = add(multiply(value, t), outwards(arb(coefficient)))
    return value


@lru_cache(maxsize=256)
def _has_root(coefficients: tuple[int, ...], lower: Expr, upper: Expr) -> bool:
    """Whether a polynomial without rational roots has a real root between the ends, or may have one."""
    ends = [end for end in (lower, upper) if end.is_finite]
    bits = 64
    while bits <= MOST_BITS:
        with ctx.workprec(bits):
            found: Any = fmpq_poly(list(coefficients)).numer().complex_roots()
            roots = [root.real for root, _ in found if root.imag.is_zero()]
            places = [arb(exactly(end)) for end in ends]
            if not any(root.overlaps(place) for root in roots for place in places):
                low, high = arb(-INFINITY), arb(INFINITY)
                if lower.is_finite:
                    low = places[0]
                if upper.is_finite:
                    high = places[-1]
                return any(low < root < high for root in roots)
        bits *= 2
    return True


def _read(expr: Expr, x: Symbol) -> RationalFunction | None:
    """Every step in lowest terms, so that degrees stay those of the function."""
    if expr == x:
        return RationalFunction(fmpq_poly([0, 1]), ONE)
    if expr.is_Rational:
        return RationalFunction(fmpq_poly([fmpq(int(expr.p), int(expr.q))]), ONE)
    if isinstance(expr, Pow) and expr.exp.is_Integer:
        base, n = _read(expr.base, x), abs(int(expr.exp))
        if base is None or base.degree * n > LARGEST_DEGREE or n > 10 * LARGEST_DEGREE:
            return None
        raised = RationalFunction(base.numerator**n, base.denominator**n)
        return raised if expr.exp > 0 else raised.inverse
    if not isinstance(expr, Add | Mul):
        return None
    found = RationalFunction(fmpq_poly([0 if isinstance(expr, Add) else 1]), ONE)
    for arg in expr.args:
        part = _read(arg, x)
        if part is None or max(found.degree, part.degree) > LARGEST_DEGREE:
            return None
        found = found + part if isinstance(expr, Add) else found * part
    return found if found.degree <= LARGEST_DEGREE else None
