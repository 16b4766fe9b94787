"""Formulas as ONNX Runtime evaluates them, against NumPy, which has the functions that ONNX lacks."""

from __future__ import annotations

import numpy as np
import pytest
from sympy import (
    Abs,
    And,
    Max,
    Min,
    Ne,
    Not,
    Or,
    Piecewise,
    acos,
    asin,
    atan,
    cosh,
    erf,
    exp,
    floor,
    gamma,
    log,
    sign,
    sinh,
    sqrt,
    symbols,
    tan,
)
from sympy.codegen.cfunctions import expm1, hypot, log1p
from sympy.logic.boolalg import ITE

pytest.importorskip("onnxruntime")

from derive.backends.onnx.backend import session
from derive.backends.onnx.formulas import Formulas
from derive.backends.onnx.graph import Graph, as_model
from derive.errors import UnsupportedExpression
from derive.symbolic.activations import elu, sigmoid, softplus

x, y = symbols("x y")
TINY = [s * 10.0**-k for k in range(1, 30, 2) for s in (-1, 1)]
FAR = [-80.0, -20.5, -3.0, -1.0, -0.5, 0.0, 0.25, 1.0, 2.5, 20.5, 80.0]


def run(expr, double, **given):
    graph = Graph(double)
    value = Formulas(graph, lambda q: q.name).value(expr)
    inputs = [graph.info(name) for name in given]
    ready = session(as_model(graph.made("formula", inputs, [graph.info(value)])))
    return ready.run(None, {k: np.asarray(v, graph.dtype) for k, v in given.items()})[0]


@pytest.mark.parametrize("double", [False, True], ids=["float32", "float64"])
@pytest.mark.parametrize(
    ("expr", "oracle", "points"),
    [
        (expm1(x), np.expm1, TINY + FAR),
        (log1p(x), np.log1p, TINY + [p for p in FAR if p > -1]),
        (softplus(x), lambda v: np.maximum(v, 0) + np.log1p(np.exp(-np.abs(v))), FAR),
        (elu(x, 0.5), lambda v: np.where(v > 0, v, 0.5 * np.expm1(v)), TINY + FAR),
        (sinh(x), np.sinh, TINY + FAR),
        (cosh(x), np.cosh, TINY + FAR),
        (tan(x), np.tan, [*TINY, -1.0, 0.5, 1.0]),
        (sigmoid(x), lambda v: np.exp(np.minimum(v, 0)) / (1 + np.exp(-np.abs(v))), FAR[1:]),
        (hypot(x, 3 * x), lambda v: np.hypot(v, 3 * v), [*TINY, 0.0, 1e30, -1e30]),
    ],
    ids=lambda value: str(value) if hasattr(value, "free_symbols") else "",
)
def test_functions_keep_their_relative_accuracy(expr, oracle, points, double):
    given = np.asarray(points, np.float64 if double else np.float32)
    ours, theirs = run(expr, double, x=given), oracle(given.astype(np.float64))
    np.testing.assert_allclose(ours, theirs, rtol=2e-15 if double else 1e-6, atol=0)


def test_cases_and_conditions():
    v, w = np.linspace(-2, 2, 9), np.linspace(2, -1, 9)
    expr = Piecewise((x**3, And(x > 0, Not(y <= 1))), (y / x**2, Or(x < -1, Ne(y, 0))), (Max(x, Min(y, 0.5)) + 2, True))
    first, second = (v > 0) & (w > 1), (v < -1) | (w != 0)
    with np.errstate(divide="ignore"):
        theirs = np.where(first, v**3, np.where(second, w / v**2, np.maximum(v, np.minimum(w, 0.5)) + 2))
    np.testing.assert_allclose(run(expr, True, x=v, y=w), theirs, rtol=1e-15)
    picked = Piecewise((1, ITE(x > 0, y > 1, y < 0)), (0, True))
    np.testing.assert_array_equal(run(picked, True, x=v, y=w), np.where(np.where(v > 0, w > 1, w < 0), 1.0, 0.0))
    rest = floor(x) + sign(y) - Abs(x) * sqrt(exp(y)) + log(3) + (y**2) ** x
    theirs = np.floor(v) + np.sign(w) - np.abs(v) * np.sqrt(np.exp(w)) + np.log(3) + (w**2) ** v
    np.testing.assert_allclose(run(rest, True, x=v, y=w), theirs, rtol=1e-14)


def test_what_onnx_runtime_lacks_is_named():
    oracle = {asin: np.arcsin, acos: np.arccos, atan: np.arctan}
    for function, theirs in oracle.items():
        np.testing.assert_allclose(run(function(x), False, x=[0.25, 0.5]), theirs([0.25, 0.5]), rtol=1e-6)
        with pytest.raises(UnsupportedExpression, match="is not there in ONNX Runtime's float64; use float32"):
            run(function(x), True, x=[0.25])
    with pytest.raises(UnsupportedExpression, match=r"erf in erf\(x\) is not there"):
        run(erf(x), True, x=[0.25])
    with pytest.raises(UnsupportedExpression, match=r"gamma in gamma\(x\) has no operator in ONNX"):
        run(gamma(x), False, x=[0.25])
