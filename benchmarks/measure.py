"""Measure training steps of the generated LSTM, GRU and RNN, and write the tables into README.md beside this file."""

from __future__ import annotations

import platform
from collections.abc import Iterator

import tables
import torch

import derive
from derive.backends.torch.bench import HEAD, SIZES, bench, rows, with_threads

THREADS = 2


def table(name: str) -> Iterator[str]:
    """One cell's table in Markdown, printed as it grows."""
    yield f"\n### {name}\n"
    yield f"| {' | '.join(HEAD)} |"
    yield f"|{' ---: |' * len(HEAD)}"
    for row in rows(bench(derive.catalogue[name], SIZES)):
        yield f"| {' | '.join(row)} |"


def main() -> None:
    """Measure, print, write."""
    lines = [
        f"{THREADS} threads, torch {torch.__version__}, {platform.machine()}, {torch.backends.cpu.get_cpu_capability()}"
    ]
    print(lines[0])
    with with_threads(THREADS):
        for name in ("lstm", "gru", "rnn"):
            for line in table(name):
                print(line, flush=True)
                lines.append(line)
    tables.write("measured", lines)


if __name__ == "__main__":
    main()
