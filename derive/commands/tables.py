"""``derive tables``: every step of a run, or of a cell with example numbers."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from derive.cells.load import load_cell
from derive.commands.common import GENERATED, each, examples, notation_option, output_option, report
from derive.commands.sample import sample_files
from derive.errors import DeriveError
from derive.notation.page import Page, page_named
from derive.run.given import kind_of_tables
from derive.run.run_file import load_run, naming
from derive.writing import write_files

SUMMARY = "write the step tables of runs, or of a cell with example numbers, as LaTeX, HTML and JSON"
EXAMPLES = """\
  derive tables                         every examples/*.toml into generated/tables/
  derive tables my_run.toml -o slides/  into slides/my_run/
  derive tables gru -o slides/          into slides/gru/, with example numbers
  derive tables gru --layout beamer169  as slides; every fragment is whole frames
  derive tables my_run.toml --tables float   tables with a caption and a label, \\label{tab:my_run-values}
  derive tables my_cells.py:my_lstm -o slides/

A folder gets LaTeX fragments to \\input (equations, weights, values, hand, derivation, adjoint; vectors where there are
several units, all of them at once; approximation and certified where the run makes claims, check where it has a
hand-made table, backward where it has a loss), the steps as .json (with gradients, claims, what they move, certified
bounds and the check, exactly and as printed), .html and .md, every table as .csv, and preview.tex, which shows all
fragments (preview.pdf too, where a TeX is installed; exit status 2 where it refuses one). figures/ has
the cell's diagram, the same with each step's numbers, and curves, as .svg and .tex. For slides frames/ has a file a
step, in which the cell's diagram, the formulas one by one and the states so far stand side by side, slides.tex, which
shows them, and handout.tex, the same for paper. A run file: `python -c "import derive;
help(derive.run_file)"`.

The files of all runs are replaced together, or none is. What a run that was killed leaves unfinished is undone by the
next one that writes to the same folder; preview.pdf comes last.

A cell alone gets weights and inputs drawn at random with one decimal, for two units and three steps, and a loss; its
folder has them as a run file too, to change and run again (run.toml)."""


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "runs", metavar="RUN", nargs="*", help="a run's TOML file, or a cell (default: examples/*.toml)"
    )
    parser.add_argument(
        "--layout", metavar="PAGE", help="what the LaTeX is laid out for: article, ieee, neurips, book, beamer43 or"
        " beamer169, or WIDTHxHEIGHT in pt, 300x500, with the type's size after another x (default: the run's layout)",
    )  # fmt: skip
    parser.add_argument(
        "--tables", metavar="KIND", default="", help="what stands around tables in LaTeX: float or longtable, with a"
        " caption and a label (default: the run's tables, or nothing: tabular)",
    )  # fmt: skip
    notation_option(parser)
    output_option(parser, GENERATED / "tables")


def run(arguments: argparse.Namespace) -> int:
    """Write the tables of runs."""
    from derive.document import frames
    from derive.document.pdf import typeset
    from derive.document.tables import FRAGMENTS
    from derive.figures import files as figures

    out = arguments.output or GENERATED / "tables"
    files: dict[Path, str] = {}
    targets: dict[Path, str] = {}
    page = None if arguments.layout is None else page_named(arguments.layout)
    kind = kind_of_tables(arguments.tables) if arguments.tables else ""
    given: list[str] = arguments.runs or [str(p) for p in examples()]
    work = partial(_files, out=out, page=page, notation=arguments.notation, kind=kind)
    for target, found in zip(given, each(work, given), strict=True):
        for folder in {out / path.relative_to(out).parts[0] for path in found}:
            if targets.setdefault(folder, target) != target:
                raise DeriveError(f"{targets[folder]} and {target} would both be written to {folder}; rename one")
        files |= found
    _labels_differ(files)
    outdated = [folder / name for folder in targets for name in FRAGMENTS if folder / name not in files]
    for part in (figures, frames):
        paths = {path for folder in targets for path in (folder / part.FOLDER).glob("*")}
        outdated += sorted(path for path in paths if part.NAMES.fullmatch(path.name) and path not in files)
    report(files, write_files(out, files, outdated))
    typeset(out, list(targets))
    return 0


def _labels_differ(files: Mapping[Path, str]) -> None:
    """Raises DeriveError naming a label that two fragments have: in one document it would stand for one of them."""
    found: dict[str, Path] = {}
    for path, text in files.items():
        if path.suffix == ".tex" and path.name != "preview.tex":
            for label in re.findall(r"\\label\{([^}]*)\}", text):
                if found.setdefault(label, path) != path:
                    raise DeriveError(f"{found[label]} and {path} both have the label {label}; give one another label")


def _files(target: str, out: Path, page: Page | None, notation: str | None, kind: str) -> dict[Path, str]:
    """The files of a run file or of a cell, in a folder of its name; kind: of tables."""
    if target.endswith(".toml"):
        return {out / Path(target).stem / name: text for name, text in run_files(target, page, notation, kind).items()}
    cell = load_cell(target)
    try:
        found = sample_files(cell, target, out / cell.name, page, notation, kind)
    except DeriveError as e:
        raise DeriveError(f"{target}, with example numbers: {e}; give a run file with numbers of your own") from None
    return {out / cell.name / name: text for name, text in found.items()}


def run_files(
    path: str | Path, page: Page | None = None, notation: str | None = None, kind: str = ""
) -> dict[str, str]:
    """The tables and figures of a run file, by name; page, kind: as of ``files_of``; notation: as of ``load_run``."""
    from derive.document.tables import files_of
    from derive.figures.files import figure_files

    with naming(path):
        run = load_run(path, notation=notation)
        return files_of(run, page, kind) | figure_files(run)
