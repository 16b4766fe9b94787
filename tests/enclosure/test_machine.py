"""Rounding: generated modules in float32 and bfloat16 against the bounds that are certified of them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from runs import floats, random_run
from sympy import Rational

import derive
from derive.approximation.claim import x
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
    layer = derive.build(run.cell).Layer(run.input_size, run.hidden_size)
    own = layer.state_dict()
    layer.load_state_dict({name: torch.tensor(floats(run.weights[name.removesuffix("_l0")])) for name in own})
    return layer.to(dtype)


@pytest.fixture(scope="module", params=["lstm", "gru", "slstm"])
def run(request):
    return random_run(request.param, units=3, inputs=2, steps=4)


@pytest.mark.parametrize("machine", TYPES)
def test_what_the_generated_code_gives_is_within_the_bounds(run, machine):
    """The layer's compiled kernels and its plain loop, against exact steps on the numbers as stored."""
    found = run.certify(machine=machine)
    layer = layer_of(run, TYPES[machine])
    x = torch.tensor(floats(run.x)).to(TYPES[machine])[:, None, :]
    steps, state, largest = found.run.steps(), run.cell.states[0], 0.0
    for kernels in (True, False):
        layer.kernels = kernels
        with torch.no_grad():
            outputs = layer(x)[0][:, 0, :].double().tolist()
        for t, row in enumerate(outputs, 1):
            for unit, output in enumerate(row, 1):
                error = Value.of(Rational(*output.as_integer_ratio())) - steps.value(t, state, unit)
                e = found[t, f"{state}_{unit}"]
                assert e.error[0] <= error <= e.error[1]
                largest = max(largest, abs(float(error)) / max(abs(float(end)) for end in e.error))
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


def test_a_floor_that_rounding_does_not_decide_is_refused():
    """Its quotient is of one number by many, and off by as much as each."""
    with pytest.raises(DeriveError, match=r"t = 1: the value of a floor is not certain on the box; narrow it"):
        random_run("clockwork_rnn", units=4).certify(machine="float32")[1, "h_2"].error  # noqa: B018
