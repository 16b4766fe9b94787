"""Gradients in every way in which PyTorch can ask for them: those of ``torch.nn`` or its refusal, never a wrong number.

The oracles are ``torch.nn`` and, for the cells that torch does not have, differences of numbers (``gradcheck``).
"""

from __future__ import annotations

import pytest
import torch
from forward_mode import assert_forward_mode, gradients
from others import named, with_others
from replacements import (
    STACK,
    assert_close,
    assert_same_grads,
    call,
    elsewhere,
    functional,
    grads_of,
    kinds,
    layers,
    pair,
    plain_kernels,
    randn,
    seeded,
    stack,
    state_shapes,
    tensors,
)
from specimens import CATALOGUE
from torch import Tensor
from torch.autograd import gradcheck, gradgradcheck
from torch.func import functional_call, grad, hessian, jacfwd, jacrev, jvp, stack_module_state, vmap
from torch.nn.utils.rnn import pack_padded_sequence
from torch.utils._pytree import tree_map

import derive
from derive.backends.torch.build import build
from derive.symbolic.activations import ACTIVATIONS

# ---- every cell, every mode ------------------------------------------------------------------------------------------

ACTIVATED = {
    f"lstm with {activation}": derive.lstm.with_activations(tanh=activation, sigmoid=gate)
    for activation, gate in zip(ACTIVATIONS, [*list(ACTIVATIONS)[1:], "sigmoid"], strict=True)
}
#: The slope of a spike is no derivative, which finite differences would show; ``test_surrogates`` differentiates such.
SPIKING = ("lif", "alif")
EVERY = {n: c for n, c in CATALOGUE.items() if n not in SPIKING} | ACTIVATED


@pytest.mark.parametrize("name", EVERY)
def test_every_cell_in_every_mode(name):
    """Backwards, forwards, both of both, batched, and with some of the gradients undefined."""
    torch.manual_seed(0)
    layer = build(EVERY[name]).Layer(2, 3, **named(EVERY[name], 3), dtype=torch.float64)
    names = [n for n, _ in layer.named_parameters()]
    states = [torch.rand(1, 2, *shape, dtype=torch.float64) for shape in state_shapes(layer)]
    parameters = [torch.randn_like(p) / 2 for p in layer.parameters()]
    xs = with_others(layer, torch.randn(2, 2, 2, dtype=torch.float64))
    inputs = [t.requires_grad_() for t in (*xs, *states, *parameters)]

    def run(*given: Tensor) -> tuple[Tensor, ...]:
        if EVERY[name].draws:
            seeded(1)  # the same masks every time
        xs, rest = given[: len(given) - len(states) - len(names)], given[-len(states) - len(names) :]
        hx, parameters = rest[: len(states)], rest[len(states) :]
        given = (*xs, hx if len(hx) > 1 else hx[0])
        return tuple(tensors(functional_call(layer, dict(zip(names, parameters, strict=True)), given)))

    assert gradcheck(run, inputs, fast_mode=True, check_batched_grad=True)
    assert_forward_mode(run, inputs)
    assert gradgradcheck(run, inputs, fast_mode=True)
    assert_forward_mode(*gradients(run, inputs))


@layers
def test_slow_second_derivatives(name):
    """``gradgradcheck`` of every entry, in two layers and directions."""
    ours, _ = pair(name, 2, 2, **STACK, dtype=torch.float64)
    assert gradgradcheck(lambda v: ours(v)[0], (randn(3, 1, 2),), check_fwd_over_rev=True)


@kinds
@pytest.mark.parametrize("lengths", [None, (5, 3)], ids=["padded", "packed"])
def test_gradient_penalty(kind, lengths, factory, tolerance):
    """A loss that contains the squares of its own gradients."""
    found = []
    ours, theirs, x, states = stack(kind, factory)
    for module in (ours, theirs):
        inputs = [x, *states, *module.parameters()]
        given = x if lengths is None else pack_padded_sequence(x, torch.tensor(lengths))
        with torch.backends.cudnn.flags(enabled=False):  # it has no second derivatives
            loss = functional(tensors(call(module, given, states)))
        first = torch.autograd.grad(loss, inputs, create_graph=True)
        found.append([first, torch.autograd.grad(sum(g.square().sum() for g in first), inputs)])
    assert_close(*found, 100 * tolerance)


# ---- torch.func ------------------------------------------------------------------------------------------------------


@kinds
def test_forward_mode(kind, factory, tolerance):
    """Directional derivatives in the direction of everything at once."""
    ours, theirs, x, states = stack(kind, factory)
    primals = ({k: p.detach() for k, p in ours.named_parameters()}, x.detach(), tuple(s.detach() for s in states))
    tangents = tree_map(torch.randn_like, primals)
    found = []
    with plain_kernels():
        for module, given in ((ours, (primals, tangents)), (theirs.cpu(), tree_map(Tensor.cpu, (primals, tangents)))):

            def run(p, x, states, module=module):
                return tuple(tensors(functional_call(module, p, (x, states if len(states) > 1 else states[0]))))

            found.append(jvp(run, *given))
    assert_close(*found, 10 * tolerance)


