"""Formulas far out: activations by what they lack of their asymptote, and limits.

σ(u) = 1 - σ(-u), tanh u = 1 - 2 σ(-2u) and their like hold everywhere. Written so where u ≥ 1, the constants cancel as
formulas, not as digits: 1 - tanh u is 2 σ(-2u), which is known to all its digits however small it is.
"""

from __future__ import annotations

from collections.abc import Callable

from sympy import Abs, Add, Expr, Integer, Max, Min, Mul, Pow, Symbol, erf, exp, log, nan, oo, zoo
from sympy import tanh as sympy_tanh

from derive.approximation.enclosure import Enclosing
from derive.approximation.segments import elementary, is_singular, rational_function, settled
from derive.exact.intervals import Interval
from derive.symbolic.activations import gelu, scaled_tanh, sigmoid, silu, softplus, tanh
from derive.symbolic.expressions import expanded
from derive.symbolic.piecewise_linear import affine

BEYOND: dict[type[Expr], Callable[[Expr], Expr]] = {  # for u ≥ 1
    sigmoid: lambda u: 1 - sigmoid(-u),
    tanh: lambda u: 1 - 2 * sigmoid(-2 * u),
    sympy_tanh: lambda u: 1 - 2 * sigmoid(-2 * u),
    softplus: lambda u: u + softplus(-u),
    silu: lambda u: u + silu(-u),
    gelu: lambda u: u + gelu(-u),
}
ODD = (tanh, sympy_tanh)
LIMITS: dict[type[Expr], tuple[Expr, Expr]] = {  # at -∞ and at ∞
    sigmoid: (Integer(0), Integer(1)),
    tanh: (Integer(-1), Integer(1)),
    sympy_tanh: (Integer(-1), Integer(1)),
    erf: (Integer(-1), Integer(1)),
    softplus: (Integer(0), oo),
    silu: (Integer(0), oo),
    gelu: (Integer(0), oo),
    exp: (Integer(0), oo),
}
CONTINUOUS = (*LIMITS, Add, Mul, Pow, log, Max, Min, Abs)
FAR = (4, 8, 16, 32, 64, 1024)  # the powers of two at which a half-line may be cut, beyond its end


def enclosable(formula: Expr, x: Symbol, lower: Expr, upper: Expr) -> list[tuple[Expr, Expr, Expr]]:
    """(lower, upper, formula): the same function, in the form whose enclosures are narrow; a half-line apart."""
    if elementary(formula) == 0:
        return [(lower, upper, Integer(0))]
    if lower.is_finite and upper.is_finite:
        return [(lower, upper, _written(formula, x, lower, upper))]
    if not lower.is_finite and not upper.is_finite:
        return enclosable(formula, x, lower, Integer(0)) + enclosable(formula, x, Integer(0), upper)
    near, direction = (lower, 1) if lower.is_finite else (upper, -1)
    for k in FAR:
        cut = direction * Integer(2) ** (k + int(abs(near)).bit_length())
        ends = (cut, upper) if direction > 0 else (lower, cut)
        far = _written(settled(formula, x, *ends), x, *ends)
        if Enclosing(far, x).value(_cell(*ends)).is_finite:
            break
    rest = (lower, cut) if direction > 0 else (cut, upper)
    found = [(*rest, _written(settled(formula, x, *rest), x, *rest)), (*ends, far)]
    return found if direction > 0 else found[::-1]


def reflected(formula: Expr) -> Expr:
    """A number with every activation at an argument that is not negative: tanh(-1) is -tanh(1)."""

    def turned(node: Expr) -> Expr:
        kind, u = type(node), node.args[0]
        if u.is_negative is not True:
            return node
        if kind in ODD:
            return -kind(-u)
        return 1 - sigmoid(-u) if kind is sigmoid else u + kind(-u)

    return _plain(formula).replace(lambda e: type(e) in BEYOND, turned)


def _plain(formula: Expr) -> Expr:
    """The formula in lines and in activations whose tails are known."""
    return formula.replace(lambda e: isinstance(e, affine | scaled_tanh), lambda e: e.value(*e.args))


