"""Generated modules as ``nn.Module``s: state files, copies, devices, dtypes, autocast, subclasses."""

from __future__ import annotations

import copy
import inspect
import io
import pickle

import pytest
import torch
from replacements import ALL, CELLS, LAYERS, assert_equal, both, pair, randn, tensors
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
