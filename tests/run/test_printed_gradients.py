"""Every printed line of a backward pass against what it says itself."""

from __future__ import annotations

import json
import re

import mpmath
import pytest
import torch
from backpropagated import CELLS, EXAMPLES, RUNS, autograd, grad, numbers
from formula_reader import value
from printed_lines import check_relations, rounds_to
from runs import random_run, trained_run
from sympy import Eq, Symbol, symbols
from tables import fragment

from derive import linear
from derive.cells import catalogue
from derive.definition.cell import Cell
from derive.document import backward
from derive.document.tables import files_of
from derive.exact.value import Value
from derive.run.data import Run
from derive.run.run_file import load_run
from derive.statements.parameter import Parameter
from derive.symbolic.activations import tanh
from derive.symbolic.expressions import symbols_in_order


@pytest.mark.parametrize("run", RUNS)
def test_every_printed_line_gives_the_value_printed_after_it(run):
    for step in run.gradients().records:
        printed = step.to_json()["rounded"]
        latex = [text for _, text in step.chain[1:]]
        plain = re.split(" [=≈] ", step.unicode())[2:]
        assert len(latex) == len(plain)
        for text in [*latex, *plain]:
            assert rounds_to(value(text), printed), f"{step}: {text} gives {value(text)}"
        if len(step.chain) > 1:
            with mpmath.workdps(60):
                check_relations(step)


SMALL = [*(load_run(EXAMPLES / f"{name}.toml") for name in ("lecture", "linear")),
         *(trained_run(name) for name in ("rnn", "indrnn", "fast_grnn", "mgu", "antisymmetric_rnn", "real_lru")),
         trained_run("peephole_lstm", units=1, inputs=2)]  # fmt: skip


@pytest.mark.parametrize("run", SMALL, ids=lambda run: run.cell.name)
def test_the_sums_of_a_small_run_give_every_entry_of_its_gradients(run):
    """Read by itself, each sum with its numbers gives the value that is printed; that is the gradient's entry."""
    found = run.gradients()
    learned = [p for p in run.cell.parameters if p.learned and p.form == "full"]
    assert list(dict.fromkeys(s.quantity for s in found.sums)) == [f"d_{p.name}" for p in learned]
    for p in learned:
        lines = [s for s in found.sums if s.quantity == f"d_{p.name}"]
        entries = torch.tensor(numbers(found[p.name]), dtype=torch.float64).reshape(-1).tolist()
        assert [float(s.value) for s in lines] == pytest.approx(entries, rel=1e-12, abs=0)
        assert len({s.left for s in lines}) == len(lines)
    for step in found.sums:
        plain = re.split(" [=≈] ", step.unicode())[2:]
        for text in [*(text for _, text in step.chain[1:]), *plain]:
            assert rounds_to(value(text), step.to_json()["rounded"]), f"{step}: {text} gives {value(text)}"
        with mpmath.workdps(60):
            check_relations(step)


def test_sums_read_as_a_lecturer_writes_them():
    lines = [s.unicode() for s in trained_run("rnn", units=1, inputs=1, digits=1).gradients().sums]
    assert [line.partition(" ≈ ")[0].partition(" = ")[2] for line in lines] == [
        "Σₜ δa_hₜ · xₜ", "Σₜ δa_hₜ", "Σₜ δa_hₜ · hₜ₋₁", "Σₜ δa_hₜ"
    ]  # fmt: skip
    (second,) = (s for s in load_run(EXAMPLES / "lecture.toml").gradients().sums if s.left.endswith("W_{ig}^{(1, 2)}"))
    assert second.latex().startswith(
        r"\delta W_{ig}^{(1, 2)} = \sum_{t} \delta a_{g, t} \cdot x_{t}^{(2)} \approx {-0.010071} \cdot 1 - 0.010376 "
    )
    (scalar,) = (s for s in trained_run("fast_grnn").gradients().sums if s.quantity == "d_nu")
    assert r"\delta \nu = \sum_{t} \delta p_{2, t} p_{2} (1 - p_{2})" in scalar.latex()  # p_2 stands for σ(ν)


