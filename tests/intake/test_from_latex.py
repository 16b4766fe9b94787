"""Papers' LaTeX as cells. The oracles: the catalogue's cells, which other tests hold against their authors' code,
plain NumPy, and the same equations in another notation."""

import re

import numpy as np
import pytest
import torch

import derive
from derive.errors import DeriveError
from derive.intake.latex.each import each_equation

LSTM = r"""
\begin{align}
i_t &= \sigma(W_{xi} x_t + W_{hi} h_{t-1} + b_i) \\
f_t &= \sigma(W_{xf} x_t + W_{hf} h_{t-1} + b_f) \\
o_t &= \sigma(W_{xo} x_t + W_{ho} h_{t-1} + b_o) \\
g_t &= \tanh(W_{xg} x_t + W_{hg} h_{t-1} + b_g) \\
c_t &= f_t \odot c_{t-1} + i_t \odot g_t \\
h_t &= o_t \odot \tanh(c_t)
\end{align}
"""
GRU = r"""
\begin{align}
z_t &= \sigma(W_z x_t + U_z h_{t-1} + b_z) \\
r_t &= \sigma(W_r x_t + U_r h_{t-1} + b_r) \\
\tilde{h}_t &= \tanh(W x_t + U (r_t \odot h_{t-1}) + b) \\
h_t &= z_t \odot h_{t-1} + (1 - z_t) \odot \tilde{h}_t
\end{align}
"""

#: What changes nothing: other signs of a product, other times, macros, fonts, another order of the equations.
SAME = {
    "circ": lambda s: s.replace(r"\odot", r"\circ"),
    "star": lambda s: s.replace(r"\odot", "*"),
    "times": lambda s: s.replace(r"\odot", r"\times"),
    "time in brackets": lambda s: s.replace("_{t-1}", "(t-1)").replace("_t", "(t)"),
    "time above": lambda s: s.replace("_{t-1}", "^{(t-1)}").replace("_t", "^{(t)}"),
    "time in angles": lambda s: s.replace("_{t-1}", r"^{\langle t-1\rangle}").replace("_t", r"^{\langle t\rangle}"),
    "other letter": lambda s: s.replace("{t-1}", "{n-1}").replace("_t", "_n"),
    "one step later": lambda s: s.replace("_t", "_{t+1}").replace("_{t-1}", "_t").replace("x_{t+1}", "x_{t+1}"),
    "cdot of matrices": lambda s: s.replace(r"} x_t", r"} \cdot x_t"),
    "bold": lambda s: s.replace("h_", r"\mathbf{h}_").replace("x_t", r"\boldsymbol{x}_t"),
    "macros": lambda s: r"\newcommand{\s}[1]{\sigma\left(#1\right)}\def\prev{_{t-1}}" + s.replace("_{t-1}", r"\prev "),
    "sigm": lambda s: s.replace(r"\sigma", r"\mathrm{sigm}"),
    "size of brackets": lambda s: s.replace(r"\sigma(", r"\sigma\bigl(\,").replace(") \\\\", r"\bigr) \\"),
    "array": lambda s: s.replace(r"\begin{align}", r"\[\begin{array}{rcl}").replace(r"\end{align}", r"\end{array}\]")
    .replace("&=", "&=&"),
    "gather": lambda s: s.replace("{align}", "{gather*}").replace("&=", "="),
    "bigodot": lambda s: s.replace(r"\odot", r"\bigodot"),
    "as in MATLAB": lambda s: s.replace(r"\odot", ".*"),
    "the old": lambda s: re.sub(r"([hc])_t\b", r"\1_{new}", s).replace("_{t-1}", "_{prev}").replace("_t", ""),
    "gates at t, states one ahead": lambda s: re.sub(r"([hc])_t\b", r"\1_{t+1}", s).replace("_{t-1}", "_t"),
    "in boxes": lambda s: re.sub(r"(h_t &= .*)(?=\n)", r"\\boxed{\1}", s),
    "large": lambda s: s.replace(r"\begin{align}", "\\begin{align}\n\\large"),
    "Wikipedia": lambda s: ":<math>" + s.strip() + "</math>",
    "a whole paper": lambda s: rf"\documentclass{{article}}\begin{{document}} Let $x_t$ be it. {s} with a matrix $W$,"
    r" and \begin{equation} L = \sum_t \log p(y_t) \end{equation} is the loss. % h_t = 0 \end{document}",
}  # fmt: skip


@pytest.mark.parametrize("change", SAME)
@pytest.mark.parametrize(("text", "name"), [(LSTM, "lstm"), (GRU, "gru_reset_before")], ids=["lstm", "gru"])
def test_notation_changes_nothing(text, name, change):
    read = derive.from_latex(SAME[change](text))
    assert derive.compare(read.cell, derive.catalogue[name]), repr(read)


