"""A plot as pgfplots source, and as a drawing that has this source for its TeX."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from derive.figures.drawing import Drawing
from derive.figures.plot import BEFORE, DOT, SAMPLE, TICK, TYPE, Axes, Place, Plot

MARKS = {"": "none", "dot": "*", "open": "o", "square": "square", "triangle": "triangle", "cross": "x"}
STYLES = {"plain": "solid", "dashed": "dashed", "dashdotted": "dashdotted", "dotted": "dotted"}


SAMPLED = (0.0, SAMPLE / 2, SAMPLE)


def drawing(plot: Plot) -> Drawing:
    """The plot with its own axes."""
    axes = Axes(plot)
    source = pgfplots(plot, axes)
    return Drawing(plot.width, plot.height, [], axes.lines(), axes.dots(), axes.texts(), plot.title, source)


def pgfplots(plot: Plot, axes: Axes) -> str:
    """A ``tikzpicture`` with an ``axis`` of the same numbers."""
    return "\n".join(_rows(plot, axes))


def _rows(plot: Plot, axes: Axes) -> Iterator[str]:
    font = f"font=\\fontsize{{{TYPE:g}}}{{{TYPE + 1:g}}}\\selectfont"
    yield "% \\usepackage{amsmath,amssymb,pgfplots} \\pgfplotsset{compat=1.17}"
    yield "\\begin{tikzpicture}"
    yield "\\begin{axis}["
    yield f"  scale only axis, width={axes.right - axes.left:.1f}pt, height={axes.bottom - axes.top:.1f}pt,"
    yield f"  axis lines=left, axis line style={{-}}, clip=false, scaled ticks=false, {font}, tick align=outside,"
    yield f"  major tick length={TICK}pt, every tick label/.append style={{inner sep=1.5pt}},"
    down, left = plot.height - 2.5 - axes.bottom, axes.left - 7.0
    yield f"  xlabel style={{at={{(0.5, 0)}}, anchor=base, inner sep=0pt, yshift={-down:.1f}pt}},"
    yield f"  ylabel style={{at={{(0, 0.5)}}, anchor=base, rotate=0, inner sep=0pt, yshift={left:.1f}pt}},"
    if plot.log:
        yield "  ymode=log,"
    for name, axis in (("x", 0), ("y", 1)):
        low, high = plot.ends(axis)
        ticks = plot.ticks(axis)
        labels = ", ".join(f"{{${plot.tick_label(axis, t).latex}$}}" for t in ticks)
        yield f"  {name}min={low:.8g}, {name}max={high:.8g}, {name}label={{${plot.axis_label(axis).latex}$}},"
        yield f"  {name}tick={{{', '.join(f'{t:.8g}' for t in ticks)}}}, {name}ticklabels={{{labels}}},"
    yield "]"
    low, high = plot.ends(1)
    for bound in plot.bounds:
        yield _plot("densely dotted, mark=none", [(bound, low), (bound, high)])
    if not plot.log and low < 0 < high:
        yield _plot("line width=0.4pt, mark=none", [(plot.ends(0)[0], 0.0), (plot.ends(0)[1], 0.0)])
    for curve in plot.curves:
        mark = f"mark={MARKS[curve.mark]}, mark size={DOT}pt, mark options=solid"
        yield _plot(f"{STYLES[curve.style]}, {mark}", curve.places)
    if plot.dots:
        yield _plot(f"only marks, mark=*, mark size={DOT}pt", plot.dots)
    if plot.ringed:
        yield _plot(f"only marks, mark=o, mark size={2.2 * DOT:.2f}pt", plot.ringed)
    for curve, y in axes.names:
        places = [
            f"([xshift={BEFORE + d:.1f}pt, yshift={axes.bottom - y:.1f}pt]axis description cs:1,0)" for d in SAMPLED
        ]
        start, middle, end = places
        yield f"\\draw[{STYLES[curve.style]}] {start} -- {end};"
        mark = f"mark={MARKS[curve.mark]}, mark size={DOT}pt, mark options=solid"
        yield f"\\path plot[{mark}] coordinates {{{middle}}};" if curve.mark else ""
        yield f"\\node[anchor=west, inner sep=3pt] at {end} {{${curve.label.latex}$}};"
    yield "\\end{axis}"
    yield "\\end{tikzpicture}\n"


def _plot(style: str, places: Sequence[Place]) -> str:
    return f"\\addplot[black, {style}] coordinates {{{' '.join(f'({a:.8g},{b:.8g})' for a, b in places)}}};"
