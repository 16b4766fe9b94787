"""SymPy expressions as C on vectors: the operators of C, and functions of ``templates/c/functions.h``.

>>> from sympy import symbols
>>> from derive import sigmoid
>>> c_code(1 + 2 * sigmoid(symbols("a")))
'R(2) * vsigmoid(a) + R(1)'
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce, singledispatchmethod

from sympy import (
    Abs,
    Add,
    Basic,
    Dummy,
    Expr,
    Integer,
    Max,
    Min,
    Mul,
    Number,
    Piecewise,
    Pow,
    S,
    Symbol,
    acos,
    asin,
    atan,
    cos,
    cosh,
    erf,
    erfc,
    exp,
    floor,
    log,
    sign,
    sin,
    sinh,
    tan,
    tanh,
)
from sympy.codegen.cfunctions import expm1, log1p
from sympy.core.relational import Relational
from sympy.logic.boolalg import ITE, And, BooleanAtom, Not, Or

from derive.backends.formulas import added, cases, factors, in_order, machine_number, raised
from derive.errors import UnsupportedExpression
from derive.symbolic.activation import Activation
from derive.symbolic.activations import sigmoid, softplus
from derive.symbolic.activations import tanh as plain_tanh
from derive.symbolic.stable import rate
from derive.symbolic.table import Entries

#: Functions of one argument.
FUNCTIONS: dict[type[Basic], str] = {
    f: f"v{f.__name__}"
    for f in (
        exp,
        log,
        expm1,
        log1p,
        sin,
        cos,
        tan,
        asin,
        acos,
        atan,
        sinh,
        cosh,
        tanh,
        erf,
        erfc,
        floor,
        sigmoid,
        softplus,
        rate,
    )
}
FUNCTIONS |= {Abs: "magnitude", sign: "vsign", sigmoid: "vsigmoid", plain_tanh: "vtanh"}
_SUM, _PRODUCT, _ATOM = range(3)  # how tightly a text binds


def c_code(expr: Basic, names: Mapping[Symbol, str] | None = None) -> str:
    """The expression as C. names: how quantities are spelled, where not by their own name.

    Raises UnsupportedExpression naming the node that has no spelling.
    """
    return _C(names or {}).vector(expr)


def c_number(node: Expr) -> str:
    """A number in any disguise (√2, π/4). Raises UnsupportedExpression for one that is no finite double."""
    number = machine_number(node)
    return f"R({int(number) if number.is_integer() and abs(number) < 1e9 else repr(number)})"


class _C:
    def __init__(self, names: Mapping[Symbol, str]) -> None:
        self.names = names
        self.given: dict[Basic, Basic] = {}  # what stands in the place of an activation's arguments

    def vector(self, node: Basic) -> str:
        """A text of vector type, also of a number."""
        text = self.text(node)
        return text if node.free_symbols else f"splat({text})"

    def text(self, node: Basic) -> str:
        return c_number(node) if isinstance(node, Expr) and not node.free_symbols else self._text(node)

    @singledispatchmethod
    def _text(self, node: Basic) -> str:
        if type(node) in FUNCTIONS:
            return f"{FUNCTIONS[type(node)]}({self.vector(node.args[0])})"
        raise UnsupportedExpression(
            f"{type(node).__name__} in {node} has no spelling in C; give it a rule in printer.py"
        )

    @_text.register
    def _(self, node: Symbol) -> str:
        return self.text(self.given[node]) if node in self.given else self.names.get(node, node.name)

    @_text.register
    def _(self, node: Add) -> str:
        first, *others = node.args
        return added([self.text(first), *map(self._signed, others)])

    def _signed(self, node: Expr) -> str:
        """A term, the sign of a number in front of it."""
        return f"-{self.text(-node)}" if isinstance(node, Number) and node.is_negative else self.text(node)

    @_text.register
    def _(self, node: Mul) -> str:
        negative, parts = factors(node)
        text = in_order([(sign, self._factor(part)) for sign, part in parts], "R(1)")
        return f"-{text}" if negative else text

    def _factor(self, node: Expr) -> str:
        text = self.text(node)
        return text if self._tightness(node) == _ATOM and not text.startswith("-") else f"({text})"

    def _tightness(self, node: Basic) -> int:
        if node in self.given:
            return self._tightness(self.given[node])
        if not node.free_symbols:
            return _ATOM
        if isinstance(node, Add):
            return _SUM
        if isinstance(node, Mul):
            return _PRODUCT
        if isinstance(node, Pow) and isinstance(node.exp, Number) and node.exp.is_negative:
            return _PRODUCT
        if isinstance(node, Activation) and type(node) not in FUNCTIONS:
            return self._tightness(self._formula(node))
        return _ATOM

    @_text.register
    def _(self, node: Pow) -> str:
        power = node.exp
        if isinstance(power, Number) and power.is_negative:
            return f"R(1) / {self._factor(raised(node.base, -power))}"
        if power == S.Half:
            return f"square_root({self.vector(node.base)})"
        if isinstance(power, Integer) and power <= 16:
            return f"power({self.vector(node.base)}, {power})"
        return f"vpow({self.vector(node.base)}, {self.vector(power)})"

    # ------------------------------------------------------------------ functions

    @_text.register
    def _(self, node: Activation) -> str:
        if type(node) in FUNCTIONS:
            return f"{FUNCTIONS[type(node)]}({self.vector(node.args[0])})"
        formula = self._formula(node)
        if formula.has(type(node)):
            raise UnsupportedExpression(f"activation {node} has no formula in `value`")
        return self.text(formula)

    def _formula(self, node: Activation) -> Expr:
        """Its arguments are not multiplied out, as SymPy would do it: large summands have to cancel."""
        dummies = {a: Dummy() for a in node.args if a.free_symbols and not isinstance(a, Symbol)}
        self.given |= {dummy: a for a, dummy in dummies.items()}
        return node.stable(*(dummies.get(a, a) for a in node.args))

    @_text.register
    def _(self, node: Entries) -> str:
        return f"entry({type(node).__name__}, {self.vector(node.args[0])})"

    @_text.register(Max)
    @_text.register(Min)
    def _(self, node: Max | Min) -> str:
        name = "maximum" if isinstance(node, Max) else "minimum"
        return reduce(lambda a, b: f"{name}({a}, {b})", sorted(map(self.vector, node.args)))

    # ------------------------------------------------------------------ cases

    @_text.register
    def _(self, node: Piecewise) -> str:
        conditional, last = cases(node)
        text = self.vector(last)
        for value, condition in reversed(conditional):
            text = f"where({self.text(condition)}, {self.vector(value)}, {text})"
        return text

    @_text.register
    def _(self, node: ITE) -> str:
        condition, yes, no = map(self.text, node.args)
        return f"either(both({condition}, {yes}), both(opposite({condition}), {no}))"

    @_text.register
    def _(self, node: Relational) -> str:
        return f"{self.vector(node.lhs)} {node.rel_op} {self.vector(node.rhs)}"

    @_text.register(And)
    @_text.register(Or)
    def _(self, node: And | Or) -> str:
        name = "both" if isinstance(node, And) else "either"
        return reduce(lambda a, b: f"{name}({a}, {b})", sorted(map(self.text, node.args)))

    @_text.register
    def _(self, node: Not) -> str:
        return f"opposite({self.text(node.args[0])})"

    @_text.register
    def _(self, node: BooleanAtom) -> str:
        raise UnsupportedExpression(f"condition {node} depends on no quantity; keep the case that holds")
