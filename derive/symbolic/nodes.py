"""Nodes of formulas that SymPy has not, each with how it prints; and the transpose of a formula.

Their methods ``_latex`` and ``_sympystr`` are asked by SymPy's printers, so by ours.
"""

from __future__ import annotations

import itertools
from typing import Any, ClassVar, Self

from sympy import Add, Expr, Mul, Symbol
from sympy.printing.precedence import PRECEDENCE

from derive.symbolic.expressions import ordered


def raised(number: Any) -> str:
    """A number in superscript digits."""
    return str(number).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹"))


_SERIALS = itertools.count(1)


class Node(Expr):
    """A node that rebuilds as any other, evaluated or not. over_units: whether it is one number for all units."""

    is_commutative = True
    over_units: ClassVar[bool] = False
    serial = 0

    def __new__(cls, *args: Any, evaluate: bool = False) -> Any:
        return Expr.__new__(cls, *args)

    def numbered(self) -> Self:
        """The same, apart from all others: of two that are alike SymPy would make 0 where one is subtracted, and nobody
        could tell whether an author wrote two, or one that is read twice."""
        node = self.plain()
        node.serial = next(_SERIALS)
        return node

    def plain(self) -> Self:
        """The same without a number."""
        return self.func(*self.args)  # type: ignore[no-any-return, unused-ignore]

    def _hashable_content(self) -> tuple[Any, ...]:
        return (*self.args, self.serial)


class Beside(Node):
    """Factors side by side, as matrix algebra has them: numbers, matrices, vectors, transposed vectors."""

    precedence = PRECEDENCE["Mul"]

    @classmethod
    def of(cls, *factors: Any) -> Any:
        """The product of these, products among them taken apart; of one factor, that factor."""
        flat = [b for a in factors for b in (a.args if isinstance(a, Beside) else (a,))]
        return flat[0] if len(flat) == 1 else cls(*flat)

    def _factors(self, printer: Any, opening: str, closing: str) -> str:
        texts = (printer._print(a) for a in self.args)
        grouped = (isinstance(a, (Add, Mul)) or a.is_Piecewise for a in self.args)
        return " ".join(f"{opening}{t}{closing}" if g else t for t, g in zip(texts, grouped, strict=True))

    def _latex(self, printer: Any) -> str:
        return self._factors(printer, r"\left(", r"\right)")

    def _sympystr(self, printer: Any) -> str:
        return self._factors(printer, "(", ")")


class FunctionNode(Node):
    """A node that prints as a function of its arguments."""

    latex_name: ClassVar[str]
    unicode_name: ClassVar[str]

    @property
    def formula(self) -> Expr:
        """What the function is of arguments that are single numbers."""
        raise NotImplementedError(type(self).__name__)

    def _latex(self, printer: Any) -> str:
        return rf"{self.latex_name}\left({', '.join(printer._print(a) for a in self.args)}\right)"

    def _sympystr(self, printer: Any) -> str:
        return f"{self.unicode_name}({', '.join(printer._print(a) for a in self.args)})"


class Transposed(Node):
    """The transpose of a matrix or vector, in the equations that people read."""

    def _latex(self, printer: Any, row: str = "") -> str:
        text = printer._print(self.args[0])
        text = text if isinstance(self.args[0], Symbol | Whole) else rf"\left({text}\right)"
        if text.endswith(")}"):  # it has a time above already
            return rf"{text[:-1]}\top{row}}}"
        return rf"{text}^{{\top{row}}}"

    def _sympystr(self, printer: Any) -> str:
        text = printer._print(self.args[0])
        return (text if isinstance(self.args[0], Symbol | Whole) else f"({text})") + "ᵀ"


