"""LaTeX written by hand, with values worked out by hand: the reader owes nothing to the printer."""

from __future__ import annotations

import math

import numpy as np
import pytest

from derive.verification.reader import read_equations, read_sum
from derive.verification.tree import Name, ReadingError
from derive.verification.values import FUNCTIONS, evaluate_equations, evaluate_tree

X, H = np.array([2.0, -1.0]), np.array([0.5, 3.0, -2.0])
V = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])  # maps x to h
W = np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 0.0], [4.0, 0.0, 1.0]])
KNOWN = {
    Name("x", 0): X,
    Name("h", -1): H,
    Name("h", 0): 2 * H,
    Name("htilde", 0): 3 * H,
    Name("Wih"): V,
    Name("Whh"): W,
    Name("bh"): np.ones(3),
    Name("alpha"): np.float64(0.25),
    Name("dt"): np.float64(0.1),
    Name("beta1"): np.array([1.0, 2.0, 3.0]),
    Name("δh", 0): np.array([1.0, 0.0, -1.0]),
    Name("δahtilde", 0): np.array([0.0, 2.0, 1.0]),
    Name("Δh", -1): np.array([7.0, 8.0, 9.0]),
    Name("vz", -1): -H,
    Name("N"): np.float64(3),
    Name("Nx"): np.float64(2),
}


def value(latex: str):
    return evaluate_tree(read_sum(latex), KNOWN)


@pytest.mark.parametrize(
    ("latex", "wanted"),
    [
        # sums, products, what binds closer
        ("1 - 2 - 3", -4),
        ("-2 + 5", 3),
        (r"2 \alpha", 0.5),
        (r"\frac{1}{2} + \frac{3}{4}", 1.25),
        (r"-\frac{h_{t-1}}{2}", [-0.25, -1.5, 1]),
        (r"h_{t-1} \odot h_{t}", [0.5, 18, 8]),
        (r"h_{t-1} \odot h_{t} + h_{t}", [1.5, 24, 4]),
        (r"\left(1 - h_{t-1}\right) \odot h_{t-1}", [0.25, -6, -6]),
        ("(1 - h_{t-1}) \\odot h_{t-1}", [0.25, -6, -6]),
        (r"1 - h_{t-1}^{2}", [0.75, -8, -3]),
        (r"\alpha h_{t-1} \odot h_{t}", [0.125, 4.5, 2]),
        (r"h_{t-1} \alpha \odot h_{t}", [0.125, 4.5, 2]),
        (r"\mathit{dt} \left(1 - \alpha\right) h_{t}", [0.075, 0.45, -0.3]),
        # matrices
        ("W_{ih} x_{t}", [0, 2, 4]),
        ("W_{ih} x_{t} + b_{h}", [1, 3, 5]),
        (r"W_{ih}^{\top} h_{t-1}", [-0.5, 1]),
        (r"\left(W_{hh} - W_{hh}^{\top}\right) h_{t-1}", [4, 0, 1]),
        (r"h_{t-1} \odot \left(W_{hh} h_{t-1}\right)", [-1.75, 9, 0]),
        (r"\left(W_{hh} h_{t-1}\right) \odot h_{t-1}", [-1.75, 9, 0]),
        (r"2 W_{hh} h_{t-1}", [-7, 6, 0]),
        (r"\delta h_{t} x_{t}^{\top}", [[2, -1], [0, 0], [-2, 1]]),
        (r"x_{t} \delta h_{t}^{\top}", [[2, 0, -2], [-1, 0, 1]]),
        (r"\sum_{t} \delta h_{t} x_{t}^{\top}", [[2, -1], [0, 0], [-2, 1]]),
        (r"\sum_{t} \left(\delta h_{t} + 1\right) + 1", [3, 2, 1]),
        (r"\mathbf{1}^{\top} \left(\delta h_{t} \odot h_{t-1}\right)", 2.5),
        (r"\mathbf{1}^{\top} h_{t-1}", 1.5),
        (r"\frac{\alpha \mathbf{1}}{N}", [0.25 / 3] * 3),
        (r"\alpha \mathbf{1}_{N_{x}}", [0.25] * 2),
        # names
        (r"\tilde{h}_{t}", [1.5, 9, -6]),
        (r"\beta_{1}", [1, 2, 3]),
        (r"\delta a_{\tilde{h}, t}", [0, 2, 1]),
        (r"\Delta h_{t-1}", [7, 8, 9]),
        ("v_{z, t-1}", [-0.5, -3, 2]),
        (r"\pi", math.pi),
        # functions
        ("e^{h_{t-1} - h_{t-1}}", [1, 1, 1]),
        (r"\sigma\left(0\right)", 0.5),
        (r"\tanh^{2}\left(\alpha\right)", math.tanh(0.25) ** 2),
        (r"\log{\left(\alpha \right)}^{2}", math.log(0.25) ** 2),
        (r"\sin{\left(\alpha \right)}", math.sin(0.25)),
        (r"\operatorname{ReLU}\left(h_{t-1}\right)", [0.5, 3, 0]),
        (r"\operatorname{hard\sigma}\left(h_{t-1}\right)", [7 / 12, 1, 1 / 6]),
        (r"\operatorname{hard\sigma}_{1/5}\left(h_{t-1}\right)", [0.6, 1, 0.1]),
        (r"\operatorname{ELU}_{2}\left(h_{t-1}\right)", [0.5, 3, 2 * math.expm1(-2)]),
        (r"\operatorname{stanh}_{2, \frac{1}{2}}\left(1\right)", 2 * math.tanh(0.5)),
        (r"\operatorname{mean}\left(h_{t-1}\right)", 0.5),
        (r"\operatorname{mean}\left(h_{t-1}, h_{t}\right)", 0.75),
        (r"h_{t-1} - \operatorname{mean}\left(h_{t-1}\right)", [0, 2.5, -2.5]),
        (r"\sqrt{\alpha}", 0.5),
        (r"\alpha^{\frac{3}{2}}", 0.125),
        (r"\max\left(h_{t-1}, 0\right)", [0.5, 3, 0]),
        (r"\min\left(h_{t-1}, \alpha, 1\right)", [0.25, 0.25, -2]),
        (r"\left|{h_{t-1}}\right|", [0.5, 3, 2]),
        (r"\begin{cases} h_{t} & \text{if } h_{t-1} > 1 \\ 0 & \text{if } h_{t-1} < 0 \\ \alpha & \text{otherwise}"
         r" \end{cases}", [0.25, 6, 0]),
        (r"\begin{cases} 1 & \text{if } h_{t-1} > -3 \wedge h_{t-1} \leq 0.5 \\ 0 & \text{otherwise} \end{cases}",
         [1, 0, 1]),
    ],
)  # fmt: skip
def test_values_by_hand(latex, wanted):
    found = value(latex)
    assert np.shape(found) == np.shape(wanted)
    assert np.allclose(found, wanted, rtol=1e-15, atol=1e-15)


