"""What each operator of ATen is in equations, of those that work element by element: data, a name of ATen and the
formula. What moves and mixes features is in ``moves``; everything else is refused."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from fractions import Fraction
from types import BuiltinFunctionType, FunctionType
from typing import Any

from sympy import (
    Abs,
    Add,
    Expr,
    Integer,
    Max,
    Min,
    Piecewise,
    Rational,
    Symbol,
    cos,
    erf,
    exp,
    floor,
    log,
    pi,
    sign,
    sin,
    sqrt,
)
from sympy.codegen.cfunctions import expm1, log1p

from derive.errors import DeriveError
from derive.exact.numeral import exact_rational
from derive.intake.lifted import lifted
from derive.intake.tensors import Tensor
from derive.symbolic.activations import elu, gelu, sigmoid, silu, softplus, tanh
from derive.symbolic.activations import parametrised as named
from derive.symbolic.piecewise_linear import hard_sigmoid, hardtanh, leaky_relu, relu

LARGEST = exact_rational(repr(sys.float_info.max))


def number(value: Any) -> Expr:
    """A number of the graph, as it is written in decimals; one of all digits that is a multiple of π, a power of e, 1
    less such a power (as e^(-1/τ) and what is left of 1 are) or a root to the last of them as that."""
    if isinstance(value, Expr):
        return value
    if not isinstance(value, float):
        return Integer(value)
    return _closed(value) or exact_rational(repr(value))


#: A formula of a fraction, how machines may have computed it, its inverse, and the largest denominator of the fraction.
_FORMULAS: tuple[
    tuple[Callable[..., Any], tuple[Callable[[float], float], ...], Callable[[float], float], int], ...
] = (
    (lambda q: q * pi, (), lambda size: size / math.pi, 100),
    (exp, (math.exp,), math.log, 1000),
    (sqrt, (), lambda size: size * size, 100),
    (
        lambda q: 1 - exp(q),
        (lambda q: -math.expm1(q), lambda q: 1 - math.exp(q)),
        lambda size: math.log1p(-size) if size < 1 else 0.0,
        1000,
    ),
)


def _closed(value: float) -> Expr | None:
    size = abs(value)
    if not 1e-6 < size < 1e6 or len(repr(size).replace(".", "").strip("0")) < 15:
        return None
    for formula, computed, of, below in _FORMULAS:
        near = Fraction(of(size)).limit_denominator(below)
        if not near or abs(near) > 100:
            continue
        found, by_machines = formula(Rational(near.numerator, near.denominator)), (f(float(near)) for f in computed)
        if size in (float(found), *by_machines):
            return found if value > 0 else -found
    return None


def _softplus(x: Expr, beta: Any = 1, threshold: Any = 20) -> Expr:
    """Beyond the threshold torch returns x, which from 20 on is the same number in float64 to 3e-9."""
    if threshold < 20:
        raise DeriveError(f"softplus with threshold={threshold} jumps there; leave the threshold at 20")
    return softplus(x) if beta == 1 else softplus(number(beta) * x) / number(beta)


def _gelu(x: Expr, approximate: str = "none") -> Expr:
    if approximate != "none":
        raise DeriveError("gelu with approximate='tanh' is another function than gelu; write its formula in the module")
    return gelu(x)


def _elu(x: Expr, alpha: Any = 1, scale: Any = 1, input_scale: Any = 1) -> Expr:
    if scale == 1 and input_scale * alpha == 1 != alpha:
        return named(f"celu(alpha={alpha!r})")(x)
    if input_scale != 1:
        raise DeriveError("elu with an input_scale is none of our activations; write its formula in the module")
    return elu(x, number(alpha)) if scale == 1 else number(scale) * elu(x, number(alpha))


def _clamp(x: Expr, low: Any = None, high: Any = None) -> Expr:
    """The largest float bounds nothing but an infinity."""
    x = x if low is None or _is_largest(low) else Max(low, x)
    return x if high is None or _is_largest(high) else Min(high, x)


def _is_largest(bound: Any) -> bool:
    found = number(bound)
    return bool(found.is_number and abs(found) >= LARGEST)


def _div(a: Any, b: Any) -> Any:
    """relu6(x + 3)/6 is the hard sigmoid, whose own operator has a float32's 1/6."""
    if b == 6 and isinstance(a, Min) and len(a.args) == 2 and 6 in a.args:
        (inner,) = (x for x in a.args if x != 6)
        if isinstance(inner, relu) and isinstance(inner.args[0], Add) and Integer(3) in inner.args[0].args:
            return hard_sigmoid(Add(*(x for x in inner.args[0].args if x != 3), evaluate=False))
    return a / b


