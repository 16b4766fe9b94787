"""A run as series: one quantity of one unit each, with its value at every time step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sympy import Rational

from derive.document.model import Cell, Formula, Row, Sentence
from derive.exact.numeral import LONGEST_WRITTEN, Numeral, as_written
from derive.exact.value import Value
from derive.notation.names import Notation
from derive.run.data import Run
from derive.run.show import gaps
from derive.run.step import Step


@dataclass(frozen=True)
class Series:
    """A quantity of one unit: ``c``, ``c_2`` of several, ``S_1_3`` in a matrix, an input ``x_1``; its steps, numbers.

    latex: the name at time t; formula: in LaTeX, "" for an input or one of several units.
    """

    name: str
    latex: str
    formula: str
    numbers: tuple[Numeral, ...]
    steps: tuple[Step, ...] = ()
    quantity: str = ""
    unit: int = 1
    label: str = ""

    @property
    def head(self) -> Sentence:
        return (Formula(self.latex, self.name),)

    @property
    def cells(self) -> tuple[Cell, ...]:
        return tuple(Cell((n,)) for n in self.numbers)


DOTS, BELOW = Cell((Formula(r"\cdots", "…"),)), Formula(r"\vdots", "⋮")


def columns_of(run: Run) -> list[int | None]:
    """The time steps that have a column, with None where others are left out."""
    return gaps(run.shown.steps, len(run.x))


def is_shown(run: Run, quantity: str, unit: int, label: str = "") -> bool:
    """Whether a unit of a quantity is shown; label: of the unit of what is no quantity of the equations."""
    if quantity not in run.units:
        return not label or quantity in run.sequences or unit in run.shown.units
    return quantity in run.shown.rows and (run.units[quantity] == 1 or unit in run.shown.units)


def over_time(run: Run, cells: Sequence[Cell]) -> tuple[Cell, ...]:
    """Of a cell for each time step those that are shown."""
    return tuple(DOTS if t is None else cells[t - 1] for t in columns_of(run))


def align_over_time(run: Run, letter: str) -> str:
    """The alignment of the columns for time steps."""
    return "".join("c" if t is None else letter for t in columns_of(run))


def left_out(width: int) -> Row:
    """A row of dots for those that are left out."""
    return Row("⋮", (BELOW,), (Cell(),) * width)


def name_at(run: Run, name: str, unit: int, time: str) -> str:
    """The LaTeX of one unit of a quantity at a time, ``c_{3}^{(2)}``; the unit only where there are several."""
    return whole_at(run, name, time, run.unit_label(name, unit))


def whole_at(run: Run, name: str, time: str, label: str = "") -> str:
    """The LaTeX of a quantity at a time; label: of one of its units or rows."""
    return str(run.notation.indexed_by(time).of_unit(label).symbol_latex(name))


def entry_latex(notation: Notation, name: str, entry: str) -> str:
    """The LaTeX of one entry of a parameter or gradient, ``W_{ii}^{(1, 2)}``; of a number its name alone.

    entry: as ``Parameter.entry_label`` has it.
    """
    return (notation.of_unit(entry) if entry else notation).symbol_latex(name)


def entry_unicode(text: str, entry: str) -> str:
    """The same as text, ``W_ii[1, 2]``."""
    return f"{text}[{entry}]" if entry else text


def times(run: Run) -> tuple[Sentence, ...]:
    """The head of a table with a column for each time step."""
    heads = (((Formula(r"\cdots", "…"),) if t is None else (run.columns[t - 1],)) for t in columns_of(run))
    return ((Formula(run.t, run.t),), *heads)


def as_given(number: Rational) -> Numeral:
    """A number of the run's data as it was given, whatever the run's decimals; a fraction is a decimal nearby."""
    return as_written(number) or Value.of(number).significant(LONGEST_WRITTEN)


def inputs_of(run: Run) -> list[Series]:
    """The inputs, a series for each component."""
    return [
        Series(
            run.unit_name(name, k),
            name_at(run, name, k, run.t),
            "",
            tuple(map(as_given, column)),
            quantity=name,
            unit=k,
        )
        for name, rows in run.sequences.items()
        for k, column in enumerate(zip(*rows, strict=True), 1)
    ]


def series_of(run: Run) -> list[list[Series]]:
    """The inputs, the quantities that are no state, and the states, each in order."""
    found: dict[tuple[str, int], list[Step]] = {}
    for step in run.steps():
        found.setdefault((step.quantity, step.unit), []).append(step)
    inner: list[Series] = []
    states: list[Series] = []
    for (quantity, unit), steps in found.items():
        series = Series(
            run.unit_name(quantity, unit),
            name_at(run, quantity, unit, run.t),
            run.notation.latex(run.cell[quantity].rhs) if run.units[quantity] == 1 else "",
            tuple(s.value.shown(run.decimals) for s in steps),
            tuple(steps),
            quantity,
            unit,
        )
        (states if quantity in run.cell.states else inner).append(series)
    return [group for group in (inputs_of(run), inner, states) if group]
