"""The figures of a run as files: its cell, its steps with their numbers, its curves; each as SVG and as TeX."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from derive.errors import DeriveError, RunError
from derive.figures.diagram import COLUMN, layout
from derive.figures.drawing import Drawing
from derive.notation.words import speaking

if TYPE_CHECKING:
    from derive.run.data import Run

FOLDER = "figures"
MOST_STEPS = 12  # that are all drawn; of more the first two and the last
NAMES = re.compile(r"(cell|values|errors|certified|step_\d+|claim_\d+)\.(svg|tex)")


def figure_files(run: Run) -> dict[str, str]:
    """The files by their names, ``figures/cell.svg`` and so on; what cannot be drawn is left out."""
    found: dict[str, str] = {}
    with speaking(run.language):
        for name, drawing in _drawings(run):
            found[f"{FOLDER}/{name}.svg"] = drawing.svg + "\n"
            found[f"{FOLDER}/{name}.tex"] = drawing.tex
    return found


def steps_drawn(run: Run) -> Sequence[int]:
    """The time steps of which there is a diagram."""
    last = len(run.x)
    return range(1, last + 1) if last <= MOST_STEPS else (1, 2, last)


def _drawings(run: Run) -> Iterator[tuple[str, Drawing]]:
    with suppress(DeriveError):  # a cell of hundreds of equations
        yield "cell", layout(run.cell, COLUMN, names=run.notation).drawing(run.cell)
        for t in steps_drawn(run):
            yield f"step_{t}", run.diagram(t)
    with suppress(DeriveError):  # numbers beyond those that can be drawn
        yield "values", run.plot()
    if run.claims:
        for kind in ("errors", "certified"):
            with suppress(RunError):  # all of them are 0
                yield kind, run.plot(kind=kind)
    for k, certificate in enumerate(run.certificates, 1):
        with suppress(DeriveError):
            yield f"claim_{k}", certificate.plot()
