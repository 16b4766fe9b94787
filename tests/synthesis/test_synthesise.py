"""The search: its choice against all choices, its error against modules, its costs against counting by hand."""

from __future__ import annotations

import json
from contextlib import suppress
from itertools import product
from random import Random

import pytest
import torch
from shell import LECTURE, one_line, typed
from sympy import Rational, lambdify

import derive
from derive.approximation.bounds import x
from derive.errors import DeriveError
from derive.symbolic.activations import sigmoid, softplus, tanh
from derive.synthesis.candidates import candidates, centre, nested
from derive.synthesis.choose import PRICES, Slot, front

STEPS, UNITS, WISH = 4, 2, 0.01
BOX = {"x1": (-0.25, 0.25)}


@pytest.fixture(scope="module")
def exact():
    torch.manual_seed(0)
    return torch.nn.LSTM(1, UNITS, dtype=torch.float64)


@pytest.fixture(scope="module")
def run(exact):
    return derive.Run("lstm", {k.removesuffix("_l0"): v for k, v in exact.state_dict().items()}, [[0.0]] * STEPS)


@pytest.fixture(scope="module")
def found(run):
    return derive.synthesise(run, BOX, WISH)


def test_the_synthesised_module_stays_within_the_certificate(exact, found):
    built = derive.build(found.cell).Layer(1, UNITS, dtype=torch.float64)
    built.load_state_dict(exact.state_dict())
    torch.manual_seed(1)
    inputs = (torch.rand(STEPS, 64, 1, dtype=torch.float64) - 0.5) / 2
    with torch.no_grad():
        off = (exact(inputs)[0] - built(inputs)[0]).abs().amax(dim=(1, 2))
    assert all(o <= b + 1e-14 for o, b in zip(off.tolist(), found.certificate.over_time(), strict=True))
    assert found.certificate.error <= WISH
    assert off.max() > 0  # it is another cell


def test_no_cheaper_choice_keeps_the_error(run, found):
    """All choices that the plan calls cheaper, certified one by one by replacing the activations by hand."""
    slots = found.chosen.slots
    cheaper = [
        picks
        for picks in product(*(slot.candidates for slot in slots))
        if sum(p.operations * s.times for p, s in zip(picks, slots, strict=True)) < found.chosen.cost
    ]
    for picks in Random(0).sample(cheaper, min(4, len(cheaper))):
        by = {k: p.approximation.replacement for p, slot in zip(picks, slots, strict=True) for k in slot.keys}
        with suppress(DeriveError):  # nothing finite
            assert derive.error_over_time(run, by, BOX).error > WISH


def test_the_plan_is_that_of_all_choices(found):
    """The front against every combination of a few candidates, with what is shared priced once."""
    slots = [Slot(s.keys, s.candidates[:4], s.weight, s.times) for s in found.chosen.slots[:3]]
    every = [
        (
            sum(p.operations * s.times for p, s in zip(picks, slots, strict=True)),
            sum(p.expected * s.weight for p, s in zip(picks, slots, strict=True)),
        )
        for picks in product(*(s.candidates for s in slots))
    ]
    best = {c: min(e for cost, e in every if cost <= c) for c, _ in every}
    found_best = {c.cost: c.expected for c in front(slots, PRICES["operations"])}  # the last of each cost
    assert found_best
    assert all(expected == pytest.approx(best[cost]) for cost, expected in found_best.items())


def test_choices_are_certified_on_the_way_from_cheap_to_good(found):
    points = found.pareto
    assert [p.cost for p in points] == sorted({p.cost for p in points})
    assert [p.error for p in points] == sorted({p.error for p in points}, reverse=True)
    assert all(p.error > WISH for p in points if p.cost < found.chosen.cost)


def test_storage_is_shared(run):
    found = derive.synthesise(run, BOX, "1e-2", kinds=("table",), cost="bytes")
    assert [keys for keys, _ in found.chosen.picks] == [("i", "f", "o"), ("g", "h")]
    assert found.chosen.cost == sum(pick.bytes for _, pick in found.chosen.picks)


