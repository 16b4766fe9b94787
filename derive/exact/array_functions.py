"""The functions of ``functions`` on arrays of cells; by balls, a cell at a time, where doubles have no rule for one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from flint import arb, ctx

from derive.exact import arrays, functions
from derive.exact.arrays import ONE, Cells, multiply, negative, points
from derive.exact.functions import Function
from derive.exact.intervals import Interval

Derivatives = list[Cells]  # φ, φ' and φ''/2 over cells, up to the order wanted
ArrayFunction = Callable[[Cells, int], Derivatives]

BITS = 64  # with which functions that have no rule of their own are calculated
HALF = points(np.float64(0.5))


def on_arrays(function: Function) -> ArrayFunction:
    """The same function over arrays of cells."""
    return OWN.get(function) or _each(function)


def _exp(a: Cells, order: int) -> Derivatives:
    value = arrays.exp(a)
    return [value, value, multiply(HALF, value)]


def _tanh(a: Cells, order: int) -> Derivatives:
    value = arrays.tanh(a)
    slope = arrays.subtract(ONE, arrays.power(value, 2))
    slope = Cells(np.maximum(slope.lower, 0.0), np.minimum(slope.upper, 1.0))
    return [value, slope, negative(multiply(value, slope))]


def _logistic(a: Cells, order: int) -> Derivatives:
    value, other = arrays.logistic(a)
    slope = multiply(value, other)
    centred = arrays.power(arrays.subtract(value, HALF), 2)
    slope = arrays.intersection(slope, arrays.subtract(points(np.float64(0.25)), centred))
    return [value, slope, multiply(multiply(HALF, slope), arrays.subtract(other, value))]


OWN: dict[Any, ArrayFunction] = {
    functions.exp: _exp,
    functions.tanh: _tanh,
    functions.logistic: _logistic,
}


def _each(function: Function) -> ArrayFunction:
    """A function by balls, a cell at a time."""

    def over(a: Cells, order: int) -> Derivatives:
        lower, upper = np.broadcast_arrays(*a)
        found = np.empty((order + 1, 2, lower.size))
        with ctx.workprec(BITS):
            for k, ends in enumerate(zip(lower.ravel(), upper.ravel(), strict=True)):
                jet = function(Interval(*(arb(float(end)) for end in ends)), order)
                found[:, :, k] = [arrays.cells(part) for part in jet[: order + 1]]
        return [Cells(*part.reshape(2, *lower.shape)) for part in found]

    return over
