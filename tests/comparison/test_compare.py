"""What ``compare`` says: of cells of the catalogue, nearest ones, in words."""

from sympy import Eq, Symbol

import derive
from derive import linear, tanh
from derive.cells.load import load_file
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
