"""The page that a document is set for: what fits on a line and in a column, as an argument of whatever is laid out."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """Lengths in pt, of type at 10 pt. width: of the text; height: of a table, below heading and caption.

    entry: how long an entry worked by hand may be in a table; block: a formula's line in a table that is split.
    """

    width: float
    height: float
    entry: float
    block: float

    @property
    def display(self) -> float:
        """What a displayed formula may be wide; an estimate may be a little short."""
        return self.width - 6.0


#: The standard article at 10 pt, as in ``preview.tex``.
ARTICLE = Page(width=345.0, height=470.0, entry=130.0, block=150.0)
