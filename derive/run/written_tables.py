"""Tables of values as people keep them: a CSV or Markdown table, in a file or as a text of several lines.

    t,1,2                            | t | 1   | 2   |
    c,0.2,0.3                        |---|-----|-----|
    h_2,"max(0, c)=0.3",0            | c | 0.2 | 0.3 |

The first line is the head: its first cell may be anything, the others are 1, 2, ... or the run's names of the columns.
Every other line is a row: its name, then its entries. Rows may have fewer entries than the head. In a Markdown file
text may stand around the one table. The cells of a CSV table have ``;`` between them where the language has a decimal
comma.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from derive.errors import RunError, counted, printable, shown
from derive.reading import read_file

Line = tuple[int, list[str]]  # a line's number, and its cells


class WrittenTable(dict[str, Any]):
    """Rows by name, which know where they stand. source: the file or key; lines: of each row."""

    def __init__(self, rows: Mapping[str, Any], source: str, lines: Mapping[str, int]) -> None:
        super().__init__(rows)
        self.source, self.lines = source, dict(lines)


def line(table: Mapping[str, Any], key: str, name: str) -> str:
    """Where a row stands, for messages: ``hand_table``, or ``by_hand.csv, line 3``."""
    return f"{table.source}, line {table.lines[name]}" if isinstance(table, WrittenTable) else key


def place(table: Mapping[str, Any], key: str, name: str, entry: int | None = None) -> str:
    """The same of a row's name or of an entry: ``hand_table.c[0]``, or ``by_hand.csv, line 3: c, column 1``."""
    written = isinstance(table, WrittenTable)
    row = line(table, key, name) + (": " if written else ".") + name
    return row if entry is None else row + (f", column {entry + 1}" if written else f"[{entry}]")


def read_table(written: str | Path, key: str, mark: str, columns: Sequence[str]) -> WrittenTable:
    """The table in a file, or in a text of several lines. mark: of decimals; columns: names that the head may have.

    Raises RunError naming the file, the line and what was expected.
    """
    source, text = _text(written, key)
    if text.lstrip().startswith("|") or source.endswith((".md", ".markdown")):
        return _table(_markdown(text, source), source, columns)
    return _table(_csv(text, source, ";" if mark == "," else ","), source, columns)


def _text(written: str | Path, key: str) -> tuple[str, str]:
    """What the table is called, and its text."""
    if isinstance(written, str) and "\n" in written:
        return key, written
    name = printable(Path(written).name)
    try:
        return name, read_file(Path(written)).decode("utf-8-sig")
    except FileNotFoundError:
        raise RunError(f"{key}: there is no file {name}; expected a CSV or Markdown table, or its text") from None
    except OSError as e:
        raise RunError(f"{key}: {name} cannot be read: {e.strerror}") from None
    except UnicodeDecodeError as e:
        line = e.object[: e.start].count(b"\n") + 1
        raise RunError(f"{name}, line {line}: expected text in UTF-8, found other bytes") from None


def _csv(text: str, source: str, delimiter: str) -> Iterator[Line]:
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True, skipinitialspace=True)
    before = 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                if len(cells) == 1:
                    raise RunError(
                        f"{source}, line {before + 1}: {shown(cells[0])} is one cell, expected a name and entries with"
                        f" {delimiter!r} between them"
                    )
                yield before + 1, [cell.strip() for cell in cells]
            before = reader.line_num
    except csv.Error as e:
        raise RunError(f"{source}, line {before + 1}: expected CSV with {delimiter!r} between cells: {e}") from None


def _markdown(text: str, source: str) -> Iterator[Line]:
    rows = [(k, line.strip()) for k, line in enumerate(text.splitlines(), 1) if line.lstrip().startswith("|")]
    for number, ((k, line), (previous, _)) in enumerate(zip(rows, [(0, ""), *rows], strict=False)):
        if number and k != previous + 1:
            raise RunError(f"{source}, line {k}: a second table begins, expected one")
        cells = [re.sub(r"\\([|_*~])", r"\1", c).strip(" `") for c in re.split(r"(?<!\\)\|", line.strip("|"))]
        if number != 1:
            yield k, cells
        elif not all(re.fullmatch(":?-+:?", cell) for cell in cells):
            raise RunError(f"{source}, line {k}: found {shown(line)}, expected the line under the head, |---|---|")


def _table(written: Iterator[Line], source: str, columns: Sequence[str]) -> WrittenTable:
    (first, head), *lines = [*written] or [(1, [])]
    if len(head) < 2:
        raise RunError(f"{source}, line {first}: expected a head, the numbers 1, 2, ... after a first cell")
    steps = {cell for k, name in enumerate((*columns, *[""] * len(lines)), 1) for cell in (str(k), name)}
    if lines and steps.isdisjoint(head[1:]) and all(cells[0] in steps for _, cells in lines):
        raise RunError(
            f"{source}, line {first}: the rows are steps and the columns {', '.join(map(shown, head[1:]))}, expected it"
            " the other way round; exchange rows and columns (in a spreadsheet: paste transposed)"
        )
    for k, cell in enumerate(head[1:], 1):
        if cell not in (names := dict.fromkeys([str(k), *columns[k - 1 : k]])):
            expected = " or ".join(map(shown, names))
            raise RunError(f"{source}, line {first}: the head of column {k} is {shown(cell)}, expected {expected}")
    rows: dict[str, list[str]] = {}
    numbers: dict[str, int] = {}
    for number, (name, *cells) in lines:
        where = f"{source}, line {number}"
        while cells and not cells[-1]:
            cells.pop()
        if not name:
            raise RunError(f"{where}: the first cell is empty, expected the name of a quantity")
        if name in rows:
            raise RunError(f"{where}: {name} stands in line {numbers[name]} too, expected one row of each name")
        if len(cells) >= len(head):
            raise RunError(f"{where}: {name} has {counted(len(cells), 'entry', 'entries')}, the head {len(head) - 1}")
        if "" in cells:
            raise RunError(f"{where}: {name} has nothing in column {cells.index('') + 1}, expected a value")
        rows[name], numbers[name] = cells, number
    if not rows:
        raise RunError(f"{source}: the table has a head alone, expected a row for each quantity")
    return WrittenTable(rows, source, numbers)
