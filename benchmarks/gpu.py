"""Measure generated layers on a GPU: as they are, as CUDA graphs, and beside torch.nn.

Every candidate takes its turn in every round, and waits for the GPU at the end of its turn. A ratio is one of medians
over the rounds to the layer's; above 1 is slower than the layer. Training is forward and backward with the input's
gradient. Float32 without TF32, which torch.nn would take by itself. An error is the largest of y, and in training of
every gradient, against float64 over the largest number there.

    python benchmarks/gpu.py [--cells CELL ...] [--shapes T,B,I,H ...] [--rounds 15] [--write]
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

import kernels
import peers
import tables
import torch
from torch import Tensor, nn

CELLS = ("lstm", "gru", "lstm_hardtanh", "peephole_lstm", "layer_norm_lstm", "min_gru", "rg_lru")
PARALLEL = "min_gru", "rg_lru"  # linear in their states
SHAPES = ((50, 1, 32, 32), (50, 32, 64, 64), (100, 64, 256, 256), (50, 64, 512, 512), (100, 1, 512, 512))
HEAD = (
    "T, B, I, H",
    "layer, µs",
    "error",
    "graph of it",
    "parallel=True",
    "torch.nn",
    "graph of torch.nn",
    "its error",
)
TURN = 20e-3  # seconds of a turn, about


def modules_of(name: str, shape: peers.Size) -> dict[str, nn.Module]:
    """On the GPU, of one set of parameters: the generated layer, and what it is measured beside."""
    made = kernels.classes(name)[0]
    found = {"layer": made(*shape[2:])}
    if name in PARALLEL:
        found["parallel"] = made(*shape[2:], parallel=True)
    if name in peers.TORCH:
        found["torch.nn"] = peers.TORCH[name](*shape[2:])
    for module in found.values():
        module.load_state_dict(found["layer"].state_dict())
    return {key: module.cuda() for key, module in found.items()}


def inference(module: nn.Module, x: Tensor) -> Callable[[], Any]:
    def run() -> None:
        with torch.no_grad():
            module(x)

    return run


def training(module: nn.Module, x: Tensor, d_y: Tensor) -> Callable[[], Any]:
    wanted = [x, *module.parameters()]
    return lambda: torch.autograd.grad(module(x)[0], wanted, d_y)


def graph(run: Callable[[], Any]) -> Callable[[], Any]:
    """All that one run puts on the GPU, recorded once and put there in one go."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):
            run()
    torch.cuda.current_stream().wait_stream(stream)
    recorded = torch.cuda.CUDAGraph()
    with torch.cuda.graph(recorded):
        run()
    return recorded.replay


def seconds(runs: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """Of one run of each candidate: the median over the rounds."""

    def turn(run: Callable[[], Any], count: int) -> float:
        torch.cuda.synchronize()
        begin = time.perf_counter()
        for _ in range(count):
            run()
        torch.cuda.synchronize()
        return (time.perf_counter() - begin) / count

    counts = {}
    for name, run in runs.items():
        turn(run, 2)
        counts[name] = max(1, min(100, int(TURN / turn(run, 2))))
    found: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            found[name].append(turn(run, counts[name]))
    return {name: statistics.median(times) for name, times in found.items()}


def row(name: str, shape: peers.Size, trained: bool, rounds: int) -> list[str]:
    """One line of a table."""
    steps, batch, features, units = shape
    torch.manual_seed(0)
    modules = modules_of(name, shape)
    x = torch.randn(steps, batch, features, device="cuda", requires_grad=trained)
    d_y = torch.randn(steps, batch, units, device="cuda") if trained else None
    exact = kernels.results(deepcopy(modules["layer"]).double(), x.double(), None if d_y is None else d_y.double())
    errors = {key: f"{kernels.error(kernels.results(m, x, d_y), exact):.1e}" for key, m in modules.items()}
    runs = {key: inference(m, x) if d_y is None else training(m, x, d_y) for key, m in modules.items()}
    runs |= {f"graph of {key}": graph(run) for key, run in runs.items() if key != "parallel"}
    found = seconds(runs, rounds)
    ratio = {key: f"{one / found['layer']:.3f}" for key, one in found.items()}
    columns = ("graph of layer", "parallel", "torch.nn", "graph of torch.nn")
    measured = [f"{found['layer'] * 1e6:.0f}", errors["layer"], *(ratio.get(key, "") for key in columns)]
    return [", ".join(map(str, shape)), *measured, errors.get("torch.nn", "")]


def lines_of(cells: list[str], shapes: list[peers.Size], rounds: int) -> Iterator[str]:
    """In Markdown, two tables for each cell."""
    for name in cells:
        for trained in (False, True):
            yield f"\n**{name}, {'training' if trained else 'inference'}**\n"
            yield f"| {' | '.join(HEAD)} |"
            yield f"|{' ---: |' * len(HEAD)}"
            for shape in shapes:
                yield f"| {' | '.join(row(name, shape, trained, rounds))} |"


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    size = lambda text: tuple(map(int, text.split(",")))  # noqa: E731
    parser.add_argument("--cells", nargs="+", choices=CELLS, default=CELLS, metavar="CELL", help=", ".join(CELLS))
    parser.add_argument("--shapes", nargs="+", type=size, metavar="T,B,I,H", default=SHAPES)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--write", action="store_true", help="write the tables into README.md beside this file")
    args = parser.parse_args()
    if not torch.cuda.is_available():
        sys.exit("benchmarks/gpu.py measures on a GPU; torch.cuda finds none here")
    torch.backends.cudnn.allow_tf32 = False
    lines = [f"torch {torch.__version__}, {torch.cuda.get_device_name()}"]
    print(lines[0], flush=True)
    for line in lines_of(args.cells, args.shapes, args.rounds):
        print(line, flush=True)
        lines.append(line)
    if args.write:
        tables.write("cuda", lines)


if __name__ == "__main__":
    main()
