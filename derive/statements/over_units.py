"""Functions over the units of a quantity, of all of them or of those of each head: what their nodes have in common, and
their statements.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from sympy import Expr, Symbol
from sympy.core.symbol import Str

from derive.notation.quantity import typed
from derive.statements.base import EquationSite, Statement, UnitsNode, check_operands
from derive.statements.sizes import axes_of, heads_of, size_name
from derive.statements.writing import ALL_UNITS, Writing


class OverUnitsNode(UnitsNode):
    """A function of all units of a quantity, or of those of the head that a unit is in. args: the quantity; and by head
    the size that is the number of heads. function: its name, before which ``head`` stands where it goes by head."""

    function: ClassVar[str]

    @classmethod
    def of(cls, a: Any, heads: str = "") -> Self:
        """The function of a quantity, by head where there is a size that is the number of heads."""
        return cls(a, *([Str(heads)] if heads else []))

    @classmethod
    def typed(cls, a: Any, heads: str | int) -> Self:
        """The same as an author asks for it. Raises DefinitionError."""
        check_operands(f"{cls.function}(a)", (a,))
        return cls.of(a, "" if heads == "" else size_name(heads, f"{cls.function}(heads=...)"))

    @property
    def operands(self) -> tuple[Any, ...]:
        return self.args[:1]  # type: ignore[no-any-return, unused-ignore]

    @property
    def heads(self) -> str:
        """The size that is the number of heads; empty where it is of all units."""
        return self.args[1].name if len(self.args) > 1 else ""

    @property
    def unicode_name(self) -> str:  # type: ignore[override]
        return f"head{self.function}" if self.heads else self.function

    @property
    def latex_name(self) -> str:  # type: ignore[override]
        return rf"\operatorname{{{self.unicode_name}}}"

    def over(self, names: Any) -> Expr:
        return self.of(names[0], self.heads)  # type: ignore[no-any-return, unused-ignore]

    def units(self, size: Callable[[Any], str]) -> str:
        return size(self.args[0])

    def check(self, place: EquationSite, size: Callable[[Any], str]) -> None:
        """It is not of a single number, nor of a matrix, nor, of all units, of what is there for each head, of which
        equations are printed."""
        name, (o,) = self.unicode_name, self.operands
        if heads_of(size(o)) and not self.heads:
            raise place.fail(
                f"{name}({typed(o)}) goes over the units of all heads, and there are {size(o)}",
                f"that of each head is {name}({typed(o)}, heads={heads_of(size(o))!r}); linear(...) makes one vector of"
                " those of all heads",
            )
        if len(axes_of(size(o))) > 1:
            raise place.fail(
                f"{name}({typed(o)}) is of a matrix, and goes over the units of a vector",
                "read the matrix by a vector, S @ q",
            )
        if size(o) == "1":
            raise place.fail(f"{name}({typed(o)}) is of a single number", "use the number itself")

    def _latex(self, printer: Any) -> str:
        return rf"{self.latex_name}\left({printer._print(self.args[0])}\right)"

    def _sympystr(self, printer: Any) -> str:
        return f"{self.unicode_name}({printer._print(self.args[0])})"


@dataclass(frozen=True)
class OverUnits(Statement):
    """target_k of all units of the operand, or of those of the head that k is in, as many as ``size`` says; node: what
    it is in an equation."""

    node: ClassVar[type[OverUnitsNode]]

    target: Symbol
    operand: Symbol
    size: str
    heads: str = ""

    @property
    def reads(self) -> tuple[Symbol, ...]:
        return (self.operand,)

    def written(self, writing: Writing = ALL_UNITS, operands: Sequence[Any] | None = None) -> Any:
        (a,) = operands or self.reads
        return writing.unit(self.node.of(writing.whole(a), self.heads))
