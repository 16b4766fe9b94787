"""Rows of gradients, the loss and updated weights in tables worked by hand, against what torch prints of them."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tables import fragment

from derive.claims.entries import Fault
from derive.document import checks
from derive.errors import RunError
from derive.run.data import Run
from derive.run.run_file import load_run

LECTURE = load_run(Path(__file__).resolve().parents[2] / "examples" / "lecture.toml")
TARGET = [[0.5, -0.25], [0.0, 1.0], [0.25, 0.125]]


def trained_cell():
    """The weights of an LSTM, its inputs, initial states and states with their gradients, its loss, and its run."""
    torch.manual_seed(7)
    layer = torch.nn.LSTMCell(2, 2, dtype=torch.float64)
    x = torch.randn(3, 2, dtype=torch.float64, requires_grad=True)
    start = h, c = [torch.zeros(2, dtype=torch.float64, requires_grad=True) for _ in range(2)]
    states, loss = [], 0.0
    run = Run("lstm", layer.state_dict(), x.detach(), loss={"formula": "(h - y)^2", "y": TARGET}, lr="0.125")
    for t in range(3):
        a = layer.weight_ih @ x[t] + layer.bias_ih + layer.weight_hh @ h + layer.bias_hh
        i, f, g, o = a.chunk(4)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
        h.retain_grad(), c.retain_grad()
        states.append((h, c))
        loss = loss + ((h - torch.tensor(TARGET[t], dtype=torch.float64)) ** 2).sum()
    loss.backward()
    return layer, x, start, states, loss.detach(), run


@pytest.fixture
def printed_by_torch():
    """A run, and what a program prints of all that, by the names of rows."""
    layer, x, start, states, loss, run = trained_cell()
    rows = {"loss": [loss]}
    for k in range(2):
        rows |= {f"d_{s}_{k + 1}": [both[q].grad[k] for both in states] for q, s in enumerate("hc")}
        rows[f"d_x_{k + 1}"] = x.grad[:, k]
    rows |= {f"{s}0": tensor.grad for s, tensor in zip("hc", start, strict=True)}
    before = {name: p.grad.clone() for name, p in layer.named_parameters()}
    torch.optim.SGD(layer.parameters(), lr=0.125).step()
    for new, tensors in (("", before), ("_new", dict(layer.named_parameters()))):
        for p in run.cell.parameters:
            block = tensors[p.tensor][2 * p.block : 2 * p.block + 2].detach()
            if p.kind == "matrix":
                rows |= {f"{p.name}_{k + 1}{new}": block[k] for k in range(2)}
            else:
                rows[f"{p.name}{new}"] = block
    rows["b_g"] = rows["b_ig"]
    return run, {name: [f"{float(v):.6f}" for v in row] for name, row in rows.items()}


def test_what_torch_prints_of_gradients_loss_and_updated_weights_agrees(printed_by_torch):
    run, rows = printed_by_torch
    check = replace(run, printed=rows, hand=rows, hand_decimals=6).check()
    assert len(check.printed) == len(check.rows) == sum(map(len, rows.values())) == 1 + 18 + 4 + 2 * (32 + 16) + 2
    assert check.holds
    assert {r.name for r in check.rows} == set(rows)


def test_the_gradient_of_a_weight_may_be_called_that(printed_by_torch):
    """d_W_ig_2 beside d_c, as its formulas have it, is W_ig_2."""
    run, rows = printed_by_torch
    renamed = {f"d_{name}": rows[name] for name in ("W_ig_2", "b_ig", "b_g")}
    check = replace(run, printed=renamed, hand=renamed, hand_decimals=6).check()
    assert len(check.printed) == len(check.rows) == 2 + 2 + 2
    assert check.holds
    with pytest.raises(RunError, match=r"gradient or updated parameter of lstm 'd_W_iq_2'; did you mean 'd_W_i"):
        replace(run, printed={"d_W_iq_2": rows["W_ig_2"]})


LATEX = {
    "d_c_2": r"$\delta c_{2}^{(2)}$ &", "d_x_2": r"$\delta x_{1}^{(2)}$ &", "h0": r"$\Delta h_{0}^{(2)}$ &",
    "W_ig_2": r"$\delta W_{ig}^{(2, 1)}$ &", "b_g": r"$\delta b_{g}^{(2)}$ &",
    "W_hf_1_new": r"$W_{hf}^{(1, 2)}$ (neu) &", "loss": "$L$ &",
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "k", "place"),
    [
        ("d_c_2", 1, "δc₂⁽²⁾"),
        ("d_x_2", 0, "δx₁⁽²⁾"),
        ("h0", 1, "Δh₀⁽²⁾"),
        ("W_ig_2", 0, "δW_ig[2, 1]"),
        ("b_g", 1, "δb_g[2]"),
        ("W_hf_1_new", 1, "W_hf[1, 2] (new)"),
        ("loss", 0, "L"),
    ],
)
def test_a_wrong_gradient_is_found_and_named(printed_by_torch, name, k, place):
    run, rows = printed_by_torch
    right = rows[name][k]
    rows[name][k] = f"{float(right) + 1:.6f}"
    check = replace(run, printed=rows).check()
    assert [(r.name, r.spot.row) for r in check.misprinted] == [(name, name)]
    assert repr(check).startswith(f"Printed {place} was {rows[name][k]}; exactly it is")
    german = replace(run, hand={name: rows[name]}, language="de", hand_decimals=3)
    assert LATEX[name] in fragment(checks.section, german)
    assert "Falsch auf 3 Nachkommastellen" in repr(german.check())


def test_a_formula_of_a_gradient_may_be_of_numbers():
    """δc_4 = -0.01048, L = 0.0000654."""
    run = replace(LECTURE, hand_decimals=3)
    hand = {"d_c": ["-0.0105", "-1.05*0.01=-0.0105", "0.3*-0.1~-0.03", "0.5*-0.021~-0.02", "0"], "loss": ["0.0001"]}
    check = replace(run, hand=hand).check()
    faults = [r.faults for r in check.rows]
    assert faults == [(), (), (Fault.NUMBERS,), (Fault.VALUE,), (), ()]
    assert "With the cell's own values 0.3*-0.1 gives −0.0300." in repr(check)
    assert "0.5*-0.021 is −0.0105." in repr(check)


def one_step():
    """An LSTM's first step with two units, and what torch says of it."""
    torch.manual_seed(3)
    layer = torch.nn.LSTMCell(2, 2, dtype=torch.float64)
    x, c0 = torch.tensor([1.0, -0.5], dtype=torch.float64), torch.tensor([0.5, 0.25], dtype=torch.float64)
    c0.requires_grad_()
    i, f, g, o = (layer.weight_ih @ x + layer.bias_ih + layer.bias_hh).chunk(4)
    c = f.sigmoid() * c0 + i.sigmoid() * g.tanh()
    c.retain_grad()
    loss = ((o.sigmoid() * c.tanh() - torch.tensor([0.5, 0.25])) ** 2).sum()
    loss.backward()
    keys = {"loss": {"formula": "(h - y)^2", "y": [[0.5, 0.25]]}, "lr": "0.1", "initial": {"c": c0.detach()}}
    return Run("lstm", layer.state_dict(), [[1, -0.5]], **keys, hand_decimals=4), layer, c, c0, loss.detach()


