"""The layers in autograd's graph: kept and freed, changed in place, under autocast, with steps of one's own."""

from __future__ import annotations

import gc
import itertools
import weakref

import pytest
import torch
from replacements import (
    LAYERS,
    STACK,
    answer,
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
    stack,
    tensors,
)
from torch import Tensor
from torch.autograd import gradcheck
from torch.func import functional_call


def outcome(run) -> list:
    """What a call gives, or that it raises RuntimeError, whose text may name other operations than torch's."""
    try:
        return [run()]
    except RuntimeError as error:
        return ["raises", next((w for w in ("inplace", "second time", "Inference tensors") if w in str(error)), "")]


@kinds
def test_backward_twice(kind, factory, tolerance):
    """Gradients add up over a graph that is kept; one that is not kept is refused the second time."""
    ours, theirs, x, states = stack(kind, factory)
    found = []
    for module in (ours, theirs):
        x.grad = None
        loss = functional(tensors(call(module, x, states)))
        loss.backward(retain_graph=True)
        loss.backward()
        found.append(grads_of(x, *module.parameters()))
        assert outcome(loss.backward) == ["raises", "second time"]
    assert_same_grads(*found, tolerance)


@layers
def test_inference_tensors_in_training(name, factory):
    with torch.inference_mode():
        x = torch.randn(5, 2, 3, **factory)
    found = [outcome(lambda m=m: functional(tensors(m(x))).backward()) for m in pair(name, 3, 4, **factory)]
    assert found == [["raises", "Inference tensors"]] * 2


@kinds
def test_changed_between_forward_and_backward(kind, factory, tolerance):
    """What the backward pass reads must not have changed: PyTorch's counters of versions see it."""
    ours, theirs, *leaves = stack(kind, factory)
    leaves = [leaves[0], *leaves[1]]
    count = len([*leaves, *ours.parameters()])
    refused = 0
    for k in range(count):
        found = []
        for module, given in ((ours, leaves), elsewhere(theirs, *leaves)):
            copies = [t.detach().clone().requires_grad_() for t in given]
            inputs = [*copies, *module.parameters()]
            with plain_kernels():
                loss = functional(tensors(call(module, copies[0], tuple(copies[1:]))))
            with torch.no_grad():
                inputs[k].add_(1.0)
            found.append(outcome(lambda loss=loss, inputs=inputs: torch.autograd.grad(loss, inputs)))
            with torch.no_grad():
                inputs[k].sub_(1.0)
        if found[1][0] == "raises":
            assert found == [["raises", "inplace"]] * 2
            refused += 1
        else:
            assert_close(*found, tolerance)
    assert refused >= 3


@kinds
@pytest.mark.parametrize("recomputed", [False, True], ids=["saved", "checkpoint"])
def test_biases_changed_between_forward_and_backward(kind, recomputed, factory, tolerance):
    """Gradients, and gradients of those, at the values that the biases had in the forward pass."""
    ours, theirs, x, states = stack(kind, factory)
    ours.checkpoint = recomputed
    found = []
    for module, given in ((ours, [x, *states]), elsewhere(theirs, x, *states)):
        inputs = [*given, *module.parameters()]
        with plain_kernels():
            loss = functional(tensors(call(module, given[0], tuple(given[1:]))))
        with torch.no_grad():
            for name, p in module.named_parameters():
                if name.startswith("bias"):
                    p.mul_(3.0)
        first = torch.autograd.grad(loss, inputs, create_graph=True)
        found.append([first, torch.autograd.grad(sum(g.square().sum() for g in first), inputs)])
    assert_close(*found, 100 * tolerance)


INPLACE = {
    "output scaled": lambda y, h: y.mul_(2.0),
    "output rectified": lambda y, h: torch.relu_(y),
    "one step dropped": lambda y, h: y[1].zero_(),
    "states scaled": lambda y, h: [s.mul_(2.0) for s in tensors([h])],
}


@kinds
@pytest.mark.parametrize("change", INPLACE)
def test_results_changed_in_place(kind, change, factory, tolerance):
    """A program may write into what the layer gives it."""
    ours, theirs, x, states = stack(kind, factory)
    found = []
    for module in (ours, theirs):
        with plain_kernels():
            outputs = call(module, x, states)
        INPLACE[change](*outputs)
        loss = functional(tensors(outputs))
        found.append(torch.autograd.grad(loss, [x, *states, *module.parameters()]))
    assert_close(*found, 2 * tolerance)


