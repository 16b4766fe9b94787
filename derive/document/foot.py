"""What stands at the foot of a slide: the inputs and states so far, a column a time step, of the same width on all."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

from derive.document.rows import columns_of
from derive.document.text import tex_formula, tex_text
from derive.document.width import SIZES, width
from derive.exact.numeral import Numeral
from derive.exact.value import Value
from derive.notation.page import Page
from derive.notation.words import words
from derive.run.data import Run
from derive.run.number import given

SIZE, SEPARATION = "scriptsize", 4.0  # half the space between columns, in pt
#: Units that are written out, of more the first ones and the last: as many as let two columns stand side by side.
MOST = ((4, (0, 1, None, -1)), (2, (0, None, -1)))
_ROW, _RULES = 11.5, 16.0  # pt of type at 10 pt; what the rules take, and what keeps the foot from what is above


class FootRow(NamedTuple):
    """The name of an input or state, and its numbers in LaTeX, "" where it has none, for each column."""

    name: str
    head: str
    cells: Sequence[str]


@dataclass(frozen=True)
class Foot:
    """The table of a run."""

    run: Run
    page: Page

    @cached_property
    def columns(self) -> list[int | None]:
        """The time steps from 0, None for those that are left out."""
        return [0, *columns_of(self.run)]

    @cached_property
    def rows(self) -> list[FootRow]:
        found = [self._rows(most, places) for most, places in MOST]
        return next((rows for rows in found if self._fit(rows)), found[-1])

    def _fit(self, rows: Sequence[FootRow]) -> bool:
        """Whether every two columns that follow each other have room."""
        widths = self._widths(rows)
        return all(sum(pair) + 4 * SEPARATION <= self.page.width - self._head(rows) for pair in pairwise(widths))

    def _head(self, rows: Sequence[FootRow]) -> float:
        return max(width(row.head) for row in rows) * self.scale

    def _widths(self, rows: Sequence[FootRow]) -> list[float]:
        """Of the columns, in pt."""
        names = [5.3 * len(name) for name in self.names]
        cells = zip(*(map(width, row.cells) for row in rows), strict=True)
        return [max(name, *column) * self.scale for name, column in zip(names, cells, strict=True)]

    @cached_property
    def names(self) -> list[str]:
        """The heads of the columns, "" of one for steps that are left out."""
        return ["" if at is None else str(at) if not at else self.run.columns[at - 1] for at in self.columns]

    def _rows(self, most: int, places: Sequence[int | None]) -> list[FootRow]:
        run = self.run
        shown = [s for s in run.cell.states if s in run.shown.rows]
        rows = {name: self._read(name) for name in run.sequences} | {s: self._state(s) for s in shown}
        return [self._row(name, at, most, places) for name, at in rows.items()]

    def _read(self, name: str) -> Callable[[int], Sequence[Any]]:
        return lambda t: self.run.sequences[name][t - 1] if t else ()

    def _state(self, name: str) -> Callable[[int], Sequence[Any]]:
        run = self.run
        return lambda t: (
            [run.steps().value(t, name, k) for k in range(1, run.units[name] + 1)] if t else run.initial[name]
        )

    def _row(self, name: str, at: Callable[[int], Sequence[Any]], most: int, places: Sequence[int | None]) -> FootRow:
        cells = [r"\cdots" if t is None else self._tuple(at(t), most, places) for t in self.columns]
        return FootRow(name, tex_formula(self.run.notation.symbol_latex(name)), cells)

    def _tuple(self, values: Sequence[Any], most: int, places: Sequence[int | None]) -> str:
        numbers = [self._number(v).latex() for v in values]
        if len(numbers) > most:
            numbers = [r"\dots" if k is None else numbers[k] for k in places]
        separator = words(self.run.language)["separator"].strip() + r"\, "
        return f"({separator.join(numbers)})" if len(numbers) > 1 else "".join(numbers)

    def _number(self, value: Any) -> Numeral:
        decimals = self.run.decimals
        return value.shown(decimals) if isinstance(value, Value) else given(Value.of(value), decimals)

    # ------------------------------------------------------------------ places

    @cached_property
    def scale(self) -> float:
        return SIZES[SIZE] * self.page.scale

    @property
    def height(self) -> float:
        return (_ROW * (len(self.rows) + 1) + _RULES) * self.scale

    def shown(self, t: int) -> range:
        """The columns that stand on the slides of a step: as many as fit, with that of the step among them."""
        widths, room = self._widths(self.rows), self.page.width - self._head(self.rows)
        end = start = self.columns.index(t) + 1
        while start and sum(widths[start - 1 : end]) + 2 * SEPARATION * (end - start + 1) <= room:
            start -= 1
        while end < len(widths) and sum(widths[start : end + 1]) + 2 * SEPARATION * (end + 1 - start) <= room:
            end += 1
        return range(start, end)

    def table(self, t: int, new: Mapping[str, int], done: Container[str]) -> dict[str, Any]:
        """What the template needs. new: the states that are uncovered on this slide, each with its overlay. done: those
        that were on earlier ones of the step."""
        chosen, widths = self.shown(t), self._widths(self.rows)

        def cell(row: FootRow, k: int) -> str:
            if not row.cells[k] or (at := self.columns[k]) is None:
                return f"${row.cells[k]}$" if row.cells[k] else ""
            if at == t and row.name in new:
                return rf"\uncover<{new[row.name]}->{{${row.cells[k]}$}}"
            is_known = at < t or (at == t and (row.name in done or row.name in self.run.sequences))
            return f"${row.cells[k]}$" if is_known else ""

        return {
            "size": SIZE,
            "separation": f"{SEPARATION:g}",
            "columns": "".join(f"w{{r}}{{{widths[k]:.1f}pt}}" for k in chosen),
            "head": [f"${self.run.t}$", *(tex_text(self.names[k]) or r"$\cdots$" for k in chosen)],
            "rows": [[f"${row.head}$", *(cell(row, k) for k in chosen)] for row in self.rows],
        }
