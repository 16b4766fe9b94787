"""A run as rows: one quantity of one unit each, with its value at every time step."""

from __future__ import annotations

from dataclasses import dataclass

from derive.exact.value import Value
from derive.notation.names import Notation
from derive.run.data import Run
from derive.run.step import Step


@dataclass(frozen=True)
class Row:
    """A quantity of one unit: ``c``, or ``c_2`` for one of several, or an input ``x_1``; its steps and values.

    latex: the name at time t; formula: in LaTeX, "" for an input or one of several units.
    """

    name: str
    latex: str
    formula: str
    values: tuple[Value, ...]
    steps: tuple[Step, ...] = ()


def indexed(notation: Notation, name: str, index: str) -> str:
    """The LaTeX of a quantity with another index than t: ``x_{2, t}``."""
    return notation.indexed_by(index).symbol_latex(name)


def name_at(run: Run, name: str, unit: int, units: int, time: str) -> str:
    """The LaTeX of one unit of a quantity at a time, ``c_{3}^{(2)}``; the unit only where there are several."""
    return of_unit(indexed(run.cell.notation, name, time), unit, units)


def of_unit(latex: str, unit: int, units: int) -> str:
    """The LaTeX of one of so many units."""
    return latex if units == 1 else f"{latex}^{{({unit})}}"


def numbered(name: str, unit: int, units: int) -> str:
    """The name, with the unit's number where there are several."""
    return name if units == 1 else f"{name}_{unit}"


def entry_latex(latex: str, entry: tuple[int, ...]) -> str:
    """The LaTeX of one entry of a parameter or gradient, ``W_{ii}^{(1, 2)}``; of a number its name alone."""
    return f"{latex}^{{({_listed(entry)})}}" if entry else latex


def entry_unicode(text: str, entry: tuple[int, ...]) -> str:
    """The same as text, ``W_ii[1, 2]``."""
    return f"{text}[{_listed(entry)}]" if entry else text


def _listed(entry: tuple[int, ...]) -> str:
    return ", ".join(map(str, entry))


def component(run: Run, name: str, k: int) -> str:
    """The index of a component of an input."""
    return run.t if len(run.sequences[name][0]) == 1 else f"{k}, {run.t}"


def rows_of(run: Run) -> list[list[Row]]:
    """The inputs, the quantities that are no state, and the states, each in order."""
    inputs = [
        Row(
            numbered(name, k, len(rows[0])),
            indexed(run.cell.notation, name, component(run, name, k)),
            "",
            tuple(map(Value.of, column)),
        )
        for name, rows in run.sequences.items()
        for k, column in enumerate(zip(*rows, strict=True), 1)
    ]
    found: dict[tuple[str, int], list[Step]] = {}
    for step in run.steps():
        found.setdefault((step.quantity, step.unit), []).append(step)
    inner: list[Row] = []
    states: list[Row] = []
    for (quantity, unit), steps in found.items():
        units = run.units[quantity]
        formula = run.notation.latex(run.cell[quantity].rhs) if units == 1 else ""
        row = Row(
            numbered(quantity, unit, units),
            name_at(run, quantity, unit, units, run.t),
            formula,
            tuple(s.value for s in steps),
            tuple(steps),
        )
        (states if quantity in run.cell.states else inner).append(row)
    return [group for group in (inputs, inner, states) if group]
