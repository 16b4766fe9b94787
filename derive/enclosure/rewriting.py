"""A formula as an equal one, of which enclosures tell more: by what the names in it stand for.

Intervals and zonotopes forget that m is the larger of a and b, so that a - m, which is never positive, may seem to be;
and that q is a part of the mean of squares by whose root it is divided, so that the quotient may seem to be unbounded.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isqrt
from typing import Any

from sympy import Add, Expr, Max, Min, Mul, Pow, Rational, S, Symbol

from derive.statements.base import UnitsNode
from derive.statements.head_mean import HeadMeanNode
from derive.statements.mean import MeanNode
from derive.symbolic.activation import Activation
from derive.symbolic.expressions import ordered, rebuild

Names = Mapping[Symbol, Expr]

ROUNDED = Rational(9, 8)  # of a standard score, what a machine's may be: half a dozen roundings, each 2^-8 at most
LEAST = Rational(1, 2**60)  # of what is added to a mean of squares, which a machine may have flushed to zero


def telling(node: Any, names: Names, units: int, is_rounded: bool = False) -> Any:
    """The formula with differences from a maximum as min(0, a - b), and standard scores within their bounds.

    names: what stands for quantities of the same step, and for numbers. units: no quantity has more. is_rounded:
    whether it is true of a machine's numbers as well: there a - max(a, b) is 0 for a number a, and not for one that is
    computed again. Nodes that mix units, and what has an activation, which is counted by its place, stay as they are.
    """
    if isinstance(node, UnitsNode) or not node.args:
        return node
    node = rebuild(node, [telling(a, names, units, is_rounded) for a in node.args])
    if node.has(Activation):
        return node
    found = _below_largest(node, names, is_rounded) if isinstance(node, Add) else None
    return found or (_score(node, names, units) if isinstance(node, Mul) else None) or node


def _below_largest(node: Expr, names: Names, is_rounded: bool) -> Expr | None:
    """a - max(a, b) as min(0, a - b)"""
    terms = list(node.args)
    if is_rounded and len(terms) > 2:
        return None
    for m in terms:
        largest = _stands_for(-m, names)
        for a in largest.args if isinstance(largest, Max) else ():
            parts = Add.make_args(a)
            if all(parts.count(p) <= terms.count(p) for p in parts):
                rest = [t for t in terms if t is not m and t not in parts]
                apart = [ordered(Add, [*parts, *(-t for t in Add.make_args(b))]) for b in largest.args if b != a]
                below = Min(S.Zero, *apart, evaluate=False)
                return ordered(Add, [*rest, below]) if rest else below
    return None


def _score(node: Expr, names: Names, units: int) -> Expr | None:
    """q/√(mean of squares, of q's among them, + ε) between ±√n, n being the number of what the mean is of."""
    for below in node.args:
        squares = _squares(below, names)
        for q in node.args if squares else ():
            if any(_stands_for(o, names) == Pow(q, 2, evaluate=False) for o in squares):
                most = ROUNDED * (isqrt(len(squares) * units - 1) + 1)
                rest = [f for f in node.args if f is not q and f is not below]
                score = Max(-most, Min(most, ordered(Mul, [q, below]), evaluate=False), evaluate=False)
                return ordered(Mul, [*rest, score]) if rest else score
    return None


def _squares(factor: Expr, names: Names) -> tuple[Expr, ...]:
    """What the mean m is of, where a factor is 1/√(m + ε)."""
    power, base = S.One, factor
    while isinstance(base, Pow) or base in names:
        if isinstance(base, Pow):
            power, base = power * base.exp, base.base
        else:
            base = names[base]
    terms = [_stands_for(t, names) for t in Add.make_args(base)]
    means = [m for m in terms if isinstance(m, MeanNode | HeadMeanNode)]
    is_root = power == -S.Half and len(means) == 1 and all(t in means or (t.is_Rational and t >= LEAST) for t in terms)
    return means[0].operands if is_root and len(terms) == 2 else ()


def _stands_for(node: Expr, names: Names) -> Expr:
    return names.get(node, node)
