"""Every activation against PyTorch, mpmath and itself: value, derivative, series, range, bounds, spellings."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
import torch
from latex2mathml.converter import convert
from sympy import Interval, Max, Min, Piecewise, Rational, Symbol, diff, evaluate, lambdify, latex, oo, sympify
from torch import Tensor
from torch.nn import functional as F

import derive
from derive.backends.torch.printer import torch_code
from derive.errors import DeriveError
from derive.symbolic.activation import Activation
from derive.symbolic.activations import ACTIVATIONS, FORMULAS, activation, parametrised

x = Symbol("x", real=True)
#: What PyTorch calls each of them, for the default parameters.
TORCH = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "identity": lambda v: v,
    "relu": torch.relu,
    "hardtanh": F.hardtanh,
    "hard_sigmoid": F.hardsigmoid,
    "hard_sigmoid_onnx": lambda v: torch.clamp(0.2 * v + 0.5, 0, 1),
    "softsign": F.softsign,
    "softplus": F.softplus,
    "elu": F.elu,
    "leaky_relu": F.leaky_relu,
    "silu": F.silu,
    "gelu": F.gelu,
    "scaled_tanh": lambda v: 1.7159 * torch.tanh(v * (2 / 3)),
    "affine": lambda v: v,
    "thresholded_relu": lambda v: F.threshold(v, 1.0, 0.0),
}
EXACT = [Rational(k, 16) for k in range(-96, 97)]  # every kink among them
POINTS = torch.tensor([float(p) for p in EXACT], dtype=torch.float64)
every = pytest.mark.parametrize("name", ACTIVATIONS)
smooth = pytest.mark.parametrize("name", [n for n, f in ACTIVATIONS.items() if f.max_curvature is not None])


def formula(name: str):
    """φ(x) as an elementary expression."""
    cls = ACTIVATIONS[name]
    return cls.value(x, *cls.defaults.values())


def numeric(expr, value: float) -> float:
    return float(expr.subs(x, value).evalf(30))


def test_all_are_compared():
    assert list(TORCH) == list(ACTIVATIONS)


@every
def test_value(name):
    expected = TORCH[name](POINTS)
    for point, value in zip(EXACT, expected.tolist(), strict=True):
        assert numeric(ACTIVATIONS[name](x), point) == pytest.approx(value, rel=1e-14, abs=1e-14)


@every
def test_derivative_is_autograd_s_at_the_kinks_too(name):
    v = POINTS.clone().requires_grad_()
    (expected,) = torch.autograd.grad(TORCH[name](v).sum(), v)
    # Hardsigmoid's backward multiplies by 1/6 in single precision.
    tolerance = 1e-7 if name == "hard_sigmoid" else 1e-13
    derivative = ACTIVATIONS[name](x).diff(x)
    for point, value in zip(EXACT, expected.tolist(), strict=True):
        assert numeric(sympify(derivative), point) == pytest.approx(value, rel=tolerance, abs=tolerance)


@every
@pytest.mark.parametrize("at", [Rational(1, 3), Rational(-2, 5)])
def test_derivative_is_that_of_the_formula(name, at):
    """The rule in terms of the output, against SymPy's derivative of the elementary formula."""
    expected = diff(formula(name).rewrite(Piecewise), x)
    assert numeric(sympify(ACTIVATIONS[name](x).diff(x)), at) == pytest.approx(numeric(expected, at), rel=1e-14)


@every
def test_torch_text_runs_and_agrees(name):
    names = {"torch": torch, "F": F, "v": POINTS}
    value = eval(torch_code(ACTIVATIONS[name](Symbol("v"))), names)
    assert torch.allclose(value, TORCH[name](POINTS), rtol=1e-15, atol=1e-15)


@every
@pytest.mark.parametrize("module", ["numpy", "math", "mpmath"])
def test_lambdify(name, module):
    modules = [{"erf": np.vectorize(math.erf)}, "numpy"] if module == "numpy" else module  # NumPy has no erf
    f = lambdify(x, ACTIVATIONS[name](x), modules)
    if module == "numpy":
        np.testing.assert_allclose(f(POINTS.numpy()), TORCH[name](POINTS).numpy(), rtol=1e-14, atol=1e-15)
    else:
        for point in (-2.5, -0.25, 0.75, 3.5):
            expected = float(TORCH[name](torch.tensor(point, dtype=torch.float64)))
            assert float(f(point)) == pytest.approx(expected, rel=1e-14, abs=1e-15)


