"""Layers that machines run are to autograd, and to everything of PyTorch's, what the same layers in PyTorch are."""

from __future__ import annotations

import copy
import io
import pickle
import threading
from typing import Any

import pytest
from compiling import REAL

pytest.importorskip("torch")

import torch
from both_ways import DOUBLE, ONCE, THERE_AND_BACK, Marked, layer, lstm, randn, same_both_ways, trained, watched
from torch import Tensor, nn
from torch.autograd import forward_ad, gradcheck, gradgradcheck
from torch.func import functional_call, grad, jvp, vmap
from torch.overrides import TorchFunctionMode

pytestmark = pytest.mark.skipif(REAL is None, reason="there is no C compiler")


def test_gradcheck():
    m, x = layer(lstm, 3, 5), randn(3, 2, 3, requires_grad=True)
    parameters = dict(m.named_parameters())

    def run(x, *values):
        return functional_call(m, dict(zip(parameters, values, strict=True)), (x,))[0]

    given = (x, *(p.detach().requires_grad_() for p in parameters.values()))
    with watched() as done:
        assert gradcheck(run, given, fast_mode=True)
    assert "backward" in done
    assert gradgradcheck(run, given, fast_mode=True)


def test_second_derivatives():
    x = randn(4, 2, 3, requires_grad=True)

    def run(m):
        (d,) = torch.autograd.grad(m(x)[0].square().sum(), x, create_graph=True)
        return list(torch.autograd.grad(d.square().sum(), [x, *m.parameters()]))

    same_both_ways(layer(), run)
    same_both_ways(layer(num_layers=2, bidirectional=True, batch_first=True), run)


def test_a_graph_that_is_kept():
    m, x = layer(), randn(4, 2, 3, requires_grad=True)
    loss, leaves = m(x)[0].square().sum(), [x, *m.parameters()]
    first, second = (torch.autograd.grad(loss, leaves, retain_graph=True) for _ in range(2))
    m(2 * x)[0].sum().backward()  # another pass, which has a memory of its own
    with torch.no_grad():
        m(3 * x)
    third = torch.autograd.grad(loss, leaves)
    assert all(torch.equal(a, b) and torch.equal(a, c) for a, b, c in zip(first, second, third, strict=True))
    with pytest.raises(RuntimeError, match="second time"):
        torch.autograd.grad(loss, leaves)


def test_threads_that_go_back_through_one_graph():
    m, x = layer(lstm, 32, 64), randn(40, 4, 32)
    loss, leaves = m(x)[0].square().sum(), list(m.parameters())
    expected = torch.autograd.grad(loss, leaves, retain_graph=True)
    found: list[Any] = []

    def work():
        found.extend(torch.autograd.grad(loss, leaves, retain_graph=True) for _ in range(4))

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 24
    assert all(torch.equal(a, b) for one in found for a, b in zip(one, expected, strict=True))


def test_many_gradients_at_once():
    x = randn(4, 2, 3, requires_grad=True)
    d = randn(5, 4, 2, 8)
    same_both_ways(
        layer(), lambda m: list(torch.autograd.grad(m(x)[0], [x, *m.parameters()], d, is_grads_batched=True))
    )


def test_functional():
    x = randn(4, 2, 3)

    def run(m):
        p = dict(m.named_parameters())
        found = grad(lambda p: functional_call(m, p, (x,))[0].square().sum())(p)
        each = vmap(lambda x: functional_call(m, p, (x,))[0])(torch.stack([x, 2 * x]))
        with forward_ad.dual_level():
            tangent = forward_ad.unpack_dual(m(forward_ad.make_dual(x, x))[0]).tangent
        return [*found.values(), each, jvp(lambda x: m(x)[0], (x,), (x,))[1], tangent]

    same_both_ways(layer(), run)


@pytest.mark.parametrize("which", ["output", "weight", "input", "final state"])
def test_changes_between_forward_and_backward(which):
    """They are refused where PyTorch's own path refuses them, and make no difference elsewhere."""
    found = []
    for on in (True, False):
        m = layer()
        m.kernels = on
        x = randn(4, 2, 3, generator=torch.Generator().manual_seed(0)).requires_grad_() * 1
        output, (h, _) = m(x)
        with torch.no_grad():
            {"output": output, "weight": m.weight_hh_l0, "input": x, "final state": h}[which].detach().add_(1)
        if which != "final state":
            with pytest.raises(RuntimeError, match="modified by an inplace operation"):
                output.sum().backward()
        else:
            output.sum().backward()
            found.append(m.weight_hh_l0.grad)
    if found:
        torch.testing.assert_close(*found)


def test_changed_weights_are_seen():
    m, x = layer(), randn(4, 2, 3)
    same_both_ways(m, lambda m: trained(m, x), THERE_AND_BACK)
    m.weight_hh_l0.data.mul_(2)
    same_both_ways(m, lambda m: trained(m, x), THERE_AND_BACK)
    m.weight_ih_l0.data[3, 2] = torch.nextafter(m.weight_ih_l0.data[3, 2], torch.tensor(9.0, **DOUBLE))
    with torch.no_grad():
        assert torch.equal(m(x)[0], copy.deepcopy(m)(x)[0])
    m.load_state_dict(layer().state_dict() | {"bias_hh_l0": randn(32)})
    same_both_ways(m, lambda m: trained(m, x), THERE_AND_BACK)
    m.weight_hh_l0 = nn.Parameter(randn(8, 32).t())
    same_both_ways(m, lambda m: trained(m, x), THERE_AND_BACK)


