"""Intervals that show that no weights of a cell give something: none of what is possible is ever left out.

The oracle are numbers: results of operations by NumPy, and pairs of cells that are equal by hand.
"""

from __future__ import annotations

import random
import re

import numpy as np
import pytest
from changed_cells import KEPT
from sympy import asinh, atan, exp, log, sinh

import derive
from derive import sigmoid, softplus, tanh
from derive.comparison.by_intervals import contractors
from derive.comparison.by_intervals.unreachable import apart
from derive.exact.arrays import Cells
from derive.intake.load import as_cell

COUNT = 2000
#: An operation, what it is by NumPy, and where its operands are.
OPERATIONS = {
    "plus": (contractors.Plus(), np.add, [(-3, 3), (-3, 3)]),
    "times": (contractors.Times(), np.multiply, [(-3, 3), (-3, 3)]),
    "inverse": (contractors.Inverse(), lambda a: 1 / a, [(-3, 3)]),
    "square": (contractors.Power(2), lambda a: a**2, [(-3, 3)]),
    "cube": (contractors.Power(3), lambda a: a**3, [(-3, 3)]),
    "root": (contractors.Root(), np.sqrt, [(0, 4)]),
    "size": (contractors.Size(), np.abs, [(-3, 3)]),
    "largest": (contractors.Largest(), np.maximum, [(-3, 3), (-3, 3)]),
    "sine": (contractors.Wave(), np.sin, [(-30, 30)]),
    "cosh": (contractors.Cosh(), np.cosh, [(-3, 3)]),
    "exp": (contractors.Increasing(exp), np.exp, [(-40, 40)]),
    "log": (contractors.Increasing(log), np.log, [(1e-9, 9)]),
    "tanh": (contractors.Increasing(tanh), np.tanh, [(-30, 30)]),
    "sigmoid": (contractors.Increasing(sigmoid), lambda a: 1 / (1 + np.exp(-a)), [(-40, 40)]),
    "softplus": (contractors.Increasing(softplus), lambda a: np.log1p(np.exp(a)), [(-40, 40)]),
    "sinh": (contractors.Increasing(sinh), np.sinh, [(-9, 9)]),
    "asinh": (contractors.Increasing(asinh), np.arcsinh, [(-9, 9)]),
    "atan": (contractors.Increasing(atan), np.arctan, [(-9, 9)]),
}  # fmt: skip


def around(values, rng, width):
    """Intervals with these numbers in them, of which some are open at an end or have no width."""
    lower, upper = (values + side * width * rng.uniform(0, 1, values.shape) for side in (-1, 1))
    lower[::5], upper[1::5] = -np.inf, np.inf
    lower[2::5], upper[2::5] = values[2::5], values[2::5]
    return Cells(lower, upper)


def holds(cells, values):
    slack = 1e-13 * np.maximum(1, np.abs(values))  # NumPy's own rounding
    return ((cells.lower <= values + slack) & (values - slack <= cells.upper)).all()


@pytest.mark.parametrize("name", OPERATIONS)
def test_no_number_is_left_out_in_either_direction(name):
    operation, of_numpy, ranges = OPERATIONS[name]
    rng = np.random.default_rng(4)
    for width in (1e-12, 0.1, 10):
        values = [rng.uniform(low, high, COUNT) for low, high in ranges]
        operands = [around(v, rng, width) for v in values]
        with np.errstate(all="ignore"):
            result = of_numpy(*values)
            forward = operation.forward(*operands)
            assert holds(forward, result)
            wanted = around(result, rng, width / 10)
            wanted = Cells(np.maximum(wanted.lower, forward.lower), np.minimum(wanted.upper, forward.upper))
            wanted = Cells(np.minimum(wanted.lower, result), np.maximum(wanted.upper, result))
            for left, value in zip(operation.backward(wanted, *operands), values, strict=True):
                assert holds(left, value)


def test_what_a_factor_cannot_be_is_left_out():
    """Of a b = 6 with 2 ≤ b ≤ 3, a is between 2 and 3; of tanh a = 1/2, a is artanh 1/2."""
    (a, _) = contractors.Times().backward(*(Cells(np.array([x]), np.array([y])) for x, y in ((6, 6), (-9, 9), (2, 3))))
    assert (a.lower > 1.999, a.upper < 3.001) == (True, True)
    every, half = Cells(np.array([-np.inf]), np.array([np.inf])), Cells(np.array([0.5]), np.array([0.5]))
    (a,) = contractors.Increasing(tanh).backward(half, every)
    np.testing.assert_allclose([a.lower[0], a.upper[0]], np.arctanh(0.5), rtol=1e-8)


@pytest.mark.parametrize("name", ["rnn", "min_gru", "relu_rnn"])
def test_nothing_is_shown_of_equal_cells(name):
    rng = random.Random(6)
    cell = other = derive.catalogue[name]
    for change in rng.sample(list(KEPT), 3):
        other = KEPT[change](other, rng)[0]
    assert not apart(cell, other, {s: s for s in cell.states})
    assert not apart(other, cell, {s: s for s in cell.states})


