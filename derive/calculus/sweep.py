"""The reverse sweep: one walk over a cell's statements, last to first, one rule for each kind of statement.

The cotangent of a quantity is the sum of what the statements that read it give back, in the order in which the cell
reads it. A quantity's cotangent is complete when the walk reaches the statement that defines it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace as replaced
from functools import singledispatchmethod
from typing import TYPE_CHECKING

from sympy import Add, Expr, Function, Mul, Number, Piecewise, Pow, Rational, S, Symbol, exp, log, preorder_traversal

from derive.calculus.backward import Backward, Term, cotangent
from derive.errors import DeriveError, UnsupportedExpression
from derive.notation.names import NEXT
from derive.statements.kinds import Affine, Elementwise, Mean, Parameter, Statement
from derive.statements.maps import Broadcast, Copies, Map, Outer, Scale, Skew, SumTime, SumUnits, Transpose
from derive.symbolic.activation import Activation
from derive.symbolic.derivatives import Known, partial, product, total
from derive.symbolic.expressions import MeanNode, replace, symbols_in_order

if TYPE_CHECKING:
    from derive.definition.cell import Cell

BackwardStatement = Elementwise | Backward
Given = tuple[Term, str]  # what a statement gives back, and how many units that statement has


class Sweep:
    """The walk over one cell, and what it collects.

    statements: the backward step, in order. gradients: that of every learned parameter. arguments: the composite
    arguments of functions whose cotangent has a name.
    """

    def __init__(self, cell: Cell) -> None:
        self.statements: list[BackwardStatement] = []
        self.arguments: dict[Symbol, Expr] = {}
        self._parameters = {p.symbol: p for p in cell.parameters}
        self._constants = frozenset(p.symbol for p in cell.declared if p.kind == "constant")
        self._summed: dict[Symbol, list[Term]] = {p: [] for p in self._parameters}
        self._cell = cell
        self._sizes = dict(cell.sizes)
        self._given: dict[Symbol, list[Given]] = {q: [] for q in self._sizes}
        self._defined: set[Symbol] = set()
        self._affine = {s.target for s in cell.statements if isinstance(s, Affine)}
        self._outer = (*(cell.previous(s) for s in cell.states), cell.input)
        self._reads = Counter(q for s in cell.statements for q in _reads(s))
        self._named = {s.expr: s.target for s in cell.statements if isinstance(s, Elementwise)}
        for state in map(Symbol, cell.states):
            self._declare(cotangent(Symbol(state.name + NEXT)), self._sizes[state])

    def run(self) -> Sweep:
        """Walk."""
        for statement in reversed(self._cell.statements):
            if self._collect(statement.target):
                try:
                    self._reverse(statement)
                except UnsupportedExpression as e:
                    line = self._cell.line_of(statement)
                    raise UnsupportedExpression(f"equation {line.target.name!r}{line.where}: {e}") from None
        for q in self._outer:
            self._collect(q)
        for p in self._parameters:
            given = self._given.get(p, [])[::-1]
            if given:  # a vector parameter multiplied by a weight
                step = Symbol(f"{p}_t")
                self._sum(step, given, self._sizes[p])
                self._summed[p].append(Term(cotangent(step)))
        return self

    @property
    def gradients(self) -> tuple[Backward, ...]:
        """The gradient of every learned parameter, a sum over time."""
        learned = [p for p in self._parameters.values() if p.kind != "constant"]
        return tuple(self._gradient(p) for p in learned)

    def _gradient(self, p: Parameter) -> Backward:
        """Of the stored V of V - Vᵀ it is G - Gᵀ, G being that of V - Vᵀ."""
        after = (SumTime(), Skew()) if p.form == "antisymmetric" else (SumTime(),)
        return Backward(cotangent(p.symbol), tuple(self._summed[p.symbol][::-1]), p.symbol, after, p.rows or "1", p)

    # ------------------------------------------------------------------ one rule for each kind of statement

    @singledispatchmethod
    def _reverse(self, statement: Statement) -> None:
        raise NotImplementedError(type(statement).__name__)

    @_reverse.register
    def _affine_map(self, s: Affine) -> None:
        """a = Σ W x + b: δx += Wᵀ δa; δW += δa xᵀ and δb += δa, summed over time and batch"""
        d = cotangent(s.target)
        for t in reversed(s.terms):
            self._give(t.operand, Term(d, (Transpose(self._parameters[t.weight]),), s.target, s.target), s.size)
            self._summed[t.weight].append(Term(d, (Outer(t.operand),), s.target, s.target))
            if t.bias is not None:
                self._summed[t.bias].append(Term(d, (), s.target, s.target))

    @_reverse.register
    def _mean(self, s: Mean) -> None:
        """m = (Σ_k Σ_units q_k)/n: δq_k += δm/n, n being the number of values averaged"""
        counts = [S.One if self._sizes[q] == "1" else Symbol(self._sizes[q]) for q in s.operands]
        if len(set(counts)) > 1:
            share = Pow(total(*counts), -1, evaluate=False)
        else:
            share = product(Rational(1, len(counts)), *(Pow(n, -1, evaluate=False) for n in counts[:1] if n != 1))
        for q in reversed(s.operands):
            self._give(q, Term(cotangent(s.target), (Scale(share),), s.target, MeanNode(*s.operands)), "1")

    @_reverse.register
    def _elementwise(self, s: Elementwise) -> None:
        """q = f(u, v, ...): δu += δq ∂f/∂u for every u, the partial in terms of the saved q where that is shorter"""
        through, formula, d = self._through_function(s)
        for x in symbols_in_order(formula):
            if x in self._constants or cotangent(x) in self._defined:  # of a + r b, δa is the sum's own cotangent
                continue
            local = self._name_functions(partial(formula, x, Known({s.expr: s.target}, self._constants)), s.size)
            if local != 0:
                self._give(x, Term(d, (Scale(local),), through, formula), s.size)

    def _through_function(self, s: Elementwise) -> tuple[Expr, Expr, Symbol]:
        """What to differentiate for q = f: (its name, its formula, its cotangent).

        That is q itself, except where q = φ(u) and several quantities share u: then it is u, whose cotangent
        δu = δq φ'(u) is computed once. It goes by the name of a pre-activation that stands alone in the sum u, if
        there is one: for tanh(a + r b) it is δa. Where φ' needs u itself, u is computed again under a name,
        unless it is but a multiple of a quantity.
        """
        d = cotangent(s.target)
        if not isinstance(s.expr, (Activation, exp, log)) or isinstance(s.expr.args[0], Symbol):
            return s.target, s.expr, d
        u, *others = s.expr.args
        if any(x not in self._constants for p in others for x in p.free_symbols):
            return s.target, s.expr, d
        z = self._fresh(s.target)
        function = s.expr.func(z, *others, evaluate=False)
        local = partial(function, z, Known({function: s.target}, self._constants))
        again = z in local.free_symbols and not _is_multiple(u)
        if not again and sum(x not in self._constants for x in u.free_symbols) < 2:
            return s.target, s.expr, d
        inner = self._alone(u) or z
        if again:
            self._emit(Elementwise(z, u, s.size))
        elif inner == z:
            self.arguments[z] = u
        local = self._name_functions(local, s.size)
        given = Term(d, (Scale(local),), s.target, function if inner == z else s.expr)
        self._sum(inner, [(given, s.size)], s.size, inner in self._affine)
        return (z if inner == z else u), u, cotangent(inner)

    def _alone(self, u: Expr) -> Symbol | None:
        """The first pre-activation that is a plain term of the sum u and is read nowhere else."""
        terms = u.args if isinstance(u, Add) else ()
        return next((a for a in terms if a in self._affine and self._reads[a] == 1), None)

    def _name_functions(self, local: Expr, size: str) -> Expr:
        """Give names to functions in a partial that are known from the forward step or needed more than once."""
        functions = (n for n in preorder_traversal(local) if isinstance(n, Function) and not isinstance(n, Piecewise))
        found = Counter(f for f in functions if not self._constants.issuperset(f.free_symbols))
        for node, times_read in found.items():
            if times_read > 1 and node not in self._named:
                name = self._unused(f"{node.func.__name__}_{next(symbols_in_order(node))}")
                self._named[node] = name
                self._emit(Elementwise(name, node, size))
        return replace(local, {n: self._named[n] for n in found if n in self._named})

    # ------------------------------------------------------------------ collecting

    def _give(self, x: Symbol, term: Term, size: str) -> None:
        """Add a term to the cotangent of a quantity, or to the gradient of a parameter. size: that of what gives it."""
        if x in self._constants:
            return
        if x not in self._parameters or not term.is_elementwise:
            self._given[x].append((term, size))
        elif self._parameters[x].kind == "scalar":
            self._summed[x].append(self._over_units(term, size))
        else:
            repeated = (Broadcast(self._parameters[x].rows),) if self._uniform(term) else ()
            self._summed[x].append(replaced(term, maps=(*term.maps, *repeated)))

    def _collect(self, q: Symbol) -> bool:
        """Define δq; False if nothing that reaches the loss reads q."""
        if cotangent(q) in self._defined:
            return True
        given = self._given[q][::-1]
        incoming = [Term(cotangent(Symbol(q.name + NEXT)))] if q.name in self._cell.states else []
        if not given and not incoming and q not in self._outer:
            return False
        if self._sizes[q] == "1":
            self._sum_of_units(q, given)  # no state is one number
        else:
            self._sum(q, given, self._sizes[q], q in self._affine or q in self._outer, incoming)
        return True

    def _sum(self, q: Symbol, given: list[Given], size: str, full: bool = True, incoming: Sequence[Term] = ()) -> None:
        """δq = what comes in + what is given; ``full``: a value for every unit, even if all are the same."""
        terms = (*incoming, *(t for t, _ in given))
        after: tuple[Map, ...] = ()
        if all(self._uniform(t) for t in terms):
            after, size = ((Broadcast(size),), size) if full and size != "1" else ((), "1")
        self._emit(Backward(cotangent(q), terms, q, after, size))

    def _sum_of_units(self, q: Symbol, given: list[Given]) -> None:
        """The cotangent of one number: what every unit gives back, summed."""
        numbers: list[Term] = []
        wide: dict[str, list[Term]] = {}
        for t, size in given:
            if self._uniform(t):
                numbers.append(self._over_units(t, size))
            else:
                wide.setdefault(size, []).append(t)
        d = cotangent(q)
        if len(wide) == 1 and not numbers:
            ((over, terms),) = wide.items()
            self._emit(Backward(d, tuple(terms), q, (SumUnits(over),), "1"))
            return
        for over, terms in wide.items():
            part = self._unused(f"{d}_{over.removesuffix('_size')}")
            self._emit(Backward(part, tuple(terms), q, (SumUnits(over),), "1"))
            numbers.append(Term(part))
        self._emit(Backward(d, tuple(numbers), q, (), "1"))

    def _uniform(self, term: Term) -> bool:
        """Whether a term has the same value for all units."""
        return term.is_elementwise and all(self._sizes.get(s, "1") == "1" for s in term.expr.free_symbols)

    def _over_units(self, term: Term, size: str) -> Term:
        """The sum of a term over so many units."""
        if self._uniform(term):
            return term if size == "1" else replaced(term, maps=(*term.maps, Copies.of(size)))
        return replaced(term, maps=(*term.maps, SumUnits(size)))

    # ------------------------------------------------------------------ names

    def _fresh(self, q: Symbol) -> Symbol:
        """A name for the argument of the function in q = φ(u)."""
        free = (Symbol(f"{letter}_{q}") for letter in "azuvw")
        return next((s for s in free if s not in self._sizes), None) or self._unused(f"a_{q}2")

    def _unused(self, name: str) -> Symbol:
        while Symbol(name) in self._sizes:
            name += "2"
        return Symbol(name)

    def _emit(self, statement: BackwardStatement) -> None:
        self._declare(statement.target, statement.size)
        if isinstance(statement, Backward):
            self._defined.add(statement.target)
        self.statements.append(statement)

    def _declare(self, name: Symbol, size: str) -> None:
        if name in self._sizes:
            raise DeriveError(
                f"cell {self._cell.name!r}: {name.name!r} is the name of a cotangent in the backward equations;"
                " give that quantity another name"
            )
        self._sizes[name] = size


def _is_multiple(u: Expr) -> bool:
    """Whether u is a number times a quantity, such as -a, which is as short as a name for it."""
    return isinstance(u, Mul) and len(u.args) == 2 and isinstance(u.args[0], Number) and isinstance(u.args[1], Symbol)


def _reads(s: Statement) -> list[Symbol]:
    """Every reading of a quantity by a statement, repetitions included."""
    if isinstance(s, Elementwise):
        return [n for n in preorder_traversal(s.expr) if isinstance(n, Symbol)]
    return [t.operand for t in s.terms] if isinstance(s, Affine) else list(s.operands)
