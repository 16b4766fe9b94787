"""What papers write in their own way, against the same equations as they are usually written."""

import numpy as np
import pytest
import torch

import derive
from derive.errors import DefinitionError, DeriveError
from derive.intake.latex.each import each_equation

PLAIN = r"h_t = \tanh(W x_t + U h_{t-1} + b)"
STEP = r"\[ h_t = \bar A h_{t-1} + \bar B x_t \]"

SAME = [
    (r"\[ \frac{dh(t)}{dt} = A h(t) + B x(t) \]" + STEP, STEP),
    (r"\[ \frac{\mathrm{d}}{\mathrm{d}s} h(s) = A h(s) + B x(s) \]" + STEP, STEP),
    (r"\[ h'(t) = A h(t) + B x(t) \]" + STEP, STEP),
    (r"\[ \dot h = A h + B x \]" + STEP, STEP),
    (r"h_t = a_t + c = \tanh(W x_t + U h_{t-1} + b)", PLAIN),
    (r"h_t = \begin{cases} \tanh(W x_t + U h_{t-1} + b) & \text{, if } t > 0 \\ 0 & \text{, if } t = 0 \end{cases}",
     PLAIN),
    (PLAIN + r", \quad t = 1, \cdots, T", PLAIN),
    (r"u_t, v_t = W x_t, U h_{t-1}, h_t = \tanh(u_t + v_t + b)", PLAIN),
    (r"h_{t,l} = \tanh(W h_{t,l-1} + U h_{t-1,l} + b)", PLAIN),
    (r"h_t = \tanh(z_t), z_t = \sigma(W h_{t,l-1} + U h_{t-1,l})",
     r"h_t = \tanh(z_t), z_t = \sigma(W x_t + U h_{t-1})"),
    (r"S_{t-1} = \tanh(W h_{t-1}), h_t = S_{t-1} + U x_t", r"s_t = \tanh(W h_{t-1}), h_t = s_t + U x_t"),
    (r"C^T_t = \tanh(W x_t), h_t = C^T_t + U h_{t-1}", r"c_t = \tanh(W x_t), h_t = c_t + U h_{t-1}"),
    (r"h_t = \tanh(\bar W x_t + U h_{t-1} + b), \bar W = W", PLAIN),
    (r"\[ h_t = g(W x_t + U h_{t-1} + b) \] where $g$ is the activation function, here $\tanh$.", PLAIN),
    (r"\[ h_t = f(W x_t) + U h_{t-1} \] where $f(z_m) = \frac{e^{z_m}}{\sum_k e^{z_k}}$",
     r"h_t = \mathrm{softmax}(W x_t) + U h_{t-1}"),
    (r"\[ h_t = a h_{t-1} + W x_t \] with $a = \exp(-\nu)$, where $\nu$ is a vector",
     r"\[ h_t = \exp(-\nu) \odot h_{t-1} + W x_t \]"),
    (r"\underline{h}_t = \tanh(W x_t + U h_{t-1}), h_t = \underline{h}_t + h_{t-1}",
     r"g_t = \tanh(W x_t + U h_{t-1}), h_t = g_t + h_{t-1}"),
    (r"\[ S_t = S_{t-1} + v_t \otimes k_t, o_t = S_t q_t \] where $\otimes$ denotes the outer product",
     r"S_t = S_{t-1} + v_t k_t^\top, o_t = S_t q_t"),
    (r"A_t = \beta_t (I - k_t k_t^\top), S_t = S_{t-1} A_t + v_t k_t^\top, o_t = S_t q_t",
     r"S_t = S_{t-1} (\beta_t (I - k_t k_t^\top)) + v_t k_t^\top, o_t = S_t q_t"),
    (r"S_t = S_{t-1} + v_t k_t^\top, o_t = S_t q_t / \max(\|k_t^\top q_t\|, 1)",
     r"S_t = S_{t-1} + v_t k_t^\top, o_t = S_t q_t / \max(|k_t^\top q_t|, 1)"),
    (r"\[ h_t = \alpha h_{t-1} + W x_t \] where $\alpha$ is a constant set to 0.5", r"h_t = 0.5 h_{t-1} + W x_t"),
    (r"c = f c_{prev} + i, h = \tanh(c)", r"c_t = f_t c_{t-1} + i_t, h_t = \tanh(c_t)"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "other"), SAME, ids=range(len(SAME)))
