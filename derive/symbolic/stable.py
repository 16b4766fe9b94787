"""Formulas as machines compute them: equal to the author's, without what overflows or cancels on the way.

Each rule states its two sides, which are equal wherever the left one is defined. What people read stays as it was
written. A rule looks through the names of quantities: f/(f + i) is a ratio of exponentials where f and i are.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from sympy import (
    Abs,
    Add,
    Basic,
    Expr,
    Le,
    Lt,
    Max,
    Mul,
    Ne,
    Number,
    Or,
    Piecewise,
    Pow,
    Rational,
    S,
    Symbol,
    exp,
    log,
    sqrt,
)  # fmt: skip
from sympy.codegen.cfunctions import expm1, log1p

from derive.symbolic.activation import Activation
from derive.symbolic.activations import sigmoid, softplus
from derive.symbolic.arithmetic import product, total
from derive.symbolic.expressions import ordered, rewrite

Formulas = Mapping[Symbol, Expr]

MOST_CASES = 16  # of one Piecewise, which is written as conditions in each other


class root(Activation):
    """√x with the slope 0 at 0: what goes to 0 under a root does it faster than the slope grows, or has underflowed."""

    latex_name, unicode_name, torch = r"\operatorname{root}", "root", "torch.sqrt({x})"
    surrogate = True

    @classmethod
    def value(cls, x: Expr) -> Expr:
        return sqrt(x)

    @classmethod
    def slope(cls, x: Expr, y: Expr) -> Expr:
        return Piecewise((Rational(1, 2) / y, Ne(y, 0)), (0, True))


class rate(Activation):
    """e^x, where it overflows the largest number: a rate so large has had its effect, and times 0 it is 0."""

    latex_name, unicode_name = r"\operatorname{rate}", "rate"
    torch = "torch.exp({x}).clamp(max=torch.finfo({x}.dtype).max)"
    surrogate = True

    @classmethod
    def value(cls, x: Expr) -> Expr:
        return exp(x)

    @classmethod
    def slope(cls, x: Expr, y: Expr) -> Expr:
        return y


def stable(expr: Expr, known: Formulas, fixed: frozenset[Symbol] = frozenset()) -> Any:
    """The formula as machines compute it. known: the formulas of the quantities before it; fixed: the parameters."""

    def rule(node: Basic) -> Basic | None:
        for one in (_difference, _logarithm, _quotient, _root, _cases):
            found = one(node, known)
            if found is not None:
                return found
        return _rate(node, fixed)

    return rewrite(expr, rule)


def _difference(node: Basic, known: Formulas) -> Expr | None:
    """e^u - 1 = expm1(u), 1 - e^u = -expm1(u)"""
    if not isinstance(node, Add) or not {S.One, S.NegativeOne} & set(node.args):
        return None
    for k, one in enumerate(node.args):
        for j, term in enumerate(node.args):
            if one not in (1, -1) or (exponent := _exponent(product(-one, term), known)) is None:
                continue
            found = product(-one, expm1(exponent, evaluate=False))
            return total(*(found if i == j else a for i, a in enumerate(node.args) if i != k))
    return None


def _logarithm(node: Basic, known: Formulas) -> Expr | None:
    """log(1 + e^u) = softplus(u), log(1 + u) = log1p(u), log(e^u + e^v) = max(u, v) + softplus(-|u - v|)"""
    if not isinstance(node, log) or not isinstance(node.args[0], Add):
        return None
    terms = node.args[0].args
    if S.One in terms:
        rest = [*terms[: (k := terms.index(S.One))], *terms[k + 1 :]]
        exponent = _exponent(rest[0], known) if len(rest) == 1 else None
        inner = ordered(Add, rest)
        return log1p(inner, evaluate=False) if exponent is None else softplus(exponent, evaluate=False)
    exponents = [_exponent(t, known) for t in terms]
    if len(exponents) != 2 or exponents[0] is None or exponents[1] is None:
        return None
    u, v = exponents
    apart = product(-1, Abs(total(u, product(-1, v)), evaluate=False))
    return total(Max(u, v, evaluate=False), softplus(apart, evaluate=False))


def _quotient(node: Basic, known: Formulas) -> Expr | None:
    """x/(x + y) = σ(log x - log y); (a x + b y)/(x + y) = a x/(x + y) + b y/(x + y)"""
    if isinstance(node, Pow):
        node = Mul(S.One, node, evaluate=False)
    if not isinstance(node, Mul):
        return None
    for below in node.args:
        if not isinstance(below, Pow) or below.exp != -1 or not isinstance(below.base, Add) or len(below.args) != 2:
            continue
        terms = below.base.args
        if len(terms) != 2 or not all(_is_exponential(t, known) for t in terms):
            continue
        rest = [a for a in node.args if a is not below]
        for k, above in enumerate(rest):
            shares = [_share(a, terms, known) for a in (above.args if isinstance(above, Add) else (above,))]
            if None not in shares:
                return product(*rest[:k], total(*shares), *rest[k + 1 :])
    return None


def _share(numerator: Any, terms: tuple[Any, ...], known: Formulas) -> Expr | None:
    """a x/(x + y) for a numerator a x, where x is one of the terms."""
    factors = numerator.args if isinstance(numerator, Mul) else (numerator,)
    for x, y in (terms, terms[::-1]):
        if x in factors:
            k = factors.index(x)
            apart = total(_logarithm_of(x, known), product(-1, _logarithm_of(y, known)))
            return product(*factors[:k], *factors[k + 1 :], sigmoid(apart, evaluate=False))
    return None


def _root(node: Basic, known: Formulas) -> Expr | None:
    """√(1 - e^u) = root(-expm1(u)), whose slope at 0 is 0"""
    if isinstance(node, Pow) and node.exp == S.Half and isinstance(node.base, Mul):
        number, *rest = node.base.args
        if number == -1 and len(rest) == 1 and isinstance(rest[0], expm1):
            return root(node.base, evaluate=False)
    return None


def _rate(node: Basic, fixed: frozenset[Symbol]) -> Expr | None:
    """e^u of parameters alone = rate(u), which stays finite"""
    if not isinstance(node, exp) or not node.free_symbols or not fixed.issuperset(node.free_symbols):
        return None
    return rate(node.args[0], evaluate=False)


# ---------------------------------------------------------------------- what is known of quantities


def _seen_through(node: Any, known: Formulas) -> Any:
    """The formula of a quantity that is one exponential or sigmoid; anything else as it is."""
    while isinstance(node, Symbol) and isinstance(known.get(node), (exp, rate, sigmoid, Pow, Symbol)):
        node = known[node]
    return node


def _exponent(node: Any, known: Formulas) -> Expr | None:
    """u, where the node is e^u or a power of it."""
    node = _seen_through(node, known)
    if isinstance(node, exp | rate):
        return node.args[0]
    if isinstance(node, Pow) and isinstance(node.exp, Number):
        inner = _exponent(node.base, known)
        return None if inner is None else product(node.exp, inner)
    return None


def _is_exponential(node: Any, known: Formulas) -> bool:
    """Whether the node is positive and its logarithm is known: 1, e^u, σ(u)."""
    return node == 1 or isinstance(_seen_through(node, known), sigmoid) or _exponent(node, known) is not None


def _logarithm_of(node: Any, known: Formulas) -> Expr:
    """Of 1, of e^u, and of σ(u), which is -softplus(-u)."""
    inner = _seen_through(node, known)
    if isinstance(inner, sigmoid):
        return product(-1, softplus(product(-1, inner.args[0]), evaluate=False))
    exponent = None if node == 1 else _exponent(node, known)
    return S.Zero if exponent is None else exponent


def _cases(node: Basic, known: Formulas) -> Expr | None:
    """Many cases = those of the first half, if one of their conditions holds, else those of the second: compilers read
    parentheses in parentheses to a depth of some hundred."""
    if not isinstance(node, Piecewise) or len(node.args) <= MOST_CASES:
        return None
    return _halved(list(node.args))


def _halved(pairs: list[Any]) -> Expr:
    if len(pairs) <= MOST_CASES:
        return Piecewise(*pairs, evaluate=False)
    first, second = pairs[: len(pairs) // 2], pairs[len(pairs) // 2 :]
    found = _halved([*first[:-1], (first[-1].expr, True)])
    return Piecewise((found, _one_of([p.cond for p in first])), (_halved(second), True), evaluate=False)


def _one_of(conditions: list[Any]) -> Any:
    """Whether one of them holds; of u < 1, u < 2, ... that is the last."""
    last = conditions[-1]
    if isinstance(last, Lt | Le) and last.rhs.is_number:
        alike = all(type(c) is type(last) and c.lhs == last.lhs and c.rhs.is_number for c in conditions)
        if alike and all(a.rhs < b.rhs for a, b in pairwise(conditions)):
            return last
    return Or(*conditions, evaluate=False)
