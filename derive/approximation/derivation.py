"""The derivation of an approximation's error as LaTeX: claim, series, Lagrange's remainder, D and D', supremum."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from sympy import Add, Derivative, DiracDelta, Expr, Heaviside, Rational, Symbol, latex, oo, sign

from derive.approximation.candidates import Candidate
from derive.approximation.segments import KINKED
from derive.exact.numeral import as_decimal
from derive.exact.value import Value
from derive.symbolic.expressions import expanded

if TYPE_CHECKING:
    from derive.approximation.bounds import Approximation

SIGNIFICANT = 5
PLACE_DIGITS = 6  # significant, of a place where the error is about the largest
UNSMOOTH = (*KINKED, Derivative, DiracDelta, Heaviside)
_FRACTION = re.compile(r"\\frac\{(\d+)\}\{(\d+)\}")
_NEGATIVE = re.compile(r"(\\left\()(-[\d.]+)(\\right\))")


Step = tuple[str, str, str]


def derivation(approximation: Approximation, words: Mapping[str, str]) -> list[Step]:
    """The steps: a left side, which is empty where the one before it goes on, a relation and a right side, in LaTeX.

    words: of the language (``derive.notation.words``).
    """
    return list(_point(approximation) if approximation.is_point else _interval(approximation, words))


def _point(a: Approximation) -> Iterator[Step]:
    here = tex(a.exact_at(a.lower, evaluate=False))
    replacement = a.replacement.subs(Symbol("x"), a.lower)
    yield here, r"\approx", tex(replacement)
    yield rf"\left|{tex(replacement)} - {here}\right|", "=", tex(a.sup_error)
    elementary = a.sup_error.replace(a.exact, a.exact.value) if a.sup_error is not None else None
    if elementary != a.sup_error:
        yield "", "=", tex(elementary)
    yield "", r"\le", a.bound.rounded_up(SIGNIFICANT).latex()


def _interval(a: Approximation, words: Mapping[str, str]) -> Iterator[Step]:
    x = Symbol("x")
    exact, replacement = tex(a.exact_at(x)), tex(a.replacement)
    interval = _interval_tex(a.lower, a.upper, words["separator"])
    domain = r"x \in " + _FRACTION.sub(r"\1/\2", interval)  # which is readable in an index too
    yield exact, r"\approx", rf"{replacement}, \qquad {domain}"
    yield from a.meaning
    series = a.expansion
    if series is not None and series.centre == 0:  # elsewhere the coefficients are too long to read
        rest = rf"O\left({_power(series.centre, series.order)}\right)"
        yield exact, "=", _signed([tex(t) for t in series.polynomial]) + f" + {rest}"
    yield from _lagrange(a, words)
    yield "D(x)", "=", tex(a.difference)
    yield from _slope(a, words)
    yield from _supremum(a, domain, words)
    if a.relative is not None and a.relative.closed not in (None, 0):
        percent = (a.relative.upper * 100).rounded_up(4).latex()
        yield rf"\sup_{{{domain}}} \left|\frac{{D(x)}}{{{exact}}}\right|", r"\le", rf"{percent}\,\%"


def _lagrange(a: Approximation, words: Mapping[str, str]) -> Iterator[Step]:
    if a.lagrange is None or a.lagrange.coefficient in (None, 0):
        return
    n = a.lagrange.degree + 1
    step = "x" if a.centre == 0 else rf"x - {tex(a.centre)}"
    derivative = tex(a.exact_at(Symbol("x"))).replace(r"\left(x\right)", rf"^{{({n})}}(\xi)")
    between = rf"\qquad {words['between'].format(centre=tex(a.centre))}"
    yield "R(x)", "=", rf"\frac{{{derivative}}}{{{n}!}} {_power(a.centre, n)}, {between}"
    yield rf"\left|{derivative}\right|", r"\le", tex(a.lagrange.largest.closed)
    bound, shown = a.lagrange.bound, a.lagrange.bound.rounded_up(SIGNIFICANT).latex()
    numerator, denominator = a.lagrange.coefficient.as_numer_denom()
    factor = "" if numerator == 1 else tex(numerator) + " "
    fraction = rf"\frac{{{factor}\left|{step}\right|^{{{n}}}}}{{{tex(denominator)}}}"
    closed = "" if bound.rational is None else rf" {tex(bound.rational)} \le"
    yield r"\left|R(x)\right|", r"\le", rf"{fraction} \le{closed} {shown}"


def _slope(a: Approximation, words: Mapping[str, str]) -> Iterator[Step]:
    """D' with its sign where that is plain, and the critical point where the supremum is at one."""
    x = Symbol("x")
    if len(a.smooth) == 1:
        _, _, replacement, exact = a.smooth[0]
        slope = expanded((replacement - exact).diff(x))
        if slope.has(*UNSMOOTH):  # at kinks that are not rational
            return
        real = slope.subs(x, Symbol("x", real=True))
        sign = r" \ge 0" if real.is_extended_nonnegative else r" \le 0" if real.is_extended_nonpositive else ""
        jumps = any(c.sides == "0" for c in _places(a))
        at_end = sign and a.difference.subs(x, 0) == 0 and not jumps
        end = rf", \qquad {words['largest at an end']}" if at_end else ""
        yield "D'(x)", "=", tex(slope) + sign + end
    places = [c.x for c in _places(a)]
    if places and places[0].is_finite and not places[0].is_Rational:  # ends and kinks are rational
        sign = r"\pm " if -places[0] in places else ""
        yield rf"D'\left({sign}{tex(places[0])}\right)", "=", "0"


