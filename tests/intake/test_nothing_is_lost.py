"""Equations, indices, times and powers that could fall out of a text without a word: each is read, as NumPy has it, or
refused by its line, and what is assumed is said."""

import numpy as np
import pytest
from by_numpy import Weights, sigma
from one_step import assert_step_is_that_of_numpy
from sympy import Rational

import derive
from derive.errors import DeriveError
from derive.intake.latex.each import each_equation
from derive.symbolic.fixed import numbers

tanh = np.tanh


def rnn(w, x, h):
    return (tanh(w("W", x) + w("U", h)),)


def lstm(w, x, h, c):
    i, f, o = (sigma(w(f"W_{{{g}}}", x) + w(f"U_{{{g}}}", h) + w[f"b_{{{g}}}"]) for g in "ifo")
    c = f * c + i * tanh(w("W_{g}", x) + w("U_{g}", h) + w["b_{g}"])
    return o * tanh(c), c


def gru(w, x, h):
    z, r = (sigma(w(f"W_{{{g}}}", x) + w(f"U_{{{g}}}", h)) for g in "zr")
    return ((1 - z) * h + z * tanh(w("W_{h}", x) + w("U_{h}", r * h)),)


def shared(w, x, h):
    f = sigma(w("W", x) + w("U", h))
    return (f * h + f * tanh(w("V", x)),)


def gated(of):
    """h = a(z) h + b(z) with z = σ(V x) and W x."""
    return lambda w, x, h: (of(sigma(w("V", x)), h, w("W", x)),)


LEAK = r"a_t = \sigma(V x_t)"
GATE = r"k_t = \sigma(W_k x_t + U_k h_{t-1} + b_k)"
MORE = r"g_t = \tanh(W_g x_t + U_g h_{t-1} + b_g), c_t = f_t c_{t-1} + i_t g_t, h_t = o_t \tanh(c_t)"
GATES = r"z_t = \sigma(W_z x_t + U_z h_{t-1}), r_t = \sigma(W_r x_t + U_r h_{t-1})"
CANDIDATE = r"\tilde h_t = \tanh(W_h x_t + U_h (r_t \odot h_{t-1}))"
STEP = r"h_t = (1 - z_t) h_{t-1} + z_t \tilde h_t"
LEARNED = r"h_t = A h_{t-1} + W x_t"
IN_ROWS = r" \\ ".join([*GATES.split(", "), CANDIDATE])

