"""Measure the elementary functions of templates/c: the largest error in units in the last place, and the time.

Functions of one float are compared at every float there is with the C library in double precision; balls decide where
that finds an error near the limit. Powers and functions of doubles are compared with balls at random points: of every
size, near 1, near multiples of pi/2 and where most arguments are. All floats take half an hour an instruction set.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parents[1] / "tests" / "helpers"))
from c_functions import NAMES, OF_TWO, TYPES, Functions, compiler, exact_value, instruction_sets

NEAR_LIMIT = 1.95  # from here on balls decide
MOST_SUSPECTS = 1000
HEAD = ("function", "type", "instruction set", "max ulp", "at", "ns", "ns of libm")
#: Where arguments of the timed calls are, if not between -8 and 8.
INTERVALS = {"log": (0.01, 100), "pow": (0.01, 100), "log1p": (-0.9, 100), "asin": (-1, 1), "acos": (-1, 1)}


def random_points(kind: str, count: int) -> np.ndarray:
    """Points of one type, a fifth of each sort."""
    info, random = np.finfo(TYPES[kind]), np.random.default_rng(1)
    n, signs = count // 5, random.choice([-1, 1], count // 5)
    sorts = [
        random.uniform(-2, 2, n),
        random.normal(0, 30, n),
        signs * 2.0 ** random.uniform(info.minexp - info.nmant, info.maxexp, n),
        signs + random.normal(0, 1, n) * 2.0 ** random.uniform(-info.nmant, 0, n),
        np.pi / 2 * random.integers(-(10**6), 10**6, n),
    ]
    return np.concatenate(sorts).astype(TYPES[kind])


def worst_of_points(functions: Functions, name: str, x: np.ndarray, y: np.ndarray) -> tuple[float, tuple[float, float]]:
    """The largest error over some points, and where it is, by balls."""
    results = functions(name, x, y).tolist()
    worst, at = 0.0, (0.0, 0.0)
    for a, b, result in zip(x.tolist(), y.tolist(), results, strict=True):
        error = functions.error(name, a, b, result, exact_value(name, a, b))
        if error > worst:
            worst, at = error, (a, b)
    return worst, at


def worst_of_floats(functions: Functions, name: str, step: int) -> tuple[float, tuple[float, float]]:
    """The largest error over every step-th float, and where it is."""
    worst, at, suspects, found = functions.sweep(name, step, NEAR_LIMIT, MOST_SUSPECTS)
    if found > MOST_SUSPECTS:
        print(f"{name}: {found} floats near the limit or above it; {MOST_SUSPECTS} are looked at", file=sys.stderr)
    judged, where = worst_of_points(functions, name, suspects, suspects)
    return (judged, where) if judged > worst else (worst, (at, at))


def row(functions: Functions, name: str, step: int, count: int) -> dict[str, object]:
    """One line of the table."""
    if functions.kind == "float" and name not in OF_TWO:
        worst, at = worst_of_floats(functions, name, step)
    else:
        x = random_points(functions.kind, count)
        y = np.random.default_rng(2).normal(0, 20, len(x)).astype(x.dtype)
        worst, at = worst_of_points(functions, name, np.abs(x) if name == "pow" else x, y)
    random = np.random.default_rng(3)
    x, y = random.uniform(*INTERVALS.get(name, (-8, 8)), 4096), random.uniform(-3, 3, 4096)
    times = [functions.time(name, x, y, library=library) for library in (False, True)]
    place = f"{at[0]:.9g}, {at[1]:.9g}" if name in OF_TWO else f"{at[0]:.9g}"
    cells = (name, functions.kind, functions.instruction_set, worst, place, *times)
    return dict(zip(HEAD, cells, strict=True))


def rows(chosen: list[str], names: list[str], step: int, count: int) -> Iterator[dict[str, object]]:
    """All lines, as they are found."""
    cc = compiler()
    if cc is None:
        raise SystemExit("no C compiler: cc, gcc or clang is needed on the PATH")
    with tempfile.TemporaryDirectory() as folder:
        for instruction_set in chosen or instruction_sets(cc):
            for kind in TYPES:
                functions = Functions(cc, instruction_set, kind, Path(folder))
                for name in names or NAMES:
                    yield row(functions, name, step, count)


def main() -> None:
    """Measure and print, a line at a time."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("functions", nargs="*", metavar="FUNCTION", help=f"all of {', '.join(NAMES)} unless given")
    parser.add_argument("--instruction-set", action="append", default=[], help="such as AVX2; all that there are")
    parser.add_argument("--quick", action="store_true", help="one float in a thousand, fewer random points")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    given = parser.parse_args()
    step, count = (997, 2_000) if given.quick else (1, 100_000)
    if not given.json:
        print(f"| {' | '.join(HEAD)} |\n|{' --- |' * 3}{' ---: |' * 4}")
    for line in rows(given.instruction_set, given.functions, step, count):
        cells = [f"{v:.3f}" if isinstance(v, float) else str(v) for v in line.values()]
        print(json.dumps(line) if given.json else f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
