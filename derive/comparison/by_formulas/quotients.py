"""Quotients of polynomials in as many letters as it takes, in lowest terms, by python-flint."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from flint import Ordering, fmpq, fmpq_mpoly, fmpq_mpoly_ctx

MOST_LETTERS = 100
MOST_TERMS = 2000  # of a numerator or denominator

_LETTERS = fmpq_mpoly_ctx.get([f"g{k}" for k in range(MOST_LETTERS)], Ordering.lex)
_GENERATORS: tuple[fmpq_mpoly, ...] = _LETTERS.gens()
_ONE: fmpq_mpoly = _LETTERS.constant(1)

Exponents = tuple[int, ...]


class TooLarge(Exception):
    """More letters or terms than are worked with."""


@dataclass(frozen=True)
class Quotient:
    """above/below in lowest terms; the leading coefficient below is 1, so that equal ones are the same."""

    above: fmpq_mpoly
    below: fmpq_mpoly = field(default_factory=lambda: _ONE)

    @staticmethod
    def of(above: fmpq_mpoly, below: fmpq_mpoly) -> Quotient:
        if len(above) > MOST_TERMS or len(below) > MOST_TERMS:
            raise TooLarge
        if below == _ONE:
            return Quotient(above)
        common = above.gcd(below)
        above, below = divmod(above, common)[0], divmod(below, common)[0]
        leading = below.leading_coefficient()
        return Quotient(above / leading, below / leading)

    @staticmethod
    def number(value: Any) -> Quotient:
        return Quotient(_LETTERS.constant(fmpq(int(value.p), int(value.q)) if hasattr(value, "p") else value))

    @staticmethod
    def letter(k: int) -> Quotient:
        if k >= MOST_LETTERS:
            raise TooLarge
        return Quotient(_GENERATORS[k])

    @staticmethod
    def monomial(exponents: Exponents) -> Quotient:
        return Quotient(_LETTERS.from_dict({exponents: fmpq(1)}))

    def __add__(self, other: Quotient) -> Quotient:
        if self.below == other.below:
            return Quotient.of(self.above + other.above, self.below)
        return Quotient.of(self.above * other.below + other.above * self.below, self.below * other.below)

    def __neg__(self) -> Quotient:
        return Quotient(-self.above, self.below)

    def __sub__(self, other: Quotient) -> Quotient:
        return self + -other

    def __mul__(self, other: Quotient) -> Quotient:
        if len(self.above) * len(other.above) > MOST_TERMS**2:
            raise TooLarge
        return Quotient.of(self.above * other.above, self.below * other.below)

    def __pow__(self, power: int) -> Quotient:
        if power < 0:
            return Quotient.of(self.below, self.above) ** -power
        found = Quotient.number(1)
        for _ in range(power):
            found = found * self
        return found

    def __hash__(self) -> int:
        return hash((str(self.above), str(self.below)))

    @property
    def is_polynomial(self) -> bool:
        return bool(self.below == _ONE)

    @property
    def is_zero(self) -> bool:
        return len(self.above) == 0

    @property
    def constant(self) -> fmpq | None:
        """The number that it is; None where it is none."""
        if not self.is_polynomial or any(any(e) for e in self.above.to_dict()):
            return None
        return self.above.leading_coefficient() if len(self.above) else fmpq(0)

    def terms(self) -> Iterator[tuple[Exponents, fmpq]]:
        """The products above, with their coefficients."""
        yield from self.above.to_dict().items()

    def put(self, of: Callable[[int], Quotient | None]) -> Quotient:
        """With others in the place of letters."""
        return _put(self.above, of) * _put(self.below, of) ** -1


def _put(poly: fmpq_mpoly, of: Callable[[int], Quotient | None]) -> Quotient:
    found = Quotient.number(0)
    for exponents, c in poly.to_dict().items():
        term = Quotient.number(c)
        for k, power in enumerate(exponents):
            if power:
                other = of(k)
                term = term * (Quotient.letter(k) if other is None else other) ** power
        found = found + term
    return found
