"""SymPy expressions as PyTorch text, laid out as ``ruff format`` leaves it, terms in the author's order.

>>> from sympy import symbols
>>> from derive import sigmoid
>>> torch_code(1 + 2 * sigmoid(symbols("a")))
'2 * torch.sigmoid(a) + 1'

SymPy's own printer for PyTorch sorts terms and writes calls that fail at run time (``torch.sqrt(2)``). This one is a
table of the few nodes that cells consist of, each as PyTorch wants it, and an error for every other.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import singledispatchmethod

from sympy import (
    Abs,
    Add,
    Basic,
    Expr,
    Integer,
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
from sympy.logic.boolalg import ITE, And, Not, Or

from derive.backends.formulas import added, cases, factors, in_order, machine_number, raised
from derive.errors import UnsupportedExpression
from derive.symbolic.activation import Activation
from derive.symbolic.surrogate import is_surrogate

#: Functions of one argument, by their name in ``torch``.
FUNCTIONS: dict[type[Basic], str] = {
    f: f.__name__.lower()
    for f in (exp, log, expm1, log1p, sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, erf, erfc, floor, Abs, sign)
}
_SUM, _PRODUCT, _ATOM = range(3)  # how tightly a text binds


def torch_code(
    expr: Basic,
    names: Mapping[Symbol, str] | None = None,
    *,
    numbers: frozenset[Symbol] = frozenset(),
    plain: bool = False,
) -> str:
    """The expression as PyTorch text.

    names: how quantities are spelled, where not by their own name (``p.gain``). numbers: symbols that stand for Python
    numbers, not tensors. plain: whether a function whose slope is its own is written as its value alone, without it.

    Raises UnsupportedExpression naming the node that has no PyTorch spelling, and what to do.
    """
    return _Torch(names or {}, numbers, plain).text(expr)


_LARGEST = 2**63 - 1  # of the integers of PyTorch


class _Torch:
    def __init__(self, names: Mapping[Symbol, str], numbers: frozenset[Symbol], plain: bool) -> None:
        self.names, self.numbers, self.plain = names, numbers, plain

    def text(self, node: Basic) -> str:
        """The text of a node; a number in any disguise (√2, π/4) is a number."""
        if isinstance(node, Expr) and not node.free_symbols and not isinstance(node, Rational):
            return repr(machine_number(node))
        return self._text(node)

    def is_number(self, node: Basic) -> bool:
        """Whether a node is a Python number when the module runs."""
        return self.numbers.issuperset(node.free_symbols)

    @singledispatchmethod
    def _text(self, node: Basic) -> str:
        if type(node) in FUNCTIONS:
            return self._call(FUNCTIONS[type(node)], node.args[0])
        known = ", ".join(f.__name__ for f in FUNCTIONS)
        raise UnsupportedExpression(
            f"{type(node).__name__} in {node} has no PyTorch spelling; write it with +, *, **, Max, Min, Piecewise,"
            f" {known}, or as a subclass of derive.Activation whose `torch` attribute is its PyTorch spelling"
        )

    # ------------------------------------------------------------------ arithmetic

    @_text.register
    def _(self, node: Symbol) -> str:
        return self.names.get(node, node.name)

    @_text.register
    def _(self, node: Rational) -> str:
        number = machine_number(node)
        if node.is_Integer and abs(node.p) <= _LARGEST:
            return str(node.p)
        return repr(number) if _is_decimal(node) else f"{node.p} / {node.q}"

    @_text.register
    def _(self, node: Add) -> str:
        first, *others = node.args
        terms = (f"({self.text(term)})" if isinstance(term, Add) else self.text(term) for term in others)
        return added([self.text(first), *terms])

    @_text.register
    def _(self, node: Mul) -> str:
        """Factors and divisors in their order, a factor first."""
        negative, found = factors(node)
        parts: list[tuple[str, Expr]] = []
        for times, a in found:
            if times == "*" and isinstance(a, Rational) and not a.is_Integer and not _is_decimal(a):
                parts += [("*", Integer(a.p))] if a.p != 1 else []
                parts.append(("/", Integer(a.q)))
            else:
                parts.append((times, a))
        text = in_order([(sign, self._factor(part)) for sign, part in parts], "1")
        return f"-{text}" if negative else text

    def _factor(self, factor: Expr) -> str:
        text = self.text(factor)
        return text if self._tightness(factor) == _ATOM and not text.startswith("-") else f"({text})"

    @_text.register
    def _(self, node: Pow) -> str:
        base, power = node.base, node.exp
        if power == S.Half:
            return self._call("sqrt", base)
        if isinstance(power, Number) and power.is_negative:
            return f"1 / {self._factor(raised(base, -power))}"
        operands = [self._operand(base), self._operand(power)]
        hugged = all(re.fullmatch(r"[\w.]+", t) for t in operands)
        return ("**" if hugged else " ** ").join(operands)

    def _operand(self, node: Expr) -> str:
        """An operand of a power, in parentheses unless it is a name, a number or a call."""
        text = self.text(node)
        return f"({text})" if isinstance(node, Pow) and node.exp != S.Half else self._factor(node)

    def _tightness(self, node: Basic) -> int:
        if isinstance(node, Add):
            return _SUM
        if isinstance(node, Mul) or (isinstance(node, Rational) and not node.is_Integer and not _is_decimal(node)):
            return _PRODUCT
        if isinstance(node, Pow) and isinstance(node.exp, Number) and node.exp.is_negative:
            return _PRODUCT
        if isinstance(node, Activation):
            if self._has_own_slope(node):
                return _ATOM
            template = self._template(node)
            if not template:
                return self._tightness(node.opened())
            return _ATOM if re.fullmatch(r"[\w.]+\(.*\)", template) else _SUM
        return _ATOM

    # ------------------------------------------------------------------ functions

    def _call(self, name: str, argument: Basic) -> str:
        if not self.is_number(argument):
            return f"torch.{name}({self.text(argument)})"
        name = {"abs": "fabs"}.get(name, name)
        if not hasattr(math, name):
            raise UnsupportedExpression(f"{name}({argument}) is taken of a constant; write its value in its place")
        return f"math.{name}({self.text(argument)})"

    @_text.register
    def _(self, node: Activation) -> str:
        if self._has_own_slope(node):
            arguments = ", ".join(map(self.text, node.args))
            return f"with_slope({', '.join(slope_names(type(node)))}, {arguments})"
        template = self._template(node)
        if not template:
            return self.text(node.opened())
        x, *parameters = node.args
        given = {k: self.text(v) for k, v in zip(node.defaults, parameters, strict=True)}
        alone = re.search(r"\(\{x\}[,)]", template)
        return template.format(x=self.text(x) if alone else self._factor(x), **given)

    def _has_own_slope(self, node: Activation) -> bool:
        """Whether autograd has to be told the slope. Raises UnsupportedExpression where it would need more."""
        x, *parameters = node.args
        if self.plain or self.is_number(x) or not is_surrogate(type(node)):
            return False
        if not all(map(self.is_number, parameters)):
            raise UnsupportedExpression(
                f"{node} has a slope of its own, which says nothing of its parameters; give it numbers or constants"
            )
        return True

    def _template(self, node: Activation) -> str:
        """The spelling of an activation; "" where its formula is printed, as PyTorch wants numbers as parameters."""
        x, *parameters = node.args
        spelled = not self.is_number(x) and all(self.is_number(p) for p in parameters)
        return getattr(node, "torch", "") if spelled else ""

    @_text.register(Max)
    @_text.register(Min)
    def _(self, node: Max | Min) -> str:
        """``clamp`` against a number, ``maximum`` or ``minimum`` of tensors."""
        which, bound = ("max", "min") if isinstance(node, Max) else ("min", "max")
        numbers = [self.text(a) for a in node.args if self.is_number(a)]
        tensors = [self.text(a) for a in node.args if not self.is_number(a)]
        if not tensors:
            return f"{which}({', '.join(numbers)})"
        text = tensors[0]
        for t in tensors[1:]:
            text = f"torch.{which}imum({text}, {t})"
        for n in numbers:
            text = f"torch.clamp({text}, {bound}={n})"
        return text

    # ------------------------------------------------------------------ cases

    @_text.register
    def _(self, node: Piecewise) -> str:
        """Nested ``torch.where``; of numbers alone, in the dtype of the tensor that decides."""
        conditional, last = cases(node)
        text, numbers = self.text(last), self.is_number(last)
        for value, condition in reversed(conditional):
            if self.is_number(condition):
                raise UnsupportedExpression(
                    f"condition {condition} in {node} depends on no quantity; keep the case that holds"
                )
            chosen = self.text(value)
            if numbers and self.is_number(value):
                decides = min(condition.free_symbols - self.numbers, key=lambda s: str(s.name))
                chosen = f"torch.full_like({self.text(decides)}, {chosen})"
            text, numbers = f"torch.where({self.text(condition)}, {chosen}, {text})", False
        return text

    @_text.register
    def _(self, node: Relational) -> str:
        return f"{self.text(node.lhs)} {node.rel_op} {self.text(node.rhs)}"

    @_text.register(And)
    @_text.register(Or)
    def _(self, node: And | Or) -> str:
        conditions = sorted(self.text(a) for a in node.args)  # SymPy keeps them as a set
        return (" & " if isinstance(node, And) else " | ").join(f"({c})" for c in conditions)

    @_text.register
    def _(self, node: ITE) -> str:
        """SymPy's form of a comparison with a piecewise formula."""
        return f"torch.where({', '.join(self.text(a) for a in node.args)})"

    @_text.register
    def _(self, node: Not) -> str:
        return f"~({self.text(node.args[0])})"


def slope_names(function: type[Activation]) -> tuple[str, str]:
    """What a module calls the value and the slope of a function whose slope is its own."""
    return f"value_of_{function.__name__}", f"slope_of_{function.__name__}"


def _is_decimal(number: Rational) -> bool:
    """Whether a rational is exactly the float that prints in a few digits, or has an integer too large for PyTorch."""
    return max(abs(number.p), number.q) > _LARGEST or bool(Rational(str(float(number))) == number)
