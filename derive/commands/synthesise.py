"""``derive synthesise``: the cheapest activations that keep a run's output within an error, certified."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from derive.commands.common import json_option, whole
from derive.errors import shown
from derive.run.box import read_box
from derive.run.run_file import load_run, naming
from derive.synthesis.candidates import KINDS
from derive.synthesis.synthesise import synthesise

SUMMARY = "find the cheapest replacements of a cell's activations that keep its output within an error"
EXAMPLES = """\
  derive synthesise examples/amp_lstm.toml --error 1e-3     for the run's own inputs
  derive synthesise examples/amp_lstm.toml --error 1e-3 --box "x1=-0.2..0.2" --steps 100
                                                        for all inputs in that interval, over 100 steps
  derive synthesise examples/amp_lstm.toml --kinds table --cost bytes --pareto --plot cost.pdf

A box names an input's component (x1; x1_3 at step 3) or an initial state (h0, h0_1).

Exit status: 0 the error is kept, and certified; 2 it is not reached, or bad input."""


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="a run's TOML file")
    parser.add_argument("--error", metavar="E", default="1e-3", help="of the output at most (default: 1e-3)")
    parser.add_argument(
        "--box", metavar="NAME=LOWER..UPPER", action="append", default=[], help="a number known no better; repeatable"
    )
    parser.add_argument("--steps", metavar="T", type=_steps, help="time steps (default: those of the run)")
    parser.add_argument("--kinds", metavar="KIND,...", help="of table, polynomial, rational (default: all)")
    parser.add_argument("--cost", metavar="COST", default="operations", help="operations (default), entries or bytes")
    parser.add_argument("--pareto", action="store_true", help="other choices too, cheaper ones and better ones")
    parser.add_argument("--plot", metavar="FILE", type=Path, help="draw cost against certified error")
    json_option(parser, "what was found")


def run(arguments: argparse.Namespace) -> int:
    """Synthesise the activations of a run; what is not reached raises DeriveError."""
    kinds = KINDS if arguments.kinds is None else [k.strip() for k in arguments.kinds.split(",")]
    with naming(arguments.run):
        found = synthesise(
            load_run(arguments.run),
            read_box(arguments.box),
            arguments.error,
            kinds,
            arguments.cost,
            steps=arguments.steps,
        )
        record, lines = found.to_json(), [repr(found)]
        if arguments.pareto:
            record["pareto"] = found.pareto_json()
            lines += ["", *map(repr, found.pareto)]
        if arguments.plot is not None:
            found.plot(arguments.plot)
    print(json.dumps(record, indent=2, ensure_ascii=False) if arguments.json else "\n".join(lines))
    return 0


def _steps(text: str) -> int:
    steps = whole(text)
    if not steps:
        raise argparse.ArgumentTypeError(f"{shown(text)} is not a number of steps; give 1 or more")
    return steps