#: Equations that are several, or stand where no display is.
EQUATIONS = {
    "one letter for several": (rf"{GATE}, \quad k \in \{{i, f, o\}} \\ {MORE}", lstm),
    "in words": (rf"\[ {GATE} \quad \text{{for }} k \in \{{i, f, o\}} \] \[{MORE}\]", lstm),
    "in a sentence": (rf"\[ {GATE} \] for $k \in \{{i, f, o\}}$, \[{MORE}\]", lstm),
    "for all": (rf"\[ {GATE}, \forall k \in \{{i, f, o\}} \] \[{MORE}\]", lstm),
    "with their times": (rf"{GATE}, k_t \in \{{i_t, f_t, o_t\}} \\ {MORE}", lstm),
    "a star": (rf"*_t = \sigma(W_* x_t + U_* h_{{t-1}} + b_*), * \in \{{i, f, o\}} \\ {MORE}", lstm),
    "bold": (
        rf"\mathbf{{k}}_t = \sigma(\mathbf{{W}}_k x_t + \mathbf{{U}}_k h_{{t-1}} + \mathbf{{b}}_k),"
        rf" \mathbf{{k}} \in \{{\mathbf{{i}}, \mathbf{{f}}, \mathbf{{o}}\}} \\ {MORE}",
        lstm,
    ),
    "an index": (
        r"a^k_t = W_k x_t + U_k h_{t-1} + b_k, \quad k \in \{i, f, o\} \\ i_t = \sigma(a^i_t), f_t = \sigma(a^f_t),"
        rf" o_t = \sigma(a^o_t), {MORE}",
        lstm,
    ),
    "in braces": (
        r"\{i, f, o\}_t = \sigma(W_{\{i,f,o\}} x_t + U_{\{i,f,o\}} h_{t-1} + b_{\{i,f,o\}}), " + MORE,
        lstm,
    ),
    "two at once": (r"f_t = i_t = \sigma(W x_t + U h_{t-1}), h_t = f_t h_{t-1} + i_t \tanh(V x_t)", shared),
    "an output and a state": (r"y_t = h_t = \tanh(W x_t + U h_{t-1})", rnn),
    "weights that are one": (
        rf"\[ {GATES}, {CANDIDATE}, {STEP} \] with $U_z = U_r = U$",
        lambda w, x, h: gru(Weights({**w, "U_{z}": w["U"], "U_{r}": w["U"]}), x, h),
    ),
    "gates in a sentence": (rf"\[ {STEP} \] with ${GATES.replace(', r', '$ and $r')}$ and ${CANDIDATE}$.", gru),
    "the step in a sentence": (rf"\[ {GATES}, {CANDIDATE} \] The new state is ${STEP}$.", gru),
    "cases in sentences": (rf"\[ {GATES}, {CANDIDATE}, {STEP} \] If $z_t = 1$, $h_t = \tilde h_t$.", gru),
    "of a docstring": (r".. math:: h_t = \tanh(a_t + U h_{t-1})" "\n\nwhere :math:`a_t = W x_t`", rnn),
    "constants in a sentence": (
        r"\[ h_t = \alpha h_{t-1} + \beta W x_t \] with $\beta = 1 - \alpha$.",
        lambda w, x, h: (w["alpha"] * h + (1 - w["alpha"]) * w("W", x),),
    ),
    "units in a sentence": (
        r"\[ h_t = \lambda \odot h_{t-1} + \gamma \odot W x_t \] where $\lambda_j = \exp(-\exp(\nu_j))$ and"
        r" $\gamma_j = \sqrt{1 - |\lambda_j|^2}$.",
        lambda w, x, h: ((d := np.exp(-np.exp(w["nu"]))) * h + np.sqrt(1 - d**2) * w("W", x),),
    ),
    "numbers in a sentence": (
        r"\[ h_t = \alpha h_{t-1} + \beta W x_t \] with $\alpha=0.9, \beta=0.1$.",
        lambda w, x, h: (0.9 * h + 0.1 * w("W", x),),
    ),
    "in a list": (
        r"\[ h_t = \alpha h_{t-1} + \beta W x_t \] with $(\alpha, \beta) = (0.9, 0.1)$.",
        lambda w, x, h: (0.9 * h + 0.1 * w("W", x),),
    ),
    "as a definition": (
        r"\[ h_t = \alpha h_{t-1} + W x_t \] with $\alpha := 1 - 10^{-3}$.",
        lambda w, x, h: (0.999 * h + w("W", x),),
    ),
    "a vector of ones": (
        r"\[ h_t = \tanh(W x_t + U h_{t-1} + b) \] with $b = \mathbf{1}$.",
        lambda w, x, h: (tanh(w("W", x) + w("U", h) + 1),),
    ),
    "another environment": (
        r"\[ h_t = \tanh(a_t) \] \begin{IEEEeqnarray}{rCl} a_t &=& W x_t + U h_{t-1} \end{IEEEeqnarray}",
        rnn,
    ),
    "an unknown environment": (r"\[ h_t = \tanh(a_t) \] \begin{foo} a_t = W x_t + U h_{t-1} \end{foo}", rnn),
    "an empty group": (
        rf"\begin{{align}} {IN_ROWS} \\ h_t &= (1 - z_t) h_{{t-1}} \\ &\quad {{}} + z_t \tilde h_t \end{{align}}",
        gru,
    ),
    "another equals sign": (r"h_t \stackrel{\text{def}}{=} \tanh(W x_t + U h_{t-1})", rnn),
    "what follows": (
        r"h_t = 0.5 h_{t-1} + \tanh(W x_t) \implies h_t - h_{t-1} = -0.5 h_{t-1} + \tanh(W x_t)",
        lambda w, x, h: (0.5 * h + tanh(w("W", x)),),
    ),
    "what is the same": (
        r"h_t = 0.5 h_{t-1} + \tanh(W x_t) \iff h_t - 0.5 h_{t-1} = \tanh(W x_t)",
        lambda w, x, h: (0.5 * h + tanh(w("W", x)),),
    ),
    "one after the other": (
        r"z_t = \sigma(W x_t) \Longrightarrow h_t = z_t h_{t-1}",
        lambda w, x, h: (sigma(w("W", x)) * h,),
    ),
    "a row that follows": (
        r"a_t = W x_t \\ ⇒ h_t = \tanh(a_t + U h_{t-1})",
        rnn,
    ),
    "an arrow": (r"h_t ← \tanh(W x_t + U h_{t-1})", rnn),
}  # fmt: skip

#: What is said beside an equation, and is no part of it.
BESIDE = [
    r"\quad \forall t",
    r"\quad t \in \{1, \dots, T\}",
    r"\quad W \in \mathbb{R}^{n \times m}",
    r", \quad t \ge 1",
    r"\quad (t \geq 1)",
    r", \; 1 \le t \le T",
    r"\quad b \sim \mathcal{N}(0, 1)",
    r"\quad (t \in [1, T])",
    r"\qquad (\text{state})",
]

