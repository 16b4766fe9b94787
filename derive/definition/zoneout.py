"""Zoneout around any cell: with some probability a unit of a state keeps its previous value.

Source: Krueger et al. (2017), "Zoneout: Regularizing RNNs by Randomly Preserving Hidden Activations", ICLR.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from sympy import Add, Expr, Mul, Symbol

from derive.definition.inputs import Chance, Input
from derive.definition.line import Line
from derive.errors import DeriveError, shown, unknown
from derive.exact.numeral import exact_rational
from derive.statements.parameter import Parameter
from derive.symbolic.expressions import replace as substitute

if TYPE_CHECKING:
    from derive.definition.cell import Cell


def zoned_out(cell: Cell, rates: Mapping[str, float]) -> Cell:
    """The cell with zoneout of the states named: see ``Cell.zoned_out``."""
    lines: list[Line] = []
    inside: dict[Expr, Expr] = {}  # within the step a state is what it would be without zoneout
    for line in cell.lines:
        line = replace(line, expr=substitute(line.expr, inside))
        name = line.target.name
        if name not in rates:
            lines.append(line)
            continue
        hat, k = Symbol(f"{name}_hat"), Symbol(f"k_{name}")
        inside[line.target] = hat
        kept = Mul(k, cell.previous(name), evaluate=False)
        fresh = Mul(Add(1, Mul(-1, k, evaluate=False), evaluate=False), hat, evaluate=False)
        lines += [replace(line, target=hat), Line(line.target, Add(kept, fresh, evaluate=False), line.where)]
    return replace(
        cell,
        name=f"{cell.name}_zoneout",
        title=f"{cell.title} with zoneout",
        class_name=f"{cell.class_name}Zoneout",
        lines=tuple(lines),
        declared=(*cell.declared, *(_rate(cell, name, rate) for name, rate in rates.items())),
        further=(*cell.further, *(_mask(cell, name) for name in rates)),
        projection=False,
    )


def _mask(cell: Cell, state: str) -> Input:
    """Where the state keeps its previous value."""
    return Input(Symbol(f"k_{state}"), cell.sizes[cell.previous(state)], Chance(Symbol(f"z_{state}")))


def _rate(cell: Cell, name: str, rate: float) -> Parameter:
    if name not in cell.states:
        raise DeriveError(f"{cell.name}: {unknown('state', name, cell.states)}")
    try:
        default = exact_rational(rate)
    except DeriveError:
        default = None
    if default is None or not 0 <= default <= 1:
        raise DeriveError(f"{cell.name}: the zoneout of {name!r} is {shown(rate)}; expected a probability from 0 to 1")
    return Parameter(Symbol(f"z_{name}"), "constant", "", "", "", default=default)
