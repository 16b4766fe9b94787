"""SymPy expressions as JavaScript: its operators, ``Math`` and functions of activations.

The text has neither ``<`` nor ``&``, so it is the same in a page of HTML and of XML.

>>> from sympy import symbols
>>> from derive import sigmoid
>>> JavaScript().text(1 + 2 * sigmoid(symbols("a")))
'1 + 2 * sigmoid(a)'
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import singledispatchmethod

from sympy import (
    Abs,
    Add,
    Basic,
    Expr,
    Max,
    Min,
    Mul,
    Number,
    Piecewise,
    Pow,
    Rational,
    S,
    Symbol,
    acos,
    asin,
    atan,
    cos,
    cosh,
    erf,
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

from derive.backends.formulas import added, machine_number, raised
from derive.errors import UnsupportedExpression
from derive.statements.mean import MeanNode
from derive.symbolic.activation import Activation
from derive.symbolic.stable import rate
from derive.symbolic.table import Entries

#: Functions of one argument that ``Math`` has.
FUNCTIONS: dict[type[Basic], str] = {
    f: f"Math.{f.__name__}"
    for f in (exp, log, expm1, log1p, sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, floor, sign)
} | {Abs: "Math.abs", Max: "Math.max", Min: "Math.min"}
_FLIPPED = {">": "{a} > {b}", "<": "{b} > {a}", ">=": "{a} >= {b}", "<=": "{b} >= {a}"}
_EQUAL = {"==": "===", "!=": "!=="}


#: 2/√π e^(-x²) Σ 2ⁿ x²ⁿ⁺¹ / (1 · 3 · ... · (2n + 1)), whose terms are all of one sign; from 6 on it is 1 in double
#: precision. The text stands in HTML and XML as it is.
_ERF = """\
function erf(x) {
  const a = Math.abs(x);
  let term = a, sum = a;
  for (let n = 1; 6 > a ? term > 1e-17 * sum : false; n++) sum += term *= 2 * a * a / (2 * n + 1);
  return Math.sign(x) * (6 > a ? 2 / Math.sqrt(Math.PI) * Math.exp(-a * a) * sum : 1);
}"""


class JavaScript:
    """Writes expressions, and keeps the functions of the activations that occur in them.

    names: how quantities are spelled, where not by their own name.
    """

    def __init__(self, names: Mapping[Symbol, str] | None = None) -> None:
        self.names = {} if names is None else names
        self.functions: dict[type[Expr], str] = {}  # the text of each

    def text(self, node: Basic) -> str:
        """The expression. Raises UnsupportedExpression naming the node that has no spelling."""
        if isinstance(node, Expr) and not node.free_symbols:
            return _number(node)
        return self._text(node)

    def _atom(self, node: Basic) -> str:
        """In parentheses, unless it is a name, a call or a number without a sign."""
        text = self.text(node)
        is_plain = isinstance(node, Symbol) or type(node) in FUNCTIONS or isinstance(node, Activation | Piecewise)
        return text if is_plain or not (node.free_symbols or text.startswith("-")) else f"({text})"

    @singledispatchmethod
    def _text(self, node: Basic) -> str:
        if type(node) in FUNCTIONS:
            return f"{FUNCTIONS[type(node)]}({', '.join(map(self.text, node.args))})"
        raise UnsupportedExpression(
            f"{type(node).__name__} in {node} has no spelling in JavaScript; give it a rule in printer.py"
        )

    @_text.register
    def _(self, node: Symbol) -> str:
        return self.names.get(node, node.name)

    @_text.register
    def _(self, node: Add) -> str:
        return added(self.text(a) if isinstance(a, Mul | Number) else self._atom(a) for a in node.args)

    @_text.register
    def _(self, node: Mul) -> str:
        below = [a for a in node.args if isinstance(a, Pow) and isinstance(a.exp, Rational) and a.exp.is_negative]
        above = [a for a in node.args if a not in below and a != 1]
        sign = "-" if above and above[0] == -1 else ""
        factors = [self._atom(a) for a in above[len(sign) :]] or ["1"]
        return sign + " * ".join(factors) + "".join(f" / {self._atom(raised(a.base, -a.exp))}" for a in below)

    @_text.register
    def _(self, node: Pow) -> str:
        power = node.exp
        if isinstance(power, Rational) and power.is_negative:
            return f"1 / {self._atom(raised(node.base, -power))}"
        if power == S.Half:
            return f"Math.sqrt({self.text(node.base)})"
        return f"Math.pow({self.text(node.base)}, {self.text(power)})"

    # ------------------------------------------------------------------ functions

    @_text.register
    def _(self, node: Activation) -> str:
        function = type(node)
        if function not in self.functions:
            arguments = [Symbol(f"x{k}") for k in range(len(node.args))]
            formula = function.stable(*arguments)
            if formula.has(function):
                raise UnsupportedExpression(f"activation {node} has no formula in `value`")
            inner = JavaScript()
            body = inner.text(formula)
            self.functions |= inner.functions
            names = ", ".join(a.name for a in arguments)
            self.functions[function] = f"function {function.__name__}({names}) {{ return {body}; }}"
        return f"{function.__name__}({', '.join(map(self.text, node.args))})"

    @_text.register
    def _(self, node: erf) -> str:
        self.functions[erf] = _ERF
        return f"erf({self.text(node.args[0])})"

    @_text.register
    def _(self, node: rate) -> str:
        return f"Math.min({self.text(exp(node.args[0], evaluate=False))}, Number.MAX_VALUE)"

    @_text.register
    def _(self, node: MeanNode) -> str:
        return f"({' + '.join(map(self._atom, node.args))}) / {len(node.args)}"

    @_text.register
    def _(self, node: Entries) -> str:
        numbers = ", ".join(_number(n) for n in node.numbers)
        return f"[{numbers}][{self.text(node.args[0])}]"

    # ------------------------------------------------------------------ cases

    @_text.register
    def _(self, node: Piecewise) -> str:
        text = "NaN"
        for value, condition in (case.args for case in reversed(node.args)):
            text = (
                self.text(value) if condition is S.true else f"{self._atom(condition)} ? {self._atom(value)} : {text}"
            )
        return f"({text})"

    @_text.register
    def _(self, node: ITE) -> str:
        condition, yes, no = map(self._atom, node.args)
        return f"({condition} ? {yes} : {no})"

    @_text.register
    def _(self, node: Relational) -> str:
        a, b = self._atom(node.lhs), self._atom(node.rhs)
        if node.rel_op in _EQUAL:
            return f"{a} {_EQUAL[node.rel_op]} {b}"
        return _FLIPPED[node.rel_op].format(a=a, b=b)

    @_text.register
    def _(self, node: And) -> str:
        return f"[{', '.join(sorted(map(self.text, node.args)))}].every(Boolean)"

    @_text.register
    def _(self, node: Or) -> str:
        return " || ".join(sorted(map(self._atom, node.args)))

    @_text.register
    def _(self, node: Not) -> str:
        return f"!{self._atom(node.args[0])}"

    @_text.register
    def _(self, node: BooleanAtom) -> str:
        return "true" if node else "false"


def _number(node: Expr) -> str:
    return repr(machine_number(node)).removesuffix(".0")
