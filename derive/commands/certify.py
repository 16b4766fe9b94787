"""``derive certify``: what a run's quantities may be on a box of its numbers, and are its claims kept there?"""

from __future__ import annotations

import argparse
import json

from derive.claims.certify import Verdict
from derive.commands.common import json_option, whole
from derive.errors import shown
from derive.run.box import read_box
from derive.run.given import MOST_DECIMALS
from derive.run.run_file import load_run, naming

SUMMARY = "bound what claimed approximations do to a run, on a box of inputs or weights"
EXAMPLES = """\
  derive certify examples/lecture.toml                        the run's own numbers
  derive certify examples/lecture.toml --box "x1=-0.25..0.25" for all inputs x1 in that interval, at all steps
  derive certify examples/lecture.toml --box "x1=-0.1..0.1" --decimals 1
                                                          are the states the same at one decimal, all over the box?
  derive certify examples/lecture.toml --box "x1_3=-1..1" --box "W_ig=0.9..1.1" --json
  derive certify examples/lecture.toml --machine float32      what the generated code's rounding does

A box names an input's component (x1; x1_3 at step 3), an initial state (h0, h0_1), a weight by its printed name
(W_ig; W_ig[1,2] one entry of it), or all weights of a letter (W).

Exit status: 0 all claims, and that decimals agree, are proved; 1 one is violated or undecided; 2 bad input."""


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="a run's TOML file")
    parser.add_argument(
        "--box", metavar="NAME=LOWER..UPPER", action="append", default=[], help="a number known no better; repeatable"
    )
    parser.add_argument("--splits", metavar="N", type=_splits, default=32, help="split the box at most N times an end")
    parser.add_argument("--decimals", metavar="N", type=_decimals, help="are the states printed alike at N decimals?")
    parser.add_argument("--engine", metavar="NAME", help="balls, or zonotope for many units and steps; default by size")
    parser.add_argument("--machine", metavar="TYPE", help="float32 or bfloat16: bound rounding, not the claims")
    json_option(parser, "the enclosures")


def run(arguments: argparse.Namespace) -> int:
    """Certify a run on a box; 1 where a claim is not proved."""
    with naming(arguments.run):
        found = load_run(arguments.run).certify(
            box=read_box(arguments.box),
            splits=arguments.splits,
            engine=arguments.engine,
            machine=arguments.machine,
        )
        record, text, verdicts = found.to_json(), repr(found), [found.verdict]
        if arguments.decimals is not None:
            agreement = found.agreement(arguments.decimals)
            record["agreement"], text = agreement.to_json(), f"{text}\n{agreement!r}"
            verdicts.append(agreement.verdict)
    print(json.dumps(record, indent=2, ensure_ascii=False) if arguments.json else text)
    return 0 if all(v is Verdict.PROVED for v in verdicts) else 1


def _decimals(text: str) -> int:
    decimals = whole(text)
    if decimals is None or decimals > MOST_DECIMALS:
        raise argparse.ArgumentTypeError(f"{shown(text)} is not a number of decimals; give 0 to {MOST_DECIMALS}")
    return decimals


def _splits(text: str) -> int:
    splits = whole(text)
    if splits is None:
        raise argparse.ArgumentTypeError(f"{shown(text)} is not a number of splits; give 0 or more")
    return splits
