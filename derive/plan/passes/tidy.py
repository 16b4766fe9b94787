"""Passes that any phase can do with: equal operations once, short formulas in place, nothing that nobody reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sympy import Add, Basic, Expr, Mul, Symbol

from derive.plan.operations import Operation, Pointwise
from derive.plan.plan import GIVEN, PASSING, Origin, Phase, Plan
from derive.symbolic.arithmetic import product, times, total
from derive.symbolic.expressions import replace as substitute
from derive.symbolic.expressions import rewrite


def common_subexpressions(plan: Plan) -> Plan:
    """Needs: nothing. Gives: a coefficient that an earlier operation of its phase computes too is that one."""
    same: dict[Symbol, Symbol] = {}
    phases: dict[Phase, list[Operation]] = {phase: [] for phase in plan.phases}
    for phase in plan.phases:
        formulas: dict[Expr, Symbol] = {}
        for op in plan.phases[phase]:
            op = op.over(lambda q: same.get(q, q))
            if isinstance(op, Pointwise) and plan.values[op.target].origin is Origin.COEFFICIENT:
                first = formulas.setdefault(op.expr, op.target)
                if first != op.target:
                    same[op.target] = first
                    continue
            phases[phase].append(op)
    return plan.with_phases(phases)


def inline(plan: Plan) -> Plan:
    """Needs: every operation in its phase. Gives: a quantity that is no result and that the author did not name, read
    once, in a formula of its own phase, stands in that formula; one that is made of a product keeps its line."""
    readers = {q: op for _, op in plan for q in op.reads}
    phases: dict[Phase, list[Operation]] = {}
    for phase, ops in plan.phases.items():
        inside: dict[Symbol, Expr] = {}
        phases[phase] = []
        for op in ops:
            if isinstance(op, Pointwise):
                op = replace(op, expr=_put_in(op.expr, inside, plan))
                reader = readers.get(op.target)
                once = plan.readings[op.target] == 1 and isinstance(reader, Pointwise)
                here = reader is not None and plan.phase_of[reader.targets[0]] is phase
                product_in_it = any(not plan.values[q].named for q in op.reads)
                if once and here and not product_in_it and plan.values[op.target].origin in PASSING:
                    inside[op.target] = op.expr
                    continue
            phases[phase].append(op)
    return plan.with_phases(phases)


def _put_in(expr: Expr, formulas: Mapping[Symbol, Expr], plan: Plan) -> Any:
    """A formula with others in the places of their names; a coefficient becomes part of the product in which it is."""
    if not formulas.keys() & expr.free_symbols:
        return expr
    coefficients = {q for q in formulas if plan.values[q].origin is Origin.COEFFICIENT}
    if not coefficients & expr.free_symbols:
        return substitute(expr, dict(formulas))

    def rule(node: Basic) -> Basic | None:
        if isinstance(node, Mul) and coefficients.intersection(node.args):
            (k,) = coefficients.intersection(node.args)
            return times(product(*(a for a in node.args if a != k)), formulas[k])
        if isinstance(node, Add):
            return total(*node.args)
        return formulas.get(node) if isinstance(node, Symbol) and node not in coefficients else None

    return rewrite(expr, rule)


def without_dead(plan: Plan) -> Plan:
    """Needs: nothing. Gives: what no result depends on is gone, operations and values."""
    read = set(plan.results)
    phases: dict[Phase, list[Operation]] = {phase: [] for phase in plan.phases}
    for phase, op in reversed(list(plan)):
        if read.intersection(op.targets):
            read.update(op.reads)
            phases[phase].insert(0, op)
    defined = {q for ops in phases.values() for op in ops for q in op.targets}
    values = {q: v for q, v in plan.values.items() if q in defined or v.origin in GIVEN}
    return replace(plan, values=values, phases={phase: tuple(ops) for phase, ops in phases.items()})