#: Indices, times, powers, accents.
LETTERS = {
    "a power of a gate": (rf"{LEAK}, h_t = a_t^2 h_{{t-1}} + W x_t", gated(lambda a, h, v: a**2 * h + v)),
    "above the time": (rf"{LEAK}, h_t = a^2_t h_{{t-1}} + W x_t", gated(lambda a, h, v: a**2 * h + v)),
    "in braces": (rf"{LEAK}, h_t = {{a_t}}^2 h_{{t-1}} + W x_t", gated(lambda a, h, v: a**2 * h + v)),
    "a state in braces": (r"h_t = {h_{t-1}}^2 + W x_t", lambda w, x, h: (h**2 + w("W", x),)),
    "the index in braces": (
        r"h_t = \tanh({W_x}^\top x_t + {W_h}^\top h_{t-1})",
        lambda w, x, h: (tanh(w("W_{x}", x) + w("W_{h}", h)),),
    ),
    "a root": (rf"{LEAK}, h_t = a_t^{{1/2}} h_{{t-1}} + W x_t", gated(lambda a, h, v: np.sqrt(a) * h + v)),
    "one over": (rf"{LEAK}, h_t = a_t^{{-1}} h_{{t-1}} + W x_t", gated(lambda a, h, v: h / a + v)),
    "of each unit": (r"h_t = w^{\odot 2} \odot h_{t-1} + W x_t", lambda w, x, h: (w["w"] ** 2 * h + w("W", x),)),
    "of a small letter": (r"h_t = w^2 \odot h_{t-1} + W x_t", lambda w, x, h: (w["w"] ** 2 * h + w("W", x),)),
    "of a scalar": (r"h_t = \gamma^2 h_{t-1} + W x_t", lambda w, x, h: (w["gamma"] ** 2 * h + w("W", x),)),
    "signs as indices": (
        r"h_t = a_t^+ h_{t-1} + a_t^-, a_t^+ = \sigma(V x_t), a_t^- = W x_t",
        gated(lambda a, h, v: a * h + v),
    ),
    "signs of parameters": (
        r"h_t = b_+ \odot h_{t-1} + b_- \odot (W x_t)",
        lambda w, x, h: (w["b_{+}"] * h + w["b_{-}"] * w("W", x),),
    ),
    "a prime": (r"h_t = a'_t h_{t-1} + a_t, a'_t = \sigma(V x_t), a_t = W x_t", gated(lambda a, h, v: a * h + v)),
    "a star": (r"h_t = a_t^* h_{t-1} + a_t, a_t^* = \sigma(V x_t), a_t = W x_t", gated(lambda a, h, v: a * h + v)),
    "accents": (r"h_t = \tanh(\breve W x_t + \acute W h_{t-1})",
                lambda w, x, h: (tanh(w("W_breve", x) + w("W_acute", h)),)),
    "scripts": (r"h_t = \tanh(\mathfrak{W} x_t + \mathcal{W} h_{t-1})",
                lambda w, x, h: (tanh(w("frak_W", x) + w("cal_W", h)),)),
    "times ahead": (r"h_{t+1} = \tanh(W x_{t+1} + U h_t + V x_t)",
                    lambda w, x, h, p: (tanh(w("W", x) + w("U", h) + w("V", p)), x)),
    "a sum of units": (
        r"h_i(t) = \tanh\left(\sum_{j=1}^N W_{ij} h_j(t-1) + \sum_{k=1}^M V_{ik} x_k(t) + b_i\right)",
        lambda w, x, h: (tanh(w("W", h) + w("V", x) + w["b"]),),
    ),
    "a transposed sum": (
        r"h_i(t) = \tanh\left(\sum_j W_{ji} h_j(t-1) + \sum_k V_{ik} x_k(t)\right)",
        lambda w, x, h: (tanh(w("W", h) + w("V", x)),),
    ),
    "a time in fonts": (r"h_t = \tanh(W x_t + U h_{\mathrm{t-1}})", rnn),
    "a sign in words": (r"h_t = \tanh(W x_t + U h_{t\text{-}1})", rnn),
    "a dash": (r"h_t = \tanh(W x_t + U h_{t–1})", rnn),
    "a colour": (r"\[ h_t = \tanh(W x_t + \textcolor{red}{U h_{t-1}}) \]", rnn),
    "a decimal": (r"h_t = .5 h_{t-1} - .25 W x_t", lambda w, x, h: (0.5 * h - 0.25 * w("W", x),)),
    "a division": (r"a_t = sigm(V x_t), h_t = h_{t-1} \oslash a_t + W x_t", gated(lambda a, h, v: h / a + v)),
    "digits in groups": (
        r"h_t = \tanh(W x_t)/1\,000 + 1\,234\,567.5 h_{t-1}",
        lambda w, x, h: (tanh(w("W", x)) / 1000 + 1234567.5 * h,),
    ),
    "numbers with a sign": (
        r"h_t = 2 \cdot 3 \tanh(W x_t) + (2)(0.5) \frac{1}{2} 3 h_{t-1}",
        lambda w, x, h: (6 * tanh(w("W", x)) + 1.5 * h,),
    ),
    "a fraction": (rf"{LEAK}, h_t = \nicefrac{{1}}{{2}} a_t h_{{t-1}} + W x_t", gated(lambda a, h, v: a * h / 2 + v)),
    "twice a bias": (r"h_t = \tanh(W x_t + U h_{t-1} + 2 b)",
                     lambda w, x, h: (tanh(w("W", x) + w("U", h) + 2 * w["b"]),)),
    "half a bias": (r"h_t = \tanh(W x_t + U h_{t-1} + \frac{b}{2})",
                    lambda w, x, h: (tanh(w("W", x) + w("U", h) + w["b"] / 2),)),
    "an angle without brackets": (
        r"h_t = \cos\theta\, W x_t + \sin\theta\, h_{t-1}",
        lambda w, x, h: (np.cos(w["theta"]) * w("W", x) + np.sin(w["theta"]) * h,),
    ),
    "the length of a state": (
        r"h_t = W x_t + U n_t, n_t = h_{t-1} / \|h_{t-1}\|",
        lambda w, x, h: (w("W", x) + w("U", h / np.sqrt((h**2).sum(1, keepdims=True))),),
    ),
}  # fmt: skip

