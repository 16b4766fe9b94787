"""The page that a document is set for, an argument of whatever is laid out: by name, or by its lengths."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from derive.errors import RunError, shown, unknown

NARROWEST, LARGEST_PAGE = 100.0, 2000.0  # pt
SMALLEST_TYPE, LARGEST_TYPE = 8, 20  # pt


@dataclass(frozen=True)
class Page:
    """What is printed on. Lengths in pt.

    width, height: of the text, of a column where there are two, of a frame below its title. size: of the type.
    document: the class of a document and its options, for the preview. columns: of text on a page.
    """

    width: float
    height: float
    size: float = 10.0
    document: str = "article"
    options: str = ""
    columns: int = 1

    @property
    def scale(self) -> float:
        """How much larger than type of 10 pt, of which widths are estimated, the page's is."""
        return self.size / 10.0

    @property
    def line(self) -> float:
        """How wide a line is, in pt of type at 10 pt."""
        return self.width / self.scale

    @property
    def display(self) -> float:
        """What a displayed formula may be wide, likewise; an estimate may be a little short."""
        return self.line - 6.0

    @property
    def room(self) -> float:
        """How high a table or a chain of formulas may be, below a heading and a caption."""
        return self.height - (36.0 if self.is_slide else 80.0 * self.scale)

    @property
    def is_slide(self) -> bool:
        return self.document == "beamer"


ARTICLE = Page(345.0, 550.0)
#: The pages that have a name: the text widths of the usual classes.
LAYOUTS: dict[str, Page] = {
    "article": ARTICLE,
    "ieee": Page(252.0, 696.0, options="twocolumn", columns=2),
    "neurips": Page(397.5, 650.0),
    "book": Page(390.0, 548.0, 12.0, "book", "12pt"),
    "beamer43": Page(307.0, 218.0, 11.0, "beamer", "11pt"),
    "beamer169": Page(398.0, 206.0, 11.0, "beamer", "11pt,aspectratio=169"),
}


def page_of(layout: Any) -> Page:
    """The page of that name, or of ``{"width": 300, "height": 500, "size": 11}`` in pt, the last two optional.

    Raises RunError for a name, key or length that there is not.
    """
    if isinstance(layout, Page):
        return layout
    if isinstance(layout, Mapping):
        return _measured(layout)
    if not isinstance(layout, str):
        raise RunError(f"layout is {shown(layout)}, expected a name such as 'ieee', or width, height and size in pt")
    if layout not in LAYOUTS:
        raise RunError(unknown("layout", layout, LAYOUTS))
    return LAYOUTS[layout]


def page_named(text: str) -> Page:
    """The page that a word on the command line is: a name, or ``300``, ``300x500`` or ``300x500x11``.

    Raises RunError for what is neither.
    """
    lengths = text.split("x")
    if len(lengths) <= 3 and text[:1].isdigit():
        return page_of(dict(zip(("width", "height", "size"), lengths, strict=False)))
    if text not in LAYOUTS:
        raise RunError(f"{unknown('layout', text, LAYOUTS)}; or give WIDTHxHEIGHT in pt, as in 300x500")
    return page_of(text)


def _measured(lengths: Mapping[str, Any]) -> Page:
    limits = {"width": (NARROWEST, LARGEST_PAGE), "height": (NARROWEST, LARGEST_PAGE),
              "size": (SMALLEST_TYPE, LARGEST_TYPE)}  # fmt: skip
    for key in lengths:
        if key not in limits:
            raise RunError(f"layout: {unknown('key', key, limits)}")
    if "width" not in lengths:
        raise RunError("layout has no width; give it that of the text in pt, as in layout = {width = 345}")
    found = {}
    for key, (least, most) in limits.items():
        if key in lengths:
            found[key] = _length(lengths[key], f"layout.{key}", least, most)
    return Page(found["width"], found.get("height", ARTICLE.height), found.get("size", ARTICLE.size))


def _length(value: Any, key: str, least: float, most: float) -> float:
    try:
        number = float("nan" if isinstance(value, bool) else getattr(value, "text", value))
    except (TypeError, ValueError, OverflowError):
        number = float("nan")
    if not least <= number <= most:
        raise RunError(f"{key} is {shown(value)}, expected a length from {least:g} to {most:g} pt")
    return number
