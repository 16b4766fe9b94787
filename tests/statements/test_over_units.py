"""Functions of all units, softmax, running sums and the largest, and maps to one number: against torch and by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from agreement import assert_computes_its_statements
from problems import assert_answers, expected, problem
from runs import floats, random_run
from sympy import Rational, Symbol

import derive
from derive import cell, cumsum, largest, linear, mean, outer, sigmoid, softmax, tanh, vector
from derive.backends import backend
from derive.errors import DefinitionError
from derive.plan.build import plan
from derive.verification.values import FUNCTIONS


@cell("The same of each head, of what is there for each head and of all units")
def by_head(x, h, c, u: vector):
    k = softmax(linear(x) + linear(h) + u, heads="heads") * cumsum(u * h, heads="heads")
    q = cumsum(softmax(linear(x, size=("heads", "key")), heads="heads"), heads="heads")
    m = largest(linear(x, h, name="a"), heads="heads") + softmax(u, heads="heads")
    r = q - largest(q, heads="heads")
    c = largest(c, heads="heads") * k + linear(r)
    h = sigmoid(k) * h + tanh(m) * c
    return h, c


@cell("Functions of all units, of what is known early and late, and of parameters alone; gates for all units")
def parts(x, h, u: vector):
    g = sigmoid(linear(x, h, size=1))
    r = sigmoid(linear(x, size=1))
    k = softmax(linear(h) + u) * cumsum(u * h) + cumsum(linear(x, name="k2"))
    m = largest(linear(x, h, name="a")) + largest(u)
    h = g * h + (1 - g) * tanh(k) * r + tanh(m) * h + largest(h) * softmax(u)
    return h


@cell("One number for all units, and one for all of a head, within equations of many")
def within(x, h, M, u: vector):
    v = sigmoid(linear(x, size="heads")) * linear(x, size=("heads", "value"), name="v")
    k = softmax(linear(x, size=("heads", "key"), name="k"), heads="heads") * softmax(linear(x, size="heads", name="s"))
    M = largest(linear(h, size="heads")) * M + outer(v, k)
    r = softmax(linear(h, size="heads")) * largest(M @ k, heads="heads")
    h = u * linear(x, size=1, name="a") + (1 - sigmoid(linear(h, size=1, name="b"))) * tanh(linear(r))
    return h, M


def test_numbers_within_equations_of_many_units():
    assert derive.verify(within).ok
    assert str(within["h"]) == "hₜ = u (W_a xₜ + b_a) + (1 − σ(W_b hₜ₋₁ + b_b)) tanh(W_rh rₜ + b_rh)"

    @cell("One number within")
    def single(x, h, u: vector):
        h = u * linear(x, size=1) + h
        return h

    run = random_run(single, steps=1)
    p = {name: np.array(floats(numbers)) for name, numbers in run.parameters.items()}
    wanted = p["u"] * (p["W_ih"] @ np.array(floats(run.x))[0] + p["b_ih"])
    assert [float(run.steps().value(1, "h", k)) for k in (1, 2)] == pytest.approx(wanted.tolist(), rel=1e-15)


both = pytest.mark.parametrize("one", [parts, by_head], ids=lambda c: c.name)


@both
def test_they_are_verified(one, monkeypatch):
    found = derive.verify(one)
    assert found.ok, found
    monkeypatch.setitem(FUNCTIONS, "revcumsum", FUNCTIONS["cumsum"])  # the gradient of a running sum runs back
    assert not derive.verify(one).ok


@both
def test_their_modules_compute_their_statements(one):
    assert_computes_its_statements(one, {"dtype": torch.float64}, 1e-11)
    assert_computes_its_statements(one, {"dtype": torch.float64}, 1e-11, checkpoint=True, seed=4)


@both
@pytest.mark.parametrize("name", ["reference", "torch", "onnx", "c"])
def test_their_programs(one, name):
    pytest.importorskip("onnxruntime" if name == "onnx" else "torch")
    made = plan(one)
    given = problem(made)
    assert_answers(name, backend(name).load(one)(given), expected(made, given))


def test_its_steps_are_exact():
    """Every quantity of a run, and the gradient of its loss, as torch has them."""
    run = random_run(parts, units=3, loss={"formula": "h^2/2"})
    p = {n: torch.tensor(floats(v), dtype=torch.float64, requires_grad=True) for n, v in run.parameters.items()}
    h, loss = torch.zeros(3, dtype=torch.float64), 0
    for t, x in enumerate(torch.tensor(floats(run.x), dtype=torch.float64), 1):
        g = torch.sigmoid(p["W_ig"] @ x + p["W_hg"] @ h + p["b_g"])
        r = torch.sigmoid(p["W_ir"] @ x + p["b_ir"])
        k = torch.softmax(p["W_hk"] @ h + p["b_hk"] + p["u"], 0) * torch.cumsum(p["u"] * h, 0)
        k = k + torch.cumsum(p["W_k2"] @ x + p["b_k2"], 0)
        m = torch.amax(p["W_ia"] @ x + p["W_ha"] @ h + p["b_a"]) + p["u"].amax()
        h = g * h + (1 - g) * torch.tanh(k) * r + torch.tanh(m) * h + h.amax() * torch.softmax(p["u"], 0)
        loss = loss + h.square().sum() / 2
        for name, q in {"g": g, "r": r, "k": k, "m": m.reshape(1), "h": h}.items():
            found = [float(run.steps().value(t, name, j)) for j in range(1, len(q) + 1)]
            assert found == pytest.approx(q.tolist(), rel=1e-12, abs=1e-14)
    loss.backward()
    gradients = run.gradients()
    for name, leaf in p.items():
        found = torch.tensor(_floats(gradients[name]), dtype=torch.float64)
        torch.testing.assert_close(found, leaf.grad, rtol=1e-11, atol=1e-13, msg=name)


def test_steps_by_head_are_exact():
    """The same of two heads, the parts of a row of units that torch cuts."""
    run = random_run(by_head, units=4, steps=2, loss={"formula": "h^2/2"})
    p = {n: torch.tensor(floats(v), dtype=torch.float64, requires_grad=True) for n, v in run.parameters.items()}

    def cut(function, q):
        return torch.cat([function(part) for part in q.chunk(2)])

    def most(q):
        return cut(lambda part: part.amax().expand(len(part)), q)

    def softmax(q):
        return cut(lambda part: torch.softmax(part, 0), q)

    def running(q):
        return cut(lambda part: torch.cumsum(part, 0), q)

    h = c = torch.zeros(4, dtype=torch.float64)
    loss = 0
    for t, x in enumerate(torch.tensor(floats(run.x), dtype=torch.float64), 1):
        k = softmax(p["W_ik"] @ x + p["b_ik"] + p["W_hk"] @ h + p["b_hk"] + p["u"]) * running(p["u"] * h)
        q = running(softmax(p["W_iq"] @ x + p["b_iq"]))
        m = most(p["W_ia"] @ x + p["W_ha"] @ h + p["b_a"]) + softmax(p["u"])
        c = most(c) * k + p["W_rc"] @ (q - most(q)) + p["b_rc"]
        h = torch.sigmoid(k) * h + torch.tanh(m) * c
        loss = loss + h.square().sum() / 2
        for name, value in {"k": k, "q": q, "m": m, "c": c, "h": h}.items():
            found = [float(run.steps().value(t, name, j)) for j in range(1, len(value) + 1)]
            assert found == pytest.approx(value.tolist(), rel=1e-12, abs=1e-14)
    loss.backward()
    gradients = run.gradients()
    for name, leaf in p.items():
        found = torch.tensor(_floats(gradients[name]), dtype=torch.float64)
        torch.testing.assert_close(found, leaf.grad, rtol=1e-11, atol=1e-13, msg=name)


def test_what_a_box_may_be_by_head_is_enclosed():
    """The exact steps of runs of the box lie between the ends, which are not far apart."""
    run = random_run(by_head, units=4, steps=2)
    box = run.certify(box={"x1": (Rational(1, 2), Rational(5, 8))}, engine="zonotope")
    units = [(name, k) for name in "kqmch" for k in range(1, run.units[name] + 1)]
    for x1 in (Rational(1, 2), Rational(9, 16), Rational(5, 8)):
        steps = derive.Run(by_head, run.weights, [[x1, *row[1:]] for row in run.x], sizes={"heads": 2}).steps()
        for name, k in units:
            lower, upper = map(float, box[2, f"{name}_{k}"].exact)
            assert lower <= float(steps.value(2, name, k)) <= upper < lower + 0.3


def _floats(value):
    return [_floats(v) for v in value] if isinstance(value, tuple) else float(value)


def test_a_tie_is_shared_as_torch_shares_it():
    @cell("The largest of units that start alike")
    def tied(x, h):
        h = h * largest(h) + tanh(linear(x))
        return h

    layer = derive.build(tied).Layer(2, 4, dtype=torch.float64)
    found = []
    for derived in (True, False):
        h = torch.ones(1, 1, 4, dtype=torch.float64, requires_grad=True)
        layer.scan = type(layer).scan.__get__(layer) if derived else layer.loop
        y = layer(torch.zeros(1, 1, 2, dtype=torch.float64), h)[0]
        found.append(torch.autograd.grad(y[0, 0] @ torch.arange(4.0, dtype=torch.float64), h)[0])
    torch.testing.assert_close(*found)
    assert found[0].flatten().tolist() == [1.5, 2.5, 3.5, 4.5]  # its own weight, and a quarter of 0 + 1 + 2 + 3


def test_a_softmax_of_large_numbers_is_none_the_less_one():
    @cell("Shares of large numbers")
    def shared(x, h):
        h = softmax(1000 * linear(x)) + 0 * h
        return h

    layer = derive.build(shared).Layer(2, 3)
    y = layer(torch.full((1, 1, 2), 1e6))[0]
    assert y.sum().item() == pytest.approx(1)


def test_its_operations_are_counted():
    n, m = Symbol("hidden_size"), Symbol("input_size")
    counted = derive.catalogue["on_lstm"].operations
    assert (counted.multiply_adds - 6 * n * (n + m)).expand() == 0
    assert counted.functions == 5 * n + 2 * n


@pytest.mark.parametrize("function", [softmax, cumsum, largest])
def test_what_they_cannot_be_of_is_refused(function):
    with pytest.raises(DefinitionError, match=rf"equation 'h'.*{function.__name__}\(mean\(h\)\) is of a single number"):

        @cell("One number")
        def number(x, h):
            h = tanh(linear(x)) * function(mean(h))
            return h

    with pytest.raises(DefinitionError, match=rf"{function.__name__}\(\) of a number; expected quantities, such as"):
        function(3)
    with pytest.raises(DefinitionError, match=rf"{function.__name__}\(heads=0\): expected .*or a number"):
        function(Symbol("h"), heads=0)


def test_a_state_is_no_single_number():
    with pytest.raises(DefinitionError, match="a state has hidden_size units and this has 1"):

        @cell("One number for a state")
        def number(x, h):
            h = tanh(linear(x, h, size=1))
            return h
