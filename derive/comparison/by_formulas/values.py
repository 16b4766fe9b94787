"""Sums of functions as quotients of polynomials in letters that no identity joins, as far as that is known.

What functions are is said in ``functions``; a matrix stands before each product of its argument by itself. So two sums
that are the same become the same quotient.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from flint import fmpq
from sympy import S

from derive.comparison.by_formulas.bent import ONE, ZERO
from derive.comparison.by_formulas.functions import Functions
from derive.comparison.by_formulas.letters import Side
from derive.comparison.by_formulas.poly import CONTRACTIONS, Atom, Poly, is_positive
from derive.comparison.by_formulas.quotients import Quotient
from derive.comparison.by_formulas.terms import NUMBER

#: Letters that are one number for all units where what they are of is one.
_OF_NUMBERS = ("exp", "log", "root", "cos", "sin")


@dataclass
class Values(Functions):
    """One evaluation of sums of either side."""

    _known: dict[tuple[Poly, bool, bool], Quotient] = field(default_factory=dict)  # of either side, within what mixes

    def of(self, poly: Poly, side: Side) -> Quotient:
        key = poly, side.names is None, bool(self.inside)
        if key not in self._known:
            self._known[key] = self._of(poly, side)
        return self._known[key]

    def _of(self, poly: Poly, side: Side) -> Quotient:
        found = ZERO
        for m, c in poly.terms.items():
            term = Quotient.number(c)
            for atom, power in sorted(m, key=_order):
                value = self._atom(atom, side)
                term = term * (value if power > 0 else self.inverse(value)) ** abs(power)
            found = found + term
        return self.letters.reduced(found)

    def forget(self) -> None:
        """Begin anew, with the same letters."""
        self._known.clear()
        self.partial = set()

    def _atom(self, atom: Atom, side: Side) -> Quotient:
        kind = atom.kind
        if kind in ("input", "state", "number"):
            return self._letter(kind, atom.name)
        if kind in ("parameter", "constant"):
            found = self.constant(side.shifts.get(atom.name, S.Zero))
            for name, c in side.parts(atom.name):
                found = found + self.constant(c) * (ONE if name == NUMBER else self._letter("parameter", name))
            return found
        if kind in ("matrix", "mean"):
            return self._linear(atom, side)
        if kind in CONTRACTIONS:
            return self._product(atom, side)
        if kind == "power":
            return self._power(atom, side)
        if kind == "Piecewise":
            return self._piecewise(atom, side)
        rule = self.rule(kind)
        return self._other(atom, side) if rule is None else rule(*(self.of(a, side) for a in atom.args))

    def _linear(self, atom: Atom, side: Side) -> Quotient:
        """A matrix times a sum, or the mean of one, product by product: what is of several units stands for itself."""
        self.inside += 1
        inner = self.of(atom.args[0], side)
        self.inside -= 1
        found = ZERO
        for exponents, d in inner.terms():
            product = Quotient.of(Quotient.monomial(exponents).above, inner.below)
            if atom.kind == "mean":
                found = found + Quotient.number(d) * self._mean(product)
                continue
            for name, c in side.parts(atom.name):
                one = self._letter(atom.kind, name, *atom.more, product)
                found = found + self.constant(c) * Quotient.number(d) * one
        return found

    def _mean(self, of: Quotient) -> Quotient:
        """The mean of a product: what is one number for all units stands before it."""
        outside = ONE
        for poly, sign in ((of.above, 1), (of.below, -1)):
            for f, p in poly.factor()[1]:
                if all(map(self._is_one_number, self._letters_of(f))):
                    outside = outside * Quotient(f) ** (sign * p)
        left = of * outside**-1
        number = left.constant
        return outside * (self._letter("mean", "", left) if number is None else Quotient.number(number))

    def _is_one_number(self, k: int) -> bool:
        kind, *of = self.letters.of[k]
        inner = (
            [j for poly in (of[0].above, of[0].below) for j in self._letters_of(poly)] if kind in _OF_NUMBERS else []
        )
        return kind in ("mean", "number") or (kind in _OF_NUMBERS and all(map(self._is_one_number, inner)))

    def _product(self, atom: Atom, side: Side) -> Quotient:
        """A product by axes, term by term: what is of several units stands for itself."""
        self.inside += 1
        a, b = (self.of(of, side) for of in atom.args)
        self.inside -= 1
        found = ZERO
        for m, c in a.terms():
            for n, d in b.terms():
                both = [Quotient.of(Quotient.monomial(e).above, of.below) for e, of in ((m, a), (n, b))]
                key = both if atom.ordered else [frozenset(both)]
                found = found + Quotient.number(c * d) * self._letter("product", atom.kind, *key)
        return found

    def _other(self, atom: Atom, side: Side) -> Quotient:
        """A function of which nothing is known, maybe one of all units."""
        self.inside += 1
        args = [self.of(a, side) for a in atom.args]
        self.inside -= 1
        return self._letter("function", atom.kind, *atom.more, *args)

    def _power(self, atom: Atom, side: Side) -> Quotient:
        base, *exponents = (self.of(a, side) for a in atom.args)
        if exponents:
            if self.is_positive(base.above) and self.is_positive(base.below):
                return self._exp(exponents[0] * self._log(base))
            return self._letter("function", "power", base, *exponents)
        (power,) = atom.more
        if power == -1:
            return base**-1 if is_positive(atom.args[0]) else self.inverse(base)
        return self._root(base, fmpq(int(power.p), int(power.q)))

    def _piecewise(self, atom: Atom, side: Side) -> Quotient:
        self.jumps = True
        for pair in atom.args:
            value, condition = next(iter(next(iter(pair.terms))))[0].args
            holds = self._holds(condition, side)
            if holds:
                return self.of(value, side)
            if holds is None:
                break
        return self._letter("cases", atom, side.names is None)

    def _holds(self, condition: Poly, side: Side) -> bool | None:
        ((atom, _),) = next(iter(condition.terms))
        if atom.name in ("True", "False"):
            return atom.name == "True"
        if atom.kind in ("And", "Or"):
            every = [self._holds(part, side) for part in atom.args]
            settled = atom.kind == "Or"  # one that holds settles it, or one that does not
            return settled if settled in every else None if None in every else not settled
        if atom.kind not in ("StrictGreaterThan", "StrictLessThan", "GreaterThan", "LessThan"):
            return None
        a, b = (self.of(p, side) for p in atom.args)
        gap = a - b if "Greater" in atom.kind else b - a
        if gap.constant is not None:
            return bool(gap.constant > 0 or (gap.constant == 0 and not atom.kind.startswith("Strict")))
        sign = self.sign(gap, strict=True)  # between two bends it is not 0
        return None if sign is None else sign > 0 or (sign == 0 and not atom.kind.startswith("Strict"))


def _order(factor: tuple[Atom, int]) -> tuple[str, str, int, int]:
    """So that evaluations meet functions in one order, in whichever one a set has them."""
    atom, power = factor
    return atom.kind, atom.name, power, sum(len(a.terms) for a in atom.args)
