"""What each operator of ATen is in equations.

The functions, element by element, are data: a name of ATen and the formula. What moves features about is a function of
the tensors' pieces. Everything else is refused.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from operator import getitem
from typing import Any

from sympy import Abs, Add, Expr, Integer, Max, Min, Piecewise, cos, erf, exp, log, sign, sin, sqrt
from sympy.codegen.cfunctions import expm1, log1p

from derive.errors import DeriveError
from derive.exact.numeral import exact_rational
from derive.intake.matrices import Matrix
from derive.intake.pieces import Features, MeanOf, cut, pointwise, width
from derive.symbolic.activations import elu, gelu, sigmoid, silu, softplus, tanh
from derive.symbolic.activations import parametrised as named
from derive.symbolic.piecewise_linear import hard_sigmoid, hardtanh, leaky_relu, relu

LARGEST = exact_rational(repr(sys.float_info.max))
Value = Any  # Features, Matrix, Expr, or a tuple of them


def number(value: Any) -> Expr:
    """A number of the graph, as it is written in decimals."""
    if isinstance(value, Expr):
        return value
    return exact_rational(repr(value)) if isinstance(value, float) else Integer(value)


def _softplus(x: Expr, beta: Any = 1, threshold: Any = 20) -> Expr:
    """Beyond the threshold torch returns x, which is the same number in float64 to 3e-9."""
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
    "sin": sin,
    "cos": cos,
    "erf": erf,
    "maximum": Max,
    "minimum": Min,
    "clamp": _clamp,
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
#: What gives its first argument back, in evaluation.
SAME = ("alias", "clone", "contiguous", "detach", "dropout", "to", "_to_copy", "lift_fresh_copy", "expand", "dropout_")


def base(node: Any) -> str:
    """The operator of a node, without its kind: add of aten.add.Tensor."""
    target = "getitem" if node.target is getitem else str(node.target)
    return target.removeprefix("aten.").partition(".")[0]


def function(name: str, *arguments: Any, **options: Any) -> Features:
    """An operator of ``FUNCTIONS`` on features and numbers."""
    tensors = [a for a in arguments if isinstance(a, tuple)]

    def formula(*operands: Any) -> Any:
        left = iter(operands)
        given = [next(left) if isinstance(a, tuple) else _plain(name, a) for a in arguments]
        return FUNCTIONS[name](*given, **options)

    return pointwise(formula, *tensors)


def _plain(name: str, argument: Any) -> Any:
    """Numbers are numbers of SymPy where formulas are made of them by Python's operators."""
    raw = name in ("softplus", "elu", "gelu")
    return argument if raw or isinstance(argument, (str, bool, type(None), Expr)) else number(argument)


def on_matrices(name: str, *arguments: Any, **options: Any) -> Matrix:
    """Sums and multiples of matrices."""
    a: Any
    b: Any
    a, b = (*arguments, None)[:2]
    alpha = number(options.get("alpha", 1))
    if name == "neg":
        negative: Matrix = a.times(Integer(-1))
        return negative
    if name == "mul" and isinstance(a, Matrix) != isinstance(b, Matrix):
        matrix, factor = (a, b) if isinstance(a, Matrix) else (b, a)
        if not isinstance(factor, tuple):
            times: Matrix = matrix.times(number(factor))
            return times
    if name in ("add", "sub") and isinstance(a, Matrix) and isinstance(b, Matrix):
        return a.plus(b.times(alpha if name == "add" else -alpha))
    raise DeriveError(f"{name} of a weight matrix; a cell's weights are stored ones, V - V^T, and multiples")


def matmul(a: Any, b: Any) -> Features:
    """Features times a matrix, or a matrix times a vector of features."""
    if isinstance(a, tuple) and isinstance(b, Matrix):
        return b.after(a)
    if isinstance(a, Expr):
        raise DeriveError("a weight matrix multiplies a number: is an argument of the step left out?")
    raise DeriveError("a product other than of features and a weight matrix: states that are matrices are not read")


def linear(x: Features, weight: Matrix, bias: Features | None = None) -> Features:
    found = matmul(x, weight.transposed())
    return found if bias is None else function("add", found, bias)


def addmm(bias: Features, x: Features, weight: Matrix, beta: Any = 1, alpha: Any = 1) -> Features:
    if (beta, alpha) != (1, 1):
        raise DeriveError("addmm with beta or alpha other than 1: write the products out in the module")
    return function("add", matmul(x, weight), bias)


