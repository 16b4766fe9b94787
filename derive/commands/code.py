"""``derive code``: the PyTorch modules."""

from __future__ import annotations

import argparse

from derive.commands.common import CELL, GENERATED, output_option, report

SUMMARY = "write the PyTorch modules of cells"
EXAMPLES = """\
  derive code                                every cell of the catalogue into generated/
  derive code my_cells.py:my_lstm -o model/  one cell, and the machinery that it needs

The cells of one folder are named together: its README.md and __init__.py list those that are named, and no others.
Of the whole catalogue only the cells whose definition changed are derived again; a hidden file in the folder records
which definition gave which file, and may be deleted."""


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("cells", metavar="CELL", nargs="*", help=f"{CELL} (default: all)")
    output_option(parser, GENERATED)


def run(arguments: argparse.Namespace) -> int:
    """Write the modules of cells."""
    from derive.backends.torch.emit import generated_files
    from derive.backends.torch.record import Record
    from derive.cells.load import load_cell
    from derive.writing import write_files

    out = arguments.output or GENERATED
    if arguments.cells:
        files = {out / name: text for name, text in generated_files(map(load_cell, arguments.cells)).items()}
        report(files, write_files(out, files))
    else:
        record = Record(out)
        files = {out / name: text for name, text in generated_files(files=record.files).items()}
        report(files, write_files(out, files | record.file()))
    return 0