@kinds
def test_gradients_of_each_sequence(kind, factory, tolerance):
    """``vmap`` of ``grad`` over the batch: one gradient for each sequence."""
    ours, theirs, x, _ = stack(kind, factory)
    own = {k: p.detach() for k, p in ours.named_parameters()}

    def loss(p: dict[str, Tensor], sequence: Tensor) -> Tensor:
        return functional_call(ours, p, (sequence,))[0].square().sum()

    got = vmap(grad(loss), in_dims=(None, 1))(own, x.detach())
    for b in range(2):
        want = torch.autograd.grad(theirs(x[:, b])[0].square().sum(), list(theirs.parameters()))
        assert_close([got[k][b] for k in own], list(want), 10 * tolerance)


@layers
def test_ensemble(name, factory, tolerance):
    """``vmap`` over stacked parameters, and the gradients of all members at once."""
    members = [pair(name, 3, 4, **STACK, **factory) for _ in range(3)]
    for ours, theirs in members:
        with torch.no_grad():
            for p in ours.parameters():
                p.copy_(torch.randn_like(p) / 2)
        theirs.load_state_dict(ours.state_dict())
    x, base = randn(5, 2, 3, **factory), members[0][0]
    stacked, _ = stack_module_state([ours for ours, _ in members])
    output = vmap(lambda p: functional_call(base, p, (x,))[0])(stacked)
    expected = [theirs(x)[0] for _, theirs in members]
    assert_close(output, torch.stack(expected), tolerance)
    got = torch.autograd.grad(functional([output]), list(stacked.values()))
    want = torch.autograd.grad(functional([torch.stack(expected)]), [p for _, t in members for p in t.parameters()])
    count = len(got)
    assert_close(list(got), [torch.stack(want[k::count]) for k in range(count)], 10 * tolerance)


@kinds
def test_jacobians_and_hessian(kind, factory, tolerance):
    """In reverse, forwards and by both, against one gradient of torch's layer after another."""
    ours, theirs, x, _ = stack(kind, factory)

    def run(p: dict[str, Tensor]) -> Tensor:
        return functional_call(ours, p, (x,))[0].sum((1, 2))

    own = {k: p.detach() for k, p in ours.named_parameters()}
    jacobian = jacrev(run)(own)
    for t, value in enumerate(theirs(x)[0].sum((1, 2))):
        grads = torch.autograd.grad(value, list(theirs.parameters()), retain_graph=True)
        assert_close([jacobian[k][t] for k in own], list(grads), 10 * tolerance)
    assert_close(jacfwd(run)(own), jacobian, 10 * tolerance)

    got = hessian(lambda v: ours(v)[0].square().sum())(x.detach())
    with torch.backends.cudnn.flags(enabled=False):  # it has no second derivatives
        value = theirs(x)[0].square().sum()
    (first,) = torch.autograd.grad(value, x, create_graph=True)
    want = [torch.autograd.grad(g, x, retain_graph=True)[0] for g in first.flatten()]
    assert_close(got, torch.stack(want).reshape(got.shape), 10 * tolerance)


@kinds
def test_batched_backward(kind, factory, tolerance):
    """One backward pass under ``vmap``, which writes into no buffer."""
    ours, theirs, x, states = stack(kind, factory)
    y, expected = call(ours, x, states)[0], call(theirs, x, states)[0]
    directions = torch.randn(3, *y.shape, **factory)
    inputs = [x, *states]
    got = torch.autograd.grad(y, [*inputs, *ours.parameters()], directions, is_grads_batched=True)
    for k, direction in enumerate(directions):
        want = torch.autograd.grad(expected, [*inputs, *theirs.parameters()], direction, retain_graph=True)
        assert_close([g[k] for g in got], list(want), tolerance)


@layers
def test_parameters_from_elsewhere(name, factory, tolerance):
    """Parameters that another network has computed, transposed in memory: the gradient goes on to what made them."""
    ours, theirs = pair(name, 3, 4, **factory)
    wide = {k: randn(*reversed(p.shape), 6, **factory).detach() for k, p in ours.named_parameters()}
    given = [randn(6, **factory), randn(5, 2, 3, **factory), *wide.values()]
    found = []
    for module, (source, x, *matrices) in ((ours, given), elsewhere(theirs, *given)):
        products = {k: w @ source for k, w in zip(wide, matrices, strict=True)}
        made = {k: w.mT if w.dim() == 2 else w for k, w in products.items()}
        found.append(torch.autograd.grad(functional(tensors(functional_call(module, made, (x,)))), [source, x]))
    assert_close(*found, 10 * tolerance)