def test_the_sum_of_a_scalar_is_over_vectors():
    """1ᵀ sums the entries of a product of vectors, ⊙; between the single units that follow stands a dot."""
    h, s, x = symbols("h s x")
    scalar = Parameter(s, "scalar", tensor="s")
    equation = Eq(h, s * tanh(linear(x)), evaluate=False)
    cell = Cell.from_equations("scaled", [equation], states=["h"], declared=(scalar,))
    run = Run(cell, {"weight_ih": [[1], [2]], "s": 1}, [[1]], loss={"formula": "h^2/2"}, decimals=2)
    (line,) = (step.unicode() for step in run.gradients().sums if step.quantity == "d_s")
    assert line.startswith("δs = Σₜ 1ᵀ(δhₜ ⊙ tanh(a_hₜ)) ≈ 0.762 · 0.762 + 0.964 · 0.964 ≈ 1.51"), line


def test_many_steps_or_entries_have_no_sums():
    assert trained_run("rnn", steps=7).gradients().sums == ()
    assert trained_run("rnn", units=5, inputs=4).gradients().sums == ()
    assert len(trained_run("rnn", steps=6).gradients().sums) == 12


def read(cell):
    return float(value(cell.strip().strip("$").replace("{\\times}", r" \times ").replace(r"\scriptstyle", "")))


@pytest.mark.parametrize("name", ["layer_norm_lstm", "layer_norm_lstm_gates"])
def test_one_number_for_all_units_has_no_unit_where_it_is_read(name):
    gradients = trained_run(name, steps=2).gradients()
    for t in (1, 2):
        numbers = {s.left for s in gradients.at(t) if "^{(" not in s.left and r"\delta x" not in s.left}
        assert numbers
        for s in gradients.at(t):
            assert not [d for d in numbers if f"{d}^{{(" in s.chain[0][1]], s


@pytest.mark.parametrize("run", RUNS)
def test_the_tables_of_the_fragment_are_autograds_numbers(run, monkeypatch):
    """Every number of both tables, read again from the LaTeX, by the names in the heads of the rows."""
    _, parameters, inputs, initial, steps = autograd(run, monkeypatch)
    latex = run.adjoint.derivation.notation.symbol_latex
    expected = {}
    for q in steps[0]:
        tensors = [env[q] for env in steps]
        if q in {s.target.name for s in run.cell.statements}:
            for unit in range(tensors[0].numel()):
                name = latex(f"d_{q}") + (f"^{{({unit + 1})}}" if tensors[0].numel() > 1 else "")
                expected[name] = [grad(t).reshape(-1)[unit].item() for t in tensors]
    quantities = set(expected)
    for k in range(run.input_size):
        unit = "" if run.input_size == 1 else f"^{{({k + 1})}}"
        expected[rf"\delta {run.cell.input}_{{t}}{unit}"] = inputs[0].grad[:, 0, k].tolist()
    for p in run.cell.parameters:
        if not p.learned:
            continue
        gradient = grad(parameters[p.name])
        rows = gradient if p.kind == "matrix" else [gradient.reshape(-1)]
        for k, row in enumerate(rows, 1):
            expected[latex(f"d_{p.name}") + (f"^{{({k})}}" if len(rows) > 1 else "")] = row.tolist()
    for s, tensor in initial.items():
        expected[latex(f"d_{s}").replace(r"\delta", r"\Delta").replace("_{t}", "_{0}").replace(", t}", ", 0}")] = grad(
            tensor
        )[0].tolist()
    compared = set()
    for line in fragment(backward.section, run).splitlines():
        head, *cells = line.removesuffix(r" \\").split(" & ")
        name = head.strip("$").partition(" = ")[0]
        if not line.endswith(r"\\") or name not in expected or not head.startswith("$"):
            continue
        found = [read(c) for c in cells if c.strip()]
        compared.add(name)
        for number, oracle in zip(found, expected[name], strict=True):
            assert number == pytest.approx(oracle, rel=0.006, abs=0.51 * 10**-run.decimals), name
            assert (number == 0) <= (abs(oracle) < 1e-15), name
    assert not set(expected) - quantities - compared
    assert len(compared & quantities) >= len(run.cell.states)


