"""Sentences as authors write them, and what is taken from each: what is not said plainly is asked for."""

import pytest

import derive
from derive.errors import DefinitionError
from derive.intake.latex.sentences.said import said

STEP = r"$$h_t = \phi(W x_t + U h_{t-1} + b)$$ "
TWO = r"$$h_t = \phi(W x_t + U h_{t-1}) + \psi(V h_{t-1})$$ "

#: What the text says that φ is.
NAMED = [
    (r"where $\phi$ is tanh.", "tanh"),
    (r"where $\phi$ is the hyperbolic tangent.", "tanh"),
    (r"where $\phi(\cdot)$ denotes the hyperbolic tangent function.", "tanh"),
    (r"Here, $\phi$ is the usual hyperbolic tangent activation function, applied element-wise.", "tanh"),
    (r"where $W$, $U$ are weight matrices, $b$ is a bias and $\phi$ is the ReLU function.", "relu"),
    (r"The activation function $\phi$ is a rectified linear unit (ReLU).", "relu"),
    (r"The nonlinearity $\phi$ is the softsign.", "softsign"),
    (r"where \(\phi\) stands for the leaky ReLU.", "leaky_relu"),
    (r"with $\phi = \tanh$.", "tanh"),
    (r"where $\phi=\tanh$ is the activation function.", "tanh"),
    (r"where $\phi(a) = \max(0, a)$.", "relu"),
    (r"where $\phi(z) = 1/(1 + e^{-z})$ is the logistic function.", "sigmoid"),
    (r"where $\phi$ is the logistic sigmoid $\phi(z) = 1/(1 + e^{-z})$.", "sigmoid"),
    (r"where $\phi$ is the activation function, here $\tanh$.", "tanh"),
    (r"where $\phi$ is an activation function, softplus in this paper.", "softplus"),
    (r"where $\phi$ is the hidden activation function, generally and in this paper $\tanh$.", "tanh"),
    (r"where $\phi$ is chosen to be $\mathrm{ReLU}$ throughout.", "relu"),
    (r"where $\phi$ is set to tanh in all experiments.", "tanh"),
    (r"We use the hyperbolic tangent $\phi$.", "tanh"),
    (r"where $\phi$ is the logistic function, $\tanh$ is the hyperbolic tangent, and $\odot$ a product.", "sigmoid"),
    (r"where $\phi$ is the logistic function, $\tanh$ the hyperbolic tangent.", "sigmoid"),
    (r"其中， $\phi$ 为Sigmoid激活函数， $\tanh$ 为Tanh激活函数， $\odot$ 为点乘运算。", "sigmoid"),
    (r"where $\phi$ is tanh (Elman, 1990).", "tanh"),
    (r"where $\phi$ is tanh \cite{elman}, and $W$ is a matrix.", "tanh"),
    (r"where $\phi$ is $\tanh$, and * is the product.", "tanh"),
    (r"where $\phi$ is \emph{tanh}.", "tanh"),
    ("- $\\phi$: hyperbolic tangent\n- $W$: weights", "tanh"),
    (r"\begin{itemize} \item $\phi$ is the identity function; \item $W$ is a matrix \end{itemize}", "identity"),
    (r"where $$\phi$$ is the hyperbolic tangent.", "tanh"),
    (r"where φ is tanh.", "tanh"),
    (r"Note that $h_t$ has $N$ units. In this paper, $\phi$ is always the SiLU (swish).", "silu"),
    (r"where $\phi$ is tanh. If $\phi$ is the identity, the network is linear.", "tanh"),
    (r"where $\phi$ is an activation function. Throughout, $\phi$ is tanh.", "tanh"),
    (r"where $\phi$ is tanh for the candidate state.", "tanh"),
    ("where $\\phi$ is the\n   hyperbolic tangent.\n% where $\\phi$ is the ReLU.", "tanh"),
    (r"where $\phi$ ist die Tanh.", "tanh"),
    (r"其中 $\phi$ 是 sigmoid 函数。", "sigmoid"),
]  # fmt: skip

