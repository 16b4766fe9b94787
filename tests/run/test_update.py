"""A step of gradient descent in exact numbers against torch.optim.SGD, and its table."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from runs import random_run, trained_run
from tables import joined

from derive.document.tables import files_of
from derive.errors import DeriveError, RunError
from derive.exact.value import Value
from derive.run.data import Run
from derive.run.run_file import load_run

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.mark.parametrize(("name", "module"), [("lstm", torch.nn.LSTM), ("gru", torch.nn.GRU)])
def test_a_step_is_that_of_sgd(name, module):
    torch.manual_seed(5)
    layer = module(2, 3, dtype=torch.float64)
    x, y = (torch.randn(s, dtype=torch.float64) for s in ((4, 2), (4, 3)))
    loss = {"formula": "(h - y)^2/2", "y": y}
    updated = Run.from_state_dict(name, layer.state_dict(), x, suffix="_l0", loss=loss).updated(lr=0.125)
    ((layer(x)[0] - y) ** 2 / 2).sum().backward()
    torch.optim.SGD(layer.parameters(), lr=0.125).step()
    tensors = {}
    for p in updated.run.cell.parameters:
        tensors.setdefault(f"{p.tensor}_l0", []).extend(updated[p.name])
    assert set(tensors) == set(layer.state_dict())
    for tensor, rows in tensors.items():
        found = torch.tensor([[float(v) for v in row] if isinstance(row, tuple) else float(row) for row in rows])
        torch.testing.assert_close(found, getattr(layer, tensor).detach().float(), rtol=1e-6, atol=1e-7)
        first = rows[0][0] if isinstance(rows[0], tuple) else rows[0]
        assert float(first) == pytest.approx(getattr(layer, tensor).flatten()[0].item(), rel=1e-12)


def test_the_stored_matrix_is_moved_and_constants_are_not():
    run = trained_run("antisymmetric_rnn")
    updated = run.updated("1/3")
    for j, row in enumerate(run.weights["weight_hh"]):
        for k, number in enumerate(row):
            expected = Value.of(number) - run.gradients()["W_hh"][j][k] / 3
            assert updated["W_hh"][j][k].decimal(30) == expected.decimal(30)
    constants = {p.name for p in run.cell.parameters if p.kind == "constant"}
    assert constants
    assert not constants & set(updated)
    with pytest.raises(DeriveError, match="unknown learned parameter of antisymmetric_rnn 'W_xx'"):
        updated["W_xx"]


def test_the_table_has_every_number_with_its_gradient():
    run = load_run(EXAMPLES / "recurrent.toml")
    rows = [re.split(r" {2,}", line) for line in repr(run.updated(lr=0.5)).splitlines()[2:]]
    assert len(rows) == 8 * (2 + 2 + 1 + 1)
    assert rows[3][:2] == ["W_ii[2, 2]", "0.8"]
    for _, *numbers in rows:
        before, gradient, after = (float(n.replace("−", "-").replace("×10⁻", "e-").translate(RAISED)) for n in numbers)
        assert after == pytest.approx(before - gradient / 2, abs=1e-4)
    tabular = joined(run.updated(lr=0.5).latex())
    assert r"& \multicolumn{2}{c}{before} & \multicolumn{2}{c}{gradient} & \multicolumn{2}{c@{}}{after}" in tabular
    assert "$W_{ii}^{(2, 2)}$ & $0.8$ &" in tabular
    assert run.updated(lr=0.5)._repr_html_().count("<tr>") == len(rows) + 1


RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")


def test_a_run_with_a_learning_rate_shows_the_step():
    run = replace(load_run(EXAMPLES / "lecture.toml"), language="de", lr="0.25")
    files = files_of(run)
    assert r"mit $\eta = {0{,}25}$" in files["update.tex"]
    assert "Ein Schritt des Gradientenabstiegs" in files["steps.html"]
    assert '"lr": "1/4"' in files["steps.json"]
    assert repr(run.updated()) == repr(run.updated(lr=0.25))


@pytest.mark.parametrize(
    ("lr", "said"),
    [
        (0, "lr is 0, expected a positive number such as 0.1"),
        (-0.5, "lr is -0.5, expected a positive number"),
        ([0.1], "lr is [0.1], expected a positive number"),
        ("fast", "lr is fast, expected a finite real number"),
        (None, "the run has no learning rate: give it one, as in run.updated(lr=0.1)"),
    ],
)
def test_a_learning_rate_is_a_positive_number(lr, said):
    with pytest.raises(RunError, match=re.escape(said)):
        trained_run("rnn").updated(lr)


def test_a_step_needs_a_loss():
    with pytest.raises(RunError, match="the run has no loss"):
        random_run("rnn").updated(lr=0.1)
    with pytest.raises(RunError, match="lr is given, and the run has no loss to descend on"):
        random_run("rnn", lr=0.1)