def _supremum(a: Approximation, domain: str, words: Mapping[str, str]) -> Iterator[Step]:
    supremum = rf"\sup_{{{domain}}} \left|D(x)\right|"
    bound = a.bound.rounded_up(SIGNIFICANT).latex()
    if a.sup_error is None:
        yield supremum, r"\le", rf"{bound} \qquad {words['ball arithmetic']}"
        if a.reached is not None and a.reached[0].is_finite:
            place, value = a.reached
            digits = Value.of(place).significant(PLACE_DIGITS)
            if digits.rational != place:
                return
            shown = digits.latex()
            size = value.significant(SIGNIFICANT, math.floor).latex()
            yield supremum, r"\ge", _NEGATIVE.sub(r"\1{\2}\3", rf"\left|D\left({shown}\right)\right| \ge {size}")
        return
    first = _places(a)[0]
    place = tex(first.x)
    if first.x.is_finite and "0" in first.sides:
        where = rf"\left|D\left({place}\right)\right|"
    else:
        side = f"^{{{first.sides}}}" if first.x.is_finite and first.sides in ("+", "-") else ""
        where = rf"\lim_{{x \to {place}{side}}} \left|D(x)\right|"
    yield supremum, "=", f"{where} = {tex(a.sup_error)}"
    if not Value.is_exact_at(a.bound, 0):
        yield "", r"\le", bound


def _places(a: Approximation) -> list[Candidate]:
    """Where the supremum is attained or approached, positive points first."""
    return sorted(a.supremum.at, key=lambda c: c.x.is_negative is True or c.x == -oo)


def tex(expr: Expr) -> str:
    """LaTeX with the positive terms of a sum first."""
    if isinstance(expr, Add):
        terms = sorted(expr.as_ordered_terms(), key=lambda t: bool(t.could_extract_minus_sign()))
        return _signed([_latex(t) for t in terms])
    return _latex(expr)


def _latex(expr: Expr) -> str:
    """SymPy's LaTeX; a long decimal is written as one, by a symbol that is called so, since SymPy would calculate."""
    fractions = {n: as_decimal(abs(n)) for n in expr.atoms(Rational)}
    written = {n: sign(n) * Symbol(d.latex()) for n, d in fractions.items() if d is not None}
    text = str(latex(expr.xreplace(written), ln_notation=True))
    return _NEGATIVE.sub(r"\1{\2}\3", text)  # in braces, so that no converter takes the sign for a subtraction


def _signed(terms: list[str]) -> str:
    return " ".join([terms[0], *(f"- {t[1:].strip()}" if t.startswith("-") else f"+ {t}" for t in terms[1:])])


def _power(centre: Expr, exponent: int) -> str:
    base = "x" if centre == 0 else rf"\left({tex(Symbol('x') - centre)}\right)"
    return f"{base}^{{{exponent}}}"


def _interval_tex(lower: Expr, upper: Expr, separator: str) -> str:
    if (lower, upper) == (-oo, oo):
        return r"\mathbb{R}"
    left, right = "[" if lower.is_finite else "(", "]" if upper.is_finite else ")"
    return f"{left}{_end(lower)}{separator}{_end(upper)}{right}"


def _end(number: Expr) -> str:
    text = tex(number)
    return f"{{{text.replace('- ', '-')}}}" if text.startswith("-") else text
