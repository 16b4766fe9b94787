"""Formulas of one function that are no rearrangement of each other, and formulas that are nearly one function.

The oracle is ``helpers/one_function.py``: identities by hand, and numbers in 60 digits.
"""

from __future__ import annotations

import random
from itertools import islice

from one_function import changed, formula, gap, rewritten
from sympy import Eq, Symbol

import derive
from derive import linear
from derive.definition.cell import Cell

PAIRS = 60  # of either kind


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
    for one, other, rng in islice(pairs(rewritten, 1), PAIRS):
        assert gap(one, other, rng, count=5) < 1e-30
        found = derive.compare(cell("one", one), cell("other", other))
        assert found, f"{one} and {other}: {found}"


def test_what_differs_is_found_different_by_numbers():
    held = 0
    for one, other, rng in pairs(changed, 2):
        if len(other.free_symbols) < 2 or gap(one, other, rng) < 1e-6:
            continue
        found = derive.compare(cell("one", one), cell("other", rewritten(other, rng)))
        assert not found, f"{one} and {other}: {found}"
        assert found.decided, f"{one} and {other}"
        held += 1
        if held == PAIRS:
            break
