"""``derive check``: is the table worked by hand right?"""

from __future__ import annotations

import argparse
import json

from derive.claims.entries import MOST_COMPARED
from derive.commands.common import json_option, whole
from derive.errors import shown
from derive.run.run_file import load_run, naming

SUMMARY = "compare a hand-made table with the exact cell"
EXAMPLES = """\
  derive check examples/lecture.toml               at the decimals that the run states
  derive check examples/lecture.toml --decimals 2  at two
  derive check examples/lecture.toml --values-only whatever its formulas and claims are

Exit status: 0 all is right, 1 a value, a formula or a claim is wrong (the last line says how many), 2 bad input."""


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="a run's TOML file with a hand-made table")
    parser.add_argument("--decimals", metavar="N", type=_decimals, help="compare after rounding to N decimals")
    parser.add_argument("--values-only", action="store_true", help="let wrong formulas and violated claims pass")
    json_option(parser, "the comparison")


def run(arguments: argparse.Namespace) -> int:
    """Compare the hand-made table of a run with the exact cell; 1 where something is wrong."""
    from derive.document.checks import verdict

    with naming(arguments.run):
        result = load_run(arguments.run).check(arguments.decimals)
        text = json.dumps(result.to_json(), indent=2, ensure_ascii=False) if arguments.json else repr(result)
    print(text if arguments.json else f"{text}\n{verdict(result, arguments.values_only)}")
    return 0 if result.holds or (arguments.values_only and result.agrees) else 1


def _decimals(text: str) -> int:
    decimals = whole(text)
    if decimals is None or decimals >= MOST_COMPARED:
        raise argparse.ArgumentTypeError(f"{shown(text)} is not a number of decimals; give 0 to {MOST_COMPARED - 1}")
    return decimals