def test_the_same_in_a_papers_notation(text, other):
    assert derive.compare(derive.from_latex(text), derive.from_latex(other))


SAID = [
    (SAME[0][0], "h_{rate} is the derivative of h, whose step is another equation"),
    (SAME[4][0], "h is said to be 2 formulas; the last one is read"),
    (SAME[5][0], "h is read as it is after the start: the other case says where it starts"),
    (SAME[9][0], "h is h_{l}: h_{l-1} is the layer below"),
    (SAME[13][0], "g is tanh: “is the activation function, here tanh”"),
    (SAME[15][0], "a is exp(-nu): a sentence says so"),
    (SAME[17][0], "⊗ is the outer product, as the text says"),
    (SAME[18][0], "A stands in products alone, where what it is made of is written in its place"),
    (SAME[19][0], "the length of a number is its absolute value"),
    (SAME[20][0], "alpha is 0.5: “is a constant set to 0.5”"),
    (r"c_t = f_t c_{t-1} + i_t z_t, h_t = o_t c_t",
     "f, i, z, o are given at each step: they are read and never defined"),
    (r"h_t = A_t h_{t-1} + B_t x_t", "A is a matrix that is given at each step: a capital before a small letter"),
    (r"h_t = h_{t-1} + \frac{1}{\sqrt{d}} W x_t", "d is a scalar: something is divided by its root"),
    (r"h_t = e^{-w} \odot h_{t-1} + W x_t", "w is a vector: exp of it is multiplied elementwise"),
    (r"\[ a_t = a^{r_t}, r_t = \sigma(W x_t), h_t = a_t h_{t-1} \] where $a$ is a scalar",
     "a without a time in the equation of a_t is a_{own}, a letter of its own"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), SAID, ids=range(len(SAID)))
def test_what_is_assumed_of_a_papers_notation_is_said(text, words):
    roles = {"a_own": "scalar"} if "a^{r_t}" in text else {}
    assert any(words in a for a in derive.from_latex(text, roles=roles).assumptions)


REFUSED = [
    (r"h_t = \tanh(W x_t + U{}) + h_{t-1}", "multiplies nothing"),
    (r"h_t = \tanh(W x_t) + f_t c_{t-1}, c_t = z_t h_t", "the input is not clear: f, x, z"),  # there are weights
    (r"C_t = f_t C_{t-1} + c_t, h_t = o_t \tanh(C_t)", "the input is not clear: c, f, o"),  # c may be C
    (r"S_t = A_t B_t S_{t-1}, h_t = S_t", "the input is not clear: A, B"),  # which may be numbers, or matrices
    (r"\[ h_t = g(W x_t + U h_{t-1}) \] where $g$ is an activation function such as $\tanh$.",
     "which function is it"),
    (r"\[ h_t = \alpha h_{t-1} + W x_t, y_t = f(h_t), h_t = f(x_t) \]", "h is defined on line 1 and on line 1"),
    (r"P_t = F P_{t-1} F^\top + v_t v_t^\top, o_t = P_t q_t", "a matrix stands before another one that is transposed"),
    (r"\[ h_t = A_t h_{t-1} + b_t \] with $A_t \in \mathbb{R}^{n \times n}$ and $b_t \in \mathbb{R}^{n \times n}$",
     "a matrix"),
    (r"(a_t; b_t) = \mathrm{softmax}(W x_t + U h_{t-1}), h_t = a_t h_{t-1} + b_t",
     "softmax is of all units of a stack"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), REFUSED, ids=range(len(REFUSED)))
def test_what_a_papers_notation_leaves_open_is_refused(text, words):
    with pytest.raises(DeriveError, match=words):
        derive.from_latex(text)


