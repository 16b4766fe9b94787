"""Sums in which something cancels: v - v, and what is left of a saturated function.

1 - σ(10^6) is exp(-10^6) up to a factor near 1. As a difference it would need a million bits to be told from 0; as
r/(1 + r) with r = exp(-10^6) it has all its digits at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flint import arb
from sympy import Add, Mul, Pow, Rational, S, erf
from sympy import tanh as sympy_tanh

from derive.exact.balls import RULES

if TYPE_CHECKING:
    from derive.exact.value import Value

Rule = Callable[[arb], arb]

MOST_TERMS = 100  # of a sum that is opened to find what cancels in it


def _by_ends(function: Rule) -> Rule:
    """A monotone function over a ball, from its values at the ends."""
    return lambda ball: function(ball.lower()).union(function(ball.upper()))


#: By name: 1 - 1/(1 + r) and log(1 + r) for r, 1 - tanh(a), 1 - erf(a) and 1 - tanh(a)² for a.
TAILS: dict[str, Rule] = {
    "1 - 1/(1 + r)": _by_ends(lambda r: 1 / (1 + 1 / r) if r > 1 else r / (1 + r)),
    "log(1 + r)": _by_ends(arb.log1p),
    "1 - tanh": _by_ends(lambda a: 2 / (1 + (2 * a).exp())),
    "1 + tanh": _by_ends(lambda a: 2 / (1 + (-2 * a).exp())),
    "1 - erf": _by_ends(arb.erfc),
    "1 + erf": _by_ends(lambda a: (-a).erfc()),
    "1 - tanh²": lambda a: a.sech() ** 2,
}


def without_opposites(terms: tuple[Value, ...]) -> tuple[Value, ...]:
    """The terms of a sum without the reals that occur with both signs: c v + (-c) v is exactly 0."""
    left, waiting = dict(enumerate(terms)), dict[tuple[int, Rational], list[int]]()
    for k, term in enumerate(terms):
        if term.rational is None:
            factor, v = _multiple(term)
            if opposite := waiting.get((id(v), -factor)):
                del left[k], left[opposite.pop()]
            else:
                waiting.setdefault((id(v), factor), []).append(k)
    return tuple(left.values())


def _multiple(term: Value) -> tuple[Rational, Value]:
    """(c, v) for a term c v with a rational c."""
    factor = S.One
    while term.rule is RULES[Mul] and len(term.operands) == 2 and term.operands[0].rational is not None:
        factor, term = factor * term.operands[0].rational, term.operands[1]
    return factor, term


def tail(terms: tuple[Value, ...]) -> tuple[tuple[Value, ...], Rule, Value] | None:
    """The first terms c ± c v of a sum with a saturated function v: the other terms and c, the rule of what is left of
    it, and of what that is. None where there are none.
    """
    multiples = [_multiple(t) for t in terms]
    for k, number in enumerate(terms):
        for j, (factor, v) in enumerate(multiples):
            if number.rational and v.rational is None and number.rational in (factor, -factor):
                found = _left(1 if factor == number.rational else -1, v)
                if found is not None:
                    others = tuple(t for i, t in enumerate(terms) if i not in (k, j))
                    return (*others, number), TAILS[found[0]], found[1]
    return None


def linear_form(value: Value) -> tuple[Rational, dict[Value, Rational]]:
    """A value as a number and multiples of reals, with the sums in its sums opened."""
    number, multiples = S.Zero, dict[Any, Rational]()
    waiting = [(S.One, value)]
    while waiting:
        factor, term = waiting.pop()
        inner, v = _multiple(term)
        if v.rule is RULES[Add] and len(multiples) + len(waiting) < MOST_TERMS:
            waiting += [(factor * inner, t) for t in v.operands]
        elif v.rational is not None:
            number += factor * inner * v.rational
        else:
            multiples[v] = multiples.get(v, S.Zero) + factor * inner
    return number, multiples


def _left(sign: int, value: Value) -> tuple[str, Value] | None:
    """Which of the tails 1 + sign · value is, and of what; None where it is none."""
    inner = value.operands[0] if value.operands else value
    if value.rule in (RULES[sympy_tanh], RULES[erf]):
        return f"1 {'+' if sign > 0 else '-'} {'erf' if value.rule is RULES[erf] else 'tanh'}", inner
    if sign > 0 or value.rule is not RULES[Pow]:
        return None
    power = value.operands[1].rational
    if power == -1 and (r := without_one(inner)):
        return "1 - 1/(1 + r)", r
    return ("1 - tanh²", inner.operands[0]) if power == 2 and inner.rule is RULES[sympy_tanh] else None


def without_one(value: Value) -> Value | None:
    """r of a sum 1 + r; None for what is none."""
    if value.rule is not RULES[Add] or len(value.operands) != 2:
        return None
    one, r = value.operands if value.operands[0].rational == 1 else value.operands[::-1]
    return r if one.rational == 1 else None