@pytest.mark.parametrize("exact", [tanh(x), sigmoid(x), softplus(x)])
def test_what_a_candidate_expects_is_nearly_what_is_certified(exact):
    reach = Rational(3, 2)
    for c in candidates(exact, "g", (-reach, reach), ("table", "polynomial", "rational"), 1e-2):
        assert c.error / 2 < c.estimate < 3 * c.error or c.entries < 8
        assert c.error <= 1.01 * c.estimate
        assert c.on == (-reach, reach)


def test_polynomials_of_high_degree_are_made_where_those_of_a_low_one_err_by_too_much(monkeypatch):
    monkeypatch.setattr("derive.synthesis.candidates.DEGREES", range(13, 14))  # the lower ones are there in any case
    reach = Rational(5, 2)
    last, best = candidates(tanh(x), "g", (-reach, reach), ("polynomial",), 1e-4)
    assert (last.label, best.label) == ("polynomial of degree 13", "polynomial of degree 15")
    assert best.error < 1e-4 < last.error


def test_operations_are_counted():
    """Of a x + b x³ as x (a + x² b): x², two products, a sum."""
    (cubic,) = [c for c in candidates(tanh(x), "g", (-1, 1), ("polynomial",), 1e-2) if c.label.endswith("3")]
    assert (cubic.operations, cubic.entries, cubic.bytes) == (4, 2, 8)
    table = candidates(tanh(x), "g", (-1, 1), ("table",), 1e-1)[-1]
    assert table.bytes == table.entries * len(table.function.entries.numbers[0].q.to_bytes(1, "big"))


def test_a_nested_quotient_is_the_same_function():
    formula = (Rational(1, 2) + x / 4 + x**2 / 8 + x**3 / 100) / (1 + x**2 / 4)
    assert (nested(formula, Rational(1, 2)) - formula).simplify() == 0
    assert (nested(formula, None) - formula).simplify() == 0
    assert centre(sigmoid(x)) == Rational(1, 2)
    assert centre(tanh(x)) == 0
    assert centre(softplus(x)) is None
    assert lambdify(x, nested(formula, None))(2.0) == pytest.approx(float(formula.subs(x, 2)))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"error": 0}, "error is 0, expected a number above 0"),
        ({"kinds": ("spline",)}, "unknown kind of replacement 'spline'"),
        ({"kinds": ()}, "kinds is empty"),
        ({"cost": "euros"}, "unknown cost 'euros'"),
        ({"error": "1e-30"}, "is not reached: no table or polynomial or rational is made that errs by less than 1e-09"),
    ],
)
def test_bad_input(run, wrong, said):
    with pytest.raises(DeriveError, match=said) as e:
        derive.synthesise(**({"run": run, "box": BOX} | wrong))
    assert "\n" not in str(e.value)


def test_a_wish_that_is_not_reached(run, monkeypatch):
    """The best and what limits it; with larger tables it would be."""
    monkeypatch.setattr("derive.synthesis.candidates.MOST_ENTRIES", 32)
    with pytest.raises(DeriveError, match=r"is not reached: the best that is certified is .* of which [ifgoh] makes"):
        derive.synthesise(run, BOX, "1e-5", "table")


def test_the_command(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr("derive.synthesis.candidates.MOST_ENTRIES", 128)
    plot = tmp_path / "cost.svg"
    words = ("--box", "x1=-0.25..0.25", "--error", "0.1", "--kinds", "table", "--plot", str(plot), "--pareto")
    assert typed("synthesise", LECTURE, *words, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert float(found["error"]) <= 0.1
    assert {c["kind"] for c in found["chosen"]} == {"table"}
    assert len(found["pareto"]) > 1
    assert "</svg>" in plot.read_text()
    assert typed("synthesise", LECTURE, "--error", "0") == 2
    assert "expected a number above 0" in one_line(capsys)
