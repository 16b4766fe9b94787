"""Nodes of ONNX as layers that compute the same: against ONNX Runtime."""

from __future__ import annotations

import numpy as np
import onnx
import onnx.reference
import onnxruntime
import pytest
import torch
from frameworks import TOLERANCE
from onnx import TensorProto, helper, numpy_helper

import derive
from derive.convert import load, names, to_onnx
from derive.errors import DeriveError

T, B, N, H = 6, 2, 3, 4  # steps, sequences, features, units
GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}


def model(op: str, *, directions=1, bias=True, peepholes=False, initial=False, inputs=(), **attributes):
    """A model of one node named "deep/net" with random weights."""
    rng = np.random.default_rng(3)
    rows = GATES[op] * H
    shapes = {"W": (rows, N), "R": (rows, H)} | ({"B": (2 * rows,)} if bias else {})
    shapes |= {"P": (3 * H,)} if peepholes else {}
    tensors = {k: rng.normal(size=(directions, *shape)).astype("float32") for k, shape in shapes.items()}
    states = ["initial_h", "initial_c"][: 2 if op == "LSTM" else 1]
    if initial:
        tensors |= {k: rng.normal(size=(directions, B, H)).astype("float32") for k in states}
    places = ["X", "W", "R", "B", "sequence_lens", *states] + ["P"] * (op == "LSTM")
    given = [k if k == "X" or k in tensors or k in inputs else "" for k in places]
    while not given[-1]:
        given.pop()
    outputs = ["Y", "Y_h", "Y_c"][: 1 + len(states)]
    node = helper.make_node(op, given, outputs, name="deep/net", hidden_size=H, **attributes)
    float_inputs = [helper.make_tensor_value_info(k, TensorProto.FLOAT, None) for k in ("X", *inputs)]
    graph = helper.make_graph(
        [node],
        "net",
        float_inputs,
        [helper.make_tensor_value_info(k, TensorProto.FLOAT, None) for k in outputs],
        [numpy_helper.from_array(v, k) for k, v in tensors.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)


def expected(made, x, **given):
    """(T, B, D H) and the final states, by ONNX Runtime."""
    session = onnxruntime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
    y, *final = map(torch.from_numpy, session.run(None, {"X": x.numpy()} | given))
    return y.transpose(1, 2).flatten(2), *final


def assert_same(layer, made, x, hx=None, **given):
    output, final = layer(x, hx)
    finals = final if isinstance(final, tuple) else (final,)
    for ours, theirs in zip((output, *finals), expected(made, x, **given), strict=True):
        torch.testing.assert_close(ours, theirs, **TOLERANCE)


NODES = {  # what was wrong or refused before: cell, node
    "lstm": ("LSTM", {}),
    "lstm_hard_sigmoid_onnx_elu_softsign": ("LSTM", {"activations": ["HardSigmoid", "Elu", "Softsign"]}),
    "peephole_lstm": ("LSTM", {"peepholes": True}),
    "cifg_lstm": ("LSTM", {"peepholes": True, "input_forget": 1}),
    "coupled_lstm": ("LSTM", {"input_forget": 1, "bias": False}),
    "lstm_clipped": ("LSTM", {"clip": 0.5}),
    "peephole_lstm_hard_sigmoid_onnx_alpha_0_3_beta_0_4_tanh_leaky_relu_alpha_0_2_clipped": (
        "LSTM",
        {
            "peepholes": True,
            "clip": 0.5,
            "activations": ["HardSigmoid", "tanh", "LeakyRelu"],
            "activation_alpha": [0.3, 0.2],
            "activation_beta": [0.4],
        },
    ),
    "gru": ("GRU", {"linear_before_reset": 1}),
    "gru_reset_before": ("GRU", {}),
    "gru_clipped": ("GRU", {"linear_before_reset": 1, "clip": 0.5}),
    "gru_reset_before_clipped": ("GRU", {"clip": 0.5, "bias": False}),
    "gru_reset_before_hard_sigmoid_onnx_scaled_tanh_alpha_0_8_beta_1_2": (
        "GRU",
        {
            "activations": ["HardSigmoid", "ScaledTanh"],
            "activation_alpha": [0.2, 0.8],
            "activation_beta": [0.5, 1.2],
        },
    ),
    "rnn": ("RNN", {}),
    "relu_rnn": ("RNN", {"activations": ["Relu"]}),
    "rnn_affine_alpha_0_5_beta_0_1_clipped": (
        "RNN",
        {"activations": ["Affine"], "activation_alpha": [0.5], "activation_beta": [0.1], "clip": 0.5},
    ),
}


@pytest.mark.parametrize("direction", ["forward", "reverse", "bidirectional"])
@pytest.mark.parametrize("name", NODES)
def test_nodes_of_onnx(name, direction):
    op, given = NODES[name]
    directions = 1 + (direction == "bidirectional")
    given = given | {k: v * directions for k, v in given.items() if k.startswith("activation")}
    made = model(op, directions=directions, direction=direction, initial=direction == "reverse", **given)
    torch.manual_seed(5)
    found = load(made)
    assert (found.name, found.cell.name, names(made)) == ("deep/net", name, ("deep/net",))
    assert_same(found.layer(), made, 2 * torch.randn(T, B, N))


@pytest.mark.parametrize(("op", "given"), [("LSTM", {}), ("LSTM", {"clip": 0.5}), ("GRU", {"linear_before_reset": 1})])
def test_a_reversed_node_with_initial_states_goes_out_again(op, given, tmp_path):
    """As a node of ONNX's own, and as a ``Scan`` where it is clipped."""
    made, x = model(op, direction="reverse", initial=True, **given), torch.randn(T, B, N)
    path = to_onnx(load(made), tmp_path / "again.onnx")
    ours = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).run(None, {"input": x.numpy()})
    for a, b in zip(ours, expected(made, x), strict=True):
        torch.testing.assert_close(torch.from_numpy(a), b, **TOLERANCE)


