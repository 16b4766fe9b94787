"""What certification costs and how sharp it is: the lecture at points and on a box, LSTMs of random weights.

``python benchmarks/certified.py`` prints a line a case: seconds, the bound of the error of the last output (all of its
units), and that over E, the largest error of the replaced activations where they were claimed, and over the largest
error at a place that was tried, which no bound can be below. Weights are drawn as PyTorch draws them; tanh and σ are
replaced by polynomials that err by E, or nearly so, all over their intervals. Each case has the bound to reach beside
it. Seconds of processors are those of all threads; layers with tables and without are timed by turns. ``--battery N``
settles the verdicts of N random claims on boxes by exact evaluation. ``--peer PYTHON`` prints what auto_LiRPA says of
the lecture's box beside; that Python has it, and a torch that it works with, which is not the one of this project:
release 0.3 with torch 2.0.1 and numpy 1.25.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import time
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any

from sympy import Rational

import derive
from derive.approximation.claim import Claim
from derive.run.data import Run
from derive.symbolic.activations import sigmoid, tanh

LECTURE = Path(__file__).parents[1] / "examples" / "lecture.toml"
sys.path.append(str(Path(__file__).parents[1] / "tests" / "helpers"))

#: About minimax on their intervals, so that the error is E at many arguments that occur and not at the ends alone.
SHARP = ((tanh, 7, (-1, 1)), (sigmoid, 7, (-2, 2)))
ROUGH = ((tanh, 5, (-1, 1)), (sigmoid, 5, (-3, 3)))


def lecture(box: dict[str, tuple[float, float]], places: tuple[tuple[int, str], ...]) -> None:
    run = derive.load_run(LECTURE)
    cpu, start = time.process_time(), time.perf_counter()
    found = run.certify(box=box)
    found.to_json()
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    widest = max(float(e.exact[1] - e.exact[0]) for e in found)
    print(
        f"lecture, {box or 'points'}: {seconds:.3f} s ({cpu:.3f} s of processors), all steps;"
        f" widest enclosure of a value {widest:.1e}"
    )
    for t, name in places:
        _, largest = found[t, name].extremes["error"]
        ratio = float(largest.bound / largest.attained)
        print(f"  error of {name} at t = {t}: {float(largest.bound):.8f}, over the largest error {ratio:.6f}")


def peer(python: str, places: tuple[tuple[int, str], ...]) -> None:
    """The lecture's box by a verifier of neural networks, in a process of its own."""
    run = derive.load_run(LECTURE)
    standing: list[dict[str, float]] = [{} for _ in run.x]
    for c in run.certificates:
        for place in (o.label for o in c.obligations if c.claim.is_point):
            standing[place.t - 1][place.quantity] = float(c.claim.replacement)
    record = {
        "weights": {name: numbers(tensor) for name, tensor in run.weights.items()},
        "x": numbers(run.x), "ends": [-0.25, 0.25], "replaced": standing, "wanted": places,
    }  # fmt: skip
    command = [python, str(Path(__file__).with_name("verifier.py"))]
    done = subprocess.run(command, input=json.dumps(record), stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"{python} has no auto_LiRPA that works: pip install auto-LiRPA==0.3 torch==2.0.1 numpy==1.25.2")
    box = run.certify(box={"x1": (-0.25, 0.25)})
    for t, name, method, bound, seconds in json.loads(done.stdout.splitlines()[-1]):
        _, largest = box[t, name].extremes["error"]
        true = float(largest.attained)
        print(
            f"  error of {name} at t = {t}: auto_LiRPA, {method}: {bound:.8f}, over the largest error"
            f" {bound / true:.4f} ({seconds:.2f} s); here {float(largest.bound):.8f}, {float(largest.bound) / true:.6f}"
        )


def numbers(tensor: Any) -> Any:
    return [numbers(part) for part in tensor] if isinstance(tensor, tuple) else float(tensor)


def claims(wanted: Any) -> list[Claim]:
    """Claims that minimax polynomials of these degrees stand for the activations."""
    made = []
    for function, degree, on in wanted:
        polynomial = derive.minimax(function, degree, on=on).approximation.replacement
        made.append(Claim(f"{function.__name__} ~ minimax {degree}", function, polynomial, *map(Rational, on)))
    return made


