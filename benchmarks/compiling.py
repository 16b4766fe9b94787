"""Measure what `torch.compile` takes of a generated layer in training: the first call, and five lengths one by one.

Each line is a process of its own with empty caches, because what was compiled once is found again; a small module is
compiled before the layer, so that the compiler's own start is not counted. Inductor, one thread. Seconds are those of
the processor, the C++ compiler's among them, so that what else runs on the machine hardly matters.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from itertools import count

SCENES = {"T = 20": [20], "T = 100": [100], "T = 20, 30, 40, 50, 60": [20, 30, 40, 50, 60]}


def scene(cell: str, units: int, batch: int, lengths: list[int]) -> None:
    """Seconds of the first calls of these lengths, compilations, and the microseconds of a later call of the last."""
    import torch

    import derive

    torch.set_num_threads(1)
    layer = derive.build(derive.catalogue[cell]).Layer(units, units)
    compilations = count()

    def step(run: object, x: torch.Tensor) -> None:
        run(x)[0].sum().backward()  # type: ignore[operator]

    def inductor(graph: object, inputs: object) -> object:
        from torch._inductor.compile_fx import compile_fx

        next(compilations)
        return compile_fx(graph, inputs)  # type: ignore[arg-type]

    compiled = torch.compile(layer, fullgraph=True, backend=inductor)
    xs = [torch.randn(steps, batch, units, requires_grad=True) for steps in lengths]
    step(layer, xs[0])  # the C file is compiled, or found
    small = torch.compile(torch.nn.Sequential(torch.nn.Linear(units, units), torch.nn.Tanh()))
    small(xs[0]).sum().backward()
    begin = _seconds()
    for x in xs:
        step(compiled, x)
    first = _seconds() - begin
    print(
        f"{first:.1f} | {next(compilations)} | {_later(step, compiled, xs[-1]):.0f} | {_later(step, layer, xs[-1]):.0f}"
    )


def _seconds() -> float:
    """Of the processor, for this process and those that it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def _later(step: object, run: object, x: object) -> float:
    """Microseconds of a training step, the best of a second."""
    best, end = float("inf"), time.perf_counter() + 1
    while (begin := time.perf_counter()) < end:
        step(run, x)  # type: ignore[operator]
        best = min(best, time.perf_counter() - begin)
    return best * 1e6


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cell", default="gru")
    parser.add_argument("--units", type=int, default=32)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--scene", choices=SCENES, help="that one, in this process")
    a = parser.parse_args()
    if a.scene:
        scene(a.cell, a.units, a.batch, SCENES[a.scene])
        return
    print(f"{a.cell}, H = {a.units}, B = {a.batch}, inductor, training")
    print("| lengths | first calls, s | compilations | a later call, µs | without torch.compile, µs |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for name in SCENES:
        with tempfile.TemporaryDirectory() as caches:
            environment = {**os.environ, "TORCHINDUCTOR_CACHE_DIR": caches, "TORCHINDUCTOR_COMPILE_THREADS": "1"}
            command = [sys.executable, __file__, *sys.argv[1:], "--scene", name]
            row = subprocess.run(command, env=environment, capture_output=True, text=True)
            print(f"| {name} | {row.stdout.strip().splitlines()[-1] if row.stdout else 'failed'} |", flush=True)


if __name__ == "__main__":
    main()
