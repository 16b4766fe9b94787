"""Weights to and from Keras and ONNX: both are run, and give what the layer gives with the converted weights."""

from __future__ import annotations

import importlib
import sys

import numpy as np
import pytest
import torch
from frameworks import TOLERANCE, keras_layer, keras_output, onnx_node, torch_state

import derive
from derive.backends.torch.build import build
from derive.convert import from_keras, from_onnx, to_keras, to_onnx
from derive.errors import DeriveError

KINDS = ("lstm", "gru", "rnn")


def layer(kind: str, **arguments) -> torch.nn.Module:
    torch.manual_seed(2)
    return build(derive.catalogue[kind]).Layer(3, 4, **arguments)


@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_keras_weights_come_in(kind, use_bias):
    made, ours = keras_layer(kind, use_bias=use_bias), layer(kind, bias=use_bias)
    ours.load_state_dict(torch_state(from_keras(kind, made.get_weights())), strict=True)
    x = torch.randn(5, 2, 3)
    torch.testing.assert_close(ours(x)[0], keras_output(made, x), **TOLERANCE)


@pytest.mark.parametrize("kind", KINDS)
def test_weights_go_out_to_keras(kind):
    ours, made = layer(kind), keras_layer(kind)
    made.set_weights(to_keras(kind, ours.state_dict()))
    x = torch.randn(5, 2, 3)
    torch.testing.assert_close(ours(x)[0], keras_output(made, x), **TOLERANCE)


@pytest.mark.parametrize("kind", KINDS)
def test_keras_there_and_back(kind):
    state = layer(kind, num_layers=2, bidirectional=True).state_dict()
    weights = to_keras(kind, state, layer=1, reverse=True)
    again = from_keras(kind, weights, layer=1, reverse=True)
    for w, v in zip(to_keras(kind, again, layer=1, reverse=True), weights, strict=True):
        np.testing.assert_array_equal(w, v)
    assert set(again) == {k for k in state if k.endswith("_l1_reverse")}


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_onnx_both_ways(kind, bias, bidirectional):
    arguments = {"bias": bias, "bidirectional": bidirectional}
    ours, x = layer(kind, **arguments), torch.randn(5, 2, 3)
    tensors = to_onnx(kind, ours.state_dict())
    torch.testing.assert_close(ours(x)[0], onnx_node(kind, tensors, x)[0], **TOLERANCE)

    generator = np.random.default_rng(1)
    drawn = {k: generator.normal(size=v.shape).astype("float32") for k, v in tensors.items()}
    ours.load_state_dict(torch_state(from_onnx(kind, drawn)), strict=True)
    torch.testing.assert_close(ours(x)[0], onnx_node(kind, drawn, x)[0], **TOLERANCE)


def test_a_stack_of_onnx_layers():
    ours, x = layer("lstm", num_layers=2, bidirectional=True), torch.randn(5, 2, 3)
    below = onnx_node("lstm", to_onnx("lstm", ours.state_dict()), x)[0]
    above = onnx_node("lstm", to_onnx("lstm", ours.state_dict(), layer=1), below)[0]
    torch.testing.assert_close(ours(x)[0], above, **TOLERANCE)


def test_wrong_weights_are_named():
    weights = keras_layer("lstm").get_weights()
    with pytest.raises(DeriveError, match="unknown kind of layer 'lsmt'; did you mean 'lstm'"):
        from_keras("lsmt", weights)
    with pytest.raises(DeriveError, match=r"recurrent kernel has shape \(4, 16\), expected \(4, 12\)"):
        from_keras("gru", weights)
    with pytest.raises(DeriveError, match="expected a kernel, a recurrent kernel and at most one bias"):
        from_keras("lstm", weights[:1])
    with pytest.raises(DeriveError, match="reset_after=False multiplies by r before the matrix"):
        from_keras("gru", keras_layer("gru", reset_after=False).get_weights())
    with pytest.raises(DeriveError, match=r"unknown tensor 'R'.* Known: W"):
        from_onnx("lstm", {"W": np.zeros((1, 16, 3))})
    with pytest.raises(DeriveError, match="unknown tensor 'weight_ih_l3'"):
        to_onnx("lstm", layer("lstm").state_dict(), layer=3)
    half = {name: tensor.bfloat16() for name, tensor in layer("lstm").state_dict().items()}
    with pytest.raises(DeriveError, match=r"weight_ih_l0 is no array for NumPy: .*BFloat16"):
        to_keras("lstm", half)
    with pytest.raises(DeriveError, match=r"weight_ih_l0 is no array for NumPy: .*to_dense"):
        to_onnx("rnn", {"weight_ih_l0": torch.eye(4).to_sparse()})


def test_without_numpy_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "numpy", None)
    monkeypatch.delitem(sys.modules, "derive.convert")
    with pytest.raises(DeriveError, match="convert needs numpy"):
        importlib.import_module("derive.convert")
