"""Nodes that only the backward equations need, and how they print; and the transpose of a formula."""

from __future__ import annotations

from typing import Any

from sympy import Add, Expr, Mul, Symbol

from derive.symbolic.expressions import Transposed, ordered


class _Node(Expr):
    """A node that rebuilds as any other, whether evaluated or not."""

    is_commutative = True

    def __new__(cls, *args: Any, evaluate: bool = False) -> Any:
        return Expr.__new__(cls, *args)


class PartialNode(_Node):
    """∂(first)/∂(second), not taken."""

    def _latex(self, printer: Any) -> str:
        top, bottom = (printer._print(a) for a in self.args)
        if isinstance(self.args[0], Symbol):
            return rf"\frac{{\partial {top}}}{{\partial {bottom}}}"
        return rf"\frac{{\partial}}{{\partial {bottom}}}\left({top}\right)"

    def _sympystr(self, printer: Any) -> str:
        return f"∂({printer._print(self.args[0])})/∂{printer._print(self.args[1])}"


class TimeSum(_Node):
    """The sum over the steps."""

    def _latex(self, printer: Any) -> str:
        text = printer._print(self.args[0])
        return rf"\sum_{{t}} \left({text}\right)" if isinstance(self.args[0], Add) else rf"\sum_{{t}} {text}"

    def _sympystr(self, printer: Any) -> str:
        text = printer._print(self.args[0])
        return f"Σₜ ({text})" if isinstance(self.args[0], Add) else f"Σₜ {text}"


class UnitSum(_Node):
    """The sum over the units, as a product with a row of ones."""

    over_units = True  # one number for all units

    def _latex(self, printer: Any) -> str:
        return rf"\mathbf{{1}}^{{\top}} \left({printer._print(self.args[0])}\right)"

    def _sympystr(self, printer: Any) -> str:
        return f"1ᵀ({printer._print(self.args[0])})"


class Ones(_Node):
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
