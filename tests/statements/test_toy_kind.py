"""A kind of statement of a test's own, a running sum over the units, is a kind like those of the package.

    y_k = Σ_{j ≤ k} a_j        δa_k = Σ_{j ≥ k} δy_j

Nothing in the package knows it: what it is stands here, and it has equations, exact values, counts, a gradient
and programs. The oracle is PyTorch: ``cumsum``, and autograd through it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from problems import assert_answers, problem
from runs import floats, random_run
from sympy import Integer, Symbol

import derive
from derive import cell, linear, tanh, vector
from derive.backends import BACKENDS, backend
from derive.backends.base import Answer
from derive.errors import DefinitionError
from derive.plan.build import plan
from derive.statements.base import Operations, Statement, UnitsNode, check_operands
from derive.statements.maps import Map
from derive.statements.sizes import number_of_units
from derive.statements.writing import ALL_UNITS, flat
from derive.symbolic.nodes import FunctionNode
from derive.verification.one_unit import unit_of
from derive.verification.values import FUNCTIONS


class RunningNode(UnitsNode):
    latex_name, unicode_name = r"\operatorname{running}", "running"

    def units(self, size):
        return size(self.args[0])

    def check(self, place, size):
        if size(self.args[0]) == "1":
            raise place.fail("running() of a single number", "use the number itself")

    def statement(self, target, operands, size):
        return Running(target, operands[0], size(operands[0]))


def running(a):
    check_operands("running(a)", (a,))
    return RunningNode(a)


@dataclass(frozen=True)
class Running(Statement):
    target: Symbol
    operand: Symbol
    size: str

    @property
    def reads(self):
        return (self.operand,)

    def written(self, writing=ALL_UNITS, operands=None):
        (a,) = operands or self.reads
        return writing.unit(RunningNode(writing.whole(a)))

    def entry(self, k, units, operands=None):
        (a,) = operands or self.reads
        return flat([units.single(a, j) for j in range(1, k + 1)])

    def vjp(self, d, gather):
        gather.give(self.operand, d, Remaining(self.size), through=self.target, formula=self.written(), size=self.size)

    def cost(self, sizes):
        return Operations(arithmetic=number_of_units(self.size) - 1)

    def operations(self, builder):
        builder.scan(self.operand, target=self.target)


class RemainingNode(FunctionNode):
    latex_name, unicode_name = r"\operatorname{remaining}", "remaining"


@dataclass(frozen=True)
class Remaining(Map):
    size: str

    def written(self, d, writing):
        return writing.unit(RemainingNode(writing.whole(d)))

    def entry(self, of, at, units):
        return flat([of((j,)) for j in range(at[0], units.count(self.size) + 1)])

    def operation(self, d, builder, target=None):
        return builder.scan(d, reverse=True, target=target)


@cell("Running sums", source="a test")
def toy(x, h, u: vector):
    s = running(linear(x) + linear(h))
    g = tanh(s - running(u * h)) + running(u)
    h = tanh(linear(running(s * g), name="h")) + g * h
    return h


def step(x, h, p):
    """One step as PyTorch has it: every quantity by name."""
    s = torch.cumsum(p["W_is"] @ x + p["b_is"] + p["W_hs"] @ h + p["b_hs"], 0)
    g = torch.tanh(s - torch.cumsum(p["u"] * h, 0)) + torch.cumsum(p["u"], 0)
    return {"s": s, "g": g, "h": torch.tanh(p["W_h"] @ torch.cumsum(s * g, 0) + p["b_h"]) + g * h}


@pytest.fixture(scope="module")
def run():
    targets = [[0.5, -0.25, 0.75], [0.25, 0.5, -1], [1, 0, 0.5]]
    return random_run(toy, units=3, loss={"formula": "(h - y)^2/2", "y": targets})


def test_its_equations():
    assert toy.unicode().splitlines() == [
        "sₜ = running(W_is xₜ + b_is + W_hs hₜ₋₁ + b_hs)",
        "gₜ = tanh(sₜ − running(u ⊙ hₜ₋₁)) + running(u)",
        "hₜ = tanh(W_h running(sₜ ⊙ gₜ) + b_h) + gₜ ⊙ hₜ₋₁",
    ]
    assert r"s_{t} &= \operatorname{running}(W_{is} x_{t} + " in toy.latex()
    assert [type(s).__name__ for s in toy.statements].count("Running") == 4


def test_its_backward_equations():
    adjoint = toy.adjoint()
    assert str(adjoint["d_a_s"]) == "δa_sₜ = remaining(δsₜ)"
    assert r"\operatorname{remaining}(\delta s_{t})" in adjoint.latex()
    assert r"\left(\frac{\partial s_{t}}{\partial a_{s, t}}\right)^{\top} \delta s_{t}" in adjoint.derivation_latex()


def test_its_values_in_a_run(run):
    p = {name: torch.tensor(floats(value), dtype=torch.float64) for name, value in run.parameters.items()}
    h = torch.zeros(3, dtype=torch.float64)
    for t, x in enumerate(torch.tensor(floats(run.x), dtype=torch.float64), 1):
        quantities = step(x, h, p)
        h = quantities["h"]
        for name, expected in quantities.items():
            found = [float(run.steps().value(t, name, k)) for k in (1, 2, 3)]
            assert found == pytest.approx(expected.tolist(), rel=1e-12, abs=1e-14)
    line = run.steps().step(1, "s", 2)
    assert line.unicode().startswith("s₁⁽²⁾ = running(W_is x₁ + b_is + W_hs h₀ + b_hs)⁽²⁾ ")
    assert str(line.expanded).count("x[1]") == 2  # the first unit's sum and the second's


def test_its_gradients_in_a_run(run):
    leaves = {name: torch.tensor(floats(v), dtype=torch.float64).requires_grad_() for name, v in run.parameters.items()}
    inputs = torch.tensor(floats(run.x), dtype=torch.float64).requires_grad_()
    initial = torch.zeros(3, dtype=torch.float64).requires_grad_()
    targets = torch.tensor(floats(run.loss.targets["y"]), dtype=torch.float64)
    h, loss = initial, 0
    for x, y in zip(inputs, targets, strict=True):
        h = step(x, h, leaves)["h"]
        loss = loss + ((h - y) ** 2 / 2).sum()
    loss.backward()
    found = run.gradients()
    assert float(found.loss) == pytest.approx(loss.item(), rel=1e-12)
    for name, leaf in (leaves | {"x": inputs, "h0": initial}).items():
        got = torch.tensor(_floats(found[name]), dtype=torch.float64)
        torch.testing.assert_close(got, leaf.grad, rtol=1e-11, atol=1e-13, msg=name)


def _floats(value):
    return [_floats(v) for v in value] if isinstance(value, tuple) else float(value)


@pytest.mark.parametrize("name", BACKENDS)
def test_its_programs(name):
    """The module with its own backward pass, and the interpreted plan, against autograd through ``step``."""
    given = problem(plan(toy))
    found = backend(name).load(toy)(given)
    leaves = {name: torch.tensor(value, requires_grad=True) for name, value in given.parameters.items()}
    p = {NAMES.get(name, name): leaf for name, leaf in leaves.items()}
    x, h0 = (torch.tensor(q, requires_grad=True) for q in (given.x, given.states["h"]))
    outputs = torch.stack([_unrolled(x[:, k], h0[k], p) for k in range(x.shape[1])], 1)
    loss = (outputs * torch.tensor(given.d_outputs)).sum() + (outputs[-1] * torch.tensor(given.d_states["h"])).sum()
    d_x, d_h, *d_p = (d.numpy() for d in torch.autograd.grad(loss, [x, h0, *leaves.values()]))
    y = outputs.detach().numpy()
    assert_answers(name, found, Answer(y, {"h": y[-1]}, d_x, {"h": d_h}, dict(zip(leaves, d_p, strict=True))), 1e-11)


NAMES = {
    "weight_ih": "W_is",
    "bias_ih": "b_is",
    "weight_hh": "W_hs",
    "bias_hh": "b_hs",
    "weight_h": "W_h",
    "bias_h": "b_h",
}


def _unrolled(inputs, h, p):
    """The outputs of every step, for one sequence."""
    outputs = []
    for x in inputs:
        h = step(x, h, p)["h"]
        outputs.append(h)
    return torch.stack(outputs)


@unit_of.register
def _(s: Running, unit, values):
    return float(sum(values[s.operand][: unit + 1]))


def test_what_is_printed_computed_and_generated_agrees(monkeypatch):
    """The reader of printed equations is told here what the two functions mean."""
    monkeypatch.setitem(FUNCTIONS, "running", np.cumsum)
    monkeypatch.setitem(FUNCTIONS, "remaining", lambda d: np.cumsum(d[::-1])[::-1])
    found = derive.verify(toy)
    assert found.ok, str(found)
    monkeypatch.setitem(FUNCTIONS, "remaining", np.cumsum)
    assert not derive.verify(toy).ok


def test_its_operations_are_counted():
    n, m = Symbol("hidden_size"), Symbol("input_size")
    counted = toy.operations
    assert (counted.multiply_adds - n * (m + 2 * n)).expand() == 0
    others = 3 + 4 + 4  # biases; u h, s - v, + and s g; g h, and its +
    assert counted.arithmetic.subs({n: 5}) == 5 * (others - 2) + 4 * Integer(4)
    assert counted.functions == 2 * n


def test_what_it_cannot_be_of_is_refused():
    with pytest.raises(DefinitionError, match=r"equation 'h'.*running\(\) of a single number; use the number itself"):

        @cell("One number")
        def number(x, h):
            h = tanh(linear(x)) * running(derive.mean(h))
            return h
