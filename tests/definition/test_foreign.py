"""Functions of numbers, NumPy's and torch's, within a function that an author's equation calls."""

from __future__ import annotations

import importlib.util
import linecache

import numpy as np
import pytest
from sympy import Symbol

from derive import DefinitionError

#: What a function that an equation calls is, and what is said of it.
HELPERS = {
    "np.tanh(q)": "np.tanh computes numbers, in own, line 6; write tanh, from derive import tanh",
    "np.mean(q)": "np.mean computes numbers, in own, line 6; write mean, from derive import mean",
    "np.dot(q, q)": "np.dot computes numbers, in own, line 6; write dot, from derive import dot",
    "(q - np.mean(q)) / np.std(q)": "np.mean computes numbers, in own, line 6; write mean, from derive import mean",
    "np.array(q)": "np.array computes numbers, in own, line 6; given numbers are a parameter",
    "W @ q": "an array stands beside a formula, in own, line 6; given numbers are a parameter",
    "math.tanh(q)": "math.tanh computes numbers, in own, line 6; write tanh, from derive import tanh",
    "torch.tanh(q)": "torch.tanh computes numbers, in own, line 6; write tanh, from derive import tanh",
    "F.relu(q)": "F.relu computes numbers, in own, line 6; write relu, from derive import relu",
    "q.sigmoid()": "has no attribute 'sigmoid', in own, line 6; write sigmoid(q), from derive import sigmoid",
    "max(q, 0)": "max computes numbers, in own, line 6; write Max, from sympy import Max",
    "q if q > 0 else 0 * q": "Python decides q > 0 once, before it has a value, in own, line 6; a choice",
    "q if q == 0 else 2 * q": "Python decides q == 0 once, before it has a value, in own, line 6; a choice",
    "q if q else 2 * q": "once, before it has a value, in own, line 6; a choice",
}
OWN = """from derive import *
import math
import numpy as np, torch, torch.nn.functional as F
W = np.eye(3)
def own(q):
    return {}
@cell("Mine")
def mine(x, h):
    h = tanh(linear(x) + linear(h)) * own(h)
    return h
"""


def defined(folder, formula):
    (folder / "own.py").write_text(OWN.format(formula))
    linecache.checkcache()
    spec = importlib.util.spec_from_file_location("own", folder / "own.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.mine


@pytest.mark.parametrize("formula", HELPERS)
def test_a_function_of_numbers_within_an_authors_function(formula, tmp_path):
    """Of NumPy's the mean of a formula was the formula, a product of vectors theirs unit by unit, without a word."""
    with pytest.raises(DefinitionError, match=r"^equation 'h' \(own.py, line 9\): ") as error:
        defined(tmp_path, formula)
    assert HELPERS[formula] in str(error.value)


def test_formulas_within_an_authors_function(tmp_path):
    """Numbers of NumPy's are numbers, what a dictionary compares is no choice; afterwards all is as it was."""
    got = defined(tmp_path, "np.float64(0.5) * np.sqrt(4.0) * {q + 1: q}[q + 1] ** np.int64(2)")
    assert str(defined(tmp_path, "sum([q, q])")["h"]).endswith("⊙ (hₜ₋₁ + hₜ₋₁)")
    assert str(got["h"]) == "hₜ = tanh(W_ih xₜ + b_ih + W_hh hₜ₋₁ + b_hh) ⊙ hₜ₋₁²"
    assert np.mean(Symbol("q")) == Symbol("q")
    assert Symbol("q")
