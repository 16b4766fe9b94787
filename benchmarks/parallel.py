"""Measure layers that compute all time steps together (`parallel=True`) against the loop over time in PyTorch.

Both run by turns in one process on one thread; seconds are those of the processor, so that what else runs on the
machine hardly matters. A ratio is the median over the rounds of the loop's seconds by the parallel form's. The loop is
the layer's own without its C file: forwards step by step, in training with the derived backward pass. Beside it stands
the C file, where the cell has one.

    python benchmarks/parallel.py [CELL ...] [--steps 4096] [--batch 1] [--units 64] [--rounds 5]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import torch

import derive

CELLS = ("min_gru", "gilr_lstm", "rg_lru", "lru", "linoss", "gla", "mamba2")
HEAD = ("cell", "forward", "training", "forward by C", "training by C")


def forward(layer: Any, x: torch.Tensor) -> None:
    with torch.no_grad():
        layer(x)


def training(layer: Any, x: torch.Tensor) -> None:
    layer(x)[0].square().sum().backward()


def ratios(layers: list[Any], x: torch.Tensor, work: Callable[[Any, torch.Tensor], None], rounds: int) -> list[float]:
    """How many times the seconds of the last layer the others take."""
    seconds: list[list[float]] = [[] for _ in layers]
    for _ in range(rounds + 1):  # the first round makes what is made once
        for layer, row in zip(layers, seconds, strict=True):
            begin = time.process_time()
            work(layer, x)
            row.append(time.process_time() - begin)
    *others, last = (row[1:] for row in seconds)
    return [median(s / t for s, t in zip(row, last, strict=True)) for row in others]


def row(name: str, steps: int, batch: int, units: int, rounds: int) -> list[str]:
    """One line of the table."""
    cell = derive.catalogue[name]
    made = derive.build(cell).Layer
    sizes = {size: {"heads": 2}.get(size, 8) for size in cell.named_sizes}
    loop, by_c, parallel = (made(units, units, **sizes, parallel=k == 2) for k in range(3))
    loop.kernels = False
    for other in (by_c, parallel):
        other.load_state_dict(loop.state_dict())
    layers = [loop, *([by_c] if made.c_files else []), parallel]
    x = torch.randn(steps, batch, units)
    found = [ratios(layers, x, work, rounds) for work in (forward, training)]
    columns = [[f"{of[k]:.1f}" if k < len(of) else "" for of in found] for k in range(2)]
    return [name, *columns[0], *columns[1]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("cells", nargs="*", metavar="CELL", default=CELLS)
    for option, default in (("steps", 4096), ("batch", 1), ("units", 64), ("rounds", 5)):
        parser.add_argument(f"--{option}", type=int, default=default)
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    print(f"T = {options.steps}, B = {options.batch}, {options.units} units: times the seconds of parallel=True\n")
    print(f"| {' | '.join(HEAD)} |\n| --- |{' ---: |' * (len(HEAD) - 1)}")
    for name in options.cells:
        found = row(name, options.steps, options.batch, options.units, options.rounds)
        print(f"| {' | '.join(found)} |", flush=True)


if __name__ == "__main__":
    main()
