"""Rounding: generated modules in float32 and bfloat16 against the bounds that are certified of them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from runs import floats, random_run
from sympy import Rational

import derive
from derive import linear, softmax
from derive.approximation.claim import x
from derive.definition.define import cell
from derive.errors import DeriveError
from derive.exact.value import Value
from derive.symbolic.activations import ACTIVATIONS, tanh
from derive.symbolic.evaluation import evaluate

np = pytest.importorskip("numpy")
torch = pytest.importorskip("torch")
rounding = pytest.importorskip("derive.enclosure.rounding")

TYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def layer_of(run, dtype):
    """The generated layer with a run's weights."""
    named = {s: run.sizes[s] for s in (*run.cell.heads, *run.cell.named_sizes)}
    layer = derive.build(run.cell).Layer(run.input_size, run.hidden_size, **named)
    own = layer.state_dict()
    layer.load_state_dict({name: torch.tensor(floats(run.weights[name.removesuffix("_l0")])) for name in own})
    return layer.to(dtype)


CELLS = ["lstm", "gru", "slstm", "mlstm", "rwkv", "layer_norm_lstm_gates", "clockwork_rnn", "phased_lstm"]


@pytest.fixture(scope="module", params=CELLS)
def run(request):
    return random_run(request.param, units=3, inputs=2, steps=4)


@pytest.mark.parametrize("machine", TYPES)
def test_what_the_generated_code_gives_is_within_the_bounds(run, machine):
    """The layer's compiled kernels and its plain loop, against exact steps on the numbers as stored."""
    found = run.certify(machine=machine)
    layer = layer_of(run, TYPES[machine])
    inputs = [torch.tensor(floats(rows)).to(TYPES[machine])[:, None, :] for rows in run.sequences.values()]
    steps, state, largest = found.run.steps(), run.cell.states[0], 0.0
    for kernels in (True, False):
        layer.kernels = kernels
        with torch.no_grad():
            outputs = layer(*inputs)[0][:, 0, :].double().tolist()
        for t, row in enumerate(outputs, 1):
            for unit, output in enumerate(row, 1):
                error = Value.of(Rational(*output.as_integer_ratio())) - steps.value(t, state, unit)
                e = found[t, f"{state}_{unit}"]
                assert e.error[0] <= error <= e.error[1]
                largest = max(largest, abs(float(error)) / max(float(e.largest_error), 1e-30))
    assert largest > 0.001  # the bound says something


def test_numbers_are_taken_as_they_are_stored():
    """0.1 in float32 is 13421773/134217728; in bfloat16 it is 205/2048."""
    run = replace(random_run("rnn", units=1, inputs=1), x=[[0.1]], columns=())
    assert run.certify(machine="float32").run.x == ((Rational(13421773, 134217728),),)
    assert run.certify(machine="bfloat16").run.x == ((Rational(205, 2048),),)


def test_a_bound_grows_with_the_unit_of_the_type_and_with_the_box():
    run = random_run("gru", units=2)
    box = {"x1": (-Rational(1, 8), Rational(1, 8))}
    widths = [
        float(found[3, "h_1"].error[1] - found[3, "h_1"].error[0])
        for found in (run.certify(machine="float32"), run.certify(box=box, machine="float32"))
    ]
    wide = run.certify(machine="bfloat16")[3, "h_1"].error
    assert 0 < widths[0] <= widths[1] < 1e-5 < 1e-3 < float(wide[1] - wide[0])


@pytest.mark.parametrize("name", [n for n, a in ACTIVATIONS.items() if a.torch and n != "identity"])
def test_the_bound_of_a_function_holds_for_torch(name):
    """An activation as generated code writes it, in float32, against exact values at the same numbers."""
    formula, parameters = ACTIVATIONS[name](x), {k: float(v) for k, v in ACTIVATIONS[name].defaults.items()}
    places = torch.linspace(-6, 6, 41, dtype=torch.float32)
    text = ACTIVATIONS[name].torch.format(x="places", **parameters)
    values = eval(text, {"torch": torch, "F": torch.nn.functional, "places": places})
    with np.errstate(all="ignore"):
        cells = rounding.arrays.points(places.double().numpy())
        bounds = np.broadcast_to(rounding.off(formula, cells, rounding.FORMATS["float32"]), (41,))
    for place, value, bound in zip(places.tolist(), values.double().tolist(), bounds, strict=True):
        exact = evaluate(formula, {x: Value.of(Rational(*place.as_integer_ratio()))})
        error = abs(Value.of(Rational(*value.as_integer_ratio())) - exact)
        assert error <= Rational(*float(bound).as_integer_ratio()), (place, value)


def test_a_table_of_steps_has_no_bound_and_is_named():
    steps = derive.table(tanh, entries=16, interpolate=False)
    run = random_run(derive.rnn.with_activations(tanh=steps), units=1)
    with pytest.raises(DeriveError, match="tanh_table_16 steps: rounding may take a machine to the next entry"):
        run.certify(machine="float32")[1, "h"].error  # noqa: B018