def test_formulas_with_names_in_rows_of_gradients():
    """Right in any order, with a derivative written in any way, and where what is 0 is left out; else wrong."""
    run, layer, c, c0, loss = one_step()
    d_c, d_w = c.grad, layer.weight_ih.grad[4:6]
    w = layer.weight_ih[4:6].detach()
    right = {
        "d_c_1": [("tanh(c)^2*-1*d_h*o + o*d_h + d_c_next", d_c[0])],
        "d_c_2": [("d_h*o*(1 - tanh(c)^2)", d_c[1])],
        "W_ig_2": [("d_a_g*x_1", d_w[1, 0]), ("x_2*d_a_g_2", d_w[1, 1])],
        "d_a_g_1": [("d_c*i*(1 - g^2)", layer.bias_ih.grad[4])],
        "d_a_g_2": [("2*(h - y)*o*(1 - tanh(c)^2)*i*(1 - g^2)", layer.bias_ih.grad[5])],
        "W_ig_2_new": [("W_ig - lr*d_W_ig", (w - 0.1 * d_w)[1, 0]), ("W_ig - 0.1*d_W_ig", (w - 0.1 * d_w)[1, 1])],
        "b_g": [("d_a_g", layer.bias_ih.grad[4]), ("d_a_g", layer.bias_ih.grad[5])],
        "c0": [("f*d_c", c0.grad[0]), ("d_c*f_2", c0.grad[1])],
        "loss": [("(h_1 - y_1)^2 + (h_2 - y_2)^2", loss)],
    }
    hand = {name: [f"{formula}~{float(value):.5f}" for formula, value in row] for name, row in right.items()}
    check = replace(run, hand=hand).check()
    assert not [(r.name, r.faults) for r in check.rows if any(f.is_error for f in r.faults)]
    assert check.holds
    assert not any(r.faults for r in check.rows if r.name != "W_ig_2_new")
    wrong = {
        "d_c_2": [f"d_h*o*(1 - tanh(c))~{float(d_c[1]):.5f}"],
        "c0": [f"d_c*i~{float(c0.grad[0]):.5f}", "d_c*c_prev_1~0.1"],
        "W_ig_2_new": ["W_ig + lr*d_W_ig~0.1", "0"],
        "d_a_g_2": [f"(h - y)*o*(1 - tanh(c)^2)*i*(1 - g^2)~{float(layer.bias_ih.grad[5]):.5f}"],
    }
    check = replace(run, hand=wrong).check()
    assert [Fault.FORMULA in r.faults for r in check.rows] == [True, True, True, True, False, True]
    said = repr(check)
    assert "By the cell δcₜ is Δcₜ + δhₜ ⊙ oₜ ⊙ (1 − tanh(cₜ)²), not d_h*o*(1 - tanh(c))" in said
    assert " is δcₜ ⊙ fₜ, not d_c*i" in said
    assert "By the cell W_ig is W_ig − η δW_ig, not W_ig + lr*d_W_ig" in said
    assert r"$\delta c_{t} \odot f_{t}$" in fragment(checks.section, replace(run, hand=wrong))


