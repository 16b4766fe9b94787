"""What replacing an activation costs: the supremum of |replacement - exact|, in closed form and as a certified decimal.

The closed form comes from calculus: |D| is largest at an end, at a kink, at a zero of D', or in the limit. It is
believed only when ball arithmetic proves it (``supremum``). The Lagrange remainder stands beside it where the
replacement is a Taylor polynomial of the activation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

from sympy import (
    Expr,
    O,
    Rational,
    Symbol,
    expand,
    factorial,
    limit,
    log,
    radsimp,
    solve,
)

from derive.approximation.derivation import derivation
from derive.approximation.pieces import branch, breakpoints, opened
from derive.approximation.supremum import Candidate, Piece, Quotient, Supremum, supremum
from derive.errors import DeriveError
from derive.exact.value import Value
from derive.notation.names import Notation
from derive.notation.quantity import Quantity
from derive.notation.words import speaking, words
from derive.symbolic.activation import Activation
from derive.symbolic.activations import sigmoid, tanh
from derive.symbolic.evaluation import evaluate

x = Symbol("x")
SERIES_DEGREE = 5
RELATIVE_TOLERANCE, RELATIVE_CELLS = Fraction(1, 2**14), 2000  # a quotient is enclosed slowly near a common zero
INVERSE: dict[type[Activation], Callable[[Expr], Expr]] = {
    tanh: lambda y: _log_ratio(1 + y, 1 - y) / 2,
    sigmoid: lambda y: _log_ratio(y, 1 - y),
}


@dataclass(frozen=True)
class Lagrange:
    """The remainder of the Taylor polynomial of degree n: f⁽ⁿ⁺¹⁾(ξ)/(n+1)! (x - c)ⁿ⁺¹ for some ξ between c and x."""

    degree: int
    expr: Expr  # in x and ξ
    largest: Supremum  # of |f⁽ⁿ⁺¹⁾| on the interval
    coefficient: Expr | None  # the remainder at x is at most this times |x - c|ⁿ⁺¹
    bound: Value  # of the remainder on the whole interval


@dataclass(frozen=True)
class Approximation:
    """``exact`` replaced by ``replacement`` (an expression in x) on [lower, upper]."""

    exact: type[Activation]
    replacement: Expr
    lower: Expr
    upper: Expr
    parameters: tuple[Expr, ...] = ()  # of the exact activation

    def exact_at(self, place: Expr, **options: bool) -> Expr:
        """The exact activation, with its parameters, at a place."""
        return self.exact(place, *self.parameters, **options)

    @property
    def is_point(self) -> bool:
        return bool(self.lower == self.upper)

    @cached_property
    def difference(self) -> Expr:
        """D(x) = replacement - exact."""
        return self.replacement - self.exact_at(x)

    @cached_property
    def smooth(self) -> list[tuple[Expr, Expr, Expr, Expr]]:
        """(lower, upper, replacement, exact): the intervals between kinks and the formulas there."""
        formulas = opened(self.replacement), opened(self.exact_at(x))
        inner = {p: None for f in formulas for p in breakpoints(f, x, self.lower, self.upper)}
        ends = [self.lower, *sorted(inner), self.upper]
        return [(u, v, *(branch(f, x, _inside(u, v)) for f in formulas)) for u, v in pairwise(ends)]

    @cached_property
    def supremum(self) -> Supremum:
        """sup |D|. Raises DeriveError, saying of what, where no bound can be certified."""
        try:
            pieces = [Piece(x, u, v, r - f) for u, v, r, f in self.smooth]
            candidates = list(self._candidates())
            for u, v, r, f in self.smooth:
                if not (u.is_finite and v.is_finite) and not _is_monotone(r, f):
                    raise DeriveError("it is not monotone towards infinity; give a finite interval")
            return supremum(pieces, candidates)
        except DeriveError as e:
            where = f"at {self.lower}" if self.is_point else f"on [{self.lower}, {self.upper}]"
            raise DeriveError(f"the error of {self.replacement} for {self._name} {where}: {e}") from None

    @property
    def _name(self) -> str:
        """``tanh``, ``elu(x, 2)`` for other parameters than the defaults."""
        usual = self.parameters == tuple(self.exact.defaults.values())
        return self.exact.__name__ if usual else str(self.exact_at(x))

    def _candidates(self) -> Iterator[Candidate]:
        """Ends, kinks, limits, and the zeros of D' that can be solved for."""
        for u, v, r, f in self.smooth:
            for end in dict.fromkeys((u, v)):
                yield self._candidate(end, r - f)
            slope = r.diff(x)
            if f == self.exact_at(x) and self.exact in INVERSE and not slope.has(x) and not self.is_point:
                y = Symbol("y", real=True)
                for root in solve(self.exact.slope(x, y) - slope, y):
                    if root not in self.exact.reals:
                        continue
                    place = INVERSE[self.exact](root)
                    inside = evaluate(place)
                    if all(inside > u for u in (u,) if u.is_finite) and all(inside < v for v in (v,) if v.is_finite):
                        yield Candidate(place, _magnitude(expand(r.subs(x, place) - root)), critical=True)

    def _candidate(self, end: Expr, difference: Expr) -> Candidate:
        if end.is_finite:
            return Candidate(end, _magnitude(difference.subs(x, end)))
        elementary = difference.replace(lambda e: isinstance(e, Activation), lambda e: e.value(*e.args))
        value = limit(elementary, x, end)
        if value.is_finite is not True:
            raise DeriveError(f"it is unbounded as x → {end}; give a finite interval")
        return Candidate(end, _magnitude(value))

    @property
    def sup_error(self) -> Expr | None:
        """sup |replacement - exact| in closed form, proved; None where there is none."""
        return self.supremum.closed

    @property
    def bound(self) -> Value:
        """A number that sup |replacement - exact| does not exceed: the supremum itself where it has a closed form."""
        return self.supremum.upper

    def bound_at(self, significant: int = 5) -> str:
        """The bound as a decimal, rounded up."""
        return self.bound.upper(significant)

    @cached_property
    def relative(self) -> Supremum | None:
        """sup |replacement/exact - 1|; None where it is not defined or not finite."""
        if not (self.lower.is_finite and self.upper.is_finite):
            return None
        zero = Rational(0) if self.lower <= 0 <= self.upper and self.exact_at(0) == 0 else None
        if zero == 0 and (self.difference.subs(x, 0) != 0 or self.is_point):
            return None
        pieces = [Quotient(x, u, v, (r - f) / f, r - f, f, zero) for u, v, r, f in self.smooth]
        ends = [(e, p.value) for p in pieces for e in (p.lower, p.upper) if e != zero]
        try:
            candidates = [Candidate(e, _magnitude(q.subs(x, e))) for e, q in ends]
            return supremum(pieces, candidates, RELATIVE_TOLERANCE, RELATIVE_CELLS)
        except DeriveError:
            return None

    # ------------------------------------------------------------------ Taylor and Lagrange

    @cached_property
    def centre(self) -> Expr | None:
        """Where the Taylor series is taken: 0 where the interval has it, else its middle; None where there is none."""
        bounded = self.lower.is_finite and self.upper.is_finite
        if self.is_point or not bounded or len(self.smooth) != 1 or self.smooth[0][3].is_polynomial(x):
            return None
        return Rational(0) if self.lower <= 0 <= self.upper else (self.lower + self.upper) / 2

    @cached_property
    def _derivatives(self) -> list[Expr]:
        found = [self.smooth[0][3]]
        quotient = found[0].is_rational_function(x)  # which would grow without end if it were multiplied out
        for _ in range(SERIES_DEGREE + 2):
            slope = found[-1].diff(x)
            found.append(slope.factor() if quotient else expand(slope))
        return found

    def _terms(self) -> list[Expr]:
        return [d.subs(x, self.centre) / factorial(k) * (x - self.centre) ** k for k, d in enumerate(self._derivatives)]

    @cached_property
    def taylor(self) -> tuple[Expr, ...] | None:
        """The terms of the Taylor polynomial of degree 5 that are not zero, in rising order."""
        return None if self.centre is None else tuple(t for t in self._terms()[: SERIES_DEGREE + 1] if t != 0)

    @cached_property
    def series(self) -> Expr | None:
        """The Taylor series of the exact function."""
        if self.taylor is None:
            return None
        return sum(self.taylor) + O((x - self.centre) ** self.series_order, (x, self.centre))

    @cached_property
    def series_order(self) -> int:
        """The degree of the first term that ``taylor`` leaves out."""
        terms = self._terms()
        return next((k for k in range(SERIES_DEGREE + 1, len(terms)) if terms[k] != 0), len(terms))

    @cached_property
    def lagrange(self) -> Lagrange | None:
        """Lagrange's remainder, where the replacement is a Taylor polynomial of the exact function about the centre."""
        if self.centre is None or not self.replacement.is_polynomial(x):
            return None
        terms, target = self._terms(), expand(self.replacement)
        matching = [n for n in range(len(terms) - 1) if expand(sum(terms[: n + 1]) - target) == 0]
        if not matching:
            return None
        n = matching[-1]
        derivative = self._derivatives[n + 1]
        places = dict.fromkeys((self.centre, self.lower, self.upper))
        largest = supremum(
            [Piece(x, self.lower, self.upper, derivative)],
            [Candidate(p, _magnitude(derivative.subs(x, p)), derivative.diff(x).subs(x, p) == 0) for p in places],
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

    @property
    def remainder(self) -> Expr | None:
        """Lagrange's remainder in x and ξ."""
        return None if self.lagrange is None else self.lagrange.expr

    # ------------------------------------------------------------------ print

    def latex(self, language: str = "en") -> str:
        """The derivation as steps, in an ``aligned`` environment; its few words in that language (en or de)."""
        with speaking(language):
            return derivation(self, words(language))

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def __repr__(self) -> str:
        write = Notation({"x": Quantity("x", time="")}).unicode
        where = "" if self.is_point else f" on [{self.lower}, {self.upper}]"
        exact = write(self.exact_at(self.lower if self.is_point else x, evaluate=False))
        closed = "" if self.sup_error is None else f" = {write(self.sup_error)}"
        bound = self.bound.rounded_up(5).unicode()
        return f"{exact} ≈ {write(self.replacement)}{where}: error{closed} ≤ {bound}"


def _log_ratio(a: Expr, b: Expr) -> Expr:
    """log(a/b), as minus the logarithm of what is above 1: so x and -x are written with the same logarithm."""
    return log(expand(radsimp(a / b))) if evaluate(a) >= evaluate(b) else -log(expand(radsimp(b / a)))


def _inside(lower: Expr, upper: Expr) -> Rational:
    """A point of the interval, in its interior where it has one."""
    if lower.is_finite and upper.is_finite:
        return (lower + upper) / 2
    return lower + 1 if lower.is_finite else upper - 1 if upper.is_finite else Rational(0)


def _magnitude(value: Expr) -> Expr:
    """|value| for a number, written without the bars; 1 - σ(a) is σ(-a)."""
    value = -value if evaluate(value).sign() == -1 else value
    gates = sorted(value.atoms(sigmoid), key=str)
    if len(gates) == 1 and value == 1 - gates[0]:
        return sigmoid(-gates[0].args[0])
    return expand(value)


def _is_monotone(replacement: Expr, exact: Expr) -> bool:
    """Whether their difference is certainly monotone: one is linear, and its slope is outside the other's slopes."""
    for line, curve in ((replacement, exact), (exact, replacement)):
        slope = line.diff(x)
        if slope.has(x):
            continue
        if not curve.diff(x).has(x):
            return True
        if not isinstance(curve, Activation) or curve.args != (x, *curve.defaults.values()):
            continue  # what is known of slopes is known for the default parameters
        if curve.increasing and curve.max_slope is not None:
            return bool(slope <= 0 or slope >= curve.max_slope)
    return False