@layers
def test_tensors_that_are_used_twice(name, factory, tolerance):
    """One layer called twice, one parameter in two places, one tensor as two states and as the input."""
    found = []
    for module in pair(name, 4, 4, 2, **factory):
        torch.manual_seed(5)
        module.weight_hh_l1 = module.weight_ih_l1 = module.weight_hh_l0
        x = randn(2, 3, 4, **factory)
        hx = (x, x) if name == "LSTM" else x
        y, h = module(x, hx)
        outputs = tensors(module(y, h))
        found.append(torch.autograd.grad(functional(outputs), [x, *module.parameters()]))
    assert len(found[0]) == 1 + 6
    assert_close(*found, 10 * tolerance)


@kinds
def test_strides(kind, factory, tolerance):
    """Transposed, sliced and expanded inputs, states and incoming gradients."""
    ours, theirs, _, states = stack(kind, factory)
    given = [randn(2, 5, 6, **factory), randn(1, 1, 3, **factory), *states]
    cases = {
        "transposed": lambda base, _: base[..., :3].transpose(0, 1),
        "sliced": lambda base, _: base.transpose(0, 1)[..., ::2],
        "reversed features": lambda base, _: base.transpose(0, 1)[..., :3].flip(-1),
        "expanded": lambda _, row: row.expand(5, 2, 3),
    }
    weights = (torch.sum, lambda y: functional([y.transpose(0, 2)]), lambda y: functional([y[::2, :, ::3]]))
    modules = (ours, given), elsewhere(theirs, *given)
    for make, weigh in itertools.product(cases.values(), weights):
        found = []
        for module, (base, row, *first) in modules:
            expanded = tuple(s[:, :1].expand(-1, 2, -1) for s in first)
            loss = weigh(call(module, make(base, row), expanded)[0])
            inputs = [base, row, *first, *module.parameters()]
            found.append(torch.autograd.grad(loss, inputs, allow_unused=True))
        assert_same_grads(*found, tolerance)


@layers
def test_the_graph_goes_with_its_output(name, factory):
    """Nothing keeps the tensors of a graph once its results are gone, without help from the garbage collector."""
    ours, _ = pair(name, 3, 4, **STACK, **factory)
    gc.collect()
    gc.disable()
    try:
        for backward in (False, True):
            x = randn(5, 2, 3, **factory) + 0
            y, h = ours(x)
            if backward:
                functional(tensors((y, h))).backward()
            seen = [weakref.ref(t) for t in (x, y)]
            del x, y, h
            assert [r() for r in seen] == [None, None]
    finally:
        gc.enable()


# ---- autocast --------------------------------------------------------------------------------------------------------


@kinds
@pytest.mark.parametrize("cached", [True, False])
def test_autocast(kind, cached, device):
    """Gradients come in the dtype of what they belong to, and are those of full precision up to bfloat16's rounding."""
    ours, theirs, x, states = stack(kind, {"device": device, "dtype": torch.float32})
    hx = states if len(states) > 1 else states[0]
    _, want = answer(theirs, x, hx)
    with torch.autocast(torch.device(device).type, dtype=torch.bfloat16, cache_enabled=cached):
        outputs = tensors(ours(x, hx))
    assert all(y.dtype == torch.bfloat16 for y in outputs)
    got = torch.autograd.grad(functional([y.float() for y in outputs]), [x, *states, *ours.parameters()])
    for a, b in zip(got, want, strict=True):
        assert a.dtype == torch.float32
        assert float((a - b).norm() / b.norm()) < 0.03


# ---- steps of one's own ----------------------------------------------------------------------------------------------


class Damped(LAYERS["GRU"][0]):
    """A user's change to a generated layer: the derived gradient of the GRU would be wrong for it."""

    def step(self, a, states, p):
        (h,), _ = super().step(a, states, p)
        return (0.5 * h.sin(),), ()


class Scaled(LAYERS["LSTM"][0]):
    """Another: the input projection is scaled."""

    def project_input(self, x, p):
        return tuple(0.5 * a for a in super().project_input(x, p))


@pytest.mark.parametrize("cls", [Damped, Scaled])
def test_a_subclass_with_its_own_step(cls):
    torch.manual_seed(0)
    layer = cls(2, 3, **STACK, dtype=torch.float64)
    names = [n for n, _ in layer.named_parameters()]

    def run(x: Tensor, *parameters: Tensor) -> tuple[Tensor, ...]:
        return tuple(tensors(functional_call(layer, dict(zip(names, parameters, strict=True)), (x,))))

    assert gradcheck(run, (randn(3, 2, 2), *layer.parameters()), fast_mode=True)


def test_a_step_replaced_on_the_instance():
    layer = LAYERS["RNN"][0](2, 3, dtype=torch.float64)
    original = layer.step
    layer.step = lambda a, states, p: ((original(a, states, p)[0][0].exp(),), ())
    assert gradcheck(lambda x: layer(x)[0], (randn(3, 2, 2),))
