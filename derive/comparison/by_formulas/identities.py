"""Functions by fewer functions: tanh by σ, clipped lines by one, cases by |·| and ReLU, logarithms by softplus.

Every rule holds for all real arguments. ``of`` makes a function of sums again, so that one rule may lead to another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from sympy import Expr, Piecewise, Rational, StrictGreaterThan, StrictLessThan
from sympy.core.relational import Relational

from derive.comparison.by_formulas.exponentials import ratio_of
from derive.comparison.by_formulas.poly import ONE, Atom, Monomial, Poly, number

Make = Callable[[str, list[Poly]], Poly]


def by_fewer(kind: str, args: Sequence[Poly], of: Make) -> Poly | None:
    """A function of sums by simpler ones; None where it is none of these."""
    a, *more = args
    numbers = [p.number for p in more]
    if kind == "tanh":  # tanh a = 2 σ(2a) - 1
        return _line(of("sigmoid", [_times(a, 2)]), 2, -1)
    if kind == "scaled_tanh":
        return more[0].times(of("tanh", [more[1].times(a)]))
    if kind == "affine":
        return more[0].times(a).plus(more[1])
    if kind == "hardtanh":
        return _clipped(a, -1, 1, of)
    if kind == "hard_sigmoid":
        return of("clip", [_line(a, Rational(1, 6), Rational(1, 2))])
    if kind == "hard_sigmoid_onnx":
        return of("clip", [more[0].times(a).plus(more[1])])
    if kind == "log":
        return _logarithm(a, of)
    if kind == "Min":
        return _times(of("Max", [_times(p, -1) for p in args]), -1)
    if kind == "Max" and len(args) == 2:
        return _larger(a, more[0], of)
    if kind == "leaky_relu" and None not in numbers and numbers[0] == -1:
        return of("Abs", [a])
    return None


def _larger(a: Poly, b: Poly, of: Make) -> Poly | None:
    """max(a, b) where one is a number or a multiple of the other."""
    if a.number is not None:
        a, b = b, a
    if (least := b.number) is not None:
        inner = _only(a, "Max")  # max(low, min(high, u)) is max(low, -max(-high, -u))
        if inner is not None and inner[1] < 0:
            atom, c = inner
            for high, u in (atom.args, atom.args[::-1]):
                if high.number is not None and (top := c * high.number) > least:
                    return _clipped(_times(u, c), least, top, of)
        folded = _only(a, "relu")  # min(relu(u), high) is -max(-relu(u), -high)
        if folded is not None and folded[1] < 0 and least < 0:
            return _times(_clipped(_times(folded[0].args[0], -folded[1]), 0, -least, of), -1)
        return None if least else of("relu", [a])
    for u, v in ((a, b), (b, a)):
        if (r := ratio_of(u, v)) is not None:  # max(u, r v) of v: slopes 1 and r
            return _bent(v, max(r, 1), min(r, 1), of)
    return None


def branches(expr: Piecewise) -> Iterator[Any]:
    """The cases of a formula, those among others that are left in the last one as well."""
    *pairs, last = expr.args
    yield from pairs
    if last.cond == True and isinstance(last.expr, Piecewise):  # noqa: E712 - SymPy's true
        yield from branches(last.expr)
    else:
        yield last


def cases(ways: Sequence[tuple[Poly, tuple[Poly, bool] | None]], of: Make) -> Poly | None:
    """Two formulas, the first where a sum is positive (or not negative) and the second elsewhere, that meet at 0."""
    if len(ways) != 2 or ways[0][1] is None or ways[1][1] is not None:
        return None
    (above, condition), (below, _) = ways
    assert condition is not None
    u = condition[0]
    slopes = [Rational(0) if p.number == 0 else ratio_of(p, u) for p in (above, below)]
    if None not in slopes:
        return _bent(u, slopes[0], slopes[1], of)
    jump = ratio_of(above.plus(_times(below, -1)), u)
    if jump is not None:  # below + r relu(u)
        return below.plus(_times(of("relu", [u]), jump))
    exponential = below.terms.get(frozenset({(Atom("exp", args=(u,)), 1)}))  # α (e^u - 1) below 0
    if exponential is not None and slopes[0] and slopes[0] > 0:
        alpha = exponential / slopes[0]
        if below == _line(of("exp", [u]), exponential, -exponential):
            return _times(of("elu", [u, number(alpha)]), slopes[0])
    return None


def condition(expr: Any, poly: Callable[[Expr], Poly]) -> tuple[Poly, bool] | None:
    """u and whether 0 is among it, of a condition u > 0 or u >= 0; None for another one."""
    if not isinstance(expr, Relational) or expr.rel_op not in ("<", ">", "<=", ">="):
        return None
    u = poly(expr.gts).plus(_times(poly(expr.lts), -1))
    return u, not isinstance(expr, StrictGreaterThan | StrictLessThan)


def square_root(m: Monomial, c: Any) -> tuple[Any, Monomial] | None:
    """The number and the product of which a product is the square; None where it is none."""
    root = c ** Rational(1, 2) if c > 0 else None
    if root is None or not root.is_Rational or any(p % 2 for _, p in m):
        return None
    return root, frozenset((a, p // 2) for a, p in m)


def products(poly: Poly, of: Make) -> Poly:
    """A sum in which u σ(u) is silu(u), and 2 relu(u) - u is |u|."""
    for kind, name in (("sigmoid", "silu"), ("relu", "Abs")):
        for atom in {a for m in poly.terms for a, p in m if a.kind == kind and p == 1}:
            poly = _folded(poly, atom, name, of)
    return poly


def _folded(poly: Poly, atom: Atom, name: str, of: Make) -> Poly:
    u = atom.args[0]
    first = next(iter(u.terms), ONE)
    for m in [m for m in poly.terms if (atom, 1) in m]:
        rest = m - {(atom, 1)}
        if m not in poly.terms:
            continue
        if name == "silu":
            beside = _without(rest, first)
            if beside is None or first == ONE:
                continue
            c = poly.terms[m] / u.terms[first]
            whole = _product(u, beside | {(atom, 1)}, c)
        else:
            beside, c = rest, poly.terms[m] / 2
            whole = _product(u, rest, -c).plus(Poly({m: 2 * c}))
        if all(poly.terms.get(k) == v for k, v in whole.terms.items()):
            new = of(name, [u]).times(Poly({beside: c}))
            poly = poly.plus(_times(whole, -1)).plus(new)
    return poly


def _without(m: Monomial, factor: Monomial) -> Monomial | None:
    """What a product is of a factor; None where it has not that factor."""
    left = dict(m)
    for atom, p in factor:
        if not 0 < p <= left.get(atom, 0):
            return None
        left[atom] -= p
    return frozenset((a, p) for a, p in left.items() if p)


def _logarithm(a: Poly, of: Make) -> Poly | None:
    """log of e^u, of σ(u), of 1 + e^u and of e^v + e^w."""
    terms = list(a.terms.items())
    if len(terms) == 1 and terms[0][1] == 1 and terms[0][0]:
        found = number(Rational(0))
        for atom, p in terms[0][0]:
            if atom.kind == "exp":
                found = found.plus(_times(atom.args[0], p))
            elif atom.kind == "sigmoid":  # log σ(u) = -softplus(-u)
                found = found.plus(_times(of("softplus", [_times(atom.args[0], -1)]), -p))
            else:
                return None
        return found
    if len(terms) == 2 and all(c == 1 and all(x.kind == "exp" for x, _ in m) for m, c in terms):
        v, w = (_inside(m) for m, _ in sorted(terms, key=lambda t: len(t[0])))
        return v.plus(of("softplus", [w.plus(_times(v, -1))]))
    if a.terms.get(ONE) == 1 and len(terms) == 2:  # log(1 - σ(u)) = -softplus(u)
        inner = _only(a.plus(number(Rational(-1))), "sigmoid")
        if inner is not None and inner[1] == -1:
            return _times(of("softplus", [inner[0].args[0]]), -1)
    return None


def _inside(m: Monomial) -> Poly:
    """What a product of exponentials is the exponential of."""
    found = number(Rational(0))
    for atom, p in m:
        found = found.plus(_times(atom.args[0], p))
    return found


def _bent(u: Poly, right: Any, left: Any, of: Make) -> Poly:
    """right u for u > 0, left u otherwise."""
    if right == -left:
        return _times(of("Abs", [u]), right)
    if left == 0:
        return _times(of("relu", [u]), right)
    if right == 0:
        return _times(of("relu", [_times(u, -1)]), -left)
    return _times(of("leaky_relu", [u, number(left / right)]), right)


def _clipped(u: Poly, low: Any, high: Any, of: Make) -> Poly:
    width = Rational(high) - Rational(low)
    return _line(of("clip", [_line(u, 1 / width, -Rational(low) / width)]), width, low)


def _only(poly: Poly, kind: str) -> tuple[Atom, Any] | None:
    """The function that a sum is a multiple of."""
    if len(poly.terms) != 1:
        return None
    ((m, c),) = poly.terms.items()
    if len(m) != 1:
        return None
    ((atom, p),) = m
    return (atom, c) if atom.kind == kind and p == 1 else None


def _line(poly: Poly, factor: Any, shift: Any) -> Poly:
    return _times(poly, factor).plus(number(Rational(shift)))


def _times(poly: Poly, factor: Any) -> Poly:
    return poly.times(number(Rational(factor)))


def _product(poly: Poly, m: Monomial, c: Any) -> Poly:
    return poly.times(Poly({m: c}))
