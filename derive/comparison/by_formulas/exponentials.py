"""Quotients of exponentials as logistic functions: e^a/(1 + e^a), 1/(1 + e^{-a}), e^a/(e^a + e^b) are σ of something.

With E = e^a, σ(a) = E/(1 + E) and E = σ/(1 - σ): a product of such is taken as a quotient of polynomials in the E, put
in lowest terms, and written in the σ. Where that leaves a denominator, the sum stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from math import gcd
from typing import Any

from sympy import Rational

from derive.comparison.by_formulas.poly import Atom, Monomial, Poly, letter, number, total
from derive.comparison.by_formulas.quotients import Exponents, Quotient, TooLarge

MOST = 12  # terms of a sum that is taken as one quotient

Logistic = Callable[[Poly], Poly]


def in_logistic(poly: Poly, logistic: Logistic) -> Poly:
    """A sum in which quotients of exponentials are written in σ, as ``logistic`` makes it.

    Term by term, and of what then has exponentials still, all at once.
    """
    if not any(map(_has_exponentials, poly.terms)):
        return poly
    found, left = number(Rational(0)), {}
    for m, c in poly.terms.items():
        new = _written(Poly({m: c}), logistic) if _is_mixed([m]) else None
        if new is None:
            left[m] = c
        else:
            found = found.plus(new)
    together = {m: c for m, c in left.items() if _has_exponentials(m)}
    if 1 < len(together) <= MOST and _is_mixed(together):
        new = _written(Poly(together), logistic)
        if new is not None:
            found = found.plus(new)
            left = {m: c for m, c in left.items() if m not in together}
    return found.plus(Poly(left))


def ratio_of(a: Poly, b: Poly) -> Any:
    """The number r with a = r b; None where there is none."""
    if a.terms.keys() != b.terms.keys() or not b.terms:
        return None
    first = next(iter(b.terms))
    r = a.terms[first] / b.terms[first]
    return r if all(a.terms[m] == r * c for m, c in b.terms.items()) else None


def _is_inverse(atom: Atom) -> bool:
    return atom.kind == "power" and atom.more == (Rational(-1),)


def _has_exponentials(m: Monomial) -> bool:
    """Whether there are exponentials among the factors, or below."""
    return any(a.kind == "exp" or (_is_inverse(a) and any(map(_has_exponentials, a.args[0].terms))) for a, _ in m)


def _is_mixed(of: Iterable[Monomial]) -> bool:
    """Whether exponentials stand below, or beside a σ of a multiple of what they are of."""
    atoms = {a for m in of for a, _ in m}
    exponentials = [a.args[0] for a in atoms if a.kind == "exp"]
    return any(_is_inverse(a) and any(map(_has_exponentials, a.args[0].terms)) for a in atoms) or any(
        ratio_of(a.args[0], e) is not None for a in atoms if a.kind == "sigmoid" for e in exponentials
    )


@dataclass
class _Field:
    """The letters of a quotient: exponentials of multiples of some sums, and the other atoms."""

    directions: list[Poly] = field(default_factory=list)
    units: list[Any] = field(default_factory=list)
    atoms: list[Atom] = field(default_factory=list)

    def note(self, poly: Poly) -> None:
        """Learn the exponentials of a sum, each direction with the largest number of which all are multiples."""
        for m in poly.terms:
            for atom, _ in m:
                if atom.kind in ("exp", "sigmoid"):
                    self._direction(atom.args[0])
                elif _is_inverse(atom):
                    self.note(atom.args[0])

    def _direction(self, of: Poly) -> None:
        for k, u in enumerate(self.directions):
            if (r := ratio_of(of, u)) is not None:
                unit = self.units[k]
                self.units[k] = Rational(gcd(r.p * unit.q, unit.p * r.q), r.q * unit.q)
                return
        self.directions.append(of)
        self.units.append(Rational(1))

    def value(self, poly: Poly) -> Quotient:
        found = Quotient.number(0)
        for m, c in poly.terms.items():
            term = Quotient.number(c)
            for atom, power in m:
                term = term * self._atom(atom) ** power
            found = found + term
        return found

    def _atom(self, atom: Atom) -> Quotient:
        if atom.kind in ("exp", "sigmoid") and atom.args[0].terms:
            k, r = next((k, r) for k, u in enumerate(self.directions) if (r := ratio_of(atom.args[0], u)) is not None)
            e = Quotient.letter(k) ** int(r / self.units[k])
            return e if atom.kind == "exp" else e * (e + Quotient.number(1)) ** -1
        if _is_inverse(atom):
            return self.value(atom.args[0]) ** -1
        if atom not in self.atoms:
            self.atoms.append(atom)
        return Quotient.letter(len(self.directions) + self.atoms.index(atom))

    def sums(self, weights: Sequence[int]) -> Poly:
        """The sum of multiples of what the exponentials are of."""
        pairs = zip(weights, self.directions, self.units, strict=False)
        return total(u.times(number(Rational(w) * unit)) for w, u, unit in pairs if w)


def _written(poly: Poly, logistic: Logistic) -> Poly | None:
    letters = _Field()
    letters.note(poly)
    try:
        value = letters.value(poly)
        return _one_direction(value, letters, logistic) or _each_direction(value, letters, logistic)
    except (TooLarge, ZeroDivisionError):
        return None


def _one_direction(value: Quotient, letters: _Field, logistic: Logistic) -> Poly | None:
    """Where all products of the exponentials are powers of one, above and below, up to a common factor."""
    n = len(letters.directions)
    below = list(value.below.to_dict())
    start = below[0][:n]
    exponents = [_minus(e[:n], start) for e in (*value.above.to_dict(), *below)]
    step = _common_step(exponents)
    if step is None or len(below) == 1:
        return None
    place = next(k for k, s in enumerate(step) if s)

    def in_one(e: Exponents) -> int:
        return _minus(e[:n], start)[place] // step[place]

    return _polynomial(value, n, [letters.sums(step)], lambda e: (in_one(e),), letters, logistic)


def _each_direction(value: Quotient, letters: _Field, logistic: Logistic) -> Poly | None:
    """Every exponential by itself, as a power of that of the largest common multiple."""
    n = len(letters.directions)
    terms = [*value.above.to_dict(), *value.below.to_dict()]
    steps = [gcd(*(e[k] for e in terms)) or 1 for k in range(n)]
    arguments = [letters.sums([steps[j] if j == k else 0 for j in range(n)]) for k in range(n)]
    return _polynomial(
        value, n, arguments, lambda e: tuple(e[k] // steps[k] for k in range(n)), letters, logistic
    )  # fmt: skip


def _polynomial(
    value: Quotient,
    n: int,
    arguments: Sequence[Poly],
    powers: Callable[[Exponents], tuple[int, ...]],
    letters: _Field,
    logistic: Logistic,
) -> Poly | None:
    """In σ: with E = σ/(1 - σ), and none where a denominator is left."""
    terms = [*value.above.to_dict(), *value.below.to_dict()]
    least = [min(powers(e)[k] for e in terms) for k in range(len(arguments))]
    most = [max(powers(e)[k] for e in terms) for k in range(len(arguments))]

    def in_sigma(of: Mapping[Exponents, Any]) -> Quotient:
        found = Quotient.number(0)
        for e, c in of.items():
            term = Quotient.number(c) * Quotient.monomial((0,) * n + e[n:])
            for k, p in enumerate(powers(e)):
                s = Quotient.letter(k)
                term = term * s ** (p - least[k]) * (Quotient.number(1) - s) ** (most[k] - p)
            found = found + term
        return found

    quotient = in_sigma(value.above.to_dict()) * in_sigma(value.below.to_dict()) ** -1
    if not quotient.is_polynomial:
        return None
    sigmas = [logistic(a) if a.terms else number(Rational(1, 2)) for a in arguments]
    found = number(Rational(0))
    for e, c in quotient.terms():
        factors = [(s, e[k]) for k, s in enumerate(sigmas)] + [
            (letter(a), e[n + j]) for j, a in enumerate(letters.atoms)
        ]
        term = number(Rational(int(c.p), int(c.q)))
        for factor, power in factors:
            for _ in range(power):
                term = term.times(factor)
        found = found.plus(term)
    return found


def _minus(a: Exponents, b: Exponents) -> Exponents:
    return tuple(x - y for x, y in zip(a, b, strict=True))


def _common_step(of: Sequence[Exponents]) -> Exponents | None:
    """The largest step of which all are multiples; None where they lie on no line."""
    longest = next((e for e in of if any(e)), None)
    if longest is None:
        return None
    direction = tuple(x // gcd(*longest) for x in longest)
    place = next(k for k, x in enumerate(direction) if x)
    multiples = []
    for e in of:
        m, rest = divmod(e[place], direction[place])
        if rest or e != tuple(m * x for x in direction):
            return None
        multiples.append(m)
    step = reduce(gcd, multiples, 0)
    return tuple(step * x for x in direction)