#: Changes that leave each other alone, to be made together: a sign, a time, fonts, brackets.
TOGETHER = [("circ", "star", "times", "bigodot", "as in MATLAB"), ("bold", "sigm", "cdot of matrices"),
            ("macros", "time above", "time in brackets", "other letter"), ("gather", "large", "in boxes")]  # fmt: skip


@pytest.mark.parametrize("seed", range(8))
def test_several_notations_at_once_change_nothing(seed):
    random = np.random.default_rng(seed)
    changes = [str(random.choice(kind)) for kind in TOGETHER]
    for text, name in ((LSTM, "lstm"), (GRU, "gru_reset_before")):
        for change in changes:
            text = SAME[change](text)
        read = derive.from_latex(text)
        assert derive.compare(read.cell, derive.catalogue[name]), (changes, repr(read))


def test_the_order_of_the_equations_changes_nothing():
    first, *rows, last = LSTM.strip().splitlines()
    rows = [r.removesuffix(r" \\") for r in rows]
    text = "\n".join([first, (" \\\\\n").join(reversed(rows)), last])
    assert derive.compare(derive.from_latex(text).cell, derive.lstm)


def test_every_assumption_has_its_reason_and_names_are_the_authors():
    read = derive.from_latex(GRU)
    assert "U_{z} is a matrix: it multiplies h_{t-1}" in read.assumptions
    assert "σ is the logistic function" in read.assumptions
    assert read.names["W_hz"] == "U_{z}"
    assert read.names["b_hz"] == "b_{z}"


@pytest.mark.parametrize(
    ("formula", "note"),
    [
        (r"\tanh(W x_t + U r_t \odot h_{t-1})", "U r_t ⊙ h_{t-1} is (U r_t) ⊙ h_{t-1}, and not U (r_t ⊙ h_{t-1})"),
        (
            r"r_t h_{t-1} + \tanh W x_t (U r_t)",
            "tanh without brackets is of the product after it, not of what is added to that",
        ),
        (r"h_{t-1}/2 r_t + W x_t", "/ divides by what stands next to it alone: a/b c is (a/b) c"),
    ],
)
def test_what_could_be_bracketed_otherwise_is_said(formula, note):
    read = derive.from_latex(rf"\[ r_t = \sigma(V x_t), h_t = {formula} \]")
    assert note in read.assumptions


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"(\mathbf{1} - z_t) \odot h_{t-1}", "(1 - z_t) h_{t-1}"),
        (r"\mathbb{1}_n \odot z_t \odot h_{t-1}", "z_t h_{t-1}"),
        (r"z_t \odot \mathrm{ReLU}^2(\mathbf{U h}_{t-1})", r"z_t \odot \max(0, U h_{t-1})^2"),
    ],
)
def test_ones_powers_of_functions_and_letters_of_one_font(written, meant):
    both = (rf"\[ z_t = \sigma(W x_t), h_t = {formula} + V x_t \]" for formula in (written, meant))
    assert derive.compare(*map(derive.from_latex, both))


def test_what_stands_for_something_else():
    """LN is no logarithm, \\frac12 a half; a start is said to be left out; h W^T is W h."""
    read = derive.from_latex(r"\[ h_0 = 1, \quad h_t = \frac12 \mathrm{LN}(W x_t) + U h_{t-1} \]")
    same = derive.from_latex(r"\[ h_t = 0.5\,\mathrm{LayerNorm}(W x_t) + U h_{t-1} \]")
    assert derive.compare(read, same)
    assert "h_{0} = 1: left out, equations of a step do not say where it starts" in read.assumptions
    derive.from_latex(r"\[ a_t = \tanh(U h_{t-1} + W x_t), h_t = a_t U^T \]")


def test_what_is_said_of_spaces_names_the_axes_of_matrices():
    text = r"""
    Let $x_t \in \mathbb{R}^d$, $q_t, k_t \in \mathbb{R}^{d_k}$ and $v_t \in \mathbb{R}^{2d}$.
    \[ q_t = W_q x_t, k_t = W_k x_t, v_t = W_v x_t, S_t = S_{t-1} + v_t k_t^\top, o_t = S_t q_t \]"""
    cell = derive.from_latex(text).cell
    assert [cell.sizes[cell.previous(s)] for s in ("o", "S")] == ["hidden_size", "hidden_size×d_k"]


def test_docstrings():
    body = "\n\n".join(f"        {row}" for row in GRU.strip().splitlines()[1:-1])
    text = f"Cell.\n\n    .. math::\n        :label: gru\n\n{body}\n\n    where :math:`h`, (h_t = 0).\n    x = 1."
    fenced = f"A cell, h_t = 0.\n```math\n{body}\n```\nwhere h_{{t-1}} = 1."
    for docstring in (text, fenced):
        assert derive.compare(derive.from_latex(docstring), "gru_reset_before")
    assert derive.compare(derive.from_latex(text, label="gru"), "gru_reset_before")


