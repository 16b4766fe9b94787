"""Formulas of one function that are no rearrangement of each other, and formulas that are nearly one function.

The oracle is ``helpers/one_function.py``: identities by hand, and numbers in 60 digits.
"""

from __future__ import annotations

import random
from itertools import islice

import pytest
from one_function import changed, formula, gap, rewritten
from sympy import Eq, Symbol

import derive
from derive import linear
from derive.definition.cell import Cell

PAIRS = 40  # of either kind


def cell(name, expr):
    """A cell whose new state is that formula of both states."""
    lines = [Eq(Symbol("h"), expr, evaluate=False), Eq(Symbol("c"), linear(Symbol("x")) + Symbol("c_prev"))]
    return Cell.from_equations(name, lines, states=("h", "c"))


def pairs(change, seed):
    rng = random.Random(seed)
    while True:
        one = formula(rng)
        if len(one.free_symbols) == 2:
            yield one, change(one, rng), rng


def test_what_holds_for_all_numbers_is_equal():
    for one, other, rng in islice(pairs(rewritten, 11), PAIRS):
        assert gap(one, other, rng, count=5) < 1e-30
        found = derive.compare(cell("one", one), cell("other", other))
        assert found, f"{one} and {other}: {found}"


def test_what_differs_is_found_different_by_numbers():
    rng_pairs = (
        (one, rewritten(other, rng))
        for one, other, rng in pairs(changed, 12)
        if len(other.free_symbols) == 2 and gap(one, other, rng) > 1e-6
    )
    for one, other in islice(rng_pairs, PAIRS):
        found = derive.compare(cell("one", one), cell("other", other))
        assert not found, f"{one} and {other}: {found}"
        assert found.decided, f"{one} and {other}"


A = ", a_t = W x_t + U h_{t-1} + b"
#: Formulas of one function of an affine map; in the last ones the weights have other names, and other numbers.
EQUAL = [
    (r"\frac{1}{1 + e^{-a_t}}" + A, r"\mathrm{sigmoid}(a_t)" + A),
    (r"\frac{e^{a_t} - e^{-a_t}}{e^{a_t} + e^{-a_t}}" + A, r"\tanh(a_t)" + A),
    (r"\log(1 + e^{a_t})" + A, r"\mathrm{softplus}(a_t)" + A),
    (r"a_t \sigma(a_t)" + A, r"\mathrm{silu}(a_t)" + A),
    (r"\frac{a_t}{1 + e^{-a_t}}" + A, r"\mathrm{silu}(a_t)" + A),
    (r"a_t \frac{(1 + e^{a_t})^2 - 1}{(1 + e^{a_t})^2 + 1}" + A, r"\mathrm{mish}(a_t)" + A),
    (r"\sqrt{a_t^2}" + A, r"|a_t|" + A),
    (r"\begin{cases} a_t & a_t > 0 \\ -a_t & \text{otherwise} \end{cases}" + A, r"|a_t|" + A),
    (r"\frac{e^{x_t}}{e^{x_t} + e^{h_{t-1}}}", r"\mathrm{sigmoid}(x_t - h_{t-1})"),
    (
        r"\frac{\mathrm{sigmoid}(a_t)^2}{\mathrm{sigmoid}(a_t)^2 + (1 - \mathrm{sigmoid}(a_t))^2}" + A,
        r"\mathrm{sigmoid}(2 a_t)" + A,
    ),
    (r"\frac{1}{1 + e^{-W x_t - U h_{t-1} - b}}", r"\mathrm{sigmoid}(V x_t + R h_{t-1} + c)"),
    (r"2 \mathrm{sigmoid}(W x_t + U h_{t-1} + b) - 1", r"\tanh(V x_t + R h_{t-1} + c)"),
]
#: Formulas that are the same but where one is not defined, or at one place.
ELSEWHERE = [
    (r"\log(h_{t-1}^2) + W x_t", r"2 \log(h_{t-1}) + W x_t"),
    (r"\frac{h_{t-1}^2}{h_{t-1}} + W x_t", r"h_{t-1} + W x_t"),
    (r"\frac{1 - e^{-h_{t-1}}}{1 - e^{-2 h_{t-1}}} + W x_t", r"\mathrm{sigmoid}(h_{t-1}) + W x_t"),
    (r"\sqrt{h_{t-1}}^2 + W x_t", r"h_{t-1} + W x_t"),
    (r"\min(6, \mathrm{ReLU}(W x_t + U h_{t-1}))", r"\mathrm{ReLU}(W x_t + U h_{t-1})"),
    (r"\begin{cases} 1 & a_t > 0 \\ 0 & \text{otherwise} \end{cases}" + A,
     r"\begin{cases} 1 & a_t \ge 0 \\ 0 & \text{otherwise} \end{cases}" + A),
]  # fmt: skip


@pytest.mark.parametrize(("a", "b"), EQUAL, ids=range(len(EQUAL)))
def test_formulas_of_one_function(a, b):
    found = derive.compare(derive.from_latex("h_t = " + a), derive.from_latex("h_t = " + b))
    assert found, repr(found)


@pytest.mark.parametrize(("a", "b"), ELSEWHERE, ids=range(len(ELSEWHERE)))
def test_formulas_that_are_another_function_somewhere(a, b):
    found = derive.compare(derive.from_latex("h_t = " + a), derive.from_latex("h_t = " + b))
    assert not found
    assert found.decided


def test_what_is_neither_proved_nor_refuted_is_not_decided():
    """0/0 at one place, which no random number meets."""
    a, b = r"\frac{h_{t-1}^2 - 2}{h_{t-1} - \sqrt{2}}", r"h_{t-1} + \sqrt{2}"
    found = derive.compare(derive.from_latex(f"h_t = {a} + W x_t"), derive.from_latex(f"h_t = {b} + W x_t"))
    assert not found
    assert not found.decided
    assert "not decided" in repr(found)
    assert found.to_json()["decided"] is False
