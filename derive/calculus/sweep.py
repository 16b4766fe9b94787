"""The reverse sweep: one walk over a cell's statements, last to first, one rule for each kind of statement.

The cotangent of a quantity is the sum of what the statements that read it give back, in the order in which the cell
reads it. A quantity's cotangent is complete when the walk reaches the statement that defines it.
"""

from __future__ import annotations

from collections import Counter
from functools import singledispatchmethod
from typing import TYPE_CHECKING

from sympy import Add, Expr, Function, Mul, Number, Piecewise, Pow, Rational, S, Symbol, exp, log, preorder_traversal

from derive.calculus.backward import (
    AffineTransposed,
    BackwardStatement,
    Contribution,
    GradientTerm,
    Spread,
    Total,
    cotangent,
)
from derive.errors import DeriveError, UnsupportedExpression
from derive.notation.names import NEXT
from derive.statements.kinds import Affine, Elementwise, Mean, Statement
from derive.symbolic.activation import Activation
from derive.symbolic.derivatives import Known, partial, product, total
from derive.symbolic.expressions import MeanNode, replace, symbols_in_order

if TYPE_CHECKING:
    from derive.definition.cell import Cell


class Sweep:
    """The walk over one cell, and what it collects.

    statements: the backward step, in order. gradients: what every parameter's gradient sums. contributions: per
    cotangent, what it is the sum of. arguments: the composite arguments of functions whose cotangent has a name.
    """

    def __init__(self, cell: Cell) -> None:
        self.statements: list[BackwardStatement] = []
        self.contributions: dict[Symbol, tuple[Contribution, ...]] = {}
        self.arguments: dict[Symbol, Expr] = {}
        self._parameters = {p.symbol: p for p in cell.parameters}
        self._constants = frozenset(p.symbol for p in cell.declared if p.kind == "constant")
        self.gradients: dict[Symbol, list[GradientTerm]] = {p: [] for p in self._parameters}
        self._cell = cell
        self._sizes = dict(cell.sizes)
        self._given: dict[Symbol, list[Contribution]] = {q: [] for q in self._sizes}
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
                d = Symbol(f"d_{p}_t")
                self._sum(d, given, self._sizes[p])
                self.gradients[p].append(GradientTerm(d, None, self._sizes[p], given[0]))
        for terms in self.gradients.values():
            terms.reverse()
        return self

    # ------------------------------------------------------------------ one rule for each kind of statement

    @singledispatchmethod
    def _reverse(self, statement: Statement) -> None:
        raise NotImplementedError(type(statement).__name__)

    @_reverse.register
    def _affine_map(self, s: Affine) -> None:
        """a = Σ W x + b: δx += Wᵀ δa; δW += δa xᵀ and δb += δa, summed over time and batch"""
        d = cotangent(s.target)
        for term in reversed(s.terms):
            given = Contribution(s.target, s.target, d, weight=term.weight, size=s.size)
            self._give(term.operand, given)
            self.gradients[term.weight].append(GradientTerm(d, term.operand, s.size, given))
            if term.bias is not None:
                self.gradients[term.bias].append(GradientTerm(d, None, s.size, given))

    @_reverse.register
    def _mean(self, s: Mean) -> None:
        """m = (Σ_k Σ_units q_k)/n: δq_k += δm/n, n being the number of values averaged"""
        counts = [S.One if self._sizes[q] == "1" else Symbol(self._sizes[q]) for q in s.operands]
        if len(set(counts)) > 1:
            share = Pow(total(*counts), -1, evaluate=False)
        else:
            share = product(Rational(1, len(counts)), *(Pow(n, -1, evaluate=False) for n in counts[:1] if n != 1))
        formula = MeanNode(*s.operands)
        for q in reversed(s.operands):
            self._give(q, Contribution(s.target, formula, cotangent(s.target), share, size="1"))

    @_reverse.register
    def _elementwise(self, s: Elementwise) -> None:
        """q = f(u, v, ...): δu += δq ∂f/∂u for every u, the partial in terms of the saved q where that is shorter"""
        through, formula, d = self._through_function(s)
        for x in symbols_in_order(formula):
            if x in self._constants or cotangent(x) in self.contributions:  # of a + r b, δa is the sum's own cotangent
                continue
            local = self._name_functions(partial(formula, x, Known({s.expr: s.target}, self._constants)), s.size)
            if local != 0:
                self._give(x, Contribution(through, formula, d, local, size=s.size))

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
        given = Contribution(s.target, function if inner == z else s.expr, d, local, size=s.size)
        self._sum(cotangent(inner), [given], s.size, inner in self._affine)
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

    def _give(self, x: Symbol, contribution: Contribution) -> None:
        """Add a contribution to the cotangent of a quantity, or to the gradient of a parameter."""
        if x in self._constants:
            return
        if x not in self._parameters or contribution.weight is not None:
            self._given[x].append(contribution)
            return
        expr, size = contribution.expr, contribution.size
        if self._uniform(expr):
            scalar = self._parameters[x].kind == "scalar"
            expr, size = (self._times_units(expr, size) if scalar else expr), "1"
        self.gradients[x].append(GradientTerm(expr, None, size, contribution))

    def _collect(self, q: Symbol) -> bool:
        """Define δq; False if nothing that reaches the loss reads q."""
        d = cotangent(q)
        if d in self.contributions:
            return True
        given = self._given[q][::-1]
        incoming = Symbol(f"d_{q}{NEXT}") if q.name in self._cell.states else S.Zero
        if not given and incoming == 0 and q not in self._outer:
            return False
        if self._sizes[q] == "1":
            self._sum_of_units(d, given)
        else:
            self._sum(d, given, self._sizes[q], q in self._affine or q in self._outer, incoming)
        return True

    def _sum(self, d: Symbol, given: list[Contribution], size: str, full: bool = True, first: Expr = S.Zero) -> None:
        """δ = what comes first + the contributions; ``full``: a value for every unit, even if all are the same."""
        self.contributions[d] = tuple(given)
        terms = tuple((c.weight, c.cotangent) for c in given if c.weight is not None)
        expr = total(first, *(c.expr for c in given if c.weight is None))
        if terms:
            self._emit(AffineTransposed(d, terms, expr, size))
        elif self._uniform(expr):
            self._emit(Spread(d, expr, size) if full and size != "1" else Elementwise(d, expr, "1"))
        else:
            self._emit(Elementwise(d, expr, size))

    def _sum_of_units(self, d: Symbol, given: list[Contribution]) -> None:
        """The cotangent of one number: what every unit gives back, summed."""
        self.contributions[d] = tuple(given)
        numbers: list[Expr] = []
        wide: dict[str, list[Expr]] = {}
        for c in given:
            if self._uniform(c.expr):
                numbers.append(self._times_units(c.expr, c.size))
            else:
                wide.setdefault(c.size, []).append(c.expr)
        if len(wide) == 1 and not numbers:
            ((over, exprs),) = wide.items()
            self._emit(Total(d, total(*exprs), over))
            return
        for over, exprs in wide.items():
            part = self._unused(f"{d}_{over.removesuffix('_size')}")
            self._emit(Total(part, total(*exprs), over))
            numbers.append(part)
        self._emit(Elementwise(d, total(*numbers), "1"))

    def _uniform(self, expr: Expr) -> bool:
        """Whether a formula has the same value for all units."""
        return all(self._sizes.get(s, "1") == "1" for s in expr.free_symbols)

    def _times_units(self, expr: Expr, size: str) -> Expr:
        return expr if size == "1" else product(Symbol(size), expr)

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
