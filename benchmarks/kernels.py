"""Measure generated layers, as their C files run them, beside what else runs the same cell.

Every candidate takes its turn in every round, so that a machine that slows down slows all of them. A ratio is one of
medians over the rounds, in brackets the quartiles of the rounds' own ratios; above 1 is slower than the layer. Training
is forward and backward with the input's gradient, with parameters that have changed since the last step. An error is
the largest against float64 over the largest number there: of y, and in training of every gradient.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import peers
import products
import tables
import torch
from torch import Tensor, nn

HERE = Path(__file__).resolve()
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))  # generated/ stands there

#: (time steps, sequences, input features, units)
SHAPES = (
    *((5, 1, 8, 8), (50, 1, 32, 32), (100, 1, 128, 128), (50, 32, 64, 64)),
    *((100, 32, 128, 128), (100, 64, 256, 256), (50, 64, 512, 512), (100, 1, 512, 512)),
)
FEW_SHAPES = SHAPES[1], SHAPES[3], SHAPES[5]  # of the cells for which nothing else is fast
LSTM_PEERS = "lstm", "lstm_identity", "lstm_hardtanh", "peephole_lstm", "layer_norm_lstm", "slstm"
CELLS = (*LSTM_PEERS, "gru", "gru_reset_before", "min_gru", "rotor")
#: Scans without products of the state: two with an input so small that its product costs little, one without any.
SCANS = {"min_gru": (500, 32, 8, 256), "sru": (500, 32, 8, 256), "average": (500, 32, 256, 256)}
NARROW = 100, 1, 512, 512  # where reading the weights is what takes the time
WARM = 5e-3  # seconds of a turn, if a candidate is as fast as that


@dataclass
class Row:
    """One cell, shape and way of running. seconds: the layer's median. ratios: of each peer, with the quartiles.
    of_peak: the operations of its products over what the cores could do. errors: of the layer, and of the PyTorch path
    or torch.nn in float32."""

    cell: str
    shape: tuple[int, ...]
    threads: int
    training: bool
    seconds: float
    rounds: int
    of_peak: float
    ratios: dict[str, tuple[float, float, float]] = field(default_factory=dict)
    errors: dict[str, float] = field(default_factory=dict)


# ---------------------------------------------------------------------- candidates


@cache
def classes(cell: str) -> tuple[Any, Any]:
    """The layer and the one-step module: of generated/ where the catalogue has the cell, else built."""
    import derive
    import generated
    from derive.cells.load import load_cell

    @derive.cell("A moving average")
    def average(x, h, lam: derive.constant = 0.9):  # type: ignore[no-untyped-def]
        h = lam * h + (1 - lam) * x
        return h

    if cell in derive.catalogue:
        name = derive.catalogue[cell].class_name
        return getattr(generated, name), getattr(generated, f"{name}Cell")
    if cell == "rotor":
        made = derive.build(load_cell(f"{ROOT}/examples/my_cell.py:rotor"))
    elif cell == "average":
        made = derive.build(average)
    else:
        made = derive.build(derive.lstm.with_activations(tanh=cell.removeprefix("lstm_")))
    return made.Layer, made.Cell


@dataclass
class Candidate:
    """A way to run a cell. module: whose parameters a training step changes and gives gradients."""

    run: peers.Run
    module: Any

    def change(self, x: Tensor) -> None:
        """What an optimiser does between two steps, at no cost."""
        x.grad = None
        with torch.no_grad():
            for w in self.module.parameters():
                w.grad = None
                if w.is_floating_point():  # Keras has its random state among them
                    w.view(-1)[:1] *= 1.0001


def candidates(cell: str, size: peers.Size, layer: Any, single: Any) -> dict[str, Candidate]:
    """The layer first; then its peers in this process, of one set of parameters where they can have it."""
    plain = deepcopy(layer)
    plain.kernels = single.kernels = False
    found = {"layer": Candidate(lambda x: layer(x)[0], layer)}
    theirs = peers.of_torch(cell, size, layer)
    if theirs is not None:
        found["torch.nn"] = Candidate(lambda x: theirs(x)[0], theirs)
    if cell != "lstm":
        lstm = classes("lstm")[0](*size[2:])
        found["our LSTM"] = Candidate(lambda x: lstm(x)[0], lstm)
    found["cell loop"] = Candidate(peers.loop(single), single)
    found["no kernels"] = Candidate(lambda x: plain(x)[0], plain)
    for name, module, run in peers.of_others(cell, size):
        found[name] = Candidate(run, module)
    return found


# ---------------------------------------------------------------------- time


def timed(candidate: Candidate, x: Tensor, d_y: Tensor | None, count: int) -> float:
    """The seconds of each of ``count`` runs; with ``d_y`` of training steps."""
    total = 0.0
    for _ in range(count):
        if d_y is not None:
            candidate.change(x)
        begin = time.perf_counter()
        y = candidate.run(x)
        if d_y is not None:
            y.backward(d_y)
        total += time.perf_counter() - begin
    return total / count


def measure(of: dict[str, Callable[[int], float]], budget: float, least: int) -> dict[str, list[float]]:
    """The seconds of each candidate in each round. Short ones run several times in a turn, after a run that does not
    count."""
    counts = {}
    for name, seconds in of.items():
        seconds(1)
        counts[name] = min(100, int(WARM / seconds(1)))
    found: dict[str, list[float]] = {name: [] for name in of}
    names, end, k = list(of), time.perf_counter() + budget, 0
    while k < least or time.perf_counter() < end:
        for name in names[k % len(names) :] + names[: k % len(names)]:
            if counts[name]:
                of[name](1)
            found[name].append(of[name](max(1, counts[name])))
        k += 1
    return found


def row_of(
    cell: str, size: peers.Size, threads: int, training: bool, peak: float, onnx: peers.OnnxRuntime | None, args: Any
) -> Row:
    """All candidates of one row."""
    steps, batch, features, units = size
    torch.manual_seed(0)
    layer_class, cell_class = classes(cell)
    layer, single = layer_class(features, units), cell_class(features, units)
    x = torch.randn(steps, batch, features, requires_grad=training)
    every = candidates(cell, size, layer, single)
    d_y = torch.randn_like(every["layer"].run(x)) if training else None
    with torch.inference_mode(not training):
        errors = errors_of(every, x, d_y)
        of = {name: lambda n, c=c: timed(c, x, d_y, n) for name, c in every.items()}
        if onnx and not training and (theirs := onnx.load(cell, layer, x, threads)) is not None:
            assert np.allclose(theirs, every["layer"].run(x).numpy(), atol=1e-4), "ONNX Runtime computes something else"
            of["ONNX Runtime"] = onnx.seconds
        found = measure(of, args.seconds, args.rounds)
    own = statistics.median(found["layer"])
    weights = sum(w.numel() for w in layer.parameters() if w.dim() == 2)
    operations = (6 if training else 2) * steps * batch * weights
    row = Row(cell, size, threads, training, own, len(found["layer"]), operations / own / peak / threads)
    row.ratios = {name: ratio(times, found["layer"]) for name, times in found.items() if name != "layer"}
    row.errors = errors
    return row


def ratio(theirs: Sequence[float], ours: Sequence[float]) -> tuple[float, float, float]:
    """Of medians, with the quartiles of the rounds' own."""
    low, _, high = statistics.quantiles([a / b for a, b in zip(theirs, ours, strict=True)], n=4)
    return statistics.median(theirs) / statistics.median(ours), low, high


