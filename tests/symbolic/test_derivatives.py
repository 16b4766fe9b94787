"""Local partial derivatives against autograd, at kinks too, and in the author's order."""

from __future__ import annotations

import pytest
import sympy
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Abs, Max, Min, Piecewise, Symbol, atan, cos, cosh, erf, exp, floor, log, sin, sqrt
from torch_formulas import evaluate

from derive.symbolic.activations import ACTIVATIONS, sigmoid
from derive.symbolic.derivatives import Known, partial
from derive.symbolic.tidy import tidy

a, b = Symbol("a"), Symbol("b")


def derivative_values(expr, x, point):
    """(the rule's value, autograd's) at a point."""
    env = {k: torch.tensor(v, dtype=torch.float64, requires_grad=True) for k, v in point.items()}
    (wanted,) = torch.autograd.grad(evaluate(expr, env) + 0 * env[x.name], env[x.name])
    detached = {k: v.detach() for k, v in env.items()}
    return float(evaluate(partial(expr, x, Known()), detached)), float(wanted)


@pytest.mark.parametrize(
    ("expr", "at"),
    [
        (Max(a, b), {"a": 0.5, "b": 0.5}),
        (Min(a, b), {"a": 0.5, "b": 0.5}),
        (Max(a, 2), {"a": 2.0}),
        (Min(a, -1), {"a": -1.0}),
        (Max(a * b, a, 1), {"a": 1.0, "b": 1.0}),
        (Abs(a), {"a": 0.0}),
        (ACTIVATIONS["relu"](a), {"a": 0.0}),
        (ACTIVATIONS["leaky_relu"](a), {"a": 0.0}),
        (ACTIVATIONS["elu"](a), {"a": 0.0}),
        (ACTIVATIONS["hardtanh"](a), {"a": 1.0}),
        (ACTIVATIONS["hardtanh"](a), {"a": -1.0}),
        (ACTIVATIONS["hard_sigmoid"](a), {"a": 3.0}),
        (ACTIVATIONS["hard_sigmoid"](a), {"a": -3.0}),
        (ACTIVATIONS["hard_sigmoid_onnx"](a), {"a": 2.5}),
        (ACTIVATIONS["softsign"](a), {"a": 0.0}),
        (Piecewise((a**2, a > b), (3 * a, True)), {"a": 0.5, "b": 0.5}),
    ],
    ids=str,
)
def test_subgradients_are_those_of_pytorch(expr, at):
    for x in expr.free_symbols:
        found, wanted = derivative_values(expr, x, at)
        assert found == wanted


def formulas():
    """Smooth or kinked, and finite on (0, 2)²; a choice stands outermost, since lowering gives a nested one a name."""
    trees = st.recursive(
        st.sampled_from([a, b, sympy.Rational(1, 3), sympy.Integer(-2)]),
        lambda t: st.one_of(
            st.tuples(t, t).map(lambda p: sympy.Add(*p, evaluate=False)),
            st.tuples(t, t).map(lambda p: sympy.Mul(*p, evaluate=False)),
            st.tuples(t, t).map(lambda p: p[0] / (2 + Abs(p[1]))),
            t.map(lambda e: sqrt(1 + e**2)),
            t.map(lambda e: log(1 + Abs(e))),
            t.map(lambda e: exp(-Abs(e))),
            t.map(lambda e: sin(e) + cos(e)),
            t.map(lambda e: atan(e) - erf(e) + cosh(e / (1 + Abs(e))) + floor(e)),
            st.tuples(st.sampled_from(sorted(ACTIVATIONS)), t).map(lambda p: ACTIVATIONS[p[0]](p[1])),
        ),
        max_leaves=6,
    )
    choices = st.tuples(trees, trees).map(lambda p: Piecewise((p[0], a > b), (p[1], True)))
    return st.one_of(trees, choices).filter(lambda e: e.free_symbols)


@given(formulas(), st.floats(0.1, 1.9), st.floats(0.1, 1.9))
@settings(max_examples=80)
def test_partials_equal_autograd_for_any_formula(expr, at_a, at_b):
    for x in sorted(expr.free_symbols, key=str):
        found, wanted = derivative_values(expr, x, {"a": at_a, "b": at_b})
        assert found == pytest.approx(wanted, rel=1e-9, abs=1e-9)


def test_partials_keep_the_order_and_the_saved_names():
    i = Symbol("i")
    with sympy.evaluate(False):
        formula = tidy(b * 3 * a)
    assert str(partial(sigmoid(a), a, Known({sigmoid(a): i}))) == "i*(1 - i)"
    assert partial(formula, a, Known()).args == (3, b)
    assert partial(a, b, Known()) == 0
    assert partial(exp(a), a, Known({exp(a): i})) == i
