"""The tables of a document as CSV, for spreadsheets: names as people type them, numbers as printed."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from derive.document.model import Cell, Section, Table
from derive.document.text import text_sentence
from derive.notation.words import words

PRINT = ("hand",)  # tables that are another layout of what others have


def files(sections: Sequence[Section], language: str) -> dict[str, str]:
    """A file for each table, by its name."""
    tables = [t for section in sections for t in section.tables if t.name not in PRINT]
    return {f"{table.name}.csv": text(table, language) for table in tables}


def text(table: Table, language: str) -> str:
    """A table: commas between its cells, or semicolons where the comma is the decimal mark."""
    mark = words(language)["decimal mark"]
    out = io.StringIO()
    writer = csv.writer(out, delimiter="," if mark == "." else ";", lineterminator="\n")
    writer.writerow(map(text_sentence, table.head))
    for row in table.rows:
        writer.writerow([row.name, *(_cell(cell, mark) for cell in row.cells)])
    return out.getvalue()


def _cell(cell: Cell, mark: str) -> str:
    """A number as programs read it, but with the language's decimal mark."""
    return text_sentence(cell.content) if cell.number is None else str(cell.number).replace(".", mark)
