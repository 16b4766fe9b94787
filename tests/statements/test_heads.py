"""Weights with a block for each head, and means by head: against torch's block_diag, and by hand."""

from __future__ import annotations

import pytest
import torch
from agreement import assert_computes_its_statements
from problems import assert_answers, expected, problem
from runs import floats, random_run
from sympy import Rational, sqrt

import derive
from derive import cell, linear, mean, sigmoid, tanh, vector
from derive.backends import backend
from derive.definition.counts import in_letters
from derive.errors import DefinitionError, DeriveError, RunError
from derive.plan.build import plan
from derive.verification.values import FUNCTIONS

EPSILON = Rational(1, 1000)


@cell("Heads that mix within, and are normalised one by one")
def normed(x, h, c, gain: vector):
    f = sigmoid(linear(x) + linear(h, heads="heads"))
    r = sigmoid(linear(x) + linear(h, heads="heads"))
    g = tanh(linear(x) + linear(r * h, heads="heads", name="mixed"))
    c = f * c + (1 - f) * g
    d = c - mean(c, heads="heads")
    h = gain * d / sqrt(mean(d**2, heads="heads") + EPSILON) + mean(gain, heads="heads")
    return h, c


@cell("Two heads, whoever asks")
def two(x, h):
    h = tanh(linear(x) + linear(h, heads=2)) - mean(h, heads=2)
    return h


def test_they_are_verified():
    for one in (normed, two):
        found = derive.verify(one)
        assert found.ok, found
    assert "headmean" not in FUNCTIONS  # how many heads there are is a trial's affair


def test_what_is_block_diagonal_is_said():
    """A weight prints by its name alone."""
    assert repr(normed).splitlines()[-1] == "  W_hf, W_hr and W_mixed are block-diagonal, a block for each head"
    assert repr(two).splitlines()[-1] == "  W_hh is block-diagonal, a block for each of 2 heads"
    assert "W_hh is block-diagonal" in derive.build(two).__doc__
    assert "block-diagonal" not in repr(derive.lstm)


def test_what_is_beside_the_blocks_is_found():
    """A gradient that is printed without its zeros is another one."""
    whole = normed.adjoint().latex().replace(r"\operatorname{blocks}", "")
    assert not derive.verify(normed, gradient=whole).ok


@pytest.mark.parametrize("checkpoint", [False, True])
def test_the_module_computes_its_statements(checkpoint):
    assert_computes_its_statements(normed, {"dtype": torch.float64}, 1e-11, checkpoint=checkpoint)
    assert_computes_its_statements(two, {"dtype": torch.float64}, 1e-11, checkpoint=checkpoint)


@pytest.mark.parametrize("name", ["reference", "torch"])
def test_programs(name):
    made = plan(normed)
    for shape in ((4, 2, 3, 6, 2), (1, 3, 2, 4, 3)):
        given = problem(made, shape)
        assert_answers(name, backend(name).load(normed)(given), expected(made, given))


