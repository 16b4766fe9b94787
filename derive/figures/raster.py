"""A drawing as PNG or PDF, by matplotlib, which is the extra ``plots``."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from derive.errors import DeriveError
from derive.figures.label import SCRIPT
from derive.figures.shapes import Dot, Line, Picture, Shape, Text, strokes

RESOLUTION, MARGIN = 300, 2.0
_GREYS = {"plain": "white", "shaded": "0.87", "marked": "0.7", "bar": "black"}
_DASHES = {"dashed": (0, (5.7, 3.6)), "dotted": (0, (1.4, 2.9)), "dashdotted": (0, (7.1, 2.9, 1.4, 2.9))}
_MARKS = {"dot": "o", "ring": "o", "open": "o", "square": "s", "triangle": "^", "cross": "x"}


def rendered(picture: Picture, form: str) -> bytes:
    """The bytes of the picture. form: "png" or "pdf". Raises DeriveError where matplotlib is not installed."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ModuleNotFoundError as e:
        raise DeriveError(
            f".{form} needs {e.name}, which is not installed: pip install 'derive-cells[plots]'"
        ) from None
    w, h = picture.width + 2 * MARGIN, picture.height + 2 * MARGIN
    figure = Figure(figsize=(w / 72, h / 72))
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_xlim(-MARGIN, picture.width + MARGIN)
    axes.set_ylim(picture.height + MARGIN, -MARGIN)
    axes.axis("off")
    for line in strokes(picture.lines):
        _draw_line(axes, line)
    for shape in picture.shapes:
        _draw_shape(axes, shape)
    for dot in picture.dots:
        _draw_dot(axes, dot)
    for text in picture.texts:
        _write(axes, text)
    stream = BytesIO()
    metadata = {"Software": None} if form == "png" else {"CreationDate": None, "Producer": None, "Creator": None}
    figure.savefig(stream, format=form, dpi=RESOLUTION, metadata=metadata)
    return stream.getvalue()


def _draw_line(axes: Any, line: Line) -> None:
    from matplotlib.patches import FancyArrowPatch

    width = {"thick": 1.5, "thin": 0.4}.get(line.style, 0.7)
    xs, ys = zip(*line.points, strict=True)
    style: Any = _DASHES.get(line.style, "solid")
    axes.plot(xs, ys, color="black", linewidth=width, linestyle=style, solid_capstyle="butt", zorder=1)
    if line.arrow:
        (x0, y0), (x1, y1) = line.points[-2:]
        tail = x1 - 4 * ((x1 > x0) - (x1 < x0)), y1 - 4 * ((y1 > y0) - (y1 < y0))
        head = "-|>,head_length=4,head_width=1.7"
        axes.add_patch(
            FancyArrowPatch(
                tail, (x1, y1), arrowstyle=head, mutation_scale=1, shrinkA=0, shrinkB=0, linewidth=0, color="black"
            )
        )


def _draw_shape(axes: Any, shape: Shape) -> None:
    from matplotlib.patches import Circle, FancyBboxPatch

    left, top, _, _ = shape.box
    line_width = 1.4 if shape.style == "marked" else 0.7
    look: dict[str, Any] = {"facecolor": _GREYS[shape.style], "edgecolor": "black", "linewidth": line_width}
    corner = "square,pad=0" if shape.style == "bar" else "round,pad=0,rounding_size=2"
    axes.add_patch(
        Circle((shape.x, shape.y), shape.width / 2, zorder=2, **look)
        if shape.round
        else FancyBboxPatch((left, top), shape.width, shape.height, boxstyle=corner, zorder=2, **look)
    )


def _draw_dot(axes: Any, dot: Dot) -> None:
    face = "black" if dot.style == "dot" else "none"
    axes.plot(
        [dot.x], [dot.y], _MARKS[dot.style], markersize=2 * dot.radius, color="black", markerfacecolor=face,
        markeredgewidth=0.7 if dot.style != "dot" else 0, zorder=3,
    )  # fmt: skip


def _write(axes: Any, text: Text) -> None:
    """The runs of a label one after the other, as outlines, so that no font has to be there."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.patches import PathPatch
    from matplotlib.textpath import TextPath
    from matplotlib.transforms import Affine2D

    x, pieces = 0.0, []
    for run in text.label.runs:
        size = text.size * (SCRIPT if run.level else 1.0)
        font = FontProperties(family=["STIXGeneral", "DejaVu Serif"], style="italic" if run.italic else "normal")
        rise = {1: 0.36, 0: 0.0, -1: -0.2}[run.level] * text.size
        path = TextPath((x, rise), run.text, size=size, prop=font)
        pieces.append(path)
        x += max(
            TextPath((0, 0), run.text + "|", size=size, prop=font).get_extents().x1
            - TextPath((0, 0), "|", size=size, prop=font).get_extents().x1,
            0.0,
        )
    shift = {"start": 0.0, "middle": x / 2, "end": x}["middle" if text.upwards else text.anchor]
    place = Affine2D().translate(-shift, 0).scale(1, -1)
    place = (place.rotate_deg(-90) if text.upwards else place).translate(text.x, text.y)
    for path in pieces:
        axes.add_patch(PathPatch(path.transformed(place), facecolor="black", linewidth=0, zorder=4))
