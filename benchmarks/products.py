"""Measure the products of the C backend on one core, beside the operations and bytes that the core can do.

A product is `rows` times K with K times G*N, the gradient of its weights sums over `rows`; packing is of the weights.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve()
TEMPLATES = HERE.parents[1] / "templates" / "c"
FLAGS = ["-O2", "-fno-math-errno", "-ffp-contract=fast", "-shared", "-fPIC"]
ROWS = (1, 2, 4, 8, 16, 32, 64, 3200)
SIZES = (32, 128, 256, 512)
BLOCKS = (1, 3, 4)
SUMS = ((100, 4, 128), (3200, 4, 32), (3200, 4, 64), (3200, 1, 128), (3200, 3, 128), (3200, 4, 128), (1600, 4, 512))

Row = dict[str, str | int | float]


def library(compiler: str, flags: list[str], folder: str) -> ctypes.CDLL:
    """The driver beside this file, compiled into ``folder``."""
    out = Path(folder) / "products.so"
    subprocess.run([compiler, *FLAGS, *flags, f"-I{TEMPLATES}", HERE.with_suffix(".c"), "-o", out], check=True)
    return ctypes.CDLL(str(out))


def measured(driver: ctypes.CDLL, name: str, *arguments: int) -> float:
    function = getattr(driver, name)
    function.restype = ctypes.c_double
    return function(*map(ctypes.c_long, arguments))


def rows(driver: ctypes.CDLL, item: int) -> Iterator[Row]:
    """One measurement after the other; ``item`` is the size of a number in bytes."""
    peak = measured(driver, "peak")
    yield {"what": "peak", "GFLOP/s": peak / 1e9}
    for kilobytes in (16, 512, 4096):
        yield {"what": f"read {kilobytes} KB", "GB/s": measured(driver, "bandwidth", kilobytes << 10) / 1e9}

    def work(what: str, n: int, N: int, G: int, K: int) -> Row:
        seconds = measured(driver, f"{what}_seconds", n, N, G, K)
        row: Row = {"what": what, "rows": n, "N": N, "G": G, "K": K, "us": seconds * 1e6}
        row |= {"GFLOP/s": 2 * n * N * G * K / seconds / 1e9, "of peak": 2 * n * N * G * K / seconds / peak}
        return row | ({"GB/s": N * G * K * item / seconds / 1e9} if n == 1 else {})

    for G in BLOCKS:
        for size in SIZES:
            for n in ROWS:
                yield work("product", n, size, G, size)
    for n, G, size in SUMS:
        yield work("accumulate", n, size, G, size)
    for what in ("pack", "pack_transposed"):
        seconds = measured(driver, f"{what}_seconds", 512, 4, 512)
        moved = 2 * 4 * 512 * 512 * item
        yield {"what": what, "N": 512, "G": 4, "K": 512, "us": seconds * 1e6, "GB/s": moved / seconds / 1e9}


def line(row: Row) -> str:
    columns = {"rows": 6, "N": 5, "G": 3, "K": 5, "us": 11, "GFLOP/s": 9, "of peak": 9, "GB/s": 8}
    texts = {"of peak": "{:.1%}", "us": "{:.2f}", "GFLOP/s": "{:.1f}", "GB/s": "{:.1f}"}
    cells = ((texts.get(key, "{}").format(row[key]) if key in row else "").rjust(w) for key, w in columns.items())
    return f"{row['what']:<16}" + "".join(cells)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compiler", default="cc", metavar="CC")
    parser.add_argument("--flags", default="-march=native", help="of the compiler (default: %(default)s)")
    parser.add_argument("--double", action="store_true", help="double precision")
    parser.add_argument("--json", action="store_true", help="a list of rows for programs")
    chosen = parser.parse_args()
    flags = [*shlex.split(chosen.flags), *(["-DDOUBLE"] if chosen.double else [])]
    with tempfile.TemporaryDirectory() as folder:
        found = rows(library(chosen.compiler, flags, folder), 8 if chosen.double else 4)
        if chosen.json:
            json.dump(list(found), sys.stdout, indent=1)
            return
        names = ("rows", "N", "G", "K", "us", "GFLOP/s", "of peak", "GB/s")
        print(" " * 16 + "".join(name.rjust(w) for name, w in zip(names, (6, 5, 3, 5, 11, 9, 9, 8), strict=True)))
        for row in found:
            print(line(row), flush=True)


if __name__ == "__main__":
    main()
