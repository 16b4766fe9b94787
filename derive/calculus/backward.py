"""The machine's form of a backward step: its statements, and what the parameters' gradients sum.

``Elementwise`` is the forward step's; the other kinds are the adjoints of an affine map, of a number that every unit
reads, and of a mean.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from sympy import Add, Basic, Expr, Mul, S, Symbol, preorder_traversal

from derive.statements.kinds import Elementwise, Parameter
from derive.symbolic.derivatives import product, times, total
from derive.symbolic.expressions import rewrite


def cotangent(q: Symbol) -> Symbol:
    """The symbol of δq."""
    return Symbol(f"d_{q.name}")


@dataclass(frozen=True)
class AffineTransposed:
    """target = expr + Σ weightᵀ · cotangent, over the (weight, cotangent) of ``terms``.

    A weight of antisymmetric form multiplies as (V - Vᵀ)ᵀ, V the stored one.
    """

    target: Symbol
    terms: tuple[tuple[Symbol, Symbol], ...]
    expr: Expr = S.Zero
    size: str = "hidden_size"


@dataclass(frozen=True)
class Total:
    """target = the sum over the ``over`` units of expr, a formula of one unit; one number for all units."""

    target: Symbol
    expr: Expr
    over: str = "hidden_size"
    size: str = "1"


@dataclass(frozen=True)
class Spread:
    """target = expr, a formula of numbers that are the same for all units, repeated for each of ``size`` units."""

    target: Symbol
    expr: Expr
    size: str = "hidden_size"


BackwardStatement = Elementwise | AffineTransposed | Total | Spread


@dataclass(frozen=True)
class Contribution:
    """What one statement gives back to a quantity it reads: cotangent · local partial, or weightᵀ · cotangent.

    through, formula: the name (or formula, where it has none) of what is differentiated, and its formula.
    size: how many units that has.
    """

    through: Expr
    formula: Expr
    cotangent: Symbol
    local: Expr = S.One
    weight: Symbol | None = None
    size: str = "hidden_size"

    @property
    def expr(self) -> Expr:
        """cotangent · local partial"""
        return times(self.cotangent, self.local)


@dataclass(frozen=True)
class GradientTerm:
    """One summand, per time step, of a parameter's gradient.

    Of a matrix: cotangent · operandᵀ. Of a bias or a vector: the formula ``cotangent``. Of a scalar: that formula,
    summed over its ``size`` units. A formula of size "1" is the same number for all units. contribution: where the
    term comes from.
    """

    cotangent: Expr
    operand: Symbol | None
    size: str
    contribution: Contribution


@dataclass(frozen=True)
class ParameterGradient:
    """δparameter = the sum over time, and over the batch, of the terms; zero if there are none.

    The gradient of the stored V of an antisymmetric V - Vᵀ is G - Gᵀ, G being that sum.
    """

    parameter: Parameter
    terms: tuple[GradientTerm, ...]


def inline(
    statements: tuple[BackwardStatement, ...], passing: Iterable[Symbol], gradients: Iterable[GradientTerm]
) -> tuple[BackwardStatement, ...]:
    """The statements, with every cotangent of ``passing`` that is read once, in a formula, written in its place there.

    A nested activation such as tanh(c) has a name in the forward step; its cotangent need not have one. That of
    sign(c), which nothing reads because the derivative is zero, is left out.
    """
    reads = Counter(n for s in statements for n in preorder_traversal(s.expr) if isinstance(n, Symbol))
    reads.update(d for s in statements if isinstance(s, AffineTransposed) for _, d in 2 * s.terms)
    reads.update(n for g in gradients for n in [*g.cotangent.free_symbols] * 2)
    passing = list(passing)
    once, unread = ({d for d in passing if reads[d] == count} for count in (1, 0))
    formulas: dict[Basic, Expr] = {}
    kept: list[BackwardStatement] = []
    for s in statements:
        s = replace(s, expr=_substitute(s.expr, formulas))
        if s.target in unread:
            continue
        if isinstance(s, Elementwise) and s.target in once:
            formulas[s.target] = s.expr
        else:
            kept.append(s)
    return tuple(kept)


def _substitute(expr: Expr, formulas: dict[Basic, Expr]) -> Expr:
    """Put formulas for symbols, nested sums and products flattened in place."""

    def rule(node: Basic) -> Basic | None:
        if isinstance(node, Mul) and any(isinstance(a, Mul) for a in node.args):
            return product(*node.args)
        if isinstance(node, Add) and any(isinstance(a, Add) for a in node.args):
            return total(*node.args)
        return formulas.get(node)

    return rewrite(expr, rule) if formulas else expr
