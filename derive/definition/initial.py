"""Where a cell starts: the initial values of its learned parameters, and its states before the first step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sympy import Basic, Expr, Rational

from derive.definition.line import Line
from derive.definition.lower import LoweredLine, without_identity
from derive.errors import DeriveError, shown, unknown
from derive.exact.numeral import FINITE, machine_rational
from derive.statements.affine import LinearNode
from derive.statements.parameter import check_kind
from derive.symbolic.expressions import rewrite
from derive.symbolic.initial import Initial, initial_value

if TYPE_CHECKING:
    from derive.definition.cell import Cell
    from derive.definition.definition import Definition


def starts_of(cell: Definition, given: Mapping[str, Any]) -> dict[str, Rational]:
    """What is stated of states before the first step, exact, in their order; 0 is not stated.

    Raises DefinitionError for a name that is no state, and for what is no number.
    """
    for name in given:
        if name not in cell.states:
            raise cell.fail(f"starts: {unknown('state', name, cell.states)}")
    found = {}
    for state in cell.states:
        value = given.get(state, 0)
        try:
            found[state] = machine_rational(value)
        except DeriveError:
            raise cell.fail(f"state {state!r} starts at {shown(value)}; expected {FINITE}") from None
    return {state: value for state, value in found.items() if value != 0}


def with_initial(cell: Cell, values: Mapping[str, Initial | None]) -> Cell:
    """The cell with other initial values: see ``Cell.with_initial``."""
    starts = {**cell.starts} | {
        key: 0 if value is None else value for key, value in values.items() if key in cell.states
    }
    values = {key: value for key, value in values.items() if key not in cell.states}
    learned = {p.name: p for p in cell.parameters if p.learned}
    for key, value in sorted(values.items(), key=lambda item: item[0] in learned):  # what is said of one part stays
        named = [p for p in learned.values() if key in (p.name, p.tensor)]
        if not named:
            known = dict.fromkeys(name for p in learned.values() for name in (p.name, p.tensor))
            raise DeriveError(f"{cell.name}: {unknown('learned parameter or state', key, (*known, *cell.states))}")
        try:
            initial = None if value is None else initial_value(value)
        except DeriveError as e:
            raise DeriveError(f"{cell.name}: {key}: {e}") from None
        for p in named:
            learned[p.name] = replace(p, initial=initial)
            check_kind(lambda *words: DeriveError(f"{cell.name}: {'; '.join(words)}"), learned[p.name])
    stated = {p.symbol: p.initial for p in learned.values()}
    lines = (_starting(*pair, stated) for pair in zip(cell.lines, cell.lowered_lines, strict=True))
    declared = tuple(learned.get(p.name, p) for p in cell.declared)
    return replace(cell, lines=tuple(lines), declared=declared, starts=starts)


def _starting(line: Line, lowered: LoweredLine, stated: Mapping[Basic, Expr | None]) -> Line:
    """An equation whose affine maps start at what is stated of their weights."""

    def rule(node: Basic) -> Basic | None:
        if not isinstance(node, LinearNode):
            return None
        terms = lowered.parts[rewrite(node, without_identity)].terms  # type: ignore[attr-defined]
        bias = terms[-1].bias
        return node.starting(*(stated[t.weight] for t in terms), None if bias is None else stated[bias])

    return replace(line, expr=rewrite(line.expr, rule))
