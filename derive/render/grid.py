"""A table before it is LaTeX: cells in rows, rows in groups, and the largest type in which it fits the text width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from derive.render.layout import blocks, columns_fit
from derive.render.width import SIZES, TEXTWIDTH, width

Row = Sequence[str]
#: Type size and half the space between columns in pt, in the order in which they are tried.
_LAYOUTS = (("normalsize", 6.0), ("normalsize", 4.5), ("small", 3.5), ("footnotesize", 3.5))
_SPLIT = 2  # a table too wide for this layout is split into blocks of columns


@dataclass(frozen=True)
class Grid:
    """A table: ``head`` and every row have a cell for the row's name and one for each column; the cells are LaTeX.

    align: one letter for each column after the first. repeat: whether it may be split into blocks of columns, each
    with the row names repeated.
    """

    head: Row
    groups: Sequence[Sequence[Row]]
    align: str
    repeat: bool = True

    def layout(self) -> dict[str, object]:
        """What the template ``table.tex`` needs."""
        head, *columns = self._widths()
        for name, separation in _LAYOUTS if not self.repeat else _LAYOUTS[: _SPLIT + 1]:
            scale = SIZES[name]
            if columns_fit(head * scale, [c * scale for c in columns], separation):
                return self._laid_out(name, separation, [range(len(columns))])
        name, separation = _LAYOUTS[_SPLIT if self.repeat else -1]
        scale = SIZES[name]
        cut = blocks(head * scale, [c * scale for c in columns], separation) if self.repeat else [range(len(columns))]
        return self._laid_out(name, separation, cut)

    def _widths(self) -> list[float]:
        rows = [self.head, *(row for group in self.groups for row in group)]
        return [max(cell_width(cell) for cell in column) for column in zip(*rows, strict=True)]

    def _laid_out(self, name: str, separation: float, cut: list[range]) -> dict[str, object]:
        return {
            "font": "" if name == "normalsize" else f"\\{name}",
            "separation": f"{separation:g}",
            "blocks": [
                {
                    "columns": "l" + "".join(self.align[k] for k in block),
                    "head": _pick(self.head, block),
                    "groups": [[_pick(row, block) for row in group] for group in self.groups],
                }
                for block in cut
            ],
        }

    def fits(self) -> bool:
        """Whether every block is within the text width."""
        head, *columns = self._widths()
        name, separation = _LAYOUTS[_SPLIT if self.repeat else -1]
        scale = SIZES[name]
        columns = [max(columns)] if self.repeat and columns else columns
        return columns_fit(head * scale, [c * scale for c in columns], separation, TEXTWIDTH)


def _pick(row: Row, block: range) -> list[str]:
    return [row[0], *(row[k + 1] for k in block)]


def cell_width(cell: str) -> float:
    """The estimated width in pt, at 10 pt, of a cell of text and formulas between dollars."""
    parts = cell.split("$")
    formulas = sum(width(part) for part in parts[1::2])
    return formulas + sum(5.3 * len(part.replace("\\", "")) for part in parts[::2])