def test_a_matrix_may_be_made_of_others():
    read = derive.from_latex(
        r"\[ A = V - V^\top - \gamma I \] \[ h_t = h_{t-1} + \tanh(A h_{t-1} + W x_t) \]", roles={"gamma": "0.5"}
    )
    other = r"\[ h_t = h_{t-1} + \tanh((V - V^\top) h_{t-1} - 0.5 h_{t-1} + W x_t) \]"
    assert derive.compare(read, derive.from_latex(other))


def test_a_role_is_of_a_letter_that_is_there():
    text = r"\[ h_t = h_{t-1} + \varepsilon \tanh(W x_t + U h_{t-1}) \]"
    assert [p.kind for p in derive.from_latex(text, roles={"varepsilon": "0.5"}).cell.declared] == ["constant"]
    with pytest.raises(DeriveError, match="roles: unknown letter 'eps'"):
        derive.from_latex(text, roles={"eps": "0.5"})


def test_a_display_is_chosen_by_its_label():
    text = LSTM.replace("{align}", "{align}\\label{eq:lstm}", 1) + GRU.replace("{align}", "{align}\\label{eq:gru}", 1)
    with pytest.raises(DeriveError, match="h is defined on line 8 and on line 15"):
        derive.from_latex(text)
    assert derive.compare(derive.from_latex(text, label="eq:gru").cell, derive.catalogue["gru_reset_before"])
    with pytest.raises(DeriveError, match="the labels are eq:gru, eq:lstm"):
        derive.from_latex(text, label="eq:rnn")


def test_what_the_sentences_say_of_letters_is_taken_and_quoted():
    text = r"""
    .. math:: h_t = \phi(\alpha W x_t + U h_{t-1}) + \psi(\epsilon V h_{t-1}) \circ \tau(h_{t-1})

    where $\phi$ and $\psi$ are ReLU, \(\tau\) a pointwise nonlinearity. Here :math:`\alpha` is a learnable scalar.

    Args:
        nonlinearity: Nonlinearity :math:`\tau` of the gate.
            Default: :func:`torch.tanh`.
        step: Step size :math:`\epsilon`.
            Default: ``0.25``.
    """
    read = derive.from_latex(text)
    other = r"h_t = \mathrm{ReLU}(\alpha W x_t + U h_{t-1}) + \mathrm{ReLU}(\epsilon V h_{t-1}) \circ \tanh(h_{t-1})"
    assert derive.compare(read, derive.from_latex(other, roles={"alpha": "scalar", "epsilon": "0.25"}))
    assert "phi is relu: “are ReLU”" in read.assumptions
    assert {p.name: p.kind for p in read.cell.declared} == {"alpha": "scalar", "epsilon": "constant"}
    given = derive.from_latex(text, functions={"phi": "tanh"}).cell  # what is said by name goes first
    assert not derive.compare(read, given)
    for words in (
        r"where $\phi$ is tanh; here $\phi$ is ReLU.",
        r"where $\phi$ is not tanh.",
        r"$\phi$ is tanh or ReLU",
    ):
        with pytest.raises(DeriveError, match="phi in the equation of h: which function"):
            derive.from_latex(r"\[ h_t = \phi(W x_t + U h_{t-1}) \] " + words)


FAMILY = r"""
\begin{align}
  g(t) &= W x(t) + b + U h(t-1), \quad [g_0, \dots, g_2] = \mathrm{chunk}_3\bigl(g(t)\bigr) \\
  o_k(t) &= \begin{cases} \sigma(g_k), & k \in \{0, 2\}, \\ \tanh(g_k), & k \in \{1\} \end{cases} \\
  c(t) &= o_2 \circ c(t-1) + o_0 \circ o_1, \quad h(t) = \tanh(c(t))
\end{align}"""


def test_parts_of_a_vector_and_equations_with_an_index():
    single = r"""
    f_t = \sigma(W_f x_t + b_f + U_f h_{t-1}), i_t = \sigma(W_i x_t + b_i + U_i h_{t-1}) \\
    g_t = \tanh(W_g x_t + b_g + U_g h_{t-1}), c_t = f_t \circ c_{t-1} + i_t \circ g_t, h_t = \tanh(c_t)"""
    assert derive.compare(derive.from_latex(FAMILY), derive.from_latex(single))
    by_index = FAMILY.replace(r", \quad [g_0, \dots, g_2] = \mathrm{chunk}_3\bigl(g(t)\bigr)", "")
    read = derive.from_latex(by_index)
    assert "g_{0} is a part of g, with rows of its weights" in read.assumptions
    assert derive.compare(read, derive.from_latex(single))