def test_steps_are_exact_and_leave_out_the_zeros():
    run = random_run(normed, units=4, loss={"formula": "h^2/2"})
    assert run.sizes["heads"] == 2
    p = {n: torch.tensor(floats(v), dtype=torch.float64) for n, v in run.weights.items()}
    p = {n: v.requires_grad_() for n, v in p.items()}

    def block(name, k):
        return torch.block_diag(*p[name][4 * k : 4 * k + 4].split(2))

    def by_head(v):
        return v.reshape(2, 2).mean(1, keepdim=True).expand(2, 2).reshape(4)

    h = c = torch.zeros(4, dtype=torch.float64)
    loss = 0
    for t, x in enumerate(torch.tensor(floats(run.x), dtype=torch.float64), 1):
        a, b = (p["weight_ih"].view(3, 4, 2)[k] @ x + p["bias_ih"].view(3, 4)[k] for k in (0, 1))
        f = torch.sigmoid(a + block("weight_hh", 0) @ h + p["bias_hh"][:4])
        r = torch.sigmoid(b + block("weight_hh", 1) @ h + p["bias_hh"][4:])
        e = p["weight_ih"].view(3, 4, 2)[2] @ x + p["bias_ih"].view(3, 4)[2]
        g = torch.tanh(e + block("weight_mixed", 0) @ (r * h) + p["bias_mixed"])
        c = f * c + (1 - f) * g
        d = c - by_head(c)
        h = p["gain"] * d / torch.sqrt(by_head(d**2) + 0.001) + by_head(p["gain"])
        loss = loss + h.square().sum() / 2
        for name, q in {"f": f, "g": g, "d": d, "h": h}.items():
            found = [float(run.steps().value(t, name, k)) for k in range(1, 5)]
            assert found == pytest.approx(q.tolist(), rel=1e-12, abs=1e-14)
    line = run.steps().step(2, "f", 3)
    used = sorted(s.name for s in line.expanded.free_symbols if s.name.startswith("W_hf"))
    assert used == ["W_hf[3,3]", "W_hf[3,4]"]
    loss.backward()
    gradients = run.gradients()
    ours = torch.tensor([[float(v) for v in row] for row in gradients["W_hf"]], dtype=torch.float64)
    torch.testing.assert_close(ours, p["weight_hh"].grad[:4], rtol=1e-11, atol=1e-13)
    ours = torch.tensor([float(v) for v in gradients["gain"]], dtype=torch.float64)
    torch.testing.assert_close(ours, p["gain"].grad, rtol=1e-11, atol=1e-13)


def test_counts():
    assert in_letters(derive.catalogue["lstm_heads"].parameter_count) == "4 N (N_x + N/N_heads + 1)"
    layer = derive.build("lstm_heads").Layer(5, 8, heads=4)
    assert layer.weight_hh_l0.shape == (32, 2)
    assert sum(p.numel() for p in layer.parameters()) == 4 * 8 * (5 + 2 + 1)


def test_units_that_heads_do_not_divide():
    with pytest.raises(ValueError, match="8 units cannot be cut into 3 equal parts; give sizes that divide"):
        derive.build("lstm_heads").Layer(5, 8, heads=3)
    with pytest.raises(DeriveError, match="3 units cannot be cut into 2 equal parts; give sizes that divide"):
        derive.Run(normed, random_run(normed, units=3).weights, [[1, 1]], sizes={"heads": 2})

    @cell("Heads that no weight has")
    def means(x, h):
        h = tanh(linear(x)) - mean(h, heads="heads")
        return h

    with pytest.raises(RunError, match="means: 3 hidden units cannot be cut into 2 heads"):
        derive.Run(means, random_run(means, units=3).weights, [[1, 1]], sizes={"heads": 2})


def test_what_heads_cannot_be_of_is_said():
    def defined(definition, words):
        with pytest.raises(DefinitionError, match=words):
            cell("Wrong")(definition)

    def oblong(x, h):
        h = tanh(linear(x, h, heads="heads"))
        return h

    def both(x, h):
        h = tanh(linear(x) + linear(h, heads="heads", weight="antisymmetric"))
        return h

    def several(x, h):
        h = tanh(linear(x) + linear(h, heads="heads")) - mean(h, heads="groups")
        return h

    def number(x, h):
        h = tanh(linear(x)) - mean(mean(h), heads="heads")
        return h

    def nothing(x, h):
        h = tanh(linear(x) + linear(h, heads=0))
        return h

    defined(oblong, "equation 'h'.*a block-diagonal weight maps input_size to hidden_size; it has to be square")
    defined(both, r"equation 'h'.*linear\(weight='antisymmetric', heads='heads'\): expected one of the two")
    defined(several, "units are cut into heads and into groups heads; a cell has one number of them")
    defined(number, r"equation 'h'.*headmean\(mean\(h\)\) is of a single number")
    defined(nothing, r"linear\(heads=0\): expected .*a name of yours such as 'key', or a number")
