"""Tables of tensors: a line for each vector and each row of a matrix, a column for each entry; of large ones, some."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from sympy import Symbol

from derive.document.model import Cell, Formula, Row, Sentence, Table, listed
from derive.document.rows import DOTS, left_out, whole_at
from derive.exact.numeral import Numeral
from derive.notation.names import Notation
from derive.notation.quantity import numbered
from derive.notation.words import words
from derive.run.data import Run
from derive.run.show import gaps
from derive.statements.parameter import Parameter
from derive.statements.sizes import along_rows, in_rows, place_of

FEW = (1, 2)  # rows and entries that are shown beside the last, where there are more numbers than
MANY, MANY_ON_SLIDES = 240, 60


class Line(NamedTuple):
    """A vector, a row of a matrix, or a number.

    name: as it is typed. row: its number, of so many. formula: what it equals.
    """

    name: str
    latex: str
    row: int
    rows: int
    cells: Sequence[Cell]
    formula: str = ""

    @property
    def numbers(self) -> tuple[Numeral, ...]:
        return tuple(cell.number for cell in self.cells if cell.number is not None)


def entries_table(
    name: str, run: Run, groups: Sequence[Sequence[Line]], caption: str, notes: Iterable[Sentence] = ()
) -> Table:
    """The table; of a large one the first and last rows and entries, where the author has not said what is shown."""
    word = words(run.language)
    lengths = [len(line.cells) for group in groups for line in group]
    most = MANY_ON_SLIDES if run.layout.is_slide else MANY
    is_whole = run.show is not None or sum(lengths) <= most
    columns = gaps(_shown(is_whole, max(lengths)), max(lengths))
    rows = tuple(tuple(_rows(group, is_whole, columns)) for group in groups)
    head: list[Sentence] = [DOTS.content if k is None else (str(k),) for k in columns]
    align = "".join("c" if k is None else "r" for k in columns)
    said = [(word["entries"],), *([] if is_whole else [(word["dots"],)]), *notes]
    return Table(name, ((), *head), rows, align, caption, (listed(said, " "),), tall=True)


def lines_of(
    run: Run, name: str, latex: Callable[[str], str], rows: Sequence[Sequence[Cell]], size: str, formula: str = ""
) -> Iterator[Line]:
    """A line for each row. latex: of a row, by its label. size: what the rows are numbered along. formula: of all."""
    for k, cells in enumerate(rows, 1):
        label = place_of(size, k, run.sizes) if len(rows) > 1 else ""
        yield Line(numbered(name, label), latex(label), k, len(rows), cells, formula if len(rows) == 1 else "")


def parameter_lines(
    run: Run,
    p: Parameter,
    name: str,
    notation: Notation,
    symbol: str,
    numbers: Any,
    cell: Callable[[Any], Cell],
    formula: str = "",
) -> Iterator[Line]:
    """The lines of a parameter, or of what has an entry for each of its own. symbol: its name in the notation."""
    is_stored_so = p.kind == "matrix"
    flat = numbers if isinstance(numbers, tuple) else (numbers,)
    rows = numbers if is_stored_so else in_rows(p.rows, flat, run.sizes)
    along = p.rows if is_stored_so else along_rows(p.rows)
    cells = [list(map(cell, row)) for row in rows]
    yield from lines_of(run, name, lambda label: notation.of_unit(label).symbol_latex(symbol), cells, along, formula)


def state_lines(run: Run, name: str, state: str, sign: str, cells: Sequence[Cell]) -> Iterator[Line]:
    """The lines of an initial state, or of what is like it: of a matrix one for each row. sign: before it in LaTeX."""
    size = run.cell.sizes[Symbol(state)]
    rows = in_rows(size, cells, run.sizes)
    yield from lines_of(run, name, lambda label: sign + whole_at(run, state, "0", label), rows, along_rows(size))


def _shown(is_whole: bool, most: int) -> Sequence[int]:
    """Which of so many rows or entries are shown."""
    return range(1, most + 1) if is_whole or most <= len(FEW) + 1 else (*FEW, most)


def _rows(lines: Sequence[Line], is_whole: bool, columns: Sequence[int | None]) -> Iterator[Row]:
    """The rows of a group, with dots where some are left out."""
    before = 0
    for line in lines:
        if line.row not in _shown(is_whole, line.rows):
            continue
        if line.row > before + 1:
            yield left_out(len(columns))
        before = line.row if line.row < line.rows else 0
        head = Formula(line.latex, line.name)
        yield Row(line.name, (head,), tuple(_cell(line.cells, k) for k in columns), line.formula)


def _cell(cells: Sequence[Cell], k: int | None) -> Cell:
    """An entry; empty where the line has fewer, dots for those that are left out."""
    if k is None:
        return DOTS if len(cells) > len(FEW) + 1 else Cell()
    return cells[k - 1] if k <= len(cells) else Cell()