def test_lambdify_of_the_lesser_of_two():
    """SymPy, which is not told that numbers are real, makes a root with a conjugate of |min(...)|."""
    v = Symbol("v")
    with evaluate(False):
        lesser = Min(v, -v + v * ((v * (1 - v)) ** 2 + 1) ** Rational(-1, 2))
    f = lambdify(v, derive.sigmoid(lesser, evaluate=False), "math")
    assert f(3.0) == pytest.approx(1 / (1 + math.exp(3 - 3 / math.sqrt(37))))


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "softplus", "elu", "silu", "scaled_tanh"])
def test_the_stable_form_does_not_overflow(name):
    """At ±800, where e^x is infinite in double precision."""
    f = lambdify(x, ACTIVATIONS[name](x), "numpy")
    far = np.array([-800.0, 800.0])
    with np.errstate(over="raise", invalid="raise"):
        np.testing.assert_allclose(f(far), TORCH[name](torch.from_numpy(far)).numpy(), rtol=1e-15)


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "softplus", "silu", "gelu", "scaled_tanh"])
def test_series(name):
    """The Taylor polynomial at 0, coefficient by coefficient, against mpmath."""
    polynomial = ACTIVATIONS[name](x).series(x, 0, 6).removeO()
    f = lambdify(x, formula(name), "mpmath")
    with mpmath.workdps(40):
        for k, expected in enumerate(mpmath.taylor(f, 0, 5)):
            assert float(polynomial.coeff(x, k)) == pytest.approx(float(expected), abs=1e-15)


@every
def test_range_and_monotonicity(name):
    cls = ACTIVATIONS[name]
    grid = torch.linspace(-300, 300, 240001, dtype=torch.float64)
    values = TORCH[name](grid)
    lower, upper = float(cls.reals.inf), float(cls.reals.sup)
    assert lower <= float(values.min())
    assert float(values.max()) <= upper
    assert float(values.min()) < (lower + 0.01 if math.isfinite(lower) else -2)
    assert float(values.max()) > (upper - 0.01 if math.isfinite(upper) else 200)
    assert bool((values.diff() >= -1e-15).all()) == cls.increasing


@pytest.mark.parametrize("name", [n for n, f in ACTIVATIONS.items() if not f.increasing])
def test_one_that_falls_first_turns_once_and_where_it_says(name):
    slope = lambdify(x, diff(formula(name), x), "mpmath")
    left, right = (mpmath.mpf(int(end.p)) / int(end.q) for end in ACTIVATIONS[name].turn)
    assert left < right
    assert all(slope(left - mpmath.mpf(k) / 50) < 0 < slope(right + mpmath.mpf(k) / 50) for k in range(400))
    least = formula(name).subs(x, Rational(str(mpmath.findroot(slope, (left, right), solver="anderson")))).evalf(30)
    assert ACTIVATIONS[name].reals.inf <= least


@every
def test_bound_of_the_slope_is_kept_and_not_wasteful(name):
    bound = ACTIVATIONS[name].max_slope
    if bound is None:
        jump = ACTIVATIONS[name].kinks[0]
        assert abs(numeric(formula(name), jump + Rational(1, 10**9)) - numeric(formula(name), jump)) > 0.5
        return
    slope = lambdify(x, diff(formula(name).rewrite(Piecewise), x), "mpmath")
    found = max(abs(slope(mpmath.mpf(k) / 64 + mpmath.mpf("0.001"))) for k in range(-640, 641))
    assert found <= mpmath.mpf(float(bound)) * (1 + mpmath.mpf("1e-15"))
    assert found >= mpmath.mpf(float(bound)) * mpmath.mpf("0.99")


@smooth
def test_bound_of_the_curvature_is_kept_and_not_wasteful(name):
    bound = float(ACTIVATIONS[name].max_curvature)
    pieces = formula(name).rewrite(Piecewise)
    curvature = lambdify(x, diff(pieces, x, 2), "mpmath")
    found = max(abs(curvature(mpmath.mpf(k) / 64 + mpmath.mpf("0.001"))) for k in range(-640, 641))
    assert found <= bound * (1 + 1e-15)
    assert found >= bound * 0.98


@every
def test_kinks_are_where_the_slope_jumps(name):
    derivative = diff(formula(name).rewrite(Piecewise), x)
    step = Rational(1, 10**6)
    jumps = [p for p in EXACT if abs(numeric(derivative, p + step) - numeric(derivative, p - step)) > 1e-3]
    assert tuple(jumps) == ACTIVATIONS[name].kinks


@every
def test_latex_is_understood(name):
    text = latex(ACTIVATIONS[name](x))
    assert text == "x" if name == "identity" else ACTIVATIONS[name].latex_name in text
    assert "<math" in convert(text)


