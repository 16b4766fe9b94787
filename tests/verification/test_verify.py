"""All cells agree with themselves in four ways, and what is made to disagree is found."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from types import ModuleType

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import Abs, Add, Basic, Eq, Expr, Integer, Max, Mul, Piecewise, Pow, Rational, Symbol, evaluate, exp

import derive
from derive import build, cell, constant, linear, mean, scalar, sigmoid, tanh, vector
from derive.notation.names import Notation
from derive.notation.quantity import Quantity
from derive.symbolic.activations import ACTIVATIONS
from derive.symbolic.tidy import tidy
from derive.verification.reader import read_sum
from derive.verification.tree import Name
from derive.verification.values import evaluate_tree
from derive.verification.verify import Verification, verify

pytest.importorskip("torch")


@pytest.mark.parametrize("name", derive.catalogue)
def test_every_cell_agrees(name):
    found = verify(derive.catalogue[name])
    assert found.ok, str(found)


@pytest.mark.parametrize("name", ["lstm", "gru", "slstm", "layer_norm_lstm", "antisymmetric_rnn"])
@pytest.mark.parametrize("seed", range(1, 4))
def test_other_random_numbers_agree_too(name, seed):
    assert verify(derive.catalogue[name], seed=seed).ok


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_agrees(name):
    for replaced in ("g", "o"):
        found = verify(derive.lstm.with_activations(**{replaced: name}))
        assert found.ok, str(found)


@pytest.mark.parametrize(
    "value",
    [
        "elu(alpha=2)",
        "hard_sigmoid_onnx(alpha=0.3, beta=0.25)",
        "leaky_relu(alpha=0.3)",
        lambda z: z / (1 + z**2),
        lambda z: 1 / (1 + z**2) + 1 / (2 + z**2) ** 3,
    ],
)
def test_parameters_and_formulas_agree(value):
    found = verify(derive.lstm.with_activations(g=value))
    assert found.ok, str(found)


@cell("Every kind of factor side by side")
def factors(x, h, U: vector, alpha: scalar, dt: constant = 0.5):
    q = U * dt * h * alpha * sigmoid(linear(x))
    m = mean(q * alpha, h)
    n = h * mean(q) * tanh(linear(h)) + m
    h = tanh(n * dt * q + linear(m * n) - dt * alpha)
    return h


def test_products_of_every_kind_agree():
    assert r"U \mathit{dt} \odot h_{t-1} \alpha \odot \sigma" in factors.latex()
    found = verify(factors)
    assert found.ok, str(found)


@cell("Numbers that no input changes")
def numbers(x, h, alpha: constant = 0.5):
    three = 3
    k = sigmoid(alpha) / three
    h = k * tanh(linear(x, h)) + sigmoid(1) * h - Max(k, alpha) * h
    return h


def test_quantities_of_constants_alone_agree():
    found = verify(numbers)
    assert found.ok, str(found)


#: SymPy's functions that have a PyTorch spelling, each where it is a finite number.
FUNCTIONS = {
    "sin": sympy.sin, "cos": sympy.cos, "tan": sympy.tan, "asin": sympy.asin,
    "acos": sympy.acos, "atan": sympy.atan, "sinh": sympy.sinh, "cosh": sympy.cosh,
    "erf": sympy.erf, "erfc": sympy.erfc, "floor": lambda a: a * sympy.floor(a), "sign": lambda a: a * sympy.sign(a),
    "log": lambda a: sympy.log(a**2 + 1), "log to a base": lambda a: sympy.log(a**2 + 1, 2),
    "sqrt": lambda a: sympy.sqrt(a**2 + 1), "cbrt": lambda a: sympy.cbrt(a**2 + 1), "2^a": lambda a: 2**a,
    "decimal power": lambda a: (a**2 + 1) ** 0.3, "power of a root": lambda a: (a**2 + 1) ** Rational(-3, 2),
}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_of_sympy_agrees(name):
    x, h, a = Symbol("x"), Symbol("h"), Symbol("a")
    with evaluate(False):
        formula = Add(FUNCTIONS[name](a), Mul(Rational(1, 2), h))
        equations = [Eq(a, tanh(linear(x, h))), Eq(h, formula)]
    found = verify(derive.Cell.from_equations("one", equations, states=["h"]))
    assert found.ok, str(found)


@pytest.mark.parametrize("formula", ["sqrt(h - 5)", "log(h - 5)", "1 / (h - h)", "(h - 5) ** Rational(1, 3)"])
def test_what_is_no_finite_number_is_said(formula):
    x, h = Symbol("x"), Symbol("h")
    with evaluate(False):
        value = sympy.sympify(formula, {"h": h}, evaluate=False)
        found = verify(derive.Cell.from_equations("one", [Eq(h, tanh(linear(x)) + value)], states=["h"]))
    assert not found.ok
    assert "h is no finite number for weights in (-1, 1), nor in (-0.0078125, 0.0078125): it is undef" in found.problem


# ---------------------------------------------------------------------- planted errors


def changed(text: str, old: str, new: str) -> str:
    assert old in text, text
    return text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("lstm", "f_{t} \\odot c_{t-1} + i_{t}", "f_{t} \\odot c_{t-1} - i_{t}"),
        ("lstm", "f_{t} \\odot c_{t-1}", "i_{t} \\odot c_{t-1}"),
        ("lstm", "\\tanh(c_{t})", "\\tanh(c_{t-1})"),
        ("lstm", "\\tanh(c_{t})", "\\sigma(c_{t})"),
        ("lstm", " + b_{hi}", ""),
        ("lstm", "W_{hi} h_{t-1}", "W_{hf} h_{t-1}"),
        ("gru", "1 - z_{t}", "2 - z_{t}"),
        ("antisymmetric_rnn", "W_{hh} - W_{hh}^{\\top}", "W_{hh} + W_{hh}^{\\top}"),
        ("slstm", "\\max", "\\min"),
        ("layer_norm_lstm", "^{2}", "^{3}"),
    ],
)
def test_a_wrong_printed_equation_is_found(name, old, new):
    one = derive.catalogue[name]
    found = verify(one, latex=changed(one.latex(), old, new))
    assert not found.ok
    assert found.equations > 1e-3
    assert found.module > 1e-3
    assert "DISAGREES" in str(found)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("lstm", "1 - \\tanh^{2}", "1 - \\tanh"),
        ("lstm", "\\delta c_{t} \\odot i_{t}", "\\delta c_{t} \\odot f_{t}"),
        ("lstm", "W_{hf}^{\\top} \\delta a_{f, t}", "W_{hf} \\delta a_{f, t}"),
        ("lstm", "\\sum_{t} \\delta a_{o, t} h_{t-1}^{\\top}", "\\sum_{t} \\delta a_{o, t} h_{t}^{\\top}"),
        ("lstm", "\\Delta c_{t-1} &= \\delta c_{t}", "\\Delta c_{t-1} &= \\Delta c_{t}"),
        ("gru", "\\delta b_{hn} &= \\sum_{t} \\delta", "\\delta b_{hn} &= \\sum_{t} \\delta a_{z, t} \\odot \\delta"),
        ("fast_grnn", "\\delta \\zeta &= \\sum_{t} ", "\\delta \\zeta &= \\sum_{t} 2 "),
        ("antisymmetric_rnn", "- h_{t-1} \\delta a_{h, t}^{\\top}", "+ h_{t-1} \\delta a_{h, t}^{\\top}"),
    ],
)
def test_a_wrong_gradient_is_found(name, old, new):
    one = derive.catalogue[name]
    found = verify(one, gradient=changed(one.adjoint().latex(), old, new))
    assert found.equations < 1e-12
    assert found.module < 1e-12
    assert not found.ok
    assert found.gradient > 1e-3


def loaded(text: str) -> ModuleType:
    """A module of that text, beside the machinery that ``build`` keeps."""
    module = ModuleType("built_by_derive.mutant")
    module.__package__ = "built_by_derive"
    exec(compile(text, "mutant.py", "exec"), vars(module))
    return module


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("lstm", r"torch\.tanh\(c\)", "torch.sigmoid(c)"),
        ("lstm", r"f \* c_prev \+ i \* g", "f * c_prev + i * i"),
        ("gru", r"\(1 - z\) \* n", "(1 + z) * n"),
        ("slstm", r"torch\.maximum", "torch.minimum"),
    ],
)
def test_a_wrong_module_is_found(name, old, new):
    one = derive.catalogue[name]
    text, times = re.subn(old, new, build(one).source)
    assert times
    found = verify(one, module=loaded(text))
    assert found.equations < 1e-12
    assert not found.ok
    assert found.module > 1e-3


def test_a_wrong_backward_pass_is_found():
    text = build(derive.lstm).source
    body = text[text.index("def step_backward") :]
    line = re.search(r"^ +d_c = .*$", body, flags=re.MULTILINE)[0]
    found = verify(derive.lstm, module=loaded(changed(text, line, line + " * 0.5")))
    assert max(found.equations, found.module, found.gradient) < 1e-12
    assert not found.ok
    assert found.backward > 1e-3


def test_what_cannot_be_read_is_a_problem_with_a_reason():
    found = verify(derive.lstm, latex=derive.lstm.latex().replace("\\odot ", ""))
    assert not found.ok
    assert found.problem == "in the equation of c_t: two vectors stand side by side, without ⊙ between them"
    assert found.problem in str(found)
    missing = verify(derive.lstm, latex=derive.lstm.latex().replace("h_{t} &", "q_{t} &"))
    assert missing.problem == "no equation gives h_t"


def test_a_record_is_json_and_nan_is_no_agreement():
    broken = Verification("lstm", 0.0, 0.0, float("nan"), 0.0)
    assert not broken.ok
    assert json.loads(json.dumps(broken.as_json(), allow_nan=False))["gradient"] is None
    assert not Verification("lstm", 0.0, 0.0, 0.0, 2e-10).ok
    assert not Verification("lstm", 0.0, 0.0, 0.0).ok
    assert Verification("lstm", 0.0, 0.0, 0.0, 1e-11).ok


# ---------------------------------------------------------------------- any formula

VECTORS, NUMBERS = ("x", "y_1", "h_prev"), ("alpha", "m_hat")
VALUES = {"x": [0.3, -1.7, 2.1], "y_1": [1.3, 0.4, -0.6], "h_prev": [-0.2, 0.9, 1.6], "alpha": 0.7, "m_hat": -1.4}


def formulas() -> st.SearchStrategy[Expr]:
    """Formulas as an author may write them, unevaluated, in any order and nesting."""
    leaves = st.one_of(
        st.sampled_from([Symbol(n) for n in (*VECTORS, *NUMBERS)]),
        st.sampled_from([Integer(2), Integer(-3), Rational(1, 3), Rational(-5, 2), Integer(1)]),
    )

    def deeper(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
        several = st.lists(inner, min_size=2, max_size=3)
        return st.one_of(
            several.map(lambda a: Add(*a, evaluate=False)),
            several.map(lambda a: Mul(*a, evaluate=False)),
            inner.map(lambda a: Mul(-1, a, evaluate=False)),
            inner.map(lambda a: Pow(Add(2, Pow(a, 2, evaluate=False), evaluate=False), -1, evaluate=False)),
            inner.map(lambda a: Pow(a, 2, evaluate=False)),
            inner.map(lambda a: Pow(Abs(a, evaluate=False), Rational(1, 2), evaluate=False)),
            inner.map(lambda a: sigmoid(a, evaluate=False)),
            inner.map(lambda a: exp(Mul(-1, Abs(a, evaluate=False), evaluate=False), evaluate=False)),
            inner.map(lambda a: Max(a, Symbol("x"), evaluate=False)),
            inner.map(lambda a: Piecewise((a, Symbol("x") > 0), (Integer(1), True), evaluate=False)),
        )

    def square(node: Basic) -> bool:
        return isinstance(node, Pow) and node.exp == 2

    def is_let_through(formula: Expr) -> bool:
        """Up to three exponentials in each other's exponents, and up to degree 64: 8 leaves, squared three times."""
        return nested(formula, lambda node: isinstance(node, exp)) <= 3 and nested(formula, square) <= 3

    return st.recursive(leaves, deeper, max_leaves=8).filter(is_let_through)