def test_a_reversed_layer_with_initial_states_in_every_other_use(tmp_path):
    made, x = model("LSTM", direction="reverse", initial=True), torch.randn(T, B, N)
    layer = load(made).layer()
    output, (_, c) = layer(x)
    torch.save(layer, tmp_path / "layer.pt")
    for same in (torch.load(tmp_path / "layer.pt", weights_only=False), load(layer).layer()):
        torch.testing.assert_close(same(x)[0], output, rtol=0, atol=0)
    traced = layer.trace(x)
    torch.testing.assert_close(traced["h"], output)
    torch.testing.assert_close(traced["c"][0], c[0])  # its last step is the first of the sequence
    with pytest.raises(ValueError, match="LSTM reads the sequence from its end: its outputs depend on steps that are"):
        layer.stream()
    with pytest.raises(RuntimeError, match=f"starts from states of its own for {B} sequences, and the input has 5"):
        layer(torch.randn(T, 5, N))


def test_batch_first_nodes():
    """``layout=1``, which ONNX Runtime does not run: against the evaluator of onnx itself."""
    made = model("LSTM", layout=1)
    x = torch.randn(B, T, N)
    y = onnx.reference.ReferenceEvaluator(made).run(["Y"], {"X": x.numpy()})[0]  # (B, T, D, H)
    torch.testing.assert_close(load(made).layer()(x)[0], torch.from_numpy(y).flatten(2), **TOLERANCE)


def test_states_that_the_model_computes_are_asked_for():
    made = model("LSTM", inputs=("initial_h", "initial_c"))
    found = load(made)
    assert found.inputs == ("initial_h", "initial_c")
    assert repr(found) == "deep/net: LSTM(3, 4); to be given: initial_h, initial_c"
    hx = (torch.randn(1, B, H), torch.randn(1, B, H))
    assert_same(found.layer(), made, torch.randn(T, B, N), hx, initial_h=hx[0].numpy(), initial_c=hx[1].numpy())