def test_sizes_that_are_not_the_layers():
    """A machine would read beside the memory."""
    x = randn(4, 2, 3)
    m = layer()
    m.weight_hh_l0 = nn.Parameter(randn(32, 2))
    with pytest.raises(RuntimeError, match=r"Expected weight_hh of size \(32, 8\), got \[32, 2\]"):
        m(x)
    m = layer()
    m.hidden_size = 200
    with pytest.raises(RuntimeError, match="Expected hidden"):
        m(x, (torch.zeros(1, 2, 8, **DOUBLE),) * 2)
    with pytest.raises(RuntimeError, match=r"Expected weight_ih of size \(800, 3\), got \[32, 3\]"):
        m(x)
    m = layer()
    with pytest.raises(RuntimeError, match=r"Expected h of size \(2, 8\), got \[1, 8\]"):
        m.scan(x, (torch.zeros(1, 8, **DOUBLE),) * 2, m._collect("_l0"))


def _turned(t: Tensor) -> Tensor:
    return t.transpose(0, -1).clone(memory_format=torch.contiguous_format)


def test_saved_tensors_hooks():
    """What is unpacked lies otherwise in memory, or is a number of another type."""
    x = randn(4, 2, 3, requires_grad=True)

    def run(m):
        with torch.autograd.graph.saved_tensors_hooks(_turned, _turned):
            output = m(x)[0]
        return list(torch.autograd.grad(output.square().sum(), [x, *m.parameters()]))

    same_both_ways(layer(), run)
    m = layer()
    expected = torch.autograd.grad(m(x)[0].sum(), x)[0]
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t.float(), lambda t: t):
        output = m(x)[0]
    torch.testing.assert_close(torch.autograd.grad(output.sum(), x)[0], expected, atol=1e-5, rtol=1e-5)


def test_hooks():
    seen = []
    m, x = layer(), randn(4, 2, 3, requires_grad=True)
    m.register_forward_hook(lambda *_: seen.append("forward"))
    m.register_full_backward_hook(lambda *_: seen.append("backward"))
    m.weight_hh_l0.register_hook(lambda d: seen.append("weight") or 2 * d)
    same_both_ways(m, lambda m: trained(m, x))
    assert seen == ["forward", "weight", "backward"] * 3 or seen == ["forward", "backward", "weight"] * 3


def test_autocast():
    m, x = layer(dtype=torch.float32), randn(4, 2, 3, dtype=torch.float32)
    with torch.autocast("cpu", torch.bfloat16):
        same_both_ways(m, lambda m: [m(x)[0]], [])
        with torch.autocast("cpu", enabled=False):
            same_both_ways(m, lambda m: [m(x)[0]], ONCE, 1e-6)


def test_subclasses_and_modes():
    class Counting(TorchFunctionMode):
        def __torch_function__(self, function, types, args=(), kwargs=None):
            return function(*args, **(kwargs or {}))

    m, x = layer(), randn(4, 2, 3)
    same_both_ways(m, lambda m: [m(x.as_subclass(Marked))[0]], [])
    assert isinstance(m(x.as_subclass(Marked))[0], Marked)
    with Counting():
        same_both_ways(m, lambda m: trained(m, x))
    meta = lstm.Layer(3, 8, device="meta")
    assert meta(torch.empty(4, 2, 3, device="meta"))[0].shape == (4, 2, 8)
    from torch._subclasses.fake_tensor import FakeTensorMode

    with FakeTensorMode() as mode:
        assert lstm.Layer(3, 8, **DOUBLE)(mode.from_tensor(x))[0].shape == (4, 2, 8)


@pytest.mark.parametrize("training", [True, False])
def test_compilers_see_one_operator_which_runs_the_machine(training):
    m, x = layer(), randn(3, 2, 3)
    expected = m(x)[0]
    with torch.set_grad_enabled(training), watched() as done:
        compiled = torch.compile(m, fullgraph=True, backend="eager")(x)[0]
        assert done == ["forward"]
        exported = torch.export.export(m, (x,)).module()(x)[0]
        assert done == ["forward", "forward"]
        traced = torch.jit.trace(m, (x,), check_trace=False)(x)[0]
        assert done == ["forward", "forward"]
    for found in (compiled, exported, traced):
        torch.testing.assert_close(found, expected)


def test_copies_of_a_layer_that_has_run():
    m, x = layer(), randn(4, 2, 3)
    expected = trained(m, x)
    file = io.BytesIO()
    torch.save(m, file)
    file.seek(0)
    for other in (copy.deepcopy(m), copy.copy(m), pickle.loads(pickle.dumps(m)), torch.load(file, weights_only=False)):
        with watched() as done:
            found = trained(other, x)
        assert done == THERE_AND_BACK
        assert all(torch.equal(a, b) for a, b in zip(found, expected, strict=True))
