"""How long a training step of a generated layer takes, as ratios measured in one run.

A training step is the forward pass, a loss and the backward pass, in float32. Each candidate takes its turn in every
round, so that a machine that slows down slows all of them; a ratio is one of medians over the rounds.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from derive.backends.torch.build import build, require_torch
from derive.definition.cell import Cell
from derive.errors import DeriveError

#: (time steps, sequences, input features, units)
SIZES = ((50, 1, 32, 32), (50, 32, 64, 64), (100, 32, 128, 128), (100, 64, 256, 256))
ROUNDS, LONGEST = 15, 3.0  # at least so many rounds, and so many seconds where more of them go into that
_PRODUCTS = ("mm", "addmm", "bmm", "baddbmm")  # torch's operators to which every product comes down
_TORCH = {"lstm": "LSTM", "gru": "GRU", "rnn": "RNN"}


@dataclass(frozen=True)
class Timing:
    """One size. milliseconds: the derived step's median. The others are ratios to it: > 1 is slower than it.

    cell_loop: autograd through a Python loop over the generated cell. layer_loop: autograd through the generated
    layer's own loop, whose input projection is one product. kernels: the layer as it comes, run by its C file where
    there is a compiler. checkpoint: derived, from the states alone. torch: the
    module of torch.nn of that name, None where there is none. kept_loop, kept_checkpoint: the bytes kept for backward,
    against the derived pass's. products: what multiplying matrices takes of the derived step, timed in a step of its
    own; no order of the rest makes it shorter.
    """

    size: tuple[int, ...]
    milliseconds: float
    cell_loop: float
    layer_loop: float
    kernels: float
    checkpoint: float
    torch: float | None
    kept_loop: float
    kept_checkpoint: float
    products: float

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def bench(cell: Cell, sizes: Iterable[tuple[int, ...]] = SIZES, *, rounds: int | None = None) -> Iterator[Timing]:
    """The timings of a cell's generated layer, one size after the other, with as many threads as torch has.

    rounds: by default 15, and up to 300 where the steps are short.

    Raises DeriveError for a cell with further inputs or named sizes, a size or number of rounds that is not positive,
    or where torch is not installed.
    """
    if cell.further or cell.named_sizes:
        told = ", ".join((*(i.name for i in cell.further), *cell.named_sizes))
        raise DeriveError(f"bench measures cells with one input and hidden_size, and {cell.name} wants {told} too")
    for size in sizes:
        if len(size) != 4 or min(*size, rounds or 1) < 1:
            raise DeriveError(
                f"size {size}, rounds {rounds}: expected four positive numbers (T, B, I, H), and a positive one"
            )
        yield _timing(cell, size, rounds)


@contextmanager
def with_threads(count: int) -> Iterator[None]:
    """Let torch have that many threads meanwhile. Raises DeriveError where torch is not installed."""
    require_torch()
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _timing(cell: Cell, size: tuple[int, ...], rounds: int | None) -> Timing:
    import torch

    module = build(cell)
    steps, batch, features, units = size
    torch.manual_seed(0)
    derived, loop, kernels, checkpoint = (module.Layer(features, units, checkpoint=k == 3) for k in range(4))
    loop.scan, derived.kernels = loop.loop, False
    single = module.Cell(features, units)
    single.kernels = False
    candidates = {
        "derived": lambda x: derived(x)[0],
        "layer_loop": lambda x: loop(x)[0],
        "kernels": lambda x: kernels(x)[0],
        "checkpoint": lambda x: checkpoint(x)[0],
        "cell_loop": lambda x: _loop(single, x),
    }
    if cell.name in _TORCH:
        theirs = getattr(torch.nn, _TORCH[cell.name])(features, units)
        candidates["torch"] = lambda x: theirs(x)[0]
    x = torch.randn(steps, batch, features)
    times = _medians(candidates, x, rounds)
    kept = {name: _kept(run, x) for name, run in candidates.items() if name not in ("torch", "kernels")}
    ratio = {name: value / times["derived"] for name, value in times.items()}
    return Timing(
        size,
        1e3 * times["derived"],
        ratio["cell_loop"],
        ratio["layer_loop"],
        ratio["kernels"],
        ratio["checkpoint"],
        ratio.get("torch"),
        kept["layer_loop"] / kept["derived"],
        kept["checkpoint"] / kept["derived"],
        ratio["products"],
    )


def _loop(cell: Any, x: Any) -> Any:
    """A sequence through a single cell, as one writes it by hand."""
    import torch

    states, outputs = None, []
    for row in x:
        states = cell(row, states)
        outputs.append(states[0] if isinstance(states, tuple) else states)
    return torch.stack(outputs)


def _medians(candidates: dict[str, Callable[[Any], Any]], x: Any, rounds: int | None) -> dict[str, float]:
    """The median seconds of a training step of each candidate, and of the products of the derived one, after a round
    that is not counted."""

    def turn() -> dict[str, float]:
        seconds = {}
        for name, run in candidates.items():
            start = time.perf_counter()
            run(x).square().mean().backward()
            seconds[name] = time.perf_counter() - start
        return seconds | {"products": _products(candidates["derived"], x)}

    turn()
    once = sum(turn().values())
    found = [turn() for _ in range(rounds or max(ROUNDS, min(300, int(LONGEST / once))))]
    return {name: statistics.median(seconds[name] for seconds in found) for name in found[0]}


def _kept(run: Callable[[Any], Any], x: Any) -> int:
    """The bytes of distinct tensors that autograd keeps between forward and backward."""
    import torch

    sizes: dict[int, int] = {}

    def pack(tensor: Any) -> Any:
        sizes[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage().nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        result = run(x)
    del result
    return sum(sizes.values())


def _products(run: Callable[[Any], Any], x: Any) -> float:
    """The seconds that the matrix products of a training step take."""
    from torch.utils._python_dispatch import TorchDispatchMode

    class Watch(TorchDispatchMode):
        seconds: float = 0.0

        def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            start = time.perf_counter()
            result = func(*args, **(kwargs or {}))
            if func.overloadpacket.__name__ in _PRODUCTS:
                self.seconds += time.perf_counter() - start
            return result

    watch = Watch()
    with watch:
        run(x).square().mean().backward()
    return watch.seconds


HEAD = (
    *("T, B, I, H", "ms", "products", "cell loop", "layer loop", "kernels", "checkpoint", "torch.nn"),
    *("memory loop", "memory checkpoint"),
)


def rows(timings: Iterable[Timing]) -> Iterator[Sequence[str]]:
    """The timings as cells of a table under ``HEAD``."""
    for t in timings:
        ratios = (
            t.products,
            t.cell_loop,
            t.layer_loop,
            t.kernels,
            t.checkpoint,
            t.torch,
            t.kept_loop,
            t.kept_checkpoint,
        )
        size = ", ".join(map(str, t.size))
        yield size, f"{t.milliseconds:.2f}", *("" if r is None else f"{r:.2f}" for r in ratios)