#: Pairs of which no search, rank or count tells anything, and why they differ.
SHOWN = [
    (r"h_t = \tanh(W x_t + U h_{t-1})", r"h_t = \mathrm{ReLU}(W x_t + U h_{t-1})"),  # the range
    (r"h_t = 2 \tanh(W x_t + U h_{t-1})", r"h_t = \tanh(W x_t + U h_{t-1})"),  # the range
    (r"h_t = \sigma(W x_t + b) h_{t-1}", r"h_t = \tanh(W x_t + b) h_{t-1}"),  # the range of the slope
    (r"h_t = h_{t-1} + (W x_t + b)^2", r"h_t = h_{t-1} - (W x_t + b)^2"),  # the sign
    (r"h_t = \alpha h_{t-1} + (1 - \alpha) \tanh(W x_t)", r"h_t = \alpha h_{t-1} + (2 - \alpha) \tanh(W x_t)"),  # α = 1
    (r"h_t = sigm(W x_t + b + 1) + h_{t-1} + b", r"h_t = sigm(W x_t + b) + h_{t-1} + b"),  # both limits
]  # fmt: skip


@pytest.mark.parametrize(("a", "b"), SHOWN, ids=range(len(SHOWN)))
def test_what_no_weights_give_is_shown_in_both_orders(a, b):
    for first, second in ((a, b), (b, a)):
        found = derive.compare(derive.from_latex(first), derive.from_latex(second))
        assert not found
        assert "whatever its weights" in found.why, repr(found)


def test_what_a_fit_says_is_told_and_decides_nothing():
    """u/√(u² + 1) and twice that: their ranges are other ones, which intervals do not see."""
    texts = (rf"h_t = {factor} a_t / \sqrt{{a_t^2 + 1}} + h_{{t-1}}, a_t = W x_t + b" for factor in ("", "2"))
    found = derive.compare(*map(derive.from_latex, texts))
    assert not found
    assert found.decided or "no weights were found" in repr(found)
    assert found.to_json()["tried"] == found.tried


#: Pairs of which a weight of one is defined for some numbers alone, and that other weights make one by hand.
SOMEWHERE = [
    (r"h_t = \sqrt{\alpha} h_{t-1} + W x_t", r"h_t = |\alpha| h_{t-1} + W x_t"),
    (r"h_t = \sqrt{\alpha} h_{t-1} + W x_t", r"h_t = \mathrm{ReLU}(\alpha) h_{t-1} + W x_t"),
    (r"h_t = \sqrt{p}\odot h_{t-1} + W x_t", r"h_t = p^2\odot h_{t-1} + W x_t"),
    (r"h_t = \log(p)\odot h_{t-1} + W x_t", r"h_t = p\odot h_{t-1} + W x_t"),
    (r"h_t = \log(p) + \tanh(h_{t-1}) + W x_t", r"h_t = b + \tanh(h_{t-1}) + W x_t"),
    (r"h_t = \log(p\odot\exp(W x_t)) + h_{t-1}", r"h_t = W x_t + b + h_{t-1}"),
    (r"h_t = \tanh(W x_t), c_t = \log(p) + b + c_{t-1}", r"h_t = \tanh(W x_t), c_t = b + c_{t-1}"),
    (r"h_t = \tanh(W x_t), c_t = \sqrt{p}\odot b + c_{t-1}", r"h_t = \tanh(W x_t), c_t = b + c_{t-1}"),
    (r"h_t = \tanh(W x_t), c_t = \sqrt{p q} + c_{t-1}", r"h_t = \tanh(W x_t), c_t = |q| + c_{t-1}"),
]  # fmt: skip


def of_vectors(latex):
    found = [name for name in "bpq" if re.search(rf"(?<![a-z\\]){name}(?![a-z])", latex)]
    kinds = [f"${name}$ is a vector" for name in found] + [r"$\alpha$ is a scalar weight"] * (r"\alpha" in latex)
    return derive.from_latex(f"$${latex}$$ where {', '.join(kinds)}.")


@pytest.mark.parametrize(("a", "b"), SOMEWHERE, ids=range(len(SOMEWHERE)))
def test_weights_with_which_a_cell_is_nothing_show_no_difference(a, b):
    for first, second in ((a, b), (b, a)):
        found = derive.compare(*map(of_vectors, (first, second)))
        assert found or not found.decided, repr(found)
        assert all(np.isfinite(new).all() for of in found.trial.new for new in of.values())


def test_a_difference_where_both_have_values_is_shown_all_the_same():
    """√p times the state against what is negative: by intervals, with a step on which both have values."""
    texts = (r"h_t = \sqrt{p}\odot h_{t-1} + W x_t", r"h_t = -1 - p^2\odot h_{t-1} + W x_t")
    found = derive.compare(*map(of_vectors, texts))
    assert not found
    assert re.search("the (first|second) does not give what the (first|second) gives", found.why), found.why
    assert all(np.isfinite(new).all() for of in found.trial.new for new in of.values())


def test_what_is_nothing_and_not_asked_for_is_no_contradiction():
    """A logarithm of a negative state, which both have; and of a case that is not the one."""
    logs = r"h_t = \log(h_{t-1}) + W x_t, c_t = "
    cells = [of_vectors(logs + end) for end in (r"c_{t-1} + p^2", r"c_{t-1} + |p|")]
    assert not apart(*(as_cell(cell) for cell in cells), {"h": "h", "c": "c"})


def test_a_negative_number_has_whole_powers():
    """aᵇ of a negative a is a number for b = 2, so that no weights are ruled out."""
    cells = [of_vectors(rf"h_t = (h_{{t-1}} + W x_t)^{{{n}}} + p") for n in (r"\alpha", "2")]
    assert not derive.compare(*cells).decided


def test_a_limit_that_floating_point_reaches_is_no_place_to_count_at():
    """Both are all numbers between 0 and 1, and e^(−1/p²) is 0 in floating point at p = 0, as e^(−e^p) is at 9."""
    cells = [of_vectors(rf"h_t = e^{{{n}}}\odot h_{{t-1}} + W x_t") for n in ("-1/p^2", "-e^p")]
    assert not derive.compare(*cells).decided
