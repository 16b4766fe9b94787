"""A backward formula as what it is: linear in the cotangents, each times a coefficient of forward quantities."""

from __future__ import annotations

from collections.abc import Container

from sympy import Add, Expr, Mul, Piecewise, S, Symbol

from derive.errors import UnsupportedExpression
from derive.symbolic.derivatives import product, total

LinearForm = dict[Symbol, Expr]  # cotangent to coefficient, in the order of the formula


def linear_form(expr: Expr, cotangents: Container[Symbol]) -> LinearForm:
    """The coefficient of each cotangent in a formula that is linear in them; the order of factors is kept.

    Raises UnsupportedExpression for a formula that is not.
    """
    if expr == 0:
        return {}
    if expr in cotangents:
        return {expr: S.One}
    if isinstance(expr, Add):
        return merged(*(linear_form(a, cotangents) for a in expr.args))
    if isinstance(expr, Mul):
        found = [k for k, a in enumerate(expr.args) if any(s in cotangents for s in a.free_symbols)]
        if len(found) == 1:
            k = found[0]
            before, after = expr.args[:k], expr.args[k + 1 :]
            inner = linear_form(expr.args[k], cotangents)
            return {d: product(*before, c, *after) for d, c in inner.items()}
    if isinstance(expr, Piecewise):
        cases = [(linear_form(e, cotangents), condition) for e, condition in expr.args]
        names = dict.fromkeys(d for form, _ in cases for d in form)
        return {d: Piecewise(*((form.get(d, S.Zero), c) for form, c in cases), evaluate=False) for d in names}
    raise UnsupportedExpression(f"the backward formula {expr} is not linear in its cotangents")


def merged(*forms: LinearForm) -> LinearForm:
    """The sum of linear forms."""
    result: LinearForm = {}
    for form in forms:
        for d, coefficient in form.items():
            result[d] = total(result[d], coefficient) if d in result else coefficient
    return result


def composed(form: LinearForm, inner: dict[Symbol, LinearForm]) -> LinearForm:
    """The form with the linear forms of some of its cotangents put in their places."""
    parts = [
        {e: product(c, coefficient) for e, c in inner[d].items()} if d in inner else {d: coefficient}
        for d, coefficient in form.items()
    ]
    return merged(*parts)


def written(form: LinearForm) -> Expr:
    """The form as a formula: d_c_next + d_h*k."""
    return total(*(product(d, c) for d, c in form.items()))
