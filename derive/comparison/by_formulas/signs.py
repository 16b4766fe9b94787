"""On which side of 0 quotients are, between given ends of some sums."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flint import fmpq, fmpq_mpoly

from derive.comparison.by_formulas.letters import Letters, parts_by
from derive.comparison.by_formulas.quotients import MOST_LETTERS, Quotient

PI = ("number", "pi")
Between = Mapping[Quotient, tuple[fmpq | None, fmpq | None]]


@dataclass
class Signs:
    """between: of sums, the ends between which they are, or twice what they are.

    bends: (sum, number) where a sign changes, and it is not known on which side the sum is. inside: whether what is
    asked is of other units too, of which ``between`` says nothing.
    """

    letters: Letters
    between: Between = field(default_factory=dict)
    bends: list[tuple[Quotient, fmpq]] = field(default_factory=list)
    inside: int = 0

    def sign(self, of: Quotient, strict: bool = False) -> int | None:
        """1 where it is not negative, -1 where it is not positive (strict: and not 0), 0 where it is 0; None where that
        is not known."""
        if (number := of.constant) is not None:
            return (number > 0) - (number < 0)
        below = 1 if self.is_nonnegative(of.below) else -1 if self.is_nonnegative(-of.below) else 0
        if below:
            seen = self.is_positive if strict else self.is_nonnegative
            for sign, above in ((below, of.above), (-below, -of.above)):
                if seen(above):
                    return sign
            number, factors = of.above.factor()
            if sum(p for _, p in factors) > 1:
                return self._sign_of_product(below if number > 0 else -below, factors, strict)
        c = of.above.leading_coefficient()
        direction, at = self._placed(of * Quotient.number(1 / c))
        low, high = self.between.get(direction, (None, None)) if not self.inside else (None, None)
        sign = 1 if c > 0 else -1
        if (key := self.letters.alone(direction)) is not None and key[0] == "exp" and at == 1:  # e^b > 1 where b > 0
            inner = self.sign(key[1], strict)
            return None if inner is None else sign * inner
        if low is not None and low == high == at:
            return 0
        if low is not None and low >= at:
            return sign
        if high is not None and high <= at:
            return -sign
        if not self.inside:
            self.bends.append((direction, at))
        return None

    def _placed(self, of: Quotient) -> tuple[Quotient, fmpq]:
        """A sum that differs from it by a number, and what that sum is where this is 0: one that is known already."""
        for direction in self.between:
            if (more := (of - direction).constant) is not None:
                return direction, -more
        start = (0,) * MOST_LETTERS
        number = of.above.to_dict().get(start, fmpq(0)) if of.is_polynomial else fmpq(0)
        return of - Quotient.number(number), -number

    def _sign_of_product(self, sign: int, factors: list[tuple[fmpq_mpoly, int]], strict: bool) -> int | None:
        for f, p in factors:
            if (found := self.sign(Quotient(f), strict or p % 2 == 0)) is None:
                return None
            sign *= found**p
        return sign

    def is_positive(self, poly: fmpq_mpoly) -> bool:
        """Whether it is a sum of products that are nowhere negative, one of which is nowhere 0, or a square root and
        more than what it is of allows to be as negative."""
        poly = self._from_ends(poly)
        if self._is_sum_of_nonnegative(poly):
            return any(all(self._is_never_zero(k) for k, p in enumerate(e) if p) for e in poly.to_dict())
        return any(self._outweighs(k, poly) for k in self._letters_of(poly) if self.letters.of[k][0] == "root")

    def _is_never_zero(self, k: int) -> bool:
        kind, *of = self.letters.of[k]
        return (
            kind == "exp"
            or (kind, *of) == PI
            or (kind == "root" and self.is_positive(of[0].above) and self.is_positive(of[0].below))
        )

    def _outweighs(self, k: int, poly: fmpq_mpoly) -> bool:
        """Whether y √b is more than |x| where it is y √b + x: y is nowhere negative, and y² b - x² positive."""
        parts = parts_by(poly, k)
        if self.letters.of[k][2] != 2 or max(parts) != 1:
            return False
        y, x, b = parts[1], parts.get(0, parts[1] * 0), self.letters.of[k][1]
        gap = y**2 * b.above - x**2 * b.below
        return self._is_sum_of_nonnegative(y) and self.is_positive(b.below) and self.is_positive(gap)

    def is_nonnegative(self, poly: fmpq_mpoly) -> bool:
        """Whether it is a sum of products that are nowhere negative."""
        return self._is_sum_of_nonnegative(self._from_ends(poly))

    def _from_ends(self, poly: fmpq_mpoly) -> fmpq_mpoly:
        """In letters that are what is beyond one of their ends."""
        return Quotient(poly).put(self._beyond).above if any(map(self._beyond, self._letters_of(poly))) else poly

    def _ends(self, k: int) -> tuple[fmpq | None, fmpq | None]:
        return self.between.get(Quotient.letter(k), (None, None)) if not self.inside else (None, None)

    def _beyond(self, k: int) -> Quotient | None:
        low, high = self._ends(k)
        if low is not None:
            return Quotient.number(low) + Quotient.letter(k)
        return Quotient.number(high) - Quotient.letter(k) if high is not None else None

    def _letters_of(self, poly: fmpq_mpoly) -> set[int]:
        return {k for e in poly.to_dict() for k, p in enumerate(e) if p}

    def _is_sum_of_nonnegative(self, poly: fmpq_mpoly) -> bool:
        return all(
            c > 0 and all(p % 2 == 0 or self._is_never_negative(k) for k, p in enumerate(e) if p)
            for e, c in poly.to_dict().items()
        )

    def _is_never_negative(self, k: int) -> bool:
        key = self.letters.of[k]
        if key[0] in ("exp", "relu", "root") or key == PI or self._ends(k) != (None, None):
            return True
        if key[0] == "log":
            return self._is_sum_of_nonnegative(key[1].above - 1)
        if key[0] == "mean":
            return self._is_sum_of_nonnegative(key[-1].above) and self._is_sum_of_nonnegative(key[-1].below)
        return bool(key[:2] == ("function", "power"))