def nested(node: Basic, counts: Callable[[Basic], bool]) -> int:
    """How many of the parts that count stand inside each other at most."""
    return max((nested(a, counts) for a in node.args), default=0) + counts(node)


@settings(max_examples=300)
@given(formulas())
def test_any_formula_is_read_as_it_is_meant(formula):
    """Printed and read back, a formula has the value that SymPy gives it, unit by unit."""
    notation = Notation(
        {"alpha": Quantity("alpha", time="", is_number=True), "m_hat": Quantity("m_hat", is_number=True)}
    )
    known = {
        Name("x", 0): np.array(VALUES["x"]), Name("y1", 0): np.array(VALUES["y_1"]),
        Name("h", -1): np.array(VALUES["h_prev"]), Name("alpha"): np.float64(0.7), Name("mhat", 0): np.float64(-1.4),
    }  # fmt: skip
    expr = tidy(formula)
    found = np.broadcast_to(evaluate_tree(read_sum(notation.latex(expr)), known), 3)
    for unit in range(3):
        point = {Symbol(n): v[unit] if isinstance(v, list) else v for n, v in VALUES.items()}
        wanted = float(expr.xreplace({s: Rational(str(v)) for s, v in point.items()}).doit().evalf(30))
        assert found[unit] == pytest.approx(wanted, rel=1e-9, abs=1e-9), notation.latex(expr)
