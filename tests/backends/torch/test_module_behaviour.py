"""Generated modules as ``nn.Module``s: state files, copies, devices, dtypes, autocast, subclasses."""

from __future__ import annotations

import copy
import inspect
import io
import pickle

import pytest
import torch
from replacements import (
    ALL,
    CELLS,
    KINDS,
    LAYERS,
    assert_close,
    assert_equal,
    both,
    call,
    elsewhere,
    pair,
    randn,
    stack,
    tensors,
)
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence
from torch.utils._pytree import tree_leaves


@both
def test_state_dict_both_ways(name, factory, tolerance):
    ours, theirs = (cls(3, 4, **factory) for cls in ALL[name])
    cells = name in CELLS
    theirs.load_state_dict(ours.state_dict(), strict=True)
    value = randn(*((2, 3) if cells else (5, 2, 3)), **factory)
    assert_equal(ours, theirs, tolerance, value)
    theirs.reset_parameters()
    ours.load_state_dict(theirs.state_dict(), strict=True)
    assert_equal(ours, theirs, tolerance, value)


@both
def test_reset_parameters_draws_as_torch(name):
    ours, theirs = pair(name, 3, 4)
    for module in (ours, theirs):
        torch.manual_seed(11)
        module.reset_parameters()
    assert all(torch.equal(a, b) for a, b in zip(ours.parameters(), theirs.parameters(), strict=True))


@both
def test_copies_are_equal_and_independent(name):
    ours, _ = pair(name, 3, 4)
    value = torch.randn(2, 3) if name in CELLS else torch.randn(5, 2, 3)
    buffer = io.BytesIO()
    torch.save(ours, buffer)
    buffer.seek(0)
    want = tensors(ours(value))
    for other in (copy.deepcopy(ours), pickle.loads(pickle.dumps(ours)), torch.load(buffer, weights_only=False)):
        assert repr(other) == repr(ours)
        assert all(torch.equal(a, b) for a, b in zip(tensors(other(value)), want, strict=True))
        with torch.no_grad():
            next(other.parameters()).add_(1.0)
        assert all(torch.equal(a, b) for a, b in zip(tensors(ours(value)), want, strict=True))


@both
@pytest.mark.parametrize("low", [torch.bfloat16, torch.float16, torch.float32], ids=str)
def test_lower_precision(name, low, device):
    ours, theirs = pair(name, 3, 4, device=device)
    value = torch.randn(2, 3, device=device) if name in CELLS else torch.randn(5, 2, 3, device=device)
    got, want = tensors(ours.to(low)(value.to(low))), tensors(theirs.to(low)(value.to(low)))
    exact = tensors(theirs.double()(value.to(low).double()))
    for a, b, c in zip(got, want, exact, strict=True):
        assert a.dtype == b.dtype == low
        torch.testing.assert_close(a.double(), c, rtol=0, atol=8 * torch.finfo(low).eps)


@both
def test_autocast(name, device):
    """A layer computes in autocast's dtype, as cuDNN and torch's LSTM on the CPU do; a cell as its operations do."""
    ours, theirs = pair(name, 3, 4, device=device)
    value = torch.randn(2, 3, device=device) if name in CELLS else torch.randn(5, 2, 3, device=device)
    exact = tensors(theirs(value))
    for argument in (value, value.bfloat16()):
        with torch.autocast(torch.device(device).type, dtype=torch.bfloat16):
            got, want = tensors(ours(argument)), tensors(theirs(argument))
        for a, b, c in zip(got, want, exact, strict=True):
            assert a.dtype == (torch.bfloat16 if name in LAYERS else b.dtype)
            torch.testing.assert_close(a.float(), c, rtol=0, atol=3e-2)
    sum(t.float().sum() for t in got).backward()
    assert all(p.grad.dtype == torch.float32 for p in ours.parameters())
    if name in LAYERS:
        with torch.autocast(torch.device(device).type, dtype=torch.bfloat16):
            packed = pack_padded_sequence(value, torch.tensor([5, 3]))
            assert [t.dtype for t in tensors(ours(packed))] == [torch.bfloat16] * len(got)


WIDE = (torch.float64, torch.complex64, torch.complex128)