def einsum(equation: str, operands: Sequence[Any]) -> Features:
    """A product of features and a matrix in axes with names, "bi,ij->bj", either first, the matrix either way round."""
    left, _, out = equation.replace(" ", "").partition("->")
    pairs = sorted(zip(left.split(","), operands, strict=True), key=lambda pair: isinstance(pair[1], Matrix))
    match pairs:
        case [(axes, tuple() as x), (matrix_axes, Matrix() as matrix)] if axes[:-1] == out[:-1]:
            if matrix_axes == axes[-1] + out[-1]:
                return matmul(x, matrix)
            if matrix_axes == out[-1] + axes[-1]:
                return matmul(x, matrix.transposed())
    raise DeriveError(f"einsum of {equation!r}: a cell has products of features and a weight matrix, 'bi,ij->bj'")


def split(value: Any, sizes: int | Sequence[int], dimension: int = 0) -> tuple[Any, ...]:
    whole = _extent(value, dimension)
    if isinstance(sizes, int):
        sizes = [min(sizes, whole - low) for low in range(0, whole, sizes)]
    ends = [sum(sizes[: k + 1]) for k in range(len(sizes))]
    return tuple(_part(value, dimension, end - size, end) for size, end in zip(sizes, ends, strict=True))


def chunk(value: Any, chunks: int, dimension: int = 0) -> tuple[Any, ...]:
    return split(value, -(-_extent(value, dimension) // chunks), dimension)


def slice_(value: Any, dimension: int = 0, low: Any = None, high: Any = None, step: int = 1) -> Any:
    if step != 1:
        raise DeriveError(f"every {step}th feature is taken; a cell's quantities are whole")
    whole = _extent(value, dimension)
    low, high = (min(max(k + whole if k < 0 else k, 0), whole) for k in (low or 0, whole if high is None else high))
    return _part(value, dimension, low, high)


def cat(values: Sequence[Any], dimension: int = 0) -> Features:
    if not all(isinstance(v, tuple) for v in values):
        raise DeriveError("weight matrices are joined; store them as one, or multiply by each")
    return tuple(piece for v in values for piece in v)


def mean(value: Features, dimensions: Any = (-1,), keepdim: bool = False, **_: Any) -> Features:
    if list(dimensions or ()) not in ([-1], [1]) or not keepdim:
        raise DeriveError("a mean other than over the features with keepdim=True")
    return (MeanOf(1, value),)


def layer_norm(
    x: Features, shape: Sequence[int], weight: Any = None, bias: Any = None, eps: float = 1e-5, _cudnn: bool = False
) -> Features:
    """(x - mean x)/√(mean (x - mean x)² + ε), gain and shift (torch.nn.LayerNorm's documentation)."""
    if list(shape) != [width(x)]:
        raise DeriveError(f"layer_norm over {list(shape)}, expected all {width(x)} features")
    centred = function("sub", x, (MeanOf(1, x),))
    variance = (MeanOf(1, function("square", centred)),)
    found = function("div", centred, function("sqrt", function("add", variance, eps)))
    found = found if weight is None else function("mul", found, weight)
    return found if bias is None else function("add", found, bias)


def transposed(value: Any, *dimensions: Any) -> Any:
    if not isinstance(value, Matrix):
        raise DeriveError("features are transposed; a step has (B, features) tensors")
    return value.transposed()


def select(value: Any, dimension: int, index: int) -> Any:
    raise DeriveError("a single feature or row is taken out; a cell's quantities are whole")


MOVES: dict[str, Callable[..., Any]] = {
    "linear": linear,
    "matmul": matmul,
    "mm": matmul,
    "addmm": addmm,
    "einsum": einsum,
    "split": split,
    "split_with_sizes": split,
    "chunk": chunk,
    "slice": slice_,
    "cat": cat,
    "mean": mean,
    "layer_norm": layer_norm,
    "t": transposed,
    "transpose": transposed,
    "permute": transposed,
    "select": select,
}

#: All that is read.
READ = frozenset({*FUNCTIONS, *MOVES, *SAME, "getitem"})


def _extent(value: Any, dimension: int) -> int:
    if isinstance(value, Matrix):
        return value.shape[dimension]
    return width(value)


def _part(value: Any, dimension: int, low: int, high: int) -> Any:
    if isinstance(value, Matrix):
        return value.part(dimension % 2, low, high)
    return cut(value, low, high)
