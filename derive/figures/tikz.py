"""A drawing as TikZ, to be put into a document by ``\\input``; lengths are pt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from derive.figures.shapes import Dot, Line, Picture, Shape, Text, strokes

STYLES = {
    "plain": "",
    "shaded": ", fill=black!13",
    "marked": ", fill=black!30, line width=1.4pt",
    "bar": ", fill=black",
}
LINES = {"thick": ", line width=1.5pt", "thin": ", line width=0.4pt", "plain": ""}
ANCHORS = {"start": "base west", "middle": "base", "end": "base east"}


def tikz(picture: Picture, marked: Sequence[Iterable[Shape]] = ()) -> str:
    """A ``tikzpicture``. marked: on a slide the shapes that are marked while its first, second, ... part is new; it
    takes the same room then, though the lines of what is marked are thicker."""
    return "\n".join(
        [
            "% \\usepackage{amsmath,amssymb,tikz} \\usetikzlibrary{arrows.meta}",
            "\\begin{tikzpicture}[x=1pt, y=-1pt, line width=0.7pt, >={Latex[length=4pt, width=3.4pt]}]",
            *([f"\\useasboundingbox (0, 0) rectangle {_at(picture.width, picture.height)};"] if marked else []),
            *map(_line, strokes(picture.lines)),
            *map(_shape, picture.shapes),
            *(_marked(k, shapes) for k, shapes in enumerate(marked, 1)),
            *map(_dot, picture.dots),
            *map(_text, picture.texts),
            "\\end{tikzpicture}\n",
        ]
    )


def _n(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _at(x: float, y: float) -> str:
    return f"({_n(x)}, {_n(y)})"


def _line(line: Line) -> str:
    style = LINES.get(line.style, f", {line.style}")
    return f"\\draw[{'->' if line.arrow else '-'}{style}] {' -- '.join(_at(*p) for p in line.points)};"


def _shape(shape: Shape) -> str:
    style = STYLES[shape.style]
    if shape.round:
        return f"\\draw[{style[2:]}] {_at(shape.x, shape.y)} circle[radius={_n(shape.width / 2)}];"
    left, top, right, bottom = shape.box
    corners = "" if shape.style == "bar" else "rounded corners=2pt"
    return f"\\draw[{(corners + style).removeprefix(', ')}] {_at(left, top)} rectangle {_at(right, bottom)};"


def _marked(k: int, shapes: Iterable[Shape]) -> str:
    """The shapes once more, on one overlay alone, and not on paper."""
    drawn = "".join(_shape(replace(shape, style="marked")) for shape in shapes)
    return f"\\only<{k}|handout:0>{{{drawn}}}"


def _dot(dot: Dot) -> str:
    r = dot.radius
    corners = [(dot.x - r, dot.y - r), (dot.x + r, dot.y - r), (dot.x + r, dot.y + r), (dot.x - r, dot.y + r)]
    a, b, c, d = (_at(*corner) for corner in corners)
    return {
        "dot": f"\\fill {_at(dot.x, dot.y)} circle[radius={_n(r)}];",
        "ring": f"\\draw {_at(dot.x, dot.y)} circle[radius={_n(r)}];",
        "open": f"\\draw {_at(dot.x, dot.y)} circle[radius={_n(r)}];",
        "square": f"\\draw {a} rectangle {c};",
        "triangle": f"\\draw {d} -- {c} -- {_at(dot.x, dot.y - r)} -- cycle;",
        "cross": f"\\draw {a} -- {c} {b} -- {d};",
    }[dot.style]


def _text(text: Text) -> str:
    turned = ", rotate=90" if text.upwards else ""
    anchor = ANCHORS["middle" if text.upwards else text.anchor]
    font = f"\\fontsize{{{_n(text.size)}}}{{{_n(text.size + 1)}}}\\selectfont"
    latex = "".join(_readable(text.label.latex))
    return f"\\node[anchor={anchor}, inner sep=0pt{turned}, font={font}] at {_at(text.x, text.y)} {{${latex}$}};"


def _readable(latex: str) -> Iterator[str]:
    """The index of an index is no smaller than an index."""
    raised: list[bool] = []
    for k, sign in enumerate(latex):
        yield sign
        if sign == "{":
            raised.append(k > 0 and latex[k - 1] in "_^")
            if raised[-1] and sum(raised) > 1:
                yield "\\scriptstyle "
        elif sign == "}":
            raised.pop()
