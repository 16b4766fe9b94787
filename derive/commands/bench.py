"""``derive bench``: how long a training step of a generated layer takes."""

from __future__ import annotations

import argparse
import json

from derive.backends.torch.bench import HEAD, SIZES, Timing, bench, rows, with_threads
from derive.cells.load import load_cell
from derive.commands.common import CELL, json_option, progress, whole
from derive.errors import DeriveError, shown

MOST_THREADS = 1024
TOO_LARGE = (RuntimeError, MemoryError, OverflowError, TypeError)  # of torch, for what it or the memory cannot hold
SUMMARY = "measure a training step of cells, against loops and torch.nn"
EXAMPLES = """\
  derive bench lstm                        at four sizes, two threads; needs torch
  derive bench my_cells.py:my_lstm --size 50,32,64,64 --rounds 30

ms is the median of a training step (forward, loss, backward, float32) with the derived backward pass, products the part
of it in which matrices are multiplied. The other columns are ratios to it: cell loop, autograd through a Python loop
over the generated cell; layer loop, autograd through the layer's own loop, whose input projection is one product;
checkpoint, derived from the states alone; torch.nn, the module of that name, where there is one. memory: what is kept
for backward, as ratios too. Above 1 is slower, or more."""


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("cells", metavar="CELL", nargs="+", help=CELL)
    parser.add_argument(
        "--size", metavar="T,B,I,H", action="append", type=_size, dest="sizes",
        help="time steps, sequences, features, units; may be given several times (default: four sizes)",
    )  # fmt: skip
    parser.add_argument(
        "--rounds",
        metavar="N",
        type=_positive,
        help="rounds to take the median of (default: 15, more where they are short)",
    )
    parser.add_argument("--threads", metavar="N", type=_threads, default=2, help="threads of torch (default: 2)")
    json_option(parser, "the timings")


def run(arguments: argparse.Namespace) -> int:
    """Print one table for each cell."""
    cells = [load_cell(name) for name in arguments.cells]
    sizes = arguments.sizes or SIZES
    found: dict[str, list[Timing]] = {}
    with with_threads(arguments.threads):
        work = [(cell, size) for cell in cells for size in sizes]
        for cell, size in progress(work, [f"{cell.name} at {size}" for cell, size in work]):
            try:
                timings = list(bench(cell, [size], rounds=arguments.rounds))
            except TOO_LARGE as e:
                reason = f"{type(e).__name__}: {str(e).partition(chr(10))[0]}"
                raise DeriveError(
                    f"{cell.name} at {','.join(map(str, size))}: {reason}; give a smaller --size"
                ) from None
            found.setdefault(cell.name, []).extend(timings)
    if arguments.json:
        print(json.dumps({name: [t.to_json() for t in timings] for name, timings in found.items()}, indent=2))
        return 0
    for name, timings in found.items():
        table = [HEAD, *rows(timings)]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        print(name)
        for row in table:
            print("  " + "  ".join(f"{c:>{w}}" for c, w in zip(row, widths, strict=True)))
    return 0


def _size(text: str) -> tuple[int, ...]:
    parts = [whole(part) for part in text.split(",")]
    if len(parts) != 4 or not all(parts):
        raise argparse.ArgumentTypeError(
            f"{shown(text)} is not four positive numbers; write T,B,I,H such as 50,32,64,64"
        )
    return tuple(part for part in parts if part)


def _threads(text: str) -> int:
    if (threads := _positive(text)) > MOST_THREADS:
        raise argparse.ArgumentTypeError(f"{text} threads are too many; give 1 to {MOST_THREADS}")
    return threads


def _positive(text: str) -> int:
    if not (number := whole(text)):
        raise argparse.ArgumentTypeError(f"{shown(text)} is not a positive number")
    return number