# ---------------------------------------------------------------------- correctness


def errors_of(every: dict[str, Candidate], x: Tensor, d_y: Tensor | None) -> dict[str, float]:
    """Of the layer, and of torch.nn's module or where there is none the PyTorch path, against float64."""
    other = every.get("torch.nn", every["no kernels"])
    exact = results(deepcopy(other.module).double(), x.double(), None if d_y is None else d_y.double())
    found = {}
    for name, candidate in (("layer", every["layer"]), ("other", other)):
        found[name] = error(results(candidate.module, x, d_y), exact)
    return found


def error(found: Iterable[Tensor], exact: Iterable[Tensor]) -> float:
    """The largest of a tensor over the largest number in it."""
    pairs = zip(found, exact, strict=True)
    return max(float((a - b).abs().max() / b.abs().max()) for a, b in pairs if b.abs().max() > 0)


def results(module: nn.Module, x: Tensor, d_y: Tensor | None) -> list[Tensor]:
    """y, and with ``d_y`` the gradients of x and of the parameters."""
    if d_y is None:
        return [module(x)[0].detach()]
    x = x.detach().requires_grad_()
    y = module(x)[0]
    return [y.detach(), *torch.autograd.grad(y, [x, *module.parameters()], d_y)]


# ---------------------------------------------------------------------- the elementwise scan


