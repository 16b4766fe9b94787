"""A picture as SVG: lines and text alone, in the colour of the text around it, so also on a dark page."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from derive.figures.label import SCRIPT
from derive.figures.shapes import Dot, Line, Picture, Shape, Text, strokes

DASHES = {"dashed": "4 2.5", "dotted": "1 2", "dashdotted": "5 2 1 2"}
WIDTHS = {"thick": 1.5, "thin": 0.4}
FILLS = {"plain": "none", "shaded": "currentColor", "marked": "currentColor", "bar": "currentColor"}
OPACITIES = {"shaded": ' fill-opacity="0.13"', "marked": ' fill-opacity="0.3"'}
MARGIN = 2.0


def svg(picture: Picture) -> str:
    """The element ``svg``."""
    w, h = picture.width + 2 * MARGIN, picture.height + 2 * MARGIN
    rows = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_n(w)}pt" height="{_n(h)}pt" role="img"'
        f' viewBox="{_n(-MARGIN)} {_n(-MARGIN)} {_n(w)} {_n(h)}" fill="none" stroke="currentColor" stroke-width="0.7"'
        ' font-family="STIX Two Text, Latin Modern Roman, Cambria, Times New Roman, serif">',
        f"<title>{escape(picture.title)}</title>",
        *([f"<desc>{escape(picture.description)}</desc>"] if picture.description else []),
        *map(_line, strokes(picture.lines)),
        *map(_shape, picture.shapes),
        *map(_dot, picture.dots),
        *map(_text, picture.texts),
        "</svg>",
    ]
    return "\n".join(rows)


def _n(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _line(line: Line) -> str:
    path = "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in line.points)
    dash = f' stroke-dasharray="{DASHES[line.style]}"' if line.style in DASHES else ""
    width = f' stroke-width="{WIDTHS[line.style]}"' if line.style in WIDTHS else ""
    drawn = f'<path d="{path}"{dash}{width}/>'
    if not line.arrow:
        return drawn
    (x0, y0), (x, y) = line.points[-2:]
    dx, dy = (x > x0) - (x < x0), (y > y0) - (y < y0)
    corners = [(x, y), (x - 4 * dx - 1.7 * dy, y - 4 * dy - 1.7 * dx), (x - 4 * dx + 1.7 * dy, y - 4 * dy + 1.7 * dx)]
    head = " ".join(f"{_n(a)},{_n(b)}" for a, b in corners)
    return f'{drawn}<polygon points="{head}" fill="currentColor" stroke="none"/>'


def _shape(shape: Shape) -> str:
    fill = f'fill="{FILLS[shape.style]}"{OPACITIES.get(shape.style, "")}'
    width = ' stroke-width="1.4"' if shape.style == "marked" else ""
    if shape.round:
        return f'<circle cx="{_n(shape.x)}" cy="{_n(shape.y)}" r="{_n(shape.width / 2)}" {fill}{width}/>'
    left, top, _, _ = shape.box
    corner = "" if shape.style == "bar" else ' rx="2"'
    size = f'width="{_n(shape.width)}" height="{_n(shape.height)}"'
    return f'<rect x="{_n(left)}" y="{_n(top)}" {size}{corner} {fill}{width}/>'


def _dot(dot: Dot) -> str:
    x, y, r = dot.x, dot.y, dot.radius
    if dot.style in ("dot", "ring", "open"):
        fill = 'fill="currentColor" stroke="none"' if dot.style == "dot" else 'fill="none"'
        return f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(r)}" {fill}/>'
    path = {
        "square": f"M{_n(x - r)} {_n(y - r)}h{_n(2 * r)}v{_n(2 * r)}h{_n(-2 * r)}z",
        "triangle": f"M{_n(x - r)} {_n(y + r)}h{_n(2 * r)}L{_n(x)} {_n(y - r)}z",
        "cross": f"M{_n(x - r)} {_n(y - r)}L{_n(x + r)} {_n(y + r)}M{_n(x - r)} {_n(y + r)}L{_n(x + r)} {_n(y - r)}",
    }[dot.style]
    return f'<path d="{path}"/>'


def _text(text: Text) -> str:
    turn = f' transform="rotate(-90 {_n(text.x)} {_n(text.y)})"' if text.upwards else ""
    anchor = "middle" if text.upwards else text.anchor
    place = f'x="{_n(text.x)}" y="{_n(text.y)}" font-size="{_n(text.size)}"'
    anchored = f' text-anchor="{anchor}"' if anchor != "start" else ""
    node = f' data-node="{escape(text.label.key)}"' if text.label.key else ""
    return f'<text {place}{anchored}{turn}{node} fill="currentColor" stroke="none">{"".join(_spans(text))}</text>'


def _spans(text: Text) -> Iterator[str]:
    """The runs of a label; what is raised or lowered comes back to the line with the next one."""
    at = 0.0
    for run in text.label.runs:
        target = {1: -0.36, 0: 0.0, -1: 0.2}[run.level] * text.size
        style = ' font-style="italic"' if run.italic else ""
        small = f' font-size="{_n(SCRIPT * text.size)}"' if run.level else ""
        moved = f' dy="{_n(target - at)}"' if target != at else ""
        at = target
        words = escape(run.text)
        yield f"<tspan{moved}{small}{style}>{words}</tspan>" if moved or small or style else words
