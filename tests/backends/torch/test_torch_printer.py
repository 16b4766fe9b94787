"""The text of expressions: its layout, and that torch, running it, gives the value, in the dtype of what goes in."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sympy import (
    Abs,
    Add,
    And,
    Function,
    Max,
    Min,
    Mul,
    Not,
    Or,
    Piecewise,
    Pow,
    Rational,
    Symbol,
    besselj,
    cos,
    erf,
    evaluate,
    exp,
    log,
    pi,
    sign,
    sqrt,
    symbols,
)
from torch.nn import functional as F

import derive
from derive.backends.torch.printer import torch_code
from derive.errors import UnsupportedExpression
from derive.symbolic.activations import scaled_tanh
from derive.symbolic.piecewise_linear import affine, thresholded_relu

a, b, c = symbols("a b c")
gamma = Symbol("gamma")


def run(text: str, **values) -> torch.Tensor:
    return eval(text, {"torch": torch, "F": F, "math": math, **values})


with evaluate(False):
    LAYOUT = {
        "f * c_prev + i * g": Symbol("f") * Symbol("c_prev") + Symbol("i") * Symbol("g"),
        "(1 - a) * b + a * c": Add(Mul(Add(1, Mul(-1, a)), b), Mul(a, c)),
        "c - a * b": c - a * b,
        "-a * b": -(a * b),
        "a / (b + c)": a / (b + c),
        "a**2": a**2,
        "(a + b) ** 2": (a + b) ** 2,
        "torch.tanh(a) ** 2": derive.tanh(a) ** 2,
        "a * torch.sqrt(b)": a * sqrt(b),
        "a / torch.sqrt(b)": a / sqrt(b),
        "0.5 * a": Rational(1, 2) * a,
        "a / 3": Rational(1, 3) * a,
        "torch.sigmoid(a + b)": derive.sigmoid(a + b),
        "F.elu(a, 2)": derive.elu(a, 2),
        "torch.clamp(0.2 * (a + b) + 0.5, 0, 1)": derive.hard_sigmoid_onnx(a + b),
        "torch.maximum(a, b)": Max(a, b),
        "torch.clamp(a, max=1)": Min(a, 1),
        "torch.where(a > 0, a, 0.1 * a)": Piecewise((a, a > 0), (Rational(1, 10) * a, True)),
        "b - F.softplus(a, threshold=40)": b - derive.softplus(a),
    }


@pytest.mark.parametrize("text", LAYOUT)
def test_layout_and_order_of_terms(text):
    assert torch_code(LAYOUT[text]) == text


EXPRESSIONS = [
    exp(a) * log(b) + Abs(a) - sign(a) * erf(c),
    a**b / (1 + c**2) ** 3 + sqrt(2) * pi * b,
    Max(a, b, c, 0) * Min(a, -1) + Rational(1, 3),
    Piecewise((a, And(a > 0, b < 1)), (b, Or(c > 0, Not(a > b))), (cos(c), True)),
    (a - b) / (a + b) / c - 2 / b**2 + b ** Rational(3, 2) / sqrt(a**2 + 1),
    -(a + b) * (-c) + (-a) ** 2,
    derive.gelu(a) * derive.silu(b) - scaled_tanh(c) + affine(a, 2, 1) * thresholded_relu(b),
]


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
@pytest.mark.parametrize("k", range(len(EXPRESSIONS)))
@given(x=st.floats(-3, 3), y=st.floats(0.1, 3), z=st.floats(0.1, 2))
def test_the_text_has_the_value_of_the_expression(k, dtype, x, y, z):
    values = {name: torch.tensor([v], dtype=dtype) for name, v in (("a", x), ("b", y), ("c", z))}
    result = run(torch_code(EXPRESSIONS[k]), **values)
    assert result.dtype == dtype
    if dtype == torch.float64:
        exact = EXPRESSIONS[k].subs({name: v.item() for name, v in values.items()})
        if exact.is_real:
            assert float(result) == pytest.approx(float(exact), rel=1e-12, abs=1e-12)


def test_numbers_fixed_at_construction_are_numbers():
    numbers = frozenset({gamma})
    names = {gamma: "self.gamma"}
    assert torch_code(sqrt(gamma) * a, names, numbers=numbers) == "a * math.sqrt(self.gamma)"
    assert torch_code(Max(a, gamma), names, numbers=numbers) == "torch.clamp(a, min=self.gamma)"
    assert torch_code(derive.elu(a, gamma), names, numbers=numbers) == "F.elu(a, self.gamma)"
    cases = torch_code(Piecewise((gamma, a > 0), (0, True)), names, numbers=numbers)
    assert cases == "torch.where(a > 0, torch.full_like(a, self.gamma), 0)"
    nested = torch_code(derive.tanh(derive.tanh(gamma)) * a, names, numbers=numbers)
    assert nested == "a * math.tanh(math.tanh(self.gamma))"


def test_a_comparison_with_cases_has_the_case_that_holds():
    """SymPy writes the comparison of a ``Piecewise`` inside another as ITE."""
    inner = Piecewise((a, b > 0), (-a, True))
    text = torch_code(Piecewise((1, inner > c), (0, True), evaluate=False))
    values = {"a": torch.tensor([1.0, 1.0, -1.0]), "b": torch.tensor([1.0, -1.0, -1.0]), "c": torch.zeros(3)}
    assert run(text, **values).tolist() == [1, 0, 1]


def test_a_learned_parameter_of_an_activation_gets_its_gradient():
    alpha = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
    x = torch.tensor([-1.0, 2.0], dtype=torch.float64)
    value = run(torch_code(derive.elu(a, b)), a=x, b=alpha)
    assert torch.allclose(value, F.elu(x, 0.7), rtol=0, atol=1e-15)
    assert float(torch.autograd.grad(value.sum(), alpha)[0]) == pytest.approx(math.expm1(-1))


@pytest.mark.parametrize("number", [10**30, -(10**308), Rational(10**30, 7), Rational(1, 3 * 10**30), 2**63])
def test_numbers_beyond_the_integers_of_pytorch_are_floats(number):
    x = torch.tensor([1.5], dtype=torch.float64)
    for formula, expected in ((a + number, 1.5 + float(number)), (number * a, 1.5 * float(number))):
        torch.testing.assert_close(run(torch_code(formula), a=x), torch.tensor([expected], dtype=torch.float64))


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (besselj(0, a) + 1, r"besselj in besselj\(0, a\) has no PyTorch spelling; write it with .*Activation"),
        (Function("phi")(a), r"phi in phi\(a\) has no PyTorch spelling"),
        (Piecewise((a, a > 0)), r"has no value where no condition holds; end it with a pair \(value, True\)"),
        (Mul(Pow(-1, Rational(1, 2)), a), "is not a finite real number"),
        (a + 10**309, "is beyond the numbers of a machine, which end at 1.8e308; use a smaller one"),
    ],
)
def test_what_cannot_be_written_is_named(expression, message):
    with pytest.raises(UnsupportedExpression, match=message):
        torch_code(expression)
