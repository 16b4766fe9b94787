"""An expression as its author typed it, in the form in which a cell holds it."""

from __future__ import annotations

from math import prod
from typing import Any

from sympy import Add, Basic, Float, Heaviside, Mul, Number, Pow, Rational, S, log
from sympy import tanh as sympy_tanh

from derive.exact.numeral import exact_rational
from derive.symbolic.activation import cases_of_heaviside
from derive.symbolic.activations import tanh
from derive.symbolic.expressions import ordered, rebuild
from derive.symbolic.size import check_size, parts


def tidy(expr: Basic) -> Any:
    """An expression as typed, with nested sums and products flattened and decimals made exact rationals.

    SymPy's own tanh becomes ours, which knows its range and how PyTorch spells it; a logarithm to another base, which
    SymPy prints without the base, a fraction; Heaviside's function its cases, whose slope is no delta function; a sum
    has no 0 among its terms. Raises DeriveError for an expression too large to calculate with.
    """
    check_size(expr)

    def rule(node: Basic) -> Basic | None:
        if isinstance(node, sympy_tanh):
            return tanh(*node.args, evaluate=False)
        if isinstance(node, log) and len(node.args) == 2:
            above, below = (log(a, evaluate=False) for a in node.args)
            return Mul(above, Pow(below, -1, evaluate=False), evaluate=False)
        if isinstance(node, Heaviside):
            return cases_of_heaviside(*node.args)
        if isinstance(node, Float):
            return exact_rational(node)
        if isinstance(node, Pow) and all(isinstance(a, Number) for a in node.args) and node.exp == -1:
            return Rational(1) / node.base
        if isinstance(node, (Add, Mul)):
            flat: list[Basic] = []
            for a in node.args:
                flat.extend(a.args if isinstance(a, node.func) else [a])
            if isinstance(node, Mul):
                return ordered(Mul, _one_number(flat))
            terms = [a for a in flat if a is not S.Zero]  # that with which Python's sum begins
            return ordered(Add, terms) if len(terms) > 1 else (*terms, S.Zero)[0]
        return None

    def walk(node: Basic) -> Basic:
        args = [walk(a) for a in parts(node)]  # a long sum is typed as sums in sums, and not walked as deeply as that
        node = rebuild(node, args) if args else node
        replaced = rule(node)
        return node if replaced is None else replaced

    return walk(expr)


def _one_number(factors: list[Basic]) -> list[Basic]:
    """The factors with their numbers in one, in front, after a minus: two side by side are read as one, 10 5 as 105."""
    numbers = [a for a in factors if isinstance(a, Rational)]
    rest = [a for a in factors if not isinstance(a, Rational)]
    number = Rational(prod(a.p for a in numbers), prod(a.q for a in numbers))
    size = Rational(abs(number.p), number.q)
    kept = [size] if size != 1 or not rest else []
    return [Rational(-1), *kept, *rest] if number.p < 0 else [*kept, *rest]
