"""The linear maps of backward equations, one entry at a time, against NumPy."""

from __future__ import annotations

from functools import reduce
from itertools import product

import numpy as np
import pytest
from sympy import Abs, Piecewise, S, Symbol

from derive.statements.maps import (
    Antisymmetric,
    Copies,
    Outer,
    Repeat,
    Scale,
    SumTime,
    SumUnits,
    Transpose,
    compose,
)
from derive.statements.parameter import Parameter
from derive.statements.writing import ALL_UNITS, at

N, M = 3, 2
D, K, X = Symbol("d_y"), Symbol("k"), Symbol("x")
W = Parameter(Symbol("W"), "matrix", "hidden_size", "input_size")
VALUES = {"d_y": np.array([0.5, -2.0, 3.0]), "k": np.array([0.25, -1.5, 2.0]), "x": np.array([-0.75, 1.25])}
VALUES |= {"W": np.array([[1.0, -0.5], [0.25, 2.0], [-3.0, 0.75]]), "n": np.array([1.75])}
NUMBERS = {at(name, k): v[k - 1] for name, v in VALUES.items() if v.ndim == 1 for k in range(1, len(v) + 1)}
NUMBERS |= {at("W", j, k): VALUES["W"][j - 1, k - 1] for j in range(1, N + 1) for k in range(1, M + 1)}
NUMBERS |= {at("hidden_size", 1): N}


class Numbers:
    """The units of these quantities."""

    def count(self, size):
        return {"hidden_size": N, "input_size": M}[size]

    def many(self, q):
        return len(VALUES[q.name]) if q.name in VALUES else 1

    def single(self, node, k):
        return node.xreplace({s: at(s.name, k if self.many(s) > 1 else 1) for s in node.free_symbols})


def value(maps, shape, of=D):
    """The array that maps make of a cotangent, from its entries."""
    units = Numbers()
    first = lambda entry: units.single(of, entry[0])  # noqa: E731
    of_all = reduce(lambda inner, m: lambda entry: m.entry(inner, entry, units), maps, first)
    found = np.zeros(shape)
    for entry in product(*(range(1, n + 1) for n in shape)):
        found[tuple(k - 1 for k in entry)] = float(S(of_all(entry)).xreplace(NUMBERS))
    return found


d, k, x, w, n = (VALUES[name] for name in ("d_y", "k", "x", "W", "n"))
MAPS = {
    "scale": ((Scale(K),), (N,), D, d * k),
    "two scales": ((Scale(K), Scale(1 - K)), (N,), D, d * k * (1 - k)),
    "transpose": ((Scale(K), Transpose(W)), (M,), D, w.T @ (d * k)),
    "outer product": ((Outer(X),), (N, M), D, np.outer(d, x)),
    "sum over units": ((Scale(K), SumUnits("hidden_size")), (1,), D, [np.sum(d * k)]),
    "repetition": ((Repeat("hidden_size"),), (N,), Symbol("n"), np.repeat(n, N)),
    "repeated and summed": ((Repeat("hidden_size"), SumUnits("hidden_size")), (1,), Symbol("n"), N * n),
    "copies": ((Copies.of("hidden_size"),), (1,), Symbol("n"), N * n),
    "antisymmetric": ((Outer(K), SumTime(), Antisymmetric()), (N, N), D, np.outer(d, k) - np.outer(k, d)),
}


@pytest.mark.parametrize("name", MAPS)
def test_entries(name):
    maps, shape, of, expected = MAPS[name]
    np.testing.assert_allclose(value(maps, shape, of), expected, rtol=1e-14)


@pytest.mark.parametrize("name", MAPS)
def test_composed_they_are_the_same(name):
    maps, shape, of, expected = MAPS[name]
    composed = compose(Scale(), *maps)
    assert len(composed) <= len(maps)
    np.testing.assert_allclose(value(composed, shape, of), expected, rtol=1e-14)


def test_scales_are_one_and_a_repetition_summed_is_a_number_of_copies():
    assert compose(Scale(K), Scale(X), Scale(S.One)) == (Scale(K * X),)
    assert compose(Repeat("hidden_size"), SumUnits("hidden_size")) == (Scale(Symbol("hidden_size")),)
    assert compose(Scale(), Scale()) == ()


def test_where_the_derivative_is_zero_nothing_is_multiplied():
    """Of a cotangent that is infinite, zero times it is no number."""
    cases = Scale(Piecewise((K, X > 0), (0, True)))
    written = reduce(lambda e, m: m.written(e, ALL_UNITS), compose(Scale(Abs(K)), cases), D)
    (inside, _), (otherwise, _) = written.args
    assert otherwise == 0
    assert inside.args == (D, Abs(K), K)
