"""Formulas of quantities of the same unit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sympy import (
    Add,
    Expr,
    Function,
    Integer,
    Max,
    Min,
    Mul,
    Number,
    Piecewise,
    Pow,
    S,
    Symbol,
    exp,
    log,
    preorder_traversal,
)

from derive.statements.base import Gatherer, Operations, Statement
from derive.statements.builder import Builder
from derive.statements.maps import Scale
from derive.statements.sizes import number_of_units
from derive.statements.writing import ALL_UNITS, Units, Writing
from derive.symbolic.activation import Activation
from derive.symbolic.derivatives import Known, partial
from derive.symbolic.expressions import HIDDEN, readings, replace, symbols_in_order


@dataclass(frozen=True)
class Elementwise(Statement):
    """target = expr, a formula of named quantities of the same unit."""

    target: Symbol
    expr: Expr
    size: str = HIDDEN

    elementwise = True

    @property
    def reads(self) -> tuple[Symbol, ...]:
        return tuple(readings(self.expr))

    @property
    def uses(self) -> tuple[Symbol, ...]:
        return tuple(symbols_in_order(self.expr))

    def written(self, writing: Writing = ALL_UNITS, operands: Sequence[Any] | None = None) -> Any:
        return self.expr

    def entry(self, k: int, units: Units, operands: Sequence[Any] | None = None) -> Any:
        return units.single(self.expr, k)

    # ------------------------------------------------------------------ backwards

    def vjp(self, d: Symbol, gather: Gatherer) -> None:
        """q = f(u, v, ...): δu += δq ∂f/∂u for every u, the partial in terms of the saved q where that is shorter"""
        through, formula, d = self._through_function(d, gather)
        for x in symbols_in_order(formula):
            if x in gather.constants or gather.has_cotangent(x):  # of a + r b, δa is the sum's own cotangent
                continue
            local = self._with_names(partial(formula, x, Known({self.expr: self.target}, gather.constants)), gather)
            if local != 0:
                gather.give(x, d, Scale(local), through=through, formula=formula, size=self.size)

    def _through_function(self, d: Symbol, gather: Gatherer) -> tuple[Expr, Expr, Symbol]:
        """What to differentiate for q = f: (its name, its formula, its cotangent).

        That is q itself, except where q = φ(u) and several quantities share u: then it is u, whose cotangent
        δu = δq φ'(u) is computed once. It goes by the name of a pre-activation that stands alone in the sum u, if
        there is one: for tanh(a + r b) it is δa. Where φ' needs u itself, u is computed again under a name,
        unless it is but a multiple of a quantity.
        """
        if not isinstance(self.expr, (Activation, exp, log)) or isinstance(self.expr.args[0], Symbol):
            return self.target, self.expr, d
        u, *others = self.expr.args
        if any(x not in gather.constants for p in others for x in p.free_symbols):
            return self.target, self.expr, d
        z = gather.argument_name(self.target)
        function = self.expr.func(z, *others, evaluate=False)
        local = partial(function, z, Known({function: self.target}, gather.constants))
        again = z in local.free_symbols and not _is_multiple(u)
        if not again and sum(x not in gather.constants for x in u.free_symbols) < 2:
            return self.target, self.expr, d
        terms = u.args if isinstance(u, Add) else ()
        inner = next((a for a in terms if isinstance(a, Symbol) and gather.stands_for_sum(a)), z)
        if again:
            gather.compute(Elementwise(z, u, self.size))
        elif inner == z:
            gather.arguments[z] = u
        given = Scale(self._with_names(local, gather))
        formula = function if inner == z else self.expr
        return (
            z if inner == z else u,
            u,
            gather.define(inner, d, given, through=self.target, formula=formula, size=self.size),
        )

    def _with_names(self, local: Expr, gather: Gatherer) -> Expr:
        """Give names to functions in a partial that are known from the forward step or needed more than once."""
        functions = (n for n in preorder_traversal(local) if isinstance(n, Function) and not isinstance(n, Piecewise))
        found = Counter(f for f in functions if not gather.constants.issuperset(f.free_symbols))
        for node, times_read in found.items():
            if times_read > 1 and node not in gather.named:
                name = gather.unused(f"{node.func.__name__}_{next(symbols_in_order(node))}")
                gather.named[node] = name
                wide = any(gather.sizes[s] != "1" for s in node.free_symbols)
                gather.compute(Elementwise(name, node, self.size if wide else "1"))
        return replace(local, {n: gather.named[n] for n in found if n in gather.named})

    # ------------------------------------------------------------------ for machines

    def cost(self, sizes: Mapping[Symbol, str]) -> Operations:
        binary, values = _counted(self.expr)
        units = number_of_units(self.size)
        return Operations(arithmetic=units * binary, functions=units * values)

    def operations(self, builder: Builder) -> None:
        builder.pointwise(self.expr, self.size, self.target)


def _is_multiple(u: Expr) -> bool:
    """Whether u is a number times a quantity, such as -a, which is as short as a name for it."""
    return isinstance(u, Mul) and len(u.args) == 2 and isinstance(u.args[0], Number) and isinstance(u.args[1], Symbol)


def _counted(expr: Expr) -> tuple[int, int]:
    """(arithmetic, values of functions) of one unit of a formula; a sign costs nothing."""
    args = expr.args[:1] if isinstance(expr, Activation) else expr.args
    parts = [_counted(a) for a in args]
    binary, values = sum(b for b, _ in parts), sum(v for _, v in parts)
    if isinstance(expr, (Add, Mul, Max, Min)):
        return binary + sum(a is not S.NegativeOne for a in args) - 1, values
    if isinstance(expr, Pow):
        return (
            (binary + 1, values)
            if isinstance(expr.exp, Integer) and expr.exp != -1
            else (binary, values + (expr.exp != -1))
        )
    if isinstance(expr, Piecewise):
        return binary + len(expr.args) - 1, values
    return (binary, values + 1) if isinstance(expr, Function) else (binary, values)