#: Of which it is asked what φ is, and σ in its place.
ASKED = [
    r"where $\phi$ is a nonlinearity.",
    r"where $\phi$ is an element-wise activation function.",
    r"for an activation function $\phi$.",
    r"where $\phi$ is a nonlinearity such as tanh.",
    r"where $\phi$ is an activation function (e.g., tanh).",
    r"where $\phi$ is typically tanh.",
    r"where $\phi$ is usually the hyperbolic tangent function.",
    r"where $\phi$ is tanh or ReLU.",
    r"where $\phi$ is either $\tanh$ or $\mathrm{ReLU}$.",
    r"where $\phi \in \{\tanh, \mathrm{ReLU}\}$ is tanh or ReLU.",
    r"where $\phi$ is tanh, ReLU or the identity.",
    r"where $\phi$ can be tanh.",
    r"where $\phi$ could be any function, tanh say.",
    r"where $\phi$ is not tanh.",
    r"where $\phi$ is a nonlinearity different from tanh.",
    r"where $\phi$ is a nonlinearity other than the sigmoid.",
    r"where $\phi$ is any function but tanh.",
    r"where $\phi$ is a scaled tanh.",
    r"where $\phi$ is a modified ReLU.",
    r"where $\phi$ is a hard-limited sigmoid.",
    r"where $\phi$ is a tanh-like function.",
    r"where $\phi$ is sigmoidal.",
    r"where $\phi$ is a piecewise linear approximation of tanh.",
    r"where $\phi$ is the derivative of tanh.",
    r"where $\phi$ is the inverse of the softplus.",
    r"where $\phi$ is one minus the sigmoid.",
    r"where $\phi$ is twice tanh.",
    r"where $\phi$ is tanh instead of the ReLU.",
    r"where $\phi$ is ReLU rather than tanh.",
    r"where $\phi$ is the tanh of twice its argument.",
    r"where $\phi$ is tanh for $x > 0$ and the identity otherwise.",
    r"where $\phi$ is tanh, scaled by $2$.",
    r"where $\phi$ is tanh, which is doubled.",
    r"where $\phi$ is tanh $+ 1$.",
    r"where $\phi$ is the sigmoid function $2/(1+e^{-z}) - 1$.",
    r"where $\phi$ is the sigmoid function scaled to $[-1, 1]$.",
    r"where $\phi$ is the sigmoid function $\phi(z) = 2/(1+e^{-z}) - 1$.",
    r"where $\phi$ was tanh in the first experiments.",
    r"where $\phi$ would be tanh.",
    r"where $\phi$ is replaced by tanh in the baseline.",
    r"where $\phi$ is the logistic map.",
    r"where $\phi$ is the tanh of the gate and the identity of the cell.",
    r"If $\phi$ is the identity, the network is linear.",
    r"If $\phi = \tanh$, the state is bounded.",
    r"When $\phi$ is tanh, gradients vanish.",
    r"With $\phi = \tanh$ this is the network of Elman.",
    r"For $\phi(a) = a$ we recover the linear network.",
    r"Suppose that $\phi$ is the identity.",
    r"Setting $\phi$ to the identity gives a linear network.",
    r"Replacing tanh by $\phi$ helps.",
    r"Unlike the LSTM, where $\phi$ is tanh, nothing saturates.",
    r"As opposed to the LSTM, where $\phi$ is tanh, nothing saturates.",
    r"In the LSTM, $\phi$ is tanh.",
    r"In contrast to [3], $\phi$ is not the tanh.",
    r"The original $\phi$ was tanh.",
    r"Instead of the sigmoid $\phi$ one may take others.",
    r"where the squashing function $\phi$ is similar to tanh.",
    r"where $\phi$ is tanh; in the second experiment $\phi$ is the ReLU; here $\phi$ is ReLU.",
    r"where $\phi$ and $\rho$ are the sigmoid and tanh.",
    r"$\phi$ est une fonction comme la tangente hyperbolique.",
    r"where $\phi$ ist die mit 2 skalierte Tanh-Funktion.",
    r"where $\phi$ denotes the error function.",
    r"where $\phi$ is -tanh.",
    r"where $\phi$ is tanh, evaluated at $2x$.",
    r"where $\phi$ is tanh, divided by $\sqrt{2}$.",
    r"where $\phi$ is tanh, shifted by $b$.",
    r"where $\phi$ is the tanh of the state.",
    r"where $\phi$ is tanh by default.",
    r"In practice, $\phi$ is tanh.",
    r"where $\phi$ is tanh and $\phi$ is doubled.",
    r"where $\phi$ is |tanh|.",
    r"where $\phi$ is the leaky ReLU with slope $0.2$.",
    r"where $\phi$ is the ELU and $\alpha = 0.5$.",
    r"where $\phi$ is tanh with gain $\gamma$.",
    r"where $\phi$ is tanh; it is scaled by 2.",
    r"where $\phi$ is tanh, and the function is scaled.",
    r"where $\phi$ is the softmax over the heads.",
    r"a cell where $\phi$ is tanh.",
    r"the cell in which $\phi$ is tanh.",
    r"Left: $\phi$ is tanh.",
    r"We tried $\phi = \tanh$ and $\phi = \mathrm{ReLU}$.",
    r"We avoid the tanh $\phi$.",
    r"The inverse tanh $\phi$ is used.",
    r"where $\phi$ is tanh?",
    r"where $\phi$ is commonly tanh, here ReLU.",
]  # fmt: skip


