"""What certification costs and how sharp it is: the lecture at points and on a box, LSTMs of random weights.

``python benchmarks/certified.py`` prints a line a case: seconds, the bound of the error of the last output, and that
over E, the error of the replaced activation where it was claimed, and over the largest error at a place that was tried,
which no bound can be below. Weights are drawn as PyTorch draws them.
"""

from __future__ import annotations

import argparse
import random
import time
from pathlib import Path

import derive
from derive.run.data import Run

LECTURE = Path(__file__).parents[1] / "examples" / "lecture.toml"
CLAIM = {"approximation": "tanh(x) ~ x - x^3/3 + 2*x^5/15 - 17*x^7/315", "interval": [-0.6, 0.6]}


def lecture(box: dict[str, tuple[float, float]], places: tuple[tuple[int, str], ...]) -> None:
    run = derive.load_run(LECTURE)
    start = time.perf_counter()
    found = run.certify(box=box)
    found.to_json()
    seconds = time.perf_counter() - start
    widest = max(float(e.exact[1] - e.exact[0]) for e in found)
    print(f"lecture, {box or 'points'}: {seconds:.3f} s, all steps; widest enclosure of a value {widest:.1e}")
    for t, name in places:
        _, largest = found[t, name].extremes["error"]
        ratio = float(largest.bound / largest.attained)
        print(f"  error of {name} at t = {t}: {float(largest.bound):.8f}, over the largest error {ratio:.6f}")


def network(units: int, steps: int, radius: float) -> None:
    """The error of the last output's first unit; radius: of the box around every input."""
    rng = random.Random(0)
    run = Run("lstm", weights(units, rng), [[number(rng, 1.0)] for _ in range(steps)], claims=[CLAIM])
    error = float(run.claims[0].approximation.bound)
    box = {f"x1_{t}": (x[0] - radius, x[0] + radius) for t, x in enumerate(run.x, 1)} if radius else {}
    start = time.perf_counter()
    least, largest = run.certify(box=box, splits=0)[steps, "h_1" if units > 1 else "h"].extremes["error"]
    seconds = time.perf_counter() - start
    bound = max(-float(least.bound), float(largest.bound))
    reached = max(-float(least.attained), float(largest.attained))
    print(
        f"lstm, H = {units}, T = {steps}, inputs ± {radius}: {seconds:.1f} s, E = {error:.2e}, bound {bound:.3e},"
        f" {bound / error:.2f} E, over what is reached {bound / reached:.3f} ({largest.engine})"
    )


def synthesis(units: int, steps: int, radius: float) -> None:
    """The cheapest activations that keep every unit of the output within 1e-3."""
    rng = random.Random(0)
    run = Run("lstm", weights(units, rng), [[number(rng, 1.0)] for _ in range(steps)])
    box = {f"x1_{t}": (x[0] - radius, x[0] + radius) for t, x in enumerate(run.x, 1)}
    for kinds in (("table",), ("rational",), ("table", "polynomial", "rational")):
        start = time.perf_counter()
        found = derive.synthesise(run, box, "1e-3", kinds)
        seconds = time.perf_counter() - start
        print(
            f"synthesis, H = {units}, T = {steps}, inputs ± {radius}, {', '.join(kinds)}: {seconds:.1f} s,"
            f" {found.chosen.cost:g} operations, error {found.certificate.bound_at(3)}"
        )


def weights(units: int, rng: random.Random) -> dict[str, list]:
    scale = units**-0.5
    rows = {"weight_ih": 1, "weight_hh": units}
    found: dict[str, list] = {
        n: [[number(rng, scale) for _ in range(k)] for _ in range(4 * units)] for n, k in rows.items()
    }
    return found | {n: [number(rng, scale) for _ in range(4 * units)] for n in ("bias_ih", "bias_hh")}


def number(rng: random.Random, scale: float) -> float:
    return round(rng.uniform(-scale, scale), 6)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small networks only")
    arguments = parser.parse_args()
    lecture({}, ((2, "c"), (4, "h")))
    lecture({"x1": (-0.25, 0.25)}, ((2, "c"), (4, "h")))
    network(8, 10, 0.0)
    network(8, 10, 0.01)
    synthesis(4, 10, 0.01)
    if not arguments.quick:
        synthesis(16, 100, 0.01)
        network(32, 50, 0.0)
        network(32, 10, 0.01)


if __name__ == "__main__":
    main()
