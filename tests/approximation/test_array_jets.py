"""Formulas over arrays of cells against the same formulas by balls at points, which are another arithmetic."""

from __future__ import annotations

from random import Random

import pytest
from flint import arb, ctx
from sympy import Abs, Max, Piecewise, exp, sqrt

import derive
from derive.approximation.claim import x
from derive.approximation.enclosure import Enclosing
from derive.exact.intervals import Interval
from derive.symbolic.activations import ACTIVATIONS, tanh

np = pytest.importorskip("numpy")
jets = pytest.importorskip("derive.approximation.array_jets")

OTHERS = (
    x - x**3 / 3 - tanh(x),
    exp(x) * x,
    1 / (1 + x**2),
    sqrt(x**2 + 1),
    Abs(x) - Max(x, -1),
    x * (27 + x**2) / (27 + 9 * x**2),
    Piecewise((x, x > 1), (x**2, x > -1), (-x, True)),
    derive.table("tanh", entries=16)(x),
    derive.table("sigmoid", entries=33, outside="extend")(x),
    derive.table("tanh", entries=17, interpolate=False)(x),
)
FORMULAS = [*(a(x) for a in ACTIVATIONS.values()), *OTHERS]


@pytest.mark.parametrize("formula", FORMULAS, ids=str)
def test_a_jet_over_a_cell_has_that_of_every_point(formula):
    rng = Random(str(formula))
    lower = np.array([0.0, -1.0, -np.inf, *(rng.uniform(-6, 6) for _ in range(24))])
    upper = lower + np.array([0.0, 2.0, 0.0, *(10 ** rng.uniform(-9, 0.5) for _ in range(24))])
    upper[2] = np.inf
    with np.errstate(all="ignore"):
        found = jets.program(formula)(jets.Cells(lower, upper), 2)
    program = Enclosing(formula, x)
    found = [[np.broadcast_to(end, lower.shape) for end in part] for part in found]
    with ctx.workprec(200):
        for k, (low, high) in enumerate(zip(lower, upper, strict=True)):
            for part in range(4):
                inside = max(low, -5.0) + (min(high, 5.0) - max(low, -5.0)) * rng.random()
                point = arb(float(min(max((low, high, inside, inside)[part], -50.0), 50.0)))
                if not low < point < high and part > 1:
                    continue
                for order, true in enumerate(program(Interval(point, point), 2)):
                    ends = [float(end[k]) for end in found[order]]
                    if true.is_finite and (order == 0 or low < point < high):
                        assert not arb(ends[0]) > true.upper, (low, high, order)
                        assert not arb(ends[1]) < true.lower, (low, high, order)
