"""A layer one step at a time gives what torch.nn gives for the whole sequence."""

from __future__ import annotations

import copy
import pickle

import pytest
import torch
from torch import nn

import derive
from derive.backends.torch.build import build

KINDS = {
    "LSTM": (derive.lstm, nn.LSTM, {}),
    "LSTM, two layers": (derive.lstm, nn.LSTM, {"num_layers": 2}),
    "LSTM, projected": (derive.lstm, nn.LSTM, {"proj_size": 3, "num_layers": 2}),
    "GRU, no biases": (derive.gru, nn.GRU, {"bias": False}),
    "RNN, relu": (derive.rnn, nn.RNN, {"nonlinearity": "relu"}),
}


def streamed(stream, x):
    return torch.stack([stream(row).clone() for row in x])


@pytest.mark.parametrize("kernels", [True, False])
@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("kind", KINDS)
def test_steps_are_those_of_a_sequence(kind, batch, kernels):
    cell, theirs, options = KINDS[kind]
    expected = theirs(5, 7, **options, dtype=torch.float64)
    layer = build(cell).Layer(5, 7, **options, dtype=torch.float64)
    layer.load_state_dict(expected.state_dict())
    layer.kernels = kernels
    stream, x = layer.stream(batch), torch.randn(6, batch, 5, dtype=torch.float64)
    wanted, final = expected(x)
    assert torch.allclose(streamed(stream, x), wanted, atol=1e-13)
    finals = final if isinstance(final, tuple) else (final,)
    for k, states in enumerate(stream.states):
        assert all(torch.allclose(s, f[k], atol=1e-13) for s, f in zip(states, finals, strict=True))
    stream.reset()
    assert torch.allclose(streamed(stream, x), wanted, atol=1e-13)


@pytest.mark.parametrize("name", ["antisymmetric_rnn", "layer_norm_lstm", "sru", "unicornn"])
def test_other_cells(name):
    layer = build(derive.catalogue[name]).Layer(3, 4, dtype=torch.float64)
    x = torch.randn(5, 2, 3, dtype=torch.float64)
    layer.kernels = False
    wanted = layer(x)[0]
    layer.kernels = True
    assert torch.allclose(streamed(layer.stream(2), x), wanted, atol=1e-12)


def test_one_sequence_needs_no_batch():
    layer = build(derive.lstm).Layer(3, 4)
    x = torch.randn(5, 3)
    stream = layer.stream()
    assert stream(x[0]).shape == (4,)
    stream.reset()
    assert torch.allclose(streamed(stream, x), layer(x)[0], atol=1e-6)
    stream.reset()
    for row in x:
        stream.x.copy_(row)
        stream.step()
    assert torch.allclose(stream.y[0], layer(x)[0][-1], atol=1e-6)


def test_the_parameters_are_those_of_its_making():
    layer = build(derive.gru).Layer(3, 4)
    x = torch.randn(5, 1, 3)
    wanted, stream = layer(x)[0], layer.stream()
    with torch.no_grad():
        layer.weight_hh_l0.zero_()
    assert torch.allclose(streamed(stream, x), wanted, atol=1e-6)


@pytest.mark.parametrize("kernels", [True, False])
def test_the_options_are_those_of_its_making(kernels):
    layer = build(derive.catalogue["leaky_rnn"]).Layer(3, 4)
    layer.kernels = kernels
    x = torch.randn(5, 1, 3)
    wanted, stream = layer(x)[0], layer.stream()
    layer.alpha = 0.9
    assert torch.allclose(streamed(stream, x), wanted, atol=1e-6)
    assert not torch.allclose(layer(x)[0], wanted, atol=1e-2)


def test_equations_that_were_written_over_are_run():
    module = build(derive.lstm)

    class Doubled(module.Layer):
        def step(self, a, states, p):
            (h, c), more = super().step(a, states, p)
            return (2 * h, c), more

    layer, x = Doubled(3, 4), torch.randn(5, 2, 3)
    assert torch.allclose(streamed(layer.stream(2), x), layer(x)[0], atol=1e-6)


def test_what_cannot_be_streamed_is_refused():
    module = build(derive.lstm)
    with pytest.raises(ValueError, match="LSTM is bidirectional: its outputs depend on steps that are to come"):
        module.Layer(3, 4, bidirectional=True).stream()
    for batch in (0, -1, 1.5, True, None, "a"):
        with pytest.raises(ValueError, match=f"batch is {batch!r}; expected 1 or more"):
            module.Layer(3, 4).stream(batch)
    backwards = module.Layer(3, 4)
    backwards.loop = lambda x, states, p: (x, states)
    with pytest.raises(ValueError, match="the loop of LSTM was written over; a stream has steps alone"):
        backwards.stream()
    stream = module.Layer(3, 4).stream(2)
    for shape in ((3,), (2, 4), (1, 3)):
        with pytest.raises(RuntimeError, match=r"the stream expects an input of \(2, 3\) and torch.float32, got"):
            stream(torch.zeros(shape))
    for kind in (torch.float64, torch.cfloat, torch.int64):
        with pytest.raises(RuntimeError, match=rf"torch.float32, got \(2, 3\) and {kind}"):
            stream(torch.zeros(2, 3, dtype=kind))
    for shape in ((4,), (1,), (2, 3)):
        with pytest.raises(RuntimeError, match="the stream expects an input of"):
            module.Layer(3, 4).stream()(torch.zeros(shape))


@pytest.mark.parametrize("save", [copy.deepcopy, pickle.dumps])
def test_a_stream_is_not_saved_but_its_layer(save):
    for made in (build(derive.lstm).Layer(3, 4), derive.Stack(["lstm", "gru"], 3, 4)):
        with pytest.raises(TypeError, match="a stream is no data: save or copy its layer, and make a stream of that"):
            save(made.stream())
