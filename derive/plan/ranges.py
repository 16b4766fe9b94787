"""What the quantities of a plan may be, whatever weights, inputs and states are."""

from __future__ import annotations

from collections import Counter
from functools import reduce
from typing import Any

from sympy import Basic, Symbol

from derive.enclosure.states import range_of
from derive.exact.intervals import INFINITY, WHOLE, ZERO, Interval, multiply
from derive.plan.axes import named_axes
from derive.plan.operations import Contract, Operation, Pointwise
from derive.plan.plan import Origin, Plan

POSITIVE = Interval(ZERO, INFINITY)


class Ranges:
    """All that the quantities of a plan may be, whatever weights, inputs and states are."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.found, self.of_formulas = plan, dict[Symbol, Interval](), dict[Any, Interval]()
        self.fixed = {q for q, v in plan.values.items() if v.origin in (Origin.CONSTANT, Origin.SIZE)}

    def bound(self, factor: Basic) -> bool:
        """Whether a formula has bounds; one of fixed numbers is one."""
        return self.fixed.issuperset(factor.free_symbols) or self.of(factor).is_finite

    def of(self, formula: Any) -> Interval:
        """All that a formula may be."""
        if formula not in self.of_formulas:
            box = {q: self.quantity(q) for q in formula.free_symbols}
            self.of_formulas[formula] = range_of(formula, box)
        return self.of_formulas[formula]

    def quantity(self, q: Symbol) -> Interval:
        """All that a quantity may be."""
        if q not in self.found:
            self.found[q] = self._of(self.plan.definitions.get(q))
        return self.found[q]

    def _of(self, op: Operation | None) -> Interval:
        if isinstance(op, Pointwise):
            return self.of(op.expr)
        if not isinstance(op, Contract):
            return WHOLE
        squares = all(n % 2 == 0 for n in Counter(op.factors).values())
        found = POSITIVE if squares else reduce(multiply, map(self.quantity, op.factors))
        axes = [set(named_axes(self.plan.values[q].axes)) for q in (*op.factors, op.target)]
        if not squares and set().union(*axes) - axes[-1]:  # a sum of such
            return POSITIVE if found.lower >= 0 else WHOLE
        return found
