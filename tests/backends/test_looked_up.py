"""A cell with tables on every machine against the reference, and at the places where a table ends."""

from __future__ import annotations

import math

import pytest
from problems import SHAPES, assert_answers, problem
from sympy import Rational

import derive
from derive.backends import BACKENDS, backend
from derive.errors import DeriveError

torch = pytest.importorskip("torch")

STEPS = derive.table("sigmoid", entries=64, on=(-6, 6), interpolate=False)
CELL = derive.lstm.with_activations(
    g=derive.table("tanh", entries=32, on=(-2, 2)),
    h=derive.table("tanh", entries=9, on=(-1, 1), outside="extend"),
    f=STEPS,
    name="tabulated",
)


@pytest.mark.parametrize("name", [b for b in BACKENDS if b != "reference"])
def test_every_machine_looks_up_the_same(name):
    machine, reference = backend(name), backend("reference")
    try:
        program = machine.load(CELL)
    except DeriveError as error:
        pytest.skip(str(error))
    given = problem(reference.plan(CELL), SHAPES[0], seed=0)
    assert_answers(name, program(given), reference.load(CELL)(given))


def test_what_is_printed_is_what_the_module_looks_up():
    assert derive.verify(CELL).ok, derive.verify(CELL)


@pytest.fixture(scope="module")
def layer():
    """h = φ(x) with the identity for weights, so that the output is the table itself."""

    def made(table, kernels):
        layer = derive.build(derive.rnn.with_activations(h=table, name=f"looked_up_{table.__name__}")).Layer(1, 1)
        with torch.no_grad():
            for p in layer.parameters():
                p.zero_()
            layer.weight_ih_l0.fill_(1)
        layer.kernels = kernels
        return layer

    return made


@pytest.mark.parametrize("kernels", [False, True])
@pytest.mark.parametrize("outside", ["clamp", "extend"])
def test_at_the_ends_and_beyond(layer, kernels, outside):
    table = derive.table("tanh", entries=5, on=(-2, 2), outside=outside)
    places = [-9.0, -2.0, -1.75, 0.0, 0.5, 1.0, 2.0, 3.0]
    x = torch.tensor(places).reshape(1, -1, 1).requires_grad_()
    output, _ = layer(table, kernels)(x)
    (slope,) = torch.autograd.grad(output.sum(), x)
    assert output.flatten().tolist() == pytest.approx([float(table(p)) for p in map(Rational, places)], abs=1e-6)
    assert slope.flatten().tolist() == pytest.approx([float(table.slopes(p)) for p in map(Rational, places)], abs=1e-6)


@pytest.mark.parametrize("kernels", [False, True])
def test_infinity_and_nan(layer, kernels):
    for table in (derive.table("tanh", entries=5, on=(-2, 2)), STEPS):
        output, _ = layer(table, kernels)(torch.tensor([[[math.inf], [-math.inf], [math.nan]]]))
        first, last = (float(table.entries.numbers[k]) for k in (0, -1))
        assert output.flatten()[:2].tolist() == pytest.approx([last, first])
        assert output.flatten()[2].isnan()


def test_two_tables_of_one_name_are_refused():
    said = "another activation is called tanh_table_256, too; give one of the tables another name or size"
    with pytest.raises(derive.DefinitionError, match=said):
        derive.lstm.with_activations(g=derive.table("tanh"), h=derive.table("tanh", on=(-2, 2)))
