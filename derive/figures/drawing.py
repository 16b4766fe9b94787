"""A picture with its writers: SVG, TeX, and PNG and PDF."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from derive.errors import DeriveError
from derive.figures.raster import rendered
from derive.figures.shapes import Picture
from derive.figures.svg import svg
from derive.figures.tikz import tikz
from derive.writing import write_files


@dataclass(frozen=True, repr=False)
class Drawing(Picture):
    """A figure. source: its TeX, where that is not its lines as TikZ."""

    source: str = ""

    @property
    def svg(self) -> str:
        """The drawing as an SVG document: text in unicode letters, nothing fetched from anywhere, in the colour of the
        text around it."""
        return svg(self)

    @property
    def tex(self) -> str:
        r"""A ``tikzpicture`` to be \\input: diagrams need TikZ and amssymb, curves pgfplots."""
        return self.source or tikz(self)

    def __repr__(self) -> str:
        return f"{self.title}: {self.width:.0f} x {self.height:.0f} pt; .svg, .tex, .save('figure.svg')"

    def _repr_svg_(self) -> str:
        return self.svg

    def _repr_html_(self) -> str:
        return self.svg

    def save(self, path: str | Path) -> Path:
        """Write the drawing in the format that the name ends in: .svg, .tex, .png or .pdf (these need matplotlib).

        Raises DeriveError for another ending, where matplotlib is missing, and where the file cannot be written.
        """
        path = Path(path)
        write_files(path.parent, {path: self.content(path)})
        return path

    def content(self, path: Path) -> str | bytes:
        """What a file of that name holds."""
        if path.suffix == ".svg":
            return '<?xml version="1.0" encoding="UTF-8"?>\n' + self.svg + "\n"
        if path.suffix == ".tex":
            return self.tex
        if path.suffix in (".png", ".pdf"):
            return rendered(self, path.suffix[1:])
        raise DeriveError(f"{path} ends in {path.suffix or 'nothing'!r}, expected .svg, .tex, .png or .pdf")
