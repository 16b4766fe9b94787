"""A hundred run files and forty cell files that are slightly wrong: one line or a right result, in bounded work."""

from __future__ import annotations

import json
import tomllib
from fractions import Fraction
from pathlib import Path

import bounded
import mpmath
from mutations import CELL, RUN, cell_files, run_files

ACTIVATIONS = {
    "tanh": mpmath.tanh,
    "sigmoid": lambda a: 1 / (1 + mpmath.exp(-a)),
    "relu": lambda a: max(a, mpmath.mpf(0)),
}


def folders(parent: Path, name: str, texts: list[str]) -> list[Path]:
    found = [parent / str(k) for k in range(len(texts))]
    for folder, text in zip(found, texts, strict=True):
        folder.mkdir()
        (folder / name).write_text(text, encoding="utf-8")
    return found


def one_line(answer: bounded.Answer) -> bool:
    return answer.error.startswith("derive: ") and answer.error.count("\n") == 1 and len(answer.error) < 2500


def states(text: str) -> list[mpmath.mpf] | None:
    """The states of a run file's network, in 60 digits; None where it is another network."""
    keys = tomllib.loads(text, parse_float=str)
    name = keys.get("activations", {}).get("tanh", "tanh")
    if keys["cell"] != "rnn" or name not in ACTIVATIONS:
        return None

    def number(value):
        exact = Fraction(value)
        return mpmath.mpf(exact.numerator) / exact.denominator

    weights = keys["weights"]
    bias = sum(number(weights[b][0]) for b in ("bias_ih", "bias_hh") if b in weights)
    h, found = number(keys.get("h0", [0])[0]), []
    for (x,) in keys["x"]:
        h = ACTIVATIONS[name](
            number(weights["weight_ih"][0][0]) * number(x) + bias + number(weights["weight_hh"][0][0]) * h
        )
        found.append(h)
    return found


def test_run_files(tmp_path):
    texts = [RUN, *run_files(seed=10, count=100)]
    places = folders(tmp_path, "run.toml", texts)
    answers = bounded.run([(p, ["tables", "run.toml", "-o", "out"]) for p in places])
    right = 0
    for text, place, answer in zip(texts, places, answers, strict=True):
        assert answer.status in (0, 2), text
        if answer.status == 2:
            assert one_line(answer), (text, answer.error)
            assert sorted(p.name for p in place.iterdir()) == ["run.toml"]
            continue
        steps = json.loads((place / "out" / "run" / "steps.json").read_text(encoding="utf-8"))["steps"]
        with mpmath.workdps(60):
            if (expected := states(text)) is not None:
                found = [mpmath.mpf(s["value"]) for s in steps if s["quantity"] == "h"]
                assert len(found) == len(expected)
                for a, b in zip(found, expected, strict=True):
                    assert abs(a - b) <= max(abs(b) * mpmath.mpf(10) ** -38, mpmath.mpf(10) ** -39), text
                right += 1
    assert answers[0].status == 0
    assert right > 10


def test_cell_files(tmp_path):
    places = folders(tmp_path, "mine.py", [CELL, *cell_files(seed=10, count=40)])
    answers = bounded.run([(p, ["show", "mine.py"]) for p in places])
    good = [p for p, answer in zip(places, answers, strict=True) if answer.status == 0][:8]
    answers += bounded.run([(p, ["tables", "mine.py", "-o", "out"]) for p in good])
    for place, answer in zip([*places, *good], answers, strict=True):
        assert answer.status == 0 or (answer.status == 2 and one_line(answer)), (
            (place / "mine.py").read_text(),
            answer,
        )
    assert len(good) > 2