def test_a_table_of_lines_is_rounded_within_its_bound():
    table = derive.table(tanh, entries=32)
    run = random_run(derive.rnn.with_activations(tanh=table), units=2)
    found = run.certify(machine="float32")
    layer = layer_of(run, torch.float32)
    with torch.no_grad():
        outputs = layer(torch.tensor(floats(run.x))[:, None, :])[0][:, 0, :].double().tolist()
    for t, row in enumerate(outputs, 1):
        for unit, output in enumerate(row, 1):
            error = Value.of(Rational(*output.as_integer_ratio())) - found.run.steps().value(t, "h", unit)
            ends = found[t, f"h_{unit}"].error
            assert ends[0] <= error <= ends[1]


def test_numbers_by_expm1_are_enclosed():
    errors = [e.largest_error for e in random_run("lif", units=2).certify(machine="float32")]
    assert max(errors) < 2e-6


@pytest.mark.parametrize("machine", TYPES)
def test_a_count_of_steps_is_exact_and_so_is_its_floor(machine):
    """Which units of a clockwork change, 1, 2, 4 and 8 steps apart, is certain; those that rest keep their numbers."""
    found = random_run("clockwork_rnn", units=4, steps=9).certify(machine=machine)
    assert all(found[t, f"t_{k}"].largest_error == 0 for t in range(1, 10) for k in range(1, 5))
    assert [found[t, "h_4"].largest_error > 0 for t in (1, 7, 8, 9)] == [False, False, True, True]
    assert found[8, "h_4"].largest_error == found[9, "h_4"].largest_error


def test_what_is_added_to_a_stored_number_is_all_that_its_sum_is_off_by():
    """The stabiliser of an sLSTM starts at -1e30, beside which float32 has no number nearer than 1e22."""
    for name, quantity in (("slstm", "m_hat"), ("slstm_exp", "m_hat"), ("mlstm", "m_hat"), ("rwkv", "s")):
        found = random_run(name, units=2, steps=2).certify(machine="float32")
        unit = "_1" if found.run.units[quantity] > 1 else ""
        assert found[1, quantity + unit].largest_error < 10
        assert found[2, quantity + unit].largest_error < 1e-5


@pytest.mark.parametrize("name", ["layer_norm_lstm", "layer_norm_lstm_stored", "layer_norm_lstm_gates"])
def test_standard_scores_are_bounded_whatever_their_spread_is_off_by(name):
    """Of n units none is further than √n deviations from the mean, though rounding may be more than the deviation."""
    found = random_run(name, units=2, steps=4).certify(machine="bfloat16")
    assert all(e.largest_error.is_finite() for e in found)
    assert any(e.largest_error > 1 for e in found)


def test_what_may_overflow_has_no_bound_behind_tanh_either():
    """An infinite number less another is none, which tanh leaves as it is."""
    weights = {"weight_ih": [[100]], "weight_hh": [[0]], "bias_ih": [0], "bias_hh": [0]}
    run = replace(random_run("rnn", units=1, inputs=1), x=[[Rational(3) * 10**38]], weights=weights, columns=())
    with pytest.raises(DeriveError, match="certified in float32; a_h at t = 1 is the first without one; take fewer"):
        run.certify(machine="float32")[1, "h"].error  # noqa: B018


@cell("Shares of a state")
def shares(x, h):
    p = softmax(h)
    h = p + linear(x)
    return h


def test_the_difference_from_the_largest_in_a_softmax_is_rounded():
    """-70 - 7/2²¹ is stored as -70, so that the smaller share is off by as much of itself: 28 units."""
    weights = {"weight_ih": [[0], [0]]}
    run = derive.Run(shares, weights, [[0]], initial={"h": [Rational(7, 2**21), -70]})
    found = run.certify(machine="float32")
    layer = layer_of(run, torch.float32)
    with torch.no_grad():
        outputs = layer(torch.zeros(1, 1, 1), torch.tensor(floats(run.initial["h"]))[None, None])[0]
    exact = found.run.steps().value(1, "h", 2)
    error = Value.of(Rational(*outputs[0, 0, 1].item().as_integer_ratio())) - exact
    ends = found[1, "h_2"].error
    assert float(exact) * 3e-6 < float(abs(error)) < float(exact) * 4e-6
    assert ends[0] <= error <= ends[1]


def test_shares_are_between_0_and_1_however_long_a_machine_rounds_them():
    run = random_run(shares, units=2, steps=12)
    found = run.certify(machine="bfloat16")
    with torch.no_grad():
        outputs = layer_of(found.run, torch.bfloat16)(torch.tensor(floats(found.run.x)).bfloat16()[:, None])[0]
    exact = found.run.steps()
    for t, row in enumerate(outputs[:, 0].double().tolist(), 1):
        for unit, output in enumerate(row, 1):
            ends = found[t, f"h_{unit}"].error
            assert ends[0] <= Value.of(Rational(*output.as_integer_ratio())) - exact.value(t, "h", unit) <= ends[1]
            assert found[t, f"p_{unit}"].largest_error < 1.05


def test_shares_are_between_0_and_1_on_a_wide_box():
    run = random_run(shares, units=2, steps=2)
    assert [float(end) for end in run.certify(box={"x1": (-5000, 5000)}, engine="zonotope")[2, "p_1"].exact] == [0, 1]