def test_files_with_external_data_and_constants_in_nested_graphs(tmp_path):
    made, x = model("GRU", linear_before_reset=1), torch.randn(T, B, N)
    onnx.save(
        model("GRU", linear_before_reset=1),
        tmp_path / "net.onnx",
        save_as_external_data=True,
        size_threshold=0,
        location="net.bin",
    )
    assert_same(load(tmp_path / "net.onnx").layer(), made, x)
    with pytest.raises(DeriveError, match=r"deep/net: W, 'W', cannot be read .* is given by its path"):
        load(onnx.load(tmp_path / "net.onnx", load_external_data=False))

    inner, constants = made.graph, []
    for tensor in inner.initializer:
        constants += [helper.make_node("Constant", [], [f"{tensor.name}_"], value=tensor)]
        constants += [helper.make_node("Identity", [f"{tensor.name}_"], [tensor.name])]
    del inner.initializer[:]
    branch = helper.make_graph([*constants, *inner.node], "branch", [], inner.output)
    node = helper.make_node("If", ["yes"], ["Y", "Y_h"], then_branch=branch, else_branch=branch)
    del inner.node[:]
    inner.node.append(node)
    assert names(made) == ("Y",)  # twice the same name, so the output's
    assert load(made).cell is derive.gru


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"activations": ["Sigmoid", "Tanh", "Softmax"]}, "activation 'Softmax' is unknown; ONNX has affine, elu"),
        ({"activation_alpha": [0.2]}, r"activation_alpha has \[0.2.*\] left over"),
        ({"activations": ["ScaledTanh", "Tanh", "Tanh"]}, "ScaledTanh has no alpha"),
        ({"activations": ["Tanh"]}, "activations is .'Tanh'., expected 3 of them"),
        ({"clip": -1.0}, "clip is -1.0, expected a positive number"),
        ({"direction": "bidirectional"}, r"direction is bidirectional, and R has shape \(1, 16, 4\)"),
        ({"output_sequence": 1}, "attribute output_sequence is none of LSTM"),
        ({"clip": [1.0]}, "attribute clip is of type FLOATS, expected FLOAT"),
        ({"direction": ["forward"]}, "attribute direction is of type STRINGS, expected STRING"),
        ({"inputs": ("W",)}, None),
    ],
)
def test_what_a_node_says_is_not_dropped(change, message):
    if message is not None:
        with pytest.raises(DeriveError, match=f"deep/net: {message}"):
            load(model("LSTM", **change))
        return
    made = model("LSTM")
    del made.graph.initializer[0]
    with pytest.raises(DeriveError, match="deep/net: W is 'W', unknown; expected an initializer or a Constant"):
        load(made)
    made.graph.node.insert(0, helper.make_node("Constant", [], ["W"], value_float=1.0))
    made.graph.node.insert(0, helper.make_node("Identity", [], ["R"]))
    with pytest.raises(DeriveError, match="deep/net: W is 'W', computed by Constant; expected an initializer"):
        load(made)
    made = model("LSTM", directions=2, direction="bidirectional", activations=["Sigmoid", *["Tanh"] * 5])
    with pytest.raises(DeriveError, match="the same ones in both directions"):
        load(made)
    made = model("GRU")
    made.graph.node[0].input.extend(["", "", "R"])
    with pytest.raises(DeriveError, match="deep/net: R is left over: GRU has 6 inputs"):
        load(made)


@pytest.mark.parametrize("name", [b"linear_before_reset", b"deep/net"])
def test_names_that_are_no_text_are_refused(name, tmp_path):
    content = model("GRU", linear_before_reset=1).SerializeToString()
    (tmp_path / "net.onnx").write_bytes(content.replace(name, name[:-1] + b"\xff"))
    with pytest.raises(DeriveError, match=r"a node of GRU has the name b'.*', which is no text"):
        names(tmp_path / "net.onnx")


def test_a_node_in_a_function_is_named():
    made = model("GRU")
    node = helper.make_node("GRU", ["x", "w", "r"], ["y"], name="inner")
    made.functions.append(helper.make_function("own", "Net", ["x", "w", "r"], ["y"], [node], made.opset_import))
    assert names(made) == ("deep/net", "inner")
    with pytest.raises(DeriveError, match="inner: W is 'w', an input of the function Net; expected an initializer"):
        load(made, "inner")
