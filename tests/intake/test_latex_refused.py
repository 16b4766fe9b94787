"""What cannot be read of papers' LaTeX is said in one line, with the line of the text, in bounded time."""

import numpy as np
import pytest
from sources import SOURCES

import derive
from derive.errors import DeriveError


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (r"\[ E = m c^2 \]", "no recurrence was found"),
        ("no formula at all", "no recurrence was found"),
        (r"\[ h_t = \tanh(W x_t + U h_{t-1} + V c_{t-1}) \]", r"c is read at t-1 and never defined"),
        (r"\[ h_t = \tanh(W x_t + V u_t + U h_{t-1}) \]", r"the input is not clear: u, x"),
        (r"\[ h_t = \phi(W x_t + U h_{t-1}) \]", r'phi in the equation of h: which function is it\? .*"phi": "tanh"'),
        (r"\[ h_t = w h_{t-1} + x_t W \]", r"w in the equation of h: it is not clear what it is"),
        (r"\[ h_t = \tanh(W x_t + U h_{t-1} \]", r"line 1: \( has no end"),
        (r"\[ h_t = \sum_k W_k x_t + h_{t-1} \]", "line 1: a sum over k: what is read is a matrix times a vector"),
        (r"\[ h_t = \tanh(U h_{t-1} + x_t) \] \[ h_t = \sigma(U h_{t-1} + x_t) \]", r"h is defined on line 1 and on"),
        (r"\[ h_t = \tanh(h_{t-1}^T W x_t) \]", "a state has hidden_size units and this has 1"),
        (r"\[ S_t = S_{t-1} + v_t k_t^T, h_t = S_t + W x_t \]", "the input is not clear: k, v, x"),
        (r"\[ S_t = S_{t-1} + (W x_t) (V x_t)^T, h_t = S_t \odot (W x_t) \]", "a matrix and a vector are added or"),
        (r"\[ h_t = \tanh(W x_t) + \mathrm{headmean}(h_{t-1}) \]", "headmean is of each head, and no letter is said"),
        (r"\[ h_t = \tanh(W x_t + \dots + U h_{t-1}) \]", "terms that are not written"),
        (r"\[ h_t = \tanh^{-1}(W x_t + U h_{t-1}) \]", r"tanh\^{-1} is the inverse function or 1 over its value"),
        (r"where $*$ is the convolution \[ h_t = \tanh(W * x_t + U * h_{t-1}) \]", "the text speaks of convolutions"),
        (r"\[ h_t = \exp^{-W x_t} h_{t-1} \]", "exp is raised to what is no number"),
        (r"\[ h_{t,i} = \sum_{j=2}^n U_{ij} h_{t-1,j} + w_i x_{t,i} \]", "a sum over 2 is not read"),
        (r"\[ h_{t,i} = \sum_{j=1}^i U_{ij} h_{t-1,j} + w_i x_{t,i} \]", "a sum that ends elsewhere"),
        (r"\[ h_t = \tanh'(W x_t + U h_{t-1}) \]", "tanh_... is not tanh"),
        (r"\[ h_t = W x_t + \log_2(1 + e^{h_{t-1}}) \]", "log_.2. is not log"),
        (r"\[ h_t = -\tanh - W x_t - U h_{t-1} \]", "line 1: tanh is of what stands in brackets: a sign follows it"),
        (r"\[ h_t = \tanh(U^2 h_{t-1} + U h_{t-1} + W x_t) \]", r"U\^2 stands beside U: for its square write U U"),
        (r"\[ h_t = \tanh(W h_{t-1} + W x_t) \]", r"W multiplies h_{t-1} and also x_t, .* the input"),
        (r"\[ h_t = W [1; 1] + U h_{t-1} + V x_t \]", "an affine map of a scalar"),
        (r"\[ h_t = \tanh(W [x_t; h_{t-1}; 1] + b) \]", "W has a column for the 1 .* and b is another"),
        (
            r"\[ \bar c_t = f_t c_{t-1} + W x_t, f_t = \sigma(U h_{t-1}), h_t = f_t \bar c_t \]",
            "c is read at t-1 and never defined; c_bar is, on line 1: write one of them as the other",
        ),
        (rf"\[ h_t = {'(' * 3000}x_t{')' * 3000} + h_{{t-1}} \]", "too deep within each other"),
        (r"\[ h_t = h_{t-1} + h_t + W x_t \]", "h stands on both sides of its equation at t and falls out of it"),
        (r"\[ h_t = h_{t-1} + 0.5 h_t + \frac{1}{2} h_t + W x_t \]", "falls out of it"),
        (r"\[ h_t = h_{t-1} - \alpha h_t + W x_t \] where $\alpha = -1$.", r"what divides is 0, 1 \+ alpha"),
        (r"\[ h_t = h_{t-1} + w^\top h_t + W x_t \]", "h is defined by itself at the same time step"),
        (r"\[ h_t = \tanh(W x_t + U h_{t-1} + V x_{t-999}) \]", "x is read 999 steps ago"),
        (r"\[ S_t = S_{t-1}^\top + (W_v x_t) (W_k x_t)^\top, h_t = S_t W_q x_t \]", "a matrix that is transposed"),
        (r"\[ A = V - V^\top, h_t = \tanh(A^\top h_{t-1} + A g_{t-1} + W x_t), g_t = \tanh(h_t) \]",
         "V and its transpose both multiply something"),
        (r"\def\a{\b\b}\def\b{\c\c}\def\c{\a\a}\[\a\]", "macros within macros|tokens after the macros"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_in_one_line(text, message):
    with pytest.raises(DeriveError, match=message) as e:
        derive.from_latex(text)
    assert "\n" not in str(e.value)
    assert str(e.value).startswith("line 1: ") or text == "no formula at all" or "macros" in message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (r"\begin{align}" * 5000, "environments stand more than 20 deep"),
        (r"\[ h_t = h_{t-1} + x_t \]" * 4000, "the text has more than 3000 equations"),
        (r"\[ h_t = " + "x_t + " * 5000 + r"h_{t-1} \]", "a formula has .* letters and signs, at most 10000"),
        (
            r"\[ " + ", ".join(rf"f_{{{k + 1}}}(a) = f_{{{k}}}(a) + f_{{{k}}}(a)" for k in range(40))
            + r", f_0(a) = a^2, h_t = f_{40}(h_{t-1}) + W x_t \]",
            "functions of functions more than 500 times",
        ),
        (rf"\[ h_t = {'9' * 5000} h_{{t-1}} + W x_t \]", "out of range"),
    ],
    ids=["environments", "equations", "terms", "functions", "number"],
)  # fmt: skip
def test_what_would_take_long_is_refused(text, message):
    with pytest.raises(DeriveError, match=message) as e:
        derive.from_latex(text)
    assert str(e.value).startswith("line 1: ")
    assert "\n" not in str(e.value)


@pytest.mark.parametrize("seed", range(6))
def test_whatever_is_written_is_read_or_refused_in_one_line(seed):
    """Sources with signs lost, doubled, exchanged, and pieces of others within them."""
    random = np.random.default_rng(seed)
    signs = [
        *r"{}()[]&$_^=|'\\",
        r"\frac",
        r"\begin{align}",
        r"\end{pmatrix}",
        r"\left",
        r"\text{or}",
        r"\sum_j",
        r"\tilde",
        "\n\n",
    ]
    for _ in range(40):
        text = SOURCES[random.integers(len(SOURCES))].latex
        for _ in range(random.integers(1, 4)):
            at = int(random.integers(len(text)))
            other = SOURCES[random.integers(len(SOURCES))].latex
            piece = ("", str(random.choice(signs)), text[at : at + 9] * 2, other[:60])[random.integers(4)]
            text = text[:at] + piece + text[at + int(random.integers(9)) :]
        said = why_not(text)
        assert "\n" not in said, text
        assert not said or said.startswith("line ") or "no recurrence was found" in said, (said, text)


def why_not(text):
    """What the reader says of a text that it does not read; "" where it does."""
    try:
        derive.from_latex(text)
    except DeriveError as e:
        return str(e)
    return ""
