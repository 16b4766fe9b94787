"""A table as lines of LaTeX: the largest type in which it fits the text width, else blocks of columns."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from derive.document.columns import blocks, columns_fit
from derive.document.layout import broken, on_the_line, terms
from derive.document.model import Cell, Row, Stress, Table
from derive.document.text import tex_formula, tex_sentence
from derive.document.width import SIZES, width
from derive.exact.numeral import Numeral
from derive.notation.page import Page
from derive.notation.printers import plain_brackets

Cells = Sequence[str]  # a cell for the row's name and one for each column; of an aligned number a pair with & between
#: Type size and half the space between columns in pt, in the order in which they are tried.
_LAYOUTS = (("normalsize", 6.0), ("normalsize", 4.5), ("small", 3.5), ("footnotesize", 2.5))
_ROW, _BETWEEN = 12.5, 6.0  # pt: a row at 10 pt, between groups
_STRETCH, _ACCENTED = 1.15, 1.4  # of rows whose names have indices above and below, and of those with accents there
_ENTRY, _BLOCK = 0.38, 0.43  # of the line: an entry by hand, a formula's line in a table that is split
_QUAD = 10.0
_ACCENT = re.compile(r"_\{[^{}]*\\(?:tilde|hat|bar)\b")


@dataclass(frozen=True)
class Grid:
    """A table of which every cell is LaTeX. limit: how wide a formula over its value may be. at_dots: whether lines may
    end after a dot as well as before a sign, where a term is longer; in_brackets: whether even in brackets.
    """

    table: Table
    page: Page
    heads_have_formulas: bool = False
    limit: float = math.inf
    at_dots: bool = False
    in_brackets: bool = False

    @cached_property
    def _numeric(self) -> list[bool]:
        """Which columns are of numbers, aligned at their decimal points."""
        return [_is_numeric(column) for column in zip(*(row.cells for row in self.table.rows), strict=True)]

    @cached_property
    def groups(self) -> list[list[list[Cells]]]:
        """Rows within groups, each of as many lines as it takes."""
        return [[list(self._lines(row)) for row in group] for group in self.table.groups]

    @cached_property
    def widths(self) -> list[float]:
        """Of the column of names and of every other, at 10 pt."""
        lines = [line for group in self.groups for row in group for line in row]
        heads = [sentence_width(tex_sentence(h)) for h in self.table.head]
        names = max([heads[0], *(sentence_width(line[0]) for line in lines)])
        found = [names]
        for k, numeric in enumerate(self._numeric):
            cells = [line[k + 1] for line in lines]
            if numeric:
                halves = [cell.partition(" & ")[::2] for cell in cells]
                whole = sum(max(sentence_width(h[side]) for h in halves) for side in (0, 1))
            else:
                whole = max(map(sentence_width, cells))
            found.append(max(whole, heads[k + 1]))
        return found

    def fits(self, name: str, separation: float) -> bool:
        head, *columns = (w * SIZES[name] for w in self.widths)
        return columns_fit(head, columns, separation / self.page.scale, self.page.line)

    def fits_in_blocks(self, name: str, separation: float) -> bool:
        """Whether every column fits beside that of the names."""
        head, *columns = (w * SIZES[name] for w in self.widths)
        return all(columns_fit(head, [c], separation / self.page.scale, self.page.line) for c in columns)

    def laid_out(self, name: str, separation: float, whole: bool, below: float) -> dict[str, object]:
        """What the template ``tabular.tex`` needs."""
        head, *columns = (w * SIZES[name] for w in self.widths)
        every = [range(len(columns))]
        cut = every if whole else blocks(head, columns, separation / self.page.scale, self.page.line)
        stretch = self._stretch
        height = _ROW * stretch * SIZES[name] * self.page.scale
        return {
            "font": "" if name == "normalsize" else f"\\{name}",
            "separation": f"{separation:g}",
            "stretch": f"{stretch:g}" if stretch > 1.0 else "",
            "blocks": [
                {
                    "height": sum(len(group) * height + _BETWEEN for group in groups) + 2 * height,
                    "columns": "l" + "".join(self._column(k) for k in block),
                    "head": self._head(block),
                    "groups": [[_pick(line, block) for line in group] for group in groups],
                }
                for block in cut
                for groups in _pages(self.groups, height, self.page.room, below if block is cut[-1] else 0.0)
            ],
        }

    @property
    def _stretch(self) -> float:
        if not self.table.tall:
            return 1.0
        return _ACCENTED if any(_ACCENT.search(tex_sentence(row.head)) for row in self.table.rows) else _STRETCH

    def _column(self, k: int) -> str:
        return "r@{}l" if self._numeric[k] else self.table.align[k]

    def _head(self, block: range) -> list[str]:
        first, *heads = map(tex_sentence, self.table.head)
        found = [first]
        for k in block:
            end = "@{}" if k == block[-1] else ""
            found.append(rf"\multicolumn{{2}}{{c{end}}}{{{heads[k]}}}" if self._numeric[k] else heads[k])
        return found

    # ------------------------------------------------------------------ lines

    def _lines(self, row: Row) -> Iterator[Cells]:
        name = ("", r"\quad ", r"\qquad ")[row.depth] + tex_sentence(row.head)
        if self.heads_have_formulas and row.formula:
            name = f"{name[:-1]} = {plain_brackets(row.formula)}$"
        columns = [self._cell(cell, numeric) for cell, numeric in zip(row.cells, self._numeric, strict=True)]
        for k in range(height := max(map(len, columns))):
            # a cell of fewer lines stands at the bottom, its value beside the values of the others
            missing = [k - height + len(column) for column in columns]
            yield [name if k == 0 else "", *(c[m] if m >= 0 else "" for c, m in zip(columns, missing, strict=True))]

    def _cell(self, cell: Cell, numeric: bool) -> list[str]:
        if numeric:
            return [_halves(cell)]
        if cell.over is not None:
            formula = on_the_line(tight(cell.over.latex))
            cut = broken(formula, self.limit, 0.0, dots=True) if self.in_brackets else None
            lines = cut or terms(formula, self.limit, self.at_dots)
            return [
                *(f"${{}}{tex_formula(line)}$" for line in lines),
                f"${cell.relation} {tex_formula(tight(_tex(cell)))}$",
            ]
        text = tex_sentence(cell.content)
        if cell.relation:
            text = f"${cell.relation} {tex_formula(tight(_tex(cell)))}$"
        elif isinstance(cell.number, Numeral):
            text = f"${tight(tex_formula(cell.number.latex()))}$"
        elif len(cell.content) == 1 and not isinstance(cell.content[0], str | Numeral):
            entry = broken(plain_brackets(cell.content[0].latex), _ENTRY * self.page.line, indent=0.0)
            text = "\n".join(f"${tex_formula(line)}$" for line in entry)
        if cell.stress is Stress.WRONG:
            text = rf"\textbf{{{text}}}"
        return (text + (f" ({', '.join(cell.notes)})" if cell.notes else "")).split("\n")


def lay(table: Table, page: Page, below: float = 0.0) -> dict[str, object]:
    """The first layout that fits the text width: with formulas in the heads, without, in smaller type, in blocks.

    below: how much room the notes take, which are to stand on the page on which the table ends.
    """
    grids = list(_variants(table, page))
    for grid in grids:
        for name, separation in _LAYOUTS:
            if grid.fits(name, separation):
                return grid.laid_out(name, separation, True, below)
    for grid in grids[-2:]:
        for name, separation in _LAYOUTS[2:]:
            if grid.fits_in_blocks(name, separation):
                return grid.laid_out(name, separation, False, below)
    return grids[-1].laid_out(*_LAYOUTS[-1], False, below)


def _variants(table: Table, page: Page) -> Iterator[Grid]:
    formulas = [row.formula for row in table.rows if row.formula]
    if formulas and not any(r"\frac" in formula for formula in formulas):
        yield Grid(table, page, heads_have_formulas=True)
    yield Grid(table, page)
    if any(cell.over for row in table.rows for cell in row.cells):
        name, separation = _LAYOUTS[-1]
        head = max(sentence_width(tex_sentence(row.head)) for row in table.rows) * SIZES[name]
        room = ((page.line - head) / len(table.align) - 2 * separation / page.scale) / SIZES[name]
        yield Grid(table, page, limit=room)
        yield Grid(table, page, limit=room, at_dots=True)
        yield Grid(table, page, limit=_BLOCK * page.line)
        yield Grid(table, page, limit=_BLOCK * page.line, in_brackets=True)


def _is_numeric(column: Sequence[Cell]) -> bool:
    numbers = [cell.number for cell in column if cell.content]
    found = [n for n in numbers if n is not None]
    return bool(found) and len(found) == len(numbers) and any(n.halves()[1] for n in found)


def _halves(cell: Cell) -> str:
    if cell.number is None:
        return " & "
    whole, rest = map(tex_formula, cell.number.halves())
    if cell.stress is Stress.UNCOVERED:
        whole, rest = (rf"\underline{{\mathstrut {half}}}" for half in (whole, tight(rest)))
    return f"${whole}$ & ${tight(rest)}$" if rest else f"${whole}$ & "


def _tex(cell: Cell) -> str:
    [part] = cell.content
    return part.latex() if isinstance(part, Numeral) else part.latex if not isinstance(part, str) else part


def tight(latex: str) -> str:
    """A formula for a narrow cell: no space around the cross of a power of ten."""
    return latex.replace(r" \times ", r"{\times}")


def _pages(
    groups: Sequence[Sequence[Sequence[Cells]]], height: float, room: float, below: float
) -> list[list[list[Cells]]]:
    """The groups in parts that are no longer than a page, on as few pages as hold them, evenly; a row is cut only where
    it is longer than a page itself. below: what stands under the last of them."""
    least = len(_stacked([part for g in groups for part in _parts(g, _most(room, height))], height, room))
    pages = _even(groups, height, room, least, cut=False)
    if _used(pages[-1], height) + below <= room:
        return pages
    more = _even(groups, height, room, least + 1, cut=True)
    return more if _used(more[-1], height) + below <= room else pages


def _most(room: float, height: float) -> int:
    """How many rows a page has; the head and the rules take as much as two."""
    return max(int(room / height) - 2, 1)


def _used(page: Sequence[Sequence[Cells]], height: float) -> float:
    return 2 * height + sum(len(part) * height + _BETWEEN for part in page)


def _even(
    groups: Sequence[Sequence[Sequence[Cells]]], height: float, room: float, count: int, cut: bool
) -> list[list[list[Cells]]]:
    """The groups on so many pages, of which the fullest is as empty as can be. cut: whether groups that a page would
    hold may be cut too."""
    whole = [part for group in groups for part in _parts(group, _most(room, height))]
    least = _most(_used(whole, height) / count, height)
    for rows in range(least, _most(room, height) + 1):
        parts = [part for group in groups for part in _parts(group, rows)] if cut else whole
        pages = _stacked(parts, height, min((rows + 3) * height, room))
        if len(pages) <= count:
            return pages
    return _stacked(whole, height, room)


def _stacked(parts: Sequence[list[Cells]], height: float, room: float) -> list[list[list[Cells]]]:
    """The parts on pages, each of them as full as it can be."""
    pages: list[list[list[Cells]]] = [[]]
    for part in parts:
        if pages[-1] and _used([*pages[-1], part], height) > room:
            pages.append([])
        pages[-1].append(part)
    return pages


def _parts(group: Sequence[Sequence[Cells]], most: int) -> list[list[Cells]]:
    """A group in parts of so many lines at most, of as few parts the most even ones."""
    count = len(_filled(group, most))
    even = math.ceil(sum(map(len, group)) / count)
    return next(parts for lines in range(even, most + 1) if len(parts := _filled(group, lines)) == count)


def _filled(group: Sequence[Sequence[Cells]], most: int) -> list[list[Cells]]:
    """A group in parts of as many lines as are allowed, cut between rows where that is possible."""
    parts, part = list[list[Cells]](), list[Cells]()
    for row in group:
        if part and len(part) + len(row) > most:
            parts.append(part)
            part = []
        part = part + list(row)
        while len(part) > most:
            parts.append(part[:most])
            part = part[most:]
    return [*parts, part]


def _pick(line: Cells, block: range) -> list[str]:
    return [line[0], *(line[k + 1] for k in block)]


def sentence_width(text: str) -> float:
    """The estimated width in pt, at 10 pt, of a cell of text and formulas between dollars."""
    parts = text.replace(r"\$", "S").split("$")  # a dollar itself is as wide as an S
    formulas = sum(width(part) for part in parts[1::2])
    quads = text.count(r"\quad") * _QUAD + text.count(r"\qquad") * 2 * _QUAD
    return formulas + quads + sum(5.3 * len(part.replace(r"\textbf", "").replace("\\", "")) for part in parts[::2])
