"""The figures of a run as files: its cell, its steps with their numbers, its curves; each as SVG and as TeX."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from derive.errors import RunError
from derive.figures.drawing import Drawing
from derive.notation.words import speaking

if TYPE_CHECKING:
    from derive.run.data import Run

FOLDER = "figures"
MOST_STEPS = 12  # that are all drawn; of more the first two and the last
NAMES = re.compile(r"(cell|values|errors|step_\d+|claim_\d+)\.(svg|tex)")


def figure_files(run: Run) -> dict[str, str]:
    """The files by their names, ``figures/cell.svg`` and so on."""
    found: dict[str, str] = {}
    with speaking(run.language):
        for name, drawing in _drawings(run):
            found[f"{FOLDER}/{name}.svg"] = drawing.svg + "\n"
            found[f"{FOLDER}/{name}.tex"] = drawing.tex
    return found


def _drawings(run: Run) -> Iterator[tuple[str, Drawing]]:
    yield "cell", run.cell.diagram()
    yield "values", run.plot()
    last = len(run.x)
    for t in range(1, last + 1) if last <= MOST_STEPS else (1, 2, last):
        yield f"step_{t}", run.diagram(t)
    try:
        errors = run.plot(kind="errors") if run.claims else None
    except RunError:  # all of them are 0
        errors = None
    if errors is not None:
        yield "errors", errors
    for k, certificate in enumerate(run.certificates, 1):
        yield f"claim_{k}", certificate.plot()