ROTATION = r"A = \begin{pmatrix} 0 & 1 \\ -1 & 0.5 \end{pmatrix}"
R = np.array([[0, 1], [-1, 0.5]])

#: Matrices: the identity, powers, brackets, what is given.
MATRICES = {
    "the identity": (r"h_t = \tanh(W x_t + I h_{t-1})", lambda w, x, h: (tanh(w("W", x) + h),)),
    "a multiple of it": (r"h_t = \alpha I h_{t-1} + W x_t", lambda w, x, h: (w["alpha"] * h + w("W", x),)),
    "with its size": (r"h_t = (I_n - A) h_{t-1} + W x_t", lambda w, x, h: (h - w("A", h) + w("W", x),)),
    "under a name": (rf"{LEARNED}, A = I", lambda w, x, h: (h + w("W", x),)),
    "in a sentence": (rf"\[ {LEARNED} \] where $A = I$", lambda w, x, h: (h + w("W", x),)),
    "by cases": (
        rf"{LEARNED}, A_{{ij}} = \begin{{cases}} 1 & \text{{if }} i = j \\ 0 & \text{{otherwise}} \end{{cases}}",
        lambda w, x, h: (h + w("W", x),),
    ),
    "of Kronecker": (rf"{LEARNED}, A_{{i,j}} = \delta_{{ij}}", lambda w, x, h: (h + w("W", x),)),
    "all entries": (rf"{LEARNED}, [A]_{{ij}} = 0.1", lambda w, x, h: (0.1 * h.sum(1, keepdims=True) + w("W", x),)),
    "two": (r"h_t = (B + C) h_{t-1} + W x_t", lambda w, x, h: (w("B", h) + w("C", h) + w("W", x),)),
    "a product": (r"h_t = (B C) h_{t-1} + W x_t", lambda w, x, h: (w("B", w("C", h)) + w("W", x),)),
    "a product under a name": (rf"{LEARNED}, A = B C", lambda w, x, h: (w("B", w("C", h)) + w("W", x),)),
    "a multiple under a name": (rf"\[ {LEARNED} \] with $A = 2 B$", lambda w, x, h: (2 * w("B", h) + w("W", x),)),
    "with its transpose": (rf"{LEARNED}, A = B^\top B", lambda w, x, h: (w("B", h) @ w["B"] + w("W", x),)),
    "a diagonal one": (rf"\[ {LEARNED} \] where $A = \mathrm{{diag}}(a)$", lambda w, x, h: (w["a"] * h + w("W", x),)),
    "a step": (
        r"h_t = (I + \gamma A) h_{t-1} + \gamma W x_t",
        lambda w, x, h: (h + w["gamma"] * w("A", h) + w["gamma"] * w("W", x),),
    ),
    "by a root": (
        r"h_t = \alpha h_{t-1} + W x_t, W = \frac{1}{\sqrt{2}} A",
        lambda w, x, h: (w["alpha"] * h + w("A", x) / np.sqrt(2),),
    ),
    "over a root": (
        r"h_t = \alpha h_{t-1} + W x_t, W = A / \sqrt{2}",
        lambda w, x, h: (w["alpha"] * h + w("A", x) / np.sqrt(2),),
    ),
    "two maps of two": (
        r"h_t = \tanh(W x_t + U h_{t-1}) \odot \sigma(V x_t + R h_{t-1})",
        lambda w, x, h: (tanh(w("W", x) + w("U", h)) * sigma(w("V", x) + w("R", h)),),
    ),
    "two maps of each": (
        r"h_t = \tanh(W x_t) \odot \sigma(V x_t) + \tanh(U h_{t-1}) \odot \sigma(R h_{t-1})",
        lambda w, x, h: (tanh(w("W", x)) * sigma(w("V", x)) + tanh(w("U", h)) * sigma(w("R", h)),),
    ),
    "maps of joined vectors": (
        r"h_t = \tanh(W [x_t; h_{t-1}]) \odot \sigma(V [x_t; h_{t-1}] + b) + \tanh(R x_t)",
        lambda w, x, h: (
            tanh(w("W_{[0]}", x) + w("W_{[1]}", h)) * sigma(w("V_{[0]}", x) + w("V_{[1]}", h) + w["b"])
            + tanh(w("R", x)),
        ),
    ),
    "a map before another": (
        r"h_t = \tanh(W x_t)/3 \, V x_t + h_{t-1}",
        lambda w, x, h: (tanh(w("W", x)) / 3 * w("V", x) + h,),
    ),
    "the square of a sum": (
        r"A = B - B^\top, h_t = A^2 h_{t-1} + W x_t",
        lambda w, x, h: (w("B", m := w("B", h) - h @ w["B"]) - m @ w["B"] + w("W", x),),
    ),
    "half of one": (r"h_t = \frac{A}{2} h_{t-1} + W x_t", lambda w, x, h: (w("A", h) / 2 + w("W", x),)),
    "antisymmetric": (
        r"h_t = \tanh(\frac{1}{2} (A - A^\top - \gamma I) h_{t-1} + W x_t)",
        lambda w, x, h: (tanh((w("A", h) - h @ w["A"] - w["gamma"] * h) / 2 + w("W", x)),),
    ),
}  # fmt: skip