# ---------------------------------------------------------------------- names and parameters


def test_parameters_change_value_and_slope():
    v = torch.tensor([-1.5, 0.5, 2.5], dtype=torch.float64, requires_grad=True)
    cases: dict[str, tuple[Activation, Tensor]] = {
        "elu": (derive.elu(x, 3), F.elu(v, 3.0)),
        "leaky": (derive.leaky_relu(x, alpha=Rational(1, 4)), F.leaky_relu(v, 0.25)),
        "clipped": (derive.hard_sigmoid_onnx(x, Rational(1, 3), Rational(1, 4)), torch.clamp(v / 3 + 0.25, 0, 1)),
        "scaled": (derive.scaled_tanh(x, 2, beta=3), 2 * torch.tanh(3 * v)),
        "affine": (derive.affine(x, 2, 5), 2 * v + 5),
        "threshold": (derive.thresholded_relu(x, 2), F.threshold(v, 2.0, 0.0)),
    }
    for expr, expected in cases.values():
        (slopes,) = torch.autograd.grad(expected.sum(), v)
        for point, value, slope in zip(v.tolist(), expected.tolist(), slopes.tolist(), strict=True):
            assert numeric(expr, point) == pytest.approx(value, rel=1e-14)
            assert numeric(sympify(expr.diff(x)), point) == pytest.approx(slope, rel=1e-14)


def test_names_with_parameters():
    assert parametrised("tanh")(x) == derive.tanh(x)
    assert parametrised("elu(alpha=2)")(x) == derive.elu(x, 2)
    assert parametrised(" scaled_tanh( beta=0.5 , alpha=3 ) ")(x) == derive.scaled_tanh(x, 3, Rational(1, 2))
    assert parametrised("thresholded_relu()")(x) == derive.thresholded_relu(x, 1)
    assert activation(derive.relu) is derive.relu


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tahn", "unknown activation 'tahn'; did you mean 'tanh'"),
        ("elu(alpha=2", "has no closing parenthesis"),
        ("elu(beta=2)", "unknown parameter 'beta'. Known: alpha"),
        ("elu(2)", "unknown parameter '2'. Known: alpha"),
        ("elu(alpha=x)", "alpha is 'x', expected a number"),
        ("elu(alpha=)", "alpha is '', expected a number"),
    ],
)
def test_bad_names_are_explained(text, message):
    with pytest.raises(DeriveError, match=message.replace("(", r"\(")):
        parametrised(text)


def test_wrong_number_of_arguments():
    with pytest.raises(DeriveError, match=r"elu takes \(x, alpha\); 3 arguments were given"):
        derive.elu(x, 1, 2)


def test_values_at_rationals_are_exact_where_they_are_rational():
    assert derive.hardtanh(Rational(1, 3)) == Rational(1, 3)
    assert derive.sigmoid(0) == Rational(1, 2)
    assert derive.tanh(Rational(1, 2)).func is derive.tanh
    assert derive.relu(x).rewrite(Max) is not None
    assert Interval(0, oo) == derive.relu.reals


NAMED = {
    "linear": lambda v: v,
    "swish": F.silu,
    "mish": F.mish,
    "selu": F.selu,
    "celu": F.celu,
    "celu(alpha=2)": lambda v: F.celu(v, 2),
    "relu6": F.relu6,
    "hardswish": F.hardswish,
    "logsigmoid": F.logsigmoid,
    "tanhshrink": F.tanhshrink,
}


@pytest.mark.parametrize("text", NAMED)
def test_names_of_other_functions_are_formulas_with_torchs_values(text):
    v = torch.linspace(-9, 9, 73, dtype=torch.float64)
    found = eval(torch_code(parametrised(text)(Symbol("v"))), {"torch": torch, "F": F, "v": v})
    torch.testing.assert_close(found, NAMED[text](v), rtol=1e-14, atol=1e-14)


def test_every_such_name_is_tested():
    assert set(FORMULAS) == {text.partition("(")[0] for text in NAMED}
    with pytest.raises(DeriveError, match=r"unknown parameter 'beta'\. Known: alpha"):
        parametrised("celu(beta=2)")
    with pytest.raises(DeriveError, match=r"celu\(alpha=0\) divides by alpha"):
        parametrised("celu(alpha=0)")(Symbol("v"))
    with pytest.raises(DeriveError, match=r"activation 'elu\(alpha=1, alpha=2\)': alpha is given twice"):
        parametrised("elu(alpha=1, alpha=2)")
    with pytest.raises(DeriveError, match="unknown parameter 'x'"):
        parametrised("mish(x=2)")
