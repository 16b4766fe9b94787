"""Formulas evaluated by PyTorch, node by node; each function is spelled as PyTorch does."""

from __future__ import annotations

import math
from functools import reduce

import sympy
import torch
import torch.nn.functional as F
from sympy.functions.elementary.piecewise import ExprCondPair


class Spike(torch.autograd.Function):
    """A step, with the slope that Bellec et al. (2018) put in the place of its derivative."""

    @staticmethod
    def forward(ctx, x, gamma):
        ctx.save_for_backward(x)
        ctx.gamma = gamma
        return (x > 0).to(x)

    @staticmethod
    def backward(ctx, d):
        (x,) = ctx.saved_tensors
        return d * ctx.gamma * torch.clamp(1 - x.abs(), min=0), None


FUNCTIONS = {
    "spike": Spike.apply,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "hardtanh": F.hardtanh,
    "hard_sigmoid": lambda x: F.relu6(x + 3) / 6,  # F.hardsigmoid has the slope 1/6 in single precision only
    "hard_sigmoid_onnx": lambda x, a, b: torch.clamp(a * x + b, 0, 1),
    "softsign": F.softsign,
    "softplus": F.softplus,
    "elu": lambda x, a: torch.where(x > 0, x, a * torch.expm1(torch.clamp(x, max=0))),
    "leaky_relu": lambda x, a: torch.where(x > 0, x, a * x),
    "scaled_tanh": lambda x, a, b: a * torch.tanh(b * x),
    "affine": lambda x, a, b: a * x + b,
    "thresholded_relu": lambda x, a: F.threshold(x, a, 0.0),
    "silu": F.silu,
    "gelu": F.gelu,
    "exp": torch.exp,
    "log": torch.log,
    "CrossEntropy": lambda u, y: -y * F.log_softmax(u, -1),  # of each unit
    "Abs": torch.abs,
    "sign": torch.sign,
    "sin": torch.sin,
    "cos": torch.cos,
    "erf": torch.erf,
    "atan": torch.atan,
    "sinh": torch.sinh,
    "cosh": torch.cosh,
    "floor": torch.floor,
    "FromLastNode": lambda d: d + d.sum(-1, keepdim=True) - d.cumsum(-1),
    "UnitSum": lambda x: x.sum(-1, keepdim=True),
}


def evaluate(expr, env):
    """A formula's value: a tensor, or a float where no tensor stands in it."""
    values = [evaluate(a, env) for a in expr.args] if not isinstance(expr, sympy.Piecewise) else []
    match expr:
        case sympy.Symbol():
            return env[expr.name]
        case sympy.Number() | sympy.NumberSymbol():
            return float(expr)
        case sympy.Add():
            return reduce(lambda a, b: a + b, values)
        case sympy.Mul():
            return reduce(lambda a, b: a * b, values)
        case sympy.Pow():
            return values[0] ** values[1]
        case sympy.Max() | sympy.Min():
            return _extremum(isinstance(expr, sympy.Max), values)
        case sympy.Piecewise():
            return _cases(expr, env)
        case sympy.Rel():
            return {">": torch.gt, "<": torch.lt, ">=": torch.ge, "<=": torch.le}[expr.rel_op](*map(tensor, values))
        case sympy.And():
            return reduce(torch.logical_and, values)
    if all(isinstance(v, float) for v in values):
        return float(FUNCTIONS[type(expr).__name__](*map(tensor, values)))
    return FUNCTIONS[type(expr).__name__](*values)


def tensor(value):
    """The value as a tensor; a number in float64."""
    return value if isinstance(value, torch.Tensor) else torch.tensor(value, dtype=torch.float64)


def _extremum(upward, values):
    tensors = [v for v in values if isinstance(v, torch.Tensor)]
    numbers = [v for v in values if not isinstance(v, torch.Tensor)]
    if not tensors:
        return max(numbers) if upward else min(numbers)
    result = reduce(torch.maximum if upward else torch.minimum, tensors)
    for n in numbers:
        result = torch.clamp(result, **{"min" if upward else "max": n})
    return result


def _cases(expr, env):
    result = torch.tensor(math.nan, dtype=torch.float64)
    for pair in reversed(expr.args):
        assert isinstance(pair, ExprCondPair)
        value = tensor(evaluate(pair.expr, env))
        result = value if pair.cond == True else torch.where(evaluate(pair.cond, env), value, result)  # noqa: E712
    return result
