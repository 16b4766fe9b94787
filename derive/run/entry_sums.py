"""The gradients of a small run's parameters as lines of a derivation: one line for each entry.

    δW_ii^(1, 2) = Σ_t δa_i,t · x_2,t = 0.3 · 1 + ... ≈ 0.4213

The sum over time is written out with its numbers, the first step first, as a step of the run is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sympy import Add, Expr, Mul, Symbol
from sympy.core.symbol import Str

from derive.calculus.backward import Backward
from derive.notation.quantity import BEFORE, Quantity
from derive.run.number import Number
from derive.run.step import InStep, Step
from derive.statements.sizes import place_of
from derive.statements.writing import Entry, Writing
from derive.symbolic.evaluation import evaluate, settled
from derive.symbolic.expressions import ordered
from derive.symbolic.expressions import replace as substitute
from derive.symbolic.nodes import UnitOf, Whole

if TYPE_CHECKING:
    from derive.run.backpropagation import Backpropagation

MOST_STEPS, MOST_ENTRIES = 6, 40  # beyond these the lines fill pages that nobody reads


@dataclass(frozen=True)
class InSum(InStep):
    """A cell's notation within a sum over time: the index stays t, and every quantity is one unit's.

    target: the gradient; entry: the label of its entry that the sum is of, empty for a single number.
    vectors: whether the sum is over the units too, as a scalar's is; then quantities are vectors.
    """

    target: str = ""
    entry: str = ""
    vectors: bool = False

    def symbol_latex(self, name: str) -> str:
        if name == self.target:
            return replace(self._whole, unit=self.entry).symbol_latex(name)
        return super().symbol_latex(name)

    def symbol_unicode(self, name: str) -> str:
        if self.time != "t":
            return self.indexed_by("t").symbol_unicode(name)
        if name == self.target:
            return self._whole.symbol_unicode(name) + (f"[{self.entry}]" if self.entry else "")
        return super().symbol_unicode(name)

    @property
    def _whole(self) -> InSum:
        return replace(self, unit="", target="")

    def time_step(self, q: Quantity) -> str:
        return f"{self.time}-1" if q.time == BEFORE else self.time

    def joint(self, left: Any, right: Any, times: str) -> str:
        dots = {} if self.vectors else {r"\odot": r"\cdot", "⊙": "·"}
        return super().joint(left, right, dots.get(times, times))


def entry_sums(walk: Backpropagation, known: Sequence[Mapping[Symbol, Number]]) -> tuple[Step, ...]:
    """A line for each entry; none where there are too many, or too many steps.

    known: the numbers of each time step, the first step first. An antisymmetric weight, which is stored in another form
    than it multiplies in, and one with heads have no lines.
    """
    parameters = [(g, g.parameter) for g in walk.adjoint.gradients if g.terms]
    plain = [g for g, p in parameters if p is not None and p.form == "full" and not p.heads]
    entries = [(g, entry) for g in plain for entry in walk.entries(g)]
    if len(known) > MOST_STEPS or len(entries) > MOST_ENTRIES:
        return ()
    return tuple(_line(walk, g, entry, known) for g, entry in entries)


def _line(walk: Backpropagation, g: Backward, entry: Entry, known: Sequence[Mapping[Symbol, Number]]) -> Step:
    inputs: dict[Symbol, Number] = {}
    terms: list[Any] = []
    for t, numbers in enumerate(known, 1):
        values = {s: n.value for s, n in numbers.items()}
        for term in g.terms:
            summand = settled(term.entry(entry, walk), values)
            names = {s: Symbol(f"{s.name} at {t}") for s in summand.free_symbols}
            inputs |= {names[s]: numbers[s] for s in names}
            terms += _terms(substitute(summand, names))
    expanded = ordered(Add, terms)
    values = {s: n.value for s, n in inputs.items()}
    symbolic = _symbolic(walk, g, entry)
    step = Step(
        0, g.target.name, entry[0], symbolic, expanded, inputs, None, (),
        evaluate(expanded, values), walk.run.decimals, _notation(walk, g, entry), symbolic,
    )  # fmt: skip
    return step if step.is_true else step.worked_out(values)


def _terms(expr: Any) -> list[Any]:
    return list(expr.args) if isinstance(expr, Add) else [expr]


@dataclass(frozen=True)
class OneEntry(Writing):
    """The sum over time of one entry: the operand of a matrix is a unit of its own. place: the label of a unit."""

    column: int
    place: Callable[[Symbol, int], str]

    def outer(self, d: Expr, operand: Symbol) -> Any:
        entry = UnitOf(operand, Str(place)) if (place := self.place(operand, self.column)) else Whole(operand)
        return ordered(Mul, [*(d.args if isinstance(d, Mul) else [d]), entry])

    def repeated(self, d: Expr, size: str) -> Expr:
        return d


def _symbolic(walk: Backpropagation, g: Backward, entry: Entry) -> Expr:
    """The sum over time, in the cell's names; that of a scalar is the equation's, with its sum over the units."""
    return walk.derivation.right(g, OneEntry(entry[-1], walk.label))


def _notation(walk: Backpropagation, g: Backward, entry: Entry) -> InSum:
    assert g.parameter is not None
    several = walk.count(g.parameter.rows) > 1
    row = place_of(g.parameter.rows, entry[0], walk.run.sizes)
    single = all(walk.count(size) == 1 for size in (g.parameter.rows, g.parameter.cols))
    return InSum.of(
        walk.notation, unit=row if several else "", target=g.target.name,
        entry="" if single else g.parameter.entry_label(entry, walk.run.sizes), vectors=g.parameter.kind == "scalar",
    )  # fmt: skip
