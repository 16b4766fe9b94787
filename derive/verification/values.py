"""What printed equations are worth: trees of ``reader`` evaluated in float64, as linear algebra is read.

A quantity is a number, a vector or a matrix. A number times anything is that multiple; a matrix stands side by side
with a matrix or a vector whose size fits; a vector beside a transposed one is their outer product; two vectors need ⊙.
A sum adds things of one shape, or a number to each entry. Functions, powers, fractions and comparisons go unit by unit;
so does ⊙, also between matrices. What is there once for each head is read of each head, and what a weight maps is all
of it in one row.
Whatever breaks these rules, or can be read in two ways, is an error.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from typing import Any

import numpy as np

from derive.verification.by_head import ByHead, each, like, whole
from derive.verification.tree import Apply, Function, Literal, Name, ReadEquation, ReadingError, Tree

Array = Any  # a float64 numpy array: () a number, (n,) a vector, (m, n) a matrix, (1, n) a transposed vector
Known = Mapping[Name | Function, Any]  # what names are worth, and the author's own functions


def _hard_logistic(x: Array, slope: float = 1 / 6, shift: float = 0.5) -> Array:
    return np.clip(slope * x + shift, 0.0, 1.0)


def _logistic(x: Array) -> Array:
    return 1.0 / (1.0 + np.exp(-x))  # with all digits where it is small, which (1 + tanh(x/2))/2 has not


#: Functions by their printed names, spelled as their definitions are; further arguments are the printed parameters.
FUNCTIONS: dict[str, Callable[..., Array]] = {
    "sigma": _logistic,
    "tanh": np.tanh,
    "exp": np.exp,
    "log": np.log,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "floor": np.floor,
    "erf": np.vectorize(math.erf, otypes=[float]),
    "erfc": np.vectorize(math.erfc, otypes=[float]),
    "sign": np.sign,
    "ReLU": lambda x: x * (x > 0),
    "hardsigma": _hard_logistic,
    "hardtanh": lambda x: np.clip(x, -1.0, 1.0),
    "softsign": lambda x: x / (1 + np.abs(x)),
    "softplus": lambda x: np.logaddexp(0.0, x),
    "ELU": lambda x, a=1.0: np.where(x > 0, x, a * np.expm1(np.minimum(x, 0.0))),
    "LeakyReLU": lambda x, a=0.01: np.where(x > 0, x, a * x),
    "SiLU": lambda x: x * _logistic(x),
    "GELU": lambda x: 0.5 * x * (1 + np.vectorize(math.erf, otypes=[float])(x / math.sqrt(2))),
    "ThresholdedReLU": lambda x, a=1.0: np.where(x > a, x, 0.0),
    "stanh": lambda x, a, b: a * np.tanh(b * x),
    "affine": lambda x, a, b: a * x + b,
    "max": lambda *xs: reduce(np.maximum, xs),
    "min": lambda *xs: reduce(np.minimum, xs),
    "mean": lambda *xs: np.mean(np.concatenate(xs)),
    "total": np.sum,
    "cumsum": np.cumsum,
    "revcumsum": lambda x: np.cumsum(x[::-1])[::-1],
    "softmax": lambda x: np.exp(x) / np.sum(np.exp(x)),
    "largest": np.max,
    "diag": np.diag,
    "tr": np.trace,
    "headsum": lambda x: _over_heads(x),
}
#: Those of all units together; those of the units of each head are called so after ``head``.
OVER_UNITS = ("mean", "total", "cumsum", "revcumsum", "softmax", "largest")
_RELATIONS = {
    "<": np.less,
    ">": np.greater,
    "<=": np.less_equal,
    ">=": np.greater_equal,
    "==": np.equal,
    "!=": np.not_equal,
    "∧": np.logical_and,
    "∨": np.logical_or,
}

#: A known function of this name is applied to the result of every operation.
DISTURBED = Function("")
#: One of this name gives what an equation defines its shape, by its name.
SHAPED = Function(" ")


def evaluate_equations(equations: Iterable[ReadEquation], known: Known) -> dict[Name | Function, Array]:
    """What is known and what the equations define, one after the other.

    Raises ReadingError for a name that is not known yet, one that is defined twice, and shapes that do not fit.
    """
    values = dict(known)
    for equation in equations:
        if equation.target in values:
            raise ReadingError(f"{equation.target} is defined twice")
        try:
            timeless = equation.target.time is None  # a parameter's gradient is of all heads in one row
            found = evaluate_tree(equation.value, _in_rows(values) if timeless else values)
            values[equation.target] = values[SHAPED](equation.target, found) if SHAPED in values else found
        except ReadingError as e:
            raise ReadingError(f"in the equation of {equation.target}: {e}") from None
    return values


def _in_rows(values: Known) -> Known:
    """What is known, numbers and vectors of all heads in one row."""
    return {n: v.whole if isinstance(v, ByHead) and v.ndim < 2 else v for n, v in values.items()}


def evaluate_tree(tree: Tree, values: Known) -> Array:
    """The value of a right-hand side; a sum over time gives the summand of the step. Raises ReadingError."""
    value = _evaluated(tree, values)
    if isinstance(tree, Apply) and DISTURBED in values:
        return each(lambda part: part if part.dtype == bool else values[DISTURBED](part), value)
    return value


def _evaluated(tree: Tree, values: Known) -> Array:
    match tree:
        case Literal(text):
            return np.float64(text)
        case Name("pi" | "e" as constant, None) if tree not in values:
            return np.float64(getattr(math, constant))
        case Name():
            if tree not in values:
                known = ", ".join(str(n) for n in values if isinstance(n, Name))
                raise ReadingError(f"{tree} is not defined; known: {known}")
            return values[tree]
        case Apply("1", (), size):
            return np.ones(int(evaluate_tree(size[0] if size else Name("N"), values)))
        case Apply("Σ" | "()", (inside,)):
            return evaluate_tree(inside, values)
        case Apply("·", factors):
            return _side_by_side(factors, values)
        case Apply("⊙", factors):
            return _unit_by_unit(factors, values)
        case Apply("cases", arguments):
            return each(lambda *parts: _cases(list(parts)), *(evaluate_tree(a, values) for a in arguments))
    return _apply(tree, [evaluate_tree(a, values) for a in tree.arguments], values)


def _apply(tree: Apply, arguments: list[Array], values: Known) -> Array:
    match tree.operator, arguments:
        case "+", _:
            return reduce(_plus, arguments)
        case "-", [x]:
            return each(np.negative, x)
        case "/", [x, y]:
            return each(lambda a, b: a / _fitting(a, b), x, y)
        case "^", [x, y]:
            if np.ndim(x) > 1 or np.ndim(y) > 1:
                raise ReadingError("a power is taken of numbers and vectors only")
            return each(lambda a, b: a ** _fitting(a, b), x, y)
        case "⊤", [x]:
            return each(_transposed, x)
        case "|", [x]:
            return each(np.abs, x)
    operator = values.get(Function(tree.operator)) or _RELATIONS.get(tree.operator) or FUNCTIONS.get(tree.operator)
    if operator is None:
        raise ReadingError(f"{tree.operator!r} is no function that the reader knows")
    arguments = [*arguments, *(evaluate_tree(p, values) for p in tree.parameters)]
    if tree.operator.removeprefix("head") in OVER_UNITS:
        return like(arguments[0], operator(*map(whole, arguments)))
    return operator(*arguments) if tree.operator == "headsum" else each(operator, *arguments)


def _fitting(x: Array, y: Array) -> Array:
    """y, which has to have the shape of x, or to be a number, or x one."""
    if np.ndim(x) and np.ndim(y) and np.shape(x) != np.shape(y):
        raise ReadingError(f"shapes {np.shape(x)} and {np.shape(y)} do not fit")
    return y


def _plus(x: Array, y: Array) -> Array:
    return each(lambda a, b: a + _fitting(a, b), x, y)


def _over_heads(x: Array) -> Array:
    if not isinstance(x, ByHead):
        raise ReadingError("a sum over the heads is of what is there for each of them")
    return sum(x.parts)


def _transposed(x: Array) -> Array:
    if np.ndim(x) == 2:
        return x[0] if len(x) == 1 else x.T
    return x[np.newaxis, :]


def _side_by_side(factors: tuple[Tree, ...], values: Known) -> Array:
    """A product of factors side by side, from the left."""
    if factors[0] == Apply("⊤", (Apply("1", ()),)):  # a row of ones: the sum over the units
        first = whole(evaluate_tree(factors[1], values))
        if np.ndim(first) == 1:  # their product is a number, which multiplies what follows
            return reduce(_times, (evaluate_tree(f, values) for f in factors[2:]), np.sum(first))
        rest = _side_by_side(factors[1:], values) if len(factors) > 2 else first
        if np.ndim(rest) != 1:
            raise ReadingError("a row of ones stands before a vector")
        return np.sum(rest)
    return reduce(_times, (evaluate_tree(f, values) for f in factors))


def _times(x: Array, y: Array) -> Array:
    weight = isinstance(y, ByHead) and not isinstance(x, ByHead) and np.ndim(x) == 2
    if weight and np.ndim(y) < 2 and np.shape(x)[1] == len(y.whole):
        y = y.whole  # a weight maps what all heads have
    if isinstance(x, ByHead) or isinstance(y, ByHead):
        return each(_times, x, y)
    match np.ndim(x), np.ndim(y):
        case (0, _) | (_, 0):
            return x * y
        case 1, 1:
            raise ReadingError("two vectors stand side by side, without ⊙ between them")
        case 2, (1 | 2) if x.shape[1] == y.shape[0]:
            product = x @ y
            return product[0] if x.shape[0] == 1 and y.ndim == 1 else product
        case 1, 2 if y.shape[0] == 1:
            return np.outer(x, y)
    raise ReadingError(f"shapes {np.shape(x)} and {np.shape(y)} do not fit side by side")


def _unit_by_unit(factors: tuple[Tree, ...], values: Known) -> Array:
    """Factors with ⊙ between them. A matrix product among them has to stand in brackets: W x ⊙ h has two readings."""
    product: Array = None
    for factor in factors:
        inner = factor.arguments if isinstance(factor, Apply) and factor.operator == "·" else (factor,)
        if len(inner) > 1 and sum(np.ndim(evaluate_tree(f, values)) > 0 for f in inner) > 1:
            raise ReadingError("a matrix product stands beside ⊙ without brackets")
        value = evaluate_tree(factor, values)
        if np.ndim(value) not in (1, 2) and not isinstance(value, ByHead):
            raise ReadingError(f"⊙ stands between vectors, and one factor has shape {np.shape(value)}")
        product = value if product is None else each(lambda a, b: a * _fitting(a, b), product, value)
    return product


def _cases(arguments: list[Array]) -> Array:
    """value, condition, value, condition, ..., value."""
    result = arguments[-1] if len(arguments) % 2 else np.float64("nan")
    pairs = list(zip(arguments[0::2], arguments[1::2], strict=False))
    for value, condition in reversed(pairs):
        result = np.where(condition, value, result)
    return result
