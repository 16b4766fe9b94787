"""Notation of sources that were found, against the same equations as they are usually written; what is said of it."""

import pytest
from test_classes_of_notation import PLAIN

import derive
from derive.errors import DeriveError
from derive.intake.latex.each import each_equation

GATED = r"z_t = \sigma(W x_t), h_t = z_t h_{t-1} + V x_t"

#: The same in another notation.
SAME = {
    "a chain that goes on in rows": (
        r"\begin{align} h_t &= f(x_t, h_{t-1}) \\ &= \tanh(W x_t + U h_{t-1} + b) \end{align}", PLAIN),
    "a chain that ends in a sum over time": (
        r"S_t = S_{t-1} + v_t k_t^\top, o_t = S_t q_t = \sum_{i=1}^{t} v_i (k_i^\top q_t)",
        r"S_t = S_{t-1} + v_t k_t^\top, o_t = S_t q_t"),
    "a sentence in a row": (r"\[ h_t = \tanh(W x_t + U h_{t-1} + b) \\ h_t \text{: the state of the unit} \]", PLAIN),
    "words and a colon before an equation": (
        r"$$ Update Gate : z_t = \sigma(W x_t) $$ $$ h_t = z_t h_{t-1} + V x_t $$", GATED),
    "words in brackets behind an equation": (
        r"$$ z_t = \sigma(W x_t)(update gate) $$ $$ h_t = z_t h_{t-1} + V x_t $$", GATED),
    "a system with a name": (
        r"\[ \text{from $h_0$ on,} RNN = \begin{cases} z_t = \sigma(W x_t) \\ h_t = z_t h_{t-1} + V x_t \end{cases} \]",
        GATED),
    "names in a column before systems": (
        r"\[ {\large \begin{aligned} Input: & \quad x_t \\ Gate: & \begin{cases} z_t &= \sigma(W x_t) \end{cases} \\"
        r" State: & \quad h_t = z_t h_{t-1} + V x_t \end{aligned} } \]", GATED),
    "an array that begins with an empty row": (
        r"\[ \begin{array}{ll} \\ z_t = \sigma(W x_t) \\ h_t = z_t h_{t-1} + V x_t \end{array} \]", GATED),
    "two letters of one value": (
        r"c_t = c_{t-1} + W x_t + U h_{t-1}, y_t = h_t = \tanh(c_t)",
        r"c_t = c_{t-1} + W x_t + U h_{t-1}, h_t = \tanh(c_t)"),
    "a second name of a state": (r"\[ c_t = a_t \] \[ c_t = \tanh(W x_t + U c_{t-1} + b) \]", PLAIN),
    "an accent that is a character": ("h̃_t = \\tanh(W x_t), h_t = h̃_t + U h_{t-1}",
                                      r"\tilde h_t = \tanh(W x_t), h_t = \tilde h_t + U h_{t-1}"),
    "a dot on the line for a product": (r"h_t = \tanh(W . [x_t, h_{t-1}])", r"h_t = \tanh(W [x_t, h_{t-1}])"),
    "a matrix with a name and a transpose above": (
        r"h_t = \tanh(W^{in \top} x_t + U h_{t-1} + b)", r"h_t = \tanh(W_{in}^\top x_t + U h_{t-1} + b)"),
    "an indicator": (r"h_t = \mathbf{1}[W x_t + U h_{t-1} > 0]",
                     r"h_t = \begin{cases} 1 & W x_t + U h_{t-1} > 0 \\ 0 & \text{otherwise} \end{cases}"),
    "an indicator with an index": (r"a_t = W x_t + U h_{t-1}, h_t = \mathbb{1}_{a_t > 0}",
                                   r"h_t = \mathbb{I}(W x_t + U h_{t-1} > 0)"),
    "a diagonal matrix with a name": (
        r"D_t = \mathrm{Diag}(a_t), S_t = D_t S_{t-1} + k_t v_t^\top, o_t = S_t^\top q_t",
        r"S_t = \mathrm{Diag}(a_t) S_{t-1} + k_t v_t^\top, o_t = S_t^\top q_t"),
    "a diagonal matrix of a sentence": (
        r"\[ h_t = \tanh(D h_{t-1} + W x_t) \] with $D = \mathrm{diag}(w)$", r"h_t = \tanh(w \odot h_{t-1} + W x_t)"),
    "a small letter that is transposed": (
        r"h_t = \sigma(v^\top \tanh(U h_{t-1}) + b) h_{t-1} + W x_t",
        r"\[ a_t = \tanh(U h_{t-1}), h_t = \sigma(\mathrm{dot}(v, a_t) + \beta) h_{t-1} + W x_t \]"
        r" where $v$ is a vector and $\beta$ is a scalar"),
    "biases of a stack": (
        r"\begin{bmatrix} z_t \\ g_t \end{bmatrix} = \begin{bmatrix} W & U \\ V & R \end{bmatrix} \begin{bmatrix} x_t"
        r" \\ h_{t-1} \end{bmatrix} + \begin{bmatrix} B_z + B_{rz} \\ B_g + B_{rg} \end{bmatrix},"
        r" h_t = \sigma(z_t) g_t",
        r"z_t = W x_t + U h_{t-1} + b, g_t = V x_t + R h_{t-1} + c, h_t = \sigma(z_t) g_t"),
    "a gate in a sentence": (r"\[ h_t = z_t h_{t-1} + V x_t \] where $z_t = \sigma(W x_t)$ is a gate", GATED),
    "all gates in sentences": (
        r"With $f_t = \sigma(W_f x_t + U_f h_{t-1})$ and $g_t = \tanh(W x_t + U h_{t-1})$,"
        r" \[ c_t = f_t c_{t-1} + g_t \] \[ h_t = \tanh(c_t) \] If $f_t = 1$, all is kept.",
        r"f_t = \sigma(W_f x_t + U_f h_{t-1}), g_t = \tanh(W x_t + U h_{t-1}), c_t = f_t c_{t-1} + g_t,"
        r" h_t = \tanh(c_t)"),
    "a gate in a docstring": (
        ".. math::\n    h_t = z_t h_{t-1} + V x_t\n\nwhere :math:`z_t = \\sigma(W x_t)` is a gate.\n", GATED),
    "a list in a sentence": (
        r"\[ h_t = z_t h_{t-1} + g_t \] where $z_t, g_t = \sigma(W x_t), V x_t$", GATED),
    "the letter behind its formula": (r"\[ \sigma(W x_t) = z_t \] \[ h_t = z_t h_{t-1} + V x_t \]", GATED),
    "a dollar sign that is lost": ("- $z_t = \\sigma(W x_t)$\n- y_t = V h_t$\n- $h_t = z_t h_{t-1} + V x_t$", GATED),
}  # fmt: skip


