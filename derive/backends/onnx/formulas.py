"""Formulas as nodes of a graph: a node of ONNX for each of SymPy's, and stable compositions of what ONNX lacks.

ONNX Runtime has no Asin, Acos, Atan and Erf in float64; its Sigmoid is 0 from -18 on in float32, so that the stable
formula stands in its place. ONNX has no expm1 and log1p, without which digits cancel near zero: they are put together
here, and so is what is put together of them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, reduce, singledispatchmethod
from typing import Any

import numpy as np
from sympy import Add, Basic, Dummy, Expr, Integer, Max, Min, Mul, Number, Piecewise, Pow, S, Symbol
from sympy.core.relational import Relational
from sympy.logic.boolalg import ITE, And, BooleanAtom, Not, Or

from derive.backends.formulas import cases, machine_number, raised
from derive.backends.onnx.graph import Graph
from derive.errors import UnsupportedExpression
from derive.symbolic.activation import Activation
from derive.symbolic.table import Entries

#: Functions of one argument, by SymPy's name.
_OPERATORS = {
    "exp": "Exp", "log": "Log", "sin": "Sin", "cos": "Cos", "tanh": "Tanh", "Abs": "Abs", "sign": "Sign",
    "floor": "Floor", "relu": "Relu",
}  # fmt: skip
_SINGLE = {"asin": "Asin", "acos": "Acos", "atan": "Atan", "erf": "Erf"}  # in float32 alone
_RELATIONS = {"<": "Less", "<=": "LessOrEqual", ">": "Greater", ">=": "GreaterOrEqual", "==": "Equal", "!=": "Equal"}


@lru_cache(maxsize=256)
def _stable(function: Any, numbers: tuple[Expr | None, ...]) -> tuple[tuple[Expr, ...], Expr]:
    """What stands for the arguments of an activation, those that are numbers as they are, and its formula of them."""
    places = tuple(Dummy() if n is None else n for n in numbers)
    return places, function.stable(*places)


class Formulas:
    """Writes formulas into a graph. name: what a quantity is called there."""

    def __init__(self, graph: Graph, name: Callable[[Symbol], str]) -> None:
        self.graph, self.name = graph, name
        self.given: dict[Basic, str] = {}  # what stands in the place of an activation's arguments

    def value(self, node: Basic) -> str:
        """The name of a formula's value. Raises UnsupportedExpression naming the node that ONNX has not."""
        if isinstance(node, Expr) and not node.free_symbols:
            return self.graph.constant(machine_number(node))
        return self._value(node)

    def op(self, name: str, *nodes: str) -> str:
        return self.graph.node(name, *nodes)

    def number(self, value: float) -> str:
        return self.graph.constant(value)

    @singledispatchmethod
    def _value(self, node: Basic) -> str:
        name, arguments = type(node).__name__, [self.value(a) for a in node.args]
        if name in _OPERATORS:
            return self.op(_OPERATORS[name], *arguments)
        if name in _SINGLE and self.graph.dtype == np.float32:
            return self.op(_SINGLE[name], *arguments)
        if name in _SINGLE:
            raise UnsupportedExpression(f"{name} in {node} is not there in ONNX Runtime's float64; use float32")
        if name in _COMPOSED:
            return _COMPOSED[name](self, *arguments)
        raise UnsupportedExpression(f"{name} in {node} has no operator in ONNX; give it a composition in formulas.py")

    @_value.register
    def _(self, node: Symbol) -> str:
        return self.given[node] if node in self.given else self.name(node)

    @_value.register
    def _(self, node: BooleanAtom) -> str:
        return self.graph.truth(bool(node))

    @_value.register
    def _(self, node: Entries) -> str:
        k = self.value(node.args[0])
        known = self.graph.whole(self.op("Where", self.op("IsNaN", k), self.number(0), k))
        return self.op("Gather", self.graph.constant([float(n) for n in node.numbers], "entries"), known)

    @_value.register
    def _(self, node: Activation) -> str:
        name = type(node).__name__
        arguments = [self.value(a) for a in node.args]
        if name in _OPERATORS:
            return self.op(_OPERATORS[name], *arguments)
        if name in _COMPOSED:
            return _COMPOSED[name](self, *arguments)
        places, formula = _stable(node.func, tuple(None if a.free_symbols else a for a in node.args))
        self.given |= {p: v for p, v in zip(places, arguments, strict=True) if isinstance(p, Dummy)}
        return self.value(formula)

    @_value.register
    def _(self, node: Mul) -> str:
        above: list[Any] = []
        below: list[Any] = []
        for a in node.args:
            inverse = isinstance(a, Pow) and isinstance(a.exp, Number) and a.exp.is_negative
            (below if inverse else above).append(raised(a.base, -a.exp) if inverse else a)
        product = reduce(lambda p, q: self.op("Mul", p, q), map(self.value, above)) if above else self.number(1)
        return reduce(lambda p, q: self.op("Div", p, q), map(self.value, below), product)

    @_value.register
    def _(self, node: Pow) -> str:
        power = node.exp
        if isinstance(power, Number) and power.is_negative:
            return self.op("Div", self.number(1), self.value(raised(node.base, -power)))
        base = self.value(node.base)
        if power == S.Half:
            return self.op("Sqrt", base)
        if isinstance(power, Integer) and 1 < power <= 4:
            return reduce(lambda p, q: self.op("Mul", p, q), [base] * int(power))
        return self.op("Pow", base, self.value(power))

    @_value.register(Add)
    @_value.register(Max)
    @_value.register(Min)
    @_value.register(And)
    @_value.register(Or)
    def _(self, node: Basic) -> str:
        return reduce(lambda p, q: self.op(type(node).__name__, p, q), map(self.value, node.args))

    # ------------------------------------------------------------------ cases

    @_value.register
    def _(self, node: Piecewise) -> str:
        conditional, last = cases(node)
        text = self.value(last)
        for value, condition in reversed(conditional):
            text = self.op("Where", self.value(condition), self.value(value), text)
        return text

    @_value.register
    def _(self, node: ITE) -> str:
        condition, yes, no = map(self.value, node.args)
        return self.op("Or", self.op("And", condition, yes), self.op("And", self.op("Not", condition), no))

    @_value.register
    def _(self, node: Not) -> str:
        return self.op("Not", self.value(node.args[0]))

    @_value.register
    def _(self, node: Relational) -> str:
        found = self.op(_RELATIONS[node.rel_op], self.value(node.lhs), self.value(node.rhs))
        return self.op("Not", found) if node.rel_op == "!=" else found

    # ------------------------------------------------------------------ what ONNX lacks

    def expm1(self, x: str) -> str:
        """e^x - 1 = tanh(x/2) (e^x + 1), in which nothing cancels."""
        half = self.op("Tanh", self.op("Mul", x, self.number(0.5)))
        return self.op("Mul", half, self.op("Add", self.op("Exp", x), self.number(1)))

    def log1p(self, x: str) -> str:
        """log(1 + x) = log(w) x/(w - 1) with w = 1 + x as it is rounded; x where w is 1 (Kahan)."""
        one = self.number(1)
        w = self.op("Add", x, one)
        tiny = self.op("Equal", w, one)
        below = self.op("Where", tiny, one, self.op("Sub", w, one))
        return self.op("Where", tiny, x, self.op("Mul", self.op("Log", w), self.op("Div", x, below)))

    def cosh(self, x: str) -> str:
        up = self.op("Exp", self.op("Abs", x))
        return self.op("Mul", self.op("Add", up, self.op("Reciprocal", up)), self.number(0.5))

    def sinh(self, x: str) -> str:
        return self.op("Mul", self.op("Tanh", x), self.cosh(x))

    def tan(self, x: str) -> str:
        return self.op("Div", self.op("Sin", x), self.op("Cos", x))

    def hypot(self, x: str, y: str) -> str:
        """√(x² + y²) = m √(1 + (n/m)²), m the larger one, so that no square overflows."""
        a, b, zero, one = self.op("Abs", x), self.op("Abs", y), self.number(0), self.number(1)
        m, n = self.op("Max", a, b), self.op("Min", a, b)
        ratio = self.op("Div", n, self.op("Where", self.op("Equal", m, zero), one, m))
        return self.op("Mul", m, self.op("Sqrt", self.op("Add", one, self.op("Mul", ratio, ratio))))

    def softplus(self, x: str) -> str:
        tail = self.log1p(self.op("Exp", self.op("Neg", self.op("Abs", x))))
        return self.op("Add", self.op("Relu", x), tail)

    def elu(self, x: str, alpha: str) -> str:
        below = self.expm1(self.op("Min", x, self.number(0)))
        return self.op("Add", self.op("Relu", x), self.op("Mul", alpha, below))


_COMPOSED: dict[str, Callable[..., str]] = {
    f.__name__: f
    for f in (
        Formulas.expm1, Formulas.log1p, Formulas.cosh, Formulas.sinh, Formulas.tan, Formulas.hypot, Formulas.softplus,
        Formulas.elu,
    )
}  # fmt: skip