def test_an_unknown_on_both_sides_is_solved_for():
    read = derive.from_latex(r"c_n = c_{n-1} + \tanh(W x_n + U c_{n-1}) - 2 \beta c_n", roles={"beta": "0.5"})
    other = derive.from_latex(r"c_t = (c_{t-1} + \tanh(W x_t + U c_{t-1})) / (1 + 2 \beta)", roles={"beta": "0.5"})
    assert derive.compare(read, other)
    with pytest.raises(DeriveError, match="c is defined by itself at the same time step"):
        derive.from_latex(r"c_t = c_{t-1} + \tanh(W x_t + U c_t)")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"h_t = \tanh(W [x_t; h_{t-1}; 1])", r"h_t = \tanh(W x_t + U h_{t-1} + b)"),
        (r"h_t = \tanh(W [x_t; h_{t-1}]) \odot W [x_t; h_{t-1}]", r"q_t = W x_t + U h_{t-1}, h_t = \tanh(q_t) q_t"),
        (
            r"h_t^1 = \tanh(W^1 x_t + U^1 h_{t-1}^1), h_t^2 = W^2 h_t^1 \odot h_{t-1}^2",
            r"a_t = \tanh(W x_t + U a_{t-1}), h_t = V a_t \odot h_{t-1}",
        ),
        (r"h_t = \tanh(U U h_{t-1} + W x_t)", r"a_t = U h_{t-1}, h_t = \tanh(U a_t + W x_t)"),
    ],
)
def test_columns_of_ones_maps_that_stand_twice_and_numbers_of_layers(written, meant):
    assert derive.compare(derive.from_latex(written), derive.from_latex(meant))


def test_each_equation_is_read_by_itself():
    text = LSTM.replace("U", "W").replace("b_i)", "b_i", 1).replace(r"\tanh(W", r"\phi(W")
    found = each_equation(text)
    assert [one.line for one in found] == [*range(3, 9)]
    assert [one.why.partition(";")[0].partition(" in ")[0] for one in found if one.why] == [
        "line 3: ( has no end",
        "line 6: phi",
    ]
    assert found[4].said == "c = f_t ⊙ c_{t-1} + i_t ⊙ g_t"
    with pytest.raises(DeriveError, match="roles: unknown letter 'Z'"):
        each_equation(LSTM, roles={"Z": "vector"})


def test_a_number_above_a_parameter_is_an_index_and_above_a_quantity_a_power():
    text = r"h_t = \tanh(W_{ih}^1 x_t + b^{2}_{h}) + W^2 (x_t) \circ h_{t-1}^2"
    same = r"h_t = \tanh(A x_t + b) + B x_t \circ h_{t-1} \circ h_{t-1}"
    assert derive.compare(derive.from_latex(text), derive.from_latex(same))


def test_the_input_of_the_step_before_is_a_state_as_wide_as_it():
    read = derive.from_latex(r"\[ h_t = \tanh(W x_t + V x_{t-1} + b) + h_{t-1} \]")
    assert "x at t-1 is a state, p, as wide as the input: x is read at t as well" in read.assumptions
    torch.manual_seed(0)
    layer = derive.build(read.cell).Layer(2, 3, dtype=torch.float64)
    x, h, before = torch.randn(5, 1, 2, dtype=torch.float64), torch.zeros(1, 3), torch.zeros(1, 2)
    p = dict(layer.named_parameters())
    w, v = (next(t for n, t in p.items() if n.startswith(stem)) for stem in ("weight_ih", "weight_ph"))
    b = next(t for n, t in p.items() if n.startswith("bias"))
    for x_t in x:
        h, before = torch.tanh(x_t @ w.T + before.to(x_t) @ v.T + b) + h.to(x_t), x_t
    torch.testing.assert_close(layer(x)[0][-1], h, rtol=1e-13, atol=1e-13)


def test_a_state_of_d_steps_ago_is_a_further_input():
    read = derive.from_latex(r"\[ h_{n+1} = \tanh(W x_n + U h_{n-d}) + h_n \]")
    assert [(i.name, i.size) for i in read.cell.inputs] == [("x", "input_size"), ("h_delayed", "hidden_size")]


def test_an_output_beside_the_input_is_as_wide_as_it():
    read = derive.from_latex(r"\[ y_t = x_t + \tanh(W h_t), \quad h_t = \tanh(V x_t + U h_{t-1}) \]", states=("y", "h"))
    assert [read.cell.sizes[read.cell.previous(s)] for s in ("y", "h")] == ["input_size", "hidden_size"]
