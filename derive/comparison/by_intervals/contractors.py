"""Operations of real numbers on arrays of intervals, forwards and backwards.

Forwards: in which interval a result is, from those of its operands. Backwards: in which one each operand is, from that
of the result as well; what gives no such result is an empty interval, whose lower end is above the upper one. All ends
are rounded outwards, so that an empty interval is a proof (Benhamou, Goualard, Granvilliers and Puget 1999, Revising
Hull and Box Consistency).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
from sympy import asinh, atan, cos, cosh, erf, exp, log, sin, sinh

from derive.approximation.enclosure import FUNCTIONS
from derive.exact import arrays
from derive.exact.array_functions import on_arrays
from derive.exact.arrays import Cells, intersection, outwards, where
from derive.symbolic.activations import sigmoid, softplus, tanh

NEAR = 1e-9  # beside a guess: there it is tried whether the function is beyond
LINEAR = 1e-12  # relative, of functions of NumPy
ANGLE = 1e-9  # of sines, and of turns
LARGEST = 1e4  # of angles


class Operation:
    """One of ``arity`` operands."""

    needs_all = True  # its operands, to have a value

    def forward(self, *of: Cells) -> Cells:
        raise NotImplementedError

    def backward(self, result: Cells, *of: Cells) -> tuple[Cells, ...]:
        """What is left of the operands; all of them where nothing is known."""
        return of

    def may_fail(self, *of: Cells) -> Any:
        """Whether it has no value for some of them."""
        return np.zeros((1, 1), bool)


class Plus(Operation):
    def forward(self, *of: Cells) -> Cells:
        a, b = of
        return Cells(_sum(a.lower, b.lower, -np.inf), _sum(a.upper, b.upper, np.inf))

    def backward(self, result: Cells, *of: Cells) -> tuple[Cells, ...]:
        a, b = of
        rest = [self.forward(result, arrays.negative(part)) for part in (b, a)]
        return intersection(a, rest[0]), intersection(b, rest[1])


def _sum(a: Any, b: Any, towards: float) -> Any:
    """Rounded in that direction, where it is no double itself (Møller 1965, Knuth 1969: a sum's error is a double)."""
    found = a + b
    part = found - a
    is_exact = (a - (found - part)) + (b - part) == 0
    return np.where(is_exact, found, np.where(np.isnan(found), towards, np.nextafter(found, towards)))


class Times(Operation):
    def forward(self, *of: Cells) -> Cells:
        a, b = of
        found = arrays.multiply(a, b)
        for x, y in (of, of[::-1]):  # these are exact
            unit = (x.lower == x.upper) & (np.abs(x.lower) == 1)
            found = where(unit, where(x.lower > 0, y, arrays.negative(y)), found)
        nothing = ((a.lower == 0) & (a.upper == 0)) | ((b.lower == 0) & (b.upper == 0))
        return where(nothing, arrays.NOTHING, found)

    def backward(self, result: Cells, *of: Cells) -> tuple[Cells, ...]:
        a, b = of
        return _quotient(a, result, b), _quotient(b, result, a)


def _quotient(of: Cells, result: Cells, by: Cells) -> Cells:
    """The part of a factor with which the product can be the result; on both sides of 0 apart, where the other one
    has both signs."""
    positive = Cells(np.maximum(by.lower, 0.0), by.upper)
    negative = Cells(by.lower, np.minimum(by.upper, 0.0))
    parts = [intersection(of, arrays.multiply(result, arrays.reciprocal(part))) for part in (positive, negative)]
    empty = [(part.lower > part.upper) for part in (positive, negative)]
    every = (by.lower <= 0) & (by.upper >= 0) & (result.lower <= 0) & (result.upper >= 0)  # 0 times anything is 0
    nothing = Cells(np.full_like(parts[0].lower, np.inf), np.full_like(parts[0].lower, -np.inf))
    both = arrays.union(*(where(e | (p.lower > p.upper), nothing, p) for e, p in zip(empty, parts, strict=True)))
    return where(every, Cells(*np.broadcast_arrays(*of)), both)


class Inverse(Operation):
    def forward(self, *of: Cells) -> Cells:
        return arrays.reciprocal(of[0])

    def backward(self, result: Cells, *of: Cells) -> tuple[Cells, ...]:
        return (intersection(of[0], arrays.reciprocal(result)),)

    def may_fail(self, *of: Cells) -> Any:
        return (of[0].lower <= 0) & (of[0].upper >= 0)


class Power(Operation):
    """A whole power from 2 on."""

    def __init__(self, n: int) -> None:
        self.n = n

    def forward(self, *of: Cells) -> Cells:
        return arrays.power(of[0], self.n)

    def backward(self, result: Cells, *of: Cells) -> tuple[Cells, ...]:
        if self.n % 2:
            ends = [np.cbrt(end) if self.n == 3 else np.sign(end) * np.abs(end) ** (1 / self.n) for end in result]
            return (intersection(of[0], _wider(*ends)),)
        root = _wider(0.0 * result.upper, np.maximum(result.upper, 0) ** (1 / self.n)).upper
        found = intersection(of[0], Cells(-root, root))
        return (where(result.upper < 0, Cells(np.inf + 0 * root, -np.inf + 0 * root), found),)


class Root(Operation):
    """A square root, where there is one."""

    def forward(self, *of: Cells) -> Cells:
        lower, upper = np.maximum(of[0].lower, 0.0), of[0].upper
        found = outwards(np.sqrt(lower), np.sqrt(np.maximum(upper, 0.0)))
        return Cells(np.maximum(np.where(upper < 0, np.inf, found.lower), 0), np.where(upper < 0, -np.inf, found.upper))

    def backward(self, result: Cells, *of: Cells) -> tuple[Cells, ...]:
        least = arrays.power(Cells(np.maximum(result.lower, 0), np.maximum(result.upper, 0)), 2)
        return (intersection(of[0], least),)

    def may_fail(self, *of: Cells) -> Any:
        return of[0].lower < 0


class Size(Operation):
    def forward(self, *of: Cells) -> Cells:
        return arrays.magnitude(of[0])

    def backward(self, result: Cells, *of: Cells) -> tuple[Cells, ...]:
        lower, upper = of[0]
        above = np.where(lower > -result.lower, np.maximum(lower, result.lower), lower)
        below = np.where(upper < result.lower, np.minimum(upper, -result.lower), upper)
        return (intersection(Cells(above, below), Cells(-result.upper, result.upper)),)


class Largest(Operation):
    def forward(self, *of: Cells) -> Cells:
        a, b = of
        return Cells(np.maximum(a.lower, b.lower), np.maximum(a.upper, b.upper))

    def backward(self, result: Cells, *of: Cells) -> tuple[Cells, ...]:
        found = []
        for a, b in (of, of[::-1]):
            lower = np.where(b.upper < result.lower, result.lower, a.lower)  # then it is this one
            found.append(Cells(np.maximum(a.lower, lower), np.minimum(a.upper, result.upper)))
        return tuple(found)


class Sign(Operation):
    """-1, 1, and something between them at 0. at_zero: what it is there; None for anything."""

    def forward(self, *of: Cells) -> Cells:
        lower, upper = of[0]
        return Cells(np.where(lower > 0, 1.0, np.where(lower < 0, -1.0, 0.0)),
                     np.where(upper < 0, -1.0, np.where(upper > 0, 1.0, 0.0)))  # fmt: skip


class Increasing(Operation):
    """A function that nowhere falls. guess: what it is of, in floating point; none where that is not known.

    A logarithm of 0 is -∞, as that is what makes 0 of a power of 0."""

    GUESSES: ClassVar[dict[Any, Callable[[Any], Any]]] = {
        exp: np.log, log: np.exp, tanh: np.arctanh, sigmoid: lambda y: np.log(y) - np.log1p(-y),
        softplus: lambda y: np.where(y > 40, y, np.log(np.expm1(np.minimum(y, 40)))),
    }  # fmt: skip
    OF_NUMPY: ClassVar[dict[Any, Callable[[Any], Any]]] = {
        sinh: np.sinh, atan: np.arctan, asinh: np.arcsinh, log: np.log, softplus: lambda x: np.logaddexp(0, x),
    }  # fmt: skip

    def __init__(self, function: Any) -> None:
        self.guess = self.GUESSES.get(function)
        self.least = 0.0 if function is log else -np.inf
        self._of_numpy = self.OF_NUMPY.get(function)
        self._over = None if self._of_numpy else on_arrays(FUNCTIONS[function])

    def forward(self, *of: Cells) -> Cells:
        lower, upper = np.broadcast_arrays(np.maximum(of[0].lower, self.least), of[0].upper)
        is_none = upper < lower
        safe = Cells(np.where(is_none, 1.0, lower), np.where(is_none, 1.0, upper))
        found = _wider(*map(self._of_numpy, safe)) if self._of_numpy else self._over(safe, 0)[0]  # type: ignore[misc]
        return Cells(np.where(is_none, np.inf, found.lower), np.where(is_none, -np.inf, found.upper))

    def backward(self, result: Cells, *of: Cells) -> tuple[Cells, ...]:
        if self.guess is None:
            return of
        ends = []
        for side, end in ((-1, result.lower), (1, result.upper)):
            guess = np.nan_to_num(self.guess(end), nan=side * np.inf, posinf=np.inf, neginf=-np.inf)
            at = guess + side * NEAR * np.maximum(1, np.abs(guess))
            at = np.where(np.isfinite(at), at, 0.0 if self.least < 0 else 1.0)
            there = self.forward(Cells(at, at))
            is_beyond = np.isfinite(guess) & (there.upper < end if side < 0 else there.lower > end)
            ends.append(np.where(is_beyond, at, side * np.inf))
        return (intersection(of[0], Cells(np.maximum(ends[0], self.least), ends[1])),)

    def may_fail(self, *of: Cells) -> Any:
        return of[0].lower <= self.least


class Cosh(Operation):
    def forward(self, *of: Cells) -> Cells:
        size = arrays.magnitude(of[0])
        found = _wider(np.cosh(size.lower), np.cosh(size.upper))
        return Cells(np.maximum(found.lower, 1.0), found.upper)


class Wave(Operation):
    """A sine. ahead: by which the argument is ahead, a quarter turn for a cosine."""

    def __init__(self, ahead: float = 0.0) -> None:
        self.ahead = ahead

    def forward(self, *of: Cells) -> Cells:
        lower, upper = (np.clip(end, -LARGEST, LARGEST) for end in _wider(*of[0]))
        both = np.sin([lower + self.ahead, upper + self.ahead])
        least, most = both.min(axis=0) - ANGLE, both.max(axis=0) + ANGLE
        turns = [(end + self.ahead) / (2 * np.pi) for end in (lower, upper)]
        for top, value in ((0.25, 1.0), (-0.25, -1.0)):
            is_met = np.floor(turns[1] - top + ANGLE) >= np.ceil(turns[0] - top - ANGLE)
            least, most = (
                np.where(is_met, np.minimum(least, value), least),
                np.where(is_met, np.maximum(most, value), most),
            )
        is_far = np.maximum(np.abs(of[0].lower), np.abs(of[0].upper)) >= LARGEST
        return Cells(np.where(is_far, -1.0, np.maximum(least, -1)), np.where(is_far, 1.0, np.minimum(most, 1)))


def _wider(lower: Any, upper: Any) -> Cells:
    """By what functions of NumPy may be wrong."""
    lower, upper = np.broadcast_arrays(lower, upper)
    return outwards(lower - LINEAR * np.abs(lower), upper + LINEAR * np.abs(upper))


INCREASING = {exp, log, tanh, sigmoid, softplus, erf, sinh, atan, asinh}
OTHERS: dict[Any, Operation] = {cosh: Cosh(), sin: Wave(), cos: Wave(np.pi / 2)}
