"""The reverse sweep: one walk over a cell's statements, last to first; what each gives back it says itself.

The cotangent of a quantity is the sum of what the statements that read it give back, in the order in which the cell
reads it. A quantity's cotangent is complete when the walk reaches the statement that defines it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sympy import Expr, Symbol

from derive.calculus.backward import Backward, Term
from derive.errors import DeriveError, UnsupportedExpression
from derive.notation.quantity import cotangent, incoming
from derive.statements.base import Statement
from derive.statements.maps import Antisymmetric, Copies, Map, Repeat, Scale, SumTime, SumUnits
from derive.statements.parameter import Parameter

if TYPE_CHECKING:
    from derive.definition.cell import Cell

BackwardStatement = Statement | Backward
Given = tuple[Term, str]  # what a statement gives back, and how many units that statement has


class Sweep:
    """The walk over one cell, and what it collects.

    statements: the backward step, in order. gradients: that of every learned parameter. arguments: the composite
    arguments of functions whose cotangent has a name.
    """

    def __init__(self, cell: Cell) -> None:
        self.statements: list[BackwardStatement] = []
        self.arguments: dict[Symbol, Expr] = {}
        self.parameters = {p.symbol: p for p in cell.parameters}
        self.constants = frozenset(p.symbol for p in cell.constants)
        self.sizes = dict(cell.sizes)
        self.named = {s.written(): s.target for s in cell.statements}
        self._cell = cell
        self._authors = {line.target for line in cell.lines}
        self._summed: dict[Symbol, list[Term]] = {p: [] for p in self.parameters}
        self._given: dict[Symbol, list[Given]] = {q: [] for q in self.sizes}
        self._defined: set[Symbol] = set()
        self._mixing = {s.target for s in cell.statements if not s.elementwise and s.size != "1"}
        self._outer = (*(cell.previous(s) for s in cell.states), *(i.symbol for i in cell.inputs))
        self._reads = Counter(q for s in cell.statements for q in s.reads)
        for state in cell.states:
            self._declare(incoming(state), self.sizes[Symbol(state)])

    def run(self) -> Sweep:
        """Walk."""
        for statement in reversed(self._cell.statements):
            d = self._of_sum(statement)
            if d is not None or self._collect(statement.target):
                try:
                    statement.vjp(d or cotangent(statement.target), self)
                except UnsupportedExpression as e:
                    line = self._cell.line_of(statement)
                    raise UnsupportedExpression(f"equation {line.target.name!r}{line.where}: {e}") from None
        for q in self._outer:
            self._collect(q)
        for p in self.parameters:
            given = self._given.get(p, [])[::-1]
            if given:  # a vector parameter multiplied by a weight
                step = Symbol(f"{p}_t")
                self._sum(step, given, self.sizes[p])
                self._summed[p].append(Term(cotangent(step)))
        return self

    @property
    def gradients(self) -> tuple[Backward, ...]:
        """The gradient of every learned parameter, a sum over time."""
        learned = [p for p in self.parameters.values() if p.learned]
        return tuple(self._gradient(p) for p in learned)

    def _gradient(self, p: Parameter) -> Backward:
        """Of the stored V of V - Vᵀ it is G - Gᵀ, G being that of V - Vᵀ."""
        after = (SumTime(), Antisymmetric()) if p.form == "antisymmetric" else (SumTime(),)
        return Backward(cotangent(p.symbol), tuple(self._summed[p.symbol][::-1]), p.symbol, after, p.rows or "1", p)

    # ------------------------------------------------------------------ collecting

    def give(self, to: Symbol, d: Symbol, *maps: Map, through: Expr, formula: Expr, size: str) -> None:
        term = Term(d, maps, through, formula)
        kind = self.parameters[to].kind if to in self.parameters else ""
        if to in self.constants or (to in self.parameters and not self.parameters[to].learned):
            return
        if kind == "matrix":
            self._summed[to].append(term)
        elif not kind or not term.is_elementwise:
            self._given[to].append((term, size))
        elif kind == "scalar":
            self._summed[to].append(self._over_units(term, size))
        else:
            rows = self.parameters[to].rows
            repeated = (Repeat(rows),) if self._uniform(term) and rows != "1" else ()
            self._summed[to].append(replace(term, maps=(*term.maps, *repeated)))

    def define(self, q: Symbol, d: Symbol, *maps: Map, through: Expr, formula: Expr, size: str) -> Symbol:
        self._sum(q, [(Term(d, maps, through, formula), size)], size, q in self._mixing)
        return cotangent(q)

    def compute(self, statement: Statement) -> None:
        self._emit(statement)

    def has_cotangent(self, q: Symbol) -> bool:
        return cotangent(q) in self._defined

    def stands_for_sum(self, q: Symbol) -> bool:
        return q in self._mixing and self._reads[q] == 1

    def _of_sum(self, statement: Statement) -> Symbol | None:
        """The cotangent of the sum that a statement without a name is a term of, which is its own too."""
        given = self._given[statement.target]
        if not statement.is_term or statement.target in self._authors or len(given) != 1:
            return None
        ((term, size),) = given
        alone = term.maps in ((), (Scale(),)) and size == statement.size
        return term.cotangent if alone and isinstance(term.cotangent, Symbol) else None

    def _collect(self, q: Symbol) -> bool:
        """Define δq; False if nothing that reaches the loss reads q."""
        if cotangent(q) in self._defined:
            return True
        given = self._given[q][::-1]
        received = [Term(incoming(q.name))] if q.name in self._cell.states else []
        if not given and not received and q not in self._outer:
            return False
        if self.sizes[q] == "1":
            self._sum_of_units(q, given)  # no state is one number
        else:
            self._sum(q, given, self.sizes[q], q in self._mixing or q in self._outer, received)
        return True

    def _sum(self, q: Symbol, given: list[Given], size: str, full: bool = True, received: Sequence[Term] = ()) -> None:
        """δq = what comes in + what is given; ``full``: a value for every unit, even if all are the same."""
        terms = (*received, *(t for t, _ in given))
        after: tuple[Map, ...] = ()
        if all(self._uniform(t) for t in terms):
            after, size = ((Repeat(size),), size) if full and size != "1" else ((), "1")
        self._emit(Backward(cotangent(q), terms, q, after, size))

    def _sum_of_units(self, q: Symbol, given: list[Given]) -> None:
        """The cotangent of one number: what every unit gives back, summed."""
        numbers: list[Term] = []
        wide: dict[str, list[Term]] = {}
        for t, size in given:
            if t.maps and t.maps[-1].gives_number:
                numbers.append(t)
            elif self._uniform(t):
                numbers.append(self._over_units(t, size))
            else:
                wide.setdefault(size, []).append(t)
        d = cotangent(q)
        if len(wide) == 1 and not numbers:
            ((over, terms),) = wide.items()
            self._emit(Backward(d, tuple(terms), q, (SumUnits(over),), "1"))
            return
        for over, terms in wide.items():
            part = self.unused(f"{d}_{over.removesuffix('_size')}")
            self._emit(Backward(part, tuple(terms), q, (SumUnits(over),), "1"))
            numbers.append(Term(part))
        self._emit(Backward(d, tuple(numbers), q, (), "1"))

    def _uniform(self, term: Term) -> bool:
        """Whether a term has the same value for all units."""
        return term.is_elementwise and all(self.sizes.get(s, "1") == "1" for s in term.expr.free_symbols)

    def _over_units(self, term: Term, size: str) -> Term:
        """The sum of a term over so many units."""
        if self._uniform(term):
            return term if size == "1" else replace(term, maps=(*term.maps, Copies.of(size)))
        return replace(term, maps=(*term.maps, SumUnits(size)))

    # ------------------------------------------------------------------ names

    def argument_name(self, q: Symbol) -> Symbol:
        free = (Symbol(f"{letter}_{q}") for letter in "azuvw")
        return next((s for s in free if s not in self.sizes), None) or self.unused(f"a_{q}2")

    def unused(self, name: str) -> Symbol:
        while Symbol(name) in self.sizes:
            name += "2"
        return Symbol(name)

    def _emit(self, statement: BackwardStatement) -> None:
        self._declare(statement.target, statement.size)
        if isinstance(statement, Backward):
            self._defined.add(statement.target)
        self.statements.append(statement)

    def _declare(self, name: Symbol, size: str) -> None:
        if name in self.sizes:
            raise DeriveError(
                f"cell {self._cell.name!r}: {name.name!r} is the name of a cotangent in the backward equations;"
                " give that quantity another name"
            )
        self.sizes[name] = size