#: Of one or more tensors, element by element; further arguments of the operator follow.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "add": lambda a, b, alpha=1: a + (b if alpha == 1 else number(alpha) * b),
    "sub": lambda a, b, alpha=1: a - (b if alpha == 1 else number(alpha) * b),
    "rsub": lambda a, b, alpha=1: b - (a if alpha == 1 else number(alpha) * a),
    "mul": lambda a, b: b if a == 1 else a if b == 1 else a * b,
    "div": _div,
    "neg": lambda a: -a,
    "reciprocal": lambda a: 1 / a,
    "square": lambda a: a**2,
    "pow": lambda a, b: a**b,
    "exp": exp,
    "expm1": expm1,
    "log": log,
    "log1p": log1p,
    "sqrt": sqrt,
    "rsqrt": lambda a: 1 / sqrt(a),
    "abs": Abs,
    "sign": sign,
    "floor": floor,
    "remainder": lambda a, b: a - b * floor(a / b),
    "prelu": lambda a, slope: Piecewise((a, a > 0), (slope * a, True)),
    "_prelu_kernel": lambda a, slope: Piecewise((a, a > 0), (slope * a, True)),
    "masked_fill": lambda a, condition, b: Piecewise((b, condition), (a, True)),
    "threshold": lambda a, least, b: Piecewise((a, a > least), (b, True)),
    "sin": sin,
    "cos": cos,
    "erf": erf,
    "maximum": Max,
    "minimum": Min,
    "clamp": _clamp,
    "clip": _clamp,
    "clamp_min": _clamp,
    "clamp_max": lambda a, high: _clamp(a, None, high),
    "sigmoid": sigmoid,
    "tanh": tanh,
    "relu": relu,
    "silu": silu,
    "gelu": _gelu,
    "elu": _elu,
    "softplus": _softplus,
    "hardsigmoid": hard_sigmoid,
    "hardtanh": hardtanh,
    "leaky_relu": leaky_relu,
    "relu6": lambda a: named("relu6")(a),
    "hardswish": lambda a: named("hardswish")(a),
    "mish": lambda a: named("mish")(a),
    "log_sigmoid": lambda a: named("logsigmoid")(a),
    "lerp": lambda a, b, weight: a + weight * (b - a),
    "addcmul": lambda a, b, c, value=1: a + (b * c if value == 1 else number(value) * b * c),
    "where": lambda condition, a, b: Piecewise((a, condition), (b, True)),
    "lt": lambda a, b: a < b,
    "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b,
    "ge": lambda a, b: a >= b,
}


def base(node: Any) -> str:
    """The operator of a node, without its kind: add of aten.add.Tensor."""
    target = node.target.__name__ if isinstance(node.target, FunctionType | BuiltinFunctionType) else str(node.target)
    return target.removeprefix("aten.").partition(".")[0]


def function(name: str, *arguments: Any, **options: Any) -> Any:
    """An operator of ``FUNCTIONS`` on tensors and numbers; a number where there are numbers only."""
    if not any(isinstance(a, Tensor) for a in arguments):
        return FUNCTIONS[name](*(_plain(name, a) for a in arguments), **options)
    tensors = [a for a in arguments if isinstance(a, Tensor)]
    if name in COMPOSED and len(tensors) > 1:
        return COMPOSED[name](*arguments, **options)

    def formula(*operands: Any) -> Any:
        left = iter(operands)
        given = [next(left) if isinstance(a, Tensor) else _plain(name, a) for a in arguments]
        return FUNCTIONS[name](*given, **options)

    formula(*(Symbol(f"a_{k}") for k in range(len(tensors))))  # what it refuses is of this operator's line
    return lifted(formula, name if len(tensors) == len(arguments) else "", tensors)


#: Those that are several of the others.
COMPOSED: dict[str, Callable[..., Any]] = {
    "addcmul": lambda a, b, c, value=1: function("add", a, function("mul", b, c), alpha=value),
    "lerp": lambda a, b, weight: function("add", a, function("mul", weight, function("sub", b, a))),
}


def _plain(name: str, argument: Any) -> Any:
    """Numbers are numbers of SymPy where formulas are made of them by Python's operators."""
    raw = name in ("softplus", "elu", "gelu")
    return argument if raw or isinstance(argument, (str, bool, type(None), Expr)) else number(argument)
