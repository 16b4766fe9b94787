"""What ``compare`` says: of cells of the catalogue, nearest ones, in words."""

import re

import pytest
from sympy import Eq, Symbol

import derive
from derive import linear, tanh
from derive.cells.load import load_file
from derive.comparison.difference import difference
from derive.comparison.nearest import nearest
from derive.definition.cell import Cell


def test_equal_is_not_more_than_equal():
    """Of the pairs of these, the ones that differ, and one that does not (MUT2 is the reset-before GRU of Chung)."""
    assert derive.compare(derive.catalogue["mut2"], derive.catalogue["gru_chung"])
    for a, b in (("lstm", "cifg_lstm"), ("gru", "gru_reset_before"), ("rnn", "relu_rnn")):
        assert not derive.compare(derive.catalogue[a], derive.catalogue[b])


def test_the_nearest_of_the_catalogue():
    cell = derive.catalogue["cifg_lstm"].with_activations(tanh="relu", name="other")
    (found,) = nearest(cell, derive.catalogue.values())
    assert found.words == "cifg_lstm with relu for tanh"


def test_words():
    text = repr(derive.compare(derive.catalogue["lstm"], derive.catalogue["cifg_lstm"]))
    assert text.splitlines()[0] == "lstm ≠ cifg_lstm"
    assert "p_i ⊙ cₜ₋₁" in text
    assert derive.compare(derive.lstm, derive.gru).pairing is None


def test_python_text_gives_the_same_cell(tmp_path):
    path = tmp_path / "all_cells.py"
    path.write_text("\n\n".join(cell.python() for cell in derive.catalogue.values()), encoding="utf-8")
    module = load_file(path)
    for name, cell in derive.catalogue.items():
        again = getattr(module, name)
        assert (again.statements, again.parameters, again.states) == (cell.statements, cell.parameters, cell.states)


def test_a_state_read_after_its_own_equation_is_kept():
    h, x = Symbol("h"), Symbol("x")
    late = Cell.from_equations(
        "late", [Eq(h, tanh(linear(x) + h), evaluate=False), Eq(Symbol("c"), h * Symbol("h_prev"), evaluate=False)],
        states=("h", "c"),
    )  # fmt: skip
    assert "h_old = h" in late.python()


def test_a_number_may_be_learned_in_one_and_constant_in_the_other():
    fixed = derive.from_latex(r"h_t = \alpha h_{t-1} + \tanh(W x_t)", roles={"alpha": "0.5"}, name="fixed")
    learned = derive.from_latex(r"h_t = \beta h_{t-1} + \tanh(W x_t)", roles={"beta": "scalar"}, name="learned")
    for a, b in ((fixed, learned), (learned, fixed)):
        found = derive.compare(a, b)
        assert found.trial.agrees
        assert "is learned in" in repr(found) or "learned as" in repr(found)


def test_weights_in_the_same_places_are_equal_where_cells_differ():
    """The step that is shown differs in the state that is another, and in no other one."""
    text = r"i_t = \sigma(A x_t + B h_{t-1} + b), c_t = i_t \circ c_{t-1} + \tanh(C x_t), h_t = %s(c_t)"
    found = derive.compare(*(derive.from_latex(text % f) for f in (r"\tanh", r"\sigma")))
    assert found.different == ("h", "h")
    assert abs(found.trial.new[0]["c"] - found.trial.new[1]["c"]).max() == 0


@derive.cell("A state that starts at 1")
def from_one(x, h, n=1, alpha: derive.constant = 0):
    n = n + tanh(linear(x))
    h = linear(h) + n + alpha * h
    return h, n


@derive.cell("A state that starts at 0")
def from_zero(x, h, n):
    n = n + tanh(linear(x))
    h = linear(h) + n
    return h, n


def test_states_that_start_elsewhere_are_said_and_a_constant_0_is_0():
    found = derive.compare(from_one, from_zero)
    assert found
    assert found.to_json()["starts"] == {"n": [1, 0]}
    assert "n starts at 1 in from_one, at 0 in from_zero" in repr(found)


def test_numbers_of_every_shape_are_drawn():
    """Matrices as states, heads, maps to one gate for all units."""
    for name in ("mlstm", "gla", "slstm_heads"):
        assert derive.compare(name, name)
    h, x = Symbol("h"), Symbol("x")
    one, full = (
        Cell.from_equations(name, [Eq(h, tanh(linear(x, size=size)) * Symbol("h_prev"), evaluate=False)], states=("h",))
        for name, size in (("one", 1), ("full", "hidden_size"))
    )
    assert not derive.compare(one, full)


def test_a_difference_of_cells_with_heads_is_a_run_that_loads(tmp_path):
    path = tmp_path / "run.toml"
    for file, text in difference(derive.compare("gla", "hgrn2"), path).items():
        file.write_text(text, encoding="utf-8")
    assert derive.load_run(path).cell.name == "gla"


