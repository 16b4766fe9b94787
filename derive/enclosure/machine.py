"""A run on a machine: the generated code in float32 or bfloat16 beside the real cell, on the numbers as stored.

The machine's cell is the replaced one, and every operation adds to the error what it may be rounded by. The statements
are those that machines compute (``Cell.stable``). Kernels sum in different orders, so each sum counts as one of all its
terms in any order, those of products of matrices with what is added to them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from flint import arb
from sympy import Expr, Rational, Symbol

from derive.enclosure.formula import Formula
from derive.enclosure.linearised import Functions
from derive.enclosure.means import Mean, clipped, means
from derive.enclosure.rewriting import telling
from derive.enclosure.rounding import FORMATS, Format, off, relative
from derive.enclosure.sweep import Sweep, Swept
from derive.enclosure.twin import Twin, whole_numbers
from derive.enclosure.twins import Zonotopes, between_0_and_1
from derive.enclosure.zonotope import TINY, Form, Matrix, above
from derive.errors import RunError, shown
from derive.exact import arrays
from derive.exact.arrays import Array, Cells
from derive.exact.intervals import Interval
from derive.statements.base import Statement

if TYPE_CHECKING:
    from derive.run.data import Run


OVERFLOWS = 2.0**127  # from here on a machine's number may be infinite


def machine_of(name: Any) -> Format:
    """The type of that name. Raises RunError for another."""
    if name not in FORMATS:
        raise RunError(f"machine is {shown(name)}, expected 'float32' or 'bfloat16'")
    return FORMATS[name]


def stored(run: Run, machine: Format) -> Run:
    """The run with every number as the machine has it, and without claims: 0.1 is 13421773/134217728 in float32."""

    def nearest(numbers: Any) -> Any:
        if isinstance(numbers, tuple):
            return tuple(map(nearest, numbers))
        found = np.float32(int(numbers.p) / int(numbers.q))
        if machine.name == "bfloat16":
            bits = int(found.view(np.uint32))
            found = np.uint32((bits + 0x7FFF + (bits >> 16 & 1)) & 0xFFFF0000).view(np.float32)
        if not np.isfinite(found):
            raise RunError(f"{numbers} is beyond {machine.name}; scale weights or inputs")
        return Rational(*float(found).as_integer_ratio())

    weights = {name: nearest(tensor) for name, tensor in run.weights.items()}
    initial = {name: nearest(vector) for name, vector in run.initial.items()}
    numbers = replace(run, claims=(), loss=None, lr=None, hand={}, printed={}, box={})
    inputs = {name: nearest(rows) for name, rows in run.inputs.items()}
    return replace(numbers, x=nearest(run.x), inputs=inputs, initial=initial, weights=weights)


@dataclass(frozen=True, eq=False)
class Summed(Twin):
    """terms: of how many terms it is the sum, in an order that is not known; mass: the sum of their magnitudes."""

    terms: int = 1
    mass: Array = 0.0


@dataclass(frozen=True)
class Function:
    """A function of the machine: what it is, and its formula, by which it is rounded."""

    exact: Functions
    formula: Expr


@dataclass(frozen=True)
class Machine(Zonotopes):
    """The domain of a cell and of what a machine makes of it."""

    format: Format

    @staticmethod
    def function(before: Expr, after: Expr) -> Function:  # type: ignore[override]
        return Function(Functions.of(before, after), before)

    @property
    def most(self) -> float:  # type: ignore[override]
        return 1 / (2 * self.format.unit)

    @property
    def rounded(self) -> float:  # type: ignore[override]
        """A quotient is rounded once, as IEEE 754 has it; that may lead to a whole number, and no further."""
        return 2 * self.format.unit

    def constant(self, given: Interval) -> Twin:
        found = super().constant(given)
        units = whole_numbers([found], self.most)
        return found if units is not None else self._rounded(found, self.format.unit * found.exact.size)

    def combine(self, weights: Sequence[arb], parts: Sequence[Twin]) -> Twin:
        """A sum in any order, with the terms of the sums that its parts are; a weight that is not ±1 is a product."""
        plain_ = super().combine(weights, parts)
        sizes = [max(abs(float(w.lower())), abs(float(w.upper()))) for w in weights]
        masses = [s * (p.mass if isinstance(p, Summed) else _size(p)) for s, p in zip(sizes, parts, strict=True)]
        terms = sum(p.terms if isinstance(p, Summed) else 1 for p in parts)
        mass = above(sum(masses), len(parts) + 1)
        factors = 2 * any(s != 1 for s in sizes)
        if (len(parts) == 1 and not factors) or whole_numbers([plain_], self.most) is not None:
            return plain_
        long = terms > len(parts)
        amount = self._gamma(terms + factors, long) * mass
        if long:  # what is summed so far may be stored after each part
            whole = sum(size * _size(p) for size, p in zip(sizes, parts, strict=True))
            amount = amount + self.format.gamma(len(parts) + factors) * whole
        for k, part in enumerate(parts):  # a sum with a number as stored is off by no more than what is added to it
            if part.error is None and sizes[k] == 1:
                amount = np.minimum(amount, 4 * above(sum(masses[:k] + masses[k + 1 :]), len(parts)))
        rises = [
            bool((p.replaced.lower >= -TINY).all() if w > 0 else (p.replaced.upper <= TINY).all())
            for w, p in zip(weights, parts, strict=True)
        ]
        relative = self._gamma(terms + factors, long) + self.format.gamma(len(parts) + factors)
        found = self._rounded(plain_, amount, relative if all(rises) else np.inf)
        return Summed(found.exact, found.error, found.known, terms, mass)

    def multiply(self, a: Twin, b: Twin) -> Twin:
        found = super().multiply(a, b)
        if whole_numbers([found], self.most) is not None:
            return found
        return self._rounded(found, self.format.gamma(1) * _size(found), self.format.gamma(1))

    def matmul(self, matrix: Matrix, a: Twin, bias: Twin | None) -> Twin:
        found = super().matmul(matrix, a, None)
        size = np.maximum(np.abs(a.replaced.lower), np.abs(a.replaced.upper))
        columns = matrix.numbers.shape[1]
        mass = above(np.abs(matrix.numbers) @ size, columns)
        amount = self._gamma(columns, True) * mass + self.format.unit * _size(found)
        rises = (matrix.numbers >= 0).all() and (a.replaced.lower >= -TINY).all()
        rounded = self._rounded(found, amount, self._gamma(columns, True) + self.format.gamma(1) if rises else np.inf)
        summed = Summed(rounded.exact, rounded.error, rounded.known, columns, mass)
        return summed if bias is None else self.combine([arb(1), arb(1)], [summed, bias])

    def apply(self, function: Any, u: Twin) -> Twin:
        if isinstance(function, Functions):  # a maximum, which is not rounded
            return super().apply(function, u)
        found = super().apply(function.exact, u)
        amount = np.where(_size(u) < OVERFLOWS, off(function.formula, u.replaced, self.format), np.inf)
        return self._rounded(found, amount, relative(function.formula, self.format))

    def extreme(self, a: Twin, b: Twin, largest: bool) -> Twin:
        found = super().extreme(a, b, largest)
        finite = (_size(a) < OVERFLOWS) & (_size(b) < OVERFLOWS)
        return found if finite.all() else self._rounded(found, np.where(finite, 0.0, np.inf))

    def less_largest(self, a: Twin) -> Twin:
        """The difference is rounded, and is no larger than that of any two units."""
        return self._rounded(a, above(self.format.gamma(1) * (a.replaced.upper.max() - a.replaced.lower.min()), 2))

    def shares(self, a: Twin, of: Twin, each: int) -> Twin:
        """No term is larger than the sum but for what the sum, the quotient and what is stored are rounded by."""
        most = (1 + self.format.gamma(8)) / (1 - self._gamma(each, True)) if (_size(of) < OVERFLOWS).all() else np.inf
        return between_0_and_1(a, float(above(np.float64(most), 4)))

    def _gamma(self, terms: int, long: bool) -> float:
        return self.format.gamma(terms, self.format.sums if long else self.format.unit)

    def _rounded(self, a: Twin, amount: Array, relative: float = np.inf) -> Twin:
        """The same where the machine may be off by as much again.

        relative: of a number that is not negative, what it may be off by; infinite where that is not known.
        """
        n = max(len(a.exact.centre), np.size(amount))
        amount = np.broadcast_to(above(amount + self.format.smallest, 4), (n,))
        replaced = a.replaced
        amount = np.where(_size(a) < OVERFLOWS, amount, np.inf)
        known = arrays.outwards(replaced.lower - amount, replaced.upper + amount)
        if relative < np.inf:  # which rounding takes no further than by its own size, and what is tiny to 0
            least = np.maximum(replaced.lower * (1 - 2 * relative) - 2 * self.format.smallest, 0.0)
            least = np.where((replaced.lower >= -TINY) & (amount < np.inf), least, known.lower)
            known = Cells(np.maximum(least, known.lower), known.upper)
        if a.error is None:
            between = Cells(-amount, amount)
            return Twin(a.exact, Form(np.zeros(n), np.zeros((n, 0)), amount, between), known)
        lower, upper = a.error.range
        natural = arrays.outwards(lower - amount, upper + amount)
        error = a.error  # which may be one number for all units
        rest = above(np.broadcast_to(error.rest, (n,)) + amount)
        centre, generators = (np.broadcast_to(part, (n, *part.shape[1:])) for part in (error.centre, error.generators))
        return Twin(a.exact, Form(centre, generators, rest, natural), known)


def _size(a: Twin) -> Array:
    return np.maximum(np.abs(a.replaced.lower), np.abs(a.replaced.upper))


@dataclass
class MachineSweep(Sweep):
    """The walk of the statements that machines compute."""

    domain: Any = field(kw_only=True)

    @cached_property
    def _statements(self) -> tuple[Statement, ...]:
        return replace(self.run.cell, stable=True).statements

    @cached_property
    def _names(self) -> dict[Symbol, Expr]:
        return self._numbers | {statement.target: statement.written() for statement in self._statements}

    def read(self, expr: Expr) -> Formula:
        if expr not in self._read:
            self._read[expr] = Formula(telling(expr, self._names, self._most_units, is_rounded=True), self._numbers)
        return self._read[expr]

    @cached_property
    def _read_often(self) -> Counter[str]:
        return Counter(symbol.name for statement in self._statements for symbol in statement.reads)

    @cached_property
    def _means(self) -> list[Mean]:
        return means(self._statements, self.run.cell.states)

    def _step(self, found: Swept, t: int) -> None:
        asked = self.asked(self._known)
        for mean in self._means if t == 1 else []:
            mean.start(self._known)
        computed: set[Symbol] = set()
        for statement in self._statements:
            if not statement.elementwise:
                for symbol in statement.uses:
                    self._known[symbol] = self._promoted(self._known[symbol])
            statement.operations(asked)
            target = statement.target
            computed.add(target)
            self._known[target] = clipped(target, statement.written(), self._means, self._known, self.domain.format)
            self._record(found, target.name, t)
            for mean in self._means:
                if target in (both := {mean.over, mean.under}) and both <= computed:
                    mean.step(self._known, self.domain.format)
