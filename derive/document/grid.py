"""A table before it is LaTeX: cells in rows, rows in groups, and the largest type in which it fits the text width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from derive.document.layout import blocks, columns_fit
from derive.document.page import Page
from derive.document.width import SIZES, width

Row = Sequence[str]
#: Type size and half the space between columns in pt, in the order in which they are tried.
_LAYOUTS = (("normalsize", 6.0), ("normalsize", 4.5), ("small", 3.5), ("footnotesize", 2.5))
_ROW, _BETWEEN = 12.5, 6.0  # pt: a row at 10 pt, between groups
_SPLIT = _LAYOUTS[2]  # of the blocks of a table that fits in none of them


@dataclass(frozen=True)
class Grid:
    """A table: ``head`` and every row have a cell for the row's name and one for each column; the cells are LaTeX.

    align: one letter for each column after the first. stretch: how much taller than a line of text a row is.
    """

    head: Row
    groups: Sequence[Sequence[Row]]
    align: str
    stretch: float = 1.0

    def layout(self, page: Page) -> dict[str, object]:
        """What the template ``table.tex`` needs: the first layout that fits, else blocks of columns."""
        head, *columns = self._widths()
        for name, separation in _LAYOUTS:
            if columns_fit(head * SIZES[name], [c * SIZES[name] for c in columns], separation, page.width):
                return self._laid_out(name, separation, [range(len(columns))], page)
        name, separation = _SPLIT
        cut = blocks(head * SIZES[name], [c * SIZES[name] for c in columns], separation, page.width)
        return self._laid_out(name, separation, cut, page)

    def fits_whole(self, page: Page) -> bool:
        """Whether it fits the text width without being split."""
        return len(self.layout(page)["blocks"]) == 1  # type: ignore[arg-type]

    def _widths(self) -> list[float]:
        rows = [self.head, *(row for group in self.groups for row in group)]
        return [max(cell_width(cell) for cell in column) for column in zip(*rows, strict=True)]

    def _laid_out(self, name: str, separation: float, cut: list[range], page: Page) -> dict[str, object]:
        return {
            "font": "" if name == "normalsize" else f"\\{name}",
            "separation": f"{separation:g}",
            "stretch": "" if self.stretch == 1.0 else f"{self.stretch:g}",
            "blocks": [
                {
                    "columns": "l" + "".join(self.align[k] for k in block),
                    "head": _pick(self.head, block),
                    "groups": [[_pick(row, block) for row in group] for group in groups],
                }
                for block in cut
                for groups in _pages(self.groups, _ROW * self.stretch * SIZES[name], page)
            ],
        }


def _pages(groups: Sequence[Sequence[Row]], height: float, page: Page) -> list[list[Sequence[Row]]]:
    """The groups in parts that are no longer than a page; a group is cut only where it is longer than a page itself."""
    pages: list[list[Sequence[Row]]] = [[]]
    used, most = height, int(page.height / height) - 1  # the head is a row too
    for group in groups:
        for part in (group[k : k + most] for k in range(0, len(group), most)):
            needed = len(part) * height + _BETWEEN
            if pages[-1] and used + needed > page.height:
                pages.append([])
                used = height
            pages[-1].append(part)
            used += needed
    return pages


def _pick(row: Row, block: range) -> list[str]:
    return [row[0], *(row[k + 1] for k in block)]


def column_width(head: float, columns: int, page: Page) -> float:
    """What each of so many equal columns may be wide, in pt at 10 pt, in the smallest type."""
    name, separation = _LAYOUTS[-1]
    return ((page.width - head * SIZES[name]) / columns - 2 * separation) / SIZES[name]


def cell_width(cell: str) -> float:
    """The estimated width in pt, at 10 pt, of a cell of text and formulas between dollars."""
    parts = cell.replace(r"\$", "S").split("$")  # a dollar itself is as wide as an S
    formulas = sum(width(part) for part in parts[1::2])
    return formulas + sum(5.3 * len(part.replace("\\", "")) for part in parts[::2])
