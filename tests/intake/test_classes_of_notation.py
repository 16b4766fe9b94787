"""Classes of notation, each against the same equations as they are usually written, and what is said of them."""

import pytest
import torch
from sympy import Rational

import derive
from derive.errors import DeriveError
from derive.symbolic.fixed import numbers

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
    (r"f_t = \mathrm{sigmoid}(W x_t + U h_{t-1}), h_t = \frac{h_{t-1} + f_t A}{1 + f_t}",
     r"f_t = \mathrm{sigmoid}(W x_t + U h_{t-1}), h_t = \frac{h_{t-1} + f_t \odot a}{1 + f_t}"),
    (r"h_t = \phi_h(W x_t + U h_{t-1} + b), \phi_h = \tanh", PLAIN),
    (r"\[ h_t = \phi(W x_t + U h_{t-1} + b) \] where $\phi = \psi = \tanh$", PLAIN),
    (r"h_t = f(W x_t + U h_{t-1}), f(a) = \max(0, a)^2", r"h_t = \max(0, W x_t + U h_{t-1})^2"),
    (r"h_t = f(x_t, h_{t-1}), f(x_t, h_{t-1}) = \tanh(W x_t + U h_{t-1} + b)", PLAIN),
    (r"h_t = f(W x_t + U h_{t-1}), f(a) = \begin{cases} a & a > 0 \\ 0.1 a & \text{otherwise} \end{cases}",
     r"q_t = W x_t + U h_{t-1}, h_t = \begin{cases} q_t & q_t > 0 \\ 0.1 q_t & \text{otherwise} \end{cases}"),
    (r"h_t = \tanh(\mathrm{Linear}([x_t, h_{t-1}]))", r"h_t = \tanh(W x_t + U h_{t-1} + b)"),
    (r"h(t + \Delta t) = h(t) + \Delta t \tanh(W h(t) + U x(t))", r"h_t = h_{t-1} + \alpha \tanh(W h_{t-1} + U x_t)"),
    (r"\hat x_{k|k-1} = A \hat x_{k-1|k-1} + B u_k, \hat x_{k|k} = \tanh(K \hat x_{k|k-1})",
     r"p_t = A h_{t-1} + B x_t, h_t = \tanh(K p_t)"),
    (r"h_t = h_{t-1} + \tanh((W - \gamma I) h_{t-1} + U x_t)",
     r"h_t = h_{t-1} + \tanh(W h_{t-1} - \gamma h_{t-1} + U x_t)"),
    (r"num_t = \tanh(W x_t + U num_{t-1} + b)", PLAIN),
    (r"\\( h_t := \tanh(W x_t + U h_{t-1} + b) \\)", PLAIN),
    (r"\tilde{h_t} = \tanh(W x_t + U h_{t-1} + b), h_t = \tilde{h_t}",
     r"g_t = \tanh(W x_t + U h_{t-1} + b), h_t = g_t"),
    (r"h_t = \Phi(x_t, h_{t-1}) = \tanh(W x_t + U h_{t-1} + b)", PLAIN),
    (r"l = \tanh(W x_t), l = l + U h_{t-1}, h_t = \tanh(l)",
     r"a_t = \tanh(W x_t), b_t = a_t + U h_{t-1}, h_t = \tanh(b_t)"),
    (r"\[ h_t = \left\{ \begin{array}{ll} W x_t & h_{t-1} > 0 \\ h_{t-1} & \text{otherwise} \end{array} \right. \]",
     r"h_t = \begin{cases} W x_t & h_{t-1} > 0 \\ h_{t-1} & \text{otherwise} \end{cases}"),
    (r"\begin{bmatrix} z_t \\ y_t \end{bmatrix} = \begin{bmatrix} I & -A \\ \delta I & 0 \end{bmatrix}"
     r"\begin{bmatrix} z_{t-1} \\ y_{t-1} \end{bmatrix} + \begin{bmatrix} V x_t \\ 0 \end{bmatrix}",
     r"z_t = z_{t-1} - A y_{t-1} + V x_t, y_t = \delta z_{t-1}"),
    (r"h_t = \tanh(\begin{bmatrix} W & U \end{bmatrix} \begin{bmatrix} x_t \\ h_{t-1} \end{bmatrix} + b)", PLAIN),
    (r"h_t = \tanh(W x_t + U h_{t-1} + B)", PLAIN),
    (r"h_t = \tanh(w^\top x_t + r h_{t-1} + b)", PLAIN),
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
    (r"i_t, h_t = \mathrm{sigmoid}(W x_t + U h_{t-1})", "i, h have rows of their own of the weights"),
    (PLAIN + r" \\ y_t = \prod_k h_t", "y: not read, no state depends on it"),
    (r"h_t = \tanh(W * x_t + U h_{t-1})", "W is a matrix: it multiplies x_t, and * is their product"),
    (r"h_t = \tanh(W (x_t \oplus h_{t-1}))", "⊕ joins vectors"),
    (r"h_t = \tanh(W x_t) \otimes h_{t-1}", "⊗ is the elementwise product"),
    (r"h_t = \tanh(W x_t) \bullet h_{t-1}", "• is the elementwise product"),
    (
        r"f_t = \mathrm{sigmoid}(W x_t + U h_{t-1}), h_t = h_{t-1} + f_t A",
        "A is a vector: it stands after f_t, and matrices before",
    ),
    (r"h_t = (1 - a) h_{t-1} + W x_t", "a is a vector: it is added to a number"),
    (r"h_i^t = \tanh(\sum_j W_{ij} x_j^t + u_i h_i^{t-1})", "W is a matrix: W_{ij} is an entry of it"),
    (r"h_t = h_{t-1}/\tau + W x_t", "tau is a scalar: a small Greek letter by which something is divided"),
    (r"h_t = h_{t-1} + \tanh(x_t)", "x stands beside what is as wide as the state: a matrix stands before it"),
    (r"h_t = \tanh(W w_{t-1} + U h_{t-1})", "w is the input of a step: it is read at t-1 alone"),
    (r"\[ h_t = \tanh(W x_t + D h_{t-1}) \] where $D$ is diagonal", "D is diagonal: “is diagonal”"),
    (r"h_t = f(W x_t) + h_{t-1}, f(a) = a^2 + a", "f(a) is a^2 + a"),
    (r"h_t = \sigma(\mathrm{Linear}(x_t)) h_{t-1}", "Linear in the equation of h is an affine map of its own"),
    (r"h_{t+\Delta t} = h_t + \Delta t W x_t", "Δt in a time is one step"),
    (
        r"A = \begin{pmatrix} 0 & 1 \\ -1 & 0 \end{pmatrix}, h_t = A h_{t-1} + W x_t",
        "A is not learned: its numbers are given",
    ),
    (
        r"S_t = S_{t-1} + \exp(k_t) v_t, y_t = S_t q_t",
        "k, v, q are given at each step: they are read and never defined",
    ),
    (r"h_t = \tanh(w x_t + r h_{t-1})", "r is a matrix: it stands beside the product of w, which is one"),
    (r"h_t = \sigma(W x_t + U h_{t-1}) \odot \sigma_h(V x_t)", "tanh, that of a state: σ alone is that of the gates"),
    (r"l = W x_t, l = \tanh(l), h_t = l + h_{t-1}", "l is given a new value on line 1: l_{before} is the one before"),
    (r"num_t = W x_t + num_{t-1}", "num is one letter: num_t is defined"),
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
    (r"A_t = I - k_t k_t^\top, S_t = S_{t-1} A_t + A_t + v_t k_t^\top, o_t = S_t q_t", "I is added to a matrix"),
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
    (r"\dot{h}(t) = A h(t) + B x(t)", "is a derivative, and a cell has steps"),
    (r"h'(t) = A h(t) + B x(t)", "is a derivative, and a cell has steps"),
    (r"\frac{dh(t)}{dt} = -h(t) + W x(t)", "is a derivative, and a cell has steps"),
    (r"\bar A = \exp(\Delta A), h_t = \bar A h_{t-1} + B x_t", "A_bar is made of A by the exponential or the inverse"),
    (r"f_t = \sigma(W x_t) \text{ OR } \exp(W x_t), h_t = f_t h_{t-1}", "f_t is said to be one thing 'OR"),
    (
        r"A(t) = \lambda A(t-1) + \eta h(t) h(t)^T, h_{s+1}(t+1) = \tanh(W h(t) + C x(t) + A(t) h_s(t+1))",
        r"is made of h_{s} in a loop over s within one time step",
    ),
    (
        r"A = \begin{pmatrix} 1 & \alpha \\ 0 & 1 \end{pmatrix}, h_t = A h_{t-1} + W x_t",
        "alpha stands in a matrix that is",
    ),
    (r"A = \begin{pmatrix} 1 & 2 \\ 0 \end{pmatrix}, h_t = A h_{t-1} + W x_t", "rows of 1 and 2 numbers"),
    (r"A = \begin{pmatrix} 1 & 2 & 3 \\ 0 & 1 & 3 \end{pmatrix}, h_t = A h_{t-1} + W x_t", "3 units meet 2"),
    (r"C = \begin{pmatrix} 1 & 0 \end{pmatrix}, h_t = W x_t + C h_{t-1}", "C is written out with one row"),
    (r"h_t = f(W x_t, h_{t-1}) + h_{t-1}, f(a) = a^2", "f has 2 arguments; on line 1 it is defined with 1 argument"),
    (r"f(a) = g(a) + a, g(a) = f(a) + 1, h_t = f(h_{t-1}) + W x_t", "is defined by itself"),
    (r"h_t = \bar{AB} h_{t-1} + W x_t", "is over more than one letter"),
    (r"h_t = h_{t-99999999} + W x_t", "h is read 99999999 steps ago: a cell keeps at most 100"),
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
    (
        r"h_t = a_t h_{t-1}, a_t = a^{c r_t}, r_t = \sigma(W x_t)",
        "a_{own} in the equation of a: it is not clear what it is",
    ),
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


