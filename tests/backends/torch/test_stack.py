"""Stacks against loops written by hand over torch's cells, torch's layers and autograd.

What is random is drawn again from the same seed, in the order in which it is drawn: masks layer by layer, one for both
directions; zoneout state by state, for all steps at once.
"""

from __future__ import annotations

import pickle

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.rnn import pack_sequence, unpack_sequence

import derive

N, H, T, B = 3, 5, 4, 6
P = 0.4


@pytest.fixture(autouse=True)
def in_float64():
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(0)
    yield
    torch.set_default_dtype(before)


def assert_same(found, wanted, variables):
    """Two lists of tensors, and their gradients with respect to a list of variables each."""
    weights = [torch.randn_like(t) for t in found]
    gradients = [
        torch.autograd.grad(sum((t * w).sum() for t, w in zip(ts, weights, strict=True)), vs)
        for ts, vs in zip((found, wanted), variables, strict=True)
    ]
    torch.testing.assert_close(found, wanted, rtol=0, atol=1e-12)
    torch.testing.assert_close(*gradients, rtol=0, atol=1e-11)


def tensors(states):
    """The final states of a stack as one list."""
    return [s for of_layer in states for s in (of_layer if isinstance(of_layer, tuple) else (of_layer,))]


def with_kernels(stack, kernels):
    for layer in stack.layers:
        layer.kernels = kernels
    return stack


@pytest.mark.parametrize(("bidirectional", "batch_first"), [(False, True), (True, False)])
def test_equal_layers_are_those_of_torch(bidirectional, batch_first):
    """The same seed gives the same parameters and the same dropout."""
    options = {"dropout": P, "bidirectional": bidirectional, "batch_first": batch_first}
    torch.manual_seed(1)
    theirs = nn.LSTM(N, H, 3, **options)
    torch.manual_seed(1)
    stack = derive.Stack(derive.lstm, N, [H, H, H], **options)
    x = torch.randn(T, B, N)
    torch.manual_seed(2)
    wanted, (h, c) = theirs(x)
    torch.manual_seed(2)
    found, states = stack(x)
    h_found, c_found = (torch.cat(s) for s in zip(*states, strict=True))
    assert_same([found, h_found, c_found], [wanted, h, c], (list(stack.parameters()), list(theirs.parameters())))


def test_sizes_cells_and_packing():
    """Layers of another cell and size above the first, in both directions, from given states."""
    stack = derive.Stack(["lstm", derive.gru, "gru"], N, [8, 4, 5], bidirectional=True)
    theirs = [nn.LSTM(N, 8, bidirectional=True), nn.GRU(16, 4, bidirectional=True), nn.GRU(8, 5, bidirectional=True)]
    for one, other in zip(theirs, stack.layers, strict=True):
        one.load_state_dict(other.state_dict())
    x = pack_sequence([torch.randn(n, N) for n in (2, T, 3)], enforce_sorted=False)
    hx = [(torch.randn(2, 3, 8), torch.randn(2, 3, 8)), None, torch.randn(2, 3, 5)]
    y, wanted = x, []
    for layer, first in zip(theirs, hx, strict=True):
        y, final = layer(y, first)
        wanted.append(final)
    found, states = stack(x, hx)
    variables = list(stack.parameters()), [p for m in theirs for p in m.parameters()]
    assert_same([found.data, *tensors(states)], [y.data, *tensors(wanted)], variables)


def test_residuals_are_what_came_before_dropout():
    stack = derive.Stack(["gru", "gru", "gru"], N, [H, H, H], residual=True, dropout=P)
    theirs = [nn.GRU(layer.input_size, H) for layer in stack.layers]
    for one, other in zip(theirs, stack.layers, strict=True):
        one.load_state_dict(other.state_dict())
    x = torch.randn(T, B, N)
    torch.manual_seed(2)
    found = stack(x)[0]
    torch.manual_seed(2)
    y = theirs[0](x)[0]
    for layer in theirs[1:]:
        y = layer(F.dropout(y, P))[0] + y
    assert_same([found], [y], (list(stack.parameters()), [p for m in theirs for p in m.parameters()]))


