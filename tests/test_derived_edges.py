"""The derived backward pass at its edges: formulas with nothing to say, layers that a program has changed."""

from __future__ import annotations

import pytest
from sympy import Eq, Piecewise, floor, sign, symbols

from derive import Cell, linear, sigmoid, tanh

a, c, f, h, x = symbols("a c f h x")


def adjoint(*equations: Eq, states: tuple[str, ...] = ("h",)):
    return Cell.from_equations("edge", equations, states=states).adjoint()


# ---- what is printed -------------------------------------------------------------------------------------------------


def test_what_has_no_derivative_has_no_cotangent():
    """sign(h) and floor(a) are names of the forward step; nothing goes back through them."""
    back = adjoint(Eq(a, linear(x) + linear(h)), Eq(h, tanh(a) + floor(a) + sign(h), evaluate=False))
    assert [e.lhs.name for e in back.equations] == ["d_h", "d_a", "d_h_prev", "d_x"]
    assert back.unicode().splitlines()[1] == "  δaₜ = δhₜ ⊙ (1 − tanh(aₜ)²)"


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (Piecewise((a, a > 0), (a + 1, True)), "δhₜ"),
        (Piecewise((a, a > 0), (2, a > -1), (3, True)), "{δhₜ if aₜ > 0; 0 otherwise}"),
    ],
)
def test_last_branches_with_one_derivative_are_one(formula, expected):
    back = adjoint(Eq(a, linear(x) + linear(h)), Eq(h, formula, evaluate=False))
    assert str(back["d_a"]) == f"δaₜ = {expected}"


def test_a_minus_of_a_difference_is_a_difference():
    """∂((1 - f) (-a))/∂a is f - 1, of two minus signs none is left."""
    back = adjoint(Eq(f, sigmoid(linear(h))), Eq(a, linear(x)), Eq(h, (1 - f) * (-a)))
    assert str(back["d_a"]) == "δaₜ = δhₜ ⊙ (fₜ − 1)"


def test_a_negative_fraction_is_subtracted():
    back = adjoint(Eq(a, linear(x) + linear(h)), Eq(h, a / (1 + a**2), evaluate=False))
    assert r"\frac{1}{1 + a_{t}^{2}} - \frac{2 h_{t} \odot a_{t}}{1 + a_{t}^{2}}" in back.latex()
