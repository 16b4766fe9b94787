"""Backpropagation through time, derived: a cell's backward equations, again as data.

The cotangent δq of a quantity q is ∂L/∂q_t, the loss L seen through step t and all later ones; its symbol is ``d_q``.
What reaches a state s_t from the loss and from the later steps is ``d_s_next``, printed Δs_t: an input of the backward
step. What the step hands to s_{t-1} is ``d_s_prev``, printed Δs_{t-1}. So one backward step takes the Δ of every state
from t to t-1; the gradient of the loss with respect to the output at t-1 itself is added to Δ on the way.

Sources: Werbos (1990), "Backpropagation through time"; Greff et al. (2017), "LSTM: A search space odyssey", for the
LSTM's equations in this form.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from sympy import Expr, Symbol, count_ops

from derive.calculus.backward import Backward, in_place
from derive.calculus.chain_rule import ChainRule
from derive.calculus.sweep import BackwardStatement, Sweep
from derive.definition.one_bias import in_style
from derive.later import later
from derive.notation.names import Equation
from derive.notation.quantity import cotangent, incoming
from derive.notation.styles import style_of

if TYPE_CHECKING:
    from derive.definition.cell import Cell


@dataclass(frozen=True, repr=False, eq=False)
class Adjoint:
    """The backward equations of a cell.

    statements: one backward step, for machines: single assignment, every name defined before it is used. It reads the
    forward quantities in ``saved``, the parameters and ``incoming``; it defines ``outgoing`` and the inputs'
    cotangents. A size ("hidden_size") in a formula is that number of units.
    gradients: that of every learned parameter, summed over time, batch and (a scalar's) units.
    arguments: the composite arguments of functions that have no name in the cell and whose cotangent has one here.
    """

    cell: Cell
    statements: tuple[BackwardStatement, ...]
    gradients: tuple[Backward, ...]
    arguments: dict[Symbol, Expr]

    @classmethod
    @lru_cache(256)  # neither changes, and every backend reads it
    def of(cls, cell: Cell) -> Adjoint:
        """The backward equations of the cell.

        Raises UnsupportedExpression, naming the node, for a formula whose derivative is not known, and DeriveError
        where one of the cell's own names is that of a cotangent.
        """
        sweep = Sweep(cell).run()
        shown = {line.target for line in cell.lines} | {Symbol(s) for s in cell.states}
        passing = {cotangent(s.target) for s in cell.statements if s.target not in shown}
        gradients = sweep.gradients
        return cls(cell, in_place(sweep.statements, passing, gradients), gradients, sweep.arguments)

    @property
    def incoming(self) -> tuple[Symbol, ...]:
        """Per state, the cotangent that reaches its new value from the loss and the later steps."""
        return tuple(map(incoming, self.cell.states))

    @property
    def outgoing(self) -> tuple[Symbol, ...]:
        """Per state, the cotangent of its previous value: the incoming one of the step before, its loss apart."""
        return tuple(cotangent(self.cell.previous(s)) for s in self.cell.states)

    @cached_property
    def saved(self) -> tuple[Symbol, ...]:
        """The forward quantities that the formulas name, so what has to be kept for backward; in forward order."""
        used = {s for b in self.gradients for t in b.terms for s in t.reads}
        used |= {s for b in self.statements for s in (b.reads if isinstance(b, Backward) else b.uses)}
        used -= {p.symbol for p in self.cell.parameters}
        return tuple(q for q in self.cell.sizes if q in used)

    @property
    def operations(self) -> int:
        """The number of elementwise operations of one backward step; products with weights are not among them."""
        return int(sum(count_ops(s.expr if isinstance(s, Backward) else s.written()) for s in self.statements))

    # ------------------------------------------------------------------ for people

    @cached_property
    def derivation(self) -> ChainRule:
        """The equations as people write them, each with the steps that lead to it."""
        return ChainRule(self)

    @property
    def equations(self) -> tuple[Equation, ...]:
        """The backward equations of one step, in an order in which they can be computed."""
        return self.derivation.equations

    @property
    def parameter_gradients(self) -> tuple[Equation, ...]:
        """The gradient of every parameter as a sum over time; over the batch too, if there is one."""
        return self.derivation.parameter_gradients

    def __iter__(self) -> Iterator[str]:
        """The names of the equations and of the parameters' gradients, ``d_c`` and ``d_W_ii``."""
        return (e.lhs.name for e in (*self.equations, *self.parameter_gradients))

    def __getitem__(self, name: str) -> Equation:
        """The equation of that name, ``adjoint["d_c"]``. Raises DeriveError for an unknown one."""
        return self.derivation[name]

    def latex(
        self, notation: str = "pytorch", *, bold: bool | None = None, names: Mapping[str, str] | None = None
    ) -> str:
        """The backward equations and the parameter gradients, an ``aligned`` environment for use within a display.

        notation, bold, names: see ``Cell.latex``, which says what is raised too.
        """
        style = style_of(notation, bold, names)
        cell, _ = in_style(self.cell, style)
        return (self if cell is self.cell else Adjoint.of(cell)).derivation.latex(style)

    def derivation_latex(self) -> str:
        """Every equation in three steps, chain rule, substitution and result, as an ``aligned`` environment."""
        return self.derivation.steps_latex()

    def unicode(self) -> str:
        """The equations as unicode text, one a line, aligned at the equals sign."""
        return self.derivation.unicode()

    def __repr__(self) -> str:
        return f"Backward equations of {self.cell.name}\n" + "\n".join(
            "  " + row for row in self.unicode().splitlines()
        )

    @later
    def _repr_html_(self) -> str:
        raise NotImplementedError

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"