@pytest.mark.parametrize("kernels", [True, False])
def test_recurrent_dropout_is_one_mask_of_what_the_weights_read(kernels):
    stack = with_kernels(derive.Stack(["lstm", "gru"], N, [H, 4], recurrent_dropout=P), kernels)
    lstm, gru = nn.LSTMCell(N, H), nn.GRUCell(H, 4)
    for cell, layer in zip((lstm, gru), stack.layers, strict=True):
        cell.load_state_dict({name.removesuffix("_l0"): w for name, w in layer.state_dict().items()})
    x = torch.randn(T, B, N, requires_grad=True)

    def by_hand(masks):
        (h, c), g, outputs = (torch.zeros(B, H), torch.zeros(B, H)), torch.zeros(B, 4), []
        for row in x:
            h, c = lstm(row, (h * masks[0], c))
            reset, update, new = F.linear(h, gru.weight_ih, gru.bias_ih).chunk(3, -1)
            of_reset, of_update, of_new = F.linear(g * masks[1], gru.weight_hh, gru.bias_hh).chunk(3, -1)
            z = torch.sigmoid(update + of_update)
            g = (1 - z) * torch.tanh(new + torch.sigmoid(reset + of_reset) * of_new) + z * g  # where g has no mask
            outputs.append(g)
        return [torch.stack(outputs), h, c, g]

    variables = [x, *stack.parameters()], [x, *lstm.parameters(), *gru.parameters()]
    torch.manual_seed(2)
    output, ((h, c), g) = stack(x)
    torch.manual_seed(2)
    masks = [F.dropout(torch.ones(1, B, n), P)[0] for n in (H, 4)]
    assert_same([output, h[0], c[0], g[0]], by_hand(masks), variables)
    output, ((h, c), g) = stack.eval()(x)
    assert_same([output, h[0], c[0], g[0]], by_hand([1, 1]), variables)


def test_each_sequence_and_direction_has_a_mask_of_its_own():
    """Packed sequences in any order, each by itself, forwards and backwards."""
    stack = derive.Stack(derive.lstm, N, H, recurrent_dropout=P, bidirectional=True)
    (layer,) = stack.layers
    xs = [torch.randn(n, N) for n in (2, T, 3)]
    h0, c0 = torch.randn(2, 3, H), torch.randn(2, 3, H)
    torch.manual_seed(2)
    found, [(h_found, c_found)] = stack(pack_sequence(xs, enforce_sorted=False), [(h0, c0)])
    torch.manual_seed(2)
    masks = F.dropout(torch.ones(2, 3, H), P)
    for k, suffix in enumerate(("_l0", "_l0_reverse")):
        cell = nn.LSTMCell(N, H)
        cell.load_state_dict({name: getattr(layer, f"{name}{suffix}") for name in cell.state_dict()})
        for j, (x, y) in enumerate(zip(xs, unpack_sequence(found), strict=True)):
            h, c = h0[k, j], c0[k, j]
            outputs = []
            for row in x.flip(0) if k else x:
                h, c = cell(row, (h * masks[k, j], c))
                outputs.append(h)
            wanted = torch.stack(outputs[::-1] if k else outputs)
            torch.testing.assert_close(y[:, k * H : (k + 1) * H], wanted, rtol=0, atol=1e-12)
            torch.testing.assert_close((h_found[k, j], c_found[k, j]), (h, c), rtol=0, atol=1e-12)


def test_zoneout_keeps_units_in_training_and_mixes_in_evaluation():
    rates = {"h": 0.3, "c": 0.6}
    stack = derive.Stack(derive.lstm, N, H, zoneout=rates)
    cell = nn.LSTMCell(N, H)
    cell.load_state_dict({name.removesuffix("_l0"): w for name, w in stack.layers[0].state_dict().items()})
    x = torch.randn(T, B, N, requires_grad=True)

    def by_hand(keep):
        h = c = torch.zeros(B, H)
        outputs = []
        for row, kept_h, kept_c in zip(x, keep(rates["h"]), keep(rates["c"]), strict=True):
            new_h, new_c = cell(row, (h, c))
            h, c = kept_h * h + (1 - kept_h) * new_h, kept_c * c + (1 - kept_c) * new_c
            outputs.append(h)
        return [torch.stack(outputs), h, c]

    variables = [x, *stack.parameters()], [x, *cell.parameters()]
    for training, keep in ((True, lambda z: torch.bernoulli(torch.full((T, B, H), z))), (False, lambda z: [z] * T)):
        torch.manual_seed(2)
        output, [(h, c)] = stack.train(training)(x)
        torch.manual_seed(2)
        assert_same([output, h[0], c[0]], by_hand(keep), variables)


def test_zoneout_of_packed_sequences_in_both_directions():
    """Every unit of a GRU, whose output shows all of its state, is what it was or what the equations give."""
    stack = derive.Stack("gru", N, H, zoneout={"h": 0.5}, bidirectional=True)
    (layer,) = stack.layers
    xs = [torch.randn(n, N) for n in (2, T, 3)]
    ys = unpack_sequence(stack(pack_sequence(xs, enforce_sorted=False))[0])
    shares = []
    for k, suffix in enumerate(("_l0", "_l0_reverse")):
        cell = nn.GRUCell(N, H)
        cell.load_state_dict({name: getattr(layer, f"{name}{suffix}") for name in cell.state_dict()})
        for x, y in zip(xs, ys, strict=True):
            x, now = (s.flip(0) if k else s for s in (x, y[:, k * H : (k + 1) * H]))
            before = torch.cat((torch.zeros(1, H), now[:-1]))
            kept, fresh = now == before, (now - cell(x, before)).abs() < 1e-12
            assert (kept ^ fresh).all()
            shares.append(kept)
    assert 0.2 < torch.cat(shares).double().mean() < 0.8