def scan_row(cell: str, threads: int, args: Any) -> Row:
    """A cell without products of its state, beside torch.add over as many numbers as y has."""
    steps, batch, features, units = SCANS[cell]
    torch.manual_seed(0)
    layer = classes(cell)[0](features, units)
    x, a, b, out = torch.randn(steps, batch, features), *torch.randn(3, steps, batch, units)
    ours = Candidate(lambda x: layer(x)[0], layer)
    add = Candidate(lambda x: torch.add(a, b, out=out), layer)
    with torch.inference_mode():
        of = {name: lambda n, c=c: timed(c, x, None, n) for name, c in (("layer", ours), ("torch.add", add))}
        found = measure(of, args.seconds, args.rounds)
    row = Row(
        f"{cell}, scan", SCANS[cell], threads, False, statistics.median(found["layer"]), len(found["layer"]), math.nan
    )
    row.ratios = {"torch.add": ratio(found["torch.add"], found["layer"])}
    return row


# ---------------------------------------------------------------------- weights of bfloat16


def narrow_row(threads: int, args: Any) -> Row:
    """An LSTM that reads its weights in bfloat16, beside the same in float32, which "other" is too."""
    torch.manual_seed(0)
    wide = classes("lstm")[0](*NARROW[2:])
    layer, x = deepcopy(wide), torch.randn(NARROW[:3])
    layer.weights = "bfloat16"
    every = {name: Candidate(lambda x, m=m: m(x)[0], m) for name, m in (("layer", layer), ("float32", wide))}
    with torch.inference_mode():
        of = {name: lambda n, c=c: timed(c, x, None, n) for name, c in every.items()}
        found = measure(of, args.seconds, args.rounds)
        errors = errors_of({"layer": every["layer"], "no kernels": every["float32"]}, x, None)
    own = statistics.median(found["layer"])
    row = Row("lstm, weights of bfloat16", NARROW, threads, False, own, len(found["layer"]), math.nan, errors=errors)
    row.ratios = {"float32": ratio(found["float32"], found["layer"])}
    return row


# ---------------------------------------------------------------------- all, and what is shown


def measured_machine() -> dict[str, float]:
    """What a core can do: operations a second, bytes a second from its second cache."""
    with tempfile.TemporaryDirectory() as folder:
        driver = products.library("cc", ["-march=native"], folder)
        return {
            "peak": products.measured(driver, "peak"),
            "second cache": products.measured(driver, "bandwidth", 512 << 10),
        }


