"""What a run is given: weights, initial state and inputs, as their author wrote them, whatever is rounded elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from sympy import Rational

from derive.document.model import Cell, Formula, Row, Section, Sentence, Table, listed
from derive.document.rows import DOTS, as_given, inputs_of, left_out, name_at, numbered, of_unit
from derive.document.values import series_table
from derive.exact.numeral import as_written
from derive.notation.words import words
from derive.run.data import Run
from derive.run.show import gaps

FEW = (1, 2)  # rows and entries that are shown beside the last, where there are more numbers than
MANY = 240
LONG = 24  # characters of the longest fraction that is shown as one


class Line(NamedTuple):
    """A vector, a row of a matrix, or a number. group: where it is stored. row: its number, of so many."""

    group: str
    name: str
    latex: str
    row: int
    rows: int
    numbers: Sequence[Rational]


def section(run: Run) -> Section:
    """The section ``weights``: the weights with the initial state, and the inputs."""
    word = words(run.language)
    inputs = replace(series_table("inputs", run, [inputs_of(run)]), caption=word["inputs caption"])
    what = f"{run.title}: weights and inputs as given"
    return Section("weights", word["weights and inputs"], what, (weights_table(run), inputs))


def weights_table(run: Run) -> Table:
    """A line for each vector and each row of a matrix, a group for each tensor in which they are stored."""
    word, groups = words(run.language), dict[str, list[Line]]()
    for line in _lines(run):
        groups.setdefault(line.group, []).append(line)
    lines = [line for group in groups.values() for line in group]
    is_whole = run.show is not None or sum(len(line.numbers) for line in lines) <= MANY
    most = max(len(line.numbers) for line in lines)
    columns = gaps(_shown(is_whole, most), most)
    rows = tuple(tuple(_rows(run, group, is_whole, columns)) for group in groups.values())
    head: list[Sentence] = [DOTS.content if k is None else (str(k),) for k in columns]
    align = "".join("c" if k is None else "r" for k in columns)
    notes = [(word["entries"],), *([] if is_whole else [(word["dots"],)])]
    return Table("weights", ((), *head), rows, align, word["weights caption"], (listed(notes, " "),), tall=True)


def _lines(run: Run) -> Iterator[Line]:
    for p in sorted(run.cell.parameters, key=lambda p: p.kind == "constant"):
        latex, value = run.cell.notation.symbol_latex(p.name), run.parameters[p.name]
        matrix = value if p.kind == "matrix" else (value if isinstance(value, tuple) else (value,),)
        for k, row in enumerate(matrix, 1):
            yield Line(p.tensor or p.name, p.name, latex, k, len(matrix), row)
    for state, vector in run.initial.items():
        yield Line("states", f"{state}0", name_at(run, state, 1, 1, "0"), 1, 1, vector)


def _shown(is_whole: bool, most: int) -> Sequence[int]:
    """Which of so many rows or entries are shown."""
    return range(1, most + 1) if is_whole or most <= len(FEW) + 1 else (*FEW, most)


def _rows(run: Run, lines: Sequence[Line], is_whole: bool, columns: Sequence[int | None]) -> Iterator[Row]:
    """The rows of a group, with dots where some are left out."""
    before = 0
    for line in lines:
        if line.row not in _shown(is_whole, line.rows):
            continue
        if line.row > before + 1:
            yield left_out(len(columns))
        before = line.row if line.row < line.rows else 0
        head = Formula(of_unit(line.latex, line.row, line.rows), name := numbered(line.name, line.row, line.rows))
        yield Row(name, (head,), tuple(_cell(line.numbers, k) for k in columns))


def _cell(numbers: Sequence[Rational], k: int | None) -> Cell:
    """An entry; empty where the line has fewer, dots for those that are left out."""
    if k is None:
        return DOTS if len(numbers) > len(FEW) + 1 else Cell()
    if k > len(numbers):
        return Cell()
    number, text = numbers[k - 1], str(numbers[k - 1])
    is_fraction = as_written(number) is None and len(text) <= LONG
    return Cell((Formula(text, text) if is_fraction else as_given(number),))