@pytest.mark.parametrize("kernels", [True, False])
def test_weight_dropout_is_one_mask_a_call(kernels):
    stack = with_kernels(derive.Stack(["gru", "gru"], N, [H, 4], weight_dropout=P, bidirectional=True), kernels)
    theirs = [nn.GRU(N, H, bidirectional=True), nn.GRU(2 * H, 4, bidirectional=True)]
    for one, other in zip(theirs, stack.layers, strict=True):
        one.load_state_dict(other.state_dict())
    x = torch.randn(T, B, N)
    variables = list(stack.parameters()), [p for m in theirs for p in m.parameters()]
    for training in (True, True, False):
        torch.manual_seed(2)
        output, states = stack.train(training)(x)
        torch.manual_seed(2)
        y, wanted = x, []
        for layer in theirs:
            names = ("weight_hh_l0", "weight_hh_l0_reverse")
            dropped = {name: F.dropout(getattr(layer, name), P, training) for name in names}
            y, final = torch.func.functional_call(layer, dropped, (y,))
            wanted.append(final)
        assert_same([output, *states], [y, *wanted], variables)


@pytest.mark.parametrize("packed", [True, False])
def test_first_values_are_learned(packed):
    stack = derive.Stack(["lstm", "gru"], N, [H, 4], learn_initial_state=True, recurrent_dropout=P).eval()
    theirs = [nn.LSTM(N, H), nn.GRU(H, 4)]
    for one, other in zip(theirs, stack.layers, strict=True):
        one.load_state_dict({k: v for k, v in other.state_dict().items() if "_0_l" not in k})
    first = [stack.layers[0].h_0_l0, stack.layers[0].c_0_l0, stack.layers[1].h_0_l0]
    assert all(torch.equal(p, torch.zeros(n)) for p, n in zip(first, (H, H, 4), strict=True))
    for p in first:
        nn.init.normal_(p)
    x = torch.randn(T, B, N)
    x = (
        pack_sequence([row[: 1 + k % T] for k, row in enumerate(x.transpose(0, 1))], enforce_sorted=False)
        if packed
        else x
    )
    h, c, g = (p.expand(1, B, -1) for p in first)
    y, final = theirs[0](x, (h.contiguous(), c.contiguous()))
    wanted, last = theirs[1](y, g.contiguous())
    found, states = stack(x)
    output = [y.data if packed else y for y in (found, wanted)]
    parameters = [p for m in theirs for p in m.parameters()]
    of_layers = [p for n, p in stack.named_parameters() if "_0_l" not in n]
    assert_same([output[0], *tensors(states)], [output[1], *final, last], ([*first, *of_layers], [*first, *parameters]))
    zeros = [(torch.zeros(1, B, H), torch.zeros(1, B, H)), torch.zeros(1, B, 4)]
    expected = theirs[1](theirs[0](x)[0])[1]
    torch.testing.assert_close(stack(x, zeros)[1][1], expected, rtol=0, atol=1e-12)


def everything():
    options = {"recurrent_dropout": P, "weight_dropout": P, "zoneout": {"h": 0.2}, "learn_initial_state": True}
    return derive.Stack(["lstm", "gru"], N, [H, H], dropout=P, residual=True, **options)


def test_all_of_it_together_is_the_same_after_a_pickle_and_from_a_seed():
    stack = everything()
    x = torch.randn(T, B, N)
    copy = pickle.loads(pickle.dumps(stack))
    found = []
    for module in (stack, copy, stack):
        torch.manual_seed(3)
        found.append(module(x)[0])
    assert torch.equal(found[0], found[1])
    assert torch.equal(found[0], found[2])
    assert not torch.equal(found[0], stack(x)[0])
    found[0].sum().backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in stack.parameters())


@pytest.mark.parametrize("batch", [None, 2])
def test_a_stream_is_the_stack_in_evaluation(batch):
    stack = everything()
    for p in stack.parameters():
        nn.init.normal_(p, std=0.5)
    stream = stack.stream(batch or 1)
    x = torch.randn(T, batch, N) if batch else torch.randn(T, N)
    wanted = stack.eval()(x)[0]
    for _ in range(2):
        torch.testing.assert_close(torch.stack([stream(row).clone() for row in x]), wanted, rtol=0, atol=1e-12)
        stream.reset()
