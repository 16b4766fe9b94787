"""The backward equations as people write them, each in three steps: chain rule, substitution, result.

The steps are SymPy expressions over symbols, with three kinds of node that only these equations need: a partial
derivative that is not taken yet, a sum over time and a sum over the units. They are written from the same terms as the
statements that run, so the equation that is printed and the statement that is run differ in form alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import replace as replaced
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sympy import Expr, Mul, S, Symbol

from derive.calculus.backward import Backward, Term
from derive.calculus.sweep import BackwardStatement
from derive.errors import DeriveError, unknown
from derive.notation.names import Equation, Notation
from derive.notation.printers import aligned
from derive.notation.quantity import Quantity, Role, cotangent
from derive.notation.styles import Style
from derive.statements.writing import ALL_UNITS, Writing
from derive.symbolic.arithmetic import product, total
from derive.symbolic.expressions import replace
from derive.symbolic.nodes import PartialNode, Transposed

if TYPE_CHECKING:
    from derive.calculus.adjoint import Adjoint


LETTERS = "psyrwuvzgbkmnqacfhj"  # of what has no name; t, d, e and L have meanings of their own


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
        self._kept = {s.target for s in adjoint.statements}
        authors = {line.target for line in cell.lines}
        self._formulas: dict[Any, Expr] = {}  # nested functions are written out, as in the cell's equations
        self._lowered: list[tuple[Symbol, Expr]] = []  # what these equations name and the cell's own do not
        for s in cell.statements:
            if s.target in authors:
                continue
            if s.elementwise and cotangent(s.target) not in self._kept:
                self._formulas[s.target] = self.written(s.written())
            else:
                self._lowered.append((s.target, self.written(s.written())))

    # ------------------------------------------------------------------ equations

    @cached_property
    def equations(self) -> tuple[Equation, ...]:
        """One backward step."""
        return tuple(self._equation(d.target, d.result) for d in self.derived)

    @cached_property
    def parameter_gradients(self) -> tuple[Equation, ...]:
        """One equation for each learned parameter."""
        return tuple(self._equation(g.target, self.right(g)) for g in self.adjoint.gradients)

    @cached_property
    def definitions(self) -> tuple[Equation, ...]:
        """The quantities of the forward step that these equations name and the cell's own do not."""
        return tuple(self._equation(q, expr) for q, expr in self._named)

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

    def latex(self, style: Style = Style()) -> str:  # noqa: B008  frozen
        """What the names stand for that the cell's equations do not define; equations and parameter gradients."""
        return self._aligned([(e.lhs, [e.rhs]) for e in self.whole], self.in_style(style))

    def in_style(self, style: Style) -> Notation:
        """How these equations are written in a style. Raises DeriveError for a name that would stand for two things."""
        found = replaced(self.notation, style=style)
        found.check()
        return found

    @property
    def steps(self) -> tuple[tuple[Expr, list[Expr]], ...]:
        """What the names stand for, then every equation: a left side, and its steps."""
        rows: list[tuple[Expr, list[Expr]]] = [(e.lhs, [e.rhs]) for e in self.definitions]
        rows += [(d.target, list(d.steps)) for d in self.derived]
        rows += [
            (e.lhs, list(dict.fromkeys((self._chain(g, substituted=False), e.rhs))))
            for g, e in zip(self.adjoint.gradients, self.parameter_gradients, strict=True)
        ]
        return tuple(rows)

    def steps_latex(self) -> str:
        """What the names stand for, then every equation with its steps."""
        return self._aligned(self.steps, self.notation)

    def unicode(self) -> str:
        """The same as unicode text, one equation a line."""
        return self.notation.lines(self.whole)

    @property
    def whole(self) -> tuple[Equation, ...]:
        """With the cell's own equations, all that is needed to compute the gradient."""
        needed = (e for e in self.definitions if e.lhs in self._needed)
        return (*needed, *self.equations, *self.parameter_gradients)

    @cached_property
    def _named(self) -> list[tuple[Symbol, Expr]]:
        """What these equations name and the cell's own do not, with its formula."""
        return [*self._lowered, *((z, self.written(u)) for z, u in self.adjoint.arguments.items())]

    @cached_property
    def _needed(self) -> set[Symbol]:
        """Those of these names without which the backward equations cannot be computed, or say what δ is of."""
        statements = (*self.adjoint.statements, *self.adjoint.gradients)
        targets = {s.target for s in statements}
        used = {q for s in statements for q in self.right(s).free_symbols} - targets
        used |= {q for q, _ in self._named if q not in self._own and cotangent(q) in targets}
        for q, expr in reversed(self._named):
            used |= expr.free_symbols if q in used else set()
        return used

    @cached_property
    def notation(self) -> Notation:
        """The cell's, to which come the cotangents."""
        return Notation({q.name: quantity for q, quantity in self.quantities.items()})

    @cached_property
    def quantities(self) -> dict[Symbol, Quantity]:
        """What every symbol of these equations and the cell's stands for."""
        cell, adjoint = self.adjoint.cell, self.adjoint
        found = {q: replaced(quantity) for q, quantity in cell.quantities.items()}
        again = {s.target: s.size == "1" for s in adjoint.statements if not isinstance(s, Backward)}
        found |= {q: Quantity(q.name, is_number=is_number) for q, is_number in again.items()}
        for z, u in adjoint.arguments.items():
            found[z] = Quantity(z.name, is_number=all(found[q].is_number for q in u.free_symbols))
        found |= self._printed(found, [*(q for q, _ in self._named if q in self._needed), *again, *dict(self._named)])
        found |= {cotangent(q): quantity.cotangent(quantity.is_number) for q, quantity in found.items()}
        for s in adjoint.statements:
            if isinstance(s, Backward):
                across = s.target in adjoint.outgoing
                of = found.get(s.of) or Quantity(s.of.name)
                if s.target != cotangent(s.of) and not across:  # the part of a sum that comes from units of one size
                    of = replaced(of, name=Quantity.typed(s.target.name).name, printed="")
                found[s.target] = of.cotangent(s.size == "1", across)
        for state, d in zip(cell.states, adjoint.incoming, strict=True):
            found[d] = found[Symbol(state)].cotangent(is_number=False, passed_on=True)
        return found

    def _printed(self, found: dict[Symbol, Quantity], named: Iterable[Symbol]) -> dict[Symbol, Quantity]:
        """What the equations name and no author has, by a letter that the cell does not have, and a number."""
        taken = {q.name[0] for q in found.values() if q.role is not Role.SIZE}
        letter = next((letter for letter in LETTERS if letter not in taken), "aux")
        unnamed = [q for q in dict.fromkeys(named) if q not in self._own]
        return {q: replaced(found[q], printed=f"{letter}_{k}") for k, q in enumerate(unnamed, 1)}

    @cached_property
    def _own(self) -> set[Symbol]:
        """What an author has named, and ``a_i``: an affine map, and what the function of an equation of i is of."""
        cell = self.adjoint.cell
        found = {line.target for line in cell.lines} | {s.target for s in cell.statements if s.affine_terms}
        return found | {z for z in self.adjoint.arguments if z.name.removeprefix("a_") in cell}

    def _aligned(self, rows: Iterable[tuple[Expr, list[Expr]]], notation: Notation) -> str:
        tex = notation.latex
        lines = [
            f"{tex(lhs) if k == 0 else ''} &= {tex(rhs)}".lstrip() for lhs, steps in rows for k, rhs in enumerate(steps)
        ]
        return aligned(lines)

    # ------------------------------------------------------------------ expressions

    def _equation(self, lhs: Symbol, rhs: Expr) -> Equation:
        return Equation.of(lhs, rhs, self.notation)

    def written(self, expr: Expr) -> Expr:
        """The formula with nested functions written out, as in the cell's equations."""
        return replace(expr, self._formulas)

    def _derived(self, s: BackwardStatement) -> Derived:
        result = self.right(s)
        if not isinstance(s, Backward):  # a quantity of the forward step, computed again
            return Derived(s.target, result, result, result)
        return Derived(s.target, self._chain(s, substituted=False), self._chain(s, substituted=True), result)

    def right(self, s: BackwardStatement, writing: Writing = ALL_UNITS, first: Expr = S.Zero) -> Expr:
        """The right-hand side; ``first``: what is added in front."""
        return self.written(s.written(writing, first) if isinstance(s, Backward) else s.written(writing))

    def _chain(self, s: Backward, substituted: bool) -> Expr:
        """The right-hand side by the chain rule, the formula of what is differentiated put in where it is wanted."""
        chain = total(*(self._chained(t, s.of, substituted) for t in s.terms))
        for m in s.after:
            chain = m.chained(chain)
        return chain

    def _chained(self, t: Term, q: Symbol, substituted: bool) -> Expr:
        """One summand of the chain rule: δthrough ∂through/∂q. A cotangent without a name is its own chain."""
        d = t.cotangent if isinstance(t.cotangent, Symbol) else self._chain(t.cotangent, substituted)
        if t.through is None or t.formula is None:
            return d
        first = t.maps[0] if t.maps else None
        if first is not None and first.elementwise:
            chain = product(d, PartialNode(self.written(t.formula if substituted else t.through), self.written(q)))
        elif substituted:
            chain = d if first is None else first.written(d, ALL_UNITS)
        else:
            chain = Mul(Transposed(PartialNode(t.through, q)), d, evaluate=False)
        for m in t.maps[1:]:
            chain = m.chained(chain)
        return chain
