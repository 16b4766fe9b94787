"""Weights by the names of the equations: the run is the one of the stacked tensors."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from derive.errors import RunError
from derive.run.data import Run
from derive.run.run_file import load_run

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
LECTURE, RECURRENT = (load_run(EXAMPLES / f"{name}.toml") for name in ("lecture", "recurrent"))
#: The lecture's weights, typed from the equations.
NAMED = {
    "W_ii": [[0, 100, 0]], "W_if": [[0, 100, 0]], "W_ig": [[1, 0, 0]], "W_io": [[0, 0, 100]],
    "W_hi": [[0]], "W_hf": [[0]], "W_hg": [[0]], "W_ho": [[0]],
    "b_ii": [-10], "b_if": [10], "b_io": [-10],
}  # fmt: skip
ONE_BIAS = {k: v for k, v in NAMED.items() if k[0] == "W"} | {"b_i": [-10], "b_f": [10], "b_o": [-10]}


@pytest.mark.parametrize("weights", [NAMED, ONE_BIAS])
def test_the_lecture_by_its_printed_names(weights):
    assert replace(LECTURE, weights=weights).weights == LECTURE.weights


def test_matrices_by_name_beside_stacked_tensors():
    stacks = {"weight_hh": LECTURE.weights["weight_hh"], "bias_ih": [-10, 10, 0, -10]}
    mixed = {k: v for k, v in NAMED.items() if k.startswith("W_i")} | stacks
    assert replace(LECTURE, weights=mixed).weights == LECTURE.weights


def test_several_units_go_back_into_their_blocks():
    """``parameters`` cuts a run's tensors into blocks; put together again they are the tensors."""
    run = RECURRENT
    assert run.hidden_size > 1
    assert Run(run.cell, run.parameters, run.x).weights == run.weights


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weight_ih": [[0, 0, 0]] * 4}, "weights.W_ii is a block of weight_ih, which is given too; give one of them"),
        ({"b_i": [1]}, "weights.b_i is b_ii \\+ b_hi, and b_ii is given too; give one of them"),
        ({"W_if": None}, "weights.W_if is missing: W_ii is given by name, so the others of weight_ih are"),
        ({"W_if": [[1, 2]]}, r"weights.W_if has shape \(1, 2\), and weights.W_ii \(1, 3\); give all one shape"),
        ({"W_ii": [1]}, r"weights.W_ii has shape \(1,\), expected \(hidden_size, input_size\)"),
        ({"W_iq": [[1]]}, "unknown tensor of lstm 'W_iq'"),
        ({"b_ii": ["a"]}, r"weights.b_ii\[0\] is a, expected a finite real number"),
    ],
)
def test_what_is_missing_or_given_twice_is_refused(change, message):
    weights = {k: v for k, v in (NAMED | change).items() if v is not None}
    with pytest.raises(RunError, match=message):
        replace(LECTURE, weights=weights)
