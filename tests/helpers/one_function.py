"""Random formulas of two numbers, rewritten by what holds for all real numbers, or changed; and what they are worth."""

from __future__ import annotations

import mpmath
from sympy import Abs, Add, Max, Min, Mul, Piecewise, Pow, Rational, Symbol, exp, log, sqrt

from derive import elu, hard_sigmoid, hardtanh, leaky_relu, relu, sigmoid, silu, softplus, softsign, tanh
from derive.symbolic.expressions import rebuild

LETTERS = (Symbol("h_prev"), Symbol("c_prev"))
HALF, SIXTH = Rational(1, 2), Rational(1, 6)


def plus(*terms):
    return Add(*terms, evaluate=False)


def times(*factors):
    return Mul(*factors, evaluate=False)


def over(a, b):
    return Mul(a, Pow(b, -1, evaluate=False), evaluate=False)


def minus(a):
    return Mul(-1, a, evaluate=False)


def cases(*branches):
    return Piecewise(*branches, evaluate=False)


#: What each function is too, for all real u.
SAME = {
    tanh: [
        lambda u: over(plus(exp(times(2, u)), -1), plus(exp(times(2, u)), 1)),
        lambda u: over(plus(exp(u), minus(exp(minus(u)))), plus(exp(u), exp(minus(u)))),
        lambda u: plus(times(2, sigmoid(times(2, u))), -1),
        lambda u: minus(tanh(minus(u))),
    ],
    sigmoid: [
        lambda u: over(1, plus(1, exp(minus(u)))),
        lambda u: over(exp(u), plus(1, exp(u))),
        lambda u: plus(1, minus(sigmoid(minus(u)))),
        lambda u: over(plus(1, tanh(times(HALF, u))), 2),
    ],
    softplus: [
        lambda u: log(plus(1, exp(u))),
        lambda u: plus(u, softplus(minus(u))),
        lambda u: minus(log(sigmoid(minus(u)))),
        lambda u: plus(Max(0, u, evaluate=False), log(plus(1, exp(minus(Abs(u)))))),
    ],
    silu: [lambda u: times(u, sigmoid(u)), lambda u: over(u, plus(1, exp(minus(u))))],
    relu: [
        lambda u: Max(0, u, evaluate=False),
        lambda u: over(plus(u, Abs(u)), 2),
        lambda u: plus(u, relu(minus(u))),
        lambda u: cases((u, u > 0), (0, True)),
    ],
    Abs: [
        lambda u: plus(relu(u), relu(minus(u))),
        lambda u: sqrt(Pow(u, 2, evaluate=False)),
        lambda u: Max(u, minus(u), evaluate=False),
        lambda u: cases((minus(u), u < 0), (u, True)),
    ],
    hardtanh: [
        lambda u: Max(-1, Min(1, u, evaluate=False), evaluate=False),
        lambda u: Min(1, Max(-1, u, evaluate=False), evaluate=False),
        lambda u: plus(times(2, hard_sigmoid(times(3, u))), -1),
        lambda u: cases((1, u > 1), (-1, u < -1), (u, True)),
    ],
    hard_sigmoid: [
        lambda u: Max(0, Min(1, plus(times(SIXTH, u), HALF), evaluate=False), evaluate=False),
        lambda u: plus(1, minus(hard_sigmoid(minus(u)))),
    ],
    softsign: [lambda u: over(u, plus(1, Abs(u)))],
    elu: [
        lambda u, alpha: cases((u, u > 0), (times(alpha, plus(exp(u), -1)), True)),
        lambda u, alpha: plus(relu(u), Min(0, times(alpha, plus(exp(u), -1)), evaluate=False)),
    ],
    leaky_relu: [
        lambda u, alpha: cases((u, u > 0), (times(alpha, u), True)),
        lambda u, alpha: plus(times(alpha, u), times(1 - alpha, relu(u))),
    ],
}
#: Another function in the place of each.
OTHER = {tanh: [sigmoid, softsign, hardtanh], sigmoid: [tanh, hard_sigmoid], softplus: [relu, elu], silu: [relu],
         relu: [softplus, silu, leaky_relu, Abs], Abs: [relu], hardtanh: [tanh], hard_sigmoid: [sigmoid],
         softsign: [tanh], elu: [relu], leaky_relu: [relu]}  # fmt: skip