class RowOf(Transposed):
    """The row that belongs to a unit of a matrix that is no plain weight: of V - V^T, or W^T. args: matrix, unit."""

    def _latex(self, printer: Any, row: str = "") -> str:
        matrix, unit = self.args
        if isinstance(matrix, Transposed) and not printer.notation.style.raised:
            return matrix._latex(printer, f"({unit})")
        return str(printer.notation.placed(f"({printer._print(matrix)})", unit))

    def _sympystr(self, printer: Any) -> str:
        matrix, unit = self.args
        text = printer._print(matrix)
        return f"{text if isinstance(matrix, Transposed) else f'({text})'}⁽{raised(unit)}⁾"


class UnitOf(Node):
    """One unit of a vector. args: a quantity or formula, unit."""

    def _latex(self, printer: Any) -> str:
        of, unit = self.args
        if isinstance(of, Symbol):
            return str(printer.notation.of_unit(unit).symbol_latex(of.name))
        text = printer._print(of)
        return str(printer.notation.placed(rf"\left({text}\right)" if isinstance(of, Beside | Mul) else text, unit))

    def _sympystr(self, printer: Any) -> str:
        of, unit = self.args
        if isinstance(of, Symbol):
            return str(printer.notation.of_unit(unit).symbol_unicode(of.name))
        text = printer._print(of)
        return (f"({text})" if isinstance(of, Beside | Mul) else text) + f"⁽{raised(unit)}⁾"


class Whole(Node):
    """All units of a quantity, within a formula of one unit."""

    def _latex(self, printer: Any) -> str:
        return str(printer.notation.of_unit("").symbol_latex(self.args[0].name))

    def _sympystr(self, printer: Any) -> str:
        return str(printer.notation.of_unit("").symbol_unicode(self.args[0].name))


class PartialNode(Node):
    """∂(first)/∂(second), not taken."""

    def _latex(self, printer: Any) -> str:
        top, bottom = (printer._print(a) for a in self.args)
        if isinstance(self.args[0], Symbol):
            return rf"\frac{{\partial {top}}}{{\partial {bottom}}}"
        return rf"\frac{{\partial}}{{\partial {bottom}}}\left({top}\right)"

    def _sympystr(self, printer: Any) -> str:
        return f"∂({printer._print(self.args[0])})/∂{printer._print(self.args[1])}"


class TimeSum(Node):
    """The sum over the steps."""

    def _latex(self, printer: Any) -> str:
        text = printer._print(self.args[0])
        sign = rf"\sum_{{{printer.notation.time if hasattr(printer, 'notation') else 't'}}}"
        return rf"{sign} \left({text}\right)" if self._is_grouped(text) else f"{sign} {text}"

    def _sympystr(self, printer: Any) -> str:
        text = printer._print(self.args[0])
        return f"Σₜ ({text})" if self._is_grouped(text) else f"Σₜ {text}"

    def _is_grouped(self, text: str) -> bool:
        return isinstance(self.args[0], Add) or text.startswith("-")


class UnitSum(Node):
    """The sum over the units, as a product with a row of ones."""

    over_units = True  # one number for all units

    def _latex(self, printer: Any) -> str:
        return rf"\mathbf{{1}}^{{\top}} \left({printer._print(self.args[0])}\right)"

    def _sympystr(self, printer: Any) -> str:
        return f"1ᵀ({printer._print(self.args[0])})"


class Ones(Node):
    """The vector of ones, of hidden_size units unless its argument is the symbol of another size."""

    def _latex(self, printer: Any) -> str:
        return r"\mathbf{1}" + "".join(f"_{{{printer._print(a)}}}" for a in self.args)

    def _sympystr(self, printer: Any) -> str:
        return "1" + "".join(f"_{printer._print(a)}" for a in self.args)


def transposed(node: Any) -> Any:
    """The transpose of a formula of matrices and vectors: (u vᵀ + W)ᵀ is v uᵀ + Wᵀ."""
    if isinstance(node, Add):
        return ordered(Add, [transposed(a) for a in node.args])
    if isinstance(node, Mul):
        return ordered(Mul, [transposed(a) for a in reversed(node.args)])
    if isinstance(node, Transposed):
        return node.args[0]
    return node if node.is_number else Transposed(node)
