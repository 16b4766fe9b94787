"""What numbers alone say of two cells: which weight is which, and that no assignment makes them one.

The oracle is how the pairs were made: an author's free choices, of which none may be called different, and changes of
what a cell computes.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from changed_cells import KEPT

import derive
from derive.comparison.by_numbers import assignment
from derive.comparison.by_numbers.numbers import held_together
from derive.comparison.by_numbers.verdict import verdict
from derive.comparison.pairing import unify

CELLS = ("rnn", "lstm", "gru", "gru_reset_before", "peephole_lstm", "cifg_lstm", "mgu", "slstm", "min_gru", "lem",
         "nbrc", "relu_rnn", "ligru", "fast_grnn", "janet", "mut1", "ran")  # fmt: skip
PAIRS = 34


def test_weights_are_found_whatever_an_author_has_chosen():
    """Names, order, stacking, signs, polarity, sums of biases, numbers beside them, three of these at once."""
    rng = random.Random(5)
    for k in range(PAIRS):
        cell = other = derive.catalogue[CELLS[k % len(CELLS)]]
        used = rng.sample(list(KEPT), 3)
        for name in used:
            other = KEPT[name](other, rng)[0]
        found = verdict(cell, other)
        assert found.pairing is not None, f"{cell.name}, {used}: {found.why}"
        assert held_together(cell, other, found.pairing, exact=found.exact).agrees, f"{cell.name}, {used}"


#: Formulas that are one by quotients of functions that no rearrangement shows, of weights in no one order.
EQUAL = [
    (r"h_t = f_t h_{t-1} / (f_t + i_t) + i_t c_t / (f_t + i_t), f_t = \sigma(W x_t), i_t = \sigma(V x_t), c_t = U x_t",
     r"h_t = \sigma(\mathrm{softplus}(-a_t) - \mathrm{softplus}(-b_t)) q_t"
     r" + \sigma(\mathrm{softplus}(-b_t) - \mathrm{softplus}(-a_t)) h_{t-1}, q_t = A x_t, b_t = B x_t, a_t = C x_t"),
    (r"h_t = h_{t-1} + \sqrt{1 - e^{-2 u}} W x_t", r"h_t = h_{t-1} + \sqrt{1 - a^2} V x_t, a = e^{-u}"),
]  # fmt: skip


@pytest.mark.parametrize(("a", "b"), EQUAL, ids=range(len(EQUAL)))
def test_what_formulas_do_not_match_is_found_by_numbers_and_proved(a, b):
    roles = {"u": "vector"} if " u" in a else {}
    found = derive.compare(*(derive.from_latex(text, roles=roles) for text in (a, b)))
    assert found, repr(found)
    assert found.trial.agrees


#: On what it rests that two cells differ.
WHY = [
    ("lstm", "cifg_lstm", "more"),
    ("lstm", "gru", "states"),
    ("rnn", "relu_rnn", "whatever its weights"),
    (r"h_t = \mathrm{sigmoid}(W x_t) + h_{t-1}", r"h_t = \tanh(W x_t) + h_{t-1}", "all weights 0"),
    (r"h_t = \log(h_{t-1}) + W x_t", r"h_t = \log(h_{t-1}^2) / 2 + W x_t", "defined"),
    (r"h_t = \min(6, \mathrm{ReLU}(W x_t + U h_{t-1}))", r"h_t = \mathrm{ReLU}(W x_t + U h_{t-1})", "exact runs"),
]


@pytest.mark.parametrize(("a", "b", "why"), WHY, ids=[why for *_, why in WHY])
def test_what_a_difference_rests_on_is_said(a, b, why):
    found = derive.compare(*(derive.from_latex(t) if "=" in t else t for t in (a, b)))
    assert not found
    assert found.decided
    assert why in found.why
    assert found.why in repr(found).splitlines()
    assert found.to_json()["why"] == found.why


#: Where counts say nothing: α W is a matrix as W is, and U V is any matrix of its size.
OPEN = [
    (r"h_t = \alpha W x_t + h_{t-1}", r"h_t = W x_t + h_{t-1}", {"alpha": "scalar"}),
    (r"h_t = U (V h_{t-1}) + W x_t", r"h_t = U h_{t-1} + W x_t", {}),
]


@pytest.mark.parametrize(("a", "b", "roles"), OPEN, ids=range(len(OPEN)))
def test_a_product_of_weights_alone_is_not_called_different(a, b, roles):
    found = derive.compare(derive.from_latex(a, roles=roles), derive.from_latex(b))
    assert not found
    assert not found.decided
    assert "not decided" in repr(found)


def test_a_search_that_is_given_up_is_not_decided(monkeypatch):
    """Numbers find the weights then; without them nothing is said."""
    rng = random.Random(7)
    cell = derive.catalogue["lstm"]
    other = KEPT["signs"](KEPT["polarity"](KEPT["stacking"](cell, rng)[0], rng)[0], rng)[0]
    monkeypatch.setattr(unify, "MOST", 3)
    assert derive.compare(cell, other)
    monkeypatch.setattr(assignment, "MOST", 20)
    found = derive.compare(cell, other)
    assert found or not found.decided


def test_sizes_that_a_module_has_as_one_are_said():
    """A module's sizes are known by how long its tensors are; between formulas they are the author's."""
    torch = pytest.importorskip("torch")
    made = derive.build(derive.catalogue["projected_lstm"]).Cell(5, 7, dtype=torch.float64)
    read = derive.from_torch(made)
    found = derive.compare(read, "projected_lstm")
    assert found
    assert "where proj_size of projected_lstm is hidden_size" in repr(found)
    assert found.to_json()["sizes"] == {"projected_lstm": {"proj_size": "hidden_size"}}
    found = derive.compare(read.cell, "projected_lstm")
    assert not found
    assert "proj_size of projected_lstm is hidden_size" in found.why


SEEDED = """
import json, random
import derive
from changed_cells import KEPT
from derive.comparison.pairing.sides import Sides
said = []
for name in ("lstm", "rhn", "on_lstm"):
    cell, rng = derive.catalogue[name], random.Random(3)
    other = KEPT["names"](KEPT["stacking"](cell, rng)[0], rng)[0]
    _, search, _ = next(Sides(cell, other).pairings())
    said += [search.tried, repr(derive.compare(cell, other))]
