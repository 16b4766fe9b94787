"""Weights to and from Keras and ONNX: both are run, and give what the layer gives with the converted weights."""

from __future__ import annotations

import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
import onnxruntime
import pytest
import torch
from onnx import TensorProto, helper

import derive
from derive.build import build
from derive.convert import from_keras, from_onnx, to_keras, to_onnx
from derive.errors import DeriveError

KINDS = ("lstm", "gru", "rnn")
KERAS = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU, "rnn": keras.layers.SimpleRNN}
GATES = {"lstm": 4, "gru": 3, "rnn": 1}


def layer(kind: str, **arguments) -> torch.nn.Module:
    torch.manual_seed(2)
    return build(derive.catalogue[kind]).Layer(3, 4, **arguments)


def keras_layer(kind: str, **arguments) -> keras.layers.Layer:
    """A Keras layer with random weights and biases."""
    made = KERAS[kind](4, return_sequences=True, **arguments)
    made.build((2, 5, 3))
    generator = np.random.default_rng(1)
    made.set_weights([generator.normal(size=w.shape).astype("float32") for w in made.get_weights()])
    return made


def keras_output(made: keras.layers.Layer, x: torch.Tensor) -> torch.Tensor:
    """(T, B, I) -> (T, B, H)."""
    return torch.as_tensor(keras.ops.convert_to_numpy(made(x.transpose(0, 1).numpy()))).transpose(0, 1)


def torch_state(state) -> dict[str, torch.Tensor]:
    return {k: torch.from_numpy(np.ascontiguousarray(v)) for k, v in state.items()}


@pytest.mark.parametrize("use_bias", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_keras_weights_come_in(kind, use_bias):
    made, ours = keras_layer(kind, use_bias=use_bias), layer(kind, bias=use_bias)
    ours.load_state_dict(torch_state(from_keras(kind, made.get_weights())), strict=True)
    x = torch.randn(5, 2, 3)
    torch.testing.assert_close(ours(x)[0], keras_output(made, x), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_weights_go_out_to_keras(kind):
    ours, made = layer(kind), keras_layer(kind)
    made.set_weights(to_keras(kind, ours.state_dict()))
    x = torch.randn(5, 2, 3)
    torch.testing.assert_close(ours(x)[0], keras_output(made, x), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_keras_there_and_back(kind):
    state = layer(kind, num_layers=2, bidirectional=True).state_dict()
    weights = to_keras(kind, state, layer=1, reverse=True)
    again = from_keras(kind, weights, layer=1, reverse=True)
    for w, v in zip(to_keras(kind, again, layer=1, reverse=True), weights, strict=True):
        np.testing.assert_array_equal(w, v)
    assert set(again) == {k for k in state if k.endswith("_l1_reverse")}


def onnx_output(kind: str, tensors, x: torch.Tensor, **attributes) -> torch.Tensor:
    """(T, B, I) -> (T, B, D H) by ONNX Runtime."""
    attributes |= {"hidden_size": tensors["R"].shape[-1]}
    if len(tensors["W"]) == 2:
        attributes["direction"] = "bidirectional"
    if kind == "gru":
        attributes["linear_before_reset"] = 1
    node = helper.make_node(kind.upper(), ["X", *tensors], ["Y"], **attributes)
    weights = [helper.make_tensor(k, TensorProto.FLOAT, v.shape, v.ravel()) for k, v in tensors.items()]
    inputs = [helper.make_tensor_value_info("X", TensorProto.FLOAT, x.shape)]
    outputs = [helper.make_tensor_value_info("Y", TensorProto.FLOAT, None)]
    graph = helper.make_graph([node], kind, inputs, outputs, weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (y,) = session.run(None, {"X": x.numpy()})  # (T, D, B, H)
    return torch.from_numpy(y).transpose(1, 2).flatten(2)


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("kind", KINDS)
def test_onnx_both_ways(kind, bias, bidirectional):
    arguments = {"bias": bias, "bidirectional": bidirectional}
    ours, x = layer(kind, **arguments), torch.randn(5, 2, 3)
    tensors = to_onnx(kind, ours.state_dict())
    torch.testing.assert_close(ours(x)[0], onnx_output(kind, tensors, x), rtol=1e-5, atol=1e-6)

    generator = np.random.default_rng(1)
    drawn = {k: generator.normal(size=v.shape).astype("float32") for k, v in tensors.items()}
    ours.load_state_dict(torch_state(from_onnx(kind, drawn)), strict=True)
    torch.testing.assert_close(ours(x)[0], onnx_output(kind, drawn, x), rtol=1e-5, atol=1e-6)


def test_a_stack_of_onnx_layers():
    ours, x = layer("lstm", num_layers=2, bidirectional=True), torch.randn(5, 2, 3)
    below = onnx_output("lstm", to_onnx("lstm", ours.state_dict()), x)
    above = onnx_output("lstm", to_onnx("lstm", ours.state_dict(), layer=1), below)
    torch.testing.assert_close(ours(x)[0], above, rtol=1e-5, atol=1e-6)


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