def test_the_lecture_forgets_what_it_has_reset():
    """The fourth output is 0.3 too small by 0.0114; the gradient runs along the memory to the first input, undamped."""
    found = load_run(EXAMPLES / "lecture.toml").gradients()
    assert [found.value(t, "d_c_next").decimal(4) for t in (0, 1, 2, 3)] == ["-0.0105"] * 4
    assert found.value(4, "d_h").decimal(4) == "-0.0114"
    assert found.value(5, "d_c").significant(3).rational < Value.of("1e-40").rational
    assert found["W_ig"][0][0].decimal(4) == "-0.0031"


def test_a_saturated_gate_keeps_its_derivative():
    """1 - i of i = σ(90) is printed as the number that it is, not as 1 - 1.0000."""
    found = load_run(EXAMPLES / "lecture.toml").gradients()
    (step,) = (s for s in found.at(2) if s.quantity == "d_a_i")
    assert step.latex() == (
        r"\delta a_{i, 2} = \delta i_{2} \odot i_{2} \odot (1 - i_{2})"
        r" \approx {-0.0010445} \cdot 1.0000000 \cdot (8.19401 \times 10^{-40}) \approx {-8.56 \times 10^{-43}}"
    )


def test_lines_read_as_a_lecturer_writes_them():
    found = load_run(EXAMPLES / "recurrent.toml").gradients()
    lines = {(s.t, s.quantity, s.unit): s.unicode() for s in found.records}
    assert lines[4, "d_h_next", 2] == "Δh₄⁽²⁾ = h₄⁽²⁾ − y₄⁽²⁾ ≈ 0.2752 − (−1) ≈ 1.2752"
    assert lines[4, "d_c_next", 1] == "Δc₄⁽¹⁾ = 0"
    assert lines[4, "d_g", 1] == "δg₄⁽¹⁾ = δc₄⁽¹⁾ · i₄⁽¹⁾ ≈ 0.1271 · 0.4640 ≈ 0.0590"
    assert lines[3, "d_h_next", 1].startswith("Δh₃⁽¹⁾ = h₃⁽¹⁾ − y₃⁽¹⁾ + W_hiᵀ⁽¹⁾ δa_i₄ + W_hfᵀ⁽¹⁾ δa_f₄ + ")
    assert lines[1, "d_x", 2].startswith("δx₁⁽²⁾ = W_iiᵀ⁽²⁾ δa_i₁ + ")
    assert [s.t for s in found.records] == sorted((s.t for s in found.records), reverse=True)


def test_gradients_at_a_prompt_in_a_notebook_and_in_latex():
    found = load_run(EXAMPLES / "recurrent.toml").gradients()
    lines = repr(found).splitlines()
    assert lines[0] == "Two coupled units: L ≈ 1.7118"
    assert "δh_2    −0.5150  −1.1417  −0.1974   1.2752" in lines
    assert "δb_ii     0.0563   0.2092" in lines
    assert found.latex().count(r"\begin{tabular}") == 2
    assert found._repr_html_().count("<table") == 2


def test_the_json_holds_every_cotangent_and_gradient():
    run = load_run(EXAMPLES / "lecture.toml")
    record = json.loads(files_of(run)["steps.json"])["backward"]
    assert record["loss"]["rounded"] == "6.54e-5"
    assert len(record["steps"]) == len(run.gradients().records)
    assert record["steps"][0]["quantity"] == "d_h_next"
    assert record["gradients"]["W_ig"][0][0]["rounded"] == "-0.0031"
    assert [len(row) for row in record["gradients"]["x"]] == [3] * 5
    assert set(record["gradients"]) >= {"W_ii", "b_ho", "x", "h0", "c0"}
    assert "backward" not in json.loads(files_of(random_run("rnn"))["steps.json"])


def test_every_cell_of_the_tests_is_in_the_catalogue():
    assert set(CELLS) <= set(catalogue)
    assert list(symbols_in_order(load_run(EXAMPLES / "lecture.toml").loss.expr)) == [Symbol("h"), Symbol("y")]
