"""Classes of notation, each against the same equations as they are usually written, and what is said of them."""

import pytest

import derive
from derive.errors import DeriveError

PLAIN = r"h_t = \tanh(W x_t + U h_{t-1} + b)"

#: The same in another notation.
SAME = [
    (r"h_i^t = \tanh(\sum_j W_{ij} x_j^t + \sum_k U_{ik} h_k^{t-1} + b_i)", PLAIN),
    (r"h_i^t = \tanh\left(\sum_j \left( W_{ij} x_j^t + U_{ij} h_j^{t-1} \right) + b_i\right)", PLAIN),
    (r"a_k^t = \sum_{i=1}^{I} w_{ik} x_i^t + \sum_{h=1}^{H} w_{hk} y_h^{t-1}, y_k^t = \tanh(a_k^t)",
     r"y_t = \tanh(W x_t + U y_{t-1})"),
    (r"h_i^t = z_i^t h_i^{t-1} + x_i^t, z_i^t = \sigma([W x^t]_i + u_i h_i^{t-1})",
     r"h_t = z_t \odot h_{t-1} + V x_t, z_t = \sigma(W x_t + u \odot h_{t-1})"),
    (r"h_t = a_t - \frac{1}{n} \sum_{i=1}^{n} a_{t,i}, a_t = W x_t + U h_{t-1}",
     r"h_t = a_t - \mathrm{mean}(a_t), a_t = W x_t + U h_{t-1}"),
    (r"h_t = a_t / \|a_t\|_2, a_t = W x_t + U h_{t-1}",
     r"h_t = a_t / \sqrt{\sum_i a_{t,i}^2}, a_t = W x_t + U h_{t-1}"),
    (r"h_t = \left[W x_t + \mathrm{diag}(u) h_{t-1}\right]_+", r"h_t = \max(0, W x_t + u \odot h_{t-1})"),
    (r"h_t = \tanh(W x_t + U \operatorname{diag}(r_t) h_{t-1}), r_t = \sigma(V x_t)",
     r"h_t = \tanh(W x_t + U (r_t \odot h_{t-1})), r_t = \sigma(V x_t)"),
    (r"h_t = \tanh(W x_t + U h_{t-2})", r"h_t = \tanh(W x_t + U g_{t-1}), g_t = h_{t-1}"),
    (r"h_t = \tanh(W v_t), v_t = [x_t^T, h_{t-1}^T]^T", r"h_t = \tanh(W x_t + U h_{t-1})"),
    (r"h_t = \mathrm{LN}(W x_t + U h_{t-1}; g, b)", r"h_t = g \odot \mathrm{LN}(W x_t + U h_{t-1}) + b"),
    (r"\[ h_t = φ(W x_t + U h_{t-1}) ⊙ σ(x_t V) \] where $\varphi(a) = \frac{e^a - e^{-a}}{e^a + e^{-a}}$",
     r"h_t = \tanh(W x_t + U h_{t-1}) \odot \sigma(V x_t)"),
    (PLAIN + r" \begin{verbatim}\[ h_t = 3 \]\end{verbatim} \iffalse \[ h_t = 4 \] \fi \verb|$$h_t = 5$$|", PLAIN),
    (r"$$h_t = \tanh(W x_t + U h_{t-1} + b) \quad (2)$$", PLAIN),
    (r"\begin{align} h_t &= \tanh(W x_t + U h_{t-1} + b) && \text{for } t > 0 \end{align}", PLAIN),
    (r"i_t, f_t = \sigma(W x_t + U h_{t-1}), h_t = f_t h_{t-1} + i_t",
     r"i_t = \sigma(W x_t + U h_{t-1}), f_t = \sigma(V x_t + A h_{t-1}), h_t = f_t h_{t-1} + i_t"),
    (r"h_t = \tanh(W E x_t + U h_{t-1} + V (r_t \odot h_{t-1})), r_t = \sigma(A x_t)",
     r"h_t = \tanh(W e_t + U h_{t-1} + V q_t), e_t = E x_t, q_t = r_t \odot h_{t-1}, r_t = \sigma(A x_t)"),
    (r"$$\overrightarrow{h}_t = \text{Leaky ReLU}(W x_t + U \overrightarrow{h}_{t-1})$$",
     r"h_t = \mathrm{LeakyReLU}(W x_t + U h_{t-1})"),
    (r"h_t = \mathrm{clip}(W x_t + U h_{t-1}, -1, 1)", r"h_t = \min(\max(W x_t + U h_{t-1}, -1), 1)"),
    (r"h_t = f(x_t, h_{t-1}), " + PLAIN, PLAIN),
    (PLAIN + r" \\ y_t, h_t = \mathrm{RNN}(x_t, h_{t-1})", PLAIN),
    (r"(1) $h_t = \tanh(W x_t + U h_{t-1} + b)$; for $t = 1$", PLAIN),
    (
        r"\def\bh{{\bm h}} \[ \underbrace{\hat{\bh}_t}_{n} = \mathop{\mathrm{tanh}}\nolimits(&W x_t"
        r"\\ &+ U \hat{\bh}_{t-1} + b) \]",
        PLAIN,
    ),
    (r"\[ h_t = \phi(W x_t + U h_{t-1} + b) \] where $\phi(\cdot)$ denotes the hyperbolic tangent", PLAIN),
    (PLAIN + r" \\ \text{where } b \text{ is a bias}", PLAIN),
    (r"h_t = \tanh(W x_t) \text{(new)} + u \odot h_{t-1} \text{(kept)}", r"h_t = \tanh(W x_t) + u \odot h_{t-1}"),
    (PLAIN + r" \text{ for } 0 < \alpha < 1", PLAIN),
    (r"h_t = z_t h_{t-1} \text{ for } t > 1, z_t = \sigma(W x_t)", r"h_t = z_t h_{t-1}, z_t = \sigma(W x_t)"),
    (r"h_t = \exp\{-(W x_t)^{\odot 2}\} h_{t-1}", r"h_t = \exp(-(W x_t)^2) \odot h_{t-1}"),
    (r"h_t = a_t - \lfloor a_t \rfloor, a_t = W x_t + U h_{t-1}",
     r"h_t = a_t - \mathrm{floor}(a_t), a_t = W x_t + U h_{t-1}"),
    (r"h_t = \min\{1, \max\{0, W x_t + U h_{t-1}\}\}", r"h_t = \min(1, \max(0, W x_t + U h_{t-1}))"),
    (r"h_t = (1 - \alpha) h_{t-1} + \alpha \tanh(W x_t)", r"h_t = \alpha \tanh(W x_t) + (1 - \alpha) h_{t-1}"),
    (r"h_t = \tanh(\mathcal{W} x_t + \underset{n \times n}{U} h_{t-1} + b)", PLAIN),
    (PLAIN + r", W \in \mathbb{R}^{n \times m}, b \in \mathbb{R}_+^n", PLAIN),
    (r"f_t = \sigma(W x_t + U h_{t-1}), h_t = \frac{h_{t-1} + f_t A}{1 + f_t}",
     r"f_t = \sigma(W x_t + U h_{t-1}), h_t = \frac{h_{t-1} + f_t \odot a}{1 + f_t}"),
    (r"$$\text{State: } h_t = \tanh(W x_t + U h_{t-1} + b) \in \mathbb{R}^n$$", PLAIN),
]  # fmt: skip