@pytest.mark.parametrize(("text", "other"), SAME.values(), ids=SAME)
def test_the_same_as_it_is_usually_written(text, other):
    assert derive.compare(derive.from_latex(text), derive.from_latex(other))


SAID = [
    (
        SAME["a chain that ends in a sum over time"][0],
        "o is said to be 2 formulas; the last one that can be read is read",
    ),
    (SAME["a diagonal matrix of a sentence"][0], "D is diag(w): a sentence says so"),
    (SAME["a small letter that is transposed"][0], "v is a vector: transposed before a vector, they make a number"),
    (SAME["a small letter that is transposed"][0], "b is a scalar: it is added to a number"),
    (
        r"S_t = D_t S_{t-1} + k_t v_t^\top, o_t = S_t^\top q_t",
        "D is a matrix that is given at each step: a capital beside",
    ),
    (r"S_t = g_t \odot S_{t-1} + k_t v_t^\top, o_t = S_t^\top q_t", "g is given as a matrix: by the products"),
    (SAME["a gate in a sentence"][0], "z is σ(W x_t): a sentence says so"),
    (r"h_t = \exp(-\Delta_t) h_{t-1} + W x_t", "Delta is given at each step beside the input x"),
]


@pytest.mark.parametrize(("text", "said"), SAID, ids=range(len(SAID)))
def test_what_is_assumed_is_said(text, said):
    assert any(said in note for note in derive.from_latex(text).assumptions)


