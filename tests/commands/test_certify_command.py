"""``derive certify`` as a user types it."""

from __future__ import annotations

import json

import pytest
from shell import LECTURE, one_line, typed


def test_a_box_for_a_program(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("certify", LECTURE, "--box", "x1=-0.25..0.25", "--json") == 1  # a claim is violated
    found = json.loads(capsys.readouterr().out)
    assert [s["t"] for s in found["steps"] if s["quantity"] == "h"] == [1, 2, 3, 4, 5]
    assert found["box"] == {"x1": ["-1/4", "1/4"]}


def test_a_box_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    typed("certify", LECTURE, "--box", "x1=-1/4..1/4")
    out = capsys.readouterr().out
    assert "\nh at t = 4: exact in [-0.45406966, 0.45406966], error in [-0.045965648, 0.045965648] (corners)\n" in out
    assert "sigma(90) ~ 1: PROVED" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--box", "x1=0.25"], "not of the form NAME=LOWER..UPPER"),
        (["--box", "x1=0..1", "--box", "x1=0..2"], "x1 is given twice"),
        (["--box", "x1=1..0"], "is empty"),
        (["--box", "y=0..1"], "unknown input"),
    ],
)
def test_a_box_that_cannot_be_taken(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("certify", LECTURE, *words) == 2
    assert said in one_line(capsys)


def test_decimals_that_do_not_agree(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("certify", LECTURE, "--box", "x1=-0.25..0.25", "--decimals", "1", "--json") == 1
    found = json.loads(capsys.readouterr().out)["agreement"]
    assert found["verdict"] == "VIOLATED"
    assert found["counterexample"]["t"] == 4
