"""A cell without a run: exact runs with weights of its box, and what its layers start with, are the oracles."""

from __future__ import annotations

import json
from dataclasses import replace
from random import Random

import numpy as np
import pytest
import torch
from runs import floats, random_run
from shell import one_line, typed
from sympy import Rational
from test_bound import check, claimed, replacements

import derive
from derive import linear, tanh
from derive.cells import catalogue
from derive.definition.define import cell
from derive.enclosure.zonotope import Matrix
from derive.errors import DeriveError
from derive.run.box import variables
from derive.run.drawn import drawn_run
from derive.run.weights import stacks
from derive.symbolic.initial import Normal, Spaced, Uniform

ROUGH = ("tanh(x) ~ x", "sigma(x) ~ 1/2 + x/4")
QUARTER = Rational(1, 4)
BOX = {"x1": (-1, 1), "x2": (-1, 1), "W": (-QUARTER, QUARTER), "b": (-QUARTER, QUARTER)}
ALONE = {"steps": 2, "sizes": {"hidden_size": 2}}


def within(run, box, found):
    """Exact differences of runs whose weights and inputs lie at the box's ends."""
    rng = Random(0)

    def ends(tensor, reach):
        return [ends(part, reach) if isinstance(part, tuple) else rng.choice((-reach, reach)) for part in tensor]

    for _ in range(12):
        weights = {name: ends(tensor, QUARTER) for name, tensor in run.weights.items()} if "W" in box else run.weights
        check(replace(run, x=ends(run.x, 1), weights=weights, columns=()), found)


def test_a_box_of_weights_holds_for_all_of_them():
    run = claimed("gru", ROUGH)
    found = derive.error_over_time("gru", replacements(run), BOX, **ALONE)
    assert "drawn" not in found.run.title
    assert {v.name for v in found.variables} == set(BOX)
    within(run, BOX, found)


def test_a_box_of_the_weights_of_a_run():
    run = claimed("gru", ROUGH)
    box = {name: BOX[name] for name in ("x1", "x2")} | {p.name: (-QUARTER, QUARTER) for p in run.cell.parameters}
    within(run, BOX, derive.error_over_time(run, replacements(run), box))


def test_weights_without_their_products_of_deviations_are_caught(monkeypatch):
    whole = Matrix._varied
    monkeypatch.setattr(Matrix, "_varied", lambda self, a, g: (whole(self, a, g)[0], np.zeros(len(g))))
    with pytest.raises(AssertionError):
        test_a_box_of_weights_holds_for_all_of_them()


def test_drawn_weights_are_said_and_synthesised_for():
    box = {"x1": (-1, 1), "x2": (-1, 1)}
    found = derive.synthesise(derive.gru, box, "0.1", "polynomial", **ALONE, seed=5)
    assert found.certificate.run.title.endswith("H = 2, weights drawn with seed 5")
    assert found.certificate.error <= 0.1
    run = replace(found.certificate.run, x=[[1, -1]] * 2)
    other = replace(run, cell=found.cell)
    off = [abs(run.steps().value(2, "h", k) - other.steps().value(2, "h", k)) for k in (1, 2)]
    assert 0 < max(map(float, off)) <= found.certificate.over_time()[1]


@cell("Three shares, each worth more than those before")
def shares(x, h):
    a, b, c = tanh(linear(x)), tanh(linear(x)), tanh(linear(x))
    h = a / 8 + b / 4 + c / 2
    return h


def test_what_is_made_again_on_one_interval_has_another_name():
    box = {"x1": (-1, 1), "W": (-QUARTER, QUARTER), "b": (-QUARTER, QUARTER)}
    found = derive.synthesise(shares, box, "1e-4", "polynomial", steps=1, sizes={"hidden_size": 1})
    names = {function.__name__ for function in found.replacements.values()}
    assert len(names) == len(set(found.replacements.values())) == 3
    assert found.cell.name == "shares_synthesised"


@pytest.mark.parametrize("kind", ["rational", "polynomial"])
def test_the_first_of_a_kind_may_be_as_good_as_it_wants_to(kind):
    """Of tanh on an interval as short as this the quotient of degrees 1 and 2 errs by less than 1e-12."""
    box = {"x1": (-1, 1), "W": (-Rational(1, 2**12), Rational(1, 2**12)), "b": (0, 0)}
    found = derive.synthesise("rnn", box, "0.01", kind, **ALONE)
    assert found.certificate.error < 1e-9


def test_a_letter_names_all_weights_that_have_it():
    run = random_run("peephole_lstm")
    assert {v.symbol.name.partition("[")[0] for v in variables(run, {"p": (0, 1)})} == {"p_i", "p_f", "p_o"}
    letters = variables(run, {"W": (0, 1), "b": (0, 1)})
    each = variables(run, {p.name: (0, 1) for p in run.cell.parameters if p.name[0] in "Wb"})
    assert [v.symbol for v in letters] == [v.symbol for v in sorted(each, key=lambda v: v.symbol.name[0] == "b")]


