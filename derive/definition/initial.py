"""A cell whose learned parameters start elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from sympy import Basic, Expr

from derive.definition.line import Line
from derive.definition.lower import LoweredLine, without_identity
from derive.errors import DeriveError, unknown
from derive.statements.affine import LinearNode
from derive.statements.parameter import check_kind
from derive.symbolic.expressions import rewrite
from derive.symbolic.initial import Initial, initial_value

if TYPE_CHECKING:
    from derive.definition.cell import Cell


def with_initial(cell: Cell, values: Mapping[str, Initial | None]) -> Cell:
    """The cell with other initial values: see ``Cell.with_initial``."""
    learned = {p.name: p for p in cell.parameters if p.kind != "constant"}
    for key, value in values.items():
        named = [p for p in learned.values() if key in (p.name, p.tensor)]
        if not named:
            known = dict.fromkeys(name for p in learned.values() for name in (p.name, p.tensor))
            raise DeriveError(f"{cell.name}: {unknown('learned parameter', key, known)}")
        try:
            initial = None if value is None else initial_value(value)
        except DeriveError as e:
            raise DeriveError(f"{cell.name}: {key}: {e}") from None
        for p in named:
            learned[p.name] = replace(p, initial=initial)
            check_kind(lambda *words: DeriveError(f"{cell.name}: {'; '.join(words)}"), learned[p.name])
    stated = {p.symbol: p.initial for p in learned.values()}
    lines = (_starting(*pair, stated) for pair in zip(cell.lines, cell.lowered_lines, strict=True))
    return replace(cell, lines=tuple(lines), declared=tuple(learned.get(p.name, p) for p in cell.declared))


def _starting(line: Line, lowered: LoweredLine, stated: Mapping[Basic, Expr | None]) -> Line:
    """An equation whose affine maps start at what is stated of their weights."""

    def rule(node: Basic) -> Basic | None:
        if not isinstance(node, LinearNode):
            return None
        terms = lowered.parts[rewrite(node, without_identity)].terms  # type: ignore[attr-defined]
        bias = terms[-1].bias
        return node.starting(*(stated[t.weight] for t in terms), None if bias is None else stated[bias])

    return replace(line, expr=rewrite(line.expr, rule))
