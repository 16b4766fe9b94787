"""The activations by name, and the definitions of those that are curved.

Those that are piecewise linear are defined in ``derive.symbolic.piecewise_linear``; what an activation is, in
``derive.symbolic.activation``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable

from sympy import Abs, Add, Expr, Integer, Interval, Min, Piecewise, Rational, erf, exp, log, oo, pi, sqrt
from sympy import tanh as sympy_tanh
from sympy.codegen.cfunctions import expm1, log1p

from derive.errors import DeriveError, shown, unknown
from derive.exact.numeral import WITHIN, exact_rational
from derive.symbolic.activation import Activation
from derive.symbolic.piecewise_linear import (
    affine,
    hard_sigmoid,
    hard_sigmoid_onnx,
    hardtanh,
    identity,
    leaky_relu,
    relu,
    thresholded_relu,
)


class sigmoid(Activation):
    """The logistic function σ(x) = 1/(1 + e^{-x}); σ' = σ (1 - σ)."""

    latex_name, unicode_name, torch = r"\sigma", "σ", "torch.sigmoid({x})"
    reals = Interval.open(0, 1)
    max_slope, max_curvature = Rational(1, 4), sqrt(3) / 18

    @classmethod
    def value(cls, x: Expr) -> Expr:
        return 1 / (1 + exp(-x))

    @classmethod
    def stable(cls, x: Expr) -> Expr:
        return exp((x - Abs(x)) / 2) / (1 + exp(-Abs(x)))

    @classmethod
    def slope(cls, x: Expr, y: Expr) -> Expr:
        return y * (1 - y)


class tanh(Activation):
    """The hyperbolic tangent; tanh' = 1 - tanh²."""

    latex_name, unicode_name, torch = r"\tanh", "tanh", "torch.tanh({x})"
    reals = Interval.open(-1, 1)
    max_slope, max_curvature = Integer(1), 4 * sqrt(3) / 9

    @classmethod
    def value(cls, x: Expr) -> Expr:
        return sympy_tanh(x)

    @classmethod
    def slope(cls, x: Expr, y: Expr) -> Expr:
        return 1 - y**2


class softsign(Activation):
    """x/(1 + |x|)."""

    latex_name, unicode_name, torch = r"\operatorname{softsign}", "softsign", "F.softsign({x})"
    reals = Interval.open(-1, 1)
    max_slope, max_curvature = Integer(1), Integer(2)

    @classmethod
    def value(cls, x: Expr) -> Expr:
        return x / (1 + Abs(x))

    @classmethod
    def slope(cls, x: Expr, y: Expr) -> Expr:
        return (1 - Abs(y)) ** 2


class softplus(Activation):
    """log(1 + e^x); its derivative is σ."""

    latex_name, unicode_name = r"\operatorname{softplus}", "softplus"
    # from x = 20 on, PyTorch's default gives x, and 1 for the slope, which is 2e-9 off in double precision
    torch = "F.softplus({x}, threshold=40)"
    reals = Interval.open(0, oo)
    max_slope, max_curvature = Integer(1), Rational(1, 4)

    @classmethod
    def value(cls, x: Expr) -> Expr:
        return log(1 + exp(x))

    @classmethod
    def stable(cls, x: Expr) -> Expr:
        return (x + Abs(x)) / 2 + log1p(exp(-Abs(x)))

    @classmethod
    def slope(cls, x: Expr, y: Expr) -> Expr:
        return sigmoid(x)


class elu(Activation):
    """x for x > 0, α (e^x - 1) otherwise (Clevert, Unterthiner and Hochreiter 2016)."""

    latex_name, unicode_name, torch = r"\operatorname{ELU}", "ELU", "F.elu({x}, {alpha})"
    reals = Interval.open(-1, oo)
    max_slope = Integer(1)
    defaults = {"alpha": Integer(1)}

    @classmethod
    def value(cls, x: Expr, alpha: Expr) -> Expr:
        return Piecewise((x, x > 0), (alpha * (exp(x) - 1), True))

    @classmethod
    def stable(cls, x: Expr, alpha: Expr) -> Expr:
        return (x + Abs(x)) / 2 + alpha * expm1((x - Abs(x)) / 2)

    @classmethod
    def slope(cls, x: Expr, y: Expr, alpha: Expr) -> Expr:
        return Piecewise((1, x > 0), (y + alpha, True))


class silu(Activation):
    """x σ(x), also called swish."""

    latex_name, unicode_name, torch = r"\operatorname{SiLU}", "SiLU", "F.silu({x})"
    # The minimum is -W(1/e), at x = -1 - W(1/e); 0.27846454276107379... is W(1/e), rounded up here.
    reals = Interval(Rational(-278464542761074, 10**15), oo)
    increasing, turn = False, (Rational(-12785, 10**4), Rational(-12784, 10**4))
    max_slope, max_curvature = Rational(11, 10), Rational(1, 2)

    @classmethod
    def value(cls, x: Expr) -> Expr:
        return x / (1 + exp(-x))

    @classmethod
    def stable(cls, x: Expr) -> Expr:
        return x * sigmoid.stable(x)

    @classmethod
    def slope(cls, x: Expr, y: Expr) -> Expr:
        return sigmoid(x) * (1 + x * (1 - sigmoid(x)))


