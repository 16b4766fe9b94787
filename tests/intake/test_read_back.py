"""What this package prints, read as a paper's LaTeX: the cell that was printed, by ``compare`` or by numbers."""

import numpy as np
import pytest
from sympy import Symbol, exp, pi

import derive
from derive.backends.base import Problem
from derive.backends.reference import interpreted
from derive.errors import DeriveError
from derive.intake.load import as_cell
from derive.plan.build import plan
from derive.statements.sizes import count_of
from derive.symbolic.fixed import numbers

PRINTED = list(derive.catalogue)


@pytest.fixture(scope="module")
def read_back():
    return {name: derive.from_latex(derive.catalogue[name].latex(where=True)).cell for name in PRINTED}


def test_what_a_step_makes_of_held_inputs_is_read_back():
    rates, tau = (derive.row - derive.column) / (derive.rows + Symbol("tau")), 3.0
    a_held = derive.zero_order_hold(rates)
    b_held = derive.zero_order_hold(rates, exp(-derive.row) / derive.columns + derive.column)

    @derive.cell("Two sizes", sizes={"a": "hidden_size*hidden_size", "b": "hidden_size*width", "v": "width"})
    def two_sizes(
        x, h, m, v: derive.vector, a: derive.fixed = a_held, b: derive.fixed = b_held, tau: derive.constant = tau
    ):
        u = v * derive.tanh(derive.linear(x, size="width"))
        m = a @ m + b @ u
        h = derive.tanh(derive.linear(h, m))
        return h, m

    read = derive.from_latex(two_sizes.latex(where=True))
    assert "a is the exponential of a matrix, and not of each of its entries" in read.assumptions
    assert derive.compare(read.cell, two_sizes)
    found = {p.name: p.fixed for p in read.cell.declared}
    for name, value, shape in (("a", a_held, (4, 4)), ("b", b_held, (4, 3))):
        assert numbers(found[name], shape, {"tau": tau}) == numbers(value, shape, {"tau": tau})


OF_ANOTHER = r"{\theta}\right)_{ij}\right)\mathclose{} d", r"{2 \theta}\right)_{ij}\right)\mathclose{} d"


@pytest.mark.parametrize(
    ("printed", "other", "why"),
    [
        (r"\int_{0}", r"\int_{1}", r"^line 13: \\int is not read"),
        (r"d\tau", "ds", r"^line 13: \\int is not read"),
        (r"m_{t} &=", r"m_{t} &= \int_0^1 \exp(\tau x_t) d\tau", r"^line 3: \\int is not read"),
        (*OF_ANOTHER, "B_bar .* of another A than"),
        (r"\theta &= 100", r"\bar{A} &= \exp((i)_{ij})", r"^line 12: A_bar is said to be two things"),
    ],
)
def test_other_integrals_are_not_read(printed, other, why):
    text = derive.catalogue["lmu"].latex(where=True)
    assert text.count(printed) == 1
    with pytest.raises(DeriveError, match=why):
        derive.from_latex(text.replace(printed, other))


def test_functions_by_head_and_entries_with_pi_are_read_back():
    groups, entry = {"heads": "heads"}, pi * exp(Symbol("tau")) / (1 + derive.row)

    @derive.cell("By head, and of all units", sizes={"a": "hidden_size"})
    def by_head(x, h, a: derive.fixed = entry, tau: derive.constant = 0.5):
        p = derive.cumsum(derive.softmax(derive.linear(x), **groups), **groups)
        q = derive.largest(derive.linear(h, **groups), **groups)
        h = a * p * q + derive.largest(derive.linear(x))
        return h

    found = derive.compare(derive.from_latex(by_head.latex(where=True)).cell, by_head)
    assert found, repr(found)


def test_maps_of_another_size_than_their_equation_are_read_back():
    @derive.cell("One number for all units, and one for each head")
    def numbers_for_all(x, h, c):
        k = derive.tanh(derive.linear(x, size=("heads", "key")))
        q = k * derive.linear(h, bias=False, size="heads")
        c = derive.linear(h, size=1) * c + derive.linear(q)
        h = derive.tanh(c)
        return h, c

    text = numbers_for_all.latex(where=True)
    assert r"W_{hc} &\in \mathbb{R}^{1 \times N}" in text
    assert r"W_{hq} &\in \mathbb{R}^{N_{\mathit{heads}} \times N}" in text
    found = derive.compare(derive.from_latex(text).cell, numbers_for_all)
    assert found, repr(found)


