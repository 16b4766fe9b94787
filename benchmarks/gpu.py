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
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

import derive

HERE = Path(__file__).resolve()
README = HERE.with_name("README.md")
BEGIN, END = "<!-- cuda -->", "<!-- /cuda -->"
CELLS = ("lstm", "gru", "lstm_hardtanh", "peephole_lstm", "layer_norm_lstm", "min_gru", "rg_lru")
PARALLEL = "min_gru", "rg_lru"  # linear in their states
TORCH = {"lstm": nn.LSTM, "gru": nn.GRU}
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


def layer_of(name: str, *sizes: int, **options: Any) -> nn.Module:
    """A generated layer on the GPU."""
    base, _, tanh = name.partition("_") if name == "lstm_hardtanh" else (name, "", "")
    cell = derive.catalogue[base]
    return derive.build(cell.with_activations(tanh=tanh) if tanh else cell).Layer(*sizes, device="cuda", **options)


class Outputs(nn.Module):
    """y alone: what a graph has to give back."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x)[0]


def inference(module: nn.Module, x: Tensor) -> Callable[[], Any]:
    def run() -> None:
        with torch.no_grad():
            module(x)

    return run


def training(module: nn.Module, x: Tensor, d_y: Tensor) -> Callable[[], Any]:
    wanted = [x, *module.parameters()]
    return lambda: torch.autograd.grad(module(x), wanted, d_y)


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


def error(module: nn.Module, exact: nn.Module, x: Tensor, d_y: Tensor | None) -> float:
    """Of y, and with ``d_y`` of every gradient."""
    pairs = zip(results(module, x, d_y), results(exact, x.double(), d_y), strict=True)
    return max(float((a - b).abs().max() / b.abs().max()) for a, b in pairs if b.abs().max() > 0)


def results(module: nn.Module, x: Tensor, d_y: Tensor | None) -> list[Tensor]:
    x = x.detach().requires_grad_()
    y = module(x)
    if d_y is None:
        return [y.detach()]
    return [y.detach(), *torch.autograd.grad(y, [x, *module.parameters()], d_y.to(y.dtype))]


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


def row(name: str, shape: tuple[int, ...], trained: bool, rounds: int) -> list[str]:
    """One line of a table."""
    steps, batch, features, units = shape
    torch.manual_seed(0)
    layer = layer_of(name, features, units)
    x = torch.randn(steps, batch, features, device="cuda", requires_grad=trained)
    d_y = torch.randn(steps, batch, units, device="cuda") if trained else None
    modules: dict[str, nn.Module] = {"layer": Outputs(layer)}
    if name in PARALLEL:
        modules["parallel"] = Outputs(layer_of(name, features, units, parallel=True))
    if name in TORCH:
        modules["torch.nn"] = Outputs(TORCH[name](features, units, device="cuda"))
    for module in modules.values():
        module.layer.load_state_dict(layer.state_dict())
    exact = deepcopy(modules["layer"]).double()
    errors = {key: f"{error(module, exact, x, d_y):.1e}" for key, module in modules.items()}
    runs = {key: inference(module, x) if d_y is None else training(module, x, d_y) for key, module in modules.items()}
    runs |= {f"graph of {key}": graph(run) for key, run in runs.items() if key != "parallel"}
    found = seconds(runs, rounds)
    ratio = {key: f"{time_ / found['layer']:.3f}" for key, time_ in found.items()}
    columns = ("graph of layer", "parallel", "torch.nn", "graph of torch.nn")
    measured = [f"{found['layer'] * 1e6:.0f}", errors["layer"], *(ratio.get(key, "") for key in columns)]
    return [", ".join(map(str, shape)), *measured, errors.get("torch.nn", "")]


def tables(cells: list[str], shapes: list[tuple[int, ...]], rounds: int) -> Iterator[str]:
    """In Markdown, two for each cell."""
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
    for line in tables(args.cells, args.shapes, args.rounds):
        print(line, flush=True)
        lines.append(line)
    if args.write:
        before, _, rest = README.read_text().partition(BEGIN)
        _, _, after = rest.partition(END)
        README.write_text("\n".join([before + BEGIN, *lines, END]) + after)


if __name__ == "__main__":
    main()
