"""``derive draw``: a figure of a cell or of a run."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from derive.cells.load import load_cell
from derive.commands.common import CELL, whole
from derive.errors import DeriveError, shown
from derive.run.data import Run
from derive.run.run_file import load_run

if TYPE_CHECKING:
    from derive.figures.drawing import Drawing

SUMMARY = "draw a cell's diagram, a step with its numbers, or the curves of a run"
EXAMPLES = """\
  derive draw lstm -o lstm.svg                                   the diagram of a cell
  derive draw lstm --width 345 -o lstm.tex                       the same as TikZ, for an article's page
  derive draw examples/lecture.toml --step 2 -o step.pdf         with the numbers of a time step
  derive draw examples/recurrent.toml --step 2 --gradients -o step.svg
  derive draw examples/lecture.toml --plot values -o gates.svg   gates and states over time
  derive draw examples/lecture.toml --plot errors -o errors.tex  what the approximations put the states off by
  derive draw examples/lecture.toml --plot 1 -o claim.svg        the error of the first claim, with its arguments

Without -o the figure is printed as SVG. .png and .pdf need matplotlib: pip install 'derive-cells[plots]'."""


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", metavar="CELL|RUN", help=f"{CELL}, or a run's TOML file")
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, help="ends in .svg, .tex, .png or .pdf")
    parser.add_argument("--width", metavar="PT", type=_number, help="space there is (default: 252, of a step 345)")
    parser.add_argument("--detail", choices=("operations", "equations"), help="what a box is (default: what fits)")
    parser.add_argument("--mark", metavar="NAME", help="the equation whose box is marked")
    of_run = parser.add_argument_group("of a run")
    of_run.add_argument("--step", metavar="T", type=_number, help="the numbers of this time step")
    of_run.add_argument("--gradients", action="store_true", help="its cotangents too")
    of_run.add_argument("--unit", metavar="K", type=_number, help="whose numbers (default: 1)")
    of_run.add_argument(
        "--plot", metavar="WHAT", help="'values', 'errors' or 'certified' over time, or the number of a claim"
    )


def run(arguments: argparse.Namespace) -> int:
    """Draw one figure."""
    if arguments.what.endswith(".toml"):
        drawing = _of_run(load_run(arguments.what), arguments)
    else:
        for name in ("step", "gradients", "unit", "plot"):
            if getattr(arguments, name):
                raise DeriveError(f"--{name} goes with a run; give the TOML file of one in the place of a cell")
        keys = _given(arguments, width="width", detail="detail", mark="marked")
        drawing = load_cell(arguments.what).diagram(**keys)  # type: ignore[arg-type, unused-ignore]
    if arguments.width and drawing.width > arguments.width:
        print(f"derive: it does not fit {arguments.width} pt and is {drawing.width:.0f} pt wide", file=sys.stderr)
    if arguments.output is None:
        print(drawing.svg)
    else:
        print(drawing.save(arguments.output))
    return 0


def _of_run(run: Run, arguments: argparse.Namespace) -> Drawing:
    width = _given(arguments, width="width")
    if arguments.mark:
        raise DeriveError("--mark goes with a cell; give its name in the place of a run")
    if arguments.plot in ("values", "errors", "certified"):
        return run.plot(kind=arguments.plot, **width)  # type: ignore[arg-type, unused-ignore]
    if arguments.plot:
        number, claims = whole(arguments.plot), len(run.claims)
        if number is None or not 1 <= number <= claims:
            wanted = f"'values', 'errors', 'certified' or the number of a claim; the run has {claims or 'none'}"
            raise DeriveError(f"--plot {shown(arguments.plot)}: expected {wanted}")
        return run.certificates[number - 1].plot(**width)  # type: ignore[arg-type, unused-ignore]
    keys = _given(arguments, step="step", gradients="gradients", unit="unit", width="width", detail="detail")
    return run.diagram(**keys)  # type: ignore[arg-type, unused-ignore]


def _given(arguments: argparse.Namespace, **names: str) -> dict[str, object]:
    """The options that are given, by the names that they have in Python."""
    return {key: getattr(arguments, option) for option, key in names.items() if getattr(arguments, option)}


def _number(text: str) -> int:
    if not (number := whole(text)):
        raise argparse.ArgumentTypeError(f"{shown(text)} is not a positive number")
    return number