@pytest.mark.parametrize(("text", "other"), SAME, ids=range(len(SAME)))
def test_the_same_in_another_notation(text, other):
    assert derive.compare(derive.from_latex(text), derive.from_latex(other))


def test_matrices_that_only_their_indices_tell_apart_keep_them():
    read = derive.from_latex(SAME[2][0])
    assert set(read.names.values()) == {"w_{ik}", "w_{hk}"}


def test_what_holds_at_all_times_is_no_condition():
    said = derive.from_latex(PLAIN + r" \quad \text{for } t = 1, \dots, T")
    assert derive.compare(said, derive.from_latex(PLAIN + r" \quad \text{when } t > 1"))


#: What is assumed of a notation that could mean something else.
SAID = [
    (r"h_t = \tanh W x_t + U h_{t-1}", "tanh without brackets is of the product after it"),
    (r"i_t, h_t = \sigma(W x_t + U h_{t-1})", "i, h have rows of their own of the weights"),
    (PLAIN + r" \\ y_t = \prod_k h_t", "y: not read, no state depends on it"),
    (r"h_t = \tanh(W * x_t + U h_{t-1})", "W is a matrix: it multiplies x_t, and * is their product"),
    (r"h_t = \tanh(W (x_t \oplus h_{t-1}))", "⊕ joins vectors"),
    (r"h_t = \tanh(W x_t) \otimes h_{t-1}", "⊗ is the elementwise product"),
    (r"h_t = \tanh(W x_t) \bullet h_{t-1}", "• is the elementwise product"),
    (
        r"f_t = \sigma(W x_t + U h_{t-1}), h_t = h_{t-1} + f_t A",
        "A is a vector: it stands after f_t, and matrices before",
    ),
    (r"h_t = (1 - a) h_{t-1} + W x_t", "a is a vector: it is added to a number"),
    (r"h_i^t = \tanh(\sum_j W_{ij} x_j^t + u_i h_i^{t-1})", "W is a matrix: W_{ij} is an entry of it"),
    (r"h_t = h_{t-1}/\tau + W x_t", "tau is a scalar: a small Greek letter by which something is divided"),
    (r"h_t = h_{t-1} + \tanh(x_t)", "x stands beside what is as wide as the state: a matrix stands before it"),
    (r"h_t = \tanh(W w_{t-1} + U h_{t-1})", "w is the input of a step: it is read at t-1 alone"),
    (r"\[ h_t = \tanh(W x_t + D h_{t-1}) \] where $D$ is diagonal", "D is diagonal: “is diagonal”"),
    (r"h_t = \sigma_g(W x_t + U h_{t-1}) \odot \sigma_h(V x_t)", "σ_{h} is tanh, that of a state, as in Wikipedia's"),
]


