"""Functions of quotients that bend or jump: sums of ReLU, and signs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flint import fmpq

from derive.comparison.by_formulas.quotients import Quotient
from derive.comparison.by_formulas.signs import Signs

ZERO, ONE, TWO = map(Quotient.number, (0, 1, 2))
HALF = Quotient.number(fmpq(1, 2))


@dataclass
class Bent(Signs):
    """One evaluation. put: what stands in the place of letters; jumps: whether a function may jump where one bends."""

    put: Mapping[int, Quotient] = field(default_factory=dict)
    jumps: bool = False

    def _letter(self, *key: Any) -> Quotient:
        k = self.letters.letter(key)
        return self.put[k] if k in self.put and not self.inside else Quotient.letter(k)

    def _odd(self, name: str, of: Quotient) -> Quotient:
        sign = -1 if not of.is_zero and of.above.leading_coefficient() < 0 else 1
        return Quotient.number(sign) * self._letter("function", name, of * Quotient.number(sign))

    def _relu(self, of: Quotient) -> Quotient:
        sign = self.sign(of)
        if sign is not None:
            return of if sign > 0 else ZERO
        size = of.above.leading_coefficient()
        unit = of * Quotient.number(1 / size)
        whole = Quotient.number(abs(size)) * self._letter("relu", unit)
        return whole if size > 0 else of + whole  # relu(-u) = relu(u) - u

    def _Abs(self, of: Quotient) -> Quotient:
        return self._relu(of) * TWO - of

    def _Max(self, *of: Quotient) -> Quotient:
        a, *others = of
        for b in others:
            a = b + self._relu(a - b)
        return a

    def _clip(self, of: Quotient) -> Quotient:
        return self._relu(of) - self._relu(of - ONE)

    def _leaky_relu(self, of: Quotient, alpha: Quotient) -> Quotient:
        return alpha * of + (ONE - alpha) * self._relu(of)

    def _softsign(self, of: Quotient) -> Quotient:
        return of * (self._Abs(of) + ONE) ** -1

    def _sign(self, of: Quotient) -> Quotient:
        self.jumps = True
        found = self.sign(of, strict=True)  # between two bends it is not 0
        return self._odd("sign", of) if found is None else Quotient.number(found)

    def _Heaviside(self, of: Quotient, at_zero: Quotient) -> Quotient:
        sign = self._sign(of)
        return HALF * sign * (ONE + sign) + at_zero * (ONE - sign**2)

    def _thresholded_relu(self, of: Quotient, alpha: Quotient) -> Quotient:
        return of * self._Heaviside(of - alpha, ZERO)