@pytest.mark.parametrize(
    ("kind", "wide"), [(k, w) for k in KINDS for w in WIDE if not (w.is_complex and "relu" in k)], ids=str
)
def test_autocast_leaves_what_is_no_single_precision(kind, wide, device):
    """As autocast does with every operation: it lowers the precision of real numbers of 32 bits alone."""
    ours, theirs, x, states = stack(kind, {"device": device, "dtype": wide})
    x, states = 0.1 * x, tuple(0.1 * s for s in states)  # far from the poles of a complex tanh
    with torch.autocast(torch.device(device).type, dtype=torch.bfloat16):
        got = tensors(call(ours, x, states))
    assert all(t.dtype == wide for t in got)
    theirs, (x, *states) = elsewhere(theirs, x, *states)
    assert_close(got, tensors(call(theirs, x, tuple(states))), 100 * torch.finfo(wide).eps)


@both
def test_meta_device(name):
    ours, theirs = pair(name, 3, 4, device="meta")
    value = torch.empty(2, 3, device="meta") if name in CELLS else torch.empty(5, 2, 3, device="meta")
    shapes = [[(t.shape, t.device.type) for t in tensors(m(value))] for m in (ours, theirs)]
    assert shapes[0] == shapes[1]
    real = ours.to_empty(device="cpu")
    torch.manual_seed(7)
    real.reset_parameters()
    assert torch.equal(next(real.parameters()), next(pair(name, 3, 4)[1].parameters()))


@both
def test_training_on_the_meta_device(name):
    """Shapes and dtypes of outputs and gradients, without numbers."""
    found = []
    for module in pair(name, 3, 4, device="meta"):
        x = torch.empty(*((2, 3) if name in CELLS else (5, 2, 3)), device="meta", requires_grad=True)
        outputs = tensors(module(x))
        sum(y.sum() for y in outputs).backward()
        found.append([(t.shape, t.dtype) for t in (*outputs, x.grad, *(p.grad for p in module.parameters()))])
    assert found[0] == found[1]


@both
def test_construction_without_memory(name):
    """The ways in which large models are made: a device in context, no initialisation, and parameters assigned."""
    ours, theirs = ALL[name]
    source = theirs(3, 4)
    skipped = torch.nn.utils.skip_init(ours, 3, 4)
    assert [p.shape for p in skipped.parameters()] == [p.shape for p in source.parameters()]
    with torch.device("meta"):
        module = ours(3, 4)
    assert all(p.is_meta for p in module.parameters())
    module.load_state_dict(source.state_dict(), assign=True)
    value = torch.randn(2, 3) if name in CELLS else torch.randn(5, 2, 3)
    assert_close(tensors(module(value)), tensors(source(value)), 1e-6)


@both
def test_moving(name, device):
    """``to`` moves every parameter, and the module computes where and as it is told."""
    ours, _ = pair(name, 3, 4)
    for move in (
        lambda m: m.double(),
        lambda m: m.to(device),
        lambda m: m.to(torch.float32),
        lambda m: m.float().cpu(),
    ):
        move(ours)
        weight = next(ours.parameters())
        assert {(p.device, p.dtype) for p in ours.parameters()} == {(weight.device, weight.dtype)}
        value = torch.randn(*((2, 3) if name in CELLS else (5, 2, 3)), device=weight.device, dtype=weight.dtype)
        assert all(y.dtype == weight.dtype and y.device == weight.device for y in tensors(ours(value)))


@both
def test_not_a_subclass_of_torch_recurrent_modules(name):
    assert not issubclass(ALL[name][0], nn.RNNBase | nn.RNNCellBase)


def test_a_subclass_with_its_own_constructor():
    class Encoder(LAYERS["LSTM"][0]):
        def __init__(self, vocabulary):
            super().__init__(8, 4, num_layers=2)
            self.embedding = nn.Embedding(vocabulary, 8)

        def forward(self, tokens):
            return super().forward(self.embedding(tokens))

    assert str(inspect.signature(Encoder)) == "(vocabulary)"
    assert Encoder(10)(torch.zeros(5, 2, dtype=torch.long))[0].shape == (5, 2, 4)
    assert len(tree_leaves(Encoder(10).state_dict())) == 9