def every_row(args: Any, peak: float) -> Iterator[Row]:
    onnx = None if "ONNX Runtime" in peers.missing() else peers.OnnxRuntime()
    for cell in args.cells:
        shapes = args.shapes or (SHAPES if cell in peers.TORCH else FEW_SHAPES)
        for threads in args.threads:
            torch.set_num_threads(threads)
            for training in (False, True):
                for shape in shapes:
                    yield row_of(cell, shape, threads, training, peak, onnx, args)
    for threads in args.threads if "lstm" in args.cells else ():
        torch.set_num_threads(threads)
        yield narrow_row(threads, args)
    for cell in SCANS:
        for threads in args.threads if cell in args.cells or args.cells == CELLS else ():
            torch.set_num_threads(threads)
            yield scan_row(cell, threads, args)
    if onnx:
        onnx.close()


HEAD = ("T, B, I, H", "µs", "of peak", "error", "error of other")


def table(rows: Iterable[Row]) -> Iterator[str]:
    """In Markdown, a table for each cell, number of threads and way of running."""
    titled, group, names = None, [], []
    for row in rows:
        title = (
            f"{row.cell}, {'training' if row.training else 'inference'}, {row.threads} thread{'s'[: row.threads - 1]}"
        )
        if title != titled:
            yield from means(group, names)
            titled, group, names = title, [], list(row.ratios)
            yield f"\n**{title}**\n"
            yield f"| {' | '.join([*HEAD, *names])} |"
            yield "|" + " ---: |" * (len(HEAD) + len(names))
        group.append(row)
        ratios = [f"{m:.2f} [{low:.2f}, {high:.2f}]" for m, low, high in row.ratios.values()]
        errors = [f"{row.errors[k]:.1e}" if row.errors else "" for k in ("layer", "other")]
        share = "" if math.isnan(row.of_peak) else f"{row.of_peak:.0%}"
        shape = ", ".join(map(str, row.shape))
        yield f"| {' | '.join([shape, f'{row.seconds * 1e6:.1f}', share, *errors, *ratios])} |"
    yield from means(group, names)


def means(group: Sequence[Row], names: Sequence[str]) -> Iterator[str]:
    if len(group) > 1:
        found = [f"{statistics.geometric_mean(row.ratios[name][0] for row in group):.2f}" for name in names]
        yield f"| geometric mean | | | | | {' | '.join(found)} |"


def parsed() -> Any:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    size = lambda text: tuple(map(int, text.split(",")))  # noqa: E731
    parser.add_argument("--cells", nargs="+", choices=CELLS, default=CELLS, metavar="CELL", help=", ".join(CELLS))
    parser.add_argument("--shapes", nargs="+", type=size, metavar="T,B,I,H", help="default: eight, or three")
    parser.add_argument("--threads", nargs="+", type=int, default=(1, 2), metavar="N")
    parser.add_argument("--seconds", type=float, default=2.0, help="for each row at least (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=9, help="for each row at least (default: %(default)s)")
    parser.add_argument("--quick", action="store_true", help="a few rounds: the ratios are rough")
    parser.add_argument("--json", action="store_true", help="a row a line, for programs")
    parser.add_argument("--write", action="store_true", help="write the tables into README.md beside this file")
    args = parser.parse_args()
    if args.quick:
        args.seconds, args.rounds = 0.2, 4
    return args


def main() -> None:
    """Measure, print, write."""
    args = parsed()
    machine = measured_machine()
    about = (
        f"torch {torch.__version__}, {platform.machine()}, {torch.backends.cpu.get_cpu_capability()}; a core: "
        f"{machine['peak'] / 1e9:.0f} GFLOP/s, {machine['second cache'] / 1e9:.0f} GB/s from its second cache; "
        f"{os.cpu_count()} processors, a load of {os.getloadavg()[0]:.1f} before"
    )
    skipped = [f"{name} is not installed and left out" for name in peers.missing()]
    rows = every_row(args, machine["peak"])
    if args.json:
        for row in rows:
            print(json.dumps(asdict(row)), flush=True)
        return
    lines = ["; ".join([about, *skipped])]
    print(lines[0], flush=True)
    for line in table(rows):
        print(line, flush=True)
        lines.append(line)
    if args.write:
        tables.write("kernels", lines)


if __name__ == "__main__":
    main()