@pytest.mark.parametrize(("text", "words"), SAID, ids=range(len(SAID)))
def test_what_may_mean_several_things_is_said(text, words):
    assert any(words in a.replace("sigma", "σ") for a in derive.from_latex(text).assumptions)


MEMORY = r"S_t = S_{t-1} + v_t k_t^\top, "

#: What would be a guess.
REFUSED = [
    (MEMORY + r"o_t = S_t^{-1} q_t", "a power or an inverse of a matrix"),  # and not one of its entries
    (MEMORY + r"o_t = q_t / S_t", "a matrix divides what is none"),
    (MEMORY + r"o_t = S_t q_t, P_t = P_{t-1} + S_t + v_t^\top k_t, y_t = P_t q_t", "a number is added to a matrix"),
    (r"S_t = S_{t-1} + I + v_t k_t^\top, o_t = S_t q_t", "I is added to a matrix"),  # and is not learned
    (r"A_t = I - k_t k_t^\top, S_t = S_{t-1} A_t + v_t k_t^\top, o_t = S_t q_t", "I is added to a matrix"),
    (r"2 z_t = \sigma(W x_t), h_t = z_t h_{t-1}", "2z_t is no letter to be defined; if z is the input"),
    (r"\log z_t = W x_t, h_t = z_t h_{t-1}", "z_t is no letter to be defined; if z is the input"),
    (r"\mathrm{logit}(z_t) = W x_t, h_t = z_t h_{t-1}", "z_t.* is no letter to be defined; if z is the input"),
    (
        r"h_t = W x_t + U h_{t-1} \text{ if } x_t > 0",
        "h_t is said to be so 'if x_t>0' alone; write what",
    ),
    (r"h_t = W x_t + U h_{t-1} \text{ for } x_t > 0", "h_t is said to be so 'for x_t>0' alone"),
    (r"h_t = W x_t + U h_{t-1} \text{ unless trained}", "h_t is said to be so 'unless trained' alone"),
    (r"h_t = W x_t \text{ if training} \\ h_t = h_{t-1} \text{ otherwise}", "h_t is said to be so 'otherwise' alone"),
    (r"h_t = h_{t-1}^{(2)} + W x_t", "no recurrence was found"),  # and no part of h
    (r"h_t = \tanh(a_t + U h_{t-1}), a_t = \prod_k W x_t", r"\\prod is not read"),  # and a is no input
    (r"x' = \lim x_t, h_t = \tanh(W x' + U h_{t-1})", r"\\lim is not read"),
    (r"h_t = \mathrm{foo} W x_t + h_{t-1}", "foo in the equation of h: it is not clear"),
    (r"h_t = \text{foo} W x_t + h_{t-1}", "foo in the equation of h: it is not clear"),
    (r"h_t = \sum_i W_{ij} x_{t,i} + h_{t-1}", "a sum over i: what is read is"),
    (r"h_i^t = \sum_j h_j^{t-1} + \sum_j W_{ij} x_j^t", "a sum over j: what is read is"),
    (r"h_t = \sum_{t=1}^T W x_t + h_{t-1}", "a sum over t is not read"),
    (r"h_t = \tanh([W x_t]_j + U h_{t-1})", "a bracket has the index j"),
    (r"h_t = \tanh(W x_t + U h_{t-1}) \begin{cases} \end{cases}", "the environment cases is empty"),
    (
        r"a_h^t = \sum_i w_{ih} x_i^t + \sum_k v_{kh} b_k^{t-1}, b_h^t = \theta_h(a_h^t)",
        "theta_{h} in the equation of b",
    ),
    (
        r"\alpha_i = \exp(e_i) / \sum_j \exp(e_j), e_t = W x_t + U h_{t-1}, h_t = \alpha_t + h_{t-1}",
        "alpha is read at t and never defined, and alpha_{i} is defined and never read",
    ),
    (r"h_t = \|h_{t-1}\|_1 + W x_t", "the norm 1: the length of a vector is read"),
    (r"h_t = (W x_t + U h_{t-1})^T", "a bracket that is transposed"),
    (r"h_t = \tanh(W x_t, U h_{t-1})", "tanh in the equation of h has 2 arguments"),
    (r"h_t = \tanh(BN(W x_t) + U h_{t-1})", "BN in the equation of h: which function is it"),
    (r"h_t = a_t h_{t-1}, a_t = a^{c r_t}, r_t = \sigma(W x_t)", "a is defined by itself at the same time step"),
    (r"h_t = W x_t + U h_{t-1} \in \mathbb{R}^n + V x_t", "the formula goes on after a set"),
    (r"h_t = 2^{-k} W x_t + U h_{t-1}", "k in the equation of h: it is not clear what it is"),
    (r"h_t = \arctan(W x_t + U h_{t-1})", r"\\arctan is not read"),
    (r"h_t = \underset{i}{\max}(W x_t) h_{t-1}", "underset in the equation of h"),
    (r"h_t = \mathrm{LN}(W x_t + h_{t-1}, a, b, c)", "LN has 4 arguments"),
    (r"h_t = \tanh(W x_t + U c_{t-1}) + h_{t-1}", "c is read at t-1 and never defined"),
]


@pytest.mark.parametrize(("text", "words"), REFUSED, ids=range(len(REFUSED)))
def test_what_would_be_a_guess_is_refused(text, words):
    with pytest.raises(DeriveError, match=words):
        derive.from_latex(text)


def test_a_text_may_be_long():
    prose = "The gate $z_t$ keeps what the network needs. " * 6000
    assert derive.compare(derive.from_latex(prose + rf"\[ {PLAIN} \]" + prose), derive.from_latex(PLAIN))