TABLES = {"equations": EQUATIONS, "letters": LETTERS, "matrices": MATRICES}
ALL = {f"{kind}: {name}": case for kind, table in TABLES.items() for name, case in table.items()}


@pytest.mark.parametrize(("text", "equations"), ALL.values(), ids=ALL)
def test_nothing_falls_out_of_what_is_read(text, equations):
    assert_step_is_that_of_numpy(derive.from_latex(text), equations)


@pytest.mark.parametrize("beside", BESIDE)
def test_what_is_said_of_a_letter_beside_an_equation_is_no_part_of_it(beside):
    assert_step_is_that_of_numpy(derive.from_latex(rf"h_t = \tanh(W x_t + U h_{{t-1}}) {beside}"), rnn)


def test_an_output_that_is_named_first_is_the_state_that_is_read():
    def named(w, x, y, h):
        new = tanh(w("W", x) + w("U", h))
        return new, new

    assert_step_is_that_of_numpy(derive.from_latex(r"h_t = y_t = \tanh(W x_t + U y_{t-1})"), named)


#: Powers and sums of matrices of numbers, and what they are.
GIVEN = {
    "A^2": (r"h_t = A^2 h_{t-1} + W x_t", R @ R),
    "A^{3}": (r"h_t = A^{3} h_{t-1} + W x_t", R @ R @ R),
    "the inverse": (r"h_t = A^{-1} h_{t-1} + W x_t", np.linalg.inv(R)),
    "a name for it": (r"B = A^2, h_t = B h_{t-1} + W x_t", R @ R),
    "the transpose": (r"B = A^\top, h_t = B h_{t-1} + W x_t", R.T),
    "a multiple": (r"B = 0.9 A, h_t = B h_{t-1} + W x_t", 0.9 * R),
    "a step": (r"B = I + \frac{1}{2} A, h_t = B h_{t-1} + W x_t", np.eye(2) + R / 2),
}