@pytest.mark.parametrize("text", ["no formula at all", "", "The gate $z_t$ is open.", "\n\n\\[ E \\]"])
def test_a_text_without_equations_says_what_was_looked_for(text):
    for reader in (derive.from_latex, each_equation):
        with pytest.raises(DefinitionError, match=r"^line [13]: no recurrence was found, for no equation was: looked"):
            reader(text)


def test_a_layer_norm_of_a_stack_is_over_all_of_it():
    """In NumPy, one norm over both rows."""
    read = derive.from_latex(r"\begin{pmatrix} z_t \\ n_t \end{pmatrix} = \mathrm{LN}(W x_t), h_t = z_t h_{t-1} + n_t")
    layer = derive.build(read.cell).Layer(2, 3, dtype=torch.float64)
    x = torch.randn(1, 4, 2, dtype=torch.float64)
    h = layer(x, torch.ones(1, 4, 3).double())[0][0].detach().numpy()
    state = {name: value.numpy() for name, value in layer.state_dict().items()}
    rows = [state[f"{p.tensor}_l0"][p.block * 3 : p.block * 3 + 3] for p in read.cell.parameters]
    named = dict(zip((read.names[p.name] for p in read.cell.parameters), rows, strict=True))
    a = x[0].numpy() @ np.concatenate([named["W_{z}"], named["W_{n}"]]).T
    z, n = np.split((a - a.mean(1, keepdims=True)) / np.sqrt(a.var(1, keepdims=True) + 1e-5), 2, axis=1)
    np.testing.assert_allclose(h, z + n, rtol=1e-12, atol=1e-13)


def test_a_letter_that_a_weight_is_called_by_is_another():
    text = r"\[ i_t = \sigma(W x_t + W_{ic} c_{t-1}), c_t = i_t c_{t-1} + V x_t \] where $W_{ic}$ is diagonal"
    read = derive.from_latex(text)
    names = [p.name for p in read.cell.parameters]
    assert len(names) == len({*names})
    assert read.names["own_W_ic"] == "W_{ic}"
    plain = text.replace("W_{ic}", r"\mathrm{diag}(u)").split(" where")[0]
    assert derive.compare(read, derive.from_latex(plain))


def test_an_input_of_steps_before_is_kept_for_as_many_steps():
    read = derive.from_latex(r"h_t = \tanh(W x_t + U h_{t-1} + V x_{t-2} + A x_{t-1})")
    assert len(read.cell.states) == 3
    other = r"h_t = \tanh(W x_t + U h_{t-1} + V r_{t-1} + A q_{t-1}), q_t = x_t, r_t = q_{t-1}"
    assert derive.compare(read, derive.from_latex(other))


def test_an_input_of_two_steps_before_is_no_input_of_now():
    read = derive.from_latex(r"h_t = \tanh(W x_t + U h_{t-1} + V x_{t-2})")
    assert not derive.compare(read, derive.from_latex(r"h_t = \tanh(W x_t + U h_{t-1} + V x_t)"))
    assert derive.compare(
        read, derive.from_latex(r"h_t = \tanh(W x_t + U h_{t-1} + V r_{t-1}), q_t = x_t, r_t = q_{t-1}")
    )


NUMBERS = r"\begin{pmatrix} 0 & -1 \\ 2 & 0 \end{pmatrix}"


@pytest.mark.parametrize("text", [rf"A = {NUMBERS}^\top", rf"A = {NUMBERS}^T", rf"A = ({NUMBERS})^\top"])
def test_a_matrix_of_numbers_is_transposed(text):
    read = derive.from_latex(rf"$${text}$$ $$h_t = \tanh(A h_{{t-1}} + W x_t)$$")
    assert "A is fixed: ((0, 2), (-1, 0))" in repr(read)


def test_an_unknown_within_a_bracket_is_solved_for():
    read = derive.from_latex(r"h_t = h_{t-1} + 0.1 (W x_t - h_t)")
    assert derive.compare(read, derive.from_latex(r"h_t = (h_{t-1} + 0.1 W x_t)/1.1"))