def _asks(text, letter):
    return pytest.raises(DefinitionError, match=rf"{letter} in the equation of h: which function is it\?")


@pytest.mark.parametrize(("words", "name"), NAMED)
def test_a_function_that_is_named_plainly_is_taken(words, name):
    assert derive.compare(derive.from_latex(STEP + words), derive.from_latex(STEP, functions={"phi": name}))


@pytest.mark.parametrize("words", ASKED)
@pytest.mark.parametrize("letter", ["phi", "sigma"])
def test_a_function_that_is_not_named_plainly_is_asked_for(words, letter):
    text = (STEP + words).replace(r"\phi", rf"\{letter}")
    with _asks(text, letter):
        derive.from_latex(text)


@pytest.mark.parametrize("words", [w for w in ASKED if "sigmoid" not in w and "logistic" not in w])
def test_nor_is_it_the_logistic_function_for_being_beside_tanh(words):
    """σ beside tanh is the logistic function where no sentence speaks of it."""
    text = r"$$n_t = \tanh(V x_t), h_t = \sigma(W x_t + U h_{t-1}) \odot n_t$$ "
    assert "σ is the logistic function" in derive.from_latex(text).assumptions
    with pytest.raises(DefinitionError, match=r"sigma in the equation of h: which function is it\? “"):
        derive.from_latex(text + words.replace(r"\phi", r"\sigma"))


@pytest.mark.parametrize(
    ("words", "phi", "psi"),
    [
        (r"where $\phi$ and $\psi$ are tanh.", "tanh", "tanh"),
        (r"where $\phi$ and $\psi$ are the sigmoid and tanh functions, respectively.", "sigmoid", "tanh"),
        (r"where $\phi$ and $\psi$ denote the logistic sigmoid and the tanh respectively.", "sigmoid", "tanh"),
        (r"where $\phi$ is ReLU and $\psi$ is tanh.", "relu", "tanh"),
        (r"where $\phi$ is ReLU, $\psi$ the hyperbolic tangent.", "relu", "tanh"),
        (r"where $\phi = \mathrm{ReLU}$ and $\psi = \tanh$.", "relu", "tanh"),
        (r"where $\phi$ is the ReLU. $\psi$, the hyperbolic tangent, saturates.", "relu", None),
        (r"where $\phi$ is the sigmoid and tanh is $\psi$.", None, None),
        (r"where $\phi$ and $\psi$ are sigmoid and tanh.", None, None),
        (r"where $\phi$, $\psi$ are tanh, ReLU and the identity, respectively.", None, None),
    ],
)  # fmt: skip
def test_each_of_several_letters_is_what_is_said_of_it(words, phi, psi):
    found = said(TWO + words).functions
    assert {letter: found[letter][0] if letter in found else None for letter in ("phi", "psi")} == {
        "phi": phi, "psi": psi,
    }  # fmt: skip


