"""A cell of one unit and one input as a program over intervals of its weights: which of these may give given states.

With one unit each matrix is a number, as each quantity is, so that a step is a formula of few numbers. What no weights
of one unit give is given by none of any number of units only if a cell is meant for each number; so it is for all
cells that fix no size.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from sympy import (
    Abs,
    Add,
    Dummy,
    Heaviside,
    Max,
    Min,
    Mul,
    Number,
    Piecewise,
    Pow,
    Rational,
    Symbol,
    cos,
    erf,
    erfc,
    exp,
    log,
    pi,
    sign,
    sin,
    tan,
)  # fmt: skip
from sympy import E as euler
from sympy.codegen.cfunctions import expm1, log1p
from sympy.core.relational import Relational
from sympy.logic.boolalg import And, BooleanFalse, BooleanTrue, Or

from derive.comparison.by_intervals.contractors import (
    INCREASING,
    OTHERS,
    Increasing,
    Inverse,
    Largest,
    Operation,
    Plus,
    Power,
    Root,
    Sign,
    Size,
    Times,
)
from derive.definition.cell import Cell
from derive.exact import arrays
from derive.exact.arrays import Cells
from derive.statements.affine import Affine
from derive.statements.base import Statement
from derive.statements.contraction import Contraction
from derive.statements.cumulative import Cumulative
from derive.statements.elementwise import Elementwise
from derive.statements.head_mean import HeadMean
from derive.statements.largest import Largest as LargestOfUnits
from derive.statements.mean import Mean
from derive.statements.shares import Shares
from derive.symbolic.activation import Activation
from derive.symbolic.activations import sigmoid, softplus

MOST_STEPS = 400


class Unknown(Exception):
    """Something that is not worked with here."""


class Cases(Operation):
    """A value for each condition, the last one without: u > 0 for each of the others."""

    needs_all = False

    def __init__(self, strict: Sequence[bool]) -> None:
        self.strict = strict

    def forward(self, *of: Cells) -> Cells:
        n = len(self.strict)
        shape = np.broadcast_shapes(*(np.shape(a.lower) for a in of))
        found, left = Cells(np.full(shape, np.inf), np.full(shape, -np.inf)), np.full(shape, True)
        for value, u, strict in zip(of, of[n + 1 :], self.strict, strict=False):
            may = (u.upper > 0) if strict else (u.upper >= 0)
            must = (u.lower > 0) if strict else (u.lower >= 0)
            found = arrays.where(left & may, arrays.union(found, value), found)
            left = left & ~must
        return arrays.where(left, arrays.union(found, of[n]), found)


@dataclass
class OneUnit:
    """The steps of a cell. free: what is not known of it, in order: learned parameters, and constants."""

    cell: Cell
    steps: list[tuple[Operation | None, tuple[int, ...], Any]] = field(default_factory=list)
    places: dict[Symbol, int] = field(default_factory=dict)
    _known: dict[Any, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        cell = self.cell
        sizes = {part for p in cell.parameters for size in (p.rows, p.stored_cols) for part in re.split(r"\W+", size)}
        sizes |= {part for size in cell.sizes.values() for part in re.split(r"\W+", size)}
        if any(p.fixed is not None for p in cell.parameters) or any(s.isdecimal() and s != "1" for s in sizes):
            raise Unknown
        self.free = [p.symbol for p in cell.parameters if p.learned or p.kind == "constant"]
        self.given = [cell.input, *(i.symbol for i in cell.further), *(cell.previous(s) for s in cell.states)]
        for symbol in (*self.free, *self.given):
            self.places[symbol] = self._step(None, (), symbol)
        for statement in cell.statements:
            self.places[statement.target] = self._statement(statement)
        self.outputs = [self.places[Symbol(s)] for s in cell.states]
        self.is_partial = any(isinstance(o, Root) or (isinstance(o, Increasing) and o.least == 0)
                              for o, _, _ in self.steps)  # fmt: skip

    def _step(self, operation: Operation | None, of: tuple[int, ...], key: Any) -> int:
        key = key, of
        if key not in self._known:
            if len(self.steps) > MOST_STEPS:
                raise Unknown
            self._known[key] = len(self.steps)
            self.steps.append((operation, of, key[0]))
        return self._known[key]

    def _plus(self, *of: int) -> int:
        found, *others = of
        for other in others:
            found = self._step(Plus(), (found, other), "+")
        return found

    def _times(self, *of: int) -> int:
        found, *others = of
        for other in others:
            found = self._step(Times(), (found, other), "*")
        return found

    def _number(self, value: Any) -> int:
        return self._step(None, (), value)

    def _statement(self, s: Statement) -> int:
        if isinstance(s, Affine):
            parts = []
            for t in s.terms:
                if t.form == "full":  # a number less itself is 0
                    parts.append(self._times(self.places[t.weight], self.places[t.operand]))
                parts += [self.places[t.bias]] if t.bias is not None else []
            return self._plus(*parts) if parts else self._number(Rational(0))
        if isinstance(s, Elementwise):
            return self._formula(s.expr)
        if isinstance(s, Mean):
            every = self._plus(*(self.places[q] for q in s.operands))
            return self._times(self._number(Rational(1) / len(s.operands)), every)
        if isinstance(s, Contraction):
            return self._times(self._number(s.coefficient), *(self.places[q] for q in s.factors))
        if isinstance(s, Cumulative | HeadMean | LargestOfUnits):
            return self.places[s.operand]
        if isinstance(s, Shares):
            return self._number(Rational(1))
        raise Unknown

    def _formula(self, e: Any) -> int:
        if isinstance(e, Symbol):
            return self.places[e]
        if isinstance(e, Number) or e in (pi, euler):
            return self._number(e)
        if isinstance(e, Piecewise):
            return self._cases(e)
        if isinstance(e, Activation) and type(e) not in INCREASING:
            return self._formula(e.opened())
        if isinstance(e, tan):
            return self._times(self._formula(sin(*e.args)), self._step(Inverse(), (self._formula(cos(*e.args)),), "1/"))
        if isinstance(e, Pow):
            return self._power(e)
        args = tuple(self._formula(a) for a in e.args)
        if isinstance(e, Add):
            return self._plus(*args)
        if isinstance(e, Mul):
            return self._times(*args)
        if isinstance(e, Max):
            return self._largest(args)
        if isinstance(e, Min):
            return self._negative(self._largest(tuple(map(self._negative, args))))
        if isinstance(e, Abs):
            return self._step(Size(), args, Abs)
        if isinstance(e, sign):
            return self._step(Sign(), args, sign)
        if isinstance(e, Heaviside) and e.args[1:] in ((), (Rational(1, 2),)):
            half = self._number(Rational(1, 2))
            return self._times(half, self._plus(self._number(Rational(1)), self._step(Sign(), args[:1], "Heaviside")))
        if isinstance(e, expm1):
            return self._plus(self._step(Increasing(exp), args, exp), self._number(Rational(-1)))
        if isinstance(e, log1p):
            return self._step(Increasing(log), (self._plus(*args, self._number(Rational(1))),), log)
        if isinstance(e, erfc):
            return self._plus(self._number(Rational(1)), self._negative(self._step(Increasing(erf), args, erf)))
        if type(e) in INCREASING:
            return self._step(Increasing(type(e)), args[:1], type(e))
        if type(e) in OTHERS:
            return self._step(OTHERS[type(e)], args, type(e))
        raise Unknown

    def _negative(self, of: int) -> int:
        return self._times(self._number(Rational(-1)), of)

    def _largest(self, of: tuple[int, ...]) -> int:
        found, *others = of
        for other in others:
            found = self._step(Largest(), (found, other), Max)
        return found

    def _power(self, e: Any) -> int:
        if e.base is euler:
            return self._step(Increasing(exp), (self._formula(e.exp),), exp)
        base, n = self._formula(e.base), Rational(e.exp) if isinstance(e.exp, Number) and e.exp == int(e.exp) else e.exp
        if isinstance(n, Number) and n.is_Rational and n.q in (1, 2) and abs(n.p) < 2**10:
            if n.q == 2:
                base = self._step(Root(), (base,), "root")
            if abs(n.p) > 1:
                base = self._step(Power(abs(int(n.p))), (base,), abs(int(n.p)))
            return self._step(Inverse(), (base,), "1/") if n < 0 else base
        if not isinstance(n, Number) and not _is_never_negative(e.base):
            raise Unknown  # whole powers of negative numbers are numbers
        product = self._times(self._formula(n), self._step(Increasing(log), (base,), log))
        return self._step(Increasing(exp), (product,), exp)

    def _cases(self, e: Piecewise) -> int:
        values, sums, strict = [], [], []
        for value, condition in e.args:
            if isinstance(condition, BooleanFalse):
                continue
            values.append(self._formula(value))
            if isinstance(condition, BooleanTrue):
                break
            u, is_strict = self._condition(condition)
            sums.append(u)
            strict.append(is_strict)
        if len(values) != len(sums) + 1:
            raise Unknown
        return self._step(Cases(strict), (*values, *sums), ("cases", *strict))

    def _condition(self, c: Any) -> tuple[int, bool]:
        """A sum that is positive, or not negative, where it holds."""
        if isinstance(c, And | Or):
            of = [self._condition(part) for part in c.args]
            if len({strict for _, strict in of}) > 1:
                raise Unknown
            sums = tuple(u for u, _ in of)
            if isinstance(c, Or):
                return self._largest(sums), of[0][1]
            return self._negative(self._largest(tuple(map(self._negative, sums)))), of[0][1]
        if not isinstance(c, Relational) or c.rel_op not in ("<", ">", "<=", ">="):
            raise Unknown
        u = self._plus(self._formula(c.gts), self._negative(self._formula(c.lts)))
        return u, c.rel_op in ("<", ">")

    def alone(self) -> dict[Symbol, list[int]]:
        """Of each affine map the numbers that stand there alone, once of several biases that are added."""
        found = {}
        for s in self.cell.statements:
            if isinstance(s, Affine):
                names = [n for t in s.terms for n in ([t.weight] if t.form == "full" else [])]
                found[s.target] = [self.free.index(n) for n in names + self.biases(s)[:1]]
        return found

    def biases(self, of: Affine) -> list[Symbol]:
        """Those that are read nowhere else, of which only the sum matters."""
        read = [j for _, own, _ in self.steps for j in own] + self.outputs
        return [t.bias for t in of.terms if t.bias is not None and read.count(self.places[t.bias]) == 1]

    @cached_property
    def idle(self) -> set[Symbol]:
        """Biases that another one beside them makes up for."""
        return {b for s in self.cell.statements if isinstance(s, Affine) for b in self.biases(s)[1:]}

    @cached_property
    def reads(self) -> list[frozenset[Symbol]]:
        """What is given of what each step is."""
        found: list[frozenset[Symbol]] = []
        for operation, of, key in self.steps:
            own = {key} & {*self.given} if operation is None and isinstance(key, Symbol) else set()
            found.append(frozenset(own).union(*(found[k] for k in of)))
        return found


def _is_never_negative(base: Any) -> bool:
    """As far as it is known, whatever the real numbers are that its letters stand for."""
    real = base.xreplace({letter: Dummy(real=True) for letter in base.free_symbols})
    return type(base) in (Abs, exp, sigmoid, softplus) or bool(real.is_nonnegative)
