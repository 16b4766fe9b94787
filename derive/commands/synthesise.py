"""``derive synthesise``: the cheapest activations that keep the output of a run or cell within an error, certified."""

from __future__ import annotations

import argparse
import json
from contextlib import nullcontext
from pathlib import Path

from derive.cells.load import load_cell
from derive.commands.common import CELL, json_option, sizes_of, whole
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

  derive synthesise lstm --size hidden_size=16 --steps 100 --box "x1=-1..1" --seed 7
                                                        a cell alone, its weights drawn as those of its layers
  derive synthesise gru --size hidden_size=4 --steps 20 --box "x1=-1..1" --box "W=-0.1..0.1" --box "b=-0.1..0.1"
                                                        for all weights in that interval

A box names an input's component (x1; x1_3 at step 3), an initial state (h0, h0_1), a weight by its printed name (W_ig;
W_ig[1,2] one entry of it), or all weights of a letter (W).

Exit status: 0 the error is kept, and certified; 2 it is not reached, or bad input."""


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", metavar="RUN|CELL", help=f"a run's TOML file, or {CELL}")
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
    of_cell = parser.add_argument_group("of a cell alone")
    of_cell.add_argument(
        "--size", metavar="NAME=N", action="append", default=[], dest="sizes", help="such as hidden_size=16; repeatable"
    )
    of_cell.add_argument("--seed", metavar="N", type=int, help="from which weights are drawn (default: 0)")


def run(arguments: argparse.Namespace) -> int:
    """Synthesise the activations of a run or cell; what is not reached raises DeriveError."""
    kinds = KINDS if arguments.kinds is None else [k.strip() for k in arguments.kinds.split(",")]
    is_run = arguments.what.endswith(".toml")
    with naming(arguments.what) if is_run else nullcontext():
        found = synthesise(
            load_run(arguments.what) if is_run else load_cell(arguments.what),
            read_box(arguments.box),
            arguments.error,
            kinds,
            arguments.cost,
            steps=arguments.steps,
            sizes=sizes_of(arguments.sizes) or None,
            seed=arguments.seed,
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