# ---- some gradients and not others -----------------------------------------------------------------------------------


@kinds
@pytest.mark.parametrize("complement", [False, True], ids=["alone", "all but one"])
def test_one_tensor_that_needs_a_gradient(kind, complement, factory, tolerance):
    """The input, a state or one parameter needs a gradient, or everything but it; the rest get none."""
    ours, theirs, x, states = stack(kind, factory)
    count = 1 + len(states) + len(list(ours.parameters()))
    for k in range(count):
        found = []
        for module in (ours, theirs):
            inputs = [x, *states, *module.parameters()]
            for j, t in enumerate(inputs):
                t.grad = None
                t.requires_grad_((j == k) != complement)
            functional(tensors(call(module, x, states))).backward()
            assert [t.grad is not None for t in inputs] == [t.requires_grad for t in inputs]
            found.append(grads_of(*inputs))
        assert_same_grads(*found, tolerance)


@kinds
def test_nothing_needs_a_gradient(kind, factory, tolerance):
    ours, theirs, x, states = stack(kind, factory)
    want = [t.detach() for t in tensors(call(theirs, x, states))]
    with torch.no_grad():
        plain = tensors(call(ours, x, states))
    with torch.inference_mode():
        inference = tensors(call(ours, x, states))
    frozen = tensors(call(ours.requires_grad_(False), x.detach(), tuple(s.detach() for s in states)))
    for got in (plain, inference, frozen):
        assert_close(got, want, tolerance)
        assert not any(t.requires_grad or t.grad_fn for t in got)
    assert all(t.is_inference() for t in inference)
    assert not any(t.is_inference() for t in plain + frozen)
    with torch.no_grad(), torch.enable_grad():
        assert ours.requires_grad_()(x)[0].requires_grad


PARTS = {
    "output": lambda y, h: y,
    "last step": lambda y, h: y[-1],
    "first step": lambda y, h: y[0],
    "one unit": lambda y, h: y[..., 1],
    "final states": lambda y, h: torch.cat([s.flatten() for s in tensors([h])]),
    "first state": lambda y, h: tensors([h])[0],
    "last state": lambda y, h: tensors([h])[-1],
    "last state of one layer": lambda y, h: tensors([h])[-1][0],
    "last state of the last layer, reversed": lambda y, h: tensors([h])[-1][-1],
}


@kinds
@pytest.mark.parametrize("packed", [False, True], ids=["padded", "packed"])
@pytest.mark.parametrize("part", PARTS)
def test_a_loss_of_one_part(kind, part, packed, factory, tolerance):
    """The gradients of what the loss does not see are undefined in the backward pass."""
    ours, theirs, x, states = stack(kind, factory)
    found = []
    for module in (ours, theirs):
        inputs = [x, *states, *module.parameters()]
        for t in inputs:
            t.grad = None
        y, h = call(module, pack_padded_sequence(x, torch.tensor([5, 3])) if packed else x, states)
        functional([PARTS[part](y.data if packed else y, h)]).backward()
        found.append(grads_of(*inputs))
    assert_same_grads(*found, tolerance)


@kinds
def test_gradients_asked_for_one_at_a_time(kind, factory, tolerance):
    """``autograd.grad`` of some inputs, from a graph that is kept."""
    ours, theirs, x, states = stack(kind, factory)
    asked = (lambda m: [x], lambda m: [states[-1]], lambda m: [m.weight_hh_l0], lambda m: [m.weight_ih_l1_reverse, x])
    found = []
    for module in (ours, theirs):
        loss = functional(tensors(call(module, x, states)))
        found.append([torch.autograd.grad(loss, pick(module), retain_graph=True) for pick in asked])
    assert_close(*found, tolerance)


@pytest.mark.parametrize("name", ["qrnn", "sru", "rwkv"])
@pytest.mark.parametrize("alone", [False, True], ids=["of all", "alone"])
def test_a_state_that_no_equation_reads(name, alone, factory):
    """The first h of these cells changes nothing: its gradient is zero or absent, whether or not it goes on."""
    layer = build(derive.catalogue[name]).Layer(3, 4, **factory).requires_grad_(not alone)
    h, *states = (torch.rand(1, 2, 4, **factory) for _ in layer.states)
    x = torch.randn(5, 2, 3, **factory)
    with torch.no_grad():
        assert torch.equal(layer(x, (h, *states))[0], layer(x, (h + 1, *states))[0])
    h.requires_grad_()
    for again in (False, True):
        y, _ = layer(x, (h, *states))
        (gradient,) = torch.autograd.grad(y.sum(), h, create_graph=again, allow_unused=True)
        assert gradient is None or (gradient.shape == h.shape and not gradient.any())