@pytest.mark.parametrize(("text", "wanted"), GIVEN.values(), ids=GIVEN)
def test_what_is_made_of_matrices_of_numbers_is_worked_out(text, wanted):
    read = derive.from_latex(rf"{ROTATION}, {text}")
    (made,) = (p for p in read.cell.parameters if p.fixed is not None)
    np.testing.assert_allclose([float(n) for n in numbers(made.fixed, (2, 2), {})], wanted.ravel(), rtol=1e-15)
    assert any("is worked out" in a for a in read.assumptions), (
        read.assumptions
    )  # beside what is said of the numbers of A


def test_a_matrix_of_numbers_in_a_sentence_may_be_a_power():
    read = derive.from_latex(
        r"\[ h_t = A h_{t-1} + W x_t \] with $A = \begin{pmatrix} 0 & 1 \\ -1 & \frac{1}{3} \end{pmatrix}^2$."
    )
    (made,) = read.cell.declared
    assert numbers(made.fixed, (2, 2), {}) == (-1, Rational(1, 3), Rational(-1, 3), Rational(-8, 9))


#: What is assumed.
SAID = [
    (EQUATIONS["one letter for several"][0], "k_t on line 1 stands for each of i, f, o"),
    (EQUATIONS["gates in a sentence"][0], "z is σ(W_{z} x_t + U_{z} h_{t-1}): a sentence says so"),
    (rf"\[ {GATES}, {CANDIDATE}, {STEP} \] where $x_t = E w_t$", "x_t = E w_t, as a sentence has it on line 1"),
    (r"\[ h_t = A h_{t-1} + W x_t \] If $A = B$, nothing is new.", "the word 'If' makes it that of a case"),
    (
        r"\[ h_t = \tanh(W x_t + U h_{t-1} + b) \] with $b = (1, \dots, 1)^\top$.",
        "is passed over: dots stand for what is not written",
    ),
    (r"h_t = \tanh(W x_t + U h_{t-1}), \quad U^\top U = I", r"U^\top U = I on line 1: left out, U^\topU is no letter"),
    (r"h_t = \tanh(W x_t + U h_{t-1}), \quad \|U\| = 1", r"\|U\| = 1 on line 1: left out"),
    (r"\[ h_t \approx \tanh(W x_t + U h_{t-1}) \]", "h is said to be about what is read"),
    (MATRICES["the identity"][0], "I is the identity"),
    (MATRICES["with its size"][0], "I_{n} is the identity"),
    (MATRICES["by cases"][0], "A is not learned: a formula gives its entries, A_{ij}"),
    (LETTERS["twice a bias"][0], "b is a vector: 2 b is added"),
    (LETTERS["an angle without brackets"][0], "cos without brackets is of theta alone: cos(theta) multiplies what"),
    (EQUATIONS["what follows"][0], "on line 1: left out, h_t-h_{t-1} is no letter to be defined"),
    (r"h_t = \mathbf{a} \odot h_{t-1} + a \odot W x_t", r"a stands in several fonts, \mathbf{a}, a,"),
    (r"\[ h_t = W z_t + U h_{t-1} \] with $z_t \sim \mathcal{N}(0, 1)$", "z is an input: the text says"),
    (r"\[ h_t = W x_t + U h_{t-1} + b \] with $b \sim \mathcal{N}(0, 1)$", "b is learned: how it is drawn"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), SAID, ids=range(len(SAID)))
def test_what_is_assumed_is_said(text, words):
    said = [a.replace("sigma", "σ") for a in derive.from_latex(text).assumptions]
    assert any(words in a for a in said), said


def test_the_length_of_a_vector_makes_no_heads():
    assert not any("heads" in a for a in derive.from_latex(LETTERS["the length of a state"][0]).assumptions)