class gelu(Activation):
    """x Φ(x), Φ the normal distribution function (the exact form, not the tanh one)."""

    latex_name, unicode_name, torch = r"\operatorname{GELU}", "GELU", "F.gelu({x})"
    reals = Interval(Rational(-17, 100), oo)  # the minimum is -0.16997...
    increasing, turn = False, (Rational(-7518, 10**4), Rational(-7517, 10**4))
    max_slope, max_curvature = Rational(113, 100), Rational(4, 5)

    @classmethod
    def value(cls, x: Expr) -> Expr:
        return x * (1 + erf(x / sqrt(2))) / 2

    @classmethod
    def slope(cls, x: Expr, y: Expr) -> Expr:
        return (1 + erf(x / sqrt(2))) / 2 + x * exp(-(x**2) / 2) / sqrt(2 * pi)


class scaled_tanh(Activation):
    """α tanh(βx): ONNX's ScaledTanh; by default 1.7159 tanh(2x/3) (LeCun, Bottou, Orr and Müller 1998)."""

    latex_name, unicode_name = r"\operatorname{stanh}", "stanh"
    reals = Interval.open(Rational(-17159, 10000), Rational(17159, 10000))
    max_slope, max_curvature = Rational(17159, 15000), Rational(17159, 10000) * 16 * sqrt(3) / 81
    defaults, shown = {"alpha": Rational(17159, 10000), "beta": Rational(2, 3)}, True

    @classmethod
    def value(cls, x: Expr, alpha: Expr, beta: Expr) -> Expr:
        return alpha * sympy_tanh(beta * x)

    @classmethod
    def slope(cls, x: Expr, y: Expr, alpha: Expr, beta: Expr) -> Expr:
        return beta * (alpha - y) * (alpha + y) / alpha  # exactly 0 where y has rounded to alpha


ACTIVATIONS: dict[str, type[Activation]] = {
    cls.__name__: cls
    for cls in (
        sigmoid,
        tanh,
        identity,
        relu,
        hardtanh,
        hard_sigmoid,
        hard_sigmoid_onnx,
        softsign,
        softplus,
        elu,
        leaky_relu,
        silu,
        gelu,
        scaled_tanh,
        affine,
        thresholded_relu,
    )
}


def _celu(x: Expr, alpha: Expr = Integer(1)) -> Expr:
    """max(0, x) + min(0, α(exp(x/α) - 1)): Barron (2017)."""
    if alpha == 0:
        raise DeriveError("celu(alpha=0) divides by alpha; expected another number, such as celu(alpha=0.5)")
    return alpha * elu(x / alpha)


_SCALE = Rational("1.0507009873554804934")
_ALPHA = Rational("1.6732632423543772848")
#: Functions that people know by a name, as formulas of the activations; they print as such.
FORMULAS: dict[str, Callable[..., Expr]] = {
    "linear": identity,
    "swish": silu,
    "mish": lambda x: x * tanh(softplus(x)),  # Misra (2019)
    "selu": lambda x: _SCALE * elu(x, _ALPHA),  # Klambauer et al. (2017), with PyTorch's digits
    "celu": _celu,
    "relu6": lambda x: Min(relu(x), 6),
    "hardswish": lambda x: x * hard_sigmoid(x),  # Howard et al. (2019)
    "logsigmoid": lambda x: -softplus(-x),
    "tanhshrink": lambda x: Add(x, -tanh(x), evaluate=False),
}


def parametrised(text: str) -> Callable[[Expr], Expr]:
    """The function that a text such as ``"elu"`` or ``"elu(alpha=2)"`` names: an activation with its parameters, or a
    formula of ``FORMULAS``.

    >>> parametrised("elu(alpha=2)")(Symbol("a"))
    elu(a, 2)

    Raises DeriveError for an unknown activation or parameter, or a value that is not a number.
    """
    name, bracket, rest = text.strip().partition("(")
    name = name.strip()
    if name not in ACTIVATIONS and name not in FORMULAS:
        raise DeriveError(unknown("activation", name, (*ACTIVATIONS, *FORMULAS)))
    function: Callable[..., Expr] = ACTIVATIONS.get(name) or FORMULAS[name]
    parameters = getattr(function, "defaults", None)
    if parameters is None:
        parameters = list(inspect.signature(function).parameters)[1:]
    given: dict[str, Expr] = {}
    if bracket:
        if not rest.endswith(")"):
            raise DeriveError(f"activation {shown(text)} has no closing parenthesis; write it as 'elu(alpha=2)'")
        for item in filter(None, (part.strip() for part in rest[:-1].split(","))):
            key, _, number = (part.strip() for part in item.partition("="))
            if key not in parameters:
                raise DeriveError(f"activation {shown(text)}: {unknown('parameter', key, parameters)}")
            if key in given:
                raise DeriveError(f"activation {shown(text)}: {key} is given twice")
            try:
                given[key] = exact_rational(number)
            except DeriveError:
                raise DeriveError(
                    f"activation {shown(text)}: {key} is {shown(number)}, expected a number such as 2 or 0.5, {WITHIN}"
                ) from None
    return lambda x: function(x, **given)


def activation(name: str | type[Activation]) -> type[Activation]:
    """The activation of that name; a class is given back as it is.

    Raises DeriveError for an unknown name, with the nearest ones.
    """
    if isinstance(name, type):
        return name
    try:
        return ACTIVATIONS[name]
    except KeyError:
        raise DeriveError(unknown("activation", name, ACTIVATIONS)) from None
