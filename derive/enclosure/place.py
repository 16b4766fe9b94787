"""A run at one place of a box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sympy import Rational, Symbol

from derive.run.box import Variable
from derive.statements.sizes import units
from derive.statements.writing import at

if TYPE_CHECKING:
    from derive.run.data import Run


def placed(run: Run, variables: Sequence[Variable], place: Sequence[Rational]) -> Run:
    """The run with these numbers for the variables."""
    values: dict[tuple[Symbol, int | None], Rational] = {
        (v.symbol, v.t): number for v, number in zip(variables, place, strict=True)
    }
    sequences = {
        name: [[values.get((at(name, k), t), n) for k, n in enumerate(row, 1)] for t, row in enumerate(rows, 1)]
        for name, rows in run.sequences.items()
    }
    x = sequences.pop(run.cell.input.name)
    initial = {
        state: [values.get((at(state, k), 0), number) for k, number in enumerate(vector, 1)]
        for state, vector in run.initial.items()
    }
    weights = dict(run.weights)
    own = {symbol: number for (symbol, t), number in values.items() if t is None}
    for p in run.cell.parameters:
        if not any(s.name.partition("[")[0] == p.name for s in own):
            continue
        if not p.rows:
            weights[p.tensor or p.name] = own[at(p.name, 1)]
            continue
        tensor, rows = weights[p.tensor or p.name], units(p.rows, run.sizes)
        block = [_row(p.name, k, row, own) for k, row in enumerate(tensor[p.block * rows : (p.block + 1) * rows], 1)]
        weights[p.tensor or p.name] = (*tensor[: p.block * rows], *block, *tensor[(p.block + 1) * rows :])
    return replace(run, x=x, inputs=sequences, initial=initial, weights=weights)


def _row(name: str, k: int, row: Any, own: dict[Symbol, Rational]) -> Any:
    if isinstance(row, tuple):
        return tuple(own.get(at(name, k, j), number) for j, number in enumerate(row, 1))
    return own.get(at(name, k), row)
