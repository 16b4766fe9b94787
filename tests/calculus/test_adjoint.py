"""The backward equations against autograd through the cell's own statements."""

from __future__ import annotations

import re

import pytest
import sympy
import torch
from adjoint_cells import CELLS, NAMES, case, close
from reference import (
    backward,
    forward,
    separate,
)

import derive
from derive import linear
from derive.definition.define import cell
from derive.definition.inputs import vector
from derive.errors import DeriveError, UnsupportedExpression
from derive.symbolic.activations import tanh
from derive.verification.verify import verify


@pytest.mark.parametrize("c", CELLS, ids=NAMES)
def test_backward_statements_equal_autograd(c):
    parameters, inputs, initial, (of_outputs, of_final) = case(c)
    steps = forward(c, parameters, inputs, initial)
    loss = sum((of_outputs[t] * env[c.states[0]]).sum() for t, env in enumerate(steps))
    loss = loss + sum((of_final[s] * steps[-1][s]).sum() for s in c.states)
    learned = {k: v for k, v in parameters.items() if isinstance(v, torch.Tensor) and v.requires_grad}
    variables = [*learned.values(), *inputs[: 1 + len(c.given)], *initial.values()]
    wanted = torch.autograd.grad(loss, variables, allow_unused=True, materialize_grads=True)
    gradients, of_inputs, of_initial = backward(c.adjoint(), parameters, steps, of_outputs, of_final)
    assert gradients.keys() == learned.keys()
    found = [*gradients.values(), *separate(of_inputs), *(of_initial[s] for s in c.states)]
    names = [*learned, *(i.name for i in c.inputs if not i.chance), *c.states]
    for name, f, w in zip(names, found, wanted, strict=True):
        assert bool(torch.isfinite(w).all()), f"the oracle itself fails for {name}"
        assert close(f, w), f"{name}: {float((f - w).abs().max())}"


# ------------------------------------------------------------------ what is refused


def test_a_node_without_a_derivative_is_named():
    unknown = sympy.Function("f")

    @cell("Unknown")
    def odd(x, h):
        h = unknown(2 + h) + linear(x)
        return h

    with pytest.raises(UnsupportedExpression, match=r"derivative of f\(.*is not known; write it"):
        odd.adjoint()


def test_no_intermediate_quantity_has_a_cotangents_name():
    @cell("Clash")
    def clash(x, h, d: vector):
        h = tanh(linear(x) + linear(d * h))
        return h

    assert verify(clash).ok


def test_an_unknown_cotangent_is_refused_with_the_nearest():
    with pytest.raises(DeriveError, match="did you mean 'd_W_hi'"):
        derive.lstm.adjoint()["d_W_h_i"]


def test_parts_that_no_author_has_named_are_letters_with_numbers():
    """Their definitions come first; no letter is one of the cell's, and none of our own names is printed."""
    for name in ("mlstm", "on_lstm", "rwkv7", "mamba", "layer_norm_lstm"):
        cell = derive.catalogue[name]
        latex = cell.adjoint().latex()
        unnamed = {s.target.name for s in cell.statements} - {e.lhs.name for e in cell.equations}
        heads = {n.partition("_")[0] for n in unnamed if len(n.partition("_")[0]) > 1}
        printed = set(re.findall(r"mathit\{(\w+)", latex))
        assert not heads & printed, (name, heads & printed)
        first, *_ = re.findall(r"^(\w)_\{1(?:, t)?\} &= ", latex, re.MULTILINE)
        assert first not in {n[0] for n in [p.name for p in cell.parameters] + [e.lhs.name for e in cell.equations]}
