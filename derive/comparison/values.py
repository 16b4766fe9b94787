"""Sums of functions as quotients of polynomials in letters that no identity joins, as far as that is known.

Exponentials are products of those of independent sums, σ and what is made of it are quotients of these, a logarithm is
a sum of those of irreducible factors that are positive, what is linear by parts is a sum of ReLU, a matrix stands
before each product of its argument by itself. So two sums that are the same become the same quotient.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import lcm
from typing import Any

from flint import fmpq
from sympy import Rational

from derive.comparison.letters import Finer, Key, Side, combination, square_root
from derive.comparison.poly import CONTRACTIONS, Atom, Poly, is_positive
from derive.comparison.quotients import Quotient
from derive.comparison.signs import Signs
from derive.comparison.terms import NUMBER

ZERO, ONE = Quotient.number(0), Quotient.number(1)


@dataclass
class Values(Signs):
    """One evaluation. put: what stands in the place of letters.

    jumps: whether a function may jump where one bends. partial: what has to be other than 0, or positive, and may be
    something else.
    """

    put: Mapping[int, Quotient] = field(default_factory=dict)
    jumps: bool = False
    partial: set[Key] = field(default_factory=set)
    _basis: list[Quotient] = field(default_factory=list)
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
        return found

    def forget(self) -> None:
        """Begin anew, with the same letters."""
        self._known.clear()
        self.partial = set()

    def inverse(self, value: Quotient) -> Quotient:
        if value.is_zero:
            raise ZeroDivisionError
        self.partial |= {("not 0", str(f)) for f, _ in value.above.factor()[1] if not self.is_positive(f)}
        return value**-1

    def leave_out(self, kind: str, of: Quotient) -> None:
        """Note where a quotient is none, a logarithm or a root of it."""
        if kind == "inverse":
            self.inverse(of)
        elif kind == "log":
            self._log(of)
        elif square_root(of) is None and not all(map(self.is_nonnegative, (of.above, of.below))):
            self.partial.add(("root", of))

    # ------------------------------------------------------------------ letters

    def _letter(self, *key: Any) -> Quotient:
        k = self.letters.letter(key)
        return self.put[k] if k in self.put and not self.inside else Quotient.letter(k)

    def _atom(self, atom: Atom, side: Side) -> Quotient:
        kind = atom.kind
        if kind in ("input", "state", "number"):
            return self._letter(kind, atom.name)
        if kind in ("parameter", "constant"):
            found = Quotient.number(side.shifts.get(atom.name, 0))
            for name, c in side.parts(atom.name):
                found = found + Quotient.number(c) * (ONE if name == NUMBER else self._letter("parameter", name))
            return found
        if kind in ("matrix", "mean"):
            return self._linear(atom, side)
        if kind in CONTRACTIONS:
            return self._product(atom, side)
        rule = getattr(self, f"_{kind}", None)
        if rule is None:
            return self._other(atom, side)
        if kind in ("Piecewise", "power"):
            return rule(atom, side)  # type: ignore[no-any-return]
        return rule(*(self.of(a, side) for a in atom.args))  # type: ignore[no-any-return]

    def _linear(self, atom: Atom, side: Side) -> Quotient:
        """A matrix times a sum, or the mean of one, product by product: what is of several units stands for itself."""
        self.inside += 1
        inner = self.of(atom.args[0], side)
        self.inside -= 1
        found = ZERO
        names = side.parts(atom.name) if atom.kind == "matrix" else (("", fmpq(1)),)
        for name, c in names:
            for exponents, d in inner.terms():
                key = (atom.kind, name, *atom.more, Quotient.of(Quotient.monomial(exponents).above, inner.below))
                found = found + Quotient.number(c * d) * self._letter(*key)
        return found

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

    # ------------------------------------------------------------------ exponentials and logarithms

    def _exp(self, of: Quotient) -> Quotient:
        """e^(n log f) is f^n; else a product of powers of exponentials that are letters."""
        factor = ONE
        if of.is_polynomial:
            for exponents, c in list(of.terms()):
                key = self.letters.only(exponents)
                if key is not None and key[0] == "log" and c.q == 1:
                    factor = factor * key[1] ** int(c.p)
                    of = of - Quotient.number(c) * Quotient.monomial(exponents)
        if of.is_zero:
            return factor
        weights = combination(of, self._basis)
        if weights is None:
            self._basis.append(of)
            weights = [fmpq(0)] * (len(self._basis) - 1) + [fmpq(1)]
        for b, w in zip(self._basis, weights, strict=True):
            root = self.letters.roots.setdefault(b, 1)
            if (w * root).q != 1:
                self.letters.roots[b] = lcm(root, int((w * root).q) * root)
                raise Finer
            factor = factor * self._letter("exp", b, root) ** int((w * root).p)
        return factor

    def _log(self, of: Quotient) -> Quotient:
        if of.is_zero:
            raise ZeroDivisionError
        factors = [(f, p) for f, p in of.above.factor()[1]] + [(f, -p) for f, p in of.below.factor()[1]]
        number = of.above.factor()[0] / of.below.factor()[0]
        if number < 0 or not all(self.is_positive(f) for f, _ in factors):
            self.partial.add(("positive", of))
            return self._letter("function", "log", of)
        found = ZERO
        for whole, sign in ((number.p, 1), (number.q, -1)):
            if whole != 1:
                found = found + Quotient.number(sign) * self._letter("function", "log", int(whole))
        for f, p in factors:
            exponents = next(iter(f.to_dict()))
            key = self.letters.only(exponents) if len(f) == 1 else None
            inner = (
                key[1] * Quotient.number(fmpq(1, key[2]))
                if key and key[0] == "exp"
                else self._letter("log", Quotient(f))
            )
            found = found + Quotient.number(p) * inner
        return found

    def _sigmoid(self, of: Quotient) -> Quotient:
        e = self._exp(of)
        return e * (e + ONE) ** -1

    def _softplus(self, of: Quotient) -> Quotient:
        return self._log(self._exp(of) + ONE)

    def _silu(self, of: Quotient) -> Quotient:
        return of * self._sigmoid(of)

    # ------------------------------------------------------------------ parts of the line

    def _relu(self, of: Quotient) -> Quotient:
        sign = self.sign(of)
        if sign is not None:
            return of if sign > 0 else ZERO
        size = of.above.leading_coefficient()
        unit = of * Quotient.number(1 / size)
        whole = Quotient.number(abs(size)) * self._letter("relu", unit)
        return whole if size > 0 else of + whole  # relu(-u) = relu(u) - u

    def _Abs(self, of: Quotient) -> Quotient:
        return self._relu(of) * Quotient.number(2) - of

    def _Max(self, *of: Quotient) -> Quotient:
        a, *others = of
        for b in others:
            a = b + self._relu(a - b)
        return a

    def _clip(self, of: Quotient) -> Quotient:
        return self._relu(of) - self._relu(of - ONE)

    def _leaky_relu(self, of: Quotient, alpha: Quotient) -> Quotient:
        return alpha * of + (ONE - alpha) * self._relu(of)

    def _elu(self, of: Quotient, alpha: Quotient) -> Quotient:
        positive = self._relu(of)
        return positive + alpha * (self._exp(of - positive) - ONE)

    def _softsign(self, of: Quotient) -> Quotient:
        return of * (self._Abs(of) + ONE) ** -1

    def _cos(self, of: Quotient) -> Quotient:
        return self._letter("function", "cos", of * Quotient.number(_first_sign(of)))

    def _sin(self, of: Quotient) -> Quotient:
        sign = Quotient.number(_first_sign(of))
        return sign * self._letter("function", "sin", of * sign)

    def _power(self, atom: Atom, side: Side) -> Quotient:
        base = self.of(atom.args[0], side)
        if atom.more == (-1,):
            return base**-1 if is_positive(atom.args[0]) else self.inverse(base)
        if atom.more == (Rational(1, 2),) and (root := square_root(base)) is not None:
            return self._Abs(root)
        exponents = [self.of(a, side) for a in atom.args[1:]]
        return self._letter("function", "power", base, *exponents, *atom.more)

    def _Piecewise(self, atom: Atom, side: Side) -> Quotient:
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
        if atom.kind not in ("StrictGreaterThan", "StrictLessThan", "GreaterThan", "LessThan"):
            return None
        a, b = (self.of(p, side) for p in atom.args)
        gap = a - b if "Greater" in atom.kind else b - a
        if gap.constant is not None:
            return bool(gap.constant > 0 or (gap.constant == 0 and not atom.kind.startswith("Strict")))
        sign = self.sign(gap, strict=True)  # between two bends it is not 0
        return None if sign is None else sign > 0 or (sign == 0 and not atom.kind.startswith("Strict"))


def _first_sign(of: Quotient) -> int:
    """A sign with which a quotient and what is minus it are the same."""
    return -1 if not of.is_zero and of.above.leading_coefficient() < 0 else 1


def _order(factor: tuple[Atom, int]) -> tuple[str, str, int, int]:
    """So that evaluations meet functions in one order, in whichever one a set has them."""
    atom, power = factor
    return atom.kind, atom.name, power, sum(len(a.terms) for a in atom.args)
