"""Functions with f(r a) = r f(a) for r > 0: where the factor stands is an author's choice."""

from __future__ import annotations

from collections.abc import Sequence
from math import gcd, lcm
from typing import Any

from sympy import Rational

from derive.comparison.by_formulas.poly import Atom, Monomial, Poly, is_absorbing, is_open, letter, number, total

HOMOGENEOUS = {"relu", "leaky_relu", "Abs"}


def homogeneous(kind: str, args: Sequence[Poly]) -> tuple[Any, tuple[Poly, ...]]:
    """The factor that such a function lets through, and what it is then of: that of the terms whose weights cannot take
    it in."""
    if kind not in HOMOGENEOUS or is_open(args[0]):
        return Rational(1), tuple(args)
    fixed = [abs(c) for m, c in args[0].terms.items() if not is_absorbing(m)]
    factor = Rational(gcd(*(c.p for c in fixed)), lcm(*(c.q for c in fixed)))
    return factor, (args[0].times(number(1 / factor)), *args[1:])


class Inward:
    """Takes factors into such functions of which every term has a weight, where these take them in."""

    def __init__(self) -> None:
        self.done: dict[Poly, Poly] = {}

    def poly(self, poly: Poly) -> Poly:
        if poly.kinds.isdisjoint(HOMOGENEOUS):
            return poly
        if poly not in self.done:
            self.done[poly] = total(self._product(m, c) for m, c in poly.terms.items())
        return self.done[poly]

    def _product(self, m: Monomial, c: Any) -> Poly:
        open_to = [a for a, p in m if p == 1 and a.kind in HOMOGENEOUS and is_open(a.args[0])]
        taking = open_to[0] if len(open_to) == 1 and not is_absorbing(m) else None
        found = number(c if taking is None else c / abs(c))
        for atom, power in m:
            args = tuple(map(self.poly, atom.args))
            if atom is taking:
                args = (args[0].times(number(abs(c))), *args[1:])
            found = found.times(letter(Atom(atom.kind, atom.name, args, atom.more, atom.ordered), power))
        return found
