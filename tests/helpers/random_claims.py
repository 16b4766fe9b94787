"""Random claims, and what they are worth by an evaluator of its own: fractions as long as they last, then mpmath.

A function is built twice at once: as the expression that the package is given, and as a Python function of a fraction.
The second is all that the sampled supremum uses.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import mpmath
import sympy
from sympy import Expr, Piecewise, Rational, Symbol, oo

from derive.symbolic.activations import ACTIVATIONS

x = Symbol("x")
DIGITS = 50
Number = Fraction | mpmath.mpf


class Undefined(Exception):
    """The function has no value there."""


def real(v: Number) -> mpmath.mpf:
    return mpmath.mpf(v.numerator) / v.denominator if isinstance(v, Fraction) else v


def plus(a: Number, b: Number) -> Number:
    return a + b if isinstance(a, Fraction) and isinstance(b, Fraction) else real(a) + real(b)


def times(a: Number, b: Number) -> Number:
    return a * b if isinstance(a, Fraction) and isinstance(b, Fraction) else real(a) * real(b)


def over(a: Number, b: Number) -> Number:
    if b == 0:
        raise Undefined
    return a / b if isinstance(a, Fraction) and isinstance(b, Fraction) else real(a) / real(b)


def less(a: Number, b: Number) -> bool:
    return a < b if isinstance(a, Fraction) and isinstance(b, Fraction) else real(a) < real(b)


def larger(a: Number, b: Number) -> Number:
    return b if less(a, b) else a


def smaller(a: Number, b: Number) -> Number:
    return a if less(a, b) else b


def sigma(v: Number) -> Number:
    v = real(v)
    return 1 / (1 + mpmath.exp(-v)) if v >= 0 else mpmath.exp(v) / (1 + mpmath.exp(v))


ZERO, ONE = Fraction(0), Fraction(1)

#: By name: the function of x and of the parameters.
BY_HAND: dict[str, Callable[..., Number]] = {
    "sigmoid": sigma,
    "tanh": lambda v: mpmath.tanh(real(v)),
    "identity": lambda v: v,
    "relu": lambda v: larger(v, ZERO),
    "hardtanh": lambda v: larger(-ONE, smaller(ONE, v)),
    "hard_sigmoid": lambda v: larger(ZERO, smaller(ONE, plus(over(v, Fraction(6)), Fraction(1, 2)))),
    "hard_sigmoid_onnx": lambda v, alpha, beta: larger(ZERO, smaller(ONE, plus(times(alpha, v), beta))),
    "softsign": lambda v: over(v, plus(ONE, abs(v))),
    "softplus": lambda v: mpmath.log1p(mpmath.exp(-abs(real(v)))) + max(real(v), 0),
    "elu": lambda v, alpha: v if less(ZERO, v) else times(alpha, mpmath.expm1(real(v))),
    "leaky_relu": lambda v, alpha: v if less(ZERO, v) else times(alpha, v),
    "silu": lambda v: times(v, sigma(v)),
    "gelu": lambda v: times(v, mpmath.ncdf(real(v))),
    "scaled_tanh": lambda v, alpha, beta: times(alpha, mpmath.tanh(real(times(beta, v)))),
    "affine": lambda v, alpha, beta: plus(times(alpha, v), beta),
    "thresholded_relu": lambda v, alpha: v if less(alpha, v) else ZERO,
}
DEFAULTS = {
    "hard_sigmoid_onnx": (Fraction(1, 5), Fraction(1, 2)),
    "elu": (ONE,),
    "leaky_relu": (Fraction(1, 100),),
    "scaled_tanh": (Fraction(17159, 10000), Fraction(2, 3)),
    "affine": (ONE, ZERO),
    "thresholded_relu": (ONE,),
}


@dataclass(frozen=True)
class Formula:
    """An expression in x, the same as a function of a fraction, and places that are worth looking at."""

    expr: Expr
    value: Callable[[Fraction], Number]
    places: tuple[Fraction, ...] = ()


def rational(number: Fraction) -> Rational:
    return Rational(number.numerator, number.denominator)


def constant(number: Fraction) -> Formula:
    return Formula(rational(number), lambda v: number)


def variable() -> Formula:
    return Formula(x, lambda v: v)


def total(a: Formula, b: Formula) -> Formula:
    return Formula(a.expr + b.expr, lambda v: plus(a.value(v), b.value(v)), a.places + b.places)


def product(a: Formula, b: Formula) -> Formula:
    return Formula(a.expr * b.expr, lambda v: times(a.value(v), b.value(v)), a.places + b.places)


def irrational(square: Fraction, scale: Fraction) -> Formula:
    """scale · √square."""
    expr = rational(scale) * sympy.sqrt(rational(square))
    near = scale * Fraction(math.isqrt(int(square * 10**40)), 10**20)
    return Formula(expr, lambda v: real(scale) * mpmath.sqrt(real(square)), (near,))


def line(slope: Fraction, offset: Fraction) -> Formula:
    """slope · x + offset, whose zero is a place."""
    formula = total(product(constant(slope), variable()), constant(offset))
    return Formula(formula.expr, formula.value, (-offset / slope,) if slope else ())


def activation(name: str, parameters: tuple[Fraction, ...], inner: Formula) -> Formula:
    expr = ACTIVATIONS[name](inner.expr, *map(rational, parameters))
    return Formula(expr, lambda v: BY_HAND[name](inner.value(v), *parameters), inner.places)


def reciprocal(pole: Fraction, order: int = 1) -> Formula:
    """1/(x - pole)^order."""
    return Formula((x - rational(pole)) ** -order, lambda v: over(ONE, (v - pole) ** order), (pole,))


def placed(a: Formula, place: Fraction) -> Formula:
    return Formula(a.expr, a.value, (*a.places, place))


def extreme(kind: str, a: Formula, b: Formula) -> Formula:
    choose, node = (larger, sympy.Max) if kind == "Max" else (smaller, sympy.Min)

    def value(v: Fraction) -> Number:
        try:
            return choose(a.value(v), b.value(v))
        except Undefined:
            raise Undefined from None

    return Formula(node(a.expr, b.expr), value, a.places + b.places)


def absolute(a: Formula) -> Formula:
    return Formula(sympy.Abs(a.expr), lambda v: abs(a.value(v)), a.places)


def step(relation: str, switch: Formula, yes: Formula, no: Formula) -> Formula:
    """yes where the switch compares so with 0, else no."""
    holds, node = {
        "<": (lambda s: s < 0, sympy.Lt),
        "<=": (lambda s: s <= 0, sympy.Le),
        ">": (lambda s: s > 0, sympy.Gt),
        ">=": (lambda s: s >= 0, sympy.Ge),
        "=": (lambda s: s == 0, sympy.Eq),
        "!=": (lambda s: s != 0, sympy.Ne),
    }[relation]
    return Formula(
        Piecewise((yes.expr, node(switch.expr, 0)), (no.expr, True)),
        lambda v: yes.value(v) if holds(switch.value(v)) else no.value(v),
        yes.places + no.places + switch.places,
    )


@dataclass(frozen=True)
class RandomClaim:
    """An activation with parameters, what replaces it, and where."""

    name: str
    parameters: tuple[Fraction, ...]
    replacement: Formula
    lower: Fraction | None  # None: -∞
    upper: Fraction | None  # None: ∞

    @property
    def exact(self) -> Expr:
        return ACTIVATIONS[self.name](x, *map(rational, self.parameters))

    @property
    def on(self) -> tuple[Expr, Expr]:
        return (
            -oo if self.lower is None else rational(self.lower),
            oo if self.upper is None else rational(self.upper),
        )

    def error(self, v: Fraction) -> mpmath.mpf:
        return abs(real(self.replacement.value(v)) - real(BY_HAND[self.name](v, *self.parameters)))

    def sampled(self, count: int = 40, rounds: int = 6, digits: int = DIGITS) -> mpmath.mpf:
        """The largest error that is found: on a grid, at and beside the places, then ever closer around the largest."""
        with mpmath.workdps(digits):
            known: dict[Fraction, mpmath.mpf] = {}

            def look(places: list[Fraction]) -> None:
                for v in places:
                    if (
                        v not in known
                        and (self.lower is None or v >= self.lower)
                        and (self.upper is None or v <= self.upper)
                    ):
                        try:
                            known[v] = self.error(v)
                        except Undefined:
                            known[v] = mpmath.mpf(-1)

            look(self._grid(count))
            for _ in range(rounds):
                for top in sorted(known, key=known.__getitem__)[-3:]:
                    ordered = sorted(known)
                    k = ordered.index(top)
                    left, right = ordered[max(k - 1, 0)], ordered[min(k + 1, len(ordered) - 1)]
                    look([left + (right - left) * Fraction(j, 8) for j in range(1, 8)])
            return max(known.values())

    def _grid(self, count: int) -> list[Fraction]:
        places = [*self.replacement.places, *(end for end in (self.lower, self.upper) if end is not None)]
        places += [ZERO, ONE, -ONE, *self.parameters]
        beside = [p + s * max(abs(p), ONE) * Fraction(1, 10**25) for p in places for s in (-1, 1)]
        around = [s * (Fraction(k, 4) if k < 24 else Fraction(2) ** (k - 21)) for k in range(54) for s in (-1, 1)]
        if self.lower is None or self.upper is None:
            return places + beside + around
        width = self.upper - self.lower
        even = [self.lower + width * Fraction(k, count) for k in range(count + 1)]
        return places + beside + even + (around if width > 20 else [])


# ---------------------------------------------------------------------- chance


def number(rng: random.Random, most: int = 5) -> Fraction:
    kind = rng.random()
    if kind < 0.4:
        return Fraction(rng.randint(-most, most))
    if kind < 0.8:
        return Fraction(rng.randint(-4 * most, 4 * most), rng.choice([2, 3, 4, 5, 6, 10]))
    return Fraction(rng.randint(-1000, 1000), rng.randint(100, 1000))


def positive(rng: random.Random) -> Fraction:
    return abs(number(rng)) or ONE


def parameters(rng: random.Random, name: str) -> tuple[Fraction, ...]:
    usual = DEFAULTS.get(name, ())
    return usual if rng.random() < 0.5 else tuple(positive(rng) for _ in usual)


def interval(rng: random.Random, places: tuple[Fraction, ...]) -> tuple[Fraction | None, Fraction | None]:
    """Often with an end at one of the places."""
    a, b = (rng.choice(places) if places and rng.random() < 0.3 else number(rng) for _ in range(2))
    kind = rng.random()
    if kind < 0.06:
        return None, None
    if kind < 0.12:
        return a, None
    if kind < 0.18:
        return None, b
    if kind < 0.22:
        return min(a, b) * 10**6, max(a, b) * 10**6
    if kind < 0.26:
        return min(a, b) / 10**9, max(a, b) / 10**9
    return (min(a, b), max(a, b)) if a != b else (a, a + 1)


def smooth(rng: random.Random) -> Formula:
    """What someone may write for an activation: another one, a line, a polynomial, a quotient, one within another."""
    kind = rng.random()
    if kind < 0.35:
        name = rng.choice(list(BY_HAND))
        inner = variable() if rng.random() < 0.5 else line(number(rng) or ONE, number(rng))
        found = activation(name, parameters(rng, name), inner)
        return found if rng.random() < 0.6 else total(product(constant(positive(rng)), found), constant(number(rng)))
    if kind < 0.5:
        return line(number(rng), number(rng))
    if kind < 0.65:
        found = constant(number(rng))
        for _ in range(rng.randint(1, 4)):
            found = total(product(found, variable()), constant(number(rng)))
        return found
    if kind < 0.75:
        a, b, c = number(rng), positive(rng), positive(rng)
        below = Formula(1 / (rational(b) + rational(c) * x**2), lambda v: over(ONE, b + c * v * v))
        return product(line(a, number(rng)), below)
    if kind < 0.85:
        outer, inner = rng.choice(list(BY_HAND)), rng.choice(["sigmoid", "tanh", "softsign", "hardtanh", "elu"])
        return activation(
            outer,
            parameters(rng, outer),
            activation(inner, parameters(rng, inner), line(number(rng) or ONE, number(rng))),
        )
    if kind < 0.92:
        name = rng.choice(["sigmoid", "tanh", "softsign", "hard_sigmoid", "gelu"])
        return product(line(number(rng), number(rng)), activation(name, parameters(rng, name), variable()))
    return constant(number(rng))


def broken(rng: random.Random) -> Formula:
    """With jumps, kinks, isolated points and poles that a branch cuts off, or does not."""
    p, q = number(rng), number(rng)
    switch = rng.choice(
        [
            line(ONE, -p),
            line(-ONE, p),
            product(line(ONE, -p), line(ONE, -q)),
            reciprocal(p),
            placed(total(reciprocal(p), constant(q)), p - 1 / q if q else p),
            product(line(ONE, -p), reciprocal(q)),
            total(variable(), irrational(positive(rng), q)),
            total(activation("tanh", (), line(positive(rng), p)), line(q, ZERO)),
        ]
    )
    kind = rng.random()
    if kind < 0.45:
        relations = ["<", "<=", ">", ">=", "=", "!="]
        relation = rng.choice(relations if isinstance(switch.value(Fraction(355, 113)), Fraction) else relations[:4])
        return step(relation, switch, smooth(rng), smooth(rng) if rng.random() < 0.8 else broken(rng))
    if kind < 0.6:
        return extreme("Max", constant(-positive(rng)), extreme("Min", constant(positive(rng)), switch))
    if kind < 0.75:
        return extreme(rng.choice(["Max", "Min"]), smooth(rng), switch)
    if kind < 0.85:
        return absolute(total(smooth(rng), constant(p)))
    if kind < 0.92:
        return total(smooth(rng), extreme("Max", constant(ZERO), line(number(rng), q)))
    name = rng.choice(["tanh", "sigmoid", "hardtanh", "softsign"])
    return activation(name, parameters(rng, name), switch)


def claim(rng: random.Random, replacement: Callable[[random.Random], Formula]) -> RandomClaim:
    name = rng.choice(list(BY_HAND))
    given, found = parameters(rng, name), replacement(rng)
    return RandomClaim(name, given, found, *interval(rng, found.places))