def network(units: int, steps: int, radius: float, wanted: Any, to_reach: str) -> None:
    """The error of the last output; radius: of the box around every input."""
    rng = random.Random(0)
    run = Run("lstm", weights(units, rng), [[number(rng, 1.0)] for _ in range(steps)], claims=claims(wanted))
    error = max(float(c.approximation.bound) for c in run.claims)
    box = {f"x1_{t}": (x[0] - radius, x[0] + radius) for t, x in enumerate(run.x, 1)} if radius else {}
    cpu, start = time.process_time(), time.perf_counter()
    found = run.certify(box=box, engine="zonotope")
    last = [found[steps, f"h_{k}" if units > 1 else "h"] for k in range(1, units + 1)]
    bound = max(abs(float(end)) for e in last for end in e.error)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    reached = max(abs(float(end.attained)) for e in last for end in e.extremes["error"])
    print(
        f"lstm, H = {units}, T = {steps}, inputs ± {radius}: {seconds:.1f} s ({cpu:.1f} s of processors),"
        f" E = {error:.1e}, bound {bound:.2e} = {bound / error:.2f} E, over what is reached {bound / reached:.3f}"
        f" ({found.engine.name}, {found.engine.arithmetic}); to reach: {to_reach}"
    )


def synthesis(units: int, steps: int, radius: float) -> None:
    """The cheapest activations that keep every unit of the output within 1e-3."""
    rng = random.Random(0)
    run = Run("lstm", weights(units, rng), [[number(rng, 1.0)] for _ in range(steps)])
    box = {f"x1_{t}": (x[0] - radius, x[0] + radius) for t, x in enumerate(run.x, 1)}
    for kinds in (("table",), ("rational",), ("table", "polynomial", "rational")):
        cpu, start = time.process_time(), time.perf_counter()
        found = derive.synthesise(run, box, "1e-3", kinds)
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
        print(
            f"synthesis, H = {units}, T = {steps}, inputs ± {radius}, {', '.join(kinds)}: {seconds:.1f} s"
            f" ({cpu:.1f} s of processors), {found.chosen.cost:g} operations, error {found.certificate.bound_at(3)};"
            " to reach: 60 s"
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


def machine(units: int, steps: int, name: str) -> None:
    """The rounding of the machine's code at given inputs."""
    rng = random.Random(0)
    run = Run("lstm", weights(units, rng), [[number(rng, 1.0)] for _ in range(steps)])
    start = time.perf_counter()
    found = run.certify(machine=name)
    bound = max(abs(float(end)) for k in range(1, units + 1) for end in found[steps, f"h_{k}"].error)
    seconds = time.perf_counter() - start
    print(f"lstm, H = {units}, T = {steps}, {name}: {seconds:.1f} s, rounding of h at most {bound:.1e}")


def tables(entries: int) -> None:
    """Tables of tanh and σ: the time of their bounds, and of an LSTM's layer with them beside one without."""
    import torch

    made = {}
    for function in (tanh, sigmoid):
        start = time.process_time()
        made[function.__name__] = derive.table(function, entries, on=(-8, 8))
        bound = derive.approximate(function, made[function.__name__], on=(-8, 8)).bound_at(3)
        seconds = time.process_time() - start
        print(f"table of {entries} entries, {function.__name__}: {seconds:.2f} s of processors, error {bound}")
    cells = derive.lstm, derive.lstm.with_activations(**made)
    for steps, batch, units in ((50, 1, 32), (50, 32, 64)):
        layers = [derive.build(cell).Layer(units, units) for cell in cells]
        x, seconds = torch.randn(steps, batch, units), ([], [])
        with torch.no_grad():
            for _, (layer, times) in product(range(60), zip(layers, seconds, strict=True)):
                start = time.process_time()
                layer(x)
                times.append(time.process_time() - start)
        plain, tabled = map(median, seconds)
        print(f"  layer, T = {steps}, B = {batch}, H = {units}: {tabled / plain:.2f} of that without; to reach: 2")


def settled(cases: int) -> None:
    """The verdicts of random claims on boxes, each settled by exact evaluation."""
    from battery import battery

    start = time.perf_counter()
    counted = battery(cases)
    for (engine, verdict), times in sorted(counted.items(), key=str):
        print(f"battery of {cases}, {engine}: {times} {verdict.name}, none refuted")
    print(f"  {time.perf_counter() - start:.0f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small networks only")
    parser.add_argument("--battery", metavar="N", type=int, help="settle the verdicts of N random claims instead")
    parser.add_argument("--peer", metavar="PYTHON", help="a Python that has auto_LiRPA, to ask it beside")
    arguments = parser.parse_args()
    places = ((2, "c"), (4, "h"))
    if arguments.battery:
        settled(arguments.battery)
        return
    lecture({}, places)
    lecture({"x1": (-0.25, 0.25)}, places)
    if arguments.peer:
        peer(arguments.peer, places)
    synthesis(4, 10, 0.01)
    network(8, 10, 0.01, ROUGH, "")
    network(32, 50, 0.0, SHARP, "6 E, 2 s")
    network(32, 50, 0.01, ROUGH, "7 E")
    if not arguments.quick:
        network(128, 200, 0.01, ROUGH, "10 E, 10 s")
        synthesis(16, 100, 0.01)
    tables(1024)
    for name in ("float32", "bfloat16"):
        machine(32, 50, name)


if __name__ == "__main__":
    main()