def test_matrices_of_numbers_are_not_learned_and_say_their_size():
    fixed = (
        r"\[ h_t = \tanh(A h_{t-1} + W x_t + b) \] with $A = \begin{bmatrix} 0.5 & \frac{1}{3} \\ -1 & 0 \end{bmatrix}$"
    )
    read = derive.from_latex(fixed)
    (A,) = read.cell.declared
    assert numbers(A.fixed, (2, 2), {}) == (Rational(1, 2), Rational(1, 3), -1, 0)
    assert read.cell.sizes[read.cell.previous("h")] == "2"
    assert derive.compare(derive.from_latex(read.cell.latex(where=True)), read)
    inline = derive.from_latex(r"h_t = \begin{pmatrix} 0 & 1 \\ -1 & 0 \end{pmatrix} h_{t-1} + W x_t")
    assert numbers(inline.cell.declared[0].fixed, (2, 2), {}) == (0, 1, -1, 0)


def test_fast_weights_whose_inner_loop_is_written_out():
    """Ba et al. (2016) with two steps, in NumPy."""
    text = r"""\[ A_t = \lambda A_{t-1} + \eta h_{t-1} h_{t-1}^\top, h_{0,t} = \tanh(W h_{t-1} + C x_t),
    h_{1,t} = \tanh(W h_{t-1} + C x_t + A_t h_{0,t}), h_t = \tanh(W h_{t-1} + C x_t + A_t h_{1,t}) \]"""
    read = derive.from_latex(text)
    layer = derive.build(read.cell).Layer(2, 3, dtype=torch.float64)
    p = dict(layer.named_parameters())
    lam, eta = (next(v for k, v in p.items() if k.startswith(n)) for n in ("lambda", "eta"))
    w, c = (next(v for k, v in p.items() if k.startswith(n)) for n in ("weight_W", "weight_C"))
    torch.manual_seed(0)
    x, h, a = torch.randn(4, 1, 2, dtype=torch.float64), torch.zeros(3).double(), torch.zeros(3, 3).double()
    for x_t in x[:, 0]:
        a = lam * a + eta * torch.outer(h, h)
        z = w @ h + c @ x_t
        first = torch.tanh(z)
        h = torch.tanh(z + a @ torch.tanh(z + a @ first))
    torch.testing.assert_close(layer(x)[0][-1, 0], h, rtol=1e-13, atol=1e-13)


HEADS = r"""\[ q_t = W_q x_t, k_t = W_k x_t, v_t = W_v x_t,
S_t = S_{t-1} + v_t k_t^\top, o_t = S_t \mathrm{SOFTMAX}(q_t) \]
where $x_t \in \mathbb{R}^{d}$, $q_t, k_t \in \mathbb{R}^{d_k} \text{ for each of } H \text{ heads}$,
$v_t \in \mathbb{R}^{d_v} \text{ for each of } H \text{ heads}$"""


def test_a_softmax_of_what_each_head_has_is_that_of_each_head():
    read = derive.from_latex(HEADS.replace("SOFTMAX", "softmax"))
    assert "softmax in the equation of o is that of each head: so is what it is of" in read.assumptions
    assert derive.compare(read, derive.from_latex(HEADS.replace("SOFTMAX", "headsoftmax")))