def test_numbers_in_the_places_of_names_in_an_update():
    """W = 2 - 0.1 δW with the weight's own number is right, with another its numbers are wrong, with + the formula."""
    run, layer, *_ = one_step()
    w, d_w = layer.weight_ih[4].detach(), layer.weight_ih.grad[4]
    number, after = (f"{float(n):.8f}" for n in (w[0], (w - 0.1 * d_w)[0]))
    for formula, faults in (("- 0.1", ()), ("- lr", ()), ("+ lr", (Fault.FORMULA,)), ("+ 1 - lr", (Fault.FORMULA,))):
        row = replace(run, hand={"W_ig_1_new": [f"{number} {formula}*d_W_ig~{after}", "0"]}).check().rows[0]
        assert tuple(f for f in row.faults if f in (Fault.FORMULA, Fault.NUMBERS)) == faults


@pytest.mark.parametrize(
    ("hand", "said"),
    [
        (
            {"W_ig": ["i*2~3", "0", "0"]},
            "W_ig[0] is 'i*2~3': W_ig is a sum over 5 time steps, in which a name has several",
        ),
        ({"d_c": ["k*2~3", "0", "0", "0", "0"]}, "d_c[0] is 'k*2~3': unknown name in a formula of d_c 'k'. Known: "),
    ],
)
def test_a_name_in_a_formula_of_a_gradient_has_one_value(hand, said):
    with pytest.raises(RunError, match=re.escape(f"hand_table.{said}")):
        replace(LECTURE, hand=hand).check()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"hand": {"W_iii": ["1"]}}, "hand_table: unknown gradient or updated parameter of lstm 'W_iii'; did you mean"),
        ({"hand": {"d_k": ["1"]}}, "unknown gradient or updated parameter of lstm 'd_k'"),
        ({"hand": {"W_ig": ["1"]}}, "hand_table.W_ig has 1 entry, expected 3: one per entry of it"),
        ({"hand": {"loss": ["1", "2"]}}, "hand_table.loss has 2 entries, expected 1"),
        ({"printed": {"loss": "small"}}, "printed.loss[0] is 'small', expected a printed decimal"),
        ({"printed": {"W_ig_new": [1, 0, 0]}, "lr": None}, "W_ig_new needs a learning rate, and the run has none"),
        ({"printed": {"d_c": [0] * 5}, "lr": None, "loss": None}, "d_c needs a loss, and the run has none"),
    ],
)
def test_a_row_of_a_gradient_is_one_that_the_run_has(changed, said):
    with pytest.raises(RunError, match=re.escape(said)):
        replace(LECTURE, **changed)


def test_names_in_a_sum_over_several_steps_are_told_what_to_write():
    said = "W_ig is a sum over 5 time steps, .*; write their numbers in the places of names, a term for each step"
    with pytest.raises(RunError, match=said):
        replace(LECTURE, hand={"W_ig": ["d_a_g*x ~ 0.1", "0", "0"]}).check()
    entry = replace(LECTURE, hand={"W_ig": ["0.1*1 + 0.2*3 ~ 0.7", "0", "0"]}).check().rows[0]
    assert float(entry.gives.decimal(3)) == 0.7