#: The number that α is said to be; "" for none.
NUMBERS = [
    (r"where $\alpha = 0.9$.", "0.9"),
    (r"where $\alpha=0.9$ is the leak rate.", "0.9"),
    (r"with $\alpha = 0.9$ and $\beta = 0.1$.", "0.9"),
    (r"We set $\alpha = 0.9$ in all experiments.", "0.9"),
    (r"We set $\alpha$ to 0.9.", "0.9"),
    (r"where $\alpha$ is set to 1e-3.", "1e-3"),
    (r"where $\alpha$ is fixed to $0.25$ throughout.", "0.25"),
    (r"where the leak rate $\alpha$ is 0.3.", "0.3"),
    (r"where $\alpha$ is the constant 0.5.", "0.5"),
    (r"where $\alpha$ is the leak rate, set to 0.3.", "0.3"),
    (r"where $\alpha$ is the leak rate, which we set to 0.3, and $W$ is a matrix.", "0.3"),
    (r"where $\alpha$ equals 0.5.", "0.5"),
    (r"where $\alpha$ and $\beta$ are set to 0.9 and 0.99, respectively.", "0.9"),
    (r"where $\beta$ and $\alpha$ are both 0.9.", "0.9"),
    (r"where $\alpha$ (the leak rate) is learned.", ""),
    (r"where $\alpha$ and $\beta$ are set to 0.9 and 0.99.", ""),
    (r"where $\alpha$ is set to 0.9 or 0.99.", ""),
    (r"where $\alpha$ is between 0 and 1.", ""),
    (r"where $\alpha$ is 0.1--0.9.", ""),
    (r"where $\alpha$ is set to $0.5 \pm 0.1$.", ""),
    (r"where $\alpha \in [0, 1]$.", ""),
    (r"where $\alpha$ is about 0.5.", ""),
    (r"where $\alpha \approx 0.5$.", ""),
    (r"where $\alpha$ is at most 0.5.", ""),
    (r"where $\alpha$ is set to $10^{-3}$.", ""),
    (r"where $\alpha$ is set to 10\% of the units.", ""),
    (r"where $\alpha$ is set to 10 % of the units.", ""),
    (r"where $\alpha$ is set to 5ms.", ""),
    (r"where $\alpha$ is set to 5 ms.", ""),
    (r"where $\alpha$ is set to 5 $\mu$s.", ""),
    (r"where $\alpha$ is set to 0,5.", ""),
    (r"wobei $\alpha$ auf 0,5 gesetzt ist.", ""),
    (r"où $\alpha$ est 0,5.", ""),
    (r"where $\alpha$ is equal to 0.5 dt.", ""),
    (r"where $\alpha$ is fixed to 5 times $\beta$.", ""),
    (r"where $\alpha$ is set to 1/2.", ""),
    (r"where $\alpha$ is initially set to 0.5.", ""),
    (r"where $\alpha$ is initialized to 0.5.", ""),
    (r"where $\alpha$ is a learned parameter that starts at 0.5.", ""),
    (r"where $\alpha$ is usually set to 0.5.", ""),
    (r"where $\alpha$ is set to 0.9 in all but one experiment.", ""),
    (r"where $\alpha$ is set to 0.9 for the first layer.", ""),
    (r"where $\alpha$ is set to 0.9, then to 0.99.", ""),
    (r"where $\alpha$ is not 0.5.", ""),
    (r"where $\alpha$ is set to 1 minus the leak.", ""),
    (r"With $\alpha = 1$ this is the GRU.", ""),
    (r"With $\alpha = 0$, the state is kept.", ""),
    (r"For $\alpha = 0$ we recover the plain network.", ""),
    (r"If $\alpha = 1$, nothing is kept.", ""),
    (r"Setting $\alpha = 1$ gives the GRU.", ""),
    (r"Setting $\alpha$ to 1 gives the GRU.", ""),
    (r"In the GRU, $\alpha = 1$.", ""),
    (r"Unlike [3], where $\alpha = 1$, we learn it.", ""),
    (r"Note that with $\alpha = 1$ the network is linear.", ""),
    (r"The case $\alpha = 1$ is that of Elman.", ""),
    (r"where $\alpha = 1$ is the GRU.", ""),
    (r"where $\alpha$ is set to 0.5 and $\alpha$ is annealed.", ""),
    (r"where $\alpha$ is set to 0.5, and the rate is annealed.", ""),
    (r"where $\alpha$ is set to 0.5, unless stated otherwise.", ""),
    (r"where $\alpha$ is set to 0.5 and then annealed.", ""),
    (r"where $\alpha = 0.5$, $0.9$.", ""),
    (r"where $\alpha = 0.5$\,ms.", ""),
    (r"where $\alpha$ ≠ 0.5.", ""),
    (r"where $\alpha$ is one of the parameters.", ""),
    (r"where $\alpha = 0.5$ is the initial value.", ""),
    (r"We use Adam with $\alpha = 0.001$.", ""),
    (r"We can set $\alpha$ to 0.5.", ""),
    (r"We use $\alpha = 0.5$ for MNIST.", ""),
    (r"We tried $\alpha = 0.5$ and $\alpha = 0.9$.", ""),
    (r"The baseline has $\alpha = 0.5$.", ""),
]  # fmt: skip


