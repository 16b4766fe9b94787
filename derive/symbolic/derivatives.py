"""Local partial derivatives of an elementwise formula, by rules on its tree.

``expr.diff`` evaluates, and so reorders the author's terms and forgets that σ(a) has already been computed. The rules
here keep the order, drop ones and zeros, and write a derivative in terms of the formula's own value where that is
shorter: σ' is i (1 - i) once i = σ(a) has a name. Each rule states its formula.

At a kink the derivative is the subgradient that PyTorch uses: an activation's ``slope`` says which, |u|' is sign(u) (0
at 0), a tie of max or min is shared evenly (a bound that is a number passes everything, as ``torch.clamp`` does), and a
piecewise formula has the derivative of the branch it takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, singledispatch
from typing import Any, cast

from sympy import (
    Abs,
    Add,
    Basic,
    Derivative,
    DiracDelta,
    Expr,
    Function,
    Max,
    Min,
    Mul,
    Number,
    Piecewise,
    Pow,
    Rational,
    S,
    Subs,
    Symbol,
    cos,
    evaluate,
    exp,
    floor,
    log,
    sign,
    sin,
)
from sympy.core.function import ArgumentIndexError

from derive.errors import UnsupportedExpression
from derive.symbolic.activation import Activation
from derive.symbolic.arithmetic import product, times, total
from derive.symbolic.expressions import ordered, replace
from derive.symbolic.tidy import tidy


@dataclass(frozen=True)
class Known:
    """What the rules may use: names of formulas whose value is saved, and the symbols that are fixed numbers."""

    names: Mapping[Expr, Symbol] = field(default_factory=dict)
    constants: frozenset[Symbol] = frozenset()

    def value(self, expr: Expr) -> Expr:
        """The formula by its name, if it has one."""
        return self.names.get(expr, expr)

    def is_number(self, expr: Expr) -> bool:
        """Whether a formula is a fixed number."""
        return self.constants.issuperset(expr.free_symbols)


def partial(expr: Expr, x: Symbol, known: Known) -> Expr:
    """∂expr/∂x, in which a value that has a name goes by that name.

    Raises UnsupportedExpression, naming the node, where no rule is known.
    """
    return _partial(expr, x, known) if x in expr.free_symbols else S.Zero


def slope(function: type[Activation], x: Expr, y: Expr, parameters: tuple[Expr, ...]) -> Expr:
    """φ'(x) as the activation writes it, y being φ(x), unevaluated."""
    stand_ins, formula = _written_slope(cast(Any, function))
    return tidy(replace(formula, dict(zip(stand_ins, (x, y, *parameters), strict=True))))


@cache  # evaluate(False) empties SymPy's cache
def _written_slope(function: Any) -> tuple[tuple[Symbol, ...], Expr]:
    stand_ins = tuple(Symbol(f"_{k}") for k in range(2 + len(function.defaults)))
    with evaluate(False):
        return stand_ins, tidy(function.slope(*stand_ins))


@singledispatch
def _partial(expr: Basic, x: Symbol, known: Known) -> Expr:
    """f(u, v)' = Σ ∂f/∂u u' for a function of which SymPy knows the derivatives"""
    inner = [partial(a, x, known) for a in expr.args] if isinstance(expr, Function) else []
    slopes = [_sympy_slope(expr, k) if du != 0 else S.Zero for k, du in enumerate(inner, 1)]
    if slopes and None not in slopes:
        return total(*map(product, inner, slopes))
    raise UnsupportedExpression(
        f"the derivative of {expr} ({type(expr).__name__}) is not known; write it with sums, products, powers, exp,"
        " log, Abs, Max, Min, Piecewise or an Activation, or define an Activation with its slope"
    )


def _sympy_slope(expr: Any, k: int) -> Expr | None:
    """The derivative of a function in its k-th argument; None where SymPy has no formula for it."""
    try:
        slope = expr.fdiff(k)
    except ArgumentIndexError:
        return None
    return None if slope.has(Derivative, DiracDelta, Subs) else slope  # type: ignore[no-any-return, unused-ignore]


@_partial.register
def _symbol(expr: Symbol, x: Symbol, known: Known) -> Expr:
    """x' = 1"""
    return S.One


@_partial.register
def _sum(expr: Add, x: Symbol, known: Known) -> Expr:
    """(u + v)' = u' + v'"""
    return total(*(partial(a, x, known) for a in expr.args))


@_partial.register
def _product(expr: Mul, x: Symbol, known: Known) -> Expr:
    """(u v)' = u' v + u v'; of a saved q = u v^{-p} the second term is -p q v'/v, and of q = u/v it is (u' - q v')/v"""
    terms = []
    for k, factor in enumerate(expr.args):
        inner = partial(factor, x, known)
        others = (*expr.args[:k], *expr.args[k + 1 :])
        if expr in known.names and _is_divisor(factor) and inner != 0:
            below = Pow(factor.base, -1, evaluate=False)
            term = product(factor.exp, known.names[expr], partial(factor.base, x, known))
            above = partial(ordered(Mul, [*others]), x, known) if factor == below else S.Zero
            if above != 0:
                return product(total(above, term), below)
            terms.append(product(term, below))
        else:
            terms.append(product(*expr.args[:k], inner, *expr.args[k + 1 :]))
    return total(*terms)


