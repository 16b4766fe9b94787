"""Step values against torch and mpmath, and every printed formula against what it says itself."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import mpmath
import pytest
import reference
import torch
from formula_reader import value
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mpf
from printed_lines import check_relations, rounds_to
from runs import floats, random_run
from specimens import zoo
from torch import nn

import derive
from derive.cells import catalogue
from derive.errors import RunError
from derive.exact.value import Value
from derive.run.data import Run
from derive.run.number import computed
from derive.run.number import given as as_given
from derive.run.run_file import load_run

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
#: Cells of every kind: gates that see c, affine maps of products, means, exponential gates, vectors as weights.
CELLS = [
    "gru", "peephole_lstm", "slstm", "layer_norm_lstm", "indrnn", "mgu", "cifg_lstm", "antisymmetric_rnn",
    "lem", "rhn", "janet", "ligru",
]  # fmt: skip
CELLS = [name for name in CELLS if name in catalogue]


def states(run, name):
    """(T, units) of a state, as floats."""
    steps = run.steps()
    return torch.tensor(
        [[float(steps.value(t, name, k + 1)) for k in range(run.units[name])] for t in range(1, len(run.x) + 1)],
        dtype=torch.float64,
    )


# ---------------------------------------------------------------------- values


@pytest.mark.parametrize(("name", "module"), [("lstm", nn.LSTM), ("gru", nn.GRU), ("rnn", nn.RNN)])
def test_states_are_those_of_torch(name, module):
    torch.manual_seed(3)
    layer = module(3, 4, dtype=torch.float64)
    x = torch.randn(6, 3, dtype=torch.float64)
    run = Run.from_state_dict(name, layer.state_dict(), x, suffix="_l0")
    expected = layer(x)[0].detach()
    assert (states(run, "h") - expected).abs().max() < 1e-15
    assert run.hidden_size == 4


def test_initial_states_are_those_of_torch():
    torch.manual_seed(4)
    layer, x, h0, c0 = nn.LSTM(2, 3).double(), *(torch.randn(s, dtype=torch.float64) for s in ((4, 2), (1, 3), (1, 3)))
    run = Run.from_state_dict("lstm", layer.state_dict(), x, suffix="_l0", initial={"h": h0[0], "c": c0[0]})
    out, (_, c) = layer(x, (h0, c0))
    assert (states(run, "h") - out.detach()).abs().max() < 1e-15
    assert (states(run, "c")[-1] - c[0].detach()).abs().max() < 1e-15


@pytest.mark.parametrize("name", catalogue)
def test_every_cells_quantities_are_those_of_its_statements_in_torch(name, monkeypatch):
    run = random_run(name, steps=2)
    monkeypatch.setattr(reference, "SIZES", {"1": 1, "proj_size": 2, **run.sizes})
    monkeypatch.setattr(reference, "sizes_of", lambda cell: reference.SIZES)
    parameters = {n: torch.tensor(floats(p), dtype=torch.float64) for n, p in run.parameters.items()}
    initial = {s: torch.tensor([floats(v)], dtype=torch.float64) for s, v in run.initial.items()}
    inputs = tuple(torch.tensor(floats(x), dtype=torch.float64).unsqueeze(1) for x in run.sequences.values())
    for p in run.cell.parameters:
        if p.form == "antisymmetric":  # the reference forms V - V^T itself
            parameters[p.name] = torch.triu(parameters[p.name])
    found = reference.forward(run.cell, parameters, inputs, initial)
    for step in run.steps():
        expected = torch.atleast_1d(torch.as_tensor(found[step.t - 1][step.quantity]))
        expected = expected.expand(1, max(run.units[step.quantity], expected.shape[-1]))[0, step.unit - 1]
        assert float(step.value) == pytest.approx(float(expected), abs=1e-13, rel=1e-12), step


def test_the_coupled_units_against_mpmath():
    run = load_run(EXAMPLES / "recurrent.toml")
    with mpmath.workdps(60):
        numbers = {n: mpmath.matrix(_exact(t)) for n, t in run.weights.items()}
        h, c = (mpmath.matrix(_exact(run.initial[s])) for s in ("h", "c"))
        for t, x in enumerate(run.x, 1):
            a = numbers["weight_ih"] * mpmath.matrix(_exact(x)) + numbers["weight_hh"] * h
            a += numbers["bias_ih"] + numbers["bias_hh"]
            i, f, o = ([1 / (1 + mpmath.exp(-a[2 * b + k])) for k in range(2)] for b in (0, 1, 3))
            c = mpmath.matrix([f[k] * c[k] + i[k] * mpmath.tanh(a[4 + k]) for k in range(2)])
            h = mpmath.matrix([o[k] * mpmath.tanh(c[k]) for k in range(2)])
            for k in range(2):
                for name, oracle in (("c", c[k]), ("h", h[k])):
                    record = run.steps().step(t, name, k + 1).to_json()
                    assert abs(mpf(record["value"]) - oracle) <= mpf(10) ** -40 * 0.51


def _exact(tensor):
    return [_exact(t) for t in tensor] if isinstance(tensor, tuple) else mpf(int(tensor.p)) / int(tensor.q)


def test_the_lectures_published_values():
    steps = load_run(EXAMPLES / "lecture.toml").steps()
    assert [steps.value(t, "c").decimal(7) for t in range(1, 5)] == ["0.1973753", "0.2970433", "0.2970253", "0.2970029"]
    assert steps.value(4, "h").decimal(5) == "0.28857"
    assert steps.step(3, "i").to_json()["rounded"] == "4.54e-5"
    assert steps.step(3, "i").latex().endswith(r"= \sigma({-10}) \approx 4.54 \times 10^{-5}")


def test_the_linear_cells_memory_and_output():
    run = load_run(EXAMPLES / "linear.toml")
    for name, expected in {"c": [3, 7, 7, 7, 0], "h": [0, 0, 0, 7, 0]}.items():
        assert [round(float(run.steps().value(t, name))) for t in range(1, 6)] == expected


# ---------------------------------------------------------------------- what is printed


def every_run():
    yield from ((p.stem, load_run(p)) for p in sorted(EXAMPLES.glob("*.toml")))
    yield from ((name, random_run(name)) for name in CELLS)
    yield "zoo", random_run(zoo)
    yield "wide numbers", random_run("lstm", units=2, digits=11, decimals=3)


@pytest.mark.parametrize(("name", "run"), [pytest.param(n, r, id=n) for n, r in every_run()])
def test_every_formula_gives_the_value_printed_after_it(name, run):
    for step in run.steps():
        printed = step.to_json()["rounded"]
        latex = [text for _, text in step.chain[1:]]
        plain = re.split(" [=≈] ", step.unicode())[2:]
        assert len(latex) == len(plain)
        for text in [*latex[:-1], *plain[:-1]]:
            assert rounds_to(value(text), printed), f"{step}: {text} gives {value(text)}"
        assert value(latex[-1]) == value(plain[-1])
        assert rounds_to(value(latex[-1]), printed)


@pytest.mark.parametrize(("name", "run"), [pytest.param(n, r, id=n) for n, r in every_run()])
def test_equal_signs_are_true(name, run):
    """= stands only between equal values: of the quantity, of each formula as printed, of the decimal."""
    for step in run.steps():
        with mpmath.workdps(60):
            check_relations(step)


def test_a_line_reads_as_a_lecturer_writes_it():
    steps = load_run(EXAMPLES / "lecture.toml").steps()
    assert steps.step(1, "i").unicode() == (
        "i₁ = σ(W_ii x₁ + b_ii + W_hi h₀ + b_hi) = σ(0 · 0.2 + 100 · 1 + 0 · 0 − 10 + 0 · 0 + 0) = σ(90) ≈ 1.0000"
    )
    assert steps.step(4, "h").latex() == (
        r"h_{4} = o_{4} \odot \tanh(c_{4}) \approx 1.0000 \cdot \tanh(0.2970) \approx 0.2886"
    )
    assert repr(steps).count("\n") == 29
    two = load_run(EXAMPLES / "recurrent.toml").steps()
    assert two.step(1, "c", 2).unicode().startswith("c₁⁽²⁾ = f₁⁽²⁾ · c₀⁽²⁾ + i₁⁽²⁾ · g₁⁽²⁾ ≈ 0.82")


def test_more_digits_only_where_the_line_needs_them():
    steps = load_run(EXAMPLES / "lecture.toml").steps()
    assert r"1.0000 \cdot 0.1974" in steps.step(1, "c").latex()
    assert "0.1974 " not in steps.step(2, "c").latex()  # 0.1974 + 0.0997 would give 0.2971
    assert steps.step(2, "c").latex().endswith("0.2970")


def test_zero_that_is_none_is_never_printed():
    for _, run in every_run():
        for step in run.steps():
            if step.value.sign():
                assert Decimal(step.to_json()["rounded"].partition("e")[0]) != 0


numbers = st.fractions(max_denominator=10**6, min_value=-50, max_value=50)


@given(numbers, st.integers(0, 6), st.integers(0, 4))
def test_more_digits_are_nearer(number, decimals, further):
    for how in (as_given, computed):
        first, then = how(Value.of(number), decimals), how(Value.of(number), decimals, further)
        assert abs(then.rational - Value.of(number).rational) <= abs(first.rational - Value.of(number).rational)
        assert then.scientific == first.scientific


@settings(max_examples=30)
@given(st.lists(st.decimals(-2, 2, places=3), min_size=4, max_size=4), st.decimals(-3, 3, places=2), st.integers(1, 6))
def test_any_small_run_prints_true_lines(weights, x, decimals):
    a, b, c, d = map(str, weights)
    weights = {"weight_ih": [[a]], "weight_hh": [[b]], "bias_ih": [c], "bias_hh": [d]}
    for step in Run("rnn", weights, [[str(x)], ["0.5"]], decimals=decimals).steps():
        _, substituted = step.chain[1]
        assert rounds_to(value(substituted), step.to_json()["rounded"])


# ---------------------------------------------------------------------- access and errors


def test_steps_are_found_by_time_name_and_unit():
    run = load_run(EXAMPLES / "recurrent.toml")
    steps = run.steps()
    assert len(steps) == 4 * 12
    assert [s.quantity for s in steps.at(2)] == [q for q in "ifgoch" for _ in range(2)]
    assert all(steps.step(s.t, s.quantity, s.unit) is s for s in steps)
    assert steps.value(0, "h", 2) == Value.of("-0.2")
    with pytest.raises(RunError, match="unknown quantity of lstm 'k'"):
        steps.step(1, "k")
    for t, unit in ((0, 1), (5, 1), (1, 3)):
        with pytest.raises(RunError, match="t goes from 1 to 4, units to 2"):
            steps.step(t, "c", unit)
    for unit in (0, 3):
        with pytest.raises(RunError, match=f"no h of unit {unit} at t = 0"):
            steps.value(0, "h", unit)


def test_a_value_that_is_no_number_names_the_quantity_and_the_step():
    @derive.cell("Quotient")
    def quotient(x, h):
        a = derive.linear(x, bias=False)
        h = derive.linear(h, bias=False) / a
        return h

    weights = {"weight_ih": [[1]], "weight_hh": [[1]]}
    with pytest.raises(RunError, match="h at t = 2: division by 0"):
        Run(quotient, weights, [[1], [0]]).steps()


def test_tiny_values_keep_forty_digits_for_programs():
    """h at t = 5 of the lecture is about 1e-44: forty decimals of it would be zeros."""
    run = load_run(EXAMPLES / "lecture.toml")
    found = next(s for s in run.steps().to_json()["steps"] if (s["t"], s["quantity"]) == (5, "h"))
    digits, _, exponent = found["value"].partition("e")
    assert len(digits.replace(".", "")) == 40
    assert float(found["value"]) == float(run.steps().value(5, "h"))
    assert int(exponent) == -44


def test_a_computed_number_has_the_decimals_of_the_tables_and_a_given_one_its_own():
    weights = {"weight_ih": [[0.5]], "weight_hh": [[0.25]]}
    run = Run(derive.rnn.with_activations(tanh="identity"), weights, [[1], [1]])
    assert "= 0.5 · 1 + 0 + 0.25 · 0.5000 + 0 = " in run.steps().step(2, "h").unicode()
    assert as_given(Value.of("0.123456"), 4).unicode() == "0.123456"
    assert as_given(Value.of("0.1234567"), 4).unicode() == "0.1235"
