"""Products and sums in the author's order, without the ones and zeros that rules make."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from sympy import Add, Expr, Mul, Number, Piecewise, S

from derive.symbolic.expressions import ordered

T = TypeVar("T")


def product(*factors: Any) -> Expr:
    """The product in this order, numbers in front, ones dropped; zero where a factor is zero."""
    number: Any = S.One
    rest: list[Expr] = []
    for f in factors:
        for a in f.args if isinstance(f, Mul) else (f,):
            if isinstance(a, Number | int):
                number = number * a
            else:
                rest.append(a)
    if number == 0:
        return S.Zero
    if len(rest) == 1 and number == -1 and isinstance(rest[0], Add):
        return total(*(product(-1, a) for a in rest[0].args))
    kept = rest if number == 1 else [number, *rest]
    return ordered(Mul, kept) if kept else S.One


def total(*terms: Any) -> Expr:
    """The sum in this order, zeros dropped; a positive term comes first if there is one."""
    flat = [b for t in terms for b in (t.args if isinstance(t, Add) else (t,)) if b != 0]
    return ordered(Add, list(leading(flat, lambda t: t))) if flat else S.Zero


def leading(terms: Sequence[T], formula: Callable[[T], Expr]) -> tuple[T, ...]:
    """The terms in the order in which a sum has them: the first whose formula is positive, then the others."""
    first = next((k for k, t in enumerate(terms) if not _negative(formula(t))), 0)
    return (*terms[first : first + 1], *terms[:first], *terms[first + 1 :])


def times(cotangent: Expr, local: Expr) -> Expr:
    """cotangent · local partial; the cotangent goes into the branches of a piecewise one, so that a zero stays zero."""
    if isinstance(local, Piecewise):
        return Piecewise(*((product(cotangent, e), c) for e, c in local.args), evaluate=False)
    return product(cotangent, local)


def _negative(term: Expr) -> bool:
    head = term.args[0] if isinstance(term, Mul) else term
    return isinstance(head, Number) and bool(head.is_negative)
