"""Operations whose result may be rational, and is kept as one while its size allows."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from flint import fmpq
from sympy import Abs, Add, Max, Min, Mul, Pow, Rational

from derive.errors import NoValue

LARGEST_RATIONAL = (
    4096  # bits; a larger fraction has no short decimal, so it is carried as a ball (it may double in size each step)
)


def exactly(number: Any) -> fmpq:
    """A rational of SymPy as one of python-flint."""
    return fmpq(int(number.p), int(number.q))


def rational_result(operation: Any, operands: list[Rational]) -> Rational | None:
    """The result of a SymPy operation as a rational of acceptable size, or None.

    Raises NoValue for a division by 0.
    """
    if operation is Pow:
        base, power = operands
        if not base.p and power.p < 0:
            raise NoValue("division by 0 in an expression: check the weights, inputs and constants that enter it")
        if abs(power.p) * max(int(base.p).bit_length(), int(base.q).bit_length()) > LARGEST_RATIONAL * power.q:
            return None
    result = ARITHMETIC.get(operation, operation)(*operands)
    if not result.is_Rational or max(int(result.p).bit_length(), int(result.q).bit_length()) > LARGEST_RATIONAL:
        return None
    return result


def _sum(*operands: Rational) -> Rational:
    above, below = 0, 1
    for r in operands:
        above, below = above * r.q + r.p * below, below * r.q
    return Rational(above, below)


def _product(*operands: Rational) -> Rational:
    return Rational(prod(r.p for r in operands), prod(r.q for r in operands))


def _power(base: Rational, power: Rational) -> Any:
    if power.q != 1:
        return base**power
    above, below = base.p ** abs(power.p), base.q ** abs(power.p)
    return Rational(above, below) if power.p >= 0 else Rational(below, above)


#: Operations that are done with whole numbers, without looking for anything to simplify.
ARITHMETIC: dict[Any, Callable[..., Any]] = {
    Add: _sum,
    Mul: _product,
    Pow: _power,
    Abs: abs,
    Max: lambda *operands: max(operands),
    Min: lambda *operands: min(operands),
}
