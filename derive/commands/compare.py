"""``derive compare``: do two cells compute the same?"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from derive.cells import catalogue
from derive.commands.common import json_option
from derive.commands.read import how, reading_options
from derive.comparison.compare import compare
from derive.comparison.nearest import nearest
from derive.errors import DeriveError, shown
from derive.intake.load import read, the_cell
from derive.writing import write_files

SUMMARY = "say whether two cells compute the same, or which of the catalogue is nearest to one"
EXAMPLES = """\
  derive compare lstm cifg_lstm             two of the catalogue
  derive compare model.py:MyCell gru        somebody's PyTorch module and the paper's equations
  derive compare cells.py:mine model.py:MyCell --json
  derive compare paper.tex model.py:MyCell  a paper and its code
  derive compare paper.tex model.py:MyCell -o difference.toml  a run on which they differ: derive check difference.toml
  derive compare model.py:MyCell            the nearest cells of the catalogue

Equal means: up to names, order, stacking, signs that weights absorb, a gate's polarity (z against 1 - z), several
biases for one, and how a function is written (2σ(2a) - 1 for tanh a). Exit status: 0 equal, 1 different or not decided
(which is said), 2 bad input."""


def options(parser: argparse.ArgumentParser) -> None:
    named = "a cell of the catalogue, paper.tex (or paper.tex:eq:gru), FILE.py:NAME of a cell or a module (it is run)"
    parser.add_argument("first", metavar="A", help=named)
    parser.add_argument("second", metavar="B", nargs="?", help="the same; left out, the catalogue is searched")
    reading_options(parser)
    parser.add_argument(
        "-o", "--output", metavar="RUN", type=_run_file,
        help="write the step on which they differ as A's run file, with B's values as printed ones",
    )  # fmt: skip
    json_option(parser, "the comparison")


def run(arguments: argparse.Namespace) -> int:
    """Compare two cells; 1 where they differ."""
    from derive.comparison.difference import difference

    given = read(arguments.first, **how(arguments))
    first = the_cell(given)
    if arguments.second is None:
        if arguments.output is not None:
            raise DeriveError("-o writes a step on which two cells differ; name the second one")
        found = nearest(first, (c for c in catalogue.values() if c is not first))
        lines = [near.words for near in found]
        print(json.dumps(lines, ensure_ascii=False, indent=2) if arguments.json else "\n".join(lines))
        return 0 if found and found[0].comparison else 1
    result = compare(given, read(arguments.second, **how(arguments)))
    print(json.dumps(result.to_json(), indent=2, ensure_ascii=False) if arguments.json else result)
    if arguments.output is not None and not result:
        files = difference(result, arguments.output)
        write_files(arguments.output.parent, files)
        if not arguments.json:
            print("\n".join(map(str, files)))
    return 0 if result else 1


def _run_file(text: str) -> Path:
    if not text.endswith(".toml"):
        raise argparse.ArgumentTypeError(f"{shown(text)}: a run file ends in .toml")
    return Path(text)
