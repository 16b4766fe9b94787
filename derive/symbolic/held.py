"""Exponentials of matrices by their numbers: what a step makes of a linear differential equation."""

from __future__ import annotations

from collections.abc import Sequence

from flint import arb, arb_mat, ctx, fmpq
from sympy import Rational

from derive.errors import DeriveError

_PRECISIONS = (192, 768, 3072)  # bits
_RELATIVE = arb(2) ** -60  # the radius of a number that a double is read of
_NOTHING = arb(2) ** -120  # beside the largest entry


def held_numbers(rates: Sequence[Rational], inputs: Sequence[Rational], rows: int) -> tuple[Rational, ...]:
    """e^A of a square matrix of so many rows, in one row; where there are inputs B, ∫_0^1 e^{sA} ds B, which stands
    beside it in the exponential of both. Each is the double of a number that is known to 60 bits and more.

    Raises DeriveError where they are beyond what is worked out.
    """
    wide = len(inputs) // rows
    whole = [[_exact(n) for n in [*rates[k * rows :][:rows], *inputs[k * wide :][:wide]]] for k in range(rows)]
    whole += [[fmpq(0)] * (rows + wide) for _ in range(wide)]
    columns = range(rows, rows + wide) if wide else range(rows)
    for bits in _PRECISIONS:
        with ctx.workprec(bits):
            found = arb_mat([[arb(n) for n in line] for line in whole]).exp()
            doubles = _doubles([found[k, column] for k in range(rows) for column in columns])
        if None not in doubles:
            return tuple(n for n in doubles if n is not None)
    raise DeriveError("e to the power of a matrix of such numbers is beyond what is worked out; give smaller ones")


def _exact(number: Rational) -> fmpq:
    return fmpq(int(number.p), int(number.q))


def _doubles(balls: Sequence[arb]) -> list[Rational | None]:
    """The double in each ball; None where one is too wide to tell. What may be 0, and is nothing beside the others, is
    0."""
    if not all(ball.is_finite() for ball in balls):
        return [None]
    largest = max(ball.abs_upper() for ball in balls)
    return [_double(ball, largest) for ball in balls]


def _double(ball: arb, largest: arb) -> Rational | None:
    if ball.contains(0):
        return Rational(0) if ball.abs_upper() <= largest * _NOTHING else None
    if not ball.rad() <= ball.abs_lower() * _RELATIVE:
        return None
    return Rational(*float(ball.mid()).as_integer_ratio())