def _cell(lower: Expr, upper: Expr) -> Interval:
    return Interval(Interval.of(lower).lower, Interval.of(upper).upper)


def _beyond(formula: Expr, over: Callable[[Expr], Interval]) -> Expr:
    """The formula with saturated activations by their tails; ``over`` gives what an argument may be."""

    def turned(node: Expr) -> Expr:
        kind, u = type(node), node.args[0]
        argument = over(u)
        if argument.lower >= 1:
            return BEYOND[kind](u)
        if kind in ODD and argument.upper <= -1:
            return -BEYOND[kind](-u)
        return node

    return _plain(formula).replace(lambda e: type(e) in BEYOND, turned)


def _written(formula: Expr, x: Symbol, lower: Expr, upper: Expr) -> Expr:
    """The formula with saturated activations by their tails, and bases that vanish at an end kept to their side."""
    cell = _cell(lower, upper)

    def kept(node: Expr) -> Expr:
        rational = rational_function(node, x)
        if not node.args or (rational is not None and not {lower, upper} & {*rational.poles}):
            return node
        first, *others = map(kept, node.args)
        base = rational_function(first, x) if is_singular(node) else None
        if base is not None and {lower, upper} & {*base.zeros}:
            sign = base.sign_between(lower, upper)
            first = Max(first, 0) if sign == 1 else Min(first, 0) if sign == -1 else first
        return node.func(first, *others)

    saturated = _beyond(formula, lambda u: Enclosing(u, x).value(cell))
    if cell.is_finite:
        return kept(saturated)
    return expanded(saturated).replace(lambda e: isinstance(e, Mul), lambda e: _gated(e, x))


def _gated(product: Mul, x: Symbol) -> Expr:
    """x σ(v) for a v that is linear in x by the SiLU of v, whose values far out are known to vanish."""
    for gate in product.args:
        if isinstance(gate, sigmoid) and x in product.args:
            slope, offset = gate.args[0].diff(x), gate.args[0].subs(x, 0)
            if slope.is_Rational:
                return expanded(product / (x * gate) * (silu(gate.args[0]) - offset * gate) / slope)
    return product


def limit(formula: Expr, x: Symbol, end: Expr) -> Expr | None:
    """The limit of a formula as x → ±∞, which may be infinite; None where the limits of its parts do not tell it."""
    if not formula.has(x):
        return formula
    rational = rational_function(formula, x)
    if rational is not None:
        return rational.limit(end)
    if not isinstance(formula, CONTINUOUS) or (isinstance(formula, Pow) and all(a.has(x) for a in formula.args)):
        return None
    if isinstance(formula, Add):
        parts = [a for a in formula.args if rational_function(a, x) is not None]
        others = [a for a in formula.args if a not in parts]
        terms = [limit(a, x, end) for a in others] + ([limit(Add(*parts), x, end)] if parts else [])
    else:
        terms = [limit(a, x, end) for a in formula.args]
    if isinstance(formula, Mul) and any(_dies_out(a, x, end) for a in formula.args):
        return Integer(0) if all(_grows_slowly(a, t, x) for a, t in zip(formula.args, terms, strict=True)) else None
    if None in terms:
        return None
    kind, infinite = type(formula), {t for t in terms if t in (oo, -oo)}
    if kind in LIMITS and infinite:
        return LIMITS[kind][0 if -oo in infinite else 1]
    if kind is Add and infinite:
        return infinite.pop() if len(infinite) == 1 else None
    found = formula.func(*terms)
    return None if found.has(nan, zoo) or (found.has(oo, -oo) and found not in (oo, -oo)) else found


def _dies_out(factor: Expr, x: Symbol, end: Expr) -> bool:
    """Whether it falls as fast as an exponential function."""
    if not isinstance(factor, exp | sigmoid | softplus | silu | gelu):
        return False
    argument = rational_function(factor.args[0], x)
    return argument is not None and argument.limit(end) == -oo


def _grows_slowly(factor: Expr, limit: Expr | None, x: Symbol) -> bool:
    """Whether it grows no faster than a power of x."""
    return rational_function(factor, x) is not None or (limit is not None and limit.is_infinite is not True)