#: What would be lost, and is refused.
REFUSED = {
    "a sign": (r"\[ z_t \propto \exp(V x_t) \\ h_t = z_t h_{t-1} \]", r"no equals sign stands after z_t, but \\propto"),
    "another one": (r"\[ h_t = z_t h_{t-1} \\ z_t \to \exp(V x_t) \]", r"no equals sign stands after z_t, but \\to"),
    "between two": (r"f_t = 1 - i_t = \sigma(W x_t), h_t = f_t h_{t-1} + i_t", r"i_t stands in a formula between two"),
    "one for all": (
        r"g_t = \sigma(W x_t), g \in \{f, i\} \\ h_t = f_t h_{t-1} + i_t",
        "g_t stands for each of f, i, and its right side is the same for all of them",
    ),
    "two sets": (
        r"g_t = \sigma(W_g x_t), g \in \{f, i\}, g \in \{r, z\} \\ h_t = f_t h_{t-1} + i_t",
        r"g is said to be one of \{f, i\} and of \{r, z\}",
    ),
    "twice": (r"(f_t, f_t) = \sigma(W x_t + U h_{t-1}), h_t = f_t h_{t-1}", r"f_t stands twice in \(f_t,f_t\)"),
    "a power of what stands elsewhere": (r"h_t = A^2 h_{t-1} + W x_t, y_t = A h_t", r"A\^2 stands beside A"),
    "an inverse": (r"h_t = U^{-1} h_{t-1} + W x_t", "powers and inverses of matrices that are learned are not read"),
    "no inverse": (
        r"A = \begin{pmatrix} 1 & 1 \\ 1 & 1 \end{pmatrix}, h_t = A^{-1} h_{t-1} + W x_t",
        "the inverse of a matrix that has none",
    ),
    "no square": (
        r"A = \begin{pmatrix} 1 & 1 \\ 1 & 1 \\ 0 & 1 \end{pmatrix}, h_t = A^2 h_{t-1} + W x_t",
        "a power of a matrix of 3 rows and 2 columns",
    ),
    "entry by entry": (r"h_t = (M \odot U) h_{t-1} + W x_t", r"\(M ⊙ U\) stands in a product: .*\"M\": \"vector\""),
    "blocks or a product": (r"h_t = \tanh([W \; U] [x_t; h_{t-1}])", r"\[W U\] before 2 joined vectors is a product"),
    "formulas in a sentence": (
        rf"\[ {LEARNED} \] where $A = \begin{{pmatrix}} \cos\theta & 1 \\ 0 & 1 \end{{pmatrix}}$",
        "theta stands in a matrix that is written out",
    ),
    "two things in sentences": (
        rf"\[ {LEARNED} \] where $A = B$. Later, $A = C$ is better.",
        "sentences say two things of A",
    ),
    "some entries": (rf"{LEARNED}, A_{{ii}} = -1", "A is given by its entries, A_{ii}: nothing says what its other"),
    "entries of a case": (rf"{LEARNED}, A_{{ij}} = 1 \text{{ if }} i = j", "is said to be so 'if i=j' alone"),
    "entries in a sentence": (rf"\[ {LEARNED} \] where $A_{{ij}} = 1$ if $i = j$", "is said of some of the entries"),
    "entries of another": (rf"\[ {LEARNED} \] where $A_{{ij}} = B_{{ji}}$", "B_{ji} stands in them"),
    "counted": (rf"{LEARNED}, A_{{ij}} = \frac{{1}}{{i + j}}", "whether its places are counted from 0 or from 1"),
    "other letters": (rf"{LEARNED}, A_{{ij}} = a_i a_j", "a_{i} stands in them"),
    "all steps": (r"h_t = \tanh(W x_{1:t} + U h_{t-1})", "the time 1:t: what is read is of one step"),
    "steps before": (r"h_t = \tanh(W x_{<t} + U h_{t-1})", "the time <t: what is read is of one step"),
    "from the end": (r"h_t = \tanh(W x_{T-t} + U h_{t-1})", "the time T-t: what is read is of one step"),
    "every other": (r"h_t = \tanh(W x_t + U h_{t-1} + V y_{2t})", "the time 2t: what is read is of one step"),
    "a bar": (r"(f_t | i_t) = \sigma(W x_t), h_t = f_t h_{t-1} + i_t", r"\| has no other one"),
    "a reference": (r"h_t = \tanh(W x_t + U h_{t-1}) [12]", r"\[12\] is no factor"),
    "two times": (r"h_t = \tanh(W x_{t,t-1} + U h_{t-1})", "x_t has another time beside it"),
    "another root": (r"h_t = \sqrt[3]{h_{t-1}} + W x_t", r"\\sqrt with another root"),
    "an expectation": (r"h_t = \mathbb{E}[h_{t-1}] + W x_t", r"\\mathbb\{E\} is of what is drawn"),
    "a quantor": (r"h_t = W x_t + \infty h_{t-1}", r"\\infty is not read"),
    "digits in other groups": (r"h_t = 10\;000 h_{t-1} + W x_t", "10 stands directly before 000: write one number"),
    "decimals in groups": (r"h_t = 0.000\,1 h_{t-1} + W x_t", "0.000 stands directly before 1: write one number"),
    "two numbers": (r"h_t = h_{t-1} + 1 2\tanh(W x_t)", "1 stands directly before 2: write one number"),
    "two decimals": (r"h_t = h_{t-1} + 0.2\,5\tanh(W x_t)", "0.2 stands directly before 5: write one number"),
    "a number in braces": (r"h_t = h_{t-1} + 1{000} \tanh(W x_t)", "1 stands directly before 000: write one number"),
    "below a stroke": (r"h_t = h_{t-1} + \tanh(W x_t)/1 000", "1 stands directly before 000: write one number"),
    "a mixed fraction": (r"h_t = 1\frac12 h_{t-1} + W x_t", "1 stands directly before 1/2: write one fraction"),
    "with a space": (r"h_t = 1\,\tfrac{1}{2} h_{t-1} + W x_t", "1 stands directly before 1/2: write one fraction"),
    "a case before an arrow": (r"x_t > 0 \implies h_t = 0.5 h_{t-1} + W x_t", "h_t is said to be so 'if x_t>0' alone"),
    "a value before one": (
        r"z_t = \sigma(V x_t), \quad z_t = 1 \Rightarrow h_t = h_{t-1} + W x_t",
        "h_t is said to be so 'if z_t=1' alone",
    ),
    "an arrow back": (r"h_t = h_{t-1} + W x_t \impliedby h_t - h_{t-1} = W x_t", r"\\impliedby stands in an eq"),
    "an arrow to words": (r"h_t = h_{t-1} + W x_t \implies \text{a sum}", r"\\implies stands in an eq"),
    "a later step": (
        r"z_t = \sigma(W_z x_t + U_z h_{t+1}), h_t = z_t h_{t-1} + \tanh(W x_t)",
        r"in the equation of z: h_{t\+1} is read, later than the step that defines h",
    ),
    "of one or of a product": (r"h_t = \exp\alpha\, h_{t-1} + W x_t", "exp alpha before another factor is exp of"),
    "twice an angle": (r"h_t = \cos 2\theta\, h_{t-1} + W x_t", "cos 2 before another factor is cos of 2 or of the"),
    "two angles": (r"h_t = \cos\omega\theta h_{t-1} + W x_t", "cos omega before another factor is cos of omega or"),
    "the imaginary unit": (r"z_t = (\rho + i \omega) z_{t-1} + W x_t", "i in the equation of z: is it the imaginary"),
    "in an exponential": (r"z_t = e^{j \omega} z_{t-1} + W x_t", "j in the equation of z: is it the imaginary"),
    "a matrix and a number": (
        r"h_t = \alpha h_{t-1} + W x_t, W = \frac{1}{\sqrt{n}} A",
        r"in the equation of W: A is a matrix and multiplies 1/sqrt\(n\)",
    ),
    "a number beside a matrix": (r"h_t = \alpha h_{t-1} + W x_t + 2 A", "A is a matrix and multiplies 2, a number"),
    "a capital": (r"h_t = \tanh(A_t), a_t = W x_t + U h_{t-1}", "A is read at t and never defined, and a is"),
    "a layer norm": (
        r"(f_t, i_t) = \mathrm{LN}(W x_t; a, b, c), h_t = f_t h_{t-1} + i_t",
        "LN has 4 arguments: a vector, gain and shift",
    ),
    "rows and a given matrix": (rf"{ROTATION}, h_t = h_{{t-1}} A + W x_t", "of a row times a matrix, h A, write A"),
    "a given matrix before the input": (
        r"B = \begin{pmatrix} 1 & 0 \\ 2 & 1 \end{pmatrix}, h_t = A h_{t-1} + B u_t",
        "2 units meet input_size; what meets the input is learned",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "words"), REFUSED.values(), ids=REFUSED)
def test_what_would_be_lost_is_refused_by_its_line(text, words):
    with pytest.raises(DeriveError, match=words) as e:
        derive.from_latex(text)
    assert str(e.value).startswith("line 1: ")
    assert "\n" not in str(e.value)
    assert "@" not in str(e.value)


INPUTS = r"h_t = \tanh(W x_t + V u_t + U h_{t-1})"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("x", r"u is read at t and never defined; add its equation, .* input='x,u'"),
        ("x,y", r"input='x,y': y is not read; .* of that are u, x"),
        ("h", r"input='h': h is defined on line 1; .* of that are u, x"),
    ],
)
def test_beside_a_given_input_no_letter_is_learned_that_nothing_defines(given, words):
    with pytest.raises(DeriveError, match=words):
        derive.from_latex(INPUTS, input=given)
    assert len(each_equation(INPUTS, input=given)) == 1


def test_several_inputs_that_are_given_are_all_read():
    def step(w, h, x, u):
        return (tanh(w("W", x) + w("V", u) + w("U", h)),)

    assert_step_is_that_of_numpy(derive.from_latex(INPUTS, input="x, u"), step)