@pytest.mark.parametrize(("words", "number"), NUMBERS)
def test_a_number_is_taken_where_it_is_said_plainly(words, number):
    read = derive.from_latex(r"$$h_t = \alpha h_{t-1} + (1 - \alpha) \tanh(W x_t)$$ " + words)
    (alpha,) = (p for p in read.cell.declared if p.name == "alpha")
    assert alpha.kind == ("constant" if number else "scalar")
    assert not number or float(alpha.default) == float(number)


def test_a_comma_in_a_number_is_refused():
    with pytest.raises(DefinitionError, match="',' is not read; it stands in '0,5'"):
        derive.from_latex(r"$$h_t = \alpha h_{t-1} + (1 - \alpha) \tanh(W x_t)$$ where $\alpha = 0,5$.")


#: What α is, beside a vector and elementwise a vector.
KINDS = [
    (r"where $\alpha$ is a learnable scalar.", "scalar"),
    (r"with a scalar gate $\alpha$.", "scalar"),
    (r"where $\alpha$ and $\beta$ are two vectors.", "vector"),
    (r"where $\alpha$ is not a scalar but a vector.", "vector"),
    (r"where $\alpha$ is a vector here and a scalar in the original.", ""),
    (r"where $\alpha$ is a vector norm.", ""),
    (r"where $\alpha$ is the length of the vector $v$.", ""),
    (r"where $\alpha$ is not a scalar.", ""),
    (r"where $\alpha$ is a scalar or a vector.", ""),
    (r"where $\alpha$ is multiplied by a scalar.", ""),
    (r"where $\alpha$ is added to the vector.", ""),
    (r"where $\alpha$ is a scalar function.", ""),
    (r"where $\alpha$ is a scalar multiple of $\beta$.", ""),
    (r"If $\alpha$ is a scalar, all is simpler.", ""),
    (r"instead of the scalar $\alpha$", ""),
]  # fmt: skip


@pytest.mark.parametrize(("words", "kind"), KINDS)
def test_a_kind_is_taken_where_it_is_that_of_the_letter(words, kind):
    assert said(r"$$h_t = \alpha h_{t-1}$$ " + words).roles.get("alpha", ("", ""))[0] == kind


DOCSTRING = r"""A cell.

.. math:: h_t = \phi(W x_t + U h_{t-1} + b)

where :math:`\phi` is a pointwise nonlinearity (%s).

Args:
    input_size: Of the input.
"""


