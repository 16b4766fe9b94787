"""Smooth pieces of a formula with kinks: where Max, Min, Abs and Piecewise change branch, and which holds where."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from sympy import (
    Abs,
    Expr,
    Max,
    Min,
    Piecewise,
    Poly,
    PolynomialError,
    Rational,
    Symbol,
    numer,
    real_roots,
    together,
)
from sympy.core.relational import Relational

from derive.errors import DeriveError
from derive.exact.value import Value
from derive.symbolic.activation import Activation
from derive.symbolic.evaluation import evaluate

KINKED = (Abs, Max, Min, Piecewise)


def opened(expr: Expr) -> Expr:
    """The expression with every activation that has kinks written out; the smooth ones keep their short derivatives."""
    return expr.replace(
        lambda e: isinstance(e, Activation) and e.value(*e.args).has(*KINKED), lambda e: opened(e.value(*e.args))
    )


def branch(expr: Expr, x: Symbol, at: Rational) -> Expr:
    """The smooth formula that an opened expression is near that point."""
    if not expr.has(*KINKED):
        return expr
    if isinstance(expr, Piecewise):
        which = evaluate(Piecewise(*((k, c) for k, (_, c) in enumerate(expr.args))), {x: Value.of(at)})
        return branch(expr.args[int(float(which))][0], x, at)
    parts = [branch(a, x, at) for a in expr.args]
    values = [evaluate(p, {x: Value.of(at)}) for p in parts]
    if isinstance(expr, Abs):
        return -parts[0] if values[0] < 0 else parts[0]
    if isinstance(expr, Max | Min):
        chosen = 0
        for k in range(1, len(parts)):
            if values[k] > values[chosen] if isinstance(expr, Max) else values[k] < values[chosen]:
                chosen = k
        return parts[chosen]
    return expr.func(*parts)


def breakpoints(expr: Expr, x: Symbol, lower: Expr, upper: Expr) -> list[Rational]:
    """The points strictly between lower and upper where an opened expression may have a kink.

    Raises DeriveError for a kink that is not at a rational point.
    """
    found: list[Rational] = []
    for switch in _switches(expr):
        if not switch.has(x):
            continue
        try:
            roots = real_roots(Poly(numer(together(switch)), x))
        except PolynomialError:
            raise DeriveError(
                f"the kinks of {expr} are not at rational points; give the formula on each side"
            ) from None
        for root in roots:
            if not lower < root < upper:
                continue
            if not root.is_Rational:
                raise DeriveError(f"{expr} has a kink at {root}, which is not rational; give the formula on each side")
            found.append(root)
    return sorted(set(found))


def _switches(expr: Expr) -> Iterator[Expr]:
    """Expressions at whose zeros a branch may change."""
    for node in sorted(expr.atoms(*KINKED), key=str):
        if isinstance(node, Abs):
            yield from _alternatives(node.args[0])
        elif isinstance(node, Piecewise):
            for relation in node.atoms(Relational):
                yield from _alternatives(relation.lhs - relation.rhs)
        else:
            leaves = [leaf for a in node.args for leaf in _alternatives(a)]
            yield from (a - b for a, b in itertools.combinations(leaves, 2))


def _alternatives(expr: Expr) -> list[Expr]:
    """All smooth formulas that the expression may be."""
    if not expr.has(*KINKED):
        return [expr]
    if isinstance(expr, Abs):
        return [s * a for a in _alternatives(expr.args[0]) for s in (1, -1)]
    if isinstance(expr, Max | Min):
        return [leaf for a in expr.args for leaf in _alternatives(a)]
    if isinstance(expr, Piecewise):
        return [leaf for a, _ in expr.args for leaf in _alternatives(a)]
    return [expr.func(*parts) for parts in itertools.product(*map(_alternatives, expr.args))]
