"""The backward equations as people write them, each in three steps: chain rule, substitution, result.

The steps are SymPy expressions over symbols, with three kinds of node that only these equations need: a partial
derivative that is not taken yet, a sum over time and a sum over the units. They are written from the same contributions
as the statements that run, so the equation that is printed and the statement that is run differ in form alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import replace as replaced
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sympy import Add, Expr, Mul, S, Symbol

from derive.calculus.backward import (
    AffineTransposed,
    BackwardStatement,
    Contribution,
    GradientTerm,
    ParameterGradient,
    Spread,
    Total,
    cotangent,
)
from derive.errors import DeriveError, unknown
from derive.notation.names import NEXT, Equation, Notation
from derive.statements.kinds import Elementwise, Mean, Statement
from derive.symbolic.derivatives import product, total
from derive.symbolic.expressions import HIDDEN, MeanNode, Transposed, ordered, replace

if TYPE_CHECKING:
    from derive.calculus.adjoint import Adjoint


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
        sign = rf"\sum_{{{printer.notation.time if hasattr(printer, 'notation') else 't'}}}"
        return rf"{sign} \left({text}\right)" if isinstance(self.args[0], Add) else f"{sign} {text}"

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


@dataclass(frozen=True)
class Derived:
    """One equation and the steps that lead to it: target = chain = substituted = result."""

    target: Symbol
    chain: Expr
    substituted: Expr
    result: Expr

    @property
    def steps(self) -> tuple[Expr, ...]:
        """The right-hand sides, each once."""
        return tuple(dict.fromkeys((self.chain, self.substituted, self.result)))


class ChainRule:
    """An adjoint's equations and their derivation."""

    def __init__(self, adjoint: Adjoint) -> None:
        self.adjoint = adjoint
        cell = adjoint.cell
        self._forms = {p.symbol: p.form for p in cell.parameters}
        self._kept = {s.target for s in adjoint.statements}
        authors = {line.target for line in cell.lines}
        self._formulas: dict[Any, Expr] = {}  # nested functions are written out, as in the cell's equations
        self._lowered: list[tuple[Symbol, Expr]] = []  # what these equations name and the cell's own do not
        for s in cell.statements:
            if s.target in authors:
                continue
            if isinstance(s, Elementwise) and cotangent(s.target) not in self._kept:
                self._formulas[s.target] = self.written(s.expr)
            else:
                self._lowered.append((s.target, self._defining(s)))

    # ------------------------------------------------------------------ equations

    @cached_property
    def equations(self) -> tuple[Equation, ...]:
        """One backward step."""
        return tuple(self._equation(d.target, d.result) for d in self.derived)

    @cached_property
    def parameter_gradients(self) -> tuple[Equation, ...]:
        """One equation for each learned parameter."""
        return tuple(self._equation(cotangent(g.parameter.symbol), self._gradient(g)) for g in self.adjoint.gradients)

    @cached_property
    def definitions(self) -> tuple[Equation, ...]:
        """The quantities of the forward step that these equations name and the cell's own do not."""
        rows = [*self._lowered, *((z, self.written(u)) for z, u in self.adjoint.arguments.items())]
        return tuple(self._equation(q, expr) for q, expr in rows)

    def __getitem__(self, name: str) -> Equation:
        every = (*self.equations, *self.parameter_gradients)
        for equation in every:
            if equation.lhs.name == str(name):
                return equation
        raise DeriveError(f"{self.adjoint.cell.name}: {unknown('cotangent', name, (e.lhs.name for e in every))}")

    @cached_property
    def derived(self) -> tuple[Derived, ...]:
        """One step's equations, each with its derivation."""
        return tuple(self._derived(s) for s in self.adjoint.statements)

    # ------------------------------------------------------------------ text

    def latex(self) -> str:
        """What the names stand for that the cell's equations do not define; equations and parameter gradients."""
        return self._aligned([(e.lhs, [e.rhs]) for e in self.whole])

    @property
    def steps(self) -> tuple[tuple[Expr, list[Expr]], ...]:
        """What the names stand for, then every equation: a left side, and its steps."""
        rows: list[tuple[Expr, list[Expr]]] = [(e.lhs, [e.rhs]) for e in self.definitions]
        rows += [(d.target, list(d.steps)) for d in self.derived]
        rows += [
            (e.lhs, list(dict.fromkeys((self._gradient(g, chain=True), e.rhs))))
            for g, e in zip(self.adjoint.gradients, self.parameter_gradients, strict=True)
        ]
        return tuple(rows)

    def steps_latex(self) -> str:
        """What the names stand for, then every equation with its steps."""
        return self._aligned(self.steps)

    def unicode(self) -> str:
        """The same as unicode text, one equation a line."""
        return self.notation.lines(self.whole)

    @property
    def whole(self) -> tuple[Equation, ...]:
        """With the cell's own equations, all that is needed to compute the gradient."""
        backward = (*self.equations, *self.parameter_gradients)
        used = {s for e in backward for s in e.rhs.free_symbols} - {e.lhs for e in backward}
        needed: list[Equation] = []
        for e in reversed(self.definitions):
            if e.lhs in used:
                needed.insert(0, e)
                used |= e.rhs.free_symbols
        return (*needed, *backward)

    @cached_property
    def notation(self) -> Notation:
        """The cell's, to which come the cotangents."""
        cell = self.adjoint.cell
        numbers = {s.name for s, size in cell.sizes.items() if size == "1"}
        numbers |= {s.target.name for s in self.adjoint.statements if s.size == "1"}
        sizes = {"hidden_size", "input_size", "proj_size"}
        across = {d.name for d in (*self.adjoint.incoming, *self.adjoint.outgoing)}
        return replaced(cell.notation, scalars=frozenset(numbers | sizes), across=frozenset(across))

    def _aligned(self, rows: Iterable[tuple[Expr, list[Expr]]]) -> str:
        tex = self.notation.latex
        lines = [
            f"{tex(lhs) if k == 0 else ''} &= {tex(rhs)}".lstrip() for lhs, steps in rows for k, rhs in enumerate(steps)
        ]
        return "\\begin{aligned}\n" + " \\\\\n".join(lines) + "\n\\end{aligned}"

    # ------------------------------------------------------------------ expressions

    def _equation(self, lhs: Symbol, rhs: Expr) -> Equation:
        return Equation.of(lhs, rhs, self.notation)

    def written(self, expr: Expr) -> Expr:
        """The formula with nested functions written out, as in the cell's equations."""
        return replace(expr, self._formulas)

    def _derived(self, s: BackwardStatement) -> Derived:
        result = self._right(s)
        given = self.adjoint.contributions.get(s.target)
        if given is None:  # a quantity of the forward step, computed again, or a part of a sum
            return Derived(s.target, result, result, result)
        q = Symbol(s.target.name[2:])
        first = [Symbol(s.target.name + NEXT)] if q.name in self.adjoint.cell.states else []
        chain, substituted = (total(*first, *(self._chained(c, q, deep) for c in given)) for deep in (False, True))
        if isinstance(s, Total):
            chain, substituted = UnitSum(chain), UnitSum(substituted)
        return Derived(s.target, chain, substituted, result)

    def _right(self, s: BackwardStatement) -> Expr:
        expr = self.written(s.expr)
        if isinstance(s, AffineTransposed):
            return total(expr, *(Mul(self._transposed(w), d, evaluate=False) for w, d in s.terms))
        if isinstance(s, Spread):
            return product(expr, Ones() if s.size == HIDDEN else Ones(Symbol(s.size)))
        return UnitSum(expr) if isinstance(s, Total) else expr

    def _chained(self, c: Contribution, q: Symbol, substituted: bool) -> Expr:
        """One summand of the chain rule: δthrough ∂through/∂q, the formula of ``through`` put in where it is wanted."""
        if c.weight is not None:
            matrix = self._transposed(c.weight) if substituted else Transposed(PartialNode(c.through, q))
            return Mul(matrix, c.cotangent, evaluate=False)
        top = self.written(c.formula if substituted else c.through)
        return product(self._cotangent(c.cotangent, substituted), PartialNode(top, self.written(q)))

    def _cotangent(self, d: Symbol, substituted: bool) -> Expr:
        """A cotangent that has no equation of its own is written as its own chain."""
        if d in self._kept:
            return d
        q = Symbol(d.name[2:])
        return total(*(self._chained(c, q, substituted) for c in self.adjoint.contributions[d]))

    def _gradient(self, g: ParameterGradient, chain: bool = False) -> Expr:
        terms = [self._summand(g, t, chain) for t in g.terms]
        return TimeSum(total(*terms)) if terms else S.Zero

    def _summand(self, g: ParameterGradient, t: GradientTerm, chain: bool) -> Expr:
        c, p = t.contribution, g.parameter.symbol
        if chain and (c.weight is not None or g.parameter.kind == "matrix"):
            return Mul(Transposed(PartialNode(c.through, p)), c.cotangent, evaluate=False)
        if chain:
            inner = self._chained(c, p, False)
        elif t.operand is None:
            inner = self.written(t.cotangent)
        else:
            outer = Mul(t.cotangent, Transposed(t.operand), evaluate=False)
            if g.parameter.form == "full":
                return outer
            return total(outer, Mul(-1, t.operand, Transposed(t.cotangent), evaluate=False))
        return inner if t.size == "1" or g.parameter.kind != "scalar" else UnitSum(inner)

    def _defining(self, s: Statement) -> Expr:
        """The right-hand side of a statement of the forward step."""
        if isinstance(s, Mean):
            return MeanNode(*(self.written(q) for q in s.operands))
        if isinstance(s, Elementwise):
            return self.written(s.expr)
        parts: list[Expr] = []
        for t in s.terms:
            parts.append(Mul(self._matrix(t.weight), t.operand, evaluate=False))
            parts += [t.bias] if t.bias is not None else []
        return ordered(Add, parts)

    def _matrix(self, weight: Symbol) -> Expr:
        """The matrix that multiplies, as a function of the stored one."""
        if self._forms[weight] == "full":
            return weight
        return Add(weight, Mul(-1, Transposed(weight), evaluate=False), evaluate=False)

    def _transposed(self, weight: Symbol) -> Expr:
        if self._forms[weight] == "full":
            return Transposed(weight)
        return Add(Transposed(weight), Mul(-1, weight, evaluate=False), evaluate=False)