OTHER_FUNCTIONS = [
    "a nonlinearity different from tanh.", "the derivative of tanh.", "the inverse of the softplus.",
    "one minus the sigmoid.", "the squared ReLU.", "the parametric relu.", "the log softmax.", "a scaled tanh.",
    r"LeCun's tanh, $1.7159 \tanh(2x/3)$.", "a sigmoid centered at zero.", "replaced by tanh in the baseline.",
    "tanh, scaled by $2$.", "tanh, which is doubled.", r"the inverse of the function $\tanh$.",
    r"the nonlinearity $\tanh$ scaled by 2.",
]  # fmt: skip


@pytest.mark.parametrize("words", OTHER_FUNCTIONS)
@pytest.mark.parametrize("letter", ["phi", "sigma"])
def test_a_function_that_is_not_named_plainly_is_asked_for(letter, words):
    text = rf"$$h_t = \{letter}(W x_t + U h_{{t-1}} + b)$$ where $\{letter}$ is {words}"
    with pytest.raises(
        DefinitionError, match=f"{letter} in the equation of h: which function is it.*does not say it plainly"
    ):
        derive.from_latex(text)


NAMED_FUNCTIONS = [
    ("the hard tanh.", "hardtanh"), ("ReLU6.", "relu6"), ("the CELU.", "celu"), ("SELU.", "selu"),
    ("the log-sigmoid.", "logsigmoid"), ("the hard sigmoid", "hard_sigmoid"), ("the leaky ReLU.", "leaky_relu"),
    ("the usual hyperbolic tangent activation function.", "tanh"), ("the rectified linear unit (ReLU).", "relu"),
    ("the logistic sigmoid, applied element-wise.", "sigmoid"), ("the swish activation", "silu"),
    (r"the softplus function and $\odot$ is the product.", "softplus"), ("tanh, and * is the product.", "tanh"),
    ("a [[hyperbolic tangent]] function.", "tanh"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "name"), NAMED_FUNCTIONS)
def test_a_function_that_is_named_plainly_is_that(words, name):
    text = r"$$h_t = \phi(W x_t + U h_{t-1} + b)$$"
    read = derive.from_latex(rf"{text} where $\phi$ is {words}")
    assert derive.compare(read, derive.from_latex(text, functions={"phi": name}))
    assert any(note.startswith(f"phi is {name}: ") for note in read.assumptions)


LEAKY = r"$$h_t = \alpha h_{t-1} + (1 - \alpha) \tanh(W x_t)$$ "


@pytest.mark.parametrize(
    ("words", "kind", "number"),
    [
        (r"where $\alpha$ is set to 1e-3.", "constant", "1e-3"),
        (r"where $\alpha$ is set to 0.9 in all experiments.", "constant", "0.9"),
        (r"where $\alpha$ is the leak rate, set to 0.3.", "constant", "0.3"),
        (r"where $\alpha = 0.9$.", "constant", "0.9"),
        (r"where $\alpha$ is set to 10\% of the units.", "scalar", ""),
        (r"where $\alpha$ is equal to 0.5 dt.", "scalar", ""),
        (r"where $\alpha$ is fixed to 5 times $\beta$.", "scalar", ""),
        (r"where $\alpha$ is set to 0.9 in all but one experiment.", "scalar", ""),
        (r"With $\alpha = 0$ this is the plain RNN.", "scalar", ""),
        (r"With $\alpha = 1$ the state is kept.", "scalar", ""),
        (r"For $\alpha = 1$, we get $h$.", "scalar", ""),
        (r"where $\alpha$ is not a scalar but a vector.", "vector", ""),
    ],
)
def test_a_number_in_a_sentence_is_one_where_nothing_follows_it(words, kind, number):
    read = derive.from_latex(LEAKY + words)
    assert {p.name: p.kind for p in read.cell.declared if p.name == "alpha"} == {"alpha": kind}
    assert any(note.startswith(f"alpha is {number}: ") for note in read.assumptions) == bool(number)