@pytest.mark.parametrize("words", ["e.g., tanh", "typically :func:`torch.tanh`", "usually tanh"])
def test_a_docstring_says_what_its_class_takes_as_a_rule(words):
    read = derive.from_latex(DOCSTRING % words)
    assert derive.compare(read, derive.from_latex(STEP, functions={"phi": "tanh"}))
    quoted = words.replace(":func:", "").replace("`", "")
    note = f"phi is tanh, as the docstring says that it is as a rule: “is a pointwise nonlinearity ({quoted})”"
    assert note in read.assumptions
    with _asks(words, "phi"):  # which a paper does not
        derive.from_latex((DOCSTRING % words).split("Args")[0])


@pytest.mark.parametrize(
    "words",
    ["e.g., tanh or ReLU", "e.g., a scaled tanh", "typically not tanh", "e.g., tanh, ReLU", "like tanh but linear"],
)
def test_a_docstring_that_names_no_single_function_is_asked(words):
    with _asks(words, "phi"):
        derive.from_latex(DOCSTRING % words)


@pytest.mark.parametrize(
    ("default", "name"),
    [
        (":func:`torch.tanh`", "tanh"), (":class:`torch.nn.Hardtanh`", "hardtanh"), ("``\"relu6\"``", "relu6"),
        ("torch.nn.functional.leaky_relu.", "leaky_relu"), ("``tanh``. Of any units.", "tanh"),
        ("tanh or relu", None), ("``my_tanh``", None), ("a scaled tanh", None),
    ],
)  # fmt: skip
def test_the_default_of_an_argument_is_what_its_letter_is(default, name):
    text = DOCSTRING.replace(" (%s)", "") + rf"    act: Activation :math:`\phi`. Default: {default}"
    found = said(text)
    assert found.functions.get("phi", (None, ""))[0] == name
    assert name or "phi" in found.unclear


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (r"h_t = \sigma(W x_t + U h_{t-1} + b)", None),
        (r"h_t = \sigma(W x_t + u \odot h_{t-1})", None),
        (r"h_t = h_{t-1} + 0.1 \sigma(W x_t + U h_{t-1})", None),
        (r"z_t = \hat\sigma(W x_t), h_t = (1 - z_t) h_{t-1} + z_t \sigma(U h_{t-1} + V x_t)", None),
        (r"z_t = \sigma(W x_t), h_t = (1 - z_t) h_{t-1} + z_t \hat\sigma(U h_{t-1})", "sigmoid"),
        (r"z_t = \sigma(W x_t), h_t = z_t h_{t-1} + (1 - z_t) V x_t", "sigmoid"),
        (r"f_t = \sigma(W x_t), i_t = \sigma(V x_t), g_t = f_t/(f_t + i_t), h_t = g_t h_{t-1} + x_t", "sigmoid"),
        (r"n_t = \tanh(W x_t), h_t = \sigma(U h_{t-1} + V n_t)", "sigmoid"),
    ],
)
def test_sigma_by_itself_is_the_logistic_function_where_it_makes_a_gate(text, name):
    functions = {"sigma_hat": "tanh"} if "hat" in text and name else {}
    if name:
        read = derive.from_latex(text, functions=functions)
        assert derive.compare(read, derive.from_latex(text, functions={**functions, "sigma": name}))
        assert "σ is the logistic function" in read.assumptions
    else:
        with pytest.raises(DefinitionError, match=r"sigma(_hat)? in the equation of \w+: which function is it"):
            derive.from_latex(text, functions=functions)


def test_a_formula_says_more_than_a_word():
    text = (
        r"$$h_t = \phi(W x_t + U h_{t-1})$$ where $\phi$ is the sigmoid function $$\phi(z) = \frac{2}{1 + e^{-z}} - 1$$"
    )
    other = r"h_t = \frac{2}{1 + \exp(-W x_t - U h_{t-1})} - 1"
    assert derive.compare(derive.from_latex(text), derive.from_latex(other))
    with pytest.raises(DefinitionError, match=r"phi in the equation of h: which function is it\? .* are two"):
        derive.from_latex(r"$$h_t = \phi(W x_t + U h_{t-1})$$ where $\phi$ is ReLU and $$\phi(z) = \tanh(z)$$")


