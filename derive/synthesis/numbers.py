"""A vector of the exact cell beside how far off the replaced cell's is."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import NamedTuple

import numpy as np
from sympy import Rational

from derive.errors import RunError
from derive.exact.intervals import Interval
from derive.synthesis import forms
from derive.synthesis.forms import Array, Deviation, Form
from derive.synthesis.functions import above, below


class Number(NamedTuple):
    """A vector of the exact cell, and how far the replaced cell's is off; None where both have the same."""

    value: Form
    error: Deviation | None


LARGEST = 308  # power of ten of a float64


def added(a: Number, b: Number) -> Number:
    errors = [_repeated(e, max(len(a.value.centre), len(b.value.centre))) for e in (a.error, b.error) if e is not None]
    return Number(forms.added(a.value, b.value), reduce(forms.sum_of, errors) if errors else None)


def _repeated(d: Deviation, n: int) -> Deviation:
    return d if len(d.radius) == n else Deviation(np.repeat(d.columns, n, axis=0), np.repeat(d.radius, n))


def multiplied(a: Number, b: Number) -> Number:
    """δ(a b) = a δb + b δa + δa δb"""
    parts = [forms.times(v, d) for v, d in ((a.value, b.error), (b.value, a.error)) if d is not None]
    if a.error is not None and b.error is not None:
        parts.append(forms.crossed(a.error, b.error))
    return Number(forms.multiplied(a.value, b.value), reduce(forms.sum_of, parts) if parts else None)


def extreme(a: Number, b: Number, largest: bool) -> Number:
    """No error is larger than the larger one of both."""
    pick = np.maximum if largest else np.minimum
    value = forms.between(pick(a.value.lower, b.value.lower), pick(a.value.upper, b.value.upper))
    sizes = [d.size for d in (a.error, b.error) if d is not None]
    if not sizes:
        return Number(value, None)
    radius = np.broadcast_to(reduce(np.maximum, sizes), value.centre.shape)
    return Number(value, Deviation(np.zeros((len(radius), 0)), radius.copy()))


def ends_of(numbers: Sequence[Rational]) -> tuple[Array, Array]:
    """The numbers as float64, rounded outwards; those that are float64 stay what they are."""
    ends = [_pair(n) for n in numbers]
    return np.array([e[0] for e in ends]), np.array([e[1] for e in ends])


def as_float(number: Rational) -> float:
    """The nearest float64. Raises RunError for a number beyond all of them."""
    try:
        return int(number.p) / int(number.q)
    except OverflowError:
        raise RunError(
            f"the run has a number beyond 10^{LARGEST}, which is not bounded; scale weights or inputs"
        ) from None


def _pair(number: Rational) -> tuple[float, float]:
    near = as_float(number)
    if Rational(*near.as_integer_ratio()) == number:
        return near, near
    found = Interval.of(number)
    return below(found.lower), above(found.upper)
