"""The softmax of all units, and the cross-entropy of a target with it, as they stand in a loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sympy import Add, Expr, Function, Mul, Pow, exp, log

from derive.errors import DeriveError
from derive.symbolic.arithmetic import product, total
from derive.symbolic.expressions import ordered, rewrite
from derive.symbolic.nodes import FunctionNode


class Softmax(FunctionNode):
    """softmax(u)_k = e^{u_k}/Σ_j e^{u_j}, u being a formula of one unit, and k and j units."""

    latex_name, unicode_name = r"\operatorname{softmax}", "softmax"

    def entry(self, unit: int, units: int, single: Callable[[Any, int], Any]) -> Any:
        """That unit of it, over symbols of single numbers; single: a unit of a formula."""
        powers = [exp(single(self.args[0], k), evaluate=False) for k in range(1, units + 1)]
        return ordered(Mul, [powers[unit - 1], Pow(ordered(Add, powers), -1, evaluate=False)])


class CrossEntropy(Function):  # type: ignore[misc, unused-ignore]
    """A unit's part of the cross-entropy -Σ_k y_k log softmax(u)_k. args: u, and y, whose units add up to 1."""

    def fdiff(self, argindex: int = 1) -> Expr:
        """Of the whole sum, by that unit of u: softmax(u) - y, as the y add up to 1."""
        u, y = self.args
        return total(Softmax(u), product(-1, y))

    @property
    def written(self) -> Expr:
        """-y log softmax(u)."""
        u, y = self.args
        return product(-1, y, log(Softmax(u), evaluate=False))


def entropies(expr: Expr) -> tuple[CrossEntropy, ...]:
    """The cross-entropies in a loss.

    Raises DeriveError for one that is no term of it: only the sum over the units has the derivative above.
    """
    found: list[CrossEntropy] = []
    for term in expr.args if isinstance(expr, Add) else (expr,):
        *numbers, last = term.args if isinstance(term, Mul) else (term,)
        if isinstance(last, CrossEntropy) and all(n.is_number for n in numbers) and not last.args[0].has(CrossEntropy):
            found.append(last)
        elif term.has(CrossEntropy):
            raise DeriveError(
                "cross_entropy stands in a formula; it is a term of a loss, with no more than a number before it"
            )
    return tuple(found)


def spelled_out(expr: Expr) -> Any:
    """The formula with cross-entropies as -y log softmax(u)."""

    def rule(node: Any) -> Any:
        if isinstance(node, CrossEntropy):
            return node.written
        if isinstance(node, Mul) and any(isinstance(a, Mul) for a in node.args):
            return product(*node.args)
        return None

    return rewrite(expr, rule) if expr.has(CrossEntropy) else expr


def of_unit(expr: Expr, written: Callable[[Softmax], Any]) -> Any:
    """The formula of one unit, in which each softmax, which is of all, is written so."""
    return rewrite(expr, lambda node: written(node) if isinstance(node, Softmax) else None)