@pytest.mark.parametrize(
    "words",
    [
        r"If $\phi(a) = a$ the network is linear.", r"For $\phi = \tanh$ it is bounded.",
        r"If $\phi(a) = \max(0, a)^2$ it is not.", r"We compare $\phi = \tanh$ with $\phi(a) = a$.",
    ],
)  # fmt: skip
def test_a_formula_of_a_case_defines_nothing_where_formulas_of_sentences_are_the_equations(words):
    text = r"We study $h_t = \phi(W x_t + U h_{t-1})$. "
    with _asks(text, "phi"):
        derive.from_latex(text + words)
    told = derive.from_latex(text + r"Here $\phi(a) = \max(0, a)^2$. ")
    assert derive.compare(told, derive.from_latex(r"h_t = \max(0, W x_t + U h_{t-1})^2"))


CLOSED = r"\[ h_t = \tanh(W x_t + U h_{t-1}) \] "
LEAK = r"\[ h_t = \alpha h_{t-1} + \tanh(W x_t) \] "
GATE = r"\[ h_t = z_t h_{t-1} + (1 - z_t) \tanh(W x_t) \] "

#: Of which nothing is taken.
NO_EQUATIONS = [
    (CLOSED, r"We initialise $U = I$."),
    (CLOSED, r"We do not set $U = I$."),
    (CLOSED, r"$U = 0$ gives no recurrence."),
    (CLOSED, r"Smith et al. take $U = A - A^\top$."),
    (LEAK, r"We do not use $\alpha=1/2$."),
    (LEAK, r"Unlike \cite{x}, who take $\alpha=1/2$, we learn it."),
    (LEAK, r"Training diverges at $\alpha=1/2$."),
    (LEAK, r"$\alpha=1/2$ fails."),
    (LEAK, r"Baseline: $\alpha=1/2$."),
    (LEAK, r"We initialise $\alpha=1/2$."),
    (LEAK, r"Initially, $\alpha=1/2$."),
    (LEAK, r"Where does $\alpha=1/2$ lead?"),
    (LEAK, r"\caption{Results with $\alpha=1/2$.}"),
    (LEAK, r"Eq. 3 with $\alpha=1-\epsilon$ is stable."),
    (LEAK, r"(we use $\alpha=1/2$ for $t<10$ and $\alpha=1/2$ after)"),
    (LEAK, r"Here $\alpha=1/2$, and $\alpha$ is then annealed."),
    (LEAK, r"The weight $\alpha=1/2$ and $W=I$ fail."),
    (LEAK, r"We compare $\alpha=1/2$ and $\alpha=1/2$."),
    (LEAK, r"With $\alpha=1/2$ this is the network of Elman."),
    (LEAK, r"The initial value is $\alpha=1/2$."),
    (LEAK, r"We initialize $W=0$."),
    (LEAK, r"If the input is absent ($W=0$), the state decays."),
    (LEAK, r"The autonomous system ($W=0$) decays."),
]  # fmt: skip

