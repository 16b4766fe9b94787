"""``derive show``: the equations of a cell, their gradient, parameters and operations."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from shell import OWN_CELLS, one_line, typed

from derive.cells import catalogue
from derive.commands.cli import main


def test_show_prints_equations_gradient_parameters_operations_and_source(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("show", "lstm") == 0
    out = capsys.readouterr().out
    for line in (
        "  cₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ gₜ",
        "    δcₜ = Δcₜ + δhₜ ⊙ oₜ ⊙ (1 − tanh(cₜ)²)",
        "  δW_hf = Σₜ δa_fₜ hₜ₋₁ᵀ",
        "  weight_hh  (4 N, N)    W_hi, W_hf, W_hg, W_ho",
        "states      h, c",
        "gates       i, f, o",
        "parameters  4 N (N_x + N + 2), where N_x = input_size, N = hidden_size",
        "one step    4 N (N_x + N) multiply-adds of weights",
        "            5 N values of functions",
    ):
        assert f"\n{line}\n" in out
    assert "Hochreiter" in out


def test_show_says_what_kind_of_parameter_each_tensor_holds(capsys: pytest.CaptureFixture[str]) -> None:
    typed("show", "gated_antisymmetric_rnn")
    typed("show", "fast_grnn")
    typed("show", "indrnn")
    out = capsys.readouterr().out
    assert "  weight_hh  (N, N)      W_hh, of which V - Vᵀ multiplies\n" in out or "of which V - Vᵀ multiplies\n" in out
    assert "a constant: 0.01 unless the constructor says otherwise\n" in out
    assert "  zeta                 one number\n" in out
    assert "  u          (N)       one number a unit\n" in out


def test_show_says_what_stands_for_a_slope_that_there_is_not(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cell = """from derive import cell, linear, tanh
from sympy import Heaviside, floor


@cell("Steps")
def steps(x, h):
    a = linear(x)
    h = Heaviside(a) * tanh(a) + floor(h)
    return h
"""
    (here / "steps.py").write_text(cell, encoding="utf-8")
    assert main(["show", "steps.py:steps"]) == 0
    said = capsys.readouterr().out
    assert "The slope of floor is taken as 0, where it jumps too: a subgradient." in said
    assert "The slope of a case of numbers is taken as 0" in said
    assert "Dirac" not in said


def test_show_latex_is_an_aligned_environment_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("show", "gru", "--latex") == 0
    out = capsys.readouterr().out
    assert out == catalogue["gru"].latex() + "\n"
    assert out.count(" &= ") == 4


def test_show_gradient_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("show", "gru", "--gradient") == 0
    assert capsys.readouterr().out == catalogue["gru"].adjoint().unicode() + "\n"
    assert typed("show", "gru", "--gradient", "--latex") == 0
    assert capsys.readouterr().out == catalogue["gru"].adjoint().latex() + "\n"


def test_show_json_is_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("show", "lstm", "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert [e["name"] for e in shown["equations"]] == ["i", "f", "g", "o", "c", "h"]
    assert shown["states"] == ["h", "c"]
    assert shown["parameters"][1] == {
        "name": "b_ii", "kind": "vector", "shape": ["hidden_size"], "tensor": "bias_ih", "initial": None,
    }  # fmt: skip
    assert {"name": "d_f", "unicode": "δcₜ ⊙ cₜ₋₁", "latex": r"\delta c_{t} \odot c_{t-1}"} in shown["gradient"]
    assert shown["parameter_count"] == "4*hidden_size*(hidden_size + input_size + 2)"
    assert shown["operations"]["functions"] == "5*hidden_size"


@pytest.mark.parametrize("name", catalogue)
def test_every_cell_can_be_shown(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert typed("show", name) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"{catalogue[name].title} ({name})\n")
    assert max(map(len, out.partition("\nstates")[2].splitlines())) <= 100


@pytest.mark.parametrize("name", ["mine.py:mine", "mine.py"])
def test_show_a_cell_of_ones_own(name: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "mine.py").write_text(OWN_CELLS)
    assert typed("show", name) == 0
    assert "My network (mine)" in capsys.readouterr().out
    assert os.listdir(here) == ["mine.py"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("lstmm", "did you mean 'lstm'"),
        ("nowhere.py:cell", "there is no file nowhere.py"),
        ("mine.py:mien", "did you mean 'mine'"),
        ("mine:mine", "a cell in it is mine.py:mine"),
        ("mine", "a cell in it is mine.py:NAME"),
        ("empty.py:cell", "defines no cell"),
        ("bare.py", 'bare is a function and no cell; write @cell("My cell") above `def bare`'),
        ("broken.py:cell", "SyntaxError"),
        ("wrong.py:wrong", "'y' is not defined"),
        ("two.py", "two.py:a or two.py:b"),
    ],
)
def test_show_nonsense(name: str, said: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "mine.py").write_text(OWN_CELLS)
    (here / "empty.py").write_text("")
    (here / "bare.py").write_text("def bare(x, h):\n    h = x\n    return h\n")
    (here / "broken.py").write_text("def")
    (here / "wrong.py").write_text(OWN_CELLS.replace("linear(x, h)", "y").replace("mine", "wrong"))
    (here / "two.py").write_text(
        "from derive import lstm\na = lstm.with_activations(g='relu')\nb = lstm.with_activations(g='elu')\n"
    )
    assert typed("show", name) == 2
    assert said in one_line(capsys)