def test_masks_and_further_inputs_are_inputs():
    _, boxed = drawn_run(catalogue["zoneout_lstm"], {"x1": (0, 1)}, 2, {"hidden_size": 2}, None)
    assert {(v.lower, v.upper) for v in boxed if v.name.startswith("k_")} == {(0, 1)}
    with pytest.raises(DeriveError, match="box: dt1 is missing, and a cell alone has no inputs"):
        drawn_run(catalogue["time_lstm"], {"x1": (0, 1)}, 2, {"hidden_size": 2}, None)


@pytest.mark.parametrize("name", ["relu_rnn", "mamba", "slstm_heads", "fast_rnn", "rwkv"])
def test_weights_are_drawn_as_those_of_layers(name):
    """What is no chance is the same; of the rest the mean and the deviation are, in tensors of many numbers."""
    cell, units, sizes = catalogue[name], 16, {"heads": 4, "key": 8, "value": 16}
    sizes = {s: n for s, n in sizes.items() if s in cell.all_sizes}
    torch.manual_seed(0)
    theirs = derive.build(cell).Layer(8, units, dtype=torch.float64, **sizes).state_dict()
    run, _ = drawn_run(cell, {f"x{k}": (0, 1) for k in range(1, 9)}, 1, {"hidden_size": units, **sizes}, 0)
    for tensor, stack in stacks(cell).items():
        both = [np.array(floats(run.weights[tensor])), theirs[f"{tensor}_l0"].numpy()]
        for p in stack.parameters:
            our, their = (np.split(a, len(stack.parameters))[p.block] if a.ndim else a for a in both)
            if p.initial is not None and not p.initial.atoms(Uniform, Normal) - p.initial.atoms(Spaced):
                assert our == pytest.approx(their, rel=1e-6)
            elif our.size >= 128:
                assert our.std() == pytest.approx(their.std(), rel=0.3)
                assert our.mean() == pytest.approx(their.mean(), abs=6 * their.std() / our.size**0.5)


def test_an_orthogonal_matrix_is_one():
    cell = derive.rnn.with_initial(W_hh=derive.orthogonal())
    run, _ = drawn_run(cell, {"x1": (0, 1)}, 1, {"hidden_size": 5}, 3)
    w = np.array(run.weights["weight_hh"], dtype=float)
    assert w @ w.T == pytest.approx(np.eye(5), abs=1e-12)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"steps": None}, "steps is missing, and gru alone has none"),
        ({"sizes": None}, "sizes: hidden_size is missing"),
        ({"sizes": {"hidden": 2}}, "unknown size of gru 'hidden'"),
        ({"sizes": {"hidden_size": 0}}, "sizes.hidden_size is 0, expected a positive integer"),
        ({"box": {"x2": (0, 1)}, "sizes": {"hidden_size": 2, "input_size": 2}}, "box: x1 is missing"),
        ({"box": {"x1_1": (0, 1), "x1_2": (0, 1)}}, "sizes: input_size is missing"),
        ({"box": BOX | {"W_ir": (0, 1)}}, "W_ir and W name the same number"),
        ({"box": [1]}, r"box is \[1\], expected names with"),
        ({"sizes": [2]}, r"sizes is \[2\], expected numbers by name"),
        ({"sizes": {"hidden_size": 10**5}}, "has 30001200000 numbers, and a run, which is exact, takes at most"),
        (
            {"run": "lstm_heads", "sizes": {"hidden_size": 2, "heads": 2}},
            "box: W_hi has entries that are 0 or follow from others, and no box, so that W cannot name all weights",
        ),
        ({"kinds": 3}, "kinds is 3, expected some of table, polynomial, rational"),
        (
            {"cost": lambda candidate: "dear", "kinds": "polynomial", "error": "0.1"},
            "cost of polynomial of .* is 'dear', expected a finite number",
        ),
        ({"seed": 0.5}, "seed is 0.5, expected an integer"),
        ({"run": "gru_"}, "unknown cell 'gru_'"),
        ({"run": 3}, "3 is neither a run nor a cell"),
        ({"run": random_run("gru"), "sizes": None, "seed": 1}, "seed is for a cell alone"),
    ],
)
def test_bad_input(wrong, said):
    with pytest.raises(DeriveError, match=said) as e:
        derive.synthesise(**({"run": "gru", "box": BOX} | ALONE | wrong))
    assert "\n" not in str(e.value)


@pytest.mark.parametrize("none", [None, {}, ["tanh"]])
def test_what_replaces_nothing_is_refused(none):
    with pytest.raises(DeriveError, match=r"^replacements is .*, expected equations or activations with what replaces"):
        derive.error_over_time("gru", none, BOX, **ALONE)


def test_the_command(capsys):
    words = ("--steps", "2", "--error", "0.1", "--kinds", "polynomial", "--box", "x1=-1..1", "--json")
    assert typed("synthesise", "gru", "--size", "hidden_size=2", "--box", "W=-0.1..0.1", "--seed", "7", *words) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["run"] == "Gated recurrent unit, H = 2, weights drawn with seed 7"
    assert found["box"]["W"] == ["-1/10", "1/10"]
    assert typed("synthesise", "gru", *words) == 2
    assert "sizes: hidden_size is missing" in one_line(capsys)