#: Of which the display is read with what stands beside it.
EQUATIONS = [
    (CLOSED, r"where $U = A - A^\top$.", r"U = A - A^\top"),
    (CLOSED, r"Here, $U = A - A^\top$.", r"U = A - A^\top"),
    (CLOSED, r"The matrix $U$ is given by $U = A - A^\top$.", r"U = A - A^\top"),
    (LEAK, r"where $\alpha=1/2$.", r"\alpha = 1/2"),
    (LEAK, r"with $\alpha=1/2$.", r"\alpha = 1/2"),
    (LEAK, r"We set $\alpha=1/2$ in all experiments.", r"\alpha = 1/2"),
    (LEAK, r"with $\alpha=1-\beta$ and $\beta = 1/4$.", r"\alpha = 1 - 1/4"),
    (LEAK, r"Here $\alpha=1/2$ is the leak rate.", r"\alpha = 1/2"),
    (LEAK, r"where $\alpha=1/2$ is the leak rate, and $W$ is a matrix.", r"\alpha = 1/2"),
    (GATE, r"where $z_t = \sigma(V x_t)$.", r"z_t = \sigma(V x_t)"),
    (GATE, r"where $z_t = \sigma(V x_t)$ is the update gate.", r"z_t = \sigma(V x_t)"),
    (GATE, r"with the gate $z_t = \sigma(V x_t)$.", r"z_t = \sigma(V x_t)"),
    (GATE, r"and $z_t = \sigma(V x_t)$", r"z_t = \sigma(V x_t)"),
    (GATE, r"in which the gate is given by $z_t = \sigma(V x_t)$.", r"z_t = \sigma(V x_t)"),
    (GATE, r"Let $z_t = \sigma(V x_t)$.", r"z_t = \sigma(V x_t)"),
    (GATE, r"We define $z_t = \sigma(V x_t)$, and $W$ is a matrix.", r"z_t = \sigma(V x_t)"),
    (GATE, r"The update gate is $z_t = \sigma(V x_t)$.", r"z_t = \sigma(V x_t)"),
    (GATE, "\nwhere $W$ is a matrix,\nand $z_t = \\sigma(V x_t)$ the gate.", r"z_t = \sigma(V x_t)"),
    (GATE, r"Here, $z_t = \sigma(V x_t + U r_t)$ and $r_t = \sigma(R x_t)$ are gates.",
     r"z_t = \sigma(V x_t + U r_t), r_t = \sigma(R x_t)"),
    (GATE, r"where $z_t = \sigma(V x_t + U r_t)$ is the update gate and $r_t = \sigma(R x_t)$ is the reset gate.",
     r"z_t = \sigma(V x_t + U r_t), r_t = \sigma(R x_t)"),
]  # fmt: skip


@pytest.mark.parametrize(("display", "words"), NO_EQUATIONS)
def test_a_formula_that_is_not_said_plainly_is_no_equation_of_the_cell(display, words):
    read = derive.from_latex(display + words)
    assert derive.compare(read, derive.from_latex(display))
    assert any("is passed over: " in note and "as a sentence has it on line 1" in note for note in read.assumptions)


@pytest.mark.parametrize(
    "words",
    [
        r"We do not use $z_t = \sigma(W_z x_t + U_z h_{t-1})$.", r"The GRU uses $z_t = \sigma(W_z x_t)$.",
        r"One might also use $z_t = \tanh(W_z x_t)$ instead.", r"A closed gate, $z_t=1/2$, leaks.",
    ],
)  # fmt: skip
def test_what_is_not_said_plainly_of_a_gate_leaves_it_open(words):
    with pytest.raises(DefinitionError, match="the input is not clear: x, z are read at t and never defined"):
        derive.from_latex(GATE + words)


@pytest.mark.parametrize(("display", "words", "formulas"), EQUATIONS)
def test_a_formula_that_is_said_plainly_is_an_equation_of_the_cell(display, words, formulas):
    read = derive.from_latex(display + words)
    assert derive.compare(read, derive.from_latex(rf"{display} \[ {formulas} \]"))
    assert any(note.endswith("a sentence says so") for note in read.assumptions)


@pytest.mark.parametrize("sign", ["$$", r"\["])
def test_a_formula_is_found_among_those_of_its_line(sign):
    close = {"$$": "$$", r"\[": r"\]"}[sign]
    text = rf"{sign} h_t = \alpha h_{{t-1}} + \beta W x_t {close} where $\beta=1/4$. "
    read = derive.from_latex(text + r"Training fails at $\alpha=1/2$.")
    assert derive.compare(read, derive.from_latex(r"h_t = \alpha h_{t-1} + W x_t / 4"))
    assert "alpha" in {p.name for p in read.cell.declared}


@pytest.mark.parametrize(
    "words",
    [
        r"where $\xi=1$ is a bias constant and $\alpha=0.5$ the leak", r"where $\alpha=.5$.", r"where $\alpha=0.5\,$.",
        r"where $\alpha\!=\!0.5$.", r"The leak rate is $\alpha = 0.5$.",
    ],
)  # fmt: skip
def test_a_number_is_a_number_however_it_is_typed(words):
    (alpha,) = (p for p in derive.from_latex(LEAK + words).cell.declared if p.name == "alpha")
    assert (alpha.kind, float(alpha.default)) == ("constant", 0.5)
