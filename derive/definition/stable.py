"""A cell's statements as machines compute them: its formulas by the rules of ``derive.symbolic.stable``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from sympy import Expr, Max, Symbol, exp

from derive.statements.base import Statement
from derive.statements.elementwise import Elementwise
from derive.symbolic.activations import sigmoid
from derive.symbolic.expressions import rewrite
from derive.symbolic.stable import rate, root, stable


def stable_statements(
    statements: list[Statement], sizes: dict[Symbol, str], parameters: frozenset[Symbol]
) -> list[Statement]:
    """The statements with every formula in the form that machines compute; ``sizes`` learns of what is new.

    What a rule makes a function of is a statement of its own, so that the backward pass finds its value.
    """
    known: dict[Symbol, Expr] = {}
    found: list[Statement] = []
    rates = _rates(statements)
    for s in statements:
        if isinstance(s, Elementwise):
            expr = stable(s.expr, known, parameters)
            expr = rate(expr.args[0], evaluate=False) if s.target in rates and isinstance(expr, exp) else expr
            if expr != s.expr:
                *parts, s = _in_parts(replace(s, expr=expr), s.expr, sizes)
                found += parts
            known[s.target] = s.expr
        found.append(s)
    return found


def _rates(statements: list[Statement]) -> set[Symbol]:
    """The exponentials that exponentials of their negatives read, or that are compared in a max, and nothing else does:
    what is divided by a max beyond the largest number is 0, and the quotients in its slope are no ∞/∞."""
    formulas = {s.target: s.expr for s in statements if isinstance(s, Elementwise)}
    within = {q for e in formulas.values() if isinstance(e, exp) and e.args[0].could_extract_minus_sign()
              for q in e.args[0].free_symbols}  # fmt: skip
    compared = {q for e in formulas.values() for m in e.atoms(Max) for q in m.args}
    outside = {q for s in statements for q in _elsewhere(s)}
    return {q for q in (within | compared) - outside if isinstance(formulas.get(q), exp)}


def _elsewhere(s: Statement) -> Iterable[Symbol]:
    """What a statement reads, but for an exponential and what it compares in a max."""
    if not isinstance(s, Elementwise):
        return s.reads
    maxima = {m: Max(*(a for a in m.args if not isinstance(a, Symbol))) for m in s.expr.atoms(Max)}
    return () if isinstance(s.expr, exp) else s.expr.xreplace(maxima).free_symbols


def _in_parts(s: Elementwise, before: Expr, sizes: dict[Symbol, str]) -> Iterator[Elementwise]:
    """The roots and shares that a formula has and had not before, each by a name, and the formula of these names."""
    old = before.atoms(root, sigmoid)
    made: dict[Any, Symbol] = {}

    def rule(node: Any) -> Symbol | None:
        if isinstance(node, root | sigmoid) and node not in old and node != s.expr and node not in made:
            name = f"{node.func.__name__}_{s.target}"
            while Symbol(name) in sizes:
                name += "2"
            made[node] = Symbol(name)
            wide = any(sizes[q] != "1" for q in node.free_symbols)
            sizes[made[node]] = s.size if wide else "1"
        return made.get(node)

    expr = rewrite(s.expr, rule)
    yield from (Elementwise(name, node, sizes[name]) for node, name in made.items())
    yield replace(s, expr=expr)
