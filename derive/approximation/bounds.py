"""What replacing an activation costs: the supremum of |replacement - exact|, in closed form and as a certified decimal.

The closed form comes from calculus: |D| is largest at an end, at a kink, at a zero of D', or in the limit. It is
believed only when interval arithmetic proves it (``supremum``). The Lagrange remainder stands beside it where the
replacement is a Taylor polynomial of the activation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, ClassVar

from sympy import Expr, Rational, Symbol, oo

from derive.approximation.candidates import Candidate, at_ends, merged
from derive.approximation.derivation import PLACE_DIGITS, Step, derivation
from derive.approximation.difference import supremum_of_difference
from derive.approximation.expansion import Expansion, Lagrange
from derive.approximation.pieces import Piece, Quotient
from derive.approximation.ranges import Property, is_monotone, stays_within
from derive.approximation.segments import Segment, segments
from derive.approximation.supremum import Supremum, supremum
from derive.errors import DeriveError, shown
from derive.exact.numeral import exact_rational
from derive.exact.value import Value
from derive.later import later
from derive.notation.names import Notation
from derive.notation.quantity import Quantity
from derive.notation.words import speaking, words
from derive.symbolic.activation import Activation
from derive.symbolic.evaluation import evaluate

if TYPE_CHECKING:
    from derive.figures.drawing import Drawing

x = Symbol("x")
MOST_PLACE_DIGITS, NEARLY = 40, Rational(999, 1000)  # of a place, and what of the largest error is reached there
RELATIVE_TOLERANCE, RELATIVE_WORK = Fraction(1, 2**14), 200_000  # a quotient is enclosed slowly near a common zero


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

    meaning: ClassVar[Any] = ()  # steps of a derivation that say what the replacement is

    @property
    def is_point(self) -> bool:
        return bool(self.lower == self.upper)

    @cached_property
    def difference(self) -> Expr:
        """D(x) = replacement - exact."""
        return self.replacement - self.exact_at(x)

    @cached_property
    def segments(self) -> list[Segment]:
        """The intervals between kinks, and the points between them, with the formulas (replacement, exact) there."""
        return segments((self.replacement, self.exact_at(x)), x, self.lower, self.upper)

    @cached_property
    def smooth(self) -> list[tuple[Expr, Expr, Expr, Expr]]:
        """(lower, upper, replacement, exact): the intervals between kinks and the formulas there."""
        return [(s.lower, s.upper, *s.formulas) for s in self.segments if self.is_point or not s.is_point]

    @cached_property
    def supremum(self) -> Supremum:
        """sup |D|. Raises DeriveError, saying of what, where no bound can be certified."""
        try:
            return supremum_of_difference(self)
        except RecursionError:
            raise DeriveError(
                f"the replacement of {self._name} is nested too deeply; write a simpler formula"
            ) from None
        except DeriveError as e:
            where = f"at {self.lower}" if self.is_point else f"on [{self.lower}, {self.upper}]"
            raise DeriveError(f"the error of {self.replacement} for {self._name} {where}: {e}") from None

    @property
    def _name(self) -> str:
        """``tanh``, ``elu(x, 2)`` for other parameters than the defaults."""
        usual = self.parameters == tuple(self.exact.defaults.values())
        return self.exact.__name__ if usual else str(self.exact_at(x))

    @property
    def sup_error(self) -> Expr | None:
        """sup |replacement - exact| in closed form, proved; None where there is none."""
        return self.supremum.closed

    @property
    def bound(self) -> Value:
        """A number that sup |replacement - exact| does not exceed: the supremum itself where it has a closed form."""
        return self.supremum.upper

    @cached_property
    def reached(self) -> tuple[Expr, Value] | None:
        """Where the error is largest, or nearly so, and how large it certainly is there or in the limit.

        A place that has no closed form is a decimal beside it. None where that is not known of a point, as at a jump.
        """
        place = self.supremum.place
        if place is None or self.supremum.closed is not None or not place.is_Rational:
            return None if place is None else (place, self.supremum.lower)
        for digits in (PLACE_DIGITS, MOST_PLACE_DIGITS):  # more beside a jump
            decimal = min(max(Value.of(place).significant(digits).rational, self.lower), self.upper)
            value = abs(evaluate(self.difference, {x: Value.of(decimal)}))
            if (value - self.supremum.lower * NEARLY).sign() != -1:
                return decimal, value
        return None

    def bound_at(self, significant: int = 5) -> str:
        """The bound as a decimal, rounded up."""
        return self.bound.upper(significant)

    @property
    def relative(self) -> Supremum | None:
        """sup |replacement/exact - 1|; None where it is not defined or not finite."""
        return _relative(self)

    def quotient(self, segment: Segment) -> Quotient:
        """replacement/exact - 1 on a segment, also where both vanish together."""
        r, f = segment.formulas
        ends = segment.lower, Rational(0), segment.upper
        zero = next((e for e in ends if _vanish((r - f, f), e, segment)), None)
        return Quotient(x, segment.lower, segment.upper, (r - f) / f, r - f, f, zero)

    # ------------------------------------------------------------------ the replacement's range

    def stays_within(self, least: Any, most: Any) -> Property:
        """Whether the replacement is nowhere below ``least`` nor above ``most`` on the interval: proved, or refuted
        with a point. ``-oo`` and ``oo`` are no bound. Raises DeriveError where no number lies between the bounds."""
        low, high = map(end, (least, most))
        if low > high:
            raise DeriveError(f"bounds {low} and {high}: the first is above the second; write the lower one first")
        if low == oo or high == -oo:
            raise DeriveError(f"bounds {low} and {high}: no number lies between them; write -oo or oo for no bound")
        where = f"in [{self.lower}, {self.upper}]"
        return stays_within(f"{low} ≤ {self.replacement} ≤ {high} for x {where}", self.segments, low, high)

    def is_monotone(self, rises: bool = True) -> Property:
        """Whether the replacement never falls on the interval, or never rises: proved, or refuted with a point."""
        if not isinstance(rises, bool):
            raise DeriveError(f"rises is {shown(rises)}, expected True or False")
        what = f"{self.replacement} {'does not fall' if rises else 'does not rise'} on [{self.lower}, {self.upper}]"
        return is_monotone(what, self.segments, rises)

    # ------------------------------------------------------------------ Taylor and Lagrange

    @cached_property
    def expansion(self) -> Expansion | None:
        """The exact function about 0 where the interval has it, else about its middle; None where it has no series."""
        bounded = self.lower.is_finite and self.upper.is_finite
        if self.is_point or not bounded or len(self.smooth) != 1 or self.smooth[0][3].is_polynomial(x):
            return None
        centre = Rational(0) if self.lower <= 0 <= self.upper else (self.lower + self.upper) / 2
        return Expansion(self.smooth[0][3], self.lower, self.upper, centre)

    @property
    def centre(self) -> Expr | None:
        """Where the Taylor series is taken; None where there is none."""
        return None if self.expansion is None else self.expansion.centre

    @property
    def taylor(self) -> tuple[Expr, ...] | None:
        """The terms of the Taylor polynomial of degree 5 that are not zero, in rising order."""
        return None if self.expansion is None else self.expansion.polynomial

    @property
    def series(self) -> Expr | None:
        """The Taylor series of the exact function."""
        return None if self.expansion is None else self.expansion.series

    @cached_property
    def lagrange(self) -> Lagrange | None:
        """Lagrange's remainder, where the replacement is a Taylor polynomial of the exact function about the centre."""
        return None if self.expansion is None else self.expansion.lagrange(self.replacement)

    @property
    def remainder(self) -> Expr | None:
        """Lagrange's remainder in x and ξ."""
        return None if self.lagrange is None else self.lagrange.expr

    # ------------------------------------------------------------------ print

    def derivation(self, language: str = "en") -> list[Step]:
        """The derivation as steps (left side, relation, right side) in LaTeX; its few words in that language."""
        with speaking(language):
            return derivation(self, words(language))

    def latex(self, language: str = "en") -> str:
        """The derivation in an ``aligned`` environment; its few words in that language (en or de)."""
        lines = " \\\\\n".join(f"{left} &{relation} {right}" for left, relation, right in self.derivation(language))
        return f"\\begin{{aligned}}\n{lines}\n\\end{{aligned}}"

    @later
    def plot(self, *arguments: Any, width: float = 252.0) -> Drawing:
        """The error, replacement minus exact, over the interval; arguments as dots, ringed outside the interval.

        width: in pt. Raises DeriveError for an argument that is no number.
        """
        raise NotImplementedError

    @later
    def _repr_html_(self) -> str:
        raise NotImplementedError

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"

    def __repr__(self) -> str:
        write = Notation({"x": Quantity("x", time="")}).unicode
        where = "" if self.is_point else f" on [{self.lower}, {self.upper}]"
        exact = write(self.exact_at(self.lower if self.is_point else x, evaluate=False))
        closed = "" if self.sup_error is None else f" = {write(self.sup_error)}"
        bound = self.bound.rounded_up(5).unicode()
        return f"{exact} ≈ {write(self.replacement)}{where}: error{closed} ≤ {bound}"


def end(given: Any) -> Expr:
    """The end of an interval: a rational, or ±∞. Raises DeriveError for what is no number."""
    return oo if given == oo else -oo if given == -oo else exact_rational(given)


@lru_cache(maxsize=256)  # many runs have the same claim
def _relative(a: Approximation) -> Supremum | None:
    if not (a.lower.is_finite and a.upper.is_finite):
        return None
    pieces: list[Piece] = []
    candidates: list[Candidate] = []
    for segment in a.segments:
        r, f = segment.formulas
        if segment.is_point and f.subs(x, segment.lower) == 0:
            if a.is_point or (r - f).subs(x, segment.lower) != 0:
                return None
            continue
        candidates += at_ends(segment, (r - f) / f)
        if not segment.is_point:
            pieces.append(a.quotient(segment))
    try:
        return supremum(pieces, merged(candidates), RELATIVE_TOLERANCE, RELATIVE_TOLERANCE, RELATIVE_WORK)
    except DeriveError:
        return None


def _vanish(formulas: Sequence[Expr], place: Expr, segment: Segment) -> bool:
    """Whether the place is on the segment, and all formulas are 0 there."""
    return bool(segment.lower <= place <= segment.upper) and all(f.subs(x, place) == 0 for f in formulas)