said.append(repr(derive.compare("peephole_lstm", "gru_chung")))
said.append(repr(derive.compare("lstm", "cifg_lstm")))
print(json.dumps(said))
"""


def test_every_process_tries_the_same_pairs_in_the_same_order():
    helpers = Path(__file__).parents[1] / "helpers"
    given = {**os.environ, "PYTHONPATH": os.pathsep.join([str(helpers), *sys.path])}
    command = [sys.executable, "-c", SEEDED]
    runs = [
        subprocess.run(command, env={**given, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True)
        for seed in "012"
    ]
    found = [run.stdout for run in runs]
    assert found[0] == found[1] == found[2]
    assert max(n for n in json.loads(found[0]) if isinstance(n, int)) < 500


#: Weights that are squared, for which no slope says by what they are multiplied; sizes of other names and more biases;
#: an angle of the other sign.
FACTORS = [
    (r"h_t = h_{t-1} + a_t^2, a_t = W x_t + b", r"h_t = h_{t-1} + 9 a_t^2, a_t = W x_t + b"),
    (r"h_t = \tanh(a^2 h_{t-1} + b^2 u_t), u_t = W x_t", r"h_t = \tanh(b^2 h_{t-1} / 4 + 9 a^2 u_t), u_t = W x_t"),
    (r"h_t = h_{t-1} \cos(u_t) - \sin(u_t), u_t = W x_t", r"h_t = h_{t-1} \cos(u_t) + \sin(u_t), u_t = W x_t"),
]  # fmt: skip


@pytest.mark.parametrize(("a", "b"), FACTORS, ids=range(len(FACTORS)))
def test_factors_and_signs_of_weights_that_have_no_slope_are_found(a, b):
    roles = {"a": "vector", "b": "vector"} if "a^2 h" in a else {}
    cells = [derive.from_latex(text, roles=roles) for text in (a, b)]
    assert derive.compare(*cells)
    assert derive.compare(*reversed(cells))


def test_factors_of_a_square_that_differ_in_sign_are_none():
    found = derive.compare(*(derive.from_latex(rf"h_t = h_{{t-1}} {s} (W x_t + b)^2") for s in "+-"))
    assert not found
    assert found.decided


SIZED = """
from derive import cell, linear, tanh


@cell("Two biases")
def two(x, h):
    k = tanh(linear(x, size="key") + linear(h, size="key"))
    h = h + linear(k)
    return h


@cell("One bias")
def one(x, h):
    q = tanh(linear(x, h, size="query"))
    h = h + linear(q)
    return h


@cell("More")
def more(x, h):
    q = tanh(linear(x, h, size="query"))
    h = h + linear(q, h)
    return h
"""


def test_sizes_may_have_other_names_where_biases_are_merged(tmp_path):
    file = tmp_path / "sized.py"
    file.write_text(SIZED)
    two, one, more = (f"{file}:{name}" for name in ("two", "one", "more"))
    assert derive.compare(two, one)
    assert derive.compare(one, two)
    assert derive.compare(two, more).why == "more has 1 matrix (hidden × hidden) more"


#: Equal for weights that no order, sign or factor gives: U + 1 for U; another bias by π/2; a factor that is a root.
FOUND_BY_NO_SEARCH = [
    (r"h_t = \tanh(W x_t + U h_{t-1} + h_{t-1})", r"h_t = \tanh(W x_t + U h_{t-1})"),
    (r"h_t = \sin(W x_t + U h_{t-1} + b)", r"h_t = \cos(W x_t + U h_{t-1} + b)"),
    (r"h_t = h_{t-1} + (W x_t + b)^2", r"h_t = h_{t-1} + 2 (W x_t + b)^2"),
]


@pytest.mark.parametrize(("a", "b"), FOUND_BY_NO_SEARCH, ids=range(len(FOUND_BY_NO_SEARCH)))
def test_what_only_other_numbers_make_equal_is_not_called_different(a, b):
    for first, second in ((a, b), (b, a)):
        found = derive.compare(derive.from_latex(first), derive.from_latex(second))
        assert found or not found.decided, found.why


def test_json_has_null_where_nothing_is_defined():
    texts = (rf"h_t = {of} + W x_t" for of in (r"\log(h_{t-1})", r"\log(h_{t-1}^2) / 2"))
    found = derive.compare(*map(derive.from_latex, texts)).to_json()
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert None in [number for cell in found["trial"]["cells"] for number in cell["new"]["h"]]


@pytest.mark.filterwarnings("error")
def test_large_numbers_on_the_way_of_a_fit_warn_of_nothing():
    texts = (
        rf"$$h_t = e^{{{n}}}h_{{t-1}} + e^{{q}}\tanh(W x_t)$$ where $p$ and $q$ are vectors." for n in ("p", "p q")
    )
    assert not derive.compare(*map(derive.from_latex, texts))