#: Formulas that are the same for some weights.
EQUAL = [
    (r"h_t = \mathrm{sigmoid}(W x_t + U h_{t-1} + b + 1)", r"h_t = \mathrm{sigmoid}(W x_t + U h_{t-1} + b)"),
    (r"h_t = z_t h_{t-1}, z_t = \sigma(W x_t + b + 1)", r"h_t = (1 - z_t) h_{t-1}, z_t = \sigma(W x_t + b)"),
    (r"h_t = 2 \mathrm{ReLU}(W x_t + U h_{t-1} + b + 3)", r"h_t = \mathrm{ReLU}(2 W x_t + U h_{t-1} + b)"),
    (r"h_t = 2 \mathrm{ReLU}(W x_t + h_{t-1})", r"h_t = \mathrm{ReLU}(W x_t + 2 h_{t-1})"),
    (r"h_t = |W x_t + U h_{t-1}|", r"h_t = 3 |W x_t + U h_{t-1}|"),
    (r"h_t = \max(0, W x_t + h_{t-1})", r"h_t = \mathrm{ReLU}(W x_t + h_{t-1})"),
    (r"h_t = \tanh(W (g_t + h_{t-1})), g_t = V x_t", r"h_t = \tanh(W g_t + W h_{t-1}), g_t = V x_t"),
    (r"h_t = \tanh(W (2 h_{t-1}) + V x_t)", r"h_t = \tanh(W h_{t-1} + V x_t)"),
    (r"h_t = \alpha h_{t-1} + (1 - \alpha) \tanh(W x_t)", r"h_t = h_{t-1} - \beta (h_{t-1} - \tanh(W x_t))"),
    (r"h_t = (1 + \alpha) h_{t-1} + W x_t", r"h_t = (1 - \beta) h_{t-1} + W x_t"),
    (r"h_t = \alpha h_{t-1} + \beta W x_t", r"h_t = -\alpha h_{t-1} - \beta W x_t"),
    (r"h_t = W x_t \odot \tanh(h_{t-1})", r"h_t = W x_t \odot \tanh(-h_{t-1})"),
    (r"h_t = W x_t + \mathrm{sigmoid}(-h_{t-1})", r"h_t = W x_t + 1 - \mathrm{sigmoid}(h_{t-1})"),
    (r"h_t = U (w \odot h_{t-1} + (1 - w) \odot W x_t)", r"h_t = U ((1 - v) \odot h_{t-1} + v \odot W x_t)"),
]  # fmt: skip

#: Formulas that are not: a bias has two places, a factor stands before something that takes none in.
DIFFERENT = [
    (r"h_t = \mathrm{sigmoid}(W x_t + b + 1) + h_{t-1} + b", r"h_t = \mathrm{sigmoid}(W x_t + b) + h_{t-1} + b"),
    (r"h_t = \alpha h_{t-1} + (1 - \alpha) \tanh(W x_t)", r"h_t = \alpha h_{t-1} + (2 - \alpha) \tanh(W x_t)"),
    (r"h_t = \alpha h_{t-1} + (1 - \alpha) W x_t + \alpha", r"h_t = (1 - \alpha) h_{t-1} + \alpha W x_t + \alpha"),
    (r"h_t = \mathrm{sigmoid}(W x_t + h_{t-1} + 1)", r"h_t = \mathrm{sigmoid}(W x_t + h_{t-1})"),
    (r"h_t = 2 \mathrm{ReLU}(W x_t + h_{t-1})", r"h_t = \mathrm{ReLU}(W x_t + h_{t-1})"),
    (r"h_t = 2 \tanh(W x_t + U h_{t-1})", r"h_t = \tanh(W x_t + U h_{t-1})"),
    (r"h_t = \mathrm{ReLU}(-W x_t - h_{t-1})", r"h_t = -\mathrm{ReLU}(W x_t + h_{t-1})"),
    (r"h_t = \tanh(W (g_t + h_{t-1})), g_t = \tanh(V x_t)", r"h_t = \tanh(W g_t + U h_{t-1}), g_t = \tanh(V x_t)"),
]  # fmt: skip


@pytest.mark.parametrize(("a", "b"), EQUAL, ids=range(len(EQUAL)))
def test_what_a_weight_takes_in(a, b):
    found = derive.compare(derive.from_latex(a), derive.from_latex(b))
    assert found, repr(found)
    assert found.trial.agrees


@pytest.mark.parametrize(("a", "b"), DIFFERENT, ids=range(len(DIFFERENT)))
def test_what_no_weight_takes_in(a, b):
    found = derive.compare(derive.from_latex(a), derive.from_latex(b))
    assert not found
    assert not found.trial.agrees


def test_a_number_in_a_bias_is_said():
    found = derive.compare(*(derive.from_latex(text, name=name) for text, name in zip(EQUAL[0], "ab", strict=True)))
    assert "b_hh of b is b_hh + 1 of a" in repr(found)


def test_heads_are_told_apart_by_numbers():
    found = derive.compare("lstm_heads", "lstm")
    assert not found
    assert not found.trial.agrees


HEADS = """
from derive import *

@cell("Blocks")
def {name}(x, h, S):
    f = sigmoid(linear(x) + linear(h, bias=False, heads="{heads}"))
    v = tanh(linear(x, size=("{heads}", "{value}")))
    k = linear(x, size=("{heads}", "{key}"))
    S = S + outer(v, k)
    h = f * linear(S @ k)
    return h, S
"""


def test_sizes_have_the_names_that_authors_give_them(tmp_path):
    """Also where one calls the keys what the other calls the values."""
    names = {"a": ("heads", "value", "key"), "b": ("num_heads", "key", "value"), "c": ("num_heads", "key", "key")}
    for name, (heads, value, key) in names.items():
        text = HEADS.format(name=name, heads=heads, value=value, key=key)
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    a, b, c = (getattr(load_file(tmp_path / f"{name}.py"), name) for name in names)
    assert derive.compare(a, b)
    assert not derive.compare(a, c)


def test_equations_that_are_the_same_are_equal_without_a_search(tmp_path):
    """There are more pairs of products in it than are tried."""
    cell, path = derive.catalogue["ttt_linear"], tmp_path / "again.py"
    text = re.sub("heads(?!=)", "num_heads", cell.python()).replace("gamma", "gain")
    path.write_text(text, encoding="utf-8")
    found = derive.compare(cell, load_file(path).ttt_linear)
    assert ("gamma", "gain", 1) in found.pairing.weights
    assert found.trial.agrees