@_partial.register
def _power(expr: Pow, x: Symbol, known: Known) -> Expr:
    """(u^p)' = p u^{p-1} u' + u^p log(u) p'; of a saved y = u^p it is p y u'/u for p < 0, and u'/(2 y) for y = √u"""
    u, p = expr.base, expr.exp
    if isinstance(u, Pow) and isinstance(p, Number) and isinstance(u.exp, Rational) and not u.exp.is_Integer:
        u, p = u.base, u.exp * p  # (√v)^p is v^{p/2}
    du, dp = partial(u, x, known), partial(p, x, known)
    if expr in known.names and p == Rational(1, 2):
        return product(p, du, Pow(known.names[expr], -1, evaluate=False))
    if expr in known.names and _is_divisor(expr):
        return product(p, known.names[expr], du, Pow(u, -1, evaluate=False))
    lowered: Expr = p - 1 if isinstance(p, Number) else Add(p, -1, evaluate=False)
    below = u if lowered == 1 else Pow(u, lowered, evaluate=False)
    through_u = S.Zero if du == 0 else product(p, below, du)
    return total(through_u, S.Zero if dp == 0 else product(known.value(expr), log(u, evaluate=False), dp))


def _is_divisor(factor: Expr) -> bool:
    return isinstance(factor, Pow) and isinstance(factor.exp, Number) and bool(factor.exp.is_negative)


@_partial.register
def _exponential(expr: exp, x: Symbol, known: Known) -> Expr:
    """(e^u)' = e^u u'"""
    return product(known.value(expr), partial(expr.args[0], x, known))


@_partial.register
def _logarithm(expr: log, x: Symbol, known: Known) -> Expr:
    """(log u)' = u'/u"""
    return product(partial(expr.args[0], x, known), Pow(expr.args[0], -1, evaluate=False))


@_partial.register
def _sine(expr: sin, x: Symbol, known: Known) -> Expr:
    """(sin u)' = cos(u) u'"""
    return product(cos(expr.args[0], evaluate=False), partial(expr.args[0], x, known))


@_partial.register
def _cosine(expr: cos, x: Symbol, known: Known) -> Expr:
    """(cos u)' = -sin(u) u'"""
    return product(-1, sin(expr.args[0], evaluate=False), partial(expr.args[0], x, known))


@_partial.register
def _absolute(expr: Abs, x: Symbol, known: Known) -> Expr:
    """|u|' = sign(u) u', with sign(0) = 0"""
    return product(sign(expr.args[0], evaluate=False), partial(expr.args[0], x, known))


@_partial.register(sign)
@_partial.register(floor)
def _step(expr: Expr, x: Symbol, known: Known) -> Expr:
    """sign(u)' = floor(u)' = 0"""
    return S.Zero


@_partial.register
def _maximum(expr: Max, x: Symbol, known: Known) -> Expr:
    """max(u, v)' = u' where u > v, v' where u < v, their mean at a tie; of a number n, max(u, n)' = u' where u ≥ n"""
    return _extremum(expr, x, known)


@_partial.register
def _minimum(expr: Min, x: Symbol, known: Known) -> Expr:
    """min(u, v)' = u' where u < v, v' where u > v, their mean at a tie; of a number n, min(u, n)' = u' where u ≤ n"""
    return _extremum(expr, x, known)


def _extremum(expr: Max | Min, x: Symbol, known: Known) -> Expr:
    """Pair by pair, numbers last: ``torch.maximum`` shares a tie, ``torch.clamp`` passes everything at its bound."""
    upward = isinstance(expr, Max)
    numbers = [a for a in expr.args if known.is_number(a)]
    first, *others = [a for a in expr.args if not known.is_number(a)]
    u, du = first, partial(first, x, known)
    for v in (*others, *numbers):
        dv = partial(v, x, known)
        with evaluate(False):
            wins, loses, at_bound = (u > v, u < v, u >= v) if upward else (u < v, u > v, u <= v)
        if v in numbers:
            local = Piecewise((du, at_bound), (0, True), evaluate=False)
        else:
            tie = product(Rational(1, 2), total(du, dv))
            local = Piecewise((du, wins), (dv, loses), (tie, True), evaluate=False)
        u, du = expr.func(u, v, evaluate=False), (du if du == dv else local)
    return du


@_partial.register
def _piecewise(expr: Piecewise, x: Symbol, known: Known) -> Expr:
    """The derivative of the branch that is taken; branches in front of the last that say the same are left out."""
    branches = [(partial(e, x, known), c) for e, c in expr.args]
    while len(branches) > 1 and branches[-1][1] == S.true and branches[-2][0] == branches[-1][0]:
        del branches[-2]
    return branches[0][0] if len(branches) == 1 else Piecewise(*branches, evaluate=False)


@_partial.register
def _activation(expr: Activation, x: Symbol, known: Known) -> Expr:
    """φ(u)' = φ'(u) u', φ' in terms of φ(u) where the activation gives it so; (∂φ/∂α) α' for a parameter α"""
    u, *parameters = expr.args
    du = partial(u, x, known)
    terms = [] if du == 0 else [times(du, slope(type(expr), u, known.value(expr), tuple(parameters)))]
    for k, alpha in enumerate(parameters):
        if x in alpha.free_symbols:
            terms.append(times(partial(alpha, x, known), _parameter_slope(expr, k)))
    return total(*terms)


def _parameter_slope(expr: Activation, k: int) -> Expr:
    """∂φ/∂α of the k-th parameter, from the activation's value."""
    stand_ins = [Symbol(f"_{j}") for j in range(len(expr.args))]
    with evaluate(False):
        value = tidy(type(expr).value(*stand_ins))
    local = partial(value, stand_ins[k + 1], Known())
    return replace(local, dict(zip(stand_ins, expr.args, strict=True)))
