"""What may be written as a loss, what is wrong with one, and what a run with one is asked for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import torch
from runs import random_run
from sympy import Function, Symbol

from derive.document.tables import files_of
from derive.errors import DeriveError, RunError
from derive.exact.value import Value
from derive.run.data import Run
from derive.run.run_file import load_run

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
ONE_UNIT = {"weight_ih": [[0.5]], "weight_hh": [[-0.25]]}


def test_unknown_names_are_errors():
    found = load_run(EXAMPLES / "recurrent.toml").gradients()
    with pytest.raises(DeriveError, match="unknown parameter, input or initial state of lstm 'W_iii'; did you mean"):
        found["W_iii"]
    with pytest.raises(RunError, match="unknown cotangent of lstm 'd_k'"):
        found.value(1, "d_k")
    with pytest.raises(RunError, match="there is no d_c of unit 3 at t = 1"):
        found.value(1, "d_c", 3)
    with pytest.raises(RunError, match="the run has no loss"):
        random_run("rnn").gradients()


WRONG = {
    "no table": (3, "loss is 3, expected a table with a formula"),
    "no formula": ({"y": [0, 1]}, "expected a table with a formula"),
    "formula no text": ({"formula": 3}, "loss.formula is 3, expected a text"),
    "formula empty": ({"formula": " "}, "expected a text such as"),
    "formula no formula": ({"formula": "(h - "}, "'(h - ' is not a formula of numbers"),
    "code": ({"formula": "__import__('os').getcwd()"}, "is not a number, a name, + - * / ^ or an activation"),
    "too long": ({"formula": "h + " * 100 + "h"}, "at most 300 are read"),
    "unknown name": ({"formula": "(h - yy)^2", "y": [0, 1]}, "unknown state or target 'yy'; did you mean 'y'"),
    "a gate": ({"formula": "a^2"}, "unknown state or target 'a'. Known: h"),
    "unknown activation": ({"formula": "tahn(h)"}, "unknown activation 'tahn'; did you mean 'tanh'"),
    "two arguments": ({"formula": "log(h, 2)"}, "log is of one number, not 2"),
    "one argument": ({"formula": "max(h)"}, "max is of two numbers or more, not 1"),
    "no state": ({"formula": "y^2", "y": [0, 1]}, "names no state; write it with h"),
    "target not used": ({"formula": "h^2", "y": [0, 1]}, "loss.y is not in the formula h^2"),
    "target named as the cell's": ({"formula": "(h - x)^2", "x": [0, 1]}, "loss.x is a name that rnn has"),
    "target named as a weight": ({"formula": "(h - W_y)^2", "W_y": [0, 1]}, "loss.W_y is a name"),
    "target no name": ({"formula": "h^2", "a b": [0, 1]}, "loss.a b is no name"),
    "shape": ({"formula": "(h - y)^2", "y": [0]}, "loss.y has shape (1,), expected (T,) = (2,): a number per"),
    "one number": ({"formula": "(h - y)^2", "y": 0}, "loss.y has shape (), expected (T,) = (2,)"),
    "ragged": ({"formula": "(h - y)^2", "y": [[0], [1, 2]]}, "loss.y is ragged"),
    "NaN": ({"formula": "(h - y)^2", "y": [0, float("nan")]}, "loss.y[1] is nan, expected a finite real number"),
    "text": ({"formula": "(h - y)^2", "y": [0, "two"]}, "loss.y[1] is two, expected a finite real number"),
    "one class": ({"formula": "cross_entropy(h, y)", "y": [0, 0]}, "needs a unit for each class, and there is one"),
    "no target": ({"formula": "cross_entropy(h, 2*y)", "y": [0, 0]}, "the second argument of cross_entropy is"),
    "in a formula": ({"formula": "cross_entropy(h, y)^2", "y": [0, 0]}, "it is a term of a loss"),
    "a factor": ({"formula": "h*cross_entropy(h, y)", "y": [0, 0]}, "with no more than a number before it"),
    "one of two": ({"formula": "cross_entropy(h)", "y": [0, 0]}, "is of two, a state and a target, not 1"),
    "not differentiable": ({"formula": Function("f")(Symbol("h"))}, "loss.formula: the derivative of f(h)"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_loss_is_an_error_that_names_it(case):
    loss, said = WRONG[case]
    with pytest.raises(RunError, match=re.escape(said)):
        Run("rnn", ONE_UNIT, [[1], [2]], loss=loss)


def test_a_loss_needs_states_of_one_size_and_rows_of_their_units():
    one, three = [[0.5]] * 12, [[0.5] * 3]
    weights = {"weight_ih": one, "weight_hh": one, "weight_hr": three}
    assert Run("projected_lstm", weights, [[1]]).units["c"] == 3
    with pytest.raises(RunError, match="h has 1 unit, c has 3 units: a formula is of one unit; name one of them"):
        Run("projected_lstm", weights, [[1]], loss={"formula": "h*c"})
    with pytest.raises(RunError, match=r"loss\.y has shape \(3,\), expected \(T, units\) = \(3, 2\): a row of units"):
        random_run("lstm", loss={"formula": "(h - y)^2", "y": [1, 2, 3]})


def test_a_value_that_is_no_number_names_the_cotangent_and_the_step():
    run = Run("rnn", ONE_UNIT, [[0], [1]], loss={"formula": "1/h"})
    with pytest.raises(RunError, match="division by 0"):
        run.gradients()


def test_a_run_with_a_loss_is_copied_with_it():
    from dataclasses import replace

    run = load_run(EXAMPLES / "recurrent.toml")
    german = replace(run, language="de")
    assert german.gradients().loss == run.gradients().loss
    assert "Rückwärts" in files_of(german)["preview.tex"]


def test_a_loss_in_a_run_file(tmp_path):
    text = 'cell = "rnn"\nx = [[0.5], [0.25]]\n[weights]\nweight_ih = [[0.1]]\nweight_hh = [[2]]\n'
    path = tmp_path / "run.toml"
    path.write_text(text + '[loss]\nformula = "(h - y)^2"\ny = [0.1, "1/3"]\n')
    assert load_run(path).loss.targets["y"][1][0] == Value.of("1/3").rational
    path.write_text(text + '[loss]\nformula = "(h - y)^2"\ny = [0.1]\n')
    with pytest.raises(RunError, match=r"run\.toml: loss\.y has shape \(1,\)"):
        load_run(path)
    path.write_text("loss = 3\n" + text)
    with pytest.raises(RunError, match="loss is 3, expected a table"):
        load_run(path)


#: A loss as it is typed, and the same in PyTorch.
LOSSES = {
    "log(1 + exp(-y*h))": lambda h, y: torch.log(1 + torch.exp(-y * h)),
    "sqrt(1 + (h - y)^2)": lambda h, y: torch.sqrt(1 + (h - y) ** 2),
    "abs(h - y)": lambda h, y: (h - y).abs(),
    "max(0, 1 - y*h) + min(h, y)": lambda h, y: torch.clamp(1 - y * h, min=0) + torch.minimum(h, y),
    "-y*log(sigma(h)) - (1 - y)*log(1 - sigma(h))": lambda h, y: torch.nn.functional.binary_cross_entropy_with_logits(
        h, y, reduction="none"
    ),
}


@pytest.mark.parametrize("formula", LOSSES)
def test_functions_in_a_loss(formula):
    """Its value and the gradients against autograd through nn.RNN; the tables of such a run are written."""
    weights = {"weight_ih_l0": [[0.5]], "weight_hh_l0": [[-0.25]], "bias_ih_l0": [0.125], "bias_hh_l0": [0.0]}
    rnn = torch.nn.RNN(1, 1, dtype=torch.float64)
    rnn.load_state_dict({k: torch.tensor(v, dtype=torch.float64) for k, v in weights.items()})
    x, y = [[0.5], [-1.0], [0.75]], [1.0, 0.0, 0.25]
    loss = LOSSES[formula](rnn(torch.tensor(x, dtype=torch.float64))[0], torch.tensor(y, dtype=torch.float64)[:, None])
    loss.sum().backward()
    run = Run.from_state_dict("rnn", rnn.state_dict(), x, suffix="_l0", loss={"formula": formula, "y": y})
    found = run.gradients()
    assert float(found.loss.decimal(15)) == pytest.approx(float(loss.sum().detach()), rel=1e-12)
    (((of_x,),), ((of_h,),)) = found["W_ih"], found["W_hh"]
    assert float(of_x.decimal(15)) == pytest.approx(float(rnn.weight_ih_l0.grad), rel=1e-12)
    assert float(of_h.decimal(15)) == pytest.approx(float(rnn.weight_hh_l0.grad), rel=1e-12)
    assert files_of(run)


TARGETS = {
    "classes": [2, 0, 1],
    "probabilities": [[0.25, 0.25, 0.5], [1, 0, 0], ["1/3", "1/3", "1/3"]],
}


@pytest.mark.parametrize("kind", TARGETS)
def test_cross_entropy_is_torchs(kind):
    torch.manual_seed(3)
    layer, x = torch.nn.GRU(2, 3, dtype=torch.float64), torch.randn(3, 2, dtype=torch.float64)
    target = torch.tensor([2, 0, 1])
    if kind == "probabilities":
        target = torch.tensor([[1 / 4, 1 / 4, 1 / 2], [1, 0, 0], [1 / 3, 1 / 3, 1 / 3]], dtype=torch.float64)
    loss = torch.nn.functional.cross_entropy(5 * layer(x)[0], target, reduction="sum")
    loss.backward()
    given = {"formula": "cross_entropy(5*h, y)", "y": TARGETS[kind]}
    found = Run.from_state_dict("gru", layer.state_dict(), x, suffix="_l0", loss=given).gradients()
    assert float(found.loss.decimal(15)) == pytest.approx(float(loss.detach()), rel=1e-12)
    blocks = [row for name in ("W_hr", "W_hz", "W_hn") for row in found[name]]
    expected = layer.weight_hh_l0.grad.tolist()
    for row, gradient in zip(blocks, expected, strict=True):
        assert [float(v.decimal(18)) for v in row] == pytest.approx(gradient, rel=1e-12)


def test_cross_entropy_is_printed_as_papers_write_it():
    run = random_run("rnn", units=2, steps=2, loss={"formula": "cross_entropy(h, y)", "y": [1, 0]})
    fragment = files_of(run)["backward.tex"]
    assert r"L &= \sum_{t} \mathbf{1}^{\top} (-y_{t} \odot \log{(\operatorname{softmax}(h_{t}) )})" in fragment
    (last, _) = run.gradients().at(2)[:2]
    assert last.unicode().startswith("Δh₂⁽¹⁾ = softmax(h₂)⁽¹⁾ − y₂⁽¹⁾ ≈ ")


@pytest.mark.parametrize(
    ("y", "said"),
    [
        ([0, 3, 1], "loss.y[1] is 3, expected a class from 0 to 2, or a row of probabilities"),
        ([0, 0.5, 1], "loss.y[1] is 1/2, expected a class from 0 to 2"),
        ([[1, 0, 0], [0.5, 0.5, 0.5], [0, 1, 0]], "loss.y[1] is a row with the sum 3/2 and the least entry 1/2"),
        ([[1, 0, 0], [2, -1, 0], [0, 1, 0]], "loss.y[1] is a row with the sum 1 and the least entry -1"),
        ([0, 1], "loss.y has shape (2,), expected (T, units) = (3, 3)"),
    ],
)
def test_a_target_of_a_cross_entropy_is_a_class_or_probabilities(y, said):
    with pytest.raises(RunError, match=re.escape(said)):
        random_run("rnn", units=3, loss={"formula": "cross_entropy(h, y)", "y": y})