def formula(rng, depth=3):
    """A random formula of ``LETTERS``."""
    if depth == 0 or rng.random() < 0.15:
        return rng.choice(LETTERS)
    kind = rng.choice([*SAME, *SAME, Add, Mul])
    if kind in (Add, Mul):
        return kind(formula(rng, depth - 1), formula(rng, depth - 1), evaluate=False)
    inner = formula(rng, depth - 1)
    if rng.random() < 0.4:
        inner = times(rng.choice([2, -1, HALF]), inner)
    if rng.random() < 0.3:
        inner = plus(inner, rng.choice([1, -1, HALF]))
    return kind(inner)


def rewritten(node, rng):
    """The same for all real numbers."""
    if not node.args or node.is_number:
        return node
    args = [rewritten(a, rng) for a in node.args]
    if type(node) in SAME and rng.random() < 0.7:
        found = rng.choice(SAME[type(node)])(*args)
        nested = isinstance(found, Piecewise) and args[0].has(Piecewise)  # of which SymPy makes another condition
        return rebuild(node, args) if nested else found
    if isinstance(node, Mul) and rng.random() < 0.5:  # a (b + c) is a b + a c
        for k, a in enumerate(args):
            if isinstance(a, Add):
                return plus(*(times(*args[:k], term, *args[k + 1 :]) for term in a.args))
    if isinstance(node, Add | Mul):
        rng.shuffle(args)
    return rebuild(node, args)


def changed(node, rng):
    """Another number, function or sign in one place."""
    places = [n for n in _nodes(node) if n.args or n.is_number]
    place = rng.choice(places)
    if place.is_number:
        new = place + rng.choice([1, HALF])
    elif type(place) in OTHER and rng.random() < 0.7:
        new = rng.choice(OTHER[type(place)])(place.args[0])
    else:
        new = rng.choice([minus(place), plus(place, HALF), times(Rational(3, 2), place)])
    return _put(node, place, new)


def _nodes(node):
    yield node
    for a in node.args:
        yield from _nodes(a)


def _put(node, place, new):
    if node is place:
        return new
    args = [_put(a, place, new) for a in node.args]
    return node if all(a is b for a, b in zip(args, node.args, strict=True)) else rebuild(node, args)


# ------------------------------------------------------------------ what they are worth

BY_HAND = {
    "tanh": mpmath.tanh, "sigmoid": lambda a: 1 / (1 + mpmath.exp(-a)),
    "softplus": lambda a: mpmath.log1p(mpmath.exp(a)),
    "silu": lambda a: a / (1 + mpmath.exp(-a)), "relu": lambda a: max(a, mpmath.mpf(0)), "Abs": abs,
    "hardtanh": lambda a: max(-1, min(1, a)), "hard_sigmoid": lambda a: max(0, min(1, a / 6 + mpmath.mpf(1) / 2)),
    "softsign": lambda a: a / (1 + abs(a)), "elu": lambda a, alpha: a if a > 0 else alpha * mpmath.expm1(a),
    "leaky_relu": lambda a, alpha: a if a > 0 else alpha * a, "exp": mpmath.exp, "log": mpmath.log,
    "Max": max, "Min": min, "Pow": mpmath.power,
}  # fmt: skip


def worth(node, numbers):
    """The value, by mpmath; numbers: of the letters."""
    if node in numbers:
        return numbers[node]
    if node.is_Rational:
        return mpmath.mpf(node.p) / node.q
    if isinstance(node, Piecewise):
        for value, condition in node.args:
            if condition == True or _holds(condition, numbers):  # noqa: E712 - SymPy's true
                return worth(value, numbers)
    args = [worth(a, numbers) for a in node.args]
    if isinstance(node, Add):
        return mpmath.fsum(args)
    if isinstance(node, Mul):
        return mpmath.fprod(args)
    return BY_HAND[type(node).__name__](*args)


def _holds(condition, numbers):
    gap = worth(condition.gts, numbers) - worth(condition.lts, numbers)
    return gap > 0 if condition.rel_op in ("<", ">") else gap >= 0


def gap(a, b, rng, count=30, size=6):
    """The largest difference that is found, relative to the larger value, in 60 digits."""
    found = mpmath.mpf(0)
    with mpmath.workdps(60):
        for _ in range(count):
            numbers = {x: mpmath.mpf(rng.randint(-100 * size, 100 * size)) / 100 for x in LETTERS}
            u, v = worth(a, numbers), worth(b, numbers)
            found = max(found, abs(u - v) / max(1, abs(u), abs(v)))
    return found
