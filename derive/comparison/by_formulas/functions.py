"""Functions of quotients by letters that no identity joins, as far as that is known: a rule for each function's name.

Exponentials are products of those of independent sums; σ, the hyperbolic functions and what is made of them are
quotients of these. A logarithm is a sum of those of irreducible factors, a root a product of theirs. Sines and cosines
are polynomials in those of independent angles.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import prod
from typing import Any

from flint import fmpq
from sympy import Add, Pow, Rational, cos, factorint, log, pi, sin

from derive.comparison.by_formulas.bent import HALF, ONE, TWO, ZERO, Bent
from derive.comparison.by_formulas.letters import Key, combination, parts_by
from derive.comparison.by_formulas.quotients import MOST_LETTERS, Quotient, TooLarge
from derive.comparison.by_formulas.signs import PI

MOST_PRIMES = 10_000  # to which the factors of numbers are looked for
MOST_TIMES = 12  # that an angle is taken
PARTS_OF_PI = (1, 2, 3, 4, 6)  # of which sine and cosine have square roots alone

Rule = Callable[..., Quotient]


@dataclass
class Functions(Bent):
    """One evaluation. partial: what has to be other than 0, or positive, or not negative, and may be something else."""

    partial: set[Key] = field(default_factory=set)
    _exponents: list[Quotient] = field(default_factory=list)
    _angles: list[Quotient] = field(default_factory=list)

    def rule(self, name: str) -> Rule | None:
        """What that function is of quotients; None where nothing is known of it."""
        found: Rule | None = getattr(self, f"_{name}", None)
        return found

    def inverse(self, value: Quotient) -> Quotient:
        if value.is_zero:
            raise ZeroDivisionError
        _, factors = self._factors(Quotient(value.above))
        self.partial |= {("not 0", str(f)) for f, _ in factors if not self.is_positive(f)}
        return value**-1

    def leave_out(self, kind: str, of: Quotient) -> None:
        """Note where a quotient is none, a logarithm or a root of it."""
        if kind == "inverse":
            self.inverse(of)
        elif kind == "log":
            self._log(of)
        else:
            number, factors = self._factors(of)
            signed = {(str(f), p % 2 * (not self.is_nonnegative(f))) for f, p in factors if not self.is_positive(f)}
            if number < 0 or any(is_odd for _, is_odd in signed):
                self.partial.add(("root", number > 0, frozenset(signed)))

    @property
    def left_out(self) -> set[Key]:
        """``partial`` without what is said already: what is positive is not 0."""
        positive = {f for kind, *_, factors in self.partial if kind == "positive" for f in factors}
        return {key for key in self.partial if key[0] != "not 0" or key[1] not in positive}

    def constant(self, number: Any) -> Quotient:
        """A number of SymPy: a rational one, π, roots and logarithms of what is positive, their sums and products."""
        if isinstance(number, Rational):
            return Quotient.number(number)
        if number is pi:
            return self._letter(*PI)
        args = [self.constant(a) for a in number.args]
        if isinstance(number, log):
            return self._log(args[0])
        if isinstance(number, Pow) and isinstance(power := number.exp, Rational):
            return self._root(args[0], fmpq(int(power.p), int(power.q)))
        return sum(args, ZERO) if isinstance(number, Add) else prod(args, start=ONE)

    def _related(self, power: int, equal: Quotient, *key: Any) -> Quotient:
        """A letter of which that power is a quotient of others."""
        found = self._letter(*key)
        self.letters.relations[self.letters.keys[key]] = power, equal
        return found

    def _factors(self, of: Quotient) -> tuple[fmpq, list[tuple[Any, int]]]:
        """A number and the irreducible factors with their powers: those that are nowhere positive with the other sign,
        all others with 1 before the first term."""
        number, found = of.above.factor()[0] / of.below.factor()[0], []
        for poly, sign in ((of.above, 1), (of.below, -1)):
            for f, p in poly.factor()[1]:
                first = f.leading_coefficient()
                number, f = number * first ** (sign * p), f / first
                if self.is_nonnegative(-f):
                    number, f = number * (-1) ** p, -f
                found.append((f, sign * p))
        return number, found

    # ------------------------------------------------------------------ exponentials, logarithms and powers

    def _exp(self, of: Quotient) -> Quotient:
        """e^(n log f) is f^n; else a product of powers of exponentials that are letters."""
        factor = ONE
        if of.is_polynomial:
            for exponents, c in list(of.terms()):
                key = self.letters.only(exponents)
                if key is not None and key[0] == "log" and (known := self._raised(key[1], c)) is not None:
                    factor = factor * known
                    of = of - Quotient.number(c) * Quotient.monomial(exponents)
        if of.is_zero:
            return factor
        for b, w in self._parts(of, self._exponents):
            power = self.letters.part(("exp", b), w)
            factor = factor * self._letter("exp", b, self.letters.roots["exp", b]) ** power
        return factor

    @staticmethod
    def _parts(of: Quotient, basis: list[Quotient]) -> list[tuple[Quotient, fmpq]]:
        """A quotient by ones that are independent, with their numbers; it is one of them where it is no sum of them."""
        weights = combination(of, basis)
        if weights is None:
            basis.append(of)
            return [(of, fmpq(1))]
        return [(b, w) for b, w in zip(basis, weights, strict=True) if w]

    def _raised(self, of: Quotient, power: fmpq) -> Quotient | None:
        """|f| to a power, f being irreducible; None where that is not known."""
        if self.is_positive(of.above):
            return self._positive(of, power)
        if power.q == 1:
            return (of if power.p % 2 == 0 else self._Abs(of)) ** int(power.p)
        return None

    def _positive(self, of: Quotient, power: fmpq) -> Quotient:
        """A power of what is positive, or of which there is a power: by the part of it that is a letter."""
        key = self.letters.alone(of)
        if key is not None and key[0] == "exp":
            return self._exp(key[1] * Quotient.number(power / key[2]))
        if key is not None and key[0] == "root":
            return self._positive(key[1], power / key[2])
        times = self.letters.part(("root", of), power)
        parts = self.letters.roots["root", of]
        if parts == 1:
            return of**times
        one = self._related(parts, of, "root", of, parts)
        return of ** (times // parts) * one ** (times % parts)

    def _root(self, of: Quotient, power: fmpq) -> Quotient:
        """A power that is no whole number, where there is one."""
        of = self.letters.reduced(of)
        if of.is_zero:
            return ZERO
        number, factors = self._factors(of)
        found, rest = ONE, ONE
        for f, p in factors:
            if self.is_positive(f):
                found = found * self._positive(Quotient(f), p * power)
            elif p % 2 == 0 and (p * power).q == 1:
                found = found * self._Abs(Quotient(f)) ** int((p * power).p)
            else:
                rest = rest * Quotient(f) ** p
        for prime, p in _primes(abs(number)):
            found = found * self._positive(Quotient.number(prime), p * power)
        rest = rest * Quotient.number(1 if number > 0 else -1)
        return found if rest == ONE else found * self._positive(rest, power)

    def _log(self, of: Quotient) -> Quotient:
        """The sum of the logarithms of the sizes of the factors."""
        of = self.letters.reduced(of)
        if of.is_zero:
            raise ZeroDivisionError
        number, factors = self._factors(of)
        unsure = [(str(f), p) for f, p in factors if not self.is_positive(f)]
        odd = frozenset(f for f, p in unsure if p % 2)
        if odd or number < 0:
            self.partial.add(("positive", number > 0, odd))
        self.partial |= {("not 0", f) for f, p in unsure if p % 2 == 0}
        found = ZERO
        for prime, p in _primes(abs(number)):
            found = found + Quotient.number(p) * self._letter("log", Quotient.number(prime))
        for f, p in factors:
            found = found + Quotient.number(p) * self._log_of_size(Quotient(f))
        return found

    def _log_of_size(self, of: Quotient) -> Quotient:
        key = self.letters.alone(of)
        if key is None or key[0] not in ("exp", "root"):
            return self._letter("log", of)
        kind, inner, parts = key
        return (self._log(inner) if kind == "root" else inner) * Quotient.number(fmpq(1, parts))

    def _sigmoid(self, of: Quotient) -> Quotient:
        e = self._exp(of)
        return e * (e + ONE) ** -1

    def _softplus(self, of: Quotient) -> Quotient:
        return self._log(self._exp(of) + ONE)

    def _silu(self, of: Quotient) -> Quotient:
        return of * self._sigmoid(of)

    def _tanh(self, of: Quotient) -> Quotient:
        return TWO * self._sigmoid(TWO * of) - ONE

    def _cosh(self, of: Quotient) -> Quotient:
        e = self._exp(of)
        return HALF * (e + e**-1)

    def _sinh(self, of: Quotient) -> Quotient:
        e = self._exp(of)
        return HALF * (e - e**-1)

    def _elu(self, of: Quotient, alpha: Quotient) -> Quotient:
        positive = self._relu(of)
        return positive + alpha * (self._exp(of - positive) - ONE)

    def _asinh(self, of: Quotient) -> Quotient:
        return self._log(of + self._root(of**2 + ONE, fmpq(1, 2)))

    # ------------------------------------------------------------------ odd functions

    def _atan(self, of: Quotient) -> Quotient:
        return self._odd("atan", of)

    def _erf(self, of: Quotient) -> Quotient:
        return self._odd("erf", of)

    def _erfc(self, of: Quotient) -> Quotient:
        return ONE - self._erf(of)

    def _gelu(self, of: Quotient) -> Quotient:
        return HALF * of * (ONE + self._erf(of * self._root(HALF, fmpq(1, 2))))

    # ------------------------------------------------------------------ angles

    def _cos(self, of: Quotient) -> Quotient:
        return self._turn(of)[0]

    def _sin(self, of: Quotient) -> Quotient:
        return self._turn(of)[1]

    def _turn(self, of: Quotient) -> tuple[Quotient, Quotient]:
        """The cosine and the sine, by those of what is a number, of simple parts of π, and of the rest."""
        of = self.letters.reduced(of)
        number = fmpq(0)
        if of.is_polynomial:
            number = of.above.to_dict().get((0,) * MOST_LETTERS, number)
            of = of - Quotient.number(number)
        found = self._angle(Quotient.number(number)) if number else (ONE, ZERO)
        turns = parts_by(of.above, self.letters.letter(PI)).get(1)
        c = None if turns is None else Quotient.of(turns, of.below).constant
        if c is not None:
            part = c if c.q in PARTS_OF_PI else fmpq(round(float(2 * c.p) / float(c.q)), 2)
            of = of - Quotient.number(part) * self._letter(*PI)
            found = _turned(found, self._part_of_pi(part))
        return found if of.is_zero else _turned(found, self._angle(of))

    def _part_of_pi(self, c: fmpq) -> tuple[Quotient, Quotient]:
        angle = Rational(int(c.p), int(c.q)) * pi
        return self.constant(cos(angle)), self.constant(sin(angle))

    def _angle(self, of: Quotient) -> tuple[Quotient, Quotient]:
        found = ONE, ZERO
        for b, w in self._parts(of, self._angles):
            times = self.letters.part(("turn", b), w)
            if abs(times) > MOST_TIMES:
                raise TooLarge
            cos = self._letter("cos", b, self.letters.roots["turn", b])
            sin = self._related(2, ONE - cos**2, "sin", b, self.letters.roots["turn", b])
            for _ in range(abs(times)):
                found = _turned(found, (cos, sin if times > 0 else -sin))
        return found


def _turned(a: tuple[Quotient, Quotient], b: tuple[Quotient, Quotient]) -> tuple[Quotient, Quotient]:
    """The cosine and the sine of a sum of angles."""
    return a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]


def _primes(number: fmpq) -> list[tuple[int, int]]:
    """The factors of a positive number and their powers: primes, as far as they are found."""
    both = ((int(number.p), 1), (int(number.q), -1))
    return [(int(f), sign * p) for n, sign in both for f, p in factorint(n, limit=MOST_PRIMES).items() if f != 1]