REFUSED = [
    # an equation that is not read makes no input of what it defines
    (r"\[ ? : i_t = \sigma(W x_t) \] \[ h_t = i_t \odot h_{t-1} + f_t \]", "'.' is not read"),
    (r"\[ ? r = \sigma(W x_t) \] \[ h_t = r \odot h_{t-1} + V x_t \]", "'.' is not read"),
    (
        r"\[ \begin{pmatrix} ? i_t \\ f_t \end{pmatrix} = W x_t \] \[ h_t = i_t h_{t-1} + f_t \]",
        "'.' is not read",
    ),
    (r"\[ r_j = \foo! [W x]_j \] \[ h_j^t = r_j h_j^{t-1} + [V x]_j \]", "foo! is not read|'!' is not read"),
    (
        r"\[ h_t = \tanh(W x_t + U h_{t-1}) \\ V h_{t-1} \]",
        r"\\\\ is not read",
    ),  # of which it is not clear how it goes on
    (r"\[ i_t \propto \exp(W x_t) \] \[ h_t = i_t h_{t-1} + f_t \]", r"no equals sign stands after i_t, but \\propto"),
    (r"\[ \sigma(W x_t) \to i_t \] \[ h_t = i_t h_{t-1} + f_t \]", r"no equals sign stands after .*, but \\to"),
    (r"\[ h_t = z_t h_{t-1} + g_t \] with $z_t = \prod_k x_t$", r"\\prod is not read"),
    (r"S_t = \sum_{i=1}^{t} v_i k_i^\top, o_t = S_t q_t", "a sum over the steps up to t"),
    (r"\[ h_t = \bar A h_{t-1} + B x_t \] with $\bar A = \exp(\Delta_t A)$", "A_bar is made of A by the exponential"),
    (r"A_t = \exp(\Delta_t A), h_t = A_t h_{t-1} + B x_t", "by the exponential or the inverse of a matrix"),
    (r"h_t = \sigma(h_{t-1} v^\top) h_{t-1} + U x_t", "v in the equation of h: it is not clear"),
]


@pytest.mark.parametrize(("text", "words"), REFUSED, ids=range(len(REFUSED)))
def test_what_was_read_as_something_else_is_refused(text, words):
    with pytest.raises(DeriveError, match=words):
        derive.from_latex(text)


def test_a_transposed_matrix_with_a_name_is_no_other_matrix():
    _, output = each_equation(r"h_t = \tanh(W x_t + U h_{t-1}), y_t = V^{out \top} h_t")
    assert output.said == "y = V_{out}ᵀ h_t"


def test_a_capital_beside_a_matrix_has_its_rows():
    """As a number it would scale all of the matrix."""
    cell = derive.from_latex(r"S_t = D_t S_{t-1} + k_t v_t^\top, o_t = S_t^\top q_t").cell
    sizes = {i.name: i.size for i in cell.inputs}
    assert sizes["D"] == f"{sizes['k']}×{sizes['k']}"


@pytest.mark.parametrize("written", [r"\mathrm{softmax}(k_t^\top)", r"\mathrm{softmax}(k_t)^\top"])
def test_what_a_function_makes_of_a_row_is_a_row(written):
    read = derive.from_latex(rf"S_t = S_{{t-1}} + {written} v_t, o_t = \mathrm{{softmax}}(q_t) S_t")
    assert str(read.cell["S"]) == "Sₜ = Sₜ₋₁ + softmax(kₜ) vₜᵀ"
    assert str(read.cell["o"]) == "oₜ = Sₜᵀ softmax(qₜ)"


def test_rows_of_a_function_that_a_formula_says():
    read = derive.from_latex(r"S_t = S_{t-1} + \phi(k_t)^\top v_t, o_t = \phi(q_t) S_t, \phi(a) = \mathrm{elu}(a) + 1")
    assert str(read.cell["S"]) == "Sₜ = Sₜ₋₁ + (ELU(kₜ) + 1) vₜᵀ"
