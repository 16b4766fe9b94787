"""``derive document``: what a file's cells are, and whether their docstrings say so."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from derive.commands.common import json_option, report
from derive.comparison.documented import Documented, docstring, documented, page
from derive.comparison.words import numbers
from derive.errors import DeriveError
from derive.intake.record import record
from derive.writing import write_files

SUMMARY = "write what the cells of a file are, or hold their docstrings against their code"
EXAMPLES = """\
  derive document model.py             equations, gradient, counts and a docstring of every cell, as Markdown
  derive document model.py -o docs/    a page for each
  derive document model.py --check     is the LaTeX of their docstrings what the code computes?
  derive document model.py --check --json

The file is run, as import would; its modules of one step and its @cell functions are documented. A docstring says in
words what its letters are, where that is not seen: where :math:`\\phi` is tanh and :math:`w` is a vector.
Exit status of --check: 0 all docstrings with equations are right, 1 one is not, 2 one or its code is not read."""


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=Path, help="a Python file")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("-o", "--output", metavar="DIR", type=Path, help="folder for a Markdown page of each cell")
    form.add_argument("--check", action="store_true", help="compare, and write nothing")
    json_option(parser, "everything, or with --check what was found,")


def run(arguments: argparse.Namespace) -> int:
    """Document the cells of a file, or check what it says of them."""
    found = documented(arguments.file)
    return _check(found, arguments.json) if arguments.check else _write(found, arguments)


def _write(found: list[Documented], arguments: argparse.Namespace) -> int:
    cells = [d for d in found if d.code is not None]
    for d in found:
        if d.code is None:
            print(f"left out: {d.name} is not read as a cell: {d.refused}", file=sys.stderr)
    if not cells:
        raise DeriveError(f"{arguments.file} has no cell that can be documented")
    if arguments.json:
        records = [
            {**record(d.cell), "gradient": d.cell.adjoint().latex(), "docstring": docstring(d.cell)} for d in cells
        ]
        print(json.dumps(records, indent=2, ensure_ascii=False))
    elif arguments.output is None:
        print("\n".join(page(d) for d in cells), end="")
    else:
        files = {arguments.output / f"{d.name}.md": page(d) for d in cells}
        report(files, write_files(arguments.output, files))
    return 0


def _check(found: list[Documented], as_json: bool) -> int:
    held = [_held(d) for d in found]
    if as_json:
        print(json.dumps([record for record, _, _ in held], indent=2, ensure_ascii=False))
    else:
        for _, text, _ in held:
            print(text)
    return max(status for _, _, status in held)


def _held(d: Documented) -> tuple[dict[str, Any], str, int]:
    """What was found of one cell: for programs, for people, as an exit status."""
    if not d.has_equations:
        return {"name": d.name, "found": "no equations"}, f"{d.name}: its docstring has no equations", 0
    try:
        comparison = d.comparison
    except DeriveError as e:
        return {"name": d.name, "found": "not read", "why": str(e)}, str(e), 2
    record = {"name": d.name, "found": "equal" if comparison else "different", "comparison": comparison.to_json()}
    if comparison.numbers:
        record["found"] = "other numbers"
        return record, "\n".join([f"{d.name}: its docstring has other numbers", *numbers(comparison)]), 1
    if comparison:
        return record, f"{d.name}: its docstring says what it computes", 0
    lines = "\n".join(f"  {line}" for line in str(comparison).splitlines()[1:])
    return record, f"{d.name}: its docstring says something else\n{lines}", 1
