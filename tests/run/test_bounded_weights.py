"""Files of weights that lie: one line each, in bounded time and memory, and never another number than is written."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from fractions import Fraction
from pathlib import Path

import safetensors.torch
import torch
from weight_files import WANTED, made

ROOT = Path(__file__).resolve().parents[2]
SECONDS, BYTES = 10, 10**9

#: Reads each file whose path is a line of its input; answers each with the weights, or the one line.
READER = f"""
import json, resource, signal, sys, time
from pathlib import Path
from derive.errors import RunError
from derive.run.data import Run
from derive.run.tensor_files import read_tensors

def texts(tensor):
    return [texts(t) for t in tensor] if isinstance(tensor, tuple) else str(tensor)

resource.setrlimit(resource.RLIMIT_AS, ({BYTES}, {BYTES}))
for line in sys.stdin:
    signal.alarm({SECONDS})
    start = time.perf_counter()
    try:
        run = Run("lstm", read_tensors(Path(line.rstrip())), [[1, 2]], other_tensors=True)
        answer = {{"weights": {{name: texts(tensor) for name, tensor in run.weights.items()}}}}
    except RunError as e:
        answer = {{"refused": str(e)}}
    print(json.dumps(answer | {{"seconds": time.perf_counter() - start}}), flush=True)
"""


def read(paths: list[Path]) -> list[dict]:
    """What the reader answers, in a process with limits of time (each file) and of address space."""
    done = subprocess.run(
        [sys.executable, "-c", READER], input="\n".join(map(str, paths)), cwd=ROOT, capture_output=True, text=True
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, f"{paths[len(answers)]}: {done.stderr}"
    return answers


def by_its_library(path: Path) -> dict[str, torch.Tensor] | None:
    """The tensors as the library that wrote the file reads them; None where it refuses."""
    try:
        if path.suffix == ".safetensors":
            return safetensors.torch.load_file(path)
        with warnings.catch_warnings(action="ignore"):
            return torch.load(path, weights_only=True)
    except Exception:
        return None


def same(tensor: torch.Tensor, texts: list | str) -> bool:
    if tensor.ndim == 0:
        return Fraction(tensor.item()) == Fraction(texts)
    return len(tensor) == len(texts) and all(same(t, e) for t, e in zip(tensor, texts, strict=True))


def check(paths: list[Path]) -> list[dict]:
    answers = read(paths)
    for path, answer in zip(paths, answers, strict=True):
        if "weights" in answer:
            tensors = by_its_library(path)
            assert tensors is None or all(same(tensors[n], answer["weights"][n]) for n in WANTED if n in tensors), path
        else:
            line = answer["refused"]
            assert "\n" not in line, path
            assert len(line) < 3000, path
            assert "weights_only" not in line, path
    return answers


def test_fuzzed_files(tmp_path: Path) -> None:
    answers = check([made(tmp_path, seed) for seed in range(150)])
    assert sum("weights" in answer for answer in answers) >= 10


if __name__ == "__main__":  # a longer campaign: the folder to work in, the first and the last seed
    paths = [made(Path(sys.argv[1]), seed) for seed in range(int(sys.argv[2]), int(sys.argv[3]))]
    answers = check(paths)
    print(
        len(answers),
        "files,",
        sum("weights" in a for a in answers),
        "read; slowest",
        max(a["seconds"] for a in answers),
    )
    for path, answer in zip(paths, answers, strict=True):
        print(path.name, answer.get("refused", "read"), f"{answer['seconds']:.2f}")
