"""Recurrent layers of ONNX Runtime and Keras, run on given weights. Both compute in float32 on the CPU."""

from __future__ import annotations

import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy as np
import onnxruntime
import torch
from onnx import TensorProto, helper
from torch import Tensor

TOLERANCE = {"rtol": 1e-5, "atol": 1e-6}
KERAS = {"lstm": keras.layers.LSTM, "gru": keras.layers.GRU, "rnn": keras.layers.SimpleRNN}
#: What says in a node of ONNX which of the two GRUs it is.
RESET = {"gru": {"linear_before_reset": 1}, "gru_reset_before": {"linear_before_reset": 0}}


def torch_state(state) -> dict[str, Tensor]:
    return {k: torch.from_numpy(np.ascontiguousarray(v)) for k, v in state.items()}


def onnx_node(kind: str, tensors: dict, x: Tensor, **attributes) -> tuple[Tensor, ...]:
    """Y as (T, B, D H), Y_h and, of an LSTM, Y_c as (D, B, H), of a node of ONNX Runtime.

    tensors: W, R and, where they are given, B, sequence_lens, initial_h and initial_c.
    """
    attributes = {"hidden_size": tensors["R"].shape[-1]} | attributes
    if len(tensors["W"]) == 2:
        attributes["direction"] = "bidirectional"
    attributes |= RESET.get(kind, {})
    places = ["X", "W", "R", "B", "sequence_lens", "initial_h", "initial_c"][: 7 if kind == "lstm" else 6]
    results = ["Y", "Y_h", "Y_c"][: 3 if kind == "lstm" else 2]
    inputs = [name if name == "X" or name in tensors else "" for name in places]
    node = helper.make_node(kind.partition("_")[0].upper(), inputs, results, **attributes)
    given = {k: np.ascontiguousarray(v) for k, v in tensors.items()}
    types = {k: helper.np_dtype_to_tensor_dtype(v.dtype) for k, v in given.items()}
    weights = [helper.make_tensor(k, types[k], v.shape, v.ravel()) for k, v in given.items()]
    graph = helper.make_graph(
        [node],
        kind,
        [helper.make_tensor_value_info("X", TensorProto.FLOAT, x.shape)],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in results],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    y, *final = map(torch.from_numpy, session.run(None, {"X": x.detach().cpu().numpy()}))  # y: (T, D, B, H)
    return y.transpose(1, 2).flatten(2), *final


def keras_layer(kind: str, **arguments) -> keras.layers.Layer:
    """A Keras layer of three features and four units with random weights and biases."""
    if kind == "gru_reset_before":
        arguments["reset_after"] = False
    made = KERAS[kind.partition("_")[0]](4, return_sequences=True, **arguments)
    made.build((2, 5, 3))
    generator = np.random.default_rng(1)
    made.set_weights([generator.normal(size=w.shape).astype("float32") for w in made.get_weights()])
    return made


def keras_output(made: keras.layers.Layer, x: Tensor) -> Tensor:
    """(T, B, I) -> (T, B, H)."""
    return torch.as_tensor(keras.ops.convert_to_numpy(made(x.transpose(0, 1).numpy()))).transpose(0, 1)
