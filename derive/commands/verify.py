"""``derive verify``: do the printed equations, SymPy, the generated module and the derived gradient agree?"""

from __future__ import annotations

import argparse
import json

from derive.cells import catalogue
from derive.cells.load import load_cell
from derive.commands.common import CELL, json_option, progress
from derive.errors import DeriveError
from derive.verification.verify import Verification, verify

SUMMARY = "compare what is printed, SymPy, the module and the gradient of cells"
EXAMPLES = """\
  derive verify                  every cell of the catalogue; needs torch
  derive verify lstm my_cells.py:my_lstm

Random weights in float64, several steps and sequences. equations: the printed LaTeX, read back by a parser that shares
no code with the printer, against the statements evaluated by SymPy. module: the same against the generated layer and
cell. gradient: the printed gradient equations, read back and swept backwards in time, against autograd through the
module's forward pass. backward: the module's own backward pass, against the same.
Exit status: 0 all agree to 1e-10, 1 one does not, 2 bad input."""


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("cells", metavar="CELL", nargs="*", help=f"{CELL} (default: every cell of the catalogue)")
    json_option(parser, "the differences")


def run(arguments: argparse.Namespace) -> int:
    """Print the table of agreement, and then what is said of cells that are refused."""
    found, refused = [], []
    names: list[str] = arguments.cells or list(catalogue)
    for name in progress(names, names):
        try:
            found.append(verify(load_cell(name)))
        except DeriveError as e:
            refused.append(str(e))
    if arguments.json:
        print(json.dumps([v.as_json() for v in found], indent=2, ensure_ascii=False))
    elif found:
        print(_as_table(found))
    if refused:
        raise DeriveError("; ".join(refused))
    return 0 if all(v.ok for v in found) else 1


def _as_table(found: list[Verification]) -> str:
    width = max(len(v.cell) for v in found)
    lines = [f"{'cell':<{width}}  equations    module  gradient  backward", "─" * (width + 41)]
    lines += [_row(v, width) for v in found]
    agree = sum(v.ok for v in found)
    return "\n".join(
        [*lines, "", f"{agree} of {len(found)} {'agrees' if agree == 1 else 'agree'} to 1e-10 in all four"]
    )


def _row(v: Verification, width: int) -> str:
    numbers = [f"{'-' if d is None else f'{d:.1e}':>9}" for d in v.differences.values()]
    remark = "" if v.ok else f"  ✗ {v.problem or 'disagrees'}"
    return f"{v.cell:<{width}}  {' '.join(numbers)}{remark}"
