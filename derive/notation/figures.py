r"""Formulas with numbers in the places of their symbols: ``0.2 \cdot 100 + 0 \cdot ({-3}) - 10``.

The numbers are decimals as printed (``Numeral``), not values: the text is what a reader checks with pencil and paper. A
negative number stands in parentheses after a dot, and in braces wherever its sign comes first, so that no converter
takes the sign for a subtraction.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, NamedTuple

from sympy import Abs, Add, Basic, Integer, Max, Min, Mul, Pow, Rational, S, Symbol, cos, erf, exp, floor, log, sin

from derive.errors import UnsupportedExpression
from derive.exact.numeral import Numeral
from derive.notation.printers import split_fraction
from derive.symbolic.activation import Activation
from derive.symbolic.nodes import FunctionNode

LONG = 40  # characters of LaTeX beyond which a fraction or root is written on the line, where it can be broken

#: In a sum that is an affine map worked out, what stands between W x, b and W h: no part of the formula.
BORDER = "\N{INVISIBLE SEPARATOR}"

_ZERO = re.compile(r"0((\.|,|\{,\})0*)?")


def _map(term: Any) -> str:
    """Which affine map a term is of: the name of the tensor of which its first number is an entry."""
    while term.args:
        term = term.args[0]
    name, bracket, _ = str(term).partition("[")
    return name if bracket else ""


class Signed(NamedTuple):
    """A term: whether it is negative, its first factor without the sign, and what follows."""

    negative: bool
    first: str
    rest: str = ""


class Figures:
    """Writes formulas over symbols as unicode text with numbers; a subclass says how else it is spelled."""

    times = " · "
    minus = " − "
    pi = "π"
    border = ""
    names: Mapping[Any, str] = {
        Max: "max", Min: "min", log: "log", erf: "erf", exp: "exp", sin: "sin", cos: "cos"
    }  # fmt: skip

    def __init__(self, numerals: Mapping[Symbol, Numeral]) -> None:
        self.numerals = numerals

    # ------------------------------------------------------------------ spelling

    def number(self, numeral: Numeral) -> str:
        return numeral.unicode()

    def negated(self, text: str) -> str:
        return f"−{text}"

    def brackets(self, inner: str) -> str:
        return f"({inner})"

    def fraction(self, above: str, below: str) -> str:
        return f"({above})/({below})"

    def power(self, base: str, exponent: str) -> str:
        return f"{base}²" if exponent == "2" else f"{base}^({exponent})"

    def root(self, inner: str) -> str:
        return f"√({inner})"

    def magnitude(self, inner: str) -> str:
        return f"|{inner}|"

    def whole(self, inner: str) -> str:
        return f"⌊{inner}⌋"

    def name(self, node: Activation) -> str:
        return node.unicode_name

    def function(self, node: FunctionNode) -> str:
        return node.unicode_name

    def call(self, node: Any, arguments: str) -> str:
        return f"{self.names[node.func]}{self.brackets(arguments)}"

    # ------------------------------------------------------------------ the walk

    def text(self, node: Any) -> str:
        """The formula. Raises UnsupportedExpression for a node that it cannot write."""
        if isinstance(node, Add):
            return self._sum(node)
        return self._leading(self._signed(node))

    def standing(self, numeral: Numeral) -> str:
        """A number by itself."""
        text = self.number(numeral._replace(digits=abs(numeral.digits)))
        return self.negated(text) if numeral.digits < 0 else text

    def _leading(self, term: Signed) -> str:
        negative = term.negative and not _ZERO.fullmatch(term.first)  # -0.0000 is 0.0000
        return (self.negated(term.first) if negative else term.first) + term.rest

    def _sum(self, node: Add) -> str:
        first, *others = map(self._signed, node.args)
        borders = (self.border if _map(a) != _map(b) else "" for a, b in pairwise(node.args))
        return self._leading(first) + "".join(
            border + (self.minus if t.negative else " + ") + t.first + t.rest
            for border, t in zip(borders, others, strict=True)
        )

    def _signed(self, node: Any) -> Signed:
        if isinstance(node, Symbol | Integer):
            numeral = self._numeral(node)
            return Signed(numeral.digits < 0, self.number(numeral._replace(digits=abs(numeral.digits))))
        if isinstance(node, Mul | Rational) or (isinstance(node, Pow) and node.exp.is_negative):
            return self._product(node)
        return Signed(False, self._factor(node) if isinstance(node, Add) else self._atom(node))

    def _numeral(self, node: Any) -> Numeral:
        return Numeral(int(node), 0) if isinstance(node, Integer) else self.numerals[node]

    def _product(self, node: Any) -> Signed:
        if isinstance(node, Rational):
            sign, above, below = (-1 if node.p < 0 else 1), [Integer(abs(node.p))], [Integer(node.q)]
        else:
            sign, above, below = split_fraction(node if isinstance(node, Mul) else Mul(S.One, node, evaluate=False))
        if below:
            lines = [self._factors(factors) for factors in (above, below)]
            return Signed(sign < 0, self.fraction(*(self._leading(line) for line in lines)))
        if sign > 0:
            return self._factors(above)
        first, *others = map(self._factor, above)  # a factor with a sign of its own is in parentheses after this one
        return Signed(True, first, "".join(self.times + f for f in others))

    def _factors(self, factors: list[Basic]) -> Signed:
        """A product whose first factor gives the sign."""
        if len(factors) == 1:
            return Signed(False, self._sum(factors[0])) if isinstance(factors[0], Add) else self._signed(factors[0])
        if not factors:
            return Signed(False, "1")
        first, *others = factors
        negative, text = False, self._factor(first)
        if isinstance(first, Symbol | Integer) and not self._numeral(first).scientific:
            negative, text, _ = self._signed(first)
        return Signed(negative, text, "".join(self.times + self._factor(f) for f in others))

    def _factor(self, node: Any) -> str:
        """A factor or base: in parentheses where it is no plain number, function or power."""
        plain = not isinstance(node, Add | Mul | Rational) or isinstance(node, Integer)
        if isinstance(node, Symbol | Integer):
            numeral = self._numeral(node)
            plain = numeral.digits >= 0 and not numeral.scientific
        return self.text(node) if plain else self.brackets(self.text(node))

    def _atom(self, node: Any) -> str:
        if isinstance(node, Activation):
            return f"{self.name(node)}{self.brackets(self.text(node.args[0]))}"
        if isinstance(node, Pow):
            if node.exp == Rational(1, 2):
                return self.root(self.text(node.base))
            base = self._factor(node.base)
            return self.power(f"({base})" if isinstance(node.base, Pow) else base, self.text(node.exp))
        if node in (S.Pi, S.Exp1):
            return self.pi if node is S.Pi else "e"
        if isinstance(node, Abs):
            return self.magnitude(self.text(node.args[0]))
        if isinstance(node, floor):
            return self.whole(self.text(node.args[0]))
        if isinstance(node, FunctionNode):
            return f"{self.function(node)}{self.brackets(', '.join(map(self.text, node.args)))}"
        if node.func in self.names:
            return self.call(node, ", ".join(map(self.text, node.args)))
        raise UnsupportedExpression(f"{type(node).__name__} cannot be written with numbers in a step: {node}")


class LatexFigures(Figures):
    """LaTeX."""

    times = r" \cdot "
    minus = " - "
    pi = r"\pi"
    border = BORDER
    names: Mapping[Any, str] = {
        Max: r"\max", Min: r"\min", log: r"\log", exp: "e", sin: r"\sin", cos: r"\cos",
        erf: r"\operatorname{erf}",
    }  # fmt: skip

    def number(self, numeral: Numeral) -> str:
        return numeral.latex()

    def negated(self, text: str) -> str:
        return f"{{-{text}}}" if len(text) < LONG else f"{{-}}{text}"  # a line may end in a long one

    def brackets(self, inner: str) -> str:
        return rf"\Bigl({inner}\Bigr)" if r"\frac" in inner else f"({inner})"

    def fraction(self, above: str, below: str) -> str:
        if max(map(len, (above, below))) > LONG:
            return f"({above}) / ({below})"
        return rf"\frac{{{above}}}{{{below}}}"

    def power(self, base: str, exponent: str) -> str:
        return f"{base}^{{{exponent}}}" if len(base) > LONG else f"{{{base}}}^{{{exponent}}}"

    def root(self, inner: str) -> str:
        return f"({inner})^{{1/2}}" if len(inner) > LONG else rf"\sqrt{{{inner}}}"

    def magnitude(self, inner: str) -> str:
        return rf"\left|{inner}\right|"

    def whole(self, inner: str) -> str:
        return rf"\left\lfloor{inner}\right\rfloor"

    def name(self, node: Activation) -> str:
        if node.args[1:] == tuple(node.defaults.values()):
            return node.latex_name
        return node.latex_with(*map(self.text, node.args[1:]))

    def function(self, node: FunctionNode) -> str:
        return node.latex_name

    def call(self, node: Any, arguments: str) -> str:
        """An exponent with indices would be set too small to read."""
        if node.func is exp:
            is_long = re.search(r"[_^]| [+-] |\\cdot", arguments)  # and would be read with pains above the line
            return rf"\exp({arguments})" if is_long else f"e^{{{arguments}}}"
        return super().call(node, arguments)