@pytest.mark.parametrize("heads", [3, "parts"])
def test_the_number_of_heads_is_read_back_where_functions_alone_have_it(heads):
    @derive.cell("In heads")
    def in_heads(x, h):
        h = derive.largest(derive.linear(x, h), heads=heads)
        return h

    text = in_heads.latex(where=True)
    said = heads if heads == 3 else r"N_{\mathit{parts}}"
    assert rf"&\text{{units in }} {said} \text{{ heads}}" in text
    found = derive.compare(derive.from_latex(text).cell, in_heads)
    assert found, repr(found)


#: The cells with the most weights and the deepest equations, which have the same gradients as well.
DEEPEST = ("mamba3", "ttt_linear", "fgr_lstm", *(n for n in derive.catalogue if n.startswith("layer_norm")))


@pytest.mark.parametrize("name", PRINTED)
def test_what_this_package_prints_is_read_back(name, read_back):
    found = derive.compare(read_back[name], derive.catalogue[name])
    assert found, repr(found)
    assert not found.numbers


@pytest.mark.parametrize("name", DEEPEST)
def test_what_is_read_back_computes_the_same(name, read_back):
    mine, theirs = (numbers_of(cell) for cell in (read_back[name], derive.catalogue[name]))
    assert mine.keys() == theirs.keys()
    for state, value in mine.items():
        np.testing.assert_allclose(value, theirs[state], rtol=1e-12, atol=1e-12)


def numbers_of(cell):
    """States after a step and the gradients of their sum, on numbers that depend on names alone."""
    sizes = {"hidden_size": 4, "input_size": 3, **{n: 2 + k for k, n in enumerate(sorted(cell.named_sizes))}}

    def drawn(name, *shape):
        return np.random.default_rng(sum(map(ord, name.replace("_", "")))).normal(size=shape)

    def count(size):
        return count_of(size, sizes)

    tensors = {}
    for p in sorted(cell.parameters, key=lambda p: p.block):
        shape = [count(size) for size in (p.rows, p.cols) if size]
        tensors.setdefault(p.tensor, []).append(drawn(p.name, *shape) if p.kind != "constant" else float(p.default))
    stacked = {name: np.concatenate(blocks) if np.ndim(blocks[0]) else blocks[0] for name, blocks in tensors.items()}
    shapes = {s: (1, count(cell.sizes[cell.previous(s)])) for s in cell.states}
    states = {s: drawn(s, *shape) for s, shape in shapes.items()}
    x = drawn("x", 1, 1, 3)
    ones = np.ones((1, *shapes[cell.states[0]])), {s: np.ones(shape) for s, shape in shapes.items()}
    answer = interpreted(plan(cell))(Problem(sizes, x, states, stacked, *ones))
    return {**answer.states, **{f"d {s}": d for s, d in answer.d_states.items()}, "d x": answer.d_x}


@pytest.mark.parametrize(
    "name", ["rwkv", "mlstm", "mamba3", "ttt_linear", "clockwork_rnn", "lmu", "zoneout_lstm", "lif"]
)
def test_the_text_of_what_is_read_is_a_cell_with_its_parameters(name, read_back, tmp_path):
    (tmp_path / "cell.py").write_text(read_back[name].python())
    loaded = as_cell(f"{tmp_path / 'cell.py'}:paper_cell")
    assert shapes_of(loaded) == shapes_of(read_back[name])


def shapes_of(cell):
    parameters = {p.name: (p.kind, p.rows, p.cols, p.heads, p.fixed, p.default) for p in cell.parameters}
    return parameters, cell.inputs, {s: cell.sizes[cell.previous(s)] for s in cell.states}


#: What equations alone do not say: which number goes with every unit, of each head, or of all; which matrix is not
#: learned; which of several states that nothing reads is the output.
LEFT_OPEN = {"mc_lstm", "agru", "augru", "rwkv5", "rwkv6", "rwkv7", "gated_delta_net", "kda", "mamba2", "mamba3", "gsa",
             "m2rnn", "ttt_linear", "lmu", "lmu_euler", "hippo_legs", "echo_state", "clockwork_rnn", "on_lstm_chunks",
             "intersection_rnn"}  # fmt: skip


@pytest.mark.parametrize("name", [n for n in PRINTED if n not in LEFT_OPEN])
def test_equations_alone_say_the_same_where_it_is_said_what_their_letters_are(name, read_back):
    cell = derive.catalogue[name]
    kinds = {p.name: "matrix" if "×" in p.rows else p.kind for p in cell.declared}
    roles = kinds | {p.name: str(float(p.default)) for p in cell.constants}
    inputs, functions = ",".join(i.name for i in (cell.inputs[0], *cell.given)), {"Theta": "spike", "sigma": "sigmoid"}
    read = derive.from_latex(cell.latex(), roles=roles, input=inputs, functions=functions)
    assert read.cell.latex() == read_back[name].latex()
