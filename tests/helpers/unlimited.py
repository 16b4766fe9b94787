"""Outputs and gradients of a cell in numbers without a largest one: its statements on a tape of mpmath's numbers."""

from __future__ import annotations

import itertools
import re
from functools import reduce

import mpmath
import sympy
from mpmath import mpf

from derive.statements.affine import Affine
from derive.statements.contraction import Contraction
from derive.statements.elementwise import Elementwise
from derive.statements.sizes import units

DIGITS, SMALLEST = 40, -(10**6)  # e^x is 0 below it: no type has such numbers


class Number:
    """A value, what it is made of with the slope of each, the gradient by it."""

    def __init__(self, value, of=()):
        self.value, self.of, self.gradient = mpf(value), of, mpf(0)

    def __add__(self, other):
        return Number(self.value + other.value, ((self, 1), (other, 1)))

    def __mul__(self, other):
        return Number(self.value * other.value, ((self, other.value), (other, self.value)))


def _exp(x):
    return mpmath.exp(x) if x > SMALLEST else mpf(0)


def _sigmoid(x):
    return 1 / (1 + _exp(-x)) if x >= 0 else _exp(x) / (1 + _exp(x))


def _silu(x):
    return x * _sigmoid(x), _sigmoid(x) * (1 + x * _sigmoid(-x))


#: The value and the slope.
FUNCTIONS = {
    "sigmoid": lambda x: (_sigmoid(x), _sigmoid(x) * _sigmoid(-x)),
    "tanh": lambda x: (1 - 2 * _sigmoid(-2 * x), 4 * _sigmoid(2 * x) * _sigmoid(-2 * x)),
    "silu": _silu,
    "softplus": lambda x: (max(x, 0) + mpmath.log1p(_exp(-abs(x))), _sigmoid(x)),
    "exp": lambda x: (_exp(x), _exp(x)),
}


def _formula(expr, env):
    if isinstance(expr, sympy.Symbol):
        return env[expr]
    if not expr.free_symbols:
        return Number(mpf(str(sympy.N(expr, DIGITS))))
    if isinstance(expr, sympy.Add | sympy.Mul):
        add = isinstance(expr, sympy.Add)
        return reduce(lambda a, b: a + b if add else a * b, (_formula(a, env) for a in expr.args))
    x = _formula(expr.args[0], env)
    if isinstance(expr, sympy.Pow):
        p = mpf(expr.exp.p) / expr.exp.q
        return Number(x.value**p, ((x, p * x.value ** (p - 1)),))
    value, slope = FUNCTIONS[type(expr).__name__](x.value)
    return Number(value, ((x, slope),))


def _affine(s, env, n):
    found = []
    for k in range(n):
        row = Number(0)
        for t in s.terms:
            operand = env[t.operand]
            for j, q in enumerate(operand):
                row = row + env[t.weight][k * len(operand) + j] * q
            row = row + env[t.bias][k] if t.bias is not None else row
        found.append(row)
    return found


def _contraction(s, env, n, sizes):
    *axes, kept = ([a for a in re.split("[:×]", size) if a != "1"] for size in (*s.sizes, s.size))
    found = [Number(0) for _ in range(n)]
    every = list(dict.fromkeys(a for own in (*axes, kept) for a in own))
    for index in itertools.product(*(range(units(a, sizes)) for a in every)):
        at = dict(zip(every, index, strict=True))
        place = [reduce(lambda k, a: k * units(a, sizes) + at[a], own, 0) for own in (*axes, kept)]
        term = reduce(lambda a, b: a * b, (env[q][k] for q, k in zip(s.factors, place, strict=False)))
        found[place[-1]] = found[place[-1]] + term * Number(mpf(str(s.coefficient)))
    return found


def _step(cell, env, sizes):
    for s in cell.statements:
        n = units(s.size, sizes)
        match s:
            case Affine():
                found = _affine(s, env, n)
            case Contraction():
                found = _contraction(s, env, n, sizes)
            case Elementwise():
                rows = ({q: env[q][k if len(env[q]) > 1 else 0] for q in s.expr.free_symbols} for k in range(n))
                found = [_formula(s.expr, row) for row in rows]
            case _:
                raise NotImplementedError(type(s).__name__)
        env[s.target] = found


def _backwards(outputs):
    order, seen = [], set()
    for output in outputs:
        output.gradient += 1
        stack = [(output, iter(output.of))]
        while stack:
            node, left = stack[-1]
            below = next(left, None)
            if below is None:
                order.append(node)
                stack.pop()
            elif id(below[0]) not in seen:
                seen.add(id(below[0]))
                stack.append((below[0], iter(below[0].of)))
    for node in reversed(order):
        for below, slope in node.of:
            below.gradient += node.gradient * slope


def unlimited(cell, parameters, x, sizes):
    """(outputs, inputs, parameters by name) of the sum of all outputs, as lists of ``Number``. parameters: numbers by
    name, row after row; x: by step, sequence and feature; sizes: by name."""
    with mpmath.workdps(DIGITS):
        weights = {p.symbol: [*map(Number, parameters[p.name])] for p in cell.parameters}
        inputs = [[[*map(Number, row)] for row in step] for step in x]
        outputs = [[] for _ in x]
        for b in range(len(x[0])):
            states = {cell.previous(s): None for s in cell.states}
            previous = {q: [Number(0) for _ in range(units(cell.sizes[q], sizes))] for q in states}
            for t, step in enumerate(inputs):
                env = {**weights, **previous, cell.inputs[0].symbol: step[b]}
                _step(cell, env, sizes)
                previous = {cell.previous(s): env[sympy.Symbol(s)] for s in cell.states}
                outputs[t] += env[sympy.Symbol(cell.states[0])]
        flat = [q for step in outputs for q in step]
        _backwards(flat)
    return flat, [q for step in inputs for row in step for q in row], {str(p): w for p, w in weights.items()}