@pytest.mark.parametrize(
    ("latex", "message"),
    [
        ("h_{t-1} h_{t}", "two vectors stand side by side"),
        (r"h_{t-1} \odot W_{hh} h_{t}", "without brackets"),
        (r"W_{hh} h_{t} \odot h_{t-1}", "without brackets"),
        (r"\alpha \odot h_{t}", "stands between vectors"),
        (r"W_{ih} h_{t}", "do not fit side by side"),
        ("x_{t} + h_{t}", "do not fit"),
        (r"x_{t} \odot h_{t}", "do not fit"),
        (r"\frac{x_{t}}{h_{t}}", "do not fit"),
        ("W_{hh} + b_{h}", "do not fit"),
        ("W_{hh}^{2}", "a power is taken of numbers and vectors"),
        ("q_{t}", "q_t is not defined"),
        ("h", "h is not defined"),  # h without a time is not the hidden state
        (r"\operatorname{swish}\left(\alpha\right)", "'swish' is no function"),
        (r"\mathbf{1}^{\top} \alpha", "a row of ones stands before a vector"),
        (r"\left(\alpha, 1\right)", "only functions have several arguments"),
        (r"\sigma \alpha", r"expected \left("),
        (r"\frac{1}", "expected {"),
        (r"\left(1 + \alpha", r"expected \right)"),
        ("1 +", "expected a name"),
        (r"\alpha )", "expected the end"),
        (r"\alpha & 1", "expected the end"),
        (r"\tanh\left(\alpha\right", "expected"),
    ],
)
def test_what_cannot_be_read_or_can_be_read_in_two_ways(latex, message):
    with pytest.raises(ReadingError) as caught:
        value(latex)
    assert message in str(caught.value)


def test_equations_are_read_in_order():
    text = r"""\begin{aligned}
    r_{t} &= \sigma\left(W_{ih} x_{t}\right) \\
    \tilde{n}_{t} &= r_{t} \odot h_{t-1} \\
    \delta W_{ih} &= \sum_{t} r_{t} x_{t}^{\top}
    \end{aligned}"""
    equations = read_equations(text)
    assert [e.target for e in equations] == [Name("r", 0), Name("ntilde", 0), Name("δWih")]
    values = evaluate_equations(equations, KNOWN)
    r = 1 / (1 + np.exp(-np.array([0.0, 2.0, 4.0])))
    assert np.allclose(values[Name("ntilde", 0)], r * H, rtol=1e-15)
    assert np.allclose(values[Name("δWih")], np.outer(r, X), rtol=1e-15)
    with pytest.raises(ReadingError, match="r_t is defined twice"):
        evaluate_equations((equations[0], equations[0]), KNOWN)
    with pytest.raises(ReadingError, match="in the equation of ntilde_t: r_t is not defined"):
        evaluate_equations(equations[1:], KNOWN)
    with pytest.raises(ReadingError, match=r"expected \\begin\{aligned\}"):
        read_equations("r_{t} &= 1")


def test_functions_against_torch():
    torch = pytest.importorskip("torch")
    theirs = {
        "sigma": torch.sigmoid, "tanh": torch.tanh, "exp": torch.exp, "sin": torch.sin, "cos": torch.cos,
        "erf": torch.erf, "sign": torch.sign, "ReLU": torch.relu, "hardtanh": torch.nn.functional.hardtanh,
        "softsign": torch.nn.functional.softsign, "softplus": torch.nn.functional.softplus,
        "ELU": torch.nn.functional.elu, "LeakyReLU": torch.nn.functional.leaky_relu, "SiLU": torch.nn.functional.silu,
        "GELU": torch.nn.functional.gelu, "hardsigma": torch.nn.functional.hardsigmoid,
    }  # fmt: skip
    points = np.linspace(-19, 19, 153)  # above 20 torch's softplus is the identity
    for name, function in theirs.items():
        wanted = function(torch.tensor(points)).numpy()
        assert np.allclose(FUNCTIONS[name](points), wanted, rtol=1e-12, atol=1e-15), name
