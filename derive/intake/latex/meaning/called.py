"""Functions of a formula, layer normalisation and those of each head among them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import sympy
from sympy import Add, Mul, Rational, Symbol

from derive.errors import DefinitionError, counted
from derive.intake.latex.meaning.functions import Functions
from derive.intake.latex.meaning.roles import Roles
from derive.intake.latex.meaning.shapes import Shapes
from derive.intake.latex.meaning.sums import Sums
from derive.intake.latex.trees.applied import OF_QUANTITIES, applied
from derive.intake.latex.trees.factors import PRODUCTS, product_of
from derive.intake.latex.trees.stacked import stack_of
from derive.intake.latex.trees.tree import Call, Key
from derive.statements.cumulative import cumsum
from derive.statements.largest import largest
from derive.statements.mean import mean
from derive.statements.shares import softmax
from derive.symbolic.expressions import ordered

EPSILON = Rational("1e-5")
_BY_HEADS: Mapping[str, Any] = {
    "headmean": mean, "headlargest": largest, "headsoftmax": softmax, "headcumsum": cumsum,
}  # fmt: skip


class Called(Sums):
    """Makes calls of one equation. functions: which function each word and letter is."""

    def __init__(
        self, roles: Roles, symbols: dict[Key, Symbol], used: Counter[Key], shapes: Shapes, functions: Functions
    ) -> None:
        super().__init__(roles, symbols, used, shapes)
        self.functions = functions

    def _fail(self, what: str) -> DefinitionError:
        return DefinitionError(f"in the equation of {self.target}: {what}")

    def _call(self, node: Call) -> Any:
        if node.function.base == "transposed":
            raise self._fail("a bracket that is transposed")
        if made := product_of(node):
            return PRODUCTS[made](*map(self.vector, node.arguments))
        name = self.functions.named(node.function, self.target)
        arguments = [self.vector(a) for a in node.arguments]
        if name == "layernorm":
            return self._normalised(node, arguments)
        if isinstance(name, str) and f"head{name}" in _BY_HEADS and self.shapes.is_by_head(node.arguments[0]):
            name = f"head{name}"
            self.roles.notes.append(
                f"{node.function} in the equation of {self.target} is that of each head: so is what it is of"
            )
        if isinstance(name, str) and name in _BY_HEADS:
            if not self.shapes.heads:
                raise self._fail(f"{name} is of each head, and no letter is said to be there for each of them")
            return _BY_HEADS[name](*arguments, heads=self.shapes.heads)
        if name in OF_QUANTITIES:
            arguments = [self.operand(a) for a in arguments]
        return applied(name, arguments, node.function, self.target)

    def _normalised(self, node: Call, arguments: list[Any]) -> Any:
        """Layer normalisation, with the gain and the shift that stand beside its argument."""
        count = stack_of(node.function)
        over, arguments = arguments[len(arguments) - count :], arguments[: len(arguments) - count]
        if len(arguments) > 3:
            raise self._fail(
                f"{node.function.base} has {counted(len(arguments), 'argument')}: a vector, gain and shift"
            )
        a, *gain = arguments
        last = ("without gain and shift", "with a gain, without shift", "with a gain and a shift")[len(gain)]
        self.roles.notes.append(f"layer normalisation is (a - mean a)/√(mean (a - mean a)² + 10⁻⁵), {last}")
        if over:
            self.roles.notes.append("layer normalisation of a stack is over all that is stacked")
        operand = self.operand(a)
        middle = mean(*over) if over else mean(operand)
        centred = Add(operand, Mul(-1, middle))
        squares = [Add(o, Mul(-1, middle)) ** 2 for o in over] or [centred**2]
        found = Mul(centred, sympy.Pow(sympy.sqrt(Add(mean(*squares), EPSILON)), -1))
        if gain:
            found = ordered(Mul, [gain[0], found])
        return ordered(Add, [found, gain[1]]) if len(gain) > 1 else found
