"""The diagram of a step of a run: the same as the cell's, with the step's numbers under the lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sympy import Expr, Symbol

from derive.errors import DeriveError, RunError, shown
from derive.exact.value import Value
from derive.figures.diagram import DETAILS, layout
from derive.figures.drawing import Drawing
from derive.figures.graph import INPUT, JOIN, OUTPUT, Graph, Node
from derive.figures.label import Label
from derive.figures.shapes import checked_width
from derive.notation.letters import letter
from derive.notation.prose import plain
from derive.notation.quantity import BEFORE, Quantity, cotangent, incoming, previous
from derive.notation.words import speaking
from derive.run.number import given
from derive.run.step import InStep
from derive.run.units import LineUnits
from derive.statements.sizes import labels, units
from derive.statements.writing import at, named_entries
from derive.symbolic.evaluation import evaluate

if TYPE_CHECKING:
    from derive.run.data import Run

PAGE = 345.0  # pt: the width of an article's page
MOST = 3  # components of an input that are written out


def diagram(
    run: Run, step: int = 1, *, gradients: bool = False, unit: int = 1, width: float = PAGE, detail: str = ""
) -> Drawing:
    """The diagram of one step: see ``Run.diagram``."""
    if not isinstance(step, int) or not 1 <= step <= len(run.x):
        raise RunError(f"step is {step!r}, expected a time step from 1 to {len(run.x)}")
    if detail not in ("", *DETAILS):
        raise DeriveError(f"detail is {shown(detail)}, expected 'operations' or 'equations'")
    if not isinstance(unit, int) or not 1 <= unit <= run.hidden_size:
        raise RunError(f"unit is {unit!r}, expected a unit from 1 to {run.hidden_size}")
    with speaking(run.language):
        notes = _Notes(run, step, unit, gradients)
        found = layout(run.cell, checked_width(width), detail, notes.notation, notes)
        drawn = found.drawing(run.cell, title=f"{plain(run.title)}, {letter(run.t)} = {step}")
        return replace(drawn, description=_said(run, step, unit))


def formulas(run: Run, width: float) -> dict[str, tuple[Expr, ...]]:
    """What the numbers of ``diagram(run, step, width=width)`` are, by node, over symbols of single numbers: the same at
    every step. Several of an input of several components, of which ``MOST`` are written out.

    Raises DeriveError for a cell that is too large to be drawn.
    """
    notes = _Notes(run, 1, 1, gradients=False)
    with speaking(run.language):
        graph = layout(run.cell, width, "", notes.notation, notes).graph
    return {key: notes.formulas(graph.nodes[key]) for key in notes(graph)}


def _said(run: Run, t: int, unit: int) -> str:
    """What the equations give: ``i ≈ 1.0000; f ≈ 1.0000``."""
    found = (s for s in run.steps().at(t) if s.unit == min(unit, run.units[s.quantity]))
    n = run.decimals
    return "; ".join(f"{s.quantity} {s.value.relation(n)} {s.value.shown(n).unicode()}" for s in found)


@dataclass(frozen=True)
class AtUnit(InStep):
    """The notation of a step at one unit. labels: how it is told from the others, by quantity."""

    labels: Mapping[str, str] = field(default_factory=dict)

    def raised(self, q: Quantity) -> str:
        found = super().raised(q)
        return self.labels.get(q.name, found) if found else ""


class _Notes:
    """What stands under the lines of a graph at one step."""

    def __init__(self, run: Run, t: int, unit: int, gradients: bool) -> None:
        self.run, self.t, self.unit = run, t, unit
        self.gradients = run.gradients() if gradients else None
        several = max(run.units.values()) > 1
        sizes = {q.name: labels(size, run.sizes) for q, size in run.cell.sizes.items()}
        at_unit = {q: places[unit - 1] for q, places in sizes.items() if unit <= len(places)}
        self.notation = AtUnit.of(run.notation, t=t, unit=str(unit) if several else "", labels=at_unit)
        self.units = LineUnits(run.cell, run.cell.lowered_lines[0], run.sizes)
        self.known = dict(self._evaluated())

    def _evaluated(self) -> Mapping[Symbol, Value]:
        """Every number of the step: data, previous states, and what each statement gives."""
        run, steps = self.run, self.run.steps()
        data = [*run.parameters.items(), *run.read_at(self.t).items()]
        known = {s: Value.of(n) for name, tensor in data for s, n in named_entries(name, tensor)}
        for state, vector in run.initial.items():
            for k in range(1, len(vector) + 1):
                known[at(previous(state).name, k)] = steps.value(self.t - 1, state, k)
        for s in run.cell.statements:
            for k in range(1, units(s.size, run.sizes) + 1):
                known[at(s.target.name, k)] = evaluate(s.entry(k, self.units), known)
        return known

    def __call__(self, graph: Graph) -> dict[str, Sequence[Label]]:
        """Under the lines; a state's numbers stand where its line ends."""
        states = self.run.cell.states
        nodes = {k: n for k, n in graph.nodes.items() if n.kind == OUTPUT or n.quantity not in states}
        return {key: self.of(node) for key, node in nodes.items() if node.kind != JOIN}

    def of(self, node: Node) -> list[Label]:
        """The number, and the cotangent where there is one."""
        found = [self._cotangent(node)] if self.gradients else []
        return [label for label in (self._number(node), *found) if label is not None]

    def _number(self, node: Node) -> Label | None:
        decimals = self.run.decimals
        values = [evaluate(formula, self.known) for formula in self.formulas(node)]
        is_given = node.quantity in self.run.sequences or (node.kind == INPUT and self.t == 1)
        row = [(given(value, decimals) if is_given else value.shown(decimals)).latex() for value in values]
        shown = ",\\, ".join(row[:MOST]) + (",\\, \\dots" if len(row) > MOST else "")
        return Label(f"({shown})" if len(row) > 1 else shown, node.key)

    def formulas(self, node: Node) -> tuple[Expr, ...]:
        """What its number is; of an input with several components several."""
        if node.quantity in self.run.sequences:
            components = range(1, len(self.run.sequences[node.quantity][0]) + 1)
            return tuple(at(node.quantity, k) for k in components)
        formula = Symbol(node.quantity) if node.formula is None else node.formula
        return (self.units.single(formula, self.unit),)

    def _cotangent(self, node: Node) -> Label | None:
        """δ of a quantity; of a state's previous value Δ, what reaches it from the loss and the later steps."""
        name, t, sign = cotangent(Symbol(node.quantity)).name, self.t, "\\delta"
        of = self.run.cell.quantities.get(Symbol(node.quantity))
        if node.kind == INPUT and of is not None and of.time == BEFORE:
            name, t, sign = incoming(of.name).name, self.t - 1, "\\Delta"
        elif node.kind == INPUT and len(self.run.read_at(t).get(node.quantity, ())) > 1:
            return None
        assert self.gradients is not None
        try:
            value = self.gradients.value(t, name, self.unit)
        except DeriveError:  # no record: nothing of the loss comes back this way by that name
            return None
        return Label(f"{sign}{{=}}{value.shown(self.run.decimals).latex()}")
