"""Layers and cells that read several inputs, in every layout; and sizes that an author has named."""

from __future__ import annotations

import copy
import pickle

import pytest
import torch
from others import with_others
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

import derive
from derive import build, cell, input, linear, sigmoid, tanh, vector
from derive.errors import DefinitionError
from derive.verification.verify import verify

STEPS, B, N, H = 5, 3, 2, 4


@cell(
    "One input of each size, a state of a named size, a vector of it, a map to a number of units",
    sizes={"time": 1, "context": "memory", "gain": "key"},
)
def sizes(x, h, k, m: input, time: input, context: input, gain: vector):
    k = tanh(gain * linear(x, k, context, size="key") + time)
    q = sigmoid(linear(k, size=2))
    h = tanh(linear(q, h)) * derive.mean(k * time + k) + derive.mean(m)
    return h, k


@pytest.fixture(scope="module")
def layer():
    torch.manual_seed(0)
    return build(sizes).Layer(N, H, 6, 3, dtype=torch.float64)


@pytest.fixture(scope="module")
def two_layers():
    torch.manual_seed(0)
    return build("context_gru").Layer(N, H, 3, num_layers=2, dtype=torch.float64)


def drawn(module, *lead):
    torch.manual_seed(1)
    return with_others(module, torch.randn(*lead, N, dtype=torch.float64))


def close(ours, theirs):
    assert ours.shape == theirs.shape
    assert (ours - theirs).abs().max() < 1e-14


def test_it_is_verified():
    found = verify(sizes)
    assert found.ok, found


def test_named_sizes_are_arguments_of_the_constructor(layer):
    assert (layer.memory, layer.key) == (6, 3)
    assert repr(layer).startswith("Sizes(2, 4, memory=6, key=3")
    assert layer.gain_l0.shape == (3,)
    assert layer(*drawn(layer, STEPS, B))[1][1].shape == (1, B, 3)
    with pytest.raises(TypeError, match="missing a required argument: 'memory'"):
        build(sizes).Layer(N, H)
    with pytest.raises(ValueError, match="key must be greater than zero"):
        build(sizes).Layer(N, H, 6, 0)


def test_layouts(layer):
    """One sequence at a time, step by step through the cell, and with the batch first."""
    xs = drawn(layer, STEPS, B)
    y, (h, k) = layer(*xs)
    for b in range(B):
        alone, (h1, k1) = layer(*(x[:, b] for x in xs))
        close(alone, y[:, b])
        close(torch.cat((h1, k1), -1), torch.cat((h, k), -1)[:, b])
    turned = copy.deepcopy(layer)
    turned.batch_first = True
    close(turned(*(x.transpose(0, 1) for x in xs))[0].transpose(0, 1), y)
    one = build(sizes).Cell(N, H, 6, 3, dtype=torch.float64)
    one.load_state_dict({n.removesuffix("_l0"): p for n, p in layer.state_dict().items()})
    states = None
    for row in zip(*xs, strict=True):
        states = one(*row, states) if states else one(*row)
    close(states[0], y[-1])
    with torch.no_grad():
        stream = layer.stream(B)
        for row in zip(*xs, strict=True):
            last = stream(*row)
        close(last, y[-1])
    assert set(layer.trace(*xs)) == {"k", "q", "h"}
    close(layer.trace(*xs)["h"], y)
    first, *others = xs
    names = dict(zip(layer.further, others, strict=True))
    close(layer(first, hx=(h, k), **names)[0], layer(*xs, (h, k))[0])
    close(pickle.loads(pickle.dumps(layer))(*xs)[0], y)


def test_packed_inputs_are_the_sequences_one_by_one(layer):
    lengths = [2, 5, 3]
    xs = drawn(layer, STEPS, B)
    packed = [pack_padded_sequence(x, torch.tensor(lengths), enforce_sorted=False) for x in xs]
    y, (h, _) = layer(*packed)
    y, _ = pad_packed_sequence(y)
    for b, n in enumerate(lengths):
        alone, (h1, _) = layer(*(x[:n, b] for x in xs))
        close(y[:n, b], alone)
        close(h[:, b], h1)
    other = pack_padded_sequence(xs[1], torch.tensor([2, 5, 4]), enforce_sorted=False)
    with pytest.raises(ValueError, match="expected m packed with the same lengths"):
        layer(packed[0], other, *packed[2:])


def test_a_second_layer_reads_the_others_too(two_layers):
    x, context = drawn(two_layers, STEPS, B)
    below, above = (build("context_gru").Layer(n, H, 3, dtype=torch.float64) for n in (N, H))
    for k, one in enumerate((below, above)):
        one.load_state_dict({f"{n[:-3]}_l0": p for n, p in two_layers.state_dict().items() if n.endswith(f"_l{k}")})
    y = two_layers(x, context)[0]
    close(y, above(below(x, context)[0], context)[0])
    with pytest.raises(ValueError, match="num_layers is 2, and x_last, m, dt with input_size features each go with"):
        build("gru_d").Layer(N, H, num_layers=2)


def test_the_operator_of_compilers_is_the_layer(layer):
    xs = drawn(layer, STEPS, B)
    x = torch.cat(xs, -1)
    states = tuple(torch.zeros(B, n, dtype=torch.float64) for n in layer.state_sizes(H))
    p = layer._collect("_l0")
    outputs, *final, _ = layer.operator(x, *states, *p, N, H, 0, False, False, None, None, False, 6, 3)
    y, finals = layer(*xs)
    close(outputs, y)
    for ours, theirs in zip(final, finals, strict=True):
        close(ours, theirs[0])


WRONG = {
    "missing": (lambda x, m, t, c: (x, m, t), TypeError, "takes input, m, time, context, hx; missing: context"),
    "too many": (lambda x, m, t, c: (x, m, t, c, None, x), TypeError, "takes input, m, time, context, hx, each once"),
    "dimensions": (lambda x, m, t, c: (x, m, t[0], c), ValueError, "time is not laid out as input, which is 3-D"),
    "features": (lambda x, m, t, c: (x, m, c, c), RuntimeError, r"time has shape \[5, 3, 6\], expected \[5, 3, 1\]"),
    "steps": (lambda x, m, t, c: (x, m[1:], t, c), RuntimeError, r"m has shape \[4, 3, 2\], expected \[5, 3, 2\]"),
    "dtype": (lambda x, m, t, c: (x, m, t, c.float()), ValueError, "context is of torch.float32, and input of"),
    "first": (lambda x, m, t, c: (c, m, t, c), RuntimeError, "must be equal to input_size. Expected 2, got 6"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_named(what, layer):
    change, error, words = WRONG[what]
    with pytest.raises(error, match=words):
        layer(*change(*drawn(layer, STEPS, B)))


def test_a_stack_has_one_input():
    with pytest.raises(ValueError, match="GRUD reads x_last, m, dt beside its input, which a stack has not"):
        derive.Stack("gru_d", N, H)


def test_a_size_is_no_attribute_of_modules():
    @cell("A size that modules have already")
    def taken(x, h):
        k = tanh(linear(x, h, size="training"))
        h = tanh(linear(k))
        return h

    with pytest.raises(DefinitionError, match="the size 'training' cannot be an argument of a PyTorch module"):
        build(taken)
