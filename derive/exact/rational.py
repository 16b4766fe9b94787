"""Operations whose result may be rational, and is kept as one while its size allows."""

from __future__ import annotations

import operator
from functools import reduce
from typing import Any

from flint import fmpq
from sympy import Add, Mul, Pow, Rational, S

from derive.errors import DeriveError

LARGEST_RATIONAL = (
    4096  # bits; a larger fraction has no short decimal, so it is carried as a ball (it may double in size each step)
)


def exactly(number: Any) -> fmpq:
    """A rational of SymPy as one of python-flint."""
    return fmpq(int(number.p), int(number.q))


def rational_result(operation: Any, operands: list[Rational]) -> Rational | None:
    """The result of a SymPy operation as a rational of acceptable size, or None.

    Raises DeriveError for a division by 0.
    """
    if operation is Pow:
        base, power = operands
        if base == 0 and power < 0:
            raise DeriveError("division by 0 in an expression: check the weights, inputs and constants that enter it")
        if abs(power) * max(int(base.p).bit_length(), int(base.q).bit_length()) > LARGEST_RATIONAL:
            return None
    # the arithmetic of two numbers, which SymPy does without looking for anything to simplify
    if operation is Add:
        result = reduce(operator.add, operands, S.Zero)
    elif operation is Mul:
        result = reduce(operator.mul, operands, S.One)
    else:
        result = operation(*operands)
    if not result.is_Rational or max(int(result.p).bit_length(), int(result.q).bit_length()) > LARGEST_RATIONAL:
        return None
    return result
