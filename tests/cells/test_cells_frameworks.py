"""Cells of the catalogue against the layers of torch, Keras and ONNX Runtime that compute them."""

from __future__ import annotations

import os

import numpy as np
import pytest
import torch
from cell_runs import B, H, N, P, T, assert_close, draw, run, stack
from torch import nn

import derive

TORCH = {  # name: (class, its arguments)
    "lstm": (nn.LSTM, {}),
    "projected_lstm": (nn.LSTM, {"proj_size": P}),
    "gru": (nn.GRU, {}),
    "rnn": (nn.RNN, {}),
    "relu_rnn": (nn.RNN, {"nonlinearity": "relu"}),
}


@pytest.mark.parametrize("name", TORCH)
def test_torch(name):
    cell = derive.catalogue[name]
    p, xs, states = draw(cell)
    cls, arguments = TORCH[name]
    module = cls(N, H, **arguments, dtype=torch.float64)
    module.load_state_dict({f"{t}_l0": stack(cell, p, t) for t in dict.fromkeys(q.tensor for q in cell.parameters)})
    initial = tuple(s[None] for s in states)
    output, _ = module(xs, initial if len(initial) > 1 else initial[0])
    assert_close([s[:1] for s in run(cell, p, xs, states)], [(o,) for o in output])


@pytest.mark.parametrize("name", ["gru_reset_before", "gru"])
def test_keras_gru(name):
    """To 1e-6: Keras's matmul on the torch backend multiplies in float32 even where everything else is float64."""
    os.environ.setdefault("KERAS_BACKEND", "torch")
    keras = pytest.importorskip("keras")
    cell = derive.catalogue[name]
    p, xs, states = draw(cell)
    after = name == "gru"
    layer = keras.layers.GRU(H, reset_after=after, return_sequences=True, dtype="float64")
    layer.build((B, T, N))
    w_i, w_h, b_i, b_h = (torch.cat([p[f"{k}{g}"] for g in "zrn"]) for k in ("W_i", "W_h", "b_i", "b_h"))
    layer.set_weights([v.numpy() for v in (w_i.T, w_h.T, torch.stack([b_i, b_h]) if after else b_i + b_h)])
    output = layer(xs.transpose(0, 1), initial_state=states[0]).detach().cpu()
    assert_close(run(cell, p, xs, states), [(o,) for o in output.transpose(0, 1)], tolerance=1e-6)


LINEAR = {"activation_alpha": 1.0, "activation_beta": 0.0}
ONNX = {  # name: (operator, its gates in ONNX's order, attributes, peepholes in ONNX's order i, o, f)
    "lstm": ("LSTM", "iofg", {}, ""),
    "linear_lstm": (
        "LSTM",
        "iofg",
        {"activations": ["Sigmoid", "Affine", "Affine"], "activation_alpha": 1.0, "activation_beta": 0.0},
        "",
    ),
    "peephole_lstm": ("LSTM", "iofg", {}, "iof"),
    "cifg_lstm": ("LSTM", "iofg", {"input_forget": 1}, "iof"),
    "gru": ("GRU", "zrn", {"linear_before_reset": 1}, ""),
    "gru_reset_before": ("GRU", "zrn", {}, ""),
    "rnn": ("RNN", "h", {}, ""),
}


@pytest.mark.parametrize("name", ONNX)
def test_onnx_runtime(name):
    """Float32; the forget gate's weights that input_forget does not use are zeros."""
    onnx, runtime = pytest.importorskip("onnx"), pytest.importorskip("onnxruntime")
    cell = derive.catalogue[name]
    p, xs, states = draw(cell)
    operator, gates, attributes, peepholes = ONNX[name]
    attributes = {k: [v, v] if isinstance(v, float) else v for k, v in attributes.items()}

    def joined(prefix, *shape):
        parts = [p.get(f"{prefix}{g}", torch.zeros(H, *shape)) for g in gates]
        return torch.cat(parts).numpy()

    feeds = {
        "X": xs.numpy(),
        "W": joined("W_i", N)[None],
        "R": joined("W_h", H)[None],
        "B": np.concatenate([joined("b_i"), joined("b_h")])[None],
        "initial_h": states[0][None].numpy(),
    }
    inputs = ["X", "W", "R", "B", "", "initial_h"]
    if operator == "LSTM":
        feeds["initial_c"] = states[1][None].numpy()
        inputs.append("initial_c")
    if peepholes:
        feeds["P"] = torch.cat([p.get(f"p_{g}", torch.zeros(H)) for g in peepholes])[None].numpy()
        inputs.append("P")
    feeds = {k: v.astype(np.float32) for k, v in feeds.items()}
    node = onnx.helper.make_node(operator, inputs, ["Y"], hidden_size=H, **attributes)
    tensors = [onnx.helper.make_tensor_value_info(k, onnx.TensorProto.FLOAT, v.shape) for k, v in feeds.items()]
    y = onnx.helper.make_tensor_value_info("Y", onnx.TensorProto.FLOAT, (T, 1, B, H))
    model = onnx.helper.make_model(
        onnx.helper.make_graph([node], "cell", tensors, [y]),
        opset_imports=[onnx.helper.make_opsetid("", 14)],
        ir_version=8,
    )
    output = runtime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"]).run(None, feeds)[0]
    wanted = [(torch.tensor(o[0]).double(),) for o in output]
    assert_close([s[:1] for s in run(cell, p, xs, states)], wanted, tolerance=1e-5)
