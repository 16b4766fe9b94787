"""Random cells are verified: what is printed of them is read back, by a reader that knows nothing of the printer."""

from __future__ import annotations

import pytest
import sympy
from any_cell import random_cell
from spelled_cell import bent, raised, spelled_cell
from sympy import E, Rational, Symbol, pi

import derive
from derive import Activation, cell, constant, elu, linear, scalar, tanh, vector
from derive.errors import UnsupportedExpression
from derive.verification.verify import verify

pytest.importorskip("torch")


@pytest.mark.parametrize("drawn", [random_cell, spelled_cell])
@pytest.mark.parametrize("seed", range(25))
def test_random_cells_agree(seed, drawn):
    try:
        found = verify(drawn(seed), seed=seed)
    except UnsupportedExpression:
        pytest.skip("a condition on constants alone has no module")
    assert found.ok, str(found)


@pytest.mark.parametrize("seed", [1278, 2136])
def test_cells_whose_states_outgrow_the_numbers_are_tried_with_smaller_ones(seed):
    """Their states are raised to the sixth power and more at each of three steps, so that they are beyond float64."""
    found = verify(random_cell(seed), seed=seed)
    assert found.ok, str(found)


@cell("Too large for every number")
def too_large(x, h):
    h = h + sympy.exp(1000 + linear(x))
    return h


def test_what_overflows_everywhere_is_said():
    assert "h is no finite number" in verify(too_large).problem
    assert "it overflows" in verify(too_large).problem


@cell("A gradient that begins with a minus")
def less(x, h, s: vector):
    h = tanh(linear(x, h)) * (h - s)
    return h


@cell("Numbers that have names")
def named(x, h, s: scalar):
    h = tanh(linear(x, h)) * (h - sympy.exp(1)) * s + E * sympy.sin(pi * s)
    return h


@cell("Functions of the author's own")
def own(x, h, s: scalar):
    h = bent(linear(x, h)) * s - raised(h) / 9 + raised(bent(s * h), Rational(1, 3)) ** 2 / 9
    return h


@cell("Decimals that no fraction is shorter than")
def decimal(x, h, alpha: constant = 1.23456):
    h = 0.044715 * tanh(alpha * linear(x, h)) * (-0.33333) - h * 0.98765 / (1.0007 + h**2) + elu(h, 1.23456) / 1.23456
    return h


@pytest.mark.parametrize("one", [less, named, own, decimal], ids=lambda c: c.name)
def test_notation_that_was_refused(one):
    found = verify(one)
    assert found.ok, str(found)


def test_a_decimal_is_printed_as_it_is_written():
    """Where its fraction is long; a short fraction, and one that is shorter than the decimal, is a fraction."""
    selu = derive.lstm.with_activations(g="selu")
    printed = r"g_{t} &= 1.0507009873554804934 \operatorname{ELU}_{1.6732632423543772848}(W_{ig} x_{t} "
    assert selu.latex().splitlines()[3].startswith(printed)
    assert "−0.01490485095 tanh" in str(decimal["h"])  # the product of both numbers
    h = Symbol("h")
    with sympy.evaluate(False):
        equations = [sympy.Eq(h, 0.1 * h - h / 1024 + 1.25 * h - 0.0123 * h + tanh(linear(Symbol("x"), h)))]
    fractions = derive.Cell.from_equations("fractions", equations, states=["h"])
    assert str(fractions["h"]).startswith("hₜ = hₜ₋₁/10 − hₜ₋₁/1024 + 5 hₜ₋₁/4 − 0.0123 hₜ₋₁ + ")


def test_a_sum_over_time_of_a_negative_term_has_brackets():
    assert r"\delta s &= \sum_{t} (-\delta h_{t} \odot" in less.adjoint().latex()
    assert "δs = Σₜ (−δhₜ ⊙" in less.adjoint().unicode()
    assert str(named["h"]).endswith(" s + e sin(π s)")


class known(Activation):
    latex_name, unicode_name = r"\operatorname{ReLU}", "ReLU"
    value = bent.value
    slope = bent.slope


def test_a_function_of_ones_own_with_the_name_of_another_is_a_problem():
    found = verify(derive.lstm.with_activations(g=known))
    assert not found.ok
    assert found.problem == r"the activation known has the name of another function in print: \operatorname{ReLU}"


def test_a_wrong_function_of_ones_own_is_found():
    found = verify(own, latex=own.latex().replace(r"\varphi(W", r"\operatorname{raised}_2(W"))
    assert found.equations > 1e-3
