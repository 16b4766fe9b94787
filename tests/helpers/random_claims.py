"""Random claims, and the largest error of each that is found by looking.

It is worth what the functions of ``exact_formulas`` say; the package's own evaluation has no part in it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import mpmath
from exact_formulas import (
    BY_HAND,
    DEFAULTS,
    DIGITS,
    ONE,
    ZERO,
    Formula,
    Undefined,
    absolute,
    activation,
    constant,
    extreme,
    irrational,
    line,
    over,
    placed,
    product,
    rational,
    real,
    reciprocal,
    step,
    total,
    variable,
    x,
)
from sympy import Expr, oo

from derive.symbolic.activations import ACTIVATIONS


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
