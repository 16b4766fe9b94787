"""``derive gallery``: a page for each cell of the catalogue, and one that searches them."""

from __future__ import annotations

import argparse

from derive.cells.load import load_cell
from derive.commands.common import CELL, GENERATED, each, output_option, report
from derive.writing import write_files

SUMMARY = "write a page for each cell: equations, gradient, diagram, costs, source; and one that searches them"
EXAMPLES = """\
  derive gallery                           the catalogue into generated/gallery/
  derive gallery lstm my_cells.py:my_lstm -o pages/

The pages fetch nothing and need no server: open index.html. index.html#peephole shows what that word finds. The modules
that the pages of the catalogue link to are those of `derive code`."""


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("cells", metavar="CELL", nargs="*", help=f"{CELL} (default: all)")
    output_option(parser, GENERATED / "gallery")


def run(arguments: argparse.Namespace) -> int:
    """Write the pages."""
    from derive.gallery import gallery_files

    out = arguments.output or GENERATED / "gallery"
    cells = [load_cell(name) for name in arguments.cells]
    made = gallery_files(cells, "../" if out == GENERATED / "gallery" else "", each)
    files = {out / name: text for name, text in made.items()}
    report(files, write_files(out, files))
    return 0
